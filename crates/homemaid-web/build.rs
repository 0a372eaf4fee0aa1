//! Puts the built page where it is embedded from, text files also packed; without one, a page that says so.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Homemaid</title>\
    <h1>Homemaid runs, but its page was not built</h1>\
    <p>Build it with <code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code>, then build Homemaid again. \
    The command line and the API work without it.</p></html>";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let target = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?).join("ui");
    let ui = root.join("../../ui");
    let built = ui.join("dist");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    fs::create_dir_all(&target)?;
    println!("cargo::rerun-if-changed=build.rs");
    if built.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", built.display());
        copy(&built, &target)
    } else {
        // Watching a folder that is not there would build this crate anew each time.
        println!("cargo::rerun-if-changed={}", ui.display());
        println!("cargo::warning=ui/dist is missing: the page is left out (npm ci && npm run build in ui/)");
        fs::write(target.join("index.html"), MISSING)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
            continue;
        }
        let bytes = fs::read(entry.path())?;
        fs::write(&target, &bytes)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if [".js", ".css", ".svg", ".json", ".txt"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            let mut packer = GzEncoder::new(Vec::new(), Compression::best());
            packer.write_all(&bytes)?;
            fs::write(to.join(format!("{name}.gz")), packer.finish()?)?;
        }
    }
    Ok(())
}
