//! What to do with one installation's worker, decided without doing it.
//!
//! ```text
//!                 Create          Boot            Hook                OpenEvents
//!  Stopped ──────► Creating ─────► Booting ──────► Hooking ──────────► Running
//!    ▲  ▲             │ failed        │ no reply,     │ exit              │ exit, stuck
//!    │  │             ▼               ▼ exit          ▼                   ▼
//!    │  │          BackingOff ◄───────┴───────────────┴───────────────────┘
//!    │  │             │   │ wait over: Creating
//!    │  │  owner      │   └─ fifth exit in five minutes: GaveUp ── owner: Creating
//!    │  └─────────────┴────────────┘
//!    │                                                    stop, restart
//!    │           exit                 EOF         notice          no unacked event
//!    └── Killing/Ending ◄──────── Ending ◄──── Notified ◄──── Draining ◄── Leaving ◄── Running
//!                                                                        disable, uninstall hooks
//! ```
//!
//! * *Stopped*: no worker, none wanted. *GaveUp*: none wanted until the owner says so (suspended).
//! * *Creating*: the sandbox starts one. *Booting*: `host.boot` is sent, its reply is awaited.
//! * *Hooking*: `host.install` and `host.enable`, in this order. *Running*: events flow.
//! * *Leaving*: `host.disable` and `host.uninstall`. *Draining*: unacknowledged events may finish.
//! * *Notified*: `host.shutdown` is sent. *Ending*: its input is closed, the sandbox terminates it.
//! * *Killing*: killed outright, the exit is awaited. A restart is a stop that ends in *Creating*.
//! * *BackingOff*: it crashed; the next start comes by itself.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use homemaid_protocol::message::Lifecycle;
use tokio::time::Instant;

use super::crash::{CRASH_WINDOW, CrashHistory, Verdict};

/// Longest wait for the reply to `host.boot` (wire §2.1).
pub(crate) const BOOT_REPLY: Duration = Duration::from_secs(10);
/// Longest wait for unacknowledged events when stopping (wire §2.3).
pub(crate) const DRAIN: Duration = Duration::from_secs(5);
/// Between `host.shutdown` and the end of input (wire §2.3).
pub(crate) const SHUTDOWN_NOTICE: Duration = Duration::from_secs(1);
/// A kill that shows no exit after this long is repeated.
pub(crate) const KILL_AGAIN: Duration = Duration::from_secs(10);

/// Why a worker is gone although it should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It ended by itself with this status.
    Exited(i32),
    /// This signal ended it.
    Signaled(i32),
    /// It used more than its memory.
    OutOfMemory,
    /// It did not answer `host.boot`, or refused it.
    NoBoot(String),
    /// It stopped acknowledging or reading; the text says which.
    Stuck(String),
    /// The sandbox could not start it.
    CannotStart(String),
    /// It was killed from outside.
    Killed,
    /// It ended, and nobody can tell how.
    Unknown,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(0) => write!(f, "ended by itself although it is switched on"),
            Self::Exited(status) => write!(f, "ended with status {status}"),
            Self::Signaled(signal) => write!(f, "ended by signal {signal}"),
            Self::OutOfMemory => write!(
                f,
                "killed: used more than its {} MB of memory",
                homemaid_protocol::limits::WORKER_MEMORY_BYTES >> 20
            ),
            Self::NoBoot(why) => write!(f, "did not boot: {why}"),
            Self::Stuck(why) => write!(f, "killed: stuck, {why}"),
            Self::CannotStart(why) => write!(f, "could not be started: {why}"),
            Self::Killed => write!(f, "killed from outside"),
            Self::Unknown => write!(f, "ended for an unknown reason"),
        }
    }
}

