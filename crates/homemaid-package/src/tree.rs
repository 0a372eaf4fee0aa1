//! Files on disk: written once, synced, world-readable and not writable.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::contents::Contents;
use crate::path;

/// Anyone may read: a rootless container's user is a stranger to the host's files.
const FILE_MODE: u32 = 0o444;
const FOLDER_MODE: u32 = 0o555;
/// While the host itself works in a folder.
const OPEN_FOLDER_MODE: u32 = 0o755;

/// Writes a plugin's files below `root`, which must not exist yet. `__pycache__` folders stay out.
pub(crate) fn write(root: &Path, contents: &Contents) -> io::Result<()> {
    let wanted = |path: &str| !path.split('/').any(|part| part == "__pycache__");
    let files = || contents.files.iter().filter(|file| wanted(&file.path));
    let folders: BTreeSet<&str> = files()
        .flat_map(|file| path::folders(&file.path))
        .chain(
            contents
                .folders
                .iter()
                .flat_map(|path| path::folders(path).chain([&path[..]])),
        )
        .filter(|path| wanted(path))
        .collect();
    fs::create_dir(root)?;
    // In order, so that a folder comes before what is in it.
    for folder in &folders {
        fs::create_dir(root.join(folder))?;
    }
    for file in files() {
        write_file(&root.join(&file.path), &file.data)?;
    }
    for folder in folders.iter().rev() {
        close_folder(&root.join(folder))?;
    }
    close_folder(root)
}

/// Creates a file that must not exist, with its bytes on the disk when it returns.
pub(crate) fn write_file(path: &Path, data: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(data)?;
    // Not left to the umask.
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    file.sync_all()
}

/// Puts a file in place at once, over an older one; `spare` is a free path on the same disk.
pub(crate) fn replace_file(path: &Path, spare: &Path, data: &[u8]) -> io::Result<()> {
    match fs::remove_file(spare) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_file(spare, data)?;
    fs::rename(spare, path)
}

/// Makes a folder writable for the host.
pub(crate) fn open_folder(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(OPEN_FOLDER_MODE))
}

/// Makes a folder read-only for everyone and syncs its names.
pub(crate) fn close_folder(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
    sync_folder(path)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes a folder with the stored versions in it; a missing one is no error.
///
/// Their folders are read-only, so for anyone but root `fs::remove_dir_all` and temporary folders fail on them.
///
/// # Errors
/// When the disk refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if !metadata.is_dir() {
        return fs::remove_file(path);
    }
    open_folder(path)?;
    for entry in fs::read_dir(path)? {
        remove(&entry?.path())?;
    }
    fs::remove_dir(path)
}
