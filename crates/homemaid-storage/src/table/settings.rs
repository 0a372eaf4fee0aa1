//! The appliance's own settings: a key and a JSON value each. Secrets do not belong here.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::{document, write_handle};
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "settings",
    "CREATE TABLE settings (
        key        TEXT NOT NULL PRIMARY KEY,
        value      TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
);

/// Reads settings.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'c>(pub(crate) ReadTx<'c>);

impl Settings<'_> {
    /// Returns the value, or `None` when the key was never set.
    pub fn get(&self, key: &str) -> Result<Option<Value>, StorageError> {
        let text: Option<String> = self
            .0
            .conn
            .prepare_cached("SELECT value FROM settings WHERE key = ?1")
            .and_then(|mut query| query.query_row([key], |row| row.get(0)).optional())
            .map_err(StorageError::on("settings.get"))?;
        text.map(|text| text.parse())
            .transpose()
            .map_err(StorageError::damaged("setting"))
    }

    /// Returns the keys that start with `prefix`, in order.
    pub fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT key FROM settings WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")
            .and_then(|mut query| query.query_map([prefix], |row| row.get(0))?.collect())
            .map_err(StorageError::on("settings.keys"))
    }
}

write_handle!(
    /// Changes settings.
    SettingsMut over Settings
);

impl SettingsMut<'_> {
    /// Stores a value under a key.
    pub fn put(&mut self, key: &str, value: &Value) -> Result<(), StorageError> {
        let value = document("setting", value)?;
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO settings (key, value, changed_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
            )
            .and_then(|mut insert| insert.execute(params![key, value, tx.now]))
            .map(drop)
            .map_err(StorageError::on("settings.put"))
    }

    /// Forgets a key; returns whether it was there.
    pub fn del(&mut self, key: &str) -> Result<bool, StorageError> {
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM settings WHERE key = ?1")
            .and_then(|mut delete| delete.execute([key]))
            .map(|rows| rows > 0)
            .map_err(StorageError::on("settings.del"))
    }
}
