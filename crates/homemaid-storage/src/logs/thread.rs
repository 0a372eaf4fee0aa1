//! The thread that writes log lines in batches, and the handle to it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use homemaid_protocol::Clock;
use rusqlite::{Connection, params};

use super::query::{self, LogFilter, LogLine};
use super::{LogRecord, sweep};
use crate::batch::{BatchOptions, BatchQueue, BatchThread, BatchWriter, Pending};
use crate::limits::{LOGS_DELAY, LOGS_PER_COMMIT, LOGS_QUEUED_BYTES, SWEEP_EVERY};
use crate::read::Readers;
use crate::retention::InForce;
use crate::trouble::Troubles;
use crate::{OpenError, StorageError, StoragePart};

/// The running log.
pub(crate) struct Logs {
    thread: BatchThread<Queue>,
    readers: Arc<Readers>,
}

/// Lines that wait, the oldest first.
struct Queue {
    lines: VecDeque<LogLine>,
    bytes: usize,
    next_id: i64,
    dropped: u64,
}

impl Pending for Queue {
    type Batch = Vec<LogLine>;

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= LOGS_PER_COMMIT
    }

    fn take(&mut self) -> Vec<LogLine> {
        let count = self.lines.len().min(LOGS_PER_COMMIT);
        let lines: Vec<_> = self.lines.drain(..count).collect();
        self.bytes -= lines.iter().map(|line| line.record.bytes()).sum::<usize>();
        lines
    }

    /// The oldest lines tell how the trouble began, so the newest are the ones there may be no room for.
    fn put_back(&mut self, lines: Vec<LogLine>) {
        for line in lines.into_iter().rev() {
            self.bytes += line.record.bytes();
            self.lines.push_front(line);
        }
        while self.bytes > LOGS_QUEUED_BYTES {
            let Some(newest) = self.lines.pop_back() else {
                break;
            };
            self.bytes -= newest.record.bytes();
            self.dropped += 1;
        }
    }

    fn give_up(&mut self) {
        self.dropped += self.lines.len() as u64;
        self.lines.clear();
        self.bytes = 0;
    }
}

impl Logs {
    /// Starts the thread.
    pub(crate) fn start(
        conn: Connection,
        path: &Path,
        clock: Clock,
        keep: Arc<InForce>,
        troubles: Arc<Troubles>,
    ) -> Result<Self, OpenError> {
        let last: i64 = conn
            .query_row(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'logs'",
                [],
                |row| row.get(0),
            )
            .map_err(OpenError::database(path))?;
        let queue = Queue {
            lines: VecDeque::new(),
            bytes: 0,
            next_id: last + 1,
            dropped: 0,
        };
        let readers = Readers::open(path.to_owned(), clock.clone(), 0).map_err(OpenError::database(path))?;
        let writer = Writer {
            conn,
            clock: clock.clone(),
            keep,
        };
        let options = BatchOptions {
            name: "log-writer",
            part: StoragePart::Logs,
            delay: LOGS_DELAY,
            clock,
            troubles,
        };
        Ok(Self {
            thread: BatchThread::start(queue, writer, options)?,
            readers: Arc::new(readers),
        })
    }

    /// Queues a line and returns its id; without room for it the line is dropped, and its id is a gap.
    pub(crate) fn push(&self, record: LogRecord) -> i64 {
        let record = record.clipped();
        let bytes = record.bytes();
        self.thread.queue().put(|queue, closed| {
            let id = queue.next_id;
            queue.next_id += 1;
            if closed.0 || queue.bytes + bytes > LOGS_QUEUED_BYTES {
                queue.dropped += 1;
            } else {
                queue.bytes += bytes;
                queue.lines.push_back(LogLine { id, record });
            }
            id
        })
    }

    /// Returns when everything queued so far is written.
    pub(crate) async fn flush(&self) -> Result<(), StorageError> {
        self.thread.flush().await
    }

    /// Returns what the filter asks for.
    pub(crate) async fn read(&self, filter: LogFilter) -> Result<Vec<LogLine>, StorageError> {
        self.readers
            .pooled(move |tx| query::read(tx.conn, &filter).map_err(StorageError::on("logs.read")))
            .await
    }

    /// Runs a question over the log on a blocking thread.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.readers
            .pooled(move |tx| question(tx.conn).map_err(StorageError::on("logs.read")))
            .await
    }

    /// Returns how many lines were dropped since the start.
    pub(crate) fn dropped(&self) -> u64 {
        self.thread.queue().put(|queue, _| queue.dropped)
    }

    /// Lets no line in any more and waits until the others are written.
    pub(crate) fn close(&self) {
        self.thread.close();
        self.readers.close();
    }
}

struct Writer {
    conn: Connection,
    clock: Clock,
    keep: Arc<InForce>,
}

impl BatchWriter<Queue> for Writer {
    fn write(&mut self, lines: &Vec<LogLine>) -> rusqlite::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let tx = self.conn.transaction()?;
        {
            let mut insert = tx.prepare_cached(
                "INSERT INTO logs (id, at, installation, level, source, bytes, message, tags, extra)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            for LogLine { id, record } in lines {
                insert.execute(params![
                    id,
                    record.at.as_millisecond(),
                    record.installation.to_string(),
                    record.level.rank(),
                    record.source.name(),
                    i64::try_from(record.bytes()).unwrap_or(i64::MAX),
                    record.message,
                    serde_json::Value::from(record.tags.clone()).to_string(),
                    serde_json::Value::Object(record.extra.clone()).to_string(),
                ])?;
            }
        }
        tx.commit()
    }

    /// What is left to remove waits behind the next batch.
    fn sweep(&mut self, _: &BatchQueue<Queue>) -> rusqlite::Result<Duration> {
        let now = self.clock.now().as_millisecond();
        let tx = self.conn.transaction()?;
        let removed = sweep::sweep(&tx, now, self.keep.get())?;
        if removed == 0 {
            return Ok(SWEEP_EVERY);
        }
        tx.commit()?;
        Ok(Duration::ZERO)
    }

    fn connection(&self) -> &Connection {
        &self.conn
    }
}
