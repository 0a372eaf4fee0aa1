//! Opening the sandbox: every check that must hold before the first worker may start.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rustix::process::{Resource, getegid, geteuid, getrlimit};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cgroup::{Cgroups, Machine, detect};
use crate::config::SandboxConfig;
use crate::error::{OpenError, StartError};
use crate::image::Image;
use crate::limits::STARTS_AT_ONCE;
use crate::podman::{Api, Facts, Podman};
use crate::proc;
use crate::spec::WorkerSpec;
use crate::start;
use crate::worker::Worker;

/// Most processes of one user that a worker's user is allowed, whatever the machine would allow; as root all workers share
/// one user, so this is no limit of one worker.
const USER_PROCESSES: u64 = 32_768;

/// The workers of one appliance. A clone is the same sandbox.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
}

/// What the sandbox found on this machine, for the owner's eyes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SandboxFacts {
    /// Podman's version.
    pub podman: String,
    /// The container runtime.
    pub runtime: String,
    /// `v1` or `v2`.
    pub cgroup: String,
    /// Whether an ordinary user runs the containers.
    pub rootless: bool,
    /// Podman's storage driver.
    pub storage_driver: String,
    /// The worker image.
    pub image: String,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) instance: String,
    pub(crate) seccomp: PathBuf,
    pub(crate) run: PathBuf,
    pub(crate) run_root: PathBuf,
    pub(crate) podman: Podman,
    pub(crate) api: Arc<Api>,
    pub(crate) cgroups: Cgroups,
    pub(crate) image: Image,
    pub(crate) facts: SandboxFacts,
    pub(crate) user_processes: u64,
    pub(crate) own_uid: u32,
    pub(crate) own_gid: u32,
    pub(crate) starts: Semaphore,
    pub(crate) started: AtomicU64,
    pub(crate) tasks: TaskTracker,
    pub(crate) closing: CancellationToken,
    /// Held as long as this host may have workers.
    _lock: File,
}

