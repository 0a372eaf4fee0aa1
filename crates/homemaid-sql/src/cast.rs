//! Values in their stored form: read from text, converted, written as text, as PostgreSQL does.

use base64::Engine;
use rusqlite::types::Value;
use serde_json::Value as JsonValue;

use crate::error::{Pg, invalid_input, pg, unsupported};
use crate::types::{Base, Ty};
use crate::value::interval::Interval;
use crate::value::json::Json;
use crate::value::numeric::Numeric;
use crate::value::{array, float, json, time};

/// Reads a text as a value of `ty`.
pub(crate) fn input(text: &str, ty: Ty) -> Pg<Value> {
    if ty.array {
        let texts = array::parse_literal(text)?;
        return elements(texts, ty.base);
    }
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    Ok(match ty.base {
        Base::Bool => Value::Integer(i64::from(boolean(text)?)),
        Base::Int2 | Base::Int4 | Base::Int8 => Value::Integer(integer(text, ty.base)?),
        Base::Float8 => Value::Real(float::parse64(text)?),
        Base::Float4 => {
            let value = float::parse64(text).map_err(|mut error| {
                error.message = error.message.replace("double precision", "real");
                error
            })?;
            let narrow = float::to_real(value)
                .map_err(|_| pg("22003", format!("\"{trimmed}\" is out of range for type real")))?;
            Value::Real(narrow)
        }
        Base::Numeric => Value::Text(Numeric::parse(text)?.to_string()),
        Base::Text | Base::Varchar | Base::Unknown => Value::Text(text.to_owned()),
        Base::Uuid => {
            let bad = || invalid_input("uuid", text);
            let plain = text
                .strip_prefix('{')
                .and_then(|body| body.strip_suffix('}'))
                .unwrap_or(text);
            if !plain.is_ascii() || plain.starts_with("urn") {
                return Err(bad());
            }
            Value::Text(
                uuid::Uuid::try_parse(plain)
                    .map_err(|_| bad())?
                    .hyphenated()
                    .to_string(),
            )
        }
        Base::Bytea => Value::Blob(bytes(text)?),
        Base::Date => Value::Text(time::date_text(time::parse(time::Kind::Date, text)?)),
        Base::Time => Value::Text(time::stored_time(time::parse_time(text)?)),
        Base::Timestamp => Value::Text(time::stored(time::parse(time::Kind::Timestamp, text)?)),
        Base::Timestamptz => Value::Text(time::stored(time::parse(time::Kind::Timestamptz, text)?)),
        Base::Interval => Value::Text(Interval::parse(text)?.to_string()),
        Base::Json => {
            json::check(text)?;
            Value::Text(text.to_owned())
        }
        Base::Jsonb => Value::Text(Json::parse(text)?.to_string()),
        Base::Void => return Err(unsupported("a value of type void")),
    })
}

fn boolean(text: &str) -> Pg<bool> {
    let word = text
        .trim_matches(|c: char| c.is_ascii_whitespace())
        .to_ascii_lowercase();
    let begins = |full: &str| !word.is_empty() && full.starts_with(&word);
    match word.as_str() {
        "1" | "on" => Ok(true),
        "0" | "of" | "off" => Ok(false),
        _ if begins("true") || begins("yes") => Ok(true),
        _ if begins("false") || begins("no") => Ok(false),
        _ => Err(invalid_input("boolean", text)),
    }
}

fn out_of_range(value: &str, base: Base) -> crate::PgError {
    pg(
        "22003",
        format!("value \"{value}\" is out of range for type {}", base.name()),
    )
}

fn integer(text: &str, base: Base) -> Pg<i64> {
    let body = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let digits = body.strip_prefix(['+', '-']).unwrap_or(body);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid_input(base.name(), text));
    }
    let value: i64 = body.parse().map_err(|_| out_of_range(body, base))?;
    if fits(value, base) {
        Ok(value)
    } else {
        Err(out_of_range(body, base))
    }
}

pub(crate) fn fits(value: i64, base: Base) -> bool {
    match base {
        Base::Int2 => i16::try_from(value).is_ok(),
        Base::Int4 => i32::try_from(value).is_ok(),
        _ => true,
    }
}

/// Lets an integer through that fits into its type.
pub(crate) fn ranged(value: Option<i64>, base: Base) -> Pg<i64> {
    value
        .filter(|value| fits(*value, base))
        .ok_or_else(|| pg("22003", format!("{} out of range", base.name())))
}

