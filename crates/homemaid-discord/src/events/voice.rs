//! voice_state_update (events §4).

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::json::{self, flag, id_or_null};

/// Returns the payload.
pub(super) fn update(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let user_id = json::id(data, "user_id")?;
    let user = &data["member"]["user"];
    let before = cache
        .guild(guild, |guild| guild.voice.get(&user_id).copied())
        .flatten();
    let before_channel = before.map(|voice| voice.channel);
    let channel = json::id(data, "channel_id");
    let known = cache.member(guild, user_id);
    let username =
        json::text(user, "username").or_else(|| known.as_ref().map(|member| member.username.as_str()));
    let bot = user["bot"]
        .as_bool()
        .or_else(|| known.as_ref().map(|member| member.bot))
        .unwrap_or(false);
    Some(json!({
        "user_id": user_id.to_string(),
        "channel_id": id_or_null(channel),
        "guild_id": guild.to_string(),
        "self_mute": flag(data, "self_mute"),
        "self_deaf": flag(data, "self_deaf"),
        "username": username,
        "bot": bot,
        "member_bot": bot,
        "before_channel_id": id_or_null(before_channel),
        "before_channel_name": cache.channel_name(guild, before_channel),
        "after_channel_id": id_or_null(channel),
        "after_channel_name": cache.channel_name(guild, channel),
        "before_self_stream": before.is_some_and(|voice| voice.self_stream),
        "after_self_stream": flag(data, "self_stream"),
        "self_stream": flag(data, "self_stream"),
        "self_video": flag(data, "self_video"),
        "server_mute": flag(data, "mute"),
        "server_deaf": flag(data, "deaf"),
        "suppress": flag(data, "suppress"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::apply;
    use crate::events::testing::{assert_has, cache};

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn state(channel: Value) -> Value {
        json!({"guild_id": "1", "user_id": "7", "channel_id": channel, "self_mute": false, "self_deaf": false,
            "self_video": false, "mute": false, "deaf": false, "suppress": false,
            "member": {"user": {"id": "7", "username": "alice"}, "roles": []}})
    }

    #[test]
    fn joining_is_as_the_contract_shows_and_leaving_remembers_where_from() {
        let cache = cache();
        let data = state("90".into());
        assert_has(
            &update(&data, 1, &cache).unwrap(),
            r#"{"user_id":"7","username":"alice","bot":false,"member_bot":false,"channel_id":"90","before_channel_id":null,"before_channel_name":null,"after_channel_id":"90","after_channel_name":"Lounge","before_self_stream":false,"after_self_stream":false,"self_stream":false,"self_video":false,"self_mute":false,"self_deaf":false,"guild_id":"1"}"#,
        );
        apply("VOICE_STATE_UPDATE", &data, &cache);
        assert_has(
            &update(&state(Value::Null), 1, &cache).unwrap(),
            r#"{"channel_id":null,"before_channel_id":"90","before_channel_name":"Lounge","after_channel_id":null,"after_channel_name":null}"#,
        );
    }
}
