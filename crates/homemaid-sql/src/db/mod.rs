//! One file: opened under every guard, and the plugin's calls on it.

mod call;
mod failure;
mod guard;
mod params;
mod run;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use rusqlite::Connection;
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::error::{HostError, SqlError};
use crate::functions::State;
use crate::limits::{DDL_PER_HOUR, PREPARED, STATEMENT_TIME, STORAGE_BYTES, TRANSLATIONS};
use crate::lower::{Lowered, ParamClass};

/// What may differ from the contract's numbers, all owner-configurable (caps §5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Longest run of one call.
    pub statement_time: Duration,
    /// Largest file, in bytes.
    pub storage_bytes: u64,
    /// Changes of the schema an hour.
    pub ddl_per_hour: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            statement_time: STATEMENT_TIME,
            storage_bytes: STORAGE_BYTES,
            ddl_per_hour: DDL_PER_HOUR,
        }
    }
}

/// Rows of a result, and whether there were more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// One object a row; its keys are in the columns' order.
    pub rows: Vec<Map<String, Value>>,
    /// Whether rows were left off: more than the limit, or more bytes than fit.
    pub truncated: bool,
}

/// A translation is kept under the statement's text and its parameters' classes.
type Translations = Cache<(String, Vec<ParamClass>), Arc<Lowered>>;

/// One plugin's tables in one guild.
pub struct Database {
    pub(crate) conn: Connection,
    pub(crate) catalog: Catalog,
    state: Arc<State>,
    translations: Translations,
    options: Options,
    /// The schema's name as PostgreSQL would know it: `plugin_<id>_<guild>`.
    schema: String,
    path: PathBuf,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens or makes the file at `path`; `schema` is the name plugins may qualify their tables with.
    pub fn open(path: &Path, schema: &str, options: Options) -> Result<Self, SqlError> {
        let conn = Connection::open(path)?;
        conn.set_prepared_statement_cache_capacity(PREPARED);
        let state = State::new();
        guard::settings(&conn, &options)?;
        crate::functions::register(&conn, &state)?;
        let catalog = Catalog::open(&conn).map_err(SqlError::Host)?;
        conn.execute_batch("CREATE TABLE IF NOT EXISTS homemaid_ddl (at INTEGER NOT NULL) STRICT")?;
        {
            let mut statement = conn.prepare("SELECT id, value FROM homemaid_sequence")?;
            let mut rows = statement.query([])?;
            let mut sequences = state.sequences();
            while let Some(row) = rows.next()? {
                sequences.last.insert(row.get(0)?, row.get(1)?);
            }
        }
        guard::hooks(&conn, &state);
        let database = Self {
            conn,
            catalog,
            state,
            translations: Cache::new(TRANSLATIONS),
            options,
            schema: schema.to_owned(),
            path: path.to_owned(),
        };
        database.announce();
        Ok(database)
    }

    /// Writes a consistent copy to `path` while other calls wait; the file must not exist.
    pub fn backup_to(&self, path: &Path) -> Result<(), SqlError> {
        self.conn.backup(rusqlite::MAIN_DB, path, None)?;
        // A copy is one file that stands alone.
        let copy = Connection::open(path)?;
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    }

    /// Checks the file from end to end; the text tells what is wrong.
    pub fn integrity(&self) -> Result<Option<String>, SqlError> {
        let text: String = self
            .conn
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok((text != "ok").then_some(text))
    }

    /// Returns how many bytes the file has, free pages included.
    pub fn size(&self) -> Result<u64, SqlError> {
        let pragma = |name: &str| {
            self.conn
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u64>(0))
        };
        Ok(pragma("page_count")? * pragma("page_size")?)
    }

    /// Tells the functions which names exist.
    fn announce(&self) {
        let mut names = std::collections::HashSet::new();
        for table in self.catalog.tables.values() {
            names.insert(table.name.clone());
            names.extend(table.keys.iter().map(|key| key.name.clone()));
            names.extend(table.indexes.iter().map(|index| index.name.clone()));
        }
        self.state.set_relations(names);
    }

    fn changed(&mut self) {
        self.translations.invalidate_all();
        self.announce();
    }
}

impl From<HostError> for SqlError {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}
