//! What was shown by whom: the table that the run prints, and the check that nothing is missing in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use homemaid_protocol::{EventType, methods};

/// One way a call can end. The order is the table's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It did what it says, seen in the simulator's world.
    Works,
    /// Not granted.
    Capability,
    /// An argument is wrong.
    Validation,
    /// The id is nothing of this guild.
    NotFound,
    /// The bot itself may not.
    Permission,
    /// Too many in this minute.
    RateLimit,
}

impl Ending {
    const ALL: [Self; 6] = [
        Self::Works,
        Self::Capability,
        Self::Validation,
        Self::NotFound,
        Self::Permission,
        Self::RateLimit,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Capability => "capability",
            Self::Validation => "validation",
            Self::NotFound => "not found",
            Self::Permission => "permission",
            Self::RateLimit => "rate limit",
        }
    }
}

/// Collects what the parts of the run have shown.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    calls: Mutex<BTreeMap<String, BTreeMap<Ending, usize>>>,
    events: Mutex<BTreeMap<EventType, usize>>,
}

impl Ledger {
    /// Notes that a call ended like this and was seen to.
    pub(crate) fn call(&self, method: &str, ending: Ending) {
        let mut calls = self.calls.lock().expect("no part panics with the lock");
        *calls
            .entry(method.to_owned())
            .or_default()
            .entry(ending)
            .or_default() += 1;
    }

    /// Notes that an event arrived with every field.
    pub(crate) fn event(&self, kind: EventType) {
        *self
            .events
            .lock()
            .expect("no part panics with the lock")
            .entry(kind)
            .or_default() += 1;
    }

    /// Returns the table, and what has no entry in it.
    pub(crate) fn table(&self) -> (String, Vec<String>) {
        let calls = self.calls.lock().expect("no part panics with the lock");
        let events = self.events.lock().expect("no part panics with the lock");
        let (mut table, mut missing) = (String::new(), Vec::new());
        let _ = write!(table, "{:<34}", "method");
        for ending in Ending::ALL {
            let _ = write!(table, "{:>11}", ending.name());
        }
        table.push('\n');
        for method in discord_methods() {
            let _ = write!(table, "{method:<34}");
            for ending in Ending::ALL {
                match calls.get(method).and_then(|row| row.get(&ending)) {
                    Some(count) => {
                        let _ = write!(table, "{count:>11}");
                    }
                    None if !applies(method, ending) => {
                        let _ = write!(table, "{:>11}", "-");
                    }
                    None => {
                        let _ = write!(table, "{:>11}", "MISSING");
                        missing.push(format!("{method}: {}", ending.name()));
                    }
                }
            }
            table.push('\n');
        }
        let _ = writeln!(table, "\n{:<34}{:>11}", "event", "arrived");
        for kind in discord_events() {
            let count = events.get(&kind).copied().unwrap_or_default();
            let _ = writeln!(table, "{:<34}{count:>11}", kind.name());
            if count == 0 {
                missing.push(format!("event {}", kind.name()));
            }
        }
        let known: BTreeSet<&str> = discord_methods().collect();
        missing.extend(
            calls
                .keys()
                .filter(|method| !known.contains(method.as_str()))
                .map(|method| format!("{method} is no method of the contract")),
        );
        let shown: usize = calls.values().flat_map(BTreeMap::values).sum();
        let _ = writeln!(
            table,
            "\n{} methods, {} events, {shown} calls shown",
            known.len(),
            discord_events().count()
        );
        (table, missing)
    }
}

/// Returns the methods that reach Discord.
pub(crate) fn discord_methods() -> impl Iterator<Item = &'static str> {
    methods()
        .iter()
        .map(|spec| spec.name)
        .filter(|name| name.starts_with("discord.") || name.starts_with("interaction."))
}

/// Returns the sixteen types that come from Discord; a due cron entry does not.
pub(crate) fn discord_events() -> impl Iterator<Item = EventType> {
    EventType::ALL
        .iter()
        .copied()
        .filter(|kind| *kind != EventType::Cron)
}

/// Returns whether a method can end so at all.
fn applies(method: &str, ending: Ending) -> bool {
    let any_of = |names: &[&str]| names.contains(&method);
    match ending {
        Ending::Works | Ending::Capability => true,
        // They take nothing.
        Ending::Validation => !any_of(&["discord.get_guild", "discord.list_channels", "discord.list_roles"]),
        // They name nothing; a bulk call tells of each user in its result.
        Ending::NotFound => {
            !any_of(&[
                "discord.get_guild",
                "discord.list_channels",
                "discord.list_roles",
                "discord.search_members",
                "discord.kick_bulk",
                "discord.timeout_bulk",
            ]) && !method.starts_with("interaction.")
        }
        // Reading the guild and its people needs nothing of the bot; nor does answering whoever asked, and a webhook
        // speaks for itself. What a bulk call may not is told for each user.
        Ending::Permission => {
            !any_of(&[
                "discord.get_guild",
                "discord.get_channel",
                "discord.get_member",
                "discord.list_channels",
                "discord.list_members",
                "discord.list_roles",
                "discord.search_members",
                "discord.execute_webhook",
            ]) && !method.starts_with("interaction.")
                && !method.ends_with("_bulk")
        }
        // One bucket for all: shown with one of them.
        Ending::RateLimit => method == "discord.list_roles",
    }
}
