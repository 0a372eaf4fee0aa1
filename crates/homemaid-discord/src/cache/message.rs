//! A message that passed by.

use serde_json::Value;

use crate::json;

/// What is remembered of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) author: Option<u64>,
    pub(crate) author_bot: bool,
    pub(crate) content: String,
    /// When it was edited last, in Discord's spelling.
    pub(crate) edited: Option<String>,
}

impl Message {
    /// Reads a message; what a partial description leaves out is taken from what was known.
    pub(crate) fn parse(data: &Value, known: Option<&Self>) -> Self {
        let author = &data["author"];
        Self {
            author: json::id(author, "id").or_else(|| known?.author),
            author_bot: author_is_bot(data)
                .or_else(|| Some(known?.author_bot))
                .unwrap_or(false),
            content: json::text(data, "content")
                .or_else(|| Some(known?.content.as_str()))
                .unwrap_or_default()
                .to_owned(),
            edited: json::text(data, "edited_timestamp")
                .map(str::to_owned)
                .or_else(|| known?.edited.clone()),
        }
    }
}

/// Returns whether a program wrote a message, webhooks included; `None` when the message does not say.
pub(crate) fn author_is_bot(data: &Value) -> Option<bool> {
    let webhook = !data["webhook_id"].is_null();
    let author = data["author"].as_object()?;
    Some(webhook || author.get("bot").and_then(Value::as_bool).unwrap_or(false))
}
