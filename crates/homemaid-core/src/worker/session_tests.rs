//! The conversation over in-memory pipes: everything a worker can say, with real storage behind it.

use std::time::Duration;

use homemaid_protocol::limits::{EVENTS_IN_FLIGHT, PLUGIN_LINE_BYTES};
use homemaid_protocol::{Capability, ErrorCode, Event, EventType, GuildId};
use homemaid_storage::{Decision, LogSource};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream, Lines};

use super::*;
use crate::services::CoreOptions;
use crate::testing::Stage;

/// A word that takes longer is not coming.
const PATIENCE: Duration = Duration::from_secs(20);
const KV: &[Capability] = &[Capability::StorageKv];

/// A worker played by the test.
struct Played {
    stage: Stage,
    says: DuplexStream,
    hears: Lines<BufReader<DuplexStream>>,
    orders: mpsc::Sender<Order>,
    news: mpsc::Receiver<News>,
    gone: CancellationToken,
    session: JoinHandle<()>,
}

impl Played {
    async fn new(grants: &[Capability]) -> Self {
        Self::on(Stage::new(grants).await)
    }

    fn on(stage: Stage) -> Self {
        let (says, stdout) = tokio::io::duplex(64 << 10);
        let (stdin, hears) = tokio::io::duplex(64 << 10);
        let gone = CancellationToken::new();
        let (orders, news, session) =
            Session::spawn(&stage.services, &stage.installation, stdout, stdin, gone.clone());
        Self {
            stage,
            says,
            hears: BufReader::new(hears).lines(),
            orders,
            news,
            gone,
            session,
        }
    }

    async fn say(&mut self, line: &str) {
        self.says.write_all(line.as_bytes()).await.unwrap();
        self.says.write_all(b"\n").await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.hears.next_line())
            .await
            .expect("the host says something");
        serde_json::from_str(&line.unwrap().expect("the host is still there")).unwrap()
    }

    async fn call(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string())
            .await;
        let answer = self.hear().await;
        assert_eq!(answer["id"], json!(id), "{answer}");
        answer
    }

    async fn order(&self, order: Order) {
        self.orders.send(order).await.unwrap();
    }

    fn offer(&self, id: &str, kind: EventType) {
        let event = Event::new(id, kind, GuildId::new(1), &json!({"content": "hé"})).unwrap();
        assert!(self.stage.installation.offer(event).is_some());
    }

    /// Ends the conversation and returns the stage.
    async fn leave(self) -> Stage {
        drop(self.says);
        self.gone.cancel();
        self.session.await.unwrap();
        self.stage
    }
}

#[tokio::test]
async fn values_come_back_wrapped_and_ids_keep_their_type() {
    let mut worker = Played::new(KV).await;
    let put = worker
        .call(1, "kv.put", json!({"key": "k", "value": {"value_json": "é"}}))
        .await;
    assert_eq!(put["result"], json!({"ok": true}));
    let got = worker.call(2, "kv.get", json!({"key": "k"})).await;
    assert_eq!(
        got["result"],
        json!({"value": {"value_json": {"value_json": "é"}}})
    );
    let missing = worker.call(3, "kv.get", json!({"key": "other"})).await;
    assert_eq!(missing["result"], json!({"value": null}));

    let stage = worker.leave().await;
    let audit = stage.audit().await;
    let seen: Vec<_> = audit
        .iter()
        .map(|line| (&*line.record.method, &*line.record.outcome))
        .collect();
    assert_eq!(seen, [("kv.put", "ok"), ("kv.get", "ok"), ("kv.get", "ok")]);
}

#[tokio::test]
async fn calls_overlap_and_are_each_answered_once() {
    let mut worker = Played::new(KV).await;
    for id in 1..=100 {
        let call = json!({"id": id, "method": "kv.increment", "params": {"key": "n", "amount": 1}});
        worker.say(&call.to_string()).await;
    }
    let (mut ids, mut values) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let answer = worker.hear().await;
        ids.push(answer["id"].as_u64().unwrap());
        values.push(answer["result"]["value"].as_u64().unwrap());
    }
    ids.sort_unstable();
    values.sort_unstable();
    assert_eq!(ids, (1..=100).collect::<Vec<_>>());
    assert_eq!(
        values,
        (1..=100).collect::<Vec<_>>(),
        "each increment happened once"
    );
    let running = worker.stage.installation.is_idle();
    assert!(running, "nothing is left running");
}

