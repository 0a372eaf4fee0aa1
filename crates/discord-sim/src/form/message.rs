//! The body of a message, sent or edited.

use serde_json::{Value, json};

use super::component::{self, IS_COMPONENTS_V2};
use super::{Form, Issues, Object, embed};
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::limits;

/// Most characters of a message's text (Discord's).
const CONTENT_CHARS: usize = 2_000;
/// Flags an app may set on a message (Discord's): suppress embeds, ephemeral, suppress notifications, components v2.
const SETTABLE_FLAGS: u64 = EPHEMERAL | SUPPRESS_EMBEDS | (1 << 12) | IS_COMPONENTS_V2;
/// The flag of a message without its embeds (Discord's).
pub(crate) const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// The flag of a message only one user sees (Discord's).
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// The flag of a deferred answer (Discord's).
pub(crate) const LOADING: u64 = 1 << 7;

/// What a request says about a message; `None` is "not said".
#[derive(Debug, Clone, Default)]
pub(crate) struct MessageForm {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) flags: u64,
    /// Whether the request says anything about flags.
    pub(crate) sets_flags: bool,
    pub(crate) tts: bool,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) allowed_mentions: Option<AllowedMentions>,
    pub(crate) reference: Option<Reference>,
    /// Attachments that stay, by id (edits), and descriptions of the new ones, by index.
    pub(crate) attachments: Option<Vec<AttachmentForm>>,
}

/// What a message answers to.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) message: Snowflake,
    /// Where it stands; here when nothing is said.
    pub(crate) channel: Option<Snowflake>,
    pub(crate) must_exist: bool,
    /// A forward (Discord's type 1) instead of a reply.
    pub(crate) forward: bool,
}

/// One entry of `attachments`.
#[derive(Debug, Clone)]
pub(crate) struct AttachmentForm {
    /// The index of a new file, or the id of one that is there.
    pub(crate) id: u64,
    pub(crate) filename: Option<String>,
    pub(crate) description: Option<String>,
}

/// Which mentions ping.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedMentions {
    pub(crate) everyone: bool,
    pub(crate) all_users: bool,
    pub(crate) all_roles: bool,
    pub(crate) users: Vec<Snowflake>,
    pub(crate) roles: Vec<Snowflake>,
    /// `None` leaves it to the default, which is yes.
    pub(crate) replied_user: Option<bool>,
}

impl MessageForm {
    /// Reads and validates a body; `path` says where it stands in the request.
    pub(crate) fn read(body: &Object, path: &[&str]) -> Result<Self, ApiError> {
        Self::read_edit(body, path, 0)
    }

    /// Reads and validates an edit of a message that has `flags`: what is of the newer layout stays so.
    pub(crate) fn read_edit(body: &Object, path: &[&str], flags: u64) -> Result<Self, ApiError> {
        let known = flags;
        let issues = Issues::default();
        let form = Form::at(body, &issues, path);
        let flags = form
            .integer("flags", 0, i64::from(i32::MAX))
            .unwrap_or(0)
            .unsigned_abs()
            & SETTABLE_FLAGS;
        let v2 = (flags | known) & IS_COMPONENTS_V2 != 0;
        let mut content = form.text("content", CONTENT_CHARS);
        if form.has("content") && form.raw("content").is_none() {
            content = Some(String::new());
        }
        if v2 {
            for key in ["content", "embeds"] {
                let filled = form
                    .raw(key)
                    .is_some_and(|value| *value != json!("") && *value != json!([]));
                if filled {
                    let text =
                        format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
                    form.wrong(key, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text);
                }
            }
        }
        for key in ["poll", "sticker_ids", "shared_client_theme"] {
            if form.raw(key).is_some_and(|value| *value != json!([])) {
                let text = format!("discord-sim does not send messages with `{key}`");
                form.wrong(key, "DISCORD_SIM_NOT_IMPLEMENTED", text);
            }
        }
        let read = Self {
            content: content.map(|text| text.trim().to_owned()),
            embeds: embed::read(&form),
            components: component::read(&form, v2),
            flags,
            sets_flags: form.raw("flags").is_some(),
            tts: form.boolean("tts").unwrap_or(false),
            nonce: nonce(&form),
            enforce_nonce: form.boolean("enforce_nonce").unwrap_or(false),
            allowed_mentions: form.form("allowed_mentions").map(|form| allowed_mentions(&form)),
            reference: reference(&form),
            attachments: attachments(&form),
        };
        issues.finish()?;
        Ok(read)
    }

    /// Tells whether it says nothing but flags.
    pub(crate) fn only_flags(&self) -> bool {
        self.sets_flags
            && self.content.is_none()
            && self.embeds.is_none()
            && self.components.is_none()
            && self.attachments.is_none()
    }

    /// Tells whether there is nothing to show; files count for the caller.
    pub(crate) fn is_empty(&self) -> bool {
        self.content.as_deref().is_none_or(str::is_empty)
            && self.embeds.as_ref().is_none_or(Vec::is_empty)
            && self.components.as_ref().is_none_or(Vec::is_empty)
            && !self.reference.as_ref().is_some_and(|reference| reference.forward)
    }
}

fn nonce(form: &Form<'_>) -> Option<Value> {
    match form.raw("nonce")? {
        Value::Number(number) if number.is_i64() || number.is_u64() => form.raw("nonce").cloned(),
        _ => form.text("nonce", 25).map(Value::String),
    }
}

