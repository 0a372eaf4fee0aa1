//! Interactions: what a member did with the app, and what the app made of it.
//!
//! ```text
//!            4, 7, 8          +--------> answered <-------------+
//! pending ----------------+                    edit, follow-up |
//!    |  5 or 6 ---------------------> deferred ----------------+
//!    |  9 --------------------------> modal      (the member submits it: a new interaction)
//!    |  3 seconds, no callback          |  15 minutes, still deferred
//!    +--> failed                        +--> failed
//! ```
//! pending: the app has not answered. deferred: type 5 shows a loading message, type 6 shows nothing.
//! The token serves callbacks until the first answer is due, and messages for 15 minutes after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde_json::{Value, json};

use super::message::Origin;
use super::{Outcome, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::limits;

/// Interaction types by Discord's number.
pub(crate) mod kind {
    pub(crate) const COMMAND: i64 = 2;
    pub(crate) const COMPONENT: i64 = 3;
    pub(crate) const AUTOCOMPLETE: i64 = 4;
    pub(crate) const MODAL: i64 = 5;
}

/// How far the app has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    /// Type 5: a loading message stands there, `first` until the first answer replaced it.
    Deferred,
    /// Type 6: the component's message stays as it is until it is edited.
    DeferredUpdate,
    Answered,
    Modal,
    Failed,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Deferred | Self::DeferredUpdate => "deferred",
            Self::Answered => "answered",
            Self::Modal => "modal",
            Self::Failed => "failed",
        }
    }
}

/// One interaction.
#[derive(Debug, Clone)]
pub(crate) struct Interaction {
    pub(crate) id: Snowflake,
    pub(crate) token: String,
    pub(crate) kind: i64,
    pub(crate) user: Snowflake,
    pub(crate) guild: Option<Snowflake>,
    pub(crate) channel: Snowflake,
    pub(crate) at: Timestamp,
    pub(crate) stage: Stage,
    /// The command's name.
    pub(crate) name: Option<String>,
    /// Whether the command is one of a user's or message's menu.
    pub(crate) menu: bool,
    /// The message whose component was used, or from which the modal came.
    pub(crate) source: Option<Snowflake>,
    /// The answer's message.
    pub(crate) original: Option<Snowflake>,
    pub(crate) follow_ups: Vec<Snowflake>,
    /// The modal the app opened.
    pub(crate) modal: Option<Value>,
    /// The choices the app offered.
    pub(crate) choices: Option<Value>,
    /// Why it failed.
    pub(crate) failure: Option<String>,
}

impl Interaction {
    /// Returns until when the app must answer first.
    pub(crate) fn first_answer_due(&self) -> Timestamp {
        after(self.at, limits::FIRST_ANSWER)
    }

    /// Returns until when its token serves messages.
    pub(crate) fn token_ends(&self) -> Timestamp {
        after(self.at, limits::INTERACTION_TOKEN)
    }

    /// Returns what its messages say about where they come from.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            interaction: self.id,
            kind: self.kind,
            user: self.user,
            name: self.name.clone(),
            original: None,
            interacted: (self.kind == kind::COMPONENT).then_some(self.source).flatten(),
        }
    }

    /// Returns the state for people to look at.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "type": self.kind,
            "state": self.stage.name(),
            "user_id": self.user,
            "guild_id": self.guild,
            "channel_id": self.channel,
            "at": iso(self.at),
            "command_name": self.name,
            "source_message_id": self.source,
            "message_id": self.original,
            "follow_up_ids": self.follow_ups,
            "modal": self.modal,
            "choices": self.choices,
            "error": self.failure,
        })
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Pending => Some(self.first_answer_due()),
            Stage::Deferred => Some(self.token_ends()),
            _ => None,
        }
    }
}

