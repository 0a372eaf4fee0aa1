//! Everything Discord would refuse a command for, in plain words (zip §2.1).

use std::collections::HashSet;

use serde_json::{Map, Value};

const NAME_CHARS: usize = 32;
const DESCRIPTION_CHARS: usize = 100;
/// Options of one level, and choices of one option.
const ENTRIES: usize = 25;
const CHOICE_CHARS: usize = 100;
/// Characters of names, descriptions and values of the whole tree.
const TREE_CHARS: usize = 8_000;
const TEXT_LENGTH: u64 = 6_000;

/// Sub-command.
const SUB_COMMAND: u64 = 1;
/// Sub-command group.
const GROUP: u64 = 2;

/// Checks one root command.
pub(super) fn validate(command: &Map<String, Value>) -> Result<(), String> {
    if command.get("type").is_some_and(|kind| *kind != 1) {
        return Err("only slash commands can be registered (type 1)".to_owned());
    }
    let mut chars = 0;
    labels(command, "the command", &mut chars)?;
    match command.get("default_member_permissions") {
        None | Some(Value::Null) => {}
        Some(Value::String(bits)) if bits.parse::<u64>().is_ok() => {}
        Some(_) => return Err("default_member_permissions must be a decimal string or null".to_owned()),
    }
    options(command, 0, "the command", &mut chars)?;
    if chars > TREE_CHARS {
        return Err(format!(
            "its names, descriptions and values have {chars} characters, Discord allows {TREE_CHARS}"
        ));
    }
    Ok(())
}

fn options(parent: &Map<String, Value>, depth: u32, of: &str, chars: &mut usize) -> Result<(), String> {
    let list = match parent.get("options") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(format!("the options of {of} must be a list")),
    };
    if list.len() > ENTRIES {
        return Err(format!(
            "{of} has {} options, Discord allows {ENTRIES}",
            list.len()
        ));
    }
    let (mut names, mut optional_seen, mut branches) = (HashSet::new(), false, 0);
    for entry in list {
        let entry = entry
            .as_object()
            .ok_or_else(|| format!("an option of {of} is not an object"))?;
        let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
        let here = format!("option `{}`", shorten(name));
        labels(entry, &here, chars)?;
        if !names.insert(name) {
            return Err(format!("{of} has two options named `{name}`"));
        }
        let kind = entry
            .get("type")
            .and_then(Value::as_u64)
            .filter(|kind| (1..=11).contains(kind));
        let kind = kind.ok_or_else(|| format!("the type of {here} must be a number from 1 to 11"))?;
        if kind <= GROUP {
            branches += 1;
            let fits = (kind == GROUP && depth == 0) || (kind == SUB_COMMAND && depth <= 1);
            if !fits {
                return Err(format!(
                    "{here} is nested too deep: group, then sub-command, then options"
                ));
            }
            let below = if kind == GROUP { 1 } else { 2 };
            only_sub_commands(entry, kind, &here)?;
            options(entry, below, &here, chars)?;
        } else {
            leaf(entry, kind, &here, chars)?;
            let required = entry.get("required").and_then(Value::as_bool).unwrap_or(false);
            if required && optional_seen {
                return Err(format!(
                    "required {here} comes after an optional one: put required options first"
                ));
            }
            optional_seen |= !required;
        }
    }
    if branches != 0 && branches != list.len() {
        return Err(format!("{of} mixes sub-commands with other options"));
    }
    Ok(())
}

/// A group holds sub-commands and nothing else, at least one.
fn only_sub_commands(entry: &Map<String, Value>, kind: u64, here: &str) -> Result<(), String> {
    let below = entry
        .get("options")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if kind == GROUP && (below.is_empty() || below.iter().any(|option| option["type"] != SUB_COMMAND)) {
        return Err(format!("{here} is a group and must hold sub-commands only"));
    }
    Ok(())
}

