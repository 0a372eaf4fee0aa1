//! What is remembered about guilds: names for payloads, the `before_*` fields, and which id belongs where.
//!
//! Guilds, channels and roles are complete as long as we are connected, because Discord sends them all. Members
//! and messages are remembered as they pass by, as many as fit.

mod guild;
mod member;
mod message;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use homemaid_protocol::GuildId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Bounded;
use serde_json::Value;

use crate::event::GuildSummary;
use crate::json;

pub(crate) use guild::{Channel, Guild, Me, Role};
pub(crate) use member::Member;
pub(crate) use message::{Message, author_is_bot};

/// Guilds one connection may serve; Discord refuses more (close code 4011).
const GUILDS: usize = 2_500;
/// Members remembered.
const MEMBERS: u64 = 100_000;
/// Text of messages remembered, in bytes.
const MESSAGE_BYTES: u64 = 32 << 20;
/// What a message costs beside its text.
const MESSAGE_OVERHEAD: u32 = 160;

/// Everything that is remembered.
pub(crate) struct Cache {
    guilds: RwLock<HashMap<u64, Guild>>,
    /// The bot's user id, 0 until Discord has said it.
    me: AtomicU64,
    members: Bounded<(u64, u64), Arc<Member>>,
    messages: Bounded<u64, Arc<Message>>,
}

impl Default for Cache {
    fn default() -> Self {
        let weigh = |_: &u64, message: &Arc<Message>| {
            u32::try_from(message.content.len())
                .unwrap_or(u32::MAX)
                .saturating_add(MESSAGE_OVERHEAD)
        };
        Self {
            guilds: RwLock::default(),
            me: AtomicU64::new(0),
            members: Bounded::builder()
                .max_capacity(MEMBERS)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            messages: Bounded::builder()
                .max_capacity(MESSAGE_BYTES)
                .weigher(weigh)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        }
    }
}

impl Cache {
    /// Remembers who the bot is.
    pub(crate) fn set_me(&self, id: u64) {
        self.me.store(id, Ordering::Relaxed);
    }

    /// Returns the bot's user id, once Discord has said it.
    pub(crate) fn me(&self) -> Option<u64> {
        Some(self.me.load(Ordering::Relaxed)).filter(|id| *id != 0)
    }

    /// Returns what `read` makes of a guild, `None` for a guild we are not in.
    pub(crate) fn guild<T>(&self, guild: u64, read: impl FnOnce(&Guild) -> T) -> Option<T> {
        self.read().get(&guild).map(read)
    }

    /// Changes a guild we are in.
    pub(crate) fn change<T>(&self, guild: u64, change: impl FnOnce(&mut Guild) -> T) -> Option<T> {
        self.write().get_mut(&guild).map(change)
    }

    /// Remembers a guild as Discord describes it in full, and the members it names.
    pub(crate) fn put_guild(&self, data: &Value) -> Option<GuildSummary> {
        let (id, mut guild) = Guild::parse(data)?;
        if !guild.available {
            // Discord has an outage: there is nothing in it but the id, so what is remembered stays.
            let known = self.change(id, |guild| {
                guild.available = false;
                guild.summary(id)
            });
            if known.is_some() {
                return known;
            }
        }
        let me = self.me();
        for member in json::list(data, "members") {
            if me.is_some() && json::id(&member["user"], "id") == me {
                guild.put_me(me.unwrap_or_default(), member);
            }
            self.put_member(id, member, &member["user"]);
        }
        let summary = guild.summary(id);
        let mut guilds = self.write();
        if guilds.len() >= GUILDS && !guilds.contains_key(&id) {
            tracing::error!(guild = id, "more than {GUILDS} guilds: this one is ignored");
            return None;
        }
        guilds.insert(id, guild);
        Some(summary)
    }

    /// Forgets a guild; false when there was nothing to forget.
    pub(crate) fn remove_guild(&self, guild: u64) -> bool {
        self.write().remove(&guild).is_some()
    }

    /// Returns every guild, by name.
    pub(crate) fn guilds(&self) -> Vec<GuildSummary> {
        let mut all: Vec<_> = self.read().iter().map(|(id, guild)| guild.summary(*id)).collect();
        all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        all
    }

    /// Returns the ids of every guild.
    pub(crate) fn guild_ids(&self) -> Vec<GuildId> {
        self.read().keys().map(|id| GuildId::new(*id)).collect()
    }

