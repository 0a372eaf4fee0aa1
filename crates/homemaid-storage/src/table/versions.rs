//! Versions: one row per verified zip, by content hash. Never changed after it is added.

use homemaid_protocol::{ContentHash, PluginId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde_json::Value;

use super::plugins::PluginsMut;
use super::{document, json, parse, time, write_handle};
use crate::error::{Constraint, constraint};
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "versions",
    "CREATE TABLE versions (
        hash      TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64),
        plugin    TEXT NOT NULL REFERENCES plugins (id) ON DELETE CASCADE,
        name      TEXT NOT NULL,
        version   TEXT NOT NULL,
        manifest  TEXT NOT NULL,
        findings  TEXT NOT NULL,
        zip_bytes INTEGER NOT NULL,
        added_at  INTEGER NOT NULL,
        added_by  TEXT NOT NULL,
        serial    INTEGER NOT NULL,
        UNIQUE (plugin, hash)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX versions_by_age ON versions (plugin, serial);",
);

/// A version to add.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The content hash.
    pub hash: ContentHash,
    /// Whose version it is.
    pub plugin: PluginId,
    /// The plugin's name in this version's manifest.
    pub name: String,
    /// The version text of the manifest.
    pub version: String,
    /// The manifest.
    pub manifest: Value,
    /// What the intake found, a JSON list.
    pub findings: Value,
    /// Size of the zip.
    pub zip_bytes: u64,
    /// Who uploaded it.
    pub added_by: String,
}

/// A stored version.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Version {
    /// The content hash.
    pub hash: ContentHash,
    /// Whose version it is.
    pub plugin: PluginId,
    /// The plugin's name in this version's manifest.
    pub name: String,
    /// The version text of the manifest.
    pub version: String,
    /// The manifest.
    pub manifest: Value,
    /// What the intake found, a JSON list.
    pub findings: Value,
    /// Size of the zip.
    pub zip_bytes: u64,
    /// When it came.
    pub added_at: Timestamp,
    /// Who uploaded it.
    pub added_by: String,
}

impl Version {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            hash: parse(row, "hash")?,
            plugin: parse(row, "plugin")?,
            name: row.get("name")?,
            version: row.get("version")?,
            manifest: json(row, "manifest")?,
            findings: json(row, "findings")?,
            zip_bytes: row.get::<_, i64>("zip_bytes")?.unsigned_abs(),
            added_at: time(row, "added_at")?,
            added_by: row.get("added_by")?,
        })
    }
}

/// Reads versions.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'c>(pub(crate) ReadTx<'c>);

impl Versions<'_> {
    /// Returns the version with this hash, or `None`.
    pub fn get(&self, hash: &ContentHash) -> Result<Option<Version>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM versions WHERE hash = ?1")
            .and_then(|mut query| query.query_row([hash.as_str()], Version::from_row).optional())
            .map_err(StorageError::on("versions.get"))
    }

    /// Returns a plugin's versions, the newest first.
    pub fn of_plugin(&self, plugin: &PluginId) -> Result<Vec<Version>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM versions WHERE plugin = ?1 ORDER BY serial DESC")
            .and_then(|mut query| query.query_map([plugin.as_str()], Version::from_row)?.collect())
            .map_err(StorageError::on("versions.of_plugin"))
    }

    /// Returns the version of a plugin that was added last, or `None`.
    pub fn newest(&self, plugin: &PluginId) -> Result<Option<Version>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM versions WHERE plugin = ?1 ORDER BY serial DESC LIMIT 1")
            .and_then(|mut query| query.query_row([plugin.as_str()], Version::from_row).optional())
            .map_err(StorageError::on("versions.newest"))
    }

    /// Returns all versions, by plugin, each plugin's newest first.
    pub fn list(&self) -> Result<Vec<Version>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT * FROM versions ORDER BY plugin, serial DESC")
            .and_then(|mut query| query.query_map([], Version::from_row)?.collect())
            .map_err(StorageError::on("versions.list"))
    }
}

write_handle!(
    /// Changes versions.
    VersionsMut over Versions
);

impl VersionsMut<'_> {
    /// Adds a version, and its plugin with the first one; returns `false` when this zip is stored already.
    ///
    /// A zip that comes again becomes its plugin's newest version: that is what the owner means by uploading it.
    pub fn add(&mut self, new: &NewVersion) -> Result<bool, StorageError> {
        let manifest = document("manifest", &new.manifest)?;
        let findings = document("findings", &new.findings)?;
        let tx = self.0.0;
        PluginsMut(tx.plugins()).upsert(&new.plugin, &new.name)?;
        let known = self.get(&new.hash)?;
        if let Some(known) = known {
            if known.plugin != new.plugin {
                return Err(StorageError::Exists {
                    what: "version",
                    id: new.hash.to_string(),
                });
            }
            self.touch(&new.hash)?;
            return Ok(false);
        }
        tx.conn
            .prepare_cached(
                "INSERT INTO versions
                    (hash, plugin, name, version, manifest, findings, zip_bytes, added_at, added_by, serial)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, (SELECT coalesce(max(serial), 0) + 1 FROM versions))",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    new.hash.as_str(),
                    new.plugin.as_str(),
                    new.name,
                    new.version,
                    manifest,
                    findings,
                    i64::try_from(new.zip_bytes).unwrap_or(i64::MAX),
                    tx.now,
                    new.added_by,
                ])
            })
            .map_err(StorageError::on("versions.add"))?;
        Ok(true)
    }

    fn touch(&mut self, hash: &ContentHash) -> Result<(), StorageError> {
        self.0
            .0
            .conn
            .prepare_cached(
                "UPDATE versions SET serial = (SELECT max(serial) + 1 FROM versions) WHERE hash = ?1",
            )
            .and_then(|mut update| update.execute([hash.as_str()]))
            .map(drop)
            .map_err(StorageError::on("versions.add"))
    }

    /// Removes a version; returns whether it was there. Refused while an installation runs it.
    pub fn remove(&mut self, hash: &ContentHash) -> Result<bool, StorageError> {
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM versions WHERE hash = ?1")
            .and_then(|mut delete| delete.execute([hash.as_str()]))
            .map(|rows| rows > 0)
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::InUse {
                    what: "version",
                    id: hash.to_string(),
                },
                _ => StorageError::on("versions.remove")(error),
            })
    }
}
