//! The fuzz targets' checks over their seeds and what fuzzing once found, so that ordinary test runs keep it found.

use std::fs;
use std::path::Path;

#[path = "../fuzz/checks.rs"]
mod checks;

fn run(target: &str, check: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let mut seen = 0;
    for seed in fs::read_dir(&seeds).expect("the seeds are part of the crate") {
        let data = fs::read(seed.expect("a readable folder").path()).expect("a readable seed");
        check(&data);
        // Cut and bent seeds reach what the whole ones do not.
        for cut in (0..data.len().min(400)).step_by(7) {
            check(&data[..cut]);
            let mut bent = data.clone();
            bent[cut] ^= 0x20;
            check(&bent);
        }
        seen += 1;
    }
    assert!(seen >= 5, "{} has seeds", seeds.display());
}

#[test]
fn any_output_of_a_plugin_is_read() {
    run("lines", checks::lines);
}

#[test]
fn any_manifest_is_read_or_refused() {
    run("manifest", checks::manifest);
}
