//! The thread that owns the writing connection.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use std::{io, thread};

use homemaid_protocol::Clock;
use rusqlite::Connection;

use super::job::commit_failed;
use super::queue::{Batch, Queued};
use super::{Job, WriteQueue};
use crate::audit::{self, AuditLine};
use crate::data_dir::DataDir;
use crate::limits::{AUDIT_KEPT_ROWS, SWEEP_EVERY};
use crate::retention::InForce;
use crate::trouble::Troubles;
use crate::{StorageError, StoragePart, WriteTx, kv};

/// The running writer. Dropping it lets it finish what is queued and waits for that.
pub(crate) struct Writer {
    queue: Arc<WriteQueue>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which keeps the directory locked for as long as it runs.
    pub(crate) fn start(
        conn: Connection,
        queue: Arc<WriteQueue>,
        keeping: Housekeeping,
        data: DataDir,
    ) -> io::Result<Self> {
        let running = Running {
            conn,
            _data: data,
            queue: Arc::clone(&queue),
            keeping,
            sweep_at: Instant::now(),
        };
        let thread = thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || running.run())?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        // A closure may hold the last handle; then this is the writer itself, which cannot wait for its own end.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the storage writer died");
        }
    }
}

/// What the writer goes by beside its queue.
pub(crate) struct Housekeeping {
    pub(crate) clock: Clock,
    pub(crate) retention: Arc<InForce>,
    pub(crate) troubles: Arc<Troubles>,
}

struct Running {
    conn: Connection,
    /// Dropped after the connection: the next process finds the files at rest.
    _data: DataDir,
    queue: Arc<WriteQueue>,
    keeping: Housekeeping,
    sweep_at: Instant,
}

impl Running {
    fn run(mut self) {
        // Should this thread die with a bug, nobody may wait for it for ever.
        let _abandon = Abandon(Arc::clone(&self.queue));
        while let Some(batch) = self
            .queue
            .next(self.sweep_at.saturating_duration_since(Instant::now()))
        {
            if !batch.jobs.is_empty() || !batch.audit.is_empty() {
                self.write(batch);
            }
            if Instant::now() >= self.sweep_at {
                self.sweep();
            }
        }
        if let Err(error) = self
            .conn
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
        {
            tracing::debug!(%error, "the last checkpoint is left to the next start");
        }
    }

    /// Writes a batch in as few transactions as the database allows: one, unless it gives a transaction up midway.
    fn write(&mut self, mut batch: Batch) {
        while !batch.jobs.is_empty() || !batch.audit.is_empty() {
            let mut done = Vec::with_capacity(batch.jobs.len());
            let mut audit = Vec::new();
            let result = self.transaction(&mut batch, &mut done, &mut audit);
            if let Err(error) = &result {
                tracing::error!(%error, writes = done.len(), "a group of writes was not committed");
                if !self.conn.is_autocommit()
                    && let Err(error) = self.conn.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "the failed group of writes could not be rolled back");
                }
                for queued in &mut done {
                    queued.job.fail(error.clone());
                }
                audit.append(&mut batch.audit);
                if !audit.is_empty()
                    && let StorageError::Commit(cause) = error
                {
                    self.audit_failed(cause);
                }
                self.queue.return_audit(audit);
            }
            for queued in done {
                queued.job.reply();
            }
        }
    }

    /// One transaction. Moves the jobs it ran to `done`; stops early when the transaction is lost.
    fn transaction(
        &mut self,
        batch: &mut Batch,
        done: &mut Vec<Queued>,
        audit: &mut Vec<AuditLine>,
    ) -> Result<(), StorageError> {
        if let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE") {
            // Not even a transaction: no reason to think that the next closure would get one.
            done.extend(batch.jobs.drain(..));
            return Err(commit_failed(error));
        }
        while let Some(mut queued) = batch.jobs.pop_front() {
            let ran = self.savepoint(&mut *queued.job);
            done.push(queued);
            ran?;
        }
        audit.append(&mut batch.audit);
        self.append_audit(audit)?;
        self.conn.execute_batch("COMMIT").map_err(commit_failed)
    }

    /// Runs one closure so that it alone is undone when it fails. An error means that the transaction is lost.
    fn savepoint(&self, job: &mut dyn Job) -> Result<(), StorageError> {
        self.statement("SAVEPOINT job")?;
        let keep = job.run(&mut WriteTx::new(
            &self.conn,
            self.keeping.clock.now().as_millisecond(),
        ));
        if self.conn.is_autocommit() {
            // SQLite gives the whole transaction up by itself on a full disk, an I/O error or too little memory.
            return Err(commit_failed(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                Some("the transaction was given up by the database".to_owned()),
            )));
        }
        if !keep {
            self.statement("ROLLBACK TO job")?;
        }
        self.statement("RELEASE job")
    }

    /// Appends the audit in its own savepoint: a record that cannot be stored does not undo anyone's write.
    fn append_audit(&self, lines: &[AuditLine]) -> Result<(), StorageError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.statement("SAVEPOINT job")?;
        match audit::append(&self.conn, lines) {
            Ok(()) => {
                self.keeping.troubles.good(StoragePart::Audit);
            }
            Err(error) if self.conn.is_autocommit() => return Err(commit_failed(error)),
            Err(error) => {
                tracing::error!(%error, records = lines.len(), "audit records could not be stored");
                self.audit_failed(&error);
                self.queue.count_audit_dropped(lines.len());
                self.statement("ROLLBACK TO job")?;
            }
        }
        self.statement("RELEASE job")
    }

    fn audit_failed(&self, error: &rusqlite::Error) {
        let now = self.keeping.clock.now();
        self.keeping.troubles.bad(StoragePart::Audit, error, now);
    }

    fn statement(&self, sql: &str) -> Result<(), StorageError> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(commit_failed)
    }

    /// Removes a bounded number of rows nobody sees any more, then lets waiting writes go first.
    fn sweep(&mut self) {
        let now = self.keeping.clock.now().as_millisecond();
        let keep = audit::Keep {
            days: self.keeping.retention.get().audit_days.into(),
            rows: AUDIT_KEPT_ROWS,
        };
        let step = || -> rusqlite::Result<usize> {
            let tx = self.conn.unchecked_transaction()?;
            let removed = match kv::sweep(&tx, now)? {
                0 => audit::sweep(&tx, now, keep)?,
                removed => removed,
            };
            if removed > 0 {
                tx.commit()?;
            }
            Ok(removed)
        };
        self.sweep_at = match step() {
            Ok(0) => Instant::now() + SWEEP_EVERY,
            Ok(_) => Instant::now(),
            Err(error) => {
                tracing::warn!(%error, "expired rows could not be removed");
                Instant::now() + SWEEP_EVERY
            }
        };
    }
}

/// Empties the queue when the thread ends, in whatever way.
struct Abandon(Arc<WriteQueue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
