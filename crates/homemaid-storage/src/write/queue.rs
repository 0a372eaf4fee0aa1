//! What waits for the writer: closures in order, and audit records in order. Both bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Job;
use crate::StorageError;
use crate::audit::{AuditLine, AuditRecord};
use crate::limits::{AUDIT_DELAY, AUDIT_QUEUED, WRITES_PER_COMMIT, WRITES_QUEUED};

/// A write and its place in the queue.
pub(crate) struct Queued {
    pub(crate) job: Box<dyn Job>,
    _place: OwnedSemaphorePermit,
}

/// What one commit takes.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) jobs: VecDeque<Queued>,
    pub(crate) audit: Vec<AuditLine>,
}

/// The queue, shared by callers and the writer.
pub(crate) struct WriteQueue {
    state: Mutex<State>,
    wake: Condvar,
    places: Arc<Semaphore>,
}

struct State {
    jobs: VecDeque<Queued>,
    audit: VecDeque<AuditLine>,
    /// When the oldest audit record came, and so when the writer takes it even without a write to share with.
    audit_since: Option<Instant>,
    next_audit: i64,
    audit_dropped: u64,
    closed: bool,
}

impl WriteQueue {
    /// Returns an empty queue whose first audit record gets the id `next_audit`.
    pub(crate) fn new(next_audit: i64) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                audit: VecDeque::new(),
                audit_since: None,
                next_audit,
                audit_dropped: 0,
                closed: false,
            }),
            wake: Condvar::new(),
            places: Arc::new(Semaphore::new(WRITES_QUEUED)),
        }
    }

    /// Queues a write, once there is room.
    pub(crate) async fn push(&self, job: Box<dyn Job>) -> Result<(), StorageError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| StorageError::Closed)?;
        let mut state = self.state();
        if state.closed {
            return Err(StorageError::Closed);
        }
        state.jobs.push_back(Queued { job, _place: place });
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Queues an audit record and returns its id; a full queue drops the record, and its id is a gap.
    pub(crate) fn push_audit(&self, record: AuditRecord) -> i64 {
        let mut state = self.state();
        let id = state.next_audit;
        state.next_audit += 1;
        if state.closed || state.audit.len() >= AUDIT_QUEUED {
            state.audit_dropped += 1;
            return id;
        }
        state.audit.push_back(AuditLine {
            id,
            record: record.clipped(),
        });
        let first = state.audit_since.is_none();
        state.audit_since.get_or_insert_with(Instant::now);
        drop(state);
        if first {
            // So that the writer learns until when it may sleep.
            self.wake.notify_one();
        }
        id
    }

    /// Puts back records whose commit failed, to be tried again; what there is no room for is dropped.
    pub(crate) fn return_audit(&self, lines: Vec<AuditLine>) {
        let mut state = self.state();
        for line in lines.into_iter().rev() {
            if state.closed || state.audit.len() >= AUDIT_QUEUED {
                state.audit_dropped += 1;
            } else {
                state.audit.push_front(line);
            }
        }
        if !state.audit.is_empty() {
            state.audit_since = Some(Instant::now());
        }
    }

    /// Waits for work and takes it; an empty batch when there was none for `patience`, `None` when closed and empty.
    pub(crate) fn next(&self, patience: Duration) -> Option<Batch> {
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let audit_due = state.audit_since.map(|since| since + AUDIT_DELAY);
            let due = !state.jobs.is_empty() || state.closed || audit_due.is_some_and(|due| due <= now);
            if due && state.closed && state.jobs.is_empty() && state.audit.is_empty() {
                return None;
            }
            if due || now >= deadline {
                return Some(state.take(due));
            }
            let until = audit_due.map_or(deadline, |due| due.min(deadline));
            state = self
                .wake
                .wait_timeout(state, until.saturating_duration_since(now))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Lets no one in any more; what is queued is still written.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.places.close();
        self.wake.notify_all();
    }

    /// Drops what is queued, and so tells its callers that the storage is closed.
    pub(crate) fn abandon(&self) {
        self.close();
        let mut state = self.state();
        let jobs = std::mem::take(&mut state.jobs);
        state.audit_dropped += state.audit.len() as u64;
        state.audit.clear();
        drop(state);
        drop(jobs);
    }

    /// Counts records that could not be stored and never will be.
    pub(crate) fn count_audit_dropped(&self, records: usize) {
        self.state().audit_dropped += records as u64;
    }

    /// Returns how many audit records were dropped since the start.
    pub(crate) fn audit_dropped(&self) -> u64 {
        self.state().audit_dropped
    }

    /// Returns how many writes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().jobs.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes what one commit may hold: all audit records, so that a write never overtakes the records before it.
    fn take(&mut self, due: bool) -> Batch {
        if !due {
            return Batch::default();
        }
        let jobs = self.jobs.len().min(WRITES_PER_COMMIT);
        self.audit_since = None;
        Batch {
            jobs: self.jobs.drain(..jobs).collect(),
            audit: self.audit.drain(..).collect(),
        }
    }
}
