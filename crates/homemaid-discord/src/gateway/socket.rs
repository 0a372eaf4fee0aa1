//! One WebSocket to the gateway: only to addresses that may be contacted, every message of bounded size.
//!
//! The WebSocket library traces whole frames, and frames hold tokens: ours when we identify, those of interactions
//! when they arrive. So it always runs without a subscriber; what matters is traced by us.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::ZlibDecoder;
use futures_util::{SinkExt, StreamExt};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;
use url::Url;

use super::session::Frame;
use crate::reach::{Reach, Refused};

/// Largest message from the gateway, in bytes, also after inflating. The largest guilds send about 10 MB.
const MESSAGE_BYTES: usize = 64 << 20;
/// Longest time to connect, with TLS and the upgrade.
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// Longest time to hand a message to the socket.
const SEND_TIME: Duration = Duration::from_secs(10);

/// Why there is no connection, or none any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocketError {
    #[error("the gateway's address is refused")]
    Refused(#[from] Refused),
    #[error("the gateway could not be reached")]
    Unreachable(#[source] std::io::Error),
    #[error("the connection to the gateway failed")]
    WebSocket(#[source] Box<tungstenite::Error>),
    #[error("the gateway did not answer in time")]
    Timeout,
    #[error("the gateway sent something that is not a gateway message")]
    Garbage,
    #[error("the gateway sent a message larger than {MESSAGE_BYTES} bytes")]
    TooLarge,
}

impl From<tungstenite::Error> for SocketError {
    fn from(error: tungstenite::Error) -> Self {
        Self::WebSocket(Box::new(error))
    }
}

/// What the socket yields.
#[derive(Debug)]
pub(super) enum Received {
    /// A gateway frame.
    Frame(Frame),
    /// The other side closed, with this code.
    Closed(Option<u16>),
    /// Nothing for us.
    Noise,
}

/// A connection to the gateway.
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects to the gateway at `url`.
    pub(super) async fn connect(reach: Reach, url: &Url) -> Result<Self, SocketError> {
        tokio::time::timeout(CONNECT_TIME, Self::dial(reach, url))
            .await
            .unwrap_or(Err(SocketError::Timeout))
    }

    async fn dial(reach: Reach, url: &Url) -> Result<Self, SocketError> {
        reach.check(url)?;
        let host = url
            .host_str()
            .ok_or_else(|| Refused::Unusable(url.scheme().to_owned()))?;
        let port = url.port_or_known_default().unwrap_or(443);
        let mut url = url.clone();
        url.set_query(Some("v=10&encoding=json"));
        if url.path().is_empty() {
            url.set_path("/");
        }
        // Connected by address, so that what was vetted is what is contacted.
        let addresses = reach
            .resolve(host, port)
            .await
            .map_err(SocketError::Unreachable)?;
        let stream = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(SocketError::Unreachable)?;
        stream.set_nodelay(true).map_err(SocketError::Unreachable)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let connector = match url.scheme() {
            "wss" => Connector::Rustls(tls()),
            _ => Connector::Plain,
        };
        let (socket, _) = unseen(client_async_tls_with_config(
            url.as_str(),
            stream,
            Some(config),
            Some(connector),
        ))
        .await?;
        Ok(Self(socket))
    }

    /// Waits for the next message. Cancelling loses nothing.
    pub(super) async fn next(&mut self) -> Result<Received, SocketError> {
        match unseen(self.0.next()).await {
            None => Ok(Received::Closed(None)),
            Some(Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)) => {
                Ok(Received::Closed(None))
            }
            Some(Err(error)) => Err(error.into()),
            Some(Ok(Message::Text(text))) => parse(text.as_bytes()).map(Received::Frame),
            Some(Ok(Message::Binary(bytes))) => parse(&inflate(&bytes)?).map(Received::Frame),
            Some(Ok(Message::Close(frame))) => Ok(Received::Closed(frame.map(|frame| frame.code.into()))),
            Some(Ok(_)) => Ok(Received::Noise),
        }
    }

    /// Sends one message.
    pub(super) async fn send(&mut self, message: &Value) -> Result<(), SocketError> {
        let send = unseen(self.0.send(Message::text(message.to_string())));
        tokio::time::timeout(SEND_TIME, send)
            .await
            .map_err(|_| SocketError::Timeout)??;
        Ok(())
    }

    /// Closes, so that Discord keeps the session for a resume, or ends it when we leave for good.
    pub(super) async fn close(mut self, for_good: bool) {
        let code = if for_good {
            CloseCode::Normal
        } else {
            CloseCode::Library(4900)
        };
        let frame = CloseFrame {
            code,
            reason: "".into(),
        };
        // The other side may be gone; then there is nobody to tell.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.0.close(Some(frame))).await;
    }
}

/// Runs the WebSocket library's own code out of sight of logs.
fn unseen<F: Future>(work: F) -> impl Future<Output = F::Output> {
    work.with_subscriber(NoSubscriber::default())
}

fn parse(bytes: &[u8]) -> Result<Frame, SocketError> {
    serde_json::from_slice(bytes).map_err(|_| SocketError::Garbage)
}

/// Inflates one message that was compressed by itself.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, SocketError> {
    let mut out = Vec::new();
    let mut bounded = ZlibDecoder::new(bytes).take(MESSAGE_BYTES as u64 + 1);
    bounded.read_to_end(&mut out).map_err(|_| SocketError::Garbage)?;
    if out.len() > MESSAGE_BYTES {
        Err(SocketError::TooLarge)
    } else {
        Ok(out)
    }
}

/// Returns the TLS settings: the web's roots and the one cryptography the house compiles.
fn tls() -> Arc<ClientConfig> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_frames_are_read_and_garbage_is_an_error() {
        assert!(parse(&inflate(&deflate(b"{\"op\": 11}")).unwrap()).is_ok());
        assert!(matches!(inflate(b"not zlib"), Err(SocketError::Garbage)));
        assert!(matches!(parse(b"[]"), Err(SocketError::Garbage)));
        assert!(matches!(parse(b"{\"op\": -1}"), Err(SocketError::Garbage)));
    }

    #[test]
    fn a_compression_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![b' '; MESSAGE_BYTES + 1000]);
        assert!(bomb.len() < 1 << 20, "it is a bomb");
        assert!(matches!(inflate(&bomb), Err(SocketError::TooLarge)));
    }

    #[test]
    fn tls_settings_can_be_made() {
        assert!(!tls().crypto_provider().cipher_suites.is_empty());
    }
}
