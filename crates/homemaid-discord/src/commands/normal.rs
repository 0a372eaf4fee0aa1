//! Whether Discord already has the commands we want. Discord fills in what we leave out and adds keys of its own,
//! so both sides are brought to one form first: no nulls, no defaults, no numbers in two spellings.

use serde_json::{Map, Number, Value};

/// Keys Discord adds, or that mean nothing in a guild.
const DISCORDS_OWN: [&str; 10] = [
    "id",
    "application_id",
    "version",
    "guild_id",
    "name_localized",
    "description_localized",
    "dm_permission",
    "contexts",
    "integration_types",
    "handler",
];

/// Returns whether two lists of commands are the same commands, in whatever order.
pub(super) fn same(current: &Value, wanted: &Value) -> bool {
    let by_name = |list: &Value| {
        let mut list: Vec<_> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|command| normal(command, true))
            .collect();
        list.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        list
    };
    by_name(current) == by_name(wanted)
}

fn normal(value: &Value, is_command: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut out: Vec<_> = map
                .iter()
                .filter(|(key, _)| !(is_command && DISCORDS_OWN.contains(&key.as_str())))
                .filter(|(key, value)| !(is_command && *key == "type" && **value == 1))
                .map(|(key, value)| (key.clone(), normal(value, false)))
                .filter(|(_, value)| !is_default(value))
                .collect();
            out.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(out))
        }
        Value::Array(list) => list.iter().map(|entry| normal(entry, false)).collect(),
        Value::Number(number) => Value::Number(whole(number)),
        other => other.clone(),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Returns 3.0 as 3.
fn whole(number: &Number) -> Number {
    match number.as_f64() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be a whole number in range"
        )]
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => (float as i64).into(),
        _ => number.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_discord_adds_makes_no_difference() {
        let wanted = json!([{"name": "calc", "description": "d", "type": 1, "options": [
            {"name": "x", "description": "d", "type": 10, "required": true, "min_value": 1.0, "choices": []}]}]);
        let current = json!([{"id": "5", "application_id": "8", "version": "9", "guild_id": "1", "type": 1,
            "name": "calc", "name_localizations": null, "description": "d", "description_localizations": null,
            "default_member_permissions": null, "nsfw": false, "dm_permission": true, "contexts": null,
            "integration_types": [0], "options": [
                {"type": 10, "name": "x", "description": "d", "required": true, "min_value": 1}]}]);
        assert!(same(&current, &wanted));
        assert!(same(&json!([]), &json!([])));
    }

    #[test]
    fn every_real_change_is_seen() {
        let base = json!([{"name": "a", "description": "d"}, {"name": "b", "description": "d"}]);
        let swapped = json!([{"name": "b", "description": "d"}, {"name": "a", "description": "d"}]);
        assert!(same(&base, &swapped), "the order of commands means nothing");
        for other in [
            json!([{"name": "a", "description": "d"}]),
            json!([{"name": "a", "description": "e"}, {"name": "b", "description": "d"}]),
            json!([{"name": "a", "description": "d", "default_member_permissions": "0"}, {"name": "b", "description": "d"}]),
            json!([{"name": "a", "description": "d", "options": [{"name": "x", "type": 3}]}, {"name": "b", "description": "d"}]),
            json!([{"name": "a", "description": "d", "nsfw": true}, {"name": "b", "description": "d"}]),
        ] {
            assert!(!same(&base, &other), "{other}");
        }
        let options = |a: &str, b: &str| json!([{"name": "c", "options": [{"name": a}, {"name": b}]}]);
        assert!(
            !same(&options("x", "y"), &options("y", "x")),
            "the order of options does"
        );
    }
}
