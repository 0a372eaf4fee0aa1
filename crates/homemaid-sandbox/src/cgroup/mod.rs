//! The cgroups of this instance: one for each worker, with its limits written and read back.
//!
//! Two small faces stand behind one shape: [`v2`] (one tree, delegated by systemd) and [`v1`] (a tree for each controller,
//! root only). A face says where things are and which values to write; everything else is here.

mod detect;
mod files;
mod oom;
mod v1;
mod v2;

use std::io;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

pub(crate) use detect::{Machine, detect};
pub(crate) use oom::OomCounter;

use crate::error::{LimitError, OpenError, Violation};
use crate::limits::{CGROUP_REMOVE_TIMEOUT, CpuQuota, KILL_TIMEOUT, POLL, WorkerLimits};
use files::{Knob, apply, procs, read_number, remove_tree};

/// Controllers without which no worker starts.
pub(crate) const CONTROLLERS: [&str; 3] = ["cpu", "memory", "pids"];

/// Where the controllers of one cgroup are; with cgroup v2 all in the same place.
#[derive(Debug, Clone)]
struct Dirs {
    memory: PathBuf,
    cpu: PathBuf,
    cpuacct: PathBuf,
    pids: PathBuf,
    freezer: PathBuf,
}

impl Dirs {
    fn each(&self) -> [&Path; 5] {
        [&self.memory, &self.cpu, &self.cpuacct, &self.pids, &self.freezer]
    }
}

/// What differs between the two versions of cgroups.
#[derive(Debug, Clone)]
enum Face {
    V1(v1::V1),
    V2(v2::V2),
}

/// How much a worker uses and has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Memory in use, in bytes.
    pub memory_bytes: u64,
    /// The most memory it ever used, in bytes; 0 when the kernel does not tell.
    pub memory_peak: u64,
    /// CPU time used, in microseconds.
    pub cpu_usec: u64,
    /// Processes and threads now.
    pub pids: u64,
    /// How often the kernel killed because the memory limit was reached.
    pub oom_kills: u64,
}

/// The cgroups of one instance.
#[derive(Debug)]
pub(crate) struct Cgroups {
    face: Face,
    /// The instance's own cgroup, as Podman and `/proc` name it.
    root: String,
    /// Whether the kernel can limit swap for a cgroup.
    swap_limit: bool,
}

impl Cgroups {
    /// Prepares the cgroup that will hold the workers of `instance`.
    pub(crate) fn prepare(machine: &Machine, instance: &str) -> Result<Self, OpenError> {
        let face = match machine {
            Machine::V1(v1) => Face::V1(v1.clone()),
            Machine::V2 { mount, own } => {
                Face::V2(v2::V2::prepare(mount, own, rustix::process::geteuid().as_raw())?)
            }
        };
        let base = match &face {
            Face::V1(_) => "",
            Face::V2(v2) => v2.base(),
        };
        let root = format!("{}/homemaid-{instance}", base.trim_end_matches('/'));
        let cgroups = Self {
            face,
            root,
            swap_limit: false,
        };
        let dirs = cgroups.dirs(&cgroups.root);
        cgroups
            .make(&dirs)
            .map_err(|LimitIo { file, source }| OpenError::CgroupSetup { path: file, source })?;
        let swap_limit = match &cgroups.face {
            Face::V1(_) => dirs.memory.join(v1::SWAP_LIMIT).exists(),
            Face::V2(_) => dirs.memory.join(v2::SWAP_LIMIT).exists(),
        };
        Ok(Self {
            swap_limit,
            ..cgroups
        })
    }

    /// Whether swap can be limited.
    pub(crate) fn swap_limit(&self) -> bool {
        self.swap_limit
    }

