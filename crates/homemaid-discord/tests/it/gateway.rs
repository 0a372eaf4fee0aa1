//! The connection against a gateway that says exactly what a test wants: silence, repetitions, refusals.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use homemaid_discord::{Discord, DiscordConfig, DiscordEvent, DiscordStatus};
use homemaid_protocol::{Clock, EventType};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::scene::{PATIENCE, status_is};

/// A Discord that does nothing by itself.
struct Stage {
    discord: Discord,
    events: mpsc::Receiver<DiscordEvent>,
    sockets: mpsc::Receiver<Peer>,
    url: String,
}

/// One connection of ours, seen from Discord's end.
struct Peer(WebSocketStream<TcpStream>);

impl Stage {
    /// `limit` is what is said about new sessions.
    async fn open(limit: Value) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", socket.local_addr().unwrap());
        let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", rest.local_addr().unwrap());
        let told = url.clone();
        let first = std::sync::atomic::AtomicBool::new(true);
        let answer = std::sync::Arc::new(move || {
            // Only the first session is limited.
            let limited = first.swap(false, std::sync::atomic::Ordering::Relaxed);
            let limit = if limited { limit.clone() } else { json!({}) };
            json!({"url": told, "shards": 1, "session_start_limit": limit}).to_string()
        });
        let app = Router::new()
            .route("/api/v10/gateway/bot", get(move || async move { answer() }))
            .route(
                "/api/v10/guilds/1",
                get(|| async { (StatusCode::FORBIDDEN, "{\"code\": 50001}") }),
            );
        tokio::spawn(async move { axum::serve(rest, app).await });
        let (accepted, sockets) = mpsc::channel(8);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let peer = Peer(tokio_tungstenite::accept_async(stream).await.unwrap());
                if accepted.send(peer).await.is_err() {
                    return;
                }
            }
        });
        let config = DiscordConfig::lab("t.t.t".parse().unwrap(), base.parse().unwrap());
        let (discord, events) = Discord::connect(config, Clock::system()).unwrap();
        Self {
            discord,
            events,
            sockets,
            url,
        }
    }

    /// Waits for the next connection, says hello and returns what it answers.
    async fn greet(&mut self, heartbeat: u64) -> (Peer, Value) {
        let accepted = tokio::time::timeout(PATIENCE, self.sockets.recv()).await;
        let mut peer = accepted.expect("a connection").expect("the stage stands");
        peer.say(json!({"op": 10, "d": {"heartbeat_interval": heartbeat}}))
            .await;
        let answer = peer.hear().await;
        (peer, answer)
    }

    /// As [`Self::greet`], and begins a session with one guild.
    async fn begin(&mut self, heartbeat: u64) -> Peer {
        let (mut peer, identify) = self.greet(heartbeat).await;
        assert_eq!(identify["op"], 2, "{identify}");
        peer.say(json!({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "abc", "resume_gateway_url": self.url, "user": {"id": "9", "username": "maid"},
            "application": {"id": "8"}, "guilds": [{"id": "1", "unavailable": true}]}}))
        .await;
        peer.dispatch(
            2,
            "GUILD_CREATE",
            json!({"id": "1", "name": "G", "member_count": 1}),
        )
        .await;
        assert!(matches!(
            self.events.recv().await,
            Some(DiscordEvent::GuildAvailable(_))
        ));
        peer
    }

    /// Returns the text of the next message that plugins hear of.
    async fn message(&mut self) -> String {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.events.recv())
                .await
                .expect("an event");
            match event.expect("the stream goes on") {
                DiscordEvent::Event { event, .. } if event.kind == EventType::MessageCreate => {
                    let payload: Value = serde_json::from_str(event.payload().get()).unwrap();
                    return payload["content"].as_str().unwrap().to_owned();
                }
                _ => {}
            }
        }
    }
}

impl Peer {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn dispatch(&mut self, seq: u64, name: &str, data: Value) {
        self.say(json!({"op": 0, "t": name, "s": seq, "d": data})).await;
    }

    async fn post(&mut self, seq: u64, id: u64) {
        let data = json!({"id": id.to_string(), "channel_id": "42", "guild_id": "1", "content": id.to_string(),
            "author": {"id": "7", "username": "alice"}});
        self.dispatch(seq, "MESSAGE_CREATE", data).await;
    }

