//! Forgetting log lines that are too old or too many (caps §5.3).

use rusqlite::{Connection, OptionalExtension, params};

use crate::Retention;
use crate::limits::SWEEP_ROWS;
use crate::time::{DAY, Millis};

/// Removes at most [`SWEEP_ROWS`] lines, the oldest ones; returns how many, and so 0 when nothing is left to do.
pub(super) fn sweep(conn: &Connection, now: Millis, keep: Retention) -> rusqlite::Result<usize> {
    let kept_bytes = i64::try_from(keep.log_bytes).unwrap_or(i64::MAX);
    let too_large: Option<String> = conn
        .prepare_cached("SELECT installation FROM log_sizes WHERE bytes > ?1 LIMIT 1")?
        .query_row([kept_bytes], |row| row.get(0))
        .optional()?;
    if let Some(installation) = too_large {
        return cut(conn, &installation, kept_bytes);
    }
    // Ids are in the order of time, so only the next rows at the old end need to be looked at.
    conn.prepare_cached(
        "DELETE FROM logs WHERE id IN (
            SELECT id FROM (SELECT id, at FROM logs ORDER BY id LIMIT ?2) WHERE at < ?1)",
    )?
    .execute(params![now - i64::from(keep.log_days) * DAY, SWEEP_ROWS])
}

/// Removes as many of an installation's oldest lines as it takes to come below its share, and no more.
fn cut(conn: &Connection, installation: &str, kept_bytes: i64) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM logs WHERE id IN (
            SELECT id FROM (
                SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS removed
                FROM (SELECT id, bytes FROM logs WHERE installation = ?1 ORDER BY id LIMIT ?2))
            WHERE removed < (SELECT bytes FROM log_sizes WHERE installation = ?1) - ?3)",
    )?
    .execute(params![installation, SWEEP_ROWS, kept_bytes])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::LOGS_KEPT_DAYS;
    use crate::schema;

    /// Less than the owner can choose.
    fn small() -> Retention {
        Retention {
            log_bytes: 100,
            ..Retention::default()
        }
    }

    fn logs() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::LOGS.migrate(&mut conn, "memory".as_ref()).unwrap();
        conn
    }

    fn add(conn: &Connection, installation: &str, at: i64, bytes: i64) {
        conn.execute(
            "INSERT INTO logs (at, installation, level, source, bytes, message, tags, extra)
             VALUES (?1, ?2, 20, 'plugin', ?3, '', '[]', '{}')",
            params![at, installation, bytes],
        )
        .unwrap();
    }

    fn ids(conn: &Connection, installation: &str) -> Vec<i64> {
        conn.prepare("SELECT id FROM logs WHERE installation = ?1 ORDER BY id")
            .unwrap()
            .query_map([installation], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn the_oldest_lines_go_until_an_installation_is_within_its_share() {
        let conn = logs();
        for at in 0..10 {
            add(&conn, "big", at, 25);
            add(&conn, "small", at, 1);
        }
        assert_eq!(
            sweep(&conn, 0, small()).unwrap(),
            6,
            "150 bytes of 250 have to go"
        );
        assert_eq!(sweep(&conn, 0, small()).unwrap(), 0, "and then no more");
        assert_eq!(ids(&conn, "big"), [13, 15, 17, 19]);
        assert_eq!(ids(&conn, "small").len(), 10, "others are not touched");
        let sizes: i64 = conn
            .query_row(
                "SELECT bytes FROM log_sizes WHERE installation = 'big'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(sizes, 100);
    }

    #[test]
    fn lines_go_when_they_are_too_old() {
        let conn = logs();
        let now = 100 * DAY;
        add(&conn, "a", now - i64::from(LOGS_KEPT_DAYS) * DAY - 1, 1);
        add(&conn, "a", now - i64::from(LOGS_KEPT_DAYS) * DAY, 1);
        assert_eq!(sweep(&conn, now, Retention::default()).unwrap(), 1);
        assert_eq!(ids(&conn, "a"), [2]);
        assert_eq!(sweep(&conn, now, Retention::default()).unwrap(), 0);
    }

    #[test]
    fn one_step_removes_a_bounded_number() {
        let conn = logs();
        for _ in 0..=SWEEP_ROWS {
            add(&conn, "a", 0, 1);
        }
        assert_eq!(
            sweep(&conn, 100 * DAY, Retention::default()).unwrap(),
            SWEEP_ROWS as usize
        );
        assert_eq!(sweep(&conn, 100 * DAY, Retention::default()).unwrap(), 1);
    }
}
