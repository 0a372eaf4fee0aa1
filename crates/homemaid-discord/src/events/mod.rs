//! From the gateway's JSON to the payloads plugins receive (events.md): one function an event.
//!
//! Each reads Discord's JSON and what is remembered from before the event; the cache is brought up to date
//! afterwards, so that `before_*` means before. Nothing is taken on trust: a payload without its guild or its
//! main id is no event.

mod apply;
mod channel;
#[cfg(test)]
mod hostile_tests;
mod interaction;
mod member;
mod message;
mod reaction;
mod role;
mod voice;

use homemaid_protocol::EventType;
use serde_json::Value;

use crate::cache::Cache;
use crate::json;

pub(crate) use apply::{GuildNews, apply, count_members};
pub(crate) use interaction::payload as interaction_payload;

/// Returns the events a gateway dispatch means for plugins: none, one, or one for each deleted message.
pub(crate) fn translate(name: &str, data: &Value, cache: &Cache) -> Vec<(EventType, Value)> {
    let Some(guild) = json::id(data, "guild_id") else {
        return Vec::new();
    };
    let one = |kind, payload: Option<Value>| payload.into_iter().map(|payload| (kind, payload)).collect();
    match name {
        "MESSAGE_CREATE" => one(EventType::MessageCreate, message::create(data, guild, cache)),
        "MESSAGE_UPDATE" => one(EventType::MessageEdit, message::edit(data, guild, cache)),
        "MESSAGE_DELETE" => one(
            EventType::MessageDelete,
            message::delete(data, data, false, guild, cache),
        ),
        "MESSAGE_DELETE_BULK" => json::ids(data, "ids")
            .into_iter()
            .filter_map(|id| {
                message::delete(
                    &serde_json::json!({"id": id.to_string()}),
                    data,
                    true,
                    guild,
                    cache,
                )
            })
            .map(|payload| (EventType::MessageDelete, payload))
            .collect(),
        "GUILD_MEMBER_ADD" => one(EventType::MemberJoin, member::join(data, guild, cache)),
        "GUILD_MEMBER_REMOVE" => one(EventType::MemberLeave, member::leave(data, guild, cache)),
        "GUILD_MEMBER_UPDATE" => one(EventType::MemberUpdate, member::update(data, guild, cache)),
        "MESSAGE_REACTION_ADD" => one(EventType::ReactionAdd, reaction::payload(data, guild, cache)),
        "MESSAGE_REACTION_REMOVE" => one(EventType::ReactionRemove, reaction::payload(data, guild, cache)),
        "VOICE_STATE_UPDATE" => one(EventType::VoiceStateUpdate, voice::update(data, guild, cache)),
        "CHANNEL_CREATE" => one(EventType::ChannelCreate, channel::payload(data, guild)),
        "CHANNEL_DELETE" => one(EventType::ChannelDelete, channel::payload(data, guild)),
        "CHANNEL_UPDATE" => one(EventType::ChannelUpdate, channel::update(data, guild, cache)),
        "GUILD_ROLE_CREATE" => one(EventType::RoleCreate, role::payload(&data["role"], guild)),
        "GUILD_ROLE_UPDATE" => one(EventType::RoleUpdate, role::update(&data["role"], guild, cache)),
        "GUILD_ROLE_DELETE" => one(EventType::RoleDelete, role::delete(data, guild, cache)),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod testing {
    use serde_json::{Value, json};

    use crate::cache::Cache;

    /// Returns a cache that knows the guild, channels, role and member of the examples in events.md.
    pub(super) fn cache() -> Cache {
        let cache = Cache::default();
        cache.put_guild(&json!({
            "id": "1", "name": "My Guild", "owner_id": "9", "member_count": 100,
            "channels": [{"id": "42", "name": "general", "type": 0}, {"id": "90", "name": "Lounge", "type": 2}],
            "roles": [{"id": "55", "name": "Raider", "color": 3_447_003, "position": 4, "permissions": "0",
                "mentionable": true}],
        }));
        cache
    }

    /// Checks that `payload` has every key of the contract's example, with the same value.
    #[track_caller]
    pub(super) fn assert_has(payload: &Value, example: &str) {
        let example: Value = serde_json::from_str(example).unwrap();
        for (key, value) in example.as_object().unwrap() {
            assert_eq!(payload.get(key), Some(value), "`{key}` of {payload:#}");
        }
    }
}
