//! What the owner changes. Each change is on the disk before it takes effect, and one installation changes once at a
//! time.

use std::path::PathBuf;
use std::sync::Arc;

use homemaid_package::{IntakeError, IntakeOptions, StoredVersion};
use homemaid_protocol::message::Lifecycle;
use homemaid_protocol::{Capability, CapabilitySet, ContentHash, GuildId, InstallationId, PluginId};
use homemaid_storage::NewVersion;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::change::CoreEvent;
use crate::convert::{command_names, requested};
use crate::core::Core;
use crate::error::CoreError;
use crate::house::House;
use crate::installation::{Facts, Installation};
use crate::load;
use crate::shelf::Stocked;
use crate::supervisor::Command;
use crate::supervisor::plan::{Signal, StopWhy};
use crate::view::{FindingView, InstallationView, UploadReport};

/// What to install where.
#[derive(Debug, Clone)]
pub struct InstallRequest {
    /// Which plugin.
    pub plugin: PluginId,
    /// Which version; the newest when absent.
    pub version: Option<ContentHash>,
    /// In which guild.
    pub guild: GuildId,
    /// What the owner approves; nothing else is granted.
    pub grants: CapabilitySet,
    /// Start it right away.
    pub enable: bool,
    /// Who approves.
    pub by: String,
}

impl Core {
    /// Takes in a plugin zip; `manifest` is for early plugins that have none of their own.
    pub async fn upload(&self, zip: Vec<u8>, manifest: Option<Vec<u8>>) -> Result<UploadReport, CoreError> {
        self.take_in(move |house| house.packages.intake(&zip, &IntakeOptions { manifest }))
            .await
    }

    /// Takes in an unpacked plugin.
    pub async fn upload_folder(
        &self,
        folder: impl Into<PathBuf>,
        manifest: Option<Vec<u8>>,
    ) -> Result<UploadReport, CoreError> {
        let folder = folder.into();
        self.take_in(move |house| house.packages.intake_folder(&folder, &IntakeOptions { manifest }))
            .await
    }

    async fn take_in(
        &self,
        intake: impl FnOnce(&House) -> Result<StoredVersion, IntakeError> + Send + 'static,
    ) -> Result<UploadReport, CoreError> {
        let house = &self.0;
        house.check_not_draining()?;
        let version = Arc::new(house.blocking(intake).await.map_err(|_| CoreError::Internal)??);
        let mut findings: Vec<FindingView> = version.findings.iter().map(Into::into).collect();
        if let Err(problem) = house.compile(&version).await {
            findings.push(FindingView {
                severity: "warning".to_owned(),
                code: "not_compiled".to_owned(),
                message: problem,
                path: None,
                line: None,
                hint: Some("it runs all the same, but each start takes longer".to_owned()),
            });
        }
        let row = NewVersion {
            hash: version.hash.clone(),
            plugin: version.manifest.id.clone(),
            name: version.manifest.name.clone(),
            version: version.manifest.version.clone(),
            manifest: Value::Object(version.manifest.raw.clone()),
            findings: serde_json::to_value(&version.findings).map_err(|_| CoreError::Internal)?,
            zip_bytes: version.zip_bytes,
            added_by: "owner".to_owned(),
        };
        let new = house
            .services
            .storage
            .write(move |tx| tx.versions().add(&row))
            .await?;
        house.shelf.put(Stocked {
            version: Arc::clone(&version),
            added_at: house.services.clock.now(),
        });
        house.services.publish(|| CoreEvent::PluginsChanged);
        let manifest = &version.manifest;
        let what = format!("{} {} {}", manifest.id, manifest.version, version.hash);
        house.services.owner_did(None, "owner.upload", Some(what));
        Ok(UploadReport {
            plugin: manifest.id.to_string(),
            name: manifest.name.clone(),
            description: manifest.description.clone(),
            version: manifest.version.clone(),
            hash: version.hash.to_string(),
            known: !new,
            capabilities: requested(&version),
            unknown_capabilities: manifest.unknown_capabilities.clone(),
            proxy_domains: manifest.proxy_domains.clone(),
            commands: command_names(&version),
            findings,
        })
    }