/// Why a worker is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopWhy {
    /// The owner switched it off.
    Disable,
    /// The installation goes; `was_enabled` also runs the disable hook.
    Uninstall {
        /// It was switched on until now.
        was_enabled: bool,
    },
    /// The host drains, or the bot left the guild: no hooks.
    Leave,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It shall run; `hooks` are those still owed to the plugin.
    Start(Vec<Lifecycle>),
    /// It shall not run.
    Stop(StopWhy),
    /// The owner asks for a fresh worker, whatever happened before.
    Restart,
    /// Grants or version changed: a worker that has its boot list already is replaced.
    Refresh,
    /// The sandbox started one.
    Created,
    /// The sandbox could not.
    CreateFailed(String),
    /// `host.boot` was answered.
    Booted,
    /// `host.boot` was answered by an error.
    BootRefused(String),
    /// The hook's handler returned.
    HookDone(Lifecycle),
    /// No event is unacknowledged.
    Drained,
    /// It no longer acknowledges, or no longer reads its input.
    Stuck(String),
    /// It is gone.
    Exited(Cause),
    /// [`Plan::deadline`] has passed.
    Deadline,
    /// Kill, now and for good.
    Cut,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask the sandbox for a worker.
    Create,
    /// Send `host.boot`.
    Boot,
    /// Send a lifecycle request.
    Hook(Lifecycle),
    /// The hook is over and no longer owed; `late` when its limit passed first.
    HookOver {
        /// Which.
        hook: Lifecycle,
        /// Its limit passed before the reply.
        late: bool,
    },
    /// Let events through.
    OpenEvents,
    /// Hold events back; tell when none is unacknowledged.
    CloseEvents,
    /// Send `host.shutdown`.
    Shutdown,
    /// Close its input and let the sandbox terminate it.
    Terminate,
    /// Kill all of it.
    Kill,
    /// Tell the owner; `retry` is the wait before the next start, `None` when suspended.
    Crashed {
        /// Why.
        cause: Cause,
        /// When it starts again.
        retry: Option<Duration>,
    },
    /// It ran for a whole crash window: whatever was wrong is over.
    Recovered,
    /// No worker is left and none is wanted.
    Stopped,
}

/// What the owner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// No worker.
    Stopped,
    /// On its way to running.
    Starting,
    /// Events flow.
    Running,
    /// On its way out.
    Stopping,
    /// Crashed; the next start comes at `until`.
    BackingOff {
        /// When.
        until: Instant,
        /// Which restart in a row, from 1.
        attempt: u32,
    },
    /// Suspended until the owner acts.
    GaveUp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Stopped,
    Creating,
    Booting { until: Instant },
    Hooking { hook: Lifecycle, until: Instant },
    Running { healthy_at: Option<Instant> },
    Leaving { hook: Lifecycle, until: Instant },
    Draining { until: Instant },
    Notified { until: Instant },
    Ending,
    Killing { again: Instant, cause: Option<Cause> },
    BackingOff { until: Instant },
    GaveUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    Run,
    Restart,
    Stop,
}

/// The plan for one installation. `on` decides and does nothing.
#[derive(Debug)]
pub(crate) struct Plan {
    phase: Phase,
    goal: Goal,
    /// Owed at the next boot: install, enable.
    arriving: VecDeque<Lifecycle>,
    /// Owed before the end: disable, uninstall.
    leaving: VecDeque<Lifecycle>,
    crashes: CrashHistory,
}

