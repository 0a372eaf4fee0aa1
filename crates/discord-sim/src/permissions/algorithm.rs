//! Discord's algorithm for what a member may do in a guild and in a channel.

use super::Permissions;
use crate::id::Snowflake;

/// What an overwrite allows and denies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AllowDeny {
    pub(crate) allow: Permissions,
    pub(crate) deny: Permissions,
}

/// What decides over a member's permissions, gathered by the caller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    pub(crate) owner: bool,
    pub(crate) timed_out: bool,
    /// Of the role `@everyone`.
    pub(crate) everyone: Permissions,
    /// Of the member's own roles.
    pub(crate) roles: Vec<Permissions>,
}

/// The overwrites of one channel that concern one member.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) everyone: AllowDeny,
    pub(crate) roles: Vec<AllowDeny>,
    pub(crate) member: AllowDeny,
    /// Whether the channel is a voice or stage channel.
    pub(crate) voice: bool,
    /// Whether the question is about a thread of the channel.
    pub(crate) thread: bool,
}

/// What an overwrite of a channel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) id: Snowflake,
    pub(crate) member: bool,
}

impl Overrides {
    /// Takes in one overwrite of the channel, if it concerns a member with these roles.
    pub(crate) fn take(
        &mut self,
        aim: Aim,
        rule: AllowDeny,
        everyone: Snowflake,
        user: Snowflake,
        roles: &[Snowflake],
    ) {
        if aim.member {
            if aim.id == user {
                self.member = rule;
            }
        } else if aim.id == everyone {
            self.everyone = rule;
        } else if roles.contains(&aim.id) {
            self.roles.push(rule);
        }
    }
}

/// Returns what a member's roles grant together, before anything else is asked.
fn base(standing: &Standing) -> Permissions {
    standing
        .roles
        .iter()
        .fold(standing.everyone, |sum, role| sum | *role)
}

/// Returns what a member may do in the guild as a whole.
pub(crate) fn in_guild(standing: &Standing) -> Permissions {
    let granted = base(standing);
    if standing.owner || granted.has(Permissions::ADMINISTRATOR) {
        return Permissions::ALL;
    }
    if standing.timed_out {
        granted & Permissions::TIMED_OUT
    } else {
        granted
    }
}

/// Returns what a member may do in a channel: Discord's documented algorithm with its implicit denials.
pub(crate) fn in_channel(standing: &Standing, overrides: &Overrides) -> Permissions {
    let base = base(standing);
    if standing.owner || base.has(Permissions::ADMINISTRATOR) {
        return Permissions::ALL;
    }
    let apply = |permissions: Permissions, rule: AllowDeny| (permissions & !rule.deny) | rule.allow;
    let roles = overrides
        .roles
        .iter()
        .fold(AllowDeny::default(), |sum, rule| AllowDeny {
            allow: sum.allow | rule.allow,
            deny: sum.deny | rule.deny,
        });
    let mut permissions = apply(apply(apply(base, overrides.everyone), roles), overrides.member);
    if !permissions.has(Permissions::VIEW_CHANNEL) {
        return Permissions::NONE;
    }
    if overrides.voice && !permissions.has(Permissions::CONNECT) {
        // Text in voice, and everything else in there, needs the door to be open.
        permissions = permissions & Permissions::VIEW_CHANNEL;
    }
    // In a thread, sending is a permission of its own; the parent's says nothing.
    let send = if overrides.thread {
        Permissions::SEND_MESSAGES_IN_THREADS
    } else {
        Permissions::SEND_MESSAGES
    };
    if !permissions.has(send) {
        permissions = permissions & !Permissions::NEEDS_SEND;
    }
    if standing.timed_out {
        permissions & Permissions::TIMED_OUT
    } else {
        permissions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW_SEND: Permissions = Permissions(Permissions::VIEW_CHANNEL.0 | Permissions::SEND_MESSAGES.0);

    fn deny(deny: Permissions) -> AllowDeny {
        AllowDeny {
            allow: Permissions::NONE,
            deny,
        }
    }

    fn allow(allow: Permissions) -> AllowDeny {
        AllowDeny {
            allow,
            deny: Permissions::NONE,
        }
    }

    fn member() -> Standing {
        Standing {
            everyone: VIEW_SEND | Permissions::EMBED_LINKS,
            ..Standing::default()
        }
    }

    #[test]
    fn owner_and_administrator_pass_every_overwrite() {
        let closed = Overrides {
            everyone: deny(Permissions::ALL),
            member: deny(Permissions::ALL),
            ..Overrides::default()
        };
        let owner = Standing {
            owner: true,
            ..member()
        };
        let admin = Standing {
            roles: vec![Permissions::ADMINISTRATOR],
            ..member()
        };
        assert_eq!(in_channel(&owner, &closed), Permissions::ALL);
        assert_eq!(in_channel(&admin, &closed), Permissions::ALL);
    }

    #[test]
    fn a_role_that_allows_beats_another_that_denies() {
        let overrides = Overrides {
            roles: vec![
                deny(Permissions::SEND_MESSAGES),
                allow(Permissions::SEND_MESSAGES),
            ],
            ..Overrides::default()
        };
        assert!(in_channel(&member(), &overrides).has(Permissions::SEND_MESSAGES));
    }

    #[test]
    fn the_members_own_overwrite_has_the_last_word() {
        let overrides = Overrides {
            everyone: allow(Permissions::SEND_MESSAGES),
            roles: vec![allow(Permissions::SEND_MESSAGES)],
            member: deny(Permissions::SEND_MESSAGES),
            ..Overrides::default()
        };
        let permissions = in_channel(&member(), &overrides);
        assert!(!permissions.has(Permissions::SEND_MESSAGES));
        assert!(
            !permissions.has(Permissions::EMBED_LINKS),
            "nothing to embed in where nothing can be sent"
        );
        assert!(permissions.has(Permissions::VIEW_CHANNEL));
    }

    #[test]
    fn an_unseen_channel_allows_nothing() {
        let overrides = Overrides {
            everyone: deny(Permissions::VIEW_CHANNEL),
            ..Overrides::default()
        };
        assert_eq!(in_channel(&member(), &overrides), Permissions::NONE);
    }

    #[test]
    fn a_thread_asks_for_its_own_permission_to_send() {
        let overrides = Overrides {
            everyone: deny(Permissions::SEND_MESSAGES),
            thread: true,
            ..Overrides::default()
        };
        let mut chatty = member();
        assert!(!in_channel(&chatty, &overrides).has(Permissions::EMBED_LINKS));
        chatty.everyone |= Permissions::SEND_MESSAGES_IN_THREADS;
        assert!(in_channel(&chatty, &overrides).has(Permissions::EMBED_LINKS));
    }

    #[test]
    fn a_time_out_leaves_reading_only_and_spares_administrators() {
        let quiet = Standing {
            timed_out: true,
            ..member()
        };
        assert_eq!(
            in_channel(&quiet, &Overrides::default()),
            Permissions::VIEW_CHANNEL
        );
        assert_eq!(in_guild(&quiet), Permissions::VIEW_CHANNEL);
        let admin = Standing {
            roles: vec![Permissions::ADMINISTRATOR],
            ..quiet
        };
        assert_eq!(in_guild(&admin), Permissions::ALL);
    }
}
