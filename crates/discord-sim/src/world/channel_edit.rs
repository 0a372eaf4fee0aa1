//! Making, changing, ordering and deleting channels.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::{Channel, ForumTag, kind};
use super::overwrite::Overwrite;
use super::thread::ARCHIVE_MINUTES;
use super::{Outcome, Scope, World};
use crate::emoji;
use crate::error::ApiError;
use crate::form::{Form, Issues, Object, Patch};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// The kinds of channel a guild's members can make.
const KINDS: [i64; 7] = [
    kind::TEXT,
    kind::VOICE,
    kind::CATEGORY,
    kind::ANNOUNCEMENT,
    kind::STAGE,
    kind::FORUM,
    kind::MEDIA,
];
/// The keys of a channel that the audit log names.
const KEYS: &[&str] = &[
    "name",
    "type",
    "topic",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "permission_overwrites",
    "default_auto_archive_duration",
    "available_tags",
    "flags",
    "default_thread_rate_limit_per_user",
    "default_reaction_emoji",
    "default_sort_order",
];

impl World {
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
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let kind = form.one_of("type", &KINDS).unwrap_or(kind::TEXT);
        let name = form.required_text("name", 1, 100);
        let change = ChannelChange::read(&form, kind);
        issues.finish()?;
        let there = self.guild_channels(self.guild(guild)?.id);
        if there.count() >= limits::GUILD_CHANNELS {
            return Err(ApiError::too_many_guild_channels());
        }
        self.check_parent(guild, kind, change.parent)?;
        if let Some(actor) = actor {
            for overwrite in change.overwrites.iter().flatten() {
                self.require_to_overwrite(guild, None, actor, None, overwrite)?;
            }
        }
        let (id, position) = (
            self.new_id(),
            self.guild_channels(guild)
                .filter(|channel| channel.kind == kind)
                .count(),
        );
        let mut channel = Channel::new(id, Some(guild), kind, String::new());
        channel.position = i64::try_from(position).unwrap_or(0);
        if change.overwrites.is_none()
            && let Patch::Set(parent) = change.parent
        {
            channel.overwrites.clone_from(&self.channel(parent)?.overwrites);
        }
        self.apply(change, &mut channel);
        channel.name = channel_name(kind, &name.unwrap_or_default());
        let view = self.channel_json(&channel);
        self.channels.insert(id, channel);
        let deed = Deed::new(action::CHANNEL_CREATE, id).between(&Value::Null, &view, KEYS);
        self.audit(guild, actor, deed);
        self.channel_event("CHANNEL_CREATE", guild, id, &view);
        Ok(view)
    }

    /// Changes a channel or a thread.
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
        if channel.is_thread() {
            return self.edit_thread(actor, id, body);
        }
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_CHANNELS)?;
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.text_between("name", 1, 100);
        let new_kind = form.integer("type", 0, 16).filter(|new| *new != channel.kind);
        let convertible = [kind::TEXT, kind::ANNOUNCEMENT];
        if let Some(new) = new_kind
            && !(convertible.contains(&new) && convertible.contains(&channel.kind))
        {
            let text = "Cannot convert to this channel type";
            form.wrong("type", "CHANNEL_TYPE_INVALID", text);
        }
        let change = ChannelChange::read(&form, channel.kind);
        issues.finish()?;
        let channel = self.channel(id)?;
        if let Some(actor) = actor
            && let Some(overwrites) = &change.overwrites
        {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
            for overwrite in overwrites {
                let old = channel.overwrites.iter().find(|old| old.id == overwrite.id);
                self.require_to_overwrite(guild, Some(id), actor, old, overwrite)?;
            }
        }
        self.check_parent(guild, channel.kind, change.parent)?;
        let before = self.channel_json(channel);
        // Taken out and put back: a copy would carry all its messages.
        let mut channel = self.channels.remove(&id).ok_or_else(ApiError::unknown_channel)?;
        channel.kind = new_kind.unwrap_or(channel.kind);
        self.apply(change, &mut channel);
        if let Some(name) = name {
            channel.name = channel_name(channel.kind, &name);
        }
        let view = self.channel_json(&channel);
        self.channels.insert(id, channel);
        let deed = Deed::new(action::CHANNEL_UPDATE, id).between(&before, &view, KEYS);
        self.audit(guild, actor, deed);
        self.channel_event("CHANNEL_UPDATE", guild, id, &view);
        Ok(view)
    }

    /// Orders channels, and moves them between categories.
    pub(crate) fn order_channels(
        &mut self,
        actor: Snowflake,
        guild: Snowflake,
        moves: &[ChannelMove],
    ) -> Outcome<()> {
        self.require_in_guild(guild, actor, Permissions::MANAGE_CHANNELS)?;
        for moved in moves {
            let channel = self.channel(moved.id)?;
            if channel.guild != Some(guild) || channel.is_thread() {
                return Err(ApiError::unknown_channel());
            }
            self.require_in(moved.id, actor, Permissions::MANAGE_CHANNELS)?;
            self.check_parent(guild, channel.kind, moved.parent)?;
            if moved.lock_permissions {
                self.require_in(moved.id, actor, Permissions::MANAGE_ROLES)?;
            }
        }
        for moved in moves {
            let inherited = match moved.parent {
                Patch::Set(parent) if moved.lock_permissions => {
                    Some(self.channel(parent)?.overwrites.clone())
                }
                _ => None,
            };
            let channel = self.channel_mut(moved.id)?;
            channel.position = moved.position.unwrap_or(channel.position);
            moved.parent.apply(&mut channel.parent);
            channel.overwrites = inherited.unwrap_or_else(|| std::mem::take(&mut channel.overwrites));
            self.channel_changed(guild, moved.id)?;
        }
        Ok(())
    }

    /// Deletes a channel with its messages, threads, webhooks and invites.
    pub(crate) fn delete_channel(&mut self, actor: Option<Snowflake>, id: Snowflake) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let Some(guild) = channel.guild else {
            if let Some(actor) = actor {
                self.visible_channel(id, actor)?;
            }
            // Closing a direct message hides it; what was said stays.
            return Ok(self.channel_json(channel));
        };
        let thread = channel.is_thread();
        if let Some(actor) = actor {
            let needed = if thread {
                Permissions::MANAGE_THREADS
            } else {
                Permissions::MANAGE_CHANNELS
            };
            self.require_in(id, actor, needed)?;
        }
        let channel = self.channel(id)?;
        let view = self.channel_json(channel);
        if thread {
            let data =
                json!({"id": id, "guild_id": guild, "parent_id": channel.parent, "type": channel.kind});
            self.emit("THREAD_DELETE", Intents::GUILDS, Scope::Channel(id), &data);
            self.note("thread_delete", Some(guild), Some(id), data);
            let deed = Deed::new(action::THREAD_DELETE, id).between(
                &super::thread::log_view(&view),
                &Value::Null,
                super::thread::KEYS,
            );
            self.channels.remove(&id);
            self.audit(guild, actor, deed);
            return Ok(view);
        }
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
        self.webhooks.retain(|_, hook| hook.channel != id);
        self.invites.retain(|_, invite| invite.channel != id);
        if let Ok(guild) = self.guild_mut(guild) {
            guild.voice.retain(|_, voice| voice.channel != Some(id));
            guild.forget_channel(id);
        }
        let deed = Deed::new(action::CHANNEL_DELETE, id).between(&view, &Value::Null, KEYS);
        self.audit(guild, actor, deed);
        Ok(view)
    }

    /// Tells how a channel looks now.
    pub(crate) fn channel_changed(&mut self, guild: Snowflake, id: Snowflake) -> Outcome<()> {
        let view = self.channel_json(self.channel(id)?);
        self.channel_event("CHANNEL_UPDATE", guild, id, &view);
        Ok(())
    }

    fn check_parent(&self, guild: Snowflake, child: i64, parent: Patch<Snowflake>) -> Outcome<()> {
        let Patch::Set(parent) = parent else {
            return Ok(());
        };
        let refuse = |code: &str, text: &str| Err(ApiError::invalid_field("parent_id", code, text));
        let category = self.channels.get(&parent).filter(|c| c.guild == Some(guild));
        match category {
            None => refuse("CHANNEL_PARENT_INVALID", "Category does not exist"),
            Some(c) if c.kind != kind::CATEGORY => refuse("CHANNEL_PARENT_INVALID_TYPE", "Not a category"),
            Some(_) if child == kind::CATEGORY => {
                refuse("CHANNEL_PARENT_INVALID_PARENT", "Categories cannot have a parent")
            }
            Some(_) => {
                let inside = self.guild_channels(guild).filter(|c| c.parent == Some(parent));
                if inside.count() >= limits::CATEGORY_CHANNELS {
                    return refuse(
                        "CHANNEL_PARENT_MAX_CHANNELS",
                        "Maximum number of channels in category reached (50)",
                    );
                }
                Ok(())
            }
        }
    }

    pub(crate) fn channel_event(&mut self, name: &str, guild: Snowflake, id: Snowflake, view: &Value) {
        self.emit(name, Intents::GUILDS, Scope::Guild(guild), view);
        self.note(
            &name.to_ascii_lowercase(),
            Some(guild),
            Some(id),
            json!({"channel": view}),
        );
    }

    fn apply(&mut self, change: ChannelChange, channel: &mut Channel) {
        if let Some(topic) = change.topic {
            channel.topic = Some(topic).filter(|topic| !topic.is_empty());
        }
        channel.position = change.position.unwrap_or(channel.position);
        change.parent.apply(&mut channel.parent);
        channel.nsfw = change.nsfw.unwrap_or(channel.nsfw);
        channel.slow_mode = change.slow_mode.unwrap_or(channel.slow_mode);
        channel.user_limit = change.user_limit.unwrap_or(channel.user_limit);
        channel.bitrate = change.bitrate.unwrap_or(channel.bitrate);
        change.rtc_region.apply(&mut channel.rtc_region);
        channel.video_quality = change.video_quality.unwrap_or(channel.video_quality);
        channel.default_archive = change.default_archive.or(channel.default_archive);
        channel.thread_slow_mode = change.thread_slow_mode.unwrap_or(channel.thread_slow_mode);
        channel.forum.layout = change.layout.unwrap_or(channel.forum.layout);
        channel.forum.sort_order = change.sort_order.or(channel.forum.sort_order);
        change.default_reaction.apply(&mut channel.forum.default_reaction);
        if let Some(flags) = change.flags {
            channel.flags = flags & Channel::REQUIRE_TAG;
        }
        if let Some(tags) = change.tags {
            channel.forum.tags = tags
                .into_iter()
                .map(|(id, tag)| ForumTag {
                    id: id
                        .filter(|id| channel.forum.tags.iter().any(|old| old.id == *id))
                        .unwrap_or_else(|| self.new_id()),
                    ..tag
                })
                .collect();
        }
        if let Some(overwrites) = change.overwrites {
            channel.overwrites = overwrites;
        }
    }
}

