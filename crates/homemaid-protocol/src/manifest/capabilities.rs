//! What a manifest asks for, under any of four keys (zip §2, caps §2).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{kind, show, show_text};
use crate::{Capability, CapabilitySet};

/// The canonical key and its aliases; all four are read.
const KEYS: [&str; 4] = [
    "capabilities_required",
    "capabilities_requested",
    "requested_capabilities",
    "capabilities",
];

/// Old names and what they became (caps §2).
const LEGACY: [(&str, Capability); 3] = [
    ("kv:read", Capability::StorageKv),
    ("kv:write", Capability::StorageKv),
    ("discord:respond_to_interaction", Capability::InteractionRespond),
];

/// What is asked for.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) known: CapabilitySet,
    pub(super) unknown: Vec<String>,
    pub(super) events: Vec<String>,
}

pub(super) fn read(raw: &Map<String, Value>, problems: &mut Problems) -> Asked {
    let mut asked = Asked::default();
    for name in names(raw, problems) {
        if let Ok(capability) = name.parse() {
            asked.known.insert(capability);
        } else if let Some((_, now)) = LEGACY.iter().find(|(old, _)| *old == name) {
            problems.add(Problem::CapabilityLegacy {
                name,
                now: now.name(),
            });
            asked.known.insert(*now);
        } else if name.starts_with("events:") {
            asked.events.push(printable(&name));
        } else {
            problems.add(Problem::CapabilityUnknown {
                name: show_text(&name),
            });
            asked.unknown.push(printable(&name));
        }
    }
    asked
}

/// Names nobody knows are shown to the owner.
fn printable(name: &str) -> String {
    const SHOWN_CHARS: usize = 64;
    name.chars()
        .take(SHOWN_CHARS)
        .flat_map(char::escape_debug)
        .collect()
}

fn names(raw: &Map<String, Value>, problems: &mut Problems) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for key in KEYS {
        let list = match raw.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            Some(other) => {
                problems.add(Problem::CapabilitiesNotList {
                    key,
                    found: kind(other),
                });
                continue;
            }
        };
        for entry in list {
            match entry.as_str().map(str::trim) {
                Some(name) if name.contains(':') => {
                    names.insert(name.to_owned());
                }
                _ => problems.add(Problem::CapabilityMalformed {
                    key,
                    entry: show(entry),
                }),
            }
        }
    }
    names
}
