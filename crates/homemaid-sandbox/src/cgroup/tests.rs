//! Both faces on a directory that looks like a cgroup file system, and on one that does not take what is written.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::symlink;

use super::*;

const WORKER: &str = "w-1";

/// Makes the files of a cgroup, as the kernel does when the directory is made.
fn kernel_files(dir: &Path, names: &[&str]) {
    fs::create_dir_all(dir).unwrap();
    for name in names {
        fs::write(dir.join(name), "").unwrap();
    }
}

const V2_FILES: [&str; 9] = [
    "cgroup.procs",
    "cgroup.subtree_control",
    "memory.max",
    "memory.swap.max",
    "memory.oom.group",
    "pids.max",
    "cpu.max",
    "memory.events",
    "cpu.stat",
];

/// A delegated cgroup v2 with the directories of one worker already in place.
fn v2(dir: &Path) -> Cgroups {
    let base = dir.join("unit");
    kernel_files(&base, &V2_FILES);
    fs::write(base.join("cgroup.controllers"), "cpu io memory pids\n").unwrap();
    kernel_files(&base.join("main"), &["cgroup.procs"]);
    kernel_files(&base.join("homemaid-t"), &V2_FILES);
    kernel_files(&base.join("homemaid-t").join(WORKER), &V2_FILES);
    let machine = Machine::V2 {
        mount: dir.to_owned(),
        own: "/unit".to_owned(),
    };
    Cgroups::prepare(&machine, "t").expect("it is delegated")
}

/// The hierarchies of cgroup v1, the same way.
fn v1(dir: &Path) -> Cgroups {
    let files = [
        "cgroup.procs",
        "cgroup.event_control",
        "memory.limit_in_bytes",
        "memory.memsw.limit_in_bytes",
        "memory.oom_control",
        "pids.max",
        "cpu.cfs_period_us",
        "cpu.cfs_quota_us",
    ];
    let mut mounts = Vec::new();
    for controller in v1::USED {
        kernel_files(&dir.join(controller).join("homemaid-t").join(WORKER), &files);
        fs::write(
            dir.join(controller)
                .join("homemaid-t/memory.memsw.limit_in_bytes"),
            "",
        )
        .unwrap();
        mounts.push(format!(
            "1 1 0:1 / {}/{controller} rw - cgroup cgroup rw,{controller}",
            dir.display()
        ));
    }
    let machine = detect(&mounts.join("\n"), "", true).expect("it is v1");
    Cgroups::prepare(&machine, "t").expect("root may")
}

fn text(file: impl AsRef<Path>) -> String {
    fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn v2_limits_are_written_and_the_host_moves_out_of_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let group = v2(dir.path())
        .create(WORKER, &WorkerLimits::default())
        .expect("every limit is taken");
    assert_eq!(group.path(), "/unit/homemaid-t/w-1");
    let worker = dir.path().join("unit/homemaid-t").join(WORKER);
    assert_eq!(text(worker.join("memory.max")), "67108864");
    assert_eq!(text(worker.join("memory.swap.max")), "0");
    assert_eq!(text(worker.join("memory.oom.group")), "1");
    assert_eq!(text(worker.join("pids.max")), "32");
    assert_eq!(text(worker.join("cpu.max")), "25000 100000");
    assert_eq!(
        text(dir.path().join("unit/main/cgroup.procs")),
        std::process::id().to_string()
    );
    group
        .set_cpu("/unit/homemaid-t/w-1", WorkerLimits::default().cpu)
        .expect("it is taken");
    assert_eq!(text(worker.join("cpu.max")), "5000 20000");
    fs::write(worker.join("memory.events"), "oom 1\noom_kill 1\n").unwrap();
    assert_eq!(group.usage().oom_kills, 1);
}

#[tokio::test]
async fn v1_limits_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let group = v1(dir.path())
        .create(WORKER, &WorkerLimits::default())
        .expect("every limit is taken");
    assert_eq!(group.path(), "/homemaid-t/w-1");
    let worker = |controller: &str| dir.path().join(controller).join("homemaid-t").join(WORKER);
    assert_eq!(text(worker("memory").join("memory.limit_in_bytes")), "67108864");
    assert_eq!(
        text(worker("memory").join("memory.memsw.limit_in_bytes")),
        "67108864"
    );
    assert_eq!(text(worker("pids").join("pids.max")), "32");
    assert_eq!(text(worker("cpu").join("cpu.cfs_quota_us")), "25000");
    assert!(
        !text(worker("memory").join("cgroup.event_control")).is_empty(),
        "it asked for the out-of-memory signal"
    );
}

#[tokio::test]
async fn a_limit_that_is_not_taken_stops_the_start_on_v2() {
    for file in [
        "memory.max",
        "memory.swap.max",
        "memory.oom.group",
        "pids.max",
        "cpu.max",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let cgroups = v2(dir.path());
        let knob = dir.path().join("unit/homemaid-t").join(WORKER).join(file);
        fs::remove_file(&knob).unwrap();
        symlink("/dev/null", &knob).unwrap();
        let refused = cgroups.create(WORKER, &WorkerLimits::default());
        let Err(LimitError::NotTaken {
            file: named, found, ..
        }) = refused
        else {
            panic!("{file} must be noticed")
        };
        assert!(named.ends_with(file) && found.is_empty());
    }
}

