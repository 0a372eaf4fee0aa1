//! Whether a running process is locked in as a worker must be. Pure: it judges what [`Observed::read`] found in `/proc`.

use std::fs;
use std::io;
use std::path::PathBuf;

use homemaid_protocol::limits::WORKER_UID;

use crate::error::Violation;
use crate::limits::WorkerLimits;
use crate::proc::{self, Mount, Status};

/// Namespaces a worker must not share with the host.
const NAMESPACES: [&str; 5] = ["mnt", "net", "pid", "ipc", "uts"];
/// `Seccomp:` of a process with a filter.
const SECCOMP_FILTER: u32 = 2;

/// What the host sees of a process.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) status: Status,
    /// Controller lists and paths.
    pub(crate) cgroups: Vec<(Vec<String>, String)>,
    /// Namespaces it shares with the host.
    pub(crate) shared_namespaces: Vec<&'static str>,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) interfaces: Vec<String>,
}

impl Observed {
    /// Reads `/proc/PID`.
    pub(crate) fn read(pid: u32) -> io::Result<Self> {
        let dir = PathBuf::from(format!("/proc/{pid}"));
        let text = |name: &str| fs::read_to_string(dir.join(name));
        let status = Status::parse(&text("status")?).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "its status lacks what must be checked",
            )
        })?;
        let mut shared_namespaces = Vec::new();
        for name in NAMESPACES {
            if fs::read_link(dir.join("ns").join(name))? == fs::read_link(format!("/proc/self/ns/{name}"))? {
                shared_namespaces.push(name);
            }
        }
        Ok(Self {
            status,
            cgroups: proc::cgroups(&text("cgroup")?),
            shared_namespaces,
            mounts: proc::mounts(&text("mountinfo")?),
            interfaces: proc::interfaces(&text("net/dev")?),
        })
    }
}

/// Who runs the host, and what the worker was started with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) rootless: bool,
    pub(crate) own_uid: u32,
    pub(crate) own_gid: u32,
    pub(crate) limits: &'a WorkerLimits,
}

