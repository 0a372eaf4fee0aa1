//! The owner's data browser: an installation's key-value data, page by page, and changes to it.
//!
//! A change names the tag of the row as the owner saw it. When the plugin changed the row meanwhile nothing happens,
//! so that neither overwrites the other's work without knowing. Quotas hold as they do for the plugin.

use homemaid_protocol::InstallationId;
use homemaid_protocol::limits::KV_KEYS;
use homemaid_storage::{AuditRecord, Expiry, KvEntry, KvKey, KvPage, KvQuery, KvText, KvTtl};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::core::Core;
use crate::error::CoreError;

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KvEntryView {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Its size as it is stored, in bytes.
    pub bytes: usize,
    /// When it expires.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// To be named by whoever changes the row.
    pub tag: String,
}

impl From<KvEntry> for KvEntryView {
    fn from(entry: KvEntry) -> Self {
        Self {
            bytes: entry.value.len(),
            // What does not parse is shown as the text it is.
            value: entry.value.parse().unwrap_or(Value::String(entry.value)),
            key: entry.key,
            expires_at: entry
                .expires_at
                .and_then(|at| Timestamp::from_millisecond(at).ok()),
            tag: entry.tag,
        }
    }
}

/// Some rows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KvPageView {
    /// The rows, ascending by key.
    pub entries: Vec<KvEntryView>,
    /// To be passed as `after` for what follows; `null` when that was all. A search that has found nothing yet may
    /// still have one.
    pub next: Option<String>,
    /// Keys the installation has.
    pub keys: u64,
    /// Keys it may have.
    pub quota: u64,
}

impl From<KvPage> for KvPageView {
    fn from(page: KvPage) -> Self {
        Self {
            entries: page.entries.into_iter().map(Into::into).collect(),
            next: page.next,
            keys: page.keys,
            quota: KV_KEYS,
        }
    }
}

/// A change of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct KvEdit {
    /// The new value.
    pub value: Value,
    /// Seconds it lives from now; 0 for ever; `None` leaves its expiry as it is.
    pub ttl_seconds: Option<i64>,
    /// The tag of the row as it was seen; `None` to make a new one.
    pub tag: Option<String>,
}

impl Core {
    /// Returns a page of an installation's key-value data.
    pub async fn kv_page(&self, id: &InstallationId, query: KvQuery) -> Result<KvPageView, CoreError> {
        self.installed(id)?;
        let row = id.clone();
        let page = self
            .0
            .services
            .storage
            .try_read(move |tx| tx.kv(&row).browse(&query))
            .await?;
        Ok(page.into())
    }

    /// Changes or makes a row; returns its new tag.
    pub async fn kv_edit(&self, id: &InstallationId, key: &str, edit: KvEdit) -> Result<String, CoreError> {
        self.installed(id)?;
        let (key, value) = (KvKey::parse(key)?, KvText::new(&edit.value)?);
        let expires = match edit.ttl_seconds {
            None => Expiry::Keep,
            Some(seconds) => Expiry::Set(KvTtl::seconds(seconds)?),
        };
        let row = id.clone();
        let changed = self
            .0
            .services
            .storage
            .try_write(move |tx| tx.kv(&row).put_if(&key, &value, expires, edit.tag.as_deref()))
            .await;
        self.owner_did(id, "owner.kv.put", &changed);
        Ok(changed?)
    }

    /// Deletes a row that is as it was seen.
    pub async fn kv_delete(&self, id: &InstallationId, key: &str, tag: &str) -> Result<(), CoreError> {
        self.installed(id)?;
        let (key, row, tag) = (KvKey::parse(key)?, id.clone(), tag.to_owned());
        let deleted = self
            .0
            .services
            .storage
            .try_write(move |tx| tx.kv(&row).del_if(&key, &tag))
            .await;
        self.owner_did(id, "owner.kv.del", &deleted);
        Ok(deleted?)
    }

    /// Refuses what is not installed.
    pub(crate) fn installed(&self, id: &InstallationId) -> Result<(), CoreError> {
        self.0
            .directory
            .get(id)
            .map(drop)
            .ok_or_else(|| CoreError::NoSuchInstallation(id.clone()))
    }

    /// Writes an act of the owner into the audit, and whether it succeeded.
    pub(crate) fn owner_did<T, E>(&self, id: &InstallationId, act: &'static str, outcome: &Result<T, E>) {
        let services = &self.0.services;
        let mut record = AuditRecord::owner(services.clock.now(), Some(id.clone()), act, None);
        if outcome.is_err() {
            record.outcome = "failed".into();
        }
        services.audit(record, None);
    }
}
