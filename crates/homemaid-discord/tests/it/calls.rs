//! Calls, and what Discord makes of them.

use discord_sim::Permissions;
use homemaid_discord::DiscordCall;
use homemaid_protocol::{ErrorCode, RpcError};
use serde_json::{Value, json};

use crate::scene::{Scene, map};

fn in_general(scene: &Scene, more: Value) -> Value {
    let mut params = map(json!({"channel_id": scene.general.to_string()}));
    params.extend(map(more));
    params.into()
}

async fn send(scene: &Scene, more: Value) -> Value {
    scene
        .call("discord.send_message", in_general(scene, more))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_message_with_embeds_buttons_and_files_is_sent_edited_read_pinned_and_deleted() {
    let scene = Scene::open().await;
    let button =
        json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Tea", "custom_id": "tea"}]}]);
    let sent = send(
        &scene,
        json!({"content": "hello", "embeds": [{"title": "T", "color": 5}], "components": button,
            "files": [{"filename": "a.txt", "data_b64": "aGVsbG8="}]}),
    )
    .await;
    assert_eq!(
        (&sent["ok"], &sent["channel_id"]),
        (&json!(true), &json!(scene.general.to_string()))
    );
    let seen = scene.messages("alice").pop().unwrap();
    assert_eq!(seen["id"], sent["message_id"]);
    assert_eq!(seen["embeds"][0]["title"], "T");
    assert_eq!(seen["components"][0]["components"][0]["custom_id"], "tea");
    assert_eq!(
        (
            &seen["attachments"][0]["filename"],
            &seen["attachments"][0]["size"]
        ),
        (&json!("a.txt"), &json!(5))
    );

    let at = |more: Value| {
        in_general(&scene, {
            let mut at = map(json!({"message_id": sent["message_id"]}));
            at.extend(map(more));
            at.into()
        })
    };
    let edited = scene
        .call(
            "discord.edit_message",
            at(json!({"content": "changed", "components": []})),
        )
        .await;
    assert_eq!(edited.unwrap()["message_id"], sent["message_id"]);
    let seen = scene.messages("alice").pop().unwrap();
    assert_eq!(
        (&seen["content"], &seen["components"]),
        (&json!("changed"), &json!([]))
    );
    assert_eq!(seen["embeds"][0]["title"], "T", "what is not given stays");

    assert_eq!(
        scene.call("discord.pin_message", at(json!({}))).await,
        Ok(json!({"ok": true}))
    );
    let read = scene
        .call("discord.get_messages", in_general(&scene, json!({"limit": 50})))
        .await
        .unwrap();
    let newest_own = read["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["id"] == sent["message_id"])
        .unwrap();
    assert_eq!(
        (
            &newest_own["pinned"],
            &newest_own["embeds"],
            &newest_own["attachments"]
        ),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(
        scene.call("discord.unpin_message", at(json!({}))).await,
        Ok(json!({"ok": true}))
    );
    assert_eq!(
        scene.call("discord.delete_message", at(json!({}))).await,
        Ok(json!({"ok": true}))
    );
    let again = scene
        .call("discord.delete_message", at(json!({})))
        .await
        .unwrap_err();
    assert_eq!(
        again.message(),
        "Discord API error 404 (code 10008): Unknown Message"
    );
}

#[tokio::test]
async fn messages_page_both_ways_newest_first() {
    let scene = Scene::open().await;
    let mut ids = Vec::new();
    for n in 0..6 {
        let posted = scene
            .control
            .post_message(scene.general, "alice", &format!("m{n}"), None)
            .unwrap();
        ids.push(posted["id"].as_str().unwrap().to_owned());
    }
    let page = async |more: Value| {
        let read = scene
            .call("discord.get_messages", in_general(&scene, more))
            .await
            .unwrap();
        let contents = read["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["content"].as_str().unwrap().to_owned());
        contents.collect::<Vec<_>>()
    };
    assert_eq!(page(json!({"limit": 2})).await, ["m5", "m4"]);
    assert_eq!(page(json!({"limit": 2, "before": ids[4]})).await, ["m3", "m2"]);
    assert_eq!(
        page(json!({"limit": 2, "after": ids[0]})).await,
        ["m2", "m1"],
        "the oldest page above the id"
    );
}

#[tokio::test]
async fn nothing_pings_unless_asked() {
    let scene = Scene::open().await;
    let bob = scene.control.user("bob").unwrap();
    send(&scene, json!({"content": format!("<@{bob}> @everyone")})).await;
    let quiet = scene.messages("alice").pop().unwrap();
    assert_eq!(
        (&quiet["mention_everyone"], &quiet["mentions"]),
        (&json!(false), &json!([])),
        "{quiet}"
    );
    let asked = json!({"content": format!("<@{bob}> @everyone"), "allowed_mentions": {"parse": ["users", "everyone"]}});
    send(&scene, asked).await;
    let loud = scene.messages("alice").pop().unwrap();
    assert_eq!(loud["mention_everyone"], false, "never everyone");
    assert_eq!(loud["mentions"][0]["id"], bob.to_string());
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_anything_is_sent() {
    let scene = Scene::open().await;
    let before = scene
        .control
        .timeline(0, usize::MAX)
        .iter()
        .filter(|entry| entry.kind == "rest")
        .count();
    let params = map(in_general(&scene, json!({"content": ""})));
    let call = DiscordCall {
        installation: &scene.maid,
        method: "discord.send_message",
        params: &params,
        event_id: None,
    };
    assert_eq!(
        scene.discord.check(&call).unwrap_err().code(),
        ErrorCode::ValidationError
    );
    assert_eq!(
        scene.discord.call(call).await.result.unwrap_err().code(),
        ErrorCode::ValidationError
    );
    let after = scene
        .control
        .timeline(0, usize::MAX)
        .iter()
        .filter(|entry| entry.kind == "rest")
        .count();
    assert_eq!(before, after);
}

#[tokio::test]
async fn calls_cost_what_the_contract_says() {
    let scene = Scene::open().await;
    let cost = |method: &str, params: Value| {
        let params = map(params);
        let call = DiscordCall {
            installation: &scene.maid,
            method,
            params: &params,
            event_id: None,
        };
        scene.discord.check(&call)
    };
    assert_eq!(
        cost("discord.send_message", json!({"channel_id": "5", "content": "x"})),
        Ok(1)
    );
    assert_eq!(
        cost("discord.kick_bulk", json!({"user_ids": ["5", "6", "7"]})),
        Ok(3)
    );
}

fn assert_unknown(result: Result<Value, RpcError>, what: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiscordApiError, "{error}");
    assert!(
        error.message().contains("404") && error.message().ends_with(what),
        "{error}"
    );
}

#[tokio::test]
async fn another_guilds_ids_do_not_exist() {
    let scene = Scene::open().await;
    // One guild where the bot is as well, and one where it is not.
    let shared = scene
        .control
        .create_guild("Elsewhere", "carol", Some(Permissions::ADMINISTRATOR))
        .unwrap();
    let foreign = scene.control.create_guild("Far away", "carol", None).unwrap();
    let general = |guild| scene.control.channel_named(guild, "general").unwrap().to_string();
    let other = shared;
    let role = scene
        .control
        .create_role(other, &map(json!({"name": "Theirs"})))
        .unwrap();
    for id in [general(shared), general(foreign), "999".to_owned()] {
        for method in [
            "discord.send_message",
            "discord.get_messages",
            "discord.get_channel",
            "discord.delete_channel",
        ] {
            let params = json!({"channel_id": id, "content": "x", "message_id": "5"});
            assert_unknown(scene.call(method, params).await, "Unknown Channel");
        }
    }
    let bob = scene.control.user("bob").unwrap().to_string();
    let role = json!({"user_id": bob, "role_id": role["id"]});
    assert_unknown(scene.call("discord.add_role", role).await, "Unknown Role");
    assert_unknown(
        scene.call("discord.get_member", json!({"user_id": "999"})).await,
        "Unknown User",
    );
}

#[tokio::test]
async fn a_permission_the_bot_lacks_is_named() {
    let scene = Scene::open().await;
    scene
        .control
        .set_bot_permissions(scene.guild, Permissions::VIEW_CHANNEL)
        .unwrap();
    let everyone = map(json!({"permissions": Permissions::VIEW_CHANNEL}));
    scene
        .control
        .edit_role(scene.guild, scene.guild, &everyone)
        .unwrap();
    let bob = scene.control.user("bob").unwrap().to_string();
    let at = in_general(&scene, json!({"content": "x", "name": "x"}));
    for (method, params, permission) in [
        ("discord.send_message", at.clone(), "send_messages"),
        ("discord.edit_channel", at.clone(), "manage_channels"),
        ("discord.create_channel", at, "manage_channels"),
        ("discord.kick_member", json!({"user_id": bob}), "kick_members"),
        ("discord.ban_member", json!({"user_id": bob}), "ban_members"),
        (
            "discord.timeout_member",
            json!({"user_id": bob, "duration_seconds": 60}),
            "moderate_members",
        ),
        (
            "discord.set_nickname",
            json!({"user_id": bob, "nickname": "B"}),
            "manage_nicknames",
        ),
        (
            "discord.add_role",
            json!({"user_id": bob, "role_id": "1042000000000000201"}),
            "manage_roles",
        ),
    ] {
        let error = scene.call(method, params).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::BotMissingPermission, "{method}: {error}");
        assert_eq!(
            error.message(),
            format!("bot lacks {permission} permission"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn the_guild_its_channels_roles_and_members_are_read() {
    let scene = Scene::open().await;
    let guild = scene.call("discord.get_guild", json!({})).await.unwrap()["guild"].clone();
    assert_eq!(
        (&guild["name"], &guild["id"]),
        (&json!("Maid Café"), &json!(scene.guild.to_string()))
    );
    assert_eq!(guild["member_count"], 4);
    let channels = scene.call("discord.list_channels", json!({})).await.unwrap();
    let general = channels["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "general")
        .unwrap()
        .clone();
    let one = scene
        .call("discord.get_channel", in_general(&scene, json!({})))
        .await
        .unwrap();
    assert_eq!(one["channel"], general);
    assert_eq!(general["topic"], "Everything else");
    let roles = scene.call("discord.list_roles", json!({})).await.unwrap();
    let admin = roles["roles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["name"] == "Admin")
        .unwrap()
        .clone();
    assert_eq!(admin["permissions"], "8");
    let members = scene
        .call("discord.list_members", json!({"role_id": "1042000000000000201"}))
        .await
        .unwrap();
    assert_eq!(members["members"].as_array().unwrap().len(), 1);
    assert_eq!(members["members"][0]["username"], "bob");
    let all = scene.call("discord.list_members", json!({})).await.unwrap();
    assert_eq!(all["members"].as_array().unwrap().len(), 4);
    let found = scene
        .call("discord.search_members", json!({"query": "car"}))
        .await
        .unwrap();
    assert_eq!(found["members"][0]["display_name"], "Carol");
}

#[tokio::test]
async fn members_are_moderated_with_a_reason_and_in_bulk() {
    let scene = Scene::open().await;
    let (bob, carol) = (
        scene.control.user("bob").unwrap().to_string(),
        scene.control.user("carol").unwrap().to_string(),
    );
    let member = |who: &str| {
        let state = scene.control.state();
        let members = state["guilds"][0]["members"].as_array().unwrap().clone();
        members
            .into_iter()
            .find(|member| member["user"]["username"] == who)
    };
    let timeout = json!({"user_id": bob, "duration_seconds": 60, "reason": "spam"});
    assert_eq!(
        scene.call("discord.timeout_member", timeout).await,
        Ok(json!({"ok": true}))
    );
    assert!(member("bob").unwrap()["communication_disabled_until"].is_string());
    scene
        .call(
            "discord.set_nickname",
            json!({"user_id": bob, "nickname": "Bobby"}),
        )
        .await
        .unwrap();
    assert_eq!(member("bob").unwrap()["nick"], "Bobby");
    scene
        .call("discord.set_nickname", json!({"user_id": bob, "nickname": null}))
        .await
        .unwrap();
    assert_eq!(member("bob").unwrap()["nick"], json!(null));
    let bulk = json!({"user_ids": [bob, carol, "999"], "role_id": "1042000000000000201"});
    let done = scene.call("discord.add_role_bulk", bulk).await.unwrap();
    assert_eq!((&done["success"], &done["failed"]), (&json!(2), &json!(1)));
    assert_eq!(done["errors"][0]["user_id"], "999");
    assert_eq!(member("carol").unwrap()["roles"], json!(["1042000000000000201"]));
    scene
        .call("discord.kick_member", json!({"user_id": carol}))
        .await
        .unwrap();
    assert!(member("carol").is_none());
    scene
        .call("discord.ban_member", json!({"user_id": bob, "reason": "spam"}))
        .await
        .unwrap();
    assert!(member("bob").is_none());
    assert_eq!(
        scene.call("discord.unban_member", json!({"user_id": bob})).await,
        Ok(json!({"ok": true}))
    );
}

#[tokio::test]
async fn channels_are_made_changed_opened_and_removed() {
    let scene = Scene::open().await;
    let made = scene
        .call(
            "discord.create_channel",
            json!({"name": "tea-room", "topic": "tea"}),
        )
        .await
        .unwrap();
    assert_eq!(
        (&made["name"], &made["type"], &made["ok"]),
        (&json!("tea-room"), &json!(0), &json!(true))
    );
    let at = |more: Value| {
        let mut at = map(json!({"channel_id": made["id"]}));
        at.extend(map(more));
        Value::Object(at)
    };
    let edited = scene
        .call("discord.edit_channel", at(json!({"name": "coffee-room"})))
        .await
        .unwrap();
    assert_eq!(edited["name"], "coffee-room");
    let bits = json!(Permissions::SEND_MESSAGES);
    let allow = json!({"target_id": "1042000000000000201", "allow": bits, "deny": "0"});
    assert_eq!(
        scene.call("discord.set_channel_permissions", at(allow)).await,
        Ok(json!({"ok": true}))
    );
    let gone = scene
        .call(
            "discord.delete_channel_permission",
            at(json!({"target_id": "1042000000000000201"})),
        )
        .await;
    assert_eq!(gone, Ok(json!({"ok": true})));
    assert_eq!(
        scene.call("discord.delete_channel", at(json!({}))).await,
        Ok(json!({"ok": true}))
    );
}

#[tokio::test]
async fn a_rate_limit_of_discords_is_waited_out() {
    let scene = Scene::open().await;
    scene.control.enforce_rate_limits(true);
    // All at once: nobody knows Discord's limits yet.
    futures_util::future::join_all((0..7).map(|n| send(&scene, json!({"content": n.to_string()})))).await;
    assert_eq!(scene.messages("alice").len(), 7);
    let refused = scene
        .control
        .timeline(0, usize::MAX)
        .iter()
        .any(|entry| entry.data.get("status") == Some(&json!(429)));
    assert!(!refused, "we waited by ourselves, Discord never had to refuse");
}

#[tokio::test]
async fn calls_that_share_a_limit_of_discords_wait_for_each_other() {
    let scene = Scene::open().await;
    let sent = send(&scene, json!({"content": "keep"})).await;
    let at = json!({"channel_id": scene.general.to_string(), "message_id": sent["message_id"]});
    scene.control.enforce_rate_limits(true);
    // Five of pins together in five seconds, whichever way.
    for method in ["discord.pin_message", "discord.unpin_message"].repeat(3) {
        assert_eq!(scene.call(method, at.clone()).await, Ok(json!({"ok": true})));
    }
    assert_eq!(scene.discord.request_budget().refused, 0);
}

#[tokio::test]
async fn a_call_can_be_made_from_any_task() {
    let scene = Scene::open().await;
    let (discord, maid) = (scene.discord.clone(), scene.maid.clone());
    let task = tokio::spawn(async move {
        let params = serde_json::Map::new();
        discord
            .call(DiscordCall {
                installation: &maid,
                method: "discord.get_guild",
                params: &params,
                event_id: None,
            })
            .await
    });
    assert!(task.await.unwrap().result.is_ok());
}
