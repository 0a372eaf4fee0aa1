//! The owner's data browser, the tables: what a plugin keeps by SQL, page by page, changes to it, and all of it as text.
//!
//! As with key-value data a change names the tag of the row as the owner saw it, and nothing happens when the plugin
//! changed it meanwhile. Values are checked as the plugin's own would be.

use std::fmt::Write as _;

use futures_util::Stream;
use futures_util::stream::unfold;
use homemaid_protocol::InstallationId;
use homemaid_sql::{Database, Page, Row, STORAGE_BYTES, SqlError, TableInfo};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::core::Core;
use crate::error::CoreError;
use crate::export::{ExportFormat, push_field};
use crate::tables::TablesError;

/// Rows of one piece of an export.
const PIECE_ROWS: usize = 500;

/// An installation's tables.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TablesView {
    /// By name.
    pub tables: Vec<TableView>,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// How large it may be, in bytes.
    pub quota: u64,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TableView {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Its columns in order.
    pub columns: Vec<TableColumnView>,
}

/// A column as the plugin declared it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TableColumnView {
    /// Its name.
    pub name: String,
    /// PostgreSQL's name of its type, for example `timestamp with time zone`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it may be without a value.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub primary: bool,
}

/// Some rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TablePageView {
    /// The rows in the order in which they were made.
    pub rows: Vec<TableRowView>,
    /// To be passed as `after` for what follows; `null` when that was all.
    pub next: Option<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TableRowView {
    /// By what it is changed.
    pub row: String,
    /// The values by column, as the plugin would receive them.
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
    /// To be named by whoever changes the row.
    pub tag: String,
}

impl From<TableInfo> for TableView {
    fn from(table: TableInfo) -> Self {
        let columns = table.columns.into_iter().map(|column| TableColumnView {
            name: column.name,
            type_name: column.type_name,
            nullable: column.nullable,
            primary: column.primary,
        });
        Self {
            name: table.name,
            rows: table.rows,
            columns: columns.collect(),
        }
    }
}

impl From<Row> for TableRowView {
    fn from(row: Row) -> Self {
        Self {
            row: row.id.to_string(),
            tag: tag(&row.values),
            values: row.values,
        }
    }
}

/// Returns what tells a row's values from all others.
fn tag(values: &Map<String, Value>) -> String {
    let text = serde_json::to_string(values).unwrap_or_default();
    Sha256::digest(text.as_bytes())
        .iter()
        .take(12)
        .fold(String::new(), |mut tag, byte| {
            let _ = write!(tag, "{byte:02x}");
            tag
        })
}

/// Why a row was not changed.
enum Unchanged {
    Gone,
    Changed,
}

impl Core {
    /// Returns an installation's tables; none when it has never used SQL.
    pub async fn tables(&self, id: &InstallationId) -> Result<TablesView, CoreError> {
        self.installed(id)?;
        let found = self
            .look(id, |tables| Ok((tables.tables()?, tables.size()?)))
            .await?;
        let (tables, bytes) = found.unwrap_or_default();
        Ok(TablesView {
            tables: tables.into_iter().map(Into::into).collect(),
            bytes,
            quota: STORAGE_BYTES,
        })
    }

    /// Returns a page of a table: at most `limit` rows, 1 to 1000, after the row `after`.
    pub async fn table_rows(
        &self,
        id: &InstallationId,
        table: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<TablePageView, CoreError> {
        self.installed(id)?;
        let page = Page {
            after: after.map(row_number).transpose()?,
            limit,
        };
        let name = table.to_owned();
        let found = self
            .look(id, move |tables| tables.rows(&name, &page))
            .await?
            .ok_or_else(|| no_such_table(table))?;
        Ok(TablePageView {
            rows: found.rows.into_iter().map(Into::into).collect(),
            next: found.next.map(|row| row.to_string()),
        })
    }

    /// Changes some values of a row that is as it was seen; returns it as it is now.
    pub async fn table_edit(
        &self,
        id: &InstallationId,
        table: &str,
        row: &str,
        values: Map<String, Value>,
        seen: &str,
    ) -> Result<TableRowView, CoreError> {
        let (number, now) = (row_number(row)?, self.0.services.clock.now().as_microsecond());
        let changed = self
            .change_row(id, table, number, seen, move |tables, table| {
                tables.edit(table, number, &values, now)?;
                find(tables, table, number)
            })
            .await;
        self.owner_did(id, "owner.sql.update", &changed);
        Ok(changed?.ok_or_else(|| gone(table))?.into())
    }

    /// Deletes a row that is as it was seen.
    pub async fn table_delete(
        &self,
        id: &InstallationId,
        table: &str,
        row: &str,
        seen: &str,
    ) -> Result<(), CoreError> {
        let number = row_number(row)?;
        let deleted = self
            .change_row(id, table, number, seen, move |tables, table| {
                tables.delete_row(table, number).map(drop)
            })
            .await;
        self.owner_did(id, "owner.sql.delete", &deleted);
        deleted
    }

    /// Returns a table as text, in pieces. Each piece is of one moment, the whole need not be.
    pub async fn export_table(
        &self,
        id: &InstallationId,
        table: &str,
        format: ExportFormat,
    ) -> Result<impl Stream<Item = Result<String, CoreError>> + Send + 'static, CoreError> {
        let columns = self
            .tables(id)
            .await?
            .tables
            .into_iter()
            .find(|one| one.name == table)
            .ok_or_else(|| no_such_table(table))?
            .columns;
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let (core, id, table) = (self.clone(), id.clone(), table.to_owned());
        let begin = (true, Some(None));
        Ok(unfold(
            begin,
            move |(first, at): (bool, Option<Option<String>>)| {
                let (core, id, table, columns) = (core.clone(), id.clone(), table.clone(), columns.clone());
                async move {
                    let after = at?;
                    let page = core.table_rows(&id, &table, after.as_deref(), PIECE_ROWS).await;
                    Some(match page {
                        Ok(page) => {
                            let text = piece(format, &columns, &page.rows, first, page.next.is_none());
                            (Ok(text), (false, page.next.map(Some)))
                        }
                        Err(error) => (Err(error), (false, None)),
                    })
                }
            },
        ))
    }

