//! member_join, member_leave, member_update (events §2).

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::json::{self, display_name, id_texts};

/// Returns the payload of member_join; the guild's count already includes the member.
pub(super) fn join(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let user = &data["user"];
    let id = json::id(user, "id")?;
    let (name, count) = known_guild(guild, cache);
    Some(json!({
        "user_id": id.to_string(),
        "username": user["username"],
        "guild_id": guild.to_string(),
        "display_name": display_name(data, user),
        "bot": json::flag(user, "bot"),
        "joined_at": data["joined_at"],
        "roles": id_texts(&json::ids(data, "roles")),
        "nick": data["nick"],
        "guild_name": name,
        "member_count": count,
        "avatar": user["avatar"],
    }))
}

/// Returns the payload of member_leave; the guild's count no longer includes the member.
pub(super) fn leave(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let user = &data["user"];
    let id = json::id(user, "id")?;
    let known = cache.member(guild, id);
    let known = known.as_deref();
    let (_, count) = known_guild(guild, cache);
    Some(json!({
        "user_id": id.to_string(),
        "username": user["username"],
        "guild_id": guild.to_string(),
        "display_name": known.map_or_else(|| display_name(&Value::Null, user), |member| member.display_name().into()),
        "bot": json::flag(user, "bot"),
        "joined_at": known.and_then(|member| member.joined_at.clone()),
        "roles": id_texts(known.map_or(&[], |member| &member.roles)),
        "nick": known.and_then(|member| member.nick.clone()),
        "member_count": count,
    }))
}

/// Returns the payload of member_update.
pub(super) fn update(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let user = &data["user"];
    let id = json::id(user, "id")?;
    let known = cache.member(guild, id);
    let roles = json::ids(data, "roles");
    Some(json!({
        "user_id": id.to_string(),
        "guild_id": guild.to_string(),
        "roles": id_texts(&roles),
        "username": user["username"],
        "display_name": display_name(data, user),
        "bot": json::flag(user, "bot"),
        "before_roles": id_texts(known.as_ref().map_or(&roles, |member| &member.roles)),
        "nick": data["nick"],
        "before_nick": known.and_then(|member| member.nick.clone()),
        "timeout_until": data["communication_disabled_until"],
        "pending": json::flag(data, "pending"),
    }))
}

fn known_guild(guild: u64, cache: &Cache) -> (Value, Value) {
    let known = cache.guild(guild, |guild| {
        (Value::from(guild.name.clone()), Value::from(guild.member_count))
    });
    known.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::apply;
    use crate::events::testing::{assert_has, cache};

    #[test]
    fn join_is_as_the_contract_shows() {
        let cache = cache();
        let data = json!({"guild_id": "1", "user": {"id": "7", "username": "alice", "global_name": "Alice"},
            "nick": null, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00"});
        cache.change(1, |guild| guild.member_count += 1);
        assert_has(
            &join(&data, 1, &cache).unwrap(),
            r#"{"user_id":"7","username":"alice","display_name":"Alice","bot":false,"joined_at":"2026-01-01T00:00:00+00:00","roles":[],"nick":null,"guild_id":"1","guild_name":"My Guild","member_count":101}"#,
        );
    }

    #[test]
    fn leave_is_as_the_contract_shows() {
        let cache = cache();
        let member = json!({"guild_id": "1", "user": {"id": "7", "username": "alice", "global_name": "Alice"},
            "nick": null, "roles": ["55"], "joined_at": "2025-05-01T10:00:00+00:00"});
        apply("GUILD_MEMBER_UPDATE", &member, &cache);
        let data = json!({"guild_id": "1", "user": {"id": "7", "username": "alice", "global_name": "Alice"}});
        assert_has(
            &leave(&data, 1, &cache).unwrap(),
            r#"{"user_id":"7","username":"alice","display_name":"Alice","bot":false,"joined_at":"2025-05-01T10:00:00+00:00","roles":["55"],"nick":null,"guild_id":"1","member_count":100}"#,
        );
    }

    #[test]
    fn update_is_as_the_contract_shows_and_guesses_no_past() {
        let cache = cache();
        let user = json!({"id": "7", "username": "alice", "global_name": "Alice"});
        let data = json!({"guild_id": "1", "user": user, "nick": "Ali", "roles": ["55", "56"],
            "communication_disabled_until": null});
        let unknown = update(&data, 1, &cache).unwrap();
        assert_eq!(unknown["before_roles"], json!(["55", "56"]));
        cache.put_member(1, &json!({"roles": ["55"], "nick": null}), &user);
        assert_has(
            &update(&data, 1, &cache).unwrap(),
            r#"{"user_id":"7","username":"alice","display_name":"Ali","bot":false,"roles":["55","56"],"before_roles":["55"],"nick":"Ali","before_nick":null,"timeout_until":null,"pending":false,"guild_id":"1"}"#,
        );
    }
}
