//! The audit: one row for every call a plugin made, kept apart from the plugin itself so that it outlives it.

use std::borrow::Cow;

use homemaid_protocol::InstallationId;
use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, params};

use super::{parse, time};
use crate::limits::{AUDIT_KEPT_DAYS, AUDIT_KEPT_ROWS, AUDIT_TEXT_CHARS, ROWS_PER_QUERY, SWEEP_ROWS};
use crate::migration::Migration;
use crate::schema::migration;
use crate::time::{DAY, Millis};
use crate::{ReadTx, StorageError};

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

/// Whether a call was let through to the service that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It was; `outcome` tells how it went.
    Allowed,
    /// It was not, and has had no effect.
    Refused,
}

/// One call as it is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditRecord {
    /// When it came.
    pub at: Timestamp,
    /// Who called.
    pub installation: InstallationId,
    /// What was called; the plugin's own text, cut at [`AUDIT_TEXT_CHARS`].
    pub method: String,
    /// Whether it was let through.
    pub decision: Decision,
    /// `ok`, or the error's code.
    pub outcome: Cow<'static, str>,
    /// From arrival to answer, in microseconds.
    pub duration_us: u64,
    /// The event whose handler called, when the plugin said so; its own text, cut at [`AUDIT_TEXT_CHARS`].
    pub event_id: Option<String>,
}

impl AuditRecord {
    /// Cuts what the plugin wrote.
    pub(crate) fn clipped(mut self) -> Self {
        clip(&mut self.method, AUDIT_TEXT_CHARS);
        if let Some(event_id) = &mut self.event_id {
            clip(event_id, AUDIT_TEXT_CHARS);
        }
        self
    }
}

/// Cuts a text to so many characters.
pub(crate) fn clip(text: &mut String, chars: usize) {
    if let Some((at, _)) = text.char_indices().nth(chars) {
        text.truncate(at);
        text.shrink_to_fit();
    }
}

/// One call as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditLine {
    /// Counts up in the order of the calls; a gap is a record that was dropped.
    pub id: i64,
    /// The call.
    #[serde(flatten)]
    pub record: AuditRecord,
}

impl AuditLine {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            record: AuditRecord {
                at: time(row, "at")?,
                installation: parse(row, "installation")?,
                method: row.get("method")?,
                decision: if row.get("allowed")? {
                    Decision::Allowed
                } else {
                    Decision::Refused
                },
                outcome: Cow::Owned(row.get("outcome")?),
                duration_us: row.get::<_, i64>("duration_us")?.unsigned_abs(),
                event_id: row.get("event_id")?,
            },
        })
    }
}

/// Which audit lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// With this decision, or with any.
    pub decision: Option<Decision>,
    /// The oldest ones after this id; without it the newest ones.
    pub after: Option<i64>,
    /// How many: 1 to [`ROWS_PER_QUERY`], which is also what 0 means.
    pub limit: u32,
}

/// Reads the audit.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'c>(pub(crate) ReadTx<'c>);

impl Audit<'_> {
    /// Returns what the filter asks for, the oldest first.
    pub fn list(&self, filter: &AuditFilter) -> Result<Vec<AuditLine>, StorageError> {
        let installation = filter.installation.as_ref().map(InstallationId::to_string);
        let allowed = filter.decision.map(|decision| decision == Decision::Allowed);
        let mut sql = "SELECT * FROM audit WHERE id > ?1".to_owned();
        let after = filter.after.unwrap_or(0);
        let limit = row_limit(filter.limit);
        let mut params: Vec<&dyn ToSql> = vec![&after, &limit];
        if let Some(installation) = &installation {
            sql.push_str(" AND installation = ?3");
            params.push(installation);
        }
        if let Some(allowed) = &allowed {
            sql.push_str(if installation.is_some() {
                " AND allowed = ?4"
            } else {
                " AND allowed = ?3"
            });
            params.push(allowed);
        }
        sql.push_str(if filter.after.is_some() {
            " ORDER BY id LIMIT ?2"
        } else {
            " ORDER BY id DESC LIMIT ?2"
        });
        let mut lines: Vec<AuditLine> = self
            .0
            .conn
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_map(params.as_slice(), AuditLine::from_row)?.collect())
            .map_err(StorageError::on("audit.list"))?;
        if filter.after.is_none() {
            lines.reverse();
        }
        Ok(lines)
    }
}

/// Returns how many rows a caller gets that asked for `limit`.
pub(crate) fn row_limit(limit: u32) -> u32 {
    if limit == 0 {
        ROWS_PER_QUERY
    } else {
        limit.min(ROWS_PER_QUERY)
    }
}

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

/// Appends lines in their order.
pub(crate) fn append(conn: &Connection, lines: &[AuditLine]) -> rusqlite::Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO audit (id, at, installation, method, allowed, outcome, duration_us, event_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for AuditLine { id, record } in lines {
        insert.execute(params![
            id,
            record.at.as_millisecond(),
            record.installation.to_string(),
            record.method,
            record.decision == Decision::Allowed,
            record.outcome,
            i64::try_from(record.duration_us).unwrap_or(i64::MAX),
            record.event_id,
        ])?;
    }
    Ok(())
}

/// Forgets at most [`SWEEP_ROWS`] rows that are too old or too many; returns how many.
pub(crate) fn sweep(conn: &Connection, now: Millis) -> rusqlite::Result<usize> {
    // Ids are in the order of time, so both bounds cut at the old end, and only its next rows need to be looked at.
    conn.prepare_cached(
        "DELETE FROM audit WHERE id IN (
            SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?3)
            WHERE at < ?2 OR id <= (SELECT max(id) FROM audit) - ?1)",
    )?
    .execute(params![AUDIT_KEPT_ROWS, now - AUDIT_KEPT_DAYS * DAY, SWEEP_ROWS])
}