/// Returns everything that is not as it must be; the cgroup is judged by [`Group`](crate::cgroup::Group).
pub(crate) fn violations(observed: &Observed, expected: Expected<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut expect = |held: bool, what: &str, expected: &str, observed: String| {
        if !held {
            found.push(Violation {
                what: what.to_owned(),
                expected: expected.to_owned(),
                observed,
            });
        }
    };
    let status = &observed.status;
    // As root the container's ids are the host's; as an ordinary user they are mapped to the user's subordinate ones.
    let foreign = |ids: &[u32], own: u32| {
        !ids.is_empty()
            && if expected.rootless {
                ids.iter().all(|id| *id != 0 && *id != own)
            } else {
                ids.iter().all(|id| *id == WORKER_UID)
            }
    };
    expect(
        foreign(&status.uids, expected.own_uid),
        "user",
        "nobody",
        format!("{:?}", status.uids),
    );
    expect(
        foreign(&status.gids, expected.own_gid),
        "group",
        "nogroup",
        format!("{:?}", status.gids),
    );
    let groups_held = status.groups.is_empty() || foreign(&status.groups, expected.own_gid);
    expect(
        groups_held,
        "supplementary groups",
        "none of the host",
        format!("{:?}", status.groups),
    );
    for (set, value) in &status.capabilities {
        expect(*value == 0, set, "0", format!("{value:x}"));
    }
    expect(
        status.no_new_privileges == 1,
        "NoNewPrivs",
        "1",
        status.no_new_privileges.to_string(),
    );
    expect(
        status.seccomp == SECCOMP_FILTER,
        "Seccomp",
        "2",
        status.seccomp.to_string(),
    );
    let first = status.pids.len() == 2 && status.pids.last() == Some(&1);
    expect(first, "process id inside", "1", format!("{:?}", status.pids));
    let shared = &observed.shared_namespaces;
    expect(
        shared.is_empty(),
        "namespaces shared with the host",
        "none",
        shared.join(","),
    );
    expect(
        observed.interfaces == ["lo"],
        "network interfaces",
        "lo",
        observed.interfaces.join(","),
    );
    for (point, wanted, unwanted) in [
        ("/", &["ro"][..], "rw"),
        ("/plugin", &["ro", "nosuid", "nodev"][..], "rw"),
        ("/tmp", &["rw", "nosuid", "nodev", "noexec"][..], "ro"),
    ] {
        let mount = observed.mounts.iter().rev().find(|mount| mount.point == point);
        let held = mount.is_some_and(|m| wanted.iter().all(|option| m.has(option)) && !m.has(unwanted));
        let what = format!("mount of {point}");
        expect(
            held,
            &what,
            &wanted.join(","),
            mount.map_or_else(|| "none".into(), |m| m.options.join(",")),
        );
    }
    let tmp = observed.mounts.iter().rev().find(|mount| mount.point == "/tmp");
    let size = format!("size={}k", expected.limits.tmp_bytes / 1024);
    let sized = tmp.is_some_and(|mount| mount.kind == "tmpfs" && mount.super_options.contains(&size));
    expect(
        sized,
        "size of /tmp",
        &size,
        tmp.map_or_else(|| "none".into(), |m| m.super_options.join(",")),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "71 47 0:39 / / ro,relatime - overlay overlay rw,lowerdir=x\n\
        72 71 254:0 /plug /plugin ro,nosuid,nodev,relatime - ext4 /dev/vda rw\n\
        74 71 0:42 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=16384k\n";

    fn observed() -> Observed {
        let sets = proc::CAPABILITY_SETS.map(|name| format!("{name}:\t0\n")).concat();
        let status = format!(
            "Uid:\t65534 65534 65534 65534\nGid:\t65534 65534 65534 65534\nGroups:\t65534\nNSpid:\t900\t1\n\
             NoNewPrivs:\t1\nSeccomp:\t2\n{sets}"
        );
        Observed {
            status: Status::parse(&status).expect("it is complete"),
            cgroups: Vec::new(),
            shared_namespaces: Vec::new(),
            mounts: proc::mounts(MOUNTS),
            interfaces: vec!["lo".into()],
        }
    }

    fn judge(observed: &Observed, rootless: bool) -> Vec<String> {
        let limits = WorkerLimits::default();
        let expected = Expected {
            rootless,
            own_uid: 1000,
            own_gid: 1000,
            limits: &limits,
        };
        violations(observed, expected)
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn a_locked_in_process_passes() {
        assert_eq!(judge(&observed(), false), [] as [&str; 0]);
        let mut mapped = observed();
        mapped.status.uids = vec![165_533; 4];
        mapped.status.gids = vec![165_533; 4];
        mapped.status.groups = vec![];
        assert_eq!(judge(&mapped, true), [] as [&str; 0]);
        assert!(
            judge(&mapped, false).contains(&"user".into()),
            "as root nobody must be 65534 itself"
        );
    }

    #[test]
    fn each_missing_lock_is_found() {
        type Break = fn(&mut Observed);
        let cases: [(&str, Break); 14] = [
            ("user", |o| o.status.uids[1] = 0),
            ("user", |o| o.status.uids[3] = 1000),
            ("group", |o| o.status.gids[0] = 0),
            ("supplementary groups", |o| o.status.groups.push(0)),
            ("CapBnd", |o| {
                *o.status.capabilities.get_mut("CapBnd").unwrap() = 1;
            }),
            ("CapAmb", |o| {
                *o.status.capabilities.get_mut("CapAmb").unwrap() = 1 << 40;
            }),
            ("NoNewPrivs", |o| o.status.no_new_privileges = 0),
            ("Seccomp", |o| o.status.seccomp = 0),
            ("process id inside", |o| o.status.pids = vec![900]),
            ("namespaces shared with the host", |o| {
                o.shared_namespaces.push("net");
            }),
            ("network interfaces", |o| o.interfaces.push("eth0".into())),
            ("mount of /", |o| o.mounts[0].options[0] = "rw".into()),
            ("mount of /plugin", |o| o.mounts.truncate(1)),
            ("size of /tmp", |o| o.mounts[2].super_options = vec!["rw".into()]),
        ];
        for (what, break_it) in cases {
            let mut observed = observed();
            break_it(&mut observed);
            assert!(
                judge(&observed, false).contains(&what.to_owned()),
                "{what} must be noticed"
            );
        }
    }

    #[test]
    fn the_last_mount_on_a_point_counts() {
        let mut covered = observed();
        covered.mounts.push(Mount {
            point: "/".into(),
            options: vec!["rw".into()],
            ..covered.mounts[0].clone()
        });
        assert_eq!(judge(&covered, false), ["mount of /"]);
    }

    #[test]
    fn this_very_process_is_not_locked_in() {
        let observed = Observed::read(std::process::id()).expect("own /proc is readable");
        assert!(
            judge(&observed, false).len() >= 5,
            "it shares every namespace with the host"
        );
    }
}
