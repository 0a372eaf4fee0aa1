//! One task for each installation: it asks [`plan`] what to do and does it.
//!
//! Slow things (starting a container, waiting for its exit, terminating it) run beside the loop, so that the owner's
//! next word is always heard.

mod crash;
pub(crate) mod plan;

use std::sync::Arc;
use std::time::Duration;

use homemaid_protocol::LogLevel;
use homemaid_protocol::message::Lifecycle;
use homemaid_sandbox::{Exit, ExitReason, StopTimes, Worker, WorkerControl};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::house::House;
use crate::installation::Installation;
use crate::services::chain;
use crate::worker::session::{News, Order, Session};
use crate::worker::stderr;
use crash::{CRASH_WINDOW, CRASHES_TO_SUSPEND};
use plan::{Cause, Plan, Signal, Step};

/// Commands of the owner that may wait.
pub(crate) const COMMANDS_QUEUED: usize = 16;
/// How long the pipes of a dead worker are read at most.
const LAST_OUTPUT: Duration = Duration::from_secs(2);
/// How long its container may take to vanish before the host goes on.
const CLEANING: Duration = Duration::from_secs(10);

/// What the owner wants.
#[derive(Debug)]
pub(crate) enum Command {
    /// Something for the plan; `done` hears when the worker is at rest.
    Signal {
        signal: Signal,
        done: Option<oneshot::Sender<()>>,
    },
    /// The installation is gone, or the host ends: no further word comes.
    End,
}

/// A worker and the ways to it.
struct Live {
    control: WorkerControl,
    orders: mpsc::Sender<Order>,
    news: mpsc::Receiver<News>,
    gone: CancellationToken,
}

/// What a task beside the loop found out.
enum Found {
    Created(Result<Worker, String>),
    Exited(Exit),
}

/// Supervises one installation.
pub(crate) struct Supervisor {
    house: Arc<House>,
    installation: Arc<Installation>,
    commands: mpsc::Receiver<Command>,
    plan: Plan,
    live: Option<Live>,
    beside: JoinSet<Found>,
    waiting: Vec<oneshot::Sender<()>>,
    cut: bool,
}

impl Supervisor {
    /// Starts to supervise; a suspended installation waits for the owner.
    pub(crate) fn spawn(
        house: &Arc<House>,
        installation: &Arc<Installation>,
        commands: mpsc::Receiver<Command>,
    ) {
        let facts = installation.facts();
        let plan = if facts.enabled && facts.suspended {
            Plan::suspended()
        } else {
            Plan::new()
        };
        let supervisor = Self {
            house: Arc::clone(house),
            installation: Arc::clone(installation),
            commands,
            plan,
            live: None,
            beside: JoinSet::new(),
            waiting: Vec::new(),
            cut: false,
        };
        house.supervisors.spawn(supervisor.run());
    }

