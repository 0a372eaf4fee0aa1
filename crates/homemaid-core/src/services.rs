//! What a worker's side of the house reaches: everything but the sandbox it runs in and the store it came from.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homemaid_discord::Discord;
use homemaid_egress::Egress;
use homemaid_protocol::limits::CALLS_PER_SECOND;
use homemaid_protocol::{
    Capability, Clock, Event, EventType, InstallationId, LogLevel, PluginLog, Snowflake,
};
pub(crate) use homemaid_storage::LogSource;
use homemaid_storage::{AuditKind, AuditLine, AuditRecord, LogLine, LogRecord, Storage};
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::cause;
use crate::change::{CHANGES_QUEUED, CoreEvent};
use crate::installation::Installation;
use crate::needs::Announced;
use crate::tables::Tables;
use crate::tally::Tally;
use crate::view::{AuditView, NeedsPermissionView};
use crate::worker::gate::Pass;

/// What can be set when the house is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreOptions {
    /// Calls a second from one worker, all methods together (caps §5.3).
    pub calls_per_second: u32,
    /// A Python SDK to run plugins with in place of the image's own.
    pub sdk: Option<PathBuf>,
}

impl Default for CoreOptions {
    fn default() -> Self {
        Self {
            calls_per_second: CALLS_PER_SECOND,
            sdk: None,
        }
    }
}

/// Shared by all workers.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) storage: Storage,
    pub(crate) tables: Tables,
    pub(crate) discord: Discord,
    pub(crate) egress: Egress,
    pub(crate) clock: Clock,
    pub(crate) options: CoreOptions,
    /// Interactions that several workers have.
    pub(crate) tally: Tally,
    /// Calls run here, so that one that a dying worker made is finished and audited all the same.
    pub(crate) tasks: TaskTracker,
    /// The event types each installation said it takes.
    pub(crate) announced: Mutex<Announced>,
    changes: broadcast::Sender<CoreEvent>,
}

impl Services {
    pub(crate) fn new(
        storage: Storage,
        discord: Discord,
        egress: Egress,
        clock: Clock,
        options: CoreOptions,
    ) -> Arc<Self> {
        Arc::new(Self {
            tables: Tables::new(storage.dir()),
            storage,
            discord,
            egress,
            clock,
            options,
            tally: Tally::default(),
            tasks: TaskTracker::new(),
            announced: Mutex::default(),
            changes: broadcast::channel(CHANGES_QUEUED).0,
        })
    }

