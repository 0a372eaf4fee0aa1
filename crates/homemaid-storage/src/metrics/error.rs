//! Why a metrics call was refused, and what the plugin is told.

use homemaid_protocol::RpcError;

use crate::StorageError;
use crate::limits::METRIC_SERIES;

/// How long a plugin waits before it may try for one more series; they go with their age.
const SERIES_RETRY_SECONDS: u64 = 60;

/// Why a metrics call was refused. A refused call has changed nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricError {
    /// An argument breaks a rule of the contract.
    #[error("{field} must be {rule}")]
    Invalid {
        /// The argument.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The value would begin one series more than [`METRIC_SERIES`].
    #[error("there are {METRIC_SERIES} series already")]
    TooManySeries,
    /// The database failed, or cannot take in what is recorded.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<&MetricError> for RpcError {
    fn from(error: &MetricError) -> Self {
        match error {
            MetricError::Invalid { field, rule } => Self::validation(field, rule),
            MetricError::TooManySeries => {
                Self::quota_exceeded(&format!("metrics {METRIC_SERIES} series"), SERIES_RETRY_SECONDS)
            }
            MetricError::Storage(_) => Self::internal(),
        }
    }
}

impl From<MetricError> for RpcError {
    fn from(error: MetricError) -> Self {
        Self::from(&error)
    }
}
