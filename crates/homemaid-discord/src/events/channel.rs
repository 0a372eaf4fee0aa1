//! channel_create, channel_delete, channel_update (events §6).

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::json::{self, id_or_null, set};

/// Returns the payload of create and delete.
pub(super) fn payload(data: &Value, guild: u64) -> Option<Value> {
    let id = json::id(data, "id")?;
    let parent = id_or_null(json::id(data, "parent_id"));
    Some(json!({
        "id": id.to_string(),
        "channel_id": id.to_string(),
        "name": data["name"],
        "type": data["type"],
        "guild_id": guild.to_string(),
        "category_id": parent,
        "parent_id": parent,
        "position": data["position"],
        "topic": data["topic"],
        "nsfw": json::flag(data, "nsfw"),
    }))
}

/// Returns the payload of update; what was before is null when unknown.
pub(super) fn update(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let mut payload = payload(data, guild)?;
    let before = cache
        .guild(guild, |guild| guild.channels.get(&json::id(data, "id")?).cloned())
        .flatten();
    set(
        &mut payload,
        "before_name",
        before.as_ref().map(|channel| channel.name.clone()),
    );
    set(
        &mut payload,
        "before_topic",
        before.as_ref().and_then(|channel| channel.topic.clone()),
    );
    set(
        &mut payload,
        "before_category_id",
        id_or_null(before.and_then(|channel| channel.parent)),
    );
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing::{assert_has, cache};

    #[test]
    fn update_is_as_the_contract_shows() {
        let cache = cache();
        cache.change(1, |guild| {
            guild.put_channel(&json!({"id": "42", "name": "lobby", "type": 0, "topic": "old"}));
        });
        let data = json!({"id": "42", "guild_id": "1", "name": "general", "type": 0, "parent_id": null, "position": 1});
        let payload = update(&data, 1, &cache).unwrap();
        assert_has(
            &payload,
            r#"{"id":"42","channel_id":"42","name":"general","before_name":"lobby","type":0,"category_id":null,"parent_id":null,"position":1,"guild_id":"1","topic":null,"before_topic":"old","before_category_id":null,"nsfw":false}"#,
        );
    }

    #[test]
    fn create_has_no_past() {
        let data = json!({"id": "42", "guild_id": "1", "name": "general", "type": 0, "parent_id": "40", "position": 1});
        let payload = payload(&data, 1).unwrap();
        assert_has(&payload, r#"{"category_id":"40","parent_id":"40"}"#);
        assert!(payload.get("before_name").is_none());
    }
}