fn bytes(text: &str) -> Pg<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let nibble = |b: u8| {
            (b as char)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let digits: Vec<u8> = digits.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
            _ => None,
        });
        return pairs
            .collect::<Option<_>>()
            .ok_or_else(|| pg("22023", "invalid hexadecimal data"));
    }
    if text.contains('\\') {
        return Err(unsupported("the escape format of bytea"));
    }
    Ok(text.as_bytes().to_vec())
}

/// An array from its elements' texts.
fn elements(texts: Vec<Option<String>>, base: Base) -> Pg<Value> {
    let items: Vec<JsonValue> = texts
        .into_iter()
        .map(|text| match text {
            None => Ok(JsonValue::Null),
            Some(text) => input(&text, Ty::of(base)).and_then(|value| item(&value, base)),
        })
        .collect::<Pg<_>>()?;
    Ok(Value::Text(array::stored(&items)))
}

/// A stored value as an element of a stored array.
pub(crate) fn item(value: &Value, base: Base) -> Pg<JsonValue> {
    Ok(match value {
        Value::Null => JsonValue::Null,
        Value::Integer(value) if base == Base::Bool => JsonValue::Bool(*value != 0),
        Value::Integer(value) => JsonValue::from(*value),
        Value::Real(value) => JsonValue::from(*value),
        Value::Text(text) => JsonValue::from(text.as_str()),
        Value::Blob(_) => return Err(unsupported("an array of bytea")),
    })
}

/// An element of a stored array as a stored value.
pub(crate) fn from_item(item: &JsonValue) -> Value {
    match item {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Integer(i64::from(*value)),
        JsonValue::Number(number) => match number.as_i64() {
            Some(value) => Value::Integer(value),
            None => Value::Real(number.as_f64().unwrap_or_default()),
        },
        JsonValue::String(text) => Value::Text(text.clone()),
        other => Value::Text(other.to_string()),
    }
}

/// Reads a parameter that was bound as text: a string, or a JSON array or object.
pub(crate) fn parameter(text: &str, ty: Ty) -> Pg<Value> {
    if !ty.array {
        return input(text, ty);
    }
    if !text.starts_with('[') {
        return input(text, ty);
    }
    let items: Vec<JsonValue> =
        serde_json::from_str(text).map_err(|_| pg("22P02", "malformed array literal"))?;
    let items = items
        .iter()
        .map(|entry| match entry {
            JsonValue::Null => Ok(JsonValue::Null),
            JsonValue::String(text) => item(&input(text, Ty::of(ty.base))?, ty.base),
            JsonValue::Array(_) | JsonValue::Object(_) if !matches!(ty.base, Base::Json | Base::Jsonb) => {
                Err(unsupported("an array of more than one dimension"))
            }
            other => item(&input(&other.to_string(), Ty::of(ty.base))?, ty.base),
        })
        .collect::<Pg<Vec<_>>>()?;
    Ok(Value::Text(array::stored(&items)))
}

/// Returns a stored value's text; `None` is NULL.
pub(crate) fn text(value: &Value, base: Base) -> Pg<Option<String>> {
    Ok(Some(match (value, base) {
        (Value::Null, _) => return Ok(None),
        (Value::Integer(value), Base::Bool) => if *value != 0 { "true" } else { "false" }.to_owned(),
        (Value::Integer(value), _) => value.to_string(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a real is stored as the exact double of it"
        )]
        (Value::Real(value), Base::Float4) => float::text32(*value as f32),
        (Value::Real(value), _) => float::text64(*value),
        (Value::Text(text), Base::Timestamptz) => format!("{}+00", time::shown(text)),
        (Value::Text(text), Base::Timestamp | Base::Time) => time::shown(text).to_owned(),
        (Value::Text(text), _) => text.clone(),
        (Value::Blob(bytes), _) => {
            format!("\\x{}", hex(bytes))
        }
    }))
}

/// As [`text`], of an array too.
pub(crate) fn text_of(value: &Value, ty: Ty) -> Pg<Option<String>> {
    match value {
        Value::Text(stored) if ty.array => {
            let texts = array::from_stored(stored)?
                .iter()
                .map(|entry| array_item_text(entry, ty.base))
                .collect::<Pg<Vec<_>>>()?;
            Ok(Some(array::literal(&texts)))
        }
        other => text(other, ty.base),
    }
}

