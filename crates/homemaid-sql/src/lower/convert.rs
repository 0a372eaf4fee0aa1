//! Conversions: what a value of one type becomes as another, and how several types become one.

use super::Lower;
use super::ex::{Ex, Untyped, text};
use crate::cast;
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, ColumnType, Context, Ty, conversion};

impl Lower<'_> {
    /// Converts for the context, or fails as PostgreSQL does.
    pub(crate) fn convert(&self, ex: Ex, to: Ty, context: Context) -> Pg<Ex> {
        if ex.ty == to {
            return Ok(ex);
        }
        let to = if to.base == Base::Varchar {
            Ty {
                base: Base::Text,
                array: to.array,
            }
        } else {
            to
        };
        if let Some(untyped) = ex.untyped.clone() {
            return input(&ex, &untyped, to);
        }
        if ex.ty == to {
            return Ok(ex);
        }
        match conversion(ex.ty, to) {
            Some(from) if from <= context => Ok(cast_known(&ex, to)),
            // A whole number given as a parameter is text to a text (sql §9).
            _ if ex.lenient && to == Ty::TEXT => Ok(cast_known(&ex, to)),
            _ => {
                let what = if context == Context::Explicit {
                    "cannot cast type"
                } else {
                    "cannot convert type"
                };
                let state = if context == Context::Explicit {
                    "42846"
                } else {
                    "42804"
                };
                Err(pg(state, format!("{what} {} to {}", ex.ty.name(), to.name())))
            }
        }
    }

    /// `CAST(ex AS to)`, modifier included: an explicit one cuts where an assignment fails.
    pub(crate) fn cast(&self, ex: Ex, to: ColumnType) -> Pg<Ex> {
        let (label, weak) = match &ex.label {
            Some(label) if !ex.weak => (label.clone(), false),
            _ => (to.ty.base.short_name().to_owned(), true),
        };
        let converted = self.convert(ex, to.ty, Context::Explicit)?;
        let sql = match (to.ty.base, to.modifier) {
            (Base::Varchar, Some((length, _))) => format!("hm_cut({}, {length})", converted.sql),
            (Base::Numeric, Some((precision, scale))) => {
                format!("hm_precision({}, {precision}, {scale})", converted.sql)
            }
            _ => converted.sql.clone(),
        };
        let mut cast = converted.with(sql, converted.ty).labelled(label);
        cast.weak = weak;
        Ok(cast)
    }

    /// A value for a column: what does not fit is an error.
    pub(crate) fn assign(&self, ex: Ex, to: ColumnType, column: &str) -> Pg<Ex> {
        let from = ex.ty;
        let converted = self.convert(ex, to.ty, Context::Assignment).map_err(|error| {
            if error.state != "42804" {
                return error;
            }
            let (to, from) = (to.ty.name(), from.name());
            pg(
                "42804",
                format!("column \"{column}\" is of type {to} but expression is of type {from}"),
            )
        })?;
        let sql = match (to.ty.base, to.modifier) {
            (Base::Varchar, Some((length, _))) => format!("hm_length({}, {length})", converted.sql),
            (Base::Numeric, Some((precision, scale))) => {
                format!("hm_precision({}, {precision}, {scale})", converted.sql)
            }
            _ => return Ok(converted),
        };
        Ok(converted.with(sql, converted.ty))
    }

    /// The type several expressions have together, as in CASE, COALESCE, VALUES and UNION.
    pub(crate) fn common(&self, place: &str, parts: &[&Ex]) -> Pg<Ty> {
        let mut chosen: Option<Ty> = None;
        for part in parts.iter().filter(|part| !part.ty.is_unknown()) {
            let Some(so_far) = chosen else {
                chosen = Some(part.ty);
                continue;
            };
            if so_far == part.ty {
                continue;
            }
            if so_far.category() != part.ty.category() || (so_far.array || part.ty.array) {
                return Err(pg(
                    "42804",
                    format!(
                        "{place} types {} and {} cannot be matched",
                        so_far.name(),
                        part.ty.name()
                    ),
                ));
            }
            let implicit = |a: Ty, b: Ty| conversion(a, b) == Some(Context::Implicit);
            let preferred = !so_far.array && so_far.base.is_preferred();
            if !preferred && implicit(so_far, part.ty) && !implicit(part.ty, so_far) {
                chosen = Some(part.ty);
            }
        }
        Ok(chosen.unwrap_or(Ty::TEXT))
    }

    /// Converts all to `to`.
    pub(crate) fn all_to(&self, parts: Vec<Ex>, to: Ty, place: &str) -> Pg<Vec<Ex>> {
        parts
            .into_iter()
            .map(|part| {
                let from = part.ty;
                self.convert(part, to, Context::Implicit)
                    .map_err(|error| match error.state {
                        "42804" => pg(
                            "42846",
                            format!("{place} could not convert type {} to {}", from.name(), to.name()),
                        ),
                        _ => error,
                    })
            })
            .collect()
    }

    /// Gives an untyped literal its last resort: text.
    pub(crate) fn settled(&self, ex: Ex) -> Pg<Ex> {
        match &ex.untyped {
            Some(Untyped::Param { json: true, .. }) => self.convert(ex, Ty::JSONB, Context::Implicit),
            Some(_) => {
                let label = ex.label.clone();
                let mut ex = self.convert(ex, Ty::TEXT, Context::Implicit)?;
                ex.label = label;
                Ok(ex)
            }
            None => Ok(ex),
        }
    }
}

