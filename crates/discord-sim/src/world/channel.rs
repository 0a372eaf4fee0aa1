//! Channels: text, voice, categories, and direct messages, with their overwrites.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::message::Message;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

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

/// Whom an overwrite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Role,
    Member,
}

/// One permission overwrite.
#[derive(Debug, Clone)]
pub(crate) struct Overwrite {
    pub(crate) id: Snowflake,
    pub(crate) target: Target,
    pub(crate) allow: Permissions,
    pub(crate) deny: Permissions,
}

impl Overwrite {
    fn json(&self) -> Value {
        let kind = u8::from(self.target == Target::Member);
        json!({"id": self.id, "type": kind, "allow": self.allow, "deny": self.deny})
    }
}

/// A channel of a guild, or a direct message.
#[derive(Debug, Clone)]
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
    pub(crate) overwrites: Vec<Overwrite>,
    /// Of a direct message: both ends.
    pub(crate) recipients: Vec<Snowflake>,
    pub(crate) last_message: Option<Snowflake>,
    pub(crate) messages: BTreeMap<Snowflake, Message>,
}

impl Channel {
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
            overwrites: Vec::new(),
            recipients: Vec::new(),
            last_message: None,
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

    /// Tells whether messages can stand in it.
    pub(crate) fn holds_messages(&self) -> bool {
        !matches!(self.kind, kind::CATEGORY | kind::FORUM | kind::MEDIA)
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
        let mut object = json!({
            "id": channel.id,
            "type": channel.kind,
            "flags": 0,
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
        if channel.holds_messages() {
            object["last_message_id"] = json!(channel.last_message);
        }
        if channel.is_voice() {
            object["bitrate"] = channel.bitrate.into();
            object["user_limit"] = channel.user_limit.into();
            object["rtc_region"] = Value::Null;
        } else if channel.kind != kind::CATEGORY {
            object["topic"] = json!(channel.topic);
        }
        if matches!(channel.kind, kind::TEXT | kind::ANNOUNCEMENT) {
            object["last_pin_timestamp"] = Value::Null;
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

    /// Creates a channel in a guild.
    pub(crate) fn create_channel(
        &mut self,
        actor: Option<Snowflake>,
        guild: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        if let Some(actor) = actor {
            self.require_in_guild(guild, actor, Permissions::MANAGE_CHANNELS)?;
        }
        if self.guild_channels(self.guild(guild)?.id).count() >= limits::GUILD_CHANNELS {
            return Err(ApiError::too_many_guild_channels());
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let kind = form.integer("type", 0, 16).unwrap_or(kind::TEXT);
        if !matches!(
            kind,
            kind::TEXT
                | kind::VOICE
                | kind::CATEGORY
                | kind::ANNOUNCEMENT
                | kind::STAGE
                | kind::FORUM
                | kind::MEDIA
        ) {
            form.wrong(
                "type",
                "BASE_TYPE_CHOICES",
                "Value must be one of {0, 2, 4, 5, 13, 15, 16}.",
            );
        }
        let name = form.required_text("name", 1, 100);
        let change = ChannelChange::read(&form);
        issues.finish()?;
        self.check_parent(guild, change.parent)?;
        let (id, position) = (
            self.new_id(),
            self.guild_channels(guild)
                .filter(|channel| channel.kind == kind)
                .count(),
        );
        let mut channel = Channel::new(id, Some(guild), kind, String::new());
        channel.position = i64::try_from(position).unwrap_or(0);
        if change.overwrites.is_none()
            && let Parent::Category(parent) = change.parent
        {
            channel.overwrites.clone_from(&self.channel(parent)?.overwrites);
        }
        change.apply(&mut channel);
        channel.name = channel_name(kind, &name.unwrap_or_default());
        let view = self.channel_json(&channel);
        self.channels.insert(id, channel);
        self.channel_event("CHANNEL_CREATE", guild, id, &view);
        Ok(view)
    }

    /// Changes a channel.
    pub(crate) fn edit_channel(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let Some(guild) = channel.guild else {
            return Err(ApiError::wrong_channel_type());
        };
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_CHANNELS)?;
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.text_between("name", 1, 100);
        let change = ChannelChange::read(&form);
        issues.finish()?;
        if let Some(actor) = actor
            && change.overwrites.is_some()
        {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
        }
        self.check_parent(guild, change.parent)?;
        let channel = self.channel_mut(id)?;
        change.apply(channel);
        if let Some(name) = name {
            channel.name = channel_name(channel.kind, &name);
        }
        let view = self.channel_json(self.channel(id)?);
        self.channel_event("CHANNEL_UPDATE", guild, id, &view);
        Ok(view)
    }

    /// Deletes a channel with its messages and threads.
    pub(crate) fn delete_channel(&mut self, actor: Option<Snowflake>, id: Snowflake) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let Some(guild) = channel.guild else {
            // Closing a direct message hides it; what was said stays.
            return Ok(self.channel_json(channel));
        };
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_CHANNELS)?;
        }
        let view = self.channel_json(self.channel(id)?);
        self.channel_event("CHANNEL_DELETE", guild, id, &view);
        self.channels.remove(&id);
        self.channels
            .retain(|_, channel| !(channel.is_thread() && channel.parent == Some(id)));
        for channel in self
            .channels
            .values_mut()
            .filter(|channel| channel.parent == Some(id))
        {
            channel.parent = None;
        }
        if let Ok(guild) = self.guild_mut(guild) {
            guild.voice.retain(|_, voice| voice.channel != Some(id));
            guild.system_channel = guild.system_channel.filter(|channel| *channel != id);
        }
        Ok(view)
    }

    /// Sets one overwrite of a channel.
    pub(crate) fn set_overwrite(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        overwrite: Overwrite,
    ) -> Outcome<()> {
        let Some(guild) = self.channel(id)?.guild else {
            return Err(ApiError::wrong_channel_type());
        };
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
        }
        let known = match overwrite.target {
            Target::Role => self.guild(guild)?.roles.contains_key(&overwrite.id),
            Target::Member => self.users.contains_key(&overwrite.id),
        };
        if !known {
            return Err(ApiError::unknown_overwrite());
        }
        let channel = self.channel_mut(id)?;
        channel.overwrites.retain(|existing| existing.id != overwrite.id);
        channel.overwrites.push(overwrite);
        let view = self.channel_json(self.channel(id)?);
        self.channel_event("CHANNEL_UPDATE", guild, id, &view);
        Ok(())
    }

