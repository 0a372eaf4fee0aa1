//! What can go wrong with a request, and which error a plugin gets for it (wire §7.2).

use std::iter;
use std::time::Duration;

use homemaid_protocol::{RpcError, limits};
use serenity::http::DiscordJsonError;

use super::REQUEST_TIME;
use crate::reach::Refused;

/// Discord's code for "the bot lacks a permission".
const MISSING_PERMISSIONS: i64 = 50013;
/// Discord's code for "the bot cannot see this".
const MISSING_ACCESS: i64 = 50001;
/// How many of Discord's field errors are repeated.
const FIELD_ERRORS: usize = 3;

/// Why a request brought no answer, or which refusal it brought.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestError {
    /// Discord answered, and refused.
    #[error("Discord answered {status} (code {code}): {message}")]
    Discord {
        /// The HTTP status.
        status: u16,
        /// Discord's own number, 0 when it gave none.
        code: i64,
        /// Discord's text, with the first field errors.
        message: String,
        /// The paths of all field errors, dot separated.
        paths: Vec<String>,
    },
    /// A rate limit that is longer than we wait.
    #[error("rate limited by Discord for {} s", retry_after.as_secs())]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
    },
    /// No answer in time.
    #[error("Discord did not answer within {} s", REQUEST_TIME.as_secs())]
    Timeout,
    /// No connection, or it broke.
    #[error("Discord could not be reached")]
    Network(#[source] reqwest::Error),
    /// The address may not be contacted.
    #[error("the address of Discord's API is refused")]
    Refused(#[source] Refused),
    /// The answer is larger than anything we ask for.
    #[error("Discord's answer is too large")]
    TooLarge,
    /// A request that cannot be written down; nothing a plugin sends leads here.
    #[error("the request could not be built")]
    Unbuildable,
}

impl RestError {
    /// Returns the error for a connection that failed; its address may hold a token and is dropped.
    pub(super) fn network(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Network(error.without_url())
        }
    }

    /// Returns the error for an answer that is no success.
    pub(super) fn from_answer(status: u16, body: &[u8]) -> Self {
        let Ok(error) = serde_json::from_slice::<DiscordJsonError>(body) else {
            let message = format!("no explanation ({} bytes)", body.len());
            return Self::Discord {
                status,
                code: 0,
                message,
                paths: Vec::new(),
            };
        };
        let fields = error.errors.iter().take(FIELD_ERRORS);
        let told = fields.map(|field| format!("{}: {}", field.path, field.message));
        let message = iter::once(error.message.clone())
            .chain(told)
            .collect::<Vec<_>>()
            .join("; ");
        let paths = error.errors.into_iter().map(|field| field.path).collect();
        Self::Discord {
            status,
            code: error.code as i64,
            message,
            paths,
        }
    }

    /// Returns Discord's status and code when it answered.
    pub(crate) fn discord_code(&self) -> Option<(u16, i64)> {
        match self {
            Self::Discord { status, code, .. } => Some((*status, *code)),
            _ => None,
        }
    }

    /// Returns the error a plugin gets; `permission` is what the operation needs of the bot.
    pub(crate) fn into_rpc(self, permission: Option<&str>) -> RpcError {
        match self {
            Self::Discord {
                status: 403,
                code: MISSING_PERMISSIONS,
                message,
                ..
            } => match permission {
                Some(permission) => RpcError::bot_missing_permission(permission),
                None => RpcError::discord(403, MISSING_PERMISSIONS as u64, &message),
            },
            // Whatever the operation needs, to see the channel is what lacks.
            Self::Discord {
                status: 403,
                code: MISSING_ACCESS,
                ..
            } if permission.is_some() => RpcError::bot_missing_permission("view_channel"),
            Self::Discord {
                status,
                code,
                message,
                ..
            } => RpcError::discord(status, u64::try_from(code).unwrap_or(0), &message),
            Self::RateLimited { retry_after } => {
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                RpcError::rate_limited("discord", limits::DISCORD_ACTIONS_PER_MINUTE, seconds)
            }
            Self::Timeout => RpcError::timeout("Discord", REQUEST_TIME.as_secs()),
            Self::Network(_) => RpcError::discord(503, 0, "Discord could not be reached"),
            Self::TooLarge => RpcError::discord(502, 0, "Discord's answer is too large"),
            Self::Refused(_) | Self::Unbuildable => {
                tracing::error!(error = %self, "a request to Discord could not be made");
                RpcError::internal()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::ErrorCode;

    #[test]
    fn a_missing_permission_is_named_and_any_other_refusal_keeps_its_status() {
        let missing = br#"{"message": "Missing Permissions", "code": 50013}"#;
        let error = RestError::from_answer(403, missing).into_rpc(Some("manage_roles"));
        assert_eq!(error.code(), ErrorCode::BotMissingPermission);
        assert_eq!(error.message(), "bot lacks manage_roles permission");
        let access = br#"{"message": "Missing Access", "code": 50001}"#;
        let error = RestError::from_answer(403, access).into_rpc(Some("send_messages"));
        assert_eq!(
            error.message(),
            "bot lacks view_channel permission",
            "what cannot be seen"
        );
        let error = RestError::from_answer(403, access).into_rpc(None);
        assert_eq!(
            error.message(),
            "Discord API error 403 (code 50001): Missing Access"
        );
        let own = br#"{"message": "Cannot edit a message authored by another user", "code": 50005}"#;
        let error = RestError::from_answer(403, own).into_rpc(Some("view_channel"));
        assert_eq!(
            (error.code(), error.status()),
            (ErrorCode::DiscordApiError, Some(403))
        );
    }

    #[test]
    fn field_errors_are_told() {
        let body = br#"{"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"title":
            {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}]}}}}}"#;
        let error = RestError::from_answer(400, body);
        assert!(matches!(&error, RestError::Discord { paths, .. } if paths == &["embeds.0.title"]));
        assert_eq!(
            error.into_rpc(None).message(),
            "Discord API error 400 (code 50035): Invalid Form Body; embeds.0.title: Must be 256 or fewer in length."
        );
    }

    #[test]
    fn an_answer_that_is_not_json_is_still_an_error_with_its_status() {
        for body in [&b"<html>bad gateway</html>"[..], b"", b"[]", b"{\"code\": {}}"] {
            let error = RestError::from_answer(502, body).into_rpc(None);
            assert_eq!(error.code(), ErrorCode::DiscordApiError);
            assert!(
                error.message().starts_with("Discord API error 502 (code 0)"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_long_wait_is_told_in_whole_seconds_rounded_up() {
        let error = RestError::RateLimited {
            retry_after: Duration::from_millis(12_100),
        }
        .into_rpc(None);
        assert_eq!(
            (error.code(), error.retry_after()),
            (ErrorCode::RateLimited, Some(13))
        );
    }
}
