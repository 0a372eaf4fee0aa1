//! Turns a checked PostgreSQL statement into SQLite's: every expression is typed as PostgreSQL types it, and what has no
//! faithful counterpart is refused by name.
//!
//! ```text
//! syntax tree -> query/source/write/ddl (statements) -> expr (expressions) -> operator, call, aggregate, convert
//! ```
//!
//! An expression becomes an [`Ex`]: SQLite's text and PostgreSQL's type. To add a function: a line in `signatures.txt`,
//! and its body in `functions`.

mod aggregate;
mod alter;
mod call;
mod convert;
mod ddl;
mod ex;
mod expr;
mod membership;
mod operator;
mod query;
mod schema;
mod scope;
mod signature;
mod source;
mod write;

pub(crate) use ddl::QUOTA;
pub(crate) use ex::ident;
pub(crate) use write::row_id_name;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Statement};

use crate::catalog::{Catalog, Table};
use crate::error::{Pg, pg, unsupported};
use crate::limits::QUERY_DEPTH;
use crate::types::Ty;
use ddl::OrderText;
use scope::{Cte, Scope};

/// What a parameter is, as far as typing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ParamClass {
    Null,
    Bool,
    Int4,
    Int8,
    Float,
    Text,
    /// A JSON array whose elements are all of one kind, or empty.
    Array(ArrayClass),
    Object,
}

/// What a parameter's elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ArrayClass {
    Bool,
    Int4,
    Int8,
    Float,
    Text,
    /// Arrays, objects or a mixture: JSON only.
    Other,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Output {
    pub(crate) label: String,
    pub(crate) ty: Ty,
}

/// A statement in SQLite's terms.
#[derive(Debug, Clone)]
pub(crate) enum Lowered {
    /// Returns rows.
    Query { sql: String, outputs: Vec<Output> },
    /// Changes rows; with outputs it returns the changed ones.
    Write {
        sql: String,
        outputs: Vec<Output>,
        table: String,
        /// `ON CONFLICT DO UPDATE`: no row twice.
        upsert: bool,
    },
    /// Changes tables: SQLite's statements, and the catalog afterwards. No statements: nothing to do.
    Ddl {
        steps: Vec<String>,
        catalog: Box<Catalog>,
        rebuilds: bool,
    },
}

/// One statement's translation under way.
pub(crate) struct Lower<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) params: &'a [ParamClass],
    /// From the outermost query in.
    scopes: Vec<Scope>,
    ctes: Vec<Cte>,
    names: usize,
    /// Whether the next SELECT leaves its untyped literals untyped, for INSERT and UNION to type.
    untyped_outputs: bool,
    /// How deep the query being translated is nested, in queries and set operations.
    depth: usize,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(catalog: &'a Catalog, params: &'a [ParamClass]) -> Self {
        Self {
            catalog,
            params,
            scopes: Vec::new(),
            ctes: Vec::new(),
            names: 0,
            untyped_outputs: false,
            depth: 0,
        }
    }

    /// Translates something that nests queries: SQLite compiles each level on its caller's stack.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Pg<T>) -> Pg<T> {
        if self.depth >= QUERY_DEPTH {
            return Err(pg("54001", "statement nests too deep"));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Translates one statement.
    pub(crate) fn statement(&mut self, statement: &Statement) -> Pg<Lowered> {
        match statement {
            Statement::Query(query) => self.top_query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateIndex(create) => self.create_index(create),
            Statement::Drop { .. } => self.drop(statement),
            other => Err(unsupported(other)),
        }
    }

    /// Makes a name no plugin has.
    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("s{}", self.names)
    }

    fn table(&self, name: &ObjectName) -> Pg<&'a Table> {
        let name = object_name(name)?;
        self.catalog
            .tables
            .get(&name)
            .ok_or_else(|| pg("42P01", format!("relation \"{name}\" does not exist")))
    }
}

/// Folds an identifier as PostgreSQL does: lower case unless quoted, at most 63 bytes.
pub(crate) fn fold(ident: &Ident) -> String {
    let mut name = match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    };
    if name.len() > 63 {
        let end = (0..=63).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.truncate(end);
    }
    name
}

/// Returns the name of a table or index, which has no qualifier here: the own schema's is stripped before.
pub(crate) fn object_name(name: &ObjectName) -> Pg<String> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => Ok(fold(ident)),
        [ObjectNamePart::Identifier(schema), ..] => {
            Err(pg("3F000", format!("schema \"{}\" does not exist", fold(schema))))
        }
        _ => Err(unsupported(name)),
    }
}
