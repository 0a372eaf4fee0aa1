//! Threads after their beginning: members, settings, archiving and the lists.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::{Channel, kind};
use super::thread::{KEYS, Thread, ThreadForm, log_view, thread_member_json};
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// Which archived threads a list shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Archived {
    /// Public ones, archived before a time.
    Public(Option<Timestamp>),
    /// Private ones, archived before a time.
    Private(Option<Timestamp>),
    /// Private ones the user is in, with an id below one.
    JoinedPrivate(Option<Snowflake>),
}

impl World {
    /// Returns a thread that must exist.
    pub(crate) fn visible_thread(&self, id: Snowflake, user: Snowflake) -> Outcome<&Channel> {
        let channel = self.visible_channel(id, user)?;
        if channel.is_thread() {
            Ok(channel)
        } else {
            Err(ApiError::wrong_channel_type())
        }
    }

    /// Adds somebody to a thread, or lets `actor` join it.
    pub(crate) fn join_thread(&mut self, actor: Snowflake, id: Snowflake, user: Snowflake) -> Outcome<()> {
        let channel = self.visible_thread(id, actor)?;
        let permissions = self.permissions_in(channel, actor);
        let guild = channel.guild.unwrap_or(id);
        let Some(thread) = &channel.thread else {
            return Err(ApiError::wrong_channel_type());
        };
        if thread.archived {
            return Err(ApiError::thread_archived());
        }
        if actor != user {
            let closed = channel.kind == kind::PRIVATE_THREAD
                && !thread.invitable
                && thread.owner != actor
                && !permissions.has(Permissions::MANAGE_THREADS);
            if closed || !permissions.has(Permissions::SEND_MESSAGES_IN_THREADS) {
                return Err(ApiError::missing_permissions());
            }
            self.member(guild, user)?;
        }
        let (now, full) = (self.now(), thread.members.len() >= limits::THREAD_MEMBERS);
        if thread.members.contains_key(&user) {
            return Ok(());
        }
        if full {
            return Err(ApiError::too_many_thread_members());
        }
        if let Some(thread) = &mut self.channel_mut(id)?.thread {
            thread.members.insert(user, now);
        }
        self.thread_members_changed(id, &[user], &[])
    }

    /// Removes somebody from a thread, or lets `actor` leave it.
    pub(crate) fn leave_thread(&mut self, actor: Snowflake, id: Snowflake, user: Snowflake) -> Outcome<()> {
        let channel = self.visible_thread(id, actor)?;
        let manages = self
            .permissions_in(channel, actor)
            .has(Permissions::MANAGE_THREADS);
        let Some(thread) = &channel.thread else {
            return Err(ApiError::wrong_channel_type());
        };
        if thread.archived {
            return Err(ApiError::thread_archived());
        }
        let own = channel.kind == kind::PRIVATE_THREAD && thread.owner == actor;
        if actor != user && !manages && !own {
            return Err(ApiError::missing_permissions());
        }
        if !thread.members.contains_key(&user) {
            return if actor == user {
                Ok(())
            } else {
                Err(ApiError::unknown_member())
            };
        }
        // Told first: who leaves a private thread does not see it any more.
        let data = self.thread_members_data(id, &[], &[user], -1)?;
        self.emit_members_update(id, &data, user == self.app.bot);
        if let Some(thread) = &mut self.channel_mut(id)?.thread {
            thread.members.remove(&user);
        }
        Ok(())
    }

    /// Tells who came into a thread and who left.
    pub(crate) fn thread_members_changed(
        &mut self,
        id: Snowflake,
        added: &[Snowflake],
        removed: &[Snowflake],
    ) -> Outcome<()> {
        let own = added.contains(&self.app.bot) || removed.contains(&self.app.bot);
        let data = self.thread_members_data(id, added, removed, 0)?;
        self.emit_members_update(id, &data, own);
        Ok(())
    }

    fn emit_members_update(&mut self, id: Snowflake, data: &Value, own: bool) {
        // Without the members intent an app hears of itself only.
        let needs = if own {
            Intents::GUILDS | Intents::GUILD_MEMBERS
        } else {
            Intents::GUILD_MEMBERS
        };
        let guild = self.channels.get(&id).and_then(|channel| channel.guild);
        self.emit("THREAD_MEMBERS_UPDATE", needs, Scope::Channel(id), data);
        let noted = json!({
            "added": data["added_members"].as_array().into_iter().flatten().map(|member| &member["user_id"]).collect::<Vec<_>>(),
            "removed": data["removed_member_ids"],
        });
        self.note("thread_members_update", guild, Some(id), noted);
    }

