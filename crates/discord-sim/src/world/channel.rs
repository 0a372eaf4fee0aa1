//! Channels: text, voice, categories, forums, threads and direct messages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::message::Message;
use super::thread::Thread;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

pub(crate) use super::channel_edit::channel_name;
pub(crate) use super::overwrite::{Overwrite, Target};

/// Channel types by Discord's number.
pub(crate) mod kind {
    pub(crate) const TEXT: i64 = 0;
    pub(crate) const DM: i64 = 1;
    pub(crate) const VOICE: i64 = 2;
    pub(crate) const CATEGORY: i64 = 4;
    pub(crate) const ANNOUNCEMENT: i64 = 5;
    pub(crate) const ANNOUNCEMENT_THREAD: i64 = 10;
    pub(crate) const PUBLIC_THREAD: i64 = 11;
    pub(crate) const PRIVATE_THREAD: i64 = 12;
    pub(crate) const STAGE: i64 = 13;
    pub(crate) const FORUM: i64 = 15;
    pub(crate) const MEDIA: i64 = 16;
}

/// What a forum has beyond other channels.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Forum {
    pub(crate) tags: Vec<ForumTag>,
    /// As Discord writes it.
    pub(crate) default_reaction: Option<Value>,
    pub(crate) sort_order: Option<i64>,
    pub(crate) layout: i64,
}

/// A tag of a forum's posts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ForumTag {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) moderated: bool,
    pub(crate) emoji_id: Option<Snowflake>,
    pub(crate) emoji_name: Option<String>,
}

impl ForumTag {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "moderated": self.moderated,
            "emoji_id": self.emoji_id,
            "emoji_name": self.emoji_name,
        })
    }
}

/// A channel of a guild, or a direct message.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: Snowflake,
    pub(crate) guild: Option<Snowflake>,
    pub(crate) kind: i64,
    pub(crate) name: String,
    pub(crate) topic: Option<String>,
    pub(crate) position: i64,
    pub(crate) parent: Option<Snowflake>,
    pub(crate) nsfw: bool,
    pub(crate) slow_mode: i64,
    pub(crate) user_limit: i64,
    pub(crate) bitrate: i64,
    pub(crate) rtc_region: Option<String>,
    /// Discord's number: 1 is automatic, 2 is full.
    pub(crate) video_quality: i64,
    /// [`Channel::PINNED`] and [`Channel::REQUIRE_TAG`].
    pub(crate) flags: i64,
    /// What new threads begin with, in minutes and seconds.
    pub(crate) default_archive: Option<i64>,
    pub(crate) thread_slow_mode: i64,
    pub(crate) forum: Forum,
    /// What makes it a thread.
    pub(crate) thread: Option<Thread>,
    pub(crate) overwrites: Vec<Overwrite>,
    /// Of a direct message: both ends.
    pub(crate) recipients: Vec<Snowflake>,
    pub(crate) last_message: Option<Snowflake>,
    pub(crate) last_pin: Option<Timestamp>,
    pub(crate) messages: BTreeMap<Snowflake, Message>,
}

impl Channel {
    /// The flag of a post that is pinned in its forum (Discord's).
    pub(crate) const PINNED: i64 = 1 << 1;
    /// The flag of a forum whose posts need a tag (Discord's).
    pub(crate) const REQUIRE_TAG: i64 = 1 << 4;

    pub(crate) fn new(id: Snowflake, guild: Option<Snowflake>, kind: i64, name: String) -> Self {
        Self {
            id,
            guild,
            kind,
            name,
            topic: None,
            position: 0,
            parent: None,
            nsfw: false,
            slow_mode: 0,
            user_limit: 0,
            bitrate: 64_000,
            rtc_region: None,
            video_quality: 1,
            flags: 0,
            default_archive: None,
            thread_slow_mode: 0,
            forum: Forum::default(),
            thread: None,
            overwrites: Vec::new(),
            recipients: Vec::new(),
            last_message: None,
            last_pin: None,
            messages: BTreeMap::new(),
        }
    }

