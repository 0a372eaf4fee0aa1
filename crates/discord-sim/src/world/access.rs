//! Who may do what where: gathers what `permissions` decides on.

use super::channel::{Channel, Target, kind};
use super::{Outcome, World};
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::permissions::Permissions;
use crate::permissions::algorithm::{Aim, AllowDeny, Overrides, Standing, in_channel, in_guild};

/// What participants of a direct message may do there.
const DIRECT: Permissions = Permissions(
    Permissions::VIEW_CHANNEL.0
        | Permissions::SEND_MESSAGES.0
        | Permissions::READ_MESSAGE_HISTORY.0
        | Permissions::ADD_REACTIONS.0
        | Permissions::EMBED_LINKS.0
        | Permissions::ATTACH_FILES.0
        | Permissions::USE_EXTERNAL_EMOJIS.0
        | Permissions::USE_APPLICATION_COMMANDS.0,
);

impl World {
    fn standing(&self, guild: Snowflake, user: Snowflake) -> Option<Standing> {
        let guild = self.guilds.get(&guild)?;
        let member = guild.members.get(&user)?;
        Some(Standing {
            owner: guild.owner == user,
            timed_out: member.timed_out_until.is_some_and(|until| until > self.now()),
            everyone: guild
                .roles
                .get(&guild.id)
                .map(|role| role.permissions)
                .unwrap_or_default(),
            roles: member
                .roles
                .iter()
                .filter_map(|id| guild.roles.get(id))
                .map(|role| role.permissions)
                .collect(),
        })
    }

    /// Returns what a user may do in the guild as a whole; nothing when it is no member.
    pub(crate) fn guild_permissions(&self, guild: Snowflake, user: Snowflake) -> Permissions {
        self.standing(guild, user)
            .map(|standing| in_guild(&standing))
            .unwrap_or_default()
    }

    /// Returns what a user may do in a channel; nothing when it is no member.
    pub(crate) fn permissions_in(&self, channel: &Channel, user: Snowflake) -> Permissions {
        let Some(guild_id) = channel.guild else {
            return if channel.recipients.contains(&user) {
                DIRECT
            } else {
                Permissions::NONE
            };
        };
        let Some(standing) = self.standing(guild_id, user) else {
            return Permissions::NONE;
        };
        // A thread has its parent's overwrites.
        let decides = if channel.is_thread() {
            channel
                .parent
                .and_then(|parent| self.channels.get(&parent))
                .unwrap_or(channel)
        } else {
            channel
        };
        let roles = self.guilds[&guild_id]
            .members
            .get(&user)
            .map(|member| member.roles.as_slice())
            .unwrap_or_default();
        let mut overrides = Overrides {
            voice: decides.is_voice(),
            thread: channel.is_thread(),
            ..Overrides::default()
        };
        for overwrite in &decides.overwrites {
            let rule = AllowDeny {
                allow: overwrite.allow,
                deny: overwrite.deny,
            };
            let aim = Aim {
                id: overwrite.id,
                member: overwrite.target == Target::Member,
            };
            overrides.take(aim, rule, guild_id, user, roles);
        }
        let permissions = in_channel(&standing, &overrides);
        // A private thread is there for its members, and for those who manage threads.
        let outside = channel.kind == kind::PRIVATE_THREAD
            && !permissions.has(Permissions::MANAGE_THREADS)
            && !channel
                .thread
                .as_ref()
                .is_some_and(|thread| thread.members.contains_key(&user));
        if outside { Permissions::NONE } else { permissions }
    }

    /// Returns a channel the user can see: 10003 when there is none, 50001 when it is hidden.
    pub(crate) fn visible_channel(&self, id: Snowflake, user: Snowflake) -> Outcome<&Channel> {
        let channel = self.channel(id)?;
        if self.permissions_in(channel, user).has(Permissions::VIEW_CHANNEL) {
            Ok(channel)
        } else {
            Err(ApiError::missing_access())
        }
    }

    /// Returns a channel in which the user has `needed`: 50001 when it is hidden, 50013 when a permission lacks.
    pub(crate) fn require_in(
        &self,
        id: Snowflake,
        user: Snowflake,
        needed: Permissions,
    ) -> Outcome<&Channel> {
        let channel = self.visible_channel(id, user)?;
        if self.permissions_in(channel, user).has(needed) {
            Ok(channel)
        } else {
            Err(ApiError::missing_permissions())
        }
    }

    /// Checks that a member has `needed` in the guild as a whole.
    pub(crate) fn require_in_guild(
        &self,
        guild: Snowflake,
        user: Snowflake,
        needed: Permissions,
    ) -> Outcome<()> {
        let members = &self.guild(guild)?.members;
        if !members.contains_key(&user) {
            return Err(ApiError::missing_access());
        }
        if self.guild_permissions(guild, user).has(needed) {
            Ok(())
        } else {
            Err(ApiError::missing_permissions())
        }
    }
}
