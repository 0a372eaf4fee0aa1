//! Reading connections: a bounded pool on blocking threads, and a few for point reads on the caller's own thread.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use homemaid_protocol::Clock;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connection::open_reader;
use crate::error::panic_text;
use crate::limits::READERS;
use crate::{ReadTx, StorageError};

/// The reading side of one database file. Only one opened with connections for point reads can do `inline`.
pub(crate) struct Readers {
    path: PathBuf,
    clock: Clock,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    inline: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Readers {
    /// Opens so many connections for point reads; the pool opens its own when they are needed.
    pub(crate) fn open(path: PathBuf, clock: Clock, inline: usize) -> rusqlite::Result<Self> {
        let inline = (0..inline)
            .map(|_| open_reader(&path).map(Mutex::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            path,
            clock,
            places: Arc::new(Semaphore::new(READERS)),
            idle: Mutex::new(Vec::with_capacity(READERS)),
            inline,
            turn: AtomicUsize::new(0),
        })
    }

    /// Runs `read` on a blocking thread, over one view of the database.
    pub(crate) async fn pooled<T, E>(
        self: &Arc<Self>,
        read: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| StorageError::Closed)?;
        let this = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            this.run_pooled(read)
        });
        match task.await {
            Ok(result) => result,
            // A panic took its connection with it, and the pool opens another.
            Err(error) => Err(match error.try_into_panic() {
                Ok(payload) => StorageError::Panicked(panic_text(&*payload)),
                Err(_) => StorageError::Closed,
            }
            .into()),
        }
    }

    fn run_pooled<T, E: From<StorageError>>(
        &self,
        read: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = lock(&self.idle).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => open_reader(&self.path).map_err(StorageError::on("read"))?,
        };
        let result = self.view(&conn, read);
        if !self.places.is_closed() {
            lock(&self.idle).push(conn);
        }
        result
    }

    /// Runs `read` here and now.
    pub(crate) fn inline<T, E: From<StorageError>>(
        &self,
        read: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.places.is_closed() {
            return Err(StorageError::Closed.into());
        }
        let conn = self.free_inline();
        // The connection is used again, so a panic must not leave it inside of a transaction.
        let result = catch_unwind(AssertUnwindSafe(|| self.view(&conn, read)));
        if !conn.is_autocommit() {
            conn.execute_batch("ROLLBACK").map_err(StorageError::on("read"))?;
        }
        drop(conn);
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// Returns a connection that is free, or waits for the next one: microseconds, as all of these reads are short.
    fn free_inline(&self) -> MutexGuard<'_, Connection> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for step in 0..self.inline.len() {
            match self.inline[(turn + step) % self.inline.len()].try_lock() {
                Ok(conn) => return conn,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        lock(&self.inline[turn % self.inline.len()])
    }

    fn view<T, E: From<StorageError>>(
        &self,
        conn: &Connection,
        read: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let statement = |sql: &str| {
            conn.prepare_cached(sql)
                .and_then(|mut statement| statement.execute([]))
                .map(drop)
                .map_err(StorageError::on("read"))
        };
        statement("BEGIN")?;
        let tx = ReadTx {
            conn,
            now: self.clock.now().as_millisecond(),
        };
        let result = read(&tx);
        statement("COMMIT")?;
        result
    }

    /// Lets no read start any more.
    pub(crate) fn close(&self) {
        self.places.close();
        lock(&self.idle).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
