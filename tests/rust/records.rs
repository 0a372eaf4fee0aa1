//! What is remembered of what a plugin does: counters, metrics, logs, and the audit's way from a message to its cause.

use homemaid_core::{AuditKind, AuditQuery, CoreEvent, LogQuery};
use homemaid_testkit::{ServeProcess, TestHost, zipped};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn from_an_answer_in_the_chat_one_finds_the_call_the_event_and_the_member_behind_it()
-> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let id = host.install("tally_maid", &["discord:send_message"]).await?;
    let mut news = host.core().subscribe();
    let asked = host.post("bob", "!tally")?;
    let mut since = host.now();
    host.said(since.saturating_sub(1), |message| {
        content(message).starts_with("hits 1, first True")
    })
    .await?;
    since = host.now();
    host.post("bob", "!tally")?;
    let answer = host
        .said(since, |message| content(message).starts_with("hits 2"))
        .await?;
    assert_eq!(content(&answer), "hits 2, first False, total 2.0, of bob");

    // The answer is in the chat before the call that wrote it has come back.
    let mut sent = 0;
    while sent < 2 {
        if let CoreEvent::Audit(call) = news.recv().await? {
            sent += usize::from(call.method == "discord.send_message");
        }
    }
    let causes = host
        .core()
        .causes(answer["id"].as_str().expect("an id").parse()?)
        .await?;
    let [cause] = &causes[..] else {
        panic!("one call made it: {causes:?}")
    };
    assert_eq!(cause.record.method, "discord.send_message");
    assert_eq!(cause.record.channel.as_deref(), answer["channel_id"].as_str());
    let event = cause.event.as_ref().expect("the plugin was asked");
    assert_eq!(event.method, "event.message_create");
    assert_eq!(
        event.members,
        [asked["author"]["id"].as_str().expect("an author")]
    );
    assert_eq!(event.event_id, cause.record.event_id);

    let calls = host
        .core()
        .audit(AuditQuery {
            event: event.event_id.clone(),
            kind: Some(AuditKind::Call),
            ..AuditQuery::default()
        })
        .await?;
    let methods: Vec<_> = calls.iter().map(|call| call.method.as_str()).collect();
    assert_eq!(
        methods,
        [
            "ephemeral.counter",
            "ephemeral.dedup",
            "metrics.record",
            "metrics.total",
            "metrics.query",
            "discord.send_message"
        ]
    );
    let acts = host
        .core()
        .audit(AuditQuery {
            kind: Some(AuditKind::Owner),
            ..AuditQuery::default()
        })
        .await?;
    let acts: Vec<_> = acts.iter().map(|act| act.method.as_str()).collect();
    assert_eq!(acts, ["owner.upload", "owner.install"]);
    let verdict = host.core().verify_audit().await?;
    assert!(verdict.broken.is_none() && verdict.verified >= 14, "{verdict:?}");

    let found = host
        .core()
        .logs(LogQuery {
            search: Some("\"asked for\" bob".to_owned()),
            tag: Some("tally".to_owned()),
            ..LogQuery::default()
        })
        .await?;
    assert_eq!(found.len(), 2, "{found:?}");
    let chart = host.core().metric(&id, "tallies", "1h", "count", "").await?;
    assert_eq!(
        (chart.labels.len(), chart.total.to_string()),
        (60, "2".to_owned())
    );

    host.core().uninstall(&id).await?;
    assert!(
        host.core().metrics(&id).await?.is_empty(),
        "its metrics go with it"
    );
    host.stop().await
}

fn content(message: &Value) -> &str {
    message["content"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_verifies_the_audit_and_searches_the_log() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let appliance = ServeProcess::start(data.path(), &[]).await?;
    let zip = zipped("tally_maid", data.path()).await?;
    let zip = zip.to_string_lossy();
    for (arguments, succeeds, says) in [
        (
            vec!["plugin", "install", &zip, "--grant", "all"],
            true,
            "tally_maid",
        ),
        (vec!["audit", "verify"], true, "records are as they were written"),
        (vec!["audit", "verify", "--json"], true, "\"broken\":null"),
        (vec!["audit", "message", "1"], true, "No record touched message 1"),
        (
            vec!["audit", "message", "one"],
            false,
            "`one` is not a Discord id",
        ),
        (
            vec!["plugin", "logs", "tally_maid", "--search", "\"AND (NEAR -x"],
            true,
            "",
        ),
        (
            vec!["plugin", "logs", "tally_maid", "--level", "loud"],
            false,
            "level",
        ),
    ] {
        let (status, out, err) = appliance.command(&arguments).await?;
        assert_eq!(status.success(), succeeds, "{arguments:?}: {out}{err}");
        assert!(format!("{out}{err}").contains(says), "{arguments:?}: {out}{err}");
    }
    appliance.stop().await
}
