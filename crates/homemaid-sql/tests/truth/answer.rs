//! Asking both sides, and comparing what they say.

use base64::Engine;
use homemaid_sql::{Database, NOT_SUPPORTED, SqlError};
use postgres::types::{Kind, Type};
use postgres::{Client, SimpleQueryMessage};
use serde_json::{Map, Value};

use crate::corpus::Statement;

#[derive(Debug)]
pub(crate) enum Outcome {
    /// Rows with their labels in order; the count of a statement without rows.
    Rows {
        count: u64,
        rows: Vec<Map<String, Value>>,
    },
    Error {
        state: String,
        message: String,
    },
    Refused(String),
}

pub(crate) enum Verdict {
    Identical,
    /// One side fails on an expression the other never evaluates, because PostgreSQL's planner folds constants.
    Folded,
    Refused(String),
    Different,
}

/// Whether a statement's rows are asked for.
fn returns_rows(sql: &str) -> bool {
    let upper = sql.to_uppercase();
    upper.starts_with("SELECT") || upper.starts_with("WITH") || upper.contains("RETURNING")
}

pub(crate) fn ours(database: &mut Database, statement: &Statement, now: i64) -> Outcome {
    let result = if returns_rows(&statement.sql) {
        database
            .query(&statement.sql, &statement.params, 10_000, now)
            .map(|found| {
                let count = u64::try_from(found.rows.len()).unwrap();
                Outcome::Rows {
                    count,
                    rows: found.rows,
                }
            })
    } else {
        database
            .execute(&statement.sql, &statement.params, now)
            .map(|count| Outcome::Rows {
                count,
                rows: Vec::new(),
            })
    };
    match result {
        Ok(outcome) => outcome,
        Err(SqlError::Failed(error))
            if error.state == NOT_SUPPORTED && error.message.ends_with("is not supported") =>
        {
            Outcome::Refused(error.message)
        }
        Err(SqlError::Failed(error)) => Outcome::Error {
            state: error.state.to_owned(),
            message: error.message,
        },
        Err(SqlError::Rejected(message)) => Outcome::Refused(message),
        Err(error) => panic!("{}: {error:?}", statement.sql),
    }
}

/// A parameter as a plugin's value would be written in the statement.
fn literal(value: &Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string().to_uppercase(),
        Value::Number(number) if number.is_i64() => format!("({number})"),
        Value::Number(number) => format!("({number}::float8 + 0)"),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match item {
                    Value::Null => "NULL".to_owned(),
                    Value::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
                    other => other.to_string(),
                })
                .collect();
            quoted(&format!("{{{}}}", items.join(",")))
        }
        Value::Object(_) => quoted(&value.to_string()),
    }
}

fn with_literals(statement: &Statement) -> String {
    let mut sql = statement.sql.clone();
    for (at, value) in statement.params.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", at + 1), &literal(value));
    }
    sql
}

pub(crate) fn theirs(client: &mut Client, statement: &Statement, undo: bool) -> Outcome {
    let sql = with_literals(statement);
    client.batch_execute("BEGIN").unwrap();
    let outcome = ask(client, &sql);
    let failed = matches!(outcome, Outcome::Error { .. });
    client
        .batch_execute(if undo || failed { "ROLLBACK" } else { "COMMIT" })
        .unwrap();
    outcome
}

fn ask(client: &mut Client, sql: &str) -> Outcome {
    let error = |error: &postgres::Error| {
        let db = error.as_db_error().unwrap_or_else(|| panic!("{sql}: {error:?}"));
        Outcome::Error {
            state: db.code().code().to_owned(),
            message: db.message().to_owned(),
        }
    };
    // The types come from the extended protocol, the texts from the simple one.
    let types: Vec<(String, Type)> = match client.prepare(sql) {
        Ok(prepared) => prepared
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), column.type_().clone()))
            .collect(),
        Err(failed) => return error(&failed),
    };
    let messages = match client.simple_query(sql) {
        Ok(messages) => messages,
        Err(failed) => return error(&failed),
    };
    let (mut rows, mut count) = (Vec::new(), 0);
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                let mut object = Map::new();
                for (at, (label, ty)) in types.iter().enumerate() {
                    object.insert(
                        label.clone(),
                        row.get(at).map_or(Value::Null, |text| encoded(text, ty)),
                    );
                }
                rows.push(object);
            }
            SimpleQueryMessage::CommandComplete(n) => count = n,
            _ => {}
        }
    }
    // Changes of tables have no count here, CREATE TABLE AS one there.
    if sql.to_uppercase().starts_with("CREATE") {
        count = 0;
    }
    Outcome::Rows { count, rows }
}