/// An element's text inside an array, where booleans are `t` and `f`.
fn array_item_text(entry: &JsonValue, base: Base) -> Pg<Option<String>> {
    match entry {
        JsonValue::Bool(value) => Ok(Some(if *value { "t" } else { "f" }.to_owned())),
        other => text(&from_item(other), base),
    }
}

/// Converts a stored value that is not NULL.
pub(crate) fn cast(value: Value, from: Base, to: Base) -> Pg<Value> {
    if from == to || matches!(value, Value::Null) {
        return Ok(value);
    }
    if matches!(to, Base::Text | Base::Varchar) {
        return Ok(text(&value, from)?.map_or(Value::Null, Value::Text));
    }
    if let (Base::Jsonb, Value::Text(stored)) = (from, &value) {
        return from_json(&Json::parse(stored)?, to);
    }
    match (&value, to) {
        (Value::Integer(number), Base::Bool) => Ok(Value::Integer(i64::from(*number != 0))),
        (Value::Integer(number), Base::Int2 | Base::Int4 | Base::Int8) => {
            Ok(Value::Integer(ranged(Some(*number), to)?))
        }
        (Value::Integer(number), Base::Numeric) => Ok(Value::Text(number.to_string())),
        #[expect(clippy::cast_precision_loss, reason = "PostgreSQL rounds as well")]
        (Value::Integer(number), Base::Float8) => Ok(Value::Real(*number as f64)),
        #[expect(clippy::cast_precision_loss, reason = "PostgreSQL rounds as well")]
        (Value::Integer(number), Base::Float4) => Ok(Value::Real(f64::from(*number as f32))),
        (Value::Real(number), Base::Int2 | Base::Int4 | Base::Int8) => {
            let rounded = number.round_ties_even();
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            let whole =
                (rounded.abs() < 9.3e18 && rounded < 9_223_372_036_854_775_808.0).then_some(rounded as i64);
            Ok(Value::Integer(ranged(whole, to)?))
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a real is stored as the exact double of it"
        )]
        (Value::Real(number), Base::Numeric) => Ok(Value::Text(
            if from == Base::Float4 {
                Numeric::from_f32(*number as f32)?
            } else {
                Numeric::from_f64(*number)?
            }
            .to_string(),
        )),
        (Value::Real(number), Base::Float4) => Ok(Value::Real(float::to_real(*number)?)),
        (Value::Text(stored), _) if from == Base::Numeric => from_numeric(stored, to),
        (Value::Text(stored), Base::Interval) if from == Base::Time => Ok(Value::Text(
            Interval {
                micros: time::time_from_stored(stored)?,
                ..Interval::default()
            }
            .to_string(),
        )),
        (Value::Text(stored), Base::Time) if from == Base::Interval => {
            let micros = Interval::parse(stored)?.micros.rem_euclid(time::DAY);
            Ok(Value::Text(time::stored_time(micros)))
        }
        (Value::Text(stored), _) => input(stored, Ty::of(to)),
        _ => Err(unsupported(format_args!(
            "a cast from {} to {}",
            from.name(),
            to.name()
        ))),
    }
}

fn from_numeric(stored: &str, to: Base) -> Pg<Value> {
    let number = Numeric::parse(stored)?;
    Ok(match to {
        Base::Int2 | Base::Int4 | Base::Int8 => Value::Integer(ranged(number.to_i64(), to)?),
        Base::Float8 => Value::Real(float::finite(number.to_f64())?),
        Base::Float4 => Value::Real(float::to_real(number.to_f64())?),
        _ => return Err(unsupported(format_args!("a cast from numeric to {}", to.name()))),
    })
}

fn from_json(value: &Json, to: Base) -> Pg<Value> {
    match (value, to) {
        (Json::Bool(value), Base::Bool) => Ok(Value::Integer(i64::from(*value))),
        (Json::Number(digits), Base::Numeric) => Ok(Value::Text(digits.clone())),
        (Json::Number(digits), Base::Int2 | Base::Int4 | Base::Int8 | Base::Float4 | Base::Float8) => {
            from_numeric(digits, to)
        }
        (value, Base::Json) => Ok(Value::Text(value.to_string())),
        (value, to) => {
            let article = match value {
                Json::Array(_) => "array",
                Json::Object(_) => "object",
                other => other.type_name(),
            };
            Err(pg(
                "22023",
                format!("cannot cast jsonb {article} to type {}", to.name()),
            ))
        }
    }
}

