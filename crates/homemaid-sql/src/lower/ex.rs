//! A translated expression.

use crate::error::{Pg, pg};
use crate::types::Ty;

/// A literal or parameter that has no type yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Untyped {
    /// A quoted literal.
    Text(String),
    Null,
    /// A parameter bound as text: a string, or an array or object as JSON.
    Param {
        number: usize,
        json: bool,
    },
}

/// A column an expression refers to outside aggregates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Free {
    pub(crate) scope: usize,
    pub(crate) name: String,
}

/// An expression: SQLite's text, which may stand anywhere an operand may, and what is known about it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that spreads upwards"
)]
#[derive(Debug, Clone)]
pub(crate) struct Ex {
    pub(crate) sql: String,
    pub(crate) ty: Ty,
    pub(crate) untyped: Option<Untyped>,
    /// What an unnamed output of it is called.
    pub(crate) label: Option<String>,
    /// Whether a cast gives it another label.
    pub(crate) weak: bool,
    pub(crate) free: Vec<Free>,
    pub(crate) aggregate: bool,
    pub(crate) window: bool,
    /// Whether every evaluation may differ.
    pub(crate) volatile: bool,
    /// Whether it contains a query of its own.
    pub(crate) query: bool,
    /// Whether a whole number came as a parameter, which text columns compare leniently with (sql §9).
    pub(crate) lenient: bool,
}

impl Ex {
    pub(crate) fn new(sql: impl Into<String>, ty: Ty) -> Self {
        Self {
            sql: sql.into(),
            ty,
            untyped: None,
            label: None,
            weak: false,
            free: Vec::new(),
            aggregate: false,
            window: false,
            volatile: false,
            query: false,
            lenient: false,
        }
    }

    pub(crate) fn untyped(sql: impl Into<String>, untyped: Untyped) -> Self {
        let mut ex = Self::new(sql, Ty::UNKNOWN);
        ex.untyped = Some(untyped);
        ex
    }

    /// The same value with another text and type; it depends on the same things.
    pub(crate) fn with(&self, sql: impl Into<String>, ty: Ty) -> Self {
        let mut ex = self.clone();
        ex.sql = sql.into();
        ex.ty = ty;
        ex.untyped = None;
        ex.lenient = false;
        ex
    }

    /// An expression made of `parts`, which it depends on.
    pub(crate) fn of(sql: impl Into<String>, ty: Ty, parts: &[&Self]) -> Self {
        let mut ex = Self::new(sql, ty);
        for part in parts {
            ex.absorb(part);
        }
        ex
    }

    /// Depends on what `part` depends on.
    pub(crate) fn absorb(&mut self, part: &Self) {
        for free in &part.free {
            if !self.free.contains(free) {
                self.free.push(free.clone());
            }
        }
        self.aggregate |= part.aggregate;
        self.window |= part.window;
        self.volatile |= part.volatile;
        self.query |= part.query;
    }

    pub(crate) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self.weak = false;
        self
    }

    pub(crate) fn weakly_labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self.weak = true;
        self
    }

    /// The text with the collation its type needs when values are compared, grouped or sorted.
    pub(crate) fn collated(&self) -> String {
        match self.ty.collation() {
            Some(collation) => format!("({} COLLATE {collation})", self.sql),
            None => self.sql.clone(),
        }
    }

    /// The text as a term of GROUP BY or ORDER BY, where SQLite takes a constant number for an output's place.
    pub(crate) fn term(&self) -> String {
        if self
            .sql
            .bytes()
            .all(|b| b.is_ascii_digit() || b"()+- ".contains(&b))
        {
            return format!("({} + 0)", self.sql);
        }
        self.collated()
    }

    /// Refuses aggregates and window functions where there are none.
    pub(crate) fn plain(&self, place: &str) -> Pg<()> {
        if self.aggregate {
            return Err(pg(
                "42803",
                format!("aggregate functions are not allowed in {place}"),
            ));
        }
        if self.window {
            return Err(pg(
                "42P20",
                format!("window functions are not allowed in {place}"),
            ));
        }
        Ok(())
    }
}

/// Quotes an identifier for SQLite.
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text for SQLite.
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
