//! A running worker: its pipes, its control, and the task that sees it to its end.
//!
//! ```text
//!   Sandbox::start                                           WorkerControl::booted
//!        |                                                            |
//!   [made: cgroup + limits] -> [started: podman run] -> [checked] -> booting ----> running
//!        |                          |                      |            |             |
//!        +------- StartError -------+----------------------+            +------+------+
//!                 (nothing is left)                                            |
//!              its first process ends / memory runs out / kill() / every handle is dropped
//!                                                                              v
//!                                               ended: all processes dead, reason known (wait() returns)
//!                                                                              |
//!                                               cleaned: container and cgroup removed (cleaned() returns)
//! ```
//!
//! * **made**: nothing runs; the cgroup holds the limits, which were read back.
//! * **started**: Python waits at the gate; nothing of the plugin has run.
//! * **checked**: the process is locked in as it must be; the gate opens.
//! * **booting**: the plugin runs with its CPU share in one long piece; **running**: in short pieces.
//! * **ended**: the exit reason is final. **cleaned**: nothing of the worker is left on the machine.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Signal, pidfd_send_signal};
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cgroup::{Group, Usage};
use crate::error::LimitError;
use crate::limits::{CpuQuota, EXIT_CODE_PAUSE, EXIT_CODE_TIMEOUT, POLL};
use crate::podman::Api;

/// Added to a signal's number in an exit code.
const SIGNAL_BASE: i32 = 128;
/// Highest signal number.
const SIGNAL_MAX: i32 = 64;

/// A worker that passed every check. Dropping all of it kills it.
#[derive(Debug)]
pub struct Worker {
    /// What the worker reads.
    pub stdin: pipe::Sender,
    /// What the worker writes. The kernel's pipe holds 64 KB; then the worker waits for the reader.
    pub stdout: pipe::Receiver,
    /// What the worker complains; bounded in the same way, so it must be read.
    pub stderr: pipe::Receiver,
    /// The worker's control, which can be cloned.
    pub control: WorkerControl,
}

/// Watches and ends a worker. When the last clone is dropped, the worker is killed.
#[derive(Debug, Clone)]
pub struct WorkerControl(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    life: Arc<Life>,
    state: watch::Receiver<State>,
}

/// Why a worker is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// It ended by itself, with this exit code.
    Exited(i32),
    /// It reached its memory limit and the kernel killed it.
    OutOfMemory,
    /// The host killed it.
    Killed,
    /// A signal ended it that the host did not send as a kill.
    Signaled(i32),
    /// It ended, and Podman could not tell how.
    Unknown,
}

/// How a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Why.
    pub reason: ExitReason,
    /// What it had used by then.
    pub usage: Usage,
}

/// How long a worker may take at each step of a polite stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopTimes {
    /// After its input was closed, before it is asked to terminate.
    pub eof: Duration,
    /// After it was asked to terminate, before it is killed.
    pub term: Duration,
}