    async fn run(mut self) {
        let house = Arc::clone(&self.house);
        loop {
            let deadline = self.plan.deadline();
            let signal = tokio::select! {
                biased;
                () = house.cut.cancelled(), if !self.cut => {
                    self.cut = true;
                    Signal::Cut
                }
                Some(found) = self.beside.join_next() => match found {
                    Ok(found) => self.found(found),
                    Err(error) => {
                        tracing::error!(installation = %self.installation.id, %error, "a supervisor's task died");
                        self.found_nothing()
                    }
                },
                Some(news) = next_news(self.live.as_mut()) => self.heard(news),
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    Signal::Deadline
                }
                command = self.commands.recv() => match command {
                    Some(Command::Signal { signal, done }) => {
                        self.waiting.extend(done);
                        signal
                    }
                    Some(Command::End) | None => break,
                },
            };
            for step in self.plan.on(signal, Instant::now()) {
                self.act(step).await;
            }
            self.show();
        }
        if let Some(live) = self.live.take() {
            live.control.kill().await;
        }
    }

    /// Takes in what a task beside the loop found out.
    fn found(&mut self, found: Found) -> Signal {
        match found {
            Found::Created(Ok(worker)) => {
                self.attach(worker);
                Signal::Created
            }
            Found::Created(Err(why)) => Signal::CreateFailed(why),
            Found::Exited(exit) => {
                self.live = None;
                self.installation.set_worker(None);
                let lost = self.installation.events().worker_gone();
                self.house.lose(
                    &self.installation,
                    lost,
                    "the worker ended before it was finished",
                );
                Signal::Exited(cause(exit.reason))
            }
        }
    }

    /// A task beside the loop panicked: whatever it watched counts as gone.
    fn found_nothing(&mut self) -> Signal {
        match self.live.take() {
            Some(_) => Signal::Exited(Cause::Killed),
            None => Signal::CreateFailed("an internal task failed".to_owned()),
        }
    }

    fn heard(&self, news: News) -> Signal {
        match news {
            News::Booted => {
                if let Some(live) = &self.live
                    && let Err(error) = live.control.booted()
                {
                    let why = format!("its processor share could not be set: {}", chain(&error));
                    return Signal::BootRefused(why);
                }
                Signal::Booted
            }
            News::BootRefused(why) => Signal::BootRefused(why),
            News::HookDone(hook) => Signal::HookDone(hook),
            News::Drained => Signal::Drained,
            News::Stuck(why) => Signal::Stuck(why),
        }
    }

    /// Starts to talk with a new worker.
    fn attach(&mut self, worker: Worker) {
        let Worker {
            stdin,
            stdout,
            stderr,
            control,
        } = worker;
        let services = &self.house.services;
        let gone = CancellationToken::new();
        let (orders, news, mut session) =
            Session::spawn(services, &self.installation, stdout, stdin, gone.clone());
        let mut complaints = tokio::spawn(stderr::run(
            Arc::clone(services),
            Arc::clone(&self.installation),
            stderr,
        ));
        self.installation.set_worker(Some(control.clone()));
        self.live = Some(Live {
            control: control.clone(),
            orders,
            news,
            gone: gone.clone(),
        });
        self.beside.spawn(async move {
            let exit = control.wait().await;
            gone.cancel();
            // Its last words come before the news of its end; a pipe that somebody else still holds is left.
            let last = async {
                let _ = (&mut session).await;
                let _ = (&mut complaints).await;
            };
            if tokio::time::timeout(LAST_OUTPUT, last).await.is_err() {
                session.abort();
                complaints.abort();
            }
            // What comes next may rely on nothing being left of it.
            if tokio::time::timeout(CLEANING, control.cleaned()).await.is_err() {
                tracing::warn!("a worker's container is slow to go");
            }
            Found::Exited(exit)
        });
    }

    async fn act(&mut self, step: Step) {
        match step {
            Step::Create => {
                self.installation.set_accepting(true);
                let (house, installation) = (Arc::clone(&self.house), Arc::clone(&self.installation));
                self.beside
                    .spawn(async move { Found::Created(house.create_worker(&installation).await) });
            }
            Step::Boot => self.order(Order::Boot),
            Step::Hook(hook) => self.order(Order::Hook(hook)),
            Step::HookOver { hook, late } => self.hook_over(hook, late).await,
            Step::OpenEvents => {
                self.order(Order::OpenEvents);
                let version = &self.installation.facts().version.manifest.version;
                self.tell(LogLevel::Info, format!("running, version {version}"));
            }
            Step::CloseEvents => self.order(Order::CloseEvents),
            Step::Shutdown => self.order(Order::Shutdown),
            Step::Terminate => {
                self.order(Order::CloseInput);
                if let Some(live) = &self.live {
                    let control = live.control.clone();
                    self.house
                        .services
                        .tasks
                        .spawn(async move { control.terminate(StopTimes::default()).await });
                }
            }
            Step::Kill => {
                if let Some(live) = &self.live {
                    let control = live.control.clone();
                    self.house
                        .services
                        .tasks
                        .spawn(async move { control.kill().await });
                }
            }
            Step::Crashed { cause, retry } => self.crashed(&cause, retry).await,
            Step::Recovered => self
                .installation
                .set_condition(|condition| condition.problem = None),
            Step::Stopped => {
                self.rest("the plugin was stopped");
                self.installation
                    .set_condition(|condition| condition.problem = None);
                self.tell(LogLevel::Info, "stopped".to_owned());
            }
        }
    }

    fn order(&self, order: Order) {
        let Some(live) = &self.live else { return };
        // A session that takes no orders is at its end; the exit follows, or a deadline passes.
        if let Err(error) = live.orders.try_send(order) {
            tracing::debug!(installation = %self.installation.id, %error, "order not taken");
        }
    }

    /// No worker will come: what waits is dropped, and nothing more is taken in.
    fn rest(&self, why: &str) {
        self.installation.set_accepting(false);
        let dropped = self.installation.events().clear();
        self.house.lose(&self.installation, dropped, why);
    }

    async fn hook_over(&self, hook: Lifecycle, late: bool) {
        if late {
            let limit = hook.time_limit().as_secs();
            self.tell(
                LogLevel::Warning,
                format!(
                    "the {} handler is not finished after {limit} s; going on without it",
                    hook.name()
                ),
            );
        }
        self.installation
            .set_facts(|facts| facts.owed.retain(|owed| *owed != hook));
        let id = self.installation.id.clone();
        let stored = match hook {
            Lifecycle::Install => {
                self.house
                    .services
                    .storage
                    .write(move |tx| tx.installations().set_installed(&id))
                    .await
            }
            Lifecycle::Enable => {
                self.house
                    .services
                    .storage
                    .write(move |tx| tx.installations().set_announced(&id, true))
                    .await
            }
            Lifecycle::Disable | Lifecycle::Uninstall => Ok(()),
        };
        self.report(stored);
    }

    async fn crashed(&self, cause: &Cause, retry: Option<Duration>) {
        let problem = match retry {
            Some(wait) => format!("{cause}; restarting in {} s", wait.as_secs()),
            None => format!(
                "{cause}; suspended after {CRASHES_TO_SUSPEND} exits within {} minutes: see its log, then start it again",
                CRASH_WINDOW.as_secs() / 60
            ),
        };
        self.tell(LogLevel::Error, problem.clone());
        tracing::warn!(installation = %self.installation.id, %problem, "plugin crashed");
        self.installation
            .set_condition(|condition| condition.problem = Some(problem.clone()));
        if retry.is_none() {
            self.rest("the plugin is suspended");
            self.installation.set_facts(|facts| facts.suspended = true);
            let id = self.installation.id.clone();
            let stored = self
                .house
                .services
                .storage
                .write(move |tx| tx.installations().set_suspended(&id, Some(&problem)))
                .await;
            self.report(stored);
        }
    }

    fn tell(&self, level: LogLevel, message: String) {
        self.house
            .services
            .host_log(&self.installation.id, level, message);
    }

    fn report(&self, stored: Result<(), homemaid_storage::StorageError>) {
        if let Err(error) = stored {
            tracing::error!(installation = %self.installation.id, error = chain(&error), "state not stored");
        }
    }

    /// Shows what the plan has come to, and answers those who wait for rest.
    fn show(&mut self) {
        let status = self.plan.status();
        if self.installation.condition().status != status {
            self.installation
                .set_condition(|condition| condition.status = status);
        }
        if self.plan.is_at_rest() {
            for done in self.waiting.drain(..) {
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }
}

async fn next_news(live: Option<&mut Live>) -> Option<News> {
    match live {
        Some(live) => match live.news.recv().await {
            Some(news) => Some(news),
            // The session ends after the worker; if not, it died with a bug, and the worker is mute.
            None if !live.gone.is_cancelled() => {
                Some(News::Stuck("the host lost its conversation".to_owned()))
            }
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn cause(reason: ExitReason) -> Cause {
    match reason {
        ExitReason::Exited(status) => Cause::Exited(status),
        ExitReason::OutOfMemory => Cause::OutOfMemory,
        ExitReason::Killed => Cause::Killed,
        ExitReason::Signaled(signal) => Cause::Signaled(signal),
        ExitReason::Unknown => Cause::Unknown,
    }
}
