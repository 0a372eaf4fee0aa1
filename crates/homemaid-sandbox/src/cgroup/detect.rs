//! Which version of cgroups this machine has, and where.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::v1::V1;
use crate::error::OpenError;
use crate::proc;

/// What the machine offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Machine {
    /// cgroup v1 or hybrid.
    V1(V1),
    /// cgroup v2: its mount, and the host's own cgroup in it.
    V2 {
        /// Where it is mounted.
        mount: PathBuf,
        /// The host's own cgroup.
        own: String,
    },
}

/// Tells the version from `/proc/self/mountinfo` and `/proc/self/cgroup`.
///
/// A machine with any resource controller on v1 counts as v1: a controller is in one of the two places only.
pub(crate) fn detect(mountinfo: &str, own_cgroups: &str, is_root: bool) -> Result<Machine, OpenError> {
    let mut controllers = BTreeMap::new();
    let (mut all, mut unified) = (Vec::new(), None);
    for mount in proc::mounts(mountinfo) {
        let point = PathBuf::from(&mount.point);
        match mount.kind.as_str() {
            "cgroup" => {
                for option in &mount.super_options {
                    controllers.entry(option.clone()).or_insert_with(|| point.clone());
                }
                all.push(point);
            }
            "cgroup2" => {
                unified.get_or_insert_with(|| point.clone());
                all.push(point);
            }
            _ => {}
        }
    }
    if super::CONTROLLERS
        .iter()
        .any(|name| controllers.contains_key(*name))
    {
        if !is_root {
            return Err(OpenError::RootlessOnV1);
        }
        return V1::new(controllers, all)
            .map(Machine::V1)
            .map_err(|missing| OpenError::NoCgroups {
                detail: format!("cgroup v1 without {}", missing.join(", ")),
            });
    }
    let Some(mount) = unified else {
        return Err(OpenError::NoCgroups {
            detail: "neither cgroup v2 nor v1 is mounted".to_owned(),
        });
    };
    let own = proc::cgroups(own_cgroups)
        .into_iter()
        .find(|(names, _)| names.is_empty());
    match own {
        Some((_, own)) => Ok(Machine::V2 { mount, own }),
        None => Err(OpenError::NoCgroups {
            detail: "this process is in no cgroup v2".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = "26 23 0:24 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const HYBRID: &str = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
        37 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n\
        39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
        40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    #[test]
    fn a_machine_with_v2_alone_is_v2_in_the_own_cgroup() {
        let machine = detect(V2, "0::/system.slice/homemaid.service\n", false).expect("it is v2");
        assert_eq!(
            machine,
            Machine::V2 {
                mount: "/sys/fs/cgroup".into(),
                own: "/system.slice/homemaid.service".into()
            }
        );
    }

    #[test]
    fn a_hybrid_machine_is_v1_for_root_and_refused_for_everyone_else() {
        let Ok(Machine::V1(v1)) = detect(HYBRID, "0::/\n", true) else {
            panic!("hybrid counts as v1")
        };
        let dirs = v1.dirs("/homemaid-a/w");
        assert_eq!(dirs.cpu, PathBuf::from("/sys/fs/cgroup/cpu,cpuacct/homemaid-a/w"));
        assert_eq!(dirs.cpu, dirs.cpuacct, "both controllers are mounted together");
        assert_eq!(
            v1.every_dir("/x").len(),
            6,
            "the runtime makes directories in all of them"
        );
        let refused = detect(HYBRID, "0::/\n", false);
        assert!(
            matches!(refused, Err(OpenError::RootlessOnV1)),
            "Podman would run it without limits"
        );
    }

    #[test]
    fn v1_without_a_controller_names_it() {
        let without: Vec<&str> = HYBRID.lines().filter(|line| !line.contains("pids")).collect();
        let Err(OpenError::NoCgroups { detail }) = detect(&without.join("\n"), "0::/\n", true) else {
            panic!("pids are missing")
        };
        assert!(detail.contains("pids"), "{detail}");
    }

    #[test]
    fn no_cgroups_are_refused() {
        assert!(matches!(detect("", "", true), Err(OpenError::NoCgroups { .. })));
        assert!(matches!(
            detect(V2, "1:memory:/x\n", true),
            Err(OpenError::NoCgroups { .. })
        ));
    }
}
