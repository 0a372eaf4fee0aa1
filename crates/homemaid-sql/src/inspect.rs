//! The owner's view of a file: its tables, pages of rows, single changes, and everything for an export.

use rusqlite::types::Value;
use serde_json::{Map, Value as JsonValue};

use crate::cast;
use crate::catalog::Table;
use crate::db::Database;
use crate::error::{SqlError, pg};
use crate::lower::ident;

/// A column, as the plugin declared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// PostgreSQL's name of its type, for example `timestamp with time zone`.
    pub type_name: String,
    /// Whether NULL is possible.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub primary: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<ColumnInfo>,
    /// How many rows it has.
    pub rows: u64,
}

/// Which rows to return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Only rows behind this one.
    pub after: Option<i64>,
    /// At most so many, 1 to 1000.
    pub limit: usize,
}

/// A row with the number by which it can be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// SQLite's row id; it stays as long as the row does, unless the table is altered.
    pub id: i64,
    /// The values as the plugin would receive them.
    pub values: Map<String, JsonValue>,
}

/// Rows in the order of their ids.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsPage {
    /// The rows.
    pub rows: Vec<Row>,
    /// [`Page::after`] of the next page, when there are more rows.
    pub next: Option<i64>,
}

impl Database {
    /// Returns the plugin's tables in the order of their names.
    pub fn tables(&self) -> Result<Vec<TableInfo>, SqlError> {
        let mut tables = Vec::new();
        for table in self.catalog.tables.values() {
            let count = format!("SELECT count(*) FROM {}", ident(&table.name));
            let primary = table.primary();
            let columns = table.columns.iter().map(|column| ColumnInfo {
                name: column.name.clone(),
                type_name: column.ty.ty.name(),
                nullable: !column.not_null,
                primary: primary.is_some_and(|key| key.columns.contains(&column.name)),
            });
            tables.push(TableInfo {
                name: table.name.clone(),
                columns: columns.collect(),
                rows: self.conn.query_row(&count, [], |row| row.get(0))?,
            });
        }
        Ok(tables)
    }

    fn known(&self, name: &str) -> Result<&Table, SqlError> {
        let unknown = || pg("42P01", format!("relation \"{name}\" does not exist"));
        Ok(self.catalog.tables.get(name).ok_or_else(unknown)?)
    }

    /// Returns a page of a table.
    pub fn rows(&self, table: &str, page: &Page) -> Result<RowsPage, SqlError> {
        let limit = page.limit.clamp(1, 1_000);
        let mut rows = Vec::new();
        self.each(
            table,
            page.after.unwrap_or(i64::MIN),
            page.after.is_none(),
            &mut |row| {
                rows.push(row);
                Ok(rows.len() <= limit)
            },
        )?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| row.id) } else { None };
        Ok(RowsPage { rows, next })
    }

    /// Gives every row of every table to `sink`, table by table in the order of [`Database::tables`].
    pub fn export(&self, sink: &mut dyn FnMut(&str, Row) -> Result<(), SqlError>) -> Result<(), SqlError> {
        let names: Vec<String> = self.catalog.tables.keys().cloned().collect();
        for name in names {
            self.each(&name, i64::MIN, true, &mut |row| sink(&name, row).map(|()| true))?;
        }
        Ok(())
    }

    fn each(
        &self,
        name: &str,
        after: i64,
        inclusive: bool,
        sink: &mut dyn FnMut(Row) -> Result<bool, SqlError>,
    ) -> Result<(), SqlError> {
        let table = self.known(name)?;
        let id = crate::lower::row_id_name(table)?;
        let columns: Vec<_> = table.columns.iter().map(|column| ident(&column.name)).collect();
        let than = if inclusive { ">=" } else { ">" };
        let sql = format!(
            "SELECT {id}, {} FROM {} WHERE {id} {than} ?1 ORDER BY {id}",
            columns.join(", "),
            ident(&table.name)
        );
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            let mut values = Map::new();
            for (at, column) in table.columns.iter().enumerate() {
                let value: Value = row.get(at + 1)?;
                values.insert(column.name.clone(), cast::encode(&value, column.seen())?);
            }
            if !sink(Row {
                id: row.get(0)?,
                values,
            })? {
                break;
            }
        }
        Ok(())
    }

    /// Changes columns of one row; returns whether it exists. Values are checked as a plugin's UPDATE would be.
    pub fn edit(
        &mut self,
        table: &str,
        id: i64,
        values: &Map<String, JsonValue>,
        now: i64,
    ) -> Result<bool, SqlError> {
        let row_id = crate::lower::row_id_name(self.known(table)?)?;
        if values.is_empty() {
            return self.exists(table, id);
        }
        if !self.exists(table, id)? {
            return Ok(false);
        }
        // The row is found by its key, so that the change goes through the plugin's own path with all its checks.
        let quoted = |name: &str| ident(name);
        let mut sets = Vec::new();
        let mut params = Vec::new();
        for (name, value) in values {
            params.push(value.clone());
            sets.push(format!("{} = ${}", quoted(name), params.len()));
        }
        self.update_row(table, row_id, id, &sets, &params, now)
    }

    fn exists(&self, table: &str, id: i64) -> Result<bool, SqlError> {
        let known = self.known(table)?;
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1)",
            ident(&known.name),
            crate::lower::row_id_name(known)?
        );
        Ok(self.conn.query_row(&sql, [id], |row| row.get(0))?)
    }

    /// Deletes one row; returns whether it existed. Foreign keys act as for a plugin.
    pub fn delete_row(&mut self, table: &str, id: i64) -> Result<bool, SqlError> {
        let known = self.known(table)?;
        let sql = format!(
            "DELETE FROM {} WHERE {} = ?1",
            ident(&known.name),
            crate::lower::row_id_name(known)?
        );
        Ok(self.change(&sql, table, id)? > 0)
    }
}
