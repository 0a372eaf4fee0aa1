//! Events delivered to plugins (events.md).

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::GuildId;
use crate::json::{EncodeError, encode};
use crate::limits::{EVENT_ID_CHARS, EVENT_PAYLOAD_BYTES};

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

impl EventType {
    /// Returns the type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
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
    payload: Arc<RawValue>,
}

impl Event {
    /// Returns the event with its payload (events §1 and on) serialised for good: compact, one line, ASCII.
    ///
    /// # Errors
    /// When the payload is not JSON or larger than [`EVENT_PAYLOAD_BYTES`].
    pub fn new(
        id: impl Into<String>,
        kind: EventType,
        guild: GuildId,
        payload: &impl Serialize,
    ) -> Result<Self, EncodeError> {
        let text = encode(payload, EVENT_PAYLOAD_BYTES)?;
        let payload = serde_json::from_slice::<Box<RawValue>>(&text).map_err(EncodeError::NotJson)?;
        let id = id.into();
        Ok(Self {
            id: id.chars().take(EVENT_ID_CHARS).collect(),
            kind,
            guild,
            payload: payload.into(),
        })
    }

    /// Returns the payload: compact ASCII JSON.
    pub fn payload(&self) -> &RawValue {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_is_ascii_on_one_line_and_bounded() {
        let new = |payload| Event::new("e1", EventType::MessageCreate, GuildId::new(1), &payload);
        assert_eq!(
            new(json!({"content": "é\n"})).unwrap().payload().get(),
            r#"{"content":"\u00e9\n"}"#
        );
        assert!(matches!(
            new(json!("x".repeat(EVENT_PAYLOAD_BYTES))),
            Err(EncodeError::TooLarge(_))
        ));
    }

    #[test]
    fn names_round_trip() {
        assert_eq!(EventType::ALL.len(), 17, "sixteen of Discord and cron");
        for kind in EventType::ALL {
            assert_eq!(EventType::from_name(kind.name()), Some(*kind));
        }
        assert_eq!(EventType::from_name("message"), None);
    }
}
