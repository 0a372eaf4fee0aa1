//! Starting one worker: cgroup, container, check, gate. Whatever goes wrong, nothing of it is left.

use std::fs;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::AsyncWriteExt;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;
use tokio::time::Instant;

use crate::cgroup::Group;
use crate::error::{StartError, Violation, complaint};
use crate::limits::{CHECK_TIMEOUT, COMPLAINT_BYTES, NAME_CHARS, POLL, START_TIMEOUT};
use crate::podman::{Run, podman_limits};
use crate::proc::watchable;
use crate::sandbox::Shared;
use crate::spec::WorkerSpec;
use crate::verify::{Expected, Observed, violations};
use crate::worker::{Life, Worker, watched};

/// What opens the gate.
const GO: &[u8] = b"\n";
/// How Podman says that an image is gone.
const NO_IMAGE: [&str; 2] = ["image not known", "no such image"];
/// Others may read and enter.
const OTHERS_READ: u32 = 0o005;

/// Starts a worker.
pub(crate) async fn start(shared: Arc<Shared>, spec: WorkerSpec) -> Result<Worker, StartError> {
    let _turn = shared.starts.acquire().await.map_err(|_| StartError::Closing)?;
    let tree = mountable(&spec.tree)?;
    let sdk = spec.sdk.as_deref().map(mountable).transpose()?;
    let first = attempt(&shared, &spec, &tree, sdk.as_deref()).await;
    match &first {
        // Another version of Homemaid on this machine may have taken it for outdated.
        Err(StartError::Podman { detail }) if NO_IMAGE.iter().any(|text| detail.contains(text)) => {
            let imported = shared
                .image
                .ensure(&shared.podman, &shared.api, &shared.run_root)
                .await;
            imported.map_err(|error| StartError::Podman {
                detail: error.to_string(),
            })?;
            attempt(&shared, &spec, &tree, sdk.as_deref()).await
        }
        _ => first,
    }
}

async fn attempt(
    shared: &Arc<Shared>,
    spec: &WorkerSpec,
    tree: &Path,
    sdk: Option<&Path>,
) -> Result<Worker, StartError> {
    let number = shared.started.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{number}", slug(&spec.name));
    let container = format!("homemaid-{}-{name}", shared.instance);
    let cid_file = shared.run.join(format!("{number}.cid"));
    let _ = fs::remove_file(&cid_file);
    let group = shared.cgroups.create(&name, &spec.limits)?;
    let arguments = Run {
        container: &container,
        instance: &shared.instance,
        worker: &slug(&spec.name),
        cid_file: &cid_file,
        cgroup: group.path(),
        limits: &spec.limits,
        user_processes: shared.user_processes,
        seccomp: &shared.seccomp,
        tree,
        sdk,
        image: shared.image.name(),
        program: &spec.arguments(),
    }
    .arguments();
    let started = run(shared, &arguments, &cid_file, &group, spec).await;
    let _ = fs::remove_file(&cid_file);
    match started {
        Ok(Started {
            id,
            pid,
            pidfd,
            inner,
            stdin,
            stdout,
            stderr,
        }) => {
            let kill = shared.closing.child_token();
            let life = Life::new(group, inner, id, pid, pidfd, spec.limits.cpu, kill);
            let (control, watch) = watched(life, Arc::clone(&shared.api));
            shared.tasks.spawn(watch);
            Ok(Worker {
                stdin,
                stdout,
                stderr,
                control,
            })
        }
        Err(error) => {
            abandon(shared, &group, &container).await;
            Err(error)
        }
    }
}

struct Started {
    id: String,
    pid: u32,
    pidfd: AsyncFd<OwnedFd>,
    inner: String,
    stdin: pipe::Sender,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
}

