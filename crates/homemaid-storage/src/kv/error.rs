//! Why a key-value call was refused, and what the plugin is told.

use homemaid_protocol::RpcError;
use homemaid_protocol::limits::{KV_KEYS, KV_VALUE_BYTES};

use crate::StorageError;

/// Why a key-value call was refused. A refused call has changed nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KvError {
    /// An argument breaks a rule of the contract.
    #[error("{field} must be {rule}")]
    Invalid {
        /// The argument.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The write would make one key more than [`KV_KEYS`].
    #[error("there are {KV_KEYS} keys already")]
    TooManyKeys,
    /// A value is larger than [`KV_VALUE_BYTES`].
    #[error("the value is {bytes} bytes, more than {KV_VALUE_BYTES}")]
    ValueTooLarge {
        /// Its size as compact JSON.
        bytes: usize,
    },
    /// Somebody changed the row since it was looked at; only the owner's edits are told so.
    #[error("it was changed meanwhile: look at it again")]
    Changed,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl KvError {
    pub(crate) fn invalid(field: &'static str, rule: &'static str) -> Self {
        Self::Invalid { field, rule }
    }

    /// Returns a function for `map_err` that names the operation.
    pub(crate) fn on(operation: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Storage(StorageError::on(operation)(source))
    }
}

impl From<&KvError> for RpcError {
    fn from(error: &KvError) -> Self {
        match error {
            KvError::Invalid { field, rule } => Self::validation(field, rule),
            KvError::TooManyKeys => Self::kv_keys(KV_KEYS),
            KvError::ValueTooLarge { bytes } => Self::kv_value(*bytes, KV_VALUE_BYTES),
            KvError::Changed | KvError::Storage(_) => Self::internal(),
        }
    }
}

impl From<KvError> for RpcError {
    fn from(error: KvError) -> Self {
        Self::from(&error)
    }
}
