//! What happens in the house, for everyone who watches.

use homemaid_protocol::Event;

use crate::view::{AuditView, InstallationView, LogView, NeedsPermissionView, StatusView};

/// News that may wait for a slow watcher; a slower one is told that it missed some.
pub const CHANGES_QUEUED: usize = 4_096;

/// One piece of news. See [`Core::subscribe`](crate::Core::subscribe).
#[derive(Debug, Clone)]
pub enum CoreEvent {
    /// An installation is new or looks different.
    InstallationChanged(Box<InstallationView>),
    /// An installation is gone.
    InstallationRemoved {
        /// `plugin@guild`.
        id: String,
    },
    /// A line for a log.
    Log(LogView),
    /// A call was answered.
    Audit(AuditView),
    /// An event was written to a worker.
    EventDelivered {
        /// `plugin@guild`.
        installation: String,
        /// The event, with its payload.
        event: Event,
    },
    /// An event's handlers finished, or will never.
    EventFinished {
        /// `plugin@guild`.
        installation: String,
        /// The event.
        event_id: String,
        /// Why, when a handler raised or the event was lost.
        failed: Option<String>,
    },
    /// A call was refused for want of a capability. Told once until the owner decides.
    NeedsPermission(NeedsPermissionView),
    /// A plugin or version came or went.
    PluginsChanged,
    /// Guilds or the connection to Discord changed, or the host is stopping.
    Status(StatusView),
}