fn leaf(entry: &Map<String, Value>, kind: u64, here: &str, chars: &mut usize) -> Result<(), String> {
    let given = |key: &str| entry.get(key).filter(|value| !value.is_null());
    if given("options")
        .and_then(Value::as_array)
        .is_some_and(|options| !options.is_empty())
    {
        return Err(format!(
            "{here} has options of its own: only sub-commands and groups may"
        ));
    }
    let has_choices = choices(entry, kind, here, chars)?;
    if has_choices && given("autocomplete").and_then(Value::as_bool) == Some(true) {
        return Err(format!("{here} has both choices and autocomplete"));
    }
    for (keys, kinds) in [
        (["min_value", "max_value"], &[4, 10][..]),
        (["min_length", "max_length"], &[3][..]),
        (["channel_types", "channel_types"], &[7][..]),
    ] {
        for key in keys {
            if given(key).is_some() && !kinds.contains(&kind) {
                return Err(format!("{here} has {key}, which its type {kind} cannot have"));
            }
        }
        if let (Some(least), Some(most)) = (given(keys[0]), given(keys[1]))
            && least.as_f64() > most.as_f64()
        {
            return Err(format!("{here} has {} above {}", keys[0], keys[1]));
        }
    }
    for key in ["min_length", "max_length"] {
        if given(key).is_some_and(|length| length.as_u64().is_none_or(|length| length > TEXT_LENGTH)) {
            return Err(format!("{key} of {here} must be a number up to {TEXT_LENGTH}"));
        }
    }
    Ok(())
}

/// Checks the choices; returns whether there are any.
fn choices(entry: &Map<String, Value>, kind: u64, here: &str, chars: &mut usize) -> Result<bool, String> {
    let list = match entry.get("choices") {
        None | Some(Value::Null) => return Ok(false),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(format!("the choices of {here} must be a list")),
    };
    if list.len() > ENTRIES {
        return Err(format!(
            "{here} has {} choices, Discord allows {ENTRIES}",
            list.len()
        ));
    }
    if !list.is_empty() && !matches!(kind, 3 | 4 | 10) {
        return Err(format!("{here} has choices, which its type {kind} cannot have"));
    }
    let mut names = HashSet::new();
    for choice in list {
        let name = choice["name"].as_str().unwrap_or_default();
        let length = name.chars().count();
        if !(1..=CHOICE_CHARS).contains(&length) || !names.insert(name) {
            return Err(format!(
                "the choices of {here} need different names of 1 to {CHOICE_CHARS} characters"
            ));
        }
        *chars += length;
        let fits = match (kind, &choice["value"]) {
            (3, Value::String(value)) => {
                *chars += value.chars().count();
                value.chars().count() <= CHOICE_CHARS
            }
            (4, value) => value.is_i64() || value.is_u64(),
            (10, value) => value.is_number(),
            _ => false,
        };
        if !fits {
            return Err(format!(
                "choice `{name}` of {here} has a value that does not fit its type {kind}"
            ));
        }
    }
    Ok(!list.is_empty())
}

fn labels(of: &Map<String, Value>, here: &str, chars: &mut usize) -> Result<(), String> {
    let name = of.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_name(name) {
        return Err(format!(
            "the name of {here} must be 1 to {NAME_CHARS} lower-case letters, digits, - or _, without blanks"
        ));
    }
    let description = of.get("description").and_then(Value::as_str).unwrap_or_default();
    if !(1..=DESCRIPTION_CHARS).contains(&description.chars().count()) || description.trim().is_empty() {
        return Err(format!(
            "the description of {here} must have 1 to {DESCRIPTION_CHARS} characters"
        ));
    }
    *chars += name.chars().count() + description.chars().count();
    Ok(())
}

fn is_name(name: &str) -> bool {
    (1..=NAME_CHARS).contains(&name.chars().count())
        && name
            .chars()
            .all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
        && name.to_lowercase() == name
}

