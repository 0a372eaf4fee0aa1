//! Restoring one plugin in one guild, into a house that does not run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use homemaid_backup::{BackupError, Key};
use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{Storage, copy_database};
use jiff::Timestamp;

use super::examine::{Candidate, examine};
use super::view::RestoredOneView;
use super::{SCRATCH, SQL, Scratch, on};
use crate::error::CoreError;

/// Puts an installation's key-value data, SQL and grants back as they are in a backup. It has to be installed; its
/// version stays, and so do all others' data.
pub async fn restore_one(
    storage: &Storage,
    id: &InstallationId,
    file: PathBuf,
    key: Option<Key>,
    now: Timestamp,
) -> Result<RestoredOneView, CoreError> {
    let row = id.clone();
    if storage
        .read(move |tx| tx.installations().get(&row))
        .await?
        .is_none()
    {
        return Err(CoreError::NoSuchInstallation(id.clone()));
    }
    let scratch = Scratch::make(storage.dir().join(SCRATCH))?;
    let secrets = storage.secrets().key_source();
    let candidate = Candidate {
        file,
        key,
        secrets: secrets.clone(),
        house: Some(storage.dir().to_owned()),
    };
    let found = examine(candidate, scratch.0.clone(), now).await?;
    let backup = Storage::open_with(&scratch.0, Clock::system(), &secrets).map_err(CoreError::Open)?;
    let restored = copy(&backup, storage, id).await;
    backup.close().await;
    let (keys, grants) = restored?;
    let sql = copy_sql(&scratch.0, storage.dir(), id)?;
    Ok(RestoredOneView {
        installation: id.to_string(),
        made_at: found.made_at.unwrap_or(now),
        keys,
        sql,
        grants,
    })
}

/// Copies key-value data and grants; they take effect in one step at the end.
async fn copy(from: &Storage, to: &Storage, id: &InstallationId) -> Result<(u64, Vec<String>), CoreError> {
    let row = id.clone();
    let grants = from
        .read(move |tx| match tx.installations().get(&row)? {
            Some(_) => tx.grants().of(&row).map(Some),
            None => Ok(None),
        })
        .await?;
    let Some(grants) = grants else {
        return Err(BackupError::Damaged(format!("{id} was not installed when it was made")).into());
    };
    let row = id.clone();
    to.try_write(move |tx| tx.kv(&row).restore_begin()).await?;
    let mut after = String::new();
    loop {
        let row = id.clone();
        let rows = from.try_read(move |tx| tx.kv(&row).dump(&after)).await?;
        let Some(last) = rows.last() else { break };
        after = last.key.clone();
        let row = id.clone();
        to.try_write(move |tx| tx.kv(&row).restore_add(&rows)).await?;
    }
    let (row, names) = (id.clone(), grants.iter().map(ToString::to_string).collect());
    let keys = to
        .try_write(move |tx| {
            tx.grants().set(&row, &grants, "restore")?;
            tx.kv(&row).restore_finish()
        })
        .await?;
    Ok((keys, names))
}

/// Puts the database of SQL in its place, or takes away one that was not there; returns whether there is one.
fn copy_sql(from: &Path, to: &Path, id: &InstallationId) -> Result<bool, CoreError> {
    let folder = to.join(SQL).join(id.plugin.as_str());
    let live = folder.join(format!("{}.db", id.guild));
    let kept = from
        .join(SQL)
        .join(id.plugin.as_str())
        .join(format!("{}.db", id.guild));
    let fresh = folder.join(format!("{}.restoring", id.guild));
    let forget = |path: &Path| match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(on("remove", path)(error)),
        _ => Ok(()),
    };
    let is_kept = kept.is_file();
    if is_kept {
        super::private_folder(&folder)?;
        forget(&fresh)?;
        copy_database(&kept, &fresh)?;
    }
    // What its log holds belongs to the old file: it goes first, or it would be replayed into the new one.
    for beside in ["-wal", "-shm"] {
        forget(&folder.join(format!("{}.db{beside}", id.guild)))?;
    }
    if is_kept {
        fs::rename(&fresh, &live).map_err(on("replace", &live))?;
    } else {
        forget(&live)?;
    }
    if folder.is_dir() {
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(on("sync", &folder))?;
    }
    Ok(is_kept)
}
