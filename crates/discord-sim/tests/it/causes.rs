//! The timeline says what caused what.

use discord_sim::TimelineEntry;
use serde_json::json;

use crate::bot::{ALL_INTENTS, Bot};

fn find<'a>(
    entries: &'a [TimelineEntry],
    kind: &str,
    wanted: impl Fn(&TimelineEntry) -> bool,
) -> &'a TimelineEntry {
    entries
        .iter()
        .find(|entry| entry.kind == kind && wanted(entry))
        .unwrap_or_else(|| panic!("no {kind} in {entries:#?}"))
}

#[tokio::test]
async fn from_a_members_message_to_the_bots_answer() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    bot.control
        .post_message(bot.general, "alice", "!ping", None)
        .unwrap();
    gateway.event("MESSAGE_CREATE").await;
    bot.say("pong").await;
    let told = bot.control.timeline(0, 500);
    let action = find(&told, "action", |entry| entry.data["act"] == "post_message");
    assert_eq!(
        (&action.data["as"], action.channel_id),
        (&json!("alice"), Some(bot.general))
    );
    let said = find(&told, "message_create", |entry| {
        entry.data["message"]["content"] == "!ping"
    });
    let heard = find(&told, "dispatch", |entry| entry.data["event"] == "MESSAGE_CREATE");
    assert_eq!((said.cause, heard.cause), (Some(action.seq), Some(action.seq)));
    let request = find(&told, "rest", |entry| entry.data["method"] == "POST");
    assert_eq!(
        (request.cause, request.cause_likely),
        (Some(heard.seq), true),
        "a request does not say why"
    );
    let answer = find(&told, "message_create", |entry| {
        entry.data["message"]["content"] == "pong"
    });
    assert_eq!((answer.cause, answer.cause_likely), (Some(request.seq), false));
    assert!(
        action.seq < said.seq && request.seq < answer.seq,
        "causes stand before what they cause"
    );
}

#[tokio::test]
async fn an_answer_to_an_interaction_is_certain_and_so_is_its_failure() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    bot.register(&json!([{"name": "tea", "description": "d"}])).await;
    bot.control.run_command(bot.general, "alice", "tea", &[]).unwrap();
    let first = gateway.event("INTERACTION_CREATE").await;
    bot.control.run_command(bot.general, "bob", "tea", &[]).unwrap();
    let second = gateway.event("INTERACTION_CREATE").await;
    let path = format!(
        "/interactions/{}/{}/callback",
        first["id"].as_str().unwrap(),
        first["token"].as_str().unwrap()
    );
    bot.post(&path, &json!({"type": 4, "data": {"content": "here"}}))
        .await
        .ok();
    bot.control.set_clock(None, std::time::Duration::from_secs(3));
    let told = bot.control.timeline(0, 500);
    let heard = |id: &serde_json::Value| {
        find(&told, "dispatch", |entry| {
            entry.data["event"] == "INTERACTION_CREATE" && entry.data["id"] == *id
        })
        .seq
    };
    let answer = find(&told, "rest", |entry| {
        entry.data["path"].as_str().unwrap().ends_with("/callback")
    });
    assert_eq!(
        (answer.cause, answer.cause_likely),
        (Some(heard(&first["id"])), false)
    );
    let failed = find(&told, "interaction_failed", |_| true);
    assert_eq!(failed.cause, Some(heard(&second["id"])));
}

#[tokio::test]
async fn a_refused_act_leaves_nothing() {
    let bot = Bot::start().await;
    let before = bot.control.last_seq();
    bot.control
        .post_message(bot.general, "alice", "", None)
        .unwrap_err();
    assert_eq!(bot.control.last_seq(), before);
}