impl Sandbox {
    /// Opens the sandbox of `config.instance`: checks the machine, removes what a crashed host left behind and imports the
    /// image. Refuses whatever would leave a worker without one of its limits.
    pub async fn open(config: SandboxConfig) -> Result<Self, OpenError> {
        config.check_instance()?;
        let (run, lock) = prepare_run_dir(&config.data_dir)?;
        let seccomp = check_seccomp(&config.seccomp)?;
        let image = Image::of_tar(&config.image_tar)?;
        let machine = machine()?;
        let runtime = match machine {
            Machine::V1(_) => "runc",
            Machine::V2 { .. } => "crun",
        };
        let podman = Podman::new(&config.podman, runtime);
        let cgroups = Cgroups::prepare(&machine, &config.instance)?;
        let ready = make_ready(&podman, &cgroups, &image, &config.instance, &run).await;
        let (found, api) = match ready {
            Ok(ready) => ready,
            Err(refused) => {
                cgroups.remove();
                return Err(refused);
            }
        };
        let facts = SandboxFacts {
            podman: found.version().to_owned(),
            runtime: podman.runtime().to_owned(),
            cgroup: cgroups.version().to_owned(),
            rootless: found.rootless(),
            storage_driver: found.storage_driver().to_owned(),
            image: image.name().to_owned(),
        };
        tracing::info!(?facts, instance = config.instance, "sandbox open");
        let shared = Shared {
            instance: config.instance,
            seccomp,
            run,
            run_root: found.run_root().clone(),
            podman,
            api: Arc::new(api),
            cgroups,
            image,
            facts,
            user_processes: user_processes(),
            own_uid: geteuid().as_raw(),
            own_gid: getegid().as_raw(),
            starts: Semaphore::new(STARTS_AT_ONCE),
            started: AtomicU64::new(0),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            _lock: lock,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Starts a worker and returns it when its process has been checked. Dropping the future does not leave a worker behind.
    pub async fn start(&self, spec: WorkerSpec) -> Result<Worker, StartError> {
        if self.shared.closing.is_cancelled() {
            return Err(StartError::Closing);
        }
        let starting = start::start(Arc::clone(&self.shared), spec);
        self.shared
            .tasks
            .spawn(starting)
            .await
            .unwrap_or(Err(StartError::Closing))
    }

    /// Returns what was found on this machine.
    pub fn facts(&self) -> &SandboxFacts {
        &self.shared.facts
    }

    /// Returns the checksum of the worker image; compiled byte code belongs to it.
    pub fn image(&self) -> &str {
        self.shared.image.sha256()
    }

    /// Kills every worker that is left and returns when nothing of them remains.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.cgroups.remove();
    }
}

/// Judges the machine, then brings it into the state in which workers may start.
async fn make_ready(
    podman: &Podman,
    cgroups: &Cgroups,
    image: &Image,
    instance: &str,
    run: &Path,
) -> Result<(Facts, Api), OpenError> {
    if !cgroups.swap_limit() && proc::has_swap(&read("/proc/swaps")?) {
        return Err(OpenError::SwapUnlimited);
    }
    let found = podman.facts().await?;
    found.check()?;
    let api = Api::new(podman.clone(), run).map_err(|source| OpenError::RunDir {
        path: run.to_owned(),
        source,
    })?;
    reap(cgroups, &api, instance, run).await?;
    image.ensure(podman, &api, found.run_root()).await?;
    image.remove_outdated(&api).await;
    Ok((found, api))
}

fn read(file: &str) -> Result<String, OpenError> {
    fs::read_to_string(file).map_err(|error| OpenError::NoCgroups {
        detail: format!("{file}: {error}"),
    })
}

fn machine() -> Result<Machine, OpenError> {
    detect(
        &read("/proc/self/mountinfo")?,
        &read("/proc/self/cgroup")?,
        geteuid().is_root(),
    )
}

/// Makes the private run directory and takes its lock.
fn prepare_run_dir(data_dir: &Path) -> Result<(PathBuf, File), OpenError> {
    let failed = |path: &Path, source: io::Error| OpenError::RunDir {
        path: path.to_owned(),
        source,
    };
    let run = data_dir.join("run");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&run)
        .map_err(|source| failed(&run, source))?;
    let run = run.canonicalize().map_err(|source| failed(&run, source))?;
    fs::set_permissions(&run, Permissions::from_mode(0o700)).map_err(|source| failed(&run, source))?;
    let path = run.join("sandbox.lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let lock = lock.map_err(|source| failed(&path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok((run, lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyOpen { lock: path }),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

/// Checks that the profile denies what it does not name.
fn check_seccomp(profile: &Path) -> Result<PathBuf, OpenError> {
    let bad = |detail: String| OpenError::Seccomp {
        path: profile.to_owned(),
        detail,
    };
    let path = profile.canonicalize().map_err(|error| bad(error.to_string()))?;
    let text = fs::read(&path).map_err(|error| bad(error.to_string()))?;
    let json: serde_json::Value = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    match json["defaultAction"].as_str() {
        Some("SCMP_ACT_ERRNO" | "SCMP_ACT_KILL" | "SCMP_ACT_KILL_PROCESS") => Ok(path),
        other => Err(bad(format!("its default action is {other:?} and not to deny"))),
    }
}

/// Kills and removes what an earlier run of this instance left behind.
async fn reap(cgroups: &Cgroups, api: &Api, instance: &str, run: &Path) -> Result<(), OpenError> {
    let left = |detail: String| OpenError::Leftovers { detail };
    cgroups
        .kill_all()
        .await
        .map_err(|error| left(error.to_string()))?;
    for container in api.containers(instance).await.map_err(OpenError::Api)? {
        tracing::warn!(
            container = container.id,
            "removing a container that an earlier run left behind"
        );
        api.remove_container(&container.id)
            .await
            .map_err(OpenError::Api)?;
    }
    cgroups
        .remove_workers()
        .await
        .map_err(|error| left(error.to_string()))?;
    let files = fs::read_dir(run).map_err(|source| OpenError::RunDir {
        path: run.to_owned(),
        source,
    })?;
    for file in files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|name| name == "cid"))
    {
        let _ = fs::remove_file(file.path());
    }
    Ok(())
}

/// Returns how many processes a worker's user may have: not more than the host may hand out.
fn user_processes() -> u64 {
    let own = getrlimit(Resource::Nproc).maximum.unwrap_or(u64::MAX);
    let kernel = fs::read_to_string("/proc/sys/kernel/pid_max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    own.min(kernel.unwrap_or(USER_PROCESSES)).min(USER_PROCESSES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_directory_is_private_and_locked() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let (run, lock) = prepare_run_dir(&data).expect("it can be made");
        assert_eq!(fs::metadata(&run).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(
            prepare_run_dir(&data).expect_err("it is locked").code(),
            "already_open"
        );
        drop(lock);
        assert!(prepare_run_dir(&data).is_ok(), "the lock ends with its holder");
    }

    #[test]
    fn a_profile_that_allows_by_default_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let profile = dir.path().join("seccomp.json");
        assert_eq!(check_seccomp(&profile).expect_err("missing").code(), "seccomp");
        for (text, good) in [
            (r#"{"defaultAction": "SCMP_ACT_ERRNO"}"#, true),
            (r#"{"defaultAction": "SCMP_ACT_ALLOW"}"#, false),
            ("{}", false),
            ("not json", false),
        ] {
            fs::write(&profile, text).unwrap();
            assert_eq!(check_seccomp(&profile).is_ok(), good, "{text}");
        }
    }
}
