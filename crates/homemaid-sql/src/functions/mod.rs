//! PostgreSQL's functions, operators and collations as SQLite functions of one connection.
//!
//! Only translated statements can name them, and they may be used in CHECK constraints and indexes.

mod aggregates;
mod arrays;
mod jsons;
mod numbers;
mod patterns;
mod state;
mod texts;
mod times;
mod to_char;

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};

pub(crate) use state::{Mode, State, in_time};

use crate::cast;
use crate::error::{Pg, PgError, pg};
use crate::types::{Base, Ty};
use crate::value;

/// Registers everything.
pub(crate) fn register(conn: &Connection, state: &Arc<State>) -> rusqlite::Result<()> {
    let functions = Functions { conn };
    collations(conn)?;
    conversions(&functions)?;
    numbers::register(&functions)?;
    texts::register(&functions)?;
    patterns::register(&functions)?;
    times::register(&functions, state)?;
    jsons::register(&functions)?;
    arrays::register(&functions)?;
    aggregates::register(conn)?;
    state::register(&functions, state)
}

fn collations(conn: &Connection) -> rusqlite::Result<()> {
    conn.create_collation("hm_numeric", value::numeric::compare_text)?;
    conn.create_collation("hm_interval", value::interval::compare_text)?;
    conn.create_collation("hm_jsonb", value::json::compare_text)?;
    conn.create_collation("hm_array", value::array::compare_text)
}

/// A connection that functions are registered on.
struct Functions<'a> {
    conn: &'a Connection,
}

const COMMON: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_INNOCUOUS);

impl Functions<'_> {
    /// A function that returns NULL when any argument is, and depends on its arguments alone.
    fn strict(&self, name: &str, arguments: i32, f: fn(&Call<'_>) -> Pg<Value>) -> rusqlite::Result<()> {
        self.add(name, arguments, true, true, f)
    }

    /// A function that sees NULL arguments.
    fn lenient(&self, name: &str, arguments: i32, f: fn(&Call<'_>) -> Pg<Value>) -> rusqlite::Result<()> {
        self.add(name, arguments, false, true, f)
    }

    fn add(
        &self,
        name: &str,
        arguments: i32,
        strict: bool,
        pure: bool,
        f: impl Fn(&Call<'_>) -> Pg<Value> + Send + std::panic::UnwindSafe + 'static,
    ) -> rusqlite::Result<()> {
        let flags = if pure {
            COMMON.union(FunctionFlags::SQLITE_DETERMINISTIC)
        } else {
            COMMON
        };
        self.conn
            .create_scalar_function(name, arguments, flags, move |context| {
                let call = Call { context };
                if strict && (0..context.len()).any(|at| call.is_null(at)) {
                    return Ok(Value::Null);
                }
                f(&call).map_err(told)
            })
    }
}

/// Carries an error through SQLite.
pub(crate) fn told(error: PgError) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(error.marked().into())
}

/// The arguments of one call. Their types are what the translation put there.
struct Call<'a> {
    context: &'a Context<'a>,
}

impl Call<'_> {
    fn len(&self) -> usize {
        self.context.len()
    }

    fn is_null(&self, at: usize) -> bool {
        matches!(self.context.get_raw(at), ValueRef::Null)
    }

    fn text(&self, at: usize) -> Pg<&str> {
        match self.context.get_raw(at) {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map_err(|_| pg("22021", "invalid byte sequence for encoding \"UTF8\"")),
            _ => Err(wrong(at)),
        }
    }

    fn int(&self, at: usize) -> Pg<i64> {
        match self.context.get_raw(at) {
            ValueRef::Integer(value) => Ok(value),
            _ => Err(wrong(at)),
        }
    }

    fn real(&self, at: usize) -> Pg<f64> {
        match self.context.get_raw(at) {
            ValueRef::Real(value) => Ok(value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a whole double that SQLite stored as an integer"
            )]
            ValueRef::Integer(value) => Ok(value as f64),
            _ => Err(wrong(at)),
        }
    }

    fn bytes(&self, at: usize) -> Pg<&[u8]> {
        match self.context.get_raw(at) {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(bytes),
            _ => Err(wrong(at)),
        }
    }

    fn value(&self, at: usize) -> Value {
        self.context.get_raw(at).into()
    }

    fn base(&self, at: usize) -> Pg<Base> {
        self.int(at).map(Base::from_code)
    }

    /// A type's code with its array flag in the lowest bit.
    fn ty(&self, at: usize) -> Pg<Ty> {
        let code = self.int(at)?;
        Ok(Ty {
            base: Base::from_code(code / 2),
            array: code % 2 == 1,
        })
    }
}

