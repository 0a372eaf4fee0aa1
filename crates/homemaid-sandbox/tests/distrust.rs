//! Podman is not believed: each test stands between the sandbox and the real Podman and changes what it was asked for.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::{code, config, instance, leftovers};
use futures_util::StreamExt;
use homemaid_sandbox::{Sandbox, SandboxConfig, StartError, Worker};

/// Machines that are tried at the same time: each one is looked at until the patience of the check is over.
const AT_ONCE: usize = 6;

/// A shell pattern and what stands in the place of an argument that matches it.
type Replacement = (&'static str, &'static str);

/// A podman that replaces each argument that matches a shell pattern.
fn tampering(dir: &Path, replacements: &[Replacement]) -> PathBuf {
    let cases: Vec<String> = replacements
        .iter()
        .map(|(pattern, with)| format!("{pattern}) set -- \"$@\" {with} ;;"))
        .collect();
    script(
        dir,
        &format!(
            "count=$#\nwhile [ $count -gt 0 ]; do\n  argument=$1; shift; count=$((count - 1))\n  \
             case $argument in\n{}\n*) set -- \"$@\" \"$argument\" ;;\n  esac\ndone\nexec podman \"$@\"",
            cases.join("\n")
        ),
    )
}

fn script(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("podman");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("the script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    path
}

/// Starts a worker over this podman and makes sure that nothing is left, whatever came of it.
async fn start_over(name: &str, podman: impl Fn(&Path) -> PathBuf) -> Result<String, StartError> {
    let data = tempfile::tempdir().expect("a temporary directory");
    let instance = instance(name);
    let config = SandboxConfig {
        podman: podman(data.path()),
        ..config(data.path(), &instance)
    };
    let sandbox = Sandbox::open(config).await.expect("it opens");
    let started = sandbox.start(code(data.path(), "print('ran')")).await;
    let said = match started {
        Ok(Worker {
            mut stdout,
            stdin: _stdin,
            stderr: _stderr,
            control: _control,
        }) => {
            let mut said = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut stdout, &mut said)
                .await
                .expect("UTF-8");
            Ok(said)
        }
        Err(error) => {
            let left: Vec<String> = leftovers(&instance)
                .into_iter()
                .filter(|left| left.starts_with("container"))
                .collect();
            assert_eq!(
                left,
                Vec::<String>::new(),
                "{name}: a refused start leaves no container"
            );
            Err(error)
        }
    };
    sandbox.close().await;
    assert_eq!(leftovers(&instance), Vec::<String>::new(), "{name}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_podman_left_out_stops_the_start() {
    const UNCONFINED: Replacement = ("--security-opt=seccomp=*", "--security-opt=seccomp=unconfined");
    let cases: [(&str, &[Replacement], &str); 12] = [
        ("caps", &[("--cap-drop=ALL", "")], "CapBnd"),
        (
            "net",
            &[("--network=none", "--network=host")],
            "network interfaces",
        ),
        ("root", &[("--read-only", "")], "mount of /"),
        ("seccomp", &[UNCONFINED], "Seccomp"),
        (
            "nnp",
            &[UNCONFINED, ("--security-opt=no-new-privileges", "")],
            "NoNewPrivs",
        ),
        ("user", &[("--user=*", "--user=0:0")], "user"),
        (
            "memory",
            &[
                ("--memory=*", "--memory=1g"),
                ("--memory-swap=*", "--memory-swap=1g"),
            ],
            "memory",
        ),
        ("pids", &[("--pids-limit=*", "--pids-limit=100")], "pids.max"),
        ("ipc", &[("--ipc=none", "--ipc=host")], "namespaces"),
        (
            "tmp",
            &[("--tmpfs=*", "--tmpfs=/tmp:rw,size=1g,mode=1777")],
            "size of /tmp",
        ),
        ("pid", &[("--hostname=*", "--pid=host")], "process id inside"),
        (
            "tree",
            &[("--volume=*:/plugin:ro*", "\"${argument%:ro*}:rw\"")],
            "mount of /plugin",
        ),
    ];
    let tried = futures_util::stream::iter(cases).map(|(name, replacements, what)| async move {
        match start_over(name, |dir| tampering(dir, replacements)).await {
            Err(StartError::Unsafe { violations }) => {
                let found = violations.iter().any(|violation| violation.what.contains(what));
                (!found).then(|| format!("{name}: {violations:?}"))
            }
            other => Some(format!("{name}: {other:?}")),
        }
    });
    let unnoticed: Vec<String> = tried
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_outside_of_its_cgroup_stops_the_start() {
    let started = start_over("outside", |dir| tampering(dir, &[("--cgroup-parent=*", "")])).await;
    assert!(
        matches!(
            started,
            Err(StartError::Podman { .. } | StartError::Unsafe { .. })
        ),
        "{started:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_vanished_is_imported_again() {
    let podman = |dir: &Path| {
        let mark = dir.join("failed").display().to_string();
        script(
            dir,
            &format!(
                "case \" $* \" in *\" run --detach \"*) if [ ! -e {mark} ]; then : > {mark}; \
                 echo 'Error: localhost/homemaid-sandbox:x: image not known' >&2; exit 125; fi;; esac\nexec podman \"$@\""
            ),
        )
    };
    assert_eq!(
        start_over("vanished", podman)
            .await
            .expect("the second try succeeds"),
        "ran\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_podman_says_when_it_fails_is_passed_on() {
    let podman = |dir: &Path| {
        script(
            dir,
            "case \" $* \" in *\" run --detach \"*) echo 'Error: no space left on device' >&2; exit 125;; esac\n\
             exec podman \"$@\"",
        )
    };
    match start_over("complaint", podman).await {
        Err(StartError::Podman { detail }) => assert_eq!(detail, "Error: no space left on device"),
        other => panic!("{other:?}"),
    }
}
