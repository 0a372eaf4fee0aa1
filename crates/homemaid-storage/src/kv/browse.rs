//! The owner's look into key-value data, and changes that happen only if nobody else made one meanwhile.

use homemaid_protocol::limits::KV_KEYS;
use rusqlite::params;
use sha2::{Digest as _, Sha256};

use super::KvMut;
use super::key::KeyRange;
use super::read::Kv;
use crate::limits::{BROWSE_PAGE_BYTES, BROWSE_ROWS, BROWSE_SCAN_BYTES};
use crate::time::Millis;
use crate::{KvError, KvKey, KvText, KvTtl};

/// Which rows the owner wants to see.
#[derive(Debug, Clone, Default)]
pub struct KvQuery {
    /// Keys that begin like this.
    pub prefix: String,
    /// Rows whose key or value holds this text; capitals do not matter. Empty: all.
    pub search: String,
    /// Keys after this one.
    pub after: String,
    /// How many at most; brought into 1 to [`BROWSE_ROWS`].
    pub limit: u32,
}

/// A row as the owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvEntry {
    /// The key.
    pub key: String,
    /// The value as compact JSON.
    pub value: String,
    /// When it expires, in milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// Changes with every change of value or expiry.
    pub tag: String,
}

/// Some rows, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvPage {
    /// The rows, ascending by key.
    pub entries: Vec<KvEntry>,
    /// What to pass as `after` for the rest; `None` when that was all. A page may be empty and have a rest: a search
    /// looks through so much at a time.
    pub next: Option<String>,
    /// Live keys of the installation, of [`KV_KEYS`].
    pub keys: u64,
}

impl Kv<'_> {
    /// Returns a page of live rows.
    pub fn browse(&self, query: &KvQuery) -> Result<KvPage, KvError> {
        let limit = usize::try_from(query.limit.clamp(1, BROWSE_ROWS)).unwrap_or(1);
        let range = KeyRange::new(&query.prefix, &query.after)?;
        let needle = query.search.to_lowercase();
        let operator = if range.start() == query.after && !query.after.is_empty() {
            ">"
        } else {
            ">="
        };
        let sql = format!(
            "SELECT key, value, expires_at FROM kv
             WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1)
               AND (expires_at IS NULL OR expires_at > ?2) AND key {operator} ?3 AND (?4 IS NULL OR key < ?4)
             ORDER BY key"
        );
        let run = || -> rusqlite::Result<KvPage> {
            let mut query = self.conn.prepare_cached(&sql)?;
            let mut rows = query.query(params![self.installation, self.now, range.start(), range.to])?;
            let mut page = KvPage {
                entries: Vec::new(),
                next: None,
                keys: 0,
            };
            let (mut shown, mut scanned, mut last) = (0, 0, None);
            while let Some(row) = rows.next()? {
                if page.entries.len() >= limit || shown >= BROWSE_PAGE_BYTES || scanned >= BROWSE_SCAN_BYTES {
                    page.next = last;
                    break;
                }
                let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
                let expires_at = row.get(2)?;
                scanned += key.len() + value.len();
                last = Some(key.clone());
                if needle.is_empty()
                    || key.to_lowercase().contains(&needle)
                    || value.to_lowercase().contains(&needle)
                {
                    shown += key.len() + value.len();
                    page.entries.push(KvEntry {
                        tag: tag(&value, expires_at),
                        key,
                        value,
                        expires_at,
                    });
                }
            }
            Ok(page)
        };
        let mut page = run().map_err(KvError::on("kv.browse"))?;
        page.keys = self.count("")?.min(KV_KEYS);
        Ok(page)
    }
}

impl KvMut<'_> {
    /// Stores a value if the row still has this tag, or, without one, if there is no such row. Quotas hold. Returns the
    /// new tag.
    pub fn put_if(
        &mut self,
        key: &KvKey,
        value: &KvText,
        expires: Expiry,
        expected: Option<&str>,
    ) -> Result<String, KvError> {
        let found = self.unchanged(key, expected)?;
        let expires_at = match expires {
            Expiry::Keep => found,
            Expiry::Set(ttl) => ttl.expires_at(self.now),
        };
        self.put_until(key, value, expires_at)?;
        Ok(tag(value.as_str(), expires_at))
    }

    /// Deletes a row if it still has this tag.
    pub fn del_if(&mut self, key: &KvKey, expected: &str) -> Result<(), KvError> {
        self.unchanged(key, Some(expected))?;
        self.del(key)
    }

    /// Returns the expiry of a row that is as expected.
    fn unchanged(&self, key: &KvKey, expected: Option<&str>) -> Result<Option<Millis>, KvError> {
        let row = self.live_row(key)?;
        let found = row.as_ref().map(|(value, expires_at)| tag(value, *expires_at));
        if found.as_deref() != expected {
            return Err(KvError::Changed);
        }
        Ok(row.and_then(|(_, expires_at)| expires_at))
    }
}

/// What becomes of a row's expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It stays as it is.
    Keep,
    /// It is this, counted from now.
    Set(KvTtl),
}

fn tag(value: &str, expires_at: Option<Millis>) -> String {
    let hash = Sha256::new()
        .chain_update(expires_at.unwrap_or(Millis::MIN).to_be_bytes())
        .chain_update(value)
        .finalize();
    crate::hex::of(&hash[..12])
}
