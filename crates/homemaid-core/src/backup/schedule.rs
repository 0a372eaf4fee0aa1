//! Backups the running house makes: by itself every so many hours, and when the owner asks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use homemaid_backup::{BackupError, Key, Lock, Recipient, is_sealed};
use homemaid_storage::Storage;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::view::{BackupFileView, BackupSchedule, BackupView, BackupsView, DrillView};
use super::{FOLDER, SCRATCH, SUFFIX, drill, make, on, private_folder};
use crate::core::Core;
use crate::error::CoreError;
use crate::house::House;
use crate::services::chain;

const SCHEDULE: &str = "backup.schedule";
const RECIPIENT: &str = "backup.recipient";
const LAST: &str = "backup.last";
const DRILL: &str = "backup.drill";
const PROBLEM: &str = "backup.problem";
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(60);
/// How long after a failure the next attempt is made, in seconds.
const AFTER_FAILURE: i64 = 3600;
/// Longest schedule, in hours: a year.
const MOST_HOURS: u32 = 24 * 366;
/// Most files that are kept.
const MOST_KEPT: u32 = 1_000;

impl Default for BackupSchedule {
    fn default() -> Self {
        Self {
            every_hours: 24,
            keep: 7,
            sealed: false,
        }
    }
}

/// Why and when the newest attempt failed.
#[derive(Debug, Serialize, serde::Deserialize)]
struct Problem {
    at: Timestamp,
    text: String,
}

impl Core {
    /// Returns everything about backups.
    pub async fn backups(&self) -> Result<BackupsView, CoreError> {
        let storage = &self.0.services.storage;
        let folder = storage.dir().join(FOLDER);
        let files = list(&folder)?
            .into_iter()
            .map(|(name, bytes)| BackupFileView {
                sealed: is_sealed(&folder.join(&name)).ok(),
                name,
                bytes,
            })
            .collect();
        let problem: Option<Problem> = setting(storage, PROBLEM).await?;
        Ok(BackupsView {
            schedule: setting(storage, SCHEDULE).await?.unwrap_or_default(),
            recipient: setting(storage, RECIPIENT).await?,
            folder: folder.display().to_string(),
            files,
            last: setting(storage, LAST).await?,
            drill: setting(storage, DRILL).await?,
            problem: problem.map(|problem| problem.text),
        })
    }

    /// Changes when backups are made.
    pub async fn set_backup_schedule(&self, schedule: BackupSchedule) -> Result<(), CoreError> {
        let storage = &self.0.services.storage;
        if schedule.every_hours > MOST_HOURS || schedule.keep == 0 || schedule.keep > MOST_KEPT {
            return Err(CoreError::BadSchedule);
        }
        if schedule.sealed && backup_recipient(storage).await?.is_none() {
            return Err(CoreError::NoRecipient);
        }
        keep(storage, SCHEDULE, &schedule).await
    }

    /// Seals backups for a recovery sheet from now on.
    pub async fn set_backup_recipient(&self, recipient: &str) -> Result<(), CoreError> {
        set_backup_recipient(&self.0.services.storage, recipient).await
    }

    /// Makes a backup into the folder of backups, now.
    pub async fn make_backup(&self, lock: Lock) -> Result<BackupView, CoreError> {
        self.0.check_not_draining()?;
        make_here(&self.0, lock).await
    }

    /// Restores a backup of the folder into a scratch directory, and tells whether that worked.
    pub async fn drill_backup(&self, name: &str, key: Option<Key>) -> Result<DrillView, CoreError> {
        self.0.check_not_draining()?;
        let folder = self.0.services.storage.dir().join(FOLDER);
        if !list(&folder)?.iter().any(|(known, _)| known == name) {
            return Err(CoreError::NoSuchBackup(name.chars().take(100).collect()));
        }
        drill_here(&self.0, folder.join(name), key).await
    }

    /// Returns the lock of the recovery sheet.
    pub async fn backup_lock(&self) -> Result<Lock, CoreError> {
        sealed_lock(&self.0.services.storage).await
    }
}

/// Returns whom backups are sealed for.
pub async fn backup_recipient(storage: &Storage) -> Result<Option<Recipient>, CoreError> {
    let text: Option<String> = setting(storage, RECIPIENT).await?;
    Ok(text.map(|text| text.parse()).transpose()?)
}

/// Seals backups for a recovery sheet from now on.
pub async fn set_backup_recipient(storage: &Storage, recipient: &str) -> Result<(), CoreError> {
    let recipient: Recipient = recipient.parse()?;
    keep(storage, RECIPIENT, &recipient.to_string()).await
}

async fn sealed_lock(storage: &Storage) -> Result<Lock, CoreError> {
    let recipient = backup_recipient(storage).await?;
    recipient.map(Lock::Recipient).ok_or(CoreError::NoRecipient)
}

/// Makes backups when they are due, for as long as the house runs.
pub(crate) async fn run(house: Arc<House>) {
    // Not at once: the start of a house has enough to do, and a new one has nothing to lose yet.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = house.draining.cancelled() => return,
        }
        let work = when_due(&house);
        tokio::select! {
            done = work => if let Err(error) = done {
                tracing::warn!(error = %chain(&error), "the backup failed");
            },
            // What is half made is removed at the next one.
            () = house.draining.cancelled() => return,
        }
    }
}

