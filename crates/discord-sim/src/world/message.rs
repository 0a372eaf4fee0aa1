//! Messages as they are kept, and their JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;
use super::channel::Channel;
use super::reaction::Reaction;
use crate::clock::iso;
use crate::form::Object;
use crate::id::Snowflake;

/// Message types by Discord's number.
pub(crate) mod kind {
    pub(crate) const DEFAULT: i64 = 0;
    pub(crate) const PINNED: i64 = 6;
    pub(crate) const JOIN: i64 = 7;
    pub(crate) const REPLY: i64 = 19;
    pub(crate) const CHAT_COMMAND: i64 = 20;
}

/// The interaction a message answers.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) interaction: Snowflake,
    pub(crate) kind: i64,
    pub(crate) user: Snowflake,
    /// The command's name, when it was one.
    pub(crate) name: Option<String>,
    /// Set on follow-ups.
    pub(crate) original: Option<Snowflake>,
    /// The message of the component that was used.
    pub(crate) interacted: Option<Snowflake>,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: Snowflake,
    pub(crate) channel: Snowflake,
    pub(crate) author: Snowflake,
    pub(crate) kind: i64,
    pub(crate) content: String,
    pub(crate) embeds: Vec<Value>,
    pub(crate) components: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) flags: u64,
    pub(crate) tts: bool,
    pub(crate) nonce: Option<Value>,
    pub(crate) at: Timestamp,
    pub(crate) edited: Option<Timestamp>,
    pub(crate) pinned: bool,
    pub(crate) mentions: Vec<Snowflake>,
    pub(crate) mention_roles: Vec<Snowflake>,
    pub(crate) mention_everyone: bool,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) reference: Option<Snowflake>,
    pub(crate) origin: Option<Origin>,
    /// The only user who sees it.
    pub(crate) ephemeral_for: Option<Snowflake>,
}

impl Message {
    pub(crate) fn new(id: Snowflake, channel: Snowflake, author: Snowflake, at: Timestamp) -> Self {
        Self {
            id,
            channel,
            author,
            kind: kind::DEFAULT,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            tts: false,
            nonce: None,
            at,
            edited: None,
            pinned: false,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            reactions: Vec::new(),
            reference: None,
            origin: None,
            ephemeral_for: None,
        }
    }

    /// Tells whether Discord wrote it, and not a user.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.kind, kind::PINNED | kind::JOIN)
    }
}

impl World {
    /// Returns Discord's message object as REST answers it; `me` is who looks.
    pub(crate) fn message_json(&self, channel: &Channel, message: &Message, me: Snowflake) -> Value {
        let mut object = self.bare_message_json(message);
        if !message.reactions.is_empty() {
            let reactions: Vec<Value> = message
                .reactions
                .iter()
                .map(|reaction| reaction.json(me))
                .collect();
            object["reactions"] = reactions.into();
        }
        if let Some(id) = message.reference {
            let mut reference = json!({"type": 0, "channel_id": message.channel, "message_id": id});
            if let Some(guild) = channel.guild {
                reference["guild_id"] = json!(guild);
            }
            object["message_reference"] = reference;
            if message.kind == kind::REPLY {
                let referenced = channel
                    .messages
                    .get(&id)
                    .map(|message| self.bare_message_json(message));
                object["referenced_message"] = referenced.unwrap_or(Value::Null);
            }
        }
        object
    }

    /// Returns the object as the bot may read it over REST: without content it has no intent for.
    pub(crate) fn message_for_bot(&self, channel: &Channel, message: &Message) -> Value {
        let object = self.message_json(channel, message, self.app.bot);
        if !self.app.intents.message_content && self.is_private(channel, message) {
            stripped(&object)
        } else {
            object
        }
    }

    /// Returns the object as the gateway sends it: with guild and member.
    pub(crate) fn message_event_json(&self, channel: &Channel, message: &Message) -> Value {
        let mut object = self.message_json(channel, message, self.app.bot);
        object["channel_type"] = channel.kind.into();
        let Some(guild) = channel.guild.and_then(|id| self.guilds.get(&id)) else {
            return object;
        };
        object["guild_id"] = json!(guild.id);
        if let Some(member) = guild.members.get(&message.author) {
            object["member"] = member.partial_json();
        }
        if let Some(mentions) = object["mentions"].as_array_mut() {
            for (mention, user) in mentions.iter_mut().zip(&message.mentions) {
                if let Some(member) = guild.members.get(user) {
                    mention["member"] = member.partial_json();
                }
            }
        }
        object
    }

    /// Tells whether a bot without the message content intent must not read it.
    pub(crate) fn is_private(&self, channel: &Channel, message: &Message) -> bool {
        channel.guild.is_some() && message.author != self.app.bot && !message.mentions.contains(&self.app.bot)
    }

    fn bare_message_json(&self, message: &Message) -> Value {
        let mut object = Object::new();
        let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
        put("type", message.kind.into());
        put("content", message.content.as_str().into());
        put(
            "mentions",
            message
                .mentions
                .iter()
                .map(|user| self.user_json(*user))
                .collect(),
        );
        put("mention_roles", json!(message.mention_roles));
        put("attachments", message.attachments.clone().into());
        put("embeds", message.embeds.clone().into());
        put("timestamp", iso(message.at).into());
        put("edited_timestamp", json!(message.edited.map(iso)));
        put("flags", message.flags.into());
        put("components", message.components.clone().into());
        put("id", json!(message.id));
        put("channel_id", json!(message.channel));
        put("author", self.user_json(message.author));
        put("pinned", message.pinned.into());
        put("mention_everyone", message.mention_everyone.into());
        put("tts", message.tts.into());
        if let Some(nonce) = &message.nonce {
            put("nonce", nonce.clone());
        }
        if let Some(origin) = &message.origin {
            put("application_id", json!(self.app.id));
            put("webhook_id", json!(self.app.id));
            put("interaction_metadata", self.origin_json(origin));
            if let Some(name) = &origin.name {
                put(
                    "interaction",
                    json!({"id": origin.interaction, "type": origin.kind, "name": name, "user": self.user_json(origin.user)}),
                );
            }
        }
        object.into()
    }

    fn origin_json(&self, origin: &Origin) -> Value {
        let mut metadata = json!({
            "id": origin.interaction,
            "type": origin.kind,
            "user": self.user_json(origin.user),
            "authorizing_integration_owners": {},
        });
        if let Some(name) = &origin.name {
            metadata["name"] = name.as_str().into();
            metadata["command_type"] = 1.into();
        }
        if let Some(original) = origin.original {
            metadata["original_response_message_id"] = json!(original);
        }
        if let Some(interacted) = origin.interacted {
            metadata["interacted_message_id"] = json!(interacted);
        }
        metadata
    }
}

/// Returns the message without what only the message content intent shows.
pub(crate) fn stripped(message: &Value) -> Value {
    let mut object = message.clone();
    object["content"] = "".into();
    for key in ["embeds", "attachments", "components"] {
        object[key] = json!([]);
    }
    if let Value::Object(object) = &mut object {
        object.shift_remove("poll");
        if let Some(referenced) = object
            .get_mut("referenced_message")
            .filter(|message| message.is_object())
        {
            *referenced = stripped(referenced);
        }
    }
    object
}
