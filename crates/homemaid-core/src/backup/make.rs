//! Making a backup while the house runs.

use std::fs;
use std::path::{Path, PathBuf};

use homemaid_backup::{BackupError, Lock, Manifest, Source, pack};
use homemaid_package::PluginStore;
use homemaid_protocol::ContentHash;
use homemaid_storage::{DATABASES, DatabaseFacts, KEY_FILE, KeySource, Storage, copy_database};
use jiff::Timestamp;

use super::view::BackupView;
use super::{PLUGINS, SQL, STAGING, Scratch, ZIPS, on};
use crate::error::CoreError;

/// Writes a backup of everything into the new file `to`. Writes of the house go on meanwhile; one at a time, and no
/// plugin may be removed until it is done.
///
/// The key of the secrets goes into it when it is sealed and the key is our own file.
pub async fn make(
    storage: &Storage,
    now: Timestamp,
    lock: Lock,
    to: PathBuf,
) -> Result<BackupView, CoreError> {
    let dir = storage.dir().to_owned();
    let staging = Scratch::make(dir.join(STAGING))?;
    storage.snapshot(&staging.0).await?;
    let versions = storage.read(|tx| tx.versions().list()).await?;
    let hashes: Vec<_> = versions.into_iter().map(|version| version.hash).collect();
    let secrets = storage.secrets();
    let sealed = !matches!(lock, Lock::Open);
    let holds_secret_key = sealed && secrets.key_source() == KeySource::DataDir;
    let manifest = Manifest::new(now, env!("CARGO_PKG_VERSION"), secrets.key_id().to_string());
    let work = move || {
        let mut rows = 0;
        let mut sources = databases(&dir, &staging.0, &mut rows)?;
        for hash in &hashes {
            sources.extend(plugin(&dir, hash)?);
        }
        if holds_secret_key {
            sources.push(Source::of(KEY_FILE.to_owned(), dir.join(KEY_FILE), None)?);
        }
        let bytes = pack(manifest, &sources, &lock, &to)?;
        Ok(BackupView {
            made_at: now,
            path: to.display().to_string(),
            bytes,
            files: sources.len(),
            rows,
            sealed,
            holds_secret_key,
        })
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| CoreError::Internal)?
}

/// Looks at the copies of the platform's databases, and copies those of the plugins.
fn databases(dir: &Path, staging: &Path, rows: &mut u64) -> Result<Vec<Source>, CoreError> {
    let mut sources = Vec::new();
    let mut add = |path: String, file: PathBuf, facts: DatabaseFacts| {
        *rows += facts.tables.iter().map(|table| table.rows).sum::<u64>();
        let facts = serde_json::to_value(facts).map_err(|_| CoreError::Internal)?;
        sources.push(Source::of(path, file, Some(facts))?);
        Ok::<_, CoreError>(())
    };
    for name in DATABASES {
        let file = staging.join(name);
        let facts = DatabaseFacts::of(&file)?;
        add(name.to_owned(), file, facts)?;
    }
    for (at, (path, live)) in sql_files(dir)?.into_iter().enumerate() {
        let file = staging.join(format!("sql-{at}.db"));
        copy_database(&live, &file)?;
        let facts = DatabaseFacts::of_plugin(&file)?;
        add(path, file, facts)?;
    }
    Ok(sources)
}

/// Returns the databases of plugins below a data directory, with their paths in an archive, in order.
pub(super) fn sql_files(dir: &Path) -> Result<Vec<(String, PathBuf)>, BackupError> {
    let mut found = Vec::new();
    for plugin in names(&dir.join(SQL))? {
        for file in names(&dir.join(SQL).join(&plugin))? {
            // Beside each are its write-ahead log and index, which belong to the live file alone.
            if Path::new(&file).extension().is_some_and(|end| end == "db") {
                let path = format!("{SQL}/{plugin}/{file}");
                found.push((path.clone(), dir.join(path)));
            }
        }
    }
    Ok(found)
}

/// Returns the names in a folder in order; none when there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        other => other.map_err(on("read", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(on("read", folder))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// The zip of a version and the manifest it is described by. One that is not in the store is left out, as it is at a
/// start.
fn plugin(dir: &Path, hash: &ContentHash) -> Result<Vec<Source>, CoreError> {
    let (zip, manifest) = PluginStore::files_below(&dir.join(PLUGINS), hash);
    if !zip.is_file() {
        tracing::error!(%hash, "a plugin's zip is missing and cannot be backed up");
        return Ok(Vec::new());
    }
    Ok(vec![
        Source::of(format!("{ZIPS}/{hash}.zip"), zip, None)?,
        Source::of(format!("{ZIPS}/{hash}.json"), manifest, None)?,
    ])
}
