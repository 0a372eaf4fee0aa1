//! Why a secret could not be kept or given. None of the texts holds a value.

use homemaid_protocol::RpcError;
use homemaid_protocol::limits::SECRETS_PER_OWNER;

use super::KeyId;
use super::key_file::KeyFileError;
use crate::StorageError;

/// Why a secret could not be kept or given. A refused change has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// An argument breaks a rule of the contract.
    #[error("{field} must be {rule}")]
    Invalid {
        /// The argument.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// There would be more than [`SECRETS_PER_OWNER`].
    #[error("there are {SECRETS_PER_OWNER} secrets already")]
    TooMany,
    /// It was sealed with a key that is not here.
    #[error(
        "it was sealed with the key {key}, which is not here: put that key file back, or set the secret again"
    )]
    Locked {
        /// The key's name.
        key: KeyId,
    },
    /// The sealed bytes are not what was stored there.
    #[error("its stored bytes were changed or moved: set the secret again")]
    Tampered,
    /// The key is kept by somebody else.
    #[error(
        "the secret key comes from a credential, which Homemaid cannot change: put a new key (`homemaid secrets new-key`) \
         above the old one in the credential, start again, and then remove the old one"
    )]
    ForeignKey,
    /// The key file cannot be replaced.
    #[error("the key file could not be replaced; the key is as it was")]
    KeyFile(#[from] KeyFileError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<&SecretError> for RpcError {
    fn from(error: &SecretError) -> Self {
        match error {
            SecretError::Invalid { field, rule } => Self::validation(field, rule),
            SecretError::TooMany => Self::quota_exceeded("100 secrets per server and plugin", 60),
            SecretError::Locked { .. }
            | SecretError::Tampered
            | SecretError::ForeignKey
            | SecretError::KeyFile(_)
            | SecretError::Storage(_) => Self::internal(),
        }
    }
}