    /// Names the version, for people.
    pub(crate) fn version(&self) -> &'static str {
        match self.face {
            Face::V1(_) => "v1",
            Face::V2(_) => "v2",
        }
    }

    /// Makes the cgroup of one worker, writes its limits and reads them back.
    pub(crate) fn create(&self, name: &str, limits: &WorkerLimits) -> Result<Group, LimitError> {
        let path = format!("{}/{name}", self.root);
        let dirs = self.dirs(&path);
        let made = self.make(&dirs).map_err(LimitIo::into).and_then(|()| {
            let knobs = match &self.face {
                Face::V1(_) => v1::knobs(&dirs, limits, self.swap_limit),
                Face::V2(_) => v2::knobs(&dirs, limits, self.swap_limit),
            };
            apply(&knobs)?;
            let oom = match &self.face {
                Face::V1(_) => OomCounter::watch(&dirs.memory),
                Face::V2(_) => Ok(OomCounter::of_events(&dirs.memory)),
            };
            oom.map_err(|source| LimitError::Io {
                file: dirs.memory.join(v1::OOM_CONTROL),
                source,
            })
        });
        match made {
            Ok(oom) => Ok(Group {
                face: self.face.clone(),
                path,
                dirs,
                oom,
            }),
            Err(error) => {
                for dir in self.every_dir(&path) {
                    let _ = remove_tree(&dir);
                }
                Err(error)
            }
        }
    }

    /// Kills every process of this instance's workers.
    pub(crate) async fn kill_all(&self) -> io::Result<()> {
        let oom = OomCounter::of_events(Path::new("/nonexistent"));
        let whole = Group {
            face: self.face.clone(),
            path: self.root.clone(),
            dirs: self.dirs(&self.root),
            oom,
        };
        whole.kill_until_empty().await
    }

    /// Removes the cgroups of all workers; their processes must be gone.
    pub(crate) async fn remove_workers(&self) -> io::Result<()> {
        let dirs = self.every_dir(&self.root);
        until_done(|| dirs.iter().try_for_each(|dir| files::remove_children(dir))).await
    }

    /// Removes the instance's own cgroup; it must have no workers any more.
    pub(crate) fn remove(&self) {
        for dir in self.every_dir(&self.root) {
            let _ = remove_tree(&dir);
        }
    }

    fn dirs(&self, path: &str) -> Dirs {
        match &self.face {
            Face::V1(v1) => v1.dirs(path),
            Face::V2(v2) => v2.dirs(path),
        }
    }

    fn every_dir(&self, path: &str) -> Vec<PathBuf> {
        every_dir(&self.face, path)
    }

    fn make(&self, dirs: &Dirs) -> Result<(), LimitIo> {
        for dir in dirs.each() {
            std::fs::create_dir_all(dir).map_err(|source| LimitIo {
                file: dir.to_owned(),
                source,
            })?;
        }
        if let Face::V2(_) = self.face {
            v2::enable_controllers(&dirs.memory)?;
        }
        Ok(())
    }
}

/// Every directory of the cgroup `path`, in the hierarchies this crate does not use as well: the runtime makes them there.
fn every_dir(face: &Face, path: &str) -> Vec<PathBuf> {
    match face {
        Face::V1(v1) => v1.every_dir(path),
        Face::V2(v2) => vec![v2.dirs(path).memory],
    }
}

#[derive(Debug)]
struct LimitIo {
    file: PathBuf,
    source: io::Error,
}

impl From<LimitIo> for LimitError {
    fn from(LimitIo { file, source }: LimitIo) -> Self {
        Self::Io { file, source }
    }
}

/// The cgroup of one worker.
#[derive(Debug)]
pub(crate) struct Group {
    face: Face,
    path: String,
    dirs: Dirs,
    oom: OomCounter,
}

impl Group {
    /// The cgroup's name for `--cgroup-parent`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Processes below this cgroup.
    pub(crate) fn processes(&self) -> io::Result<Vec<u32>> {
        procs(&self.dirs.pids)
    }

    /// Checks that the cgroup lines of a process put it below this cgroup in every controller that matters, and returns
    /// its own cgroup.
    pub(crate) fn contains(&self, lines: &[(Vec<String>, String)]) -> Result<String, Vec<Violation>> {
        let wanted: &[&str] = match &self.face {
            Face::V1(_) => &v1::USED,
            Face::V2(_) => &[""],
        };
        let below = format!("{}/", self.path);
        let mut violations = Vec::new();
        let mut own = None;
        for controller in wanted {
            let path = lines.iter().find(|(names, _)| {
                if controller.is_empty() {
                    names.is_empty()
                } else {
                    names.iter().any(|name| name == controller)
                }
            });
            match path {
                Some((_, path)) if path.starts_with(&below) => own = Some(path.clone()),
                other => violations.push(Violation {
                    what: format!("cgroup {controller}").trim_end().to_owned(),
                    expected: format!("below {}", self.path),
                    observed: other.map_or_else(|| "none".to_owned(), |(_, path)| path.clone()),
                }),
            }
        }
        match own {
            Some(own) if violations.is_empty() => Ok(own),
            _ => Err(violations),
        }
    }

