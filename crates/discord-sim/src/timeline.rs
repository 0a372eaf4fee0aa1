//! What happened, in order: a bounded ring that can be read, waited for and streamed.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::clock::iso;
use crate::form::Object;
use crate::id::Snowflake;
use crate::limits;

/// One thing that happened in the simulated Discord.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// Counts up from 1 without gaps.
    pub seq: u64,
    /// When, on the simulator's clock.
    #[schema(example = "2026-01-01T00:00:00.000000+00:00")]
    pub at: String,
    /// What, for example `message_create`, `interaction_response`, `rest` or `unimplemented`.
    #[schema(example = "message_create")]
    pub kind: String,
    /// The guild it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub guild_id: Option<Snowflake>,
    /// The channel it happened in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub channel_id: Option<Snowflake>,
    /// The rest, by kind.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub data: Object,
}

/// The ring of entries.
#[derive(Debug)]
pub(crate) struct Timeline {
    entries: VecDeque<TimelineEntry>,
    last: u64,
    newest: watch::Sender<u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            last: 0,
            newest: watch::Sender::new(0),
        }
    }
}

impl Timeline {
    /// Appends an entry and wakes whoever waits for one.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        kind: &str,
        guild_id: Option<Snowflake>,
        channel_id: Option<Snowflake>,
        data: Value,
    ) {
        self.last += 1;
        if self.entries.len() == limits::TIMELINE_ENTRIES {
            self.entries.pop_front();
        }
        let mut data = if let Value::Object(data) = data {
            data
        } else {
            Object::new()
        };
        debug_assert!(
            ["seq", "at", "kind"].iter().all(|key| !data.contains_key(*key)),
            "an entry of kind {kind} says something twice: {data:?}"
        );
        // Said once, at the top.
        for (key, said) in [
            ("guild_id", guild_id.is_some()),
            ("channel_id", channel_id.is_some()),
        ] {
            if said {
                data.shift_remove(key);
            }
        }
        self.entries.push_back(TimelineEntry {
            seq: self.last,
            at: iso(at),
            kind: kind.to_owned(),
            guild_id,
            channel_id,
            data,
        });
        self.newest.send_replace(self.last);
    }

    /// Returns the oldest entries after `after`, at most `limit`.
    pub(crate) fn after(&self, after: u64, limit: usize) -> Vec<TimelineEntry> {
        let first = self.last + 1 - self.entries.len() as u64;
        let skip = usize::try_from((after + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        self.entries
            .iter()
            .skip(skip)
            .take(limit.min(limits::TIMELINE_PAGE))
            .cloned()
            .collect()
    }

    /// Returns the sequence number of the newest entry.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Returns a watch over [`Timeline::last`].
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_ring_keeps_the_newest_and_pages_from_any_point() {
        let mut timeline = Timeline::default();
        for n in 1..=limits::TIMELINE_ENTRIES + 10 {
            timeline.push(Timestamp::UNIX_EPOCH, "rest", None, None, json!({"n": n}));
        }
        let page = timeline.after(0, 3);
        assert_eq!(
            page.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [11, 12, 13],
            "the first ten are gone"
        );
        let last = timeline.last();
        assert_eq!(timeline.after(last - 1, 100).len(), 1);
        assert!(timeline.after(last, 100).is_empty());
        assert!(timeline.after(u64::MAX - 1, 100).is_empty());
    }
}
