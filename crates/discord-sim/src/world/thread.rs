//! Threads: what they have beyond other channels, and how they begin.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::{Channel, kind};
use super::files::Upload;
use super::message::{HAS_THREAD, Message, Pointer, kind as message_kind};
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::message::MessageForm;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// After how many quiet minutes a thread can archive itself (Discord's).
pub(crate) const ARCHIVE_MINUTES: [i64; 4] = [60, 1_440, 4_320, 10_080];
/// Members Discord counts; it stops there (Discord's).
const COUNTED_MEMBERS: usize = 50;
/// The keys of a thread that the audit log names.
pub(crate) const KEYS: &[&str] = &[
    "name",
    "type",
    "archived",
    "locked",
    "auto_archive_duration",
    "rate_limit_per_user",
    "invitable",
    "flags",
    "applied_tags",
];

/// What a thread has beyond other channels.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Thread {
    pub(crate) owner: Snowflake,
    pub(crate) created_at: Timestamp,
    pub(crate) archived: bool,
    /// When `archived` changed last.
    pub(crate) archived_at: Timestamp,
    /// When somebody wrote last, or unarchived it.
    pub(crate) active_at: Timestamp,
    /// One of [`ARCHIVE_MINUTES`].
    pub(crate) archive_after: i64,
    pub(crate) locked: bool,
    /// Of a private thread: whether its members may add others.
    pub(crate) invitable: bool,
    /// Who follows it, and since when.
    pub(crate) members: BTreeMap<Snowflake, Timestamp>,
    pub(crate) messages_sent: u64,
    pub(crate) tags: Vec<Snowflake>,
}

impl Thread {
    pub(crate) fn new(owner: Snowflake, at: Timestamp) -> Self {
        Self {
            owner,
            created_at: at,
            archived: false,
            archived_at: at,
            active_at: at,
            archive_after: 4_320,
            locked: false,
            invitable: true,
            members: BTreeMap::from([(owner, at)]),
            messages_sent: 0,
            tags: Vec::new(),
        }
    }

    /// Returns when it archives itself, if it is not archived.
    pub(crate) fn archives_at(&self) -> Option<Timestamp> {
        let end = self
            .active_at
            .saturating_add(SignedDuration::from_mins(self.archive_after))
            .unwrap_or(Timestamp::MAX);
        (!self.archived).then_some(end)
    }
}

impl Channel {
    /// Returns Discord's thread object as somebody without a place in it sees it.
    pub(crate) fn thread_json(&self, thread: &Thread) -> Value {
        let mut metadata = json!({
            "archived": thread.archived,
            "archive_timestamp": iso(thread.archived_at),
            "auto_archive_duration": thread.archive_after,
            "locked": thread.locked,
            "create_timestamp": iso(thread.created_at),
        });
        if self.kind == kind::PRIVATE_THREAD {
            metadata["invitable"] = thread.invitable.into();
        }
        // The message a thread began with is not counted, and a forum post's first one is.
        let count = self
            .messages
            .values()
            .filter(|message| message.kind != message_kind::THREAD_STARTER)
            .count();
        let mut view = json!({
            "id": self.id,
            "type": self.kind,
            "last_message_id": self.last_message,
            "flags": self.flags,
            "guild_id": self.guild,
            "name": self.name,
            "parent_id": self.parent,
            "rate_limit_per_user": self.slow_mode,
            "bitrate": 64_000,
            "user_limit": 0,
            "rtc_region": null,
            "owner_id": thread.owner,
            "thread_metadata": metadata,
            "message_count": count,
            "member_count": thread.members.len().min(COUNTED_MEMBERS),
            "total_message_sent": thread.messages_sent,
        });
        if !thread.tags.is_empty() {
            view["applied_tags"] = json!(thread.tags);
        }
        view
    }
}

impl World {
    /// Returns the object as a user sees it: with its own place in it.
    pub(crate) fn thread_json_for(&self, channel: &Channel, user: Snowflake) -> Value {
        let mut view = self.channel_json(channel);
        if let Some(member) = thread_member_json(channel, user) {
            view["member"] = member;
        }
        view
    }

