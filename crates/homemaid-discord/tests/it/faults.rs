//! What goes wrong at Discord's end, by the simulator's faults: nothing is lost, nothing comes or happens twice, and
//! what cannot be helped is told.

use std::time::Duration;

use discord_sim::{FaultKind, FaultSpec, RateScope, SimConfig, TimelineEntry};
use homemaid_discord::DiscordStatus;
use homemaid_protocol::{ErrorCode, EventType};
use serde_json::json;

use crate::scene::{PATIENCE, Scene};

impl Scene {
    fn posts(&self, text: &str) {
        self.control
            .post_message(self.general, "alice", text, None)
            .unwrap();
    }

    async fn hears(&mut self, text: &str) {
        let heard = self.next(EventType::MessageCreate).await;
        assert_eq!(heard.payload["content"], text);
    }

    /// Waits until the timeline has a line of the gateway with this action.
    async fn gateway_saw(&self, action: &str) -> TimelineEntry {
        let mut follow = self.control.follow(0);
        let found = async {
            loop {
                let entry = follow.next().await;
                if entry.kind == "gateway" && entry.data.get("action") == Some(&json!(action)) {
                    return entry;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("no {action}"))
    }

    fn sends(
        &self,
        text: &str,
    ) -> impl Future<Output = Result<serde_json::Value, homemaid_protocol::RpcError>> {
        let params = json!({"channel_id": self.general.to_string(), "content": text});
        self.call("discord.send_message", params)
    }

    fn count(&self, text: &str) -> usize {
        let texts = self.messages("alice").into_iter();
        texts.filter(|message| message["content"] == text).count()
    }
}

fn on_messages(kind: FaultKind) -> FaultSpec {
    FaultSpec::from(kind).on("POST", "/channels/*/messages").times(1)
}

#[tokio::test]
async fn an_event_that_discord_sends_twice_arrives_once() {
    let mut scene = Scene::open().await;
    scene
        .control
        .add_fault(FaultKind::DuplicateEvent { event: None })
        .unwrap();
    for n in 0..3 {
        scene.posts(&n.to_string());
        scene.hears(&n.to_string()).await;
    }
    assert!(scene.control.faults()[0].struck >= 3, "it was sent twice");
    scene.control.clear_faults();
    scene.posts("last");
    scene.hears("last").await;
}

#[tokio::test]
async fn a_gateway_that_falls_silent_is_left_and_resumed() {
    let mut scene = Scene::open_with(SimConfig {
        identify_limit: false,
        heartbeat_interval: Duration::from_millis(400),
        ..SimConfig::default()
    })
    .await;
    scene.control.gateway_silence();
    scene.posts("said into silence");
    scene.hears("said into silence").await;
    scene.gateway_saw("resumed").await;
    scene.status_is(DiscordStatus::is_connected).await;
}

#[tokio::test]
async fn a_session_that_may_not_be_resumed_is_begun_anew() {
    let mut scene = Scene::open().await;
    scene
        .control
        .add_fault(FaultSpec::from(FaultKind::RefuseResume).times(1))
        .unwrap();
    scene.control.gateway_drop();
    scene.status_is(|status| !status.is_connected()).await;
    scene.status_is(DiscordStatus::is_connected).await;
    assert_eq!(scene.control.faults()[0].struck, 1);
    scene.posts("again");
    scene.hears("again").await;
}

#[tokio::test]
async fn a_second_session_waits_for_discords_five_seconds() {
    let mut scene = Scene::open_with(SimConfig::default()).await;
    scene.control.gateway_invalidate(false);
    scene.status_is(|status| !status.is_connected()).await;
    scene.status_is(DiscordStatus::is_connected).await;
    let invalid = scene
        .control
        .timeline(0, usize::MAX)
        .into_iter()
        .filter(|entry| entry.kind == "gateway")
        .filter(|entry| entry.data.get("action") == Some(&json!("identify_too_soon")))
        .count();
    assert_eq!(invalid, 0, "nobody was told to come later");
    scene.posts("again");
    scene.hears("again").await;
}

#[tokio::test]
async fn a_refusal_only_the_owner_can_end_ends_the_attempts() {
    let refused = async |(code, words): (u16, &str)| {
        let scene = Scene::open().await;
        scene
            .control
            .add_fault(FaultKind::RefuseIdentify { code })
            .unwrap();
        scene.control.gateway_invalidate(false);
        let status = scene
            .status_is(|status| matches!(status, DiscordStatus::Failed { retrying: false, .. }))
            .await;
        let DiscordStatus::Failed { reason, fix, .. } = status else {
            unreachable!()
        };
        assert!(
            format!("{reason} {fix}").contains(words),
            "{code}: {reason} {fix}"
        );
        assert_eq!(scene.control.faults()[0].struck, 1, "{code}");
    };
    // Each waits for a pause of Discord's, so they do it together.
    let codes = [
        (4004, "token"),
        (4010, "update Homemaid"),
        (4011, "more servers"),
        (4012, "update Homemaid"),
        (4013, "update Homemaid"),
    ];
    futures_util::future::join_all(codes.map(refused)).await;
}

#[tokio::test]
async fn a_read_is_tried_again_and_a_write_never_is() {
    let scene = Scene::open().await;
    let down = |after| FaultKind::Status { status: 503, after };
    scene
        .control
        .add_fault(FaultSpec::from(down(false)).on("GET", "/guilds/*").times(1))
        .unwrap();
    assert!(scene.call("discord.get_guild", json!({})).await.is_ok());

    // Whether it was done nobody can know, so it is not done again.
    for (fault, text) in [(down(true), "kept"), (FaultKind::Truncate, "cut")] {
        scene.control.add_fault(on_messages(fault)).unwrap();
        let error = scene.sends(text).await.unwrap_err();
        assert_eq!(
            (error.code(), error.status()),
            (ErrorCode::DiscordApiError, Some(503)),
            "{error}"
        );
        assert_eq!(scene.count(text), 1, "{text}");
    }
    scene.control.add_fault(on_messages(down(false))).unwrap();
    assert!(scene.sends("lost").await.is_err());
    assert_eq!(scene.count("lost"), 0);
    assert_eq!(
        scene.discord.request_budget().refused,
        0,
        "none of it was a refusal"
    );
}

#[tokio::test]
async fn a_limit_others_used_up_is_not_held_against_us() {
    let scene = Scene::open().await;
    let limit = |scope| FaultKind::RateLimit {
        scope,
        retry_after_ms: 40,
    };
    for (scope, refused) in [
        (RateScope::Shared, 0),
        (RateScope::User, 1),
        (RateScope::Global, 2),
    ] {
        scene.control.add_fault(on_messages(limit(scope))).unwrap();
        scene.sends("hello").await.unwrap();
        assert_eq!(scene.discord.request_budget().refused, refused, "{scope:?}");
    }
    assert_eq!(scene.count("hello"), 3, "each came through once");
}
