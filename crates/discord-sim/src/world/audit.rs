//! The audit log of a guild: who did what to what, and the reason given for it.
//!
//! Every moderated act ends in [`World::audit`] with a [`Deed`]; the reason is the one of the request being served.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Outcome, Scope, World};
use crate::form::Object;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// What was done, by Discord's number.
pub(crate) mod action {
    pub(crate) const GUILD_UPDATE: i64 = 1;
    pub(crate) const CHANNEL_CREATE: i64 = 10;
    pub(crate) const CHANNEL_UPDATE: i64 = 11;
    pub(crate) const CHANNEL_DELETE: i64 = 12;
    pub(crate) const OVERWRITE_CREATE: i64 = 13;
    pub(crate) const OVERWRITE_UPDATE: i64 = 14;
    pub(crate) const OVERWRITE_DELETE: i64 = 15;
    pub(crate) const MEMBER_KICK: i64 = 20;
    pub(crate) const MEMBER_PRUNE: i64 = 21;
    pub(crate) const BAN_ADD: i64 = 22;
    pub(crate) const BAN_REMOVE: i64 = 23;
    pub(crate) const MEMBER_UPDATE: i64 = 24;
    pub(crate) const MEMBER_ROLE_UPDATE: i64 = 25;
    pub(crate) const MEMBER_MOVE: i64 = 26;
    pub(crate) const MEMBER_DISCONNECT: i64 = 27;
    pub(crate) const ROLE_CREATE: i64 = 30;
    pub(crate) const ROLE_UPDATE: i64 = 31;
    pub(crate) const ROLE_DELETE: i64 = 32;
    pub(crate) const INVITE_CREATE: i64 = 40;
    pub(crate) const INVITE_DELETE: i64 = 42;
    pub(crate) const WEBHOOK_CREATE: i64 = 50;
    pub(crate) const WEBHOOK_UPDATE: i64 = 51;
    pub(crate) const WEBHOOK_DELETE: i64 = 52;
    pub(crate) const EMOJI_CREATE: i64 = 60;
    pub(crate) const EMOJI_UPDATE: i64 = 61;
    pub(crate) const EMOJI_DELETE: i64 = 62;
    pub(crate) const MESSAGE_DELETE: i64 = 72;
    pub(crate) const MESSAGE_BULK_DELETE: i64 = 73;
    pub(crate) const MESSAGE_PIN: i64 = 74;
    pub(crate) const MESSAGE_UNPIN: i64 = 75;
    pub(crate) const THREAD_CREATE: i64 = 110;
    pub(crate) const THREAD_UPDATE: i64 = 111;
    pub(crate) const THREAD_DELETE: i64 = 112;
}

/// One act, on its way into the log.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Deed {
    action: i64,
    target: Option<Snowflake>,
    changes: Vec<Value>,
    options: Object,
}

impl Deed {
    pub(crate) fn new(action: i64, target: impl Into<Option<Snowflake>>) -> Self {
        Self {
            action,
            target: target.into(),
            changes: Vec::new(),
            options: Object::new(),
        }
    }

    /// Adds the keys in which two JSON objects differ; `null` stands for one that is not there (any more).
    pub(crate) fn between(mut self, before: &Value, after: &Value, keys: &[&str]) -> Self {
        for key in keys {
            let (old, new) = (&before[*key], &after[*key]);
            if old == new {
                continue;
            }
            let mut change = json!({"key": key});
            if !old.is_null() {
                change["old_value"] = old.clone();
            }
            if !new.is_null() {
                change["new_value"] = new.clone();
            }
            self.changes.push(change);
        }
        self
    }

    /// Adds one change.
    pub(crate) fn change(mut self, key: &str, old: &Value, new: &Value) -> Self {
        let (before, after) = (json!({ key: old }), json!({ key: new }));
        self = self.between(&before, &after, &[key]);
        self
    }

    /// Tells whether anything changed.
    pub(crate) fn changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Adds one of the act's options; Discord writes all of them as text.
    pub(crate) fn option(mut self, key: &str, value: impl Into<Value>) -> Self {
        let text = match value.into() {
            Value::String(text) => text,
            other => other.to_string(),
        };
        self.options.insert(key.to_owned(), text.into());
        self
    }
}

