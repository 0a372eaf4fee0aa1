//! One installation while the host runs: what its worker, the dispatcher and the owner share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use homemaid_package::StoredVersion;
use homemaid_protocol::message::Lifecycle;
use homemaid_protocol::{Bucket, Capability, CapabilitySet, Clock, Event, InstallationId};
use homemaid_sandbox::{Usage, WorkerControl};
use homemaid_storage::Ephemeral;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::Instant;

use crate::bucket::{Empty, TokenBucket};
use crate::outbound::Outbound;
use crate::supervisor::plan::{Signal, Status};
use crate::supervisor::{COMMANDS_QUEUED, Command};
use crate::told::Told;
use crate::view::CommandView;
use crate::worker::gate::LogGate;
use crate::worker::queue::{EventQueue, Offer};

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// What the owner decided.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The active version.
    pub(crate) version: Arc<StoredVersion>,
    /// What it may do.
    pub(crate) grants: CapabilitySet,
    /// It shall run.
    pub(crate) enabled: bool,
    /// The lifecycle messages it is still owed at its next start: install, enable (wire §2.2).
    pub(crate) owed: Vec<Lifecycle>,
    /// It crashed too often.
    pub(crate) suspended: bool,
}

impl Facts {
    /// Returns whether it receives interactions and has commands (caps §3).
    pub(crate) fn responds(&self) -> bool {
        self.enabled && self.grants.contains(&Capability::InteractionRespond)
    }
}

/// What the supervisor shows.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// The plan's status.
    pub(crate) status: Status,
    /// What the owner should know.
    pub(crate) problem: Option<String>,
}

/// Counts of calls, for the owner.
#[derive(Debug, Default)]
pub(crate) struct CallCounts {
    pub(crate) ok: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) refused: AtomicU64,
}

/// The rate limits of one installation; they outlive its workers.
#[derive(Debug)]
pub(crate) struct Buckets {
    discord: TokenBucket,
    proxy: TokenBucket,
    /// Guards this machine, so it runs on the machine's time: a lab whose clock is frozen must not wedge a plugin.
    calls: TokenBucket,
    /// What plugins are promised runs on this.
    clock: Clock,
}

impl Buckets {
    fn new(calls_per_second: u32, clock: Clock) -> Self {
        let now = clock.instant();
        let per_minute = |bucket: Bucket| TokenBucket::new(bucket.per_minute().unwrap_or(0), MINUTE, now);
        Self {
            discord: per_minute(Bucket::Discord),
            proxy: per_minute(Bucket::Proxy),
            calls: TokenBucket::new(calls_per_second, SECOND, Instant::now()),
            clock,
        }
    }

    /// Takes what a call costs in its bucket.
    pub(crate) fn take(&mut self, bucket: Bucket, cost: u32) -> Result<(), Empty> {
        let now = self.clock.instant();
        match bucket {
            Bucket::None => Ok(()),
            Bucket::Discord => self.discord.take(cost, now),
            Bucket::Proxy => self.proxy.take(cost, now),
        }
    }

    /// Passes the safety valve over all calls (wire §6.1).
    pub(crate) fn pass_valve(&mut self, now: Instant) -> Result<(), Empty> {
        self.calls.take(1, now)
    }
}

/// A plugin in a guild.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) id: InstallationId,
    pub(crate) installed_at: Timestamp,
    /// To its supervisor.
    commands: mpsc::Sender<Command>,
    /// One change of the owner at a time.
    pub(crate) changing: tokio::sync::Mutex<()>,
    pub(crate) counts: CallCounts,
    /// Outlives its workers, and goes with it.
    pub(crate) ephemeral: Ephemeral,
    /// What nobody who watches is shown.
    pub(crate) told: Told,
    /// One statement of it at a time.
    pub(crate) sql_turn: Arc<Semaphore>,
    /// What it may ask of the internet.
    pub(crate) outbound: Outbound,
    facts: RwLock<Arc<Facts>>,
    condition: Mutex<Condition>,
    needed: Mutex<BTreeSet<Capability>>,
    registered: Mutex<Vec<CommandView>>,
    buckets: Mutex<Buckets>,
    gate: Mutex<LogGate>,
    worker: Mutex<Option<WorkerControl>>,
    events: Mutex<EventQueue>,
    /// Events are taken in: there is a worker, or one will come.
    accepting: AtomicBool,
    /// Something waits in `events`.
    arrived: Notify,
    calls_running: AtomicUsize,
    /// What the owner sees is different.
    pub(crate) looks: Arc<Notify>,
    dirty: AtomicBool,
}

/// What one is made from.
#[derive(Debug)]
pub(crate) struct NewInstallation {
    pub(crate) id: InstallationId,
    pub(crate) installed_at: Timestamp,
    pub(crate) facts: Facts,
    pub(crate) needed: BTreeSet<Capability>,
    pub(crate) condition: Condition,
    pub(crate) calls_per_second: u32,
    pub(crate) clock: Clock,
    pub(crate) looks: Arc<Notify>,
}

