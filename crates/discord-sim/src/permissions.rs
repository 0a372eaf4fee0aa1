//! Permission bits and Discord's algorithm for what a member may do in a channel.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of permission bits. In JSON it is a decimal string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(pub u64);

macro_rules! permissions {
    ($($name:ident = $bit:literal,)*) => {
        impl Permissions {
            $(#[doc = concat!("Discord's `", stringify!($name), "`.")] pub const $name: Self = Self(1 << $bit);)*
            /// Every permission there is.
            pub const ALL: Self = Self($(1 << $bit)|*);
            /// The permissions by name, in bit order.
            pub const NAMES: &[(&str, Self)] = &[$((stringify!($name), Self::$name),)*];
        }
    };
}

permissions! {
    CREATE_INSTANT_INVITE = 0,
    KICK_MEMBERS = 1,
    BAN_MEMBERS = 2,
    ADMINISTRATOR = 3,
    MANAGE_CHANNELS = 4,
    MANAGE_GUILD = 5,
    ADD_REACTIONS = 6,
    VIEW_AUDIT_LOG = 7,
    PRIORITY_SPEAKER = 8,
    STREAM = 9,
    VIEW_CHANNEL = 10,
    SEND_MESSAGES = 11,
    SEND_TTS_MESSAGES = 12,
    MANAGE_MESSAGES = 13,
    EMBED_LINKS = 14,
    ATTACH_FILES = 15,
    READ_MESSAGE_HISTORY = 16,
    MENTION_EVERYONE = 17,
    USE_EXTERNAL_EMOJIS = 18,
    VIEW_GUILD_INSIGHTS = 19,
    CONNECT = 20,
    SPEAK = 21,
    MUTE_MEMBERS = 22,
    DEAFEN_MEMBERS = 23,
    MOVE_MEMBERS = 24,
    USE_VAD = 25,
    CHANGE_NICKNAME = 26,
    MANAGE_NICKNAMES = 27,
    MANAGE_ROLES = 28,
    MANAGE_WEBHOOKS = 29,
    MANAGE_GUILD_EXPRESSIONS = 30,
    USE_APPLICATION_COMMANDS = 31,
    REQUEST_TO_SPEAK = 32,
    MANAGE_EVENTS = 33,
    MANAGE_THREADS = 34,
    CREATE_PUBLIC_THREADS = 35,
    CREATE_PRIVATE_THREADS = 36,
    USE_EXTERNAL_STICKERS = 37,
    SEND_MESSAGES_IN_THREADS = 38,
    USE_EMBEDDED_ACTIVITIES = 39,
    MODERATE_MEMBERS = 40,
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 41,
    USE_SOUNDBOARD = 42,
    CREATE_GUILD_EXPRESSIONS = 43,
    CREATE_EVENTS = 44,
    USE_EXTERNAL_SOUNDS = 45,
    SEND_VOICE_MESSAGES = 46,
    SEND_POLLS = 49,
    USE_EXTERNAL_APPS = 50,
    PIN_MESSAGES = 51,
    BYPASS_SLOWMODE = 52,
}

impl Permissions {
    /// No permission at all.
    pub const NONE: Self = Self(0);
    /// What a member who is timed out keeps.
    const TIMED_OUT: Self = Self(Self::VIEW_CHANNEL.0 | Self::READ_MESSAGE_HISTORY.0);
    /// What nobody can do where they may not send.
    const NEEDS_SEND: Self = Self(
        Self::MENTION_EVERYONE.0 | Self::SEND_TTS_MESSAGES.0 | Self::ATTACH_FILES.0 | Self::EMBED_LINKS.0,
    );

    /// Tells whether every bit of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the bit with Discord's name, for example `SEND_MESSAGES`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, bit)| *bit)
    }

    /// Returns the names of the bits that are set.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES
            .iter()
            .filter(|(_, bit)| self.has(*bit))
            .map(|(name, _)| *name)
            .collect()
    }
}

impl BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Permissions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Permissions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Permissions {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Permissions {
    /// Accepts a decimal string, a number, or a list of names.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
            Names(Vec<String>),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(bits) => Ok(Self(bits)),
            Either::Text(text) if text == "ALL" => Ok(Self::ALL),
            Either::Text(text) => text.parse().map(Self).map_err(serde::de::Error::custom),
            Either::Names(names) => names.iter().try_fold(Self::NONE, |sum, name| {
                Self::by_name(name)
                    .map(|bit| sum | bit)
                    .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is not a permission")))
            }),
        }
    }
}

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
}

/// Returns what a member may do in the guild as a whole.
pub(crate) fn in_guild(standing: &Standing) -> Permissions {
    let granted = standing
        .roles
        .iter()
        .fold(standing.everyone, |sum, role| sum | *role);
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
    let base = standing
        .roles
        .iter()
        .fold(standing.everyone, |sum, role| sum | *role);
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
    if !permissions.has(Permissions::SEND_MESSAGES) {
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

    #[test]
    fn names_and_bits_agree_with_discord() {
        assert_eq!(
            Permissions::by_name("USE_APPLICATION_COMMANDS"),
            Some(Permissions(2_147_483_648))
        );
        assert_eq!(Permissions::MODERATE_MEMBERS.0, 1_099_511_627_776);
        let parsed: Permissions = serde_json::from_str(r#"["SEND_MESSAGES","VIEW_CHANNEL"]"#).unwrap();
        assert_eq!(serde_json::to_string(&parsed).unwrap(), "\"3072\"");
        assert!(serde_json::from_str::<Permissions>(r#"["FLY"]"#).is_err());
    }
}
