//! Discord's error answers: an HTTP status, a JSON code and its one text.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::rest::limit::Scope;

/// An error as Discord's HTTP API answers it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} (code {code}): {message}")]
pub struct ApiError {
    status: u16,
    code: u32,
    message: String,
    errors: Option<Value>,
    retry_after: Option<(f64, Scope)>,
}

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $message:literal;)*) => {
        impl ApiError {
            $($(#[$doc])* pub(crate) fn $name() -> Self { Self::new($status, $code, $message) })*
        }
    };
}

errors! {
    /// No token, or not this bot's.
    unauthorized = 401 0 "401: Unauthorized";
    unknown_channel = 404 10003 "Unknown Channel";
    unknown_guild = 404 10004 "Unknown Guild";
    unknown_member = 404 10007 "Unknown Member";
    unknown_message = 404 10008 "Unknown Message";
    unknown_overwrite = 404 10009 "Unknown Overwrite";
    unknown_role = 404 10011 "Unknown Role";
    unknown_user = 404 10013 "Unknown User";
    unknown_invite = 404 10006 "Unknown Invite";
    /// An emoji that cannot be used: of a reaction.
    unknown_emoji = 400 10014 "Unknown Emoji";
    /// An emoji a guild does not have: of a path.
    no_such_emoji = 404 10014 "Unknown Emoji";
    unknown_webhook = 404 10015 "Unknown Webhook";
    unknown_ban = 404 10026 "Unknown Ban";
    unknown_interaction = 404 10062 "Unknown interaction";
    unknown_command = 404 10063 "Unknown application command";
    unknown_voice_state = 404 10065 "Unknown Voice State";
    no_command_permissions = 404 10066 "Unknown application command permissions";
    bots_cannot = 403 20001 "Bots cannot use this endpoint";
    /// A path that names another application than the token's.
    not_your_application = 403 20012 "You are not authorized to perform this action on this application";
    too_many_guild_channels = 400 30013 "Maximum number of guild channels reached (500)";
    too_many_guild_roles = 400 30005 "Maximum number of guild roles reached (250)";
    too_many_reactions = 400 30010 "Maximum number of reactions reached (20)";
    too_many_commands = 400 30032 "Maximum number of application commands reached (100)";
    too_many_pins = 400 30003 "Maximum number of pinned messages reached (250)";
    too_many_webhooks = 400 30007 "Maximum number of webhooks reached (15)";
    too_many_emojis = 400 30008 "Maximum number of emojis reached (50)";
    too_many_invites = 400 30016 "Maximum number of invites reached (1000)";
    too_many_thread_members = 400 30033 "Maximum number of thread participants has been reached (1000)";
    too_many_bans = 400 30035 "Maximum number of bans for non-guild members have been exceeded";
    too_large = 413 40005 "Request entity too large";
    not_in_voice = 400 40032 "Target user is not connected to voice.";
    already_crossposted = 400 40033 "This message has already been crossposted.";
    tag_required = 400 40067 "A tag is required to create a forum post in this channel";
    already_acknowledged = 400 40060 "Interaction has already been acknowledged.";
    missing_access = 403 50001 "Missing Access";
    cannot_edit_others = 403 50005 "Cannot edit a message authored by another user";
    empty_message = 400 50006 "Cannot send an empty message";
    cannot_message_user = 403 50007 "Cannot send messages to this user";
    not_a_text_channel = 400 50008 "Cannot send messages in a non-text channel";
    missing_permissions = 403 50013 "Missing Permissions";
    /// A message Discord itself wrote.
    system_message = 403 50021 "Cannot execute action on a system message";
    wrong_channel_type = 400 50024 "Cannot execute action on this channel type";
    invalid_role = 400 50028 "Invalid Role";
    invalid_webhook_token = 401 50027 "Invalid Webhook Token";
    /// A message older than two weeks in a bulk delete.
    too_old_for_bulk = 400 50034 "You can only bulk delete messages that are under 14 days old.";
    thread_archived = 400 50083 "Thread is archived";
    invalid_json = 400 50109 "The request body contains invalid JSON.";
    no_mutual_guild = 403 50278 "Cannot send messages to this user due to having no mutual guilds";
    no_history_for_reply = 400 160_002 "Cannot reply without permission to read message history";
    thread_exists = 400 160_004 "A thread has already been created for this message";
    thread_locked = 403 160_005 "This thread is locked";
    too_many_threads = 400 160_006 "Maximum number of active threads reached";
    forum_needs_thread = 400 220_001 "Webhooks posted to forum channels must have a thread_name or thread_id";
    one_thread_only = 400 220_002 "Webhooks posted to forum channels cannot have both a thread_name and thread_id";
    no_forum_for_thread = 400 220_003 "Webhooks can only create threads in forum channels";
    no_one_banned = 400 500_000 "Failed to ban users";
}

impl ApiError {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            errors: None,
            retry_after: None,
        }
    }

    /// A form that does not validate, with Discord's nested `errors`.
    pub(crate) fn invalid_form(errors: Value) -> Self {
        Self {
            errors: Some(errors),
            ..Self::new(400, 50035, "Invalid Form Body")
        }
    }

    /// A form with exactly one mistake, at a dotted path.
    pub(crate) fn invalid_field(path: &str, code: &str, message: impl Into<String>) -> Self {
        let issue = json!({"_errors": [{"code": code, "message": message.into()}]});
        let nested = path.rsplit('.').fold(issue, |inner, key| json!({ key: inner }));
        Self::invalid_form(nested)
    }

    /// A route Discord may have and this simulator has not.
    pub(crate) fn unimplemented(method: &str, path: &str) -> Self {
        Self::new(
            501,
            0,
            format!("501: discord-sim does not implement {method} {path}"),
        )
    }

    /// A rate limit that is used up for `retry_after` seconds.
    pub(crate) fn rate_limited(retry_after: f64, scope: Scope) -> Self {
        let text = match scope {
            Scope::Shared => "The resource is being rate limited.",
            Scope::User | Scope::Global => "You are being rate limited.",
        };
        Self {
            retry_after: Some((retry_after, scope)),
            ..Self::new(429, 0, text)
        }
    }

    /// Returns whose rate limit it is about, if it is about one.
    pub(crate) fn scope(&self) -> Option<Scope> {
        self.retry_after.map(|(_, scope)| scope)
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns Discord's JSON error code.
    pub fn code(&self) -> u32 {
        self.code
    }

    /// Returns the text without code and status, with the nested mistakes of a form spelled out.
    pub fn explain(&self) -> String {
        let mut lines = Vec::new();
        if let Some(errors) = &self.errors {
            collect("", errors, &mut lines);
        }
        if lines.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.message, lines.join("; "))
        }
    }

    /// Returns the JSON body.
    pub fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        if let Some((seconds, scope)) = self.retry_after {
            let global = scope == Scope::Global;
            body = json!({"message": self.message, "retry_after": seconds, "global": global});
        }
        body
    }
}

