//! One queued write: its closure, what came of it, and who waits for that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::panic_text;
use crate::{StorageError, WriteTx};

/// A queued write whose types the queue need not know.
pub(crate) trait Job: Send {
    /// Runs the closure; returns whether its changes are to be kept.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;

    /// Takes back the success: the changes could not be kept.
    fn fail(&mut self, error: StorageError);

    /// Tells the caller.
    fn reply(self: Box<Self>);
}

/// A closure and its caller.
pub(crate) struct Closure<F, T, E> {
    run: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Closure<F, T, E>
where
    F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    pub(crate) fn new(closure: F, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            run: Some(closure),
            outcome: None,
            reply,
        }
    }
}

impl<F, T, E> Job for Closure<F, T, E>
where
    F: FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StorageError> + Send + 'static,
{
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        let Some(closure) = self.run.take() else {
            return false;
        };
        // Whatever the closure left half done is rolled back with its savepoint, and nothing else is shared with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| closure(tx))).unwrap_or_else(|payload| {
            let text = panic_text(&*payload);
            tracing::error!(panic = %text, "a write panicked and was rolled back");
            Err(StorageError::Panicked(text).into())
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn fail(&mut self, error: StorageError) {
        // An error of the closure's own is the better answer.
        if !matches!(self.outcome, Some(Err(_))) {
            self.outcome = Some(Err(error.into()));
        }
    }

    fn reply(self: Box<Self>) {
        let Self { outcome, reply, .. } = *self;
        // The caller may have stopped waiting; the write stands all the same.
        let _ = reply.send(outcome.unwrap_or_else(|| Err(StorageError::Closed.into())));
    }
}

/// The error of a commit that several writes shared.
pub(crate) fn commit_failed(error: rusqlite::Error) -> StorageError {
    StorageError::Commit(Arc::new(error))
}
