//! Outages: a guild the bot cannot reach for a while, as now and then with Discord.

use serde_json::json;

use super::{Outcome, Scope, World};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;

impl World {
    /// Tells whether the gateway serves a guild.
    pub(crate) fn serves(&self, guild: Snowflake) -> bool {
        !self.unavailable.contains(&guild)
    }

    /// Takes a guild away from the gateway, or gives it back whole.
    pub(crate) fn set_available(&mut self, guild: Snowflake, available: bool) -> Outcome<()> {
        self.guild(guild)?;
        if available == self.serves(guild) {
            return Ok(());
        }
        if available {
            self.unavailable.remove(&guild);
            self.announce_guild(guild);
            return Ok(());
        }
        if self.bots_guild(guild).is_ok() {
            let data = json!({"id": guild, "unavailable": true});
            self.emit("GUILD_DELETE", Intents::GUILDS, Scope::Bot, &data);
        }
        self.unavailable.insert(guild);
        self.note("guild_unavailable", Some(guild), None, json!({}));
        Ok(())
    }
}