    /// Tells whether members speak there.
    pub(crate) fn is_voice(&self) -> bool {
        matches!(self.kind, kind::VOICE | kind::STAGE)
    }

    /// Tells whether it is a thread.
    pub(crate) fn is_thread(&self) -> bool {
        matches!(
            self.kind,
            kind::ANNOUNCEMENT_THREAD | kind::PUBLIC_THREAD | kind::PRIVATE_THREAD
        )
    }

    /// Tells whether it holds posts.
    pub(crate) fn is_forum(&self) -> bool {
        matches!(self.kind, kind::FORUM | kind::MEDIA)
    }

    /// Checks that a post's tags are the forum's.
    pub(crate) fn check_tags(&self, tags: &[Snowflake]) -> Outcome<()> {
        let known = |id: &Snowflake| self.forum.tags.iter().any(|tag| tag.id == *id);
        if tags.iter().all(known) {
            return Ok(());
        }
        let text = "Tag not found";
        Err(ApiError::invalid_field("applied_tags", "UNKNOWN_TAG", text))
    }

    /// Tells whether messages can stand in it.
    pub(crate) fn holds_messages(&self) -> bool {
        !matches!(self.kind, kind::CATEGORY | kind::FORUM | kind::MEDIA)
    }

    /// Returns the permission it takes to write in it.
    pub(crate) fn send_permission(&self) -> Permissions {
        if self.is_thread() {
            Permissions::SEND_MESSAGES_IN_THREADS
        } else {
            Permissions::SEND_MESSAGES
        }
    }

    /// Keeps a message, and lets the oldest go when there are too many.
    pub(crate) fn keep(&mut self, message: Message) {
        if message.ephemeral_for.is_none() {
            self.last_message = Some(message.id);
        }
        self.messages.insert(message.id, message);
        while self.messages.len() > limits::CHANNEL_MESSAGES {
            self.messages.pop_first();
        }
    }

    /// Returns a message everybody in the channel can see.
    pub(crate) fn public_message(&self, id: Snowflake) -> Outcome<&Message> {
        self.messages
            .get(&id)
            .filter(|message| message.ephemeral_for.is_none())
            .ok_or_else(ApiError::unknown_message)
    }
}

impl World {
    /// Returns a channel that must exist.
    pub(crate) fn channel(&self, id: Snowflake) -> Outcome<&Channel> {
        self.channels.get(&id).ok_or_else(ApiError::unknown_channel)
    }

    /// Returns a channel to change.
    pub(crate) fn channel_mut(&mut self, id: Snowflake) -> Outcome<&mut Channel> {
        self.channels.get_mut(&id).ok_or_else(ApiError::unknown_channel)
    }

    /// Returns the guild's channels without threads.
    pub(crate) fn guild_channels(&self, guild: Snowflake) -> impl Iterator<Item = &Channel> {
        self.channels
            .values()
            .filter(move |channel| channel.guild == Some(guild) && !channel.is_thread())
    }

    /// Returns the guild's threads.
    pub(crate) fn guild_threads(&self, guild: Snowflake) -> impl Iterator<Item = &Channel> {
        self.channels
            .values()
            .filter(move |channel| channel.guild == Some(guild) && channel.is_thread())
    }

