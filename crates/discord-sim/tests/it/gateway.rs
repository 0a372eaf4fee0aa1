//! The gateway as a client meets it.

use std::time::Duration;

use discord_sim::{PrivilegedIntents, SimConfig};
use serde_json::json;

use crate::bot::{ALL_INTENTS, Bot, PATIENCE, PLAIN_INTENTS};

#[tokio::test]
async fn a_session_starts_with_ready_and_then_its_guilds() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(ALL_INTENTS).await;
    assert_eq!(ready["user"]["username"], "homebot");
    assert_eq!(ready["v"], 10);
    assert_eq!(ready["guilds"], json!([{"id": bot.guild, "unavailable": true}]));
    assert_eq!(
        ready["application"]["id"].as_str(),
        Some(bot.application().as_str())
    );
    let guild = gateway.event("GUILD_CREATE").await;
    assert_eq!(guild["name"], "Maid Café");
    assert_eq!(guild["member_count"], 4);
    assert_eq!(
        guild["members"].as_array().unwrap().len(),
        4,
        "all members with the presences intent"
    );
    for key in [
        "channels",
        "roles",
        "voice_states",
        "threads",
        "presences",
        "stage_instances",
        "joined_at",
        "large",
    ] {
        assert!(!guild[key].is_null(), "GUILD_CREATE has {key}");
    }
}

#[tokio::test]
async fn without_the_presences_intent_a_guild_comes_with_the_bot_alone() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(PLAIN_INTENTS).await;
    let guild = gateway.event("GUILD_CREATE").await;
    let members = guild["members"].as_array().unwrap();
    assert_eq!(
        (members.len(), members[0]["user"]["id"].as_str()),
        (1, Some(bot.bot_id().to_string().as_str()))
    );
}

#[tokio::test]
async fn bad_credentials_and_payloads_close_with_discords_codes() {
    let bot = Bot::start().await;
    let properties = json!({"os": "x", "browser": "x", "device": "x"});
    let token = bot.sim.bot_token();
    let identify = |token: &str, intents: u64, more: serde_json::Value| {
        let mut data = json!({"token": token, "intents": intents, "properties": properties});
        data.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"op": 2, "d": data}).to_string()
    };
    let cases = [
        (identify("wrong", 1, json!({})), 4004),
        (identify(&format!("Bot {token}"), 1, json!({})), 4004),
        (identify(&token, 1 << 40, json!({})), 4013),
        (identify(&token, 1, json!({"shard": [0, 2]})), 4010),
        (identify(&token, 1, json!({"shard": [1, 2]})), 4010),
        (json!({"op": 2, "d": {"intents": 1}}).to_string(), 4002),
        (json!({"op": 99, "d": null}).to_string(), 4001),
        (json!({"op": 3, "d": {"status": "online"}}).to_string(), 4003),
        ("{".to_owned(), 4002),
        ("[]".to_owned(), 4002),
        (json!({"op": 1, "d": "x".repeat(5_000)}).to_string(), 4002),
    ];
    for (payload, code) in cases {
        let mut gateway = bot.connect("v=10&encoding=json").await;
        gateway.next().await;
        gateway.send_text(payload.clone()).await;
        assert_eq!(
            gateway.closed().await,
            code,
            "{}",
            payload.chars().take(120).collect::<String>()
        );
    }
    for (query, code) in [
        ("v=10&encoding=etf", 4002),
        ("v=6&encoding=json", 4012),
        ("encoding=json", 4012),
    ] {
        assert_eq!(bot.connect(query).await.closed().await, code, "{query}");
    }
}

#[tokio::test]
async fn privileged_intents_need_their_switch() {
    let bot = Bot::start().await;
    bot.control.set_privileged_intents(PrivilegedIntents {
        members: false,
        presences: false,
        message_content: false,
    });
    for intent in [1 << 1, 1 << 8, 1 << 15] {
        let mut gateway = bot.connect("v=10&encoding=json").await;
        gateway.identify(&bot.sim.bot_token(), intent).await;
        assert_eq!(gateway.closed().await, 4014);
    }
    bot.identify(PLAIN_INTENTS).await;
    let flags = bot.get("/applications/@me").await.ok()["flags"].as_u64().unwrap();
    assert_eq!(flags & ((1 << 13) | (1 << 15) | (1 << 19)), 0);
    bot.get(&format!("/guilds/{}/members?limit=10", bot.guild))
        .await
        .fails(403, 50001);
}

