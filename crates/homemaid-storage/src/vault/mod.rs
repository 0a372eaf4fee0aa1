//! Secrets at rest: the bot's token and what plugins and their owner keep under `secrets.*` (wire §6.5).
//!
//! A value is sealed with XChaCha20-Poly1305 under a random nonce, and bound to where it stands: a row moved to
//! another plugin, guild or name does not open. The key is in a file of its own, or comes from systemd's credentials;
//! backups that are not encrypted do not hold it.
//!
//! Changing the key, in an order in which a crash anywhere loses nothing:
//!
//! ```text
//! 1. key file: old           ->  new, old       replaced at once, synced
//! 2. database: all rows sealed anew under the new key, in one transaction
//! 3. key file: new, old      ->  new            replaced at once, synced
//! ```
//!
//! A start that finds more than one key in the file does steps 2 and 3 again.

mod cipher;
mod error;
mod key;
mod key_file;
mod name;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use zeroize::Zeroizing;

pub use error::SecretError;
pub use key::KeyId;
pub use name::{SecretName, SecretOwner, SecretText};
pub use store::SecretStore;

pub(crate) use cipher::{Place, open, seal};
pub(crate) use key::Ring;
pub use key_file::FILE as KEY_FILE;
pub use key_file::KeyFileError;

use crate::OpenError;
use crate::data_dir::DataDir;
use crate::table::secrets;

/// Where the key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeySource {
    /// `secret.key` in the data directory, made at the first start.
    #[default]
    DataDir,
    /// A file somebody else takes care of, such as a systemd credential: read, never written.
    File(PathBuf),
}

/// Returns the text of a key file with a new key, for a credential.
pub fn new_key_file() -> Zeroizing<String> {
    key_file::generated()
}

/// Returns the names of the keys in a key file.
pub fn key_ids(file: &Path) -> Result<Vec<KeyId>, KeyFileError> {
    Ok(key_file::read(file)?.keys().map(key::Key::id).collect())
}

/// The keys of an open storage.
pub(crate) struct Vault {
    ring: Mutex<Arc<Ring>>,
    /// The file the keys are written to; `None` when they are somebody else's.
    file: Option<PathBuf>,
    source: KeySource,
    /// One change of the key at a time.
    pub(crate) rotating: tokio::sync::Mutex<()>,
}

impl Vault {
    /// Reads the keys, or makes the first one, and finishes a change of the key that a crash interrupted.
    pub(crate) fn open(data: &DataDir, source: &KeySource, conn: &mut Connection) -> Result<Self, OpenError> {
        let (path, file) = match source {
            KeySource::DataDir => (data.join(KEY_FILE), Some(data.join(KEY_FILE))),
            KeySource::File(path) => (path.clone(), None),
        };
        let failed = |source| OpenError::Key {
            path: path.clone(),
            source,
        };
        let ring = match &file {
            Some(file) => key_file::read_or_make(file).map_err(failed)?,
            None => key_file::read(&path).map_err(failed)?,
        };
        let vault = Self {
            ring: Mutex::new(Arc::new(ring)),
            file,
            source: source.clone(),
            rotating: tokio::sync::Mutex::new(()),
        };
        let ring = vault.ring();
        if ring.has_old() {
            let database = data.join("platform.db");
            secrets::reseal(conn, &ring).map_err(OpenError::database(&database))?;
            vault.retire_old().map_err(failed)?;
            tracing::info!("a change of the secret key was finished");
        }
        Ok(vault)
    }

    /// Returns where the keys come from.
    pub(crate) fn source(&self) -> &KeySource {
        &self.source
    }

    /// Returns the keys as they are now.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Step 1: puts a new key before the ones there are.
    pub(crate) fn add_key(&self) -> Result<KeyId, SecretError> {
        let file = self.file.as_deref().ok_or(SecretError::ForeignKey)?;
        let ring = self.ring().with_new();
        let id = ring.current().id();
        self.replace(file, ring)?;
        Ok(id)
    }

    /// Step 3: forgets all keys but the first. Keys that are somebody else's stay.
    pub(crate) fn retire_old(&self) -> Result<(), KeyFileError> {
        match self.file.as_deref() {
            Some(file) => self.replace(file, self.ring().current_only()),
            None => Ok(()),
        }
    }

    fn replace(&self, file: &Path, ring: Ring) -> Result<(), KeyFileError> {
        key_file::write(file, &ring)?;
        *self.ring.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
