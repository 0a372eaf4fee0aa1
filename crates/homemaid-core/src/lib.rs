//! Installations, consent, supervision, dispatch and calls: the middle of the house, where the other crates meet.
//!
//! * [`Core`]: the handle. [`Core::start`] takes over the parts; its other methods are all the owner can do.
//! * [`CoreEvent`]: what happens, live. The views ([`InstallationView`] and others) are what the owner sees.
//! * [`CoreError`]: why something was not done, with a stable code.
//!
//! Inside, along the ways through the house:
//!
//! * `dispatch` takes events from Discord and offers them to the queue of each installation they are for.
//! * `supervisor` keeps one worker for each installation alive: `supervisor::plan` decides, a task does.
//! * `worker` is the conversation with one worker: lines in and out, the event queue, log lines.
//! * `calls` routes what a worker asks for: capability, validation, rate limit, work, audit.
//! * `records` is what the owner reads of what happened: logs, metrics, audit.
//! * `owner` is what the owner changes, `load` what is remembered at the start, `commands` the guilds' slash
//!   commands.
//!
//! To add a family of calls: see `calls`. To add something the owner can do: a method in `owner` that writes first,
//! changes the [`Installation`](installation::Installation) and signals its supervisor.

pub mod backup;
mod bucket;
mod calls;
mod cause;
mod change;
mod commands;
mod convert;
mod core;
mod data;
mod directory;
mod dispatch;
mod error;
mod export;
mod house;
mod installation;
mod load;
mod looks;
mod needs;
mod outbound;
mod owner;
mod person;
mod records;
mod secrets;
mod services;
mod shelf;
mod supervisor;
mod table_data;
mod tables;
mod tally;
mod told;
mod view;
mod worker;

#[cfg(test)]
mod testing;

pub use self::core::{Core, CoreParts};
pub use backup::{
    BackupFileView, BackupSchedule, BackupView, BackupsView, DrillView, RestoreView, RestoredOneView,
};
pub use change::{CHANGES_QUEUED, CoreEvent};
pub use data::{KvEdit, KvEntryView, KvPageView};
pub use error::{CoreError, ErrorKind};
pub use export::ExportFormat;
pub use homemaid_storage::{AuditKind, KvQuery, LogSource, MetricQuery};
pub use needs::event_needs;
pub use outbound::{DomainAccess, DomainSource, DomainView, SecretDomainView};
pub use owner::InstallRequest;
pub use person::{PersonErased, PersonMention, PersonView};
pub use records::{AuditQuery, LogQuery};
pub use secrets::{
    BotTokenView, KeyChangeView, SecretView, bot_token, delete_bot_token, rotate_secret_key, set_bot_token,
    stored_bot_token,
};
pub use services::CoreOptions;
pub use table_data::{TableColumnView, TablePageView, TableRowView, TableView, TablesView};
pub use tables::TablesError;
pub use view::{
    AuditBreakView, AuditCauseView, AuditDayView, AuditVerdictView, AuditView, CapabilityView, CommandView,
    CountsView, DiscordView, FindingView, GuildView, InstallationView, LogView, MetricAnswerView,
    MetricLineView, MetricView, NeedsPermissionView, PluginView, RefusedRequestsView, RequestedCapability,
    RetentionView, StatusView, TierView, UploadReport, UsageView, VersionView, WorkerState,
};