/// Makes a backup when one is due, examines it where no key is needed, and deletes the oldest.
async fn when_due(house: &Arc<House>) -> Result<(), CoreError> {
    let storage = &house.services.storage;
    let schedule: BackupSchedule = setting(storage, SCHEDULE).await?.unwrap_or_default();
    let last: Option<BackupView> = setting(storage, LAST).await?;
    let problem: Option<Problem> = setting(storage, PROBLEM).await?;
    let now = house.services.clock.now();
    if !is_due(
        schedule,
        last.map(|last| last.made_at),
        problem.map(|problem| problem.at),
        now,
    ) {
        return Ok(());
    }
    let lock = if schedule.sealed {
        sealed_lock(storage).await?
    } else {
        Lock::Open
    };
    let made = make_here(house, lock).await?;
    let folder = storage.dir().join(FOLDER);
    for (name, _) in list(&folder)?.into_iter().skip(schedule.keep as usize) {
        let old = folder.join(name);
        std::fs::remove_file(&old).map_err(on("remove", &old))?;
    }
    if !made.sealed {
        let found = drill_here(house, PathBuf::from(made.path), None).await?;
        if let Some(problem) = found.problem {
            tracing::error!(problem, "the backup that was just made cannot be restored");
        }
    }
    Ok(())
}

fn is_due(
    schedule: BackupSchedule,
    last: Option<Timestamp>,
    failed: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let since = |then: Option<Timestamp>| then.map(|then| now.as_second() - then.as_second());
    schedule.every_hours > 0
        && since(last).is_none_or(|seconds| seconds >= i64::from(schedule.every_hours) * 3600)
        && since(failed).is_none_or(|seconds| seconds >= AFTER_FAILURE)
}

async fn make_here(house: &Arc<House>, lock: Lock) -> Result<BackupView, CoreError> {
    // No plugin is removed meanwhile, and one backup is made at a time.
    let _one = house.installing.lock().await;
    let storage = &house.services.storage;
    let now = house.services.clock.now();
    let folder = storage.dir().join(FOLDER);
    let made = async {
        private_folder(&folder)?;
        let to = folder.join(name(now));
        make(storage, now, lock, to).await
    };
    match made.await {
        Ok(view) => {
            keep(storage, LAST, &view).await?;
            storage.write(|tx| tx.settings().del(PROBLEM)).await?;
            Ok(view)
        }
        Err(error) => {
            let problem = Problem {
                at: now,
                text: chain(&error),
            };
            // On a full disk this fails as well, and the log has it.
            if let Err(error) = keep(storage, PROBLEM, &problem).await {
                tracing::warn!(error = %chain(&error), "the failure of a backup could not be noted");
            }
            Err(error)
        }
    }
}

async fn drill_here(house: &Arc<House>, file: PathBuf, key: Option<Key>) -> Result<DrillView, CoreError> {
    let _one = house.installing.lock().await;
    let storage = &house.services.storage;
    let view = drill(
        file,
        key,
        storage.secrets().key_source(),
        Some(storage.dir().to_owned()),
        storage.dir().join(SCRATCH),
        house.services.clock.now(),
    )
    .await;
    keep(storage, DRILL, &view).await?;
    Ok(view)
}

/// Returns what a backup of this moment is called in the folder of backups. Names sort by time.
pub fn name(now: Timestamp) -> String {
    format!("homemaid-{}{SUFFIX}", now.strftime("%Y%m%dT%H%M%S%3fZ"))
}

/// Returns the backups of a folder with their sizes, the newest first.
fn list(folder: &Path) -> Result<Vec<(String, u64)>, BackupError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(on("read", folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(on("read", folder))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with("homemaid-") && name.ends_with(SUFFIX) {
            let bytes = entry.metadata().map_err(on("look at", folder))?.len();
            files.push((name, bytes));
        }
    }
    files.sort_unstable_by(|a, b| b.cmp(a));
    Ok(files)
}

async fn setting<T: DeserializeOwned>(storage: &Storage, key: &'static str) -> Result<Option<T>, CoreError> {
    let value = storage.read(move |tx| tx.settings().get(key)).await?;
    // One that an older version wrote otherwise is as good as none.
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

async fn keep(storage: &Storage, key: &'static str, value: &impl Serialize) -> Result<(), CoreError> {
    let value = serde_json::to_value(value).map_err(|_| CoreError::Internal)?;
    Ok(storage.write(move |tx| tx.settings().put(key, &value)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_by_the_schedule_and_not_too_soon_after_a_failure() {
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        let daily = BackupSchedule::default();
        assert!(is_due(daily, None, None, at(0)));
        assert!(!is_due(daily, Some(at(0)), None, at(23)));
        assert!(is_due(daily, Some(at(0)), None, at(24)));
        assert!(!is_due(daily, Some(at(0)), Some(at(24)), at(24)));
        assert!(is_due(daily, Some(at(0)), Some(at(24)), at(25)));
        let never = BackupSchedule {
            every_hours: 0,
            ..daily
        };
        assert!(!is_due(never, None, None, at(0)));
    }

    #[test]
    fn only_backups_are_listed_the_newest_first() {
        let temp = tempfile::tempdir().unwrap();
        let names = [0, 1, 60].map(|at| name(Timestamp::from_second(at).unwrap()));
        for file in names
            .iter()
            .map(String::as_str)
            .chain(["notes", "homemaid-x.txt"])
        {
            std::fs::write(temp.path().join(file), "").unwrap();
        }
        let found: Vec<_> = list(temp.path())
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(found, [names[2].as_str(), names[1].as_str(), names[0].as_str()]);
        assert!(list(&temp.path().join("none")).unwrap().is_empty());
    }
}
