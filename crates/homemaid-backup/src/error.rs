//! Why a backup could not be written or read.

use std::io;
use std::path::{Path, PathBuf};

/// Why a backup could not be written or read. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk said no.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is no backup of ours.
    #[error("{} is no Homemaid backup: {detail}", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// What is there instead.
        detail: String,
    },
    /// A newer Homemaid made it.
    #[error(
        "this backup has format {found} and this version of Homemaid reads format {known}: install a newer one"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The newest one known.
        known: u32,
    },
    /// It is not as it was written.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// It is sealed and no key was given.
    #[error("the backup is sealed: give the recovery sheet or the passphrase it was sealed with")]
    NeedsKey,
    /// The key does not open it.
    #[error("this key does not open the backup: it was sealed for another one, or its beginning is damaged")]
    WrongKey,
    /// That is no recovery sheet, or one that opens nothing.
    #[error("this is no usable recovery sheet: {0}")]
    BadSheet(&'static str),
    /// That is no recipient.
    #[error("`{0}` is no age recipient: it begins with age1")]
    BadRecipient(String),
    /// Too short to keep anybody out.
    #[error("the passphrase is too short: use at least {0} characters")]
    WeakPassphrase(usize),
    /// A file changed while it was packed.
    #[error("{} changed while it was packed: try again", .0.display())]
    Changed(PathBuf),
}

impl BackupError {
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