    /// Returns Discord's channel object.
    pub(crate) fn channel_json(&self, channel: &Channel) -> Value {
        let Some(guild) = channel.guild else {
            let others = channel.recipients.iter().filter(|user| **user != self.app.bot);
            return json!({
                "id": channel.id,
                "type": channel.kind,
                "last_message_id": channel.last_message,
                "flags": 0,
                "recipients": others.map(|user| self.user_json(*user)).collect::<Vec<_>>(),
            });
        };
        if let Some(thread) = &channel.thread {
            return channel.thread_json(thread);
        }
        let mut object = json!({
            "id": channel.id,
            "type": channel.kind,
            "flags": channel.flags,
            "guild_id": guild,
            "name": channel.name,
            "parent_id": channel.parent,
            "position": channel.position,
            "permission_overwrites": channel.overwrites.iter().map(Overwrite::json).collect::<Vec<_>>(),
        });
        if channel.kind != kind::CATEGORY {
            object["nsfw"] = channel.nsfw.into();
            object["rate_limit_per_user"] = channel.slow_mode.into();
        }
        if channel.kind != kind::CATEGORY {
            object["last_message_id"] = json!(channel.last_message);
        }
        if channel.is_voice() {
            object["bitrate"] = channel.bitrate.into();
            object["user_limit"] = channel.user_limit.into();
            object["rtc_region"] = json!(channel.rtc_region);
            object["video_quality_mode"] = channel.video_quality.into();
        } else if channel.kind != kind::CATEGORY {
            object["topic"] = json!(channel.topic);
            if let Some(minutes) = channel.default_archive {
                object["default_auto_archive_duration"] = minutes.into();
            }
            if channel.thread_slow_mode > 0 || channel.is_forum() {
                object["default_thread_rate_limit_per_user"] = channel.thread_slow_mode.into();
            }
        }
        if matches!(channel.kind, kind::TEXT | kind::ANNOUNCEMENT) {
            object["last_pin_timestamp"] = json!(channel.last_pin.map(iso));
        }
        if channel.is_forum() {
            object["available_tags"] = channel.forum.tags.iter().map(ForumTag::json).collect();
            object["default_reaction_emoji"] = json!(channel.forum.default_reaction);
            object["default_sort_order"] = json!(channel.forum.sort_order);
            if channel.kind == kind::FORUM {
                object["default_forum_layout"] = channel.forum.layout.into();
            }
        }
        object
    }

    /// Returns the object as it stands inside GUILD_CREATE, where the guild goes without saying.
    pub(crate) fn guild_create_channel(&self, channel: &Channel) -> Value {
        let mut object = self.channel_json(channel);
        if let Value::Object(object) = &mut object {
            object.shift_remove("guild_id");
        }
        object
    }

    /// Opens the direct message between the bot and a user.
    pub(crate) fn open_direct_message(&mut self, user: Snowflake) -> Outcome<Value> {
        let recipient = self.user(user)?;
        if recipient.bot {
            return Err(ApiError::cannot_message_user());
        }
        let bot = self.app.bot;
        let open = |channel: &&Channel| channel.kind == kind::DM && channel.recipients.contains(&user);
        if let Some(channel) = self.channels.values().find(open) {
            return Ok(self.channel_json(channel));
        }
        let mut channel = Channel::new(self.new_id(), None, kind::DM, String::new());
        channel.recipients = vec![bot, user];
        let view = self.channel_json(&channel);
        self.channels.insert(channel.id, channel);
        Ok(view)
    }

    /// Tells that somebody is typing.
    pub(crate) fn start_typing(&mut self, id: Snowflake, user: Snowflake) -> Outcome<()> {
        let needed = self.channel(id)?.send_permission();
        let channel = self.require_in(id, user, needed)?;
        if !channel.holds_messages() {
            return Err(ApiError::not_a_text_channel());
        }
        let guild = channel.guild;
        let mut data = json!({"channel_id": id, "user_id": user, "timestamp": self.now().as_second()});
        let mut needs = Intents::DIRECT_MESSAGE_TYPING;
        if let Some(guild_id) = guild {
            needs = Intents::GUILD_MESSAGE_TYPING;
            data["guild_id"] = json!(guild_id);
            if let Some(member) = self.guild(guild_id)?.members.get(&user) {
                data["member"] = self.member_json(member);
            }
        }
        self.emit("TYPING_START", needs, Scope::Channel(id), &data);
        self.note("typing_start", guild, Some(id), json!({"user_id": user}));
        Ok(())
    }
}
