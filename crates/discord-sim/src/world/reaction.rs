//! Reactions on messages.

use serde_json::{Value, json};

use super::{Outcome, Scope, World};
use crate::emoji::Emoji;
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// One emoji under a message, and who put it there.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Reaction {
    pub(crate) emoji: Emoji,
    pub(crate) users: Vec<Snowflake>,
}

impl Reaction {
    /// Returns Discord's reaction object as `me` sees it.
    pub(crate) fn json(&self, me: Snowflake) -> Value {
        json!({
            "emoji": self.emoji.json(),
            "count": self.users.len(),
            "count_details": {"burst": 0, "normal": self.users.len()},
            "burst_colors": [],
            "me_burst": false,
            "burst_me": false,
            "me": self.users.contains(&me),
            "burst_count": 0,
        })
    }
}

impl World {
    /// Adds a reaction.
    pub(crate) fn react(
        &mut self,
        user: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        emoji: &str,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, user)?;
        let permissions = self.permissions_in(channel, user);
        let message = channel.public_message(id)?;
        let emoji = self.known_emoji(emoji, user)?;
        Self::require_unarchived(channel)?;
        let there = message
            .reactions
            .iter()
            .find(|reaction| reaction.emoji.same(&emoji));
        if !permissions.has(Permissions::READ_MESSAGE_HISTORY)
            || (there.is_none() && !permissions.has(Permissions::ADD_REACTIONS))
        {
            return Err(ApiError::missing_permissions());
        }
        if there.is_some_and(|reaction| {
            reaction.users.contains(&user) || reaction.users.len() >= limits::REACTION_USERS
        }) {
            return Ok(());
        }
        if there.is_none() && message.reactions.len() >= limits::MESSAGE_REACTIONS {
            return Err(ApiError::too_many_reactions());
        }
        let (guild, author) = (channel.guild, message.author);
        let message = self.message_mut(channel_id, id)?;
        match message
            .reactions
            .iter_mut()
            .find(|reaction| reaction.emoji.same(&emoji))
        {
            Some(reaction) => reaction.users.push(user),
            None => message.reactions.push(Reaction {
                emoji: emoji.clone(),
                users: vec![user],
            }),
        }
        let mut data = reaction_json(guild, channel_id, id, user, &emoji);
        data["message_author_id"] = json!(author);
        data["burst_colors"] = json!([]);
        if let Some(member) = guild
            .and_then(|id| self.guilds.get(&id))
            .and_then(|guild| guild.members.get(&user))
        {
            data["member"] = self.member_json(member);
        }
        self.reaction_event("MESSAGE_REACTION_ADD", guild, channel_id, &data);
        let noted = json!({"message_id": id, "user_id": user, "emoji": emoji.json()});
        self.note("reaction_add", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Removes one user's reaction; `actor` needs a permission for somebody else's.
    pub(crate) fn unreact(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        emoji: &str,
        user: Snowflake,
    ) -> Outcome<()> {
        let channel = self.visible_channel(channel_id, actor)?;
        let guild = channel.guild;
        channel.public_message(id)?;
        if actor != user {
            self.require_in(channel_id, actor, Permissions::MANAGE_MESSAGES)?;
        }
        let emoji = self.known_emoji(emoji, actor)?;
        let message = self.message_mut(channel_id, id)?;
        let Some(reaction) = message
            .reactions
            .iter_mut()
            .find(|reaction| reaction.emoji.same(&emoji))
        else {
            return Err(ApiError::unknown_emoji());
        };
        let before = reaction.users.len();
        reaction.users.retain(|other| *other != user);
        if reaction.users.len() == before {
            return Ok(());
        }
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        let data = reaction_json(guild, channel_id, id, user, &emoji);
        self.reaction_event("MESSAGE_REACTION_REMOVE", guild, channel_id, &data);
        let noted = json!({"message_id": id, "user_id": user, "emoji": emoji.json()});
        self.note("reaction_remove", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Removes every reaction, or every one of an emoji.
    pub(crate) fn clear_reactions(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        id: Snowflake,
        emoji: Option<&str>,
    ) -> Outcome<()> {
        let guild = self
            .require_in(channel_id, actor, Permissions::MANAGE_MESSAGES)?
            .guild;
        self.channel(channel_id)?.public_message(id)?;
        let emoji = emoji.map(|text| self.known_emoji(text, actor)).transpose()?;
        let message = self.message_mut(channel_id, id)?;
        message
            .reactions
            .retain(|reaction| emoji.as_ref().is_some_and(|emoji| !reaction.emoji.same(emoji)));
        let mut data = json!({"channel_id": channel_id, "message_id": id});
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild);
        }
        let mut name = "MESSAGE_REACTION_REMOVE_ALL";
        if let Some(emoji) = &emoji {
            data["emoji"] = emoji.json();
            name = "MESSAGE_REACTION_REMOVE_EMOJI";
        }
        self.reaction_event(name, guild, channel_id, &data);
        let noted = json!({"message_id": id, "emoji": emoji.map(|emoji| emoji.json())});
        self.note("reaction_remove", guild, Some(channel_id), noted);
        Ok(())
    }

    /// Returns a message to change.
    pub(crate) fn message_mut(
        &mut self,
        channel: Snowflake,
        id: Snowflake,
    ) -> Outcome<&mut super::message::Message> {
        self.channel_mut(channel)?
            .messages
            .get_mut(&id)
            .ok_or_else(ApiError::unknown_message)
    }

    fn reaction_event(&mut self, name: &str, guild: Option<Snowflake>, channel: Snowflake, data: &Value) {
        let needs = if guild.is_some() {
            Intents::GUILD_MESSAGE_REACTIONS
        } else {
            Intents::DIRECT_MESSAGE_REACTIONS
        };
        self.emit(name, needs, Scope::Channel(channel), data);
    }
}

/// Returns what every reaction event says.
fn reaction_json(
    guild: Option<Snowflake>,
    channel: Snowflake,
    message: Snowflake,
    user: Snowflake,
    emoji: &Emoji,
) -> Value {
    let mut data = json!({
        "user_id": user,
        "channel_id": channel,
        "message_id": message,
        "emoji": emoji.json(),
        "type": 0,
        "burst": false,
    });
    if let Some(guild) = guild {
        data["guild_id"] = json!(guild);
    }
    data
}