fn wrong(at: usize) -> PgError {
    pg(
        "XX000",
        format!("argument {at} of an internal function has an unexpected type"),
    )
}

fn text(value: impl Into<String>) -> Pg<Value> {
    Ok(Value::Text(value.into()))
}

fn int(value: impl Into<i64>) -> Pg<Value> {
    Ok(Value::Integer(value.into()))
}

fn bool(value: bool) -> Pg<Value> {
    Ok(Value::Integer(i64::from(value)))
}

fn count(value: usize) -> Pg<Value> {
    Ok(Value::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
}

/// Refuses results beyond the largest value before they are made.
fn room(bytes: usize) -> Pg<()> {
    if bytes > crate::limits::VALUE_BYTES {
        return Err(pg("54000", "requested length too large"));
    }
    Ok(())
}

fn conversions(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_input", 3, |call| {
        let ty = Ty {
            base: call.base(1)?,
            array: call.int(2)? != 0,
        };
        cast::parameter(call.text(0)?, ty)
    })?;
    functions.strict("hm_cast", 3, |call| {
        cast::cast(call.value(0), call.base(1)?, call.base(2)?)
    })?;
    functions.strict("hm_cast_array", 5, |call| {
        let from = Ty {
            base: call.base(1)?,
            array: call.int(2)? != 0,
        };
        let to = Ty {
            base: call.base(3)?,
            array: call.int(4)? != 0,
        };
        cast::cast_array(call.value(0), from, to)
    })?;
    functions.strict("hm_cut", 2, |call| {
        let length = usize::try_from(call.int(1)?).unwrap_or(0);
        text(call.text(0)?.chars().take(length).collect::<String>())
    })?;
    functions.strict("hm_length", 2, |call| {
        let (value, length) = (call.text(0)?, usize::try_from(call.int(1)?).unwrap_or(0));
        match value.char_indices().nth(length) {
            None => text(value),
            // Spaces beyond the length are cut, as the standard says.
            Some((end, _)) if value[end..].bytes().all(|b| b == b' ') => text(&value[..end]),
            Some(_) => Err(pg(
                "22001",
                format!("value too long for type character varying({length})"),
            )),
        }
    })?;
    functions.lenient("hm_not_null", 2, |call| {
        if call.is_null(0) {
            return Err(pg(
                "23502",
                format!("NOT NULL constraint failed: {}", call.text(1)?),
            ));
        }
        Ok(call.value(0))
    })?;
    functions.lenient("hm_single", 2, |call| {
        if call.int(1)? > 1 {
            return Err(pg(
                "21000",
                "more than one row returned by a subquery used as an expression",
            ));
        }
        Ok(call.value(0))
    })?;
    functions.lenient("hm_limit", 2, |call| {
        if call.is_null(0) {
            return int(-1);
        }
        let word = call.text(1)?;
        match call.int(0)? {
            count if count < 0 => Err(pg(
                if word == "LIMIT" { "2201W" } else { "2201X" },
                format!("{word} must not be negative"),
            )),
            count => int(count),
        }
    })?;
    functions.strict("hm_lock", -1, |_| int(1))?;
    for (name, greatest) in [("hm_greatest", true), ("hm_least", false)] {
        functions.add(name, -1, false, true, move |call| extreme(call, greatest))?;
    }
    Ok(())
}

fn extreme(call: &Call<'_>, greatest: bool) -> Pg<Value> {
    let code = call.int(0)?;
    let mut best: Option<Value> = None;
    for at in (1..call.len()).filter(|at| !call.is_null(*at)) {
        let value = call.value(at);
        let better = best.as_ref().is_none_or(|best| {
            let order = order(&value, best, code);
            if greatest { order.is_gt() } else { order.is_lt() }
        });
        if better {
            best = Some(value);
        }
    }
    Ok(best.unwrap_or(Value::Null))
}

/// How two stored values of one type compare; the code is -1 for arrays.
fn order(a: &Value, b: &Value, code: i64) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => match (code, Base::from_code(code)) {
            (-1, _) => value::array::compare_text(a, b),
            (_, Base::Numeric) => value::numeric::compare_text(a, b),
            (_, Base::Interval) => value::interval::compare_text(a, b),
            (_, Base::Jsonb) => value::json::compare_text(a, b),
            _ => a.cmp(b),
        },
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    }
}
