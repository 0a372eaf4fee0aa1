//! A member that passed by.

use serde_json::Value;

use crate::json;

/// What is remembered of a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) username: String,
    pub(crate) global_name: Option<String>,
    pub(crate) bot: bool,
    pub(crate) nick: Option<String>,
    pub(crate) roles: Vec<u64>,
    pub(crate) joined_at: Option<String>,
}

impl Member {
    /// Reads a member; what this description leaves out is taken from what was known.
    pub(super) fn parse(member: &Value, user: &Value, known: Option<&Self>) -> Self {
        let known = known.cloned().unwrap_or_default();
        let text_or = |from: &Value, key: &str, before: Option<String>| match from.get(key) {
            Some(value) => value.as_str().map(str::to_owned),
            None => before,
        };
        Self {
            username: json::text(user, "username").unwrap_or(&known.username).to_owned(),
            global_name: text_or(user, "global_name", known.global_name),
            bot: user["bot"].as_bool().unwrap_or(known.bot),
            nick: text_or(member, "nick", known.nick),
            roles: if member["roles"].is_array() {
                json::ids(member, "roles")
            } else {
                known.roles
            },
            joined_at: text_or(member, "joined_at", known.joined_at),
        }
    }

    /// Returns nick, global name or user name.
    pub(crate) fn display_name(&self) -> &str {
        self.nick
            .as_deref()
            .or(self.global_name.as_deref())
            .unwrap_or(&self.username)
    }
}
