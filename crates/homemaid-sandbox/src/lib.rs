//! Workers in Podman: image, container, transport, limits and the proof of the limits.
//!
//! A plugin is hostile until proven otherwise, and nothing is ever proven. So each one runs as a *worker*: one Python
//! process in a rootless container without network, on a read-only image that holds nothing but Python. **Podman
//! isolates, the host proves**: what Podman was asked for is not believed (it runs containers without limits, and without a
//! warning, on several ordinary set-ups) but looked up in the kernel before the plugin's first line of code runs.
//!
//! # One start
//!
//! ```text
//!  host                                                         machine
//!  ────                                                         ───────
//!  make <own cgroup>/homemaid-<instance>/<worker> ────────────► cgroup
//!  write memory, swap, pids, cpu; read each back ◄────────────► (a mismatch ends the start)
//!  three pipes; podman run -d -i --log-driver=passthrough ────► container below that cgroup, same limits as flags
//!       Podman is gone from here on; conmon only waits          python3.11 waits at the gate (gate.py)
//!  /proc/PID: cgroup in every controller, uid, gid, groups,
//!  capabilities, no-new-privileges, seccomp, namespaces,
//!  mounts, interfaces; the container's own cgroup limits ◄────► (anything off: all of it is killed and removed)
//!  "\n" ──────────────────────────────────────────────────────► the gate opens, boot.py runs the plugin
//!  Worker { stdin, stdout, stderr, control }
//! ```
//!
//! The states of a worker and what ends them are drawn in the module [`worker`]. The pipes are the worker's own file
//! descriptors 0, 1 and 2: no socket, no log file, nobody between. They hold 64 KB each; a worker whose output nobody reads stands
//! still.
//!
//! # Two kinds of machine, one code
//!
//! | | cgroup v2 | cgroup v1 or hybrid |
//! |---|---|---|
//! | who | an ordinary user, in a delegated cgroup | root |
//! | runtime | crun | runc |
//! | limits | `memory.max`, `memory.swap.max`, `pids.max`, `cpu.max` | the same in four hierarchies |
//! | out of memory | counted in `memory.events`; the kernel kills the whole group | an event file; the host kills the whole group |
//! | instant kill | `cgroup.kill` | freeze, kill, thaw |
//! | host killed | the unit's cgroup dies with it | reaped at the next open |
//!
//! [`Sandbox::open`] finds out which it is, and refuses ([`OpenError`], each with its fix) what would leave a limit without
//! teeth: v1 as an ordinary user, a cgroup that is not delegated, missing controllers, swap that cannot be limited, `vfs`
//! storage, missing subordinate ids, an old Podman. There is no unsandboxed mode.
//!
//! # Nothing is left behind
//!
//! Every container carries its instance's label, every cgroup its instance's name; an instance belongs to one data directory,
//! whose lock this host holds. What a killed host left is killed and removed at the next open, and nothing else is touched. A
//! dropped [`Worker`] is killed; a dropped [`Sandbox::start`] leaves nothing.
//!
//! # How to add
//!
//! * a limit: a `Knob` in `cgroup/v1.rs` and `cgroup/v2.rs`, or a flag in `podman/arguments.rs` and its check in `verify.rs`;
//!   then an attack on it: a program in `probes/` and its judge in `prove/judge.rs`.
//! * a refusal: a variant of [`OpenError`] with text, fix and code.

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
pub mod worker;

pub use cgroup::Usage;
pub use config::SandboxConfig;
pub use error::{ApiError, CompileError, LimitError, OpenError, StartError, Violation};
pub use limits::{CpuQuota, PODMAN_MEMORY_MARGIN, WORKER_OPEN_FILES, WorkerLimits};
pub use prove::{Proof, prove};
pub use sandbox::{Sandbox, SandboxFacts};
pub use spec::{Program, WorkerSpec};
pub use worker::{Exit, ExitReason, StopTimes, Worker, WorkerControl};
