//! Reading a backup and proving that it could be restored.

use std::fs;
use std::path::{Path, PathBuf};

use homemaid_backup::{BackupError, Entry, Key, Manifest, unpack};
use homemaid_package::{IntakeOptions, PluginStore};
use homemaid_protocol::Clock;
use homemaid_storage::{DATABASES, DatabaseFacts, KEY_FILE, KeySource, Storage, check_schema};
use jiff::Timestamp;

use super::view::DrillView;
use super::{PLUGINS, SQL, Scratch, ZIPS, on};
use crate::error::CoreError;
use crate::services::chain;

/// Which backup is examined.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// The file.
    pub file: PathBuf,
    /// What opens it, when it is sealed.
    pub key: Option<Key>,
    /// Where the key of the secrets comes from.
    pub secrets: KeySource,
    /// A data directory whose key file is used when the backup has none.
    pub house: Option<PathBuf>,
}

/// Restores a backup into the folder `scratch` of its own, which is gone afterwards, and tells whether that worked.
/// Blocks the calling task only.
pub async fn drill(
    file: PathBuf,
    key: Option<Key>,
    secrets: KeySource,
    house: Option<PathBuf>,
    scratch: PathBuf,
    now: Timestamp,
) -> DrillView {
    let candidate = Candidate {
        file: file.clone(),
        key,
        secrets,
        house,
    };
    let examined = async {
        let scratch = Scratch::make(scratch)?;
        examine(candidate, scratch.0.clone(), now).await
    };
    examined.await.unwrap_or_else(|error: CoreError| DrillView {
        at: now,
        file: file.display().to_string(),
        ok: false,
        problem: Some(chain(&error)),
        made_at: None,
        homemaid: None,
        databases: 0,
        rows: 0,
        plugins: 0,
        secrets: 0,
        secrets_unreadable: 0,
    })
}

/// Makes a data directory out of a backup in the empty folder `into`, checking everything on the way; whoever opens it
/// afterwards finds it whole and up to date.
pub(super) async fn examine(
    candidate: Candidate,
    into: PathBuf,
    now: Timestamp,
) -> Result<DrillView, CoreError> {
    let Candidate {
        file,
        key,
        secrets,
        house,
    } = candidate;
    let (folder, shown) = (into.clone(), file.display().to_string());
    let work = move || {
        let manifest = unpack(&file, key.as_ref(), &folder)?;
        let (databases, rows) = compare(&manifest, &folder)?;
        let plugins = take_in(&manifest, &folder)?;
        bring_key(&folder, house.as_deref())?;
        Ok::<_, CoreError>((manifest, databases, rows, plugins))
    };
    let (manifest, databases, rows, plugins) = tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| CoreError::Internal)??;
    // Migrations run here, before anything counts on the result.
    let (folder, source) = (into.clone(), secrets.clone());
    let storage = tokio::task::spawn_blocking(move || Storage::open_with(&folder, Clock::system(), &source))
        .await
        .map_err(|_| CoreError::Internal)?
        .map_err(CoreError::Open)?;
    let counted = storage.secrets().unreadable().await;
    storage.close().await;
    let (secrets, secrets_unreadable) = counted?;
    Ok(DrillView {
        at: now,
        file: shown,
        ok: true,
        problem: None,
        made_at: Some(manifest.made_at),
        homemaid: Some(manifest.homemaid),
        databases,
        rows,
        plugins,
        secrets,
        secrets_unreadable,
    })
}

/// Compares every database with what was true when it was packed; returns how many there are, and their rows.
fn compare(manifest: &Manifest, folder: &Path) -> Result<(usize, u64), CoreError> {
    let has = |name: &str| manifest.files.iter().any(|entry| entry.path == name);
    // The first is the house; an older one may not have had the others yet.
    if !has(DATABASES[0]) {
        return Err(BackupError::Damaged(format!("{} is missing", DATABASES[0])).into());
    }
    for name in DATABASES.into_iter().filter(|name| has(name)) {
        check_schema(name, &folder.join(name))?;
    }
    let (mut databases, mut rows) = (0, 0);
    for entry in &manifest.files {
        let Some(expected) = facts(entry)? else { continue };
        let file = folder.join(&entry.path);
        let found = if entry.path.starts_with(SQL) {
            DatabaseFacts::of_plugin(&file)?
        } else {
            DatabaseFacts::of(&file)?
        };
        if found != expected {
            let differs = expected
                .tables
                .iter()
                .zip(&found.tables)
                .find(|(expected, found)| expected != found)
                .map_or_else(
                    || "its schema".to_owned(),
                    |(table, _)| format!("table {}", table.name),
                );
            return Err(BackupError::Damaged(format!("{} is not as it was: {differs}", entry.path)).into());
        }
        databases += 1;
        rows += found.tables.iter().map(|table| table.rows).sum::<u64>();
    }
    Ok((databases, rows))
}

fn facts(entry: &Entry) -> Result<Option<DatabaseFacts>, BackupError> {
    let read = |facts: &serde_json::Value| serde_json::from_value(facts.clone());
    entry
        .facts
        .as_ref()
        .map(read)
        .transpose()
        .map_err(|error| BackupError::Damaged(format!("what it says of {}: {error}", entry.path)))
}

/// Takes every plugin zip in again, as if its author had handed it in; returns how many.
fn take_in(manifest: &Manifest, folder: &Path) -> Result<usize, CoreError> {
    let store = PluginStore::open(&folder.join(PLUGINS)).map_err(CoreError::Packages)?;
    let mut count = 0;
    for entry in &manifest.files {
        let name = entry
            .path
            .strip_prefix(ZIPS)
            .and_then(|name| name.strip_prefix('/'));
        let Some(hash) = name.and_then(|name| name.strip_suffix(".zip")) else {
            continue;
        };
        let zip = fs::read(folder.join(&entry.path)).map_err(on("read", folder))?;
        let described = folder.join(ZIPS).join(format!("{hash}.json"));
        let described = fs::read(&described).map_err(on("read", &described))?;
        // A zip without a manifest of its own was handed in with this one.
        let alone = store.intake(&zip, &IntakeOptions::default());
        let is_it = |taken: &Result<homemaid_package::StoredVersion, _>| matches!(taken, Ok(version) if version.hash.to_string() == hash);
        if !is_it(&alone) {
            let options = IntakeOptions {
                manifest: Some(described),
            };
            let together = store.intake(&zip, &options)?;
            if together.hash.to_string() != hash {
                return Err(BackupError::Damaged(format!("the plugin {hash} is another one")).into());
            }
        }
        count += 1;
    }
    let zips = folder.join(ZIPS);
    super::remove(&zips).map_err(on("remove", &zips))?;
    Ok(count)
}

/// Uses the key that is in the house already when the backup has none.
fn bring_key(folder: &Path, house: Option<&Path>) -> Result<(), BackupError> {
    let to = folder.join(KEY_FILE);
    let Some(from) = house.map(|house| house.join(KEY_FILE)) else {
        return Ok(());
    };
    if to.exists() || !from.is_file() {
        return Ok(());
    }
    // The copy has the mode of the original.
    fs::copy(&from, &to).map(drop).map_err(on("copy", &from))
}
