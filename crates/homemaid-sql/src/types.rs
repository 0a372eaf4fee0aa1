//! PostgreSQL's types as far as they are known here, and what turns into what by itself.

use serde::{Deserialize, Serialize};
use sqlparser::ast::{ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, TimezoneInfo};

use crate::error::{Pg, pg, unsupported};

/// A type without its modifiers, arrays aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "PostgreSQL's names")]
pub enum Base {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Text,
    Varchar,
    Uuid,
    Bytea,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Json,
    Jsonb,
    Void,
    /// A literal or parameter whose type its surroundings decide.
    Unknown,
}

/// A type: a base type, or a one-dimensional array of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ty {
    /// The type of the value, or of an array's elements.
    pub base: Base,
    /// Whether it is an array.
    pub array: bool,
}

/// A column's type with its modifier: the length of a `varchar`, precision and scale of a `numeric`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnType {
    /// The type.
    pub ty: Ty,
    /// The modifier: `(length, 0)` or `(precision, scale)`.
    pub modifier: Option<(i32, i32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Bool,
    Number,
    Text,
    DateTime,
    Span,
    Unknown,
    Other,
}

use Base::{
    Bool, Bytea, Date, Float4, Float8, Int2, Int4, Int8, Interval, Json, Jsonb, Numeric, Text, Time,
    Timestamp, Timestamptz, Unknown, Uuid, Varchar, Void,
};

impl Base {
    pub(crate) const ALL: [Self; 20] = [
        Bool,
        Int2,
        Int4,
        Int8,
        Float4,
        Float8,
        Numeric,
        Text,
        Varchar,
        Uuid,
        Bytea,
        Date,
        Time,
        Timestamp,
        Timestamptz,
        Interval,
        Json,
        Jsonb,
        Void,
        Unknown,
    ];

    pub(crate) fn code(self) -> i64 {
        let at = Self::ALL.iter().position(|base| *base == self);
        i64::try_from(at.unwrap_or(0)).unwrap_or(0)
    }

    pub(crate) fn from_code(code: i64) -> Self {
        usize::try_from(code)
            .ok()
            .and_then(|at| Self::ALL.get(at))
            .copied()
            .unwrap_or(Unknown)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Bool => "boolean",
            Int2 => "smallint",
            Int4 => "integer",
            Int8 => "bigint",
            Float4 => "real",
            Float8 => "double precision",
            Numeric => "numeric",
            Text => "text",
            Varchar => "character varying",
            Uuid => "uuid",
            Bytea => "bytea",
            Date => "date",
            Time => "time without time zone",
            Timestamp => "timestamp without time zone",
            Timestamptz => "timestamp with time zone",
            Interval => "interval",
            Json => "json",
            Jsonb => "jsonb",
            Void => "void",
            Unknown => "unknown",
        }
    }

    /// PostgreSQL's short name, which is also the label of a cast.
    pub(crate) fn short_name(self) -> &'static str {
        match self {
            Bool => "bool",
            Int2 => "int2",
            Int4 => "int4",
            Int8 => "int8",
            Float4 => "float4",
            Float8 => "float8",
            Varchar => "varchar",
            Time => "time",
            Timestamp => "timestamp",
            Timestamptz => "timestamptz",
            other => other.name(),
        }
    }

    pub(crate) fn category(self) -> Category {
        match self {
            Bool => Category::Bool,
            Int2 | Int4 | Int8 | Float4 | Float8 | Numeric => Category::Number,
            Text | Varchar => Category::Text,
            Date | Time | Timestamp | Timestamptz => Category::DateTime,
            Interval => Category::Span,
            Unknown => Category::Unknown,
            Uuid | Bytea | Json | Jsonb | Void => Category::Other,
        }
    }

    pub(crate) fn is_int(self) -> bool {
        matches!(self, Int2 | Int4 | Int8)
    }

    /// The preferred type of its category.
    pub(crate) fn is_preferred(self) -> bool {
        matches!(self, Bool | Float8 | Text | Timestamptz | Interval)
    }

    /// SQLite's declared type in a STRICT table.
    pub(crate) fn storage(self) -> &'static str {
        match self {
            Bool | Int2 | Int4 | Int8 => "INTEGER",
            Float4 | Float8 => "REAL",
            Bytea => "BLOB",
            _ => "TEXT",
        }
    }
}

