//! The arguments of `podman run`: every limit of the contract (caps §4) in one list.

use std::path::Path;

use homemaid_protocol::limits::WORKER_UID;

use crate::limits::{PODMAN_MEMORY_MARGIN, WORKER_OPEN_FILES, WorkerLimits};

/// What runs in a worker: the image's only executable, isolated from its environment and writing nothing.
pub(crate) const ENTRYPOINT: &str = r#"["/usr/bin/python3.11","-I","-B","-u","-X","utf8"]"#;
/// Label with the instance, on every container.
pub(crate) const INSTANCE_LABEL: &str = "homemaid.instance";
/// Label with the worker's name, for people.
const WORKER_LABEL: &str = "homemaid.worker";

/// Everything one `podman run` needs to know.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) container: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) worker: &'a str,
    pub(crate) cid_file: &'a Path,
    pub(crate) cgroup: &'a str,
    pub(crate) limits: &'a WorkerLimits,
    /// Highest process limit of a user that the host may hand out.
    pub(crate) user_processes: u64,
    pub(crate) seccomp: &'a Path,
    pub(crate) tree: &'a Path,
    pub(crate) sdk: Option<&'a Path>,
    pub(crate) image: &'a str,
    pub(crate) program: &'a [String],
}

/// Returns the limits as Podman is told them: a margin above the host's own memory limit, so that this one bites.
pub(crate) fn podman_limits(limits: &WorkerLimits) -> WorkerLimits {
    WorkerLimits {
        memory_bytes: limits.memory_bytes + PODMAN_MEMORY_MARGIN,
        ..*limits
    }
}

impl Run<'_> {
    /// Returns the arguments after the common options.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let podman = podman_limits(self.limits);
        let mut arguments = Vec::new();
        let mut flag = |text: &str| arguments.push(text.to_owned());
        // Detached with the host's own pipes handed through: nothing of Podman stays on the path of the messages.
        flag("run");
        flag("--detach");
        flag("--interactive");
        flag("--log-driver=passthrough");
        flag("--pull=never");
        flag(&format!("--name={}", self.container));
        flag(&format!("--label={INSTANCE_LABEL}={}", self.instance));
        flag(&format!("--label={WORKER_LABEL}={}", self.worker));
        flag(&format!("--cidfile={}", self.cid_file.display()));
        // Below the host's cgroup; conmon stays outside of it, or it would eat of the worker's limits on cgroup v1.
        flag("--cgroups=no-conmon");
        flag(&format!("--cgroup-parent={}", self.cgroup));
        flag(&format!("--memory={}b", podman.memory_bytes));
        flag(&format!("--memory-swap={}b", podman.memory_bytes));
        flag(&format!("--pids-limit={}", podman.pids));
        flag(&format!("--cpu-period={}", podman.boot_cpu.period_us));
        flag(&format!("--cpu-quota={}", podman.boot_cpu.quota_us));
        // Podman's own defaults are above what some hosts may hand out.
        flag(&format!(
            "--ulimit=nofile={WORKER_OPEN_FILES}:{WORKER_OPEN_FILES}"
        ));
        flag(&format!("--ulimit=nproc={0}:{0}", self.user_processes));
        flag("--ulimit=core=0:0");
        flag("--network=none");
        flag("--ipc=none");
        flag("--no-hosts");
        flag("--hostname=plugin");
        flag("--read-only");
        flag("--read-only-tmpfs=false");
        flag(&format!(
            "--tmpfs=/tmp:rw,size={},mode=1777,nosuid,nodev,noexec",
            podman.tmp_bytes
        ));
        flag("--image-volume=ignore");
        flag(&format!("--user={WORKER_UID}:{WORKER_UID}"));
        flag("--cap-drop=ALL");
        // The profile denies what the runtime needs to lock the process in; it is loaded last only with this flag.
        flag("--security-opt=no-new-privileges");
        flag(&format!("--security-opt=seccomp={}", self.seccomp.display()));
        flag("--unsetenv-all");
        flag("--workdir=/plugin");
        flag(&format!(
            "--volume={}:/plugin:ro,nosuid,nodev",
            self.tree.display()
        ));
        if let Some(sdk) = self.sdk {
            flag(&format!(
                "--volume={}:/usr/lib/homemaid/sdk:ro,nosuid,nodev",
                sdk.display()
            ));
        }
        flag(&format!("--entrypoint={ENTRYPOINT}"));
        flag(self.image);
        arguments.extend(self.program.iter().cloned());
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(sdk: Option<&Path>) -> Vec<String> {
        let program = ["-c".to_owned(), "pass".to_owned()];
        Run {
            container: "homemaid-a-w-1",
            instance: "a",
            worker: "w",
            cid_file: Path::new("/d/run/1.cid"),
            cgroup: "/homemaid-a/w-1",
            limits: &WorkerLimits::default(),
            user_processes: 1000,
            seccomp: Path::new("/s.json"),
            tree: Path::new("/p"),
            sdk,
            image: "localhost/i:t",
            program: &program,
        }
        .arguments()
    }

    #[test]
    fn every_limit_of_the_contract_is_on_the_command_line() {
        let arguments = arguments(None);
        for limit in [
            "--memory=68157440b",
            "--memory-swap=68157440b",
            "--pids-limit=32",
            "--cpu-period=100000",
            "--cpu-quota=25000",
            "--network=none",
            "--ipc=none",
            "--read-only",
            "--read-only-tmpfs=false",
            "--tmpfs=/tmp:rw,size=16777216,mode=1777,nosuid,nodev,noexec",
            "--user=65534:65534",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            "--security-opt=seccomp=/s.json",
            "--unsetenv-all",
            "--volume=/p:/plugin:ro,nosuid,nodev",
            "--log-driver=passthrough",
            "--cgroups=no-conmon",
            "--cgroup-parent=/homemaid-a/w-1",
            "--label=homemaid.instance=a",
        ] {
            assert!(
                arguments.iter().any(|argument| argument == limit),
                "{limit} is missing"
            );
        }
    }

    #[test]
    fn nothing_widens_the_sandbox() {
        for argument in arguments(Some(Path::new("/sdk"))) {
            for bad in [
                "privileged",
                "unconfined",
                "cap-add",
                "device",
                "rw,z",
                "host",
                ":rw",
            ] {
                assert!(
                    !argument.starts_with("--")
                        || argument.starts_with("--tmpfs")
                        || !argument.contains(bad)
                        || argument.starts_with("--hostname")
                        || argument.starts_with("--no-hosts"),
                    "{argument}"
                );
            }
        }
    }

    #[test]
    fn the_program_comes_after_the_image() {
        let arguments = arguments(None);
        assert_eq!(arguments[arguments.len() - 3..], ["localhost/i:t", "-c", "pass"]);
    }

    #[test]
    fn a_replaced_sdk_is_mounted_read_only() {
        let with = arguments(Some(Path::new("/sdk")));
        assert!(with.contains(&"--volume=/sdk:/usr/lib/homemaid/sdk:ro,nosuid,nodev".to_owned()));
        assert_eq!(with.len(), arguments(None).len() + 1);
    }
}
