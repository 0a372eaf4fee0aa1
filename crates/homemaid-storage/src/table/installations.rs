//! Installations: a plugin in a guild, the unit of grants, data and workers.

use homemaid_protocol::{ContentHash, GuildId, InstallationId, PluginId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, ToSql, params};

use super::secrets::SecretsMut;
use super::{parse, time, write_handle};
use crate::error::{Constraint, constraint};
use crate::kv::KvMut;
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "installations",
    "CREATE TABLE installations (
        plugin       TEXT NOT NULL,
        guild        TEXT NOT NULL,
        version      TEXT NOT NULL,
        enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
        installed    INTEGER NOT NULL CHECK (installed IN (0, 1)),
        announced    INTEGER NOT NULL CHECK (announced IN (0, 1)),
        suspended    TEXT,
        installed_at INTEGER NOT NULL,
        installed_by TEXT NOT NULL,
        PRIMARY KEY (plugin, guild),
        -- No ON DELETE: a version that runs somewhere cannot go, and it is a version of this very plugin.
        FOREIGN KEY (plugin, version) REFERENCES versions (plugin, hash)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX installations_by_guild ON installations (guild, plugin);
    CREATE INDEX installations_by_version ON installations (plugin, version);",
);

/// An installation to make.
#[derive(Debug, Clone)]
pub struct NewInstallation {
    /// Which plugin, in which guild.
    pub id: InstallationId,
    /// The content hash of the version it runs.
    pub version: ContentHash,
    /// Whether it starts right away.
    pub enabled: bool,
    /// Who installed it.
    pub by: String,
}

/// A stored installation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Installation {
    /// Which plugin, in which guild.
    pub id: InstallationId,
    /// The content hash of the version it runs.
    pub version: ContentHash,
    /// Whether the owner wants it to run.
    pub enabled: bool,
    /// Whether the plugin was told `host.install`, which happens once (wire §2.2).
    pub installed: bool,
    /// Whether the plugin was told `host.enable` since it was last switched on (wire §2.2).
    pub announced: bool,
    /// Why the host gave it up; the owner alone starts it again.
    pub suspended: Option<String>,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// Who installed it.
    pub installed_by: String,
}

impl Installation {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: InstallationId::new(parse(row, "plugin")?, parse(row, "guild")?),
            version: parse(row, "version")?,
            enabled: row.get("enabled")?,
            installed: row.get("installed")?,
            announced: row.get("announced")?,
            suspended: row.get("suspended")?,
            installed_at: time(row, "installed_at")?,
            installed_by: row.get("installed_by")?,
        })
    }
}

/// Reads installations.
#[derive(Debug, Clone, Copy)]
pub struct Installations<'c>(pub(crate) ReadTx<'c>);

impl Installations<'_> {
    /// Returns the installation, or `None`.
    pub fn get(&self, id: &InstallationId) -> Result<Option<Installation>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM installations WHERE plugin = ?1 AND guild = ?2")
            .and_then(|mut query| {
                query
                    .query_row(
                        [id.plugin.as_str(), &id.guild.to_string()],
                        Installation::from_row,
                    )
                    .optional()
            })
            .map_err(StorageError::on("installations.get"))
    }

    /// Returns all installations, by plugin and guild.
    pub fn list(&self) -> Result<Vec<Installation>, StorageError> {
        self.query("SELECT * FROM installations ORDER BY plugin, guild", &[])
    }

    /// Returns a guild's installations, by plugin.
    pub fn of_guild(&self, guild: GuildId) -> Result<Vec<Installation>, StorageError> {
        self.query(
            "SELECT * FROM installations WHERE guild = ?1 ORDER BY plugin",
            &[&guild.to_string()],
        )
    }

    /// Returns a plugin's installations, by guild.
    pub fn of_plugin(&self, plugin: &PluginId) -> Result<Vec<Installation>, StorageError> {
        self.query(
            "SELECT * FROM installations WHERE plugin = ?1 ORDER BY guild",
            &[&plugin.as_str()],
        )
    }

    fn query(&self, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Installation>, StorageError> {
        self.0
            .conn
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(params, Installation::from_row)?.collect())
            .map_err(StorageError::on("installations.list"))
    }
}