impl Ty {
    pub(crate) const BOOL: Self = Self::of(Bool);
    pub(crate) const INT4: Self = Self::of(Int4);
    pub(crate) const INT8: Self = Self::of(Int8);
    pub(crate) const FLOAT8: Self = Self::of(Float8);
    pub(crate) const NUMERIC: Self = Self::of(Numeric);
    pub(crate) const TEXT: Self = Self::of(Text);
    pub(crate) const JSONB: Self = Self::of(Jsonb);
    pub(crate) const JSON: Self = Self::of(Json);
    pub(crate) const TIMESTAMPTZ: Self = Self::of(Timestamptz);
    pub(crate) const INTERVAL: Self = Self::of(Interval);
    pub(crate) const UNKNOWN: Self = Self::of(Unknown);

    pub(crate) const fn of(base: Base) -> Self {
        Self { base, array: false }
    }

    pub(crate) const fn array_of(base: Base) -> Self {
        Self { base, array: true }
    }

    pub(crate) const fn element(self) -> Self {
        Self::of(self.base)
    }

    pub(crate) fn is(self, base: Base) -> bool {
        !self.array && self.base == base
    }

    pub(crate) fn is_unknown(self) -> bool {
        self.is(Unknown)
    }

    pub(crate) fn name(self) -> String {
        if self.array {
            format!("{}[]", self.base.name())
        } else {
            self.base.name().to_owned()
        }
    }

    pub(crate) fn category(self) -> Category {
        if self.array {
            Category::Other
        } else {
            self.base.category()
        }
    }

    /// The collation under which stored values compare as PostgreSQL's do, if plain comparison does not.
    pub(crate) fn collation(self) -> Option<&'static str> {
        match self.base {
            _ if self.array => Some("hm_array"),
            Numeric => Some("hm_numeric"),
            Interval => Some("hm_interval"),
            Jsonb => Some("hm_jsonb"),
            _ => None,
        }
    }

    /// Whether values can be compared for equality and order at all.
    pub(crate) fn is_comparable(self) -> bool {
        if self.array {
            // Stored elements of the other types do not compare as text.
            return array_compares(self.base);
        }
        !matches!(self.base, Json | Void)
    }

    pub(crate) fn storage(self) -> &'static str {
        if self.array { "TEXT" } else { self.base.storage() }
    }
}

fn array_compares(base: Base) -> bool {
    matches!(
        base,
        Bool | Int2 | Int4 | Int8 | Float4 | Float8 | Text | Uuid | Date | Timestamp | Timestamptz
    )
}

/// When a conversion is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Context {
    Implicit,
    Assignment,
    Explicit,
}

/// Returns from which context on `from` turns into `to`; `None` when never.
pub(crate) fn conversion(from: Ty, to: Ty) -> Option<Context> {
    use Context::{Assignment, Explicit, Implicit};
    if from == to || from.is_unknown() {
        return Some(Implicit);
    }
    if from.array || to.array {
        return match (from.array, to.array) {
            (true, true) => conversion(from.element(), to.element()),
            (true, false) if matches!(to.base, Text | Varchar) => Some(Assignment),
            (false, true) if matches!(from.base, Text | Varchar) => Some(Explicit),
            _ => None,
        };
    }
    let rank = |base: Base| {
        [Int2, Int4, Int8, Numeric, Float4, Float8]
            .iter()
            .position(|one| *one == base)
    };
    if let (Some(a), Some(b)) = (rank(from.base), rank(to.base)) {
        return Some(if a < b { Implicit } else { Assignment });
    }
    Some(match (from.base, to.base) {
        (Text, Varchar) | (Varchar, Text) => Implicit,
        (Date, Timestamp | Timestamptz) | (Timestamp, Timestamptz) | (Time, Interval) => Implicit,
        (Timestamptz, Timestamp | Date | Time) | (Timestamp, Date | Time) | (Interval, Time) => Assignment,
        (Json, Jsonb) | (Jsonb, Json) => Assignment,
        (Int4, Bool) | (Bool, Int4) => Explicit,
        (Jsonb, Bool | Int2 | Int4 | Int8 | Float4 | Float8 | Numeric) => Explicit,
        (Void, _) | (_, Void) => return None,
        (_, Text | Varchar) => Assignment,
        (Text | Varchar, _) => Explicit,
        _ => return None,
    })
}

