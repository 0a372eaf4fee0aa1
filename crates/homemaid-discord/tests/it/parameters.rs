//! What each parameter may be, and what becomes of it beyond that (wire §6.9).

use homemaid_discord::DiscordCall;
use homemaid_protocol::{ErrorCode, EventType, RpcError};
use serde_json::{Value, json};

use crate::scene::{Scene, map};

const MEMBER: &str = "1042000000000000201";

fn at(scene: &Scene, more: Value) -> Value {
    let mut at = map(json!({"channel_id": scene.general.to_string()}));
    at.extend(map(more));
    at.into()
}

#[track_caller]
fn assert_field(result: Result<Value, RpcError>, field: &str) {
    let error = result.expect_err(field);
    assert_eq!(error.code(), ErrorCode::ValidationError, "{field}: {error}");
    assert_eq!(serde_json::to_value(&error).unwrap()["field"], field, "{error}");
}

#[tokio::test]
async fn the_field_that_is_missing_or_wrong_is_named() {
    let scene = Scene::open().await;
    let cases = [
        ("discord.send_message", json!({"content": "x"}), "channel_id"),
        (
            "discord.send_message",
            json!({"channel_id": "", "content": "x"}),
            "channel_id",
        ),
        (
            "discord.send_message",
            json!({"channel_id": "general", "content": "x"}),
            "channel_id",
        ),
        ("discord.send_message", at(&scene, json!({})), "content"),
        (
            "discord.send_message",
            at(&scene, json!({"content": 5})),
            "content",
        ),
        (
            "discord.send_message",
            at(&scene, json!({"embeds": "x"})),
            "embeds",
        ),
        (
            "discord.send_message",
            at(&scene, json!({"embeds": [{"title": "x".repeat(257)}]})),
            "embeds[0].title",
        ),
        (
            "discord.send_message",
            at(&scene, json!({"components": [{"type": 2}]})),
            "components[0].type",
        ),
        (
            "discord.send_message",
            at(&scene, json!({"files": [{"filename": "a"}]})),
            "files",
        ),
        (
            "discord.send_message",
            at(
                &scene,
                json!({"files": [{"filename": "a", "data_b64": "no base64!"}]}),
            ),
            "files",
        ),
        (
            "discord.send_message",
            at(&scene, json!({"content": "x", "allowed_mentions": []})),
            "allowed_mentions",
        ),
        (
            "discord.edit_message",
            at(&scene, json!({"message_id": "5"})),
            "content",
        ),
        (
            "discord.edit_message",
            at(&scene, json!({"content": "x"})),
            "message_id",
        ),
        (
            "discord.bulk_delete_messages",
            at(&scene, json!({"message_ids": []})),
            "message_ids",
        ),
        (
            "discord.add_reaction",
            at(&scene, json!({"message_id": "5", "emoji": "smile"})),
            "emoji",
        ),
        (
            "discord.add_reaction",
            at(&scene, json!({"message_id": "5", "emoji": "a\u{0}"})),
            "emoji",
        ),
        (
            "discord.get_messages",
            at(&scene, json!({"limit": "many"})),
            "limit",
        ),
        ("discord.get_member", json!({}), "user_id"),
        ("discord.search_members", json!({"query": " "}), "query"),
        ("discord.create_channel", json!({"name": ""}), "name"),
        (
            "discord.create_channel",
            json!({"name": "x", "channel_type": 1}),
            "channel_type",
        ),
        ("discord.edit_channel", at(&scene, json!({})), "name"),
        (
            "discord.set_channel_permissions",
            at(&scene, json!({"target_id": MEMBER, "allow": "all"})),
            "allow",
        ),
        (
            "discord.set_channel_permissions",
            at(&scene, json!({"target_id": MEMBER, "target_type": 2})),
            "target_type",
        ),
        (
            "discord.create_thread",
            at(&scene, json!({"name": "x", "thread_type": 10})),
            "thread_type",
        ),
        (
            "discord.create_thread",
            at(&scene, json!({"name": "x", "auto_archive_duration": 5})),
            "auto_archive_duration",
        ),
        ("discord.edit_thread", json!({"thread_id": "5"}), "archived"),
        (
            "discord.edit_thread",
            json!({"thread_id": scene.general.to_string(), "name": "x"}),
            "thread_id",
        ),
        (
            "discord.timeout_member",
            json!({"user_id": "5"}),
            "duration_seconds",
        ),
        ("discord.add_role", json!({"user_id": "5"}), "role_id"),
        ("discord.kick_bulk", json!({"user_ids": vec!["5"; 0]}), "user_ids"),
        (
            "discord.kick_bulk",
            json!({"user_ids": (1..=26).collect::<Vec<_>>()}),
            "user_ids",
        ),
        ("discord.create_webhook", at(&scene, json!({})), "name"),
        (
            "discord.execute_webhook",
            json!({"webhook_id": "5", "webhook_token": "a/b", "content": "x"}),
            "webhook_token",
        ),
        ("interaction.respond", json!({"_interaction_id": "5"}), "content"),
        ("interaction.respond", json!({"content": "x"}), "_interaction_id"),
        (
            "interaction.send_modal",
            json!({"title": "x", "custom_id": "y"}),
            "components",
        ),
    ];
    let before = scene.requests("POST", "");
    for (method, params, field) in cases {
        assert_field(scene.call(method, params).await, field);
    }
    assert_eq!(scene.requests("POST", ""), before, "nothing was sent");
}

