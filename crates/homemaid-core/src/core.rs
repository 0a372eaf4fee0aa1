//! The handle on the house: start it, look into it, stop it. What the owner changes is in [`owner`](crate::owner).

use std::sync::Arc;

use homemaid_discord::{Discord, DiscordEvent};
use homemaid_egress::Egress;
use homemaid_package::PluginStore;
use homemaid_protocol::{Clock, InstallationId};
use homemaid_sandbox::Sandbox;
use homemaid_storage::Storage;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::change::CoreEvent;
use crate::error::CoreError;
use crate::house::House;
use crate::services::{CoreOptions, Services};
use crate::supervisor::Command;
use crate::supervisor::plan::{Signal, StopWhy};
use crate::view::{GuildView, InstallationView, PluginView, StatusView};
use crate::{dispatch, load, records};

/// What the house is built from.
#[derive(Debug)]
pub struct CoreParts {
    /// Where everything is remembered.
    pub storage: Storage,
    /// Where versions are kept.
    pub packages: PluginStore,
    /// Where workers run.
    pub sandbox: Sandbox,
    /// The connection to Discord.
    pub discord: Discord,
    /// What comes from it.
    pub events: mpsc::Receiver<DiscordEvent>,
    /// The plugins' way out.
    pub egress: Egress,
    /// What time it is.
    pub clock: Clock,
}

/// The house. A clone is the same one.
#[derive(Debug, Clone)]
pub struct Core(pub(crate) Arc<House>);

impl Core {
    /// Takes over the parts, and starts every enabled installation as soon as Discord shows its guild.
    pub async fn start(parts: CoreParts) -> Result<Self, CoreError> {
        Self::start_with(parts, CoreOptions::default()).await
    }

    /// Starts with other options.
    pub async fn start_with(parts: CoreParts, options: CoreOptions) -> Result<Self, CoreError> {
        let status = parts.discord.status();
        let services = Services::new(parts.storage, parts.discord, parts.egress, parts.clock, options);
        let house = House::new(services, parts.packages, parts.sandbox);
        load::everything(&house).await?;
        house.spawn("the dispatcher", dispatch::run(Arc::clone(&house), parts.events));
        house.spawn("the announcer", dispatch::announce(Arc::clone(&house)));
        house.spawn("the command sync", crate::commands::run(Arc::clone(&house)));
        house.spawn("the backups", crate::backup::run(Arc::clone(&house)));
        house.spawn(
            "the status watch",
            dispatch::watch_status(Arc::clone(&house), status),
        );
        house.spawn("the storage watch", records::watch_storage(Arc::clone(&house)));
        Ok(Self(house))
    }

    /// Returns the news from now on. A watcher that falls too far behind is told how many it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<CoreEvent> {
        self.0.services.subscribe()
    }

    /// Returns the plugins by id.
    pub fn plugins(&self) -> Vec<PluginView> {
        self.0.shelf.view(|plugin| {
            self.0
                .directory
                .of_plugin(plugin)
                .iter()
                .map(|installation| installation.id.to_string())
                .collect()
        })
    }

    /// Returns the installations by plugin and guild.
    pub fn installations(&self) -> Vec<InstallationView> {
        let installations = self.0.directory.all();
        installations
            .iter()
            .map(|installation| self.0.installation_view(installation))
            .collect()
    }

    /// Returns an installation, or `None`.
    pub fn installation(&self, id: &InstallationId) -> Option<InstallationView> {
        self.0
            .directory
            .get(id)
            .map(|installation| self.0.installation_view(&installation))
    }

    /// Waits until an installation looks as wanted; `None` when it is uninstalled meanwhile.
    pub async fn wait_for(
        &self,
        id: &InstallationId,
        wanted: impl Fn(&InstallationView) -> bool,
    ) -> Option<InstallationView> {
        let mut news = self.subscribe();
        loop {
            let view = self.installation(id)?;
            if wanted(&view) {
                return Some(view);
            }
            loop {
                match news.recv().await {
                    Ok(CoreEvent::InstallationChanged(changed)) if changed.id == view.id => break,
                    Ok(CoreEvent::InstallationRemoved { id }) if id == view.id => return None,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => break,
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        }
    }

    /// Returns whether nothing is under way for an installation: no event waits or is unacknowledged, no call runs.
    pub fn idle(&self, id: &InstallationId) -> bool {
        self.0
            .directory
            .get(id)
            .is_none_or(|installation| installation.is_idle())
    }

    /// Returns the guilds the bot is in, by id.
    pub fn guilds(&self) -> Vec<GuildView> {
        self.0.directory.guilds().into_iter().map(Into::into).collect()
    }

    /// Returns how the appliance is.
    pub fn status(&self) -> StatusView {
        self.0.status_view()
    }

    /// Returns one of the appliance's own settings.
    pub async fn setting_get(&self, key: &str) -> Result<Option<Value>, CoreError> {
        let key = key.to_owned();
        Ok(self
            .0
            .services
            .storage
            .read(move |tx| tx.settings().get(&key))
            .await?)
    }

    /// Stores one of the appliance's own settings; it is on the disk when this returns.
    pub async fn setting_put(&self, key: &str, value: Value) -> Result<(), CoreError> {
        let key = key.to_owned();
        Ok(self
            .0
            .services
            .storage
            .write(move |tx| tx.settings().put(&key, &value))
            .await?)
    }

    /// Forgets one of the appliance's own settings; returns whether it was there.
    pub async fn setting_del(&self, key: &str) -> Result<bool, CoreError> {
        let key = key.to_owned();
        Ok(self
            .0
            .services
            .storage
            .write(move |tx| tx.settings().del(&key))
            .await?)
    }

    /// Stops in peace: no more events and changes, unacknowledged events finish, every worker is stopped as the
    /// contract says (all at the same time), what is queued is written. [`Core::cut`] hurries it.
    pub async fn drain(&self) {
        let house = &self.0;
        house.draining.cancel();
        house.publish_status();
        let mut resting = Vec::new();
        for installation in house.directory.all() {
            let (done, rested) = oneshot::channel();
            installation
                .command(Command::Signal {
                    signal: Signal::Stop(StopWhy::Leave),
                    done: Some(done),
                })
                .await;
            resting.push((installation, rested));
        }
        for (installation, rested) in resting {
            tokio::select! {
                // An error says that the supervisor is gone, which is rest too.
                _ = rested => installation.command(Command::End).await,
                () = house.too_late() => {
                    tracing::error!(installation = %installation.id, "its worker is killed but not gone");
                }
            }
        }
        house.finish().await;
    }

    /// Kills every worker at once and ends what [`Core::drain`] waits for.
    pub fn cut(&self) {
        self.0.draining.cancel();
        self.0.cut.cancel();
    }

    /// Returns when a task of the house has died with a bug: the host should end then, and be started again.
    pub async fn broken(&self) {
        self.0.broken.cancelled().await;
    }
}
