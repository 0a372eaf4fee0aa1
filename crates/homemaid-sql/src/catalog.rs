//! What a file's tables are in PostgreSQL's terms: kept in the file itself, in a table no plugin can name.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::error::HostError;
use crate::types::{Base, ColumnType, Ty};

/// Names with this prefix are the host's own.
pub(crate) const RESERVED: &str = "homemaid_";
/// The version of what is written into the file; a newer one is refused.
const FORMAT: i64 = 1;

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: ColumnType,
    pub(crate) not_null: bool,
    /// PostgreSQL's text of the default.
    pub(crate) default: Option<String>,
    /// The sequence that feeds it (`serial` and identity columns).
    pub(crate) sequence: Option<i64>,
    /// `GENERATED ALWAYS AS IDENTITY`: values of one's own are refused.
    pub(crate) always: bool,
}

impl Column {
    /// Returns the type as expressions see it: `varchar` is text with a length.
    pub(crate) fn seen(&self) -> Ty {
        match self.ty.ty {
            Ty {
                base: Base::Varchar,
                array,
            } => Ty {
                base: Base::Text,
                array,
            },
            other => other,
        }
    }
}

/// A primary key or a unique constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) primary: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// PostgreSQL's text.
    pub(crate) condition: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    pub(crate) referred: Vec<String>,
    /// SQLite's words for the actions, which are PostgreSQL's.
    pub(crate) on_delete: String,
    pub(crate) on_update: String,
}

/// An index that is no constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) unique: bool,
    /// PostgreSQL's text of each part, with its order.
    pub(crate) parts: Vec<String>,
    /// PostgreSQL's text of the condition.
    pub(crate) condition: Option<String>,
    /// The columns, when all parts are plain ones.
    pub(crate) columns: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) keys: Vec<Key>,
    pub(crate) checks: Vec<Check>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) indexes: Vec<Index>,
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn primary(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.primary)
    }

    /// Returns the column that is SQLite's row id: a primary key of one whole number.
    pub(crate) fn row_id(&self) -> Option<&str> {
        let key = self.primary()?;
        let [only] = key.columns.as_slice() else {
            return None;
        };
        let column = self.column(only)?;
        (!column.ty.ty.array && column.ty.ty.base.is_int()).then_some(column.name.as_str())
    }

    /// Returns the keys that are indexes of their own.
    pub(crate) fn indexed_keys(&self) -> impl Iterator<Item = &Key> {
        let row_id = self.row_id().is_some();
        self.keys.iter().filter(move |key| !(key.primary && row_id))
    }

    /// Returns a name no constraint or index of the table has.
    pub(crate) fn is_constraint(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
            || self.checks.iter().any(|check| check.name == name)
            || self.foreign.iter().any(|foreign| foreign.name == name)
    }
}

/// All tables of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<String, Table>,
    /// The next sequence's number.
    pub(crate) next_sequence: i64,
}

impl Catalog {
    /// Reads the catalog, and makes its tables in a new file.
    pub(crate) fn open(conn: &Connection) -> Result<Self, HostError> {
        conn.execute_batch(
            "CREATE TABLE IF NOT EXISTS homemaid_catalog (name TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS homemaid_sequence (id INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;",
        )?;
        let format = conn
            .query_row(
                "SELECT definition FROM homemaid_catalog WHERE name = ''",
                [],
                |row| row.get::<_, String>(0),
            )
            .optional()?;
        match format.as_deref().map(str::parse::<i64>) {
            None => {
                conn.execute(
                    "INSERT INTO homemaid_catalog VALUES ('', ?1)",
                    [FORMAT.to_string()],
                )?;
            }
            Some(Ok(format)) if format <= FORMAT => {}
            Some(_) => return Err(HostError::Catalog("it was written by a newer version".to_owned())),
        }
        let mut catalog = Self {
            tables: BTreeMap::new(),
            next_sequence: 1,
        };
        let mut statement = conn.prepare("SELECT name, definition FROM homemaid_catalog WHERE name <> ''")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, definition): (String, String) = (row.get(0)?, row.get(1)?);
            let table: Table = serde_json::from_str(&definition)
                .map_err(|error| HostError::Catalog(format!("{name}: {error}")))?;
            for sequence in table.columns.iter().filter_map(|column| column.sequence) {
                catalog.next_sequence = catalog.next_sequence.max(sequence + 1);
            }
            catalog.tables.insert(name, table);
        }
        Ok(catalog)
    }

    /// Writes what differs from `old`; inside the transaction that changed the tables.
    pub(crate) fn save(&self, conn: &Connection, old: &Self) -> rusqlite::Result<()> {
        for name in old.tables.keys().filter(|name| !self.tables.contains_key(*name)) {
            conn.execute("DELETE FROM homemaid_catalog WHERE name = ?1", [name])?;
        }
        for (name, table) in &self.tables {
            if old.tables.get(name) != Some(table) {
                let definition = serde_json::to_string(table).expect("a table is plain data");
                conn.execute(
                    "INSERT OR REPLACE INTO homemaid_catalog VALUES (?1, ?2)",
                    [name, &definition],
                )?;
            }
        }
        Ok(())
    }

    pub(crate) fn index_count(&self) -> usize {
        self.tables
            .values()
            .map(|table| table.indexed_keys().count() + table.indexes.len())
            .sum()
    }

    /// Returns the table an index belongs to.
    pub(crate) fn table_of_index(&self, name: &str) -> Option<&Table> {
        self.tables.values().find(|table| {
            table.indexes.iter().any(|index| index.name == name)
                || table.keys.iter().any(|key| key.name == name)
        })
    }

    /// Returns whether a table or index has this name, as SQLite sees names: without regard to case.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        self.tables.values().any(|table| {
            same(&table.name)
                || table.indexes.iter().any(|index| same(&index.name))
                || table.keys.iter().any(|key| same(&key.name))
        })
    }
}