    /// Returns the news from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<CoreEvent> {
        self.changes.subscribe()
    }

    /// Returns whether anybody watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.changes.receiver_count() > 0
    }

    /// Tells everyone who watches; `news` is made only when somebody does.
    pub(crate) fn publish(&self, news: impl FnOnce() -> CoreEvent) {
        if self.is_watched() {
            // An error says that the last watcher left meanwhile.
            let _ = self.changes.send(news());
        }
    }

    /// Stores a line a plugin wrote, unless it writes too many (wire §5).
    pub(crate) fn plugin_log(&self, installation: &Installation, source: LogSource, log: PluginLog) {
        let pass = installation.gate().ask(Instant::now());
        match pass {
            Pass::No => {}
            Pass::Yes { dropped_before } => {
                self.dropped_lines(&installation.id, dropped_before);
                self.store_log(&installation.id, source, log);
            }
        }
    }

    /// Tells the owner something about an installation, in its own log.
    pub(crate) fn host_log(&self, id: &InstallationId, level: LogLevel, message: String) {
        self.store_log(
            id,
            LogSource::Host,
            PluginLog {
                level,
                message,
                ..PluginLog::default()
            },
        );
    }

    /// Tells how many lines were not stored.
    pub(crate) fn dropped_lines(&self, id: &InstallationId, dropped: u64) {
        if dropped > 0 {
            let message = format!(
                "{dropped} log lines were dropped: more than {} a second",
                crate::worker::gate::LOG_LINES_PER_SECOND
            );
            self.host_log(id, LogLevel::Warning, message);
        }
    }

    fn store_log(&self, id: &InstallationId, source: LogSource, log: PluginLog) {
        let record = LogRecord {
            at: self.clock.now(),
            installation: id.clone(),
            level: homemaid_storage::LogLevel::parse(log.level.name()),
            source,
            message: log.message,
            tags: log.tags,
            extra: log
                .extra
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect(),
        };
        let watched = self.is_watched().then(|| record.clone());
        let id = self.storage.log(record);
        if let Some(record) = watched {
            self.publish(|| CoreEvent::Log(LogLine { id, record }.into()));
        }
    }

    /// Remembers one call.
    pub(crate) fn audit(&self, record: AuditRecord, detail: Option<String>) {
        let watched = self.is_watched().then(|| record.clone());
        let id = self.storage.audit(record);
        if let Some(record) = watched {
            self.publish(|| {
                let mut view = AuditView::from(AuditLine { id, record });
                view.detail = view.detail.or(detail);
                CoreEvent::Audit(view)
            });
        }
    }

    /// Keeps whose the components of a message are, so that they still work after a restart.
    pub(crate) fn keep_origin(&self, id: &InstallationId, message: Snowflake) {
        let (storage, id) = (self.storage.clone(), id.clone());
        self.tasks.spawn(async move {
            let kept = storage
                .write({
                    let id = id.clone();
                    move |tx| tx.origins().keep(&id, message)
                })
                .await;
            if let Err(error) = kept {
                tracing::warn!(installation = %id, error = chain(&error), "a message's origin is not stored");
            }
        });
    }

    /// Remembers the event a call was made for. Those who watch have seen it delivered.
    pub(crate) fn audit_cause(&self, id: &InstallationId, event: &Event) {
        let method = format!("event.{}", event.kind.name());
        self.storage.audit(AuditRecord {
            kind: AuditKind::Event,
            event_id: Some(event.id.clone()),
            touched: cause::touched(event),
            ..AuditRecord::call(self.clock.now(), id.clone(), method)
        });
    }

    /// Remembers something the owner did; `act` is its name, for example `owner.install`.
    pub(crate) fn owner_did(&self, id: Option<&InstallationId>, act: &'static str, detail: Option<String>) {
        let now = self.clock.now();
        self.audit(AuditRecord::owner(now, id.cloned(), act, detail), None);
    }

    /// An event's handlers finished, or will never; `failed` says why.
    pub(crate) fn event_finished(
        &self,
        installation: &InstallationId,
        event_id: &str,
        kind: EventType,
        failed: Option<String>,
    ) {
        if kind == EventType::InteractionCreate && self.tally.one_done(event_id) {
            self.discord.interaction_finished(event_id, &installation.plugin);
        }
        self.publish(|| CoreEvent::EventFinished {
            installation: installation.to_string(),
            event_id: event_id.to_owned(),
            failed,
        });
    }

    /// An event did not get into an installation's queue.
    pub(crate) fn event_refused(&self, installation: &InstallationId, event: &Event, why: &str) {
        if event.kind == EventType::InteractionCreate && self.tally.one_done(&event.id) {
            self.discord.interaction_finished(&event.id, &installation.plugin);
        }
        self.publish(|| CoreEvent::EventFinished {
            installation: installation.to_string(),
            event_id: event.id.clone(),
            failed: Some(why.to_owned()),
        });
    }

    /// Notes that a call was refused for want of `capability`, and tells the owner the first time.
    pub(crate) fn needs(
        self: &Arc<Self>,
        installation: &Arc<Installation>,
        capability: Capability,
        method: &'static str,
        declared: bool,
    ) {
        if !installation.note_need(capability) {
            return;
        }
        self.publish(|| {
            CoreEvent::NeedsPermission(NeedsPermissionView {
                installation: installation.id.to_string(),
                capability: capability.name().to_owned(),
                tier: capability.tier().into(),
                method: method.to_owned(),
                requested: declared,
            })
        });
        installation.changed();
        let (services, id) = (Arc::clone(self), installation.id.clone());
        self.tasks.spawn(async move {
            let noted = services
                .storage
                .write({
                    let id = id.clone();
                    move |tx| tx.requests().note(&id, capability, method, declared)
                })
                .await;
            if let Err(error) = noted {
                tracing::warn!(installation = %id, %capability, error = chain(&error), "request not stored");
            }
        });
    }
}

/// Returns an error with all its causes, for the one place that logs it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// How long an answer may take (wire §6.1): the SDK waits 30 s.
pub(crate) const ANSWER_DEADLINE: Duration = Duration::from_secs(25);
