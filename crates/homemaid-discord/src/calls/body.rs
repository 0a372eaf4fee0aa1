//! The body of a message: what plugins may say and whom they may ping (wire §6.9, §6.10).

use homemaid_protocol::RpcError;
use serde_json::{Map, Value, json};

use super::params::Params;
use super::shape;

/// Characters of a message.
pub(super) const CONTENT_CHARS: usize = 2_000;
/// Embeds of a message.
const EMBEDS: usize = 10;
/// Rows of components of a message.
const ROWS: usize = 5;
/// Users or roles one message may name as allowed to be pinged.
const NAMED_MENTIONS: usize = 100;

/// Whom a message pings when the plugin does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pings {
    /// Nobody.
    Nobody,
    /// The users and roles it mentions: an answer to what somebody just did.
    Mentioned,
}

/// The parts of a message that were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Body {
    /// The text.
    pub(super) content: Option<String>,
    /// The embeds.
    pub(super) embeds: Option<Vec<Value>>,
    /// The rows of components.
    pub(super) components: Option<Vec<Value>>,
    /// Whom it pings; always set.
    allowed_mentions: Value,
}

impl Body {
    /// Reads the parts of a message.
    pub(super) fn parse(params: Params<'_>, guild: u64, pings: Pings) -> Result<Self, RpcError> {
        let embeds = params.objects("embeds", EMBEDS)?;
        shape::embeds(embeds.as_deref().unwrap_or_default())?;
        let components = params.objects("components", ROWS)?;
        shape::rows(components.as_deref().unwrap_or_default())?;
        Ok(Self {
            content: params.text_or_none("content", CONTENT_CHARS)?,
            embeds,
            components,
            allowed_mentions: allowed_mentions(params.get("allowed_mentions"), guild, pings)?,
        })
    }

    /// Returns whether there is anything to show.
    pub(super) fn is_empty(&self) -> bool {
        let nothing = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
        self.content.as_ref().is_none_or(|text| text.trim().is_empty())
            && nothing(&self.embeds)
            && nothing(&self.components)
    }

    /// Returns the error for a message with nothing to show.
    pub(super) fn nothing_to_show() -> RpcError {
        RpcError::validation(
            "content",
            "a non-empty string unless there are embeds, components or files",
        )
    }

    /// Returns the JSON of a new message: only what is there.
    pub(super) fn new_message(&self) -> Value {
        let mut body = Map::new();
        if let Some(content) = self.content.as_ref().filter(|content| !content.is_empty()) {
            body.insert("content".to_owned(), content.clone().into());
        }
        for (name, list) in [("embeds", &self.embeds), ("components", &self.components)] {
            if let Some(list) = list.as_ref().filter(|list| !list.is_empty()) {
                body.insert(name.to_owned(), list.clone().into());
            }
        }
        body.insert("allowed_mentions".to_owned(), self.allowed_mentions.clone());
        body.into()
    }

    /// Returns the JSON of an edit: given parts replace, empty ones clear, the others stay.
    pub(super) fn edit(&self) -> Value {
        let mut body = Map::new();
        if let Some(content) = &self.content {
            body.insert("content".to_owned(), content.clone().into());
        }
        for (name, list) in [("embeds", &self.embeds), ("components", &self.components)] {
            if let Some(list) = list {
                body.insert(name.to_owned(), list.clone().into());
            }
        }
        body.insert("allowed_mentions".to_owned(), self.allowed_mentions.clone());
        body.into()
    }

    /// Returns the JSON that replaces a message whole: parts that were not given are cleared.
    pub(super) fn replacement(&self) -> Value {
        json!({
            "content": self.content.clone().unwrap_or_default(),
            "embeds": self.embeds.clone().unwrap_or_default(),
            "components": self.components.clone().unwrap_or_default(),
            "allowed_mentions": self.allowed_mentions,
        })
    }
}

/// Returns whom a message may ping: what was given without `everyone`, else the default.
fn allowed_mentions(given: Option<&Value>, guild: u64, pings: Pings) -> Result<Value, RpcError> {
    let bad = || {
        RpcError::validation(
            "allowed_mentions",
            "an object with parse, users, roles and replied_user",
        )
    };
    let Some(given) = given else {
        return Ok(match pings {
            Pings::Nobody => json!({"parse": []}),
            Pings::Mentioned => json!({"parse": ["users", "roles"]}),
        });
    };
    let given = given.as_object().ok_or_else(bad)?;
    let params = Params(given);
    let mut out = Map::new();
    let parse = match params.get("parse") {
        None => Vec::new(),
        Some(list) => list.as_array().ok_or_else(bad)?.clone(),
    };
    let parse: Vec<_> = parse
        .into_iter()
        .filter(|kind| kind == "users" || kind == "roles")
        .collect();
    for name in ["users", "roles"] {
        if params
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
        {
            let mut ids = params.ids(name).map_err(|_| bad())?;
            // The role with the guild's own id is @everyone.
            ids.retain(|id| *id != guild);
            ids.truncate(NAMED_MENTIONS);
            out.insert(name.to_owned(), ids.iter().map(ToString::to_string).collect());
        }
    }
    out.insert("parse".to_owned(), parse.into());
    if let Some(replied) = params.flag_or_none("replied_user").map_err(|_| bad())? {
        out.insert("replied_user".to_owned(), replied.into());
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn mentions(given: Value, pings: Pings) -> Result<Value, RpcError> {
        let map = crate::json::into_map(json!({"allowed_mentions": given}));
        Body::parse(Params(&map), 1, pings).map(|body| body.allowed_mentions)
    }

    #[test]
    fn nothing_pings_unless_asked_and_everyone_never() {
        assert_eq!(mentions(Value::Null, Pings::Nobody), Ok(json!({"parse": []})));
        assert_eq!(
            mentions(Value::Null, Pings::Mentioned),
            Ok(json!({"parse": ["users", "roles"]}))
        );
        for pings in [Pings::Nobody, Pings::Mentioned] {
            assert_eq!(
                mentions(json!({"parse": ["everyone", "users"]}), pings),
                Ok(json!({"parse": ["users"]}))
            );
            assert_eq!(
                mentions(json!({"roles": ["1", "55"], "replied_user": true}), pings),
                Ok(json!({"roles": ["55"], "parse": [], "replied_user": true})),
                "role 1 is @everyone of guild 1"
            );
            assert_eq!(mentions(json!({}), pings), Ok(json!({"parse": []})));
        }
        for bad in [
            json!([]),
            json!("all"),
            json!({"parse": "users"}),
            json!({"users": ["x"]}),
        ] {
            assert!(mentions(bad, Pings::Nobody).is_err());
        }
    }

    #[test]
    fn an_edit_clears_only_what_is_given_empty_and_a_replacement_clears_the_rest() {
        let map = crate::json::into_map(json!({"content": "x", "components": []}));
        let body = Body::parse(Params(&map), 1, Pings::Nobody).unwrap();
        assert_eq!(
            body.edit(),
            json!({"content": "x", "components": [], "allowed_mentions": {"parse": []}})
        );
        assert_eq!(
            body.new_message(),
            json!({"content": "x", "allowed_mentions": {"parse": []}})
        );
        assert_eq!(
            body.replacement(),
            json!({"content": "x", "embeds": [], "components": [], "allowed_mentions": {"parse": []}})
        );
    }
}