/// One entry of the log.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct AuditEntry {
    pub(crate) id: Snowflake,
    pub(crate) actor: Snowflake,
    pub(crate) deed: Deed,
    pub(crate) reason: Option<String>,
}

impl AuditEntry {
    /// Returns Discord's audit log entry.
    pub(crate) fn json(&self) -> Value {
        let mut entry = json!({
            "id": self.id,
            "user_id": self.actor,
            "target_id": self.deed.target,
            "action_type": self.deed.action,
        });
        if !self.deed.changes.is_empty() {
            entry["changes"] = self.deed.changes.clone().into();
        }
        if !self.deed.options.is_empty() {
            entry["options"] = self.deed.options.clone().into();
        }
        if let Some(reason) = &self.reason {
            entry["reason"] = reason.as_str().into();
        }
        entry
    }
}

/// Which entries a reader wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditQuery {
    pub(crate) user: Option<Snowflake>,
    pub(crate) action: Option<i64>,
    pub(crate) before: Option<Snowflake>,
    pub(crate) after: Option<Snowflake>,
    pub(crate) limit: usize,
}

impl World {
    /// Writes an act into the guild's log; without an actor it was the simulator's hand, for the owner.
    pub(crate) fn audit(&mut self, guild: Snowflake, actor: Option<Snowflake>, deed: Deed) {
        let Some(owner) = self.guilds.get(&guild).map(|guild| guild.owner) else {
            return;
        };
        let entry = AuditEntry {
            id: self.new_id(),
            actor: actor.unwrap_or(owner),
            deed,
            reason: self.reason.clone(),
        };
        let mut view = entry.json();
        if let Some(guild) = self.guilds.get_mut(&guild) {
            guild.audit.push_back(entry);
            while guild.audit.len() > limits::AUDIT_ENTRIES {
                guild.audit.pop_front();
            }
        }
        view["guild_id"] = json!(guild);
        if self
            .guild_permissions(guild, self.app.bot)
            .has(Permissions::VIEW_AUDIT_LOG)
        {
            self.emit(
                "GUILD_AUDIT_LOG_ENTRY_CREATE",
                Intents::GUILD_MODERATION,
                Scope::Guild(guild),
                &view,
            );
        }
        self.note("audit", Some(guild), None, json!({"entry": view}));
    }

    /// Returns Discord's audit log object.
    pub(crate) fn audit_log(&self, guild_id: Snowflake, query: &AuditQuery) -> Outcome<Value> {
        let guild = self.guild(guild_id)?;
        let wanted = |entry: &&AuditEntry| {
            query.user.is_none_or(|user| entry.actor == user)
                && query.action.is_none_or(|action| entry.deed.action == action)
                && query.before.is_none_or(|before| entry.id < before)
                && query.after.is_none_or(|after| entry.id > after)
        };
        // After an id, Discord goes forward in time; otherwise back from now.
        let entries: Vec<&AuditEntry> = if query.after.is_some() {
            guild.audit.iter().filter(wanted).take(query.limit).collect()
        } else {
            guild
                .audit
                .iter()
                .rev()
                .filter(wanted)
                .take(query.limit)
                .collect()
        };
        let people: BTreeSet<Snowflake> = entries
            .iter()
            .flat_map(|entry| [Some(entry.actor), entry.deed.target])
            .flatten()
            .filter(|id| self.users.contains_key(id))
            .collect();
        let targets: BTreeSet<Snowflake> = entries.iter().filter_map(|entry| entry.deed.target).collect();
        let threads = targets
            .iter()
            .filter_map(|id| self.channels.get(id))
            .filter(|channel| channel.is_thread());
        let hooks = targets.iter().filter_map(|id| self.webhooks.get(id));
        Ok(json!({
            "audit_log_entries": entries.iter().map(|entry| entry.json()).collect::<Vec<_>>(),
            "users": people.iter().map(|id| self.user_json(*id)).collect::<Vec<_>>(),
            "integrations": [],
            "webhooks": hooks.map(|hook| self.webhook_json(hook, false)).collect::<Vec<_>>(),
            "guild_scheduled_events": [],
            "threads": threads.map(|thread| self.channel_json(thread)).collect::<Vec<_>>(),
            "application_commands": [],
            "auto_moderation_rules": [],
        }))
    }
}