impl Plan {
    /// Returns the plan of an installation without a worker.
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Stopped,
            goal: Goal::Stop,
            arriving: VecDeque::new(),
            leaving: VecDeque::new(),
            crashes: CrashHistory::default(),
        }
    }

    /// Returns the plan of an installation that was suspended before the host started.
    pub(crate) fn suspended() -> Self {
        Self {
            phase: Phase::GaveUp,
            ..Self::new()
        }
    }

    /// Returns what the owner sees.
    pub(crate) fn status(&self) -> Status {
        match self.phase {
            Phase::Stopped => Status::Stopped,
            Phase::GaveUp => Status::GaveUp,
            Phase::BackingOff { until } => Status::BackingOff {
                until,
                attempt: self.crashes.attempt(),
            },
            Phase::Running { .. } => Status::Running,
            Phase::Creating | Phase::Booting { .. } | Phase::Hooking { .. } => match self.goal {
                Goal::Stop => Status::Stopping,
                Goal::Run | Goal::Restart => Status::Starting,
            },
            Phase::Killing { cause: Some(_), .. } if self.goal == Goal::Run => Status::Starting,
            Phase::Leaving { .. }
            | Phase::Draining { .. }
            | Phase::Notified { .. }
            | Phase::Ending
            | Phase::Killing { .. } => Status::Stopping,
        }
    }

    /// Returns whether there is no worker and none will come by itself.
    pub(crate) fn is_at_rest(&self) -> bool {
        matches!(self.phase, Phase::Stopped | Phase::GaveUp)
    }

    /// Returns when [`Signal::Deadline`] is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Stopped | Phase::GaveUp | Phase::Creating | Phase::Ending => None,
            Phase::Running { healthy_at } => healthy_at,
            Phase::Booting { until }
            | Phase::Hooking { until, .. }
            | Phase::Leaving { until, .. }
            | Phase::Draining { until }
            | Phase::Notified { until }
            | Phase::BackingOff { until } => Some(until),
            Phase::Killing { again, .. } => Some(again),
        }
    }

    /// Takes in what happened at `now`; returns what to do, in this order.
    pub(crate) fn on(&mut self, signal: Signal, now: Instant) -> Vec<Step> {
        match signal {
            Signal::Start(hooks) => self.start(hooks),
            Signal::Stop(why) => self.stop(why, now),
            Signal::Restart => self.restart(now),
            Signal::Refresh => self.refresh(now),
            Signal::Created => self.created(now),
            Signal::CreateFailed(why) => self.gone(Cause::CannotStart(why), now),
            Signal::Booted => self.booted(now),
            Signal::BootRefused(why) => self.boot_failed(why, now),
            Signal::HookDone(hook) => self.hook_done(hook, false, now),
            Signal::Drained => match self.phase {
                Phase::Draining { .. } => self.notify(now),
                _ => Vec::new(),
            },
            Signal::Stuck(why) => self.stuck(why, now),
            Signal::Exited(cause) => self.gone(cause, now),
            Signal::Deadline => self.deadline_passed(now),
            Signal::Cut => self.cut(now),
        }
    }

    fn start(&mut self, hooks: Vec<Lifecycle>) -> Vec<Step> {
        self.arriving = hooks.into();
        match self.phase {
            Phase::Stopped | Phase::GaveUp => {
                self.crashes.forget();
                self.create(Goal::Run)
            }
            Phase::BackingOff { .. } => self.create(Goal::Run),
            // A stop was asked for meanwhile and is taken back: the worker may go on.
            Phase::Creating | Phase::Booting { .. } | Phase::Hooking { .. } => {
                if let Phase::Hooking { hook, .. } = self.phase {
                    self.arriving.retain(|owed| *owed != hook);
                }
                self.leaving.clear();
                self.goal = Goal::Run;
                Vec::new()
            }
            Phase::Running { .. } => Vec::new(),
            Phase::Leaving { .. }
            | Phase::Draining { .. }
            | Phase::Notified { .. }
            | Phase::Ending
            | Phase::Killing { .. } => {
                if self.goal == Goal::Stop {
                    self.crashes.forget();
                    self.goal = Goal::Restart;
                }
                Vec::new()
            }
        }
    }

    fn stop(&mut self, why: StopWhy, now: Instant) -> Vec<Step> {
        let uninstall = matches!(why, StopWhy::Uninstall { .. });
        let enabled_now = !self.arriving.contains(&Lifecycle::Enable);
        self.leaving.clear();
        match why {
            StopWhy::Disable if enabled_now => self.leaving.push_back(Lifecycle::Disable),
            StopWhy::Uninstall { was_enabled: true } if enabled_now => {
                self.leaving.extend([Lifecycle::Disable, Lifecycle::Uninstall]);
            }
            StopWhy::Uninstall { .. } => self.leaving.push_back(Lifecycle::Uninstall),
            StopWhy::Disable | StopWhy::Leave => {}
        }
        if why != StopWhy::Leave {
            self.arriving.retain(|hook| *hook != Lifecycle::Enable);
        }
        match self.phase {
            Phase::Stopped | Phase::GaveUp | Phase::BackingOff { .. } => {
                // The disable hook is for a worker that runs; the uninstall hook is worth a start (wire §2.2).
                self.leaving.retain(|hook| *hook == Lifecycle::Uninstall);
                if uninstall {
                    return self.create(Goal::Stop);
                }
                self.goal = Goal::Stop;
                self.phase = Phase::Stopped;
                vec![Step::Stopped]
            }
            Phase::Creating => {
                self.goal = Goal::Stop;
                self.leaving.retain(|hook| *hook == Lifecycle::Uninstall);
                Vec::new()
            }
            Phase::Booting { .. } => {
                self.goal = Goal::Stop;
                self.leaving.retain(|hook| *hook == Lifecycle::Uninstall);
                if uninstall {
                    Vec::new()
                } else {
                    self.kill(None, now)
                }
            }
            Phase::Hooking { .. } => {
                self.goal = Goal::Stop;
                if why == StopWhy::Leave {
                    self.leave(now)
                } else {
                    Vec::new()
                }
            }
            Phase::Running { .. } => {
                self.goal = Goal::Stop;
                self.leave(now)
            }
            // Already on its way out; an uninstall that comes later still finds a booted worker.
            Phase::Leaving { .. } => {
                self.goal = Goal::Stop;
                self.leaving.retain(|hook| *hook == Lifecycle::Uninstall);
                Vec::new()
            }
            Phase::Draining { .. } if !self.leaving.is_empty() => {
                self.goal = Goal::Stop;
                self.leave(now)
            }
            Phase::Draining { .. } | Phase::Notified { .. } | Phase::Ending | Phase::Killing { .. } => {
                self.goal = Goal::Stop;
                self.leaving.retain(|hook| *hook == Lifecycle::Uninstall);
                Vec::new()
            }
        }
    }

    fn restart(&mut self, now: Instant) -> Vec<Step> {
        self.crashes.forget();
        match self.phase {
            Phase::GaveUp | Phase::BackingOff { .. } => self.create(Goal::Run),
            _ => self.refresh(now),
        }
    }

    fn refresh(&mut self, now: Instant) -> Vec<Step> {
        if self.goal != Goal::Run {
            return Vec::new();
        }
        match self.phase {
            Phase::Booting { .. } | Phase::Hooking { .. } => {
                self.goal = Goal::Restart;
                Vec::new()
            }
            Phase::Running { .. } => {
                self.goal = Goal::Restart;
                self.phase = Phase::Draining { until: now + DRAIN };
                vec![Step::CloseEvents]
            }
            // The boot list is made when it is sent, and a wait or a crash ends in a new worker anyway.
            _ => Vec::new(),
        }
    }

    fn created(&mut self, now: Instant) -> Vec<Step> {
        if self.phase != Phase::Creating {
            return Vec::new();
        }
        if self.goal == Goal::Stop && self.leaving.is_empty() {
            return self.kill(None, now);
        }
        self.phase = Phase::Booting {
            until: now + BOOT_REPLY,
        };
        vec![Step::Boot]
    }

    fn booted(&mut self, now: Instant) -> Vec<Step> {
        if !matches!(self.phase, Phase::Booting { .. }) {
            return Vec::new();
        }
        self.arrive(now)
    }

    /// The next step of a booted worker: a hook, running, or out again.
    fn arrive(&mut self, now: Instant) -> Vec<Step> {
        if self.goal != Goal::Run {
            return self.leave(now);
        }
        if let Some(hook) = self.arriving.pop_front() {
            self.phase = Phase::Hooking {
                hook,
                until: now + hook.time_limit(),
            };
            vec![Step::Hook(hook)]
        } else {
            self.phase = Phase::Running {
                healthy_at: Some(now + CRASH_WINDOW),
            };
            vec![Step::OpenEvents]
        }
    }

    /// The next step of a worker on its way out: a hook, or the wait for acknowledgements.
    fn leave(&mut self, now: Instant) -> Vec<Step> {
        if let Some(hook) = self.leaving.pop_front() {
            self.phase = Phase::Leaving {
                hook,
                until: now + hook.time_limit(),
            };
            vec![Step::CloseEvents, Step::Hook(hook)]
        } else {
            self.phase = Phase::Draining { until: now + DRAIN };
            vec![Step::CloseEvents]
        }
    }

    fn hook_done(&mut self, hook: Lifecycle, late: bool, now: Instant) -> Vec<Step> {
        let mut steps = vec![Step::HookOver { hook, late }];
        match self.phase {
            Phase::Hooking { hook: awaited, .. } if awaited == hook => {
                steps.extend(self.arrive(now));
            }
            Phase::Leaving { hook: awaited, .. } if awaited == hook => {
                steps.extend(self.leave(now));
            }
            _ => return Vec::new(),
        }
        steps
    }

    fn notify(&mut self, now: Instant) -> Vec<Step> {
        self.phase = Phase::Notified {
            until: now + SHUTDOWN_NOTICE,
        };
        vec![Step::Shutdown]
    }

    fn boot_failed(&mut self, why: String, now: Instant) -> Vec<Step> {
        match self.phase {
            Phase::Booting { .. } => self.kill(Some(Cause::NoBoot(why)), now),
            _ => Vec::new(),
        }
    }

    fn stuck(&mut self, why: String, now: Instant) -> Vec<Step> {
        match self.phase {
            Phase::Booting { .. }
            | Phase::Hooking { .. }
            | Phase::Running { .. }
            | Phase::Leaving { .. }
            | Phase::Draining { .. }
            | Phase::Notified { .. } => self.kill(Some(Cause::Stuck(why)), now),
            _ => Vec::new(),
        }
    }

    fn kill(&mut self, cause: Option<Cause>, now: Instant) -> Vec<Step> {
        self.phase = Phase::Killing {
            again: now + KILL_AGAIN,
            cause,
        };
        vec![Step::Kill]
    }

    fn create(&mut self, goal: Goal) -> Vec<Step> {
        self.goal = goal;
        self.phase = Phase::Creating;
        vec![Step::Create]
    }

    /// No worker is left.
    fn gone(&mut self, cause: Cause, now: Instant) -> Vec<Step> {
        let before = std::mem::replace(&mut self.phase, Phase::Stopped);
        let (cause, leaving) = match before {
            // Late news about a worker that was already counted.
            Phase::Stopped | Phase::GaveUp | Phase::BackingOff { .. } => {
                self.phase = before;
                return Vec::new();
            }
            Phase::Killing { cause: Some(why), .. } => (why, false),
            Phase::Creating | Phase::Booting { .. } | Phase::Hooking { .. } | Phase::Running { .. } => {
                // A hook that was cut off is still owed.
                if let Phase::Hooking { hook, .. } = before {
                    self.arriving.push_front(hook);
                }
                (cause, false)
            }
            Phase::Leaving { .. }
            | Phase::Draining { .. }
            | Phase::Notified { .. }
            | Phase::Ending
            | Phase::Killing { cause: None, .. } => (cause, true),
        };
        match self.goal {
            Goal::Stop => {
                self.leaving.clear();
                vec![Step::Stopped]
            }
            Goal::Restart if leaving => self.create(Goal::Run),
            Goal::Restart | Goal::Run => {
                self.goal = Goal::Run;
                self.crashed(cause, now)
            }
        }
    }

    fn crashed(&mut self, cause: Cause, now: Instant) -> Vec<Step> {
        let retry = match self.crashes.crashed(now) {
            Verdict::Retry(wait) => {
                self.phase = Phase::BackingOff { until: now + wait };
                Some(wait)
            }
            Verdict::GiveUp => {
                self.phase = Phase::GaveUp;
                None
            }
        };
        vec![Step::Crashed { cause, retry }]
    }

    fn deadline_passed(&mut self, now: Instant) -> Vec<Step> {
        if self.deadline().is_none_or(|due| now < due) {
            return Vec::new();
        }
        match self.phase {
            Phase::Booting { .. } => {
                let why = format!("no reply to host.boot within {} s", BOOT_REPLY.as_secs());
                self.kill(Some(Cause::NoBoot(why)), now)
            }
            Phase::Hooking { hook, .. } | Phase::Leaving { hook, .. } => self.hook_done(hook, true, now),
            Phase::Running { .. } => {
                self.phase = Phase::Running { healthy_at: None };
                self.crashes.forget();
                vec![Step::Recovered]
            }
            Phase::Draining { .. } => self.notify(now),
            Phase::Notified { .. } => {
                self.phase = Phase::Ending;
                vec![Step::Terminate]
            }
            Phase::Killing { ref mut again, .. } => {
                *again = now + KILL_AGAIN;
                vec![Step::Kill]
            }
            Phase::BackingOff { .. } => self.create(Goal::Run),
            Phase::Stopped | Phase::GaveUp | Phase::Creating | Phase::Ending => Vec::new(),
        }
    }

    fn cut(&mut self, now: Instant) -> Vec<Step> {
        self.goal = Goal::Stop;
        self.leaving.clear();
        match self.phase {
            // What is being created is killed when it is there.
            Phase::Stopped | Phase::Creating => Vec::new(),
            Phase::GaveUp | Phase::BackingOff { .. } => {
                self.phase = Phase::Stopped;
                vec![Step::Stopped]
            }
            _ => self.kill(None, now),
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
