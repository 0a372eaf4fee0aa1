//! Old worker images: removed when no container uses them, kept as long as one does.

mod common;

use std::path::Path;
use std::process::Command;

use common::{House, config, instance};
use homemaid_sandbox::Sandbox;

fn podman(arguments: &[&str]) -> bool {
    let output = Command::new("podman")
        .args(arguments)
        .output()
        .expect("podman starts");
    output.status.success()
}

fn exists(image: &str) -> bool {
    podman(&["image", "exists", image])
}

/// Imports an image of one file under the name of an older worker image.
fn outdated(dir: &Path, name: &str) -> String {
    let (file, tar) = (dir.join("file"), dir.join("old.tar"));
    std::fs::write(&file, name).expect("a file");
    let packed = Command::new("tar")
        .arg("-cf")
        .arg(&tar)
        .arg("-C")
        .arg(dir)
        .arg("file")
        .status()
        .expect("tar starts");
    assert!(packed.success());
    let image = format!("localhost/homemaid-sandbox:{name}");
    let tar = tar.to_str().expect("UTF-8");
    assert!(podman(&["import", "--quiet", tar, &image]));
    image
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_image_goes_when_its_last_container_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let (name, container) = (instance("old"), instance("old-user"));
    let image = outdated(data.path(), &name);
    assert!(podman(&[
        "create",
        "--name",
        &container,
        "--network=none",
        &image,
        "/file"
    ]));

    let house = House::open("prune").await;
    assert!(exists(&image), "a container still uses it");
    house.close().await;

    assert!(podman(&["rm", &container]));
    let house = House::open("prune").await;
    assert!(!exists(&image), "nobody uses it any more");
    assert!(exists(&house.sandbox.facts().image), "the current one stays");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tar_that_is_not_what_its_checksum_says_is_not_imported() {
    let data = tempfile::tempdir().unwrap();
    let tar = data.path().join("sandbox.tar");
    std::fs::write(&tar, "not the image").unwrap();
    std::fs::write(
        data.path().join("sandbox.tar.sha256"),
        format!("{}  sandbox.tar\n", "0".repeat(64)),
    )
    .unwrap();
    let mut config = config(data.path(), &instance("forged"));
    config.image_tar = tar;
    let refused = Sandbox::open(config.clone())
        .await
        .expect_err("its contents are something else");
    assert_eq!(refused.code(), "image_tar");
    assert!(refused.to_string().contains("checksum"), "{refused}");
    assert_eq!(
        common::leftovers(&config.instance),
        Vec::<String>::new(),
        "a refusal leaves nothing"
    );
}
