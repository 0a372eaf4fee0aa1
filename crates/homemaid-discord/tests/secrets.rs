//! Tokens never reach a log, however much is logged.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use axum::{Json, Router};
use homemaid_discord::{Discord, DiscordCall, DiscordConfig, DiscordEvent, DiscordStatus};
use homemaid_protocol::{Clock, EventType, InstallationId};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt;

const BOT_TOKEN: &str = "MTA0Mg.the-bots-own.token";
const INTERACTION_TOKEN: &str = "aW50ZXJhY3Rpb24-the-interactions-token";
const WEBHOOK_TOKEN: &str = "d2ViaG9vaw-the-webhooks-token";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A gateway that sends one interaction and then hangs up, and a REST API that answers some things with errors.
async fn discord() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let at = json!({"url": format!("ws://{address}/gateway"), "shards": 1});
    let rest = |uri: Uri| async move {
        match uri.path() {
            path if path.ends_with("/callback") => (StatusCode::OK, Json(json!({}))),
            path if path.ends_with(WEBHOOK_TOKEN) => {
                (StatusCode::OK, Json(json!({"id": "5", "guild_id": "1"})))
            }
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Json(json!({"message": "no", "code": 0})),
            ),
        }
    };
    let app = Router::new()
        .route("/api/v10/gateway/bot", get(async || Json(at)))
        .route(
            "/gateway",
            get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(gateway)),
        )
        .fallback(rest);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn gateway(mut socket: WebSocket) {
    let user = json!({"id": "7", "username": "alice"});
    let interaction = json!({"id": "300", "type": 2, "guild_id": "1", "channel_id": "42", "token": INTERACTION_TOKEN,
        "application_id": "8", "member": {"user": user, "roles": []}, "data": {"id": "9", "name": "hello", "type": 1}});
    let frames = [
        json!({"op": 10, "d": {"heartbeat_interval": 45_000}}),
        json!({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "s", "user": user, "application": {"id": "8"},
            "guilds": [{"id": "1", "unavailable": true}]}}),
        json!({"op": 0, "t": "GUILD_CREATE", "s": 2, "d": {"id": "1", "name": "G"}}),
        json!({"op": 0, "t": "INTERACTION_CREATE", "s": 3, "d": interaction}),
    ];
    for frame in frames {
        if socket
            .send(Message::Text(frame.to_string().into()))
            .await
            .is_err()
        {
            return;
        }
    }
    // Identify, or resume after the hang-up below: both carry the bot's token.
    socket.recv().await;
    socket.recv().await;
}

fn params(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// One thread for our side, where everything is logged; Discord has its own, where nothing is.
#[test]
fn everything_logged_holds_no_token() {
    let there = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let address = there.block_on(discord());
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(log.clone())
        .finish();
    let _logging = subscriber.set_default();
    let here = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    here.block_on(async {
        let config = DiscordConfig::lab(
            BOT_TOKEN.parse().unwrap(),
            format!("http://{address}").parse().unwrap(),
        );
        tracing::info!(?config, "connecting");
        let (discord, mut events) = Discord::connect(config, Clock::system()).unwrap();
        let event = loop {
            match events.recv().await.unwrap() {
                DiscordEvent::Event { event, .. } if event.kind == EventType::InteractionCreate => {
                    break event;
                }
                other => tracing::info!(?other, "arrived"),
            }
        };
        tracing::info!(?event, ?discord, "arrived");
        let maid: InstallationId = "maid@1".parse().unwrap();
        let webhook = json!({"webhook_id": "5", "webhook_token": WEBHOOK_TOKEN, "content": "x"});
        for (method, given) in [
            ("interaction.respond", json!({"content": "x"})),
            ("interaction.respond", json!({"content": "refused by us"})),
            ("interaction.followup", json!({"content": "refused by Discord"})),
            ("discord.execute_webhook", webhook),
            ("discord.get_guild", json!({})),
        ] {
            let given = params(&given);
            let call = DiscordCall {
                installation: &maid,
                method,
                params: &given,
                event_id: Some(&event.id),
            };
            let result = discord.call(call).await.result;
            tracing::info!(?result, method, "called");
        }
        there.shutdown_background();
        let mut status = discord.status();
        let lost = status
            .wait_for(|status| matches!(status, DiscordStatus::Failed { .. }))
            .await;
        tracing::info!(?lost, "lost");
        drop(lost);
        discord.shutdown().await;
    });
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("connected to Discord"), "our own words are there");
    assert!(log.contains("hyper_util"), "and those of the libraries below");
    assert!(
        log.contains("refused by Discord") || log.contains("Discord API error 500"),
        "failures are there"
    );
    for (what, token) in [
        ("bot", BOT_TOKEN),
        ("interaction", INTERACTION_TOKEN),
        ("webhook", WEBHOOK_TOKEN),
    ] {
        let at = log.find(token);
        assert!(
            at.is_none(),
            "the {what} token was logged: {}",
            &log[at.unwrap_or(0).saturating_sub(300)..][..300]
        );
    }
}