#[tokio::test]
async fn a_call_without_its_grant_has_no_effect_and_is_audited_and_asked_for_once() {
    let mut worker = Played::new(&[]).await;
    let mut news = worker.stage.services.subscribe();
    for id in 1..=2 {
        let answer = worker
            .call(id, "kv.put", json!({"key": "k", "value": 1, "_event_id": "e7"}))
            .await;
        assert_eq!(answer["error"]["code"], "CAPABILITY_DENIED");
        assert_eq!(answer["error"]["capability"], "storage:kv");
    }
    let stage = worker.leave().await;
    let mut asked = 0;
    while let Ok(event) = news.try_recv() {
        if let CoreEvent::NeedsPermission(need) = event {
            assert_eq!((need.capability.as_str(), need.requested), ("storage:kv", true));
            asked += 1;
        }
    }
    assert_eq!(asked, 1, "the owner is asked once");
    let audit = stage.audit().await;
    assert_eq!(audit.len(), 2);
    assert!(audit.iter().all(|line| line.record.decision == Decision::Refused
        && line.record.outcome == "CAPABILITY_DENIED"
        && line.record.event_id.as_deref() == Some("e7")));
    assert_eq!(
        stage
            .services
            .storage
            .kv(&stage.installation.id)
            .get("k")
            .unwrap(),
        None
    );
    stage.services.tasks.close();
    stage.services.tasks.wait().await;
    let id = stage.installation.id.clone();
    let requests = stage
        .services
        .storage
        .read(move |tx| tx.requests().of(&id))
        .await
        .unwrap();
    assert_eq!(requests.len(), 1, "remembered for the next start");
}

#[tokio::test]
async fn the_order_is_capability_validation_rate_limit() {
    let mut worker = Played::new(&[Capability::SendMessage]).await;
    worker
        .stage
        .installation
        .buckets()
        .take(homemaid_protocol::Bucket::Discord, 60)
        .unwrap();
    let code = |answer: &Value| answer["error"]["code"].as_str().unwrap().to_owned();

    let ungranted = worker.call(1, "discord.add_reaction", json!({})).await;
    assert_eq!(
        code(&ungranted),
        "CAPABILITY_DENIED",
        "although the arguments are wrong and no token is left"
    );
    let invalid = worker
        .call(
            2,
            "discord.send_message",
            json!({"channel_id": "x", "content": "hi"}),
        )
        .await;
    assert_eq!(code(&invalid), "VALIDATION_ERROR", "although no token is left");
    let valid = worker
        .call(
            3,
            "discord.send_message",
            json!({"channel_id": "42", "content": "hi"}),
        )
        .await;
    assert_eq!(code(&valid), "RATE_LIMITED");
    assert_eq!(valid["error"]["retry_after"], json!(1));
}

#[tokio::test]
async fn refused_calls_cost_no_token() {
    let mut worker = Played::new(&[Capability::SendMessage]).await;
    for id in 1..=70 {
        let answer = worker
            .call(id, "discord.send_message", json!({"channel_id": ""}))
            .await;
        assert_eq!(answer["error"]["code"], "VALIDATION_ERROR");
    }
    let left = worker
        .stage
        .installation
        .buckets()
        .take(homemaid_protocol::Bucket::Discord, 60);
    assert!(left.is_ok(), "the bucket is still full");
}

#[tokio::test]
async fn more_calls_a_second_than_the_valve_allows_are_refused() {
    let options = CoreOptions {
        calls_per_second: 5,
        ..CoreOptions::default()
    };
    let mut worker = Played::on(Stage::with_options(KV, options).await);
    let mut refused = 0;
    for id in 1..=20 {
        let answer = worker.call(id, "kv.get", json!({"key": "k"})).await;
        refused += usize::from(answer["error"]["code"] == "RATE_LIMITED");
    }
    assert!(
        refused >= 10,
        "5 at once and 5 a second pass, {refused} were refused"
    );
}

#[tokio::test]
async fn unknown_methods_and_those_of_later_versions_are_told_apart() {
    let mut worker = Played::new(&[]).await;
    let unknown = worker.call(1, "foo.bar", json!({})).await;
    assert_eq!(
        unknown["error"],
        json!({"code": "METHOD_NOT_FOUND", "message": "unknown method: foo.bar"})
    );
    let later = worker
        .call(
            2,
            "ws.ensure",
            json!({"name": "feed", "url": "wss://example.com/"}),
        )
        .await;
    assert_eq!(later["error"]["code"], "METHOD_NOT_FOUND");
    assert!(
        later["error"]["message"]
            .as_str()
            .unwrap()
            .contains("does not have WebSocket connections yet"),
        "{later}"
    );
}