impl Default for StopTimes {
    /// Two seconds each, as the contract says.
    fn default() -> Self {
        Self {
            eof: Duration::from_secs(2),
            term: Duration::from_secs(2),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Alive,
    Ended(Exit),
    Cleaned(Exit),
}

impl WorkerControl {
    /// Tells the sandbox that the plugin has booted: its CPU share comes in short pieces from now on.
    pub fn booted(&self) -> Result<(), LimitError> {
        let life = &self.0.life;
        match life.group.set_cpu(&life.inner, life.cpu) {
            // The container's cgroup vanishes with the worker.
            Err(_) if life.ended.load(Ordering::Acquire) || life.processes() == 0 => Ok(()),
            other => other,
        }
    }

    /// Returns what the worker uses, or what it had used when it ended.
    pub fn usage(&self) -> Usage {
        match *self.0.state.borrow() {
            State::Alive => self.0.life.group.usage(),
            State::Ended(exit) | State::Cleaned(exit) => exit.usage,
        }
    }

    /// Returns how often the worker was held back because its CPU share was used up.
    pub(crate) fn throttled(&self) -> u64 {
        self.0.life.group.throttled()
    }

    /// The worker's first process, as the host sees it.
    pub fn pid(&self) -> u32 {
        self.0.life.pid
    }

    /// Returns the exit when the worker has ended already.
    pub fn exit(&self) -> Option<Exit> {
        match *self.0.state.borrow() {
            State::Alive => None,
            State::Ended(exit) | State::Cleaned(exit) => Some(exit),
        }
    }

    /// Waits until every process of the worker is gone, and says why.
    pub async fn wait(&self) -> Exit {
        let mut state = self.0.state.clone();
        loop {
            match *state.borrow_and_update() {
                State::Ended(exit) | State::Cleaned(exit) => return exit,
                State::Alive => {}
            }
            if state.changed().await.is_err() {
                // The runtime is going down with the task that watches.
                return Exit {
                    reason: ExitReason::Unknown,
                    usage: self.0.life.group.usage(),
                };
            }
        }
    }

    /// Waits until nothing of the worker is left on the machine.
    pub async fn cleaned(&self) {
        let mut state = self.0.state.clone();
        let _ = state.wait_for(|state| matches!(state, State::Cleaned(_))).await;
    }

    /// Kills the whole worker at once, whatever it does, and waits until it is gone.
    pub async fn kill(&self) -> Exit {
        self.0.life.kill_all();
        self.wait().await
    }

    /// Ends the worker politely. The caller has closed its input; the worker gets time to end by itself, then to react to
    /// `SIGTERM`, then it is killed.
    pub async fn terminate(&self, times: StopTimes) -> Exit {
        if let Ok(exit) = tokio::time::timeout(times.eof, self.wait()).await {
            return exit;
        }
        let _ = pidfd_send_signal(self.0.life.pidfd.get_ref(), Signal::TERM);
        match tokio::time::timeout(times.term, self.wait()).await {
            Ok(exit) => exit,
            Err(_) => self.kill().await,
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if matches!(*self.state.borrow(), State::Alive) {
            self.life.kill_all();
        }
    }
}

/// What is known of a worker's process and cgroup.
#[derive(Debug)]
pub(crate) struct Life {
    /// The worker's cgroup.
    pub(crate) group: Group,
    /// The container's own cgroup below it.
    pub(crate) inner: String,
    /// The container's id.
    pub(crate) container: String,
    pub(crate) pid: u32,
    pub(crate) pidfd: AsyncFd<OwnedFd>,
    /// The CPU quota after boot.
    pub(crate) cpu: CpuQuota,
    kill: CancellationToken,
    ended: AtomicBool,
}

impl Life {
    pub(crate) fn new(
        group: Group,
        inner: String,
        container: String,
        pid: u32,
        pidfd: AsyncFd<OwnedFd>,
        cpu: CpuQuota,
        kill: CancellationToken,
    ) -> Self {
        Self {
            group,
            inner,
            container,
            pid,
            pidfd,
            cpu,
            kill,
            ended: AtomicBool::new(false),
        }
    }

    /// Kills what can be seen at once and tells the watching task to see to the rest.
    fn kill_all(&self) {
        if !self.ended.load(Ordering::Acquire) {
            self.kill.cancel();
            let _ = self.group.kill_now();
        }
    }

    fn processes(&self) -> usize {
        self.group.processes().map_or(0, |processes| processes.len())
    }
}

/// Returns the control of a worker, and the task that watches it, ends it and cleans up after it.
pub(crate) fn watched(
    life: Life,
    api: Arc<Api>,
) -> (WorkerControl, impl Future<Output = ()> + Send + 'static) {
    let life = Arc::new(life);
    let (publish, state) = watch::channel(State::Alive);
    let control = WorkerControl(Arc::new(Handle {
        life: Arc::clone(&life),
        state,
    }));
    (control, async move {
        let exit = end(&life, &api).await;
        publish.send_replace(State::Ended(exit));
        clean(&life, &api).await;
        publish.send_replace(State::Cleaned(exit));
    })
}

/// Waits for the end, whatever brings it, and sees that nothing of the worker runs any more.
async fn end(life: &Life, api: &Api) -> Exit {
    let killed = tokio::select! {
        biased;
        () = life.kill.cancelled() => true,
        () = life.group.out_of_memory() => false,
        _ = life.pidfd.readable() => false,
    };
    if let Err(error) = life.group.kill_until_empty().await {
        tracing::error!(
            container = life.container,
            ?error,
            "a worker's processes do not die"
        );
    }
    life.ended.store(true, Ordering::Release);
    let usage = life.group.usage();
    let reason = if usage.oom_kills > 0 {
        ExitReason::OutOfMemory
    } else if killed || life.kill.is_cancelled() {
        ExitReason::Killed
    } else {
        exit_reason(exit_code(life, api).await)
    };
    Exit { reason, usage }
}

async fn exit_code(life: &Life, api: &Api) -> Option<i32> {
    let deadline = tokio::time::Instant::now() + EXIT_CODE_TIMEOUT;
    let mut pause = POLL * 4;
    while tokio::time::Instant::now() < deadline {
        match api.container(&life.container).await {
            Ok(Some(container)) if container.exit.is_some() => return container.exit,
            // Conmon starts a podman command that notes the end; asking all the time would only slow it down.
            Ok(Some(_)) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(EXIT_CODE_PAUSE);
            }
            Ok(None) => return None,
            Err(error) => {
                tracing::warn!(
                    container = life.container,
                    ?error,
                    "podman does not tell the exit code"
                );
                return None;
            }
        }
    }
    None
}

fn exit_reason(code: Option<i32>) -> ExitReason {
    match code {
        None => ExitReason::Unknown,
        Some(code) if code > SIGNAL_BASE && code <= SIGNAL_BASE + SIGNAL_MAX => {
            ExitReason::Signaled(code - SIGNAL_BASE)
        }
        Some(code) => ExitReason::Exited(code),
    }
}

/// Removes container and cgroup; what resists is reaped at the next start.
async fn clean(life: &Life, api: &Api) {
    if let Err(error) = api.remove_container(&life.container).await {
        tracing::warn!(
            container = life.container,
            ?error,
            "could not remove a container; the next start will"
        );
    }
    if let Err(error) = life.group.remove().await {
        tracing::warn!(
            cgroup = life.group.path(),
            ?error,
            "could not remove a cgroup; the next start will"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_above_128_are_signals() {
        assert_eq!(exit_reason(Some(0)), ExitReason::Exited(0));
        assert_eq!(exit_reason(Some(3)), ExitReason::Exited(3));
        assert_eq!(exit_reason(Some(143)), ExitReason::Signaled(15));
        assert_eq!(exit_reason(Some(255)), ExitReason::Exited(255));
        assert_eq!(exit_reason(None), ExitReason::Unknown);
    }
}
