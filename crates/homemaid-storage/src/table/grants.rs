//! Grants: what the owner approved for an installation now, and every approval and withdrawal there was (caps §3).

use homemaid_protocol::{Capability, CapabilitySet, ContentHash, InstallationId};
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::requests::RequestsMut;
use super::{parse, time, write_handle};
use crate::error::{Constraint, constraint};
use crate::limits::ROWS_PER_QUERY;
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "grants",
    "CREATE TABLE grants (
        plugin     TEXT NOT NULL,
        guild      TEXT NOT NULL,
        capability TEXT NOT NULL,
        granted_at INTEGER NOT NULL,
        granted_by TEXT NOT NULL,
        version    TEXT NOT NULL,
        PRIMARY KEY (plugin, guild, capability),
        FOREIGN KEY (plugin, guild) REFERENCES installations (plugin, guild) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    -- Stands alone: the history outlives the installation.
    CREATE TABLE grant_history (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        installation TEXT NOT NULL,
        at           INTEGER NOT NULL,
        by           TEXT NOT NULL,
        version      TEXT NOT NULL,
        capability   TEXT NOT NULL,
        granted      INTEGER NOT NULL CHECK (granted IN (0, 1))
    ) STRICT;
    CREATE INDEX grant_history_by_installation ON grant_history (installation, id);",
);

/// A capability the owner approved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Grant {
    /// Which capability.
    pub capability: Capability,
    /// When.
    pub granted_at: Timestamp,
    /// Who approved it.
    pub granted_by: String,
    /// The version the owner saw then, by content hash.
    pub version: ContentHash,
}

/// One approval or withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GrantChange {
    /// Counts up.
    pub id: i64,
    /// Of which installation.
    pub installation: InstallationId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The version it ran then, by content hash.
    pub version: ContentHash,
    /// Which capability, by name: a later Homemaid may know others.
    pub capability: String,
    /// Approved, or withdrawn.
    pub granted: bool,
}

impl GrantChange {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            installation: parse(row, "installation")?,
            at: time(row, "at")?,
            by: row.get("by")?,
            version: parse(row, "version")?,
            capability: row.get("capability")?,
            granted: row.get("granted")?,
        })
    }
}

/// Reads grants.
#[derive(Debug, Clone, Copy)]
pub struct Grants<'c>(pub(crate) ReadTx<'c>);

impl Grants<'_> {
    /// Returns what is granted now: nothing for an installation that is not there.
    pub fn of(&self, id: &InstallationId) -> Result<CapabilitySet, StorageError> {
        Ok(self.list(id)?.into_iter().map(|grant| grant.capability).collect())
    }

    /// Returns what is granted now, with when, by whom and for which version.
    pub fn list(&self, id: &InstallationId) -> Result<Vec<Grant>, StorageError> {
        let read = |row: &Row<'_>| {
            // A capability this binary does not know cannot be exercised either, so it is left out.
            let Ok(capability) = row.get_ref("capability")?.as_str()?.parse() else {
                return Ok(None);
            };
            Ok(Some(Grant {
                capability,
                granted_at: time(row, "granted_at")?,
                granted_by: row.get("granted_by")?,
                version: parse(row, "version")?,
            }))
        };
        self.0
            .conn
            .prepare_cached("SELECT * FROM grants WHERE plugin = ?1 AND guild = ?2 ORDER BY capability")
            .and_then(|mut query| {
                query
                    .query_map([id.plugin.as_str(), &id.guild.to_string()], read)?
                    .filter_map(Result::transpose)
                    .collect()
            })
            .map_err(StorageError::on("grants.list"))
    }

    /// Returns the newest approvals and withdrawals, the newest first.
    pub fn history(&self, id: &InstallationId) -> Result<Vec<GrantChange>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM grant_history WHERE installation = ?1 ORDER BY id DESC LIMIT ?2")
            .and_then(|mut query| {
                query
                    .query_map(params![id.to_string(), ROWS_PER_QUERY], GrantChange::from_row)?
                    .collect()
            })
            .map_err(StorageError::on("grants.history"))
    }
}

write_handle!(
    /// Changes grants.
    GrantsMut over Grants
);

impl GrantsMut<'_> {
    /// Makes `granted` the whole of what the installation may do; returns whether anything changed.
    ///
    /// Each change goes into the history, and requests that are granted now are settled.
    pub fn set(
        &mut self,
        id: &InstallationId,
        granted: &CapabilitySet,
        by: &str,
    ) -> Result<bool, StorageError> {
        let tx = self.0.0;
        let Some(installation) = tx.installations().get(id)? else {
            return Err(StorageError::not_installed(id));
        };
        let before = self.of(id)?;
        for capability in granted.difference(&before) {
            self.insert(id, *capability, by, &installation.version)?;
            self.note(id, *capability, by, &installation.version, true)?;
        }
        for capability in before.difference(granted) {
            self.delete(id, *capability)?;
            self.note(id, *capability, by, &installation.version, false)?;
        }
        RequestsMut(tx.requests()).settle(id, granted)?;
        Ok(before != *granted)
    }

    fn insert(
        &mut self,
        id: &InstallationId,
        capability: Capability,
        by: &str,
        version: &ContentHash,
    ) -> Result<(), StorageError> {
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO grants (plugin, guild, capability, granted_at, granted_by, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    id.plugin.as_str(),
                    id.guild.to_string(),
                    capability.name(),
                    tx.now,
                    by,
                    version.as_str(),
                ])
            })
            .map(drop)
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::not_installed(id),
                _ => StorageError::on("grants.set")(error),
            })
    }

    fn delete(&mut self, id: &InstallationId, capability: Capability) -> Result<(), StorageError> {
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM grants WHERE plugin = ?1 AND guild = ?2 AND capability = ?3")
            .and_then(|mut delete| {
                delete.execute([id.plugin.as_str(), &id.guild.to_string(), capability.name()])
            })
            .map(drop)
            .map_err(StorageError::on("grants.set"))
    }

    fn note(
        &mut self,
        id: &InstallationId,
        capability: Capability,
        by: &str,
        version: &ContentHash,
        granted: bool,
    ) -> Result<(), StorageError> {
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO grant_history (installation, at, by, version, capability, granted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    id.to_string(),
                    tx.now,
                    by,
                    version.as_str(),
                    capability.name(),
                    granted
                ])
            })
            .map(drop)
            .map_err(StorageError::on("grants.set"))
    }
}
