//! What can be done with a data directory while no appliance runs on it.

use std::path::PathBuf;

use homemaid_core::{BotTokenView, CoreError, KeyChangeView};
use homemaid_protocol::Clock;
use homemaid_storage::Storage;

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

    /// Closes it, so that an appliance can start on it.
    pub async fn close(self) {
        self.storage.close().await;
    }
}
