//! The hand of whoever runs the simulated Discord: acts as members, changes guilds, reads what happened.
//!
//! [`Control`] is the Rust side; [`http`] offers the same functions over HTTP. Whatever is done is an [`act::Act`],
//! carried out in [`perform`] and written down by [`record`] when that is wished.

pub(crate) mod act;
mod chat;
mod gateway;
pub(crate) mod http;
mod perform;
pub(crate) mod record;
mod stage;
pub(crate) mod types;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::limits;
use crate::rest::limit::RateLimitMode;
use crate::shared::Shared;
use crate::timeline::TimelineEntry;
use crate::world::World;

pub use stage::VoiceChange;

/// Why something cannot be done: one plain sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// What is spoken of does not exist.
    #[error("{0}")]
    NotFound(String),
    /// Discord would not let the member do that, or the request makes no sense.
    #[error("{0}")]
    Refused(String),
    /// The time to wait for something is over.
    #[error("it did not happen within {0:?}; the newest entry of the timeline is {1}")]
    TimedOut(Duration, u64),
}

impl From<ApiError> for ControlError {
    fn from(error: ApiError) -> Self {
        let text = match error.code() {
            50001 => "this member cannot see the channel".to_owned(),
            50013 => "this member lacks the permission for that".to_owned(),
            50006 => "an empty message cannot be sent".to_owned(),
            50005 => "only the author can edit a message".to_owned(),
            _ => error.explain(),
        };
        if error.status() == 404 {
            Self::NotFound(text)
        } else {
            Self::Refused(text)
        }
    }
}

impl From<String> for ControlError {
    fn from(text: String) -> Self {
        Self::Refused(text)
    }
}

/// A member, by id or by user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Who(String);

impl From<&str> for Who {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Who {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Snowflake> for Who {
    fn from(id: Snowflake) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Done<T> = Result<T, ControlError>;

/// Controls a simulated Discord; a clone controls the same one.
#[derive(Debug, Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl Control {
    /// Returns the bot and every guild with its channels, roles and members.
    pub fn state(&self) -> Value {
        self.shared.lock().overview()
    }

    /// Returns the simulator's clock.
    pub fn clock(&self) -> Clock {
        self.shared.lock().clock.clone()
    }

    /// Returns the id of the first guild.
    pub fn first_guild(&self) -> Option<Snowflake> {
        self.shared.lock().guilds.keys().next().copied()
    }

    /// Finds a channel by its guild and name.
    pub fn channel_named(&self, guild: Snowflake, name: &str) -> Option<Snowflake> {
        self.shared
            .lock()
            .guild_channels(guild)
            .find(|channel| channel.name == name)
            .map(|channel| channel.id)
    }

    /// Finds a user by id or name.
    pub fn user(&self, who: impl Into<Who>) -> Done<Snowflake> {
        find_user(&self.shared.lock(), &who.into())
    }

    /// Returns the newest messages of a channel, newest last; hidden ones only for the user `viewer`.
    pub fn messages(
        &self,
        channel: Snowflake,
        limit: usize,
        before: Option<Snowflake>,
        viewer: Option<Who>,
    ) -> Done<Vec<Value>> {
        let world = self.shared.lock();
        let viewer = viewer.map(|who| find_user(&world, &who)).transpose()?;
        let channel = world.channel(channel)?;
        let mut found: Vec<Value> = channel
            .messages
            .values()
            .rev()
            .filter(|message| before.is_none_or(|before| message.id < before))
            .filter(|message| message.ephemeral_for.is_none() || message.ephemeral_for == viewer)
            .take(limit.clamp(1, limits::MESSAGE_PAGE))
            .map(|message| {
                let mut view = world.message_json(channel, message, viewer.unwrap_or(world.app.bot));
                if let Some(user) = message.ephemeral_for {
                    view["ephemeral_for"] = json!(user);
                }
                view
            })
            .collect();
        found.reverse();
        Ok(found)
    }

    /// Returns the commands members of a guild can use: the guild's own, then the global ones.
    pub fn commands(&self, guild: Snowflake) -> Done<Vec<Value>> {
        let world = self.shared.lock();
        world.guild(guild)?;
        let mut list = world.commands_json(Some(guild), true);
        list.extend(world.commands_json(None, true));
        Ok(list)
    }

    /// Returns the modals that are open, of one user or of all.
    pub fn modals(&self, who: Option<Who>) -> Done<Vec<Value>> {
        let world = self.shared.lock();
        let user = who.map(|who| find_user(&world, &who)).transpose()?;
        Ok(world.modals_json(user))
    }

    /// Returns what became of an interaction.
    pub fn interaction(&self, id: Snowflake) -> Done<Value> {
        let found = self.shared.lock().interaction_json(id);
        found.ok_or_else(|| ControlError::NotFound(format!("there is no interaction {id}")))
    }

