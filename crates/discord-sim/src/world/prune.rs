//! Pruning: members without roles who have not been seen for days.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::{Outcome, World};
use crate::id::Snowflake;
use crate::permissions::Permissions;

impl World {
    /// Returns whom a prune would remove: seen last (by a message, or by joining) more than `days` ago, with no
    /// role but those of `include`.
    pub(crate) fn prunable(
        &self,
        actor: Snowflake,
        guild_id: Snowflake,
        days: i64,
        include: &[Snowflake],
    ) -> Outcome<Vec<Snowflake>> {
        self.require_in_guild(guild_id, actor, Permissions::KICK_MEMBERS)?;
        self.require_in_guild(guild_id, actor, Permissions::MANAGE_GUILD)?;
        let guild = self.guild(guild_id)?;
        let since = self
            .now()
            .saturating_sub(SignedDuration::from_hours(24 * days))
            .unwrap_or_default();
        let mut gone: Vec<Snowflake> = guild
            .members
            .values()
            .filter(|member| member.user != guild.owner && member.joined_at < since)
            .filter(|member| member.roles.iter().all(|role| include.contains(role)))
            .filter(|member| self.users.get(&member.user).is_some_and(|user| !user.bot))
            .map(|member| member.user)
            .collect();
        let wrote = |user: &Snowflake| {
            self.channels
                .values()
                .filter(|channel| channel.guild == Some(guild_id))
                .flat_map(|channel| channel.messages.values())
                .any(|message| message.author == *user && message.at >= since)
        };
        gone.retain(|user| !wrote(user));
        Ok(gone)
    }

    /// Removes them, and returns how many there were.
    pub(crate) fn prune(
        &mut self,
        actor: Snowflake,
        guild: Snowflake,
        days: i64,
        include: &[Snowflake],
    ) -> Outcome<Value> {
        let gone = self.prunable(actor, guild, days, include)?;
        for user in &gone {
            self.leave(guild, *user)?;
        }
        let deed = Deed::new(action::MEMBER_PRUNE, None)
            .option("delete_member_days", days)
            .option("members_removed", gone.len());
        self.audit(guild, Some(actor), deed);
        Ok(json!(gone.len()))
    }
}
