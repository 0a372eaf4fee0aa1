//! Discord's refusals for too many requests, from a server that always refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use homemaid_discord::{Discord, DiscordCall, DiscordConfig};
use homemaid_protocol::{Clock, ErrorCode, InstallationId, RpcError};
use serde_json::Value;

/// Serves `/guilds/1`, which refuses the first `refusals` requests for `retry_after` seconds.
async fn refusing(refusals: usize, retry_after: &'static str) -> (Discord, Arc<AtomicUsize>) {
    refusing_with(
        refusals,
        vec![("retry-after", retry_after), ("x-ratelimit-scope", "user")],
    )
    .await
}

/// As [`refusing`], with these headers.
async fn refusing_with(
    refusals: usize,
    headers: Vec<(&'static str, &'static str)>,
) -> (Discord, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let guild = move || async move {
        if count.fetch_add(1, Ordering::Relaxed) < refusals {
            (
                StatusCode::TOO_MANY_REQUESTS,
                axum::response::AppendHeaders(headers),
                "{\"message\": \"You are being rate limited.\"}",
            )
                .into_response()
        } else {
            "{\"id\": \"1\", \"name\": \"G\"}".into_response()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route("/api/v10/guilds/1", get(guild));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = DiscordConfig::lab("t.t.t".parse().unwrap(), base.parse().unwrap());
    let (discord, _) = Discord::connect(config, Clock::system()).unwrap();
    (discord, seen)
}

async fn get_guild(discord: &Discord) -> Result<Value, RpcError> {
    let installation: InstallationId = "maid@1".parse().unwrap();
    let params = serde_json::Map::new();
    let call = DiscordCall {
        installation: &installation,
        method: "discord.get_guild",
        params: &params,
        event_id: None,
    };
    discord.call(call).await.result
}

#[tokio::test]
async fn a_long_wait_is_told_at_once_and_not_asked_for_again() {
    let (discord, seen) = refusing(usize::MAX, "30").await;
    for _ in 0..3 {
        let error = get_guild(&discord).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::RateLimited, "{error}");
        assert!(matches!(error.retry_after(), Some(1..=30)), "{error}");
    }
    assert_eq!(
        seen.load(Ordering::Relaxed),
        1,
        "what is known to be refused is not sent"
    );
}

#[tokio::test]
async fn a_short_wait_is_waited_out() {
    let (discord, seen) = refusing(2, "0.05").await;
    assert_eq!(get_guild(&discord).await.unwrap()["guild"]["name"], "G");
    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_server_that_refuses_for_ever_is_given_up() {
    let (discord, seen) = refusing(usize::MAX, "0.01").await;
    assert_eq!(
        get_guild(&discord).await.unwrap_err().code(),
        ErrorCode::RateLimited
    );
    assert!(seen.load(Ordering::Relaxed) < 10, "every retry is bounded");
}

#[tokio::test]
async fn shut_out_by_discords_edge_we_stay_away_from_everything() {
    let (discord, seen) = refusing_with(usize::MAX, vec![("retry-after", "600")]).await;
    for _ in 0..2 {
        let error = get_guild(&discord).await.unwrap_err();
        assert!(matches!(error.retry_after(), Some(590..=600)), "{error}");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    let params = serde_json::from_value(serde_json::json!({"query": "a"})).unwrap();
    let installation: InstallationId = "maid@1".parse().unwrap();
    let call = DiscordCall {
        installation: &installation,
        method: "discord.search_members",
        params: &params,
        event_id: None,
    };
    let error = discord.call(call).await.result.unwrap_err();
    assert!(
        matches!(error.retry_after(), Some(590..=600)),
        "another route: {error}"
    );
}
