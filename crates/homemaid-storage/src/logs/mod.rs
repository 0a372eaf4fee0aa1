//! What plugins log, in a file of its own.
//!
//! Lines are many and of little worth each, so they are written in batches and without waiting for the disk: they
//! survive `kill -9`, while a power cut may lose the last moments. Kept for 14 days and 50 MB per installation unless the
//! owner chooses otherwise ([`Retention`](crate::Retention)).

mod query;
mod record;
mod search;
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

/// The full-text index over what is in `logs` already; triggers keep the two together. Its size comes on top of the
/// bytes that are counted.
pub(crate) const SEARCH: Migration = migration(
    "log search",
    "CREATE VIRTUAL TABLE logs_text USING fts5(
        message, tags, extra, content = 'logs', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
    INSERT INTO logs_text (logs_text) VALUES ('rebuild');
    CREATE TRIGGER logs_text_added AFTER INSERT ON logs BEGIN
        INSERT INTO logs_text (rowid, message, tags, extra) VALUES (new.id, new.message, new.tags, new.extra);
    END;
    CREATE TRIGGER logs_text_removed AFTER DELETE ON logs BEGIN
        INSERT INTO logs_text (logs_text, rowid, message, tags, extra)
        VALUES ('delete', old.id, old.message, old.tags, old.extra);
    END;
    CREATE TRIGGER logs_text_changed AFTER UPDATE OF message, tags, extra ON logs BEGIN
        INSERT INTO logs_text (logs_text, rowid, message, tags, extra)
        VALUES ('delete', old.id, old.message, old.tags, old.extra);
        INSERT INTO logs_text (rowid, message, tags, extra) VALUES (new.id, new.message, new.tags, new.extra);
    END;",
);
