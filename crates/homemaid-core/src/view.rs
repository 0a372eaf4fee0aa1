//! What the owner sees, as the HTTP API hands it out: plain data, ids as text, times in RFC 3339.

use std::collections::BTreeMap;

use homemaid_protocol::{Capability, Tier};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much harm a capability can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierView {
    /// Pre-ticked at install.
    Safe,
    /// Shown with an explanation.
    Risky,
    /// Ticked one by one.
    Dangerous,
}

impl From<Tier> for TierView {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Safe => Self::Safe,
            Tier::Risky => Self::Risky,
            Tier::Dangerous => Self::Dangerous,
        }
    }
}

/// A capability a version asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RequestedCapability {
    /// For example `storage:kv`.
    pub name: String,
    /// How much harm it can do.
    pub tier: TierView,
}

impl From<Capability> for RequestedCapability {
    fn from(capability: Capability) -> Self {
        Self {
            name: capability.name().to_owned(),
            tier: capability.tier().into(),
        }
    }
}

/// A capability of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CapabilityView {
    /// For example `storage:kv`.
    pub name: String,
    /// How much harm it can do.
    pub tier: TierView,
    /// The manifest asks for it.
    pub requested: bool,
    /// The owner approved it.
    pub granted: bool,
    /// A call was refused for want of it, and the owner has not decided since.
    pub needed: bool,
}

/// Something the check of a zip found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingView {
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// Stable, for example `zip_slip`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// In which file.
    pub path: Option<String>,
    /// On which line.
    pub line: Option<u32>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A stored, verified version as it came out of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadReport {
    /// The plugin's id.
    pub plugin: String,
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// The version's own number.
    pub version: String,
    /// The content hash: names this version from now on.
    pub hash: String,
    /// It was stored before; nothing changed.
    pub known: bool,
    /// What it asks for.
    pub capabilities: Vec<RequestedCapability>,
    /// Names in the manifest this host does not know; they are never granted.
    pub unknown_capabilities: Vec<String>,
    /// The domains it wants to reach.
    pub proxy_domains: Vec<String>,
    /// Its slash commands.
    pub commands: Vec<String>,
    /// What the check found; none of it refused the zip.
    pub findings: Vec<FindingView>,
}

/// A plugin and its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PluginView {
    /// The plugin's id.
    pub id: String,
    /// The newest version's name for it.
    pub name: String,
    /// The newest version's description.
    pub description: String,
    /// Newest first.
    pub versions: Vec<VersionView>,
    /// Installations of it, as `plugin@guild`.
    pub installations: Vec<String>,
}

/// A stored version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionView {
    /// The content hash.
    pub hash: String,
    /// The version's own number.
    pub version: String,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    pub uploaded_at: Timestamp,
    /// What it asks for.
    pub capabilities: Vec<RequestedCapability>,
    /// The domains it wants to reach.
    pub proxy_domains: Vec<String>,
    /// Its slash commands.
    pub commands: Vec<String>,
    /// What the check found.
    pub findings: Vec<FindingView>,
}

/// What a worker does right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum WorkerState {
    /// There is none.
    Stopped,
    /// On its way: created, booting, install and enable handlers.
    Starting,
    /// Events flow.
    Running,
    /// On its way out.
    Stopping,
    /// It crashed and starts again by itself.
    BackingOff {
        /// When.
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
        /// Which restart in a row, from 1.
        attempt: u32,
    },
    /// It crashed too often: suspended until the owner starts it.
    GaveUp,
}

/// A slash command of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandView {
    /// The name in the manifest.
    pub name: String,
    /// The name members type, when it is registered; another plugin may have taken the plain one.
    pub registered_as: Option<String>,
    /// Why it is not registered.
    pub problem: Option<String>,
}

/// What a worker uses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct UsageView {
    /// Memory now, in bytes.
    pub memory_bytes: u64,
    /// The most it ever used, in bytes.
    pub memory_peak_bytes: u64,
    /// What it may use at most, in bytes.
    pub memory_limit_bytes: u64,
    /// Processor time since it started, in microseconds.
    pub cpu_usec: u64,
    /// Processes and threads now.
    pub pids: u64,
}

