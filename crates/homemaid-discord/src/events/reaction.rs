//! reaction_add, reaction_remove (events §3).

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::json;

/// Returns the payload of both.
pub(super) fn payload(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let message = json::id(data, "message_id")?;
    let channel = json::id(data, "channel_id")?;
    let user = json::id(data, "user_id")?;
    let emoji = &data["emoji"];
    let said = data["member"]["user"]["bot"].as_bool();
    let user_bot = said
        .or_else(|| cache.member(guild, user).map(|member| member.bot))
        .unwrap_or(false);
    Some(json!({
        "message_id": message.to_string(),
        "channel_id": channel.to_string(),
        "user_id": user.to_string(),
        "guild_id": guild.to_string(),
        "emoji": emoji_text(emoji),
        "emoji_id": json::id_or_null(json::id(emoji, "id")),
        "emoji_name": emoji["name"],
        "user_bot": user_bot,
    }))
}

/// Returns the emoji as it is written in a message, which `add_reaction` takes back.
fn emoji_text(emoji: &Value) -> String {
    let name = json::text(emoji, "name").unwrap_or_default();
    match json::id(emoji, "id") {
        None => name.to_owned(),
        Some(id) if json::flag(emoji, "animated") => format!("<a:{name}:{id}>"),
        Some(id) => format!("<:{name}:{id}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing::{assert_has, cache};

    #[test]
    fn payload_is_as_the_contract_shows() {
        let data = json!({"message_id": "1100", "channel_id": "42", "user_id": "7", "guild_id": "1",
            "emoji": {"id": null, "name": "🎉"}, "member": {"user": {"id": "7"}}});
        assert_has(
            &payload(&data, 1, &cache()).unwrap(),
            r#"{"message_id":"1100","channel_id":"42","user_id":"7","emoji":"🎉","emoji_id":null,"emoji_name":"🎉","user_bot":false,"guild_id":"1"}"#,
        );
    }

    #[test]
    fn custom_emoji_are_written_as_in_messages() {
        assert_eq!(emoji_text(&json!({"id": "5", "name": "maid"})), "<:maid:5>");
        assert_eq!(
            emoji_text(&json!({"id": "5", "name": "maid", "animated": true})),
            "<a:maid:5>"
        );
        assert_eq!(
            emoji_text(&json!({"id": "5", "name": null})),
            "<::5>",
            "a deleted emoji"
        );
    }
}
