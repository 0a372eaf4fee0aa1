//! From the gateway to payloads.

use discord_sim::VoiceChange;
use homemaid_discord::Route;
use homemaid_protocol::EventType;
use serde_json::json;

use crate::scene::{Scene, map};

#[tokio::test]
async fn a_message_its_edit_and_its_end_arrive_with_what_was_before() {
    let mut scene = Scene::open().await;
    let posted = scene
        .control
        .post_message(scene.general, "alice", "!ping 🎉", None)
        .unwrap();
    let id: discord_sim::Snowflake = posted["id"].as_str().unwrap().parse().unwrap();
    let created = scene.next(EventType::MessageCreate).await;
    assert_eq!(created.route, Route::Everyone);
    let payload = &created.payload;
    assert_eq!(payload["content"], "!ping 🎉");
    assert_eq!(payload["author_username"], "alice");
    assert_eq!(payload["author_display_name"], "Alice");
    assert_eq!(payload["author_bot"], false);
    assert_eq!(payload["channel_name"], "general");
    assert_eq!(payload["guild_id"], scene.guild.to_string());
    assert_eq!(payload["timestamp"], payload["created_at"]);

    scene
        .control
        .edit_message(scene.general, id, "alice", "!pong")
        .unwrap();
    let edited = scene.next(EventType::MessageEdit).await.payload;
    assert_eq!(
        (&edited["content"], &edited["before_content"]),
        (&json!("!pong"), &json!("!ping 🎉"))
    );

    scene.control.delete_message(scene.general, id, "alice").unwrap();
    let deleted = scene.next(EventType::MessageDelete).await.payload;
    assert_eq!(deleted["message_id"], id.to_string());
    assert_eq!(
        (&deleted["content"], &deleted["bulk"]),
        (&json!("!pong"), &json!(false))
    );
}

#[tokio::test]
async fn a_reply_names_the_message_it_answers_and_the_bots_own_messages_arrive_too() {
    let mut scene = Scene::open().await;
    let sent = scene.call(
        "discord.send_message",
        json!({"channel_id": scene.general.to_string(), "content": "hi"}),
    );
    let sent = sent.await.unwrap();
    let own = scene.next(EventType::MessageCreate).await.payload;
    assert_eq!(
        (&own["message_id"], &own["author_bot"]),
        (&sent["message_id"], &json!(true))
    );
    let to = sent["message_id"].as_str().unwrap().parse().unwrap();
    scene
        .control
        .post_message(scene.general, "bob", "hi yourself", Some(to))
        .unwrap();
    let reply = scene.next(EventType::MessageCreate).await.payload;
    assert_eq!(
        (&reply["reference_message_id"], &reply["message_type"]),
        (&sent["message_id"], &json!(19))
    );
}

#[tokio::test]
async fn members_come_change_and_go() {
    let mut scene = Scene::open().await;
    scene
        .control
        .add_member(scene.guild, "dave", Some("Dave"), false)
        .unwrap();
    let joined = scene.next(EventType::MemberJoin).await.payload;
    assert_eq!(
        (&joined["username"], &joined["display_name"]),
        (&json!("dave"), &json!("Dave"))
    );
    assert_eq!(
        (&joined["guild_name"], &joined["roles"]),
        (&json!("Maid Café"), &json!([]))
    );
    let count = joined["member_count"].as_u64().unwrap();

    let change = map(json!({"nick": "Davey", "roles": ["1042000000000000201"]}));
    scene.control.edit_member(scene.guild, "dave", &change).unwrap();
    let changed = scene.next(EventType::MemberUpdate).await.payload;
    assert_eq!(
        (&changed["nick"], &changed["before_nick"]),
        (&json!("Davey"), &json!(null))
    );
    assert_eq!(
        (&changed["roles"], &changed["before_roles"]),
        (&json!(["1042000000000000201"]), &json!([]))
    );

    scene.control.remove_member(scene.guild, "dave").unwrap();
    let left = scene.next(EventType::MemberLeave).await.payload;
    assert_eq!(
        (&left["nick"], &left["display_name"]),
        (&json!("Davey"), &json!("Davey"))
    );
    assert_eq!(left["roles"], json!(["1042000000000000201"]));
    assert_eq!(left["member_count"], count - 1);
}

