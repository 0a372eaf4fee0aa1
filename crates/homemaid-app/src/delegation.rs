//! A person's own session gets a delegated scope, so that the kernel lets Homemaid limit its workers.
//!
//! On cgroup v2 an ordinary process may not make cgroups where its login session put it. The service unit delegates
//! (`Delegate=cpu memory pids`); a person who types `homemaid serve` gets the same from their own systemd manager: the
//! process replaces itself by `systemd-run --user --scope`, which keeps terminal, signals and exit code.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Set in the scope, so that a scope without delegation is refused instead of entered again and again.
const ENTERED: &str = "HOMEMAID_SCOPE";

/// Why no scope could be entered.
#[derive(Debug, thiserror::Error)]
pub enum DelegationError {
    /// There is no user manager to ask.
    #[error(
        "the kernel does not let this session limit its workers (its cgroup is not delegated), and there is no systemd user manager to ask for a delegated one. Log in directly instead of with su or sudo, or run once: loginctl enable-linger {user}; the service unit of the Debian package needs neither"
    )]
    NoManager {
        /// Who is logged in.
        user: String,
    },
    /// `systemd-run` could not be started.
    #[error(
        "could not start systemd-run to enter a delegated scope: {0}. Install systemd, or run Homemaid from its service unit"
    )]
    Run(#[from] std::io::Error),
}

/// Returns when this process may make limited cgroups, or cannot be helped to: the sandbox then says why.
///
/// Where a delegated scope is needed and to be had, this does not return: the process is replaced.
pub fn enter_delegated_scope() -> Result<(), DelegationError> {
    let root = Path::new("/sys/fs/cgroup");
    let pure_v2 = root.join("cgroup.controllers").exists();
    let uid = rustix::process::getuid().as_raw();
    if !pure_v2
        || env::var_os(ENTERED).is_some()
        || own_cgroup(root).is_some_and(|own| is_delegated(&own, uid))
    {
        return Ok(());
    }
    let mut run = Command::new("systemd-run");
    if uid == 0 {
        // Root's scopes belong to the system's own manager; without one, the sandbox says what is missing.
        if !Path::new("/run/systemd/system").exists() {
            return Ok(());
        }
    } else {
        let runtime_dir =
            env::var_os("XDG_RUNTIME_DIR").map_or_else(|| format!("/run/user/{uid}").into(), PathBuf::from);
        if !runtime_dir.join("systemd/private").exists() {
            return Err(DelegationError::NoManager {
                user: env::var("USER").unwrap_or_else(|_| uid.to_string()),
            });
        }
        run.arg("--user").env("XDG_RUNTIME_DIR", runtime_dir);
    }
    run.args([
        "--scope",
        "--quiet",
        "--collect",
        "-p",
        "Delegate=cpu memory pids",
        "--",
    ])
    .arg(env::current_exe()?)
    .args(env::args_os().skip(1))
    .env(ENTERED, "1");
    Err(run.exec().into())
}

/// Returns the directory of this process's cgroup below the v2 mount.
fn own_cgroup(root: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(root.join(path))
}

/// Tells whether systemd handed this cgroup over with what the limits need.
fn is_delegated(own: &Path, uid: u32) -> bool {
    let owned = fs::metadata(own).is_ok_and(|meta| meta.uid() == uid);
    let controllers = fs::read_to_string(own.join("cgroup.controllers")).unwrap_or_default();
    let complete = ["cpu", "memory", "pids"]
        .iter()
        .all(|name| controllers.split_whitespace().any(|has| has == *name));
    // A person owns everything below their user manager, but systemd still manages what it did not mark as delegated.
    let mut mark = [0_u8; 8];
    let marked = ["user.delegate", "trusted.delegate"].iter().any(|name| {
        rustix::fs::getxattr(own, *name, &mut mark[..]).is_ok_and(|length| mark[..length] == *b"1")
    });
    owned && complete && (marked || !Path::new("/run/systemd/system").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cgroup_without_the_controllers_is_not_delegated() {
        let dir = tempfile::tempdir().unwrap();
        let uid = rustix::process::getuid().as_raw();
        fs::write(dir.path().join("cgroup.controllers"), "cpu io memory\n").unwrap();
        assert!(!is_delegated(dir.path(), uid), "pids is missing");
        assert!(!is_delegated(dir.path(), uid + 1), "somebody else's");
    }
}
