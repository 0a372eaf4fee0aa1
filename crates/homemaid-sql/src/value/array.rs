//! One-dimensional arrays, stored as compact JSON: numbers and booleans as such, everything else as text.

use std::cmp::Ordering;

use serde_json::Value;

use crate::error::{Pg, pg, unsupported};

/// Reads the stored form.
pub(crate) fn from_stored(text: &str) -> Pg<Vec<Value>> {
    serde_json::from_str(text).map_err(|_| pg("22P02", "malformed array literal"))
}

/// The stored form.
pub(crate) fn stored(items: &[Value]) -> String {
    serde_json::to_string(items).unwrap_or_default()
}

/// Reads PostgreSQL's array literal `{a,"b c",NULL}` into the texts of its elements.
pub(crate) fn parse_literal(text: &str) -> Pg<Vec<Option<String>>> {
    let bad = || {
        let text: String = text.chars().take(60).collect();
        pg("22P02", format!("malformed array literal: \"{text}\""))
    };
    let body = text.trim();
    if body.starts_with('[') && body.contains("]=") {
        return Err(unsupported("an array with bounds of its own"));
    }
    let inner = body
        .strip_prefix('{')
        .and_then(|body| body.strip_suffix('}'))
        .ok_or_else(bad)?;
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    let mut chars = inner.chars().peekable();
    loop {
        while chars.peek().is_some_and(char::is_ascii_whitespace) {
            chars.next();
        }
        let mut item = String::new();
        let quoted = chars.peek() == Some(&'"');
        if quoted {
            chars.next();
            loop {
                match chars.next().ok_or_else(bad)? {
                    '"' => break,
                    '\\' => item.push(chars.next().ok_or_else(bad)?),
                    c => item.push(c),
                }
            }
            while chars.peek().is_some_and(char::is_ascii_whitespace) {
                chars.next();
            }
        } else {
            while let Some(c) = chars.peek().copied() {
                match c {
                    ',' => break,
                    '{' => return Err(unsupported("an array of more than one dimension")),
                    '}' | '"' => return Err(bad()),
                    '\\' => {
                        chars.next();
                        item.push(chars.next().ok_or_else(bad)?);
                    }
                    c => {
                        chars.next();
                        item.push(c);
                    }
                }
            }
            let trimmed = item.trim_end().len();
            item.truncate(trimmed);
            if item.is_empty() {
                return Err(bad());
            }
        }
        let null = !quoted && item.eq_ignore_ascii_case("null");
        items.push((!null).then_some(item));
        match chars.next() {
            None => return Ok(items),
            Some(',') => {}
            Some(_) => return Err(bad()),
        }
    }
}

/// PostgreSQL's text of an array.
pub(crate) fn literal(texts: &[Option<String>]) -> String {
    let items: Vec<String> = texts
        .iter()
        .map(|item| match item {
            None => "NULL".to_owned(),
            Some(text) => {
                let plain = !text.is_empty()
                    && !text.eq_ignore_ascii_case("null")
                    && !text.contains(|c: char| {
                        matches!(c, ',' | '{' | '}' | '"' | '\\') || c.is_ascii_whitespace()
                    });
                if plain {
                    text.clone()
                } else {
                    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
                }
            }
        })
        .collect();
    format!("{{{}}}", items.join(","))
}

/// Compares two stored arrays; NULL elements come last.
pub(crate) fn compare_text(a: &str, b: &str) -> Ordering {
    let (Ok(a), Ok(b)) = (from_stored(a), from_stored(b)) else {
        return a.cmp(b);
    };
    for (a, b) in a.iter().zip(&b) {
        let order = match (a, b) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Greater,
            (_, Value::Null) => Ordering::Less,
            (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
            },
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            _ => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}
