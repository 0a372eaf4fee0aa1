//! What Discord says of application commands it does not take.

use reqwest::Method;
use serde_json::{Value, json};

use super::{FORM, check, refusal, table};
use crate::bot::Bot;

#[tokio::test]
async fn commands_are_validated_as_discord_does() {
    let bot = Bot::powerful().await;
    let app = bot.application();
    let create = || {
        (
            Method::POST,
            format!("/applications/{app}/guilds/{}/commands", bot.guild),
        )
    };
    let replace = || {
        (
            Method::PUT,
            format!("/applications/{app}/guilds/{}/commands", bot.guild),
        )
    };
    let command = |options: Value| json!({"name": "c", "description": "d", "options": options});
    let text = |name: &str| json!({"type": 3, "name": name, "description": "d"});
    let sub = |options: Value| json!({"type": 1, "name": "s", "description": "d", "options": options});
    let with = |more: Value| {
        let mut option = text("o");
        option
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        command(json!([option]))
    };
    let choice = |name: &str, value: Value| json!({"name": name, "value": value});
    let table = table![
        // One row a line, which the semicolons keep rustfmt from spreading out.
        refusal("no name", create(), json!({"description": "d"}), FORM, "name: BASE_TYPE_REQUIRED");
        refusal("no description", create(), json!({"name": "c"}), FORM, "description: BASE_TYPE_REQUIRED");
        refusal("long name", create(), json!({"name": "x".repeat(33), "description": "d"}), FORM, "name: BASE_TYPE_BAD_LENGTH");
        refusal("spaces", create(), json!({"name": "a b", "description": "d"}), FORM, "name: STRING_TYPE_REGEX");
        refusal("capitals", create(), json!({"name": "Ab", "description": "d"}), FORM, "name: APPLICATION_COMMAND_INVALID_NAME");
        refusal("long description", create(), json!({"name": "c", "description": "x".repeat(101)}), FORM, "description: BASE_TYPE_BAD_LENGTH");
        refusal("type", create(), json!({"name": "c", "description": "d", "type": 9}), FORM, "type: NUMBER_TYPE_MAX");
        refusal("menu with a description", create(), json!({"name": "c", "type": 2, "description": "d"}), FORM, "description: APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID");
        refusal("menu with options", create(), json!({"name": "c", "type": 3, "options": [text("o")]}), FORM, "options: APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID");
        refusal("unknown locale", create(), json!({"name": "c", "description": "d", "name_localizations": {"xx": "y"}}), FORM, "name_localizations.xx: ENUM_TYPE_COERCE");
        refusal("permissions of words", create(), json!({"name": "c", "description": "d", "default_member_permissions": "all"}), FORM, "default_member_permissions: NUMBER_TYPE_COERCE");
        refusal("26 options", create(), command(json!((0..26).map(|n| text(&format!("o{n}"))).collect::<Vec<_>>())), FORM, "options: BASE_TYPE_MAX_LENGTH");
        refusal("option without a type", create(), command(json!([{"name": "o", "description": "d"}])), FORM, "options.0.type: BASE_TYPE_REQUIRED");
        refusal("one name twice", create(), command(json!([text("o"), text("o")])), FORM, "options.1.name: APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS");
        refusal("required after optional", create(), command(json!([text("a"), {"type": 3, "name": "b", "description": "d", "required": true}])), FORM, "options.1: APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID");
        refusal("subcommand beside a value", create(), command(json!([sub(json!([])), text("o")])), FORM, "options.1: APPLICATION_COMMAND_OPTIONS_TYPE_INVALID");
        refusal("subcommand in a subcommand", create(), command(json!([sub(json!([sub(json!([]))]))])), FORM, "options.0.options.0.type: APPLICATION_COMMAND_OPTIONS_TYPE_INVALID");
        refusal("26 choices", create(), with(json!({"choices": (0..26).map(|n| choice(&format!("{n}"), json!(format!("{n}")))).collect::<Vec<_>>()})), FORM, "options.0.choices: BASE_TYPE_MAX_LENGTH");
        refusal("one choice twice", create(), with(json!({"choices": [choice("a", json!("1")), choice("a", json!("2"))]})), FORM, "options.0.choices.1.name: APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS");
        refusal("choice of the wrong kind", create(), with(json!({"choices": [choice("a", json!(true))]})), FORM, "options.0.choices.0.value: STRING_TYPE_CONVERT");
        refusal("choices and autocomplete", create(), with(json!({"autocomplete": true, "choices": [choice("a", json!("1"))]})), FORM, "options.0.autocomplete: APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID");
        refusal("choices of a user", create(), with(json!({"type": 6, "choices": [choice("a", json!("1"))]})), FORM, "options.0.choices: APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID");
        refusal("least above most", create(), with(json!({"min_length": 5, "max_length": 4})), FORM, "options.0.min_length: NUMBER_TYPE_MAX");
        refusal("a name twice in one list", replace(), json!([{"name": "c", "description": "d"}, {"name": "c", "description": "e"}]), FORM, "1.name: APPLICATION_COMMANDS_DUPLICATE_NAME");
        refusal("no list", replace(), json!({}), FORM, ": LIST_TYPE_CONVERT");
        refusal("101 commands", replace(), json!((0..101) .map(|n| json!({"name": format!("c{n}"), "description": "d"})) .collect::<Vec<_>>()), (400, 30032), "");
        refusal("8001 characters", create(), command(json!((0..25) .map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "d", "choices": (0..4).map(|c| choice(&format!("{c}"), json!("x".repeat(100)))).collect::<Vec<_>>()})) .collect::<Vec<_>>())), FORM, ": APPLICATION_COMMAND_TOO_LARGE");
        refusal("unknown command", (Method::GET, format!("/applications/{app}/commands/42")), None, (404, 10063), "");
        refusal("another's application", (Method::GET, "/applications/42/commands"), None, (403, 20012), "");
        refusal("a guild it is not in", (Method::GET, format!("/applications/{app}/guilds/42/commands")), None, (403, 50001), "");
        refusal("permissions are for people", (Method::PUT, format!("/applications/{app}/guilds/{}/commands/42/permissions", bot.guild)), json!({"permissions": []}), (403, 20001), "");
    ];
    check(&bot, table).await;
}
