//! Sending, editing and deleting messages.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::channel::Channel;
use super::files::Upload;
use super::message::{Message, kind};
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::message::{AllowedMentions, EPHEMERAL, LOADING, MessageForm};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

impl World {
    /// Sends a message as a user who may do so.
    pub(crate) fn send_message(
        &mut self,
        author: Snowflake,
        channel_id: Snowflake,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<Snowflake> {
        let channel = self.visible_channel(channel_id, author)?;
        if !channel.holds_messages() {
            return Err(ApiError::not_a_text_channel());
        }
        let permissions = self.permissions_in(channel, author);
        let send = if channel.is_thread() {
            Permissions::SEND_MESSAGES_IN_THREADS
        } else {
            Permissions::SEND_MESSAGES
        };
        let needs = [
            (true, send),
            (form.tts, Permissions::SEND_TTS_MESSAGES),
            (!uploads.is_empty(), Permissions::ATTACH_FILES),
            (
                form.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty()),
                Permissions::EMBED_LINKS,
            ),
        ];
        if needs
            .iter()
            .any(|(wanted, permission)| *wanted && !permissions.has(*permission))
        {
            return Err(ApiError::missing_permissions());
        }
        if form.is_empty() && uploads.is_empty() {
            return Err(ApiError::empty_message());
        }
        let mut reference = None;
        if let Some(wanted) = &form.reference {
            if !permissions.has(Permissions::READ_MESSAGE_HISTORY) {
                return Err(ApiError::no_history_for_reply());
            }
            if wanted.forward {
                let text = "discord-sim does not forward messages";
                return Err(ApiError::invalid_field(
                    "message_reference.type",
                    "BASE_TYPE_CHOICES",
                    text,
                ));
            }
            match channel.public_message(wanted.message) {
                Ok(message) if message.is_system() => {
                    let text = "Cannot reply to a system message";
                    let code = "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE";
                    return Err(ApiError::invalid_field("message_reference", code, text));
                }
                Ok(message) => reference = Some((message.id, message.author)),
                Err(_) if wanted.must_exist => {
                    return Err(ApiError::invalid_field(
                        "message_reference",
                        "REPLIES_UNKNOWN_MESSAGE",
                        "Unknown message",
                    ));
                }
                Err(_) => {}
            }
        }
        if form.enforce_nonce
            && let Some(nonce) = &form.nonce
            && let Some(same) =
                recent(channel).find(|m| m.author == author && m.nonce.as_ref() == Some(nonce))
        {
            return Ok(same.id);
        }
        let (id, at) = (self.new_id(), self.now());
        let mut message = Message::new(id, channel_id, author, at);
        if let Some((referenced, replied_to)) = reference {
            message.kind = kind::REPLY;
            message.reference = Some(referenced);
            let ping = form
                .allowed_mentions
                .as_ref()
                .is_none_or(|allowed| allowed.replied_user.unwrap_or(true));
            if ping {
                message.mentions.push(replied_to);
            }
        }
        message.nonce.clone_from(&form.nonce);
        message.tts = form.tts;
        self.fill(&mut message, form, uploads)?;
        message.flags &= !EPHEMERAL;
        self.post(message)?;
        Ok(id)
    }

