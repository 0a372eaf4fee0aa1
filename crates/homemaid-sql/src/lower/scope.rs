//! Which columns a name can mean.

use std::collections::HashSet;

use super::ex::{Ex, Free, ident};
use super::{Lower, Output};
use crate::error::{Pg, pg};
use crate::types::Ty;

/// A column of a source.
#[derive(Debug, Clone)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    /// SQLite's text for it.
    pub(crate) sql: String,
    pub(crate) ty: Ty,
}

/// Something in FROM.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The name columns are qualified with.
    pub(crate) name: String,
    pub(crate) columns: Vec<SourceColumn>,
    /// The primary key's columns when it is a table.
    pub(crate) key: Vec<String>,
    /// Columns that a USING or NATURAL join merged away: reached by qualified names only.
    pub(crate) hidden: HashSet<String>,
    /// A function's only column: the source's own name means it.
    pub(crate) scalar: bool,
}

/// One query level.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) id: usize,
    pub(crate) sources: Vec<Source>,
    /// Columns that USING or NATURAL merged, before all others.
    pub(crate) merged: Vec<SourceColumn>,
    /// SQLite's text of what the query groups by; `None` while it does not matter.
    pub(crate) group: Option<Vec<String>>,
    /// Named windows.
    pub(crate) windows: Vec<(String, sqlparser::ast::WindowSpec)>,
    /// Set-returning functions of the select list, as further sources.
    pub(crate) series: Vec<String>,
    pub(crate) series_allowed: bool,
}

/// A common table expression.
#[derive(Debug, Clone)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) sql_name: String,
    pub(crate) columns: Vec<Output>,
}

impl Source {
    /// A source whose columns are numbered as the outputs of a query are.
    pub(crate) fn numbered(name: String, alias: String, outputs: &[Output]) -> Self {
        let columns = outputs
            .iter()
            .enumerate()
            .map(|(at, output)| SourceColumn {
                name: output.label.clone(),
                sql: format!("{alias}.{}", output_name(at)),
                ty: output.ty,
            })
            .collect();
        Self {
            name,
            columns,
            key: Vec::new(),
            hidden: HashSet::new(),
            scalar: false,
        }
    }
}

/// What the outputs of a query are called in SQLite; no plugin's column can begin with `=`.
pub(crate) fn output_name(at: usize) -> String {
    ident(&format!("={at}"))
}

impl Lower<'_> {
    pub(crate) fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("a query is being translated")
    }

    pub(crate) fn enter(&mut self) {
        self.names += 1;
        let id = self.names;
        self.scopes.push(Scope {
            id,
            ..Scope::default()
        });
    }

    pub(crate) fn leave(&mut self) -> Scope {
        self.scopes.pop().expect("entered before")
    }

    /// Adds a source to the innermost query.
    pub(crate) fn add_source(&mut self, source: Source) -> Pg<()> {
        let scope = self.scope();
        if scope.sources.iter().any(|other| other.name == source.name) {
            return Err(pg(
                "42712",
                format!("table name \"{}\" specified more than once", source.name),
            ));
        }
        scope.sources.push(source);
        Ok(())
    }

    /// Finds an unqualified column, from the innermost query out.
    pub(crate) fn column(&self, name: &str) -> Pg<Ex> {
        for scope in self.scopes.iter().rev() {
            if let Some(merged) = scope.merged.iter().find(|column| column.name == name) {
                return Ok(refer(scope, "", merged));
            }
            let mut found: Option<(&Source, &SourceColumn)> = None;
            for source in &scope.sources {
                if source.hidden.contains(name) {
                    continue;
                }
                for column in source.columns.iter().filter(|column| column.name == name) {
                    if found.is_some() {
                        return Err(pg("42702", format!("column reference \"{name}\" is ambiguous")));
                    }
                    found = Some((source, column));
                }
            }
            if let Some((source, column)) = found {
                return Ok(refer(scope, &source.name, column));
            }
            // A function in FROM can be named by its alias.
            let scalar = scope
                .sources
                .iter()
                .find(|source| source.scalar && source.name == name);
            if let Some(source) = scalar {
                return Ok(refer(scope, &source.name, &source.columns[0]).labelled(name));
            }
        }
        Err(pg("42703", format!("column \"{name}\" does not exist")))
    }

    /// Finds `table.column`.
    pub(crate) fn qualified(&self, table: &str, name: &str) -> Pg<Ex> {
        for scope in self.scopes.iter().rev() {
            if let Some(source) = scope.sources.iter().find(|source| source.name == table) {
                let mut fitting = source.columns.iter().filter(|column| column.name == name);
                let column = fitting
                    .next()
                    .ok_or_else(|| pg("42703", format!("column {table}.{name} does not exist")))?;
                if fitting.next().is_some() {
                    return Err(pg("42702", format!("column reference \"{name}\" is ambiguous")));
                }
                return Ok(refer(scope, table, column));
            }
        }
        Err(pg(
            "42P01",
            format!("missing FROM-clause entry for table \"{table}\""),
        ))
    }

    pub(crate) fn has_source(&self, name: &str) -> bool {
        self.scopes
            .iter()
            .any(|scope| scope.sources.iter().any(|source| source.name == name))
    }
}

fn refer(scope: &Scope, table: &str, column: &SourceColumn) -> Ex {
    let mut ex = Ex::new(column.sql.clone(), column.ty).labelled(column.name.clone());
    let name = if table.is_empty() {
        column.name.clone()
    } else {
        format!("{table}.{}", column.name)
    };
    ex.free.push(Free {
        scope: scope.id,
        name,
    });
    ex
}
