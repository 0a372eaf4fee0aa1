//! Telling that a worker ran out of memory.
//!
//! cgroup v2 counts it in `memory.events` of every cgroup upwards, so the host's own cgroup keeps the count when the container's
//! is gone, and with `memory.oom.group` the kernel kills the whole worker. cgroup v1 counts only in the cgroup of the killed
//! process, which vanishes with the container, and kills one process of it; but it signals an event file when a limit is hit.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::event::{EventfdFlags, eventfd};
use tokio::io::unix::AsyncFd;

use super::files::{read_field, write};
use super::v1::OOM_CONTROL;
use crate::proc::watchable;

/// Counts how often a cgroup ran out of memory.
#[derive(Debug)]
pub(crate) struct OomCounter(Source);

#[derive(Debug)]
enum Source {
    Events(PathBuf),
    Signals {
        event: AsyncFd<OwnedFd>,
        count: AtomicU64,
    },
}

impl OomCounter {
    /// Reads `memory.events` of cgroup v2.
    pub(super) fn of_events(memory: &Path) -> Self {
        Self(Source::Events(memory.join("memory.events")))
    }

    /// Asks cgroup v1 for a signal.
    pub(super) fn watch(memory: &Path) -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let control = File::open(memory.join(OOM_CONTROL))?;
        let registration = format!("{} {}", event.as_raw_fd(), control.as_raw_fd());
        write(&memory.join("cgroup.event_control"), &registration)?;
        Ok(Self(Source::Signals {
            event: watchable(event)?,
            count: AtomicU64::new(0),
        }))
    }

    /// Returns how often it happened so far.
    pub(super) fn count(&self) -> u64 {
        match &self.0 {
            Source::Events(file) => read_field(file, "oom_kill"),
            Source::Signals { event, count } => {
                let mut signals = [0; 8];
                if rustix::io::read(event.get_ref(), &mut signals).is_ok() {
                    count.fetch_add(u64::from_ne_bytes(signals), Ordering::AcqRel);
                }
                count.load(Ordering::Acquire)
            }
        }
    }

    /// Waits for the signal; for ever where the kernel does all by itself.
    pub(super) async fn happened(&self) {
        let Source::Signals { event, .. } = &self.0 else {
            return std::future::pending().await;
        };
        while self.count() == 0 {
            match event.readable().await {
                Ok(mut ready) => ready.clear_ready(),
                Err(_) => std::future::pending().await,
            }
        }
    }
}