#[tokio::test]
async fn what_is_too_long_is_cut_as_the_sdk_would() {
    let scene = Scene::open().await;
    let many: Vec<_> = (0..5)
        .map(|n| json!({"filename": format!("{n}.txt"), "data_b64": "aGk"}))
        .collect();
    let long = json!({"content": "x".repeat(2500), "files": many,
        "embeds": vec![json!({"title": "t"}); 12]});
    scene
        .call("discord.send_message", at(&scene, long))
        .await
        .unwrap();
    let seen = scene.messages("alice").pop().unwrap();
    assert_eq!(seen["content"].as_str().unwrap().len(), 2000);
    assert_eq!(
        seen["attachments"].as_array().unwrap().len(),
        3,
        "base64 without padding is read as well"
    );
    assert_eq!(seen["embeds"].as_array().unwrap().len(), 10);
    let name = json!({"name": "x".repeat(150), "topic": "t".repeat(2000)});
    let made = scene.call("discord.create_channel", name).await.unwrap();
    assert_eq!(made["name"].as_str().unwrap().len(), 100);
    let read = scene
        .call("discord.get_channel", json!({"channel_id": made["id"]}))
        .await
        .unwrap();
    assert_eq!(read["channel"]["topic"].as_str().unwrap().len(), 1024);
    let bob = scene.control.user("bob").unwrap().to_string();
    let nick = json!({"user_id": bob, "nickname": "n".repeat(50)});
    scene.call("discord.set_nickname", nick).await.unwrap();
    let member = scene
        .call("discord.get_member", json!({"user_id": bob}))
        .await
        .unwrap();
    assert_eq!(member["member"]["nick"].as_str().unwrap().len(), 32);
    let read = scene
        .call("discord.get_messages", at(&scene, json!({"limit": 5000})))
        .await;
    assert!(read.is_ok());
}

#[tokio::test]
async fn files_have_eight_megabytes_together() {
    let scene = Scene::open().await;
    let file = |bytes: usize| json!({"filename": "big.bin", "data_b64": "A".repeat(bytes.div_ceil(3) * 4)});
    let params = map(at(&scene, json!({"files": [file(5 << 20), file(4 << 20)]})));
    let call = DiscordCall {
        installation: &scene.maid,
        method: "discord.send_message",
        params: &params,
        event_id: None,
    };
    let error = scene.discord.check(&call).unwrap_err();
    assert!(error.message().contains("8 MB"), "{error}");
}

#[tokio::test]
async fn the_audit_log_says_which_plugin_and_why() {
    let scene = Scene::open().await;
    let carol = scene.control.user("carol").unwrap().to_string();
    let params = json!({"user_id": carol, "reason": "spam ".repeat(200)});
    scene.call("discord.kick_member", params).await.unwrap();
    let timeline = scene.control.timeline(0, usize::MAX);
    let reason = timeline
        .iter()
        .filter(|entry| entry.kind == "rest" && entry.data["method"] == "DELETE")
        .find_map(|entry| {
            entry
                .data
                .get("reason")
                .and_then(Value::as_str)
                .map(str::to_owned)
        })
        .expect("the simulator notes it");
    assert!(reason.starts_with("[maid] spam"), "{reason}");
    assert!(reason.chars().count() <= 512);
}

