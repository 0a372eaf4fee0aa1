//! The error object a plugin receives (wire §7).
//!
//! The texts are part of the contract: the older reference SDK decides by wording alone, so each constructor
//! writes the one text both generations map to the same exception. Nothing else in the house builds such texts.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::Capability;
use crate::limits::{ERROR_MESSAGE_CHARS, METHOD_CHARS};

/// The stable code of an error (wire §7.2). Nobody matches on wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The owner has not granted what the method needs.
    CapabilityDenied,
    /// A rate limit; `retry_after` says when.
    RateLimited,
    /// Another quota than key-value's.
    QuotaExceeded,
    /// Too many keys or too large a value.
    KvQuotaExceeded,
    /// Discord refused; `status_code` is Discord's.
    DiscordApiError,
    /// The bot itself lacks a permission in the guild or channel.
    BotMissingPermission,
    /// An argument is missing or wrong.
    ValidationError,
    /// A statement was refused or failed.
    SqlError,
    /// An outbound HTTP request failed.
    ProxyError,
    /// Something upstream did not answer in time.
    RpcTimeout,
    /// No such method.
    MethodNotFound,
    /// The host failed; the cause is in the host's own log.
    InternalError,
}

impl ErrorCode {
    /// Returns the code as it goes over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CapabilityDenied => "CAPABILITY_DENIED",
            Self::RateLimited => "RATE_LIMITED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::KvQuotaExceeded => "KV_QUOTA_EXCEEDED",
            Self::DiscordApiError => "DISCORD_API_ERROR",
            Self::BotMissingPermission => "BOT_MISSING_PERMISSION",
            Self::ValidationError => "VALIDATION_ERROR",
            Self::SqlError => "SQL_ERROR",
            Self::ProxyError => "PROXY_ERROR",
            Self::RpcTimeout => "RPC_TIMEOUT",
            Self::MethodNotFound => "METHOD_NOT_FOUND",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

/// An error as a plugin receives it: `{"code", "message", ...extra}` (wire §7.2).
///
/// `message` is never empty and at most [`ERROR_MESSAGE_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    code: ErrorCode,
    message: String,
    extra: Extra,
}

/// What an error carries beside its text.
#[derive(Debug, Clone, PartialEq)]
enum Extra {
    None,
    Capability(Capability),
    RetryAfter(u64),
    Status(u16),
    Permission(String),
    Field(String),
}

impl RpcError {
    /// The owner has not granted `capability`; with `declared` false the manifest never asked for it.
    pub fn capability_denied(capability: Capability, declared: bool) -> Self {
        let hint = if declared {
            "the owner of this server can grant it; it is declared in manifest.json"
        } else {
            "declare it in capabilities_required in manifest.json"
        };
        Self::new(
            ErrorCode::CapabilityDenied,
            format!("capability {capability} is not granted to this plugin ({hint})"),
            Extra::Capability(capability),
        )
    }

    /// A token bucket is empty: `bucket` and `per_minute` name it, `retry_after` is in whole seconds (≥ 1).
    pub fn rate_limited(bucket: &str, per_minute: u32, retry_after: u64) -> Self {
        let retry_after = retry_after.max(1);
        // The older SDK computes its wait as int(60 / x) from `remaining=x/min`; this x gives it the exact one.
        let remaining = match retry_after {
            1..=59 => {
                #[expect(clippy::cast_precision_loss, reason = "at most 59")]
                let seconds = retry_after as f64;
                format!("{:.4}", 60.0 / (seconds + 0.5))
            }
            _ => "0.0".to_owned(),
        };
        Self::new(
            ErrorCode::RateLimited,
            format!(
                "rate limit exceeded: {bucket} {per_minute}/min, remaining={remaining}/min (retry in {retry_after}s)"
            ),
            Extra::RetryAfter(retry_after),
        )
    }

    /// A window longer than a minute is used up; `what` names it with its number, for example `DDL` and `100/hour`.
    pub fn window_exceeded(what: &str, limit: &str, retry_after: u64) -> Self {
        let retry_after = retry_after.max(1);
        Self::new(
            ErrorCode::RateLimited,
            format!("{what} rate limit exceeded: {limit}, remaining=0.0/min (retry in {retry_after}s)"),
            Extra::RetryAfter(retry_after),
        )
    }

    /// Another quota is used up; `what` names it with its number, for example `sql storage 100 MB`.
    pub fn quota_exceeded(what: &str, retry_after: u64) -> Self {
        let retry_after = retry_after.max(1);
        Self::new(
            ErrorCode::QuotaExceeded,
            format!("quota exceeded: {what}, remaining=0.0/min (retry in {retry_after}s)"),
            Extra::RetryAfter(retry_after),
        )
    }

    /// One more key than allowed.
    pub fn kv_keys(limit: u64) -> Self {
        Self::new(
            ErrorCode::KvQuotaExceeded,
            format!("kv quota reached: {limit} keys per server and plugin"),
            Extra::None,
        )
    }

    /// A value of `bytes` where `limit` is allowed.
    pub fn kv_value(bytes: usize, limit: usize) -> Self {
        Self::new(
            ErrorCode::KvQuotaExceeded,
            format!("kv quota: value is {bytes} bytes, limit is {limit} bytes"),
            Extra::None,
        )
    }