/// Flattens nested form errors into `path: text`.
fn collect(path: &str, errors: &Value, lines: &mut Vec<String>) {
    let Some(object) = errors.as_object() else { return };
    for (key, inner) in object {
        if key == "_errors" {
            let texts = inner
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|issue| issue["message"].as_str());
            lines.extend(texts.map(|text| {
                if path.is_empty() {
                    text.to_owned()
                } else {
                    format!("{path}: {text}")
                }
            }));
        } else {
            let inner_path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            collect(&inner_path, inner, lines);
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.body())).into_response();
        if let Some((seconds, scope)) = self.retry_after
            && let Ok(value) = HeaderValue::from_str(&format!("{:.0}", seconds.ceil()))
        {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, value);
            headers.insert("x-ratelimit-scope", HeaderValue::from_static(scope.name()));
            if scope == Scope::Global {
                headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
            }
        }
        response
    }
}

/// Returns an error with everything that caused it, as one text.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_error_has_discords_nesting() {
        let error = ApiError::invalid_field(
            "embeds.0.title",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 256 or fewer in length.",
        );
        assert_eq!(
            error.body(),
            json!({"message": "Invalid Form Body", "code": 50035, "errors": {"embeds": {"0": {"title": {"_errors": [
                {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}
            ]}}}}})
        );
        assert_eq!(
            error.explain(),
            "Invalid Form Body: embeds.0.title: Must be 256 or fewer in length."
        );
    }
}
