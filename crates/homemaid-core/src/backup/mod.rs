//! Backups of the whole house, and what is restored from them.
//!
//! ```text
//! make      snapshot into <data>/backup-staging (writes go on)  ->  facts, sums  ->  one file
//! examine   file  ->  scratch folder: sums, schemas, integrity, row sums, plugins taken in, migrated, opened
//! restore   examine beside the data directory  ->  both change places at once  ->  the old one is kept
//! drill     examine, and throw it away
//! ```
//!
//! Restoring and drilling go through the same [`examine`]: what a drill called good is what a restore would use.

mod examine;
mod make;
mod one;
mod restore;
mod schedule;
mod view;

use std::path::{Path, PathBuf};

pub use examine::drill;
pub use homemaid_backup::{BackupError, Key, Lock, Passphrase, RecoverySheet, is_sealed};
pub use make::make;
pub use one::restore_one;
pub use restore::restore;
pub(crate) use schedule::run;
pub use schedule::{backup_recipient, name, set_backup_recipient};
pub use view::{
    BackupFileView, BackupSchedule, BackupView, BackupsView, DrillView, RestoreView, RestoredOneView,
};

/// Where backups made by the appliance itself are, below the data directory.
pub const FOLDER: &str = "backups";
/// What their names end with.
const SUFFIX: &str = ".backup";
/// Where a backup in the making has its copies, below the data directory.
const STAGING: &str = "backup-staging";
/// Where the appliance examines one, below the data directory.
const SCRATCH: &str = "backup-scratch";
/// Plugin zips in an archive.
const ZIPS: &str = "zips";
/// Plugin SQL in an archive and below the data directory: `sql/<plugin>/<guild>.db`.
const SQL: &str = "sql";
/// The plugin store, below the data directory.
const PLUGINS: &str = "plugins";

/// A folder of our own that is empty now and gone at the end, also what a crash left in it.
struct Scratch(PathBuf);

impl Scratch {
    fn make(path: PathBuf) -> Result<Self, BackupError> {
        remove(&path).map_err(on("remove", &path))?;
        let scratch = Self(path);
        private_folder(&scratch.0)?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "a temporary folder could not be removed");
        }
    }
}

/// Removes a folder with all that is in it, also where plugins' files are read-only.
fn remove(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    std::fs::remove_dir_all(path)
}

fn private_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(on("create", path))
}

fn on(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { action, path, source }
}