#[tokio::test]
async fn a_limit_that_is_not_taken_stops_the_start_on_v1() {
    for (controller, file) in [
        ("memory", "memory.limit_in_bytes"),
        ("memory", "memory.memsw.limit_in_bytes"),
        ("pids", "pids.max"),
        ("cpu", "cpu.cfs_period_us"),
        ("cpu", "cpu.cfs_quota_us"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let cgroups = v1(dir.path());
        let knob = dir
            .path()
            .join(controller)
            .join("homemaid-t")
            .join(WORKER)
            .join(file);
        fs::remove_file(&knob).unwrap();
        symlink("/dev/null", &knob).unwrap();
        let refused = cgroups.create(WORKER, &WorkerLimits::default());
        assert!(
            matches!(refused, Err(LimitError::NotTaken { .. })),
            "{file} must be noticed"
        );
    }
}

#[tokio::test]
async fn a_limit_that_cannot_be_written_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let cgroups = v2(dir.path());
    fs::remove_file(dir.path().join("unit/homemaid-t").join(WORKER).join("pids.max")).unwrap();
    let refused = cgroups.create(WORKER, &WorkerLimits::default());
    assert!(matches!(refused, Err(LimitError::Io { .. })), "{refused:?}");
}

#[test]
fn a_cgroup_of_somebody_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("unit");
    kernel_files(&base, &V2_FILES);
    fs::write(base.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
    let other = fs::metadata(&base).unwrap().uid() + 1;
    let refused = v2::V2::prepare(dir.path(), "/unit", other).expect_err("not delegated");
    assert_eq!(refused.code(), "not_delegated");
}

#[test]
fn missing_controllers_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("unit");
    kernel_files(&base, &V2_FILES);
    fs::write(base.join("cgroup.controllers"), "memory pids\n").unwrap();
    let own = fs::metadata(&base).unwrap().uid();
    let refused = v2::V2::prepare(dir.path(), "/unit", own).expect_err("cpu is missing");
    assert!(
        matches!(&refused, OpenError::MissingControllers { missing, .. } if missing == &["cpu"]),
        "{refused}"
    );
}

#[test]
fn a_cgroup_that_cannot_be_divided_is_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("unit");
    kernel_files(&base, &V2_FILES);
    fs::write(base.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
    fs::remove_file(base.join("cgroup.subtree_control")).unwrap();
    symlink("/dev/null", base.join("cgroup.subtree_control")).unwrap();
    kernel_files(&base.join("main"), &["cgroup.procs"]);
    let own = fs::metadata(&base).unwrap().uid();
    let refused = v2::V2::prepare(dir.path(), "/unit", own).expect_err("the controllers stay off");
    assert_eq!(refused.code(), "cgroup_setup");
    assert_eq!(
        text(base.join("cgroup.procs")),
        std::process::id().to_string(),
        "the host is back"
    );
}

#[test]
fn a_host_that_has_moved_already_finds_the_same_base() {
    let dir = tempfile::tempdir().unwrap();
    let first = v2(dir.path());
    let machine = Machine::V2 {
        mount: dir.path().to_owned(),
        own: "/unit/main".to_owned(),
    };
    let again = Cgroups::prepare(&machine, "t").expect("it is prepared already");
    assert_eq!(first.root, again.root);
}

#[tokio::test]
async fn a_process_outside_of_the_workers_cgroup_is_noticed_in_every_controller() {
    let dir = tempfile::tempdir().unwrap();
    let group = v1(dir.path()).create(WORKER, &WorkerLimits::default()).unwrap();
    let line = |controller: &str, path: &str| (vec![controller.to_owned()], path.to_owned());
    let good: Vec<_> = v1::USED
        .iter()
        .map(|name| line(name, "/homemaid-t/w-1/libpod-1"))
        .collect();
    assert_eq!(group.contains(&good), Ok("/homemaid-t/w-1/libpod-1".to_owned()));
    for (index, name) in v1::USED.iter().enumerate() {
        let mut escaped = good.clone();
        escaped[index].1 = "/homemaid-t/w-10/libpod-1".to_owned();
        let violations = group
            .contains(&escaped)
            .expect_err("another worker's cgroup is not this one");
        assert_eq!(violations[0].what, format!("cgroup {name}"));
    }
    assert!(group.contains(&[]).is_err(), "no cgroup at all");
}

#[tokio::test]
async fn podmans_own_limits_are_compared() {
    let dir = tempfile::tempdir().unwrap();
    let group = v2(dir.path()).create(WORKER, &WorkerLimits::default()).unwrap();
    let inner = dir.path().join("unit/homemaid-t").join(WORKER).join("libpod-1");
    kernel_files(&inner, &V2_FILES);
    for (file, value) in [
        ("memory.max", "67108864"),
        ("pids.max", "max"),
        ("cpu.max", "25000 100000"),
    ] {
        fs::write(inner.join(file), value).unwrap();
    }
    let violations = group.check_inner("/unit/homemaid-t/w-1/libpod-1", &WorkerLimits::default());
    assert_eq!(violations.len(), 1);
    assert_eq!(
        (violations[0].expected.as_str(), violations[0].observed.as_str()),
        ("32", "max")
    );
}
