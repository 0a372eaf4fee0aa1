//! Kicks and bans.

use serde_json::{Value, json};

use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::permissions::Permissions;

impl World {
    /// Throws a member out of the guild.
    pub(crate) fn kick(&mut self, actor: Snowflake, guild: Snowflake, user: Snowflake) -> Outcome<()> {
        self.require_in_guild(guild, actor, Permissions::KICK_MEMBERS)?;
        self.member(guild, user)?;
        self.require_above(guild, actor, user)?;
        self.leave(guild, user)
    }

    /// Bans a user, member or not.
    pub(crate) fn ban(&mut self, actor: Option<Snowflake>, guild: Snowflake, user: Snowflake) -> Outcome<()> {
        self.user(user)?;
        if let Some(actor) = actor {
            self.require_in_guild(guild, actor, Permissions::BAN_MEMBERS)?;
            self.require_above(guild, actor, user)?;
        }
        if !self.guild_mut(guild)?.bans.insert(user) {
            return Ok(());
        }
        if self.guild(guild)?.members.contains_key(&user) {
            self.leave(guild, user)?;
        }
        let data = json!({"guild_id": guild, "user": self.user_json(user)});
        self.emit(
            "GUILD_BAN_ADD",
            Intents::GUILD_MODERATION,
            Scope::Guild(guild),
            &data,
        );
        self.note("ban_add", Some(guild), None, json!({"user_id": user}));
        Ok(())
    }

    /// Lifts a ban.
    pub(crate) fn unban(
        &mut self,
        actor: Option<Snowflake>,
        guild: Snowflake,
        user: Snowflake,
    ) -> Outcome<()> {
        if let Some(actor) = actor {
            self.require_in_guild(guild, actor, Permissions::BAN_MEMBERS)?;
        }
        if !self.guild_mut(guild)?.bans.remove(&user) {
            return Err(ApiError::unknown_ban());
        }
        let data = json!({"guild_id": guild, "user": self.user_json(user)});
        self.emit(
            "GUILD_BAN_REMOVE",
            Intents::GUILD_MODERATION,
            Scope::Guild(guild),
            &data,
        );
        self.note("ban_remove", Some(guild), None, json!({"user_id": user}));
        Ok(())
    }

    /// Returns Discord's ban object.
    pub(crate) fn ban_json(&self, user: Snowflake) -> Value {
        json!({"user": self.user_json(user), "reason": null})
    }

    fn require_above(&self, guild: Snowflake, actor: Snowflake, user: Snowflake) -> Outcome<()> {
        let guild = self.guild(guild)?;
        if guild.rank(actor) > guild.rank(user) {
            Ok(())
        } else {
            Err(ApiError::missing_permissions())
        }
    }
}
