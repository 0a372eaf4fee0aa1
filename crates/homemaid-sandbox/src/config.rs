//! What the host says about its sandbox.

use std::path::PathBuf;

use crate::error::OpenError;

/// Longest instance name: it becomes part of container and cgroup names.
const INSTANCE_CHARS: usize = 40;

/// Where the sandbox finds its parts, and whose workers it runs.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The appliance's data directory; run files go to `run/` below it.
    pub data_dir: PathBuf,
    /// The worker image as `sandbox-image/build` writes it, with its `.sha256` file beside it.
    pub image_tar: PathBuf,
    /// The seccomp profile of `sandbox-image/`.
    pub seccomp: PathBuf,
    /// Unique for each data directory: containers are labelled and cgroups named with it, so that two appliances on
    /// one machine never touch each other's workers. Lower-case letters, digits and dashes, at most 40.
    pub instance: String,
    /// The podman command, found on `PATH` unless it is a path.
    pub podman: PathBuf,
}

impl SandboxConfig {
    /// Returns a configuration that uses the `podman` found on `PATH`.
    pub fn new(
        data_dir: impl Into<PathBuf>,
        image_tar: impl Into<PathBuf>,
        seccomp: impl Into<PathBuf>,
        instance: impl Into<String>,
    ) -> Self {
        Self {
            data_dir: data_dir.into(),
            image_tar: image_tar.into(),
            seccomp: seccomp.into(),
            instance: instance.into(),
            podman: PathBuf::from("podman"),
        }
    }

    pub(crate) fn check_instance(&self) -> Result<(), OpenError> {
        let name = &self.instance;
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > INSTANCE_CHARS || !name.chars().all(allowed) {
            return Err(OpenError::InstanceName {
                instance: name.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_name_is_safe_in_paths_and_labels() {
        let config = |name: &str| SandboxConfig::new("/d", "/i", "/s", name);
        assert!(config("a1b2-lab").check_instance().is_ok());
        for bad in ["", "A", "../x", "a/b", "a b", &"x".repeat(41)] {
            assert!(
                config(bad).check_instance().is_err(),
                "{bad:?} must not become a cgroup name"
            );
        }
    }
}
