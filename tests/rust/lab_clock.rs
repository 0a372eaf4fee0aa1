//! In the lab the host follows the simulator's clock: what plugins feel of time jumps with it.

use std::time::Duration;

use homemaid_testkit::TestHost;
use serde_json::Value;

const DAY: Duration = Duration::from_secs(24 * 3_600);
const GRANTS: [&str; 3] = ["discord:send_message", "interaction:respond", "storage:kv"];

fn says(text: &str) -> impl Fn(&Value) -> bool + use<'_> {
    move |message| message["content"] == text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_kept_for_thirty_days_is_gone_when_the_lab_says_so() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    host.install("clock_maid", &GRANTS).await?;
    let clock = host.discord().clock();
    clock.freeze();
    let since = host.now();
    host.post("alice", "!keep")?;
    host.said(since, says("kept it for 30 days")).await?;

    clock.advance(29 * DAY);
    let since = host.now();
    host.post("alice", "!look")?;
    host.said(since, says("I have tea")).await?;

    clock.advance(DAY);
    let since = host.now();
    host.post("alice", "!look")?;
    host.said(since, says("I have None")).await?;
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interaction_is_deferred_by_the_labs_clock() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    host.install("clock_maid", &GRANTS).await?;
    let clock = host.discord().clock();
    clock.freeze();
    let since = host.now();
    let id = host.slash("bob", "tea", &[])?;
    // Whoever hears of it may be slow: what counts is that 2.2 s of the lab's time have not passed.
    host.post("alice", "!look")?;
    host.said(since, says("I have None")).await?;
    clock.advance(Duration::from_millis(2_100));
    host.post("alice", "!look")?;
    host.said(since, says("I have None")).await?;
    assert_eq!(host.discord().interaction(id)?["state"], "pending");

    clock.advance(Duration::from_millis(100));
    host.seen(since, |entry| {
        entry.kind == "interaction_response" && entry.data["type"] == 5
    })
    .await?;
    assert_eq!(host.discord().interaction(id)?["state"], "deferred");
    host.post("alice", "!served")?;
    host.said(since, says("Your tea.")).await?;
    host.stop().await
}
