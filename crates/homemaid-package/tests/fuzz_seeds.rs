//! The fuzz target's checks over its seeds and what fuzzing once found, and what becomes of each seed.

use std::fs;
use std::path::PathBuf;

use homemaid_package::{IntakeError, IntakeOptions, PluginStore};

#[path = "../fuzz/checks.rs"]
mod checks;

fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/zip")
}

#[test]
fn any_zip_is_read_or_refused() {
    let mut seen = 0;
    for seed in fs::read_dir(seeds()).expect("the seeds are part of the crate") {
        let data = fs::read(seed.expect("a readable folder").path()).expect("a readable seed");
        checks::zip(&data);
        if data.len() < 4096 {
            for at in 0..data.len() {
                checks::zip(&data[..at]);
                let mut bent = data.clone();
                bent[at] ^= 1 << (at % 8);
                checks::zip(&bent);
            }
        }
        seen += 1;
    }
    assert!(seen >= 10, "{} has seeds", seeds().display());
}

#[test]
fn the_zips_of_ordinary_tools_are_taken_in_and_hostile_ones_refused() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let store = PluginStore::open(root.path()).expect("an empty store");
    for (seed, expected) in [
        ("ordinary", Ok(vec![])),
        ("stored", Ok(vec![])),
        ("streamed", Ok(vec![])),
        ("zip64_fields", Ok(vec![])),
        ("wrapped", Ok(vec!["zip_wrapped_in_folder"])),
        ("info_zip", Ok(vec![])),
        ("info_zip_streamed", Ok(vec![])),
        ("jar", Ok(vec![])),
        ("traversal", Err("zip_unsafe_entry")),
        ("duplicate", Err("zip_unsafe_entry")),
        ("link", Err("zip_unsafe_entry")),
        ("bzip2", Err("zip_unsafe_entry")),
        ("bomb", Err("zip_expands_too_large")),
        ("prefixed", Err("artifact_unreadable")),
        ("size_lies", Err("zip_unsafe_entry")),
        ("early", Err("missing_manifest")),
    ] {
        let zip = fs::read(seeds().join(seed)).expect("a readable seed");
        match store.intake(&zip, &IntakeOptions::default()) {
            Ok(version) => {
                let codes: Vec<_> = version
                    .findings
                    .iter()
                    .map(|finding| finding.code.clone())
                    .collect();
                assert_eq!(Ok(codes.iter().map(String::as_str).collect()), expected, "{seed}");
                assert!(version.tree.join("__main__.py").is_file(), "{seed}");
            }
            Err(IntakeError::Refused { findings }) => {
                let error = findings
                    .iter()
                    .find(|finding| finding.code != "entry_point_is_plugin_py");
                let code = error.map(|finding| finding.code.as_str());
                assert_eq!(code, expected.err(), "{seed}: {findings:?}");
            }
            Err(error) => panic!("{seed}: {error}"),
        }
    }
    drop(store);
    homemaid_package::remove_tree(root.path()).expect("a folder of its own");
}