    /// Removes a plugin with all its versions.
    pub async fn remove_plugin(&self, plugin: &PluginId) -> Result<(), CoreError> {
        let house = &self.0;
        house.check_not_draining()?;
        let _one = house.installing.lock().await;
        if house.shelf.versions(plugin).is_empty() {
            return Err(CoreError::NoSuchPlugin(plugin.clone()));
        }
        let installed = house.directory.of_plugin(plugin);
        if !installed.is_empty() {
            let guilds: Vec<_> = installed
                .iter()
                .map(|installation| installation.id.guild.to_string())
                .collect();
            return Err(CoreError::PluginInUse {
                plugin: plugin.clone(),
                guilds: guilds.join(", "),
            });
        }
        let row = plugin.clone();
        house
            .services
            .storage
            .write(move |tx| tx.plugins().remove(&row))
            .await?;
        house
            .services
            .owner_did(None, "owner.remove_plugin", Some(plugin.to_string()));
        let versions = house.shelf.take(plugin);
        house.services.publish(|| CoreEvent::PluginsChanged);
        house
            .blocking(move |house| {
                versions
                    .iter()
                    .try_for_each(|stocked| house.packages.remove(&stocked.version.hash))
            })
            .await
            .map_err(|_| CoreError::Internal)?
            .map_err(CoreError::Packages)
    }

    /// Installs a plugin in a guild. Where it is installed with another version, that is replaced: an upgrade, with
    /// the grants of this request.
    pub async fn install(&self, request: InstallRequest) -> Result<InstallationView, CoreError> {
        let house = &self.0;
        house.check_not_draining()?;
        let version = house.version(&request.plugin, request.version.as_ref())?;
        if !house.directory.is_present(request.guild) {
            return Err(CoreError::NoSuchGuild(request.guild));
        }
        let id = InstallationId::new(request.plugin, request.guild);
        let one = house.installing.lock().await;
        if let Some(installation) = house.directory.get(&id) {
            drop(one);
            if installation.facts().version.hash == version.hash {
                return Err(CoreError::AlreadyInstalled(id));
            }
            self.upgrade(&id, &version.hash).await?;
            let view = self.grant(&id, request.grants, &request.by).await?;
            return if request.enable {
                self.enable(&id).await
            } else {
                Ok(view)
            };
        }
        let (row, grants) = (
            homemaid_storage::NewInstallation {
                id: id.clone(),
                version: version.hash.clone(),
                enabled: request.enable,
                by: request.by.clone(),
            },
            request.grants.clone(),
        );
        let stored = house
            .services
            .storage
            .write(move |tx| {
                tx.installations().add(&row)?;
                tx.grants().set(&row.id, &grants, &row.by)?;
                tx.installations().get(&row.id)
            })
            .await?
            .ok_or(CoreError::Internal)?;
        let what = format!("version {}, granted {}", version.hash, names(&request.grants));
        house.services.owner_did(Some(&id), "owner.install", Some(what));
        let facts = Facts {
            version,
            grants: request.grants,
            enabled: stored.enabled,
            owed: load::owed(&stored),
            suspended: false,
        };
        let installation = load::installation(house, &stored, facts, [].into());
        drop(one);
        house.start_if_wanted(&installation).await;
        house.syncer.mark(id.guild);
        house.services.publish(|| CoreEvent::PluginsChanged);
        installation.changed();
        Ok(house.installation_view(&installation))
    }

    /// Changes the version an installation runs; its grants stay as they are (caps §3).
    pub async fn upgrade(
        &self,
        id: &InstallationId,
        version: &ContentHash,
    ) -> Result<InstallationView, CoreError> {
        self.change(id, async |house, installation| {
            let version = house.version(&id.plugin, Some(version))?;
            let (row, hash) = (id.clone(), version.hash.clone());
            house
                .services
                .storage
                .write(move |tx| tx.installations().set_version(&row, &hash))
                .await?;
            let what = Some(format!("version {}", version.hash));
            house.services.owner_did(Some(id), "owner.upgrade", what);
            installation.set_facts(|facts| facts.version = version);
            installation.signal(Signal::Refresh).await;
            house.syncer.mark(id.guild);
            Ok(())
        })
        .await
    }

