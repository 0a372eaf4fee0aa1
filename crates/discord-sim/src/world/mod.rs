//! The state of the simulated Discord: one plain struct, changed under one lock, without any I/O.
//!
//! Each file holds one thing with its JSON and what can be done to it; whatever is done goes on the timeline and
//! out through the gateway sessions here, in the order in which it happened. [`World::emit`] is the only way out.

pub(crate) mod access;
pub(crate) mod answer;
pub(crate) mod application;
pub(crate) mod audit;
pub(crate) mod channel;
pub(crate) mod channel_edit;
pub(crate) mod command;
pub(crate) mod emoji;
pub(crate) mod files;
pub(crate) mod guild;
pub(crate) mod guild_edit;
pub(crate) mod images;
pub(crate) mod interaction;
pub(crate) mod invite;
pub(crate) mod invoke;
pub(crate) mod member;
pub(crate) mod mentions;
pub(crate) mod message;
pub(crate) mod message_delete;
pub(crate) mod message_edit;
pub(crate) mod moderation;
pub(crate) mod options;
pub(crate) mod outage;
pub(crate) mod overwrite;
pub(crate) mod presence;
pub(crate) mod prune;
pub(crate) mod reaction;
pub(crate) mod role;
pub(crate) mod send;
pub(crate) mod thread;
pub(crate) mod thread_life;
pub(crate) mod user;
pub(crate) mod voice;
pub(crate) mod webhook;
pub(crate) mod webhook_send;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::control::record::Recorder;
use crate::error::ApiError;
use crate::fault::Faults;
use crate::gateway::intents::Intents;
use crate::gateway::session::Sessions;
use crate::id::{IdSource, Snowflake};
use crate::permissions::Permissions;
use crate::timeline::{Cause, Timeline};

use application::Application;
use channel::Channel;
use command::Commands;
use files::Files;
use guild::Guild;
use interaction::Interactions;
use invite::Invite;
use presence::Status;
use user::User;
use webhook::Webhook;

/// What every operation answers.
pub(crate) type Outcome<T> = Result<T, ApiError>;

/// The whole simulated Discord.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) ids: IdSource,
    /// Where this Discord is reached, without a slash at the end.
    pub(crate) base: String,
    pub(crate) app: Application,
    pub(crate) users: BTreeMap<Snowflake, User>,
    pub(crate) guilds: BTreeMap<Snowflake, Guild>,
    /// Channels of all guilds, and direct messages.
    pub(crate) channels: BTreeMap<Snowflake, Channel>,
    pub(crate) webhooks: BTreeMap<Snowflake, Webhook>,
    /// By code.
    pub(crate) invites: BTreeMap<String, Invite>,
    pub(crate) commands: Commands,
    pub(crate) interactions: Interactions,
    pub(crate) files: Files,
    pub(crate) sessions: Sessions,
    pub(crate) timeline: Timeline,
    pub(crate) faults: Faults,
    /// What acts are recorded.
    pub(crate) recorder: Recorder,
    /// The one moment of the act that is being carried out.
    pub(crate) moment: Option<Timestamp>,
    pub(crate) presences: BTreeMap<Snowflake, Status>,
    /// Guilds in an outage.
    pub(crate) unavailable: BTreeSet<Snowflake>,
    /// Rung when the clock of an interaction or a thread starts.
    pub(crate) deadlines: Arc<Notify>,
    /// Why the request that is being served says it does this, for the audit log.
    pub(crate) reason: Option<String>,
}

/// Who receives an event.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// The bot, if it is in the guild.
    Guild(Snowflake),
    /// The bot, if it can see the channel.
    Channel(Snowflake),
    /// The bot.
    Bot,
}

impl World {
    pub(crate) fn new(clock: Clock, app: Application, base: String) -> Self {
        Self {
            clock,
            ids: IdSource::default(),
            base,
            app,
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            invites: BTreeMap::new(),
            commands: Commands::default(),
            interactions: Interactions::default(),
            files: Files::default(),
            sessions: Sessions::default(),
            timeline: Timeline::default(),
            faults: Faults::default(),
            recorder: Recorder::default(),
            moment: None,
            presences: BTreeMap::new(),
            unavailable: BTreeSet::new(),
            deadlines: Arc::default(),
            reason: None,
        }
    }

    /// Returns the simulated time.
    pub(crate) fn now(&self) -> Timestamp {
        self.moment.unwrap_or_else(|| self.clock.now())
    }

    /// Returns a new id of now.
    pub(crate) fn new_id(&mut self) -> Snowflake {
        self.ids.next(self.now())
    }

