//! Every kind of dispatch with every one of its values replaced by something odd: nothing panics, and what is
//! remembered stays usable.

use serde_json::{Value, json};

use super::testing::cache;
use super::{apply, count_members, interaction_payload, translate};

/// One dispatch of every kind that is read.
fn dispatches() -> Vec<(&'static str, Value)> {
    let user = json!({"id": "7", "username": "alice", "global_name": "Alice", "bot": false, "avatar": null});
    let member = json!({"user": user, "nick": "Al", "roles": ["55"], "joined_at": "2026-01-01T00:00:00+00:00",
        "permissions": "8", "communication_disabled_until": "2026-01-01T00:00:00+00:00", "guild_id": "1"});
    let channel = json!({"id": "42", "guild_id": "1", "name": "general", "type": 0, "parent_id": "40", "position": 1,
        "topic": "t", "nsfw": false, "owner_id": "7", "thread_metadata": {"archived": false},
        "permission_overwrites": [{"id": "55", "type": 0, "allow": "1024", "deny": "0"}]});
    let role = json!({"id": "55", "name": "Raiders", "color": 1, "position": 4, "permissions": "8", "managed": false,
        "mentionable": true});
    let voice =
        json!({"guild_id": "1", "user_id": "7", "channel_id": "90", "self_stream": true, "member": member});
    let message = json!({"id": "1100", "channel_id": "42", "guild_id": "1", "type": 19, "content": "x",
        "timestamp": "t", "edited_timestamp": "e", "author": user, "member": member, "webhook_id": null,
        "embeds": [{"title": "x"}], "attachments": [{"id": "3", "filename": "a"}], "mentions": [user],
        "mention_roles": ["55"], "components": [{"type": 1}], "message_reference": {"message_id": "1099"}});
    let reaction = json!({"message_id": "1100", "channel_id": "42", "user_id": "7", "guild_id": "1",
        "emoji": {"id": "5", "name": "maid", "animated": true}, "member": member});
    let guild = json!({"id": "1", "name": "G", "icon": "i", "owner_id": "7", "member_count": 3, "channels": [channel],
        "threads": [channel], "roles": [role], "members": [member], "voice_states": [voice], "unavailable": false});
    let interaction = json!({"id": "300", "type": 2, "guild_id": "1", "channel_id": "42", "token": "t",
        "application_id": "8", "locale": "de", "app_permissions": "8", "member": member, "message": message,
        "data": {"id": "5", "name": "calc", "type": 1, "custom_id": "c", "component_type": 3, "values": ["a"],
            "options": [{"name": "o", "type": 2, "options": [{"name": "s", "type": 1, "options": [
                {"name": "v", "type": 10, "value": 1.5}]}]}],
            "resolved": {"users": {"7": user}, "members": {"7": member}, "messages": {"1100": message}},
            "components": [{"type": 1, "components": [{"type": 4, "custom_id": "i", "value": "v"}]}]}});
    let ready = json!({"user": user, "guilds": [{"id": "1", "unavailable": true}]});
    let in_guild = |key: &str, value: &Value| {
        json!({"guild_id": "1", "role_id": "55", "ids": ["1100"], "id": "1100",
        "channel_id": "42", key: value})
    };
    vec![
        ("READY", ready),
        ("GUILD_CREATE", guild.clone()),
        ("GUILD_UPDATE", guild.clone()),
        ("GUILD_DELETE", json!({"id": "1", "unavailable": true})),
        ("CHANNEL_CREATE", channel.clone()),
        ("CHANNEL_UPDATE", channel.clone()),
        ("CHANNEL_DELETE", channel.clone()),
        ("THREAD_CREATE", channel.clone()),
        ("THREAD_UPDATE", channel.clone()),
        ("THREAD_DELETE", channel.clone()),
        ("THREAD_LIST_SYNC", in_guild("threads", &json!([channel]))),
        ("GUILD_ROLE_CREATE", in_guild("role", &role)),
        ("GUILD_ROLE_UPDATE", in_guild("role", &role)),
        ("GUILD_ROLE_DELETE", in_guild("role", &role)),
        ("GUILD_MEMBER_ADD", member.clone()),
        ("GUILD_MEMBER_UPDATE", member.clone()),
        ("GUILD_MEMBER_REMOVE", member.clone()),
        ("VOICE_STATE_UPDATE", voice),
        ("MESSAGE_CREATE", message.clone()),
        ("MESSAGE_UPDATE", message.clone()),
        ("MESSAGE_DELETE", message.clone()),
        ("MESSAGE_DELETE_BULK", in_guild("ids", &json!(["1100", "1101"]))),
        ("MESSAGE_REACTION_ADD", reaction.clone()),
        ("MESSAGE_REACTION_REMOVE", reaction),
        ("INTERACTION_CREATE", interaction),
    ]
}

fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(""),
        json!("0"),
        json!("x\u{0}\u{202e}"),
        json!("18446744073709551615"),
        json!("99999999999999999999999"),
        json!([]),
        json!([null, [[]], {}]),
        json!({}),
        json!({"id": "1", "roles": "x", "user": 5}),
    ]
}

/// Returns the paths of all values inside, the whole first.
fn paths(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
        match value {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| walk(value, &format!("{at}/{key}"), out)),
            Value::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    walk(value, &format!("{at}/{n}"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(value, "", &mut out);
    out
}

#[test]
fn no_odd_value_anywhere_in_any_dispatch_panics() {
    let cache = cache();
    let (all, odd) = (dispatches(), odd());
    let mut tried = 0;
    for (name, good) in &all {
        for path in paths(good) {
            for value in &odd {
                let mut data = good.clone();
                *data.pointer_mut(&path).expect("the path was just found") = value.clone();
                count_members(name, &data, &cache);
                translate(name, &data, &cache);
                interaction_payload(&data, 1, "calc");
                apply(name, &data, &cache);
                tried += 1;
            }
        }
        // Whatever it did to what is remembered, the next ones are read.
        for (name, good) in &all {
            apply(name, good, &cache);
        }
    }
    assert!(tried > 10_000, "{tried} were tried");
    assert_eq!(cache.guilds().len(), cache.guild_ids().len());
}

#[test]
fn a_guild_that_counts_to_the_end_of_numbers_is_survived() {
    let cache = cache();
    apply(
        "GUILD_CREATE",
        &json!({"id": "1", "name": "G", "member_count": u64::MAX}),
        &cache,
    );
    count_members("GUILD_MEMBER_ADD", &json!({"guild_id": "1"}), &cache);
    assert_eq!(cache.guild(1, |guild| guild.member_count), Some(u64::MAX));
}

#[test]
fn an_outage_keeps_what_is_remembered() {
    let cache = cache();
    let news = apply("GUILD_CREATE", &json!({"id": "1", "unavailable": true}), &cache);
    assert!(
        matches!(&news[..], [super::GuildNews::Available(guild)] if !guild.available && guild.name == "My Guild")
    );
    assert_eq!(cache.channel_name(1, Some(42)), "general");
}
