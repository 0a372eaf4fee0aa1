//! A guild, its channels, roles and who is in voice.

use std::collections::HashMap;

use homemaid_protocol::GuildId;
use jiff::Timestamp;
use serde_json::Value;

use crate::event::GuildSummary;
use crate::json;

/// Channels and threads remembered of one guild; Discord allows 500 channels and 1000 active threads. Archived threads
/// are remembered as long as there is room.
const CHANNELS: usize = 2_000;
/// Overwrites remembered of one channel.
const OVERWRITES: usize = 1_000;
/// Roles remembered of one guild; Discord allows 250.
const ROLES: usize = 500;
/// Members in voice remembered of one guild.
const VOICES: usize = 25_000;

/// A guild we are in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guild {
    pub(crate) name: String,
    pub(crate) icon: Option<String>,
    pub(crate) owner: Option<u64>,
    pub(crate) member_count: u64,
    pub(crate) available: bool,
    /// Channels and threads.
    pub(crate) channels: HashMap<u64, Channel>,
    pub(crate) roles: HashMap<u64, Role>,
    pub(crate) voice: HashMap<u64, Voice>,
    /// The bot as a member, once Discord has described it; it always does with the guild.
    pub(crate) me: Option<Me>,
}

/// What decides over the bot's own permissions in a guild.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Me {
    /// The bot's user id.
    pub(crate) id: u64,
    pub(crate) roles: Vec<u64>,
    /// Until when it is timed out, if it ever was.
    pub(crate) timed_out_until: Option<Timestamp>,
}

impl Me {
    fn parse(id: u64, member: &Value) -> Self {
        Self {
            id,
            roles: json::ids(member, "roles"),
            timed_out_until: json::text(member, "communication_disabled_until")
                .and_then(|until| until.parse().ok()),
        }
    }
}

impl Guild {
    /// Remembers how the bot itself stands, from a whole description of its member.
    pub(super) fn put_me(&mut self, id: u64, member: &Value) {
        if member["roles"].is_array() {
            self.me = Some(Me::parse(id, member));
        }
    }

    /// Reads a guild as `GUILD_CREATE` describes it.
    pub(super) fn parse(data: &Value) -> Option<(u64, Self)> {
        let id = json::id(data, "id")?;
        let mut guild = Self {
            available: !json::flag(data, "unavailable"),
            ..Self::default()
        };
        guild.rename(data);
        guild.member_count = data["member_count"].as_u64().unwrap_or(0);
        for channel in json::list(data, "channels")
            .iter()
            .chain(json::list(data, "threads"))
        {
            guild.put_channel(channel);
        }
        for role in json::list(data, "roles") {
            guild.put_role(role);
        }
        for voice in json::list(data, "voice_states") {
            guild.put_voice(voice);
        }
        Some((id, guild))
    }

    /// Takes over what `GUILD_UPDATE` may change.
    pub(crate) fn rename(&mut self, data: &Value) {
        self.name = json::text(data, "name").unwrap_or(&self.name).to_owned();
        self.icon = json::text(data, "icon").map(str::to_owned);
        self.owner = json::id(data, "owner_id").or(self.owner);
        for role in json::list(data, "roles") {
            self.put_role(role);
        }
    }

    /// Remembers a channel or thread. When there is no room, the oldest thread makes some, an archived one first: Discord
    /// can be asked for it again.
    pub(crate) fn put_channel(&mut self, data: &Value) {
        let Some(id) = json::id(data, "id") else {
            return;
        };
        let channel = Channel::parse(data);
        if self.channels.len() >= CHANNELS && !self.channels.contains_key(&id) {
            let threads = self.channels.iter().filter(|(_, known)| known.is_thread());
            let oldest = threads
                .min_by_key(|(id, known)| (!known.archived, **id))
                .map(|(id, _)| *id);
            match oldest {
                Some(oldest) if !(channel.is_thread() && channel.archived) => self.channels.remove(&oldest),
                _ => return,
            };
        }
        self.channels.insert(id, channel);
    }

    /// Forgets a channel or thread; of a channel's threads Discord says no word.
    pub(crate) fn remove_channel(&mut self, id: u64) {
        self.channels.remove(&id);
        self.channels
            .retain(|_, channel| !(channel.is_thread() && channel.parent == Some(id)));
    }

    /// Remembers a role.
    pub(crate) fn put_role(&mut self, data: &Value) {
        if let Some(id) = json::id(data, "id")
            && (self.roles.len() < ROLES || self.roles.contains_key(&id))
        {
            self.roles.insert(id, Role::parse(data));
        }
    }

