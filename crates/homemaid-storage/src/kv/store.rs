//! Key-value calls as the call router makes them: one method per method of the wire (wire §6.2).

use homemaid_protocol::InstallationId;
use serde_json::{Map, Value};

use crate::{KvAmount, KvError, KvKey, KvText, KvTtl, Storage};

/// The key-value data of one installation, for callers outside of a transaction.
///
/// `get` answers at once on the calling thread; everything else is asynchronous. A write that has returned is on the
/// disk, and seen by every read that starts afterwards.
#[derive(Debug, Clone)]
pub struct KvStore {
    storage: Storage,
    installation: InstallationId,
}

impl KvStore {
    pub(crate) fn new(storage: Storage, installation: InstallationId) -> Self {
        Self {
            storage,
            installation,
        }
    }

    /// `kv.get`: the value, or `None` when there is none; a stored `null` is `Some(Value::Null)`.
    pub fn get(&self, key: &str) -> Result<Option<Value>, KvError> {
        let key = KvKey::parse(key)?;
        self.storage
            .try_read_now(|tx| tx.kv(&self.installation).get(&key))
    }

    /// `kv.put`: stores a value; `ttl_seconds` of 0 is none and clears an earlier one.
    pub async fn put(&self, key: &str, value: &Value, ttl_seconds: i64) -> Result<(), KvError> {
        let (key, value, ttl) = (
            KvKey::parse(key)?,
            KvText::new(value)?,
            KvTtl::seconds(ttl_seconds)?,
        );
        let installation = self.installation.clone();
        self.storage
            .try_write(move |tx| tx.kv(&installation).put(&key, &value, ttl))
            .await
    }

    /// `kv.del`: forgets a key, present or not.
    pub async fn del(&self, key: &str) -> Result<(), KvError> {
        let key = KvKey::parse(key)?;
        let installation = self.installation.clone();
        self.storage
            .try_write(move |tx| tx.kv(&installation).del(&key))
            .await
    }

    /// `kv.list`: keys with a prefix after a cursor (empty: none), ascending; the limit is brought into range.
    pub async fn list(&self, prefix: &str, limit: i64, start_after: &str) -> Result<Vec<String>, KvError> {
        let (installation, prefix, start_after) = (
            self.installation.clone(),
            prefix.to_owned(),
            start_after.to_owned(),
        );
        self.storage
            .try_read(move |tx| tx.kv(&installation).list(&prefix, limit, &start_after))
            .await
    }

    /// `kv.list` with `count_only`: how many keys have the prefix.
    pub async fn count(&self, prefix: &str) -> Result<u64, KvError> {
        let (installation, prefix) = (self.installation.clone(), prefix.to_owned());
        self.storage
            .try_read(move |tx| tx.kv(&installation).count(&prefix))
            .await
    }

    /// `kv.list_values`: keys and values with a prefix, ascending; the limit is brought into range.
    pub async fn list_values(&self, prefix: &str, limit: i64) -> Result<Map<String, Value>, KvError> {
        let (installation, prefix) = (self.installation.clone(), prefix.to_owned());
        self.storage
            .try_read(move |tx| tx.kv(&installation).list_values(&prefix, limit))
            .await
    }

    /// `kv.mget`: the values of those keys that have one.
    pub async fn mget<S: AsRef<str>>(&self, keys: &[S]) -> Result<Map<String, Value>, KvError> {
        super::read::check_mget(keys.len())?;
        let keys = keys
            .iter()
            .map(|key| KvKey::parse_field("keys", key.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let installation = self.installation.clone();
        self.storage
            .try_read(move |tx| tx.kv(&installation).mget(&keys))
            .await
    }

    /// `kv.mput`: stores all entries or none and clears their expiries.
    pub async fn mput(&self, entries: &Map<String, Value>) -> Result<(), KvError> {
        super::write::check_mput(entries.len())?;
        let entries = entries
            .iter()
            .map(|(key, value)| Ok((KvKey::parse_field("entries", key)?, KvText::new(value)?)))
            .collect::<Result<Vec<_>, KvError>>()?;
        let installation = self.installation.clone();
        self.storage
            .try_write(move |tx| tx.kv(&installation).mput(&entries))
            .await
    }

    /// `kv.increment`: adds to the number at a dotted path (empty: the value itself); returns the sum.
    pub async fn increment(&self, key: &str, path: &str, amount: KvAmount) -> Result<Value, KvError> {
        let (key, path, installation) = (KvKey::parse(key)?, path.to_owned(), self.installation.clone());
        self.storage
            .try_write(move |tx| tx.kv(&installation).increment(&key, &path, amount))
            .await
    }

    /// `kv.decr`: takes from the number; returns the difference.
    pub async fn decr(&self, key: &str, amount: KvAmount) -> Result<Value, KvError> {
        let (key, installation) = (KvKey::parse(key)?, self.installation.clone());
        self.storage
            .try_write(move |tx| tx.kv(&installation).decr(&key, amount))
            .await
    }
}
