//! Gateway opcodes and close codes, by Discord's numbers.

use serde_json::{Value, json};

/// Opcodes.
pub(crate) mod op {
    pub(crate) const HEARTBEAT: i64 = 1;
    pub(crate) const IDENTIFY: i64 = 2;
    pub(crate) const PRESENCE_UPDATE: i64 = 3;
    pub(crate) const VOICE_STATE_UPDATE: i64 = 4;
    pub(crate) const RESUME: i64 = 6;
    pub(crate) const RECONNECT: i64 = 7;
    pub(crate) const REQUEST_GUILD_MEMBERS: i64 = 8;
    pub(crate) const INVALID_SESSION: i64 = 9;
    pub(crate) const HELLO: i64 = 10;
    pub(crate) const HEARTBEAT_ACK: i64 = 11;
    pub(crate) const REQUEST_SOUNDBOARD_SOUNDS: i64 = 31;
}

/// Why the gateway closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

macro_rules! closes {
    ($($name:ident = $code:literal $reason:literal;)*) => {
        impl Close {
            $(pub(crate) const $name: Self = Self { code: $code, reason: $reason };)*

            /// Every code with its reason.
            const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

closes! {
    GOING_AWAY = 1001 "discord-sim is shutting down";
    UNKNOWN_ERROR = 4000 "Unknown error.";
    UNKNOWN_OPCODE = 4001 "Unknown opcode.";
    DECODE_ERROR = 4002 "Error while decoding payload.";
    ETF = 4002 "discord-sim speaks JSON only: connect with encoding=json.";
    NOT_AUTHENTICATED = 4003 "Not authenticated.";
    AUTHENTICATION_FAILED = 4004 "Authentication failed.";
    ALREADY_AUTHENTICATED = 4005 "Already authenticated.";
    INVALID_SEQUENCE = 4007 "Invalid seq.";
    RATE_LIMITED = 4008 "Rate limited.";
    SESSION_TIMED_OUT = 4009 "Session timed out.";
    INVALID_SHARD = 4010 "Invalid shard: discord-sim serves one shard, [0, 1].";
    SHARDING_REQUIRED = 4011 "Sharding required.";
    INVALID_VERSION = 4012 "Invalid API version: connect with v=10.";
    INVALID_INTENTS = 4013 "Invalid intent(s).";
    DISALLOWED_INTENTS = 4014 "Disallowed intent(s).";
}

impl Close {
    /// Returns Discord's close with this code.
    pub(crate) fn of(code: u16) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|close| close.code == code && code >= 4_000)
    }

    /// Tells whether the session is over for good, so that it cannot be resumed.
    pub(crate) fn ends_session(self) -> bool {
        matches!(self.code, 1000 | 1001 | 4004 | 4007 | 4009..=4014)
    }
}

/// Returns a payload that is not an event.
pub(crate) fn plain(op: i64, data: &Value) -> String {
    json!({"t": null, "s": null, "op": op, "d": data}).to_string()
}
