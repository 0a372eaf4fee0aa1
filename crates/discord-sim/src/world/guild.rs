//! Guilds: the servers, with their roles, members and voice states.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::audit::AuditEntry;
use super::emoji::GuildEmoji;
use super::member::Member;
use super::role::Role;
use super::voice::VoiceState;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::permissions::Permissions;

/// What `@everyone` may do in a fresh guild, as with Discord.
pub(crate) const EVERYONE: Permissions = Permissions(
    Permissions::CREATE_INSTANT_INVITE.0
        | Permissions::ADD_REACTIONS.0
        | Permissions::STREAM.0
        | Permissions::VIEW_CHANNEL.0
        | Permissions::SEND_MESSAGES.0
        | Permissions::EMBED_LINKS.0
        | Permissions::ATTACH_FILES.0
        | Permissions::READ_MESSAGE_HISTORY.0
        | Permissions::MENTION_EVERYONE.0
        | Permissions::USE_EXTERNAL_EMOJIS.0
        | Permissions::CONNECT.0
        | Permissions::SPEAK.0
        | Permissions::USE_VAD.0
        | Permissions::CHANGE_NICKNAME.0
        | Permissions::USE_APPLICATION_COMMANDS.0
        | Permissions::CREATE_PUBLIC_THREADS.0
        | Permissions::CREATE_PRIVATE_THREADS.0
        | Permissions::SEND_MESSAGES_IN_THREADS.0,
);

/// The flags that keep Discord from writing into the system channel by itself, which discord-sim never does.
const SYSTEM_MESSAGES_OFF: i64 = 0b11_1111;

/// A guild.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Guild {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) icon: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) owner: Snowflake,
    pub(crate) locale: String,
    pub(crate) features: Vec<String>,
    pub(crate) settings: Settings,
    pub(crate) system_channel: Option<Snowflake>,
    pub(crate) afk_channel: Option<Snowflake>,
    pub(crate) rules_channel: Option<Snowflake>,
    pub(crate) updates_channel: Option<Snowflake>,
    pub(crate) alerts_channel: Option<Snowflake>,
    pub(crate) roles: BTreeMap<Snowflake, Role>,
    pub(crate) members: BTreeMap<Snowflake, Member>,
    /// Who is banned, and the reason given for it.
    pub(crate) bans: BTreeMap<Snowflake, Option<String>>,
    pub(crate) emojis: BTreeMap<Snowflake, GuildEmoji>,
    pub(crate) voice: BTreeMap<Snowflake, VoiceState>,
    /// Oldest first.
    pub(crate) audit: VecDeque<AuditEntry>,
}

/// The switches of a guild, by Discord's numbers.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Settings {
    pub(crate) verification_level: i64,
    pub(crate) notifications: i64,
    pub(crate) content_filter: i64,
    /// In seconds.
    pub(crate) afk_timeout: i64,
    pub(crate) system_flags: i64,
    pub(crate) progress_bar: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            verification_level: 0,
            notifications: 0,
            content_filter: 0,
            afk_timeout: 300,
            system_flags: SYSTEM_MESSAGES_OFF,
            progress_bar: false,
        }
    }
}

impl Guild {
    /// Returns an empty guild with its `@everyone` role.
    pub(crate) fn new(id: Snowflake, name: String, owner: Snowflake) -> Self {
        let everyone = Role {
            id,
            name: "@everyone".to_owned(),
            color: 0,
            hoist: false,
            position: 0,
            permissions: EVERYONE,
            mentionable: false,
            bot: None,
        };
        Self {
            id,
            name,
            icon: None,
            description: None,
            owner,
            locale: "en-US".to_owned(),
            features: Vec::new(),
            settings: Settings::default(),
            system_channel: None,
            afk_channel: None,
            rules_channel: None,
            updates_channel: None,
            alerts_channel: None,
            roles: BTreeMap::from([(id, everyone)]),
            members: BTreeMap::new(),
            bans: BTreeMap::new(),
            emojis: BTreeMap::new(),
            voice: BTreeMap::new(),
            audit: VecDeque::new(),
        }
    }

    /// Returns Discord's guild object without what only the gateway adds.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "icon": self.icon,
            "description": self.description,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": self.features,
            "banner": null,
            "owner_id": self.owner,
            "application_id": null,
            "region": "us-west",
            "afk_channel_id": self.afk_channel,
            "afk_timeout": self.settings.afk_timeout,
            "system_channel_id": self.system_channel,
            "system_channel_flags": self.settings.system_flags,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": self.settings.verification_level,
            "roles": self.roles.values().map(Role::json).collect::<Vec<_>>(),
            "default_message_notifications": self.settings.notifications,
            "mfa_level": 0,
            "explicit_content_filter": self.settings.content_filter,
            "max_presences": null,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": self.locale,
            "rules_channel_id": self.rules_channel,
            "safety_alerts_channel_id": self.alerts_channel,
            "public_updates_channel_id": self.updates_channel,
            "hub_type": null,
            "premium_progress_bar_enabled": self.settings.progress_bar,
            "latest_onboarding_question_id": null,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": self.emojis.values().map(GuildEmoji::json).collect::<Vec<_>>(),
            "stickers": [],
            "incidents_data": null,
            "inventory_settings": null,
            "embed_enabled": false,
            "embed_channel_id": null,
        })
    }

    /// Lets go of a channel that is gone.
    pub(crate) fn forget_channel(&mut self, id: Snowflake) {
        for place in [
            &mut self.system_channel,
            &mut self.afk_channel,
            &mut self.rules_channel,
            &mut self.updates_channel,
            &mut self.alerts_channel,
        ] {
            *place = place.filter(|channel| *channel != id);
        }
    }

    /// Returns when the member joined.
    pub(crate) fn joined_at(&self, user: Snowflake) -> Timestamp {
        self.members
            .get(&user)
            .map_or(Timestamp::UNIX_EPOCH, |member| member.joined_at)
    }
}