    /// Switches an installation on; also starts one that is suspended.
    pub async fn enable(&self, id: &InstallationId) -> Result<InstallationView, CoreError> {
        self.change(id, async |house, installation| {
            let facts = installation.facts();
            if facts.enabled {
                return if facts.suspended {
                    house.services.owner_did(Some(id), "owner.enable", None);
                    house.lift_suspension(installation).await
                } else {
                    Ok(())
                };
            }
            let row = id.clone();
            house
                .services
                .storage
                .write(move |tx| tx.installations().set_enabled(&row, true))
                .await?;
            house.services.owner_did(Some(id), "owner.enable", None);
            installation.set_facts(|facts| {
                facts.enabled = true;
                facts.owed.retain(|owed| *owed != Lifecycle::Enable);
                facts.owed.push(Lifecycle::Enable);
                facts.suspended = false;
            });
            house.start_if_wanted(installation).await;
            house.syncer.mark(id.guild);
            Ok(())
        })
        .await
    }

    /// Switches an installation off: its disable handler runs, then the worker stops.
    pub async fn disable(&self, id: &InstallationId) -> Result<InstallationView, CoreError> {
        self.change(id, async |house, installation| {
            if !installation.facts().enabled {
                return Ok(());
            }
            let row = id.clone();
            house
                .services
                .storage
                .write(move |tx| tx.installations().set_enabled(&row, false))
                .await?;
            house.services.owner_did(Some(id), "owner.disable", None);
            installation.set_facts(|facts| facts.enabled = false);
            installation.signal(Signal::Stop(StopWhy::Disable)).await;
            house.syncer.mark(id.guild);
            Ok(())
        })
        .await
    }

    /// Gives an installation a fresh worker, whatever happened before.
    pub async fn restart(&self, id: &InstallationId) -> Result<InstallationView, CoreError> {
        self.change(id, async |house, installation| {
            let facts = installation.facts();
            if !facts.enabled {
                return Err(CoreError::SwitchedOff(id.clone()));
            }
            house.services.owner_did(Some(id), "owner.restart", None);
            if facts.suspended {
                return house.lift_suspension(installation).await;
            }
            installation.signal(Signal::Restart).await;
            Ok(())
        })
        .await
    }

    /// Makes `grants` the whole of what an installation may do. In force for the next call; a running worker is
    /// replaced, so that the list it was booted with is fresh.
    pub async fn grant(
        &self,
        id: &InstallationId,
        grants: CapabilitySet,
        by: &str,
    ) -> Result<InstallationView, CoreError> {
        self.change(id, async |house, installation| {
            let (row, set, by) = (id.clone(), grants.clone(), by.to_owned());
            let changed = house
                .services
                .storage
                .write(move |tx| tx.grants().set(&row, &set, &by))
                .await?;
            let before = installation.facts();
            installation.set_facts(|facts| facts.grants.clone_from(&grants));
            if changed {
                let (new, gone) = (
                    grants.difference(&before.grants),
                    before.grants.difference(&grants),
                );
                let what = format!("granted {}, revoked {}", listed(new), listed(gone));
                house.services.owner_did(Some(id), "owner.grant", Some(what));
                installation.signal(Signal::Refresh).await;
                house.syncer.mark(id.guild);
            }
            Ok(())
        })
        .await
    }

    /// Uninstalls: the plugin's uninstall handler runs (in a worker started for it, if there is none), then the
    /// installation and its data are removed. Goes on when the caller stops waiting.
    pub async fn uninstall(&self, id: &InstallationId) -> Result<(), CoreError> {
        let house = Arc::clone(&self.0);
        house.check_not_draining()?;
        let installation = house.find(id)?;
        let removal = house.services.tasks.spawn({
            let house = Arc::clone(&house);
            async move { remove(&house, &installation).await }
        });
        removal.await.map_err(|_| CoreError::Internal)?
    }

