//! role_create, role_update, role_delete (events §7).

use serde_json::{Value, json};

use crate::cache::{Cache, Role};
use crate::json::{self, set};

/// Returns the payload of create.
pub(super) fn payload(role: &Value, guild: u64) -> Option<Value> {
    let id = json::id(role, "id")?;
    Some(json!({
        "id": id.to_string(),
        "role_id": id.to_string(),
        "name": json::text(role, "name").unwrap_or_default(),
        "guild_id": guild.to_string(),
        "color": role["color"].as_u64().unwrap_or(0),
        "position": role["position"].as_i64().unwrap_or(0),
        "permissions": json::text(role, "permissions").unwrap_or("0"),
        "managed": json::flag(role, "managed"),
        "mentionable": json::flag(role, "mentionable"),
    }))
}

/// Returns the payload of update; the name before is null when unknown.
pub(super) fn update(role: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let mut payload = payload(role, guild)?;
    set(
        &mut payload,
        "before_name",
        known(json::id(role, "id")?, guild, cache).map(|role| role.name),
    );
    Some(payload)
}

/// Returns the payload of delete; Discord sends only ids, the rest is remembered.
pub(super) fn delete(data: &Value, guild: u64, cache: &Cache) -> Option<Value> {
    let id = json::id(data, "role_id")?;
    let role = known(id, guild, cache).unwrap_or_default();
    Some(json!({
        "id": id.to_string(),
        "role_id": id.to_string(),
        "name": role.name,
        "guild_id": guild.to_string(),
        "color": role.color,
        "position": role.position,
        "permissions": role.permissions.to_string(),
        "managed": role.managed,
        "mentionable": role.mentionable,
    }))
}

fn known(id: u64, guild: u64, cache: &Cache) -> Option<Role> {
    cache
        .guild(guild, |guild| guild.roles.get(&id).cloned())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing::{assert_has, cache};

    #[test]
    fn update_is_as_the_contract_shows() {
        let role = json!({"id": "55", "name": "Raiders", "color": 3_447_003, "position": 4, "permissions": "0",
            "managed": false, "mentionable": true});
        assert_has(
            &update(&role, 1, &cache()).unwrap(),
            r#"{"id":"55","role_id":"55","name":"Raiders","before_name":"Raider","color":3447003,"position":4,"permissions":"0","managed":false,"mentionable":true,"guild_id":"1"}"#,
        );
    }

    #[test]
    fn delete_tells_what_the_role_was() {
        let deleted = delete(&json!({"guild_id": "1", "role_id": "55"}), 1, &cache()).unwrap();
        assert_has(
            &deleted,
            r#"{"id":"55","name":"Raider","color":3447003,"position":4,"permissions":"0"}"#,
        );
        let unknown = delete(&json!({"guild_id": "1", "role_id": "56"}), 1, &cache()).unwrap();
        assert_has(&unknown, r#"{"id":"56","name":"","permissions":"0"}"#);
    }
}
