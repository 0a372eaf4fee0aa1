//! The handle the rest of the house holds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use homemaid_protocol::{Clock, InstallationId};
use tokio::sync::oneshot;

use crate::audit::{self, AuditRecord};
use crate::connection::{Durability, open_writer, set_durability};
use crate::data_dir::DataDir;
use crate::kv::KvStore;
use crate::limits::INLINE_READERS;
use crate::logs::{LogFilter, LogLine, LogRecord, Logs};
use crate::metrics::{MetricStore, Metrics};
use crate::migration::Schema;
use crate::read::Readers;
use crate::retention::{self, InForce};
use crate::snapshot::{DATABASES, SnapshotError, copy_database};
use crate::trouble::Troubles;
use crate::vault::{KeySource, SecretStore, Vault};
use crate::write::{Closure, Housekeeping, WriteQueue, Writer};
use crate::{OpenError, ReadTx, Retention, StorageError, StorageTrouble, WriteTx, kv, person, schema};

pub(crate) const PLATFORM_FILE: &str = "platform.db";
pub(crate) const LOGS_FILE: &str = "logs.db";
pub(crate) const METRICS_FILE: &str = "metrics.db";

/// The open storage; clones share it.
///
/// When the last clone is dropped it is closed as by [`close`](Self::close), but on the thread that dropped it, which
/// waits for the disk meanwhile.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    queue: Arc<WriteQueue>,
    readers: Arc<Readers>,
    logs: Logs,
    vault: Arc<Vault>,
    dir: PathBuf,
    metrics: Metrics,
    retention: Arc<InForce>,
    troubles: Arc<Troubles>,
    /// When it has finished, the directory is free for another process.
    writer: Mutex<Option<Writer>>,
}

/// What the owner may want to know about the storage's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct StorageStats {
    /// Writes that wait for the writer.
    pub writes_waiting: usize,
    /// Audit records dropped since the start because the writer could not keep up.
    pub audit_dropped: u64,
    /// Log lines dropped since the start for the same reason.
    pub logs_dropped: u64,
    /// Recorded values dropped since the start for the same reason.
    pub metrics_dropped: u64,
}

