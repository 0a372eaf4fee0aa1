//! The podman command and its API service.

mod api;
mod arguments;
mod facts;
mod storage;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

pub(crate) use api::Api;
pub(crate) use arguments::{ENTRYPOINT, Run, podman_limits};
pub(crate) use facts::Facts;

use crate::error::OpenError;
use crate::limits::PODMAN_TIMEOUT;

/// What Podman needs of the host's environment; the rest (secrets among it) is not its business.
const ENVIRONMENT: [&str; 14] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "CONTAINERS_REGISTRIES_CONF",
    "STORAGE_DRIVER",
    "STORAGE_OPTS",
];

/// The podman command with the options that every call has.
#[derive(Debug, Clone)]
pub(crate) struct Podman {
    program: PathBuf,
    runtime: &'static str,
    storage_driver: Option<&'static str>,
}

impl Podman {
    /// Uses `crun` on cgroup v2 and `runc` on v1, which `crun` refuses on hybrid machines.
    pub(crate) fn new(program: &Path, runtime: &'static str) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let storage_driver = storage::driver(is_root, |name| std::env::var_os(name), Path::exists);
        Self {
            program: program.to_owned(),
            runtime,
            storage_driver,
        }
    }

    pub(crate) fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// Returns the command with its common options, the host's environment filtered, and no input or output.
    ///
    /// The cgroup manager is `cgroupfs`: the host has made the cgroup itself and needs neither systemd nor a user bus.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(
                ENVIRONMENT
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(self.storage_driver.map(|driver| ("STORAGE_DRIVER", driver)))
            .args([
                "--runtime",
                self.runtime,
                "--cgroup-manager",
                "cgroupfs",
                "--log-level",
                "error",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a short command to its end.
    pub(crate) async fn output<I, S>(&self, arguments: I, timeout: Duration) -> std::io::Result<Output>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = self.command();
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        match tokio::time::timeout(timeout, command.output()).await {
            Ok(output) => output,
            Err(_) => Err(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                format!("podman did not answer within {} s", timeout.as_secs()),
            )),
        }
    }

    /// Asks Podman about itself and this machine.
    pub(crate) async fn facts(&self) -> Result<Facts, OpenError> {
        let output = match self.output(["info", "--format", "json"], PODMAN_TIMEOUT).await {
            Ok(output) => output,
            Err(source) if source.kind() == std::io::ErrorKind::TimedOut => {
                return Err(OpenError::PodmanBroken {
                    detail: source.to_string(),
                });
            }
            Err(source) => {
                return Err(OpenError::PodmanMissing {
                    program: self.program.clone(),
                    source,
                });
            }
        };
        Facts::parse(&output, self.runtime)
    }
}
