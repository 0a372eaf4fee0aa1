//! One gateway connection: from HELLO to the close frame.
//!
//! ```text
//! connected --identify--> ready --socket gone--> (session stays, see `session`)
//!     |  \--resume------>  |
//!     +-- no heartbeat in time, too many payloads, bad payload: closed with Discord's code
//! ```

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::compress::{Transport, single_payload, stream_payload};
use super::opcode::{self, Reaction};
use super::protocol::{Close, op, plain};
use super::session::Outgoing;
use crate::limits;
use crate::shared::Shared;

/// What a client asks for in the address.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wishes {
    v: Option<String>,
    encoding: Option<String>,
    compress: Option<String>,
}

/// Answers the WebSocket upgrade.
pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Query(wishes): Query<Wishes>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let transport = match wishes.compress.as_deref() {
        None | Some("") => Transport::Plain,
        Some("zlib-stream") => Transport::stream(),
        Some(_) => {
            let text =
                "discord-sim compresses with zlib-stream only: connect with compress=zlib-stream, or without";
            return (StatusCode::BAD_REQUEST, text).into_response();
        }
    };
    if shared.sockets.fetch_add(1, Ordering::Relaxed) >= limits::GATEWAY_SOCKETS {
        shared.sockets.fetch_sub(1, Ordering::Relaxed);
        return (StatusCode::SERVICE_UNAVAILABLE, "too many gateway connections").into_response();
    }
    let refusal = match (wishes.v.as_deref(), wishes.encoding.as_deref()) {
        (Some("10" | "9"), None | Some("json")) => None,
        (Some("10" | "9"), Some("etf")) => Some(Close::ETF),
        (Some("10" | "9"), Some(_)) => Some(Close::DECODE_ERROR),
        _ => Some(Close::INVALID_VERSION),
    };
    // Counted until the socket is gone, also when the upgrade itself fails.
    let place = Place(Arc::clone(&shared));
    upgrade
        .max_message_size(4 * limits::GATEWAY_PAYLOAD_BYTES)
        .max_frame_size(4 * limits::GATEWAY_PAYLOAD_BYTES)
        .on_upgrade(move |socket| async move {
            let _place = place;
            let tracker = shared.tasks.clone();
            let connection = Connection::new(shared, socket, transport);
            tracker.track_future(connection.run(refusal)).await;
        })
}

/// One place among the open sockets.
struct Place(Arc<Shared>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One connection.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    socket: WebSocket,
    transport: Transport,
    /// Whether single payloads may be compressed, as the client said when it identified.
    pub(super) compress: bool,
    pub(super) number: u64,
    pub(super) session: Option<String>,
    /// Given to the session, so that the queue ends when the session lets go of this socket: because it is too
    /// slow, or because it was resumed elsewhere.
    pub(super) link: Option<mpsc::Sender<Outgoing>>,
    queue: mpsc::Receiver<Outgoing>,
    /// What a fault holds up, and until when.
    late: Option<(Instant, Arc<str>)>,
    /// Whether a fault lets it say nothing more.
    silent: bool,
    window: (Instant, u32),
}

impl Connection {
    fn new(shared: Arc<Shared>, socket: WebSocket, transport: Transport) -> Self {
        let (link, queue) = mpsc::channel(limits::SOCKET_QUEUE);
        let number = shared.lock().sessions.next_socket();
        let window = (Instant::now(), 0);
        Self {
            shared,
            socket,
            transport,
            compress: false,
            number,
            session: None,
            link: Some(link),
            queue,
            late: None,
            silent: false,
            window,
        }
    }

    /// Serves the connection until one side ends it.
    async fn run(mut self, refusal: Option<Close>) {
        let end = match refusal {
            Some(close) => End::Ours(close),
            None => self.serve().await,
        };
        if let Some(session) = &self.session {
            let forget = match end {
                End::Ours(close) => close.ends_session(),
                // A client that says goodbye properly does not come back.
                End::Theirs(code) => matches!(code, 1000 | 1001),
                End::Broken => false,
            };
            self.shared.lock().sessions.detach(session, self.number, forget);
        }
        let (code, by) = match end {
            End::Ours(close) => (close.code, "server"),
            End::Theirs(code) => (code, "client"),
            End::Broken => (1006, "network"),
        };
        let noted = json!({"action": "closed", "code": code, "by": by, "session_id": self.session});
        self.shared.lock().note("gateway", None, None, noted);
        if let End::Ours(close) = end {
            let frame = CloseFrame {
                code: close.code,
                reason: close.reason.into(),
            };
            let _ = self.socket.send(Message::Close(Some(frame))).await;
            // Gives the client the time to read why, without waiting for one that never answers.
            let _ = tokio::time::timeout(Duration::from_secs(2), async {
                while let Some(Ok(_)) = self.socket.recv().await {}
            })
            .await;
        }
    }

