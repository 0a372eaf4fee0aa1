//! interaction_create (events §5). The token is never part of the payload.

use serde_json::{Map, Value, json};

use crate::json::{self, display_name, id_or_null, id_texts, into_map, list, pick};

/// Option kinds whose value is an id: user, channel, role, mentionable, attachment.
const ID_OPTIONS: [u64; 5] = [6, 7, 8, 9, 11];
/// Nesting of options Discord knows is three; deeper is not believed.
const OPTION_DEPTH: u32 = 4;
/// Nesting of modal components that is followed.
const COMPONENT_DEPTH: u32 = 6;

/// Returns the payload. `command` is the command's name in its plugin's manifest.
pub(crate) fn payload(data: &Value, guild: u64, command: &str) -> Option<Value> {
    let id = json::id(data, "id")?;
    let kind = data["type"].as_u64()?;
    let member = &data["member"];
    let user = &member["user"];
    let user_id = json::id(user, "id")?;
    let details = &data["data"];
    let options = if kind == 2 {
        options(list(details, "options"), 0)
    } else {
        Value::Array(Vec::new())
    };
    let mut roles = json::ids(member, "roles");
    roles.retain(|role| *role != guild);
    let channel = json::id(data, "channel_id").or_else(|| json::id(&data["channel"], "id"));
    let modal_values = if kind == 5 {
        modal_values(details)
    } else {
        json::object()
    };
    let values = if kind == 3 {
        details["values"].as_array().cloned().unwrap_or_default()
    } else {
        Vec::new()
    };
    Some(json!({
        "interaction_id": id.to_string(),
        "interaction_type": kind,
        "type": kind,
        "guild_id": guild.to_string(),
        "channel_id": id_or_null(channel),
        "user_id": user_id.to_string(),
        "user_name": user["username"],
        "user_username": user["username"],
        "username": user["username"],
        "user_display_name": display_name(member, user),
        "display_name": display_name(member, user),
        "user_avatar": user["avatar"],
        "permissions": json::text(member, "permissions").unwrap_or("0"),
        "app_permissions": json::text(data, "app_permissions").unwrap_or("0"),
        "member": {
            "permissions": json::text(member, "permissions").unwrap_or("0"),
            "roles": id_texts(&roles),
            "nick": member["nick"],
            "user": pick(user, &["id", "username", "global_name"]),
        },
        "locale": data["locale"],
        "guild_locale": data["guild_locale"],
        "command_name": if kind == 2 { command } else { "" },
        "command_id": if kind == 2 { details["id"].clone() } else { Value::Null },
        "command_type": if kind == 2 { details["type"].as_u64().unwrap_or(1) } else { 0 },
        "options": options,
        "command_options": options,
        "resolved": resolved(&details["resolved"]),
        "custom_id": if kind == 2 { "" } else { json::text(details, "custom_id").unwrap_or_default() },
        "component_type": if kind == 3 { details["component_type"].as_u64().unwrap_or(0) } else { 0 },
        "values": values,
        "modal_values": modal_values,
        "message_id": id_or_null(json::id(&data["message"], "id")),
        "message": if kind == 3 { message(&data["message"]) } else { Value::Null },
    }))
}

/// Returns Discord's options with a name and a kind on every node, values on leaves, options on branches.
fn options(nodes: &[Value], depth: u32) -> Value {
    if depth >= OPTION_DEPTH {
        return Value::Array(Vec::new());
    }
    nodes
        .iter()
        .filter(|node| node["name"].is_string())
        .map(|node| option(node, depth))
        .collect()
}

fn option(node: &Value, depth: u32) -> Value {
    let mut out = into_map(node.clone());
    let kind = node["type"].as_u64().unwrap_or_else(|| guess_kind(node));
    out.insert("type".to_owned(), kind.into());
    if matches!(kind, 1 | 2) {
        out.remove("value");
        out.insert("options".to_owned(), options(list(node, "options"), depth + 1));
    } else {
        let value = match (kind, &node["value"]) {
            (kind, Value::Number(id)) if ID_OPTIONS.contains(&kind) => Value::from(id.to_string()),
            (10, number) => number.as_f64().map_or(Value::Null, Value::from),
            (_, value) => value.clone(),
        };
        out.insert("value".to_owned(), value);
    }
    Value::Object(out)
}

/// Returns the kind an option must have when Discord does not say; its absence broke plugins.
fn guess_kind(node: &Value) -> u64 {
    match &node["value"] {
        Value::Null
            if list(node, "options")
                .iter()
                .any(|child| child["options"].is_array()) =>
        {
            2
        }
        Value::Null => 1,
        Value::Bool(_) => 5,
        Value::Number(number) if number.is_f64() => 10,
        Value::Number(_) => 4,
        _ => 3,
    }
}