    /// Returns the name of a channel, null when unknown.
    pub(crate) fn channel_name(&self, guild: u64, channel: Option<u64>) -> Value {
        let name = |guild: &Guild| guild.channels.get(&channel?).map(|channel| channel.name.clone());
        self.guild(guild, name).flatten().map_or(Value::Null, Value::from)
    }

    /// Returns the guild a channel or thread is in.
    pub(crate) fn guild_of_channel(&self, channel: u64) -> Option<u64> {
        let guilds = self.read();
        guilds
            .iter()
            .find(|(_, guild)| guild.channels.contains_key(&channel))
            .map(|(id, _)| *id)
    }

    /// Remembers a member as Discord describes it; `user` may stand outside the member object.
    pub(crate) fn put_member(&self, guild: u64, member: &Value, user: &Value) {
        if let Some(id) = json::id(user, "id") {
            let known = self.member(guild, id);
            self.members.insert(
                (guild, id),
                Arc::new(Member::parse(member, user, known.as_deref())),
            );
        }
    }

    /// Remembers how the bot itself stands in a guild, when the member is the bot.
    pub(crate) fn put_me(&self, guild: u64, member: &Value) {
        if let Some(me) = self
            .me()
            .filter(|me| json::id(&member["user"], "id") == Some(*me))
        {
            self.change(guild, |guild| guild.put_me(me, member));
        }
    }

    /// Returns a member that passed by.
    pub(crate) fn member(&self, guild: u64, user: u64) -> Option<Arc<Member>> {
        self.members.get(&(guild, user))
    }

    /// Forgets a member.
    pub(crate) fn remove_member(&self, guild: u64, user: u64) {
        self.members.invalidate(&(guild, user));
    }

    /// Forgets every member: what happened to them while nobody listened is not told.
    pub(crate) fn forget_members(&self) {
        self.members.invalidate_all();
    }

    /// Remembers a message.
    pub(crate) fn put_message(&self, id: u64, message: Message) {
        self.messages.insert(id, Arc::new(message));
    }

    /// Returns a message that passed by.
    pub(crate) fn message(&self, id: u64) -> Option<Arc<Message>> {
        self.messages.get(&id)
    }

    /// Forgets a message.
    pub(crate) fn remove_message(&self, id: u64) {
        self.messages.invalidate(&id);
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<u64, Guild>> {
        self.guilds.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<u64, Guild>> {
        self.guilds.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_guild_is_known_with_its_channels_threads_roles_and_members() {
        let cache = Cache::default();
        let summary = cache.put_guild(&json!({
            "id": "1", "name": "Maid Café", "icon": null, "owner_id": "7", "member_count": 3,
            "channels": [{"id": "42", "name": "general", "type": 0}],
            "threads": [{"id": "43", "name": "talk", "type": 11, "parent_id": "42"}],
            "roles": [{"id": "1", "name": "@everyone", "permissions": "1024"}],
            "members": [{"user": {"id": "7", "username": "alice"}, "roles": ["55"], "nick": "Al"}],
            "voice_states": [{"user_id": "7", "channel_id": "90", "self_stream": true}],
        }));
        assert_eq!(summary.unwrap().member_count, 3);
        assert_eq!(cache.channel_name(1, Some(43)), "talk");
        assert_eq!(cache.channel_name(2, Some(43)), Value::Null);
        assert_eq!(
            (cache.guild_of_channel(42), cache.guild_of_channel(99)),
            (Some(1), None)
        );
        assert_eq!(cache.member(1, 7).unwrap().roles, [55]);
        assert!(cache.guild(1, |guild| guild.voice[&7].self_stream).unwrap());
        assert!(cache.remove_guild(1));
        assert_eq!(cache.guilds(), []);
    }

    #[test]
    fn a_partial_member_keeps_what_was_known() {
        let cache = Cache::default();
        let user = json!({"id": "7", "username": "alice"});
        cache.put_member(
            1,
            &json!({"roles": ["5"], "nick": "Al", "joined_at": "2026-01-01T00:00:00+00:00"}),
            &user,
        );
        cache.put_member(1, &json!({"roles": ["6"]}), &user);
        let member = cache.member(1, 7).unwrap();
        assert_eq!(
            (member.roles.as_slice(), member.joined_at.is_some()),
            (&[6][..], true)
        );
    }

    #[test]
    fn odd_guilds_are_ignored_not_believed() {
        let cache = Cache::default();
        for odd in [
            json!(null),
            json!([]),
            json!({}),
            json!({"id": "0"}),
            json!({"id": "x"}),
        ] {
            assert_eq!(cache.put_guild(&odd), None, "{odd}");
        }
    }
}
