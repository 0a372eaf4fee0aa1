//! A plugin's folder as a deterministic zip, so that a folder and a zip go the same way in.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use homemaid_protocol::limits::{ZIP_ENTRIES, ZIP_INFLATED_BYTES};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::refusal::{Reason, Refusal, show};
use crate::{Finding, IntakeError, path};

/// What lies in a working folder and belongs to the author's tools.
const SKIPPED: [&str; 3] = ["__pycache__", ".git", ".venv"];

/// Returns the zip of `folder`: entries by path, no times, no modes, so that equal folders give equal zips.
pub(crate) fn pack(folder: &Path) -> Result<Vec<u8>, IntakeError> {
    let mut files = Vec::new();
    collect(folder, "", &mut files, &mut 0)?;
    files.sort_unstable();
    let mut zip = ZipArchiveWriter::new(Vec::new());
    let mut room = ZIP_INFLATED_BYTES as u64;
    for path in &files {
        let place = folder.join(path);
        let read = |source| IntakeError::Folder {
            path: place.clone(),
            source,
        };
        let size = fs::metadata(&place).map_err(read)?.len();
        if size > room {
            return Err(refused(&Refusal::ExpandsTooLarge {
                path: show(path.as_bytes()),
            }));
        }
        room -= size;
        add(&mut zip, path, &fs::read(&place).map_err(read)?).map_err(read)?;
    }
    zip.finish().map_err(|error| IntakeError::Folder {
        path: folder.to_owned(),
        source: io::Error::other(error.to_string()),
    })
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<String>,
    seen: &mut usize,
) -> Result<(), IntakeError> {
    let read = |source| IntakeError::Folder {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        *seen += 1;
        if *seen > ZIP_ENTRIES {
            return Err(refused(&Refusal::TooManyEntries));
        }
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let shown = show(name.as_encoded_bytes());
            return Err(refused(&Refusal::Unsafe {
                path: shown,
                reason: Reason::NotUtf8,
            }));
        };
        let path = format!("{prefix}{name}");
        if SKIPPED.contains(&name) || path::is_junk(&path) {
            continue;
        }
        path::check(path.as_bytes()).map_err(|refusal| refused(&refusal))?;
        let kind = entry.file_type().map_err(read)?;
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files, seen)?;
        } else if kind.is_file() {
            files.push(path);
        } else {
            let what = if kind.is_symlink() {
                "symbolic link"
            } else {
                "device, socket or named pipe"
            };
            return Err(refused(&Refusal::entry(&path, Reason::Special(what))));
        }
    }
    Ok(())
}

fn add(zip: &mut ZipArchiveWriter<Vec<u8>>, path: &str, data: &[u8]) -> io::Result<()> {
    let text = |error: rawzip::Error| io::Error::other(error.to_string());
    let (mut entry, config) = zip
        .new_file(path)
        .compression_method(CompressionMethod::DEFLATE)
        .start()
        .map_err(text)?;
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
    writer.write_all(data)?;
    let (encoder, descriptor) = writer.finish().map_err(text)?;
    encoder.finish()?;
    entry.finish(descriptor).map_err(text)?;
    Ok(())
}

fn refused(refusal: &Refusal) -> IntakeError {
    IntakeError::Refused {
        findings: vec![Finding::from(refusal)],
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::testing::MANIFEST;

    fn plugin() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, data) in [
            ("manifest.json", MANIFEST),
            ("__main__.py", "x = 1"),
            ("lib/é.py", "y = 2"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, data).unwrap();
        }
        folder
    }

    fn code(folder: &Path) -> String {
        match pack(folder) {
            Err(IntakeError::Refused { findings }) => findings[0].code.clone(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn equal_folders_give_equal_zips_that_can_be_read() {
        let (one, two) = (plugin(), plugin());
        for skipped in [
            "__pycache__/a.pyc",
            ".git/config",
            ".venv/lib.py",
            "lib/__pycache__/b.pyc",
            ".DS_Store",
        ] {
            let path = two.path().join(skipped);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "junk").unwrap();
        }
        let zip = pack(one.path()).unwrap();
        assert_eq!(zip, pack(two.path()).unwrap());
        let contents = crate::archive::read(&zip).unwrap();
        assert_eq!(contents.order, ["__main__.py", "lib/é.py", "manifest.json"]);
        assert_eq!(contents.get("lib/é.py"), Some(&b"y = 2"[..]));
    }

    #[test]
    fn links_out_of_the_folder_are_refused() {
        let folder = plugin();
        symlink("/etc/passwd", folder.path().join("secret")).unwrap();
        assert_eq!(code(folder.path()), "zip_unsafe_entry");
    }

    #[test]
    fn limits_hold_while_reading() {
        let folder = plugin();
        let big = fs::File::create(folder.path().join("big")).unwrap();
        big.set_len(ZIP_INFLATED_BYTES as u64 + 1).unwrap();
        assert_eq!(code(folder.path()), "zip_expands_too_large");
        for n in 0..=ZIP_ENTRIES {
            fs::write(folder.path().join(format!("{n}")), "").unwrap();
        }
        assert_eq!(code(folder.path()), "zip_too_many_files");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = pack(Path::new("/no/such/folder")).unwrap_err();
        assert!(error.to_string().contains("/no/such/folder"), "{error}");
    }
}