    /// Remembers where a member is in voice, or that it left.
    pub(crate) fn put_voice(&mut self, data: &Value) {
        let Some(user) = json::id(data, "user_id") else {
            return;
        };
        match json::id(data, "channel_id") {
            None => {
                self.voice.remove(&user);
            }
            Some(channel) if self.voice.len() < VOICES || self.voice.contains_key(&user) => {
                self.voice.insert(
                    user,
                    Voice {
                        channel,
                        self_stream: json::flag(data, "self_stream"),
                    },
                );
            }
            Some(_) => {}
        }
    }

    /// Returns what the owner sees in lists.
    pub(crate) fn summary(&self, id: u64) -> GuildSummary {
        GuildSummary {
            id: GuildId::new(id),
            name: self.name.clone(),
            icon: self.icon.clone(),
            owner_id: self.owner.map(|owner| owner.to_string()),
            member_count: self.member_count,
            available: self.available,
        }
    }
}

/// A channel or thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) name: String,
    /// Discord's number: 0 text, 2 voice, 4 category, 5 announcement, 10 to 12 threads, 13 stage, 15 forum.
    pub(crate) kind: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) topic: Option<String>,
    pub(crate) overwrites: Vec<Overwrite>,
    /// Who opened it, for a thread.
    pub(crate) owner: Option<u64>,
    /// Whether it is a thread that was put away.
    pub(crate) archived: bool,
}

impl Channel {
    fn parse(data: &Value) -> Self {
        Self {
            name: json::text(data, "name").unwrap_or_default().to_owned(),
            kind: data["type"].as_u64().unwrap_or(0),
            parent: json::id(data, "parent_id"),
            topic: json::text(data, "topic").map(str::to_owned),
            owner: json::id(data, "owner_id"),
            archived: json::flag(&data["thread_metadata"], "archived"),
            overwrites: json::list(data, "permission_overwrites")
                .iter()
                .take(OVERWRITES)
                .filter_map(Overwrite::parse)
                .collect(),
        }
    }

    /// Returns whether this is a thread; its permissions are its parent's.
    pub(crate) fn is_thread(&self) -> bool {
        matches!(self.kind, 10..=12)
    }
}

/// What a channel allows or denies one role or member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overwrite {
    pub(crate) target: u64,
    pub(crate) is_member: bool,
    pub(crate) allow: u64,
    pub(crate) deny: u64,
}

impl Overwrite {
    fn parse(data: &Value) -> Option<Self> {
        Some(Self {
            target: json::id(data, "id")?,
            is_member: data["type"].as_u64() == Some(1),
            allow: bits(data, "allow"),
            deny: bits(data, "deny"),
        })
    }
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) color: u64,
    pub(crate) position: i64,
    pub(crate) permissions: u64,
    pub(crate) managed: bool,
    pub(crate) mentionable: bool,
}

impl Role {
    fn parse(data: &Value) -> Self {
        Self {
            name: json::text(data, "name").unwrap_or_default().to_owned(),
            color: data["color"].as_u64().unwrap_or(0),
            position: data["position"].as_i64().unwrap_or(0),
            permissions: bits(data, "permissions"),
            managed: json::flag(data, "managed"),
            mentionable: json::flag(data, "mentionable"),
        }
    }
}

/// Where a member is in voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Voice {
    pub(crate) channel: u64,
    pub(crate) self_stream: bool,
}

/// Reads permission bits, which Discord sends as decimal text.
fn bits(data: &Value, key: &str) -> u64 {
    data[key].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn thread(id: usize, archived: bool) -> Value {
        json!({"id": id.to_string(), "type": 11, "parent_id": "1", "thread_metadata": {"archived": archived}})
    }

    #[test]
    fn threads_make_room_for_channels_the_archived_ones_first() {
        let mut guild = Guild::default();
        for id in 1..=CHANNELS {
            guild.put_channel(&thread(id, id == 500));
        }
        guild.put_channel(&json!({"id": "9001", "type": 0}));
        assert!(!guild.channels.contains_key(&500), "the archived one went first");
        guild.put_channel(&thread(9_002, false));
        assert!(!guild.channels.contains_key(&1), "then the oldest");
        guild.put_channel(&thread(9_003, true));
        assert!(
            !guild.channels.contains_key(&9_003),
            "nothing goes for an archived one"
        );
        assert_eq!(guild.channels.len(), CHANNELS);
        assert!(guild.channels.contains_key(&9_001) && guild.channels.contains_key(&9_002));
    }

    #[test]
    fn a_channel_takes_its_threads_with_it() {
        let mut guild = Guild::default();
        guild.put_channel(&json!({"id": "1", "type": 0}));
        guild.put_channel(&thread(2, false));
        guild.put_channel(&json!({"id": "3", "type": 0, "parent_id": "1"}));
        guild.remove_channel(1);
        assert_eq!(
            guild.channels.keys().collect::<Vec<_>>(),
            [&3],
            "a category's channels stay"
        );
    }
}
