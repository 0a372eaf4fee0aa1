//! The gateway session as a plain struct: what arrives and what follows from it. No I/O.
//!
//! ```text
//!            Hello                       READY
//! Fresh ──────────────> identify sent ──────────> Live { id, seq, resume address }
//!   ^                                               │  socket lost, op 7, op 9 true, most close codes
//!   │  op 9 false, 4007, 4009                       v
//!   └──────────────────────────────────────── resume sent ──RESUMED──> Live, nothing lost, nothing twice
//! ```
//!
//! Every dispatch carries a number that grows by one. After a resume Discord repeats what we may have missed;
//! whatever carries a number we have seen is dropped here, so nothing is delivered twice.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use serenity::constants::{Opcode, close_codes};
use url::Url;

use crate::reach::{Reach, Refused};
use crate::status::BotUser;
use crate::token::Token;

/// Shortest and longest heartbeat interval that is believed.
const HEARTBEAT_RANGE: (u64, u64) = (50, 300_000);

/// One frame from the gateway.
#[derive(Debug, Deserialize)]
pub(super) struct Frame {
    op: u8,
    #[serde(default)]
    d: Value,
    #[serde(default)]
    s: Option<u64>,
    #[serde(default)]
    t: Option<String>,
}

/// What to do after a frame.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Nothing,
    /// Start to send heartbeats at this interval, and send this first.
    Greeted { interval: Duration, reply: Value },
    /// Send this now.
    Send(Value),
    /// The heartbeat was acknowledged.
    Acknowledged,
    /// We are in: a new session.
    Ready { user: BotUser, data: Value },
    /// We are in again: the old session, nothing lost.
    Resumed,
    /// Hand this on.
    Deliver { name: String, data: Value },
    /// Close and connect again; the session itself says whether it can be resumed.
    Reconnect(&'static str),
    /// Discord has forgotten the session: connect again after a pause.
    Invalid,
    /// Stop for good.
    Refuse(Refused),
}

/// What a closed connection means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Connect again.
    Retry,
    /// The token is not valid.
    BadToken,
    /// A privileged intent is not switched on for this bot.
    DisallowedIntents,
    /// The bot is in so many guilds that one connection is not allowed.
    TooManyGuilds,
    /// We and Discord do not speak the same protocol any more.
    Outdated,
}

/// A session with the gateway, across connections.
#[derive(Debug)]
pub(super) struct Session {
    reach: Reach,
    id: Option<String>,
    seq: Option<u64>,
    resume_url: Option<Url>,
}

impl Session {
    /// Returns a session that has yet to begin.
    pub(super) fn new(reach: Reach) -> Self {
        Self {
            reach,
            id: None,
            seq: None,
            resume_url: None,
        }
    }

    /// Returns where to connect to resume, `None` when the session cannot be resumed.
    pub(super) fn resume_url(&self) -> Option<&Url> {
        self.id.as_ref().and(self.resume_url.as_ref())
    }

    /// Returns whether there is a session that may go on.
    pub(super) fn is_live(&self) -> bool {
        self.id.is_some()
    }

    /// Forgets the session; the next connection starts a new one.
    pub(super) fn forget(&mut self) {
        (self.id, self.seq, self.resume_url) = (None, None, None);
    }

    /// Returns the heartbeat to send.
    pub(super) fn heartbeat(&self) -> Value {
        json!({"op": u8::from(Opcode::Heartbeat), "d": self.seq})
    }

