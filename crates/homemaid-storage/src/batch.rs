//! A thread that writes one database in batches what others queue without waiting. The log and the metrics use it.
//!
//! A batch is written when its oldest entry has waited long enough, when it is full, or when somebody asks for it. One
//! that fails goes back into the queue, which is bounded, and is tried again a moment later.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use homemaid_protocol::Clock;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::limits::WRITE_RETRY_DELAY;
use crate::trouble::Troubles;
use crate::{OpenError, StorageError, StoragePart};

/// What waits to be written. Bounded by itself: what there is no room for is dropped and counted there.
pub(crate) trait Pending: Send + 'static {
    /// What one commit takes.
    type Batch: Send;

    /// Nothing waits.
    fn is_empty(&self) -> bool;
    /// As much waits as one commit takes.
    fn is_full(&self) -> bool;
    /// Takes a batch, the oldest entries first.
    fn take(&mut self) -> Self::Batch;
    /// Takes back a batch that could not be written.
    fn put_back(&mut self, batch: Self::Batch);
    /// Drops everything, and counts it.
    fn give_up(&mut self);
}

/// Writes batches, on the thread.
pub(crate) trait BatchWriter<P: Pending>: Send + 'static {
    /// Writes a batch in one transaction.
    fn write(&mut self, batch: &P::Batch) -> rusqlite::Result<()>;
    /// Removes a bounded number of rows nobody needs any more; returns when to go on.
    fn sweep(&mut self, queue: &BatchQueue<P>) -> rusqlite::Result<Duration>;
    /// The connection it writes to.
    fn connection(&self) -> &Connection;
}

/// The queue before the thread.
pub(crate) struct BatchQueue<P> {
    state: Mutex<State<P>>,
    wake: Condvar,
    delay: Duration,
}

struct State<P> {
    pending: P,
    /// When the oldest entry came.
    since: Option<Instant>,
    /// After a failure.
    not_before: Option<Instant>,
    flushes: Vec<Flush>,
    closed: bool,
}

/// Waits until what was queued before it is written.
type Flush = oneshot::Sender<Result<(), StorageError>>;

enum Turn<B> {
    Write(B, Vec<Flush>),
    Sweep,
    Over,
}

impl<P: Pending> BatchQueue<P> {
    /// Changes what waits. When the queue is closed, `change` is told so and should count what it drops.
    pub(crate) fn put<T>(&self, change: impl FnOnce(&mut P, Closed) -> T) -> T {
        let mut state = self.state();
        let closed = Closed(state.closed);
        let result = change(&mut state.pending, closed);
        let first = state.since.is_none() && !state.pending.is_empty();
        let full = state.pending.is_full();
        if first {
            state.since = Some(Instant::now());
        }
        drop(state);
        if first || full {
            self.wake.notify_one();
        }
        result
    }

    async fn flush(&self) -> Result<(), StorageError> {
        let (done, written) = oneshot::channel();
        {
            let mut state = self.state();
            if state.closed {
                return Err(StorageError::Closed);
            }
            state.flushes.push(done);
        }
        self.wake.notify_one();
        written.await.unwrap_or(Err(StorageError::Closed))
    }

