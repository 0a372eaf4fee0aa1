//! In the lab nothing but this machine is ever contacted, whatever a server says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use homemaid_discord::{ConnectError, Discord, DiscordConfig, DiscordStatus};
use homemaid_protocol::Clock;
use serde_json::{Value, json};

use crate::scene::status_is;

const TOKEN: &str = "MTA0Mg.lab.token";

/// Serves `app` on loopback.
async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn connect(base: &str) -> Result<Discord, ConnectError> {
    let config = DiscordConfig::lab(TOKEN.parse().unwrap(), base.parse().unwrap());
    Discord::connect(config, Clock::system()).map(|(discord, _)| discord)
}

async fn failure(discord: &Discord) -> String {
    let failed = |status: &DiscordStatus| matches!(status, DiscordStatus::Failed { retrying: false, .. });
    match status_is(discord, failed).await {
        DiscordStatus::Failed { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn gateway_at(url: String) -> Router {
    let answer = json!({"url": url, "shards": 1, "session_start_limit": {"remaining": 1000}});
    Router::new().route(
        "/api/v10/gateway/bot",
        get(move || async move { axum::Json(answer) }),
    )
}

#[tokio::test]
async fn a_gateway_elsewhere_is_refused() {
    for url in [
        "wss://gateway.discord.gg",
        "ws://192.0.2.1:80",
        "ws://127.0.0.1.example.org",
        "wss://[2001:db8::1]/",
    ] {
        let address = serve(gateway_at(url.to_owned())).await;
        let discord = connect(&format!("http://{address}")).unwrap();
        let reason = failure(&discord).await;
        assert!(reason.contains("is not this machine"), "{reason}");
    }
}

#[tokio::test]
async fn a_resume_address_elsewhere_is_refused() {
    let sockets = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sockets);
    let gateway = move |upgrade: WebSocketUpgrade| async move {
        count.fetch_add(1, Ordering::Relaxed);
        upgrade.on_upgrade(|mut socket| async move {
            let send = |value: Value| Message::Text(value.to_string().into());
            socket
                .send(send(json!({"op": 10, "d": {"heartbeat_interval": 45_000}})))
                .await
                .unwrap();
            socket.recv().await;
            let ready = json!({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "s", "guilds": [],
                "resume_gateway_url": "wss://gateway-us-east1-b.discord.gg",
                "user": {"id": "1", "username": "x"}, "application": {"id": "1"}}});
            socket.send(send(ready)).await.unwrap();
            while let Some(Ok(_)) = socket.recv().await {}
        })
    };
    let address = serve(Router::new().route("/gateway", get(gateway))).await;
    let rest = serve(gateway_at(format!("ws://{address}/gateway"))).await;
    let discord = connect(&format!("http://{rest}")).unwrap();
    let reason = failure(&discord).await;
    assert!(
        reason.contains("gateway-us-east1-b.discord.gg is not this machine"),
        "{reason}"
    );
    assert_eq!(sockets.load(Ordering::Relaxed), 1, "and nothing was tried again");
}

#[tokio::test]
async fn a_base_elsewhere_is_refused_before_anything_is_sent() {
    for base in [
        "https://discord.com",
        "http://192.0.2.1",
        "http://example.org",
        "ftp://127.0.0.1",
        "http://127.0.0.1/x",
    ] {
        assert!(connect(base).is_err(), "{base}");
    }
    let config = DiscordConfig {
        loopback_only: true,
        ..DiscordConfig::live(TOKEN.parse().unwrap())
    };
    assert!(matches!(
        Discord::connect(config, Clock::system()),
        Err(ConnectError::Refused(_))
    ));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let hits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&hits);
    let elsewhere = serve(Router::new().fallback(move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { "" }
    }))
    .await;
    let redirect =
        move || async move { Redirect::temporary(&format!("http://{elsewhere}/")).into_response() };
    let address = serve(Router::new().route("/api/v10/gateway/bot", get(redirect))).await;
    let discord = connect(&format!("http://{address}")).unwrap();
    status_is(&discord, |status| matches!(status, DiscordStatus::Failed { .. })).await;
    assert_eq!(hits.load(Ordering::Relaxed), 0);
}
