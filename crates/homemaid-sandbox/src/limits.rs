//! The limits of a worker, and every bound of this crate.

use std::time::Duration;

use homemaid_protocol::limits as contract;

/// Files a worker may have open.
pub const WORKER_OPEN_FILES: u64 = 1024;
/// How much more memory than the host's own limit Podman is told, in bytes. The host's limit must be the one that bites:
/// an out-of-memory kill is counted where the limit was hit, and the container's own cgroup is gone by then.
pub const PODMAN_MEMORY_MARGIN: u64 = 1 << 20;

/// Longest wait for the `podman run` command.
pub(crate) const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait until the started process looks as a worker must look.
pub(crate) const CHECK_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for any other podman command.
pub(crate) const PODMAN_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait for the import of the image.
pub(crate) const IMPORT_TIMEOUT: Duration = Duration::from_secs(300);
/// Longest wait for one answer of the API service.
pub(crate) const API_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait for the API service to listen.
pub(crate) const API_START_TIMEOUT: Duration = Duration::from_secs(30);
/// Seconds after which an idle API service ends itself.
pub(crate) const API_IDLE_SECONDS: u32 = 5;
/// Longest wait until every process of a killed worker is gone.
pub(crate) const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait until Podman tells the exit code of a worker that ended by itself.
pub(crate) const EXIT_CODE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest pause between two questions for it.
pub(crate) const EXIT_CODE_PAUSE: Duration = Duration::from_millis(250);
/// Longest wait until a cgroup can be removed.
pub(crate) const CGROUP_REMOVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the removal of a container is tried: Podman refuses while the container is just ending.
pub(crate) const REMOVE_ATTEMPTS: u32 = 20;
/// Pause between two looks at something that has no notification.
pub(crate) const POLL: Duration = Duration::from_millis(5);
/// Pause between two tries of an operation that Podman refused.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Workers that may be starting at the same time.
pub(crate) const STARTS_AT_ONCE: usize = 4;
/// Most bytes of Podman's or a failed worker's complaint that end up in an error.
pub(crate) const COMPLAINT_BYTES: usize = 4096;
/// Most bytes of output of a podman command that answers with JSON.
pub(crate) const PODMAN_ANSWER_BYTES: usize = 4 << 20;
/// Longest worker name that is carried into container and cgroup names; the rest is cut.
pub(crate) const NAME_CHARS: usize = 80;

/// How much CPU time a cgroup may use in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuQuota {
    /// Microseconds of CPU in each period.
    pub quota_us: u64,
    /// Length of the period in microseconds.
    pub period_us: u64,
}

impl CpuQuota {
    /// Returns the quota of `millis` thousandths of a core in periods of `period_us`.
    pub const fn of_core(millis: u32, period_us: u64) -> Self {
        Self {
            quota_us: period_us * millis as u64 / 1000,
            period_us,
        }
    }

    /// Returns the share of one core this quota allows.
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of a period are far below 2^52"
    )]
    pub fn cores(self) -> f64 {
        self.quota_us as f64 / self.period_us as f64
    }
}

/// The limits of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Memory in bytes, `/tmp` included; there is no swap.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
    /// CPU until [`WorkerControl::booted`](crate::WorkerControl::booted): the same share in one long piece, which starts
    /// Python sooner.
    pub boot_cpu: CpuQuota,
    /// CPU afterwards: short periods, so that a busy worker stalls for a few milliseconds at most.
    pub cpu: CpuQuota,
    /// Size of `/tmp` in bytes.
    pub tmp_bytes: u64,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self {
            memory_bytes: contract::WORKER_MEMORY_BYTES,
            pids: contract::WORKER_PIDS,
            boot_cpu: CpuQuota::of_core(contract::WORKER_CPU_MILLIS, 100_000),
            cpu: CpuQuota::of_core(contract::WORKER_CPU_MILLIS, 20_000),
            tmp_bytes: contract::WORKER_TMP_BYTES,
        }
    }
}

/// The limits of the throw-away worker that compiles a plugin's tree.
pub(crate) const COMPILE_LIMITS: WorkerLimits = WorkerLimits {
    memory_bytes: 256 << 20,
    pids: 8,
    boot_cpu: CpuQuota::of_core(1000, 100_000),
    cpu: CpuQuota::of_core(1000, 100_000),
    tmp_bytes: 1 << 20,
};
/// Longest run of the compiling worker.
pub(crate) const COMPILE_TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes the compiling worker may print.
pub(crate) const COMPILE_OUTPUT_BYTES: usize = 128 << 20;
/// Longest line of the compiling worker: one file.
pub(crate) const COMPILE_LINE_BYTES: usize = 32 << 20;
/// Most files one compilation may return.
pub(crate) const COMPILE_FILES: usize = 1000;

/// Longest run of one attack of the proof.
pub(crate) const PROOF_TIMEOUT: Duration = Duration::from_secs(90);
/// Most bytes an attack may print.
pub(crate) const PROOF_OUTPUT_BYTES: u64 = 64 << 10;
/// Attacks that run side by side: each has a quarter of a core, so four of them keep one busy.
pub(crate) const PROOFS_AT_ONCE: usize = 4;
/// How long the CPU share is measured.
pub(crate) const PROOF_CPU_WINDOW: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_gets_a_quarter_core_before_and_after_boot() {
        let limits = WorkerLimits::default();
        assert_eq!(
            limits.boot_cpu,
            CpuQuota {
                quota_us: 25_000,
                period_us: 100_000
            }
        );
        assert_eq!(
            limits.cpu,
            CpuQuota {
                quota_us: 5_000,
                period_us: 20_000
            }
        );
        assert!((limits.cpu.cores() - 0.25).abs() < 1e-9);
    }
}