    /// Discord answered with `status`; `code` is Discord's own number (0 when it gave none).
    pub fn discord(status: u16, code: u64, message: &str) -> Self {
        Self::new(
            ErrorCode::DiscordApiError,
            format!("Discord API error {status} (code {code}): {}", mask(message)),
            Extra::Status(status),
        )
    }

    /// The bot lacks `permission` (lower snake case, for example `manage_channels`).
    pub fn bot_missing_permission(permission: &str) -> Self {
        Self::new(
            ErrorCode::BotMissingPermission,
            format!("bot lacks {} permission", mask(&cut(permission, METHOD_CHARS))),
            Extra::Permission(cut(permission, METHOD_CHARS)),
        )
    }

    /// As [`Self::bot_missing_permission`], with the reason: the order of roles forbids what the permission alone allows.
    pub fn bot_missing_permission_because(permission: &str, why: &str) -> Self {
        let plain = Self::bot_missing_permission(permission);
        Self::new(
            plain.code,
            format!("{}: {}", plain.message, mask(why)),
            plain.extra,
        )
    }

    /// `field` is missing or wrong; `rule` completes "is required and must be ...".
    pub fn validation(field: &str, rule: &str) -> Self {
        Self::new(
            ErrorCode::ValidationError,
            format!(
                "{} is required and must be {}",
                mask(&cut(field, METHOD_CHARS)),
                mask(rule)
            ),
            Extra::Field(cut(field, METHOD_CHARS)),
        )
    }

    /// A statement was refused or failed.
    pub fn sql(message: &str) -> Self {
        Self::new(
            ErrorCode::SqlError,
            or(mask_all(message), "SQL execution failed"),
            Extra::None,
        )
    }

    /// An outbound request failed before any HTTP status came back.
    pub fn proxy(message: &str) -> Self {
        Self::new(
            ErrorCode::ProxyError,
            or(mask_all(message), "the request failed"),
            Extra::None,
        )
    }

    /// Something upstream did not answer within `seconds`.
    pub fn timeout(what: &str, seconds: u64) -> Self {
        Self::new(
            ErrorCode::RpcTimeout,
            format!("{} did not answer within {seconds}s", mask_all(what)),
            Extra::None,
        )
    }

    /// There is no such method.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(
            ErrorCode::MethodNotFound,
            format!("unknown method: {}", mask_all(method)),
            Extra::None,
        )
    }

    /// The host failed. The cause is logged by the host and never shown to the plugin.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::InternalError,
            "internal host error".to_owned(),
            Extra::None,
        )
    }

    fn new(code: ErrorCode, mut message: String, extra: Extra) -> Self {
        if let Some((end, _)) = message.char_indices().nth(ERROR_MESSAGE_CHARS) {
            message.truncate(end);
        }
        Self { code, message, extra }
    }

    /// Returns the stable code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the capability a refused call needed.
    pub fn capability(&self) -> Option<Capability> {
        match self.extra {
            Extra::Capability(capability) => Some(capability),
            _ => None,
        }
    }

    /// Returns Discord's HTTP status.
    pub fn status(&self) -> Option<u16> {
        match self.extra {
            Extra::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Returns the seconds after which a retry can succeed.
    pub fn retry_after(&self) -> Option<u64> {
        match self.extra {
            Extra::RetryAfter(seconds) => Some(seconds),
            _ => None,
        }
    }
}

/// What a reference SDK takes for another error class in text that is not ours (wire §7.1, §7.2 traps).
const TRAPS: [&str; 9] = [
    "capability",
    "quota exceeded",
    "rate limit",
    "kv quota",
    "retry in ",
    "discord api error",
    "bot lacks",
    "missing permission",
    "lacks ",
];

/// Breaks the [`TRAPS`] in text that is not ours.
fn mask(text: &str) -> String {
    mask_words(text, &TRAPS)
}

/// As [`mask`], for classes both SDKs know by no word at all: there validation's words mislead too.
fn mask_all(text: &str) -> String {
    mask_words(&mask(text), &["required"])
}

fn mask_words(text: &str, words: &[&str]) -> String {
    // Cut first: the rest would not be sent, and the work stays small. Python lower-cases the Kelvin sign to `k`.
    let mut out = cut(text, ERROR_MESSAGE_CHARS).replace('\u{212a}', "K");
    for word in words {
        while let Some(at) = out.to_ascii_lowercase().find(word) {
            // A zero-width non-joiner after the first letter: reads the same, matches nothing.
            out.insert(at + 1, '\u{200c}');
        }
    }
    out
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn or(text: String, fallback: &str) -> String {
    if text.trim().is_empty() {
        fallback.to_owned()
    } else {
        text
    }
}

impl Serialize for RpcError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("message", &self.message)?;
        match &self.extra {
            Extra::None => {}
            Extra::Capability(capability) => map.serialize_entry("capability", capability.name())?,
            Extra::RetryAfter(seconds) => map.serialize_entry("retry_after", seconds)?,
            Extra::Status(status) => map.serialize_entry("status_code", status)?,
            Extra::Permission(permission) => map.serialize_entry("permission", permission)?,
            Extra::Field(field) => map.serialize_entry("field", field)?,
        }
        map.end()
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
