//! What goes wrong on request.

use std::time::{Duration, Instant};

use discord_sim::{FaultKind, FaultSpec, RateScope, TimelineEntry};
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot, PATIENCE};

fn messages(bot: &Bot) -> String {
    format!("/channels/{}/messages", bot.general)
}

fn said(bot: &Bot) -> usize {
    bot.control.messages(bot.general, 100, None, None).unwrap().len()
}

#[tokio::test]
async fn requests_are_slow_limited_or_fail_as_often_as_asked() {
    let bot = Bot::start().await;
    let slow = FaultKind::Latency { ms: 60, jitter_ms: 5 };
    bot.control
        .add_fault(FaultSpec::from(slow).on("GET", "/users/@me").times(1))
        .unwrap();
    let before = Instant::now();
    bot.get("/users/@me").await.ok();
    assert!(before.elapsed() >= Duration::from_millis(60));

    for (scope, header) in [
        (RateScope::User, "user"),
        (RateScope::Global, "global"),
        (RateScope::Shared, "shared"),
    ] {
        let limit = FaultKind::RateLimit {
            scope,
            retry_after_ms: 1_500,
        };
        bot.control
            .add_fault(FaultSpec::from(limit).on("POST", "/channels/*/messages").times(1))
            .unwrap();
        let reply = bot.post(&messages(&bot), &json!({"content": "hi"})).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["retry_after"]),
            (429, &json!(1.5))
        );
        assert_eq!(reply.body["global"], scope == RateScope::Global);
        assert_eq!(reply.headers["x-ratelimit-scope"], header);
        assert_eq!(reply.headers["retry-after"], "2");
        assert_eq!(
            reply.headers.contains_key("x-ratelimit-global"),
            scope == RateScope::Global
        );
    }
    assert_eq!(said(&bot), 0, "a limited request does nothing");

    let id = bot
        .control
        .add_fault(FaultKind::Status {
            status: 503,
            after: false,
        })
        .unwrap();
    for _ in 0..3 {
        let status = bot
            .request(Method::POST, &messages(&bot))
            .json(&json!({"content": "hi"}))
            .send()
            .await
            .unwrap()
            .status();
        assert_eq!(status, 503);
    }
    assert_eq!(said(&bot), 0);
    let struck: Vec<u64> = bot.control.faults().iter().map(|fault| fault.struck).collect();
    assert_eq!(struck, [1, 1, 1, 1, 3]);
    bot.control.clear_fault(id).unwrap();
    assert!(bot.control.clear_fault(id).is_err());
    bot.post(&messages(&bot), &json!({"content": "hi"})).await.ok();
    assert_eq!(said(&bot), 1);
    let told = bot
        .control
        .timeline(0, 500)
        .into_iter()
        .filter(|entry| entry.kind == "fault")
        .count();
    assert_eq!(told, 7, "every strike is on the timeline");
}

#[tokio::test]
async fn an_error_can_hide_that_the_request_was_carried_out() {
    let bot = Bot::start().await;
    bot.control
        .add_fault(
            FaultSpec::from(FaultKind::Status {
                status: 500,
                after: true,
            })
            .times(1),
        )
        .unwrap();
    let request = bot
        .request(Method::POST, &messages(&bot))
        .json(&json!({"content": "once"}));
    let status = request.send().await.unwrap().status().as_u16();
    assert_eq!((status, said(&bot)), (500, 1));

    bot.control
        .add_fault(FaultSpec::from(FaultKind::Truncate).times(1))
        .unwrap();
    let request = bot
        .request(Method::POST, &messages(&bot))
        .json(&json!({"content": "cut"}));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.bytes().await.is_err(),
        "the connection broke in the middle"
    );
    assert_eq!(said(&bot), 2);
}

#[tokio::test]
async fn a_request_that_hangs_ends_when_its_client_gives_up_or_faults_are_cleared() {
    let bot = Bot::start().await;
    bot.control.add_fault(FaultKind::Hang { after: false }).unwrap();
    let request = bot
        .request(Method::GET, "/users/@me")
        .timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    let waiting = tokio::spawn(bot.request(Method::GET, "/users/@me").send());
    let struck = |entry: &TimelineEntry| entry.kind == "fault" && entry.seq > 1;
    bot.control.wait_for(0, PATIENCE, struck).await.unwrap();
    // The second request may be just about to wait.
    while !waiting.is_finished() {
        bot.control.clear_faults();
        tokio::task::yield_now().await;
    }
    assert_eq!(waiting.await.unwrap().unwrap().status(), 504);
    bot.get("/users/@me").await.ok();
}

