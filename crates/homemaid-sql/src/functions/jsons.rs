//! `json` and `jsonb`.

use rusqlite::types::{Value, ValueRef};
use serde_json::Value as JsonValue;

use super::{Call, Functions, bool, count, room, text};
use crate::cast;
use crate::error::{Pg, pg};
use crate::limits::SERIES;
use crate::types::Ty;
use crate::value::array;
use crate::value::json::{Json, quote};

fn json(call: &Call<'_>, at: usize) -> Pg<Json> {
    Json::parse(call.text(at)?)
}

/// A `text[]` argument without NULLs.
fn path(call: &Call<'_>, at: usize) -> Pg<Option<Vec<String>>> {
    let items = array::from_stored(call.text(at)?)?;
    Ok(items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect())
}

fn maybe(value: Option<&Json>) -> Value {
    value.map_or(Value::Null, |value| Value::Text(value.to_string()))
}

fn maybe_text(value: Option<&Json>) -> Value {
    value.and_then(Json::as_text).map_or(Value::Null, Value::Text)
}

/// `->`: by key or by number.
fn get<'a>(call: &Call<'_>, value: &'a Json) -> Pg<Option<&'a Json>> {
    match call.context.get_raw(1) {
        ValueRef::Integer(index) => Ok(value.item(index)),
        _ => Ok(value.get(call.text(1)?)),
    }
}

fn walk<'a>(value: &'a Json, path: Option<&[String]>) -> Option<&'a Json> {
    path?.iter().try_fold(value, |value, step| value.step(step))
}

pub(super) fn register(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_json_get", 2, |call| Ok(maybe(get(call, &json(call, 0)?)?)))?;
    functions.strict("hm_json_get_text", 2, |call| {
        Ok(maybe_text(get(call, &json(call, 0)?)?))
    })?;
    functions.strict("hm_json_path", 2, |call| {
        Ok(maybe(walk(&json(call, 0)?, path(call, 1)?.as_deref())))
    })?;
    functions.strict("hm_json_path_text", 2, |call| {
        Ok(maybe_text(walk(&json(call, 0)?, path(call, 1)?.as_deref())))
    })?;
    functions.strict("hm_json_length", 1, |call| match json(call, 0)? {
        Json::Array(items) => count(items.len()),
        Json::Object(_) => Err(pg("22023", "cannot get array length of a non-array")),
        _ => Err(pg("22023", "cannot get array length of a scalar")),
    })?;
    functions.strict("hm_json_type", 1, |call| text(json(call, 0)?.type_name()))?;
    functions.strict("hm_json_set", 4, |call| {
        let Some(path) = path(call, 1)? else {
            return Err(pg("22004", "path element must not be null"));
        };
        let value = json(call, 0)?;
        if !matches!(value, Json::Array(_) | Json::Object(_)) {
            return Err(pg("22023", "cannot set path in scalar"));
        }
        text(value.set(&path, json(call, 2)?, call.int(3)? != 0)?.to_string())
    })?;
    functions.strict("hm_json_without", 2, |call| {
        let value = json(call, 0)?;
        if !matches!(value, Json::Array(_) | Json::Object(_)) {
            return Err(pg("22023", "cannot delete path in scalar"));
        }
        let Some(path) = path(call, 1)? else {
            return Err(pg("22004", "path element must not be null"));
        };
        text(value.without(&path).to_string())
    })?;
    functions.strict("hm_json_strip", 1, |call| {
        text(json(call, 0)?.strip_nulls().to_string())
    })?;
    functions.strict("hm_json_concat", 2, |call| {
        text(json(call, 0)?.concat(json(call, 1)?).to_string())
    })?;
    functions.strict("hm_json_contains", 2, |call| {
        bool(json(call, 0)?.contains(&json(call, 1)?)?)
    })?;
    functions.strict("hm_json_exists", 2, |call| {
        bool(exists(&json(call, 0)?, call.text(1)?))
    })?;
    functions.strict("hm_json_exists_any", 3, |call| {
        let (value, all) = (json(call, 0)?, call.int(2)? != 0);
        let items = array::from_stored(call.text(1)?)?;
        let mut keys = items.iter().filter_map(JsonValue::as_str);
        bool(if all {
            keys.all(|key| exists(&value, key))
        } else {
            keys.any(|key| exists(&value, key))
        })
    })?;
    functions.strict("hm_json_minus", 2, |call| {
        let value = json(call, 0)?;
        match (&value, call.context.get_raw(1)) {
            (Json::Object(_), ValueRef::Integer(_)) => {
                Err(pg("22023", "cannot delete from object using integer index"))
            }
            (Json::Array(_), ValueRef::Integer(index)) => {
                text(value.without(&[index.to_string()]).to_string())
            }
            (Json::Array(_) | Json::Object(_), _) => text(minus(value, call.text(1)?).to_string()),
            _ => Err(pg("22023", "cannot delete from scalar")),
        }
    })?;
    functions.strict("hm_json_minus_all", 2, |call| {
        let mut value = json(call, 0)?;
        if !matches!(value, Json::Array(_) | Json::Object(_)) {
            return Err(pg("22023", "cannot delete from scalar"));
        }
        for key in array::from_stored(call.text(1)?)?
            .iter()
            .filter_map(JsonValue::as_str)
        {
            value = minus(value, key);
        }
        text(value.to_string())
    })?;
    functions.lenient("hm_to_json", 3, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let ty = Ty {
            base: call.base(1)?,
            array: call.int(2)? != 0,
        };
        text(cast::to_json(&call.value(0), ty)?.to_string())
    })?;
    for (name, binary) in [("hm_jsonb_build_object", true), ("hm_json_build_object", false)] {
        functions.add(name, -1, false, true, move |call| build_object(call, binary))?;
    }
    for name in ["hm_jsonb_build_array", "hm_json_build_array"] {
        functions.lenient(name, -1, |call| {
            let items = pairs(call)?;
            text(Json::Array(items).to_string())
        })?;
    }
    functions.strict("hm_json_rows", 2, rows)?;
    functions.lenient("hm_json_agg", 3, |call| {
        let ty = call.ty(1)?;
        let items = array::from_stored(call.text(2)?)?;
        if items.is_empty() {
            return Ok(Value::Null);
        }
        let items = items
            .iter()
            .map(|item| cast::to_json(&cast::from_item(item), ty))
            .collect::<Pg<Vec<_>>>()?;
        text(Json::Array(items).to_string())
    })?;
    functions.lenient("hm_json_object_agg", 2, |call| {
        let ty = call.ty(0)?;
        let items = array::from_stored(call.text(1)?)?;
        if items.is_empty() {
            return Ok(Value::Null);
        }
        let mut pairs = Vec::new();
        for item in &items {
            let (Some(key), Some(value)) = (item.get(0), item.get(1)) else {
                continue;
            };
            let Some(key) = key.as_str() else {
                return Err(pg("22004", "field name must not be null"));
            };
            pairs.push((key.to_owned(), cast::to_json(&cast::from_item(value), ty)?));
        }
        text(Json::object(pairs).to_string())
    })
}

