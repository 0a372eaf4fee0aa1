//! What cannot be written right now beside the platform's own writes, for the owner: a full disk, a file system that
//! became read-only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::ErrorCode;

/// What is written by itself, and so can fail by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoragePart {
    /// The audit.
    Audit,
    /// The log.
    Logs,
    /// The metrics.
    Metrics,
}

impl StoragePart {
    /// Returns the name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }
}

/// A part whose last write failed. It is tried again by itself, and the trouble is over when that succeeds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StorageTrouble {
    /// Which part.
    pub part: StoragePart,
    /// Since when.
    pub since: Timestamp,
    /// What is wrong, for the owner.
    pub reason: String,
    /// What to do about it.
    pub fix: String,
}

impl StorageTrouble {
    /// Returns one sentence for the owner.
    pub fn sentence(&self) -> String {
        let Self {
            part, reason, fix, ..
        } = self;
        format!("The {} cannot be written because {reason}: {fix}.", part.name())
    }
}

/// The troubles there are.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<StoragePart, StorageTrouble>>);

impl Troubles {
    /// A write went well; returns whether it had not before.
    pub(crate) fn good(&self, part: StoragePart) -> bool {
        let was_bad = self.troubles().remove(&part).is_some();
        if was_bad {
            tracing::info!(part = part.name(), "can be written again");
        }
        was_bad
    }

    /// A write failed. Logged once for each stretch of trouble.
    pub(crate) fn bad(&self, part: StoragePart, error: &rusqlite::Error, now: Timestamp) {
        let mut troubles = self.troubles();
        if !troubles.contains_key(&part) {
            tracing::error!(part = part.name(), %error, "cannot be written; it is tried again");
        }
        let (reason, fix) = plain(error);
        let since = troubles.get(&part).map_or(now, |trouble| trouble.since);
        troubles.insert(
            part,
            StorageTrouble {
                part,
                since,
                reason,
                fix: fix.to_owned(),
            },
        );
    }

    /// Returns what cannot be written.
    pub(crate) fn list(&self) -> Vec<StorageTrouble> {
        self.troubles().values().cloned().collect()
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<StoragePart, StorageTrouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what a failure means and what to do about it.
fn plain(error: &rusqlite::Error) -> (String, &'static str) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            "the disk is full".to_owned(),
            "make room on the disk that holds the data directory",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => (
            "the data directory is read-only".to_owned(),
            "check who owns the data directory and whether its disk was mounted read-only after an error",
        ),
        Some(ErrorCode::SystemIoFailure) => (
            "the disk failed".to_owned(),
            "look for disk errors in the system's log, and make a backup",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            "another program holds the database".to_owned(),
            "close the program that has the database file open",
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            "the database file is damaged".to_owned(),
            "stop Homemaid and restore the newest backup",
        ),
        _ => (format!("of an error ({error})"), "look into Homemaid's own log"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    }

    #[test]
    fn trouble_begins_once_and_ends_with_a_good_write() {
        let all = Troubles::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        all.bad(StoragePart::Logs, &failure(rusqlite::ffi::SQLITE_FULL), at(1));
        all.bad(StoragePart::Logs, &failure(rusqlite::ffi::SQLITE_READONLY), at(2));
        all.bad(StoragePart::Metrics, &failure(rusqlite::ffi::SQLITE_IOERR), at(3));
        let troubles = all.list();
        assert_eq!(troubles.len(), 2);
        assert_eq!(troubles[0].since, at(1), "since it began");
        assert_eq!(
            troubles[0].reason, "the data directory is read-only",
            "as it is now"
        );
        assert!(all.good(StoragePart::Logs));
        assert!(!all.good(StoragePart::Logs));
        assert_eq!(all.list().len(), 1);
    }
}
