//! Plugins: one row per package id, made by its first version.

use homemaid_protocol::PluginId;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::secrets::SecretsMut;
use super::{parse, time, write_handle};
use crate::error::{Constraint, constraint};
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "plugins",
    "CREATE TABLE plugins (
        id       TEXT NOT NULL PRIMARY KEY,
        name     TEXT NOT NULL,
        added_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
);

/// A plugin.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Plugin {
    /// Its id.
    pub id: PluginId,
    /// The name its newest version gives itself.
    pub name: String,
    /// When its first version came.
    pub added_at: Timestamp,
}

impl Plugin {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: parse(row, "id")?,
            name: row.get("name")?,
            added_at: time(row, "added_at")?,
        })
    }
}

/// Reads plugins.
#[derive(Debug, Clone, Copy)]
pub struct Plugins<'c>(pub(crate) ReadTx<'c>);

impl Plugins<'_> {
    /// Returns the plugin, or `None`.
    pub fn get(&self, id: &PluginId) -> Result<Option<Plugin>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT id, name, added_at FROM plugins WHERE id = ?1")
            .and_then(|mut query| query.query_row([id.as_str()], Plugin::from_row).optional())
            .map_err(StorageError::on("plugins.get"))
    }

    /// Returns all plugins by id.
    pub fn list(&self) -> Result<Vec<Plugin>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT id, name, added_at FROM plugins ORDER BY id")
            .and_then(|mut query| query.query_map([], Plugin::from_row)?.collect())
            .map_err(StorageError::on("plugins.list"))
    }
}

write_handle!(
    /// Changes plugins.
    PluginsMut over Plugins
);

impl PluginsMut<'_> {
    /// Adds the plugin, or gives it its new name.
    pub(crate) fn upsert(&mut self, id: &PluginId, name: &str) -> Result<(), StorageError> {
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO plugins (id, name, added_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            )
            .and_then(|mut insert| insert.execute(params![id.as_str(), name, tx.now]))
            .map(drop)
            .map_err(StorageError::on("plugins.upsert"))
    }

    /// Removes a plugin with all its versions and its default secrets; returns whether it was there. Refused while it is installed anywhere.
    pub fn remove(&mut self, id: &PluginId) -> Result<bool, StorageError> {
        SecretsMut(self.0.0.secrets()).clear(id.as_str(), "")?;
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM plugins WHERE id = ?1")
            .and_then(|mut delete| delete.execute([id.as_str()]))
            .map(|rows| rows > 0)
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::InUse {
                    what: "plugin",
                    id: id.to_string(),
                },
                _ => StorageError::on("plugins.remove")(error),
            })
    }
}
