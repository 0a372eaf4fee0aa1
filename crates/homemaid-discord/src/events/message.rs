//! message_create, message_edit, message_delete (events §1).

use serde_json::{Value, json};

use crate::cache::{Cache, Message, author_is_bot};
use crate::json::{self, display_name, id_or_null, id_texts, list, pick, set};

/// Messages people and bots write: plain, reply, slash command answer, context menu answer. The rest is Discord's
/// own ("alice joined the server") and not delivered.
const WRITTEN: [u64; 4] = [0, 19, 20, 23];

/// Returns the payload of message_create.
pub(super) fn create(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let id = json::id(data, "id")?;
    let channel = json::id(data, "channel_id")?;
    let kind = data["type"].as_u64().unwrap_or(0);
    if !WRITTEN.contains(&kind) {
        return None;
    }
    let author = &data["author"];
    let attachments: Value = list(data, "attachments")
        .iter()
        .map(|file| pick(file, &["id", "filename", "url", "size", "content_type"]))
        .collect();
    let mut payload = json!({
        "message_id": id.to_string(),
        "channel_id": channel.to_string(),
        "guild_id": guild.to_string(),
        "author_id": id_or_null(json::id(author, "id")),
        "author_username": author["username"],
        "author_name": author["username"],
        "author_display_name": display_name(&data["member"], author),
        "author_bot": author_is_bot(data).unwrap_or(false),
        "content": json::text(data, "content").unwrap_or_default(),
        "timestamp": data["timestamp"],
        "created_at": data["timestamp"],
        "channel_name": cache.channel_name(guild, Some(channel)),
        "embed_count": list(data, "embeds").len(),
        "attachment_count": list(data, "attachments").len(),
        "mention_count": list(data, "mentions").len(),
        "mentions": list(data, "mentions").iter().map(|user| user["id"].clone()).collect::<Value>(),
        "mention_roles": id_texts(&json::ids(data, "mention_roles")),
        "attachments": attachments,
        "member_roles": id_texts(&json::ids(&data["member"], "roles")),
        "message_type": kind,
    });
    // A forwarded message also has a reference; only a reply's is one.
    if let (Some(reference), 19) = (json::id(&data["message_reference"], "message_id"), kind) {
        set(&mut payload, "reference_message_id", reference.to_string());
    }
    Some(payload)
}

/// Returns the payload of message_edit, `None` for updates that are no edit: link previews that were added, pins.
pub(super) fn edit(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let id = json::id(data, "id")?;
    let channel = json::id(data, "channel_id")?;
    let edited = json::text(data, "edited_timestamp")?;
    let before = cache.message(id);
    if before
        .as_ref()
        .is_some_and(|before| before.edited.as_deref() == Some(edited))
    {
        return None;
    }
    let after = Message::parse(data, before.as_deref());
    Some(json!({
        "message_id": id.to_string(),
        "channel_id": channel.to_string(),
        "guild_id": guild.to_string(),
        "content": after.content,
        "author_id": id_or_null(after.author),
        "author_bot": after.author_bot,
        "embed_count": list(data, "embeds").len(),
        "attachment_count": list(data, "attachments").len(),
        "mention_count": list(data, "mentions").len(),
        "edited_timestamp": edited,
        "before_content": before.map(|before| before.content.clone()),
    }))
}

