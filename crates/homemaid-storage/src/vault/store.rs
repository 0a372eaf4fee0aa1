//! Secrets as the call router and the owner use them.

use std::sync::Arc;

use homemaid_protocol::{InstallationId, PluginId};

use super::cipher::{self, Place};
use super::{KeyId, KeySource, SecretError, SecretName, SecretOwner, SecretText, Vault};
use crate::table::secrets::SecretRow;
use crate::{Storage, StorageError};

/// How often a read begins anew because the key was changed under it.
const ATTEMPTS: usize = 3;

/// The secrets of the house. Reads answer at once on the calling thread; a change that has returned is on the disk.
#[derive(Debug, Clone)]
pub struct SecretStore {
    storage: Storage,
    vault: Arc<Vault>,
}

impl SecretStore {
    pub(crate) fn new(storage: Storage, vault: Arc<Vault>) -> Self {
        Self { storage, vault }
    }

    #[cfg(test)]
    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Returns the secret a plugin sees in a guild: the guild's own, else the plugin's default.
    pub fn for_installation(
        &self,
        id: &InstallationId,
        name: &SecretName,
    ) -> Result<Option<SecretText>, SecretError> {
        match self.get(&SecretOwner::Installation(id.clone()), name)? {
            Some(own) => Ok(Some(own)),
            None => self.get(&SecretOwner::Plugin(id.plugin.clone()), name),
        }
    }

    /// Returns one secret.
    pub fn get(&self, owner: &SecretOwner, name: &SecretName) -> Result<Option<SecretText>, SecretError> {
        let (plugin, guild) = owner.columns();
        let mut attempts = 0;
        loop {
            // The keys first: what the row is sealed with is among them, unless both changed meanwhile.
            let ring = self.vault.ring();
            let row = self
                .storage
                .read_now(|tx| tx.secrets().sealed(&plugin, &guild, name))?;
            let Some(row) = row else { return Ok(None) };
            attempts += 1;
            match cipher::open(&ring, &row.key_id, Place::new(&plugin, &guild, name), &row.sealed) {
                Err(SecretError::Locked { .. }) if attempts < ATTEMPTS => {}
                opened => return opened.map(Some),
            }
        }
    }

    /// Keeps a secret; `by` says who set it.
    pub async fn set(
        &self,
        owner: &SecretOwner,
        name: SecretName,
        value: SecretText,
        by: &str,
    ) -> Result<(), SecretError> {
        let (plugin, guild) = owner.columns();
        let (vault, by) = (Arc::clone(&self.vault), by.to_owned());
        self.storage
            .try_write(move |tx| {
                // Sealed here, on the writer: a change of the key either comes before, or seals this row anew.
                let ring = vault.ring();
                let sealed = cipher::seal(&ring, Place::new(&plugin, &guild, &name), &value);
                tx.secrets()
                    .put(&plugin, &guild, &name, ring.current_id(), &sealed, &by)
            })
            .await
    }

    /// Forgets a secret; returns whether it was there.
    pub async fn del(&self, owner: &SecretOwner, name: SecretName) -> Result<bool, SecretError> {
        let (plugin, guild) = owner.columns();
        self.storage
            .try_write(move |tx| tx.secrets().del(&plugin, &guild, &name))
            .await
            .map_err(|error: StorageError| error.into())
    }

    /// Returns the names of a plugin's secrets, defaults first, then by guild. Never a value.
    pub async fn of_plugin(&self, plugin: &PluginId) -> Result<Vec<SecretRow>, SecretError> {
        let plugin = plugin.to_string();
        let rows = self
            .storage
            .read(move |tx| tx.secrets().of_plugin(&plugin))
            .await?;
        Ok(self.judged(rows))
    }

    /// Returns whether the house itself has this secret, and whether it can be read.
    pub async fn of_house(&self) -> Result<Vec<SecretRow>, SecretError> {
        let rows = self.storage.read(|tx| tx.secrets().of_plugin("")).await?;
        Ok(self.judged(rows))
    }

    fn judged(&self, mut rows: Vec<SecretRow>) -> Vec<SecretRow> {
        let ring = self.vault.ring();
        for row in &mut rows {
            row.readable = ring.find(row.key_id.as_str()).is_some();
        }
        rows
    }

    /// Returns which key seals.
    pub fn key_id(&self) -> KeyId {
        self.vault.ring().current_id().clone()
    }

    /// Returns where the key comes from.
    pub fn key_source(&self) -> KeySource {
        self.vault.source().clone()
    }

    /// Returns how many secrets there are, and how many of them the key that is here does not open.
    pub async fn unreadable(&self) -> Result<(usize, usize), SecretError> {
        let keys = self.storage.read(|tx| tx.secrets().key_ids()).await?;
        let ring = self.vault.ring();
        let locked = keys.iter().filter(|id| ring.find(id).is_none()).count();
        Ok((keys.len(), locked))
    }

    /// Changes the key and seals every secret anew; returns the new key's name and how many secrets there are.
    ///
    /// A crash at any moment loses nothing; the next start goes on.
    pub async fn rotate_key(&self) -> Result<(KeyId, usize), SecretError> {
        let _one = self.vault.rotating.lock().await;
        let vault = Arc::clone(&self.vault);
        let id = blocking(move || vault.add_key()).await?;
        let vault = Arc::clone(&self.vault);
        let sealed = self
            .storage
            .write(move |tx| tx.secrets().reseal(&vault.ring()))
            .await?;
        let vault = Arc::clone(&self.vault);
        blocking(move || vault.retire_old().map_err(Into::into)).await?;
        Ok((id, sealed))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(StorageError::Closed.into()))
}
