//! Writing a backup.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use crate::limits::ZSTD_LEVEL;
use crate::manifest::Summing;
use crate::{BackupError, Lock, MANIFEST, Manifest, Source};

/// Writes a backup into the new file `to`, which is whole or not there; returns its size. The manifest gets its files
/// from `sources`. Only the owner can read the file.
pub fn pack(mut manifest: Manifest, sources: &[Source], lock: &Lock, to: &Path) -> Result<u64, BackupError> {
    manifest.files = sources.iter().map(|source| source.entry.clone()).collect();
    manifest.check()?;
    let folder = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // A temporary file is private from the start, and gone when this fails.
    let mut file = tempfile::Builder::new()
        .prefix(".homemaid-backup-")
        .tempfile_in(folder)
        .map_err(BackupError::on("create a file in", folder))?;
    let mut changed = None;
    let written = write(&manifest, sources, lock, file.as_file_mut(), &mut changed);
    if let Some(path) = changed {
        return Err(BackupError::Changed(path));
    }
    let bytes = written.map_err(BackupError::on("write", to))?;
    file.persist_noclobber(to)
        .map_err(|error| BackupError::on("create", to)(error.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::on("sync", folder))?;
    Ok(bytes)
}

fn write(
    manifest: &Manifest,
    sources: &[Source],
    lock: &Lock,
    file: &mut File,
    changed: &mut Option<PathBuf>,
) -> io::Result<u64> {
    let out = BufWriter::new(&mut *file);
    let mut out = match lock.encryptor() {
        None => body(manifest, sources, out, changed)?,
        Some(encryptor) => {
            let sealed = encryptor.wrap_output(out)?;
            body(manifest, sources, sealed, changed)?.finish()?
        }
    };
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn body<W: Write>(
    manifest: &Manifest,
    sources: &[Source],
    out: W,
    changed: &mut Option<PathBuf>,
) -> io::Result<W> {
    let mut out = zstd::Encoder::new(out, ZSTD_LEVEL)?;
    out.include_checksum(true)?;
    let mut tar = tar::Builder::new(out);
    let seconds = u64::try_from(manifest.made_at.as_second()).unwrap_or(0);
    let header = |bytes: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(seconds);
        header
    };
    let text = serde_json::to_vec_pretty(manifest)?;
    tar.append_data(&mut header(text.len() as u64), MANIFEST, text.as_slice())?;
    for Source { entry, file } in sources {
        // Never more than was announced, whatever happens to the file meanwhile.
        let mut from = Summing::new(File::open(file)?.take(entry.bytes));
        tar.append_data(&mut header(entry.bytes), &entry.path, &mut from)?;
        if from.digest() != entry.sha256 {
            *changed = Some(file.clone());
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    tar.into_inner()?.finish()
}
