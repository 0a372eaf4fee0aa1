//! What comes out of this crate: events for plugins, and news about guilds for the host.

use homemaid_protocol::{Event, GuildId, PluginId};
use serde::Serialize;

/// A guild as the owner picks it from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuildSummary {
    /// The guild's id.
    pub id: GuildId,
    /// Its name.
    pub name: String,
    /// The hash of its icon.
    pub icon: Option<String>,
    /// Who owns it.
    pub owner_id: Option<String>,
    /// How many members it has.
    pub member_count: u64,
    /// False while Discord itself has an outage for this guild.
    pub available: bool,
}

/// Which installations of the guild an event is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Every enabled installation.
    Everyone,
    /// The plugin that registered the command, made the message or opened the modal.
    Plugin(PluginId),
    /// An interaction of unknown origin: every enabled plugin with `interaction:respond`, the first answer wins.
    Responders,
}

/// One thing that happened, in Discord's order.
#[derive(Debug, Clone)]
pub enum DiscordEvent {
    /// The bot is in this guild, or what we know about the guild changed.
    GuildAvailable(GuildSummary),
    /// The bot is no longer in this guild.
    GuildGone(GuildId),
    /// Something for plugins.
    Event {
        /// The event with its payload (events.md).
        event: Event,
        /// Whom it is for.
        route: Route,
    },
}
