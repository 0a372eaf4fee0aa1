//! What the tests over real Podman share.
#![allow(dead_code, reason = "every test file uses its own part of this")]
#![allow(
    clippy::allow_attributes,
    reason = "whether something is unused differs between the test files"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use homemaid_sandbox::{Program, Sandbox, SandboxConfig, Worker, WorkerLimits, WorkerSpec};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;

/// Longest wait for anything a test waits for; reached only when the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the crate lies two levels deep")
}

/// The worker image; tests need it, so its absence is a failure and not a reason to skip.
pub(crate) fn image_tar() -> PathBuf {
    let tar = std::env::var_os("HOMEMAID_IMAGE_TAR")
        .map_or_else(|| repository().join("build/sandbox/sandbox.tar"), PathBuf::from);
    assert!(
        tar.is_file(),
        "{} is missing; build it: sandbox-image/build build/sandbox",
        tar.display()
    );
    tar
}

/// A sandbox of its own, on its own data directory.
pub(crate) struct House {
    pub(crate) data: TempDir,
    pub(crate) instance: String,
    pub(crate) sandbox: Sandbox,
}

impl House {
    pub(crate) async fn open(name: &str) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let instance = instance(name);
        let sandbox = Sandbox::open(config(data.path(), &instance))
            .await
            .unwrap_or_else(|error| {
                panic!(
                    "the sandbox does not open: {error}: {:?}; {}",
                    std::error::Error::source(&error),
                    error.fix()
                )
            });
        Self {
            data,
            instance,
            sandbox,
        }
    }

    /// Starts a program with the contract's limits.
    pub(crate) async fn run(&self, source: &str) -> Running {
        self.start(code(self.data.path(), source)).await
    }

    pub(crate) async fn start(&self, spec: WorkerSpec) -> Running {
        let worker = self.sandbox.start(spec).await.expect("the worker starts");
        Running::of(worker)
    }

    /// Closes the sandbox and checks that nothing of it is left on the machine.
    pub(crate) async fn close(self) {
        self.sandbox.close().await;
        assert_eq!(
            leftovers(&self.instance),
            Vec::<String>::new(),
            "nothing may be left"
        );
    }
}

/// An instance name that no other test run on this machine has.
pub(crate) fn instance(name: &str) -> String {
    format!("t{}-{name}", std::process::id())
}

pub(crate) fn config(data: &Path, instance: &str) -> SandboxConfig {
    let seccomp = repository().join("sandbox-image/seccomp.json");
    SandboxConfig::new(data, image_tar(), seccomp, instance)
}

/// A worker that runs Python source on an empty tree.
pub(crate) fn code(data: &Path, source: &str) -> WorkerSpec {
    WorkerSpec {
        name: "test".to_owned(),
        tree: tree(data, &[]),
        sdk: None,
        program: Program::Code {
            source: source.to_owned(),
            arguments: Vec::new(),
        },
        limits: WorkerLimits::default(),
    }
}

/// Makes a plugin's tree below `data`.
pub(crate) fn tree(data: &Path, files: &[(&str, &str)]) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::Builder::new()
        .prefix("tree-")
        .tempdir_in(data)
        .expect("a tree")
        .keep();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("it is below the tree")).expect("its folder");
        std::fs::write(path, text).expect("its text");
    }
    dir
}

/// A worker with its output read by lines.
pub(crate) struct Running {
    pub(crate) stdin: Option<pipe::Sender>,
    pub(crate) stdout: BufReader<pipe::Receiver>,
    pub(crate) stderr: pipe::Receiver,
    pub(crate) control: homemaid_sandbox::WorkerControl,
}

impl Running {
    fn of(worker: Worker) -> Self {
        let Worker {
            stdin,
            stdout,
            stderr,
            control,
        } = worker;
        Self {
            stdin: Some(stdin),
            stdout: BufReader::new(stdout),
            stderr,
            control,
        }
    }

    /// The next line, or `None` at the end of the output.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.stdout.read_line(&mut line)).await;
        match read
            .expect("a line or the end within the patience of the test")
            .expect("UTF-8")
        {
            0 => None,
            _ => Some(line.trim_end().to_owned()),
        }
    }

    pub(crate) async fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is still open");
        stdin
            .write_all(format!("{line}\n").as_bytes())
            .await
            .expect("it reads");
    }

    /// All the rest of the output.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        let read = tokio::time::timeout(PATIENCE, self.stdout.read_to_string(&mut rest)).await;
        read.expect("the end of the output").expect("UTF-8");
        rest
    }

    /// Everything it complained.
    pub(crate) async fn complaints(&mut self) -> String {
        let mut text = String::new();
        let read = tokio::time::timeout(PATIENCE, self.stderr.read_to_string(&mut text)).await;
        read.expect("the end of the errors").expect("UTF-8");
        text
    }

    pub(crate) async fn exit(&self) -> homemaid_sandbox::Exit {
        tokio::time::timeout(PATIENCE, self.control.wait())
            .await
            .expect("it ends within the patience of the test")
    }
}

/// Names everything an instance has left on this machine: containers, cgroups, processes.
pub(crate) fn leftovers(instance: &str) -> Vec<String> {
    let mut found = Vec::new();
    let label = format!("label=homemaid.instance={instance}");
    let list = Command::new("podman")
        .args(["ps", "--all", "--quiet", "--filter", &label])
        .output()
        .expect("podman ps");
    assert!(
        list.status.success(),
        "podman ps: {}",
        String::from_utf8_lossy(&list.stderr)
    );
    found.extend(
        String::from_utf8_lossy(&list.stdout)
            .lines()
            .map(|id| format!("container {id}")),
    );
    cgroups(
        Path::new("/sys/fs/cgroup"),
        &format!("homemaid-{instance}"),
        6,
        &mut found,
    );
    found
}

fn cgroups(dir: &Path, name: &str, depth: u32, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_dir() || path.is_symlink() {
            continue;
        }
        if entry.file_name() == name {
            found.push(format!("cgroup {}", path.display()));
        } else if depth > 0 {
            cgroups(&path, name, depth - 1, found);
        }
    }
}

/// Whether a process of this number is there.
pub(crate) fn alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Waits until `done` holds.
pub(crate) async fn until(what: &str, done: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !done() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: it did not come true"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