write_handle!(
    /// Changes installations.
    InstallationsMut over Installations
);

impl InstallationsMut<'_> {
    /// Installs a stored version of a plugin in a guild. Data an earlier installation left is not seen again.
    pub fn add(&mut self, new: &NewInstallation) -> Result<(), StorageError> {
        let tx = self.0.0;
        tx.conn
            .prepare_cached(
                "INSERT INTO installations
                    (plugin, guild, version, enabled, installed, announced, installed_at, installed_by)
                 VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?6)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    new.id.plugin.as_str(),
                    new.id.guild.to_string(),
                    new.version.as_str(),
                    new.enabled,
                    tx.now,
                    new.by,
                ])
            })
            .map(drop)
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::Missing {
                    what: "version",
                    id: new.version.to_string(),
                },
                Some(Constraint::Unique) => StorageError::Exists {
                    what: "installation",
                    id: new.id.to_string(),
                },
                None => StorageError::on("installations.add")(error),
            })
    }

    /// Switches it on or off. Switching on makes the host tell the plugin `host.enable` again and ends a suspension.
    pub fn set_enabled(&mut self, id: &InstallationId, enabled: bool) -> Result<(), StorageError> {
        self.update(
            id,
            "UPDATE installations SET enabled = ?3, announced = announced AND enabled AND ?3,
                suspended = CASE WHEN ?3 THEN NULL ELSE suspended END
             WHERE plugin = ?1 AND guild = ?2",
            &enabled,
        )
    }

    /// Changes the version it runs; the version must be stored, and of the same plugin.
    pub fn set_version(&mut self, id: &InstallationId, version: &ContentHash) -> Result<(), StorageError> {
        self.update(
            id,
            "UPDATE installations SET version = ?3 WHERE plugin = ?1 AND guild = ?2",
            &version.as_str(),
        )
    }

    /// Notes that the plugin was told `host.install`.
    pub fn set_installed(&mut self, id: &InstallationId) -> Result<(), StorageError> {
        self.update(
            id,
            "UPDATE installations SET installed = ?3 WHERE plugin = ?1 AND guild = ?2",
            &true,
        )
    }

    /// Notes whether the plugin was told `host.enable`.
    pub fn set_announced(&mut self, id: &InstallationId, announced: bool) -> Result<(), StorageError> {
        self.update(
            id,
            "UPDATE installations SET announced = ?3 WHERE plugin = ?1 AND guild = ?2",
            &announced,
        )
    }

    /// Notes why the host gave it up, or that it may run again.
    pub fn set_suspended(&mut self, id: &InstallationId, why: Option<&str>) -> Result<(), StorageError> {
        self.update(
            id,
            "UPDATE installations SET suspended = ?3 WHERE plugin = ?1 AND guild = ?2",
            &why,
        )
    }

    /// Removes the installation with its grants, requests, key-value data and secrets; returns whether it was there.
    ///
    /// Its history of grants, its audit records and its logs stay until they are too old.
    pub fn remove(&mut self, id: &InstallationId) -> Result<bool, StorageError> {
        let tx = self.0.0;
        KvMut::new(tx.kv(id)).clear()?;
        SecretsMut(tx.secrets()).clear(id.plugin.as_str(), &id.guild.to_string())?;
        tx.conn
            .prepare_cached("DELETE FROM installations WHERE plugin = ?1 AND guild = ?2")
            .and_then(|mut delete| delete.execute([id.plugin.as_str(), &id.guild.to_string()]))
            .map(|rows| rows > 0)
            .map_err(StorageError::on("installations.remove"))
    }

    fn update(&mut self, id: &InstallationId, sql: &str, value: &dyn ToSql) -> Result<(), StorageError> {
        let changed = self
            .0
            .0
            .conn
            .prepare_cached(sql)
            .and_then(|mut update| update.execute(params![id.plugin.as_str(), id.guild.to_string(), value]))
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::Missing {
                    what: "version of the plugin",
                    id: id.plugin.to_string(),
                },
                _ => StorageError::on("installations.update")(error),
            })?;
        if changed == 0 {
            return Err(StorageError::not_installed(id));
        }
        Ok(())
    }
}
