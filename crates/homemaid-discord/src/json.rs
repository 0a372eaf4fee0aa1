//! Reading Discord's JSON without trusting its shape, and writing it for workers.

use serde_json::{Map, Value, json};

/// Returns the id at `key`, which Discord sends as text.
pub(crate) fn id(value: &Value, key: &str) -> Option<u64> {
    as_id(&value[key])
}

/// Returns the id that is this value: text of digits, or a number.
pub(crate) fn as_id(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
    .filter(|id| *id != 0)
}

/// Returns the text at `key`.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str()
}

/// Returns whether `key` is there and true.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value[key].as_bool().unwrap_or(false)
}

/// Returns the list at `key`, or an empty one.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Returns the ids in the list at `key`.
pub(crate) fn ids(value: &Value, key: &str) -> Vec<u64> {
    list(value, key).iter().filter_map(as_id).collect()
}

/// Returns the ids as JSON wants them: text.
pub(crate) fn id_texts(ids: &[u64]) -> Value {
    ids.iter().map(|id| Value::from(id.to_string())).collect()
}

/// Returns the id as JSON wants it: text, or null.
pub(crate) fn id_or_null(id: Option<u64>) -> Value {
    id.map_or(Value::Null, |id| Value::from(id.to_string()))
}

/// Returns an object with the given keys of `value`, null where one is missing.
pub(crate) fn pick(value: &Value, keys: &[&str]) -> Value {
    Value::Object(
        keys.iter()
            .map(|key| ((*key).to_owned(), value[*key].clone()))
            .collect(),
    )
}

/// Returns nick, global name or user name: the first there is (events §2).
pub(crate) fn display_name(member: &Value, user: &Value) -> Value {
    text(member, "nick")
        .or_else(|| text(user, "global_name"))
        .or_else(|| text(user, "username"))
        .map_or(Value::Null, Value::from)
}

/// Returns an empty object.
pub(crate) fn object() -> Value {
    json!({})
}

/// Puts a key into an object value; any other value is left alone.
pub(crate) fn set(value: &mut Value, key: &str, to: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        map.insert(key.to_owned(), to.into());
    }
}

/// Returns the object inside, or an empty one.
pub(crate) fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_nonsense_are_no_ids() {
        for value in [
            json!("0"),
            json!(0),
            json!("x"),
            json!(null),
            json!(-1),
            json!("18446744073709551616"),
        ] {
            assert_eq!(as_id(&value), None, "{value}");
        }
        assert_eq!(as_id(&json!("42")), Some(42));
        assert_eq!(as_id(&json!(42)), Some(42));
    }
}
