//! What `podman info` says, and what of it makes limits toothless.

use std::path::PathBuf;
use std::process::Output;

use serde::Deserialize;

use crate::error::{OpenError, complaint};
use crate::limits::PODMAN_ANSWER_BYTES;

use homemaid_protocol::limits::WORKER_UID;

/// The oldest version this was tested with: Debian 12's.
const OLDEST: (u64, u64) = (4, 3);

/// The part of `podman info` that matters.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Facts {
    host: Host,
    store: Store,
    version: Version,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    security: Security,
    #[serde(default)]
    id_mappings: IdMappings,
}

#[derive(Debug, Clone, Deserialize)]
struct Security {
    rootless: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct IdMappings {
    #[serde(default)]
    uidmap: Option<Vec<IdRange>>,
    #[serde(default)]
    gidmap: Option<Vec<IdRange>>,
}

#[derive(Debug, Clone, Deserialize)]
struct IdRange {
    container_id: u64,
    size: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Store {
    graph_driver_name: String,
    run_root: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
struct Version {
    #[serde(rename = "Version")]
    version: String,
}

impl Facts {
    /// Reads the answer of `podman --runtime RUNTIME info --format json`.
    pub(super) fn parse(output: &Output, runtime: &'static str) -> Result<Self, OpenError> {
        if !output.status.success() {
            let detail = complaint(&output.stderr);
            if detail.contains(runtime) && detail.contains("not found") {
                return Err(OpenError::RuntimeMissing { runtime });
            }
            return Err(OpenError::PodmanBroken { detail });
        }
        if output.stdout.len() > PODMAN_ANSWER_BYTES {
            return Err(OpenError::PodmanBroken {
                detail: "its description of this machine is endless".into(),
            });
        }
        serde_json::from_slice(&output.stdout).map_err(|error| OpenError::PodmanBroken {
            detail: format!("`podman info` made no sense: {error}"),
        })
    }

    /// Refuses what would leave workers without limits, or nearly useless.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let too_old = || OpenError::PodmanTooOld {
            found: self.version.version.clone(),
        };
        let mut numbers = self
            .version
            .version
            .split(['.', '-'])
            .map(|part| part.parse::<u64>().ok());
        let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next()) else {
            return Err(too_old());
        };
        if (major, minor) < OLDEST {
            return Err(too_old());
        }
        if self.store.graph_driver_name == "vfs" {
            return Err(OpenError::StorageDriver {
                driver: self.store.graph_driver_name.clone(),
            });
        }
        if self.host.security.rootless {
            let maps = &self.host.id_mappings;
            let covered = |map: &Option<Vec<IdRange>>| {
                let id = u64::from(WORKER_UID);
                map.iter()
                    .flatten()
                    .any(|range| (range.container_id..range.container_id + range.size).contains(&id))
            };
            if !covered(&maps.uidmap) || !covered(&maps.gidmap) {
                return Err(OpenError::SubIdsMissing);
            }
        }
        Ok(())
    }

    /// Whether an ordinary user runs the containers.
    pub(crate) fn rootless(&self) -> bool {
        self.host.security.rootless
    }

    /// The version, for people.
    pub(crate) fn version(&self) -> &str {
        &self.version.version
    }

    /// The storage driver, for people.
    pub(crate) fn storage_driver(&self) -> &str {
        &self.store.graph_driver_name
    }

    /// A directory that belongs to this user's Podman and to nobody else.
    pub(crate) fn run_root(&self) -> &PathBuf {
        &self.store.run_root
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn output(code: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: stdout.into(),
            stderr: stderr.into(),
        }
    }

    fn facts(version: &str, driver: &str, rootless: bool, map: &str) -> Facts {
        let json = format!(
            r#"{{"host": {{"security": {{"rootless": {rootless}}}, "idMappings": {{"uidmap": {map}, "gidmap": {map}}}}},
            "store": {{"graphDriverName": "{driver}", "runRoot": "/run/c"}}, "version": {{"Version": "{version}"}}}}"#
        );
        Facts::parse(&output(0, &json, ""), "crun").expect("it is complete")
    }

    const MAP: &str = r#"[{"container_id": 0, "host_id": 1000, "size": 1}, {"container_id": 1, "host_id": 100000, "size": 65536}]"#;

    #[test]
    fn ordinary_machines_pass() {
        assert!(facts("4.3.1", "overlay", true, MAP).check().is_ok());
        assert!(
            facts("5.4.0-rc1", "overlay", false, "null").check().is_ok(),
            "root maps nothing"
        );
        assert!(facts("4.9.3", "btrfs", true, MAP).check().is_ok());
    }

    #[test]
    fn what_would_not_work_is_refused() {
        let refused = |facts: Facts| facts.check().expect_err("it must be refused").code();
        assert_eq!(refused(facts("3.4.4", "overlay", true, MAP)), "podman_too_old");
        assert_eq!(refused(facts("4.2.0", "overlay", true, MAP)), "podman_too_old");
        assert_eq!(refused(facts("unknown", "overlay", true, MAP)), "podman_too_old");
        assert_eq!(refused(facts("4.3.1", "vfs", true, MAP)), "storage_driver");
        assert_eq!(refused(facts("4.3.1", "overlay", true, "null")), "subids_missing");
        let one = r#"[{"container_id": 0, "host_id": 1000, "size": 1}]"#;
        assert_eq!(refused(facts("4.3.1", "overlay", true, one)), "subids_missing");
    }

    #[test]
    fn a_missing_runtime_is_told_apart_from_a_broken_podman() {
        let missing = output(
            125,
            "",
            "Error: default OCI runtime \"crun\" not found: invalid argument",
        );
        assert_eq!(
            Facts::parse(&missing, "crun").expect_err("missing").code(),
            "runtime_missing"
        );
        let broken = output(125, "", "Error: open /var/lib/containers: permission denied");
        assert_eq!(
            Facts::parse(&broken, "crun").expect_err("broken").code(),
            "podman_broken"
        );
        assert_eq!(
            Facts::parse(&output(0, "{}", ""), "crun")
                .expect_err("empty")
                .code(),
            "podman_broken"
        );
    }
}
