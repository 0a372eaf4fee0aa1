//! The control API over HTTP: what a chat page or a test in another language uses.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot, PATIENCE};

async fn call(bot: &Bot, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = reqwest::Client::new().request(method, format!("{}sim{path}", bot.sim.rest_base()));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (
        status,
        if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        },
    )
}

#[tokio::test]
async fn a_whole_conversation_over_http() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    bot.register(&json!([{"name": "ping", "description": "d"}])).await;
    let (_, state) = call(&bot, Method::GET, "/state", None).await;
    assert_eq!(state["guilds"][0]["members"].as_array().unwrap().len(), 4);
    assert_eq!(state["connected"], true);
    let channel = bot.general;
    let post = json!({"as": "alice", "content": "hello"});
    let (status, posted) = call(
        &bot,
        Method::POST,
        &format!("/channels/{channel}/messages"),
        Some(post),
    )
    .await;
    assert_eq!(
        (status, posted["author"]["username"].as_str()),
        (StatusCode::OK, Some("alice"))
    );
    let message = posted["id"].as_str().unwrap().to_owned();
    let react = json!({"as": "bob", "emoji": "👍"});
    let path = format!("/channels/{channel}/messages/{message}/reactions");
    assert_eq!(
        call(&bot, Method::POST, &path, Some(react)).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, listed) = call(
        &bot,
        Method::GET,
        &format!("/channels/{channel}/messages?as=bob"),
        None,
    )
    .await;
    assert_eq!(listed[0]["reactions"][0]["me"], true);
    let run = json!({"as": "alice", "name": "ping"});
    let (_, started) = call(
        &bot,
        Method::POST,
        &format!("/channels/{channel}/commands"),
        Some(run),
    )
    .await;
    let interaction = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(started["interaction_id"], interaction["id"]);
    let path = format!("/interactions/{}", interaction["id"].as_str().unwrap());
    assert_eq!(call(&bot, Method::GET, &path, None).await.1["state"], "pending");
    let (_, commands) = call(
        &bot,
        Method::GET,
        &format!("/guilds/{}/commands", bot.guild),
        None,
    )
    .await;
    assert_eq!(commands[0]["name"], "ping");
    let join = json!({"username": "dora", "global_name": "Dora"});
    let (_, member) = call(
        &bot,
        Method::POST,
        &format!("/guilds/{}/members", bot.guild),
        Some(join),
    )
    .await;
    let path = format!(
        "/guilds/{}/members/{}",
        bot.guild,
        member["user"]["id"].as_str().unwrap()
    );
    assert_eq!(
        call(&bot, Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, timeline) = call(&bot, Method::GET, "/timeline?limit=500", None).await;
    let kinds: Vec<&str> = timeline["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    for kind in [
        "gateway",
        "rest",
        "commands_updated",
        "message_create",
        "reaction_add",
        "interaction_create",
        "member_join",
        "member_leave",
    ] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
}

#[tokio::test]
async fn mistakes_are_plain_sentences() {
    let bot = Bot::start().await;
    let messages = format!("/channels/{}/messages", bot.general);
    let cases = [
        (
            messages.clone(),
            json!({"as": "nobody", "content": "x"}),
            404,
            "no user `nobody`",
        ),
        (
            messages.clone(),
            json!({"as": "alice", "content": ""}),
            422,
            "empty message",
        ),
        (
            messages.clone(),
            json!({"content": "x"}),
            422,
            "missing field `as`",
        ),
        (
            messages.clone(),
            json!({"as": "alice", "content": "x", "colour": 1}),
            422,
            "unknown field",
        ),
        (
            "/channels/42/messages".to_owned(),
            json!({"as": "alice", "content": "x"}),
            404,
            "Unknown Channel",
        ),
        (
            "/channels/x/messages".to_owned(),
            json!({"as": "alice", "content": "x"}),
            422,
            "not a Discord id",
        ),
    ];
    for (path, body, status, text) in cases {
        let (got, answer) = call(&bot, Method::POST, &path, Some(body)).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(
            got.as_u16() == status && error.contains(text),
            "{got} {answer} says {text}"
        );
    }
}

#[tokio::test]
async fn events_stream_live_and_resume_where_they_stopped() {
    let bot = Bot::start().await;
    let url = format!("{}sim/events", bot.sim.rest_base());
    let first = read_events(reqwest::Client::new().get(&url), 2, || {
        bot.control
            .post_message(bot.general, "alice", "one", None)
            .unwrap();
        bot.control
            .post_message(bot.general, "alice", "two", None)
            .unwrap();
    })
    .await;
    assert_eq!(
        (
            first[0]["message"]["content"].as_str(),
            first[1]["message"]["content"].as_str()
        ),
        (Some("one"), Some("two"))
    );
    let seq = first[0]["seq"].as_u64().unwrap();
    let again = read_events(
        reqwest::Client::new()
            .get(&url)
            .header("Last-Event-ID", seq.to_string()),
        1,
        || (),
    )
    .await;
    assert_eq!(again[0]["message"]["content"], "two");
}

async fn read_events(request: reqwest::RequestBuilder, count: usize, act: impl FnOnce()) -> Vec<Value> {
    let mut stream = request.send().await.unwrap().bytes_stream();
    act();
    let (mut text, mut entries) = (String::new(), Vec::new());
    while entries.len() < count {
        let chunk = tokio::time::timeout(PATIENCE, stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let data = event.lines().find_map(|line| line.strip_prefix("data: "));
            let told = data.map(|data| serde_json::from_str::<Value>(data).unwrap());
            entries.extend(told.filter(|entry| entry["kind"] == "message_create"));
            text = rest.to_owned();
        }
    }
    entries
}

#[tokio::test]
async fn the_clock_can_be_frozen_and_advanced() {
    let bot = Bot::start().await;
    let (_, frozen) = call(&bot, Method::POST, "/clock", Some(json!({"frozen": true}))).await;
    let (_, later) = call(
        &bot,
        Method::POST,
        "/clock",
        Some(json!({"advance_ms": 86_400_000})),
    )
    .await;
    assert_eq!(
        (frozen["frozen"].as_bool(), later["frozen"].as_bool()),
        (Some(true), Some(true))
    );
    let at = |view: &Value| view["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        at(&later).duration_since(at(&frozen)),
        jiff::SignedDuration::from_hours(24)
    );
    let message = bot
        .control
        .post_message(bot.general, "alice", "tomorrow", None)
        .unwrap();
    let id: discord_sim::Snowflake = message["id"].as_str().unwrap().parse().unwrap();
    assert!(
        id.created_at().duration_since(at(&later)).abs() < jiff::SignedDuration::from_secs(1),
        "ids carry the time"
    );
}

#[tokio::test]
async fn the_description_covers_what_is_answered() {
    let description = serde_json::to_value(discord_sim::control_description()).unwrap();
    for path in [
        "/state",
        "/channels/{channel_id}/messages",
        "/modals/{interaction_id}/submit",
        "/events",
        "/timeline",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    assert!(description["components"]["schemas"]["SimMessage"]["properties"]["ephemeral_for"].is_object());
}

#[tokio::test]
async fn waiting_for_what_never_happens_ends() {
    let bot = Bot::start().await;
    let never = bot
        .control
        .wait_for(0, Duration::from_millis(50), |entry| entry.kind == "never")
        .await;
    assert!(matches!(never, Err(discord_sim::ControlError::TimedOut(..))));
}
