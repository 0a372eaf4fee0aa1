//! Application commands: what Discord accepts as one.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Form, Object};
use crate::permissions::Permissions;

/// Command types by Discord's number.
pub(crate) const CHAT_INPUT: i64 = 1;
/// The type of commands in a user's menu.
pub(crate) const USER: i64 = 2;
/// The type of commands in a message's menu.
pub(crate) const MESSAGE: i64 = 3;
/// Option types by Discord's number.
pub(crate) mod option {
    pub(crate) const SUB_COMMAND: i64 = 1;
    pub(crate) const SUB_COMMAND_GROUP: i64 = 2;
    pub(crate) const STRING: i64 = 3;
    pub(crate) const INTEGER: i64 = 4;
    pub(crate) const BOOLEAN: i64 = 5;
    pub(crate) const USER: i64 = 6;
    pub(crate) const CHANNEL: i64 = 7;
    pub(crate) const ROLE: i64 = 8;
    pub(crate) const MENTIONABLE: i64 = 9;
    pub(crate) const NUMBER: i64 = 10;
    pub(crate) const ATTACHMENT: i64 = 11;
}

/// Most characters of a command with all its options and choices (Discord's).
const TOTAL_CHARS: usize = 8_000;

/// Validates a whole command and returns it without ids.
pub(crate) fn read(form: &Form<'_>) -> Object {
    let mut read = Object::new();
    let kind = form.integer("type", 1, 4).unwrap_or(CHAT_INPUT);
    read.insert("type".to_owned(), kind.into());
    let name = if kind == CHAT_INPUT {
        slash_name(form, "name")
    } else {
        form.required_text("name", 1, 32)
    };
    read.insert("name".to_owned(), json!(name));
    let mut chars = name.as_deref().map_or(0, |name| name.chars().count());
    let description = if kind == CHAT_INPUT {
        form.required_text("description", 1, 100)
    } else {
        if form.raw("description").is_some_and(|text| *text != json!("")) {
            let text = "Context menu commands cannot have description";
            form.wrong(
                "description",
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
                text,
            );
        }
        Some(String::new())
    };
    chars += description.as_deref().map_or(0, |text| text.chars().count());
    read.insert("description".to_owned(), json!(description));
    localizations(form, &mut read);
    let permissions = form
        .raw("default_member_permissions")
        .and_then(|value| match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64(),
            _ => None,
        });
    if permissions.is_none() && form.raw("default_member_permissions").is_some() {
        let text = "Value is not a permission set.".to_owned();
        form.wrong("default_member_permissions", "NUMBER_TYPE_COERCE", text);
    }
    read.insert(
        "default_member_permissions".to_owned(),
        json!(permissions.map(Permissions)),
    );
    read.insert("nsfw".to_owned(), form.boolean("nsfw").unwrap_or(false).into());
    let dm = form.boolean("dm_permission").unwrap_or(true);
    read.insert("dm_permission".to_owned(), dm.into());
    let numbers = |key: &str, max: i64| {
        let list = form.list(key, 0, 3)?;
        let valid = list
            .iter()
            .all(|value| value.as_i64().is_some_and(|value| (0..=max).contains(&value)));
        if !valid {
            form.wrong(
                key,
                "BASE_TYPE_CHOICES",
                "Value must be one of the documented ones.",
            );
        }
        valid.then(|| Value::Array(list.clone()))
    };
    read.insert(
        "contexts".to_owned(),
        numbers("contexts", 2).unwrap_or(Value::Null),
    );
    read.insert(
        "integration_types".to_owned(),
        numbers("integration_types", 1).unwrap_or_else(|| json!([0])),
    );
    if kind == CHAT_INPUT {
        if let Some(options) = form.forms("options", 0, 25) {
            let options = options_of(&options, 0, &mut chars);
            if !options.is_empty() {
                read.insert("options".to_owned(), options.into());
            }
        }
    } else if form.raw("options").is_some_and(|options| *options != json!([])) {
        let text = "Context menu commands cannot have options";
        form.wrong(
            "options",
            "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
            text,
        );
    }
    if chars > TOTAL_CHARS {
        let text = "Command exceeds maximum size (8000)";
        form.wrong_here("APPLICATION_COMMAND_TOO_LARGE", text);
    }
    read
}