    /// Starts a thread at a message.
    pub(crate) fn start_thread_at(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        message_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let channel = self.visible_channel(channel_id, actor)?;
        let kind = match channel.kind {
            kind::TEXT => kind::PUBLIC_THREAD,
            kind::ANNOUNCEMENT => kind::ANNOUNCEMENT_THREAD,
            _ => return Err(ApiError::wrong_channel_type()),
        };
        let message = channel.public_message(message_id)?;
        if message.is_system() {
            return Err(ApiError::system_message());
        }
        self.require_in(channel_id, actor, Permissions::CREATE_PUBLIC_THREADS)?;
        self.require_in(channel_id, actor, Permissions::READ_MESSAGE_HISTORY)?;
        let issues = Issues::default();
        let change = ThreadForm::read(&Form::new(body, &issues));
        issues.finish()?;
        if self.channels.contains_key(&message_id) {
            return Err(ApiError::thread_exists());
        }
        let thread = self.new_thread(actor, channel_id, message_id, kind, change)?;
        self.message_mut(channel_id, message_id)?.flags |= HAS_THREAD;
        let view = self.open_thread(actor, thread)?;
        self.message_changed(channel_id, message_id)?;
        // The thread opens with a pointer at the message it began with.
        let mut starter = Message::new(self.new_id(), message_id, actor, self.now());
        starter.kind = message_kind::THREAD_STARTER;
        starter.reference = Some(Pointer::to(channel_id, message_id));
        self.post(starter)?;
        Ok(view)
    }

    /// Starts a thread of its own in a text channel, or a post in a forum.
    pub(crate) fn start_thread(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        body: &Object,
        uploads: Vec<Upload>,
    ) -> Outcome<Value> {
        let parent = self.visible_channel(channel_id, actor)?;
        if matches!(parent.kind, kind::FORUM | kind::MEDIA) {
            return self.start_post(actor, channel_id, body, uploads);
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let kind = form.integer("type", 0, 16).unwrap_or(kind::PRIVATE_THREAD);
        let (fits, needed) = match (parent.kind, kind) {
            (kind::ANNOUNCEMENT, kind::ANNOUNCEMENT_THREAD) | (kind::TEXT, kind::PUBLIC_THREAD) => {
                (true, Permissions::CREATE_PUBLIC_THREADS)
            }
            (kind::TEXT, kind::PRIVATE_THREAD) => (true, Permissions::CREATE_PRIVATE_THREADS),
            (kind::ANNOUNCEMENT | kind::TEXT, _) => (false, Permissions::NONE),
            _ => return Err(ApiError::wrong_channel_type()),
        };
        if !fits {
            let text = "Value is not a thread type of this channel.";
            form.wrong("type", "BASE_TYPE_CHOICES", text);
        }
        let change = ThreadForm::read(&form);
        issues.finish()?;
        self.require_in(channel_id, actor, needed)?;
        let id = self.new_id();
        let thread = self.new_thread(actor, channel_id, id, kind, change)?;
        let name = thread.name.clone();
        let view = self.open_thread(actor, thread)?;
        if kind != kind::PRIVATE_THREAD {
            let mut news = Message::new(self.new_id(), channel_id, actor, self.now());
            news.kind = message_kind::THREAD_CREATED;
            news.content = name;
            news.reference = Some(Pointer::at_channel(id));
            self.post(news)?;
        }
        Ok(view)
    }

    /// Starts a post: a thread whose first message comes with it.
    fn start_post(
        &mut self,
        actor: Snowflake,
        parent: Snowflake,
        body: &Object,
        uploads: Vec<Upload>,
    ) -> Outcome<Value> {
        self.require_in(parent, actor, Permissions::SEND_MESSAGES)?;
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let change = ThreadForm::read(&form);
        let message = form.form("message");
        if form.raw("message").is_none() {
            form.missing("message");
        }
        let message = message.map(|form| form.object().clone()).unwrap_or_default();
        issues.finish()?;
        let message = MessageForm::read(&message, &["message"])?;
        let id = self.open_post(actor, parent, change)?;
        // Who may begin a post may write its first message.
        let composed = self.compose(actor, id, id, Permissions::SEND_MESSAGES, message, uploads);
        self.publish_post(actor, id, composed)?;
        let channel = self.channel(id)?;
        let mut view = self.thread_json_for(channel, actor);
        if let Some(first) = channel.messages.get(&id) {
            view["message"] = self.message_json(channel, first, actor);
        }
        Ok(view)
    }

    /// Announces a post with its first message, or forgets it when there is none: nobody was told yet.
    pub(crate) fn publish_post(
        &mut self,
        actor: Snowflake,
        id: Snowflake,
        composed: Outcome<Message>,
    ) -> Outcome<()> {
        let first = match composed {
            Ok(first) => first,
            Err(error) => {
                self.channels.remove(&id);
                return Err(error);
            }
        };
        self.announce_thread(actor, id)?;
        self.write_in_thread(None, id)?;
        self.post(first)
    }

    /// Makes room for a post; its first message, which gets its id, announces it.
    pub(crate) fn open_post(
        &mut self,
        actor: Snowflake,
        forum: Snowflake,
        change: ThreadForm,
    ) -> Outcome<Snowflake> {
        let parent = self.channel(forum)?;
        if !matches!(parent.kind, kind::FORUM | kind::MEDIA) {
            return Err(ApiError::wrong_channel_type());
        }
        let tags = change.tags.clone().unwrap_or_default();
        parent.check_tags(&tags)?;
        if tags.is_empty() && parent.flags & Channel::REQUIRE_TAG != 0 {
            return Err(ApiError::tag_required());
        }
        let id = self.new_id();
        let thread = self.new_thread(actor, forum, id, kind::PUBLIC_THREAD, change)?;
        self.channels.insert(id, thread);
        Ok(id)
    }

    fn new_thread(
        &mut self,
        actor: Snowflake,
        parent_id: Snowflake,
        id: Snowflake,
        kind: i64,
        form: ThreadForm,
    ) -> Outcome<Channel> {
        let now = self.now();
        let parent = self.channel(parent_id)?;
        let guild = parent.guild.ok_or_else(ApiError::wrong_channel_type)?;
        let (quiet, slow) = (parent.default_archive, parent.thread_slow_mode);
        let open = |thread: &&Channel| thread.thread.as_ref().is_some_and(|thread| !thread.archived);
        if self.guild_threads(guild).filter(open).count() >= limits::ACTIVE_THREADS {
            return Err(ApiError::too_many_threads());
        }
        if self.guild_threads(guild).count() >= limits::GUILD_THREADS {
            return Err(ApiError::too_many_threads());
        }
        let mut channel = Channel::new(id, Some(guild), kind, form.name.unwrap_or_default());
        channel.parent = Some(parent_id);
        channel.slow_mode = form.slow_mode.unwrap_or(slow);
        let mut thread = Thread::new(actor, now);
        thread.archive_after = form.archive_after.or(quiet).unwrap_or(4_320);
        thread.invitable = form.invitable.unwrap_or(true);
        thread.tags = form.tags.unwrap_or_default();
        channel.thread = Some(thread);
        Ok(channel)
    }

    /// Keeps a thread and tells everybody who can see it.
    fn open_thread(&mut self, actor: Snowflake, channel: Channel) -> Outcome<Value> {
        let id = channel.id;
        self.channels.insert(id, channel);
        self.announce_thread(actor, id)
    }

    /// Tells everybody who can see it that a thread has begun.
    pub(crate) fn announce_thread(&mut self, actor: Snowflake, id: Snowflake) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let guild = channel.guild.ok_or_else(ApiError::wrong_channel_type)?;
        let view = self.thread_json_for(channel, actor);
        let mut data = self.thread_json_for(channel, self.app.bot);
        data["newly_created"] = true.into();
        self.emit("THREAD_CREATE", Intents::GUILDS, Scope::Channel(id), &data);
        self.note("thread_create", Some(guild), Some(id), json!({"thread": view}));
        let deed = Deed::new(action::THREAD_CREATE, id).between(&Value::Null, &log_view(&view), KEYS);
        self.audit(guild, Some(actor), deed);
        self.thread_members_changed(id, &[actor], &[])?;
        self.deadlines.notify_one();
        Ok(view)
    }
}