/// What became of an installation's events and calls since the host started.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct CountsView {
    /// Events sent to the worker.
    pub events_delivered: u64,
    /// Acknowledged by it.
    pub events_acknowledged: u64,
    /// Acknowledged after a handler raised.
    pub events_failed: u64,
    /// Dropped: more than 50 a second.
    pub events_over_rate: u64,
    /// Dropped: too many waited.
    pub events_over_queue: u64,
    /// Lost with a worker that ended before it acknowledged them.
    pub events_lost: u64,
    /// Calls answered with a result.
    pub calls_ok: u64,
    /// Calls that failed.
    pub calls_failed: u64,
    /// Calls refused before any effect.
    pub calls_refused: u64,
    /// Log lines dropped: more than 200 a second.
    pub log_lines_dropped: u64,
}

/// A plugin in a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InstallationView {
    /// `plugin@guild`.
    pub id: String,
    /// The plugin's id.
    pub plugin: String,
    /// The plugin's name.
    pub plugin_name: String,
    /// The guild's id.
    pub guild: String,
    /// The guild's name, when the bot is in it.
    pub guild_name: Option<String>,
    /// The active version's own number.
    pub version: String,
    /// The active version's content hash.
    pub hash: String,
    /// The owner switched it on.
    pub enabled: bool,
    /// What its worker does.
    pub state: WorkerState,
    /// What the owner should know: the last crash, or why it waits. Goes once the worker ran well for five minutes.
    pub problem: Option<String>,
    /// What it may do, what it asks for and what it lacks.
    pub capabilities: Vec<CapabilityView>,
    /// Its slash commands.
    pub commands: Vec<CommandView>,
    /// The worker's use, while there is one.
    pub usage: Option<UsageView>,
    /// What became of its events and calls.
    pub counts: CountsView,
    /// When it was installed.
    #[schema(value_type = String, format = DateTime)]
    pub installed_at: Timestamp,
}

/// A guild the bot is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuildView {
    /// The guild's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The hash of its icon.
    pub icon: Option<String>,
    /// How many members it has.
    pub member_count: u64,
}

/// A stored log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogView {
    /// Rises with every line; `after` continues from it, and a gap is lines that were dropped.
    pub id: i64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `plugin@guild`.
    pub installation: String,
    /// `debug`, `info`, `warning` or `error`.
    pub level: String,
    /// `plugin`, `stdout`, `stderr` or `host`.
    pub source: String,
    /// The text.
    pub message: String,
    /// The plugin's own tags.
    pub tags: Vec<String>,
    /// The plugin's own keys.
    pub extra: BTreeMap<String, String>,
}

/// One record of the audit: a call of a plugin, the event that caused calls, an act of the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditView {
    /// Rises with every record; `after` continues from it.
    pub id: i64,
    /// When the call came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `call`, `event`, `owner` or `host`.
    pub kind: String,
    /// `plugin@guild`; an act of the owner may be about none.
    pub installation: Option<String>,
    /// For example `kv.get`, `event.message_create` or `owner.install`.
    pub method: String,
    /// `allowed` or `refused`.
    pub decision: String,
    /// `ok` or the error's code.
    pub outcome: String,
    /// From line read to answer ready, in microseconds.
    pub duration_us: u64,
    /// The event whose handler made the call, when the SDK says so.
    pub event_id: Option<String>,
    /// The channel it was about.
    pub channel: Option<String>,
    /// The messages it made, changed, deleted, pinned or reacted to; of an event the message it is about.
    pub messages: Vec<String>,
    /// The members or users it acted upon; of an event the one who caused it.
    pub members: Vec<String>,
    /// The role it gave or took.
    pub role: Option<String>,
    /// Of a call the arguments as JSON, cut, on live records only and never stored; of an owner's act what was decided.
    pub detail: Option<String>,
}