impl Storage {
    /// Opens the data directory, making what is missing and bringing older databases up to date.
    ///
    /// Blocks for as long as migrations take.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, OpenError> {
        Self::open_with(dir, clock, &KeySource::DataDir)
    }

    /// Opens the data directory with the secret key of another place; see [`open`](Self::open).
    pub fn open_with(dir: &Path, clock: Clock, key: &KeySource) -> Result<Self, OpenError> {
        let data = DataDir::open(dir)?;
        let platform = data.database(PLATFORM_FILE)?;
        let logs = data.database(LOGS_FILE)?;
        let metrics = data.database(METRICS_FILE)?;
        let mut writer = open_database(&platform, &schema::PLATFORM, Durability::PowerCut)?;
        let log_writer = open_database(&logs, &schema::LOGS, Durability::Crash)?;
        let metric_writer = open_database(&metrics, &schema::METRICS, Durability::Crash)?;
        kv::drop_unfinished(&writer).map_err(OpenError::database(&platform))?;
        let vault = Vault::open(&data, key, &mut writer)?;
        data.sync()?;

        let kept = stored_retention(&writer, clock.now().as_millisecond()).unwrap_or_default();
        let (retention, troubles) = (Arc::new(InForce::new(kept)), Arc::<Troubles>::default());

        let next_audit = audit::next_id(&writer).map_err(OpenError::database(&platform))?;
        let queue = Arc::new(WriteQueue::new(next_audit));
        let readers = Readers::open(platform.clone(), clock.clone(), INLINE_READERS)
            .map_err(OpenError::database(&platform))?;
        let logs = Logs::start(
            log_writer,
            &logs,
            clock.clone(),
            Arc::clone(&retention),
            Arc::clone(&troubles),
        )?;
        let metrics = Metrics::start(metric_writer, &metrics, clock.clone(), Arc::clone(&troubles))?;
        let housekeeping = Housekeeping {
            clock,
            retention: Arc::clone(&retention),
            troubles: Arc::clone(&troubles),
        };
        let writer =
            Writer::start(writer, Arc::clone(&queue), housekeeping, data).map_err(OpenError::Thread)?;
        Ok(Self(Arc::new(Inner {
            queue,
            readers: Arc::new(readers),
            logs,
            vault: Arc::new(vault),
            dir: dir.to_owned(),
            metrics,
            retention,
            troubles,
            writer: Mutex::new(Some(writer)),
        })))
    }

    /// Runs a change on the writer and returns when it is on the disk; see [`try_write`](Self::try_write).
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.try_write(change).await
    }

    /// Runs a change that has an error type of its own.
    ///
    /// Changes run one after the other in the order in which they were queued. An error or a panic undoes this change
    /// and no other. Dropping the future before it is queued cancels the change; afterwards it happens all the same.
    pub async fn try_write<T, E>(
        &self,
        change: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        self.0.queue.push(Box::new(Closure::new(change, reply))).await?;
        outcome.await.unwrap_or_else(|_| Err(StorageError::Closed.into()))
    }

    /// Runs a question on a blocking thread, over one unchanging view of the database.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&ReadTx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.try_read(question).await
    }

    /// Runs a question that has an error type of its own; see [`read`](Self::read).
    pub async fn try_read<T, E>(
        &self,
        question: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        self.0.readers.pooled(question).await
    }

    /// Runs a question on the calling thread. For single rows by key only: it takes microseconds then.
    pub fn read_now<T>(
        &self,
        question: impl FnOnce(&ReadTx<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.try_read_now(question)
    }

    /// Runs a question that has an error type of its own on the calling thread; see [`read_now`](Self::read_now).
    pub fn try_read_now<T, E: From<StorageError>>(
        &self,
        question: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.readers.inline(question)
    }

    /// Returns the key-value data of an installation, with a method per method of the wire.
    pub fn kv(&self, installation: &InstallationId) -> KvStore {
        KvStore::new(self.clone(), installation.clone())
    }

    /// Returns the secrets.
    pub fn secrets(&self) -> SecretStore {
        SecretStore::new(self.clone(), Arc::clone(&self.0.vault))
    }

    /// Queues an audit record for the next commit and returns its id. Never waits: a full queue drops and counts.
    pub fn audit(&self, record: AuditRecord) -> i64 {
        self.0.queue.push_audit(record)
    }

    /// Queues a log line and returns its id. Never waits: a full queue drops and counts.
    pub fn log(&self, record: LogRecord) -> i64 {
        self.0.logs.push(record)
    }

    /// Returns the log lines the filter asks for, the oldest first; also those that wait to be written.
    pub async fn logs(&self, filter: LogFilter) -> Result<Vec<LogLine>, StorageError> {
        self.0.logs.flush().await?;
        self.0.logs.read(filter).await
    }

    /// Returns the metrics of an installation, with a method per method of the wire.
    pub fn metrics(&self, installation: &InstallationId) -> MetricStore {
        MetricStore::new(self.clone(), installation.clone())
    }

    /// Forgets the metrics of all but these installations: one may have been uninstalled just before a crash.
    pub fn keep_metrics_of(&self, installed: &[InstallationId]) {
        self.0.metrics.keep_only(installed);
    }

    pub(crate) fn metric_writer(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Returns how long logs and audit are kept.
    pub fn retention(&self) -> Retention {
        self.0.retention.get()
    }

    /// Changes how long logs and audit are kept, brought into bounds; in force at once, and on the disk.
    pub async fn set_retention(&self, retention: Retention) -> Result<Retention, StorageError> {
        let retention = retention.clamped();
        self.write(move |tx| {
            tx.settings()
                .put(retention::SETTING, &serde_json::json!(retention))
        })
        .await?;
        self.0.retention.set(retention);
        Ok(retention)
    }

    /// Returns what cannot be written right now of audit, logs and metrics.
    pub fn troubles(&self) -> Vec<StorageTrouble> {
        self.0.troubles.list()
    }

    /// Returns when all audit records queued so far can be read, so that whoever asks sees what has just happened.
    pub async fn settle(&self) -> Result<(), StorageError> {
        self.write(|_| Ok(())).await
    }

    /// Returns when all audit records, log lines and recorded values queued so far are written.
    pub async fn flush(&self) -> Result<(), StorageError> {
        self.settle().await?;
        self.0.logs.flush().await?;
        self.0.metrics.flush().await
    }

    /// Returns the log lines that mention a Discord user id: id, installation and message.
    pub async fn person_logs(&self, user: &str) -> Result<Vec<(i64, String, String)>, StorageError> {
        let user = user.to_owned();
        self.0
            .logs
            .ask(move |conn| person::mentioned_logs(conn, &user))
            .await
    }

    /// Removes the log lines that mention a Discord user id; returns how many.
    pub async fn person_erase_logs(&self, user: &str) -> Result<usize, StorageError> {
        self.flush().await?;
        let (path, user) = (self.0.dir.join(LOGS_FILE), user.to_owned());
        let work = move || {
            // A connection of its own: it waits for the log writer as a foreign tool would.
            let conn = open_writer(&path)?;
            person::erase_logs(&conn, &user)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| StorageError::Closed)?
            .map_err(StorageError::on("person.erase_logs"))
    }

    /// Copies every database into the directory `to`, each as it is at one moment; writes go on meanwhile.
    pub async fn snapshot(&self, to: &Path) -> Result<(), SnapshotError> {
        // What is queued for the logs belongs to what happened before.
        self.flush().await.map_err(|_| SnapshotError::Closed)?;
        let (from, to) = (self.0.dir.clone(), to.to_owned());
        let work = move || {
            DATABASES
                .iter()
                .try_for_each(|name| copy_database(&from.join(name), &to.join(name)))
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or(Err(SnapshotError::Closed))
    }

    /// Returns the data directory.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Returns what was dropped and what waits.
    pub fn stats(&self) -> StorageStats {
        StorageStats {
            writes_waiting: self.0.queue.waiting(),
            audit_dropped: self.0.queue.audit_dropped(),
            logs_dropped: self.0.logs.dropped(),
            metrics_dropped: self.0.metrics.dropped(),
        }
    }

    /// Writes what is queued, refuses everything else from now on, and frees the directory for another process.
    pub async fn close(&self) {
        let inner = Arc::clone(&self.0);
        // The threads finish what they have; that is disk work.
        if tokio::task::spawn_blocking(move || inner.close()).await.is_err() {
            tracing::error!("closing the storage panicked");
        }
    }
}

impl Inner {
    fn close(&self) {
        self.queue.close();
        self.readers.close();
        self.logs.close();
        self.metrics.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(writer);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.stats()).finish()
    }
}

fn open_database(
    path: &Path,
    schema: &Schema,
    durability: Durability,
) -> Result<rusqlite::Connection, OpenError> {
    let mut conn = open_writer(path).map_err(OpenError::database(path))?;
    // Before anything is changed: the file may be another program's.
    schema.check(&conn, path)?;
    set_durability(&conn, durability).map_err(OpenError::database(path))?;
    schema.migrate(&mut conn, path)?;
    Ok(conn)
}

/// Returns the owner's choice; one that cannot be read is as good as none.
fn stored_retention(conn: &rusqlite::Connection, now: crate::time::Millis) -> Option<Retention> {
    let tx = ReadTx { conn, now };
    let stored = tx.settings().get(retention::SETTING).ok()??;
    serde_json::from_value(stored).ok()
}