    async fn look<T: Send + 'static>(
        &self,
        id: &InstallationId,
        work: impl FnOnce(&mut Database) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<Option<T>, CoreError> {
        Ok(self.0.services.tables.look(id, work).await?)
    }

    async fn change_row<T: Send + 'static>(
        &self,
        id: &InstallationId,
        table: &str,
        number: i64,
        seen: &str,
        work: impl FnOnce(&mut Database, &str) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, CoreError> {
        self.installed(id)?;
        let (name, seen) = (table.to_owned(), seen.to_owned());
        // Looked at and changed while nobody else has the file.
        let run = move |tables: &mut Database| {
            Ok(match find(tables, &name, number)? {
                None => Err(Unchanged::Gone),
                Some(row) if tag(&row.values) != seen => Err(Unchanged::Changed),
                Some(_) => Ok(work(tables, &name)?),
            })
        };
        match self.look(id, run).await? {
            None => Err(no_such_table(table)),
            Some(Err(Unchanged::Gone)) => Err(gone(table)),
            Some(Err(Unchanged::Changed)) => Err(CoreError::RowChanged),
            Some(Ok(done)) => Ok(done),
        }
    }
}

/// Returns one row.
fn find(tables: &Database, table: &str, number: i64) -> Result<Option<Row>, SqlError> {
    let page = Page {
        after: number.checked_sub(1),
        limit: 1,
    };
    let found = tables.rows(table, &page)?.rows.into_iter().next();
    Ok(found.filter(|row| row.id == number))
}

fn row_number(text: &str) -> Result<i64, CoreError> {
    text.parse()
        .map_err(|_| CoreError::Invalid("A row is named by its number.".to_owned()))
}

fn no_such_table(table: &str) -> CoreError {
    CoreError::NoSuchTable(table.to_owned())
}

fn gone(table: &str) -> CoreError {
    CoreError::NoSuchRow(table.to_owned())
}

impl From<TablesError> for CoreError {
    fn from(error: TablesError) -> Self {
        match error {
            TablesError::Sql(SqlError::Failed(error)) if error.state == "42P01" => {
                Self::NoSuchTable(error.message)
            }
            TablesError::Sql(error @ (SqlError::Rejected(_) | SqlError::Failed(_) | SqlError::Quota(_))) => {
                Self::Invalid(error.to_string())
            }
            other => Self::Tables(other),
        }
    }
}

/// Writes some rows of an export.
fn piece(format: ExportFormat, columns: &[String], rows: &[TableRowView], first: bool, last: bool) -> String {
    let mut text = String::new();
    match format {
        ExportFormat::Json => {
            if first {
                text.push('[');
            }
            for (at, row) in rows.iter().enumerate() {
                text.push_str(if first && at == 0 { "\n" } else { ",\n" });
                text.push_str(&json!(row.values).to_string());
            }
            if last {
                text.push_str("\n]\n");
            }
        }
        ExportFormat::Csv => {
            let mut line = |fields: &mut dyn Iterator<Item = String>| {
                for (at, field) in fields.enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    push_field(&mut text, &field);
                }
                text.push_str("\r\n");
            };
            if first {
                line(&mut columns.iter().cloned());
            }
            for row in rows {
                line(&mut columns.iter().map(|column| match row.values.get(column) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                }));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: Value) -> TableRowView {
        Row {
            id: 7,
            values: serde_json::from_value(values).unwrap(),
        }
        .into()
    }

    #[test]
    fn a_tag_tells_values_apart() {
        let tag = |values| row(values).tag;
        assert_eq!(tag(json!({"a": 1})), tag(json!({"a": 1})));
        assert_ne!(tag(json!({"a": 1})), tag(json!({"a": "1"})));
        assert_ne!(tag(json!({"a": null})), tag(json!({})));
    }

    #[test]
    fn pieces_make_one_document() {
        let columns = ["a".to_owned(), "b".to_owned()];
        let (one, two) = (
            [row(json!({"a": 1, "b": "x,y"}))],
            [row(json!({"a": null, "b": [1]}))],
        );
        let both =
            |format| piece(format, &columns, &one, true, false) + &piece(format, &columns, &two, false, true);
        let whole: Value = serde_json::from_str(&both(ExportFormat::Json)).unwrap();
        assert_eq!(whole, json!([{"a": 1, "b": "x,y"}, {"a": null, "b": [1]}]));
        assert_eq!(both(ExportFormat::Csv), "a,b\r\n1,\"x,y\"\r\n,[1]\r\n");
        let none: Value =
            serde_json::from_str(&piece(ExportFormat::Json, &columns, &[], true, true)).unwrap();
        assert_eq!(none, json!([]));
    }
}
