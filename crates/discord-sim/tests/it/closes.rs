//! Every code with which Discord closes a gateway connection, and what lets a client come back.

use std::time::Duration;

use discord_sim::{FaultKind, FaultSpec, SimConfig};
use serde_json::{Value, json};

use crate::bot::{Bot, Gateway};

async fn hello(bot: &Bot) -> Gateway {
    let mut gateway = bot.connect("v=10&encoding=json").await;
    assert_eq!(gateway.next().await["op"], 10);
    gateway
}

/// Sends one payload after HELLO and returns the code of the close.
async fn refused(bot: &Bot, payload: Value) -> u16 {
    let mut gateway = hello(bot).await;
    gateway.send(&payload).await;
    gateway.closed().await
}

#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn identify(bot: &Bot, more: Value) -> Value {
    let mut data = json!({"token": bot.sim.bot_token(), "intents": 1, "properties": {}});
    data.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"op": 2, "d": data})
}

#[tokio::test]
async fn code_4000_unknown_error_lets_a_client_resume() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(1).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.gateway_close(4000).unwrap();
    assert_eq!(gateway.closed().await, 4000);
    let mut again = hello(&bot).await;
    let data = json!({"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 2});
    again.send(&json!({"op": 6, "d": data})).await;
    again.event("RESUMED").await;
}

#[tokio::test]
async fn code_4001_unknown_opcode() {
    let bot = Bot::start().await;
    for op in [5, 7, 9, 10, 11, 12, 99, -1] {
        assert_eq!(refused(&bot, json!({"op": op, "d": null})).await, 4001, "{op}");
    }
}

#[tokio::test]
async fn code_4002_decode_error() {
    let bot = Bot::start().await;
    for text in [
        "{",
        "[]",
        "\u{0}",
        "null",
        "{\"op\":\"1\"}",
        "{\"op\":2,\"d\":{\"token\":1}}",
    ] {
        let mut gateway = hello(&bot).await;
        gateway.send_text(text.to_owned()).await;
        assert_eq!(gateway.closed().await, 4002, "{text}");
    }
    // Exactly the largest payload is read, one byte more is not.
    let filler = |size: usize| {
        let frame = json!({"op": 1, "d": null, "x": ""}).to_string().len();
        json!({"op": 1, "d": null, "x": "x".repeat(size - frame)}).to_string()
    };
    let mut gateway = hello(&bot).await;
    gateway.send_text(filler(4_096)).await;
    assert_eq!(gateway.next().await["op"], 11);
    gateway.send_text(filler(4_097)).await;
    assert_eq!(gateway.closed().await, 4002);
}

#[tokio::test]
async fn code_4003_not_authenticated() {
    let bot = Bot::start().await;
    for op in [3, 4, 8, 31] {
        let payload = json!({"op": op, "d": {"status": "online", "guild_id": bot.guild, "query": ""}});
        assert_eq!(refused(&bot, payload).await, 4003, "{op}");
    }
}

#[tokio::test]
async fn code_4004_authentication_failed() {
    let bot = Bot::start().await;
    assert_eq!(
        refused(&bot, identify(&bot, json!({"token": "wrong"}))).await,
        4004
    );
    let resume = json!({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}});
    assert_eq!(refused(&bot, resume).await, 4004);
}

#[tokio::test]
async fn code_4005_already_authenticated() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(1).await;
    gateway.send(&identify(&bot, json!({}))).await;
    assert_eq!(gateway.closed().await, 4005);
}

#[tokio::test]
async fn code_4007_invalid_sequence() {
    let bot = Bot::start().await;
    let (gateway, ready) = bot.identify(1).await;
    let data = json!({"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 900});
    assert_eq!(refused(&bot, json!({"op": 6, "d": data})).await, 4007);
    drop(gateway);
}

#[tokio::test]
async fn code_4008_rate_limited() {
    let bot = Bot::start().await;
    let mut gateway = hello(&bot).await;
    for _ in 0..121 {
        gateway.send(&json!({"op": 1, "d": null})).await;
    }
    assert_eq!(
        gateway.closed().await,
        4008,
        "120 payloads a minute, and one more"
    );
}

#[tokio::test]
async fn code_4009_session_timed_out() {
    let bot = Bot::with(SimConfig {
        heartbeat_interval: Duration::from_millis(100),
        identify_limit: false,
        ..SimConfig::default()
    })
    .await;
    let (mut gateway, ready) = bot.identify(1).await;
    assert_eq!(gateway.closed().await, 4009);
    let mut again = hello(&bot).await;
    let data = json!({"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 1});
    again.send(&json!({"op": 6, "d": data})).await;
    assert_eq!(again.next().await["op"], 9, "such a session is over");
}

#[tokio::test]
async fn code_4010_invalid_shard_and_4011_sharding_required() {
    let bot = Bot::start().await;
    for shard in [
        json!([0, 2]),
        json!([1, 2]),
        json!([1, 1]),
        json!([0, 0]),
        json!([0]),
        json!("0"),
    ] {
        assert_eq!(
            refused(&bot, identify(&bot, json!({"shard": shard}))).await,
            4010,
            "{shard}"
        );
    }
    let mut only = hello(&bot).await;
    only.send(&identify(&bot, json!({"shard": [0, 1]}))).await;
    assert_eq!(only.event("READY").await["shard"], json!([0, 1]));
    // No simulated bot is in 2 500 guilds, so that this takes a fault.
    let refusal = FaultSpec::from(FaultKind::RefuseIdentify { code: 4011 });
    bot.control.add_fault(refusal.times(1)).unwrap();
    assert_eq!(refused(&bot, identify(&bot, json!({}))).await, 4011);
}

#[tokio::test]
async fn code_4012_invalid_version() {
    let bot = Bot::start().await;
    for query in ["v=6&encoding=json", "v=11&encoding=json", "encoding=json", "v=x"] {
        assert_eq!(bot.connect(query).await.closed().await, 4012, "{query}");
    }
}

#[tokio::test]
async fn code_4013_invalid_intents_and_4014_disallowed_intents() {
    let bot = Bot::start().await;
    for intents in [
        json!(1u64 << 40),
        json!(1 << 17),
        json!(-1),
        json!("1"),
        Value::Null,
    ] {
        assert_eq!(
            refused(&bot, identify(&bot, json!({"intents": intents}))).await,
            4013,
            "{intents}"
        );
    }
    bot.control
        .set_privileged_intents(discord_sim::PrivilegedIntents {
            members: false,
            ..Default::default()
        });
    assert_eq!(refused(&bot, identify(&bot, json!({"intents": 2}))).await, 4014);
    bot.identify(1 << 15).await;
}

#[tokio::test]
async fn compression_that_is_not_spoken_is_refused_before_the_upgrade() {
    let bot = Bot::start().await;
    let url = format!(
        "{}gateway?v=10&encoding=json&compress=zstd-stream",
        bot.sim.rest_base()
    );
    let request = reqwest::Client::new()
        .get(url)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let text = answer.text().await.unwrap();
    assert!(text.contains("zlib-stream"), "{text}");
}
