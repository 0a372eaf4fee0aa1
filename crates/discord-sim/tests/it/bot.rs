//! A small bot for these tests: a REST client and a raw gateway client.

use std::time::Duration;

use discord_sim::{Control, Permissions, SimConfig, Simulator, Snowflake};
use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longer than anything here takes, short enough to fail a hanging test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// All intents.
pub(crate) const ALL_INTENTS: u64 = 0x1_FFFF | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);
/// All intents that are not privileged.
pub(crate) const PLAIN_INTENTS: u64 = ALL_INTENTS & !((1 << 1) | (1 << 8) | (1 << 15));

/// A simulator and its bot's REST client.
pub(crate) struct Bot {
    pub(crate) sim: Simulator,
    pub(crate) control: Control,
    pub(crate) guild: Snowflake,
    pub(crate) general: Snowflake,
    client: reqwest::Client,
}

/// An answer of REST.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// Returns the body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Asserts an error and its code.
    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: u64) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_u64()),
            (status, Some(code)),
            "{}",
            self.body
        );
        self.body
    }
}

impl Bot {
    pub(crate) async fn start() -> Self {
        Self::with(SimConfig {
            identify_limit: false,
            ..SimConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: SimConfig) -> Self {
        let sim = Simulator::start(config).await.expect("the simulator starts");
        let control = sim.control();
        let guild = control.first_guild().expect("the seed has a guild");
        let general = control
            .channel_named(guild, "general")
            .expect("the seed has a channel");
        Self {
            sim,
            control,
            guild,
            general,
            client: reqwest::Client::new(),
        }
    }

    /// Starts with a bot that may do everything and yet is no administrator.
    pub(crate) async fn powerful() -> Self {
        let bot = Self::start().await;
        bot.may(Permissions::ALL & !Permissions::ADMINISTRATOR);
        bot
    }

    /// Sets what the bot's role grants.
    pub(crate) fn may(&self, permissions: Permissions) {
        self.control
            .set_bot_permissions(self.guild, permissions)
            .expect("the bot has a role");
    }

    /// Takes permissions away from the bot's role, and from everyone.
    pub(crate) fn may_not(&self, permissions: Permissions) {
        self.may(Permissions::ALL & !(Permissions::ADMINISTRATOR | permissions));
        let everyone = (Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES) & !permissions;
        let form = json!({"permissions": everyone});
        self.control
            .edit_role(self.guild, self.guild, form.as_object().expect("an object"))
            .expect("everyone is a role");
    }

    /// Creates a channel and returns its path.
    pub(crate) async fn channel(&self, form: &Value) -> String {
        let path = format!("/guilds/{}/channels", self.guild);
        let made = self.post(&path, form).await.ok();
        format!("/channels/{}", made["id"].as_str().expect("an id"))
    }

    /// Returns a member's path.
    pub(crate) fn member(&self, who: &str) -> String {
        let user = self.control.user(who).expect("a user");
        format!("/guilds/{}/members/{user}", self.guild)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}api/v10{path}", self.sim.rest_base())
    }

    pub(crate) fn application(&self) -> String {
        self.control.state()["application_id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    pub(crate) fn bot_id(&self) -> Snowflake {
        self.control.state()["bot"]["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an id")
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.expect("the simulator answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body");
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("JSON")
        };
        Reply {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, self.url(path))
            .header("Authorization", format!("Bot {}", self.sim.bot_token()))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Sends a message and returns its id.
    pub(crate) async fn say(&self, content: &str) -> String {
        let body = json!({"content": content});
        let message = self
            .post(&format!("/channels/{}/messages", self.general), &body)
            .await
            .ok();
        message["id"].as_str().expect("an id").to_owned()
    }

    /// Registers guild commands.
    pub(crate) async fn register(&self, commands: &Value) -> Value {
        let path = format!(
            "/applications/{}/guilds/{}/commands",
            self.application(),
            self.guild
        );
        self.put(&path, commands).await.ok()
    }

    /// Connects to the gateway without identifying.
    pub(crate) async fn connect(&self, query: &str) -> Gateway {
        let (socket, _) = connect_async(format!("{}?{query}", self.sim.gateway_url()))
            .await
            .expect("a connection");
        Gateway {
            socket,
            inflate: query.contains("zlib-stream").then(|| Decompress::new(true)),
            buffer: Vec::new(),
        }
    }

    /// Connects and identifies; returns READY's data too.
    pub(crate) async fn identify(&self, intents: u64) -> (Gateway, Value) {
        let mut gateway = self.connect("v=10&encoding=json").await;
        gateway.identify(&self.sim.bot_token(), intents).await;
        let ready = gateway.event("READY").await;
        (gateway, ready)
    }
}

/// A gateway connection.
pub(crate) struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inflate: Option<Decompress>,
    buffer: Vec<u8>,
}

impl Gateway {
    /// Sends the usual identify after HELLO.
    pub(crate) async fn identify(&mut self, token: &str, intents: u64) {
        let hello = self.next().await;
        assert_eq!(hello["op"], 10, "HELLO comes first");
        let properties = json!({"os": "linux", "browser": "test", "device": "test"});
        self.send(&json!({"op": 2, "d": {"token": token, "intents": intents, "properties": properties}}))
            .await;
    }

    pub(crate) async fn send(&mut self, payload: &Value) {
        self.send_text(payload.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.socket
            .send(Message::text(text))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.socket
            .send(Message::binary(bytes))
            .await
            .expect("the socket is open");
    }

    /// Returns the next payload.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(payload) => payload,
            Err(code) => panic!("the gateway closed with {code}"),
        }
    }

    /// Returns the next payload, or the close code.
    pub(crate) async fn next_or_close(&mut self) -> Result<Value, u16> {
        loop {
            let received = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("the gateway sends something");
            match received {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(payload) = self.inflated(&bytes) {
                        return Ok(payload);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    fn inflated(&mut self, bytes: &[u8]) -> Option<Value> {
        self.buffer.extend_from_slice(bytes);
        let Some(inflate) = &mut self.inflate else {
            let text =
                std::io::read_to_string(flate2::read::ZlibDecoder::new(&self.buffer[..])).expect("zlib");
            self.buffer.clear();
            return Some(serde_json::from_str(&text).expect("JSON"));
        };
        if !self.buffer.ends_with(&[0, 0, 0xFF, 0xFF]) {
            return None;
        }
        let mut output = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(&self.buffer, &mut output, FlushDecompress::Sync)
            .expect("a zlib stream");
        self.buffer.clear();
        Some(serde_json::from_slice(&output).expect("JSON"))
    }

    /// Waits for an event and returns its data.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let payload = self.next().await;
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }

    /// Returns the names of all events up to and including `last`.
    pub(crate) async fn names_until(&mut self, last: &str) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let payload = self.next().await;
            if let Some(name) = payload["t"].as_str() {
                names.push(name.to_owned());
                if name == last {
                    return names;
                }
            }
        }
    }

    /// Waits for the connection to end and returns the code.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Breaks the connection without a goodbye.
    pub(crate) fn cut(self) {
        drop(self);
    }
}