#[tokio::test]
async fn events_come_twice_with_one_number_or_late_in_order() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    let twice = FaultKind::DuplicateEvent {
        event: Some("MESSAGE_CREATE".to_owned()),
    };
    bot.control.add_fault(FaultSpec::from(twice).times(1)).unwrap();
    let late = FaultKind::SlowEvents {
        ms: 30,
        event: Some("MESSAGE_CREATE".to_owned()),
    };
    bot.control.add_fault(FaultSpec::from(late).times(1)).unwrap();
    bot.control
        .post_message(bot.general, "alice", "first", None)
        .unwrap();
    bot.control.start_typing(bot.general, "alice").unwrap();
    bot.control
        .post_message(bot.general, "alice", "second", None)
        .unwrap();
    let mut heard = Vec::new();
    while heard.len() < 4 {
        let event = gateway.next().await;
        let what = event["d"]["content"]
            .as_str()
            .or(event["t"].as_str())
            .unwrap()
            .to_owned();
        heard.push((event["s"].as_u64().unwrap(), what));
    }
    let first = heard[0].0;
    let expected = [
        (first, "first"),
        (first, "first"),
        (first + 1, "TYPING_START"),
        (first + 2, "second"),
    ];
    assert_eq!(heard, expected.map(|(seq, what)| (seq, what.to_owned())));
}

#[tokio::test]
async fn a_silent_socket_stays_open_and_its_session_can_be_resumed() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.gateway_silence();
    gateway.send(&json!({"op": 1, "d": 2})).await;
    bot.control
        .post_message(bot.general, "alice", "anybody?", None)
        .unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(200), gateway.next()).await;
    assert!(nothing.is_err(), "no acknowledgement and no event: {nothing:?}");

    let mut again = bot.connect("v=10&encoding=json").await;
    again.next().await;
    let data = json!({"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 2});
    again.send(&json!({"op": 6, "d": data})).await;
    assert_eq!(again.event("MESSAGE_CREATE").await["content"], "anybody?");
    again.send(&json!({"op": 1, "d": 3})).await;
    while again.next().await["op"] != 11 {}
}

#[tokio::test]
async fn a_resume_can_be_refused_and_a_session_invalid_for_the_moment() {
    let bot = Bot::start().await;
    let (mut gateway, ready) = bot.identify(1).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.gateway_invalidate(true);
    let invalid = gateway.next().await;
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(true)));
    bot.control.gateway_heartbeat();
    assert_eq!(gateway.next().await["op"], 1, "the server asks for a heartbeat");
    bot.control.gateway_drop();
    assert_eq!(gateway.closed().await, 4000);
    bot.control
        .add_fault(FaultSpec::from(FaultKind::RefuseResume).times(1))
        .unwrap();
    let resume =
        json!({"op": 6, "d": {"token": bot.sim.bot_token(), "session_id": ready["session_id"], "seq": 2}});
    let mut again = bot.connect("v=10&encoding=json").await;
    again.next().await;
    again.send(&resume).await;
    let refused = again.next().await;
    assert_eq!((&refused["op"], &refused["d"]), (&json!(9), &json!(false)));
    again.send(&resume).await;
    again.event("RESUMED").await;
}

#[tokio::test]
async fn an_outage_takes_a_guild_away_and_gives_it_back_whole() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    bot.control.set_available(bot.guild, false).unwrap();
    assert_eq!(gateway.event("GUILD_DELETE").await["unavailable"], true);
    bot.control
        .post_message(bot.general, "alice", "unheard", None)
        .unwrap();
    let (mut late, ready) = bot.identify(ALL_INTENTS).await;
    assert_eq!(ready["guilds"][0]["unavailable"], true);
    bot.control.set_available(bot.guild, true).unwrap();
    for gateway in [&mut gateway, &mut late] {
        let names = gateway.names_until("GUILD_CREATE").await;
        assert_eq!(
            names,
            ["GUILD_CREATE"],
            "nothing of the guild was heard meanwhile"
        );
    }
}

#[tokio::test]
async fn faults_are_asked_for_over_http_too() {
    let bot = Bot::start().await;
    let client = reqwest::Client::new();
    let url = format!("{}sim/faults", bot.sim.rest_base());
    let fault = json!({"fault": "status", "status": 502, "path": "/users/*", "times": 1});
    let made: Value = client
        .post(&url)
        .json(&fault)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(made["id"], 1);
    let failed = bot.request(Method::GET, "/users/@me").send().await.unwrap();
    assert_eq!(failed.status(), 502);
    let list: Value = client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&list[0]["struck"], &list[0]["fault"], &list[0]["times"]),
        (&json!(1), &json!("status"), &json!(1))
    );
    let wrong = client
        .post(&url)
        .json(&json!({"fault": "status", "status": 200}))
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), 422);
    assert_eq!(client.delete(&url).send().await.unwrap().status(), 204);
    assert!(bot.control.faults().is_empty());
}
