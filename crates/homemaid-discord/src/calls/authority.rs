//! Whether the bot may do what a call asks, told before Discord is asked (wire §7.2): its permissions in the place,
//! and the order of roles.
//!
//! What is not known is not refused: Discord has the last word, and its refusal is told in the same way.

use homemaid_protocol::RpcError;

use super::site::Site;
use crate::cache::{Guild, Me};
use crate::permission::{
    self, Allowed, MANAGE_MESSAGES, MANAGE_ROLES, MODERATE_MEMBERS, Need, Rank, VIEW_CHANNEL,
};

impl Site<'_> {
    /// Requires a permission in the guild as a whole.
    pub(super) fn require(&self, need: Need) -> Result<(), RpcError> {
        let allowed =
            self.look(|guild, me, timed_out| Some(permission::in_guild(guild, self.guild(), me, timed_out)));
        lacks_nothing(allowed, &[need])
    }

    /// Requires permissions in a channel or thread; to see it comes before all.
    pub(super) fn require_in(&self, channel: u64, needs: &[Need]) -> Result<(), RpcError> {
        let allowed = self.in_channel(channel);
        lacks_nothing(allowed, &[VIEW_CHANNEL])?;
        lacks_nothing(allowed, needs)
    }

    /// Requires what deleting a message takes: nothing for the bot's own, [`MANAGE_MESSAGES`] for any other.
    pub(super) fn require_to_delete(&self, channel: u64, message: u64) -> Result<(), RpcError> {
        let author = self
            .house
            .cache
            .message(message)
            .and_then(|message| message.author);
        let foreign = author.is_some_and(|author| Some(author) != self.house.cache.me());
        self.require_in(channel, if foreign { &[MANAGE_MESSAGES] } else { &[] })
    }

    /// Requires a permission, and that the bot stands above a member. Members of no guild stand below everybody.
    pub(super) async fn require_above(&self, user: u64, need: Need) -> Result<(), RpcError> {
        self.require(need)?;
        let roles = match self.roles_of(user).await {
            Ok(roles) => roles,
            // A user can be banned without being a member.
            Err(error) if need == permission::BAN_MEMBERS && error.status() == Some(404) => {
                self.notes.member(user);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let id = self.guild();
        let refusal = self.look(|guild, me, _| {
            let target = permission::rank(guild, id, user, &roles);
            if target == Rank::Owner {
                return Some("nobody can do this to the owner of the server");
            }
            if permission::rank(guild, id, me.id, &me.roles) <= target {
                return Some("the highest role of the bot must be above the highest role of the member");
            }
            let silenced = need == MODERATE_MEMBERS && permission::is_administrator(guild, id, user, &roles);
            silenced.then_some("administrators cannot be timed out")
        });
        refusal.map_or(Ok(()), |why| {
            Err(RpcError::bot_missing_permission_because(need.name, why))
        })
    }

    /// Requires that the bot may give and take a role: one below its own, neither `@everyone` nor a program's.
    pub(super) fn require_over_role(&self, role: u64) -> Result<(), RpcError> {
        self.require(MANAGE_ROLES)?;
        let id = self.guild();
        let refusal = self.look(|guild, me, _| {
            let known = guild.roles.get(&role)?;
            if role == id {
                return Some("everybody has the role @everyone, always");
            }
            if known.managed {
                return Some("the role belongs to a bot, to boosting or to another integration");
            }
            let below = permission::role_rank(role, known) < permission::rank(guild, id, me.id, &me.roles);
            (!below).then_some("the highest role of the bot must be above the role")
        });
        refusal.map_or(Ok(()), |why| {
            Err(RpcError::bot_missing_permission_because(MANAGE_ROLES.name, why))
        })
    }

    /// Returns what the bot may do in a channel, `None` when it cannot be told.
    pub(super) fn in_channel(&self, channel: u64) -> Option<Allowed> {
        self.look(|guild, me, timed_out| {
            let channel = guild.channels.get(&channel)?;
            Some(permission::in_channel(
                guild,
                self.guild(),
                me,
                channel,
                timed_out,
            ))
        })
    }

    /// Looks at the guild with the bot in it; the last argument says whether the bot is timed out now.
    fn look<T>(&self, look: impl FnOnce(&Guild, &Me, bool) -> Option<T>) -> Option<T> {
        let now = self.house.clock.now();
        let seen = self.house.cache.guild(self.guild(), |guild| {
            let me = guild.me.as_ref()?;
            look(guild, me, me.timed_out_until.is_some_and(|until| until > now))
        });
        seen.flatten()
    }
}

fn lacks_nothing(allowed: Option<Allowed>, needs: &[Need]) -> Result<(), RpcError> {
    let lacks = |need: &&Need| allowed.is_some_and(|allowed| !allowed.has(**need));
    match needs.iter().find(lacks) {
        Some(need) => Err(RpcError::bot_missing_permission(need.name)),
        None => Ok(()),
    }
}
