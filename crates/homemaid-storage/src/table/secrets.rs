//! Sealed secrets. What opens them is not in the database; see `vault`.

use homemaid_protocol::limits::SECRETS_PER_OWNER;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::time;
use crate::migration::Migration;
use crate::schema::migration;
use crate::vault::{KeyId, Place, Ring, SecretError, SecretName, open, seal};
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "secrets",
    "CREATE TABLE secrets (
        plugin TEXT NOT NULL,
        guild  TEXT NOT NULL,
        name   TEXT NOT NULL,
        key_id TEXT NOT NULL,
        sealed BLOB NOT NULL,
        set_at INTEGER NOT NULL,
        set_by TEXT NOT NULL,
        PRIMARY KEY (plugin, guild, name)
    ) STRICT, WITHOUT ROWID;",
);

/// What may be shown of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRow {
    /// Its guild; empty for a plugin's default.
    pub guild: String,
    /// Its name.
    pub name: String,
    /// The key it is sealed with.
    pub key_id: KeyId,
    /// Whether that key is here.
    pub readable: bool,
    /// When it was set.
    pub set_at: Timestamp,
    /// By whom.
    pub set_by: String,
}

/// A secret as it is stored.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) key_id: String,
    pub(crate) sealed: Vec<u8>,
}

/// Reads sealed secrets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secrets<'c>(pub(crate) ReadTx<'c>);

impl Secrets<'_> {
    pub(crate) fn sealed(
        &self,
        plugin: &str,
        guild: &str,
        name: &SecretName,
    ) -> Result<Option<Sealed>, StorageError> {
        self.0
            .conn
            .prepare_cached(
                "SELECT key_id, sealed FROM secrets WHERE plugin = ?1 AND guild = ?2 AND name = ?3",
            )
            .and_then(|mut query| {
                query
                    .query_row([plugin, guild, name.as_str()], |row| {
                        Ok(Sealed {
                            key_id: row.get(0)?,
                            sealed: row.get(1)?,
                        })
                    })
                    .optional()
            })
            .map_err(StorageError::on("secrets.get"))
    }

    pub(crate) fn of_plugin(&self, plugin: &str) -> Result<Vec<SecretRow>, StorageError> {
        let row = |row: &rusqlite::Row<'_>| {
            Ok(SecretRow {
                guild: row.get("guild")?,
                name: row.get("name")?,
                key_id: KeyId(row.get("key_id")?),
                readable: false,
                set_at: time(row, "set_at")?,
                set_by: row.get("set_by")?,
            })
        };
        self.0
            .conn
            .prepare_cached("SELECT * FROM secrets WHERE plugin = ?1 ORDER BY guild, name")
            .and_then(|mut query| query.query_map([plugin], row)?.collect())
            .map_err(StorageError::on("secrets.list"))
    }

    /// Returns the key of every secret, in no order.
    pub(crate) fn key_ids(&self) -> Result<Vec<String>, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT key_id FROM secrets")
            .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
            .map_err(StorageError::on("secrets.list"))
    }
}

/// Changes sealed secrets.
#[derive(Debug)]
pub(crate) struct SecretsMut<'c>(pub(crate) Secrets<'c>);

impl SecretsMut<'_> {
    pub(crate) fn put(
        &mut self,
        plugin: &str,
        guild: &str,
        name: &SecretName,
        key_id: &KeyId,
        sealed: &[u8],
        by: &str,
    ) -> Result<(), SecretError> {
        let tx = self.0.0;
        let others: i64 = tx
            .conn
            .prepare_cached("SELECT count(*) FROM secrets WHERE plugin = ?1 AND guild = ?2 AND name <> ?3")
            .and_then(|mut query| query.query_row([plugin, guild, name.as_str()], |row| row.get(0)))
            .map_err(StorageError::on("secrets.quota"))?;
        if others.unsigned_abs() >= SECRETS_PER_OWNER {
            return Err(SecretError::TooMany);
        }
        tx.conn
            .prepare_cached(
                "INSERT INTO secrets (plugin, guild, name, key_id, sealed, set_at, set_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
                    set_at = excluded.set_at, set_by = excluded.set_by",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    plugin,
                    guild,
                    name.as_str(),
                    key_id.as_str(),
                    sealed,
                    tx.now,
                    by
                ])
            })
            .map(drop)
            .map_err(|error| StorageError::on("secrets.set")(error).into())
    }

    pub(crate) fn del(&mut self, plugin: &str, guild: &str, name: &SecretName) -> Result<bool, StorageError> {
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM secrets WHERE plugin = ?1 AND guild = ?2 AND name = ?3")
            .and_then(|mut delete| delete.execute([plugin, guild, name.as_str()]))
            .map(|rows| rows > 0)
            .map_err(StorageError::on("secrets.del"))
    }

    /// Forgets everything of a plugin in a guild; with an empty guild its defaults.
    pub(crate) fn clear(&mut self, plugin: &str, guild: &str) -> Result<(), StorageError> {
        self.0
            .0
            .conn
            .prepare_cached("DELETE FROM secrets WHERE plugin = ?1 AND guild = ?2")
            .and_then(|mut delete| delete.execute([plugin, guild]))
            .map(drop)
            .map_err(StorageError::on("secrets.clear"))
    }

    /// Seals everything that opens anew with the ring's first key; returns how many rows there are under it then.
    pub(crate) fn reseal(&mut self, ring: &Ring) -> Result<usize, StorageError> {
        reseal_rows(self.0.0.conn, ring).map_err(StorageError::on("secrets.reseal"))
    }
}

/// Does the same on a connection that nobody else uses yet.
pub(crate) fn reseal(conn: &mut Connection, ring: &Ring) -> rusqlite::Result<usize> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rows = reseal_rows(&tx, ring)?;
    tx.commit()?;
    Ok(rows)
}

fn reseal_rows(conn: &Connection, ring: &Ring) -> rusqlite::Result<usize> {
    let current = ring.current_id().as_str();
    let old: Vec<(String, String, String, String, Vec<u8>)> = conn
        .prepare("SELECT plugin, guild, name, key_id, sealed FROM secrets WHERE key_id <> ?1")?
        .query_map([current], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut update = conn.prepare(
        "UPDATE secrets SET key_id = ?4, sealed = ?5 WHERE plugin = ?1 AND guild = ?2 AND name = ?3",
    )?;
    for (plugin, guild, name, key_id, sealed) in old {
        let place = Place {
            plugin: &plugin,
            guild: &guild,
            name: &name,
        };
        match open(ring, &key_id, place, &sealed) {
            Ok(value) => {
                let sealed = seal(ring, place, &value);
                update.execute(params![plugin, guild, name, current, sealed])?;
            }
            // It could not be read before either; it stays as it is, and the owner sees that.
            Err(error) => tracing::warn!(plugin, guild, name, %error, "a secret keeps its old key"),
        }
    }
    let rows: i64 = conn.query_row(
        "SELECT count(*) FROM secrets WHERE key_id = ?1",
        [current],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(rows).unwrap_or(0))
}