    /// Removes one overwrite of a channel.
    pub(crate) fn delete_overwrite(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        target: Snowflake,
    ) -> Outcome<()> {
        let Some(guild) = self.channel(id)?.guild else {
            return Err(ApiError::wrong_channel_type());
        };
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
        }
        let channel = self.channel_mut(id)?;
        let before = channel.overwrites.len();
        channel.overwrites.retain(|existing| existing.id != target);
        if channel.overwrites.len() == before {
            return Err(ApiError::unknown_overwrite());
        }
        let view = self.channel_json(self.channel(id)?);
        self.channel_event("CHANNEL_UPDATE", guild, id, &view);
        Ok(())
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
        let guild = self.require_in(id, user, Permissions::SEND_MESSAGES)?.guild;
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

    fn check_parent(&self, guild: Snowflake, parent: Parent) -> Outcome<()> {
        let Parent::Category(parent) = parent else {
            return Ok(());
        };
        let fits = self
            .channels
            .get(&parent)
            .is_some_and(|c| c.guild == Some(guild) && c.kind == kind::CATEGORY);
        if fits {
            return Ok(());
        }
        Err(ApiError::invalid_field(
            "parent_id",
            "CHANNEL_PARENT_INVALID",
            "Category does not exist",
        ))
    }

    fn channel_event(&mut self, name: &str, guild: Snowflake, id: Snowflake, view: &Value) {
        self.emit(name, Intents::GUILDS, Scope::Guild(guild), view);
        self.note(
            &name.to_ascii_lowercase(),
            Some(guild),
            Some(id),
            json!({"channel": view}),
        );
    }
}

/// What a request says about a channel's category.
#[derive(Debug, Clone, Copy)]
enum Parent {
    Unsaid,
    None,
    Category(Snowflake),
}

/// What a request says about a channel, apart from its name.
struct ChannelChange {
    topic: Option<String>,
    position: Option<i64>,
    parent: Parent,
    nsfw: Option<bool>,
    slow_mode: Option<i64>,
    user_limit: Option<i64>,
    bitrate: Option<i64>,
    overwrites: Option<Vec<Overwrite>>,
}

impl ChannelChange {
    fn read(form: &Form<'_>) -> Self {
        let overwrites = form.forms("permission_overwrites", 0, 100).map(|list| {
            list.iter()
                .filter_map(|entry| {
                    let target = match entry.raw("type") {
                        Some(kind) if *kind == json!(1) || *kind == json!("member") => Target::Member,
                        _ => Target::Role,
                    };
                    let bits = |key: &str| {
                        Permissions(entry.snowflake(key).map_or(0, |bits| bits.0)) & Permissions::ALL
                    };
                    Some(Overwrite {
                        id: entry.snowflake("id")?,
                        target,
                        allow: bits("allow"),
                        deny: bits("deny"),
                    })
                })
                .collect()
        });
        let parent = match form.snowflake("parent_id") {
            Some(category) => Parent::Category(category),
            None if form.has("parent_id") => Parent::None,
            None => Parent::Unsaid,
        };
        Self {
            topic: if form.has("topic") {
                Some(form.text("topic", 1_024).unwrap_or_default())
            } else {
                None
            },
            position: form.integer("position", 0, 10_000),
            parent,
            nsfw: form.boolean("nsfw"),
            slow_mode: form.integer("rate_limit_per_user", 0, 21_600),
            user_limit: form.integer("user_limit", 0, 99),
            bitrate: form.integer("bitrate", 8_000, 96_000),
            overwrites,
        }
    }

    fn apply(self, channel: &mut Channel) {
        if let Some(topic) = self.topic {
            channel.topic = Some(topic).filter(|topic| !topic.is_empty());
        }
        channel.position = self.position.unwrap_or(channel.position);
        match self.parent {
            Parent::Category(category) => channel.parent = Some(category),
            Parent::None => channel.parent = None,
            Parent::Unsaid => {}
        }
        channel.nsfw = self.nsfw.unwrap_or(channel.nsfw);
        channel.slow_mode = self.slow_mode.unwrap_or(channel.slow_mode);
        channel.user_limit = self.user_limit.unwrap_or(channel.user_limit);
        channel.bitrate = self.bitrate.unwrap_or(channel.bitrate);
        if let Some(overwrites) = self.overwrites {
            channel.overwrites = overwrites;
        }
    }
}

/// Writes a name as Discord does: text channels have neither spaces nor capitals.
pub(crate) fn channel_name(kind: i64, name: &str) -> String {
    if matches!(kind, kind::TEXT | kind::ANNOUNCEMENT | kind::FORUM | kind::MEDIA) {
        name.trim().to_lowercase().replace(char::is_whitespace, "-")
    } else {
        name.trim().to_owned()
    }
}
