//! Sending messages.

use serde_json::{Value, json};

use super::channel::{Channel, kind as channel_kind};
use super::files::Upload;
use super::message::{Message, Pointer, kind};
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::message::{EPHEMERAL, MessageForm, Reference, SUPPRESS_EMBEDS};
use crate::form::{component, snowflake};
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
        let send = channel.send_permission();
        if form.enforce_nonce
            && let Some(nonce) = &form.nonce
            && let Some(same) =
                recent(channel).find(|m| m.author == author && m.nonce.as_ref() == Some(nonce))
        {
            return Ok(same.id);
        }
        let id = self.new_id();
        let message = self.compose(author, channel_id, id, send, form, uploads)?;
        self.write_in_thread(Some(author), channel_id)?;
        self.post(message)?;
        Ok(id)
    }

    /// Makes a user's message and checks that it may be sent, without sending it.
    pub(crate) fn compose(
        &mut self,
        author: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        send: Permissions,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<Message> {
        let channel = self.channel(channel_id)?;
        self.require_mutual_guild(channel, author)?;
        let permissions = self.permissions_in(channel, author);
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
        if let Some(thread) = &channel.thread
            && thread.locked
            && !permissions.has(Permissions::MANAGE_THREADS)
        {
            return Err(ApiError::thread_locked());
        }
        let reference = match &form.reference {
            Some(wanted) => referenced(channel, permissions, wanted)?,
            None => None,
        };
        let mut message = Message::new(id, channel_id, author, self.now());
        if let Some((referenced, replied_to)) = reference {
            message.kind = kind::REPLY;
            message.reference = Some(Pointer::to(channel_id, referenced));
            let ping = form
                .allowed_mentions
                .as_ref()
                .is_none_or(|allowed| allowed.replied_user.unwrap_or(true));
            if let Some(replied_to) = replied_to.filter(|_| ping) {
                message.mentions.push(replied_to);
            }
        }
        message.nonce.clone_from(&form.nonce);
        message.tts = form.tts;
        self.fill(&mut message, form, uploads)?;
        message.flags &= !EPHEMERAL;
        Ok(message)
    }

    /// Refuses direct messages to people who share no guild with the bot.
    fn require_mutual_guild(&self, channel: &Channel, author: Snowflake) -> Outcome<()> {
        if channel.kind != channel_kind::DM || author != self.app.bot {
            return Ok(());
        }
        let shares = channel
            .recipients
            .iter()
            .filter(|user| **user != author)
            .all(|user| {
                self.guilds
                    .values()
                    .any(|guild| guild.members.contains_key(user) && guild.members.contains_key(&author))
            });
        if shares {
            Ok(())
        } else {
            Err(ApiError::no_mutual_guild())
        }
    }

    /// Puts the contents of a form into a message.
    pub(crate) fn fill(
        &mut self,
        message: &mut Message,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<()> {
        if form.sets_flags {
            message.flags = (message.flags & !SUPPRESS_EMBEDS) | form.flags;
        }
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
            self.check_component_emojis(&components)?;
            message.components = components;
            for component in &mut message.components {
                self.number_media(component);
            }
        }
        // On an edit, what a list does not name goes; new files alone are such a list, too.
        if form.attachments.is_some() || !uploads.is_empty() {
            let kept = form.attachments.as_deref().unwrap_or_default();
            message.attachments.retain(|attachment| {
                kept.iter()
                    .any(|keep| snowflake(&attachment["id"]) == Some(Snowflake(keep.id)))
            });
        }
        if message.attachments.len() + uploads.len() > limits::MESSAGE_FILES {
            let text = format!("Must be {} or fewer in length.", limits::MESSAGE_FILES);
            return Err(ApiError::invalid_field(
                "attachments",
                "BASE_TYPE_MAX_LENGTH",
                text,
            ));
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

    /// Checks that custom emojis on buttons and in menus are there for the app to use.
    fn check_component_emojis(&self, components: &[Value]) -> Outcome<()> {
        let mut found = Vec::new();
        for (index, component) in components.iter().enumerate() {
            component::custom_emojis(component, &format!("components.{index}"), &mut found);
        }
        let known = |id: &Snowflake| {
            self.guilds
                .values()
                .any(|guild| guild.members.contains_key(&self.app.bot) && guild.emojis.contains_key(id))
        };
        match found.iter().find(|(_, id)| !known(id)) {
            Some((path, _)) => Err(ApiError::invalid_field(
                path,
                "BUTTON_COMPONENT_INVALID_EMOJI",
                "Invalid emoji",
            )),
            None => Ok(()),
        }
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
        let now = self.now();
        let channel = self.channel_mut(channel_id)?;
        let guild = channel.guild;
        if let Some(thread) = channel
            .thread
            .as_mut()
            .filter(|_| message.kind != kind::THREAD_STARTER)
        {
            thread.messages_sent += 1;
            thread.active_at = now;
        }
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
}

/// Finds the message a reply answers, and whom that would ping.
fn referenced(
    channel: &Channel,
    permissions: Permissions,
    wanted: &Reference,
) -> Outcome<Option<(Snowflake, Option<Snowflake>)>> {
    if !permissions.has(Permissions::READ_MESSAGE_HISTORY) {
        return Err(ApiError::no_history_for_reply());
    }
    let wrong = |path: &str, code: &str, text: &str| Err(ApiError::invalid_field(path, code, text));
    if wanted.forward {
        let text = "discord-sim does not forward messages";
        return wrong("message_reference.type", "DISCORD_SIM_NOT_IMPLEMENTED", text);
    }
    if wanted.channel.is_some_and(|elsewhere| elsewhere != channel.id) {
        let text = "Cannot reply to a message in a different channel";
        return wrong(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            text,
        );
    }
    match channel.public_message(wanted.message) {
        Ok(message) if message.is_system() => {
            let text = "Cannot reply to a system message";
            wrong(
                "message_reference",
                "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
                text,
            )
        }
        Ok(message) => Ok(Some((
            message.id,
            message.hook.is_none().then_some(message.author),
        ))),
        Err(_) if wanted.must_exist => {
            wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        }
        Err(_) => Ok(None),
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
pub(crate) fn message_intent(guild: Option<Snowflake>) -> Intents {
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