/// Converts an array, or to or from one.
pub(crate) fn cast_array(value: Value, from: Ty, to: Ty) -> Pg<Value> {
    let Value::Text(stored) = &value else {
        return Ok(value);
    };
    if !from.array {
        return input(stored, to);
    }
    if !to.array {
        return Ok(text_of(&value, from)?.map_or(Value::Null, Value::Text));
    }
    let items = array::from_stored(stored)?
        .iter()
        .map(|entry| item(&cast(from_item(entry), from.base, to.base)?, to.base))
        .collect::<Pg<Vec<_>>>()?;
    Ok(Value::Text(array::stored(&items)))
}

/// A stored value as JSON, as `to_jsonb` makes it.
pub(crate) fn to_json(value: &Value, ty: Ty) -> Pg<Json> {
    if ty.array {
        let Value::Text(stored) = value else {
            return Ok(Json::Null);
        };
        let items = array::from_stored(stored)?;
        let items = items
            .iter()
            .map(|entry| to_json(&from_item(entry), ty.element()))
            .collect::<Pg<Vec<_>>>()?;
        return Ok(Json::Array(items));
    }
    Ok(match (value, ty.base) {
        (Value::Null, _) => Json::Null,
        (Value::Integer(value), Base::Bool) => Json::Bool(*value != 0),
        (Value::Text(stored), Base::Json | Base::Jsonb) => Json::parse(stored)?,
        (_, Base::Int2 | Base::Int4 | Base::Int8 | Base::Numeric) => {
            Json::Number(text(value, ty.base)?.unwrap_or_default())
        }
        (Value::Real(_), _) => {
            Json::Number(Numeric::parse(&text(value, ty.base)?.unwrap_or_default())?.to_string())
        }
        (Value::Text(stored), Base::Timestamptz) => Json::Text(iso(stored, "+00:00")),
        (Value::Text(stored), Base::Timestamp) => Json::Text(iso(stored, "")),
        _ => Json::Text(text(value, ty.base)?.unwrap_or_default()),
    })
}

/// ISO 8601 with `T`, the fraction only when it is not zero in PostgreSQL's text either.
fn iso(stored: &str, zone: &str) -> String {
    format!("{}{zone}", time::shown(stored).replacen(' ', "T", 1))
}

/// A stored value as the plugin receives it (sql §5).
pub(crate) fn encode(value: &Value, ty: Ty) -> Pg<JsonValue> {
    if ty.array {
        let Value::Text(stored) = value else {
            return Ok(JsonValue::Null);
        };
        return array::from_stored(stored)?
            .iter()
            .map(|entry| encode(&from_item(entry), ty.element()))
            .collect();
    }
    Ok(match (value, ty.base) {
        // An advisory lock's result is the empty text (sql §2).
        (_, Base::Void) => JsonValue::from(""),
        (Value::Null, _) => JsonValue::Null,
        (Value::Integer(value), Base::Bool) => JsonValue::Bool(*value != 0),
        (Value::Integer(value), _) => JsonValue::from(*value),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a real is stored as the exact double of it"
        )]
        (Value::Real(value), Base::Float4) => JsonValue::from(
            ryu::Buffer::new()
                .format(*value as f32)
                .parse::<f64>()
                .unwrap_or(*value),
        ),
        (Value::Real(value), _) => JsonValue::from(*value),
        (Value::Text(digits), Base::Numeric) => {
            let number = Numeric::parse(digits)?;
            // Whole ones as integers as far as JSON readers have them.
            match number.is_whole().then(|| number.to_i64()).flatten() {
                Some(whole) => JsonValue::from(whole),
                None => JsonValue::from(number.to_f64()),
            }
        }
        (Value::Text(stored), Base::Json | Base::Jsonb) => serde_json::from_str(stored)
            .map_err(|_| unsupported("a JSON number beyond the range of double precision"))?,
        (Value::Text(stored), Base::Timestamptz) => JsonValue::from(iso(stored, "+00:00")),
        (Value::Text(stored), Base::Timestamp) => JsonValue::from(iso(stored, "")),
        (Value::Text(stored), Base::Time) => JsonValue::from(time::shown(stored)),
        (Value::Text(text), _) => JsonValue::from(text.as_str()),
        (Value::Blob(bytes), _) => JsonValue::from(base64::engine::general_purpose::STANDARD.encode(bytes)),
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // Writing to a text cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}
