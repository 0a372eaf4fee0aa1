//! The thread that writes roll-ups, and the handle to it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use homemaid_protocol::{Clock, InstallationId};
use rusqlite::{Connection, Statement, Transaction, params};

use super::cell::Cell;
use super::index::{Batch, Index, NewSeries, SeriesName};
use super::period::Level;
use super::sweep::Sweep;
use super::{MetricError, MetricName, MetricTags};
use crate::batch::{BatchOptions, BatchQueue, BatchThread, BatchWriter};
use crate::limits::METRICS_DELAY;
use crate::read::Readers;
use crate::table::parse;
use crate::time::Millis;
use crate::trouble::Troubles;
use crate::{OpenError, StorageError, StoragePart};

/// The running metrics.
pub(crate) struct Metrics {
    thread: BatchThread<Index>,
    readers: Arc<Readers>,
    clock: Clock,
}

impl Metrics {
    /// Starts the thread.
    pub(crate) fn start(
        conn: Connection,
        path: &Path,
        clock: Clock,
        troubles: Arc<Troubles>,
    ) -> Result<Self, OpenError> {
        let index = load(&conn).map_err(OpenError::database(path))?;
        let readers = Readers::open(path.to_owned(), clock.clone(), 0).map_err(OpenError::database(path))?;
        let writer = Writer {
            conn,
            clock: clock.clone(),
            sweep: Sweep::default(),
        };
        let options = BatchOptions {
            name: "metric-writer",
            part: StoragePart::Metrics,
            delay: METRICS_DELAY,
            clock: clock.clone(),
            troubles,
        };
        Ok(Self {
            thread: BatchThread::start(index, writer, options)?,
            readers: Arc::new(readers),
            clock,
        })
    }

    /// Takes in a value. Only memory: it is written soon.
    pub(crate) fn record(
        &self,
        installation: &InstallationId,
        metric: MetricName,
        tags: MetricTags,
        value: f64,
    ) -> Result<(), MetricError> {
        let now = self.now();
        let name = SeriesName { metric, tags };
        self.thread
            .queue()
            .put(|index, closed| index.record(installation, name, value, now, closed))
    }

    /// Runs a question over everything that was recorded before it.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.thread.flush().await?;
        self.readers
            .pooled(move |tx| question(tx.conn).map_err(StorageError::on("metrics.query")))
            .await
    }

    /// Forgets an installation's series; their rows go by and by.
    pub(crate) fn forget(&self, installation: &InstallationId) {
        self.thread.queue().put(|index, _| index.forget(installation));
    }

    /// Forgets the series of installations that are not among these: one was uninstalled just before a crash.
    pub(crate) fn keep_only(&self, installed: &[InstallationId]) {
        self.thread.queue().put(|index, _| {
            for gone in index.installations() {
                if !installed.contains(&gone) {
                    index.forget(&gone);
                }
            }
        });
    }

    /// Returns when everything recorded so far is written.
    pub(crate) async fn flush(&self) -> Result<(), StorageError> {
        self.thread.flush().await
    }

    /// Returns how many values were dropped since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.thread.queue().put(|index, _| index.dropped())
    }

    /// Takes nothing in any more and waits until the rest is written.
    pub(crate) fn close(&self) {
        self.thread.close();
        self.readers.close();
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now().as_millisecond()
    }
}

fn load(conn: &Connection) -> rusqlite::Result<Index> {
    let stored = conn
        .prepare("SELECT id, installation, metric, tags FROM metric_series WHERE gone = 0")?
        .query_map([], |row| {
            let metric: String = row.get("metric")?;
            Ok(NewSeries {
                id: row.get("id")?,
                installation: parse(row, "installation")?,
                name: SeriesName {
                    // A name that this version would not take in is of no use to it.
                    metric: MetricName::parse(&metric).map_err(|_| rusqlite::Error::InvalidQuery)?,
                    tags: MetricTags::from_stored(row.get("tags")?),
                },
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let last: i64 = conn.query_row(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'metric_series'",
        [],
        |row| row.get(0),
    )?;
    Ok(Index::new(stored, last + 1))
}

struct Writer {
    conn: Connection,
    clock: Clock,
    sweep: Sweep,
}

impl BatchWriter<Index> for Writer {
    fn write(&mut self, batch: &Batch) -> rusqlite::Result<()> {
        let tx = self.conn.transaction()?;
        write(&tx, batch)?;
        tx.commit()
    }

    fn sweep(&mut self, queue: &BatchQueue<Index>) -> rusqlite::Result<Duration> {
        let now = self.clock.now().as_millisecond();
        self.sweep.step(&mut self.conn, queue, now)
    }

    fn connection(&self) -> &Connection {
        &self.conn
    }
}

fn write(tx: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    for installation in &batch.forgotten {
        tx.prepare_cached("UPDATE metric_series SET gone = 1 WHERE installation = ?1 AND gone = 0")?
            .execute([installation.to_string()])?;
    }
    if !batch.new.is_empty() {
        let mut insert = tx.prepare_cached(
            "INSERT INTO metric_series (id, installation, metric, tags) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for series in &batch.new {
            insert.execute(params![
                series.id,
                series.installation.to_string(),
                series.name.metric.as_str(),
                series.name.tags.as_str(),
            ])?;
        }
    }
    let mut add = tx.prepare_cached(
        "INSERT INTO metric_points (series, level, at, count, sum, min, max) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (series, level, at) DO UPDATE SET
            count = count + excluded.count,
            sum = max(min(sum + excluded.sum, ?8), -?8),
            min = min(min, excluded.min),
            max = max(max, excluded.max)",
    )?;
    for level in Level::ALL {
        let mut cells: HashMap<(i64, i64), Cell> = HashMap::with_capacity(batch.cells.len());
        for ((series, minute), cell) in &batch.cells {
            let at = level.of(minute * Level::Minute.length());
            cells
                .entry((*series, at))
                .and_modify(|old| old.add(cell))
                .or_insert(*cell);
        }
        for ((series, at), cell) in &cells {
            add_cell(&mut add, *series, level, *at, cell)?;
        }
    }
    Ok(())
}

fn add_cell(
    add: &mut Statement<'_>,
    series: i64,
    level: Level,
    at: i64,
    cell: &Cell,
) -> rusqlite::Result<()> {
    let count = i64::try_from(cell.count).unwrap_or(i64::MAX);
    add.execute(params![
        series,
        level.number(),
        at,
        count,
        cell.sum,
        cell.min,
        cell.max,
        f64::MAX
    ])
    .map(drop)
}
