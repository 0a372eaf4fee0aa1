//! What is in a database, in numbers that are the same wherever its copy is.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::SnapshotError;
use crate::connection::open_reader;

/// What is in a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// Whose file it is: `PRAGMA application_id`.
    pub application_id: i64,
    /// Its schema's version: `PRAGMA user_version`.
    pub schema: i64,
    /// Its tables by name.
    pub tables: Vec<TableFacts>,
}

/// What is in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 over all its values in the order in which the rows are stored.
    pub sum: String,
}

impl DatabaseFacts {
    /// Looks at a file that nobody writes to: is it whole, do its references hold, and what is in it. Reads all of it.
    pub fn of(path: &Path) -> Result<Self, SnapshotError> {
        Self::look(path, "PRAGMA integrity_check(1)")
    }

    /// Looks at a file whose indexes and checks may need functions that are not here, as those of plugins do: what needs
    /// none is looked at.
    pub fn of_plugin(path: &Path) -> Result<Self, SnapshotError> {
        Self::look(path, "PRAGMA ignore_check_constraints = 1; PRAGMA quick_check(1)")
    }

    fn look(path: &Path, checks: &str) -> Result<Self, SnapshotError> {
        let conn = open_reader(path).map_err(SnapshotError::on("open", path))?;
        let damaged = |detail: String| SnapshotError::Damaged {
            path: path.to_owned(),
            detail,
        };
        let read = || SnapshotError::on("read", path);
        let (before, check) = checks.rsplit_once("; ").unwrap_or(("", checks));
        conn.execute_batch(before).map_err(read())?;
        let verdict: String = conn.query_row(check, [], |row| row.get(0)).map_err(read())?;
        if verdict != "ok" {
            return Err(damaged(verdict));
        }
        let broken: Option<String> = conn
            .query_row(
                "SELECT \"table\" || ' refers to ' || parent FROM pragma_foreign_key_check LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(read())?;
        if let Some(reference) = broken {
            return Err(damaged(format!("{reference}, and that row is not there")));
        }
        Self::count(&conn).map_err(read())
    }

    fn count(conn: &Connection) -> rusqlite::Result<Self> {
        let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get(0));
        let names: Vec<String> = conn
            .prepare(
                "SELECT name FROM pragma_table_list
                 WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT IN ('sqlite_schema', 'sqlite_stat1', 'sqlite_stat4')
                 ORDER BY name",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(Self {
            application_id: pragma("application_id")?,
            schema: pragma("user_version")?,
            tables: names
                .into_iter()
                .map(|name| table(conn, name))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn table(conn: &Connection, name: String) -> rusqlite::Result<TableFacts> {
    // Not by way of an index, so that the order is that of the table itself.
    let sql = format!("SELECT * FROM main.\"{}\" NOT INDEXED", name.replace('"', "\"\""));
    let mut query = conn.prepare(&sql)?;
    let columns = query.column_count();
    let mut rows = query.query([])?;
    let (mut count, mut sum) = (0, Sha256::new());
    while let Some(row) = rows.next()? {
        count += 1;
        for at in 0..columns {
            add(&mut sum, row.get_ref(at)?);
        }
    }
    Ok(TableFacts {
        name,
        rows: count,
        sum: crate::hex::of(&sum.finalize()),
    })
}

/// Adds a value with its type and length, so that no two rows look alike.
fn add(sum: &mut Sha256, value: ValueRef<'_>) {
    let mut part = |kind: u8, bytes: &[u8]| {
        sum.update([kind]);
        sum.update((bytes.len() as u64).to_be_bytes());
        sum.update(bytes);
    };
    match value {
        ValueRef::Null => part(0, &[]),
        ValueRef::Integer(number) => part(1, &number.to_be_bytes()),
        ValueRef::Real(number) => part(2, &number.to_bits().to_be_bytes()),
        ValueRef::Text(text) => part(3, text),
        ValueRef::Blob(bytes) => part(4, bytes),
    }
}
