//! Gateway intents: which events a session asked for.

use std::ops::BitOr;

/// A set of intents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Intents(pub(crate) u32);

impl Intents {
    /// Sent whatever was asked for.
    pub(crate) const ALWAYS: Self = Self(0);
    pub(crate) const GUILDS: Self = Self(1);
    pub(crate) const GUILD_MEMBERS: Self = Self(1 << 1);
    pub(crate) const GUILD_MODERATION: Self = Self(1 << 2);
    pub(crate) const GUILD_EXPRESSIONS: Self = Self(1 << 3);
    pub(crate) const GUILD_WEBHOOKS: Self = Self(1 << 5);
    pub(crate) const GUILD_INVITES: Self = Self(1 << 6);
    pub(crate) const GUILD_VOICE_STATES: Self = Self(1 << 7);
    pub(crate) const GUILD_PRESENCES: Self = Self(1 << 8);
    pub(crate) const GUILD_MESSAGES: Self = Self(1 << 9);
    pub(crate) const GUILD_MESSAGE_REACTIONS: Self = Self(1 << 10);
    pub(crate) const GUILD_MESSAGE_TYPING: Self = Self(1 << 11);
    pub(crate) const DIRECT_MESSAGES: Self = Self(1 << 12);
    pub(crate) const DIRECT_MESSAGE_REACTIONS: Self = Self(1 << 13);
    pub(crate) const DIRECT_MESSAGE_TYPING: Self = Self(1 << 14);
    pub(crate) const MESSAGE_CONTENT: Self = Self(1 << 15);
    /// Every intent Discord defines.
    const KNOWN: u64 = 0x1_FFFF | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

    /// Reads what a client sent; `None` when it has bits Discord does not define.
    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        (bits & !Self::KNOWN == 0).then(|| Self(u32::try_from(bits).expect("all known bits are below 32")))
    }

    /// Tells whether every intent of `other` is in.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether any intent of `other` is in, or nothing is needed.
    pub(crate) fn meets(self, other: Self) -> bool {
        other.0 == 0 || self.0 & other.0 != 0
    }
}

impl BitOr for Intents {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
