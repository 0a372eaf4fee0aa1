//! Capabilities and their tiers (caps §1, §2).

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much harm a capability can do, and so how the owner is asked for it (caps §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Pre-ticked at install.
    Safe,
    /// Shown with an explanation, ticked by the owner.
    Risky,
    /// Ticked one by one.
    Dangerous,
}

/// A set of capabilities, in name order.
pub type CapabilitySet = BTreeSet<Capability>;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $tier:ident;)*) => {
        /// A capability the host knows. Unknown names in a manifest become findings, never capabilities.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum Capability {
            $($(#[$doc])* $variant,)*
        }

        impl Capability {
            /// Every capability, by tier and then as the contract lists them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name in manifests and on the wire, for example `storage:kv`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the tier (caps §1).
            pub const fn tier(self) -> Tier {
                match self { $(Self::$variant => Tier::$tier,)* }
            }
        }
    };
}

capabilities! {
    /// `ctx.kv`.
    StorageKv = "storage:kv", Safe;
    /// `send_message`, `execute_webhook`.
    SendMessage = "discord:send_message", Safe;
    /// `edit_message`, `pin_message`, `unpin_message`.
    EditMessage = "discord:edit_message", Safe;
    /// `add_reaction`.
    AddReaction = "discord:add_reaction", Safe;
    /// Reading messages, guild, channels, members and roles.
    Read = "discord:read", Safe;
    /// Answering and receiving interactions.
    InteractionRespond = "interaction:respond", Safe;
    /// `ctx.http`.
    ProxyHttp = "proxy:http", Safe;
    /// Deleting messages, one or many.
    DeleteMessage = "discord:delete_message", Risky;
    /// Channels, overwrites and threads.
    ManageChannels = "discord:manage_channels", Risky;
    /// Creating and deleting webhooks.
    ManageWebhooks = "discord:manage_webhooks", Risky;
    /// `ctx.sql`; always its own explicit tick.
    StorageSql = "storage:sql", Risky;
    /// `ctx.secrets` (beyond the seeds).
    StorageSecrets = "storage:secrets", Risky;
    /// Message text, when the owner's strict message privacy is on (caps §2).
    MessageContent = "events:message_content", Risky;
    /// Time-outs and nicknames.
    ModerateMembers = "discord:moderate_members", Dangerous;
    /// Kicking.
    KickMembers = "discord:kick_members", Dangerous;
    /// Banning and unbanning.
    BanMembers = "discord:ban_members", Dangerous;
    /// Adding and removing roles.
    ManageRoles = "discord:manage_roles", Dangerous;
    /// `ctx.ws` (beyond the seeds).
    ProxyWebsocket = "proxy:websocket", Dangerous;
}

/// By name, so that sets are listed as the contract wants them: sorted.
impl Ord for Capability {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Capability {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Capability> for &'static str {
    fn from(capability: Capability) -> Self {
        capability.name()
    }
}

/// A name that is not a capability this host knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a capability this host knows")]
pub struct UnknownCapability(pub String);

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(name: &str) -> Result<Self, UnknownCapability> {
        Self::ALL
            .iter()
            .copied()
            .find(|capability| capability.name() == name)
            .ok_or_else(|| UnknownCapability(name.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Capability {
    type Error = UnknownCapability;

    fn try_from(name: String) -> Result<Self, UnknownCapability> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_unique() {
        let names: BTreeSet<_> = Capability::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), Capability::ALL.len());
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse(), Ok(*capability));
        }
        assert!("discord:everything".parse::<Capability>().is_err());
    }
}
