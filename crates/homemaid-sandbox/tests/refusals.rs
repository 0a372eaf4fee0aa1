//! Machines and calls that the sandbox refuses, and what it says.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::{House, code, config, instance, leftovers, tree};
use homemaid_sandbox::{OpenError, Sandbox, SandboxConfig, StartError, WorkerSpec};

async fn refused(config: SandboxConfig) -> OpenError {
    let instance = config.instance.clone();
    let error = Sandbox::open(config).await.expect_err("it must be refused");
    assert!(!error.fix().is_empty());
    assert_eq!(
        leftovers(&instance),
        Vec::<String>::new(),
        "a refusal leaves nothing"
    );
    error
}

/// A podman that answers as given.
fn fake_podman(dir: &Path, script: &str) -> PathBuf {
    let path = dir.join("podman");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    path
}

fn info(version: &str, driver: &str) -> String {
    format!(
        r#"echo '{{"host": {{"security": {{"rootless": false}}, "idMappings": {{"uidmap": null, "gidmap": null}}}}, "store": {{"graphDriverName": "{driver}", "runRoot": "/tmp"}}, "version": {{"Version": "{version}"}}}}'"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_podman_that_cannot_do_it_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let cases = [
        ("old", info("3.4.4", "overlay"), "podman_too_old"),
        ("vfs", info("4.3.1", "vfs"), "storage_driver"),
        (
            "broken",
            "echo 'Error: no space left on device' >&2; exit 125".to_owned(),
            "podman_broken",
        ),
        (
            "runtime",
            "echo 'Error: default OCI runtime \"'$2'\" not found' >&2; exit 125".to_owned(),
            "runtime_missing",
        ),
        ("nonsense", "echo hello".to_owned(), "podman_broken"),
    ];
    for (name, script, code) in cases {
        let podman = fake_podman(data.path(), &script);
        let config = SandboxConfig {
            podman,
            ..config(&data.path().join(name), &instance(name))
        };
        assert_eq!(refused(config).await.code(), code, "{name}");
    }
    let config = SandboxConfig {
        podman: "/nonexistent/podman".into(),
        ..config(data.path(), &instance("none"))
    };
    assert_eq!(refused(config).await.code(), "podman_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_parts_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let good = config(data.path(), &instance("parts"));
    let seccomp = SandboxConfig {
        seccomp: "/nonexistent/seccomp.json".into(),
        ..good.clone()
    };
    assert_eq!(refused(seccomp).await.code(), "seccomp");
    let image = SandboxConfig {
        image_tar: "/nonexistent/sandbox.tar".into(),
        ..good.clone()
    };
    assert_eq!(refused(image).await.code(), "image_tar");
    let name = SandboxConfig {
        instance: "../escape".into(),
        ..good
    };
    assert_eq!(
        Sandbox::open(name).await.expect_err("not a name").code(),
        "instance_name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_cannot_be_read_by_nobody_is_refused_before_anything_is_made() {
    let house = House::open("tree").await;
    let tree = tree(house.data.path(), &[("__main__.py", "")]);
    fs::set_permissions(&tree, fs::Permissions::from_mode(0o700)).unwrap();
    let refused = house
        .sandbox
        .start(WorkerSpec::plugin("p", tree, "__main__.py"))
        .await;
    assert!(matches!(refused, Err(StartError::Tree { .. })), "{refused:?}");
    let missing = house
        .sandbox
        .start(WorkerSpec::plugin("p", "/nonexistent", "__main__.py"))
        .await;
    assert!(matches!(missing, Err(StartError::Tree { .. })));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_podman_refuses_leaves_nothing() {
    let house = House::open("refuse").await;
    let mut spec = code(house.data.path(), "pass");
    // A CPU period the kernel does not take: podman or the kernel refuse, and the start with them.
    spec.limits.boot_cpu.period_us = 1;
    let refused = house.sandbox.start(spec).await;
    assert!(matches!(refused, Err(StartError::Limit(_))), "{refused:?}");
    let good = house
        .sandbox
        .start(code(house.data.path(), "pass"))
        .await
        .expect("the next one starts");
    good.control.wait().await;
    drop(good);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_sandbox_starts_nothing() {
    let house = House::open("closed").await;
    let sandbox = house.sandbox.clone();
    let spec = code(house.data.path(), "pass");
    house.close().await;
    assert!(matches!(sandbox.start(spec).await, Err(StartError::Closing)));
}
