//! What can be done with a data directory while no appliance runs on it.

use std::path::{Path, PathBuf};

use homemaid_core::backup::{self, Key, Lock};
use homemaid_core::{
    BackupView, BotTokenView, CoreError, DrillView, KeyChangeView, RestoreView, RestoredOneView,
};
use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::Storage;
use jiff::Timestamp;

use crate::paths::{PathError, data_dir, key_source};

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// No data directory.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The database cannot be opened; a running appliance holds it, for example.
    #[error(transparent)]
    Open(#[from] homemaid_storage::OpenError),
    /// It was refused, or failed.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// A data directory opened without an appliance; nobody else can open it meanwhile.
#[derive(Debug)]
pub struct Offline {
    storage: Storage,
}

impl Offline {
    /// Opens the data directory, making it where it is missing.
    pub fn open(dir: Option<PathBuf>) -> Result<Self, OfflineError> {
        let dir = data_dir(dir)?;
        let storage = Storage::open_with(&dir, Clock::system(), &key_source())?;
        Ok(Self { storage })
    }

    /// Says whether a bot token is stored.
    pub async fn bot_token(&self) -> Result<BotTokenView, OfflineError> {
        Ok(homemaid_core::bot_token(&self.storage).await?)
    }

    /// Stores the bot's token.
    pub async fn set_bot_token(&self, token: String) -> Result<(), OfflineError> {
        Ok(homemaid_core::set_bot_token(&self.storage, token).await?)
    }

    /// Forgets the bot's token; returns whether there was one.
    pub async fn delete_bot_token(&self) -> Result<bool, OfflineError> {
        Ok(homemaid_core::delete_bot_token(&self.storage).await?)
    }

    /// Seals every secret anew under a new key.
    pub async fn rotate_secret_key(&self) -> Result<KeyChangeView, OfflineError> {
        Ok(homemaid_core::rotate_secret_key(&self.storage).await?)
    }

    /// Makes a backup into the new file `to`.
    pub async fn backup(&self, lock: Lock, to: &Path) -> Result<BackupView, OfflineError> {
        Ok(backup::make(&self.storage, Timestamp::now(), lock, to.to_owned()).await?)
    }

    /// Returns the lock of the recovery sheet, or `None` where there is no sheet yet.
    pub async fn backup_lock(&self) -> Result<Option<Lock>, OfflineError> {
        let recipient = backup::backup_recipient(&self.storage).await?;
        Ok(recipient.map(Lock::Recipient))
    }

    /// Seals backups for a recovery sheet from now on.
    pub async fn set_backup_recipient(&self, recipient: &str) -> Result<(), OfflineError> {
        Ok(backup::set_backup_recipient(&self.storage, recipient).await?)
    }

    /// Puts one plugin's data in one guild back as it is in a backup.
    pub async fn restore_one(
        &self,
        id: &InstallationId,
        file: &Path,
        key: Option<Key>,
    ) -> Result<RestoredOneView, OfflineError> {
        Ok(backup::restore_one(&self.storage, id, file.to_owned(), key, Timestamp::now()).await?)
    }

    /// Closes it, so that an appliance can start on it.
    pub async fn close(self) {
        self.storage.close().await;
    }
}

/// Restores a whole house into a data directory, where no appliance may run.
pub async fn restore(
    file: &Path,
    key: Option<Key>,
    dir: Option<PathBuf>,
) -> Result<RestoreView, OfflineError> {
    let dir = data_dir(dir)?;
    Ok(backup::restore(file.to_owned(), key, key_source(), dir, Timestamp::now()).await?)
}

/// Restores a backup into a temporary directory and tells whether that worked. The key of the secrets may be that of
/// the data directory.
pub async fn drill(file: &Path, key: Option<Key>, dir: Option<PathBuf>) -> Result<DrillView, OfflineError> {
    let house = data_dir(dir)?;
    let scratch = tempfile::Builder::new()
        .prefix("homemaid-drill-")
        .tempdir()
        .map_err(|_| CoreError::Internal)?;
    Ok(backup::drill(
        file.to_owned(),
        key,
        key_source(),
        Some(house),
        scratch.path().join("data"),
        Timestamp::now(),
    )
    .await)
}

/// Returns what a backup made now is called in the folder of backups.
pub fn backup_name() -> String {
    backup::name(Timestamp::now())
}
