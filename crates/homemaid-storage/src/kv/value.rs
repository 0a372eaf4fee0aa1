//! Values and times to live, checked before a write waits for its turn.

use homemaid_protocol::limits::KV_VALUE_BYTES;
use serde_json::Value;

use crate::KvError;
use crate::time::Millis;

/// A value as it is stored: compact JSON of at most [`KV_VALUE_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvText(String);

impl KvText {
    /// Accepts any JSON value that is small enough; `null` is a value like others.
    pub fn new(value: &Value) -> Result<Self, KvError> {
        let text = value.to_string();
        if text.len() > KV_VALUE_BYTES {
            return Err(KvError::ValueTooLarge { bytes: text.len() });
        }
        Ok(Self(text))
    }

    /// Returns the JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a value lives. Without one it stays until it is deleted, and so does what had an expiry before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KvTtl(Option<i64>);

impl KvTtl {
    /// The value stays.
    pub const NONE: Self = Self(None);

    /// Accepts `ttl_seconds` of the wire: 0 means none, as when it is left out.
    pub fn seconds(seconds: i64) -> Result<Self, KvError> {
        match seconds {
            0 => Ok(Self::NONE),
            1.. => Ok(Self(Some(seconds))),
            _ => Err(KvError::invalid(
                "ttl_seconds",
                "a whole number of seconds, 1 or more",
            )),
        }
    }

    /// Returns when a value written at `now` is gone; a time no clock will reach stands for "in ages".
    pub(crate) fn expires_at(self, now: Millis) -> Option<Millis> {
        self.0
            .map(|seconds| now.saturating_add(seconds.saturating_mul(1_000)))
    }
}
