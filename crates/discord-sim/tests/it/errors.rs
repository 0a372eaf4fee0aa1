//! Every class of error, in one table: what is asked, and exactly what Discord says.

use discord_sim::Permissions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::Bot;

/// One refusal: the request, and the answer's status, code, and nested mistake (`path: CODE`), if it is a form's.
struct Refusal {
    what: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    status: u16,
    code: u64,
    nested: &'static str,
}

fn refusal(
    what: &'static str,
    (method, path): (Method, impl Into<String>),
    body: impl Into<Option<Value>>,
    (status, code): (u16, u64),
    nested: &'static str,
) -> Refusal {
    Refusal {
        what,
        method,
        path: path.into(),
        body: body.into(),
        status,
        code,
        nested,
    }
}

/// Returns `path: CODE` of every nested mistake.
fn nested(path: &str, errors: &Value, found: &mut Vec<String>) {
    for (key, inner) in errors.as_object().into_iter().flatten() {
        if key == "_errors" {
            for issue in inner.as_array().into_iter().flatten() {
                assert!(
                    issue["message"].as_str().is_some_and(|text| !text.is_empty()),
                    "a mistake has a text: {errors}"
                );
                found.push(format!("{path}: {}", issue["code"].as_str().unwrap_or("none")));
            }
        } else {
            let deeper = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            nested(&deeper, inner, found);
        }
    }
}

