//! The one writer of `platform.db`, with group commit.
//!
//! ```text
//! callers ── closures ──> queue ──> writer thread:   BEGIN
//! audit() ── records  ──>  (bounded)                   SAVEPOINT  closure 1  RELEASE
//!                                                      SAVEPOINT  closure 2  ROLLBACK TO   (it failed: it alone is undone)
//!                                                      audit records
//!                                                    COMMIT      one sync of the disk for all of them
//!                                                    replies
//! ```
//!
//! While one commit waits for the disk the next closures gather, so the busier the house, the more share a sync. A
//! reply is sent after the commit: what was answered with success is on the disk, survives `kill -9` and a power
//! cut, and every read that starts later sees it. A failed commit is told to everyone who shared it.

mod job;
mod queue;
#[cfg(test)]
mod tests;
mod thread;

pub(crate) use job::{Closure, Job};
pub(crate) use queue::WriteQueue;
pub(crate) use thread::{Housekeeping, Writer};
