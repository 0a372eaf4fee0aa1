//! What the bot may do: Discord's own algorithm over what is remembered of a guild, so that a missing permission is
//! named before Discord is asked (wire §7.2). No I/O.
//!
//! Base: `@everyone` and the bot's roles together. In a channel the overwrites follow: of `@everyone`, of its roles
//! together, of itself; a thread has its parent's. The owner and administrators may do everything. Who cannot see a
//! channel, or cannot enter a voice channel, can do nothing in it; who is timed out can only read.

use serenity::model::Permissions;

use crate::cache::{Channel, Guild, Me, Role};

/// A permission the bot needs for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Need {
    bits: Permissions,
    /// What plugins read in `SdkPermissionError.permission`.
    pub(crate) name: &'static str,
}

macro_rules! needs {
    ($($name:ident = $bits:expr, $text:literal;)*) => {
        $(pub(crate) const $name: Need = Need { bits: $bits, name: $text };)*
    };
}

needs! {
    VIEW_CHANNEL = Permissions::VIEW_CHANNEL, "view_channel";
    SEND_MESSAGES = Permissions::SEND_MESSAGES, "send_messages";
    SEND_IN_THREADS = Permissions::SEND_MESSAGES_IN_THREADS, "send_messages_in_threads";
    ATTACH_FILES = Permissions::ATTACH_FILES, "attach_files";
    EMBED_LINKS = Permissions::EMBED_LINKS, "embed_links";
    READ_HISTORY = Permissions::READ_MESSAGE_HISTORY, "read_message_history";
    MANAGE_MESSAGES = Permissions::MANAGE_MESSAGES, "manage_messages";
    PIN_MESSAGES = PIN_BIT, "pin_messages";
    ADD_REACTIONS = Permissions::ADD_REACTIONS, "add_reactions";
    MANAGE_CHANNELS = Permissions::MANAGE_CHANNELS, "manage_channels";
    MANAGE_ROLES = Permissions::MANAGE_ROLES, "manage_roles";
    MANAGE_THREADS = Permissions::MANAGE_THREADS, "manage_threads";
    CREATE_PUBLIC_THREADS = Permissions::CREATE_PUBLIC_THREADS, "create_public_threads";
    CREATE_PRIVATE_THREADS = Permissions::CREATE_PRIVATE_THREADS, "create_private_threads";
    MANAGE_WEBHOOKS = Permissions::MANAGE_WEBHOOKS, "manage_webhooks";
    KICK_MEMBERS = Permissions::KICK_MEMBERS, "kick_members";
    BAN_MEMBERS = Permissions::BAN_MEMBERS, "ban_members";
    MODERATE_MEMBERS = Permissions::MODERATE_MEMBERS, "moderate_members";
    MANAGE_NICKNAMES = Permissions::MANAGE_NICKNAMES, "manage_nicknames";
    CHANGE_NICKNAME = Permissions::CHANGE_NICKNAME, "change_nickname";
}

/// Newer than the library's list.
const PIN_BIT: Permissions = Permissions::from_bits_retain(1 << 51);

/// What is left to a member who is timed out.
const TIMED_OUT: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);
/// What nobody can do where it may not send.
const NEEDS_SEND: Permissions = Permissions::MENTION_EVERYONE
    .union(Permissions::SEND_TTS_MESSAGES)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::EMBED_LINKS);

/// Voice and stage: to do anything in there the door must be open.
const VOICE: [u64; 2] = [2, 13];

/// What a bot may do somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowed(Permissions);

impl Allowed {
    const EVERYTHING: Self = Self(Permissions::from_bits_retain(u64::MAX));

    /// Returns whether it may do this.
    pub(crate) fn has(self, need: Need) -> bool {
        self.0.contains(need.bits)
    }
}

/// Returns what the bot may do in the guild as a whole; `timed_out` says whether its own time-out still runs.
pub(crate) fn in_guild(guild: &Guild, id: u64, me: &Me, timed_out: bool) -> Allowed {
    let base = base(guild, id, &me.roles);
    if is_above_all(guild, me, base) {
        return Allowed::EVERYTHING;
    }
    Allowed(if timed_out { base & TIMED_OUT } else { base })
}