/// A record that touched a message, and what caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditCauseView {
    /// The record.
    pub record: AuditView,
    /// The event whose handler made the call; none when the plugin called by itself.
    pub event: Option<AuditView>,
}

/// What came of computing the whole chain of the audit again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditVerdictView {
    /// Records that are as they were written.
    pub verified: u64,
    /// Records from before there was a chain; nothing is known about them.
    pub unchained: u64,
    /// The days, the oldest first; a day with very many records appears several times.
    pub days: Vec<AuditDayView>,
    /// Where the chain breaks first.
    pub broken: Option<AuditBreakView>,
}

/// A day of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditDayView {
    /// For example `2026-03-01`, in UTC.
    pub day: String,
    /// How many records it has, or had.
    pub records: u64,
    /// Its records were forgotten by age or number.
    pub forgotten: bool,
    /// The hash of its last record; the host's log said the same when the day was over.
    pub end: String,
}

/// Where the chain of the audit breaks first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditBreakView {
    /// On which day.
    pub day: String,
    /// The first record that does not fit, by id.
    pub record: i64,
    /// What is wrong.
    pub reason: String,
}

/// How long logs and audit are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RetentionView {
    /// Days a log line is kept, 1 to 3650.
    pub log_days: u32,
    /// Bytes of log text kept of each installation, 1 MiB to 1 GiB.
    pub log_bytes: u64,
    /// Days the audit is kept, 1 to 3650.
    pub audit_days: u32,
}

/// A metric an installation has recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MetricView {
    /// Its name.
    pub name: String,
    /// Its different sets of tags.
    pub series: u64,
    /// The names of its tags.
    pub tags: Vec<String>,
}

/// A metric over a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricAnswerView {
    /// Minutes, hours or days, the oldest first, in UTC.
    pub labels: Vec<String>,
    /// One named after the metric, or one for each value of the tag, the largest total first and at most 25.
    pub series: Vec<MetricLineView>,
    /// The aggregate over all values of the period.
    pub total: f64,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricLineView {
    /// The metric, or the tag's value.
    pub name: String,
    /// A number for each label.
    pub data: Vec<f64>,
}

/// A call was refused for want of a capability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NeedsPermissionView {
    /// `plugin@guild`.
    pub installation: String,
    /// What it needs.
    pub capability: String,
    /// How much harm it can do.
    pub tier: TierView,
    /// The call that was refused.
    pub method: String,
    /// The manifest asks for it. When not, the plugin did not declare it.
    pub requested: bool,
}

/// How the appliance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusView {
    /// The host's version.
    pub version: String,
    /// The connection to Discord.
    pub discord: DiscordView,
    /// Guilds the bot is in.
    pub guilds: usize,
    /// Installations.
    pub installations: usize,
    /// Of those, workers through which events flow.
    pub running: usize,
    /// What keeps the appliance from working as it should, in words: a full disk, for example.
    pub problems: Vec<String>,
    /// The host is stopping: it takes no changes.
    pub draining: bool,
}

/// The connection to Discord.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DiscordView {
    /// `connecting`, `connected`, `reconnecting` or `failed`.
    pub state: String,
    /// The bot's user name.
    pub user: Option<String>,
    /// The bot's user id.
    pub user_id: Option<String>,
    /// The application's id, for the invitation link.
    pub application_id: Option<String>,
    /// What is wrong.
    pub reason: Option<String>,
    /// What the owner can do about it.
    pub fix: Option<String>,
    /// What works less well than it could.
    pub notices: Vec<String>,
    /// How close Discord is to shutting this machine out for requests it refused.
    pub refused_requests: RefusedRequestsView,
}

/// Requests that Discord refused lately. It shuts a machine out that makes too many of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusedRequestsView {
    /// Refused within the last ten minutes.
    pub refused: u32,
    /// How many Discord takes.
    pub limit: u32,
    /// What is held back because of it: `nothing`, `background` (the registration of commands), `calls` (everything
    /// but answers to members) or `everything`.
    pub held_back: String,
}