    /// Checks Podman's own limits in the container's cgroup `inner`.
    pub(crate) fn check_inner(&self, inner: &str, podman: &WorkerLimits) -> Vec<Violation> {
        let dirs = self.at(inner);
        let knobs = match &self.face {
            Face::V1(_) => v1::inner_knobs(&dirs, podman),
            Face::V2(_) => v2::inner_knobs(&dirs, podman),
        };
        knobs.iter().filter_map(Knob::violation).collect()
    }

    /// Changes the CPU quota, in the container's own cgroup and in this one: both apply.
    pub(crate) fn set_cpu(&self, inner: &str, quota: CpuQuota) -> Result<(), LimitError> {
        let inner = self.at(inner);
        let knobs = match &self.face {
            Face::V1(_) => v1::cpu_change(&self.dirs, &inner, quota),
            Face::V2(_) => v2::cpu_change(&self.dirs, &inner, quota),
        };
        apply(&knobs)
    }

    /// Reads what the worker uses; what cannot be read is 0.
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = match &self.face {
            Face::V1(_) => v1::usage(&self.dirs),
            Face::V2(_) => v2::usage(&self.dirs),
        };
        usage.pids = read_number(&self.dirs.pids.join("pids.current"));
        usage.oom_kills = self.oom.count();
        usage
    }

    /// Returns in how many periods the CPU quota was used up; both versions call it the same.
    pub(crate) fn throttled(&self) -> u64 {
        files::read_field(&self.dirs.cpu.join("cpu.stat"), "nr_throttled")
    }

    /// Waits until the kernel reports that memory ran out; never on cgroup v2, where it kills the whole group by itself.
    pub(crate) async fn out_of_memory(&self) {
        self.oom.happened().await;
    }

    /// Kills everything below this cgroup that can be seen now.
    pub(crate) fn kill_now(&self) -> io::Result<()> {
        if let Face::V2(_) = self.face
            && files::write(&self.dirs.pids.join("cgroup.kill"), "1").is_ok()
        {
            return Ok(());
        }
        // Frozen processes cannot fork away from under the loop.
        let (freezer, frozen, thawed) = match &self.face {
            Face::V1(_) => ("freezer.state", "FROZEN", "THAWED"),
            Face::V2(_) => ("cgroup.freeze", "1", "0"),
        };
        let freezer = self.dirs.freezer.join(freezer);
        let processes = self.processes()?;
        if processes.is_empty() {
            return Ok(());
        }
        let _ = files::write(&freezer, frozen);
        for pid in self.processes()?.into_iter().chain(processes) {
            if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        files::write(&freezer, thawed)
    }

    /// Kills everything below this cgroup and returns when nothing is left.
    pub(crate) async fn kill_until_empty(&self) -> io::Result<()> {
        let deadline = Instant::now() + KILL_TIMEOUT;
        loop {
            if self.processes()?.is_empty() {
                return Ok(());
            }
            self.kill_now()?;
            if Instant::now() > deadline {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("processes {:?} of {} did not die", self.processes()?, self.path),
                ));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Removes the cgroup; the last process must be gone.
    pub(crate) async fn remove(&self) -> io::Result<()> {
        let dirs = every_dir(&self.face, &self.path);
        until_done(|| dirs.iter().try_for_each(|dir| remove_tree(dir))).await
    }

    fn at(&self, path: &str) -> Dirs {
        match &self.face {
            Face::V1(v1) => v1.dirs(path),
            Face::V2(v2) => v2.dirs(path),
        }
    }
}

/// Repeats a removal: the kernel takes a moment to notice that the last process is gone.
async fn until_done(remove: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let deadline = Instant::now() + CGROUP_REMOVE_TIMEOUT;
    loop {
        match remove() {
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(POLL).await,
            Ok(()) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
