//! The whole line: a plugin zip answers in a chat, from a locked container. Real Podman workers, real serenity, the
//! simulated Discord; with our SDK and, unmodified, with both published generations in its place.

use std::time::Duration;

use homemaid_core::AuditQuery;
use homemaid_protocol::CapabilitySet;
use homemaid_testkit::{TestHost, TestOptions, published_sdk};
use serde_json::{Value, json};

/// Runs the demo's whole conversation: command, button, modal, counter, hidden answer.
async fn greet(options: TestOptions) -> anyhow::Result<()> {
    let host = TestHost::start_with(options).await?;
    host.install("hello_maid", &["interaction:respond", "storage:kv"])
        .await?;

    let since = host.now();
    host.slash("bob", "hello", &[json!({"name": "style", "value": "pirate"})])?;
    let greeting = host.said(since, |message| text(message).contains("Ahoy")).await?;
    assert!(
        text(&greeting).contains("The very first hello!"),
        "the counter in the key-value store starts: {greeting}"
    );

    let pressed = host.press("bob", &greeting, "hello:sign")?;
    let values = json!({"note": "The tea was lovely.", "name": "Bob"});
    let since = host.now();
    host.fill("bob", pressed, values.as_object().expect("an object"))
        .await?;
    let signed = host
        .said(since, |message| text(message).contains("The tea was lovely."))
        .await?;
    assert_eq!(signed["author"]["bot"], true);

    let since = host.now();
    host.slash("bob", "hello", &[])?;
    host.said(since, |message| text(message).contains("Hello number 2"))
        .await?;

    let since = host.now();
    host.slash("carol", "hello-stats", &[])?;
    let stats = host
        .said(since, |message| text(message).contains("Hellos"))
        .await?;
    assert_eq!(
        stats["flags"].as_u64().unwrap_or(0) & 64,
        64,
        "only Carol sees the numbers: {stats}"
    );
    host.stop().await
}

/// Returns all that a message shows.
fn text(message: &Value) -> String {
    format!(
        "{} {}",
        message["content"].as_str().unwrap_or_default(),
        message["embeds"]
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_answers_command_button_and_modal() -> anyhow::Result<()> {
    greet(TestOptions::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_the_published_sdk_0_5() -> anyhow::Result<()> {
    greet(TestOptions {
        sdk: Some(published_sdk("mmo_maid_sdk-0.5.4")),
        ..TestOptions::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_with_the_published_sdk_0_10() -> anyhow::Result<()> {
    greet(TestOptions {
        sdk: Some(published_sdk("yourbot_sdk-0.10.1")),
        ..TestOptions::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_joins_is_welcomed() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    host.install(
        "welcome_mat",
        &["discord:send_message", "interaction:respond", "storage:kv"],
    )
    .await?;
    let since = host.now();
    let welcome = host.channel("welcome").to_string();
    host.slash(
        "alice",
        "welcome-channel",
        &[json!({"name": "channel", "value": welcome})],
    )?;
    host.said(since, |message| !text(message).trim().is_empty())
        .await?;
    let since = host.now();
    host.discord().add_member(
        host.discord().first_guild().expect("a guild"),
        "dora",
        None,
        false,
    )?;
    let greeting = host
        .said(since, |message| message["channel_id"] == welcome.as_str())
        .await?;
    assert!(!text(&greeting).trim().is_empty());
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_over_its_memory_is_killed_and_restarted_while_another_answers() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let hog = host.install("memory_hog", &["discord:send_message"]).await?;
    host.install("echo_maid", &["discord:send_message"]).await?;
    let since = host.now();
    host.post("bob", "!eat")?;
    host.post("bob", "!ping")?;
    host.said(since, |message| message["content"] == "Pong!").await?;
    let line = host.logged(&hog, |line| line.contains("64 MB")).await?;
    assert!(line.contains("memory"), "the owner is told why: {line}");
    host.ready(&hog).await?;
    let since = host.now();
    host.post("bob", "!hog")?;
    host.said(since, |message| message["content"] == "still here")
        .await?;
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_its_grant_is_refused_audited_and_works_once_granted() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let nosy = host.install("nosy_maid", &["discord:send_message"]).await?;
    let since = host.now();
    host.post("bob", "!react")?;
    host.logged(&nosy, |line| line.starts_with("refused:")).await?;
    let view = host
        .look(&nosy, |view| {
            view.capabilities
                .iter()
                .any(|c| c.name == "discord:add_reaction" && c.needed)
        })
        .await?;
    assert!(
        view.capabilities
            .iter()
            .all(|c| c.name != "discord:add_reaction" || !c.granted)
    );
    let query = AuditQuery {
        installation: Some(nosy.clone()),
        refused_only: true,
        ..AuditQuery::default()
    };
    let audited = async {
        loop {
            // The audit is written in groups: asking again is how one waits for a group.
            let found = host.core().audit(query.clone()).await?;
            if !found.is_empty() {
                return anyhow::Ok(found);
            }
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(60), audited).await??;
    assert_eq!(
        (refused[0].method.as_str(), refused[0].outcome.as_str()),
        ("discord.add_reaction", "CAPABILITY_DENIED")
    );
    assert!(
        host.discord()
            .timeline(since, 1000)
            .iter()
            .all(|entry| entry.kind != "reaction_add"),
        "a refused call has had no effect"
    );

    let grants: CapabilitySet = ["discord:send_message", "discord:add_reaction"]
        .iter()
        .map(|c| c.parse().expect("known"))
        .collect();
    host.core().grant(&nosy, grants, "test").await?;
    host.ready(&nosy).await?;
    let since = host.now();
    host.post("bob", "!react")?;
    host.seen(since, |entry| entry.kind == "reaction_add").await?;
    let view = host.core().installation(&nosy).expect("it is installed");
    assert!(
        view.capabilities.iter().all(|c| !c.needed),
        "nothing is asked for any more: {view:#?}"
    );
    host.stop().await
}