/// Reads the options at one level; `depth` counts the levels of subcommands above.
fn options_of(forms: &[Form<'_>], depth: usize, chars: &mut usize) -> Vec<Value> {
    let mut names = HashSet::new();
    let (mut optional_seen, mut leaves, mut branches) = (false, 0, 0);
    let mut read = Vec::with_capacity(forms.len());
    for form in forms {
        let mut one = Object::new();
        if form.raw("type").is_none() {
            form.missing("type");
            continue;
        }
        let Some(kind) = form.integer("type", 1, 11) else {
            continue;
        };
        one.insert("type".to_owned(), kind.into());
        let name = slash_name(form, "name");
        if let Some(name) = &name {
            *chars += name.chars().count();
            if !names.insert(name.clone()) {
                let text = "Option name already exists";
                form.wrong("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text);
            }
        }
        one.insert("name".to_owned(), json!(name));
        let description = form.required_text("description", 1, 100);
        *chars += description.as_deref().map_or(0, |text| text.chars().count());
        one.insert("description".to_owned(), json!(description));
        localizations(form, &mut one);
        let branch = kind <= option::SUB_COMMAND_GROUP;
        if branch {
            branches += 1;
            let allowed = match kind {
                option::SUB_COMMAND => depth <= 1,
                _ => depth == 0,
            };
            if !allowed {
                let text = "Sub-commands and sub-command groups cannot be nested here";
                form.wrong("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text);
            } else if let Some(inner) = form.forms("options", 0, 25) {
                let groups_only = kind == option::SUB_COMMAND_GROUP
                    && inner
                        .iter()
                        .any(|option| option.raw("type") != Some(&json!(option::SUB_COMMAND)));
                if groups_only {
                    let text = "Sub-command groups can only contain sub-commands";
                    form.wrong("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text);
                }
                let next = if kind == option::SUB_COMMAND { 2 } else { depth + 1 };
                one.insert("options".to_owned(), options_of(&inner, next, chars).into());
            }
        } else {
            leaves += 1;
            let required = form.boolean("required").unwrap_or(false);
            if required && optional_seen {
                let text = "Required options must be placed before non-required options";
                form.wrong_here("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text);
            }
            optional_seen |= !required;
            if required {
                one.insert("required".to_owned(), true.into());
            }
            leaf(form, kind, &mut one, chars);
        }
        read.push(Value::Object(one));
    }
    if branches > 0 && leaves > 0 {
        for form in forms {
            if form
                .raw("type")
                .and_then(Value::as_i64)
                .is_some_and(|kind| kind > option::SUB_COMMAND_GROUP)
            {
                let text = "Sub-command and sub-command group option types are mutually exclusive to all other types";
                form.wrong_here("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text);
            }
        }
    }
    read
}

/// Reads what only an option with a value has.
fn leaf(form: &Form<'_>, kind: i64, one: &mut Object, chars: &mut usize) {
    let takes_choices = matches!(kind, option::STRING | option::INTEGER | option::NUMBER);
    if let Some(choices) = form.forms("choices", 0, 25) {
        if !takes_choices && !choices.is_empty() {
            let text = "Choices are only for string, integer and number options";
            form.wrong("choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", text);
        }
        let choices = choices_of(&choices, kind, chars);
        if !choices.is_empty() {
            one.insert("choices".to_owned(), choices.into());
        }
    }
    if let Some(autocomplete) = form.boolean("autocomplete") {
        if autocomplete && (!takes_choices || one.contains_key("choices")) {
            let text = "Autocomplete is only for string, integer and number options without choices";
            form.wrong(
                "autocomplete",
                "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
                text,
            );
        }
        one.insert("autocomplete".to_owned(), autocomplete.into());
    }
    match kind {
        option::STRING => {
            let min = form.integer("min_length", 0, 6_000);
            let max = form.integer("max_length", 1, 6_000);
            if let (Some(min), Some(max)) = (min, max)
                && min > max
            {
                form.wrong(
                    "min_length",
                    "NUMBER_TYPE_MAX",
                    format!("int value should be less than or equal to {max}."),
                );
            }
            for (key, value) in [("min_length", min), ("max_length", max)] {
                if let Some(value) = value {
                    one.insert(key.to_owned(), value.into());
                }
            }
        }
        option::INTEGER => {
            const SAFE: i64 = 9_007_199_254_740_991;
            for key in ["min_value", "max_value"] {
                if let Some(value) = form.integer(key, -SAFE, SAFE) {
                    one.insert(key.to_owned(), value.into());
                }
            }
        }
        option::NUMBER => {
            for key in ["min_value", "max_value"] {
                if let Some(value) = form.number(key) {
                    one.insert(key.to_owned(), value.into());
                }
            }
        }
        option::CHANNEL => {
            if let Some(types) = form.list("channel_types", 0, 15) {
                one.insert("channel_types".to_owned(), types.clone().into());
            }
        }
        _ => {}
    }
}

fn choices_of(forms: &[Form<'_>], kind: i64, chars: &mut usize) -> Vec<Value> {
    let mut names = HashSet::new();
    let mut read = Vec::with_capacity(forms.len());
    for form in forms {
        let mut one = Object::new();
        let name = form.required_text("name", 1, 100);
        if let Some(name) = &name {
            *chars += name.chars().count();
            if !names.insert(name.clone()) {
                let text = "Choice name already exists";
                form.wrong(
                    "name",
                    "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
                    text,
                );
            }
        }
        one.insert("name".to_owned(), json!(name));
        let value = match kind {
            option::INTEGER => form.integer("value", i64::MIN, i64::MAX).map(Value::from),
            option::NUMBER => form.number("value").map(Value::from),
            _ => match form.raw("value") {
                Some(Value::String(text)) => {
                    *chars += text.chars().count();
                    form.text_between("value", 1, 100).map(Value::from)
                }
                Some(other) => {
                    let text = format!("Could not interpret \"{other}\" as string.");
                    form.wrong(
                        "value",
                        "STRING_TYPE_CONVERT",
                        text.chars().take(200).collect::<String>(),
                    );
                    None
                }
                None => None,
            },
        };
        if form.raw("value").is_none() {
            form.missing("value");
        }
        one.insert("value".to_owned(), value.unwrap_or(Value::Null));
        localizations(form, &mut one);
        read.push(Value::Object(one));
    }
    read
}

/// Copies translations; they are the client's, so only their shape matters here.
fn localizations(form: &Form<'_>, read: &mut Object) {
    for (key, max) in [("name_localizations", 100), ("description_localizations", 100)] {
        let Some(translations) = form.form(key) else {
            if form.has(key) {
                read.insert(key.to_owned(), Value::Null);
            }
            continue;
        };
        let mut copied = Object::new();
        for locale in translations.object().keys().take(40) {
            if !LOCALES.contains(&locale.as_str()) {
                let text = "Value is not a locale Discord knows.".to_owned();
                translations.wrong(locale, "ENUM_TYPE_COERCE", text);
            } else if let Some(text) = translations.text_between(locale, 1, max) {
                copied.insert(locale.clone(), text.into());
            }
        }
        read.insert(key.to_owned(), copied.into());
    }
}

/// Reads a name as slash commands and options must have it: lower case, letters, digits, `-`, `_`, `'`.
fn slash_name(form: &Form<'_>, key: &str) -> Option<String> {
    let name = form.required_text(key, 1, 32)?;
    let legal =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'') || is_combining_thai_or_devanagari(c);
    if !name.chars().all(legal) {
        let text = "String value did not match validation regex.";
        form.wrong(key, "STRING_TYPE_REGEX", text);
        return None;
    }
    if name
        .chars()
        .any(|c| c.is_uppercase() && c.to_lowercase().next() != Some(c))
    {
        let text = "Command name is invalid";
        form.wrong(key, "APPLICATION_COMMAND_INVALID_NAME", text);
        return None;
    }
    Some(name)
}

/// Vowel signs of the two scripts Discord allows beyond letters.
fn is_combining_thai_or_devanagari(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{097F}' | '\u{0E00}'..='\u{0E7F}')
}

/// The locales Discord knows.
pub(crate) const LOCALES: &[&str] = &[
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
    "zh-TW", "ko", "ar", "he",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Issues;

    fn check(command: &Value) -> Result<Object, Value> {
        let issues = Issues::default();
        let read = read(&Form::new(
            command.as_object().expect("a test command is an object"),
            &issues,
        ));
        issues
            .finish()
            .map(|()| read)
            .map_err(|error| error.body()["errors"].clone())
    }

    #[test]
    fn a_command_with_every_kind_of_option_is_accepted() {
        let leaves: Vec<Value> = (3..=11)
            .map(|kind| json!({"type": kind, "name": format!("o{kind}"), "description": "d", "required": kind < 6}))
            .collect();
        let read = check(&json!({"name": "all", "description": "d", "options": leaves})).unwrap();
        assert_eq!(read["options"].as_array().unwrap().len(), 9);
        assert_eq!(read["type"], 1);
    }

    #[test]
    fn names_are_lower_case_and_descriptions_needed() {
        for name in ["Hello", "with space", "", &"x".repeat(33), "dot.dot"] {
            let errors = check(&json!({"name": name, "description": "d"})).unwrap_err();
            assert!(errors["name"]["_errors"].is_array(), "{name} is refused");
        }
        assert!(check(&json!({"name": "größe-1_x", "description": "d"})).is_ok());
        let errors = check(&json!({"name": "x"})).unwrap_err();
        assert_eq!(errors["description"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
    }

    #[test]
    fn required_options_come_first() {
        let errors = check(&json!({"name": "x", "description": "d", "options": [
            {"type": 3, "name": "a", "description": "d"},
            {"type": 3, "name": "b", "description": "d", "required": true},
        ]}))
        .unwrap_err();
        let code = &errors["options"]["1"]["_errors"][0]["code"];
        assert_eq!(code, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID");
    }

    #[test]
    fn subcommands_nest_two_deep_and_never_beside_values() {
        let sub = json!({"type": 1, "name": "sub", "description": "d", "options": [{"type": 3, "name": "a", "description": "d"}]});
        let group = json!({"type": 2, "name": "group", "description": "d", "options": [sub]});
        assert!(check(&json!({"name": "x", "description": "d", "options": [group]})).is_ok());
        let deep = json!({"type": 2, "name": "outer", "description": "d", "options": [group]});
        assert!(check(&json!({"name": "x", "description": "d", "options": [deep]})).is_err());
        let mixed = json!([sub, {"type": 3, "name": "v", "description": "d"}]);
        assert!(check(&json!({"name": "x", "description": "d", "options": mixed})).is_err());
    }

    #[test]
    fn choices_match_their_options_type() {
        let with = |kind: i64, value: Value| {
            check(&json!({"name": "x", "description": "d", "options": [
                {"type": kind, "name": "a", "description": "d", "choices": [{"name": "one", "value": value}]}]}))
        };
        assert!(with(3, json!("1")).is_ok() && with(4, json!(1)).is_ok() && with(10, json!(1.5)).is_ok());
        assert!(with(3, json!(1)).is_err() && with(4, json!("x")).is_err() && with(6, json!("1")).is_err());
    }
}
