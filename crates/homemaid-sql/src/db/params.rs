//! JSON parameters as SQLite values, and the classes a translation depends on (sql §4).

use rusqlite::types::Value;
use serde_json::Value as JsonValue;

use crate::error::{Pg, pg};
use crate::lower::{ArrayClass, ParamClass};

/// Returns the classes and values of a call's parameters.
pub(super) fn bind(params: &[JsonValue]) -> Pg<(Vec<ParamClass>, Vec<Value>)> {
    let mut classes = Vec::with_capacity(params.len());
    let mut values = Vec::with_capacity(params.len());
    for (at, param) in params.iter().enumerate() {
        let (class, value) = one(param).map_err(|mut error| {
            error.message = format!("parameter ${}: {}", at + 1, error.message);
            error
        })?;
        classes.push(class);
        values.push(value);
    }
    Ok((classes, values))
}

fn one(param: &JsonValue) -> Pg<(ParamClass, Value)> {
    Ok(match param {
        JsonValue::Null => (ParamClass::Null, Value::Null),
        JsonValue::Bool(value) => (ParamClass::Bool, Value::Integer(i64::from(*value))),
        JsonValue::Number(number) => match number.as_i64() {
            Some(value) if i32::try_from(value).is_ok() => (ParamClass::Int4, Value::Integer(value)),
            Some(value) => (ParamClass::Int8, Value::Integer(value)),
            None if number.is_u64() => return Err(pg("22003", "integer out of range: beyond 64 bits")),
            None => {
                let value = number.as_f64().unwrap_or(f64::NAN);
                if !value.is_finite() || (value.fract() == 0.0 && value.abs() >= 1.8e19) {
                    return Err(pg("22003", "number out of range: beyond 64 bits"));
                }
                (ParamClass::Float, Value::Real(value))
            }
        },
        JsonValue::String(text) => {
            if text.contains('\0') {
                return Err(pg("22021", "invalid byte sequence for encoding \"UTF8\": 0x00"));
            }
            (ParamClass::Text, Value::Text(text.clone()))
        }
        JsonValue::Array(items) => (ParamClass::Array(class(items)), Value::Text(param.to_string())),
        JsonValue::Object(_) => (ParamClass::Object, Value::Text(param.to_string())),
    })
}

/// What the elements of an array have in common.
fn class(items: &[JsonValue]) -> ArrayClass {
    let mut common = None;
    for item in items.iter().filter(|item| !item.is_null()) {
        let class = match item {
            JsonValue::Bool(_) => ArrayClass::Bool,
            JsonValue::Number(number) => match number.as_i64() {
                Some(value) if i32::try_from(value).is_ok() => ArrayClass::Int4,
                Some(_) => ArrayClass::Int8,
                None => ArrayClass::Float,
            },
            JsonValue::String(_) => ArrayClass::Text,
            _ => return ArrayClass::Other,
        };
        common = Some(match (common, class) {
            (None, class) => class,
            (Some(a), b) if a == b => a,
            (Some(ArrayClass::Int4), ArrayClass::Int8) | (Some(ArrayClass::Int8), ArrayClass::Int4) => {
                ArrayClass::Int8
            }
            (Some(ArrayClass::Int4 | ArrayClass::Int8), ArrayClass::Float)
            | (Some(ArrayClass::Float), ArrayClass::Int4 | ArrayClass::Int8) => ArrayClass::Float,
            _ => return ArrayClass::Other,
        });
    }
    common.unwrap_or(ArrayClass::Text)
}
