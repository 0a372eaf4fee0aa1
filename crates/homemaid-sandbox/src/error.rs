//! Why a sandbox does not open and a worker does not start, each with what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::limits::COMPLAINT_BYTES;

/// Why no sandbox could be opened. Nothing runs unsandboxed instead.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The instance name would not be safe in paths.
    #[error("`{instance}` is not a usable instance name")]
    InstanceName {
        /// The name.
        instance: String,
    },
    /// The run directory could not be made or is not private.
    #[error("could not prepare the run directory {}", path.display())]
    RunDir {
        /// The directory or file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another host process runs this instance.
    #[error("another Homemaid already runs on this data directory ({} is locked)", lock.display())]
    AlreadyOpen {
        /// The lock file.
        lock: PathBuf,
    },
    /// There is no podman command.
    #[error("the command `{}` could not be started", program.display())]
    PodmanMissing {
        /// The command.
        program: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Podman is older than the oldest version that is known to do all of this.
    #[error("podman {found} is too old")]
    PodmanTooOld {
        /// Its version.
        found: String,
    },
    /// Podman could not describe itself.
    #[error("podman does not work here: {detail}")]
    PodmanBroken {
        /// What it said.
        detail: String,
    },
    /// The container runtime this kind of machine needs is not installed.
    #[error("the container runtime {runtime} is not installed")]
    RuntimeMissing {
        /// `crun` or `runc`.
        runtime: &'static str,
    },
    /// The machine has no control groups this crate knows.
    #[error("no usable control groups are mounted: {detail}")]
    NoCgroups {
        /// What was looked for.
        detail: String,
    },
    /// An ordinary user on cgroup v1 or hybrid: Podman would run every worker unlimited.
    #[error("this machine uses cgroup v1, where an ordinary user cannot limit anything")]
    RootlessOnV1,
    /// The host's own cgroup belongs to somebody else.
    #[error("the cgroup {cgroup} is not delegated to this user")]
    NotDelegated {
        /// The host's own cgroup.
        cgroup: String,
    },
    /// The host's own cgroup lacks controllers.
    #[error("the cgroup {cgroup} has no {} controller", missing.join(", "))]
    MissingControllers {
        /// The host's own cgroup.
        cgroup: String,
        /// The controllers.
        missing: Vec<&'static str>,
    },
    /// Other processes share the host's cgroup, so the kernel does not let it be divided.
    #[error("other processes run in the cgroup {cgroup}, so it cannot be divided")]
    CgroupShared {
        /// The host's own cgroup.
        cgroup: String,
    },
    /// The host's own cgroup could not be prepared.
    #[error("could not prepare the cgroup at {}", path.display())]
    CgroupSetup {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Swap is on, but the kernel does not account for it: memory limits would not bite.
    #[error("swap is on, but the kernel cannot limit it for each worker")]
    SwapUnlimited,
    /// Podman copies the whole image for every worker.
    #[error("podman uses the storage driver `{driver}`, which copies the whole image for every worker")]
    StorageDriver {
        /// The driver.
        driver: String,
    },
    /// The user has no subordinate ids: uid 65534 does not exist in their containers.
    #[error("this user has no subordinate user and group ids, so workers cannot run as nobody")]
    SubIdsMissing,
    /// The seccomp profile is missing or no JSON.
    #[error("the seccomp profile {} cannot be used: {detail}", path.display())]
    Seccomp {
        /// The profile.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The image's tar is missing or not what its checksum says.
    #[error("the worker image {} cannot be used: {detail}", path.display())]
    ImageTar {
        /// The tar.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Podman did not import the image.
    #[error("podman did not import the worker image: {detail}")]
    ImageImport {
        /// What it said.
        detail: String,
    },
    /// Podman's API service failed.
    #[error("could not talk to podman's API service")]
    Api(#[source] ApiError),
    /// What a crashed host left behind could not be removed.
    #[error("could not remove what an earlier run left behind: {detail}")]
    Leftovers {
        /// What remains.
        detail: String,
    },
}

impl OpenError {
    /// Returns what the owner can do about it.
    pub fn fix(&self) -> String {
        match self {
            Self::InstanceName { .. } => {
                "use lower-case letters, digits and dashes, at most 40 characters".into()
            }
            Self::RunDir { path, .. } => format!(
                "make {} a directory of the user who runs Homemaid, on a disk with free space",
                path.parent().unwrap_or(path).display()
            ),
            Self::AlreadyOpen { .. } => "stop the other one, or use another data directory".into(),
            Self::PodmanMissing { .. } => "install it: apt-get install podman crun uidmap".into(),
            Self::PodmanTooOld { .. } => {
                "install podman 4.3 or newer (Debian 12 and Ubuntu 24.04 have it)".into()
            }
            Self::PodmanBroken { .. } => "run `podman info` as the same user and follow what it says".into(),
            Self::RuntimeMissing { runtime } => format!("install it: apt-get install {runtime}"),
            Self::NoCgroups { .. } => {
                "use a machine with systemd and cgroup v2 (Debian 12, Ubuntu 22.04 or newer)".into()
            }
            Self::RootlessOnV1 => {
                "boot with systemd.unified_cgroup_hierarchy=1 (cgroup v2), or run Homemaid as root".into()
            }
            Self::NotDelegated { .. } | Self::CgroupShared { .. } => {
                "run Homemaid as a service of its own with `Delegate=cpu memory pids` in its unit, or start it with \
                 `systemd-run --user --scope -p Delegate=yes homemaid serve` (as root without `--user`)"
                    .into()
            }
            Self::MissingControllers { missing, .. } => format!(
                "put `Delegate=cpu memory pids` into Homemaid's unit; for a user session put \
                 `[Service]` and `Delegate=cpu cpuset io memory pids` into \
                 /etc/systemd/system/user@.service.d/homemaid.conf, run `systemctl daemon-reload` and log in again; \
                 if {} is switched off on the kernel command line (cgroup_disable=), remove that",
                missing.join(", ")
            ),
            Self::CgroupSetup { .. } => {
                "run Homemaid as a service of its own with `Delegate=cpu memory pids` in its unit".into()
            }
            Self::SwapUnlimited => "boot with `swapaccount=1` on the kernel command line, or switch swap off".into(),
            Self::StorageDriver { .. } => {
                "write `[storage]` and `driver = \"overlay\"` into ~/.config/containers/storage.conf of the user who \
                 runs Homemaid; if podman already has images there, run `podman system reset` once as that user"
                    .into()
            }
            Self::SubIdsMissing => {
                "install uidmap and give the user subordinate ids: \
                 usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, then `podman system migrate`"
                    .into()
            }
            Self::Seccomp { .. } => "reinstall Homemaid, or regenerate sandbox-image/seccomp.json".into(),
            Self::ImageTar { .. } => "reinstall Homemaid, or build the image: sandbox-image/build build/sandbox".into(),
            Self::ImageImport { .. } => {
                "make sure the disk is not full, and try `podman import` of the image as the same user".into()
            }
            Self::Api(_) => "run `podman system service --time=5 unix:///tmp/p.sock` as the same user and see what it says".into(),
            Self::Leftovers { .. } => {
                "stop Homemaid, run `podman rm -f --filter label=homemaid.instance=NAME` as the same user, start again"
                    .into()
            }
        }
    }

    /// Returns a stable name of the case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InstanceName { .. } => "instance_name",
            Self::RunDir { .. } => "run_dir",
            Self::AlreadyOpen { .. } => "already_open",
            Self::PodmanMissing { .. } => "podman_missing",
            Self::PodmanTooOld { .. } => "podman_too_old",
            Self::PodmanBroken { .. } => "podman_broken",
            Self::RuntimeMissing { .. } => "runtime_missing",
            Self::NoCgroups { .. } => "no_cgroups",
            Self::RootlessOnV1 => "rootless_on_v1",
            Self::NotDelegated { .. } => "not_delegated",
            Self::MissingControllers { .. } => "missing_controllers",
            Self::CgroupShared { .. } => "cgroup_shared",
            Self::CgroupSetup { .. } => "cgroup_setup",
            Self::SwapUnlimited => "swap_unlimited",
            Self::StorageDriver { .. } => "storage_driver",
            Self::SubIdsMissing => "subids_missing",
            Self::Seccomp { .. } => "seccomp",
            Self::ImageTar { .. } => "image_tar",
            Self::ImageImport { .. } => "image_import",
            Self::Api(_) => "api",
            Self::Leftovers { .. } => "leftovers",
        }
    }
}

/// Why a worker did not start. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The plugin's tree cannot be mounted.
    #[error("the directory {} cannot be mounted into a worker: {reason}", path.display())]
    Tree {
        /// The tree.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A limit could not be set.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Podman did not start the container.
    #[error("podman did not start the container: {detail}")]
    Podman {
        /// What it said.
        detail: String,
    },
    /// Podman did not come back.
    #[error("podman did not start the container within {seconds} s")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
    /// Something of the host failed.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The process that runs is not locked in as it must be; it was killed before it ran any of the plugin's code.
    #[error("the started process is not locked in: {}", list(violations))]
    Unsafe {
        /// Everything that was wrong.
        violations: Vec<Violation>,
    },
    /// The sandbox is closing.
    #[error("the sandbox is shutting down")]
    Closing,
}

impl StartError {
    /// Returns what the owner can do about it.
    pub fn fix(&self) -> String {
        match self {
            Self::Tree { .. } => {
                "keep plugins below a path without colons, commas and control characters, readable for everyone".into()
            }
            Self::Limit(_) | Self::Unsafe { .. } => {
                "run `homemaid doctor`: this machine does not enforce what it was asked to".into()
            }
            Self::Podman { .. } => "try again; if it stays, run `homemaid doctor`".into(),
            Self::Timeout { .. } => "the machine is overloaded, or podman hangs: look at `podman ps`".into(),
            Self::Io { .. } => "look at free memory, disk space and open files of this machine".into(),
            Self::Closing => "start Homemaid again".into(),
        }
    }
}

/// A limit that does not stand in the cgroup.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// The kernel kept another value than the one written.
    #[error("the limit {} reads `{found}` after `{wanted}` was written", file.display())]
    NotTaken {
        /// The cgroup file.
        file: PathBuf,
        /// The limit.
        wanted: String,
        /// What stands there.
        found: String,
    },
    /// The limit could not be written or read back.
    #[error("the limit {} could not be set", file.display())]
    Io {
        /// The cgroup file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Something about a started process that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What was looked at.
    pub what: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub observed: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is `{}`, must be `{}`",
            self.what, self.observed, self.expected
        )
    }
}

fn list(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Why a question to Podman's API service failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The service did not start.
    #[error("the API service did not start: {detail}")]
    Start {
        /// What it said.
        detail: String,
    },
    /// The service took too long.
    #[error("the API service did not answer in time")]
    Timeout,
    /// The service refused or its answer made no sense.
    #[error("the API service failed")]
    Answer(#[source] podman_api::Error),
}

/// Why a plugin's tree could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The throw-away worker did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It took too long.
    #[error("compiling took longer than {seconds} s")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
    /// It printed too much.
    #[error("compiling produced more than {bytes} bytes")]
    TooMuchOutput {
        /// The limit.
        bytes: usize,
    },
    /// It printed something that is no answer.
    #[error("the compiler answered with something else than byte code: {detail}")]
    Answer {
        /// What was wrong.
        detail: String,
    },
    /// It ended before it was done.
    #[error("the compiler ended early: {detail}")]
    Ended {
        /// How.
        detail: String,
    },
}

/// Returns at most [`COMPLAINT_BYTES`] of the end of what a command said, in one line.
pub(crate) fn complaint(output: &[u8]) -> String {
    let tail = &output[output.len().saturating_sub(COMPLAINT_BYTES)..];
    let text = String::from_utf8_lossy(tail);
    let text: Vec<&str> = text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if text.is_empty() {
        "it gave no reason".to_owned()
    } else {
        text.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_one_bounded_line() {
        assert_eq!(complaint(b"Error: a\n\n b \n"), "Error: a; b");
        assert_eq!(complaint(b""), "it gave no reason");
        assert!(complaint(&vec![b'x'; 100_000]).len() <= COMPLAINT_BYTES);
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let refusals = [
            OpenError::RootlessOnV1,
            OpenError::NotDelegated { cgroup: "/a".into() },
            OpenError::MissingControllers {
                cgroup: "/a".into(),
                missing: vec!["cpu"],
            },
            OpenError::SwapUnlimited,
            OpenError::SubIdsMissing,
        ];
        for refusal in refusals {
            assert!(
                !refusal.fix().is_empty() && !refusal.code().is_empty(),
                "{refusal}"
            );
        }
    }
}