    /// Decides what a frame means.
    /// `intents` is asked for the intents of a new session.
    pub(super) fn on(&mut self, frame: Frame, token: &Token, intents: impl FnOnce() -> u64) -> Step {
        match Opcode::from(frame.op) {
            Opcode::Hello => {
                let (least, most) = HEARTBEAT_RANGE;
                let interval = frame.d["heartbeat_interval"]
                    .as_u64()
                    .unwrap_or(41_250)
                    .clamp(least, most);
                let reply = if self.is_live() {
                    self.resume(token)
                } else {
                    identify(token, intents())
                };
                Step::Greeted {
                    interval: Duration::from_millis(interval),
                    reply,
                }
            }
            Opcode::Heartbeat => Step::Send(self.heartbeat()),
            Opcode::HeartbeatAck => Step::Acknowledged,
            Opcode::Reconnect => Step::Reconnect("Discord asked us to connect again"),
            Opcode::InvalidSession => {
                if !frame.d.as_bool().unwrap_or(false) {
                    self.forget();
                }
                Step::Invalid
            }
            Opcode::Dispatch => self.on_dispatch(frame),
            _ => Step::Nothing,
        }
    }

    fn on_dispatch(&mut self, frame: Frame) -> Step {
        let (Some(name), Some(seq)) = (frame.t, frame.s) else {
            return Step::Nothing;
        };
        if name == "READY" {
            return self.on_ready(seq, frame.d);
        }
        if self.seq.is_some_and(|seen| seq <= seen) {
            tracing::debug!(seq, event = %name, "dropped an event that was delivered before");
            return Step::Nothing;
        }
        self.seq = Some(seq);
        match name.as_str() {
            "RESUMED" => Step::Resumed,
            _ => Step::Deliver { name, data: frame.d },
        }
    }

