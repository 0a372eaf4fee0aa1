//! Events delivered to plugins (events.md).

use serde_json::value::RawValue;

use crate::GuildId;

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// The sixteen Discord event types, and cron (wire §4.4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType { $($(#[$doc])* $variant,)* }

        impl EventType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name on the wire: the method is `event.<name>`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

event_types! {
    /// A message was posted.
    MessageCreate = "message_create";
    /// A message's text changed.
    MessageEdit = "message_edit";
    /// A message is gone.
    MessageDelete = "message_delete";
    /// A member joined.
    MemberJoin = "member_join";
    /// A member left, was kicked or banned.
    MemberLeave = "member_leave";
    /// Nickname, roles, time-out, avatar or pending changed.
    MemberUpdate = "member_update";
    /// A reaction was added.
    ReactionAdd = "reaction_add";
    /// A reaction was removed.
    ReactionRemove = "reaction_remove";
    /// Joined, left, moved, muted or streams.
    VoiceStateUpdate = "voice_state_update";
    /// A command, component or modal was used.
    InteractionCreate = "interaction_create";
    /// A channel was created.
    ChannelCreate = "channel_create";
    /// A channel was deleted.
    ChannelDelete = "channel_delete";
    /// A channel changed.
    ChannelUpdate = "channel_update";
    /// A role was created.
    RoleCreate = "role_create";
    /// A role was deleted.
    RoleDelete = "role_delete";
    /// A role changed.
    RoleUpdate = "role_update";
    /// A manifest cron entry is due; not one of the sixteen.
    Cron = "cron";
}

/// One event of one guild, its payload serialised once however many workers receive it.
#[derive(Debug, Clone)]
pub struct Event {
    /// Unique; what workers acknowledge (wire §4.1).
    pub id: String,
    /// The type.
    pub kind: EventType,
    /// Where it happened.
    pub guild: GuildId,
    /// The payload of events.md, compact JSON with non-ASCII escaped.
    pub payload: std::sync::Arc<RawValue>,
}
