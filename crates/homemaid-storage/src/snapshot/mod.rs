//! Copies of databases while they are in use, and what can be told about a database from outside: for backups.
//!
//! A copy is taken by SQLite's online backup under one view of the source: it is the database of one moment, writers
//! go on meanwhile, and it never starts over because of them.

mod copy;
mod facts;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use copy::copy_database;
pub use facts::{DatabaseFacts, TableFacts};

use crate::handle::METRICS_FILE;
use crate::{LOGS_FILE, OpenError, PLATFORM_FILE, schema};

/// The databases of a data directory that a backup holds, by file name.
pub const DATABASES: [&str; 3] = [PLATFORM_FILE, LOGS_FILE, METRICS_FILE];

/// Why a database could not be copied or looked at.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// SQLite failed, or the disk did.
    #[error("could not {action} {}", path.display())]
    Database {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// The file cannot be made.
    #[error("could not create {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// SQLite found damage.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        detail: String,
    },
    /// A newer Homemaid made it, or another program.
    #[error(transparent)]
    Schema(#[from] OpenError),
    /// The task that did it is gone.
    #[error("the storage is closed")]
    Closed,
}

impl SnapshotError {
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Database {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// Refuses a database of [`DATABASES`] that a newer Homemaid or another program made. Changes nothing.
pub fn check_schema(name: &str, file: &Path) -> Result<(), SnapshotError> {
    let schema = match name {
        PLATFORM_FILE => &schema::PLATFORM,
        LOGS_FILE => &schema::LOGS,
        METRICS_FILE => &schema::METRICS,
        _ => return Ok(()),
    };
    let conn = crate::connection::open_reader(file).map_err(SnapshotError::on("open", file))?;
    Ok(schema.check(&conn, file)?)
}
