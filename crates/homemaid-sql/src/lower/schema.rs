//! A table of the catalog as SQLite's CREATE statements.

use super::ex::{Ex, ident};
use super::source::table_source;
use super::{Lower, OrderText};
use crate::catalog::{Catalog, Foreign, Index, Key, Table};
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, Ty};

/// Everything that makes a table with its indexes.
pub(crate) fn create_statements(table: &Table) -> Pg<Vec<String>> {
    let mut steps = vec![create_table(table, &table.name)?];
    steps.extend(create_indexes(table)?);
    Ok(steps)
}

pub(crate) fn create_indexes(table: &Table) -> Pg<Vec<String>> {
    let mut steps: Vec<String> = table.indexed_keys().map(|key| create_key(table, key)).collect();
    for index in &table.indexes {
        steps.push(create_index(table, index)?);
    }
    Ok(steps)
}

/// The index that is a primary key or unique constraint.
pub(crate) fn create_key(table: &Table, key: &Key) -> String {
    let columns: Vec<_> = key.columns.iter().map(|name| ident(name)).collect();
    format!(
        "CREATE UNIQUE INDEX {} ON {} ({})",
        ident(&key.name),
        ident(&table.name),
        columns.join(", ")
    )
}

pub(crate) fn create_index(table: &Table, index: &Index) -> Pg<String> {
    let empty = Catalog::default();
    let mut lower = Lower::new(&empty, &[]);
    lower.enter();
    lower.add_source(table_source(table, ""))?;
    let mut parts = Vec::new();
    for part in &index.parts {
        let (text, direction) = OrderText::split(part);
        let expr = crate::parse::expression(text)?;
        let ex = lower.expr(&expr)?;
        let ex = lower.settled(ex)?;
        immutable(&ex, "index expression")?;
        let is_column = matches!(expr, sqlparser::ast::Expr::Identifier(_));
        if !is_column && depends_on_zone(table, &ex) {
            return Err(unsupported(
                "an index over an expression of a timestamp with time zone",
            ));
        }
        if !is_column && index.unique {
            super::convert::comparable(ex.ty, "an equality")?;
        }
        parts.push(format!("{}{direction}", ex.collated()));
    }
    let condition = match &index.condition {
        Some(condition) => {
            let expr = crate::parse::expression(condition)?;
            let ex = lower.expr(&expr)?;
            let ex = super::convert::boolean(&lower, ex, "WHERE")?;
            immutable(&ex, "index predicate")?;
            format!(" WHERE {}", ex.sql)
        }
        None => String::new(),
    };
    lower.leave();
    let unique = if index.unique { "UNIQUE " } else { "" };
    Ok(format!(
        "CREATE {unique}INDEX {} ON {} ({}){condition}",
        ident(&index.name),
        ident(&table.name),
        parts.join(", ")
    ))
}

/// Refuses what may differ from one moment to the next.
fn immutable(ex: &Ex, place: &str) -> Pg<()> {
    ex.plain(place)?;
    if ex.query {
        return Err(pg("0A000", format!("cannot use subquery in {place}")));
    }
    if ex.volatile || ex.sql.contains("hm_now(") || ex.sql.contains("hm_zone(") {
        return Err(pg(
            "42P17",
            format!("functions in {place} must be marked IMMUTABLE"),
        ));
    }
    Ok(())
}

/// Whether an expression takes a moment with a zone, whose text and date depend on the session elsewhere.
fn depends_on_zone(table: &Table, ex: &Ex) -> bool {
    table.columns.iter().any(|column| {
        column.ty.ty.base == Base::Timestamptz
            && ex
                .free
                .iter()
                .any(|free| free.name.ends_with(&format!(".{}", column.name)))
    })
}

