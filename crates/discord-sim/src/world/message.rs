//! Messages as they are kept, and their JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;
use super::channel::Channel;
use super::reaction::Reaction;
use crate::clock::iso;
use crate::form::Object;
use crate::form::message::SUPPRESS_EMBEDS;
use crate::id::Snowflake;

/// Message types by Discord's number.
pub(crate) mod kind {
    pub(crate) const DEFAULT: i64 = 0;
    pub(crate) const PINNED: i64 = 6;
    pub(crate) const REPLY: i64 = 19;
    pub(crate) const THREAD_CREATED: i64 = 18;
    pub(crate) const CHAT_COMMAND: i64 = 20;
    pub(crate) const THREAD_STARTER: i64 = 21;
    pub(crate) const MENU_COMMAND: i64 = 23;
}

/// The flag of a message that was passed on to followers (Discord's).
pub(crate) const CROSSPOSTED: u64 = 1;
/// The flag of a message that came from a followed channel (Discord's).
pub(crate) const IS_CROSSPOST: u64 = 1 << 1;
/// The flag of a message with a thread (Discord's).
pub(crate) const HAS_THREAD: u64 = 1 << 5;

/// Where a message points: at another one, or at a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Pointer {
    pub(crate) channel: Snowflake,
    pub(crate) message: Option<Snowflake>,
}

impl Pointer {
    pub(crate) fn to(channel: Snowflake, message: Snowflake) -> Self {
        Self {
            channel,
            message: Some(message),
        }
    }

    pub(crate) fn at_channel(channel: Snowflake) -> Self {
        Self {
            channel,
            message: None,
        }
    }
}

/// A webhook as the author of one message.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct HookAuthor {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) avatar: Option<String>,
    pub(crate) application: Option<Snowflake>,
}

impl HookAuthor {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "username": self.name,
            "avatar": self.avatar,
            "discriminator": "0000",
            "public_flags": 0,
            "flags": 0,
            "bot": true,
            "global_name": null,
            "primary_guild": null,
        })
    }
}

/// The interaction a message answers.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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
    /// Since when.
    pub(crate) pinned: Option<Timestamp>,
    pub(crate) mentions: Vec<Snowflake>,
    pub(crate) mention_roles: Vec<Snowflake>,
    pub(crate) mention_everyone: bool,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) reference: Option<Pointer>,
    /// Set when a webhook wrote it.
    pub(crate) hook: Option<HookAuthor>,
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
            pinned: None,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            reactions: Vec::new(),
            reference: None,
            hook: None,
            origin: None,
            ephemeral_for: None,
        }
    }

    /// Tells whether Discord wrote it, and not a user.
    pub(crate) fn is_system(&self) -> bool {
        !matches!(self.kind, kind::DEFAULT | kind::REPLY | kind::CHAT_COMMAND)
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
        if let Some(pointer) = message.reference {
            let mut reference = json!({"type": 0, "channel_id": pointer.channel});
            if let Some(id) = pointer.message {
                reference["message_id"] = json!(id);
            }
            let target = self.channels.get(&pointer.channel);
            if let Some(guild) = target.and_then(|target| target.guild).or(channel.guild) {
                reference["guild_id"] = json!(guild);
            }
            object["message_reference"] = reference;
            if matches!(message.kind, kind::REPLY | kind::THREAD_STARTER) {
                let referenced = pointer
                    .message
                    .and_then(|id| target?.messages.get(&id))
                    .map(|message| self.bare_message_json(message));
                object["referenced_message"] = referenced.unwrap_or(Value::Null);
            }
        }
        if message.flags & HAS_THREAD != 0
            && let Some(thread) = self.channels.get(&message.id)
        {
            object["thread"] = self.channel_json(thread);
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
        // Suppressed embeds are kept, so that they can be shown again.
        let embeds = if message.flags & SUPPRESS_EMBEDS == 0 {
            message.embeds.clone()
        } else {
            Vec::new()
        };
        put("embeds", embeds.into());
        put("timestamp", iso(message.at).into());
        put("edited_timestamp", json!(message.edited.map(iso)));
        put("flags", message.flags.into());
        put("components", message.components.clone().into());
        put("id", json!(message.id));
        put("channel_id", json!(message.channel));
        let author = message.hook.as_ref().map(HookAuthor::json);
        put("author", author.unwrap_or_else(|| self.user_json(message.author)));
        put("pinned", message.pinned.is_some().into());
        put("mention_everyone", message.mention_everyone.into());
        put("tts", message.tts.into());
        if let Some(nonce) = &message.nonce {
            put("nonce", nonce.clone());
        }
        if let Some(hook) = &message.hook {
            put("webhook_id", json!(hook.id));
            if let Some(application) = hook.application {
                put("application_id", json!(application));
            }
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