impl Installation {
    /// Returns the installation and what its supervisor listens to.
    pub(crate) fn new(new: NewInstallation) -> (Arc<Self>, mpsc::Receiver<Command>) {
        let now = Instant::now();
        let (commands, orders) = mpsc::channel(COMMANDS_QUEUED);
        let installation = Self {
            id: new.id,
            installed_at: new.installed_at,
            commands,
            changing: tokio::sync::Mutex::new(()),
            counts: CallCounts::default(),
            ephemeral: Ephemeral::new(new.clock.clone()),
            told: Told::default(),
            sql_turn: Arc::new(Semaphore::new(1)),
            outbound: Outbound::default(),
            facts: RwLock::new(Arc::new(new.facts)),
            condition: Mutex::new(new.condition),
            needed: Mutex::new(new.needed),
            registered: Mutex::new(Vec::new()),
            buckets: Mutex::new(Buckets::new(new.calls_per_second, new.clock)),
            gate: Mutex::new(LogGate::new(now)),
            worker: Mutex::new(None),
            events: Mutex::new(EventQueue::new(now)),
            accepting: AtomicBool::new(false),
            arrived: Notify::new(),
            calls_running: AtomicUsize::new(0),
            looks: new.looks,
            dirty: AtomicBool::new(false),
        };
        (Arc::new(installation), orders)
    }

    /// Returns what the owner decided, as of now.
    pub(crate) fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.facts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces what the owner decided.
    pub(crate) fn set_facts(&self, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut facts));
        let grants = facts.grants.clone();
        drop(facts);
        lock(&self.needed).retain(|capability| !grants.contains(capability));
        self.changed();
    }

    /// Returns what the supervisor shows.
    pub(crate) fn condition(&self) -> Condition {
        lock(&self.condition).clone()
    }

    /// Shows something else.
    pub(crate) fn set_condition(&self, change: impl FnOnce(&mut Condition)) {
        change(&mut lock(&self.condition));
        self.changed();
    }

    /// Returns what refused calls needed.
    pub(crate) fn needed(&self) -> BTreeSet<Capability> {
        lock(&self.needed).clone()
    }

    /// Notes a need; returns whether it is new.
    pub(crate) fn note_need(&self, capability: Capability) -> bool {
        lock(&self.needed).insert(capability)
    }

    /// Returns what became of its slash commands.
    pub(crate) fn registered(&self) -> Vec<CommandView> {
        lock(&self.registered).clone()
    }

    /// Shows what became of its slash commands.
    pub(crate) fn set_registered(&self, commands: Vec<CommandView>) {
        let mut registered = lock(&self.registered);
        if *registered != commands {
            *registered = commands;
            drop(registered);
            self.changed();
        }
    }

    pub(crate) fn buckets(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.buckets)
    }

    pub(crate) fn gate(&self) -> MutexGuard<'_, LogGate> {
        lock(&self.gate)
    }

    pub(crate) fn events(&self) -> MutexGuard<'_, EventQueue> {
        lock(&self.events)
    }

    /// Remembers the worker there is, or that there is none.
    pub(crate) fn set_worker(&self, worker: Option<WorkerControl>) {
        *lock(&self.worker) = worker;
    }

    /// Returns what the worker uses, while there is one.
    pub(crate) fn usage(&self) -> Option<Usage> {
        lock(&self.worker).as_ref().map(WorkerControl::usage)
    }

    /// Takes in an event; `None` when no worker will come for it.
    pub(crate) fn offer(&self, event: Event) -> Option<Offer> {
        if !self.accepting.load(Ordering::Acquire) {
            return None;
        }
        let offer = self.events().offer(event, Instant::now());
        self.arrived.notify_one();
        Some(offer)
    }

    /// Says whether events are taken in.
    pub(crate) fn set_accepting(&self, accepting: bool) {
        self.accepting.store(accepting, Ordering::Release);
    }

    /// Tells the supervisor something; one that has ended needs no word.
    pub(crate) async fn command(&self, command: Command) {
        let _ = self.commands.send(command).await;
    }

    /// Tells the plan something.
    pub(crate) async fn signal(&self, signal: Signal) {
        self.command(Command::Signal { signal, done: None }).await;
    }

    /// Waits until an event may have arrived.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Counts a running call until the returned token is dropped.
    pub(crate) fn call_running(self: &Arc<Self>) -> RunningCall {
        self.calls_running.fetch_add(1, Ordering::AcqRel);
        RunningCall(Arc::clone(self))
    }

    /// Returns whether no event waits or is unacknowledged, and no call runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.calls_running.load(Ordering::Acquire) == 0 && self.events().is_idle()
    }

    /// Marks that the owner sees something different; told soon, many marks at once.
    pub(crate) fn changed(&self) {
        self.dirty.store(true, Ordering::Release);
        self.looks.notify_one();
    }

    /// Returns whether it was marked, and unmarks it.
    pub(crate) fn take_changed(&self) -> bool {
        self.dirty.swap(false, Ordering::AcqRel)
    }
}

/// A call that runs.
#[derive(Debug)]
pub(crate) struct RunningCall(Arc<Installation>);

impl Drop for RunningCall {
    fn drop(&mut self) {
        self.0.calls_running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Locks without poisoning: every holder leaves whole values behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promised_rates_run_on_the_given_clock_and_the_valve_on_the_machines() {
        let (clock, hand) = Clock::manual(Timestamp::UNIX_EPOCH);
        let mut buckets = Buckets::new(2, clock);
        let full = Bucket::Discord.per_minute().unwrap();
        buckets.take(Bucket::Discord, full).unwrap();
        assert!(buckets.take(Bucket::Discord, 1).is_err());
        hand.advance(MINUTE);
        buckets.take(Bucket::Discord, full).unwrap();
        assert!(
            buckets.take(Bucket::Discord, 1).is_err(),
            "time stands still again"
        );

        let now = Instant::now();
        for second in 1..4 {
            buckets.pass_valve(now + Duration::from_secs(second)).unwrap();
            buckets.pass_valve(now + Duration::from_secs(second)).unwrap();
        }
    }
}
