//! Finding an id in text, and taking it out of JSON.

use serde_json::{Map, Value};

/// What stands where the id stood.
const GONE: &str = "erased";

/// Returns whether the text holds the id, and not only a longer number in which its digits occur.
pub(crate) fn is_mentioned(text: &str, id: &str) -> bool {
    places(text, id).next().is_some()
}

/// Returns where the id stands by itself.
fn places<'t>(text: &'t str, id: &'t str) -> impl Iterator<Item = usize> + 't {
    let bytes = text.as_bytes();
    let digit = move |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    text.match_indices(id)
        .map(|(at, _)| at)
        .filter(move |at| !id.is_empty() && !digit(at.checked_sub(1)) && !digit(Some(at + id.len())))
}

/// Returns compact JSON without the id. What is no JSON is treated as one text.
pub(crate) fn redact(json: &str, id: &str) -> String {
    match json.parse::<Value>() {
        Ok(value) => without(value, id).unwrap_or(Value::Null).to_string(),
        Err(_) => in_text(json, id),
    }
}

/// Returns a value without the id; `None` when it is the id itself.
fn without(value: Value, id: &str) -> Option<Value> {
    match value {
        Value::String(text) if text == id => None,
        Value::String(text) => Some(Value::String(in_text(&text, id))),
        // Also as a part of it: what is left must not mention the id.
        Value::Number(number) if is_mentioned(&number.to_string(), id) => None,
        Value::Array(items) => Some(Value::Array(
            items.into_iter().filter_map(|item| without(item, id)).collect(),
        )),
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, field) in fields {
                // What stands under the id is about that person.
                if !is_mentioned(&name, id) {
                    kept.insert(name, without(field, id).unwrap_or_else(|| GONE.into()));
                }
            }
            Some(Value::Object(kept))
        }
        other => Some(other),
    }
}

fn in_text(text: &str, id: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in places(text, id) {
        out.push_str(&text[from..at]);
        out.push_str(GONE);
        from = at + id.len();
    }
    out.push_str(&text[from..]);
    out
}