/// A value as sql §5 says, from PostgreSQL's text.
fn encoded(text: &str, ty: &Type) -> Value {
    if let Kind::Array(element) = ty.kind() {
        // Of more dimensions: nothing of ours equals this text.
        if text.starts_with("{{") || text.starts_with('[') {
            return Value::from(text);
        }
        return Value::Array(
            elements(text)
                .iter()
                .map(|item| item.as_deref().map_or(Value::Null, |item| encoded(item, element)))
                .collect(),
        );
    }
    let number = |text: &str| -> Value {
        text.parse::<f64>()
            .map_or_else(|_| Value::from(text), Value::from)
    };
    match *ty {
        Type::BOOL => Value::Bool(text == "t"),
        Type::INT2 | Type::INT4 | Type::INT8 => Value::from(text.parse::<i64>().unwrap()),
        Type::FLOAT4 | Type::FLOAT8 => number(text),
        Type::NUMERIC => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            match whole.parse::<i64>() {
                Ok(value) if fraction.bytes().all(|b| b == b'0') => Value::from(value),
                _ => number(text),
            }
        }
        Type::JSON | Type::JSONB => serde_json::from_str(text).unwrap(),
        Type::TIMESTAMPTZ => Value::from(text.replacen(' ', "T", 1).replace("+00", "+00:00")),
        Type::TIMESTAMP => Value::from(text.replacen(' ', "T", 1)),
        Type::BYTEA => {
            let digits = text.trim_start_matches("\\x").as_bytes();
            let bytes: Vec<u8> = digits
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            Value::from(base64::engine::general_purpose::STANDARD.encode(bytes))
        }
        _ => Value::from(text),
    }
}

/// The elements of a one-dimensional array's text.
fn elements(text: &str) -> Vec<Option<String>> {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let (mut items, mut item, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut chars = inner.chars();
    let mut push = |item: &mut String, was_quoted: &mut bool| {
        let null = !*was_quoted && item == "NULL";
        items.push((!null).then(|| std::mem::take(item)));
        item.clear();
        *was_quoted = false;
    };
    if inner.is_empty() {
        return Vec::new();
    }
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '\\' => item.extend(chars.next()),
            ',' if !quoted => push(&mut item, &mut was_quoted),
            c => item.push(c),
        }
    }
    push(&mut item, &mut was_quoted);
    items
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            if x.is_i64() && y.is_i64() {
                return x == y;
            }
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            // The last digit of sums may depend on the order of rows.
            x.to_bits() == y.to_bits() || (x - y).abs() <= x.abs().max(y.abs()) * 1e-13
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len()
                && x.iter()
                    .all(|(key, value)| y.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

fn same_rows(a: &[Map<String, Value>], b: &[Map<String, Value>], ordered: bool) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let row = |a: &Map<String, Value>, b: &Map<String, Value>| {
        a.keys().eq(b.keys()) && a.iter().zip(b).all(|((_, x), (_, y))| same(x, y))
    };
    if ordered {
        return a.iter().zip(b).all(|(a, b)| row(a, b));
    }
    let mut left: Vec<_> = b.iter().collect();
    a.iter().all(|a| match left.iter().position(|b| row(a, b)) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

/// The functions that exist here, in any form.
const FUNCTIONS: &str = include_str!("../../src/lower/signatures.txt");

/// The function that `message` says does not exist.
fn missing(message: &str) -> Option<&str> {
    message
        .strip_prefix("function ")?
        .split_once('(')
        .map(|(name, _)| name)
}

/// Whether PostgreSQL's plan of a statement shows that it was decided before anything ran.
pub(crate) fn folded(client: &mut Client, statement: &Statement, theirs: &Outcome) -> bool {
    let sql = format!("EXPLAIN {}", with_literals(statement));
    match (client.simple_query(&sql), theirs) {
        (Ok(messages), Outcome::Rows { .. }) => messages.iter().any(|message| {
            matches!(message, SimpleQueryMessage::Row(row)
                if row.get(0).is_some_and(|line| line.contains("One-Time Filter: false")))
        }),
        (Err(failed), Outcome::Error { state, .. }) => {
            // Where nothing is conditional, everything is evaluated.
            let conditional = ["CASE", "COALESCE", " AND ", " OR "];
            failed.as_db_error().is_some_and(|db| db.code().code() == state)
                && conditional.iter().any(|word| statement.sql.contains(word))
        }
        _ => false,
    }
}

pub(crate) fn compare(ours: &Outcome, theirs: &Outcome, statement: &Statement) -> Verdict {
    match (ours, theirs) {
        // The contract's words for a function that is not there at all.
        (Outcome::Error { state, message }, Outcome::Rows { .. })
            if state == "42883"
                && missing(message).is_some_and(|name| !FUNCTIONS.contains(&format!("\n{name}("))) =>
        {
            Verdict::Refused(format!("the function {}", missing(message).unwrap_or_default()))
        }
        // And those for a form that the grammar here does not have.
        (Outcome::Error { state, message }, Outcome::Rows { .. })
            if state == "42601" && message.starts_with("syntax error") =>
        {
            Verdict::Refused(format!(
                "a form of {}: {message}",
                statement.sql.chars().take(12).collect::<String>()
            ))
        }
        (Outcome::Error { state, .. }, Outcome::Rows { .. })
        | (Outcome::Rows { .. }, Outcome::Error { state, .. })
            if matches!(state.as_str(), "22003" | "22012") =>
        {
            Verdict::Folded
        }
        (Outcome::Refused(message), _) => {
            let what: String = message
                .trim_end_matches(" is not supported")
                .chars()
                .take(60)
                .collect();
            Verdict::Refused(what)
        }
        (Outcome::Rows { count: a, rows: x }, Outcome::Rows { count: b, rows: y }) => {
            let ordered = statement.sql.to_uppercase().contains("ORDER BY");
            if a == b && same_rows(x, y, ordered) {
                Verdict::Identical
            } else {
                Verdict::Different
            }
        }
        (Outcome::Error { state: a, .. }, Outcome::Error { state: b, .. }) if a[..2] == b[..2] => {
            Verdict::Identical
        }
        _ => Verdict::Different,
    }
}