/// Returns what the bot may do in a channel or thread of the guild.
pub(crate) fn in_channel(guild: &Guild, id: u64, me: &Me, channel: &Channel, timed_out: bool) -> Allowed {
    let base = base(guild, id, &me.roles);
    if is_above_all(guild, me, base) {
        return Allowed::EVERYTHING;
    }
    let parent = channel.parent.filter(|_| channel.is_thread());
    let decides = parent
        .and_then(|parent| guild.channels.get(&parent))
        .unwrap_or(channel);
    let (mut everyone, mut roles, mut own) = (Change::default(), Change::default(), Change::default());
    for overwrite in &decides.overwrites {
        let change = Change {
            allow: Permissions::from_bits_retain(overwrite.allow),
            deny: Permissions::from_bits_retain(overwrite.deny),
        };
        match (overwrite.is_member, overwrite.target) {
            (false, target) if target == id => everyone = change,
            (false, target) if me.roles.contains(&target) => {
                roles.allow |= change.allow;
                roles.deny |= change.deny;
            }
            (true, target) if target == me.id => own = change,
            _ => {}
        }
    }
    let mut allowed = own.apply(roles.apply(everyone.apply(base)));
    if !allowed.contains(Permissions::VIEW_CHANNEL) {
        return Allowed(Permissions::empty());
    }
    if VOICE.contains(&decides.kind) && !allowed.contains(Permissions::CONNECT) {
        allowed &= Permissions::VIEW_CHANNEL;
    }
    // In a thread, sending is a permission of its own; the parent's says nothing.
    let send = if channel.is_thread() {
        Permissions::SEND_MESSAGES_IN_THREADS
    } else {
        Permissions::SEND_MESSAGES
    };
    if !allowed.contains(send) {
        allowed -= NEEDS_SEND;
    }
    Allowed(if timed_out { allowed & TIMED_OUT } else { allowed })
}

/// Where a member stands in the order of roles; higher is above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// By the highest role: its position, and of two in one position the older role.
    Role(i64, std::cmp::Reverse<u64>),
    /// The guild's owner.
    Owner,
}

/// Returns the rank of a user with these roles; without a role it is that of `@everyone`.
pub(crate) fn rank(guild: &Guild, id: u64, user: u64, roles: &[u64]) -> Rank {
    if guild.owner == Some(user) {
        return Rank::Owner;
    }
    let of = |role: &u64| guild.roles.get(role).map(|known| role_rank(*role, known));
    roles
        .iter()
        .filter_map(of)
        .max()
        .unwrap_or(Rank::Role(0, std::cmp::Reverse(id)))
}

/// Returns the rank of a role.
pub(crate) fn role_rank(id: u64, role: &Role) -> Rank {
    Rank::Role(role.position, std::cmp::Reverse(id))
}

/// Returns whether a user with these roles may do everything: nobody can time such a member out.
pub(crate) fn is_administrator(guild: &Guild, id: u64, user: u64, roles: &[u64]) -> bool {
    guild.owner == Some(user) || base(guild, id, roles).contains(Permissions::ADMINISTRATOR)
}

fn is_above_all(guild: &Guild, me: &Me, base: Permissions) -> bool {
    guild.owner == Some(me.id) || base.contains(Permissions::ADMINISTRATOR)
}

fn base(guild: &Guild, id: u64, roles: &[u64]) -> Permissions {
    let of = |role: &u64| guild.roles.get(role).map_or(0, |role| role.permissions);
    Permissions::from_bits_retain(roles.iter().map(of).fold(of(&id), |sum, bits| sum | bits))
}

#[derive(Clone, Copy)]
struct Change {
    allow: Permissions,
    deny: Permissions,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            allow: Permissions::empty(),
            deny: Permissions::empty(),
        }
    }
}

impl Change {
    fn apply(self, permissions: Permissions) -> Permissions {
        (permissions - self.deny) | self.allow
    }
}

#[cfg(test)]
#[path = "permission_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "permission_peer_tests.rs"]
mod peer_tests;