    fn thread_members_data(
        &self,
        id: Snowflake,
        added: &[Snowflake],
        removed: &[Snowflake],
        leaving: i64,
    ) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let Some(thread) = &channel.thread else {
            return Err(ApiError::wrong_channel_type());
        };
        let count = i64::try_from(thread.members.len()).unwrap_or(0) + leaving;
        let mut data = json!({
            "id": id,
            "guild_id": channel.guild,
            "member_count": count.clamp(0, 50),
        });
        if !added.is_empty() {
            let members = added.iter().filter_map(|user| {
                let mut view = thread_member_json(channel, *user)?;
                let guild = self.guilds.get(&channel.guild?)?;
                view["member"] = self.member_json(guild.members.get(user)?);
                view["presence"] = Value::Null;
                Some(view)
            });
            data["added_members"] = members.collect();
        }
        if !removed.is_empty() {
            data["removed_member_ids"] = json!(removed);
        }
        Ok(data)
    }

    /// Changes a thread's settings.
    pub(crate) fn edit_thread(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let change = ThreadForm::settings(&form);
        let (archived, locked) = (form.boolean("archived"), form.boolean("locked"));
        let flags = form.integer("flags", 0, i64::from(i32::MAX));
        issues.finish()?;
        let channel = self.channel(id)?;
        let Some(thread) = &channel.thread else {
            return Err(ApiError::wrong_channel_type());
        };
        if let Some(tags) = &change.tags
            && let Some(parent) = channel.parent
        {
            self.channel(parent)?.check_tags(tags)?;
        }
        if let Some(actor) = actor {
            let permissions = self.permissions_in(self.visible_channel(id, actor)?, actor);
            let opens = archived == Some(false) && thread.archived;
            let only_opens = opens && body.len() == 1;
            let own = thread.owner == actor && !thread.locked;
            let for_managers = locked.is_some() || change.slow_mode.is_some() || flags.is_some();
            let may = permissions.has(Permissions::MANAGE_THREADS)
                || (own && !for_managers)
                || (only_opens && !thread.locked && permissions.has(Permissions::SEND_MESSAGES_IN_THREADS));
            if !may {
                return Err(ApiError::missing_permissions());
            }
        }
        if thread.archived && archived != Some(false) {
            return Err(ApiError::thread_archived());
        }
        let before = self.channel_json(channel);
        let now = self.now();
        let channel = self.channel_mut(id)?;
        channel.name = change.name.unwrap_or_else(|| std::mem::take(&mut channel.name));
        channel.slow_mode = change.slow_mode.unwrap_or(channel.slow_mode);
        channel.flags = flags.map_or(channel.flags, |flags| flags & Channel::PINNED);
        if let Some(thread) = &mut channel.thread {
            thread.archive_after = change.archive_after.unwrap_or(thread.archive_after);
            thread.invitable = change.invitable.unwrap_or(thread.invitable);
            thread.locked = locked.unwrap_or(thread.locked);
            thread.tags = change.tags.unwrap_or_else(|| std::mem::take(&mut thread.tags));
            if let Some(archived) = archived.filter(|archived| *archived != thread.archived) {
                thread.archived = archived;
                thread.archived_at = now;
                thread.active_at = now;
            }
        }
        self.thread_changed(actor, id, &before)
    }

    /// Tells how a thread looks now.
    fn thread_changed(&mut self, actor: Option<Snowflake>, id: Snowflake, before: &Value) -> Outcome<Value> {
        let channel = self.channel(id)?;
        let guild = channel.guild.unwrap_or(id);
        let data = self.thread_json_for(channel, self.app.bot);
        let view = self.channel_json(channel);
        self.emit("THREAD_UPDATE", Intents::GUILDS, Scope::Channel(id), &data);
        self.note("thread_update", Some(guild), Some(id), json!({"thread": view}));
        if let Some(actor) = actor {
            let deed =
                Deed::new(action::THREAD_UPDATE, id).between(&log_view(before), &log_view(&view), KEYS);
            self.audit(guild, Some(actor), deed);
        }
        self.deadlines.notify_one();
        Ok(data)
    }

    /// Wakes an archived thread because somebody writes in it, and lets whoever writes follow it.
    ///
    /// A locked one takes messages from its managers alone.
    pub(crate) fn write_in_thread(&mut self, actor: Option<Snowflake>, id: Snowflake) -> Outcome<()> {
        let now = self.now();
        let channel = self.channel(id)?;
        let Some(thread) = &channel.thread else {
            return Ok(());
        };
        if let Some(actor) = actor
            && thread.locked
            && !self
                .permissions_in(channel, actor)
                .has(Permissions::MANAGE_THREADS)
        {
            return Err(ApiError::thread_locked());
        }
        let joins = actor.filter(|actor| !thread.members.contains_key(actor));
        let before = thread.archived.then(|| self.channel_json(channel));
        let known = self.channel(id)?.guild.and_then(|guild| self.guilds.get(&guild));
        let joins = joins.filter(|user| known.is_some_and(|guild| guild.members.contains_key(user)));
        if let Some(thread) = &mut self.channel_mut(id)?.thread {
            if thread.archived {
                thread.archived = false;
                thread.archived_at = now;
            }
            if let Some(user) = joins.filter(|_| thread.members.len() < limits::THREAD_MEMBERS) {
                thread.members.insert(user, now);
            }
        }
        if let Some(before) = before {
            self.thread_changed(None, id, &before)?;
        }
        if let Some(user) = joins {
            self.thread_members_changed(id, &[user], &[])?;
        }
        Ok(())
    }

    /// Refuses what an archived thread does not take.
    pub(crate) fn require_unarchived(channel: &Channel) -> Outcome<()> {
        match &channel.thread {
            Some(thread) if thread.archived => Err(ApiError::thread_archived()),
            _ => Ok(()),
        }
    }

    /// Archives every thread that was quiet for long enough.
    pub(crate) fn archive_quiet_threads(&mut self) {
        let now = self.now();
        let due: Vec<(Snowflake, Value)> = self
            .channels
            .values()
            .filter(|channel| {
                let end = channel.thread.as_ref().and_then(Thread::archives_at);
                end.is_some_and(|end| end <= now)
            })
            .map(|channel| (channel.id, self.channel_json(channel)))
            .collect();
        for (id, before) in due {
            if let Some(thread) = self
                .channels
                .get_mut(&id)
                .and_then(|channel| channel.thread.as_mut())
            {
                thread.archived = true;
                thread.archived_at = now;
            }
            // The thread was there a moment ago, under the same lock.
            let _ = self.thread_changed(None, id, &before);
        }
    }

    /// Returns when the next quiet thread archives itself.
    pub(crate) fn next_archiving(&self) -> Option<Timestamp> {
        let threads = self
            .channels
            .values()
            .filter_map(|channel| channel.thread.as_ref());
        threads.filter_map(Thread::archives_at).min()
    }

    /// Returns the guild's active threads the user can see, newest first, with its places in them.
    pub(crate) fn active_threads_json(&self, guild: Snowflake, user: Snowflake) -> Value {
        let mut threads: Vec<&Channel> = self
            .guild_threads(guild)
            .filter(|channel| channel.thread.as_ref().is_some_and(|thread| !thread.archived))
            .filter(|channel| self.permissions_in(channel, user).has(Permissions::VIEW_CHANNEL))
            .collect();
        threads.reverse();
        self.threads_json(&threads, user, false)
    }

    /// Returns a page of a channel's archived threads.
    pub(crate) fn archived_threads_json(
        &self,
        user: Snowflake,
        parent: Snowflake,
        which: Archived,
        limit: usize,
    ) -> Outcome<Value> {
        let channel = self.require_in(parent, user, Permissions::READ_MESSAGE_HISTORY)?;
        if channel.is_thread() || channel.guild.is_none() || channel.kind == kind::CATEGORY {
            return Err(ApiError::wrong_channel_type());
        }
        if matches!(which, Archived::Private(_)) {
            self.require_in(parent, user, Permissions::MANAGE_THREADS)?;
        }
        let mut found: Vec<(Timestamp, &Channel)> = self
            .channels
            .values()
            .filter(|channel| channel.parent == Some(parent))
            .filter_map(|channel| Some((channel, channel.thread.as_ref().filter(|thread| thread.archived)?)))
            .filter(|(channel, thread)| {
                let private = channel.kind == kind::PRIVATE_THREAD;
                match which {
                    Archived::Public(before) => {
                        !private && before.is_none_or(|before| thread.archived_at < before)
                    }
                    Archived::Private(before) => {
                        private && before.is_none_or(|before| thread.archived_at < before)
                    }
                    Archived::JoinedPrivate(before) => {
                        private
                            && thread.members.contains_key(&user)
                            && before.is_none_or(|before| channel.id < before)
                    }
                }
            })
            .map(|(channel, thread)| (thread.archived_at, channel))
            .collect();
        if matches!(which, Archived::JoinedPrivate(_)) {
            found.sort_by_key(|(_, channel)| std::cmp::Reverse(channel.id));
        } else {
            found.sort_by_key(|(at, channel)| std::cmp::Reverse((*at, channel.id)));
        }
        let more = found.len() > limit;
        let page: Vec<&Channel> = found
            .into_iter()
            .take(limit)
            .map(|(_, channel)| channel)
            .collect();
        Ok(self.threads_json(&page, user, more))
    }

    fn threads_json(&self, threads: &[&Channel], user: Snowflake, more: bool) -> Value {
        let members: Vec<Value> = threads
            .iter()
            .filter_map(|channel| thread_member_json(channel, user))
            .collect();
        json!({
            "threads": threads.iter().map(|channel| self.channel_json(channel)).collect::<Vec<_>>(),
            "members": members,
            "has_more": more,
        })
    }
}