async fn run(
    shared: &Shared,
    arguments: &[String],
    cid_file: &Path,
    group: &Group,
    spec: &WorkerSpec,
) -> Result<Started, StartError> {
    let io = |doing| move |source| StartError::Io { doing, source };
    let pipes = Pipes::new().map_err(io("make pipes"))?;
    let mut command = shared.podman.command();
    command
        .args(arguments)
        // conmon leaves a file named `oom` in its working directory when a worker runs out of memory.
        .current_dir(&shared.run)
        .stdin(pipes.child_stdin)
        .stdout(pipes.child_stdout)
        .stderr(pipes.child_stderr);
    let mut child = command.spawn().map_err(io("start the podman command"))?;
    // The command holds the worker's ends of the pipes, and so does the command's description.
    drop(command);
    let (mut stdin, stdout, stderr) = (pipes.stdin, pipes.stdout, pipes.stderr);
    let status: ExitStatus = match tokio::time::timeout(START_TIMEOUT, child.wait()).await {
        Err(_) => {
            return Err(StartError::Timeout {
                seconds: START_TIMEOUT.as_secs(),
            });
        }
        Ok(status) => status.map_err(io("wait for the podman command"))?,
    };
    if !status.success() {
        return Err(StartError::Podman {
            detail: said(&stderr),
        });
    }
    let id = fs::read_to_string(cid_file)
        .map_err(io("read the container's id"))?
        .trim()
        .to_owned();
    let (pid, pidfd, inner) = checked(shared, group, spec, &stderr).await?;
    stdin
        .write_all(GO)
        .await
        .map_err(io("open the gate of the worker"))?;
    Ok(Started {
        id,
        pid,
        pidfd,
        inner,
        stdin,
        stdout,
        stderr,
    })
}