/// Returns the details of users, roles and the like that options or selects name; only maps that hold something.
fn resolved(data: &Value) -> Value {
    const SHAPES: [(&str, &[&str]); 5] = [
        ("users", &["id", "username", "global_name", "bot", "avatar"]),
        ("members", &["nick", "roles", "joined_at", "permissions"]),
        ("roles", &["id", "name", "color", "position", "permissions"]),
        ("channels", &["id", "name", "type", "parent_id"]),
        ("attachments", &["id", "filename", "url", "size", "content_type"]),
    ];
    let mut out = Map::new();
    for (name, keys) in SHAPES {
        let Some(entries) = data[name].as_object().filter(|entries| !entries.is_empty()) else {
            continue;
        };
        let shaped = entries.iter().map(|(id, entry)| {
            let mut entry = pick(entry, keys);
            if name == "users" && entry["bot"].is_null() {
                json::set(&mut entry, "bot", false);
            }
            (id.clone(), entry)
        });
        out.insert(name.to_owned(), Value::Object(shaped.collect()));
    }
    if let Some(messages) = data["messages"]
        .as_object()
        .filter(|messages| !messages.is_empty())
    {
        let shaped = messages.iter().map(|(id, entry)| (id.clone(), message(entry)));
        out.insert("messages".to_owned(), Value::Object(shaped.collect()));
    }
    Value::Object(out)
}

/// Returns the message that carries a component, null when there is none.
fn message(data: &Value) -> Value {
    if json::id(data, "id").is_none() {
        return Value::Null;
    }
    json!({
        "id": data["id"],
        "channel_id": data["channel_id"],
        "content": json::text(data, "content").unwrap_or_default(),
        "author_id": id_or_null(json::id(&data["author"], "id")),
        "embeds": list(data, "embeds"),
        "components": list(data, "components"),
        "flags": data["flags"].as_u64().unwrap_or(0),
    })
}

/// Returns what was typed or chosen in a modal, by custom id.
fn modal_values(details: &Value) -> Value {
    let mut values = Map::new();
    gather(list(details, "components"), 0, &mut values);
    Value::Object(values)
}

