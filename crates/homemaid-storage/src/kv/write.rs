//! Changing key-value data. Every method checks all there is to check before it changes anything.

use homemaid_protocol::limits::{KV_KEYS, KV_MPUT_ENTRIES};
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::increment::{self, Path};
use super::read::{Kv, parse};
use super::sweep::sweep_space;
use crate::time::Millis;
use crate::{KvAmount, KvError, KvKey, KvText, KvTtl, StorageError};

/// Changes the key-value data of one installation.
#[derive(Debug)]
pub struct KvMut<'c>(Kv<'c>);

impl<'c> std::ops::Deref for KvMut<'c> {
    type Target = Kv<'c>;

    fn deref(&self) -> &Kv<'c> {
        &self.0
    }
}

impl<'c> KvMut<'c> {
    pub(crate) fn new(read: Kv<'c>) -> Self {
        Self(read)
    }

    /// Stores a value; any earlier expiry is gone.
    pub fn put(&mut self, key: &KvKey, value: &KvText, ttl: KvTtl) -> Result<(), KvError> {
        self.put_until(key, value, ttl.expires_at(self.now))
    }

    /// Stores a value that expires at a time, or never.
    pub(super) fn put_until(
        &mut self,
        key: &KvKey,
        value: &KvText,
        expires_at: Option<Millis>,
    ) -> Result<(), KvError> {
        let space = self.space()?;
        self.make_room(space, &[key])?;
        self.store(space, key, value, expires_at)
    }

    /// Returns the live row of a key: its text and when it expires.
    pub(super) fn live_row(&self, key: &KvKey) -> Result<Option<(String, Option<Millis>)>, KvError> {
        self.row(self.space()?, key)
    }

    /// Forgets a key; whether it was there makes no difference.
    pub fn del(&mut self, key: &KvKey) -> Result<(), KvError> {
        self.conn
            .prepare_cached(
                "DELETE FROM kv WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1) AND key = ?2",
            )
            .and_then(|mut delete| delete.execute(params![self.installation, key.as_str()]))
            .map(drop)
            .map_err(KvError::on("kv.del"))
    }

    /// Stores all entries or none, at most [`KV_MPUT_ENTRIES`]; any earlier expiry of theirs is gone.
    pub fn mput(&mut self, entries: &[(KvKey, KvText)]) -> Result<(), KvError> {
        check_mput(entries.len())?;
        let space = self.space()?;
        let keys: Vec<&KvKey> = entries.iter().map(|(key, _)| key).collect();
        self.make_room(space, &keys)?;
        for (key, value) in entries {
            self.store(space, key, value, None)?;
        }
        Ok(())
    }

    /// Adds to the number at `path` in the value and returns the sum; an expiry stays.
    ///
    /// With an empty path the value itself is the number. A dotted path leads through objects, and what is missing
    /// on the way is made. What is no number counts as 0. A sum no 64-bit integer can hold, a path through
    /// something that is no object, and a result too large to store are refused.
    pub fn increment(&mut self, key: &KvKey, path: &str, amount: KvAmount) -> Result<Value, KvError> {
        let path = Path::parse(path)?;
        let space = self.space()?;
        let (value, expires_at) = match self.row(space, key)? {
            Some((text, expires_at)) => (Some(parse(&text)?), expires_at),
            None => (None, None),
        };
        let (value, sum) = increment::apply(value, &path, amount)?;
        let text = KvText::new(&value)?;
        self.make_room(space, &[key])?;
        self.store(space, key, &text, expires_at)?;
        Ok(sum)
    }

    /// Takes from the number and returns the difference, as [`increment`](Self::increment) with an empty path.
    pub fn decr(&mut self, key: &KvKey, amount: KvAmount) -> Result<Value, KvError> {
        self.increment(key, "", amount.negated())
    }

    /// Forgets everything, at once for whoever looks and bit by bit on the disk.
    pub(crate) fn clear(&mut self) -> Result<(), StorageError> {
        self.conn
            .prepare_cached("UPDATE kv_spaces SET installation = NULL WHERE installation = ?1")
            .and_then(|mut update| update.execute([&self.installation]))
            .map(drop)
            .map_err(StorageError::on("kv.clear"))
    }

    /// Returns the id of this installation's space, which the first write makes.
    fn space(&self) -> Result<i64, KvError> {
        let find = "SELECT id FROM kv_spaces WHERE installation = ?1";
        let make = "INSERT INTO kv_spaces (installation) VALUES (?1) RETURNING id";
        let run = || {
            let found = self
                .conn
                .prepare_cached(find)?
                .query_row([&self.installation], |row| row.get(0))
                .optional()?;
            match found {
                Some(id) => Ok(id),
                None => self
                    .conn
                    .prepare_cached(make)?
                    .query_row([&self.installation], |row| row.get(0)),
            }
        };
        run().map_err(KvError::on("kv.space"))
    }

    /// Returns the live row of a key: its text and when it expires.
    fn row(&self, space: i64, key: &KvKey) -> Result<Option<(String, Option<Millis>)>, KvError> {
        self.conn
            .prepare_cached(
                "SELECT value, expires_at FROM kv
                 WHERE space = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
            )
            .and_then(|mut query| {
                query
                    .query_row(params![space, key.as_str(), self.now], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()
            })
            .map_err(KvError::on("kv.get"))
    }

    /// Makes sure that storing `keys` (all different) leaves no more than [`KV_KEYS`] rows.
    fn make_room(&self, space: i64, keys: &[&KvKey]) -> Result<(), KvError> {
        let fits = || -> rusqlite::Result<bool> {
            let stored: i64 = self
                .conn
                .prepare_cached("SELECT keys FROM kv_spaces WHERE id = ?1")?
                .query_row([space], |row| row.get(0))?;
            let mut after = stored.unsigned_abs() + keys.len() as u64;
            if after <= KV_KEYS {
                return Ok(true);
            }
            let mut is_stored = self
                .conn
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM kv WHERE space = ?1 AND key = ?2)")?;
            for key in keys {
                after -= u64::from(
                    is_stored.query_row(params![space, key.as_str()], |row| row.get::<_, bool>(0))?,
                );
            }
            Ok(after <= KV_KEYS)
        };
        let check = || -> rusqlite::Result<bool> {
            if fits()? {
                return Ok(true);
            }
            // A space never stores more than its quota, so this is bounded too.
            let swept = sweep_space(self.conn, space, self.now, u32::MAX)?;
            Ok(swept > 0 && fits()?)
        };
        if check().map_err(KvError::on("kv.quota"))? {
            Ok(())
        } else {
            Err(KvError::TooManyKeys)
        }
    }

    fn store(
        &self,
        space: i64,
        key: &KvKey,
        value: &KvText,
        expires_at: Option<Millis>,
    ) -> Result<(), KvError> {
        self.conn
            .prepare_cached(
                "INSERT INTO kv (space, key, expires_at, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (space, key) DO UPDATE SET expires_at = excluded.expires_at, value = excluded.value",
            )
            .and_then(|mut insert| insert.execute(params![space, key.as_str(), expires_at, value.as_str()]))
            .map(drop)
            .map_err(KvError::on("kv.put"))
    }
}

/// Refuses more entries than one call may write.
pub(crate) fn check_mput(entries: usize) -> Result<(), KvError> {
    if entries > KV_MPUT_ENTRIES {
        return Err(KvError::invalid("entries", "an object of at most 25 entries"));
    }
    Ok(())
}
