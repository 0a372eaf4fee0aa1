//! Workers in Podman: image, container, transport, limits and the proof of the limits.

mod cgroup;
mod compile;
mod config;
mod error;
mod image;
mod limits;
mod podman;
mod proc;
mod prove;
mod sandbox;
mod spec;
mod start;
mod verify;
mod worker;

pub use cgroup::Usage;
pub use config::SandboxConfig;
pub use error::{ApiError, CompileError, LimitError, OpenError, StartError, Violation};
pub use limits::{CpuQuota, PODMAN_MEMORY_MARGIN, WORKER_OPEN_FILES, WorkerLimits};
pub use prove::{Proof, prove};
pub use sandbox::{Sandbox, SandboxFacts};
pub use spec::{Program, WorkerSpec};
pub use worker::{Exit, ExitReason, StopTimes, Worker, WorkerControl};