    fn on_ready(&mut self, seq: u64, data: Value) -> Step {
        let resume_url: Option<Url> = data["resume_gateway_url"]
            .as_str()
            .and_then(|url| url.parse().ok());
        if let Some(refused) = resume_url.as_ref().and_then(|url| self.reach.check(url).err()) {
            self.forget();
            return Step::Refuse(refused);
        }
        let (Some(id), user) = (data["session_id"].as_str(), &data["user"]) else {
            return Step::Reconnect("Discord opened a session without a name");
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let user = BotUser {
            id: text(&user["id"]),
            application_id: text(&data["application"]["id"]),
            username: text(&user["username"]),
            avatar: user["avatar"].as_str().map(str::to_owned),
        };
        (self.id, self.seq, self.resume_url) = (Some(id.to_owned()), Some(seq), resume_url);
        Step::Ready { user, data }
    }

    /// Decides what a close code means; without one the connection simply broke.
    pub(super) fn on_close(&mut self, code: Option<u16>) -> Closed {
        match code {
            Some(close_codes::AUTHENTICATION_FAILED) => Closed::BadToken,
            Some(close_codes::DISALLOWED_GATEWAY_INTENTS) => Closed::DisallowedIntents,
            Some(close_codes::SHARDING_REQUIRED) => Closed::TooManyGuilds,
            Some(close_codes::INVALID_SHARD | close_codes::INVALID_GATEWAY_INTENTS | 4012) => {
                Closed::Outdated
            }
            Some(
                close_codes::INVALID_SEQUENCE
                | close_codes::SESSION_TIMEOUT
                | close_codes::NOT_AUTHENTICATED
                | close_codes::ALREADY_AUTHENTICATED,
            ) => {
                self.forget();
                Closed::Retry
            }
            _ => Closed::Retry,
        }
    }

    fn resume(&self, token: &Token) -> Value {
        json!({
            "op": u8::from(Opcode::Resume),
            "d": {"token": token.expose(), "session_id": self.id, "seq": self.seq},
        })
    }
}

fn identify(token: &Token, intents: u64) -> Value {
    json!({
        "op": u8::from(Opcode::Identify),
        "d": {
            "token": token.expose(),
            "intents": intents,
            "compress": true,
            "large_threshold": 250,
            "properties": {"os": std::env::consts::OS, "browser": "homemaid", "device": "homemaid"},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: Value) -> Frame {
        serde_json::from_value(value).unwrap()
    }

    fn on(session: &mut Session, value: Value) -> Step {
        session.on(frame(value), &"t".parse().unwrap(), || 1)
    }

    fn ready(url: &str) -> Value {
        json!({"op": 0, "t": "READY", "s": 1, "d": {"session_id": "abc", "resume_gateway_url": url,
            "user": {"id": "9", "username": "maid"}, "application": {"id": "8"}, "guilds": []}})
    }

    fn live(reach: Reach) -> Session {
        let mut session = Session::new(reach);
        assert!(matches!(
            on(&mut session, ready("ws://127.0.0.1:1/")),
            Step::Ready { .. }
        ));
        session
    }

    #[test]
    fn hello_is_answered_by_identify_first_and_by_resume_later() {
        let hello = json!({"op": 10, "d": {"heartbeat_interval": 45_000}});
        let mut session = Session::new(Reach::Anywhere);
        let Step::Greeted { interval, reply } = on(&mut session, hello.clone()) else {
            panic!()
        };
        assert_eq!(
            (interval, reply["op"].as_u64()),
            (Duration::from_secs(45), Some(2))
        );
        let mut session = live(Reach::Anywhere);
        let Step::Greeted { reply, .. } = on(&mut session, hello) else {
            panic!()
        };
        assert_eq!(reply["op"], 6);
        assert_eq!(
            (&reply["d"]["session_id"], &reply["d"]["seq"]),
            (&json!("abc"), &json!(1))
        );
    }

    #[test]
    fn an_event_that_was_seen_is_dropped() {
        let mut session = live(Reach::Anywhere);
        let event = |seq| json!({"op": 0, "t": "X", "s": seq, "d": {}});
        assert!(matches!(on(&mut session, event(2)), Step::Deliver { .. }));
        assert_eq!(on(&mut session, event(2)), Step::Nothing);
        assert_eq!(on(&mut session, event(1)), Step::Nothing);
        assert!(matches!(on(&mut session, event(3)), Step::Deliver { .. }));
        assert_eq!(session.heartbeat(), json!({"op": 1, "d": 3}));
    }

    #[test]
    fn a_resume_address_elsewhere_is_refused_in_the_lab() {
        let mut session = Session::new(Reach::LoopbackOnly);
        let step = on(&mut session, ready("wss://gateway-us-east1-b.discord.gg"));
        assert!(matches!(step, Step::Refuse(Refused::NotLoopback(_))), "{step:?}");
        assert_eq!(session.resume_url(), None);
    }

    #[test]
    fn an_invalid_session_is_forgotten_unless_discord_says_it_can_be_resumed() {
        let mut session = live(Reach::Anywhere);
        assert_eq!(on(&mut session, json!({"op": 9, "d": true})), Step::Invalid);
        assert!(session.resume_url().is_some());
        assert_eq!(on(&mut session, json!({"op": 9, "d": false})), Step::Invalid);
        assert_eq!(session.resume_url(), None);
    }

    #[test]
    fn close_codes_mean_what_discord_documents() {
        let cases = [
            (None, Closed::Retry, true),
            (Some(1000), Closed::Retry, true),
            (Some(1006), Closed::Retry, true),
            (Some(4000), Closed::Retry, true),
            (Some(4004), Closed::BadToken, true),
            (Some(4007), Closed::Retry, false),
            (Some(4009), Closed::Retry, false),
            (Some(4011), Closed::TooManyGuilds, true),
            (Some(4013), Closed::Outdated, true),
            (Some(4014), Closed::DisallowedIntents, true),
        ];
        for (code, meaning, resumable) in cases {
            let mut session = live(Reach::Anywhere);
            assert_eq!(session.on_close(code), meaning, "{code:?}");
            assert_eq!(session.resume_url().is_some(), resumable, "{code:?}");
        }
    }

    #[test]
    fn odd_frames_are_survived() {
        let mut session = live(Reach::Anywhere);
        for odd in [
            json!({"op": 99}),
            json!({"op": 0}),
            json!({"op": 0, "t": "X"}),
            json!({"op": 0, "t": null, "s": null, "d": 5}),
            json!({"op": 10, "d": []}),
            json!({"op": 9, "d": "x"}),
        ] {
            on(&mut session, odd);
        }
    }
}