    /// Runs one change of one installation; a second one waits.
    async fn change(
        &self,
        id: &InstallationId,
        change: impl AsyncFnOnce(&Arc<House>, &Arc<Installation>) -> Result<(), CoreError>,
    ) -> Result<InstallationView, CoreError> {
        let house = &self.0;
        house.check_not_draining()?;
        let installation = house.find(id)?;
        let _one = installation.changing.lock().await;
        // It may have gone while this waited.
        house.find(id)?;
        change(house, &installation).await?;
        installation.changed();
        Ok(house.installation_view(&installation))
    }
}

async fn remove(house: &Arc<House>, installation: &Arc<Installation>) -> Result<(), CoreError> {
    let _one = installation.changing.lock().await;
    let id = &installation.id;
    house.find(id)?;
    let was_enabled = installation.facts().enabled;
    installation.set_facts(|facts| facts.enabled = false);
    house.syncer.mark(id.guild);
    let (done, rested) = oneshot::channel();
    let signal = Signal::Stop(StopWhy::Uninstall { was_enabled });
    installation
        .command(Command::Signal {
            signal,
            done: Some(done),
        })
        .await;
    // An error says that the supervisor is gone, which is rest too.
    let _ = rested.await;
    let row = id.clone();
    house
        .services
        .storage
        .write(move |tx| tx.installations().remove(&row))
        .await?;
    house.services.storage.metrics(id).forget();
    house.services.tables.forget(id).await;
    house.services.owner_did(Some(id), "owner.uninstall", None);
    house.directory.remove(id);
    installation.command(Command::End).await;
    house
        .services
        .publish(|| CoreEvent::InstallationRemoved { id: id.to_string() });
    house.services.publish(|| CoreEvent::PluginsChanged);
    Ok(())
}

/// Returns capabilities for a record.
fn names(capabilities: &CapabilitySet) -> String {
    listed(capabilities.iter())
}

fn listed<'c>(capabilities: impl Iterator<Item = &'c Capability>) -> String {
    let names: Vec<_> = capabilities.map(|capability| capability.name()).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(" ")
    }
}

impl House {
    /// Returns an installation.
    fn find(&self, id: &InstallationId) -> Result<Arc<Installation>, CoreError> {
        self.directory
            .get(id)
            .ok_or_else(|| CoreError::NoSuchInstallation(id.clone()))
    }

    /// Returns a version of a plugin, the newest when none is named.
    fn version(
        &self,
        plugin: &PluginId,
        hash: Option<&ContentHash>,
    ) -> Result<Arc<StoredVersion>, CoreError> {
        let versions = self.shelf.versions(plugin);
        let Some(newest) = versions.first() else {
            return Err(CoreError::NoSuchPlugin(plugin.clone()));
        };
        let Some(hash) = hash else {
            return Ok(Arc::clone(&newest.version));
        };
        versions
            .iter()
            .find(|stocked| stocked.version.hash == *hash)
            .map(|stocked| Arc::clone(&stocked.version))
            .ok_or_else(|| CoreError::NoSuchVersion {
                plugin: plugin.clone(),
                hash: hash.to_string(),
            })
    }

    pub(crate) fn check_not_draining(&self) -> Result<(), CoreError> {
        if self.draining.is_cancelled() {
            Err(CoreError::Stopping)
        } else {
            Ok(())
        }
    }

    /// Starts an installation that is enabled, not suspended, and whose guild the bot is in.
    pub(crate) async fn start_if_wanted(&self, installation: &Installation) {
        let facts = installation.facts();
        let wanted = facts.enabled && !facts.suspended && self.directory.is_present(installation.id.guild);
        if wanted && !self.draining.is_cancelled() {
            installation.signal(Signal::Start(facts.owed.clone())).await;
        }
    }

    async fn lift_suspension(&self, installation: &Installation) -> Result<(), CoreError> {
        let row = installation.id.clone();
        self.services
            .storage
            .write(move |tx| tx.installations().set_suspended(&row, None))
            .await?;
        installation.set_facts(|facts| facts.suspended = false);
        installation.set_condition(|condition| condition.problem = None);
        self.start_if_wanted(installation).await;
        Ok(())
    }
}