fn after(at: Timestamp, span: std::time::Duration) -> Timestamp {
    at.saturating_add(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

/// The interactions that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Interactions(BTreeMap<Snowflake, Interaction>);

impl Interactions {
    /// Remembers a new one, and lets the oldest go when there are too many.
    pub(crate) fn insert(&mut self, interaction: Interaction) {
        self.0.insert(interaction.id, interaction);
        while self.0.len() > limits::INTERACTIONS {
            self.0.pop_first();
        }
    }

    pub(crate) fn get(&self, id: Snowflake) -> Option<&Interaction> {
        self.0.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: Snowflake) -> Option<&mut Interaction> {
        self.0.get_mut(&id)
    }

    /// Finds one by its token.
    pub(crate) fn by_token(&self, token: &str) -> Option<&Interaction> {
        self.0
            .values()
            .rev()
            .find(|interaction| interaction.token == token)
    }

    /// Returns those with an open modal.
    pub(crate) fn modals(&self) -> impl Iterator<Item = &Interaction> {
        self.0
            .values()
            .filter(|interaction| interaction.stage == Stage::Modal && interaction.modal.is_some())
    }
}

impl World {
    /// Makes a token as opaque as Discord's.
    pub(crate) fn new_interaction_token(id: Snowflake) -> String {
        let mut secret = format!("interaction:{id}:");
        let mut random = rand::rng();
        for _ in 0..8 {
            let _ = write!(secret, "{:016x}", random.random::<u64>());
        }
        URL_SAFE_NO_PAD.encode(secret)
    }

    /// Returns when the next interaction runs out of time.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.interactions
            .0
            .values()
            .filter_map(Interaction::deadline)
            .min()
    }

    /// Fails every interaction whose time is over.
    pub(crate) fn expire_interactions(&mut self) {
        let now = self.now();
        let due = |interaction: &&Interaction| interaction.deadline().is_some_and(|deadline| deadline <= now);
        let late: Vec<Snowflake> = self
            .interactions
            .0
            .values()
            .filter(due)
            .map(|interaction| interaction.id)
            .collect();
        for id in late {
            let Some(interaction) = self.interactions.get_mut(id) else {
                continue;
            };
            let reason = match interaction.stage {
                Stage::Pending => "The application did not respond within 3 seconds.",
                _ => "The application did not finish its answer within 15 minutes.",
            };
            interaction.stage = Stage::Failed;
            interaction.failure = Some(reason.to_owned());
            let (guild, channel, user) = (interaction.guild, interaction.channel, interaction.user);
            let noted = json!({"interaction_id": id, "user_id": user, "error": reason});
            let heard = self.timeline.last_heard(id);
            self.note_late("interaction_failed", guild, Some(channel), noted, heard);
        }
    }

    /// Returns what became of an interaction.
    pub(crate) fn interaction_json(&mut self, id: Snowflake) -> Option<Value> {
        self.expire_interactions();
        self.interactions.get(id).map(Interaction::json)
    }

    /// Returns the modals that are open, newest first.
    pub(crate) fn modals_json(&self, user: Option<Snowflake>) -> Vec<Value> {
        let mut open: Vec<Value> = self
            .interactions
            .modals()
            .filter(|interaction| user.is_none_or(|user| interaction.user == user))
            .map(modal_json)
            .collect();
        open.reverse();
        open
    }

    /// Closes a modal without submitting it.
    pub(crate) fn dismiss_modal(&mut self, id: Snowflake) -> Outcome<()> {
        let interaction = self
            .interactions
            .get_mut(id)
            .filter(|interaction| interaction.stage == Stage::Modal);
        let interaction = interaction.ok_or_else(ApiError::unknown_interaction)?;
        interaction.modal = None;
        interaction.stage = Stage::Answered;
        let (guild, channel, user) = (interaction.guild, interaction.channel, interaction.user);
        self.note(
            "modal_close",
            guild,
            Some(channel),
            json!({"interaction_id": id, "user_id": user}),
        );
        Ok(())
    }
}

/// Returns an open modal as a client shows it.
pub(crate) fn modal_json(interaction: &Interaction) -> Value {
    let modal = interaction.modal.as_ref();
    let part = |key: &str| modal.map_or(Value::Null, |modal| modal[key].clone());
    json!({
        "interaction_id": interaction.id,
        "user_id": interaction.user,
        "guild_id": interaction.guild,
        "channel_id": interaction.channel,
        "title": part("title"),
        "custom_id": part("custom_id"),
        "components": part("components"),
    })
}
