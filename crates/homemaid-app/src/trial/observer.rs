//! Watches the core and the simulator at once, reports each thing as it happens, and waits for conditions meanwhile.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use discord_sim::{Simulator, TimelineEntry};
use homemaid_core::{Core, CoreEvent, WorkerState};
use serde_json::Value;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, timeout_at};

use super::report::Line;
use super::stage::Expected;

/// How long the last effects may take to come in after everything is done.
const LAST_EFFECTS: Duration = Duration::from_millis(300);

/// How long a step's event is still waited for once some event was not for the plugin.
const SKIPPED: Duration = Duration::from_secs(1);

/// What became of a step's event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The plugin was sent it; its id.
    Sent(String),
    /// It was not for the plugin, and why.
    Skipped(String),
    /// Nothing was heard of it.
    Missing,
}

/// Whether what was waited for came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    /// It did.
    Came,
    /// Time ran out.
    InVain,
}

/// What the result counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    events: usize,
    failed: usize,
    calls: usize,
    refused: usize,
    trouble: bool,
}

impl Tally {
    /// Something went wrong that no count shows.
    pub(crate) fn refuse(&mut self) {
        self.trouble = true;
    }

    pub(crate) fn ok(&self) -> bool {
        !self.trouble && self.failed == 0
    }

    pub(crate) fn line(&self) -> Line {
        Line::Result {
            ok: self.ok(),
            events: self.events,
            failed: self.failed,
            calls: self.calls,
            refused: self.refused,
        }
    }
}

/// Watches one private appliance.
pub(crate) struct Observer {
    core: Core,
    news: broadcast::Receiver<CoreEvent>,
    timeline: discord_sim::Follow,
    channels: HashMap<String, String>,
    tally: Tally,
    /// Events the plugin was sent and is not done with, or done with and not asked for.
    delivered: Vec<(String, &'static str, Value)>,
    finished: Vec<String>,
    /// Every event the plugin was sent; others end without ever having reached it.
    sent: HashSet<String>,
    /// Why the newest event that never reached the plugin did not.
    skipped: Option<String>,
    state: Option<String>,
}

impl Observer {
    pub(crate) fn new(core: &Core, simulator: &Simulator) -> Self {
        let control = simulator.control();
        let channels = control.state()["guilds"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|guild| guild["channels"].as_array().cloned().unwrap_or_default())
            .filter_map(|channel| {
                Some((
                    channel["id"].as_str()?.to_owned(),
                    channel["name"].as_str()?.to_owned(),
                ))
            })
            .collect();
        Self {
            core: core.clone(),
            news: core.subscribe(),
            timeline: control.follow(0),
            channels,
            tally: Tally::default(),
            delivered: Vec::new(),
            finished: Vec::new(),
            sent: HashSet::new(),
            skipped: None,
            state: None,
        }
    }

    pub(crate) fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// Reports until `done` says so, at most for `limit`.
    pub(crate) async fn until(
        &mut self,
        limit: Duration,
        report: &mut impl FnMut(Line),
        done: impl Fn(&Core) -> bool,
    ) -> Waited {
        let deadline = Instant::now() + limit;
        let core = self.core.clone();
        while !done(&core) {
            if timeout_at(deadline, self.step(report)).await.is_err() {
                return Waited::InVain;
            }
        }
        Waited::Came
    }

    /// Waits until the plugin was sent an event that a step caused.
    pub(crate) async fn delivered(
        &mut self,
        limit: Duration,
        report: &mut impl FnMut(Line),
        expected: &Expected,
    ) -> Delivery {
        let mut deadline = Instant::now() + limit;
        self.skipped = None;
        loop {
            if let Some(at) = self
                .delivered
                .iter()
                .position(|(_, kind, payload)| expected.matches(kind, payload))
            {
                return Delivery::Sent(self.delivered.remove(at).0);
            }
            if self.skipped.is_some() {
                // It may have been another event, such as the bot's own message.
                deadline = deadline.min(Instant::now() + SKIPPED);
            }
            if timeout_at(deadline, self.step(report)).await.is_err() {
                return self.skipped.take().map_or(Delivery::Missing, Delivery::Skipped);
            }
        }
    }

    /// Waits until the plugin is done with an event.
    pub(crate) async fn finished(
        &mut self,
        limit: Duration,
        report: &mut impl FnMut(Line),
        event_id: &str,
    ) -> Waited {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(at) = self.finished.iter().position(|done| done == event_id) {
                self.finished.remove(at);
                return Waited::Came;
            }
            if timeout_at(deadline, self.step(report)).await.is_err() {
                return Waited::InVain;
            }
        }
    }

