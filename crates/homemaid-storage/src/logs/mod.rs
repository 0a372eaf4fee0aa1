//! What plugins log, in a file of its own.
//!
//! Lines are many and of little worth each, so they are written in batches and without waiting for the disk: they
//! survive `kill -9`, while a power cut may lose the last moments. Kept for 14 days and 50 MB per installation.

mod query;
mod record;
mod sweep;
#[cfg(test)]
mod tests;
mod thread;

pub use query::{LogFilter, LogLine};
pub use record::{LogLevel, LogRecord, LogSource};
pub(crate) use thread::Logs;

use crate::migration::Migration;
use crate::schema::migration;

/// `bytes` is what a line costs its installation; `log_sizes` is the sum, kept by triggers.
pub(crate) const CREATE: Migration = migration(
    "logs",
    "CREATE TABLE logs (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        at           INTEGER NOT NULL,
        installation TEXT NOT NULL,
        level        INTEGER NOT NULL,
        source       TEXT NOT NULL,
        bytes        INTEGER NOT NULL,
        message      TEXT NOT NULL,
        tags         TEXT NOT NULL,
        extra        TEXT NOT NULL
    ) STRICT;
    CREATE INDEX logs_by_installation ON logs (installation, id, level);
    CREATE TABLE log_sizes (
        installation TEXT NOT NULL PRIMARY KEY,
        bytes        INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER logs_added AFTER INSERT ON logs BEGIN
        INSERT INTO log_sizes (installation, bytes) VALUES (new.installation, new.bytes)
        ON CONFLICT (installation) DO UPDATE SET bytes = bytes + excluded.bytes;
    END;
    CREATE TRIGGER logs_removed AFTER DELETE ON logs BEGIN
        UPDATE log_sizes SET bytes = bytes - old.bytes WHERE installation = old.installation;
    END;",
);