    /// Returns the next message that is no heartbeat; heartbeats are not answered.
    async fn hear(&mut self) -> Value {
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("a message");
            if let Message::Text(text) = heard.expect("the socket is open").unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["op"] != 1 {
                    return message;
                }
            }
        }
    }

    /// Waits until the other side closes, and returns its code.
    async fn closed(&mut self) -> Option<u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("an end")
            {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    async fn close(mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        // The other side may be faster.
        let _ = self.0.close(Some(frame)).await;
    }
}

#[tokio::test]
async fn a_gateway_that_falls_silent_is_left_and_nothing_is_lost_or_doubled() {
    let mut stage = Stage::open(json!({})).await;
    let mut peer = stage.begin(300).await;
    peer.post(3, 103).await;
    assert_eq!(stage.message().await, "103");
    let code = peer.closed().await;
    assert!(
        code.is_none_or(|code| code != 1000 && code != 1001),
        "the session is kept: {code:?}"
    );

    let (mut peer, resume) = stage.greet(60_000).await;
    assert_eq!(resume["op"], 6, "{resume}");
    assert_eq!(
        (&resume["d"]["session_id"], &resume["d"]["seq"]),
        (&json!("abc"), &json!(3))
    );
    // Discord repeats what we may have missed, and once more what we have.
    peer.post(3, 103).await;
    peer.post(4, 104).await;
    peer.dispatch(5, "RESUMED", json!({})).await;
    peer.post(5, 999).await;
    peer.post(6, 104).await;
    peer.post(7, 107).await;
    assert_eq!(stage.message().await, "104");
    assert_eq!(
        stage.message().await,
        "107",
        "neither an old number nor an old message comes twice"
    );
    status_is(&stage.discord, DiscordStatus::is_connected).await;
}

#[tokio::test]
async fn a_session_discord_has_forgotten_is_begun_anew() {
    let mut stage = Stage::open(json!({})).await;
    let peer = stage.begin(60_000).await;
    peer.close(4009).await;
    let (_peer, identify) = stage.greet(60_000).await;
    assert_eq!(
        identify["op"], 2,
        "a timed out session is not resumed: {identify}"
    );
}

#[tokio::test]
async fn an_unknown_error_is_resumed_and_then_refused() {
    let mut stage = Stage::open(json!({})).await;
    let peer = stage.begin(60_000).await;
    peer.close(4000).await;
    let (mut peer, resume) = stage.greet(60_000).await;
    assert_eq!(resume["op"], 6, "{resume}");
    peer.say(json!({"op": 9, "d": false})).await;
    let (_peer, identify) = stage.greet(60_000).await;
    assert_eq!(identify["op"], 2, "{identify}");
}

#[tokio::test]
async fn an_intent_that_is_refused_is_left_out() {
    let mut stage = Stage::open(json!({})).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (peer, identify) = stage.greet(60_000).await;
        seen.push(identify["d"]["intents"].as_u64().unwrap());
        peer.close(4014).await;
    }
    assert_eq!(seen[0] & !seen[1], 1 << 15, "message content goes first");
}

#[tokio::test]
async fn no_session_is_begun_while_discord_allows_none() {
    let limit = json!({"total": 1000, "remaining": 0, "reset_after": 1500, "max_concurrency": 1});
    let mut stage = Stage::open(limit).await;
    let status = status_is(&stage.discord, |status| {
        matches!(status, DiscordStatus::Failed { .. })
    })
    .await;
    let DiscordStatus::Failed {
        reason,
        fix,
        retrying,
    } = status
    else {
        unreachable!()
    };
    assert!(
        reason.contains("too often") && fix.contains("minute") && retrying,
        "{reason} {fix}"
    );
    assert!(stage.sockets.try_recv().is_err(), "nobody has knocked yet");
    stage.begin(60_000).await;
    status_is(&stage.discord, DiscordStatus::is_connected).await;
}

#[tokio::test]
async fn refused_requests_are_counted_for_the_owner() {
    let mut stage = Stage::open(json!({})).await;
    let _peer = stage.begin(60_000).await;
    assert_eq!(stage.discord.request_budget().refused, 0);
    let installation = "maid@1".parse().unwrap();
    let params = serde_json::Map::new();
    let call = homemaid_discord::DiscordCall {
        installation: &installation,
        method: "discord.get_guild",
        params: &params,
        event_id: None,
    };
    assert!(stage.discord.call(call).await.result.is_err());
    let budget = stage.discord.request_budget();
    assert_eq!((budget.refused, budget.limit), (1, 10_000));
    assert_eq!(
        *stage.discord.held_back().borrow(),
        homemaid_discord::HeldBack::Nothing
    );
}