/// Reads a type as it is written; the second value tells whether it is one of the `serial` types.
pub(crate) fn from_ast(data_type: &DataType) -> Pg<(ColumnType, bool)> {
    let plain = |base: Base| {
        Ok((
            ColumnType {
                ty: Ty::of(base),
                modifier: None,
            },
            false,
        ))
    };
    let serial = |base: Base| {
        Ok((
            ColumnType {
                ty: Ty::of(base),
                modifier: None,
            },
            true,
        ))
    };
    match data_type {
        DataType::Bool | DataType::Boolean => plain(Bool),
        DataType::SmallInt(None) | DataType::Int2(None) => plain(Int2),
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) => plain(Int4),
        DataType::BigInt(None) | DataType::Int8(None) => plain(Int8),
        DataType::Real | DataType::Float4 => plain(Float4),
        DataType::Float8 | DataType::DoublePrecision => plain(Float8),
        DataType::Float(info) => match info {
            ExactNumberInfo::None => plain(Float8),
            ExactNumberInfo::Precision(1..=24) => plain(Float4),
            ExactNumberInfo::Precision(25..=53) => plain(Float8),
            _ => Err(pg(
                "22023",
                "precision for type float must be between 1 and 53 bits",
            )),
        },
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => {
            let modifier = match *info {
                ExactNumberInfo::None => None,
                ExactNumberInfo::Precision(precision) => {
                    Some((i64::try_from(precision).unwrap_or(i64::MAX), 0))
                }
                ExactNumberInfo::PrecisionAndScale(precision, scale) => {
                    Some((i64::try_from(precision).unwrap_or(i64::MAX), scale))
                }
            };
            let modifier = match modifier {
                None => None,
                Some((precision, scale)) => {
                    if !(1..=1_000).contains(&precision) {
                        return Err(pg(
                            "22023",
                            format!("NUMERIC precision {precision} must be between 1 and 1000"),
                        ));
                    }
                    if scale < 0 || scale > precision {
                        return Err(unsupported("a NUMERIC scale below zero or above the precision"));
                    }
                    Some((
                        i32::try_from(precision).unwrap_or(1_000),
                        i32::try_from(scale).unwrap_or(0),
                    ))
                }
            };
            Ok((
                ColumnType {
                    ty: Ty::NUMERIC,
                    modifier,
                },
                false,
            ))
        }
        DataType::Text => plain(Text),
        DataType::Varchar(length) | DataType::CharacterVarying(length) | DataType::CharVarying(length) => {
            let modifier = match length {
                None => None,
                Some(CharacterLength::IntegerLength { length, unit: None }) => {
                    if !(1..=10_485_760).contains(length) {
                        return Err(pg("22023", "length for type varchar must be at least 1"));
                    }
                    Some((i32::try_from(*length).unwrap_or(i32::MAX), 0))
                }
                Some(_) => return Err(unsupported(data_type)),
            };
            Ok((
                ColumnType {
                    ty: Ty::of(Varchar),
                    modifier,
                },
                false,
            ))
        }
        DataType::Uuid => plain(Uuid),
        DataType::Bytea => plain(Bytea),
        DataType::Date => plain(Date),
        DataType::Time(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => plain(Time),
        DataType::Timestamp(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => plain(Timestamp),
        DataType::Timestamp(None, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => plain(Timestamptz),
        DataType::Interval {
            fields: None,
            precision: None,
        } => plain(Interval),
        DataType::JSON => plain(Json),
        DataType::JSONB => plain(Jsonb),
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => {
            let (column, is_serial) = from_ast(element)?;
            if is_serial || column.ty.array || column.modifier.is_some() {
                return Err(unsupported(format_args!("the type {data_type}")));
            }
            Ok((
                ColumnType {
                    ty: Ty::array_of(column.ty.base),
                    modifier: None,
                },
                false,
            ))
        }
        DataType::Custom(name, modifiers) if modifiers.is_empty() => {
            match name.to_string().to_ascii_lowercase().as_str() {
                "serial" | "serial4" => serial(Int4),
                "bigserial" | "serial8" => serial(Int8),
                "smallserial" | "serial2" => serial(Int2),
                "timestamptz" => plain(Timestamptz),
                "bool" => plain(Bool),
                "char" | "character" | "bpchar" | "name" | "money" | "xml" | "inet" | "cidr" | "macaddr"
                | "bit" | "varbit" | "hstore" | "ltree" | "citext" | "oid" | "regclass" | "tsvector"
                | "tsquery" | "point" | "line" | "box" | "path" | "polygon" | "circle" | "int4range"
                | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange" => {
                    Err(unsupported(format_args!("the type {data_type}")))
                }
                other => Err(pg("42704", format!("type \"{other}\" does not exist"))),
            }
        }
        DataType::Collate(inner, name) if is_c(&name.to_string()) => from_ast(inner),
        other => Err(unsupported(format_args!("the type {other}"))),
    }
}

/// The collations that are byte order, which is the only order there is here.
pub(crate) fn is_c(name: &str) -> bool {
    matches!(
        name,
        "\"C\"" | "\"POSIX\"" | "\"default\"" | "\"C.UTF-8\"" | "pg_catalog.\"C\""
    )
}