#[tokio::test]
async fn a_reaction_comes_and_goes_and_can_be_given_back() {
    let mut scene = Scene::open().await;
    let posted = scene
        .control
        .post_message(scene.general, "alice", "cake?", None)
        .unwrap();
    let id = posted["id"].as_str().unwrap().parse().unwrap();
    scene
        .control
        .add_reaction(scene.general, id, "bob", "🎉")
        .unwrap();
    let added = scene.next(EventType::ReactionAdd).await.payload;
    assert_eq!(
        (&added["emoji"], &added["user_bot"]),
        (&json!("🎉"), &json!(false))
    );
    let params = json!({"channel_id": added["channel_id"], "message_id": added["message_id"], "emoji": added["emoji"]});
    assert_eq!(
        scene.call("discord.add_reaction", params).await,
        Ok(json!({"ok": true}))
    );
    assert_eq!(scene.next(EventType::ReactionAdd).await.payload["user_bot"], true);
    scene
        .control
        .remove_reaction(scene.general, id, "bob", "🎉")
        .unwrap();
    let removed = scene.next(EventType::ReactionRemove).await.payload;
    assert_eq!(
        (&removed["emoji"], &removed["user_id"]),
        (&added["emoji"], &added["user_id"])
    );
}

#[tokio::test]
async fn channels_and_roles_are_made_changed_and_gone() {
    let mut scene = Scene::open().await;
    let made = scene
        .control
        .create_channel(
            scene.guild,
            &map(json!({"name": "lobby", "type": 0, "topic": "t"})),
        )
        .unwrap();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let created = scene.next(EventType::ChannelCreate).await.payload;
    assert_eq!(
        (&created["id"], &created["channel_id"]),
        (&made["id"], &made["id"])
    );
    scene
        .control
        .edit_channel(id, &map(json!({"name": "hall"})))
        .unwrap();
    let changed = scene.next(EventType::ChannelUpdate).await.payload;
    assert_eq!(
        (&changed["name"], &changed["before_name"]),
        (&json!("hall"), &json!("lobby"))
    );
    scene.control.delete_channel(id).unwrap();
    assert_eq!(scene.next(EventType::ChannelDelete).await.payload["name"], "hall");

    let made = scene
        .control
        .create_role(scene.guild, &map(json!({"name": "Raider", "color": 255})))
        .unwrap();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(scene.next(EventType::RoleCreate).await.payload["color"], 255);
    scene
        .control
        .edit_role(scene.guild, id, &map(json!({"name": "Raiders"})))
        .unwrap();
    let changed = scene.next(EventType::RoleUpdate).await.payload;
    assert_eq!(
        (&changed["name"], &changed["before_name"]),
        (&json!("Raiders"), &json!("Raider"))
    );
    scene.control.delete_role(scene.guild, id).unwrap();
    let gone = scene.next(EventType::RoleDelete).await.payload;
    assert_eq!((&gone["name"], &gone["color"]), (&json!("Raiders"), &json!(255)));
}

#[tokio::test]
async fn voice_tells_from_where_to_where() {
    let mut scene = Scene::open().await;
    let lounge = scene.control.channel_named(scene.guild, "Lounge");
    let enter = VoiceChange {
        channel_id: lounge,
        self_mute: true,
        ..VoiceChange::default()
    };
    scene.control.set_voice(scene.guild, "bob", enter).unwrap();
    let came = scene.next(EventType::VoiceStateUpdate).await.payload;
    assert_eq!(
        (&came["before_channel_id"], &came["after_channel_name"]),
        (&json!(null), &json!("Lounge"))
    );
    assert_eq!(
        (&came["self_mute"], &came["username"]),
        (&json!(true), &json!("bob"))
    );
    scene
        .control
        .set_voice(scene.guild, "bob", VoiceChange::default())
        .unwrap();
    let went = scene.next(EventType::VoiceStateUpdate).await.payload;
    assert_eq!(
        (&went["before_channel_name"], &went["channel_id"]),
        (&json!("Lounge"), &json!(null))
    );
}

#[tokio::test]
async fn guilds_are_listed_and_a_farewell_is_told() {
    let mut scene = Scene::open().await;
    let guilds = scene.discord.guilds();
    assert_eq!((guilds.len(), guilds[0].name.as_str()), (1, "Maid Café"));
    assert_eq!(scene.discord.bot_user().unwrap().username, "homebot");
    scene.control.delete_guild(scene.guild).unwrap();
    let wait = async {
        while let Some(event) = scene.events.recv().await {
            if let homemaid_discord::DiscordEvent::GuildGone(guild) = event {
                return guild;
            }
        }
        panic!("the stream ended");
    };
    let gone = tokio::time::timeout(crate::scene::PATIENCE, wait)
        .await
        .expect("the farewell arrives");
    assert_eq!(gone.to_string(), guilds[0].id.to_string());
    assert_eq!(scene.discord.guilds(), []);
}