    /// Returns entries of the timeline after a sequence number.
    pub fn timeline(&self, after: u64, limit: usize) -> Vec<TimelineEntry> {
        self.shared.lock().timeline.after(after, limit)
    }

    /// Returns the sequence number of the newest entry.
    pub fn last_seq(&self) -> u64 {
        self.shared.lock().timeline.last()
    }

    /// Returns a reader that waits for entries after a sequence number.
    pub fn follow(&self, after: u64) -> Follow {
        let newest = self.shared.lock().timeline.watch();
        Follow {
            control: self.clone(),
            newest,
            after,
            page: Vec::new().into_iter(),
        }
    }

    /// Waits for the first entry after `after` that `wanted` accepts.
    pub async fn wait_for(
        &self,
        after: u64,
        patience: Duration,
        mut wanted: impl FnMut(&TimelineEntry) -> bool,
    ) -> Done<TimelineEntry> {
        let mut follow = self.follow(after);
        let search = async {
            loop {
                let entry = follow.next().await;
                if wanted(&entry) {
                    return entry;
                }
            }
        };
        let found = tokio::time::timeout(patience, search).await;
        found.map_err(|_| ControlError::TimedOut(patience, self.last_seq()))
    }

    /// Waits until an interaction is no longer pending, and returns what became of it.
    pub async fn wait_answered(&self, interaction: Snowflake, patience: Duration) -> Done<Value> {
        let mut newest = self.shared.lock().timeline.watch();
        let search = async {
            loop {
                let view = self.interaction(interaction)?;
                if !matches!(view["state"].as_str(), Some("pending" | "deferred")) {
                    return Ok(view);
                }
                // The sender lives as long as the world does.
                let _ = newest.changed().await;
            }
        };
        let found = tokio::time::timeout(patience, search).await;
        found.unwrap_or_else(|_| Err(ControlError::TimedOut(patience, self.last_seq())))
    }

    /// Returns how many gateway sessions have a socket.
    pub fn connected(&self) -> usize {
        self.shared.lock().sessions.attached()
    }

    /// Enforces Discord's rate limits, or only announces them.
    pub fn enforce_rate_limits(&self, enforced: bool) {
        self.set_rate_limits(if enforced {
            RateLimitMode::Enforced
        } else {
            RateLimitMode::Announced
        });
    }

    /// Says what becomes of rate limits.
    pub fn set_rate_limits(&self, mode: RateLimitMode) {
        self.rates().mode = mode;
    }

    /// Returns how many requests of the last ten minutes Discord would hold against the bot: answered with 401,
    /// 403 or 429. It shuts bots out at 10 000.
    pub fn invalid_requests(&self) -> u32 {
        self.rates().invalid_requests()
    }

    fn rates(&self) -> std::sync::MutexGuard<'_, crate::rest::limit::RateLimits> {
        self.shared
            .rates
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes a place among the event streams, until the guard is dropped.
    pub(crate) fn stream_place(&self) -> Option<StreamPlace> {
        let before = self.shared.streams.fetch_add(1, Ordering::Relaxed);
        let place = StreamPlace(Arc::clone(&self.shared));
        (before < limits::EVENT_STREAMS).then_some(place)
    }
}

/// One of the bounded number of event streams.
pub(crate) struct StreamPlace(Arc<Shared>);

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads the timeline as it grows.
#[derive(Debug)]
pub struct Follow {
    control: Control,
    newest: watch::Receiver<u64>,
    after: u64,
    page: std::vec::IntoIter<TimelineEntry>,
}

impl Follow {
    /// Returns the next entry, waiting for it if need be. Entries that left the ring meanwhile are skipped.
    pub async fn next(&mut self) -> TimelineEntry {
        loop {
            if let Some(entry) = self.page.next() {
                self.after = entry.seq;
                return entry;
            }
            // Seen before the read, so that an entry in between wakes the wait below.
            self.newest.borrow_and_update();
            self.page = self
                .control
                .timeline(self.after, limits::TIMELINE_PAGE)
                .into_iter();
            if self.page.len() == 0 {
                // The sender lives in the world this reader keeps alive.
                let _ = self.newest.changed().await;
            }
        }
    }
}

pub(crate) fn find_user(world: &World, who: &Who) -> Done<Snowflake> {
    let by_id = who.0.parse().ok().filter(|id| world.users.contains_key(id));
    by_id
        .or_else(|| world.user_named(&who.0).map(|user| user.id))
        .ok_or_else(|| {
            ControlError::NotFound(format!(
                "there is no user `{}`",
                who.0.chars().take(64).collect::<String>()
            ))
        })
}
