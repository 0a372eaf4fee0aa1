//! The audit: what plugins and the owner did, and what caused it, kept apart from the plugins so that it outlives them.
//!
//! A record is a call of a plugin, the event that caused calls, an act of the owner, or something the host did to the
//! audit itself. It names what it touched in Discord, so that from a message one finds the call that made it, and from
//! the call the event.
//!
//! ```text
//! day 20 000:  start ── record ── record ── ... ── end      every record's hash covers the record and the hash before it
//!                └─ covers the day before's end  └─ stored with the day: a cut is seen; logged when the day is over
//! ```
//!
//! The chain ([`chain`]) finds what was edited, deleted, added, put in another order or cut off by anybody who does not
//! compute the whole rest of it anew; against those, too, stand the ends of days in the host's own log. Whole stretches
//! are forgotten at the old end, and the end of what is forgotten stays, so that the rest can still be verified.
//!
//! What a record says about people (what was touched, an owner's details) is hashed through a salted digest: it can be
//! blanked ([`AuditMut::redact`]), and then the digest stays in its place. The salt goes with it, so nobody can try ids.

mod append;
mod chain;
mod query;
mod record;
mod redact;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;

use rusqlite::Connection;

pub(crate) use append::append;
pub use query::{AuditCause, AuditFilter};
pub use record::{AuditKind, AuditLine, AuditRecord, Decision, Touched};
pub(crate) use sweep::{Keep, sweep};
pub use verify::{AuditBreak, AuditDay, AuditVerdict};

use crate::ReadTx;
use crate::migration::Migration;
use crate::schema::migration;
use crate::table::write_handle;

pub(crate) const CREATE: Migration = migration(
    "audit",
    "CREATE TABLE audit (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        at           INTEGER NOT NULL,
        installation TEXT NOT NULL,
        method       TEXT NOT NULL,
        allowed      INTEGER NOT NULL CHECK (allowed IN (0, 1)),
        outcome      TEXT NOT NULL,
        duration_us  INTEGER NOT NULL,
        event_id     TEXT
    ) STRICT;
    CREATE INDEX audit_by_installation ON audit (installation, id);",
);

/// `seal` is the salt of the personal part, and its digest once that part was blanked. `hash` is empty in records older
/// than the chain. `audit_targets` is an index over `touched`; a day that grows large has several `audit_days`.
pub(crate) const CHAIN: Migration = migration(
    "audit chain",
    "ALTER TABLE audit ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE audit ADD COLUMN touched TEXT;
    ALTER TABLE audit ADD COLUMN detail TEXT;
    ALTER TABLE audit ADD COLUMN seal BLOB;
    ALTER TABLE audit ADD COLUMN hash BLOB;
    CREATE INDEX audit_by_event ON audit (event_id) WHERE event_id IS NOT NULL;
    CREATE TABLE audit_targets (
        kind   INTEGER NOT NULL,
        target INTEGER NOT NULL,
        record INTEGER NOT NULL,
        PRIMARY KEY (kind, target, record)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit_days (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        day      INTEGER NOT NULL,
        start    BLOB NOT NULL,
        head     BLOB NOT NULL,
        first_id INTEGER NOT NULL,
        last_id  INTEGER NOT NULL,
        records  INTEGER NOT NULL,
        dropped  INTEGER NOT NULL DEFAULT 0 CHECK (dropped IN (0, 1))
    ) STRICT;",
);

/// Reads the audit.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'c>(pub(crate) ReadTx<'c>);

write_handle!(
    /// Changes the audit: blanks what it says about people. Records themselves are appended by the writer alone.
    AuditMut over Audit
);

/// Returns the id after the last one ever given.
pub(crate) fn next_id(conn: &Connection) -> rusqlite::Result<i64> {
    // AUTOINCREMENT remembers the highest id even when its row is gone.
    let last: i64 = conn.query_row(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit'",
        [],
        |row| row.get(0),
    )?;
    Ok(last + 1)
}
