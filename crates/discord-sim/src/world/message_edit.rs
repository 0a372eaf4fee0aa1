//! Changing messages that are there: their text, their embeds, their place among the pins.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::files::Upload;
use super::message::{CROSSPOSTED, IS_CROSSPOST, Message, Pointer, kind};
use super::send::message_intent;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::message::{LOADING, MessageForm, SUPPRESS_EMBEDS};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

impl World {
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
        Self::require_unarchived(channel)?;
        if message.author != actor || message.is_system() {
            // Moderators may hide the embeds of others, and nothing else.
            let hides = form.only_flags()
                && self
                    .permissions_in(channel, actor)
                    .has(Permissions::MANAGE_MESSAGES);
            if !hides || message.is_system() {
                return Err(ApiError::cannot_edit_others());
            }
            let flags = &mut self.message_mut(channel_id, id)?.flags;
            *flags = (*flags & !SUPPRESS_EMBEDS) | (form.flags & SUPPRESS_EMBEDS);
            return self.message_changed(channel_id, id);
        }
        let permissions = self.permissions_in(channel, actor);
        let needs = [
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

    /// Pins a message, or takes it off again.
    pub(crate) fn set_pinned(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        pinned: bool,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        let permissions = self.permissions_in(channel, actor);
        let guild = channel.guild;
        if guild.is_some() && !permissions.has(Permissions::PIN_MESSAGES) {
            return Err(ApiError::missing_permissions());
        }
        let message = channel.public_message(id)?;
        if message.is_system() {
            return Err(ApiError::system_message());
        }
        Self::require_unarchived(channel)?;
        if message.pinned.is_some() == pinned {
            return Ok(());
        }
        let there = channel
            .messages
            .values()
            .filter(|message| message.pinned.is_some());
        if pinned && there.count() >= limits::CHANNEL_PINS {
            return Err(ApiError::too_many_pins());
        }
        let (now, author) = (self.now(), message.author);
        self.message_mut(channel_id, id)?.pinned = pinned.then_some(now);
        let last = self
            .channel(channel_id)?
            .messages
            .values()
            .filter_map(|message| message.pinned)
            .max();
        self.channel_mut(channel_id)?.last_pin = last;
        self.message_changed(channel_id, id)?;
        self.pins_changed(channel_id, last.map(iso).as_deref())?;
        if let Some(guild) = guild {
            let what = if pinned {
                action::MESSAGE_PIN
            } else {
                action::MESSAGE_UNPIN
            };
            let deed = Deed::new(what, author)
                .option("channel_id", channel_id)
                .option("message_id", id);
            self.audit(guild, Some(actor), deed);
        }
        if pinned {
            let mut news = Message::new(self.new_id(), channel_id, actor, now);
            news.kind = kind::PINNED;
            news.reference = Some(Pointer::to(channel_id, id));
            self.post(news)?;
        }
        Ok(())
    }

    /// Returns the pins of a channel, newest first, with the time of each.
    pub(crate) fn pins_json(
        &self,
        viewer: Snowflake,
        channel_id: Snowflake,
    ) -> Outcome<Vec<(String, Value)>> {
        let channel = self.visible_channel(channel_id, viewer)?;
        if !channel.holds_messages() {
            return Err(ApiError::wrong_channel_type());
        }
        if !self
            .permissions_in(channel, viewer)
            .has(Permissions::READ_MESSAGE_HISTORY)
        {
            return Ok(Vec::new());
        }
        let mut pins: Vec<_> = channel
            .messages
            .values()
            .filter_map(|message| Some((message.pinned?, message)))
            .collect();
        pins.sort_by_key(|(at, message)| std::cmp::Reverse((*at, message.id)));
        Ok(pins
            .into_iter()
            .map(|(at, message)| (iso(at), self.message_for_bot(channel, message)))
            .collect())
    }

    /// Tells that the pins of a channel changed.
    pub(crate) fn pins_changed(&mut self, channel_id: Snowflake, at: Option<&str>) -> Outcome<()> {
        let channel = self.channel(channel_id)?;
        let guild = channel.guild;
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

    /// Passes a message of an announcement channel on to the channels that follow it.
    pub(crate) fn crosspost(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        if channel.kind != super::channel::kind::ANNOUNCEMENT {
            return Err(ApiError::wrong_channel_type());
        }
        let permissions = self.permissions_in(channel, actor);
        let message = channel.public_message(id)?;
        let needed = if message.author == actor {
            Permissions::SEND_MESSAGES
        } else {
            Permissions::MANAGE_MESSAGES
        };
        if !permissions.has(needed) {
            return Err(ApiError::missing_permissions());
        }
        if message.is_system() {
            return Err(ApiError::system_message());
        }
        if message.flags & CROSSPOSTED != 0 {
            return Err(ApiError::already_crossposted());
        }
        let original = message.clone();
        self.message_mut(channel_id, id)?.flags |= CROSSPOSTED;
        self.message_changed(channel_id, id)?;
        let followers: Vec<_> = self
            .webhooks
            .values()
            .filter(|hook| hook.source.is_some_and(|(_, source)| source == channel_id))
            .map(|hook| (hook.channel, hook.author()))
            .collect();
        for (target, author) in followers {
            let mut copy = Message::new(self.new_id(), target, author.id, self.now());
            copy.content.clone_from(&original.content);
            copy.embeds.clone_from(&original.embeds);
            copy.attachments.clone_from(&original.attachments);
            copy.flags = IS_CROSSPOST;
            copy.reference = Some(Pointer::to(channel_id, id));
            copy.hook = Some(author);
            self.post(copy)?;
        }
        Ok(())
    }
}
