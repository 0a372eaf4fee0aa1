//! Rows as they are stored, for export and for restoring one installation.
//!
//! A restore fills a space beside the live one in as many steps as it needs, and takes its place in one last step:
//! no write waits long, and whoever looks sees the old data or the new, never a mixture.

use homemaid_protocol::limits::KV_KEYS;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::KvMut;
use super::read::Kv;
use crate::limits::DUMP_BYTES;
use crate::time::Millis;
use crate::{KvError, KvKey, StorageError};

/// Marks the space that is being filled. No installation's id holds it.
const BESIDE: &str = "#restore";

/// A stored row: a key, its JSON text, and when it expires in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvRow {
    /// The key.
    pub key: String,
    /// The value as compact JSON.
    pub value: String,
    /// When it expires.
    pub expires_at: Option<Millis>,
}

impl Kv<'_> {
    /// Returns the rows after a key (empty: from the first), ascending, at most [`DUMP_BYTES`] of them or one.
    pub fn dump(&self, after: &str) -> Result<Vec<KvRow>, KvError> {
        let run = || -> rusqlite::Result<Vec<KvRow>> {
            let mut query = self.conn.prepare_cached(
                "SELECT key, value, expires_at FROM kv
                 WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1)
                   AND (expires_at IS NULL OR expires_at > ?2) AND key > ?3 ORDER BY key",
            )?;
            let mut rows = query.query(params![self.installation, self.now, after])?;
            let (mut found, mut bytes) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                let row = KvRow {
                    key: row.get(0)?,
                    value: row.get(1)?,
                    expires_at: row.get(2)?,
                };
                bytes += row.key.len() + row.value.len();
                found.push(row);
                if bytes >= DUMP_BYTES {
                    break;
                }
            }
            Ok(found)
        };
        run().map_err(KvError::on("kv.dump"))
    }
}

impl KvMut<'_> {
    /// Begins a restore: whatever an earlier one left beside is dropped.
    pub fn restore_begin(&mut self) -> Result<(), KvError> {
        let beside = self.beside();
        let run = || -> rusqlite::Result<()> {
            self.conn.execute(
                "UPDATE kv_spaces SET installation = NULL WHERE installation = ?1",
                [&beside],
            )?;
            self.conn
                .execute("INSERT INTO kv_spaces (installation) VALUES (?1)", [&beside])
                .map(drop)
        };
        run().map_err(KvError::on("kv.restore"))
    }

    /// Adds rows beside. Those the contract does not allow are refused, as from a plugin.
    pub fn restore_add(&mut self, rows: &[KvRow]) -> Result<(), KvError> {
        for row in rows {
            KvKey::parse(&row.key)?;
            super::KvText::new(&super::read::parse(&row.value)?)?;
        }
        let beside = self.beside();
        let run = || -> rusqlite::Result<()> {
            let mut insert = self.conn.prepare_cached(
                "INSERT INTO kv (space, key, expires_at, value)
                 VALUES ((SELECT id FROM kv_spaces WHERE installation = ?1), ?2, ?3, ?4)",
            )?;
            for row in rows {
                insert.execute(params![beside, row.key, row.expires_at, row.value])?;
            }
            Ok(())
        };
        run().map_err(KvError::on("kv.restore"))
    }

    /// Puts what was added in the place of the live data; returns how many rows that are.
    pub fn restore_finish(&mut self) -> Result<u64, KvError> {
        let beside = self.beside();
        let keys: Option<i64> = self
            .conn
            .query_row(
                "SELECT keys FROM kv_spaces WHERE installation = ?1",
                [&beside],
                |row| row.get(0),
            )
            .optional()
            .map_err(KvError::on("kv.restore"))?;
        let keys = keys.ok_or_else(|| StorageError::Missing {
            what: "restore",
            id: self.installation.clone(),
        })?;
        if keys.unsigned_abs() > KV_KEYS {
            return Err(KvError::TooManyKeys);
        }
        self.clear()?;
        self.conn
            .execute(
                "UPDATE kv_spaces SET installation = ?2 WHERE installation = ?1",
                [&beside, &self.installation],
            )
            .map_err(KvError::on("kv.restore"))?;
        Ok(keys.unsigned_abs())
    }

    fn beside(&self) -> String {
        format!("{}{BESIDE}", self.installation)
    }
}

/// Drops what restores left beside when the host died; the sweeps remove the rows.
pub(crate) fn drop_unfinished(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE kv_spaces SET installation = NULL WHERE installation LIKE '%' || ?1",
        [BESIDE],
    )
    .map(drop)
}