fn gather(components: &[Value], depth: u32, values: &mut Map<String, Value>) {
    if depth >= COMPONENT_DEPTH {
        return;
    }
    for component in components {
        if let Some(id) = json::text(component, "custom_id") {
            let value = match (&component["value"], &component["values"]) {
                (Value::Null, Value::Array(chosen)) => Value::Array(chosen.clone()),
                (Value::Null, _) => Value::from(""),
                (value, _) => value.clone(),
            };
            values.insert(id.to_owned(), value);
        }
        // Rows hold `components`, labels hold one `component`.
        gather(list(component, "components"), depth + 1, values);
        if component["component"].is_object() {
            gather(std::slice::from_ref(&component["component"]), depth + 1, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing::assert_has;

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn from_alice(kind: u64, details: Value) -> Value {
        json!({"id": "300", "type": kind, "guild_id": "1", "channel_id": "42", "token": "secret-token",
            "application_id": "8", "locale": "de", "guild_locale": "en-US", "app_permissions": "2048",
            "member": {"permissions": "8", "roles": ["1", "55"], "nick": null,
                "user": {"id": "7", "username": "alice", "global_name": "Alice", "avatar": null}},
            "data": details})
    }

    #[test]
    fn a_command_is_as_the_contract_shows_and_hides_the_token() {
        let data = from_alice(
            2,
            json!({"id": "500", "name": "demo-calc", "type": 1,
                "options": [{"name": "expression", "type": 3, "value": "3+6"}]}),
        );
        let payload = payload(&data, 1, "calc").unwrap();
        assert_has(
            &payload,
            r#"{"interaction_id":"300","interaction_type":2,"type":2,"guild_id":"1","channel_id":"42","user_id":"7","user_name":"alice","user_username":"alice","username":"alice","display_name":"Alice","permissions":"8","member":{"permissions":"8","roles":["55"],"nick":null,"user":{"id":"7","username":"alice","global_name":"Alice"}},"command_name":"calc","command_type":1,"options":[{"name":"expression","type":3,"value":"3+6"}],"command_options":[{"name":"expression","type":3,"value":"3+6"}],"resolved":{},"custom_id":"","component_type":0,"values":[],"modal_values":{}}"#,
        );
        assert_has(
            &payload,
            r#"{"command_id":"500","locale":"de","guild_locale":"en-US","app_permissions":"2048","user_display_name":"Alice","user_avatar":null,"message_id":null,"message":null}"#,
        );
        assert!(!payload.to_string().contains("secret-token"));
        assert!(payload.get("token").is_none());
    }

    #[test]
    fn a_button_and_a_select_name_their_message_and_choice() {
        let mut data = from_alice(3, json!({"custom_id": "page:next:5", "component_type": 2}));
        json::set(
            &mut data,
            "message",
            json!({"id": "1200", "channel_id": "42", "content": "page 4", "author": {"id": "9"}, "embeds": [],
                "components": [], "flags": 0, "webhook_id": "8"}),
        );
        assert_has(
            &payload(&data, 1, "").unwrap(),
            r#"{"interaction_type":3,"component_type":2,"custom_id":"page:next:5","values":[],"command_name":"","command_id":null,"command_type":0,"message_id":"1200","message":{"id":"1200","channel_id":"42","content":"page 4","author_id":"9","embeds":[],"components":[],"flags":0}}"#,
        );
        let data = from_alice(
            3,
            json!({"custom_id": "role", "component_type": 3, "values": ["tank"]}),
        );
        assert_has(
            &payload(&data, 1, "").unwrap(),
            r#"{"component_type":3,"values":["tank"],"options":[]}"#,
        );
    }

    #[test]
    fn a_modal_has_every_input_even_empty_ones_in_rows_and_in_labels() {
        let data = from_alice(
            5,
            json!({"custom_id": "signup_form", "components": [
                {"type": 1, "components": [{"type": 4, "custom_id": "char_name", "value": "Aerilyn"}]},
                {"type": 18, "component": {"type": 4, "custom_id": "notes", "value": ""}},
                {"type": 18, "component": {"type": 3, "custom_id": "class", "values": ["tank"]}}]}),
        );
        assert_has(
            &payload(&data, 1, "").unwrap(),
            r#"{"interaction_type":5,"custom_id":"signup_form","modal_values":{"char_name":"Aerilyn","notes":"","class":["tank"]},"component_type":0}"#,
        );
    }

    #[test]
    fn every_option_has_a_kind_and_ids_are_text() {
        let nodes = json!([
            {"name": "play", "options": [{"name": "category", "value": "music"}]},
            {"name": "group", "options": [{"name": "sub", "options": []}]},
            {"name": "who", "type": 6, "value": 7},
            {"name": "much", "type": 10, "value": 3},
            {"name": "many", "value": 3},
            {"name": "yes", "value": true},
            {"no name": 1},
        ]);
        assert_eq!(
            options(nodes.as_array().unwrap(), 0),
            json!([
                {"name": "play", "type": 1, "options": [{"name": "category", "type": 3, "value": "music"}]},
                {"name": "group", "type": 2, "options": [{"name": "sub", "type": 1, "options": []}]},
                {"name": "who", "type": 6, "value": "7"},
                {"name": "much", "type": 10, "value": 3.0},
                {"name": "many", "type": 4, "value": 3},
                {"name": "yes", "type": 5, "value": true},
            ])
        );
    }

    #[test]
    fn resolved_has_the_contracts_shape_and_no_empty_maps() {
        let raw = json!({"users": {"7": {"id": "7", "username": "alice", "global_name": null, "avatar": "a",
            "public_flags": 0}}, "members": {"7": {"nick": null, "roles": [], "joined_at": "t", "permissions": "0",
            "deaf": false}}, "roles": {}, "channels": {"42": {"id": "42", "name": "general", "type": 0}}});
        assert_eq!(
            resolved(&raw),
            json!({"users": {"7": {"id": "7", "username": "alice", "global_name": null, "bot": false, "avatar": "a"}},
                "members": {"7": {"nick": null, "roles": [], "joined_at": "t", "permissions": "0"}},
                "channels": {"42": {"id": "42", "name": "general", "type": 0, "parent_id": null}}})
        );
        assert_eq!(resolved(&Value::Null), json!({}));
    }

    #[test]
    fn deep_or_odd_shapes_end() {
        let (mut options_deep, mut components_deep) = (json!([]), json!([]));
        for _ in 0..100 {
            options_deep = json!([{"name": "x", "type": 2, "options": options_deep}]);
            components_deep = json!([{"custom_id": "c", "components": components_deep}]);
        }
        assert!(
            options(options_deep.as_array().unwrap(), 0).to_string().len() < 200,
            "cut off"
        );
        let data = from_alice(5, json!({"components": components_deep}));
        assert!(payload(&data, 1, "").is_some());
        assert_eq!(payload(&json!({"id": "1", "type": 2}), 1, ""), None);
    }
}
