//! Why the data directory cannot be opened, and why a read or a write failed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use homemaid_protocol::InstallationId;

/// Why the data directory could not be opened. Every text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "the data directory {} is in use by {}: stop that one first, or choose another with --data-dir",
        dir.display(),
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("the process with pid {pid}"))
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Who holds it, when that could be read.
        pid: Option<u32>,
    },
    /// The directory holds other things and is open to others. It is not ours to close: it may be `/tmp`.
    #[error(
        "{} holds other files and other users can look into it: choose an empty directory with --data-dir, \
         or close this one with chmod 700",
        dir.display()
    )]
    Exposed {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory or a file in it cannot be made, read or made private.
    #[error("could not {action} {}: check who owns it and whether the disk is full", path.display())]
    Files {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A newer Homemaid wrote the file; going back would lose what it added.
    #[error(
        "{} has schema {found}, and this program knows {known}: install the newer Homemaid again",
        path.display()
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest this binary knows.
        known: i64,
    },
    /// The file is no SQLite database, or another program's.
    #[error("{} is not a Homemaid database: move it away, or choose another data directory", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// A migration failed and was rolled back; the file is as it was before that migration.
    #[error("could not bring {} up to date with `{migration}`", path.display())]
    Migration {
        /// The database file.
        path: PathBuf,
        /// The migration's name.
        migration: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// SQLite could not open or read the file.
    #[error("could not open the database {}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The key that opens the secrets cannot be used.
    #[error("could not use the key of the stored secrets, {}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: crate::KeyFileError,
    },
    /// The operating system gave no thread.
    #[error("could not start the thread that writes")]
    Thread(#[source] io::Error),
}

impl OpenError {
    /// Returns a function for `map_err` that tells a file that is no database from one SQLite failed with.
    pub(crate) fn database(path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign { path },
                _ => Self::Database { path, source },
            }
        }
    }
}

/// Why a read or a write failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// The storage is closed, or its writer died with a bug that is in the log.
    #[error("the storage is closed")]
    Closed,
    /// A statement failed; nothing of this write remains.
    #[error("the database failed at {operation}")]
    Database {
        /// Which operation, for example `kv.put`.
        operation: &'static str,
        /// Why.
        #[source]
        source: Arc<rusqlite::Error>,
    },
    /// The commit failed, for example on a full disk: none of the writes that shared it happened.
    #[error("the database could not commit")]
    Commit(#[source] Arc<rusqlite::Error>),
    /// The closure panicked; nothing of this write remains.
    #[error("a storage operation panicked: {0}")]
    Panicked(String),
    /// The disk does not take in what waits for it, and too much waits already.
    #[error("{what} cannot be written, and too much waits already")]
    Overloaded {
        /// What kind of data.
        what: &'static str,
    },
    /// A stored row cannot be understood.
    #[error("the stored {what} is damaged: {detail}")]
    Damaged {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The document is larger than [`DOCUMENT_BYTES`](crate::DOCUMENT_BYTES).
    #[error("{what} is {bytes} bytes of JSON, more than is stored")]
    TooLarge {
        /// What kind of document.
        what: &'static str,
        /// Its size.
        bytes: usize,
    },
    /// The row refers to something that is not there.
    #[error("there is no {what} `{id}`")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The row exists already.
    #[error("the {what} `{id}` exists already")]
    Exists {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The row cannot go: another one needs it.
    #[error("the {what} `{id}` is in use")]
    InUse {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
}

impl StorageError {
    /// Returns a function for `map_err` that names the operation.
    pub(crate) fn on(operation: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Database {
            operation,
            source: Arc::new(source),
        }
    }

    /// Returns a function for `map_err` for stored text that does not parse.
    pub(crate) fn damaged<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |detail| Self::Damaged {
            what,
            detail: detail.to_string(),
        }
    }

    /// The installation is not there.
    pub(crate) fn not_installed(id: &InstallationId) -> Self {
        Self::Missing {
            what: "installation",
            id: id.to_string(),
        }
    }
}

/// Tells which constraint a statement broke, if it broke one.
pub(crate) fn constraint(error: &rusqlite::Error) -> Option<Constraint> {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return None;
    };
    match failure.extended_code {
        rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(Constraint::ForeignKey),
        rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY | rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE => {
            Some(Constraint::Unique)
        }
        _ => None,
    }
}

/// The two constraints callers can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constraint {
    ForeignKey,
    Unique,
}

/// Returns what a panic said, for an error text.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
