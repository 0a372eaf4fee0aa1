//! The slash commands of each guild: registered anew whenever the effective set may have changed (zip §2.1).
//!
//! A guild is marked, and one task takes the marks: however many changes come while it works, one sync follows. What
//! Discord refuses for now is tried again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homemaid_discord::{PluginCommands, SyncReport};
use homemaid_protocol::{GuildId, InstallationId};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::house::House;
use crate::installation::lock;
use crate::view::CommandView;

/// The wait before a failed sync is tried again, unless Discord names a longer one.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Guilds whose commands may have changed.
#[derive(Debug, Default)]
pub(crate) struct CommandSync {
    marked: Mutex<BTreeSet<GuildId>>,
    woken: Notify,
}

impl CommandSync {
    /// Marks a guild.
    pub(crate) fn mark(&self, guild: GuildId) {
        lock(&self.marked).insert(guild);
        self.woken.notify_one();
    }

    fn take(&self) -> BTreeSet<GuildId> {
        std::mem::take(&mut *lock(&self.marked))
    }
}

/// Syncs marked guilds for ever.
pub(crate) async fn run(house: Arc<House>) {
    let (mut failed, mut again) = (BTreeSet::new(), None::<Instant>);
    loop {
        tokio::select! {
            () = house.syncer.woken.notified() => {}
            () = tokio::time::sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {
                again = None;
                lock(&house.syncer.marked).append(&mut failed);
            }
        }
        for guild in house.syncer.take() {
            if let Err(wait) = sync(&house, guild).await {
                failed.insert(guild);
                again = Some(Instant::now() + wait);
            }
        }
    }
}

/// Registers the commands of every installation that may respond; the oldest installation keeps a name two want.
async fn sync(house: &House, guild: GuildId) -> Result<(), Duration> {
    if !house.directory.is_present(guild) {
        return Ok(());
    }
    let installations = house.directory.of_guild(guild);
    let mut plugins = Vec::new();
    for installation in installations.iter() {
        let facts = installation.facts();
        if facts.responds() {
            let commands = facts.version.manifest.slash_commands.clone();
            plugins.push(PluginCommands {
                plugin: installation.id.plugin.clone(),
                commands,
            });
        } else {
            installation.set_registered(Vec::new());
        }
    }
    match house.services.discord.sync_commands(guild, plugins).await {
        Ok(report) => {
            for installation in installations
                .iter()
                .filter(|installation| installation.facts().responds())
            {
                installation.set_registered(outcome(&report, &installation.id));
            }
            Ok(())
        }
        Err(error) => {
            let wait = error
                .retry_after()
                .map_or(TRY_AGAIN, |seconds| TRY_AGAIN.max(Duration::from_secs(seconds)));
            tracing::warn!(%guild, %error, wait = wait.as_secs(), "commands could not be registered; trying again");
            Err(wait)
        }
    }
}

/// Returns what became of one installation's commands.
fn outcome(report: &SyncReport, id: &InstallationId) -> Vec<CommandView> {
    let registered = report
        .registered
        .iter()
        .filter(|command| command.plugin == id.plugin)
        .map(|command| CommandView {
            name: command.name.clone(),
            registered_as: Some(command.registered_as.clone()),
            problem: None,
        });
    let left_out = report
        .left_out
        .iter()
        .filter(|command| command.plugin == id.plugin)
        .map(|command| CommandView {
            name: command.name.clone(),
            registered_as: None,
            problem: Some(command.reason.clone()),
        });
    registered.chain(left_out).collect()
}