    /// Puts the contents of a form into a message.
    pub(crate) fn fill(
        &mut self,
        message: &mut Message,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<()> {
        message.flags |= form.flags;
        if let Some(content) = form.content {
            message.content = content;
        }
        let channel = self.channel(message.channel)?;
        let pinged = message.mentions.clone();
        self.resolve_mentions(channel.id, message, form.allowed_mentions.as_ref());
        for user in pinged.into_iter().rev() {
            if message.kind == kind::REPLY && !message.mentions.contains(&user) && message.edited.is_none() {
                message.mentions.insert(0, user);
            }
        }
        if let Some(embeds) = form.embeds {
            message.embeds = embeds;
        }
        if let Some(components) = form.components {
            message.components = components;
            for component in &mut message.components {
                self.number_media(component);
            }
        }
        if let Some(kept) = &form.attachments
            && (message.edited.is_some() || !message.attachments.is_empty())
        {
            message.attachments.retain(|attachment| {
                kept.iter()
                    .any(|keep| crate::form::snowflake(&attachment["id"]) == Some(Snowflake(keep.id)))
            });
        }
        for upload in uploads {
            let described = form
                .attachments
                .iter()
                .flatten()
                .find(|entry| entry.id == upload.index);
            let id = self.new_id();
            message
                .attachments
                .push(upload.json(&self.base, message.channel, id, described));
            self.files.store(id, upload);
        }
        resolve_attachment_urls(message);
        Ok(())
    }

    /// Gives each picture and file among components the id Discord gives it; forms bound their depth.
    fn number_media(&mut self, component: &mut Value) {
        match component {
            Value::Array(list) => list.iter_mut().for_each(|inner| self.number_media(inner)),
            Value::Object(object) => {
                for key in ["media", "file"] {
                    if let Some(media) = object.get_mut(key).filter(|media| media["proxy_url"].is_string()) {
                        media["id"] = json!(self.new_id());
                    }
                }
                object.values_mut().for_each(|inner| self.number_media(inner));
            }
            _ => {}
        }
    }

    /// Keeps a finished message and tells everybody who sees it.
    pub(crate) fn post(&mut self, message: Message) -> Outcome<()> {
        let (id, channel_id, hidden) = (message.id, message.channel, message.ephemeral_for);
        let channel = self.channel_mut(channel_id)?;
        let guild = channel.guild;
        channel.keep(message);
        let channel = self.channel(channel_id)?;
        let message = &channel.messages[&id];
        let mut noted = json!({"message": self.message_json(channel, message, message.author)});
        if let Some(user) = hidden {
            noted["ephemeral_for"] = json!(user);
        } else {
            let private = self.is_private(channel, message);
            let data = self.message_event_json(channel, message);
            self.emit_message(
                "MESSAGE_CREATE",
                message_intent(guild),
                Scope::Channel(channel_id),
                &data,
                private,
            );
        }
        self.note("message_create", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Edits a message. Only its author may change what it says.
    pub(crate) fn edit_message(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        let message = channel.public_message(id)?;
        if message.author != actor {
            return Err(ApiError::cannot_edit_others());
        }
        self.change_message(channel_id, id, form, uploads, true)
    }

    /// Changes a message, whoever asked for it; `edited` marks it as edited.
    pub(crate) fn change_message(
        &mut self,
        channel_id: Snowflake,
        id: Snowflake,
        form: MessageForm,
        uploads: Vec<Upload>,
        edited: bool,
    ) -> Outcome<()> {
        let now = self.now();
        let channel = self.channel(channel_id)?;
        let mut message = channel
            .messages
            .get(&id)
            .cloned()
            .ok_or_else(ApiError::unknown_message)?;
        if edited {
            message.edited = Some(now);
        }
        self.fill(&mut message, form, uploads)?;
        let empty = message.content.is_empty()
            && message.embeds.is_empty()
            && message.components.is_empty()
            && message.attachments.is_empty();
        if empty {
            return Err(ApiError::empty_message());
        }
        message.flags &= !LOADING;
        self.channel_mut(channel_id)?.messages.insert(id, message);
        self.message_changed(channel_id, id)
    }

    /// Tells everybody how a message looks now.
    pub(crate) fn message_changed(&mut self, channel_id: Snowflake, id: Snowflake) -> Outcome<()> {
        let channel = self.channel(channel_id)?;
        let guild = channel.guild;
        let message = channel.messages.get(&id).ok_or_else(ApiError::unknown_message)?;
        let mut noted = json!({"message": self.message_json(channel, message, message.author)});
        if let Some(user) = message.ephemeral_for {
            noted["ephemeral_for"] = json!(user);
        } else {
            let private = self.is_private(channel, message);
            let data = self.message_event_json(channel, message);
            self.emit_message(
                "MESSAGE_UPDATE",
                message_intent(guild),
                Scope::Channel(channel_id),
                &data,
                private,
            );
        }
        self.note("message_update", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Deletes a message: one's own, or anybody's with the permission.
    pub(crate) fn delete_message(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        let message = channel.public_message(id)?;
        if message.author != actor
            && !self
                .permissions_in(channel, actor)
                .has(Permissions::MANAGE_MESSAGES)
        {
            return Err(ApiError::missing_permissions());
        }
        self.remove_message(channel_id, id)
    }

    /// Removes a message and tells everybody who saw it.
    pub(crate) fn remove_message(&mut self, channel_id: Snowflake, id: Snowflake) -> Outcome<()> {
        let channel = self.channel_mut(channel_id)?;
        let guild = channel.guild;
        let message = channel
            .messages
            .remove(&id)
            .ok_or_else(ApiError::unknown_message)?;
        let mut noted = json!({"message_id": id});
        if let Some(user) = message.ephemeral_for {
            noted["ephemeral_for"] = json!(user);
        } else {
            let mut data = json!({"id": id, "channel_id": channel_id});
            if let Some(guild) = guild {
                data["guild_id"] = json!(guild);
            }
            self.emit(
                "MESSAGE_DELETE",
                message_intent(guild),
                Scope::Channel(channel_id),
                &data,
            );
        }
        self.note("message_delete", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Deletes many messages at once; unknown ones do not matter.
    pub(crate) fn delete_messages(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        ids: &[Snowflake],
    ) -> Outcome<()> {
        let Some(guild) = self.channel(channel_id)?.guild else {
            return Err(ApiError::wrong_channel_type());
        };
        self.require_in(channel_id, actor, Permissions::MANAGE_MESSAGES)?;
        let age = SignedDuration::try_from(limits::BULK_DELETE_AGE).unwrap_or_default();
        if ids
            .iter()
            .any(|id| self.now().duration_since(id.created_at()) > age)
        {
            return Err(ApiError::too_old_for_bulk());
        }
        let channel = self.channel_mut(channel_id)?;
        let mut gone = ids.to_vec();
        gone.retain(|id| channel.public_message(*id).is_ok());
        for id in &gone {
            channel.messages.remove(id);
        }
        if gone.is_empty() {
            return Ok(());
        }
        let data = json!({"ids": gone, "channel_id": channel_id, "guild_id": guild});
        self.emit(
            "MESSAGE_DELETE_BULK",
            Intents::GUILD_MESSAGES,
            Scope::Channel(channel_id),
            &data,
        );
        self.note(
            "message_delete",
            Some(guild),
            Some(channel_id),
            json!({"message_ids": gone, "bulk": true}),
        );
        Ok(())
    }

    /// Tells that the pins of a channel changed.
    pub(crate) fn pins_changed(&mut self, channel_id: Snowflake, at: Option<&str>) -> Outcome<()> {
        let guild = self.channel(channel_id)?.guild;
        let mut data = json!({"channel_id": channel_id, "last_pin_timestamp": at});
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild);
        }
        self.emit(
            "CHANNEL_PINS_UPDATE",
            Intents::GUILDS,
            Scope::Channel(channel_id),
            &data,
        );
        self.note("pins_update", guild, Some(channel_id), json!({}));
        Ok(())
    }

    /// Deletes what a user wrote in a guild in the last `seconds`.
    pub(crate) fn delete_messages_of(
        &mut self,
        guild: Snowflake,
        user: Snowflake,
        seconds: i64,
    ) -> Outcome<()> {
        let since = self
            .now()
            .saturating_sub(SignedDuration::from_secs(seconds))
            .unwrap_or_default();
        let mut gone = Vec::new();
        for channel in self
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild))
        {
            let written = channel
                .messages
                .values()
                .filter(|message| message.author == user && message.at >= since);
            gone.extend(written.map(|message| (channel.id, message.id)));
        }
        gone.into_iter()
            .try_for_each(|(channel, message)| self.remove_message(channel, message))
    }

    /// Finds what the text mentions, as far as the sender allows and may.
    fn resolve_mentions(&self, channel: Snowflake, message: &mut Message, allowed: Option<&AllowedMentions>) {
        let Ok(channel) = self.channel(channel) else {
            return;
        };
        let may_all = self
            .permissions_in(channel, message.author)
            .has(Permissions::MENTION_EVERYONE);
        let roles = channel
            .guild
            .and_then(|id| self.guilds.get(&id))
            .map(|guild| &guild.roles);
        message.mentions.clear();
        message.mention_roles.clear();
        for mention in mentions(&message.content) {
            match mention {
                Mention::User(id) => {
                    let pings =
                        allowed.is_none_or(|allowed| allowed.all_users || allowed.users.contains(&id));
                    if pings && self.users.contains_key(&id) && !message.mentions.contains(&id) {
                        message.mentions.push(id);
                    }
                }
                Mention::Role(id) => {
                    let pings =
                        allowed.is_none_or(|allowed| allowed.all_roles || allowed.roles.contains(&id));
                    let role = roles.and_then(|roles| roles.get(&id));
                    let open = role.is_some_and(|role| role.mentionable || may_all);
                    if pings && open && !message.mention_roles.contains(&id) {
                        message.mention_roles.push(id);
                    }
                }
            }
        }
        let all = message.content.contains("@everyone") || message.content.contains("@here");
        message.mention_everyone = all && may_all && allowed.is_none_or(|allowed| allowed.everyone);
    }
}

/// Lets embeds and components point at the files that came along, as `attachment://name`.
fn resolve_attachment_urls(message: &mut Message) {
    let files: Vec<(String, String)> = message
        .attachments
        .iter()
        .filter_map(|file| {
            Some((
                format!("attachment://{}", file["filename"].as_str()?),
                file["url"].as_str()?.to_owned(),
            ))
        })
        .collect();
    if files.is_empty() {
        return;
    }
    for value in message.embeds.iter_mut().chain(&mut message.components) {
        replace_texts(value, &files);
    }
}

/// Returns the newest messages of a channel.
fn recent(channel: &Channel) -> impl Iterator<Item = &Message> {
    channel.messages.values().rev().take(50)
}

/// Returns the intent for messages of a guild or of a direct message.
fn message_intent(guild: Option<Snowflake>) -> Intents {
    if guild.is_some() {
        Intents::GUILD_MESSAGES
    } else {
        Intents::DIRECT_MESSAGES
    }
}

/// Replaces texts inside a value; its depth is bounded by the forms it came from.
fn replace_texts(value: &mut Value, replacements: &[(String, String)]) {
    match value {
        Value::String(text) => {
            if let Some((_, new)) = replacements.iter().find(|(old, _)| old == text) {
                text.clone_from(new);
            }
        }
        Value::Array(list) => list
            .iter_mut()
            .for_each(|inner| replace_texts(inner, replacements)),
        Value::Object(object) => object
            .values_mut()
            .for_each(|inner| replace_texts(inner, replacements)),
        _ => {}
    }
}

enum Mention {
    User(Snowflake),
    Role(Snowflake),
}

/// Returns the users and roles a text names as `<@id>`, `<@!id>` or `<@&id>`.
fn mentions(text: &str) -> Vec<Mention> {
    text.split("<@")
        .skip(1)
        .filter_map(|rest| {
            let inner = rest.split_once('>')?.0;
            match inner.strip_prefix('&') {
                Some(role) => role.parse().ok().map(Mention::Role),
                None => inner
                    .strip_prefix('!')
                    .unwrap_or(inner)
                    .parse()
                    .ok()
                    .map(Mention::User),
            }
        })
        .take(200)
        .collect()
}