fn reference(form: &Form<'_>) -> Option<Reference> {
    let reference = form.form("message_reference")?;
    if reference.raw("message_id").is_none() {
        reference.missing("message_id");
    }
    Some(Reference {
        message: reference.snowflake("message_id")?,
        channel: reference.snowflake("channel_id"),
        must_exist: reference.boolean("fail_if_not_exists").unwrap_or(true),
        forward: reference.integer("type", 0, 1) == Some(1),
    })
}

fn attachments(form: &Form<'_>) -> Option<Vec<AttachmentForm>> {
    let list = form.forms("attachments", 0, limits::MESSAGE_FILES)?;
    let read = |entry: &Form<'_>| {
        let Some(id) = entry.snowflake("id") else {
            if entry.raw("id").is_none() {
                entry.missing("id");
            }
            return None;
        };
        Some(AttachmentForm {
            id: id.0,
            filename: entry.text("filename", 1_024),
            description: entry.text("description", 1_024),
        })
    };
    Some(list.iter().filter_map(read).collect())
}

fn allowed_mentions(form: &Form<'_>) -> AllowedMentions {
    let mut allowed = AllowedMentions {
        replied_user: Some(form.boolean("replied_user").unwrap_or(false)),
        ..Default::default()
    };
    for (index, kind) in form.list("parse", 0, 3).into_iter().flatten().enumerate() {
        match kind.as_str() {
            Some("everyone") => allowed.everyone = true,
            Some("users") => allowed.all_users = true,
            Some("roles") => allowed.all_roles = true,
            _ => form.child_path(&["parse", &index.to_string()]).wrong_here(
                "BASE_TYPE_CHOICES",
                "Value must be one of ('everyone', 'roles', 'users').",
            ),
        }
    }
    allowed.users = form.snowflakes("users", 100).unwrap_or_default();
    allowed.roles = form.snowflakes("roles", 100).unwrap_or_default();
    for (all, listed, name) in [
        (allowed.all_users, &allowed.users, "users"),
        (allowed.all_roles, &allowed.roles, "roles"),
    ] {
        if all && !listed.is_empty() {
            let text = format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive.");
            form.wrong_here("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text);
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issues(body: &Value) -> Value {
        let object = body.as_object().expect("a test body is an object");
        MessageForm::read(object, &[]).unwrap_err().body()["errors"].clone()
    }

    #[test]
    fn a_good_message_comes_back_as_discord_stores_it() {
        let body = json!({"content": " hi ", "embeds": [{"title": "T", "color": 255, "timestamp": "2026-01-01T00:00:00Z"}],
            "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]});
        let read = MessageForm::read(body.as_object().unwrap(), &[]).unwrap();
        assert_eq!(read.content.as_deref(), Some("hi"));
        assert_eq!(
            read.embeds.unwrap()[0]["timestamp"],
            "2026-01-01T00:00:00.000000+00:00"
        );
        let row = &read.components.unwrap()[0];
        assert_eq!(
            (row["id"].as_i64(), row["components"][0]["id"].as_i64()),
            (Some(1), Some(2))
        );
    }

    #[test]
    fn every_mistake_is_named_at_its_path() {
        let errors = issues(&json!({
            "content": "x".repeat(2001),
            "embeds": [{"title": "t".repeat(257), "fields": [{"name": "", "value": "v"}]}, {}],
            "components": [
                {"type": 1, "components": [
                    {"type": 2, "style": 1, "custom_id": "a", "label": "A"},
                    {"type": 2, "style": 1, "custom_id": "a", "label": "B"},
                    {"type": 2, "style": 5, "label": "C"}]},
                {"type": 2, "style": 1}
            ],
        }));
        let code = |path: &[&str]| {
            let at = path.iter().fold(&errors, |at, key| &at[*key]);
            at["_errors"][0]["code"].as_str().unwrap_or("none").to_owned()
        };
        assert_eq!(code(&["content"]), "BASE_TYPE_MAX_LENGTH");
        assert_eq!(code(&["embeds", "0", "title"]), "BASE_TYPE_MAX_LENGTH");
        assert_eq!(
            code(&["embeds", "0", "fields", "0", "name"]),
            "BASE_TYPE_REQUIRED"
        );
        assert_eq!(code(&["embeds", "1", "description"]), "BASE_TYPE_REQUIRED");
        assert_eq!(
            code(&["components", "0", "components", "1", "custom_id"]),
            "COMPONENT_CUSTOM_ID_DUPLICATED"
        );
        assert_eq!(
            code(&["components", "0", "components", "2", "url"]),
            "BASE_TYPE_REQUIRED"
        );
        assert_eq!(code(&["components", "1", "type"]), "UNION_TYPE_CHOICES");
    }

    #[test]
    fn embeds_share_six_thousand_characters() {
        let embed = json!({"description": "d".repeat(4000)});
        let errors = issues(&json!({"embeds": [embed, embed]}));
        assert_eq!(errors["embeds"]["_errors"][0]["code"], "MAX_EMBED_SIZE_EXCEEDED");
    }

    #[test]
    fn mentions_are_listed_or_parsed_but_not_both() {
        let errors =
            issues(&json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}));
        assert!(
            errors["allowed_mentions"]["_errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("mutually exclusive")
        );
    }
}
