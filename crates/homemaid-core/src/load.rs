//! What the database remembers, brought to life at the start.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use homemaid_package::{Manifest, StoredVersion};
use homemaid_protocol::message::Lifecycle;
use homemaid_protocol::{Capability, CapabilitySet};
use homemaid_storage::{Installation as Row, OutboundRule, Version};

use crate::error::CoreError;
use crate::house::House;
use crate::installation::{Condition, Facts, Installation, NewInstallation, lock};
use crate::services::chain;
use crate::shelf::Stocked;
use crate::supervisor::Supervisor;
use crate::supervisor::plan::Status;

/// An installation with what belongs to it.
type Remembered = (Row, CapabilitySet, BTreeSet<Capability>, Vec<OutboundRule>);

/// Brings versions and installations to life. Nothing runs yet: guilds come from Discord.
pub(crate) async fn everything(house: &Arc<House>) -> Result<(), CoreError> {
    let rows = house.services.storage.read(|tx| tx.versions().list()).await?;
    let versions = house
        .blocking(move |house| {
            rows.into_iter()
                .filter_map(|row| version(house, row))
                .collect::<Vec<_>>()
        })
        .await
        .map_err(|_| CoreError::Internal)?;
    let mut by_hash = HashMap::new();
    // Each goes before the ones that are there, so the oldest comes first.
    for stocked in versions.into_iter().rev() {
        by_hash.insert(stocked.version.hash.clone(), Arc::clone(&stocked.version));
        house.shelf.put(stocked);
    }
    let remembered = house
        .services
        .storage
        .read(|tx| {
            let rows = tx.installations().list()?;
            rows.into_iter()
                .map(|row| {
                    let grants = tx.grants().of(&row.id)?;
                    let needed = tx
                        .requests()
                        .of(&row.id)?
                        .into_iter()
                        .map(|request| request.capability);
                    let needed = needed.collect();
                    let outbound = tx.outbound().of(&row.id)?;
                    Ok((row, grants, needed, outbound))
                })
                .collect::<Result<Vec<Remembered>, _>>()
        })
        .await?;
    *lock(&house.services.announced) = crate::needs::announced(&house.services.storage).await?;
    let origins = house.services.storage.read(|tx| tx.origins().list()).await?;
    house.services.discord.remember_origins(origins);
    // Also of those that are left out below: their data stays for a version that can be read.
    let rows: Vec<_> = remembered.iter().map(|(row, ..)| row.id.clone()).collect();
    house.services.storage.keep_metrics_of(&rows);
    house.services.tables.keep_only(rows).await;
    for (row, grants, needed, outbound) in remembered {
        let Some(version) = by_hash.get(&row.version) else {
            tracing::error!(installation = %row.id, hash = %row.version, "its version cannot be read; it is left out");
            continue;
        };
        let facts = Facts {
            version: Arc::clone(version),
            grants,
            enabled: row.enabled,
            owed: owed(&row),
            suspended: row.suspended.is_some(),
        };
        installation(house, &row, facts, needed).outbound.set(outbound);
    }
    Ok(())
}

/// Returns the lifecycle messages an installation is still owed.
pub(crate) fn owed(row: &Row) -> Vec<Lifecycle> {
    let install = (!row.installed).then_some(Lifecycle::Install);
    let enable = (!row.announced).then_some(Lifecycle::Enable);
    install.into_iter().chain(enable).collect()
}

/// Adds an installation to the house, with its supervisor.
pub(crate) fn installation(
    house: &Arc<House>,
    row: &Row,
    facts: Facts,
    needed: BTreeSet<Capability>,
) -> Arc<Installation> {
    let suspended = facts.enabled && facts.suspended;
    let condition = Condition {
        status: if suspended {
            Status::GaveUp
        } else {
            Status::Stopped
        },
        problem: row.suspended.clone().filter(|_| suspended),
    };
    let (installation, commands) = Installation::new(NewInstallation {
        id: row.id.clone(),
        installed_at: row.installed_at,
        facts,
        needed,
        condition,
        calls_per_second: house.services.options.calls_per_second,
        clock: house.services.clock.clone(),
        looks: Arc::clone(&house.looks),
    });
    Supervisor::spawn(house, &installation, commands);
    house.directory.add(Arc::clone(&installation));
    installation
}

/// Returns a version from the store. One whose files are damaged keeps its place, so that its installations are shown
/// with the reason why they do not start.
fn version(house: &House, row: Version) -> Option<Stocked> {
    let version = match house.packages.get(&row.hash) {
        Ok(Some(version)) => version,
        other => {
            let why = match other {
                Err(error) => chain(&error),
                Ok(_) => "it is missing".to_owned(),
            };
            tracing::error!(plugin = %row.plugin, hash = %row.hash, why, "a stored version cannot be used; upload it again");
            StoredVersion {
                tree: PathBuf::from("/nonexistent").join(row.hash.to_string()),
                hash: row.hash,
                manifest: Manifest::parse(row.manifest.to_string().as_bytes()).ok()?,
                entry: "__main__.py".to_owned(),
                findings: Vec::new(),
                zip_bytes: row.zip_bytes,
            }
        }
    };
    Some(Stocked {
        version: Arc::new(version),
        added_at: row.added_at,
    })
}