#[tokio::test]
async fn zlib_stream_and_single_payload_compression_carry_the_same() {
    let bot = Bot::start().await;
    let mut stream = bot.connect("v=10&encoding=json&compress=zlib-stream").await;
    stream.identify(&bot.sim.bot_token(), ALL_INTENTS).await;
    assert_eq!(stream.event("GUILD_CREATE").await["name"], "Maid Café");

    let mut single = bot.connect("v=10&encoding=json").await;
    assert_eq!(single.next().await["op"], 10);
    let data = json!({"token": bot.sim.bot_token(), "intents": 1, "compress": true, "properties": {}});
    single.send(&json!({"op": 2, "d": data})).await;
    assert_eq!(single.event("GUILD_CREATE").await["name"], "Maid Café");
}

#[tokio::test]
async fn heartbeats_are_answered_and_missing_ones_end_the_session() {
    let config = SimConfig {
        heartbeat_interval: Duration::from_millis(300),
        identify_limit: false,
        ..SimConfig::default()
    };
    let bot = Bot::with(config).await;
    let (mut gateway, _) = bot.identify(1).await;
    gateway.send(&json!({"op": 1, "d": 1})).await;
    loop {
        if gateway.next().await["op"] == 11 {
            break;
        }
    }
    assert_eq!(gateway.closed().await, 4009, "no further heartbeat");
}

#[tokio::test]
async fn content_is_hidden_without_the_intent_except_when_mentioned() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(PLAIN_INTENTS).await;
    bot.control
        .post_message(bot.general, "alice", "secret", None)
        .unwrap();
    let hidden = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (hidden["content"].as_str(), hidden["author"]["username"].as_str()),
        (Some(""), Some("alice"))
    );
    bot.control
        .post_message(bot.general, "alice", &format!("<@{}> hi", bot.bot_id()), None)
        .unwrap();
    let mentioned = gateway.event("MESSAGE_CREATE").await;
    assert!(mentioned["content"].as_str().unwrap().ends_with(" hi"));
    let own = bot.say("my own").await;
    let own_event = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (own_event["id"].as_str(), own_event["content"].as_str()),
        (Some(own.as_str()), Some("my own"))
    );
    // REST follows the switch of the portal, not the session.
    let path = format!("/channels/{}/messages", bot.general);
    assert_eq!(bot.get(&path).await.ok()[2]["content"], "secret");
    bot.control.set_privileged_intents(PrivilegedIntents {
        message_content: false,
        ..Default::default()
    });
    assert_eq!(bot.get(&path).await.ok()[2]["content"], "");
}

#[tokio::test]
async fn events_need_their_intent_and_a_visible_channel() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(1 | (1 << 9)).await;
    gateway.event("GUILD_CREATE").await;
    let secret = bot.control.create_channel(
        bot.guild,
        json!({"name": "secret", "permission_overwrites": [
        {"id": bot.guild, "type": 0, "allow": "0", "deny": "1024"},
        {"id": bot.control.user("alice").unwrap(), "type": 1, "allow": "1024", "deny": "0"}]})
        .as_object()
        .unwrap(),
    );
    let secret: discord_sim::Snowflake = secret.unwrap()["id"].as_str().unwrap().parse().unwrap();
    bot.control
        .post_message(secret, "alice", "unheard", None)
        .unwrap();
    let message = bot
        .control
        .post_message(bot.general, "alice", "heard", None)
        .unwrap();
    let id = message["id"].as_str().unwrap().parse().unwrap();
    bot.control.add_reaction(bot.general, id, "bob", "🎉").unwrap();
    bot.control
        .post_message(bot.general, "alice", "last", None)
        .unwrap();
    let names = gateway.names_until("MESSAGE_CREATE").await;
    assert_eq!(names, ["CHANNEL_CREATE", "MESSAGE_CREATE"]);
    assert_eq!(
        gateway.names_until("MESSAGE_CREATE").await,
        ["MESSAGE_CREATE"],
        "the reaction was not asked for"
    );
}

#[tokio::test]
async fn a_cut_connection_resumes_with_what_it_missed() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    let session = ready["session_id"].as_str().unwrap().to_owned();
    gateway.cut();
    let closed =
        |entry: &discord_sim::TimelineEntry| entry.kind == "gateway" && entry.data["action"] == "closed";
    bot.control.wait_for(0, PATIENCE, closed).await.unwrap();
    bot.control
        .post_message(bot.general, "alice", "while you were away", None)
        .unwrap();

    let mut again = bot.connect("v=10&encoding=json").await;
    again.next().await;
    again
        .send(&json!({"op": 6, "d": {"token": bot.sim.bot_token(), "session_id": session, "seq": 2}}))
        .await;
    assert_eq!(
        again.event("MESSAGE_CREATE").await["content"],
        "while you were away"
    );
    again.event("RESUMED").await;
    bot.control
        .post_message(bot.general, "alice", "and now", None)
        .unwrap();
    assert_eq!(again.event("MESSAGE_CREATE").await["content"], "and now");

    let mut stranger = bot.connect("v=10&encoding=json").await;
    stranger.next().await;
    stranger
        .send(&json!({"op": 6, "d": {"token": bot.sim.bot_token(), "session_id": "nobody", "seq": 2}}))
        .await;
    let invalid = stranger.next().await;
    assert_eq!(
        (invalid["op"].as_i64(), invalid["d"].as_bool()),
        (Some(9), Some(false))
    );
    stranger
        .send(&json!({"op": 6, "d": {"token": bot.sim.bot_token(), "session_id": session, "seq": 999}}))
        .await;
    assert_eq!(stranger.closed().await, 4007);
}