/// Reads an untyped literal or parameter as `to`.
fn input(ex: &Ex, untyped: &Untyped, to: Ty) -> Pg<Ex> {
    match untyped {
        Untyped::Null => Ok(ex.with("NULL", to)),
        Untyped::Text(value) => {
            let stored = cast::input(value, to)?;
            Ok(ex.with(literal(&stored), to))
        }
        Untyped::Param { number, .. } if to == Ty::TEXT => Ok(ex.with(format!("?{number}"), to)),
        Untyped::Param { number, .. } => {
            let array = i64::from(to.array);
            Ok(ex.with(format!("hm_input(?{number}, {}, {array})", to.base.code()), to))
        }
    }
}

/// SQLite's text of a stored value.
pub(crate) fn literal(value: &rusqlite::types::Value) -> String {
    use rusqlite::types::Value;
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(value) if *value == i64::MIN => "(-9223372036854775807 - 1)".to_owned(),
        Value::Integer(value) if *value < 0 => format!("({value})"),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => format!("({value:e})"),
        Value::Text(value) => text(value),
        Value::Blob(bytes) => format!("x'{}'", cast::hex(bytes)),
    }
}

/// Converts a value whose type is known; the catalog of conversions has allowed it.
fn cast_known(ex: &Ex, to: Ty) -> Ex {
    use Base::{
        Date, Float4, Float8, Int2, Int4, Int8, Interval, Json, Jsonb, Numeric, Text, Time, Timestamp,
        Timestamptz,
    };
    let sql = &ex.sql;
    if ex.ty.array || to.array {
        let (from_array, to_array) = (i64::from(ex.ty.array), i64::from(to.array));
        let (from, base) = (ex.ty.base.code(), to.base.code());
        return ex.with(
            format!("hm_cast_array({sql}, {from}, {from_array}, {base}, {to_array})"),
            to,
        );
    }
    let native = match (ex.ty.base, to.base) {
        (Int2, Int4 | Int8)
        | (Int4, Int8)
        | (Timestamp, Timestamptz)
        | (Timestamptz, Timestamp)
        | (Jsonb, Json) => sql.clone(),
        (Int2 | Int4 | Int8, Numeric | Text) => format!("CAST({sql} AS TEXT)"),
        (Int2 | Int4 | Int8, Float8) | (Int2, Float4) => format!("CAST({sql} AS REAL)"),
        (Float4, Float8) => sql.clone(),
        (Date, Timestamp | Timestamptz) => format!("({sql} || ' 00:00:00.000000')"),
        (Timestamp | Timestamptz, Date) => format!("substr({sql}, 1, 10)"),
        (Timestamp | Timestamptz, Time) => format!("substr({sql}, 12)"),
        // A column of these types has a collation of its own, which its text must not inherit.
        (Interval | Numeric | Jsonb, Text) => format!("({sql} || '')"),
        (Base::Uuid | Date | Json, Text) => sql.clone(),
        (from, base) => format!("hm_cast({sql}, {}, {})", from.code(), base.code()),
    };
    ex.with(native, to)
}

/// Refuses a value of `ty` where a boolean must stand.
pub(crate) fn boolean(lower: &Lower<'_>, ex: Ex, place: &str) -> Pg<Ex> {
    let ty = ex.ty;
    if ty.is(Base::Bool) || ty.is_unknown() {
        return lower.convert(ex, Ty::BOOL, Context::Implicit);
    }
    Err(pg(
        "42804",
        format!("argument of {place} must be type boolean, not type {}", ty.name()),
    ))
}

/// Refuses types that cannot be compared.
pub(crate) fn comparable(ty: Ty, what: &str) -> Pg<()> {
    if ty.is_comparable() {
        return Ok(());
    }
    if ty.array {
        return Err(unsupported(format_args!(
            "comparing values of type {}",
            ty.name()
        )));
    }
    Err(pg(
        "42883",
        format!("could not identify {what} operator for type {}", ty.name()),
    ))
}