    async fn serve(&mut self) -> End {
        let interval = self.shared.heartbeat_interval;
        let millis = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        let hello = plain(
            op::HELLO,
            &json!({"heartbeat_interval": millis, "_trace": ["discord-sim"]}),
        );
        if let Err(end) = self.send(&hello).await {
            return end;
        }
        let noted = json!({"action": "connected", "compress": self.transport.name()});
        self.shared.lock().note("gateway", None, None, noted);
        // A client may be late once by half an interval; after that it is considered gone.
        let patience = interval + interval / 2;
        let mut heard = Instant::now();
        let stopping = self.shared.stopping.clone();
        loop {
            let step = tokio::select! {
                biased;
                () = stopping.cancelled() => return End::Ours(Close::GOING_AWAY),
                () = tokio::time::sleep_until(heard + patience) => return End::Ours(Close::SESSION_TIMED_OUT),
                received = self.socket.recv() => match received {
                    Some(Ok(Message::Text(text))) => self.receive(text.as_str(), &mut heard).await,
                    // JSON in a binary frame is as good; hikari sends nothing else.
                    Some(Ok(Message::Binary(bytes))) => match std::str::from_utf8(&bytes) {
                        Ok(text) => self.receive(text, &mut heard).await,
                        Err(_) => Err(End::Ours(Close::DECODE_ERROR)),
                    },
                    Some(Ok(Message::Close(frame))) => return End::Theirs(frame.map_or(1005, |frame| frame.code)),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                    Some(Err(_)) | None => return End::Broken,
                },
                () = until(self.late.as_ref().map(|(at, _)| *at)) => match self.late.take() {
                    Some((_, text)) => self.send(&text).await,
                    None => Ok(()),
                },
                outgoing = self.queue.recv(), if self.late.is_none() => match outgoing {
                    Some(Outgoing::Payload(text)) => self.send(&text).await,
                    Some(Outgoing::Late(delay, text)) => {
                        self.late = Some((Instant::now() + delay, text));
                        Ok(())
                    }
                    Some(Outgoing::Silence) => {
                        self.silent = true;
                        Ok(())
                    }
                    Some(Outgoing::Close(close)) => return End::Ours(close),
                    None => return End::Ours(Close::UNKNOWN_ERROR),
                },
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Takes one payload of the client.
    async fn receive(&mut self, text: &str, heard: &mut Instant) -> Result<(), End> {
        if text.len() > limits::GATEWAY_PAYLOAD_BYTES {
            return Err(End::Ours(Close::DECODE_ERROR));
        }
        if self.window.0.elapsed() >= limits::GATEWAY_WINDOW {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        if self.window.1 > limits::GATEWAY_PAYLOADS {
            return Err(End::Ours(Close::RATE_LIMITED));
        }
        let payload: Value = serde_json::from_str(text).map_err(|_| End::Ours(Close::DECODE_ERROR))?;
        if payload["op"] == op::HEARTBEAT {
            *heard = Instant::now();
        }
        match opcode::handle(self, &payload).map_err(End::Ours)? {
            Reaction::None => Ok(()),
            Reaction::Reply(reply) => self.send(&reply).await,
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), End> {
        if self.silent {
            return Ok(());
        }
        let message = match &mut self.transport {
            Transport::Stream(stream) => Message::Binary(stream_payload(stream, text).into()),
            Transport::Plain if self.compress && text.len() >= limits::COMPRESS_FROM_BYTES => {
                Message::Binary(single_payload(text).into())
            }
            Transport::Plain => Message::Text(text.into()),
        };
        match tokio::time::timeout(limits::SOCKET_SEND, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Broken),
        }
    }
}

/// Waits until a moment, or for ever.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// How a connection ended.
enum End {
    Ours(Close),
    Theirs(u16),
    Broken,
}