#[tokio::test]
async fn control_can_ask_for_a_reconnect_and_invalidate_sessions() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(1).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.gateway_reconnect();
    assert_eq!(gateway.next().await["op"], 7);
    bot.control.gateway_drop();
    assert_eq!(gateway.closed().await, 4000);
    let mut again = bot.connect("v=10&encoding=json").await;
    again.next().await;
    let resume =
        json!({"op": 6, "d": {"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 2}});
    again.send(&resume).await;
    again.event("RESUMED").await;
    bot.control.gateway_invalidate(false);
    let invalid = again.next().await;
    assert_eq!(
        (invalid["op"].as_i64(), invalid["d"].as_bool()),
        (Some(9), Some(false))
    );
}

#[tokio::test]
async fn a_second_identify_within_five_seconds_is_an_invalid_session() {
    let bot = Bot::with(SimConfig::default()).await;
    let _first = bot.identify(1).await;
    let mut second = bot.connect("v=10&encoding=json").await;
    second.identify(&bot.sim.bot_token(), 1).await;
    assert_eq!(second.next().await["op"], 9);
    assert_eq!(
        bot.get("/gateway/bot").await.ok()["session_start_limit"]["remaining"],
        999
    );
}

#[tokio::test]
async fn members_can_be_requested_in_chunks() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    gateway
        .send(&json!({"op": 8, "d": {"guild_id": bot.guild, "query": "", "limit": 0, "nonce": "n1"}}))
        .await;
    let chunk = gateway.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(
        (
            chunk["members"].as_array().unwrap().len(),
            chunk["nonce"].as_str()
        ),
        (4, Some("n1"))
    );
    assert_eq!(
        (chunk["chunk_index"].as_u64(), chunk["chunk_count"].as_u64()),
        (Some(0), Some(1))
    );
    gateway
        .send(&json!({"op": 8, "d": {"guild_id": bot.guild, "user_ids": ["42", bot.bot_id()]}}))
        .await;
    let chunk = gateway.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(
        (
            chunk["members"].as_array().unwrap().len(),
            chunk["not_found"][0].as_str()
        ),
        (1, Some("42"))
    );
    gateway
        .send(&json!({"op": 8, "d": {"guild_id": bot.guild, "query": "ali", "limit": 5}}))
        .await;
    assert_eq!(
        gateway.event("GUILD_MEMBERS_CHUNK").await["members"][0]["user"]["username"],
        "alice"
    );
}

#[tokio::test]
async fn a_guild_that_is_joined_does_not_say_that_it_came_back() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    assert_eq!(gateway.event("GUILD_CREATE").await["unavailable"], false);
    let all = Some(discord_sim::Permissions::ALL);
    bot.control.create_guild("Second", "alice", all).unwrap();
    let joined = gateway.event("GUILD_CREATE").await;
    assert_eq!(
        (&joined["name"], joined.get("unavailable")),
        (&json!("Second"), None)
    );
}

#[tokio::test]
async fn json_in_a_binary_frame_is_understood() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.send_binary(br#"{"op": 1, "d": null}"#.to_vec()).await;
    while gateway.next().await["op"] != 11 {}
    gateway.send_binary(vec![0xFF, 0xFE]).await;
    assert_eq!(gateway.closed().await, 4002, "what is no text is no JSON");
}

#[tokio::test]
async fn voice_and_presence_are_accepted() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    gateway
        .send(&json!({"op": 3, "d": {"since": null, "activities": [], "status": "idle", "afk": false}}))
        .await;
    let lounge = bot.control.channel_named(bot.guild, "Lounge").unwrap();
    let join = json!({"guild_id": bot.guild, "channel_id": lounge, "self_mute": true, "self_deaf": false});
    gateway.send(&json!({"op": 4, "d": join})).await;
    let state = gateway.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (state["channel_id"].as_str(), state["self_mute"].as_bool()),
        (Some(lounge.to_string().as_str()), Some(true))
    );
}

#[tokio::test]
async fn shutdown_says_goodbye() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(1).await;
    let down = tokio::spawn(bot.sim.shutdown());
    assert_eq!(gateway.closed().await, 1001);
    drop(gateway);
    down.await.unwrap();
}