#[tokio::test]
async fn dangerous_permissions_do_not_get_into_an_overwrite() {
    let mut scene = Scene::open().await;
    // Everything, of which the dangerous ones are taken out before Discord sees them.
    let granted = discord_sim::Permissions::VIEW_CHANNEL.0 | discord_sim::Permissions::SEND_MESSAGES.0;
    let dangerous = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 28) | (1 << 29);
    let params = json!({"target_id": MEMBER, "allow": (granted | dangerous).to_string(), "deny": "0"});
    scene
        .call("discord.set_channel_permissions", at(&scene, params))
        .await
        .unwrap();
    scene.next(EventType::ChannelUpdate).await;
    let state = scene.control.state();
    let channels = state["guilds"][0]["channels"].as_array().unwrap().clone();
    let general = channels
        .iter()
        .find(|channel| channel["name"] == "general")
        .unwrap()
        .clone();
    let overwrites = general["permission_overwrites"].as_array().unwrap().clone();
    let own = overwrites
        .iter()
        .find(|overwrite| overwrite["id"] == MEMBER)
        .unwrap()
        .clone();
    assert_eq!(own["allow"], granted.to_string());
}

#[tokio::test]
async fn many_are_acted_upon_each_by_itself() {
    let scene = Scene::open().await;
    let (alice, bob, carol) = (
        scene.control.user("alice").unwrap().to_string(),
        scene.control.user("bob").unwrap().to_string(),
        scene.control.user("carol").unwrap().to_string(),
    );
    let all = json!([alice, bob, carol, "999"]);
    let timeouts = json!({"user_ids": all, "duration_seconds": 99_999_999, "reason": "x"});
    let done = scene.call("discord.timeout_bulk", timeouts).await.unwrap();
    assert_eq!(
        (&done["success"], &done["failed"]),
        (&json!(2), &json!(2)),
        "{done}"
    );
    let error = |user: &str| {
        let errors = done["errors"].as_array().unwrap().clone();
        let found = errors.into_iter().find(|error| error["user_id"] == user).unwrap();
        found["error"].as_str().unwrap().to_owned()
    };
    assert!(
        error(&alice).starts_with("bot lacks moderate_members permission"),
        "{}",
        error(&alice)
    );
    assert!(error("999").contains("404"), "{}", error("999"));
    let kicked = scene
        .call("discord.kick_bulk", json!({"user_ids": [bob, carol, bob]}))
        .await
        .unwrap();
    assert_eq!(
        kicked,
        json!({"success": 2, "failed": 0, "errors": []}),
        "twice the same is once"
    );
}

#[tokio::test]
async fn a_stranger_can_be_banned_and_history_goes_with_it() {
    let scene = Scene::open().await;
    let params = json!({"user_id": scene.control.user("carol").unwrap().to_string(), "delete_message_seconds": 9_999_999});
    assert_eq!(
        scene.call("discord.ban_member", params).await,
        Ok(json!({"ok": true}))
    );
    let carol = scene.control.user("carol").unwrap().to_string();
    let again = scene
        .call("discord.kick_member", json!({"user_id": carol}))
        .await
        .unwrap_err();
    assert_eq!(
        (again.code(), again.status()),
        (ErrorCode::DiscordApiError, Some(404)),
        "{again}"
    );
    assert_eq!(
        scene
            .call("discord.unban_member", json!({"user_id": carol}))
            .await,
        Ok(json!({"ok": true}))
    );
    let twice = scene
        .call("discord.unban_member", json!({"user_id": carol}))
        .await
        .unwrap_err();
    assert_eq!(
        (twice.code(), twice.status()),
        (ErrorCode::DiscordApiError, Some(404)),
        "{twice}"
    );
    assert_eq!(
        scene.call("discord.ban_member", json!({"user_id": carol})).await,
        Ok(json!({"ok": true})),
        "who is no member can be banned all the same"
    );
}

#[tokio::test]
async fn a_category_must_be_one_and_of_this_guild() {
    let scene = Scene::open().await;
    let wrong = json!({"name": "x", "category_id": scene.general.to_string()});
    assert_field(scene.call("discord.create_channel", wrong).await, "category_id");
    let foreign = scene.control.create_guild("Elsewhere", "carol", None).unwrap();
    let foreign = scene
        .control
        .channel_named(foreign, "general")
        .unwrap()
        .to_string();
    let error = scene
        .call(
            "discord.create_channel",
            json!({"name": "x", "category_id": foreign}),
        )
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404), "{error}");
    let parlour = scene
        .control
        .channel_named(scene.guild, "Parlour")
        .unwrap()
        .to_string();
    let made = scene
        .call(
            "discord.create_channel",
            json!({"name": "x", "category_id": parlour, "channel_type": 2, "user_limit": 500}),
        )
        .await
        .unwrap();
    assert_eq!((&made["type"], &made["ok"]), (&json!(2), &json!(true)));
    let target = json!({"channel_id": made["id"], "target_id": "999"});
    let error = scene
        .call("discord.delete_channel_permission", target)
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404), "{error}");
}