/// Returns the payload of message_delete; `all` carries the channel when many are deleted at once.
pub(super) fn delete(data: &Value, all: &Value, bulk: bool, guild: u64, cache: &Cache) -> Option<Value> {
    let id = json::id(data, "id")?;
    let channel = json::id(all, "channel_id")?;
    let known = cache.message(id);
    Some(json!({
        "message_id": id.to_string(),
        "channel_id": channel.to_string(),
        "guild_id": guild.to_string(),
        "author_id": id_or_null(known.as_ref().and_then(|message| message.author)),
        "content": known.map(|message| message.content.clone()),
        "bulk": bulk,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing::{assert_has, cache};

    fn posted() -> Value {
        json!({"id": "1100", "channel_id": "42", "guild_id": "1", "type": 0, "content": "!ping",
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": null, "embeds": [], "attachments": [],
            "mentions": [], "mention_roles": [], "member": {"roles": ["55"], "nick": null},
            "author": {"id": "7", "username": "alice", "global_name": "Alice"}, "unknown_new_field": {"a": 1}})
    }

    #[test]
    fn create_is_as_the_contract_shows() {
        let payload = create(&posted(), 1, &cache()).unwrap();
        assert_has(
            &payload,
            r#"{"message_id":"1100","channel_id":"42","guild_id":"1","author_id":"7","author_username":"alice","author_name":"alice","author_display_name":"Alice","author_bot":false,"content":"!ping","timestamp":"2026-01-01T00:00:00+00:00","created_at":"2026-01-01T00:00:00+00:00","channel_name":"general","embed_count":0,"attachment_count":0,"mention_count":0,"mentions":[],"mention_roles":[],"attachments":[],"member_roles":["55"],"message_type":0}"#,
        );
        assert!(payload.get("reference_message_id").is_none());
    }

    #[test]
    fn replies_name_what_they_answer_and_webhooks_are_bots() {
        let mut data = posted();
        set(&mut data, "type", 19);
        set(&mut data, "message_reference", json!({"message_id": "1099"}));
        set(&mut data, "webhook_id", "5");
        set(
            &mut data,
            "attachments",
            json!([{"id": "3", "filename": "a.png", "url": "u", "size": 5, "proxy_url": "p"}]),
        );
        let payload = create(&data, 1, &cache()).unwrap();
        assert_eq!(
            (&payload["reference_message_id"], &payload["author_bot"]),
            (&json!("1099"), &json!(true))
        );
        assert_eq!(
            payload["attachments"],
            json!([{"id": "3", "filename": "a.png", "url": "u", "size": 5, "content_type": null}])
        );
    }

    #[test]
    fn system_messages_are_not_delivered() {
        for (kind, delivered) in [
            (0, true),
            (7, false),
            (8, false),
            (19, true),
            (20, true),
            (21, false),
            (23, true),
        ] {
            let mut data = posted();
            set(&mut data, "type", kind);
            assert_eq!(create(&data, 1, &cache()).is_some(), delivered, "type {kind}");
        }
    }

    #[test]
    fn edit_is_as_the_contract_shows_and_fills_what_discord_left_out() {
        let cache = cache();
        cache.put_message(1100, Message::parse(&posted(), None));
        let data = json!({"id": "1100", "channel_id": "42", "guild_id": "1", "content": "!pong",
            "edited_timestamp": "2026-01-01T00:01:00+00:00"});
        assert_has(
            &edit(&data, 1, &cache).unwrap(),
            r#"{"message_id":"1100","channel_id":"42","guild_id":"1","author_id":"7","author_bot":false,"content":"!pong","before_content":"!ping","embed_count":0,"attachment_count":0,"mention_count":0,"edited_timestamp":"2026-01-01T00:01:00+00:00"}"#,
        );
        let unknown =
            json!({"id": "1101", "channel_id": "42", "edited_timestamp": "2026-01-01T00:01:00+00:00"});
        assert_has(
            &edit(&unknown, 1, &cache).unwrap(),
            r#"{"content":"","author_id":null,"before_content":null}"#,
        );
    }

    #[test]
    fn link_previews_are_no_edit() {
        let mut data = posted();
        set(&mut data, "embeds", json!([{"url": "https://example.org"}]));
        assert_eq!(edit(&data, 1, &cache()), None);
        let cache = cache();
        set(&mut data, "edited_timestamp", "2026-01-01T00:01:00+00:00");
        assert!(edit(&data, 1, &cache).is_some());
        cache.put_message(1100, Message::parse(&data, None));
        assert_eq!(
            edit(&data, 1, &cache),
            None,
            "edited before, and now only pinned or previewed"
        );
        set(&mut data, "edited_timestamp", "2026-01-01T00:02:00+00:00");
        assert!(edit(&data, 1, &cache).is_some());
    }

    #[test]
    fn delete_is_as_the_contract_shows() {
        let cache = cache();
        cache.put_message(1100, Message::parse(&posted(), None));
        let data = json!({"id": "1100", "channel_id": "42", "guild_id": "1"});
        assert_has(
            &delete(&data, &data, false, 1, &cache).unwrap(),
            r#"{"message_id":"1100","channel_id":"42","guild_id":"1","author_id":"7","content":"!ping","bulk":false}"#,
        );
    }
}