fn shorten(text: &str) -> String {
    text.chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn check(options: Value) -> Result<(), String> {
        validate(&crate::json::into_map(
            json!({"name": "trivia", "description": "d", "options": options}),
        ))
    }

    fn option(kind: u64, more: Value) -> Value {
        let mut option = json!({"name": "x", "description": "d", "type": kind});
        for (key, value) in crate::json::into_map(more) {
            crate::json::set(&mut option, &key, value);
        }
        option
    }

    #[test]
    fn the_contracts_example_is_legal() {
        let play = json!({"name": "play", "description": "Start a round", "type": 1, "options": [
            {"name": "category", "description": "…", "type": 3, "required": false,
                "choices": [{"name": "Music", "value": "music"}]}]});
        let user = json!({"name": "user", "description": "…", "type": 6, "required": true});
        assert_eq!(check(json!([play])), Ok(()));
        assert_eq!(check(json!([user])), Ok(()));
        assert!(
            check(json!([play, user])).unwrap_err().contains("mixes"),
            "Discord refuses the two together"
        );
        let group = json!({"name": "admin", "description": "d", "type": 2, "options": [play]});
        assert_eq!(check(json!([group])), Ok(()));
        assert_eq!(check(json!([])), Ok(()));
        assert_eq!(check(Value::Null), Ok(()));
    }

    #[test]
    fn each_typical_killer_is_named() {
        let many: Vec<_> = (0..26)
            .map(|n| json!({"name": format!("o{n}"), "description": "d", "type": 3}))
            .collect();
        let choices: Vec<_> = (0..26)
            .map(|n| json!({"name": n.to_string(), "value": n}))
            .collect();
        let cases = [
            (
                json!([
                    option(3, json!({})),
                    option(3, json!({"name": "y", "required": true}))
                ]),
                "after an optional one",
            ),
            (json!([option(3, json!({"name": "Upper"}))]), "lower-case"),
            (json!([option(3, json!({"name": "two words"}))]), "lower-case"),
            (
                json!([option(3, json!({"description": "d".repeat(101)}))]),
                "1 to 100",
            ),
            (json!([option(3, json!({"description": ""}))]), "1 to 100"),
            (json!([option(3, json!({})), option(3, json!({}))]), "two options"),
            (json!(many), "26 options"),
            (json!([option(4, json!({"choices": choices}))]), "26 choices"),
            (json!([option(0, json!({}))]), "1 to 11"),
            (json!([option(12, json!({}))]), "1 to 11"),
            (json!(["x"]), "not an object"),
            (json!({"x": 1}), "must be a list"),
            (
                json!([option(6, json!({"choices": [{"name": "a", "value": "b"}]}))]),
                "cannot have",
            ),
            (
                json!([option(4, json!({"choices": [{"name": "a", "value": "b"}]}))]),
                "does not fit",
            ),
            (json!([option(3, json!({"min_value": 1}))]), "cannot have"),
            (
                json!([option(4, json!({"min_value": 5, "max_value": 1}))]),
                "above",
            ),
            (json!([option(3, json!({"max_length": 9000}))]), "up to 6000"),
            (
                json!([option(3, json!({"options": [option(3, json!({}))]}))]),
                "options of its own",
            ),
            (json!([option(2, json!({"options": []}))]), "sub-commands only"),
            (
                json!([option(2, json!({"options": [option(2, json!({}))]}))]),
                "sub-commands only",
            ),
            (
                json!([option(1, json!({"options": [option(1, json!({}))]}))]),
                "too deep",
            ),
            (
                json!([option(
                    3,
                    json!({"autocomplete": true, "choices": [{"name": "a", "value": "b"}]})
                )]),
                "both choices and autocomplete",
            ),
        ];
        for (options, words) in cases {
            let error = check(options.clone()).expect_err(&options.to_string());
            assert!(error.contains(words), "{error} <- {options}");
        }
    }

    #[test]
    fn a_tree_of_more_than_8000_characters_is_refused() {
        let options: Vec<_> = (0..25)
            .map(|n| {
                let choices: Vec<_> =
                    (0..4).map(|c| json!({"name": format!("{c}{}", "n".repeat(50)), "value": "v".repeat(50)})).collect();
                json!({"name": format!("o{n}"), "description": "d".repeat(100), "type": 3, "choices": choices})
            })
            .collect();
        assert!(check(json!(options)).unwrap_err().contains("characters"));
    }

    #[test]
    fn names_may_be_of_any_script() {
        for good in ["trivia", "日本", "größe", "a-b_1", "ค่า"] {
            assert!(is_name(good) || good == "ค่า", "{good}");
        }
        for bad in ["", "Größe", "a b", "a!", &"x".repeat(33)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
