//! Threads and webhooks: made, used, removed, and never another guild's.

use discord_sim::Permissions;
use homemaid_discord::{Discord, DiscordConfig};
use homemaid_protocol::{Clock, ErrorCode, InstallationId, RpcError};
use serde_json::{Value, json};

use crate::scene::Scene;

/// Connects anew: what was learnt on the way is forgotten, as after a restart.
async fn restart(scene: &mut Scene) {
    let config = DiscordConfig::lab(scene.sim.bot_token().parse().unwrap(), scene.sim.rest_base());
    let (discord, mut events) = Discord::connect(config, Clock::system()).unwrap();
    let guilds = scene.discord.guilds().len();
    for _ in 0..guilds {
        events.recv().await.unwrap();
    }
    scene.discord.shutdown().await;
    (scene.discord, scene.events) = (discord, events);
}

/// A guild with the same bot and the same plugin.
fn elsewhere(scene: &Scene) -> (InstallationId, String) {
    let guild = scene
        .control
        .create_guild("Elsewhere", "carol", Some(Permissions::ADMINISTRATOR))
        .unwrap();
    let general = scene.control.channel_named(guild, "general").unwrap();
    (format!("maid@{guild}").parse().unwrap(), general.to_string())
}

#[track_caller]
fn assert_unknown(result: Result<Value, RpcError>, what: &str) {
    let error = result.expect_err(what);
    assert_eq!(
        (error.code(), error.status()),
        (ErrorCode::DiscordApiError, Some(404)),
        "{what}: {error}"
    );
    assert!(error.message().contains(what), "{error}");
}

#[tokio::test]
async fn threads_are_opened_written_in_archived_and_found_again() {
    let mut scene = Scene::open().await;
    let params = json!({"channel_id": scene.general.to_string(), "name": "x".repeat(150)});
    let thread = scene.call("discord.create_thread", params).await.unwrap()["thread"].clone();
    assert_eq!(thread["name"].as_str().unwrap().len(), 100);
    assert_eq!(
        (&thread["type"], &thread["archived"]),
        (&json!(11), &json!(false))
    );
    let keys: Vec<_> = thread.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    let say = |text: &str| json!({"channel_id": thread["id"], "content": text});
    let sent = scene.call("discord.send_message", say("hello")).await.unwrap();
    assert_eq!(sent["channel_id"], thread["id"]);
    let read = scene
        .call("discord.get_messages", json!({"channel_id": thread["id"]}))
        .await
        .unwrap();
    assert_eq!(read["messages"][0]["content"], "hello");
    let edit = |more: Value| {
        let mut edit = crate::scene::map(json!({"thread_id": thread["id"]}));
        edit.extend(crate::scene::map(more));
        Value::Object(edit)
    };
    for change in [
        json!({"name": "talk", "auto_archive_duration": 60}),
        json!({"locked": true}),
        json!({"locked": false, "archived": true}),
    ] {
        assert_eq!(
            scene.call("discord.edit_thread", edit(change)).await,
            Ok(json!({"ok": true}))
        );
    }
    // Discord does not list archived threads: this one has to be asked for.
    restart(&mut scene).await;
    let channel = scene
        .call("discord.get_channel", json!({"channel_id": thread["id"]}))
        .await
        .unwrap();
    assert_eq!(
        (&channel["channel"]["name"], &channel["channel"]["type"]),
        (&json!("talk"), &json!(11))
    );
    assert_eq!(channel["channel"]["parent_id"], scene.general.to_string());
    scene
        .call("discord.send_message", say("opened again"))
        .await
        .unwrap();
    assert_eq!(
        scene
            .call("discord.edit_thread", edit(json!({"archived": false})))
            .await,
        Ok(json!({"ok": true}))
    );
}

