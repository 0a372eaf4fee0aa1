//! Arrays in their stored form.

use rusqlite::types::{Value, ValueRef};
use serde_json::Value as JsonValue;

use super::{Call, Functions, bool, count, in_time, int, room, text};
use crate::cast;
use crate::error::Pg;
use crate::limits::SERIES;
use crate::types::Base;
use crate::value::{array, json};

/// An array argument; NULL is empty.
fn items(call: &Call<'_>, at: usize) -> Pg<Vec<JsonValue>> {
    if call.is_null(at) {
        Ok(Vec::new())
    } else {
        array::from_stored(call.text(at)?)
    }
}

/// Refuses arrays that are too long.
fn elements(count: usize) -> Pg<()> {
    if count > SERIES {
        return Err(crate::error::unsupported(format_args!(
            "an array of more than {SERIES} elements"
        )));
    }
    Ok(())
}

fn stored(items: &[JsonValue]) -> Pg<Value> {
    elements(items.len())?;
    text(array::stored(items))
}

/// An element argument, of the type whose code is at `code`.
fn item(call: &Call<'_>, at: usize, code: usize) -> Pg<JsonValue> {
    cast::item(&call.value(at), call.base(code)?)
}

/// Whether two elements are equal; numerics by value.
fn same(a: &JsonValue, b: &JsonValue, base: Option<Base>) -> bool {
    match (a, b) {
        (JsonValue::String(a), JsonValue::String(b)) => match base {
            Some(Base::Numeric) => crate::value::numeric::compare_text(a, b).is_eq(),
            Some(Base::Interval) => crate::value::interval::compare_text(a, b).is_eq(),
            Some(Base::Jsonb) => json::compare_text(a, b).is_eq(),
            _ => a == b,
        },
        (JsonValue::Number(a), JsonValue::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        _ => a == b,
    }
}

pub(super) fn register(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.lenient("hm_array", -1, |call| {
        let base = call.base(0)?;
        let items = (1..call.len())
            .map(|at| cast::item(&call.value(at), base))
            .collect::<Pg<Vec<_>>>()?;
        stored(&items)
    })?;
    functions.strict("hm_array_item", 2, |call| {
        let items = items(call, 0)?;
        let at = usize::try_from(call.int(1)? - 1).ok();
        Ok(at
            .and_then(|at| items.get(at))
            .map_or(Value::Null, cast::from_item))
    })?;
    functions.strict("hm_array_slice", 3, |call| {
        let items = items(call, 0)?;
        let length = i64::try_from(items.len()).unwrap_or(0);
        let bound = |at: usize, open: i64| match call.context.get_raw(at) {
            ValueRef::Integer(value) => value,
            _ => open,
        };
        let (low, high) = (bound(1, 1).max(1), bound(2, length).min(length));
        if low > high {
            return stored(&[]);
        }
        let (low, high) = (
            usize::try_from(low - 1).unwrap_or(0),
            usize::try_from(high).unwrap_or(0),
        );
        stored(&items[low..high])
    })?;
    functions.lenient("hm_array_cat", 2, |call| {
        if call.is_null(0) && call.is_null(1) {
            return Ok(Value::Null);
        }
        let mut all = items(call, 0)?;
        all.extend(items(call, 1)?);
        stored(&all)
    })?;
    functions.lenient("hm_array_append", 3, |call| {
        let mut all = items(call, 0)?;
        all.push(item(call, 1, 2)?);
        stored(&all)
    })?;
    functions.lenient("hm_array_prepend", 3, |call| {
        let mut all = items(call, 0)?;
        all.insert(0, item(call, 1, 2)?);
        stored(&all)
    })?;
    functions.lenient("hm_array_remove", 3, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let (mut all, gone, base) = (items(call, 0)?, item(call, 1, 2)?, call.base(2)?);
        all.retain(|one| !same(one, &gone, Some(base)));
        stored(&all)
    })?;
    functions.lenient("hm_array_replace", 4, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let (mut all, old, new, base) = (
            items(call, 0)?,
            item(call, 1, 3)?,
            item(call, 2, 3)?,
            call.base(3)?,
        );
        for one in all.iter_mut().filter(|one| same(one, &old, Some(base))) {
            *one = new.clone();
        }
        stored(&all)
    })?;
    functions.lenient("hm_array_position", 3, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let (all, wanted, base) = (items(call, 0)?, item(call, 1, 2)?, call.base(2)?);
        match all.iter().position(|one| same(one, &wanted, Some(base))) {
            Some(at) => count(at + 1),
            None => Ok(Value::Null),
        }
    })?;
    functions.strict("hm_array_bound", 3, |call| {
        let items = items(call, 0)?;
        if call.int(1)? != 1 || items.is_empty() {
            return Ok(Value::Null);
        }
        if call.text(2)? == "lower" {
            int(1)
        } else {
            count(items.len())
        }
    })?;
    functions.lenient("hm_array_to_string", 4, |call| {
        if call.is_null(0) || call.is_null(1) {
            return Ok(Value::Null);
        }
        let base = call.base(3)?;
        let null = if call.is_null(2) {
            None
        } else {
            Some(call.text(2)?.to_owned())
        };
        let (mut parts, mut bytes) = (Vec::new(), 0_usize);
        for one in items(call, 0)? {
            let shown = match &one {
                JsonValue::Bool(value) => Some(if *value { "t" } else { "f" }.to_owned()),
                other => cast::text(&cast::from_item(other), base)?,
            };
            if let Some(part) = shown.or_else(|| null.clone()) {
                bytes = bytes.saturating_add(part.len() + call.text(1)?.len());
                room(bytes)?;
                parts.push(part);
            }
        }
        text(parts.join(call.text(1)?))
    })?;
    functions.lenient("hm_string_to_array", 2, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let value = call.text(0)?;
        let parts: Vec<String> = match (value.is_empty(), call.is_null(1)) {
            (true, _) => Vec::new(),
            (false, true) => value.chars().map(String::from).collect(),
            (false, false) => match call.text(1)? {
                "" => vec![value.to_owned()],
                delimiter => value.split(delimiter).map(str::to_owned).collect(),
            },
        };
        stored(&parts.into_iter().map(JsonValue::String).collect::<Vec<_>>())
    })?;
    functions.strict("hm_array_contains", 2, |call| {
        let (all, wanted) = (items(call, 0)?, items(call, 1)?);
        for one in &wanted {
            in_time()?;
            if one.is_null() || !all.iter().any(|other| same(one, other, None)) {
                return bool(false);
            }
        }
        bool(true)
    })?;
    functions.strict("hm_array_overlaps", 2, |call| {
        let (all, wanted) = (items(call, 0)?, items(call, 1)?);
        for one in &wanted {
            in_time()?;
            if !one.is_null() && all.iter().any(|other| same(one, other, None)) {
                return bool(true);
            }
        }
        bool(false)
    })?;
    functions.lenient("hm_zip", -1, |call| {
        let mut arrays = Vec::new();
        for at in 0..call.len() {
            let array = items(call, at)?;
            elements(array.len().saturating_mul(call.len()))?;
            arrays.push(array);
        }
        let longest = arrays.iter().map(Vec::len).max().unwrap_or(0);
        let rows = (0..longest).map(|at| {
            let row = arrays
                .iter()
                .map(|array| array.get(at).cloned().unwrap_or(JsonValue::Null));
            JsonValue::Array(row.collect())
        });
        stored(&rows.collect::<Vec<_>>())
    })?;
    // What json_group_array made of no rows is NULL; booleans come as numbers.
    functions.strict("hm_none", 2, |call| {
        let (all, base) = (items(call, 0)?, call.base(1)?);
        if all.is_empty() {
            return Ok(Value::Null);
        }
        let all = all
            .iter()
            .map(|one| cast::item(&cast::from_item(one), base))
            .collect::<Pg<Vec<_>>>()?;
        stored(&all)
    })?;
    functions.strict("hm_join", 2, |call| {
        let all = items(call, 0)?;
        if all.is_empty() {
            return Ok(Value::Null);
        }
        let texts: Vec<&str> = all.iter().filter_map(JsonValue::as_str).collect();
        text(texts.join(call.text(1)?))
    })
}
