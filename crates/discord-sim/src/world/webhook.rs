//! Webhooks: senders of messages that are nobody's account, known by a token.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::kind as channel_kind;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// Webhook types by Discord's number.
pub(crate) mod kind {
    pub(crate) const INCOMING: i64 = 1;
    pub(crate) const FOLLOWER: i64 = 2;
}

/// A webhook of a channel.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Webhook {
    pub(crate) id: Snowflake,
    pub(crate) kind: i64,
    pub(crate) guild: Snowflake,
    pub(crate) channel: Snowflake,
    pub(crate) name: String,
    pub(crate) avatar: Option<String>,
    /// Empty for a follower, which nobody executes.
    pub(crate) token: String,
    pub(crate) creator: Snowflake,
    /// The application that made it, whose messages may carry components.
    pub(crate) application: Option<Snowflake>,
    /// Of a follower: the guild and channel it follows.
    pub(crate) source: Option<(Snowflake, Snowflake)>,
}

/// The keys of a webhook that the audit log names.
const KEYS: &[&str] = &["channel_id", "name", "type", "avatar"];

impl World {
    /// Returns Discord's webhook object; `secret` shows the token and who made it.
    pub(crate) fn webhook_json(&self, hook: &Webhook, secret: bool) -> Value {
        let mut view = json!({
            "id": hook.id,
            "type": hook.kind,
            "application_id": hook.application,
            "avatar": hook.avatar,
            "channel_id": hook.channel,
            "guild_id": hook.guild,
            "name": hook.name,
        });
        if secret {
            view["user"] = self.user_json(hook.creator);
            if hook.kind == kind::INCOMING {
                view["token"] = hook.token.as_str().into();
                view["url"] = format!("{}/api/webhooks/{}/{}", self.base, hook.id, hook.token).into();
            }
        }
        if let Some((guild, channel)) = hook.source {
            let name = |found: Option<&str>| found.unwrap_or_default().to_owned();
            let home = self.guilds.get(&guild);
            view["source_guild"] = json!({
                "id": guild,
                "name": name(home.map(|guild| guild.name.as_str())),
                "icon": home.and_then(|guild| guild.icon.as_deref()),
            });
            let from = self.channels.get(&channel);
            view["source_channel"] = json!({"id": channel, "name": name(from.map(|c| c.name.as_str()))});
        }
        view
    }

    /// Creates a webhook in a channel.
    pub(crate) fn create_webhook(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let channel = self.require_in(channel_id, actor, Permissions::MANAGE_WEBHOOKS)?;
        let holds = !channel.is_thread() && channel.kind != channel_kind::CATEGORY;
        let (Some(guild), true) = (channel.guild, holds) else {
            return Err(ApiError::wrong_channel_type());
        };
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.required_text("name", 1, 80);
        check_name(&form, "name", name.as_deref());
        let avatar = super::images::read(&form, "avatar");
        issues.finish()?;
        let mut hook = Webhook {
            id: self.new_id(),
            kind: kind::INCOMING,
            guild,
            channel: channel_id,
            name: name.unwrap_or_default(),
            avatar: None,
            token: Self::new_secret(68),
            creator: actor,
            application: (actor == self.app.bot).then_some(self.app.id),
            source: None,
        };
        avatar.apply(&mut hook.avatar);
        self.add_webhook(actor, hook)
    }

    /// Lets the news of an announcement channel come into another channel.
    pub(crate) fn follow_channel(
        &mut self,
        actor: Snowflake,
        source: Snowflake,
        target: Snowflake,
    ) -> Outcome<Value> {
        let from = self.visible_channel(source, actor)?;
        let (Some(from_guild), channel_kind::ANNOUNCEMENT) = (from.guild, from.kind) else {
            return Err(ApiError::wrong_channel_type());
        };
        let name = self.guild(from_guild)?.name.clone();
        let name = format!("{name} #{}", from.name);
        let to = self.require_in(target, actor, Permissions::MANAGE_WEBHOOKS)?;
        let (Some(guild), channel_kind::TEXT) = (to.guild, to.kind) else {
            return Err(ApiError::wrong_channel_type());
        };
        let hook = Webhook {
            id: self.new_id(),
            kind: kind::FOLLOWER,
            guild,
            channel: target,
            name: name.chars().take(80).collect(),
            avatar: None,
            token: String::new(),
            creator: actor,
            application: None,
            source: Some((from_guild, source)),
        };
        let id = hook.id;
        self.add_webhook(actor, hook)?;
        Ok(json!({"channel_id": source, "webhook_id": id}))
    }