    /// Returns when time alone changes something next: an interaction fails, or a thread archives itself.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.next_expiry().into_iter().chain(self.next_archiving()).min()
    }

    /// Moves the clock forward; what falls due on the way happens at its own time.
    pub(crate) fn travel(&mut self, to: Timestamp) {
        let moment = self.moment;
        while let Some(due) = self.next_deadline().filter(|due| *due <= to) {
            self.moment = Some(due.max(self.clock.now()));
            self.pass_time();
            if self.next_deadline() == Some(due) {
                // It could not happen; the clock goes on.
                break;
            }
        }
        let ahead = to.duration_since(self.clock.now());
        self.clock.advance(ahead.try_into().unwrap_or_default());
        self.moment = moment.map(|moment| moment.max(to));
    }

    /// Lets everything happen whose time has come.
    pub(crate) fn pass_time(&mut self) {
        self.expire_interactions();
        self.archive_quiet_threads();
    }

    /// Returns where the gateway is.
    pub(crate) fn gateway_url(&self) -> String {
        format!("{}/gateway", self.base.replacen("http://", "ws://", 1))
    }

    /// Puts an entry on the timeline.
    pub(crate) fn note(
        &mut self,
        kind: &str,
        guild: Option<Snowflake>,
        channel: Option<Snowflake>,
        data: Value,
    ) {
        self.timeline.push(self.now(), kind, (guild, channel), data, None);
    }

    /// Puts an entry on the timeline that something longer ago caused.
    pub(crate) fn note_late(
        &mut self,
        kind: &str,
        guild: Option<Snowflake>,
        channel: Option<Snowflake>,
        data: Value,
        cause: Option<u64>,
    ) {
        let cause = cause.map(|entry| Cause { entry, likely: false });
        self.timeline
            .push(self.now(), kind, (guild, channel), data, cause);
    }

    /// Sends an event to every session that asked for it, if the bot can see where it happened.
    pub(crate) fn emit(&mut self, name: &str, needs: Intents, scope: Scope, data: &Value) {
        if self.reaches_bot(scope) {
            self.dispatch(name, needs, data, None);
        }
    }

    /// Sends an event with a message, without its content to those who may not read it.
    pub(crate) fn emit_message(
        &mut self,
        name: &str,
        needs: Intents,
        scope: Scope,
        data: &Value,
        private: bool,
    ) {
        if !self.reaches_bot(scope) {
            return;
        }
        let stripped = private.then(|| message::stripped(data));
        self.dispatch(name, needs, data, stripped.as_ref());
    }

    fn dispatch(&mut self, name: &str, needs: Intents, data: &Value, stripped: Option<&Value>) {
        let blow = self.faults.on_event(name);
        let sessions = self.sessions.dispatch(name, needs, data, stripped, blow);
        if sessions == 0 {
            return;
        }
        let id = |key: &str| crate::form::snowflake(&data[key]);
        let (guild, channel) = (id("guild_id"), id("channel_id"));
        let mut noted = json!({"event": name, "sessions": sessions});
        if let Some(subject) = ["id", "message_id", "user_id"]
            .into_iter()
            .find(|key| data[*key].is_string())
        {
            noted[subject] = data[subject].clone();
        }
        if blow.twice {
            noted["duplicated"] = true.into();
        }
        let seq = self
            .timeline
            .push(self.now(), "dispatch", (guild, channel), noted, None);
        let interaction = (name == "INTERACTION_CREATE").then(|| id("id")).flatten();
        self.timeline
            .heard([guild, channel, interaction].into_iter().flatten(), seq);
    }

    fn reaches_bot(&self, scope: Scope) -> bool {
        match scope {
            Scope::Bot => true,
            Scope::Guild(guild) => self
                .guilds
                .get(&guild)
                .is_some_and(|guild| self.serves(guild.id) && guild.members.contains_key(&self.app.bot)),
            Scope::Channel(channel) => self.channels.get(&channel).is_some_and(|channel| {
                channel.guild.is_none_or(|guild| self.serves(guild))
                    && self
                        .permissions_in(channel, self.app.bot)
                        .has(Permissions::VIEW_CHANNEL)
            }),
        }
    }

    /// Returns the whole state for people to look at: the bot, and every guild with what is in it.
    pub(crate) fn overview(&self) -> Value {
        let guilds: Vec<Value> = self
            .guilds
            .values()
            .map(|guild| {
                json!({
                    "id": guild.id,
                    "name": guild.name,
                    "icon": guild.icon,
                    "description": guild.description,
                    "owner_id": guild.owner,
                    "channels": self.guild_channels(guild.id).map(|channel| self.channel_json(channel)).collect::<Vec<_>>(),
                    "threads": self.guild_threads(guild.id).map(|channel| self.channel_json(channel)).collect::<Vec<_>>(),
                    "roles": guild.roles.values().map(role::Role::json).collect::<Vec<_>>(),
                    "members": guild.members.values().map(|member| self.member_json(member)).collect::<Vec<_>>(),
                    "available": self.serves(guild.id),
                    "bans": guild.bans.keys().map(|user| self.user_json(*user)).collect::<Vec<_>>(),
                    "presences": guild.members.keys().map(|user| self.presence_json(*user)).collect::<Vec<_>>(),
                    "voice_states": guild.voice.values().map(|voice| voice.json(guild.id)).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({
            "bot": self.users[&self.app.bot].json(),
            "application_id": self.app.id,
            "connected": self.sessions.attached() > 0,
            "now": crate::clock::iso(self.now()),
            "frozen": self.clock.is_frozen(),
            "intents": self.app.intents,
            "recording": self.recorder.is_on(),
            "guilds": guilds,
        })
    }
}
