//! How the house looks to its owner right now.

use std::sync::atomic::Ordering;

use homemaid_protocol::limits::WORKER_MEMORY_BYTES;
use homemaid_protocol::{Capability, CapabilitySet};
use homemaid_storage::StorageTrouble;
use tokio::time::Instant;

use crate::change::CoreEvent;
use crate::house::House;
use crate::installation::Installation;
use crate::supervisor::plan::Status;
use crate::view::{
    CapabilityView, CommandView, CountsView, DiscordView, InstallationView, StatusView, UsageView,
    WorkerState,
};

impl House {
    /// Returns how an installation looks.
    pub(crate) fn installation_view(&self, installation: &Installation) -> InstallationView {
        let (facts, condition) = (installation.facts(), installation.condition());
        let (id, manifest) = (&installation.id, &facts.version.manifest);
        let waits = facts.enabled && !self.directory.is_present(id.guild);
        InstallationView {
            id: id.to_string(),
            plugin: id.plugin.to_string(),
            plugin_name: manifest.name.clone(),
            guild: id.guild.to_string(),
            guild_name: self.directory.guild_name(id.guild),
            version: manifest.version.clone(),
            hash: facts.version.hash.to_string(),
            enabled: facts.enabled,
            state: self.state(condition.status),
            problem: condition.problem.or_else(|| {
                waits.then(|| {
                    "waits: the bot is not in this guild, or not connected to Discord yet".to_owned()
                })
            }),
            capabilities: capabilities(&manifest.capabilities, &facts.grants, &installation.needed()),
            commands: commands(manifest, installation.registered()),
            usage: installation.usage().map(|usage| UsageView {
                memory_bytes: usage.memory_bytes,
                memory_peak_bytes: usage.memory_peak,
                memory_limit_bytes: WORKER_MEMORY_BYTES,
                cpu_usec: usage.cpu_usec,
                pids: usage.pids,
            }),
            counts: counts(installation),
            installed_at: installation.installed_at,
        }
    }

    fn state(&self, status: Status) -> WorkerState {
        match status {
            Status::Stopped => WorkerState::Stopped,
            Status::Starting => WorkerState::Starting,
            Status::Running => WorkerState::Running,
            Status::Stopping => WorkerState::Stopping,
            Status::BackingOff { until, attempt } => {
                let wait = until.saturating_duration_since(Instant::now());
                let now = self.services.clock.now();
                WorkerState::BackingOff {
                    until: now.checked_add(wait).unwrap_or(now),
                    attempt,
                }
            }
            Status::GaveUp => WorkerState::GaveUp,
        }
    }

    /// Returns how the appliance is.
    pub(crate) fn status_view(&self) -> StatusView {
        let installations = self.directory.all();
        let running = installations
            .iter()
            .filter(|installation| installation.condition().status == Status::Running)
            .count();
        StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            discord: DiscordView {
                refused_requests: self.services.discord.request_budget().into(),
                ..(&*self.services.discord.status().borrow()).into()
            },
            guilds: self.directory.guilds().len(),
            installations: installations.len(),
            running,
            problems: self
                .services
                .storage
                .troubles()
                .iter()
                .map(StorageTrouble::sentence)
                .collect(),
            draining: self.draining.is_cancelled(),
        }
    }

    /// Tells everyone who watches how the appliance is.
    pub(crate) fn publish_status(&self) {
        self.services.publish(|| CoreEvent::Status(self.status_view()));
    }
}

/// Everything that is asked for, granted or needed, in the order of the tiers.
fn capabilities(
    requested: &CapabilitySet,
    granted: &CapabilitySet,
    needed: &CapabilitySet,
) -> Vec<CapabilityView> {
    let seen = |capability: &&Capability| {
        requested.contains(capability) || granted.contains(capability) || needed.contains(capability)
    };
    let view = |capability: &Capability| CapabilityView {
        name: capability.name().to_owned(),
        tier: capability.tier().into(),
        requested: requested.contains(capability),
        granted: granted.contains(capability),
        needed: needed.contains(capability),
    };
    Capability::ALL.iter().filter(seen).map(view).collect()
}

/// The manifest's commands, with what became of those that were registered.
fn commands(manifest: &homemaid_protocol::Manifest, registered: Vec<CommandView>) -> Vec<CommandView> {
    let mut registered: Vec<_> = registered.into_iter().map(Some).collect();
    let of = |name: &str| {
        registered
            .iter_mut()
            .find(|command| command.as_ref().is_some_and(|command| command.name == name))
            .and_then(Option::take)
            .unwrap_or_else(|| CommandView {
                name: name.to_owned(),
                registered_as: None,
                problem: None,
            })
    };
    manifest
        .slash_commands
        .iter()
        .map(|command| command.name.as_str())
        .map(of)
        .collect()
}

fn counts(installation: &Installation) -> CountsView {
    let events = installation.events().counts();
    let calls = &installation.counts;
    CountsView {
        events_delivered: events.delivered,
        events_acknowledged: events.acknowledged,
        events_failed: events.failed,
        events_over_rate: events.over_rate,
        events_over_queue: events.over_queue,
        events_lost: events.lost,
        calls_ok: calls.ok.load(Ordering::Relaxed),
        calls_failed: calls.failed.load(Ordering::Relaxed),
        calls_refused: calls.refused.load(Ordering::Relaxed),
        log_lines_dropped: installation.gate().dropped_ever(),
    }
}