async fn check(bot: &Bot, table: Vec<Refusal>) {
    let mut wrong = Vec::new();
    for row in table {
        let mut request = bot.request(row.method.clone(), &row.path);
        if let Some(body) = &row.body {
            request = request.json(body);
        }
        let reply = bot.send(request).await;
        let mut found = Vec::new();
        nested("", &reply.body["errors"], &mut found);
        let fits = if row.nested.is_empty() {
            found.is_empty()
        } else {
            found.iter().any(|one| one == row.nested)
        };
        let answer = (reply.status.as_u16(), reply.body["code"].as_u64());
        if answer != (row.status, Some(row.code)) || !fits {
            wrong.push(format!(
                "{}: {answer:?} {found:?} {}",
                row.what, reply.body["message"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

const FORM: (u16, u64) = (400, 50035);
const FORBIDDEN: (u16, u64) = (403, 50013);

#[tokio::test]
async fn messages_embeds_and_components_are_validated_as_discord_does() {
    let bot = Bot::powerful().await;
    let send = || (Method::POST, format!("/channels/{}/messages", bot.general));
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "x", "custom_id": id});
    let row = |components: Vec<Value>| json!({"components": [{"type": 1, "components": components}], "content": "x"});
    let option = |value: &str| json!({"label": "x", "value": value});
    let select = |options: Vec<Value>| row(vec![json!({"type": 3, "custom_id": "s", "options": options})]);
    let v2 = |components: Value| json!({"flags": 32_768, "components": components});
    let embed = |embed: Value| json!({"embeds": [embed]});
    let long = |n: usize| "x".repeat(n);
    let table = vec![
        refusal("no content", send(), json!({}), (400, 50006), ""),
        refusal("not a form", send(), json!([]), FORM, ": MODEL_TYPE_CONVERT"),
        refusal(
            "long content",
            send(),
            json!({"content": long(2_001)}),
            FORM,
            "content: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "content of lists",
            send(),
            json!({"content": []}),
            FORM,
            "content: STRING_TYPE_CONVERT",
        ),
        refusal(
            "tts of text",
            send(),
            json!({"content": "x", "tts": "y"}),
            FORM,
            "tts: BOOLEAN_TYPE_CONVERT",
        ),
        refusal(
            "long nonce",
            send(),
            json!({"content": "x", "nonce": long(26)}),
            FORM,
            "nonce: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "flags of text",
            send(),
            json!({"content": "x", "flags": "y"}),
            FORM,
            "flags: NUMBER_TYPE_COERCE",
        ),
        refusal(
            "stickers",
            send(),
            json!({"content": "x", "sticker_ids": ["1"]}),
            FORM,
            "sticker_ids: DISCORD_SIM_NOT_IMPLEMENTED",
        ),
        refusal(
            "poll",
            send(),
            json!({"poll": {"question": {"text": "?"}}}),
            FORM,
            "poll: DISCORD_SIM_NOT_IMPLEMENTED",
        ),
        refusal(
            "reply to nothing",
            send(),
            json!({"content": "x", "message_reference": {"message_id": "42"}}),
            FORM,
            "message_reference: REPLIES_UNKNOWN_MESSAGE",
        ),
        refusal(
            "reply without id",
            send(),
            json!({"content": "x", "message_reference": {}}),
            FORM,
            "message_reference.message_id: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "forward",
            send(),
            json!({"message_reference": {"message_id": "42", "type": 1}}),
            FORM,
            "message_reference.type: DISCORD_SIM_NOT_IMPLEMENTED",
        ),
        refusal(
            "mentions parsed and listed",
            send(),
            json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
            FORM,
            "allowed_mentions: MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        refusal(
            "unknown kind of mention",
            send(),
            json!({"content": "x", "allowed_mentions": {"parse": ["cats"]}}),
            FORM,
            "allowed_mentions.parse.0: BASE_TYPE_CHOICES",
        ),
        refusal(
            "mention of no id",
            send(),
            json!({"content": "x", "allowed_mentions": {"users": ["bob"]}}),
            FORM,
            "allowed_mentions.users.0: NUMBER_TYPE_COERCE",
        ),
        // Embeds.
        refusal(
            "eleven embeds",
            send(),
            json!({"embeds": vec![json!({"title": "x"}); 11]}),
            FORM,
            "embeds: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "empty embed",
            send(),
            embed(json!({})),
            FORM,
            "embeds.0.description: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "embed of text",
            send(),
            embed(json!("x")),
            FORM,
            "embeds.0: MODEL_TYPE_CONVERT",
        ),
        refusal(
            "long title",
            send(),
            embed(json!({"title": long(257)})),
            FORM,
            "embeds.0.title: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "long description",
            send(),
            embed(json!({"description": long(4_097)})),
            FORM,
            "embeds.0.description: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "field without a name",
            send(),
            embed(json!({"fields": [{"value": "x"}]})),
            FORM,
            "embeds.0.fields.0.name: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "long field",
            send(),
            embed(json!({"fields": [{"name": "x", "value": long(1_025)}]})),
            FORM,
            "embeds.0.fields.0.value: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "26 fields",
            send(),
            embed(json!({"fields": vec![json!({"name": "x", "value": "y"}); 26]})),
            FORM,
            "embeds.0.fields: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "long footer",
            send(),
            embed(json!({"footer": {"text": long(2_049)}})),
            FORM,
            "embeds.0.footer.text: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "author without a name",
            send(),
            embed(json!({"author": {"url": "https://x.org"}})),
            FORM,
            "embeds.0.author.name: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "scheme",
            send(),
            embed(json!({"title": "x", "url": "ftp://x.org"})),
            FORM,
            "embeds.0.url: URL_TYPE_INVALID_SCHEME",
        ),
        refusal(
            "no address",
            send(),
            embed(json!({"title": "x", "image": {"url": "nowhere"}})),
            FORM,
            "embeds.0.image.url: URL_TYPE_INVALID_URL",
        ),
        refusal(
            "colour",
            send(),
            embed(json!({"title": "x", "color": 0x1_00_00_00})),
            FORM,
            "embeds.0.color: NUMBER_TYPE_MAX",
        ),
        refusal(
            "timestamp",
            send(),
            embed(json!({"title": "x", "timestamp": "noon"})),
            FORM,
            "embeds.0.timestamp: DATE_TIME_TYPE_PARSE",
        ),
        refusal(
            "6001 characters",
            send(),
            json!({"embeds": [{"description": long(4_000)}, {"description": long(2_001)}]}),
            FORM,
            "embeds: MAX_EMBED_SIZE_EXCEEDED",
        ),
        // Components.
        refusal(
            "six rows",
            send(),
            json!({"content": "x", "components": vec![json!({"type": 1, "components": [button("a")]}); 6]}),
            FORM,
            "components: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "button at the top",
            send(),
            json!({"content": "x", "components": [button("a")]}),
            FORM,
            "components.0.type: UNION_TYPE_CHOICES",
        ),
        refusal(
            "row in a row",
            send(),
            row(vec![json!({"type": 1, "components": [button("a")]})]),
            FORM,
            "components.0.components.0.type: UNION_TYPE_CHOICES",
        ),
        refusal(
            "unknown type",
            send(),
            json!({"content": "x", "components": [{"type": 99}]}),
            FORM,
            "components.0.type: UNION_TYPE_CHOICES",
        ),
        refusal(
            "no type",
            send(),
            json!({"content": "x", "components": [{}]}),
            FORM,
            "components.0.type: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "empty row",
            send(),
            row(vec![]),
            FORM,
            "components.0.components: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "six buttons",
            send(),
            row((0..6).map(|n| button(&n.to_string())).collect()),
            FORM,
            "components.0.components: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "custom id twice",
            send(),
            row(vec![button("a"), button("a")]),
            FORM,
            "components.0.components.1.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        refusal(
            "long custom id",
            send(),
            row(vec![button(&long(101))]),
            FORM,
            "components.0.components.0.custom_id: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "long label",
            send(),
            row(vec![
                json!({"type": 2, "style": 1, "label": long(81), "custom_id": "a"}),
            ]),
            FORM,
            "components.0.components.0.label: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "button without a label",
            send(),
            row(vec![json!({"type": 2, "style": 1, "custom_id": "a"})]),
            FORM,
            "components.0.components.0.label: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "button without a style",
            send(),
            row(vec![json!({"type": 2, "label": "x", "custom_id": "a"})]),
            FORM,
            "components.0.components.0.style: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "button of no style",
            send(),
            row(vec![
                json!({"type": 2, "style": 9, "label": "x", "custom_id": "a"}),
            ]),
            FORM,
            "components.0.components.0.style: BASE_TYPE_CHOICES",
        ),
        refusal(
            "link with an id",
            send(),
            row(vec![
                json!({"type": 2, "style": 5, "label": "x", "url": "https://x.org", "custom_id": "a"}),
            ]),
            FORM,
            "components.0.components.0.custom_id: BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        refusal(
            "button with no emoji",
            send(),
            row(vec![
                json!({"type": 2, "style": 1, "custom_id": "a", "emoji": {"name": "x"}}),
            ]),
            FORM,
            "components.0.components.0.emoji.name: BUTTON_COMPONENT_INVALID_EMOJI",
        ),
        refusal(
            "button with a strange custom emoji",
            send(),
            row(vec![
                json!({"type": 2, "style": 1, "custom_id": "a", "emoji": {"id": "42", "name": "x"}}),
            ]),
            FORM,
            "components.0.components.0.emoji.id: BUTTON_COMPONENT_INVALID_EMOJI",
        ),
        refusal(
            "select beside a button",
            send(),
            row(vec![json!({"type": 5, "custom_id": "u"}), button("a")]),
            FORM,
            "components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        ),
        refusal(
            "select without options",
            send(),
            row(vec![json!({"type": 3, "custom_id": "s"})]),
            FORM,
            "components.0.components.0.options: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "26 options",
            send(),
            select((0..26).map(|n| option(&n.to_string())).collect()),
            FORM,
            "components.0.components.0.options: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "one value twice",
            send(),
            select(vec![option("a"), option("a")]),
            FORM,
            "components.0.components.0.options.1.value: SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        refusal(
            "more than there are",
            send(),
            row(vec![
                json!({"type": 3, "custom_id": "s", "max_values": 2, "options": [option("a")]}),
            ]),
            FORM,
            "components.0.components.0.max_values: SELECT_COMPONENT_MAX_VALUES_EXCEED_OPTIONS",
        ),
        refusal(
            "least above most",
            send(),
            row(vec![
                json!({"type": 5, "custom_id": "u", "min_values": 3, "max_values": 2}),
            ]),
            FORM,
            "components.0.components.0.min_values: NUMBER_TYPE_MAX",
        ),
        refusal(
            "text input in a message",
            send(),
            row(vec![
                json!({"type": 4, "custom_id": "t", "style": 1, "label": "x"}),
            ]),
            FORM,
            "components.0.components.0.type: UNION_TYPE_CHOICES",
        ),
        // The newer layout.
        refusal(
            "content beside it",
            send(),
            json!({"flags": 32_768, "content": "x", "components": [{"type": 10, "content": "x"}]}),
            FORM,
            "content: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        refusal(
            "it without its flag",
            send(),
            json!({"components": [{"type": 10, "content": "x"}]}),
            FORM,
            "components.0.type: UNION_TYPE_CHOICES",
        ),
        refusal(
            "41 components",
            send(),
            v2(json!([{"type": 17, "components": vec![json!({"type": 14}); 40]}])),
            FORM,
            "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        refusal(
            "container in a container",
            send(),
            v2(json!([{"type": 17, "components": [{"type": 17, "components": []}]}])),
            FORM,
            "components.0.components.0.type: UNION_TYPE_CHOICES",
        ),
        refusal(
            "section without accessory",
            send(),
            v2(json!([{"type": 9, "components": [{"type": 10, "content": "x"}]}])),
            FORM,
            "components.0.accessory: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "4001 characters",
            send(),
            v2(json!([{"type": 10, "content": long(2_000)}, {"type": 10, "content": long(2_001)}])),
            FORM,
            "components: COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
        ),
        refusal(
            "empty text",
            send(),
            v2(json!([{"type": 10, "content": ""}])),
            FORM,
            "components.0.content: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "one number twice",
            send(),
            v2(json!([{"type": 10, "content": "a", "id": 3}, {"type": 10, "content": "b", "id": 3}])),
            FORM,
            "components.1.id: COMPONENT_ID_DUPLICATED",
        ),
    ];
    check(&bot, table).await;
}

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
    let table = vec![
        refusal(
            "no name",
            create(),
            json!({"description": "d"}),
            FORM,
            "name: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "no description",
            create(),
            json!({"name": "c"}),
            FORM,
            "description: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "long name",
            create(),
            json!({"name": "x".repeat(33), "description": "d"}),
            FORM,
            "name: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "spaces",
            create(),
            json!({"name": "a b", "description": "d"}),
            FORM,
            "name: STRING_TYPE_REGEX",
        ),
        refusal(
            "capitals",
            create(),
            json!({"name": "Ab", "description": "d"}),
            FORM,
            "name: APPLICATION_COMMAND_INVALID_NAME",
        ),
        refusal(
            "long description",
            create(),
            json!({"name": "c", "description": "x".repeat(101)}),
            FORM,
            "description: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "type",
            create(),
            json!({"name": "c", "description": "d", "type": 9}),
            FORM,
            "type: NUMBER_TYPE_MAX",
        ),
        refusal(
            "menu with a description",
            create(),
            json!({"name": "c", "type": 2, "description": "d"}),
            FORM,
            "description: APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
        ),
        refusal(
            "menu with options",
            create(),
            json!({"name": "c", "type": 3, "options": [text("o")]}),
            FORM,
            "options: APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
        ),
        refusal(
            "unknown locale",
            create(),
            json!({"name": "c", "description": "d", "name_localizations": {"xx": "y"}}),
            FORM,
            "name_localizations.xx: ENUM_TYPE_COERCE",
        ),
        refusal(
            "permissions of words",
            create(),
            json!({"name": "c", "description": "d", "default_member_permissions": "all"}),
            FORM,
            "default_member_permissions: NUMBER_TYPE_COERCE",
        ),
        refusal(
            "26 options",
            create(),
            command(json!((0..26).map(|n| text(&format!("o{n}"))).collect::<Vec<_>>())),
            FORM,
            "options: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "option without a type",
            create(),
            command(json!([{"name": "o", "description": "d"}])),
            FORM,
            "options.0.type: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "one name twice",
            create(),
            command(json!([text("o"), text("o")])),
            FORM,
            "options.1.name: APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        ),
        refusal(
            "required after optional",
            create(),
            command(json!([text("a"), {"type": 3, "name": "b", "description": "d", "required": true}])),
            FORM,
            "options.1: APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        refusal(
            "subcommand beside a value",
            create(),
            command(json!([sub(json!([])), text("o")])),
            FORM,
            "options.1: APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        refusal(
            "subcommand in a subcommand",
            create(),
            command(json!([sub(json!([sub(json!([]))]))])),
            FORM,
            "options.0.options.0.type: APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        refusal(
            "26 choices",
            create(),
            with(
                json!({"choices": (0..26).map(|n| choice(&format!("{n}"), json!(format!("{n}")))).collect::<Vec<_>>()}),
            ),
            FORM,
            "options.0.choices: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "one choice twice",
            create(),
            with(json!({"choices": [choice("a", json!("1")), choice("a", json!("2"))]})),
            FORM,
            "options.0.choices.1.name: APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        ),
        refusal(
            "choice of the wrong kind",
            create(),
            with(json!({"choices": [choice("a", json!(true))]})),
            FORM,
            "options.0.choices.0.value: STRING_TYPE_CONVERT",
        ),
        refusal(
            "choices and autocomplete",
            create(),
            with(json!({"autocomplete": true, "choices": [choice("a", json!("1"))]})),
            FORM,
            "options.0.autocomplete: APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        ),
        refusal(
            "choices of a user",
            create(),
            with(json!({"type": 6, "choices": [choice("a", json!("1"))]})),
            FORM,
            "options.0.choices: APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
        ),
        refusal(
            "least above most",
            create(),
            with(json!({"min_length": 5, "max_length": 4})),
            FORM,
            "options.0.min_length: NUMBER_TYPE_MAX",
        ),
        refusal(
            "a name twice in one list",
            replace(),
            json!([{"name": "c", "description": "d"}, {"name": "c", "description": "e"}]),
            FORM,
            "1.name: APPLICATION_COMMANDS_DUPLICATE_NAME",
        ),
        refusal("no list", replace(), json!({}), FORM, ": LIST_TYPE_CONVERT"),
        refusal(
            "101 commands",
            replace(),
            json!(
                (0..101)
                    .map(|n| json!({"name": format!("c{n}"), "description": "d"}))
                    .collect::<Vec<_>>()
            ),
            (400, 30032),
            "",
        ),
        refusal(
            "8001 characters",
            create(),
            command(json!(
                (0..25)
                    .map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "d",
            "choices": (0..4).map(|c| choice(&format!("{c}"), json!("x".repeat(100)))).collect::<Vec<_>>()}))
                    .collect::<Vec<_>>()
            )),
            FORM,
            ": APPLICATION_COMMAND_TOO_LARGE",
        ),
        refusal(
            "unknown command",
            (Method::GET, format!("/applications/{app}/commands/42")),
            None,
            (404, 10063),
            "",
        ),
        refusal(
            "another's application",
            (Method::GET, "/applications/42/commands"),
            None,
            (403, 20012),
            "",
        ),
        refusal(
            "a guild it is not in",
            (Method::GET, format!("/applications/{app}/guilds/42/commands")),
            None,
            (403, 50001),
            "",
        ),
        refusal(
            "permissions are for people",
            (
                Method::PUT,
                format!("/applications/{app}/guilds/{}/commands/42/permissions", bot.guild),
            ),
            json!({"permissions": []}),
            (403, 20001),
            "",
        ),
    ];
    check(&bot, table).await;
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_has_its_own_code() {
    let bot = Bot::powerful().await;
    let (guild, here) = (
        format!("/guilds/{}", bot.guild),
        format!("/channels/{}", bot.general),
    );
    let hidden = bot.control.channel_named(bot.guild, "bot-spam").unwrap();
    bot.control
        .set_overwrite(hidden, bot.bot_id(), Permissions::NONE, Permissions::VIEW_CHANNEL)
        .unwrap();
    let hidden = format!("/channels/{hidden}");
    let parlour = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    let elsewhere = bot.control.create_guild("Elsewhere", "alice", None).unwrap();
    let stranger = bot
        .control
        .add_member(elsewhere, "stranger", None, false)
        .unwrap();
    let dm = bot
        .post(
            "/users/@me/channels",
            &json!({"recipient_id": stranger["user"]["id"]}),
        )
        .await
        .ok();
    let dm = dm["id"].as_str().unwrap();
    let posted = bot
        .control
        .post_message(bot.general, "bob", "mine", None)
        .unwrap();
    let bobs = posted["id"].as_str().unwrap();
    let own = bot.say("own").await;
    let post = |path: &str| (Method::POST, path.to_owned());
    let get = |path: &str| (Method::GET, path.to_owned());
    let alice = bot.member("alice");
    let old = discord_sim::Snowflake::at("2016-01-01T00:00:00Z".parse().unwrap());
    let table = vec![
        refusal("no such channel", get("/channels/42"), None, (404, 10003), ""),
        refusal("no such guild", get("/guilds/42"), None, (404, 10004), ""),
        refusal(
            "no such member",
            get(&format!(
                "{guild}/members/{}",
                stranger["user"]["id"].as_str().unwrap()
            )),
            None,
            (404, 10007),
            "",
        ),
        refusal(
            "no such message",
            get(&format!("{here}/messages/42")),
            None,
            (404, 10008),
            "",
        ),
        refusal(
            "no such overwrite",
            (Method::DELETE, format!("{here}/permissions/42")),
            None,
            (404, 10009),
            "",
        ),
        refusal(
            "no such role",
            get(&format!("{guild}/roles/42")),
            None,
            (404, 10011),
            "",
        ),
        refusal("no such user", get("/users/42"), None, (404, 10013), ""),
        refusal(
            "no such emoji",
            (
                Method::PUT,
                format!("{here}/messages/{own}/reactions/nothing/@me"),
            ),
            None,
            (400, 10014),
            "",
        ),
        refusal("no such webhook", get("/webhooks/42"), None, (404, 10015), ""),
        refusal(
            "no such ban",
            get(&format!("{guild}/bans/42")),
            None,
            (404, 10026),
            "",
        ),
        refusal("no such invite", get("/invites/nothing"), None, (404, 10006), ""),
        refusal(
            "no such interaction",
            post("/interactions/42/token/callback"),
            json!({"type": 4}),
            (404, 10062),
            "",
        ),
        refusal(
            "no such token",
            post(&format!("/webhooks/{}/token", bot.application())),
            json!({"content": "x"}),
            (401, 50027),
            "",
        ),
        refusal(
            "id of letters",
            get("/channels/general"),
            None,
            FORM,
            "channel_id: NUMBER_TYPE_COERCE",
        ),
        refusal(
            "query of letters",
            get(&format!("{here}/messages?limit=all")),
            None,
            FORM,
            "limit: NUMBER_TYPE_COERCE",
        ),
        refusal(
            "query too large",
            get(&format!("{here}/messages?limit=101")),
            None,
            FORM,
            "limit: NUMBER_TYPE_MAX",
        ),
        refusal(
            "query too small",
            get(&format!("{here}/messages?limit=0")),
            None,
            FORM,
            "limit: NUMBER_TYPE_MIN",
        ),
        refusal(
            "query of no id",
            get(&format!("{here}/messages?before=x")),
            None,
            FORM,
            "before: NUMBER_TYPE_COERCE",
        ),
        refusal(
            "two ways at once",
            get(&format!("{here}/messages?before=1&after=2")),
            None,
            FORM,
            ": MESSAGE_PAGINATION_EXCLUSIVE",
        ),
        refusal("hidden channel", get(&hidden), None, (403, 50001), ""),
        refusal(
            "writing into a hidden channel",
            post(&format!("{hidden}/messages")),
            json!({"content": "x"}),
            (403, 50001),
            "",
        ),
        refusal(
            "a guild it is not in",
            get(&format!("/guilds/{elsewhere}")),
            None,
            (403, 50001),
            "",
        ),
        refusal(
            "another's message",
            (Method::PATCH, format!("{here}/messages/{bobs}")),
            json!({"content": "x"}),
            (403, 50005),
            "",
        ),
        refusal(
            "messages of a category",
            post(&format!("/channels/{parlour}/messages")),
            json!({"content": "x"}),
            (400, 50008),
            "",
        ),
        refusal(
            "a stranger's direct messages",
            post(&format!("/channels/{dm}/messages")),
            json!({"content": "x"}),
            (403, 50278),
            "",
        ),
        refusal(
            "a direct message to itself",
            post("/users/@me/channels"),
            json!({"recipient_id": bot.bot_id()}),
            (403, 50007),
            "",
        ),
        refusal(
            "one message in bulk",
            post(&format!("{here}/messages/bulk-delete")),
            json!({"messages": [own]}),
            FORM,
            "messages: BASE_TYPE_BAD_LENGTH",
        ),
        refusal(
            "one message twice in bulk",
            post(&format!("{here}/messages/bulk-delete")),
            json!({"messages": [own, own]}),
            FORM,
            "messages: BASE_TYPE_DUPLICATE",
        ),
        refusal(
            "old messages in bulk",
            post(&format!("{here}/messages/bulk-delete")),
            json!({"messages": [own, old]}),
            (400, 50034),
            "",
        ),
        refusal(
            "the owner kicked",
            (Method::DELETE, alice.clone()),
            None,
            FORBIDDEN,
            "",
        ),
        refusal(
            "the owner renamed",
            (Method::PATCH, alice.clone()),
            json!({"nick": "x"}),
            FORBIDDEN,
            "",
        ),
        refusal(
            "a time-out of a year",
            (Method::PATCH, bot.member("bob")),
            json!({"communication_disabled_until": "2090-01-01T00:00:00Z"}),
            FORM,
            "communication_disabled_until: COMMUNICATION_DISABLED_TOO_LONG",
        ),
        refusal(
            "a time-out of words",
            (Method::PATCH, bot.member("bob")),
            json!({"communication_disabled_until": "later"}),
            FORM,
            "communication_disabled_until: DATE_TIME_TYPE_PARSE",
        ),
        refusal(
            "a long nickname",
            (Method::PATCH, bot.member("bob")),
            json!({"nick": "x".repeat(33)}),
            FORM,
            "nick: BASE_TYPE_MAX_LENGTH",
        ),
        refusal(
            "administrator for a role",
            post(&format!("{guild}/roles")),
            json!({"permissions": "8"}),
            FORBIDDEN,
            "",
        ),
        refusal(
            "everyone deleted",
            (Method::DELETE, format!("{guild}/roles/{}", bot.guild)),
            None,
            (400, 50028),
            "",
        ),
        refusal(
            "a channel without a name",
            post(&format!("{guild}/channels")),
            json!({}),
            FORM,
            "name: BASE_TYPE_REQUIRED",
        ),
        refusal(
            "a channel of no kind",
            post(&format!("{guild}/channels")),
            json!({"name": "x", "type": 3}),
            FORM,
            "type: BASE_TYPE_CHOICES",
        ),
        refusal(
            "a channel in a channel",
            post(&format!("{guild}/channels")),
            json!({"name": "x", "parent_id": bot.general}),
            FORM,
            "parent_id: CHANNEL_PARENT_INVALID_TYPE",
        ),
        refusal(
            "a ban of ages",
            (Method::PUT, format!("{guild}/bans/42")),
            json!({"delete_message_seconds": 604_801}),
            FORM,
            "delete_message_seconds: NUMBER_TYPE_MAX",
        ),
    ];
    check(&bot, table).await;
}

#[tokio::test]
async fn each_permission_is_asked_for() {
    let bot = Bot::powerful().await;
    let (guild, here) = (
        format!("/guilds/{}", bot.guild),
        format!("/channels/{}", bot.general),
    );
    let posted = bot
        .control
        .post_message(bot.general, "bob", "mine", None)
        .unwrap();
    let bobs = posted["id"].as_str().unwrap();
    let bob = bot.member("bob");
    let party = "%F0%9F%8E%89";
    let one = format!("{here}/messages/{bobs}");
    let rows: Vec<(Permissions, Method, String, Value)> = vec![
        (
            Permissions::SEND_MESSAGES,
            Method::POST,
            format!("{here}/messages"),
            json!({"content": "x"}),
        ),
        (
            Permissions::EMBED_LINKS,
            Method::POST,
            format!("{here}/messages"),
            json!({"embeds": [{"title": "x"}]}),
        ),
        (
            Permissions::SEND_TTS_MESSAGES,
            Method::POST,
            format!("{here}/messages"),
            json!({"content": "x", "tts": true}),
        ),
        (
            Permissions::SEND_MESSAGES,
            Method::POST,
            format!("{here}/typing"),
            json!({}),
        ),
        (
            Permissions::READ_MESSAGE_HISTORY,
            Method::GET,
            one.clone(),
            Value::Null,
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::DELETE,
            one.clone(),
            Value::Null,
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::POST,
            format!("{here}/messages/bulk-delete"),
            json!({"messages": [bobs, "42"]}),
        ),
        (
            Permissions::PIN_MESSAGES,
            Method::PUT,
            format!("{here}/pins/{bobs}"),
            json!({}),
        ),
        (
            Permissions::ADD_REACTIONS,
            Method::PUT,
            format!("{one}/reactions/{party}/@me"),
            json!({}),
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::DELETE,
            format!("{one}/reactions"),
            Value::Null,
        ),
        (
            Permissions::MANAGE_CHANNELS,
            Method::PATCH,
            here.clone(),
            json!({"topic": "x"}),
        ),
        (
            Permissions::MANAGE_CHANNELS,
            Method::POST,
            format!("{guild}/channels"),
            json!({"name": "x"}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::PUT,
            format!("{here}/permissions/{}", bot.guild),
            json!({"type": 0}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::POST,
            format!("{guild}/roles"),
            json!({}),
        ),
        (
            Permissions::MANAGE_NICKNAMES,
            Method::PATCH,
            bob.clone(),
            json!({"nick": "x"}),
        ),
        (
            Permissions::MODERATE_MEMBERS,
            Method::PATCH,
            bob.clone(),
            json!({"communication_disabled_until": null}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::PATCH,
            bob.clone(),
            json!({"roles": []}),
        ),
        (
            Permissions::CHANGE_NICKNAME,
            Method::PATCH,
            format!("{guild}/members/@me"),
            json!({"nick": "x"}),
        ),
        (
            Permissions::KICK_MEMBERS,
            Method::DELETE,
            bob.clone(),
            Value::Null,
        ),
        (
            Permissions::BAN_MEMBERS,
            Method::PUT,
            bob.replace("members", "bans"),
            json!({}),
        ),
        (
            Permissions::BAN_MEMBERS,
            Method::GET,
            format!("{guild}/bans"),
            Value::Null,
        ),
        (
            Permissions::CREATE_PUBLIC_THREADS,
            Method::POST,
            format!("{here}/threads"),
            json!({"name": "x", "type": 11}),
        ),
        (
            Permissions::CREATE_PRIVATE_THREADS,
            Method::POST,
            format!("{here}/threads"),
            json!({"name": "x", "type": 12}),
        ),
    ];
    let mut wrong = Vec::new();
    for (permission, method, path, body) in rows {
        bot.may_not(permission);
        let mut request = bot.request(method.clone(), &path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = bot.send(request).await;
        if (reply.status.as_u16(), reply.body["code"].as_u64()) != (403, Some(50013)) {
            wrong.push(format!(
                "{method} {path} without {:?}: {} {}",
                permission.names(),
                reply.status,
                reply.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
