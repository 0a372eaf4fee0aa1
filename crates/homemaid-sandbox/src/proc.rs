//! What `/proc` tells about a process (pure parsers over its files), and waiting for a descriptor.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// The fields of `/proc/PID/status` that prove how a process is locked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// Real, effective, saved and file system user id.
    pub(crate) uids: Vec<u32>,
    /// The same for the group.
    pub(crate) gids: Vec<u32>,
    pub(crate) groups: Vec<u32>,
    /// Capability sets by their name, such as `CapEff`.
    pub(crate) capabilities: BTreeMap<String, u64>,
    pub(crate) no_new_privileges: u32,
    pub(crate) seccomp: u32,
    /// The process id in each nested pid namespace, the host's first.
    pub(crate) pids: Vec<u32>,
}

/// The capability sets that must all be empty.
pub(crate) const CAPABILITY_SETS: [&str; 5] = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

impl Status {
    /// Parses `/proc/PID/status`; `None` when a field that matters is missing or not a number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fields: BTreeMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(k, v)| (k, v.trim()))
            .collect();
        let numbers = |name: &str| -> Option<Vec<u32>> {
            fields
                .get(name)?
                .split_whitespace()
                .map(|number| number.parse().ok())
                .collect()
        };
        let capabilities = CAPABILITY_SETS
            .iter()
            .map(|name| {
                Some((
                    (*name).to_owned(),
                    u64::from_str_radix(fields.get(name)?, 16).ok()?,
                ))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            uids: numbers("Uid")?,
            gids: numbers("Gid")?,
            groups: numbers("Groups")?,
            capabilities,
            no_new_privileges: fields.get("NoNewPrivs")?.parse().ok()?,
            seccomp: fields.get("Seccomp")?.parse().ok()?,
            pids: numbers("NSpid")?,
        })
    }
}

/// Parses `/proc/PID/cgroup` into controller lists and paths; the controller list of cgroup v2 is empty.
pub(crate) fn cgroups(text: &str) -> Vec<(Vec<String>, String)> {
    text.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            let controllers = controllers
                .split(',')
                .filter(|c| !c.is_empty())
                .map(str::to_owned)
                .collect();
            Some((controllers, path.to_owned()))
        })
        .collect()
}

/// One line of `/proc/PID/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The directory of the file system that is mounted here.
    pub(crate) root: String,
    /// Where it is mounted.
    pub(crate) point: String,
    /// The options of this mount.
    pub(crate) options: Vec<String>,
    /// The kind of file system.
    pub(crate) kind: String,
    /// The options of the file system.
    pub(crate) super_options: Vec<String>,
}

impl Mount {
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }
}

/// Parses `/proc/PID/mountinfo`; lines of another shape are left out.
pub(crate) fn mounts(text: &str) -> Vec<Mount> {
    let list = |options: &str| options.split(',').map(str::to_owned).collect();
    text.lines()
        .filter_map(|line| {
            let (mount, file_system) = line.split_once(" - ")?;
            let mount: Vec<&str> = mount.split(' ').collect();
            let file_system: Vec<&str> = file_system.split(' ').collect();
            Some(Mount {
                root: unescape(mount.get(3)?),
                point: unescape(mount.get(4)?),
                options: list(mount.get(5)?),
                kind: (*file_system.first()?).to_owned(),
                super_options: list(file_system.get(2)?),
            })
        })
        .collect()
}

/// Undoes the kernel's octal escapes of blanks in paths.
fn unescape(path: &str) -> String {
    path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

/// Parses `/proc/PID/net/dev` into the names of the network interfaces.
pub(crate) fn interfaces(text: &str) -> Vec<String> {
    text.lines()
        .skip(2)
        .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()))
        .collect()
}

/// Parses `/proc/swaps`: whether any swap is in use.
pub(crate) fn has_swap(text: &str) -> bool {
    text.lines().skip(1).any(|line| !line.trim().is_empty())
}

/// Lets tokio watch a descriptor that becomes readable, such as a pidfd when its process ends.
#[expect(
    deprecated,
    reason = "the safe constructor; an owned descriptor is what its replacement asks the caller to promise"
)]
pub(crate) fn watchable(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(descriptor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tpython3.11\nUid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n\
        Groups:\t65534 \nNSpid:\t18732\t1\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n\
        CapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";

    #[test]
    fn status_is_read_field_by_field() {
        let status = Status::parse(STATUS).expect("it is complete");
        assert_eq!(status.uids, [65534; 4]);
        assert_eq!(status.groups, [65534]);
        assert_eq!(status.pids, [18732, 1]);
        assert_eq!(status.capabilities["CapBnd"], 0x1ff_ffff_ffff);
        assert_eq!((status.no_new_privileges, status.seccomp), (1, 2));
    }

    #[test]
    fn status_without_a_proof_is_no_status() {
        for field in ["Uid", "CapAmb", "NoNewPrivs", "Seccomp", "NSpid"] {
            let cut: Vec<&str> = STATUS.lines().filter(|line| !line.starts_with(field)).collect();
            assert_eq!(Status::parse(&cut.join("\n")), None, "{field} is missing");
        }
        assert_eq!(
            Status::parse(&STATUS.replace("NoNewPrivs:\t1", "NoNewPrivs:\tyes")),
            None
        );
    }

    #[test]
    fn cgroup_lines_of_both_versions() {
        let lines =
            cgroups("4:memory:/a/b\n2:cpu,cpuacct:/c\n1:name=systemd:/d\n0::/own:odd/main\ngarbage\n");
        assert_eq!(lines[0], (vec!["memory".into()], "/a/b".into()));
        assert_eq!(lines[1].0, ["cpu", "cpuacct"]);
        assert_eq!(lines[3], (vec![], "/own:odd/main".into()));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn mount_lines_with_and_without_optional_fields() {
        let text = "72 71 254:0 /plug\\040in /plugin ro,nosuid,nodev - ext4 /dev/vda rw,discard\n\
            74 71 0:42 / /tmp rw,nosuid,noexec shared:7 master:1 - tmpfs tmpfs rw,size=16384k\nnot a mount\n";
        let mounts = mounts(text);
        assert_eq!(
            (mounts[0].root.as_str(), mounts[0].point.as_str()),
            ("/plug in", "/plugin")
        );
        assert!(mounts[0].has("ro") && !mounts[0].has("noexec"));
        assert_eq!(
            (mounts[1].kind.as_str(), mounts[1].super_options[1].as_str()),
            ("tmpfs", "size=16384k")
        );
        assert_eq!(mounts.len(), 2);
    }

    #[test]
    fn interface_names() {
        let text = "Inter-| Receive\n face |bytes\n    lo: 0 0\n  eth0:12 3\n";
        assert_eq!(interfaces(text), ["lo", "eth0"]);
    }

    #[test]
    fn swap_is_seen() {
        assert!(!has_swap("Filename\tType\tSize\n"));
        assert!(has_swap("Filename\tType\tSize\n/dev/sda2 partition 100 0 -2\n"));
    }
}