fn exists(value: &Json, key: &str) -> bool {
    match value {
        Json::Object(_) => value.get(key).is_some(),
        Json::Array(items) => items
            .iter()
            .any(|item| matches!(item, Json::Text(text) if text == key)),
        Json::Text(text) => text == key,
        _ => false,
    }
}

fn minus(value: Json, key: &str) -> Json {
    match value {
        Json::Object(mut pairs) => {
            pairs.retain(|(name, _)| name != key);
            Json::Object(pairs)
        }
        Json::Array(mut items) => {
            items.retain(|item| !matches!(item, Json::Text(text) if text == key));
            Json::Array(items)
        }
        other => other,
    }
}

/// Arguments that come as a value and its type's code.
fn pairs(call: &Call<'_>) -> Pg<Vec<Json>> {
    (0..call.len() / 2)
        .map(|at| cast::to_json(&call.value(at * 2), call.ty(at * 2 + 1)?))
        .collect()
}

fn build_object(call: &Call<'_>, binary: bool) -> Pg<Value> {
    let mut pairs = Vec::new();
    for at in (0..call.len()).step_by(4) {
        let Some(key) = cast::text_of(&call.value(at), call.ty(at + 1)?)? else {
            return Err(pg("22023", "argument must not be null"));
        };
        pairs.push((key, cast::to_json(&call.value(at + 2), call.ty(at + 3)?)?));
    }
    if binary {
        return text(Json::object(pairs).to_string());
    }
    // `json` keeps the order and the repetitions.
    let mut out = "{".to_owned();
    for (at, (key, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        quote(key, &mut out);
        out.push_str(" : ");
        out.push_str(&value.to_string());
    }
    out.push('}');
    room(out.len())?;
    text(out)
}

/// The rows of a set-returning function: a JSON array of arrays of texts, which come back as text whatever they hold.
fn rows(call: &Call<'_>) -> Pg<Value> {
    let value = json(call, 0)?;
    let what = call.text(1)?;
    let nullable = |value: Option<String>| value.map_or(JsonValue::Null, JsonValue::String);
    let as_text = what.ends_with("text");
    let shown = |value: &Json| {
        nullable(if as_text {
            value.as_text()
        } else {
            Some(value.to_string())
        })
    };
    let rows: Vec<JsonValue> = match (what.trim_end_matches("_text"), value) {
        ("array_elements", Json::Array(items)) => items.iter().map(|item| vec![shown(item)].into()).collect(),
        ("array_elements", Json::Object(_)) => {
            return Err(pg("22023", "cannot extract elements from an object"));
        }
        ("array_elements", _) => return Err(pg("22023", "cannot extract elements from a scalar")),
        ("each", Json::Object(pairs)) => pairs
            .iter()
            .map(|(key, value)| vec![JsonValue::from(key.as_str()), shown(value)].into())
            .collect(),
        ("each", Json::Array(_)) => return Err(pg("22023", "cannot call jsonb_each on a non-object")),
        ("each", _) => return Err(pg("22023", "cannot call jsonb_each on a non-object")),
        (_, Json::Object(pairs)) => pairs
            .iter()
            .map(|(key, _)| vec![JsonValue::from(key.as_str())].into())
            .collect(),
        (_, Json::Array(_)) => return Err(pg("22023", "cannot call jsonb_object_keys on an array")),
        (_, _) => return Err(pg("22023", "cannot call jsonb_object_keys on a scalar")),
    };
    if rows.len() > SERIES {
        return Err(crate::error::unsupported(format_args!(
            "more than {SERIES} elements"
        )));
    }
    text(JsonValue::Array(rows).to_string())
}
