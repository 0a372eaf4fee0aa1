//! How long logs and audit are kept: the owner's choice, within bounds.

use std::sync::{Mutex, PoisonError};

use crate::limits::{AUDIT_KEPT_DAYS, KEPT_DAYS_MAX, LOGS_KEPT_BYTES, LOGS_KEPT_BYTES_RANGE, LOGS_KEPT_DAYS};

/// The setting it is stored as.
pub(crate) const SETTING: &str = "retention";

/// How long logs and audit are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Days a log line is kept.
    pub log_days: u32,
    /// Bytes of log text kept of each installation.
    pub log_bytes: u64,
    /// Days the audit is kept.
    pub audit_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            log_days: LOGS_KEPT_DAYS,
            log_bytes: LOGS_KEPT_BYTES,
            audit_days: AUDIT_KEPT_DAYS,
        }
    }
}

impl Retention {
    /// Returns the nearest that is allowed.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            log_days: self.log_days.clamp(1, KEPT_DAYS_MAX),
            log_bytes: self
                .log_bytes
                .clamp(*LOGS_KEPT_BYTES_RANGE.start(), *LOGS_KEPT_BYTES_RANGE.end()),
            audit_days: self.audit_days.clamp(1, KEPT_DAYS_MAX),
        }
    }
}

/// What is in force, shared by the threads that forget.
#[derive(Debug, Default)]
pub(crate) struct InForce(Mutex<Retention>);

impl InForce {
    pub(crate) fn new(retention: Retention) -> Self {
        Self(Mutex::new(retention.clamped()))
    }

    pub(crate) fn get(&self) -> Retention {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, retention: Retention) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = retention.clamped();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_brought_into_bounds_and_the_defaults_are_within() {
        let none = Retention {
            log_days: 0,
            log_bytes: 0,
            audit_days: u32::MAX,
        };
        assert_eq!(
            none.clamped(),
            Retention {
                log_days: 1,
                log_bytes: 1 << 20,
                audit_days: KEPT_DAYS_MAX
            }
        );
        assert_eq!(Retention::default().clamped(), Retention::default());
    }
}
