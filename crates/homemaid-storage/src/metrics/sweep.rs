//! Forgetting points no period reaches any more, and series that have none.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::index::{Index, SeriesName};
use super::period::Level;
use super::{MetricName, MetricTags};
use crate::batch::BatchQueue;
use crate::limits::{METRICS_SWEEP_EVERY, METRICS_SWEEP_SERIES, SWEEP_ROWS};
use crate::table::parse;
use crate::time::Millis;

/// Where a round over all series is. It goes a few of them at a time, so that no batch waits long behind it.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// The last series that was looked at in this round; none between rounds.
    at: Option<i64>,
    /// When the next round begins, by the house's clock: in the lab a month passes in a moment.
    next: Option<Millis>,
}

/// A series as the sweep looks at it.
struct Series {
    id: i64,
    gone: bool,
}

impl Sweep {
    /// Does one step; returns when to do the next.
    pub(super) fn step(
        &mut self,
        conn: &mut Connection,
        queue: &BatchQueue<Index>,
        now: Millis,
    ) -> rusqlite::Result<Duration> {
        if self.at.is_none()
            && let Some(next) = self.next
            && now < next
        {
            return Ok(METRICS_SWEEP_EVERY);
        }
        let tx = conn.transaction()?;
        let from = self.at.unwrap_or(0);
        let series = tx
            .prepare_cached("SELECT id, gone FROM metric_series WHERE id > ?1 ORDER BY id LIMIT ?2")?
            .query_map(params![from, METRICS_SWEEP_SERIES], |row| {
                Ok(Series {
                    id: row.get(0)?,
                    gone: row.get(1)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let mut last = from;
        for one in &series {
            if one.gone {
                if !remove_gone(&tx, one.id)? {
                    // More is left than one step removes: it goes on here.
                    tx.commit()?;
                    self.at = Some(last);
                    return Ok(Duration::ZERO);
                }
            } else {
                expire(&tx, one.id, now)?;
                forget_if_empty(&tx, queue, one.id)?;
            }
            last = one.id;
        }
        tx.commit()?;
        if series.len() < METRICS_SWEEP_SERIES as usize {
            self.at = None;
            self.next =
                Some(now + Millis::try_from(METRICS_SWEEP_EVERY.as_millis()).unwrap_or(Millis::MAX / 2));
            return Ok(METRICS_SWEEP_EVERY);
        }
        self.at = Some(last);
        Ok(Duration::ZERO)
    }
}

/// Removes the points of a series that are older than any period reaches.
fn expire(tx: &Transaction<'_>, series: i64, now: Millis) -> rusqlite::Result<()> {
    let mut delete =
        tx.prepare_cached("DELETE FROM metric_points WHERE series = ?1 AND level = ?2 AND at <= ?3")?;
    for level in Level::ALL {
        delete.execute(params![series, level.number(), level.of(now) - level.kept()])?;
    }
    Ok(())
}

/// Removes points of a series that is gone, and its row when it has none left; returns whether it had none left.
fn remove_gone(tx: &Transaction<'_>, series: i64) -> rusqlite::Result<bool> {
    let removed = tx
        .prepare_cached(
            "DELETE FROM metric_points WHERE series = ?1 AND (level, at) IN (
                SELECT level, at FROM metric_points WHERE series = ?1 LIMIT ?2)",
        )?
        .execute(params![series, SWEEP_ROWS])?;
    if removed == SWEEP_ROWS as usize {
        return Ok(false);
    }
    tx.prepare_cached("DELETE FROM metric_series WHERE id = ?1")?
        .execute([series])?;
    Ok(true)
}

/// Forgets a series without points, so that it no longer counts.
fn forget_if_empty(tx: &Transaction<'_>, queue: &BatchQueue<Index>, id: i64) -> rusqlite::Result<()> {
    let empty = tx
        .prepare_cached(
            "SELECT installation, metric, tags FROM metric_series
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM metric_points WHERE series = ?1)",
        )?
        .query_row([id], named)
        .optional()?;
    let Some((installation, Ok(name))) = empty else {
        return Ok(());
    };
    if queue.put(|index, _| index.forget_empty(&installation, &name, id)) {
        tx.prepare_cached("UPDATE metric_series SET gone = 1 WHERE id = ?1")?
            .execute([id])?;
    }
    Ok(())
}

type Named = (
    homemaid_protocol::InstallationId,
    Result<SeriesName, super::MetricError>,
);

fn named(row: &Row<'_>) -> rusqlite::Result<Named> {
    let metric: String = row.get("metric")?;
    let tags = MetricTags::from_stored(row.get("tags")?);
    let name = MetricName::parse(&metric).map(|metric| SeriesName { metric, tags });
    Ok((parse(row, "installation")?, name))
}