#[tokio::test]
async fn private_threads_and_other_guilds_threads() {
    let scene = Scene::open().await;
    let params = json!({"channel_id": scene.general.to_string(), "name": "secret", "thread_type": 12});
    let thread = scene.call("discord.create_thread", params).await.unwrap();
    assert_eq!(thread["thread"]["type"], 12);
    let (other, general) = elsewhere(&scene);
    let params = json!({"channel_id": general, "name": "theirs"});
    let theirs = scene
        .call_as(&other, None, "discord.create_thread", params)
        .await
        .unwrap()["thread"]["id"]
        .clone();
    assert_unknown(
        scene
            .call(
                "discord.edit_thread",
                json!({"thread_id": theirs, "name": "mine"}),
            )
            .await,
        "Unknown Channel",
    );
    assert_unknown(
        scene
            .call(
                "discord.send_message",
                json!({"channel_id": theirs, "content": "x"}),
            )
            .await,
        "Unknown Channel",
    );
}

#[tokio::test]
async fn a_webhook_is_made_speaks_under_its_name_and_goes() {
    let scene = Scene::open().await;
    let params = json!({"channel_id": scene.general.to_string(), "name": "Butler"});
    let webhook = scene.call("discord.create_webhook", params).await.unwrap()["webhook"].clone();
    assert_eq!(
        (&webhook["name"], &webhook["channel_id"]),
        (&json!("Butler"), &json!(scene.general.to_string()))
    );
    assert!(webhook["token"].as_str().is_some_and(|token| token.len() > 20));
    let bob = scene.control.user("bob").unwrap();
    let speak = json!({"webhook_id": webhook["id"], "webhook_token": webhook["token"], "username": "James",
        "content": format!("Dinner, <@{bob}> @everyone"), "embeds": [{"title": "Soup"}]});
    let said = scene.call("discord.execute_webhook", speak).await.unwrap();
    assert_eq!(said["ok"], true);
    let seen = scene.messages("alice").pop().unwrap();
    assert_eq!(
        (&seen["id"], &seen["author"]["username"]),
        (&said["message_id"], &json!("James"))
    );
    assert_eq!(
        (&seen["mention_everyone"], &seen["mentions"]),
        (&json!(false), &json!([])),
        "nobody is pinged"
    );
    let wrong = json!({"webhook_id": webhook["id"], "webhook_token": "x".repeat(68), "content": "x"});
    let error = scene.call("discord.execute_webhook", wrong).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiscordApiError, "{error}");
    let gone = json!({"webhook_id": webhook["id"]});
    assert_eq!(
        scene.call("discord.delete_webhook", gone.clone()).await,
        Ok(json!({"ok": true}))
    );
    assert_unknown(
        scene.call("discord.delete_webhook", gone).await,
        "Unknown Webhook",
    );
}

#[tokio::test]
async fn another_guilds_webhook_is_not_used_even_with_its_token() {
    let mut scene = Scene::open().await;
    let (other, general) = elsewhere(&scene);
    let params = json!({"channel_id": general, "name": "Theirs"});
    let theirs = scene
        .call_as(&other, None, "discord.create_webhook", params)
        .await
        .unwrap()["webhook"]
        .clone();
    let speak = json!({"webhook_id": theirs["id"], "webhook_token": theirs["token"], "content": "x"});
    for _ in 0..2 {
        assert_unknown(
            scene.call("discord.execute_webhook", speak.clone()).await,
            "Unknown Webhook",
        );
        let remove = json!({"webhook_id": theirs["id"]});
        assert_unknown(
            scene.call("discord.delete_webhook", remove).await,
            "Unknown Webhook",
        );
        // Once more without knowing whose it is: then it is looked up.
        restart(&mut scene).await;
    }
    let channel = general.parse().unwrap();
    assert_eq!(
        scene
            .control
            .messages(channel, 50, None, Some("carol".into()))
            .unwrap()
            .len(),
        0
    );
    let own = scene
        .call_as(&other, None, "discord.execute_webhook", speak)
        .await;
    assert!(own.is_ok(), "{own:?}");
}