/// Reads what a request says about a channel's category.
pub(crate) fn read_parent(form: &Form<'_>) -> Patch<Snowflake> {
    Patch::of(form.has("parent_id"), form.snowflake("parent_id"))
}

/// Where one channel goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChannelMove {
    pub(crate) id: Snowflake,
    pub(crate) position: Option<i64>,
    pub(crate) parent: Patch<Snowflake>,
    /// Whether it takes the overwrites of its new category.
    pub(crate) lock_permissions: bool,
}

/// What a request says about a channel, apart from its name.
struct ChannelChange {
    topic: Option<String>,
    position: Option<i64>,
    parent: Patch<Snowflake>,
    nsfw: Option<bool>,
    slow_mode: Option<i64>,
    user_limit: Option<i64>,
    bitrate: Option<i64>,
    rtc_region: Patch<String>,
    video_quality: Option<i64>,
    overwrites: Option<Vec<Overwrite>>,
    default_archive: Option<i64>,
    thread_slow_mode: Option<i64>,
    tags: Option<Vec<(Option<Snowflake>, ForumTag)>>,
    default_reaction: Patch<Value>,
    sort_order: Option<i64>,
    layout: Option<i64>,
    flags: Option<i64>,
}

impl ChannelChange {
    fn read(form: &Form<'_>, kind: i64) -> Self {
        let overwrites = form.forms("permission_overwrites", 0, 100).map(|list| {
            list.iter()
                .filter_map(|entry| Overwrite::read(entry, None))
                .collect()
        });
        // A forum's guidelines may be longer than a topic.
        let topic = if matches!(kind, kind::FORUM | kind::MEDIA) {
            4_096
        } else {
            1_024
        };
        let users = if kind == kind::STAGE { 10_000 } else { 99 };
        Self {
            topic: form
                .has("topic")
                .then(|| form.text("topic", topic).unwrap_or_default()),
            position: form.integer("position", 0, 10_000),
            parent: read_parent(form),
            nsfw: form.boolean("nsfw"),
            slow_mode: form.integer("rate_limit_per_user", 0, 21_600),
            user_limit: form.integer("user_limit", 0, users),
            bitrate: form.integer("bitrate", 8_000, 96_000),
            rtc_region: Patch::of(form.has("rtc_region"), form.text("rtc_region", 50)),
            video_quality: form.integer("video_quality_mode", 1, 2),
            overwrites,
            default_archive: form.one_of("default_auto_archive_duration", &ARCHIVE_MINUTES),
            thread_slow_mode: form.integer("default_thread_rate_limit_per_user", 0, 21_600),
            tags: form
                .forms("available_tags", 0, 20)
                .map(|tags| tags.iter().map(read_tag).collect()),
            default_reaction: Patch::of(form.has("default_reaction_emoji"), read_reaction(form)),
            sort_order: form.integer("default_sort_order", 0, 1),
            layout: form.integer("default_forum_layout", 0, 2),
            flags: form.integer("flags", 0, i64::from(i32::MAX)),
        }
    }
}

fn read_reaction(form: &Form<'_>) -> Option<Value> {
    let reaction = form.form("default_reaction_emoji")?;
    let (id, name) = (reaction.snowflake("emoji_id"), reaction.text("emoji_name", 100));
    check_emoji(&reaction, id, name.as_deref());
    Some(json!({"emoji_id": id, "emoji_name": name}))
}

fn read_tag(form: &Form<'_>) -> (Option<Snowflake>, ForumTag) {
    let tag = ForumTag {
        id: Snowflake(0),
        name: form.required_text("name", 1, 20).unwrap_or_default(),
        moderated: form.boolean("moderated").unwrap_or(false),
        emoji_id: form.snowflake("emoji_id"),
        emoji_name: form.text("emoji_name", 100),
    };
    check_emoji(form, tag.emoji_id, tag.emoji_name.as_deref());
    (form.snowflake("id"), tag)
}

fn check_emoji(form: &Form<'_>, id: Option<Snowflake>, name: Option<&str>) {
    if id.is_none() && name.is_some_and(|name| emoji::unicode(name).is_none()) {
        form.wrong("emoji_name", "INVALID_EMOJI", "Invalid emoji");
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