impl World {
    /// Returns a guild that must exist.
    pub(crate) fn guild(&self, id: Snowflake) -> Outcome<&Guild> {
        self.guilds.get(&id).ok_or_else(ApiError::unknown_guild)
    }

    /// Returns a guild to change.
    pub(crate) fn guild_mut(&mut self, id: Snowflake) -> Outcome<&mut Guild> {
        self.guilds.get_mut(&id).ok_or_else(ApiError::unknown_guild)
    }

    /// Returns a guild the bot is in: 10004 when there is none, 50001 when the bot is elsewhere.
    pub(crate) fn bots_guild(&self, id: Snowflake) -> Outcome<&Guild> {
        let guild = self.guild(id)?;
        if guild.members.contains_key(&self.app.bot) {
            Ok(guild)
        } else {
            Err(ApiError::missing_access())
        }
    }

    /// Returns the payload of GUILD_CREATE for a session with `intents`.
    ///
    /// As with Discord, members beyond the bot and those in voice are only there with the presences intent.
    pub(crate) fn guild_create_json(&self, guild: &Guild, intents: Intents) -> Value {
        let everybody = intents.has(Intents::GUILD_PRESENCES);
        let members: Vec<Value> = guild
            .members
            .values()
            .filter(|member| {
                everybody || member.user == self.app.bot || guild.voice.contains_key(&member.user)
            })
            .map(|member| self.member_json(member))
            .collect();
        let presences: Vec<Value> = if everybody {
            guild
                .members
                .keys()
                .map(|user| self.presence_json(*user))
                .collect()
        } else {
            Vec::new()
        };
        let voice: Vec<Value> = guild
            .voice
            .values()
            .filter(|_| intents.has(Intents::GUILD_VOICE_STATES))
            .map(VoiceState::partial_json)
            .collect();
        let mut object = guild.json();
        let more = json!({
            "joined_at": iso(guild.joined_at(self.app.bot)),
            "large": guild.members.len() > 250,
            "unavailable": false,
            "geo_restricted": false,
            "member_count": guild.members.len(),
            "voice_states": voice,
            "members": members,
            "channels": self.guild_channels(guild.id).map(|channel| self.guild_create_channel(channel)).collect::<Vec<_>>(),
            "threads": self.bots_threads(guild.id),
            "presences": presences,
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "activity_instances": [],
            "embedded_activities": [],
            "lazy": true,
            "version": self.now().as_millisecond(),
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        object
    }

    /// Returns the active threads the bot can see, with its places in them.
    fn bots_threads(&self, guild: Snowflake) -> Vec<Value> {
        self.guild_threads(guild)
            .filter(|channel| channel.thread.as_ref().is_some_and(|thread| !thread.archived))
            .filter(|channel| {
                self.permissions_in(channel, self.app.bot)
                    .has(Permissions::VIEW_CHANNEL)
            })
            .map(|channel| self.thread_json_for(channel, self.app.bot))
            .collect()
    }

    /// Sends GUILD_CREATE to every session: the bot was added to the guild.
    pub(crate) fn announce_guild(&mut self, id: Snowflake) {
        let Ok(guild) = self.bots_guild(id) else { return };
        let greetings: Vec<_> = self
            .sessions
            .list()
            .into_iter()
            .filter(|(_, intents)| intents.has(Intents::GUILDS))
            .map(|(session, intents)| {
                let mut data = self.guild_create_json(guild, intents);
                // Only guilds that were announced as unavailable say that they no longer are: clients tell a guild
                // that is joined from one that came back by this key.
                if let Some(data) = data.as_object_mut() {
                    data.remove("unavailable");
                }
                (session, data)
            })
            .collect();
        for (session, data) in greetings {
            self.sessions.deliver(&session, "GUILD_CREATE", &data);
        }
        let name = self.guilds[&id].name.clone();
        self.note("guild_create", Some(id), None, json!({"name": name}));
    }

    /// Tells every session that the bot is no longer in the guild.
    pub(crate) fn guild_gone(&mut self, id: Snowflake) {
        self.emit("GUILD_DELETE", Intents::GUILDS, Scope::Bot, &json!({"id": id}));
        self.note("guild_delete", Some(id), None, json!({}));
    }
}
