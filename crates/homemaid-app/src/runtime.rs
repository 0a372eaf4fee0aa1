//! `runtime.json` in the data directory: how the owner's own command line reaches the running appliance.
//!
//! The file is readable by the owner alone and holds a token made anew at every start; whoever can read it could
//! read the whole data directory anyway. It is gone after a clean stop; a left-over one is told apart by its pid.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How to reach the running appliance.
#[derive(Clone, Serialize, Deserialize)]
pub struct Runtime {
    /// Base URL of the HTTP API, without a slash at the end.
    pub url: String,
    /// Bearer token of the command line.
    pub token: String,
    /// Process that wrote this.
    pub pid: u32,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("url", &self.url)
            .field("pid", &self.pid)
            .finish_non_exhaustive()
    }
}

/// Why the running appliance could not be found.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Nothing runs on this data directory.
    #[error("Homemaid is not running on {}. Start it with `homemaid serve`, or name its directory with --data-dir", .0.display())]
    NotRunning(PathBuf),
    /// The file is there and cannot be used.
    #[error("could not read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Runtime {
    fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("runtime.json")
    }

    /// Writes the file so that only the owner can ever read it, whatever the umask, replacing an older one at once.
    pub fn publish(&self, data_dir: &Path) -> io::Result<RuntimeGuard> {
        let (path, fresh) = (Self::path(data_dir), data_dir.join("runtime.json.new"));
        // A left-over from a crash may not be reused: its mode is not known.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        Ok(RuntimeGuard(path))
    }

    /// Returns how to reach the appliance that runs on `data_dir`.
    pub fn find(data_dir: &Path) -> Result<Self, RuntimeError> {
        let path = Self::path(data_dir);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RuntimeError::NotRunning(data_dir.to_owned()));
            }
            Err(source) => return Err(RuntimeError::Read { path, source }),
        };
        let runtime: Self = serde_json::from_slice(&text).map_err(|error| RuntimeError::Read {
            path,
            source: error.into(),
        })?;
        if !Path::new(&format!("/proc/{}", runtime.pid)).exists() {
            return Err(RuntimeError::NotRunning(data_dir.to_owned()));
        }
        Ok(runtime)
    }
}

/// Removes the file when the appliance stops.
#[derive(Debug)]
pub struct RuntimeGuard(PathBuf);

impl Drop for RuntimeGuard {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(%error, "runtime.json was gone already");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_the_owner_can_read_it_and_a_stop_removes_it() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = Runtime {
            url: "http://127.0.0.1:1".into(),
            token: "secret".into(),
            pid: std::process::id(),
        };
        let guard = runtime.publish(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join("runtime.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Runtime::find(dir.path()).unwrap().token, "secret");
        assert!(
            !format!("{runtime:?}").contains("secret"),
            "the token stays out of logs"
        );
        drop(guard);
        assert!(matches!(
            Runtime::find(dir.path()),
            Err(RuntimeError::NotRunning(_))
        ));
    }

    #[test]
    fn the_file_of_a_dead_process_does_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = Runtime {
            url: String::new(),
            token: String::new(),
            pid: u32::MAX,
        };
        let _guard = runtime.publish(dir.path()).unwrap();
        assert!(matches!(
            Runtime::find(dir.path()),
            Err(RuntimeError::NotRunning(_))
        ));
    }
}