/// Returns Discord's thread member object, or `None` when the user is not in the thread.
pub(crate) fn thread_member_json(channel: &Channel, user: Snowflake) -> Option<Value> {
    let joined = channel.thread.as_ref()?.members.get(&user)?;
    Some(json!({
        "id": channel.id,
        "user_id": user,
        "join_timestamp": iso(*joined),
        "flags": 0,
    }))
}

/// Returns a thread object flattened as the audit log names its keys.
pub(crate) fn log_view(view: &Value) -> Value {
    let mut flat = view.clone();
    for key in ["archived", "locked", "auto_archive_duration", "invitable"] {
        flat[key] = view["thread_metadata"][key].clone();
    }
    flat
}

/// What a request says about a thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct ThreadForm {
    pub(crate) name: Option<String>,
    pub(crate) archive_after: Option<i64>,
    pub(crate) slow_mode: Option<i64>,
    pub(crate) invitable: Option<bool>,
    pub(crate) tags: Option<Vec<Snowflake>>,
}

impl ThreadForm {
    /// Reads a new thread.
    pub(crate) fn read(form: &Form<'_>) -> Self {
        Self {
            name: form.required_text("name", 1, 100),
            ..Self::settings(form)
        }
    }

    /// Reads what can also be changed later.
    pub(crate) fn settings(form: &Form<'_>) -> Self {
        Self {
            name: form.text_between("name", 1, 100),
            archive_after: form.one_of("auto_archive_duration", &ARCHIVE_MINUTES),
            slow_mode: form.integer("rate_limit_per_user", 0, 21_600),
            invitable: form.boolean("invitable"),
            tags: form.snowflakes("applied_tags", 5),
        }
    }
}
