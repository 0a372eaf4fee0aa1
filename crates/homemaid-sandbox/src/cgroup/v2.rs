//! cgroup v2: one tree, of which the host's own part was delegated to it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::files::{Knob, read_field, read_number, write};
use super::{CONTROLLERS, Dirs, LimitIo, Usage};
use crate::error::OpenError;
use crate::limits::{CpuQuota, WorkerLimits};

pub(super) const SWAP_LIMIT: &str = "memory.swap.max";
/// Where the host itself lives: processes and controllers do not share a cgroup.
const MAIN: &str = "main";
const SUBTREE: &str = "cgroup.subtree_control";

/// The delegated cgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct V2 {
    mount: PathBuf,
    base: String,
}

impl V2 {
    /// Checks that the cgroup `own` is delegated with every controller, and makes room in it: the host moves itself
    /// into `main` below it.
    pub(super) fn prepare(mount: &Path, own: &str, uid: u32) -> Result<Self, OpenError> {
        let base = base_of(mount, own);
        let dir = below(mount, &base);
        let setup = |path: PathBuf| move |source| OpenError::CgroupSetup { path, source };
        let owner = fs::metadata(&dir).map_err(setup(dir.clone()))?.uid();
        if owner != uid {
            return Err(OpenError::NotDelegated { cgroup: base });
        }
        let there = words(&dir.join("cgroup.controllers")).map_err(setup(dir.join("cgroup.controllers")))?;
        let missing: Vec<_> = CONTROLLERS
            .into_iter()
            .filter(|name| !there.contains(*name))
            .collect();
        if !missing.is_empty() {
            return Err(OpenError::MissingControllers {
                cgroup: base,
                missing,
            });
        }
        let moved = base == own;
        if moved {
            let main = dir.join(MAIN);
            fs::create_dir_all(&main).map_err(setup(main.clone()))?;
            move_self(&main).map_err(setup(main))?;
        }
        let refused = match enable_controllers(&dir) {
            Ok(()) => {
                return Ok(Self {
                    mount: mount.to_owned(),
                    base,
                });
            }
            Err(LimitIo { source, .. }) if source.kind() == std::io::ErrorKind::ResourceBusy => {
                OpenError::CgroupShared { cgroup: base }
            }
            Err(LimitIo { file, source }) => OpenError::CgroupSetup { path: file, source },
        };
        if moved {
            // Back to where it was found: this cgroup is not the host's to divide.
            let _ = move_self(&dir).and_then(|()| fs::remove_dir(dir.join(MAIN)));
        }
        Err(refused)
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn dirs(&self, path: &str) -> Dirs {
        let dir = below(&self.mount, path);
        Dirs {
            memory: dir.clone(),
            cpu: dir.clone(),
            cpuacct: dir.clone(),
            pids: dir.clone(),
            freezer: dir,
        }
    }
}

fn move_self(dir: &Path) -> std::io::Result<()> {
    write(&dir.join("cgroup.procs"), &std::process::id().to_string())
}

/// Returns the delegated cgroup: the host's own, or the one above when the host has moved into its `main` already.
fn base_of(mount: &Path, own: &str) -> String {
    if let Some(above) = own.strip_suffix("/main") {
        let enabled = words(&below(mount, above).join(SUBTREE)).unwrap_or_default();
        if CONTROLLERS.into_iter().all(|name| enabled.contains(name)) {
            return if above.is_empty() {
                "/".to_owned()
            } else {
                above.to_owned()
            };
        }
    }
    own.to_owned()
}

fn below(mount: &Path, path: &str) -> PathBuf {
    mount.join(path.trim_start_matches('/'))
}

fn words(file: &Path) -> std::io::Result<BTreeSet<String>> {
    let text = fs::read_to_string(file)?;
    Ok(text
        .split_whitespace()
        .map(|word| word.trim_start_matches('+').to_owned())
        .collect())
}

/// Lets the cgroups below `dir` have limits, and reads back that they may.
pub(super) fn enable_controllers(dir: &Path) -> Result<(), LimitIo> {
    let file = dir.join(SUBTREE);
    let failed = |source| LimitIo {
        file: file.clone(),
        source,
    };
    let all = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    write(&file, &all).map_err(failed)?;
    let enabled = words(&file).map_err(failed)?;
    if CONTROLLERS.into_iter().all(|name| enabled.contains(name)) {
        Ok(())
    } else {
        Err(failed(std::io::Error::other(format!(
            "controllers stay {enabled:?}"
        ))))
    }
}

fn cpu_max(quota: CpuQuota) -> String {
    format!("{} {}", quota.quota_us, quota.period_us)
}

/// The limits of a worker. With `memory.oom.group` the kernel kills all of a worker or nothing of it.
pub(super) fn knobs(dirs: &Dirs, limits: &WorkerLimits, swap_limit: bool) -> Vec<Knob> {
    let mut knobs = inner_knobs(dirs, limits);
    knobs.push(Knob::new(&dirs.memory, "memory.oom.group", &1));
    if swap_limit {
        knobs.push(Knob::new(&dirs.memory, SWAP_LIMIT, &0));
    }
    knobs
}

/// What Podman must have written into the container's own cgroup.
pub(super) fn inner_knobs(dirs: &Dirs, podman: &WorkerLimits) -> Vec<Knob> {
    vec![
        Knob::new(&dirs.memory, "memory.max", &podman.memory_bytes),
        Knob::new(&dirs.pids, "pids.max", &podman.pids),
        Knob::new(&dirs.cpu, "cpu.max", &cpu_max(podman.boot_cpu)),
    ]
}

pub(super) fn cpu_change(outer: &Dirs, inner: &Dirs, quota: CpuQuota) -> Vec<Knob> {
    let value = cpu_max(quota);
    vec![
        Knob::new(&inner.cpu, "cpu.max", &value),
        Knob::new(&outer.cpu, "cpu.max", &value),
    ]
}

pub(super) fn usage(dirs: &Dirs) -> Usage {
    Usage {
        memory_bytes: read_number(&dirs.memory.join("memory.current")),
        memory_peak: read_number(&dirs.memory.join("memory.peak")),
        cpu_usec: read_field(&dirs.cpu.join("cpu.stat"), "usage_usec"),
        ..Usage::default()
    }
}
