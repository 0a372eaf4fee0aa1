//! What the host is told of each call for its audit, and whose the buttons are after a restart.

use homemaid_discord::{Discord, DiscordCall, DiscordConfig, Done, Route};
use homemaid_protocol::{Clock, EventType, Snowflake};
use serde_json::{Value, json};

use crate::scene::{Scene, map};

const MEMBER: &str = "1042000000000000201";

async fn done(scene: &Scene, method: &str, params: Value) -> Done {
    let params = map(params);
    let call = DiscordCall {
        installation: &scene.maid,
        method,
        params: &params,
        event_id: None,
    };
    scene.discord.call(call).await
}

fn id(value: &Value) -> Snowflake {
    value.as_str().expect("an id").parse().expect("an id")
}

#[tokio::test]
async fn a_call_names_the_channel_message_member_and_role_it_was_about() {
    let scene = Scene::open().await;
    let general: Snowflake = scene.general.to_string().parse().unwrap();
    let at = |more: Value| {
        let mut at = map(json!({"channel_id": scene.general.to_string()}));
        at.extend(map(more));
        Value::Object(at)
    };
    let sent = done(&scene, "discord.send_message", at(json!({"content": "x"}))).await;
    let message = sent.result.unwrap()["message_id"].clone();
    assert_eq!(
        (sent.touched.channel, &sent.touched.messages[..]),
        (Some(general), &[id(&message)][..])
    );
    assert_eq!(sent.touched.components, None, "nobody can click on it");
    for method in [
        "discord.pin_message",
        "discord.unpin_message",
        "discord.add_reaction",
        "discord.delete_message",
    ] {
        let about = at(json!({"message_id": message, "emoji": "🎉"}));
        let done = done(&scene, method, about).await;
        assert!(done.result.is_ok(), "{method}: {:?}", done.result);
        assert_eq!(
            (done.touched.channel, &done.touched.messages[..]),
            (Some(general), &[id(&message)][..])
        );
    }
    let read = done(&scene, "discord.get_messages", at(json!({}))).await;
    assert_eq!(
        (read.touched.channel, read.touched.messages.len()),
        (Some(general), 0)
    );
    let bob = json!(scene.control.user("bob").unwrap().to_string());
    let carol = json!(scene.control.user("carol").unwrap().to_string());
    let role = done(
        &scene,
        "discord.add_role",
        json!({"user_id": carol, "role_id": MEMBER}),
    )
    .await;
    assert_eq!(
        (role.touched.role, &role.touched.members[..]),
        (Some(id(&json!(MEMBER))), &[id(&carol)][..])
    );
    let many = json!({"user_ids": [bob, carol], "role_id": MEMBER});
    let many = done(&scene, "discord.remove_role_bulk", many).await.touched;
    assert_eq!(many.members.len(), 2);
    let kicked = done(&scene, "discord.kick_member", json!({"user_id": bob})).await;
    assert_eq!(kicked.touched.members, [id(&bob)]);
    let made = done(&scene, "discord.create_channel", json!({"name": "tea"})).await;
    assert_eq!(made.touched.channel, Some(id(&made.result.unwrap()["id"])));
}

#[tokio::test]
async fn a_failed_call_names_what_it_was_about_and_a_refused_one_nothing() {
    let scene = Scene::open().await;
    let about = json!({"channel_id": scene.general.to_string(), "message_id": "5", "content": "x"});
    let failed = done(&scene, "discord.edit_message", about).await;
    assert!(failed.result.is_err());
    assert_eq!(failed.touched.messages, [Snowflake::new(5)]);
    let foreign = done(
        &scene,
        "discord.send_message",
        json!({"channel_id": "999", "content": "x"}),
    )
    .await;
    assert!(foreign.result.is_err());
    assert_eq!(
        foreign.touched.channel, None,
        "another guild's channel does not get into this guild's audit"
    );
    let refused = done(&scene, "discord.send_message", json!({"channel_id": "x"})).await;
    assert_eq!(refused.touched, homemaid_discord::Touched::default());
}

#[tokio::test]
async fn buttons_find_their_plugin_after_a_restart() {
    let mut scene = Scene::open().await;
    let button =
        json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Tea", "custom_id": "tea"}]}]);
    let params = json!({"channel_id": scene.general.to_string(), "content": "x", "components": button});
    let sent = done(&scene, "discord.send_message", params).await;
    let message = sent.touched.components.expect("somebody can click on it");
    let config = DiscordConfig::lab(scene.sim.bot_token().parse().unwrap(), scene.sim.rest_base());
    let (discord, mut events) = Discord::connect(config, Clock::system()).unwrap();
    discord.remember_origins([(message, scene.maid.plugin.clone())]);
    assert!(events.recv().await.is_some());
    scene.discord.shutdown().await;
    (scene.discord, scene.events) = (discord, events);
    let clicked = message.to_string().parse().unwrap();
    scene
        .control
        .use_component(scene.general, clicked, "alice", "tea", &[])
        .unwrap();
    let event = scene.next(EventType::InteractionCreate).await;
    assert_eq!(event.route, Route::Plugin(scene.maid.plugin.clone()));
}
