//! Recordings: the state at the start and every act since, to be done again.
//!
//! Each act carries its moment and the last id before it. Doing it again stops the clock at that moment and makes
//! ids from there, so that what members make has the same ids whatever the bot does meanwhile.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::Act;
use super::{Control, ControlError, Done};
use crate::id::Snowflake;
use crate::limits;
use crate::seed::{Seed, SeedError};
use crate::snapshot::Exact;
use crate::world::World;

/// A recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// When it began, on the simulator's clock.
    #[schema(value_type = String)]
    pub started_at: Timestamp,
    /// The state it began with.
    #[schema(value_type = Object)]
    pub exact: Exact,
    /// Whether acts are missing at the end, because there were too many.
    #[serde(default)]
    pub cut: bool,
    /// What was done, in order.
    pub acts: Vec<RecordedAct>,
}

/// An act that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedAct {
    /// When, on the simulator's clock.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// The last id before it.
    #[schema(value_type = String)]
    pub after_id: Snowflake,
    /// What.
    pub act: Act,
}

/// What became of a recording that was done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replayed {
    /// Acts that were carried out.
    pub done: usize,
    /// Acts that were refused: most often because they are about what a bot made that is not there now.
    pub refused: Vec<RefusedAct>,
}

/// An act that could not be done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusedAct {
    /// Its place in the recording, from 0.
    pub index: usize,
    /// Why.
    pub error: String,
}

/// Writes acts down while it is on.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Option<Box<Recording>>);

impl Recorder {
    /// Tells whether it is on.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes an act down.
    pub(crate) fn note(&mut self, at: Timestamp, after_id: Snowflake, act: Act) {
        let Some(recording) = &mut self.0 else { return };
        if recording.acts.len() >= limits::RECORDED_ACTS {
            recording.cut = true;
            return;
        }
        recording.acts.push(RecordedAct { at, after_id, act });
    }
}

impl Control {
    /// Returns the whole state as a seed, id by id.
    pub fn export(&self) -> Seed {
        Seed::exactly(Exact::of(&self.shared.lock()))
    }

    /// Begins anew with a seed. The token and the clock stay; clients have to identify again.
    pub fn load(&self, seed: &Seed) -> Result<(), SeedError> {
        self.shared.lock().restart(seed)
    }

    /// Begins to record; what was recorded before is forgotten.
    pub fn start_recording(&self) {
        let mut world = self.shared.lock();
        let recording = Recording {
            started_at: world.now(),
            exact: Exact::of(&world),
            cut: false,
            acts: Vec::new(),
        };
        world.recorder = Recorder(Some(Box::new(recording)));
    }

    /// Returns what is recorded so far, if anything is.
    pub fn recording(&self) -> Option<Recording> {
        self.shared.lock().recorder.0.as_deref().cloned()
    }

    /// Stops recording and returns what was recorded.
    pub fn stop_recording(&self) -> Option<Recording> {
        self.shared.lock().recorder.0.take().map(|recording| *recording)
    }

    /// Begins anew with a recording's state and does all of its acts again, each at its moment. The clock stands
    /// afterwards unless the recording let it run last.
    pub fn replay(&self, recording: &Recording) -> Done<Replayed> {
        let mut world = self.shared.lock();
        world
            .restart(&Seed::exactly(recording.exact.clone()))
            .map_err(|error| ControlError::Refused(crate::error::chain(&error)))?;
        world.clock.freeze_at(recording.started_at);
        let (mut replayed, mut runs) = (
            Replayed {
                done: 0,
                refused: Vec::new(),
            },
            None,
        );
        for (index, RecordedAct { at, after_id, act }) in recording.acts.iter().enumerate() {
            let moment = (*at).max(world.clock.now());
            world.travel(moment);
            world.ids.after(*after_id);
            let act = match act {
                // Time stands between the acts whatever the recording says; only how it ends matters.
                Act::SetClock { frozen, advance_ms } => {
                    runs = frozen.map(|frozen| !frozen).or(runs);
                    Act::SetClock {
                        frozen: None,
                        advance_ms: *advance_ms,
                    }
                }
                other => other.clone(),
            };
            match world.act(act) {
                Ok(_) => replayed.done += 1,
                Err(error) => replayed.refused.push(RefusedAct {
                    index,
                    error: error.to_string(),
                }),
            }
        }
        if runs == Some(true) {
            world.clock.resume();
        }
        Ok(replayed)
    }
}

impl World {
    /// Begins anew with a seed, for clients that stay connected and have to identify again.
    pub(crate) fn restart(&mut self, seed: &Seed) -> Result<(), SeedError> {
        let (clock, token, base) = (self.clock.clone(), self.app.token.clone(), self.base.clone());
        let mut fresh = seed.build(clock, token, base)?;
        std::mem::swap(&mut fresh.sessions, &mut self.sessions);
        std::mem::swap(&mut fresh.timeline, &mut self.timeline);
        std::mem::swap(&mut fresh.faults, &mut self.faults);
        std::mem::swap(&mut fresh.deadlines, &mut self.deadlines);
        std::mem::swap(&mut fresh.recorder, &mut self.recorder);
        *self = fresh;
        self.end_sessions(false);
        self.note(
            "seeded",
            None,
            None,
            serde_json::json!({"guilds": self.guilds.len()}),
        );
        self.deadlines.notify_one();
        Ok(())
    }
}
