//! Restoring a whole house: beside the one that is there, and at the end both change places at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use homemaid_backup::{BackupError, Key};
use homemaid_storage::{KeySource, lock_data_dir};
use jiff::Timestamp;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::examine::{Candidate, examine};
use super::view::RestoreView;
use super::{Scratch, on, private_folder};
use crate::error::CoreError;

/// What a restored house takes over from the one that was there: the name its containers carry.
const KEPT: &str = "instance";

/// Restores a backup into the data directory `into`. An appliance that runs there keeps it from happening.
///
/// Nothing is changed before the backup has proved whole. Then the new directory takes the place of the old one in one
/// step; the old one is kept beside it under a name with the time.
pub async fn restore(
    file: PathBuf,
    key: Option<Key>,
    secrets: KeySource,
    into: PathBuf,
    now: Timestamp,
) -> Result<RestoreView, CoreError> {
    let into = std::path::absolute(&into).map_err(on("find", &into))?;
    let (Some(parent), Some(name)) = (into.parent(), into.file_name().and_then(|name| name.to_str())) else {
        return Err(BackupError::NotABackup {
            path: into,
            detail: "a data directory needs a name".to_owned(),
        }
        .into());
    };
    let there = is_there(&into)?;
    // Held until the end: no appliance starts on what is being replaced.
    let lock = there
        .then(|| lock_data_dir(&into))
        .transpose()
        .map_err(CoreError::Open)?;
    fs::create_dir_all(parent).map_err(on("create", parent))?;
    let scratch = Scratch::make(parent.join(format!(".{name}.restoring")))?;
    let fresh = scratch.0.join("data");
    private_folder(&fresh)?;
    let candidate = Candidate {
        file,
        key,
        secrets,
        house: there.then(|| into.clone()),
    };
    let found = examine(candidate, fresh.clone(), now).await?;
    let before = swap(&fresh, &into, there, now)?;
    drop(lock);
    Ok(RestoreView {
        found,
        into: into.display().to_string(),
        before: before.map(|path| path.display().to_string()),
    })
}

/// Returns whether there is a house; refuses what is something else.
fn is_there(into: &Path) -> Result<bool, BackupError> {
    match fs::read_dir(into) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(on("read", into)(error)),
        Ok(mut entries) => {
            if entries.next().is_none() || into.join(homemaid_storage::DATABASES[0]).is_file() {
                return Ok(true);
            }
            Err(BackupError::NotABackup {
                path: into.to_owned(),
                detail: "the directory holds other things; choose another one".to_owned(),
            })
        }
    }
}

fn swap(fresh: &Path, into: &Path, there: bool, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let parent = into.parent().unwrap_or(Path::new("/"));
    let sync = || {
        File::open(parent)
            .and_then(|folder| folder.sync_all())
            .map_err(on("sync", parent))
    };
    if !there {
        fs::rename(fresh, into).map_err(on("create", into))?;
        sync()?;
        return Ok(None);
    }
    let instance = into.join(KEPT);
    if instance.is_file() {
        fs::copy(&instance, fresh.join(KEPT)).map_err(on("copy", &instance))?;
    }
    let name = into.file_name().and_then(|name| name.to_str()).unwrap_or("data");
    let before = parent.join(format!("{name}.before-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    if before.exists() {
        return Err(on("create", &before)(std::io::ErrorKind::AlreadyExists.into()));
    }
    // The one moment in which it changes: before it the old house is there, after it the new one.
    renameat_with(CWD, fresh, CWD, into, RenameFlags::EXCHANGE)
        .map_err(|error| on("replace", into)(error.into()))?;
    fs::rename(fresh, &before).map_err(on("keep", &before))?;
    sync()?;
    Ok(Some(before))
}
