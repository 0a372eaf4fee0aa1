//! Which installations there are, and in which guilds the bot is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use homemaid_discord::GuildSummary;
use homemaid_protocol::{GuildId, InstallationId, PluginId};

use crate::installation::Installation;

/// All installations, by id and by guild, and the guilds.
#[derive(Debug, Default)]
pub(crate) struct Directory(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_id: BTreeMap<InstallationId, Arc<Installation>>,
    /// Replaced when it changes, so that the dispatcher copies a pointer for each event and no list.
    by_guild: HashMap<GuildId, Arc<[Arc<Installation>]>>,
    present: HashMap<GuildId, GuildSummary>,
}

impl Inner {
    /// Makes a guild's list anew, the oldest installation first.
    fn relist(&mut self, guild: GuildId) {
        let mut list: Vec<_> = self
            .by_id
            .values()
            .filter(|installation| installation.id.guild == guild)
            .cloned()
            .collect();
        list.sort_by_key(|installation| installation.installed_at);
        if list.is_empty() {
            self.by_guild.remove(&guild);
        } else {
            self.by_guild.insert(guild, list.into());
        }
    }
}

impl Directory {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an installation.
    pub(crate) fn add(&self, installation: Arc<Installation>) {
        let mut inner = self.write();
        let guild = installation.id.guild;
        inner.by_id.insert(installation.id.clone(), installation);
        inner.relist(guild);
    }

    /// Removes an installation.
    pub(crate) fn remove(&self, id: &InstallationId) {
        let mut inner = self.write();
        inner.by_id.remove(id);
        inner.relist(id.guild);
    }

    /// Returns an installation.
    pub(crate) fn get(&self, id: &InstallationId) -> Option<Arc<Installation>> {
        self.read().by_id.get(id).cloned()
    }

    /// Returns all installations, by plugin and guild.
    pub(crate) fn all(&self) -> Vec<Arc<Installation>> {
        self.read().by_id.values().cloned().collect()
    }

    /// Returns a guild's installations, the oldest first.
    pub(crate) fn of_guild(&self, guild: GuildId) -> Arc<[Arc<Installation>]> {
        self.read().by_guild.get(&guild).cloned().unwrap_or_default()
    }

    /// Returns a plugin's installations, by guild.
    pub(crate) fn of_plugin(&self, plugin: &PluginId) -> Vec<Arc<Installation>> {
        self.read()
            .by_id
            .values()
            .filter(|installation| installation.id.plugin == *plugin)
            .cloned()
            .collect()
    }

    /// The bot is in this guild; returns whether that is news.
    pub(crate) fn guild_came(&self, guild: GuildSummary) -> bool {
        self.write().present.insert(guild.id, guild).is_none()
    }

    /// The bot is no longer in this guild.
    pub(crate) fn guild_went(&self, guild: GuildId) {
        self.write().present.remove(&guild);
    }

    /// Returns whether the bot is in this guild.
    pub(crate) fn is_present(&self, guild: GuildId) -> bool {
        self.read().present.contains_key(&guild)
    }

    /// Returns a guild's name, when the bot is in it.
    pub(crate) fn guild_name(&self, guild: GuildId) -> Option<String> {
        self.read().present.get(&guild).map(|guild| guild.name.clone())
    }

    /// Returns the guilds the bot is in, by id.
    pub(crate) fn guilds(&self) -> Vec<GuildSummary> {
        let mut guilds: Vec<_> = self.read().present.values().cloned().collect();
        guilds.sort_by_key(|guild| guild.id);
        guilds
    }
}
