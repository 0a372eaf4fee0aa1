//! Deleting messages, one by one and in bulk.

use jiff::SignedDuration;
use serde_json::json;

use super::audit::{Deed, action};
use super::send::message_intent;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

impl World {
    /// Deletes a message: one's own, or anybody's with the permission.
    pub(crate) fn delete_message(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        let message = channel.public_message(id)?;
        let (author, guild) = (message.author, channel.guild);
        if author != actor
            && !self
                .permissions_in(channel, actor)
                .has(Permissions::MANAGE_MESSAGES)
        {
            return Err(ApiError::missing_permissions());
        }
        self.remove_message(channel_id, id)?;
        if let Some(guild) = guild
            && author != actor
        {
            let deed = Deed::new(action::MESSAGE_DELETE, author)
                .option("channel_id", channel_id)
                .option("count", 1);
            self.audit(guild, Some(actor), deed);
        }
        Ok(())
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
        let gone = self.remove_messages(guild, channel_id, ids)?;
        if gone > 0 {
            let deed = Deed::new(action::MESSAGE_BULK_DELETE, channel_id).option("count", gone);
            self.audit(guild, Some(actor), deed);
        }
        Ok(())
    }

    /// Removes the messages that are there at one stroke, and returns how many.
    fn remove_messages(
        &mut self,
        guild: Snowflake,
        channel_id: Snowflake,
        ids: &[Snowflake],
    ) -> Outcome<usize> {
        let channel = self.channel_mut(channel_id)?;
        let mut gone = ids.to_vec();
        gone.retain(|id| channel.public_message(*id).is_ok());
        for id in &gone {
            channel.messages.remove(id);
        }
        if gone.is_empty() {
            return Ok(0);
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
        Ok(gone.len())
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
        let written: Vec<(Snowflake, Vec<Snowflake>)> = self
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild))
            .map(|channel| {
                let own = channel
                    .messages
                    .values()
                    .filter(|message| message.author == user && message.at >= since);
                (channel.id, own.map(|message| message.id).collect())
            })
            .collect();
        for (channel, ids) in written {
            self.remove_messages(guild, channel, &ids)?;
        }
        Ok(())
    }
}