pub(crate) fn create_table(table: &Table, name: &str) -> Pg<String> {
    let row_id = table.row_id();
    let primary: &[String] = table.primary().map_or(&[], |key| &key.columns);
    let mut parts = Vec::new();
    for column in &table.columns {
        if row_id == Some(&column.name) {
            parts.push(format!("{} INTEGER PRIMARY KEY", ident(&column.name)));
            continue;
        }
        let ty = column.seen();
        let collation = ty
            .collation()
            .map(|name| format!(" COLLATE {name}"))
            .unwrap_or_default();
        let not_null = column.not_null || primary.contains(&column.name);
        let not_null = if not_null { " NOT NULL" } else { "" };
        parts.push(format!(
            "{} {}{collation}{not_null}",
            ident(&column.name),
            ty.storage()
        ));
    }
    if parts.is_empty() {
        return Err(unsupported("a table without columns"));
    }
    for check in &table.checks {
        parts.push(format!(
            "CONSTRAINT {} CHECK ({})",
            ident(&check.name),
            check_sql(table, &check.condition)?
        ));
    }
    for foreign in &table.foreign {
        parts.push(foreign_sql(foreign));
    }
    Ok(format!(
        "CREATE TABLE {} ({}) STRICT",
        ident(name),
        parts.join(", ")
    ))
}

/// SQLite's text of a CHECK condition.
pub(crate) fn check_sql(table: &Table, condition: &str) -> Pg<String> {
    let empty = Catalog::default();
    let mut lower = Lower::new(&empty, &[]);
    lower.enter();
    lower.add_source(table_source(table, ""))?;
    let expr = crate::parse::expression(condition)?;
    let ex = lower.expr(&expr)?;
    let ex = super::convert::boolean(&lower, ex, "CHECK")?;
    ex.plain("check constraints")?;
    if ex.query {
        return Err(pg("0A000", "cannot use subquery in check constraint"));
    }
    if ex.volatile {
        return Err(unsupported(
            "a check constraint whose outcome may differ each time",
        ));
    }
    Ok(ex.sql)
}

fn foreign_sql(foreign: &Foreign) -> String {
    let list = |names: &[String]| {
        names
            .iter()
            .map(|name| ident(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
        ident(&foreign.name),
        list(&foreign.columns),
        ident(&foreign.table),
        list(&foreign.referred),
        foreign.on_delete,
        foreign.on_update
    )
}

/// Checks that a foreign key refers to a key of its table, and that the types fit.
pub(crate) fn check_foreign(catalog: &Catalog, table: &Table, foreign: &Foreign) -> Pg<()> {
    let referred = if foreign.table == table.name {
        Some(table)
    } else {
        catalog.tables.get(&foreign.table)
    };
    let referred =
        referred.ok_or_else(|| pg("42P01", format!("relation \"{}\" does not exist", foreign.table)))?;
    if foreign.columns.len() != foreign.referred.len() {
        return Err(pg(
            "42830",
            "number of referencing and referenced columns for foreign key disagree",
        ));
    }
    for (own, other) in foreign.columns.iter().zip(&foreign.referred) {
        let missing = |name: &str| {
            pg(
                "42703",
                format!("column \"{name}\" referenced in foreign key constraint does not exist"),
            )
        };
        let own = table.column(own).ok_or_else(|| missing(own))?;
        let other = referred.column(other).ok_or_else(|| missing(other))?;
        let (a, b) = (own.seen(), other.seen());
        let numbers = a.base.is_int() && b.base.is_int() && !a.array && !b.array;
        if a != b && !numbers {
            let crate::types::Category::Number = a.category() else {
                return Err(pg(
                    "42804",
                    format!(
                        "foreign key constraint \"{}\" cannot be implemented",
                        foreign.name
                    ),
                ));
            };
            return Err(unsupported("a foreign key between different types"));
        }
        if a == Ty::JSON {
            return Err(pg(
                "42804",
                format!(
                    "foreign key constraint \"{}\" cannot be implemented",
                    foreign.name
                ),
            ));
        }
    }
    let same = |columns: &[String]| {
        columns.len() == foreign.referred.len() && columns.iter().all(|name| foreign.referred.contains(name))
    };
    let is_key = referred.keys.iter().any(|key| same(&key.columns))
        || referred.indexes.iter().any(|index| {
            index.unique
                && index.condition.is_none()
                && index.columns.as_ref().is_some_and(|columns| same(columns))
        });
    if is_key {
        Ok(())
    } else {
        Err(pg(
            "42830",
            format!(
                "there is no unique constraint matching given keys for referenced table \"{}\"",
                foreign.table
            ),
        ))
    }
}