    fn add_webhook(&mut self, actor: Snowflake, hook: Webhook) -> Outcome<Value> {
        let there = self
            .webhooks
            .values()
            .filter(|other| other.channel == hook.channel);
        if there.count() >= limits::CHANNEL_WEBHOOKS {
            return Err(ApiError::too_many_webhooks());
        }
        let view = self.webhook_json(&hook, true);
        let (guild, channel) = (hook.guild, hook.channel);
        let deed = Deed::new(action::WEBHOOK_CREATE, hook.id).between(&Value::Null, &view, KEYS);
        self.webhooks.insert(hook.id, hook);
        self.audit(guild, Some(actor), deed);
        self.webhooks_changed(guild, channel);
        Ok(view)
    }

    /// Returns a webhook by id alone: for those who manage webhooks where it is.
    pub(crate) fn managed_webhook(&self, actor: Snowflake, id: Snowflake) -> Outcome<&Webhook> {
        let hook = self.webhooks.get(&id).ok_or_else(ApiError::unknown_webhook)?;
        self.require_in_guild(hook.guild, actor, Permissions::MANAGE_WEBHOOKS)?;
        Ok(hook)
    }

    /// Returns a webhook by id and token.
    pub(crate) fn webhook_with_token(&self, id: Snowflake, token: &str) -> Outcome<&Webhook> {
        let hook = self.webhooks.get(&id).ok_or_else(ApiError::unknown_webhook)?;
        if hook.token.is_empty() || hook.token != token {
            return Err(ApiError::invalid_webhook_token());
        }
        Ok(hook)
    }

    /// Returns the webhooks of a guild, or of one of its channels.
    pub(crate) fn webhooks_json(&self, guild: Snowflake, channel: Option<Snowflake>) -> Vec<Value> {
        self.webhooks
            .values()
            .filter(|hook| hook.guild == guild && channel.is_none_or(|channel| hook.channel == channel))
            .map(|hook| self.webhook_json(hook, true))
            .collect()
    }

    /// Changes a webhook; without an actor, by its token, which cannot move it.
    pub(crate) fn edit_webhook(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.text_between("name", 1, 80);
        check_name(&form, "name", name.as_deref());
        let avatar = super::images::read(&form, "avatar");
        let channel = form.snowflake("channel_id");
        issues.finish()?;
        let hook = self
            .webhooks
            .get(&id)
            .ok_or_else(ApiError::unknown_webhook)?
            .clone();
        let before = self.webhook_json(&hook, false);
        let mut hook = hook;
        let old_channel = hook.channel;
        if let (Some(actor), Some(target)) = (actor, channel) {
            let to = self.require_in(target, actor, Permissions::MANAGE_WEBHOOKS)?;
            if to.guild != Some(hook.guild) || to.is_thread() || to.kind == channel_kind::CATEGORY {
                return Err(ApiError::wrong_channel_type());
            }
            hook.channel = target;
        }
        hook.name = name.unwrap_or(hook.name);
        avatar.apply(&mut hook.avatar);
        let view = self.webhook_json(&hook, true);
        let deed = Deed::new(action::WEBHOOK_UPDATE, id).between(&before, &view, KEYS);
        let guild = hook.guild;
        let channels = [old_channel, hook.channel];
        self.webhooks.insert(id, hook);
        self.audit(guild, actor, deed);
        self.webhooks_changed(guild, channels[0]);
        if channels[0] != channels[1] {
            self.webhooks_changed(guild, channels[1]);
        }
        Ok(view)
    }

    /// Deletes a webhook; its messages stay.
    pub(crate) fn delete_webhook(&mut self, actor: Option<Snowflake>, id: Snowflake) -> Outcome<()> {
        let hook = self.webhooks.remove(&id).ok_or_else(ApiError::unknown_webhook)?;
        let before = self.webhook_json(&hook, false);
        let deed = Deed::new(action::WEBHOOK_DELETE, id).between(&before, &Value::Null, KEYS);
        self.audit(hook.guild, actor, deed);
        self.webhooks_changed(hook.guild, hook.channel);
        Ok(())
    }

    fn webhooks_changed(&mut self, guild: Snowflake, channel: Snowflake) {
        let data = json!({"guild_id": guild, "channel_id": channel});
        self.emit(
            "WEBHOOKS_UPDATE",
            Intents::GUILD_WEBHOOKS,
            Scope::Channel(channel),
            &data,
        );
        self.note("webhooks_update", Some(guild), Some(channel), json!({}));
    }
}

/// Checks the words Discord keeps for itself in the names of webhooks.
pub(crate) fn check_name(form: &Form<'_>, key: &str, name: Option<&str>) {
    let lower = name.unwrap_or_default().to_lowercase();
    for word in ["clyde", "discord"] {
        if lower.contains(word) {
            let text = format!("Username cannot contain \"{word}\"");
            form.wrong(key, "USERNAME_INVALID_CONTAINS", text);
        }
    }
}
