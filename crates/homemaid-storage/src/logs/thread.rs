//! The thread that writes log lines in batches, and the handle to it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use homemaid_protocol::Clock;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::query::{self, LogFilter, LogLine};
use super::{LogRecord, sweep};
use crate::limits::{LOGS_DELAY, LOGS_PER_COMMIT, LOGS_QUEUED_BYTES, SWEEP_EVERY};
use crate::read::Readers;
use crate::{OpenError, StorageError};

/// The running log.
pub(crate) struct Logs {
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    lines: VecDeque<LogLine>,
    bytes: usize,
    /// When the oldest line came.
    since: Option<Instant>,
    flushes: Vec<oneshot::Sender<()>>,
    next_id: i64,
    dropped: u64,
    closed: bool,
}

struct Batch {
    lines: Vec<LogLine>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Logs {
    /// Starts the thread.
    pub(crate) fn start(conn: Connection, path: &Path, clock: Clock) -> Result<Self, OpenError> {
        let last: i64 = conn
            .query_row(
                "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'logs'",
                [],
                |row| row.get(0),
            )
            .map_err(OpenError::database(path))?;
        let queue = Arc::new(Queue {
            state: Mutex::new(State {
                lines: VecDeque::new(),
                bytes: 0,
                since: None,
                flushes: Vec::new(),
                next_id: last + 1,
                dropped: 0,
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let readers = Readers::open(path.to_owned(), clock.clone(), 0).map_err(OpenError::database(path))?;
        let running = Running {
            conn,
            queue: Arc::clone(&queue),
            clock,
            sweep_at: Instant::now(),
        };
        let thread = thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || running.run())
            .map_err(OpenError::Thread)?;
        Ok(Self {
            queue,
            readers: Arc::new(readers),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Queues a line and returns its id; without room for it the line is dropped, and its id is a gap.
    pub(crate) fn push(&self, record: LogRecord) -> i64 {
        let record = record.clipped();
        let bytes = record.bytes();
        let mut state = self.queue.state();
        let id = state.next_id;
        state.next_id += 1;
        if state.closed || state.bytes + bytes > LOGS_QUEUED_BYTES {
            state.dropped += 1;
            return id;
        }
        state.bytes += bytes;
        state.lines.push_back(LogLine { id, record });
        let first = state.since.is_none();
        state.since.get_or_insert_with(Instant::now);
        drop(state);
        if first {
            self.queue.wake.notify_one();
        }
        id
    }

    /// Returns when everything queued so far is written.
    pub(crate) async fn flush(&self) -> Result<(), StorageError> {
        let (done, written) = oneshot::channel();
        {
            let mut state = self.queue.state();
            if state.closed {
                return Err(StorageError::Closed);
            }
            state.flushes.push(done);
        }
        self.queue.wake.notify_one();
        written.await.map_err(|_| StorageError::Closed)
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
        self.queue.state().dropped
    }

    /// Lets no line in any more and waits until the others are written.
    pub(crate) fn close(&self) {
        self.queue.state().closed = true;
        self.queue.wake.notify_all();
        self.readers.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the log writer died");
        }
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work and takes it; an empty batch when there was none until `deadline`, `None` when all is done.
    fn next(&self, deadline: Instant) -> Option<Batch> {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let since = state.since.map(|since| since + LOGS_DELAY);
            let full = state.lines.len() >= LOGS_PER_COMMIT;
            let due = state.closed
                || full
                || !state.flushes.is_empty()
                || since.is_some_and(|due| due <= now)
                || now >= deadline;
            if due && state.closed && state.lines.is_empty() && state.flushes.is_empty() {
                return None;
            }
            if due {
                return Some(state.take());
            }
            let until = since.map_or(deadline, |due| due.min(deadline));
            state = self
                .wake
                .wait_timeout(state, until.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

impl State {
    fn take(&mut self) -> Batch {
        let count = self.lines.len().min(LOGS_PER_COMMIT);
        let lines: Vec<_> = self.lines.drain(..count).collect();
        self.bytes -= lines.iter().map(|line| line.record.bytes()).sum::<usize>();
        let flushes = if self.lines.is_empty() {
            self.since = None;
            std::mem::take(&mut self.flushes)
        } else {
            // What is left is due at once, and those who wait for all of it wait on.
            Vec::new()
        };
        Batch { lines, flushes }
    }
}

struct Running {
    conn: Connection,
    queue: Arc<Queue>,
    clock: Clock,
    sweep_at: Instant,
}

impl Running {
    fn run(mut self) {
        let _abandon = Abandon(Arc::clone(&self.queue));
        while let Some(batch) = self.queue.next(self.sweep_at) {
            let count = batch.lines.len();
            if let Err(error) = self.write(&batch.lines) {
                tracing::error!(%error, lines = count, "log lines could not be written");
                self.queue.state().dropped += count as u64;
            }
            // After every batch that might have made an installation too large, and from time to time.
            if count > 0 || Instant::now() >= self.sweep_at {
                self.sweep();
            }
            for flush in batch.flushes {
                // Whoever asked may have gone.
                let _ = flush.send(());
            }
        }
        if let Err(error) = self
            .conn
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
        {
            tracing::debug!(%error, "the last checkpoint is left to the next start");
        }
    }

    fn write(&mut self, lines: &[LogLine]) -> rusqlite::Result<()> {
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

    /// Removes a bounded number of old lines; what is left to remove waits for the next batch.
    fn sweep(&mut self) {
        let now = self.clock.now().as_millisecond();
        let removed = self.conn.transaction().and_then(|tx| {
            let removed = sweep::sweep(&tx, now)?;
            if removed > 0 {
                tx.commit()?;
            }
            Ok(removed)
        });
        self.sweep_at = match removed {
            Ok(0) => Instant::now() + SWEEP_EVERY,
            Ok(_) => Instant::now(),
            Err(error) => {
                tracing::warn!(%error, "old log lines could not be removed");
                Instant::now() + SWEEP_EVERY
            }
        };
    }
}

/// Tells whoever waits that nothing comes any more, in whatever way the thread ends.
struct Abandon(Arc<Queue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.dropped += state.lines.len() as u64;
        state.lines.clear();
        state.flushes.clear();
    }
}
