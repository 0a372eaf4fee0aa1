//! Reading key-value data. What has expired at the transaction's time is not there.

use std::ops::Bound;

use homemaid_protocol::InstallationId;
use homemaid_protocol::limits::{KV_LIST_KEYS, KV_LIST_VALUES, KV_MGET_KEYS};
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde_json::{Map, Value};

use super::key::KeyRange;
use crate::time::Millis;
use crate::{KvError, KvKey, StorageError};

/// What is live at `?2` in the space of the installation `?1`.
const LIVE: &str = "FROM kv WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1)
    AND (expires_at IS NULL OR expires_at > ?2)";

/// Reads the key-value data of one installation.
#[derive(Debug, Clone)]
pub struct Kv<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) now: Millis,
    pub(crate) installation: String,
}

impl<'c> Kv<'c> {
    pub(crate) fn new(conn: &'c Connection, now: Millis, installation: &InstallationId) -> Self {
        Self {
            conn,
            now,
            installation: crate::scope::name(installation),
        }
    }

    /// Returns the value, or `None` when there is none. A stored `null` is `Some(Value::Null)`.
    pub fn get(&self, key: &KvKey) -> Result<Option<Value>, KvError> {
        self.text(key)?.map(|text| parse(&text)).transpose()
    }

    fn text(&self, key: &KvKey) -> Result<Option<String>, KvError> {
        const SQL: &str = "SELECT value FROM kv
            WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1) AND key = ?3
              AND (expires_at IS NULL OR expires_at > ?2)";
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut query| {
                query
                    .query_row(params![self.installation, self.now, key.as_str()], |row| {
                        row.get(0)
                    })
                    .optional()
            })
            .map_err(KvError::on("kv.get"))
    }

    /// Returns the values of those keys that have one, in the order asked for; at most [`KV_MGET_KEYS`] keys.
    pub fn mget(&self, keys: &[KvKey]) -> Result<Map<String, Value>, KvError> {
        check_mget(keys.len())?;
        let mut values = Map::new();
        for key in keys {
            if let Some(value) = self.get(key)? {
                values.insert(key.as_str().to_owned(), value);
            }
        }
        Ok(values)
    }

    /// Returns the keys with this prefix after the cursor, ascending by code point; `limit` is brought into
    /// 1 to [`KV_LIST_KEYS`], and an empty cursor is none.
    pub fn list(&self, prefix: &str, limit: i64, start_after: &str) -> Result<Vec<String>, KvError> {
        let limit = limit.clamp(1, KV_LIST_KEYS.into());
        let range = KeyRange::new(prefix, start_after)?;
        self.rows(
            &select("key", &range, "ORDER BY key LIMIT ?5"),
            params![self.installation, self.now, range.start(), range.to, limit],
            |row| row.get(0),
        )
    }

    /// Returns keys and values with this prefix, ascending by code point; `limit` is brought into 1 to
    /// [`KV_LIST_VALUES`].
    pub fn list_values(&self, prefix: &str, limit: i64) -> Result<Map<String, Value>, KvError> {
        let limit = limit.clamp(1, KV_LIST_VALUES.into());
        let range = KeyRange::new(prefix, "")?;
        let rows: Vec<(String, String)> = self.rows(
            &select("key, value", &range, "ORDER BY key LIMIT ?5"),
            params![self.installation, self.now, range.start(), range.to, limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        rows.into_iter()
            .map(|(key, text)| Ok((key, parse(&text)?)))
            .collect()
    }

    /// Returns how many keys have this prefix.
    pub fn count(&self, prefix: &str) -> Result<u64, KvError> {
        let range = KeyRange::new(prefix, "")?;
        let rows: Vec<i64> = self.rows(
            &select("count(*)", &range, ""),
            params![self.installation, self.now, range.start(), range.to],
            |row| row.get(0),
        )?;
        Ok(rows.first().copied().unwrap_or(0).unsigned_abs())
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, KvError> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(params, read)?.collect())
            .map_err(KvError::on("kv.list"))
    }
}

/// Returns a question about a range of live keys: a search in the index, never a match of patterns.
fn select(columns: &str, range: &KeyRange, end: &str) -> String {
    let operator = match range.from {
        Bound::Excluded(_) => ">",
        Bound::Included(_) | Bound::Unbounded => ">=",
    };
    // Without an upper end its parameter is bound all the same, so that all questions take the same ones.
    let upper = if range.to.is_some() {
        "key < ?4"
    } else {
        "?4 IS NULL"
    };
    format!("SELECT {columns} {LIVE} AND key {operator} ?3 AND {upper} {end}")
}

/// Refuses more keys than one call may read.
pub(crate) fn check_mget(keys: usize) -> Result<(), KvError> {
    if keys > KV_MGET_KEYS {
        return Err(KvError::invalid("keys", "a list of at most 50 keys"));
    }
    Ok(())
}

pub(crate) fn parse(text: &str) -> Result<Value, KvError> {
    text.parse()
        .map_err(|error: serde_json::Error| StorageError::damaged("value")(error).into())
}
