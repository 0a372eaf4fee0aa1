//! Forgetting at the old end, in whole stretches of the chain.

use rusqlite::{Connection, OptionalExtension, params};

use super::chain::Day;
use super::record::{Touched, as_number};
use crate::limits::SWEEP_ROWS;
use crate::time::{DAY, Millis};

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    /// Days, today included.
    pub(crate) days: i64,
    /// Records, as far as whole stretches allow.
    pub(crate) rows: i64,
}

/// Forgets at most [`SWEEP_ROWS`] records that are too old or too many; returns how many, and so 0 when none is left.
pub(crate) fn sweep(conn: &Connection, now: Millis, keep: Keep) -> rusqlite::Result<usize> {
    let oldest_day = now.div_euclid(DAY) - keep.days;
    // From before the chain: one by one.
    let removed = remove(
        conn,
        "SELECT id FROM (SELECT id, at, hash FROM audit ORDER BY id LIMIT ?1) WHERE hash IS NULL AND at < ?2",
        params![SWEEP_ROWS, (oldest_day + 1) * DAY],
    )?;
    if removed > 0 {
        return Ok(removed);
    }
    let Some(stretch) = to_drop(conn, oldest_day, keep.rows)? else {
        return Ok(0);
    };
    // First of all it is marked, so that it is not missed while its records go.
    conn.prepare_cached("UPDATE audit_days SET dropped = 1 WHERE id = ?1")?
        .execute([stretch.id])?;
    let removed = remove(
        conn,
        "SELECT id FROM audit WHERE id <= ?2 ORDER BY id LIMIT ?1",
        params![SWEEP_ROWS, stretch.last_id],
    )?;
    if removed < SWEEP_ROWS as usize {
        // The newest forgotten stretch stays: the next one's start covers its end.
        conn.prepare_cached("DELETE FROM audit_days WHERE id < ?1")?
            .execute([stretch.id])?;
        tracing::info!(
            day = stretch.day,
            records = stretch.records,
            "audit records forgotten"
        );
    }
    Ok(removed.max(1))
}

/// Returns the stretch that is being forgotten, or the next that has to be; never the newest.
fn to_drop(conn: &Connection, oldest_day: i64, rows: i64) -> rusqlite::Result<Option<Day>> {
    let unfinished = conn
        .prepare_cached(
            "SELECT * FROM audit_days d WHERE dropped = 1
                AND EXISTS (SELECT 1 FROM audit WHERE id BETWEEN d.first_id AND d.last_id)
             ORDER BY id LIMIT 1",
        )?
        .query_row([], Day::from_row)
        .optional()?;
    if unfinished.is_some() {
        return Ok(unfinished);
    }
    conn.prepare_cached(
        "SELECT * FROM audit_days d WHERE dropped = 0 AND id < (SELECT max(id) FROM audit_days)
            AND (day <= ?1 OR (SELECT sum(records) FROM audit_days WHERE dropped = 0) > ?2)
         ORDER BY id LIMIT 1",
    )?
    .query_row(params![oldest_day, rows], Day::from_row)
    .optional()
}

/// Deletes the records a query names, with their places in the index.
fn remove(conn: &Connection, which: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
    let removed = conn
        .prepare_cached(&format!(
            "DELETE FROM audit WHERE id IN ({which}) RETURNING id, touched"
        ))?
        .query_map(params, |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut delete =
        conn.prepare_cached("DELETE FROM audit_targets WHERE kind = ?1 AND target = ?2 AND record = ?3")?;
    for (record, touched) in &removed {
        let touched = touched.as_deref().map(Touched::from_text).unwrap_or_default();
        for (kind, target) in touched.targets().filter(|(kind, _)| kind.is_indexed()) {
            delete.execute(params![kind.number(), as_number(target), record])?;
        }
    }
    Ok(removed.len())
}