/// Waits until the container's process is locked in. It cannot get anything back once it has lost it, so looking again until
/// the runtime is done with it is safe.
async fn checked(
    shared: &Shared,
    group: &Group,
    spec: &WorkerSpec,
    stderr: &pipe::Receiver,
) -> Result<(u32, AsyncFd<OwnedFd>, String), StartError> {
    let deadline = Instant::now() + CHECK_TIMEOUT;
    loop {
        let processes = group.processes().map_err(|source| StartError::Io {
            doing: "read the cgroup",
            source,
        })?;
        let Some(&pid) = processes.first() else {
            let detail = format!("the worker ended before it could be checked: {}", said(stderr));
            return Err(StartError::Podman { detail });
        };
        let judged = match open(pid) {
            Ok((pidfd, observed)) => match judge(shared, group, spec, &observed) {
                Ok(inner) if processes.len() == 1 => return Ok((pid, pidfd, inner)),
                Ok(_) => vec![Violation {
                    what: "processes in the cgroup".into(),
                    expected: "1".into(),
                    observed: processes.len().to_string(),
                }],
                Err(violations) => violations,
            },
            Err(error) => vec![Violation {
                what: format!("process {pid}"),
                expected: "readable".into(),
                observed: error.to_string(),
            }],
        };
        if Instant::now() > deadline {
            return Err(StartError::Unsafe { violations: judged });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Takes hold of the process before it is looked at, so that its number cannot pass to another one unnoticed.
fn open(pid: u32) -> io::Result<(AsyncFd<OwnedFd>, Observed)> {
    let number = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or(io::ErrorKind::InvalidData)?;
    let pidfd = watchable(pidfd_open(number, PidfdFlags::NONBLOCK)?)?;
    Ok((pidfd, Observed::read(pid)?))
}

/// Returns the container's own cgroup when everything is as it must be.
fn judge(
    shared: &Shared,
    group: &Group,
    spec: &WorkerSpec,
    observed: &Observed,
) -> Result<String, Vec<Violation>> {
    let expected = Expected {
        rootless: shared.facts.rootless,
        own_uid: shared.own_uid,
        own_gid: shared.own_gid,
        limits: &spec.limits,
    };
    let mut found = violations(observed, expected);
    match group.contains(&observed.cgroups) {
        Ok(inner) => {
            found.extend(group.check_inner(&inner, &podman_limits(&spec.limits)));
            if found.is_empty() { Ok(inner) } else { Err(found) }
        }
        Err(outside) => {
            found.extend(outside);
            Err(found)
        }
    }
}

/// Removes everything a start has made so far.
async fn abandon(shared: &Shared, group: &Group, container: &str) {
    if let Err(error) = group.kill_until_empty().await {
        tracing::error!(container, ?error, "the processes of a failed start do not die");
    }
    if let Err(error) = shared.api.remove_container(container).await {
        tracing::warn!(
            container,
            ?error,
            "could not remove the container of a failed start"
        );
    }
    if let Err(error) = group.remove().await {
        tracing::warn!(container, ?error, "could not remove the cgroup of a failed start");
    }
}

struct Pipes {
    stdin: pipe::Sender,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
    child_stdin: Stdio,
    child_stdout: Stdio,
    child_stderr: Stdio,
}

impl Pipes {
    fn new() -> io::Result<Self> {
        let sender = |writer: PipeWriter| pipe::Sender::from_owned_fd(writer.into());
        let receiver = |reader: PipeReader| pipe::Receiver::from_owned_fd(reader.into());
        let ((child_stdin, stdin), (stdout, child_stdout), (stderr, child_stderr)) =
            (io::pipe()?, io::pipe()?, io::pipe()?);
        Ok(Self {
            stdin: sender(stdin)?,
            stdout: receiver(stdout)?,
            stderr: receiver(stderr)?,
            child_stdin: child_stdin.into(),
            child_stdout: child_stdout.into(),
            child_stderr: child_stderr.into(),
        })
    }
}

/// Returns what was said on the error pipe so far.
fn said(stderr: &pipe::Receiver) -> String {
    let mut buffer = vec![0; COMPLAINT_BYTES];
    // Straight from the pipe: nothing has waited for it yet, so tokio does not know that it is readable.
    let read = rustix::io::read(stderr, &mut buffer).unwrap_or(0);
    complaint(&buffer[..read])
}

/// Returns the real path of a directory that Podman can mount and a worker can read.
fn mountable(dir: &Path) -> Result<PathBuf, StartError> {
    let refused = |reason: &str| StartError::Tree {
        path: dir.to_owned(),
        reason: reason.to_owned(),
    };
    let real = dir.canonicalize().map_err(|error| refused(&error.to_string()))?;
    let text = real.to_str().ok_or_else(|| refused("its path is not UTF-8"))?;
    if text.chars().any(|c| c == ':' || c == ',' || c.is_control()) {
        return Err(refused(
            "its path contains a character that Podman gives a meaning",
        ));
    }
    let metadata = fs::metadata(&real).map_err(|error| refused(&error.to_string()))?;
    if !metadata.is_dir() {
        return Err(refused("it is no directory"));
    }
    if metadata.permissions().mode() & OTHERS_READ != OTHERS_READ {
        return Err(refused(
            "it is not readable for everyone, and the worker's user is nobody",
        ));
    }
    Ok(real)
}

/// Returns what of a name may stand in names of containers and cgroups.
fn slug(name: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            c
        } else {
            '-'
        }
    };
    let slug: String = name.chars().take(NAME_CHARS).map(allowed).collect();
    if slug.is_empty() {
        "worker".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_safe() {
        assert_eq!(slug("hello_maid@123"), "hello_maid-123");
        assert_eq!(slug("../../etc"), "------etc");
        assert_eq!(slug(""), "worker");
        assert_eq!(slug(&"é".repeat(500)).len(), NAME_CHARS);
    }

    #[test]
    fn only_directories_everyone_can_read_are_mounted() {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str, mode: u32| {
            let path = dir.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        assert!(mountable(&make("good", 0o755)).is_ok());
        for bad in [
            make("private", 0o750),
            make("a:b", 0o755),
            make("a,b", 0o755),
            dir.path().join("missing"),
        ] {
            assert!(
                matches!(mountable(&bad), Err(StartError::Tree { .. })),
                "{}",
                bad.display()
            );
        }
    }
}
