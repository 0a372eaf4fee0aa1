//! cgroup v1 and hybrid: a tree for each controller, usable by root only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::{Knob, read_number};
use super::{Dirs, Usage};
use crate::limits::{CpuQuota, WorkerLimits};

pub(super) const SWAP_LIMIT: &str = "memory.memsw.limit_in_bytes";
pub(super) const OOM_CONTROL: &str = "memory.oom_control";
const MEMORY_LIMIT: &str = "memory.limit_in_bytes";
const CPU_PERIOD: &str = "cpu.cfs_period_us";
const CPU_QUOTA: &str = "cpu.cfs_quota_us";

/// The controllers this crate writes to.
pub(super) const USED: [&str; 5] = ["memory", "cpu", "cpuacct", "pids", "freezer"];

/// Where the hierarchies of cgroup v1 are mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct V1 {
    controllers: BTreeMap<String, PathBuf>,
    /// Every cgroup mount, those without a controller included.
    all: Vec<PathBuf>,
}

impl V1 {
    /// Returns the hierarchies, or the controllers that are not mounted.
    pub(super) fn new(
        controllers: BTreeMap<String, PathBuf>,
        all: Vec<PathBuf>,
    ) -> Result<Self, Vec<&'static str>> {
        let missing: Vec<_> = USED
            .into_iter()
            .filter(|name| !controllers.contains_key(*name))
            .collect();
        if missing.is_empty() {
            Ok(Self { controllers, all })
        } else {
            Err(missing)
        }
    }

    pub(super) fn dirs(&self, path: &str) -> Dirs {
        let below = |controller: &str| below(&self.controllers[controller], path);
        Dirs {
            memory: below("memory"),
            cpu: below("cpu"),
            cpuacct: below("cpuacct"),
            pids: below("pids"),
            freezer: below("freezer"),
        }
    }

    pub(super) fn every_dir(&self, path: &str) -> Vec<PathBuf> {
        self.all.iter().map(|mount| below(mount, path)).collect()
    }
}

fn below(mount: &Path, path: &str) -> PathBuf {
    mount.join(path.trim_start_matches('/'))
}

/// The limits of a worker. Memory stands before memory with swap: the kernel keeps the second at least as large.
pub(super) fn knobs(dirs: &Dirs, limits: &WorkerLimits, swap_limit: bool) -> Vec<Knob> {
    let mut knobs = vec![Knob::new(&dirs.memory, MEMORY_LIMIT, &limits.memory_bytes)];
    if swap_limit {
        knobs.push(Knob::new(&dirs.memory, SWAP_LIMIT, &limits.memory_bytes));
    }
    knobs.extend([
        Knob::new(&dirs.pids, "pids.max", &limits.pids),
        Knob::new(&dirs.cpu, CPU_PERIOD, &limits.boot_cpu.period_us),
        Knob::new(&dirs.cpu, CPU_QUOTA, &limits.boot_cpu.quota_us),
    ]);
    knobs
}

/// What Podman must have written into the container's own cgroup.
pub(super) fn inner_knobs(dirs: &Dirs, podman: &WorkerLimits) -> Vec<Knob> {
    knobs(dirs, podman, false)
}

/// Both cgroups, in an order in which the inner share never exceeds the outer one: the kernel refuses that.
pub(super) fn cpu_change(outer: &Dirs, inner: &Dirs, quota: CpuQuota) -> Vec<Knob> {
    vec![
        Knob::new(&inner.cpu, CPU_QUOTA, &quota.quota_us),
        Knob::new(&inner.cpu, CPU_PERIOD, &quota.period_us),
        Knob::new(&outer.cpu, CPU_PERIOD, &quota.period_us),
        Knob::new(&outer.cpu, CPU_QUOTA, &quota.quota_us),
    ]
}

pub(super) fn usage(dirs: &Dirs) -> Usage {
    Usage {
        memory_bytes: read_number(&dirs.memory.join("memory.usage_in_bytes")),
        memory_peak: read_number(&dirs.memory.join("memory.max_usage_in_bytes")),
        cpu_usec: read_number(&dirs.cpuacct.join("cpuacct.usage")) / 1000,
        ..Usage::default()
    }
}
