//! Where the pieces are that tests need.

use std::env;
use std::path::{Path, PathBuf};

use homemaid_app::{SHARE_VARIABLE, Share};

/// Returns the root of the checkout.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate is two levels below the root")
        .to_owned()
}

/// Returns what ships beside the binary.
///
/// # Panics
/// When it was not built.
pub fn share() -> Share {
    let dir = env::var_os(SHARE_VARIABLE).map_or_else(|| repository().join("build/share"), PathBuf::from);
    Share::at(&dir).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns a built binary of the workspace.
///
/// # Panics
/// When it was not built.
pub fn binary(name: &str) -> PathBuf {
    // Tests run from target/PROFILE/deps; binaries are beside that directory.
    let own = env::current_exe().expect("a test has a path");
    let path = own.ancestors().nth(2).expect("target/PROFILE").join(name);
    assert!(
        path.is_file(),
        "{} is missing: build it with cargo build --workspace",
        path.display()
    );
    path
}

/// Returns the folder of a fixture plugin of the tests, or of a plugin in assets.
///
/// # Panics
/// When there is none of that name.
pub fn fixture(name: &str) -> PathBuf {
    let root = repository();
    let places = [
        root.join("tests/plugins").join(name),
        root.join("assets/plugins").join(name),
    ];
    let found = places
        .iter()
        .find(|folder| folder.join("manifest.json").is_file());
    found
        .unwrap_or_else(|| panic!("there is no plugin {name} in {places:?}"))
        .clone()
}

/// Zips a fixture's code and manifest with the machine's Python, as an author would; returns the zip in `into`.
pub async fn zipped(name: &str, into: &Path) -> anyhow::Result<PathBuf> {
    let (folder, zip) = (fixture(name), into.join(format!("{name}.zip")));
    let status = tokio::process::Command::new("python3")
        .args(["-m", "zipfile", "-c"])
        .arg(&zip)
        .args([folder.join("__main__.py"), folder.join("manifest.json")])
        .status()
        .await?;
    anyhow::ensure!(status.success(), "python3 could not zip {}", folder.display());
    Ok(zip)
}

/// Returns the unpacked wheel of a published SDK, for example `mmo_maid_sdk-0.5.4`.
///
/// # Panics
/// When it was not fetched.
pub fn published_sdk(wheel: &str) -> PathBuf {
    let path = repository().join("build/published-sdks").join(wheel);
    assert!(
        path.is_dir(),
        "{} is missing: run tests/peers/fetch-sdks",
        path.display()
    );
    path
}
