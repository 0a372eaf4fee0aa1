//! Removing rows nobody can see any more: expired ones, and those of spaces whose installation is gone.

use rusqlite::{Connection, OptionalExtension, params};

use crate::limits::SWEEP_ROWS;
use crate::time::Millis;

/// Removes at most [`SWEEP_ROWS`] rows; returns how many, and so 0 when there is nothing left to do.
pub(crate) fn sweep(conn: &Connection, now: Millis) -> rusqlite::Result<usize> {
    let expired: Option<i64> = conn
        .prepare_cached(
            "SELECT id FROM kv_spaces AS space WHERE installation IS NOT NULL AND EXISTS
                (SELECT 1 FROM kv WHERE space = space.id AND expires_at IS NOT NULL AND expires_at <= ?1)
             LIMIT 1",
        )?
        .query_row([now], |row| row.get(0))
        .optional()?;
    if let Some(space) = expired {
        return sweep_space(conn, space, now, SWEEP_ROWS);
    }
    let abandoned: Option<i64> = conn
        .prepare_cached("SELECT id FROM kv_spaces WHERE installation IS NULL LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(space) = abandoned else {
        return Ok(0);
    };
    let removed = conn
        .prepare_cached("DELETE FROM kv WHERE id IN (SELECT id FROM kv WHERE space = ?1 LIMIT ?2)")?
        .execute(params![space, SWEEP_ROWS])?;
    if removed > 0 {
        return Ok(removed);
    }
    conn.prepare_cached("DELETE FROM kv_spaces WHERE id = ?1")?
        .execute([space])
}

/// Removes at most `limit` expired rows of one space; returns how many.
pub(crate) fn sweep_space(conn: &Connection, space: i64, now: Millis, limit: u32) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM kv WHERE id IN (
            SELECT id FROM kv WHERE space = ?1 AND expires_at IS NOT NULL AND expires_at <= ?2 LIMIT ?3)",
    )?
    .execute(params![space, now, limit])
}