#[tokio::test]
async fn boot_is_a_request_with_a_text_id_and_the_approved_list() {
    let mut worker = Played::new(KV).await;
    worker.order(Order::Boot).await;
    let boot = worker.hear().await;
    assert_eq!(boot["method"], "host.boot");
    assert_eq!(boot["id"], "h:1");
    assert_eq!(boot["params"]["capabilities"], json!(["storage:kv"]));
    assert_eq!(boot["params"]["discord_srv_id"], "1");
    assert_eq!(boot["params"]["version"], "1.2.3");
    worker.say(r#"{"jsonrpc":"2.0","id":"h:1","result":null}"#).await;
    assert_eq!(worker.news.recv().await, Some(News::Booted));

    worker.order(Order::Hook(Lifecycle::Install)).await;
    let install = worker.hear().await;
    assert_eq!(
        (&install["method"], &install["params"]["lifecycle"]),
        (&json!("host.install"), &json!("install"))
    );
    let answer = json!({"id": install["id"], "error": {"message": "no"}});
    worker.say(&answer.to_string()).await;
    assert_eq!(worker.news.recv().await, Some(News::HookDone(Lifecycle::Install)));
}

#[tokio::test]
async fn a_refused_boot_is_told_with_its_reason() {
    let mut worker = Played::new(KV).await;
    worker.order(Order::Boot).await;
    worker.hear().await;
    worker
        .say(r#"{"id":"h:1","error":{"message":"dispatch queue full"}}"#)
        .await;
    assert_eq!(
        worker.news.recv().await,
        Some(News::BootRefused("dispatch queue full".into()))
    );
}

#[tokio::test]
async fn events_wait_until_they_may_and_both_acks_finish_them() {
    let mut worker = Played::new(KV).await;
    worker.offer("e1", EventType::MessageCreate);
    worker.offer("e2", EventType::MemberJoin);
    worker.order(Order::OpenEvents).await;
    let first = worker.hear().await;
    assert_eq!(first["method"], "event.message_create");
    assert_eq!(first["params"]["event"]["content"], "hé");
    assert_eq!(first["params"]["plugin_id"], "test_maid");
    assert_eq!(worker.hear().await["params"]["event_id"], "e2");

    worker.order(Order::CloseEvents).await;
    worker.offer("e3", EventType::MessageCreate);
    worker
        .say(r#"{"method":"event.fail","params":{"event_id":"e1","reason":"handler_exception"}}"#)
        .await;
    worker
        .say(r#"{"method":"event.ack","params":{"event_ids":["e1","unknown"]}}"#)
        .await;
    worker
        .say(r#"{"method":"event.ack","params":{"event_id":"e2"}}"#)
        .await;
    assert_eq!(worker.news.recv().await, Some(News::Drained));
    let counts = worker.stage.installation.events().counts();
    assert_eq!((counts.delivered, counts.acknowledged, counts.failed), (2, 2, 1));
    assert!(!worker.stage.installation.is_idle(), "the third still waits");
}

#[tokio::test]
async fn no_more_than_256_events_are_unacknowledged() {
    let mut worker = Played::new(KV).await;
    for n in 0..300 {
        // Interactions are above the rate limit.
        worker.offer(&format!("e{n}"), EventType::InteractionCreate);
    }
    worker.order(Order::OpenEvents).await;
    for _ in 0..EVENTS_IN_FLIGHT {
        worker.hear().await;
    }
    // An answer to a call comes behind everything the host has to say.
    worker
        .say(r#"{"id":1,"method":"kv.get","params":{"key":"k"}}"#)
        .await;
    assert_eq!(worker.hear().await["id"], 1, "the 257th event is held back");
    worker
        .say(r#"{"method":"event.ack","params":{"event_ids":["e0"]}}"#)
        .await;
    assert_eq!(worker.hear().await["params"]["event_id"], "e256");
}

#[tokio::test]
async fn prints_and_free_text_become_log_lines() {
    let mut worker = Played::new(KV).await;
    worker.say("hello from print").await;
    worker.say("").await;
    worker.say("[1, 2]").await;
    worker.say(r#"{"method":"plugin.log","params":{"level":"error","message":"oh","tags":["t"],"extra":{"a":1}}}"#).await;
    worker
        .say(r#"{"method":"no.such.notification","params":{}}"#)
        .await;
    worker.call(1, "kv.get", json!({"key": "k"})).await;
    let stage = worker.leave().await;
    let logs = stage.logs().await;
    let seen: Vec<_> = logs
        .iter()
        .map(|line| (line.record.source, line.record.message.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (LogSource::Stdout, "hello from print"),
            (LogSource::Stdout, "[1, 2]"),
            (LogSource::Plugin, "oh")
        ]
    );
    assert_eq!(logs[0].record.tags, ["stdout"]);
    assert_eq!(logs[2].record.extra["a"], "1");
}

#[tokio::test]
async fn hostile_lines_are_answered_where_an_id_is_left_and_hang_nobody() {
    let mut worker = Played::new(KV).await;
    // NaN where JSON has none: it becomes null.
    worker
        .say(r#"{"id":1,"method":"kv.put","params":{"key":"k","value":NaN}}"#)
        .await;
    assert_eq!(worker.hear().await["result"]["ok"], true);
    worker.say(r#"{"id":2,"method":"kv.get","params":{"key":"#).await;
    let broken = worker.hear().await;
    assert_eq!(
        (&broken["id"], &broken["error"]["code"]),
        (&json!(2), &json!("VALIDATION_ERROR"))
    );
    worker.say(r#"{"id":3,"method":["kv.get"]}"#).await;
    assert_eq!(worker.hear().await["error"]["code"], "VALIDATION_ERROR");
    for garbage in [
        "{",
        "}{",
        "\u{0}\u{1}\u{7f}",
        r#"{"id":{},"method":"kv.get"}"#,
        r#"{"id":"h:9","result":1}"#,
    ] {
        worker.say(garbage).await;
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    worker
        .say(&format!(
            r#"{{"id":4,"method":"kv.put","params":{{"key":"k","value":{deep}}}}}"#
        ))
        .await;
    let answer = worker.hear().await;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(4), &json!("VALIDATION_ERROR"))
    );
    worker.call(5, "kv.get", json!({"key": "k"})).await;
    let stage = worker.leave().await;
    let unreadable = stage
        .audit()
        .await
        .iter()
        .filter(|line| line.record.method == calls::UNREADABLE)
        .count();
    assert_eq!(unreadable, 3, "every answered call is audited");
}

#[tokio::test]
async fn an_over_long_line_is_dropped_and_its_call_answered() {
    let mut worker = Played::new(KV).await;
    worker
        .say(&format!(
            r#"{{"id":1,"method":"kv.put","params":"{}"}}"#,
            "x".repeat(PLUGIN_LINE_BYTES)
        ))
        .await;
    let answer = worker.hear().await;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(1), &json!("VALIDATION_ERROR"))
    );
    worker.call(2, "kv.get", json!({"key": "k"})).await;
}

#[tokio::test]
async fn a_flood_of_prints_is_cut_and_counted() {
    let mut worker = Played::new(KV).await;
    for n in 0..5_000 {
        worker.say(&format!("line {n}")).await;
    }
    worker.call(1, "kv.get", json!({"key": "k"})).await;
    let stage = worker.leave().await;
    let logs = stage.logs().await;
    let stored = logs
        .iter()
        .filter(|line| line.record.source == LogSource::Stdout)
        .count() as u64;
    let dropped = stage.installation.gate().dropped_ever();
    assert_eq!(stored + dropped, 5_000, "each line is stored or counted");
    assert!(dropped > 0);
    assert!(
        logs.iter()
            .any(|line| line.record.message.contains("log lines were dropped"))
    );
}

#[tokio::test]
async fn a_worker_that_asks_and_does_not_read_blocks_itself_in_bounded_memory() {
    let options = CoreOptions {
        calls_per_second: 1_000_000,
        ..CoreOptions::default()
    };
    let mut worker = Played::on(Stage::with_options(KV, options).await);
    let value = "x".repeat(60_000);
    worker
        .call(1, "kv.put", json!({"key": "k", "value": value}))
        .await;
    let call = format!(
        "{}\n",
        json!({"id": 2, "method": "kv.get", "params": {"key": "k"}})
    );
    let mut asked = 0_u32;
    while tokio::time::timeout(Duration::from_secs(1), worker.says.write_all(call.as_bytes()))
        .await
        .is_ok()
    {
        asked += 1;
        assert!(asked < 10_000, "the host takes no more than it can answer");
    }
    assert!(asked > 100, "and not much less: {asked}");
    worker.gone.cancel();
    worker.session.await.unwrap();
}

/// A session whose clock is the test's.
async fn still() -> (Stage, Session, mpsc::Receiver<News>) {
    let stage = Stage::new(KV).await;
    let (session, _orders, news) =
        Session::new(&stage.services, &stage.installation, CancellationToken::new());
    (stage, session, news)
}

#[tokio::test]
async fn a_worker_that_does_not_read_its_input_is_stuck_and_told_so_once() {
    let (_stage, mut session, mut news) = still().await;
    let now = Instant::now();
    session.say(&message::shutdown());
    session.tick(now + INPUT_STALL / 2);
    assert!(news.try_recv().is_err());
    session.tick(now + INPUT_STALL * 2);
    session.tick(now + INPUT_STALL * 3);
    assert!(matches!(news.try_recv(), Ok(News::Stuck(why)) if why.contains("not read its input")));
    assert!(news.try_recv().is_err());
}

#[tokio::test]
async fn an_event_that_is_never_acknowledged_is_slow_then_stuck() {
    let (stage, mut session, mut news) = still().await;
    let event = Event::new("e1", EventType::MessageCreate, GuildId::new(1), &json!({})).unwrap();
    stage.installation.offer(event);
    session.obey(Order::OpenEvents);
    session.send_events();
    // It was taken at once.
    session
        .outbox
        .written(session.outbox.as_slice().len(), Instant::now());
    let now = Instant::now();
    session.tick(now + SLOW_AFTER);
    session.tick(now + SLOW_AFTER * 2);
    assert!(news.try_recv().is_err(), "slow is not stuck");
    session.tick(now + STUCK_AFTER);
    assert!(matches!(news.try_recv(), Ok(News::Stuck(why)) if why.contains("300 s")));
    let slow = stage
        .logs()
        .await
        .into_iter()
        .filter(|line| line.record.message.contains("slow handler"))
        .count();
    assert_eq!(slow, 1);
}

#[tokio::test]
async fn a_worker_that_closes_its_output_and_lives_on_is_stuck() {
    let (_stage, mut session, mut news) = still().await;
    session.heard(b"");
    session.tick(Instant::now());
    assert!(news.try_recv().is_err(), "its exit may be on the way");
    session.tick(Instant::now() + CLOSED_OUTPUT);
    assert_eq!(
        news.try_recv(),
        Ok(News::Stuck("it closed its output".to_owned()))
    );
}

#[tokio::test]
async fn last_words_are_heard_after_the_exit() {
    let mut worker = Played::new(KV).await;
    worker
        .says
        .write_all(b"Traceback\nno newline at the end")
        .await
        .unwrap();
    let stage = worker.leave().await;
    let logs = stage.logs().await;
    let seen: Vec<_> = logs.iter().map(|line| line.record.message.as_str()).collect();
    assert_eq!(seen, ["Traceback", "no newline at the end"]);
}

#[tokio::test]
async fn a_call_outlives_its_worker_and_is_audited() {
    let mut worker = Played::new(KV).await;
    worker
        .say(r#"{"id":1,"method":"kv.put","params":{"key":"k","value":1}}"#)
        .await;
    let stage = worker.leave().await;
    stage.services.tasks.close();
    tokio::time::timeout(Duration::from_secs(10), stage.services.tasks.wait())
        .await
        .unwrap();
    let audit = stage.audit().await;
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].record.outcome, "ok");
}

#[tokio::test]
async fn the_ready_list_limits_what_is_sent() {
    let mut worker = Played::new(KV).await;
    worker.order(Order::OpenEvents).await;
    worker
        .say(r#"{"method":"plugin.ready","params":{"events":["member_join"]}}"#)
        .await;
    worker.call(1, "kv.get", json!({"key": "k"})).await;
    worker.offer("e1", EventType::MessageCreate);
    worker.offer("e2", EventType::MemberJoin);
    assert_eq!(worker.hear().await["params"]["event_id"], "e2");
}

#[test]
fn no_error_code_is_taken_for_a_result() {
    let line = reply(&RequestId::Number(7), &Err(RpcError::internal()));
    let line: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(line["error"]["code"], ErrorCode::InternalError.as_str());
}
