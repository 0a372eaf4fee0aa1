//! Kicks and bans.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

impl World {
    /// Throws a member out of the guild.
    pub(crate) fn kick(&mut self, actor: Snowflake, guild: Snowflake, user: Snowflake) -> Outcome<()> {
        self.require_in_guild(guild, actor, Permissions::KICK_MEMBERS)?;
        self.member(guild, user)?;
        self.require_above(guild, actor, user)?;
        self.leave(guild, user)?;
        self.audit(guild, Some(actor), Deed::new(action::MEMBER_KICK, user));
        Ok(())
    }

    /// Bans a user, member or not.
    pub(crate) fn ban(&mut self, actor: Option<Snowflake>, guild: Snowflake, user: Snowflake) -> Outcome<()> {
        self.user(user)?;
        if let Some(actor) = actor {
            self.require_in_guild(guild, actor, Permissions::BAN_MEMBERS)?;
            self.require_above(guild, actor, user)?;
        }
        let reason = self.reason.clone();
        let bans = &mut self.guild_mut(guild)?.bans;
        if bans.contains_key(&user) {
            return Ok(());
        }
        if bans.len() >= limits::GUILD_BANS {
            return Err(ApiError::too_many_bans());
        }
        bans.insert(user, reason);
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
        self.audit(guild, actor, Deed::new(action::BAN_ADD, user));
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
        if self.guild_mut(guild)?.bans.remove(&user).is_none() {
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
        self.audit(guild, actor, Deed::new(action::BAN_REMOVE, user));
        Ok(())
    }

    /// Bans many users at once, and returns who was banned and who was not.
    pub(crate) fn bulk_ban(
        &mut self,
        actor: Snowflake,
        guild: Snowflake,
        users: &[Snowflake],
        delete_seconds: i64,
    ) -> Outcome<Value> {
        self.require_in_guild(guild, actor, Permissions::BAN_MEMBERS)?;
        self.require_in_guild(guild, actor, Permissions::MANAGE_GUILD)?;
        let (mut banned, mut failed) = (Vec::new(), Vec::new());
        for user in users {
            let already = self.guild(guild)?.bans.contains_key(user);
            if already || self.ban(Some(actor), guild, *user).is_err() {
                failed.push(*user);
                continue;
            }
            banned.push(*user);
            if delete_seconds > 0 {
                self.delete_messages_of(guild, *user, delete_seconds)?;
            }
        }
        if banned.is_empty() {
            return Err(ApiError::no_one_banned());
        }
        Ok(json!({"banned_users": banned, "failed_users": failed}))
    }

    /// Returns Discord's ban object.
    pub(crate) fn ban_json(&self, user: Snowflake, reason: Option<&str>) -> Value {
        json!({"user": self.user_json(user), "reason": reason})
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
