//! Reading a backup. Whoever wrote the file is not trusted: each path is a plain one, each size is announced, and what
//! does not match its sum is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::limits::{MANIFEST_BYTES, PADDING_BYTES};
use crate::manifest::Summing;
use crate::{BackupError, Entry, Key, MANIFEST, Manifest};

const AGE: &[u8] = b"age-encryption.org/";
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Returns whether a backup needs a key to be read.
pub fn is_sealed(file: &Path) -> Result<bool, BackupError> {
    let mut start = Vec::new();
    File::open(file)
        .and_then(|from| from.take(AGE.len() as u64).read_to_end(&mut start))
        .map_err(BackupError::on("read", file))?;
    if start == AGE {
        Ok(true)
    } else if start.starts_with(ZSTD) {
        Ok(false)
    } else {
        Err(BackupError::NotABackup {
            path: file.to_owned(),
            detail: "it begins neither as age nor as zstd does".to_owned(),
        })
    }
}

/// Reads a backup into the empty folder `into`, and returns its manifest. On an error parts may be there.
pub fn unpack(file: &Path, key: Option<&Key>, into: &Path) -> Result<Manifest, BackupError> {
    let sealed = is_sealed(file)?;
    let from = BufReader::new(File::open(file).map_err(BackupError::on("read", file))?);
    if !sealed {
        return body(from, into);
    }
    let key = key.ok_or(BackupError::NeedsKey)?;
    let identity = key.identity();
    let opened = age::Decryptor::new_buffered(from)
        .and_then(|sealed| sealed.decrypt(std::iter::once(&*identity)))
        .map_err(|error| match error {
            age::DecryptError::Io(source) if source.kind() != io::ErrorKind::InvalidData => {
                BackupError::on("read", file)(source)
            }
            age::DecryptError::InvalidHeader | age::DecryptError::Io(_) => {
                BackupError::Damaged("its beginning cannot be read".to_owned())
            }
            _ => BackupError::WrongKey,
        })?;
    body(opened, into)
}

/// What cannot be read or decompressed is damaged, whichever layer noticed.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` takes")]
fn damaged(error: io::Error) -> BackupError {
    BackupError::Damaged(error.to_string())
}

fn body(from: impl Read, into: &Path) -> Result<Manifest, BackupError> {
    let from = zstd::Decoder::new(from).map_err(damaged)?;
    let mut tar = tar::Archive::new(from);
    let manifest = {
        let mut entries = tar.entries().map_err(damaged)?;
        let first = entries
            .next()
            .ok_or_else(|| BackupError::Damaged("it is empty".to_owned()))?
            .map_err(damaged)?;
        let manifest = read_manifest(first)?;
        for expected in &manifest.files {
            let entry = entries
                .next()
                .ok_or_else(|| BackupError::Damaged(format!("{} is missing", expected.path)))?
                .map_err(damaged)?;
            take(entry, expected, into)?;
        }
        if entries.next().is_some() {
            return Err(BackupError::Damaged("more follows than it names".to_owned()));
        }
        manifest
    };
    // To the very end, where the checksums of the outer layers are.
    let mut rest = tar.into_inner().take(PADDING_BYTES);
    io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
    if rest.limit() == 0 {
        return Err(BackupError::Damaged("more follows than it names".to_owned()));
    }
    // Beyond the end of the compressed data.
    let mut beyond = rest.into_inner().finish();
    match beyond.fill_buf() {
        Ok([]) => Ok(manifest),
        Ok(_) => Err(BackupError::Damaged("more follows than it names".to_owned())),
        Err(error) => Err(damaged(error)),
    }
}

/// What every format of a manifest says.
#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

fn read_manifest(entry: tar::Entry<'_, impl Read>) -> Result<Manifest, BackupError> {
    let is_it = entry.path_bytes() == MANIFEST.as_bytes() && entry.size() <= MANIFEST_BYTES;
    if !is_it {
        return Err(BackupError::Damaged(format!("{MANIFEST} does not come first")));
    }
    let mut text = Vec::new();
    entry
        .take(MANIFEST_BYTES)
        .read_to_end(&mut text)
        .map_err(damaged)?;
    // The format first: a newer one may not have the same fields.
    let not_read = |error: serde_json::Error| BackupError::Damaged(format!("{MANIFEST}: {error}"));
    let Format { format } = serde_json::from_slice(&text).map_err(not_read)?;
    if format > crate::manifest::FORMAT {
        return Err(BackupError::Newer {
            found: format,
            known: crate::manifest::FORMAT,
        });
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(not_read)?;
    manifest.check()?;
    Ok(manifest)
}

fn take(entry: tar::Entry<'_, impl Read>, expected: &Entry, into: &Path) -> Result<(), BackupError> {
    let is_it = entry.path_bytes() == expected.path.as_bytes()
        && entry.size() == expected.bytes
        && entry.header().entry_type() == tar::EntryType::Regular;
    if !is_it {
        return Err(BackupError::Damaged(format!(
            "where {} should be is something else",
            expected.path
        )));
    }
    // The manifest's check has seen the path: it leads nowhere but into the folder.
    let path = into.join(&expected.path);
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(BackupError::on("create", folder))?;
    }
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(BackupError::on("create", &path))?;
    let mut from = Summing::new(entry);
    // Which side failed is told apart by the kind: the archive's errors are about its data.
    let copied = io::copy(&mut from, &mut to);
    let copied = copied.map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::QuotaExceeded => {
            BackupError::on("write", &path)(error)
        }
        _ => damaged(error),
    })?;
    if copied != expected.bytes || from.digest() != expected.sha256 {
        return Err(BackupError::Damaged(format!(
            "{} is not what was packed",
            expected.path
        )));
    }
    to.sync_all().map_err(BackupError::on("write", &path))
}
