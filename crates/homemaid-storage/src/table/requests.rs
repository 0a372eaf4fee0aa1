//! Permission requests: calls refused for want of a capability, shown to the owner as "needs permission" (caps §3).
//!
//! One row per installation and capability, so a plugin that calls in a loop cannot grow the table.

use homemaid_protocol::{Capability, CapabilitySet, InstallationId};
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::{time, write_handle};
use crate::error::{Constraint, constraint};
use crate::limits::AUDIT_TEXT_CHARS;
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "permission requests",
    "CREATE TABLE permission_requests (
        plugin     TEXT NOT NULL,
        guild      TEXT NOT NULL,
        capability TEXT NOT NULL,
        method     TEXT NOT NULL,
        declared   INTEGER NOT NULL CHECK (declared IN (0, 1)),
        times      INTEGER NOT NULL,
        first_at   INTEGER NOT NULL,
        last_at    INTEGER NOT NULL,
        PRIMARY KEY (plugin, guild, capability),
        FOREIGN KEY (plugin, guild) REFERENCES installations (plugin, guild) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;",
);

/// A capability a plugin needed and did not have.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PermissionRequest {
    /// Which capability.
    pub capability: Capability,
    /// The method that was refused last.
    pub method: String,
    /// Whether the plugin's manifest asks for it.
    pub declared: bool,
    /// How many calls were refused.
    pub times: u64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
}

/// Reads permission requests.
#[derive(Debug, Clone, Copy)]
pub struct Requests<'c>(pub(crate) ReadTx<'c>);

impl Requests<'_> {
    /// Returns an installation's open requests, by capability.
    pub fn of(&self, id: &InstallationId) -> Result<Vec<PermissionRequest>, StorageError> {
        let read = |row: &Row<'_>| {
            let Ok(capability) = row.get_ref("capability")?.as_str()?.parse() else {
                return Ok(None);
            };
            Ok(Some(PermissionRequest {
                capability,
                method: row.get("method")?,
                declared: row.get("declared")?,
                times: row.get::<_, i64>("times")?.unsigned_abs(),
                first_at: time(row, "first_at")?,
                last_at: time(row, "last_at")?,
            }))
        };
        self.0
            .conn
            .prepare_cached(
                "SELECT * FROM permission_requests WHERE plugin = ?1 AND guild = ?2 ORDER BY capability",
            )
            .and_then(|mut query| {
                query
                    .query_map([id.plugin.as_str(), &id.guild.to_string()], read)?
                    .filter_map(Result::transpose)
                    .collect()
            })
            .map_err(StorageError::on("requests.of"))
    }
}

write_handle!(
    /// Changes permission requests.
    RequestsMut over Requests
);

impl RequestsMut<'_> {
    /// Notes a refused call; returns `true` when the owner has not been shown this capability yet.
    pub fn note(
        &mut self,
        id: &InstallationId,
        capability: Capability,
        method: &str,
        declared: bool,
    ) -> Result<bool, StorageError> {
        let method: String = method.chars().take(AUDIT_TEXT_CHARS).collect();
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO permission_requests
                    (plugin, guild, capability, method, declared, times, first_at, last_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6)
                 ON CONFLICT (plugin, guild, capability) DO UPDATE SET
                    method = excluded.method, declared = excluded.declared, times = times + 1,
                    last_at = excluded.last_at
                 RETURNING times = 1",
            )
            .and_then(|mut insert| {
                insert.query_row(
                    params![
                        id.plugin.as_str(),
                        id.guild.to_string(),
                        capability.name(),
                        method,
                        declared,
                        tx.now,
                    ],
                    |row| row.get(0),
                )
            })
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::not_installed(id),
                _ => StorageError::on("requests.note")(error),
            })
    }

    /// Forgets a request the owner does not want to grant; returns whether there was one.
    pub fn dismiss(&mut self, id: &InstallationId, capability: Capability) -> Result<bool, StorageError> {
        self.0
            .0
            .conn
            .prepare_cached(
                "DELETE FROM permission_requests WHERE plugin = ?1 AND guild = ?2 AND capability = ?3",
            )
            .and_then(|mut delete| {
                delete.execute([id.plugin.as_str(), &id.guild.to_string(), capability.name()])
            })
            .map(|rows| rows > 0)
            .map_err(StorageError::on("requests.dismiss"))
    }

    /// Forgets the requests that `granted` answers.
    pub(crate) fn settle(
        &mut self,
        id: &InstallationId,
        granted: &CapabilitySet,
    ) -> Result<(), StorageError> {
        for capability in granted {
            self.dismiss(id, *capability)?;
        }
        Ok(())
    }
}
