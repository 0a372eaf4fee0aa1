//! What every connection shares: the world under its lock, and how to stop.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::limits;
use crate::rest::limit::{RateLimitMode, RateLimits};
use crate::world::World;

/// Shared by REST, gateway and control.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) rates: Mutex<RateLimits>,
    /// Open gateway sockets.
    pub(crate) sockets: AtomicUsize,
    /// Open event streams of the control API.
    pub(crate) streams: AtomicUsize,
    /// Places for requests that a fault lets hang.
    pub(crate) hanging: Semaphore,
    /// Rung when faults are cleared, so that what hangs ends.
    pub(crate) faults_cleared: Notify,
    pub(crate) heartbeat_interval: Duration,
    pub(crate) limit_identify: bool,
    pub(crate) stopping: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Shared {
    pub(crate) fn new(
        world: World,
        heartbeat_interval: Duration,
        limit_identify: bool,
        rate_limits: RateLimitMode,
    ) -> Self {
        Self {
            world: Mutex::new(world),
            rates: Mutex::new(RateLimits::new(rate_limits)),
            sockets: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            hanging: Semaphore::new(limits::HANGING_REQUESTS),
            faults_cleared: Notify::new(),
            heartbeat_interval,
            limit_identify,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Locks the world. Never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fails interactions and archives threads when their time is over, on the simulator's clock.
pub(crate) async fn watch_deadlines(shared: std::sync::Arc<Shared>) {
    let (clock, changed) = {
        let world = shared.lock();
        (world.clock.clone(), std::sync::Arc::clone(&world.deadlines))
    };
    loop {
        let deadline = shared.lock().next_deadline();
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = changed.notified() => {}
            () = async {
                match deadline {
                    Some(deadline) => clock.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            } => shared.lock().pass_time(),
        }
    }
}