    fn next(&self, sweep_at: Instant) -> Turn<P::Batch> {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let asked = state.closed || !state.flushes.is_empty();
            let calm = state.not_before.is_none_or(|at| at <= now);
            let due = state.since.map(|since| since + self.delay);
            if asked || (calm && (state.pending.is_full() || due.is_some_and(|due| due <= now))) {
                if !state.pending.is_empty() || !state.flushes.is_empty() {
                    return state.take();
                }
                if state.closed {
                    return Turn::Over;
                }
            }
            if now >= sweep_at {
                return Turn::Sweep;
            }
            let until = due
                .map_or(sweep_at, |due| due.max(state.not_before.unwrap_or(due)))
                .min(sweep_at);
            state = self
                .wake
                .wait_timeout(state, until.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Puts a failed batch back; a closed queue gives everything up, as nobody will wait for the disk to recover.
    fn failed(&self, batch: P::Batch) {
        let mut state = self.state();
        state.pending.put_back(batch);
        let now = Instant::now();
        state.since.get_or_insert(now);
        state.not_before = Some(now + WRITE_RETRY_DELAY);
        if state.closed {
            state.pending.give_up();
        }
    }

    fn close(&self) {
        self.state().closed = true;
        self.wake.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<P>> {
        // Nothing in here panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Pending> State<P> {
    fn take(&mut self) -> Turn<P::Batch> {
        let batch = self.pending.take();
        let flushes = if self.pending.is_empty() {
            self.since = None;
            std::mem::take(&mut self.flushes)
        } else {
            // What is left is due at once, and those who wait for all of it wait on.
            Vec::new()
        };
        self.not_before = None;
        Turn::Write(batch, flushes)
    }
}

/// Whether anything put into a queue will be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed(pub(crate) bool);

/// The running thread.
pub(crate) struct BatchThread<P: Pending> {
    queue: Arc<BatchQueue<P>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How a [`BatchThread`] behaves.
pub(crate) struct BatchOptions {
    /// Of the thread.
    pub(crate) name: &'static str,
    /// What it writes.
    pub(crate) part: StoragePart,
    /// How long an entry waits for others.
    pub(crate) delay: Duration,
    pub(crate) clock: Clock,
    pub(crate) troubles: Arc<Troubles>,
}

impl<P: Pending> BatchThread<P> {
    /// Starts it.
    pub(crate) fn start(
        pending: P,
        writer: impl BatchWriter<P>,
        options: BatchOptions,
    ) -> Result<Self, OpenError> {
        let queue = Arc::new(BatchQueue {
            state: Mutex::new(State {
                pending,
                since: None,
                not_before: None,
                flushes: Vec::new(),
                closed: false,
            }),
            wake: Condvar::new(),
            delay: options.delay,
        });
        let shared = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name(options.name.to_owned())
            .spawn(move || run(&shared, writer, &options))
            .map_err(OpenError::Thread)?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The queue.
    pub(crate) fn queue(&self) -> &BatchQueue<P> {
        &self.queue
    }

    /// Returns when everything queued so far is written, or why that failed.
    pub(crate) async fn flush(&self) -> Result<(), StorageError> {
        self.queue.flush().await
    }

    /// Lets nothing in any more and waits until the rest is written.
    pub(crate) fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("a thread that writes died");
        }
    }
}

impl<P: Pending> Drop for BatchThread<P> {
    fn drop(&mut self) {
        self.close();
    }
}

fn run<P: Pending>(queue: &BatchQueue<P>, mut writer: impl BatchWriter<P>, options: &BatchOptions) {
    let _abandon = Abandon(queue);
    let mut sweep_at = Instant::now();
    loop {
        match queue.next(sweep_at) {
            Turn::Over => break,
            Turn::Sweep => {}
            Turn::Write(batch, flushes) => {
                let outcome = writer.write(&batch).map_err(Arc::new);
                match &outcome {
                    Ok(()) => {
                        options.troubles.good(options.part);
                    }
                    Err(error) => {
                        options.troubles.bad(options.part, error, options.clock.now());
                        queue.failed(batch);
                    }
                }
                for flush in flushes {
                    // Whoever asked may have gone.
                    let _ = flush.send(outcome.clone().map_err(StorageError::Commit));
                }
                if outcome.is_err() {
                    continue;
                }
            }
        }
        // Also after each batch, which may have made something too large.
        let next = writer.sweep(queue).unwrap_or_else(|error| {
            tracing::debug!(%error, thread = options.name, "old rows could not be removed");
            WRITE_RETRY_DELAY
        });
        sweep_at = Instant::now() + next;
    }
    if let Err(error) = writer
        .connection()
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
    {
        tracing::debug!(%error, thread = options.name, "the last checkpoint is left to the next start");
    }
}

/// Tells whoever waits that nothing comes any more, in whatever way the thread ends.
struct Abandon<'q, P: Pending>(&'q BatchQueue<P>);

impl<P: Pending> Drop for Abandon<'_, P> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        state.pending.give_up();
        state.flushes.clear();
    }
}