    /// Reports what still comes in, until nothing does.
    pub(crate) async fn rest(&mut self, report: &mut impl FnMut(Line)) {
        while tokio::time::timeout(LAST_EFFECTS, self.step(report))
            .await
            .is_ok()
        {}
    }

    /// Waits for one thing to happen, and reports it.
    async fn step(&mut self, report: &mut impl FnMut(Line)) {
        tokio::select! {
            // The core first: a call is told before what it did in Discord.
            biased;
            news = self.news.recv() => match news {
                Ok(news) => self.on_news(news, report),
                Err(RecvError::Lagged(missed)) => {
                    report(Line::Problem { message: format!("{missed} lines were lost: too much happened at once") });
                }
                Err(RecvError::Closed) => std::future::pending().await,
            },
            entry = self.timeline.next() => self.on_entry(&entry, report),
        }
    }

    fn on_news(&mut self, news: CoreEvent, report: &mut impl FnMut(Line)) {
        match news {
            CoreEvent::InstallationChanged(view) => {
                let state = state_name(&view.state);
                if self.state.as_deref() != Some(state) {
                    if matches!(view.state, WorkerState::BackingOff { .. } | WorkerState::GaveUp) {
                        self.tally.refuse();
                    }
                    self.state = Some(state.to_owned());
                    report(Line::Worker {
                        state: state.to_owned(),
                        problem: view.problem,
                    });
                }
            }
            CoreEvent::Log(line) => {
                report(Line::Log {
                    level: line.level,
                    source: line.source,
                    message: line.message,
                });
            }
            CoreEvent::Audit(call) if call.kind == "call" => {
                self.tally.calls += 1;
                self.tally.refused += usize::from(call.decision == "refused");
                report(Line::Call {
                    method: call.method,
                    decision: call.decision,
                    outcome: call.outcome,
                    params: call.detail,
                    event_id: call.event_id,
                    duration_us: call.duration_us,
                });
            }
            CoreEvent::EventDelivered { event, .. } => {
                self.tally.events += 1;
                self.sent.insert(event.id.clone());
                let payload: Value = serde_json::from_str(event.payload().get()).unwrap_or(Value::Null);
                self.delivered
                    .push((event.id.clone(), event.kind.name(), payload.clone()));
                report(Line::Event {
                    event_type: event.kind.name().to_owned(),
                    event_id: event.id,
                    payload,
                });
            }
            CoreEvent::EventFinished { event_id, failed, .. } if !self.sent.contains(&event_id) => {
                self.skipped = failed;
            }
            CoreEvent::EventFinished { event_id, failed, .. } => {
                self.tally.failed += usize::from(failed.is_some());
                self.finished.push(event_id.clone());
                report(Line::Done { event_id, failed });
            }
            CoreEvent::Audit(_)
            | CoreEvent::InstallationRemoved { .. }
            | CoreEvent::NeedsPermission(_)
            | CoreEvent::PluginsChanged
            | CoreEvent::Status(_) => {}
        }
    }

    fn on_entry(&self, entry: &TimelineEntry, report: &mut impl FnMut(Line)) {
        let data = Value::Object(entry.data.clone());
        let Some((effect, object)) = effect(&entry.kind, &data) else {
            return;
        };
        let channel = entry.channel_id.map(|id| id.to_string());
        report(Line::Discord {
            effect: effect.to_owned(),
            channel: channel.map(|id| self.channels.get(&id).cloned().unwrap_or(id)),
            ephemeral: object["flags"].as_u64().unwrap_or(0) & 64 != 0,
            data: object,
        });
    }
}

/// Returns what an entry shows when the plugin's bot did it, and the object.
fn effect(kind: &str, data: &Value) -> Option<(&'static str, Value)> {
    let message = &data["message"];
    let by_bot = message["author"]["bot"] == true;
    match kind {
        "message_create" if by_bot && message["interaction_metadata"].is_object() => {
            Some(("reply", message.clone()))
        }
        "message_create" if by_bot => Some(("message", message.clone())),
        "message_update" if by_bot => Some(("message_update", message.clone())),
        "message_delete" => Some(("message_delete", data.clone())),
        "reaction_add" if data["bot"] == true || data["member"]["user"]["bot"] == true => {
            Some(("reaction", data.clone()))
        }
        "interaction_failed" => Some(("reply_missing", data.clone())),
        "modal_open" => Some(("modal", data.clone())),
        _ => None,
    }
}

fn state_name(state: &WorkerState) -> &'static str {
    match state {
        WorkerState::Stopped => "stopped",
        WorkerState::Starting => "starting",
        WorkerState::Running => "running",
        WorkerState::Stopping => "stopping",
        WorkerState::BackingOff { .. } => "backing_off",
        WorkerState::GaveUp => "gave_up",
    }
}
