//! What happened, in order and with its causes: a bounded ring that can be read, waited for and streamed.
//!
//! A deed (a member's act, a request of the bot) is opened before it is done and closed after it, when it is known
//! how it ended: its own entry then stands before those of all it caused.
//!
//! ```text
//! action  <--cause-- message_create
//!    ^----cause----- dispatch  <--cause-- rest  <--cause-- message_create, dispatch ..
//! ```

use std::collections::{HashMap, VecDeque};

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
    /// The entry that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
    /// Whether the cause is only likely: a request does not say why it is made, so it is taken for an answer to the
    /// last event the bot heard from that place. Answers to interactions are certain.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cause_likely: bool,
    /// The rest, by kind.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub data: Object,
}

/// What caused something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) entry: u64,
    pub(crate) likely: bool,
}

/// Something that is being done.
#[derive(Debug)]
struct Deed {
    /// The number its own entry will have.
    root: u64,
    effects: Vec<TimelineEntry>,
}

/// The ring of entries.
#[derive(Debug)]
pub(crate) struct Timeline {
    entries: VecDeque<TimelineEntry>,
    last: u64,
    deed: Option<Deed>,
    /// The last event the bot heard, by interaction, channel and guild.
    heard: HashMap<Snowflake, u64>,
    newest: watch::Sender<u64>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            last: 0,
            deed: None,
            heard: HashMap::new(),
            newest: watch::Sender::new(0),
        }
    }
}

impl Timeline {
    /// Begins a deed: whatever is pushed until [`Timeline::close`] is caused by it.
    pub(crate) fn open(&mut self) {
        // Only a deed that panicked is still open.
        self.abandon();
        self.last += 1;
        self.deed = Some(Deed {
            root: self.last,
            effects: Vec::new(),
        });
    }

    /// Ends a deed with its own entry, and returns that one's number.
    pub(crate) fn close(
        &mut self,
        at: Timestamp,
        kind: &str,
        place: (Option<Snowflake>, Option<Snowflake>),
        data: Value,
        cause: Option<Cause>,
    ) -> u64 {
        let Some(deed) = self.deed.take() else {
            return self.push(at, kind, place, data, cause);
        };
        self.keep(entry(deed.root, at, kind, place, data, cause));
        for effect in deed.effects {
            self.keep(effect);
        }
        self.newest.send_replace(self.last);
        deed.root
    }

    /// Ends a deed that came to nothing; what it did all the same stays, without its cause.
    pub(crate) fn abandon(&mut self) {
        let Some(deed) = self.deed.take() else { return };
        if deed.effects.is_empty() {
            self.last = deed.root - 1;
            return;
        }
        // The numbers have no gaps, so the first effect takes the deed's own and the rest move up.
        for (seq, mut effect) in (deed.root..).zip(deed.effects) {
            effect.seq = seq;
            effect.cause = None;
            self.last = seq;
            self.keep(effect);
        }
        self.newest.send_replace(self.last);
    }

    /// Appends an entry and wakes whoever waits for one; returns its number.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        kind: &str,
        place: (Option<Snowflake>, Option<Snowflake>),
        data: Value,
        cause: Option<Cause>,
    ) -> u64 {
        self.last += 1;
        let seq = self.last;
        if let Some(deed) = &mut self.deed {
            let cause = cause.unwrap_or(Cause {
                entry: deed.root,
                likely: false,
            });
            deed.effects.push(entry(seq, at, kind, place, data, Some(cause)));
        } else {
            self.keep(entry(seq, at, kind, place, data, cause));
            self.newest.send_replace(seq);
        }
        seq
    }

    /// Remembers that the bot heard of something.
    pub(crate) fn heard(&mut self, of: impl IntoIterator<Item = Snowflake>, seq: u64) {
        if self.heard.len() >= limits::HEARD_PLACES {
            self.heard.clear();
        }
        self.heard.extend(of.into_iter().map(|id| (id, seq)));
    }

    /// Returns the last event the bot heard of an interaction, a channel or a guild.
    pub(crate) fn last_heard(&self, id: Snowflake) -> Option<u64> {
        self.heard.get(&id).copied()
    }

    fn keep(&mut self, entry: TimelineEntry) {
        if self.entries.len() == limits::TIMELINE_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
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

fn entry(
    seq: u64,
    at: Timestamp,
    kind: &str,
    (guild_id, channel_id): (Option<Snowflake>, Option<Snowflake>),
    data: Value,
    cause: Option<Cause>,
) -> TimelineEntry {
    let mut data = match data {
        Value::Object(data) => data,
        Value::Null => Object::new(),
        other => Object::from_iter([("value".to_owned(), other)]),
    };
    debug_assert!(
        ["seq", "at", "kind", "cause"]
            .iter()
            .all(|key| !data.contains_key(*key)),
        "an entry of kind {kind} says something twice: {data:?}"
    );
    // What stands in a field of its own is not said twice.
    for (key, said) in [
        ("guild_id", guild_id.is_some()),
        ("channel_id", channel_id.is_some()),
    ] {
        if said {
            data.shift_remove(key);
        }
    }
    TimelineEntry {
        seq,
        at: iso(at),
        kind: kind.to_owned(),
        guild_id,
        channel_id,
        cause: cause.map(|cause| cause.entry),
        cause_likely: cause.is_some_and(|cause| cause.likely),
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOWHERE: (Option<Snowflake>, Option<Snowflake>) = (None, None);

    #[test]
    fn a_deed_stands_before_what_it_caused() {
        let (mut timeline, at) = (Timeline::default(), Timestamp::UNIX_EPOCH);
        timeline.push(at, "gateway", NOWHERE, json!({}), None);
        timeline.open();
        timeline.push(at, "message_create", NOWHERE, json!({}), None);
        timeline.push(at, "dispatch", NOWHERE, json!({}), None);
        assert_eq!(timeline.after(0, 9).len(), 1, "nobody sees half a deed");
        let cause = Cause {
            entry: 1,
            likely: true,
        };
        timeline.close(at, "rest", NOWHERE, json!({"status": 200}), Some(cause));
        let told: Vec<_> = timeline
            .after(0, 9)
            .into_iter()
            .map(|entry| (entry.seq, entry.kind, entry.cause, entry.cause_likely))
            .collect();
        let expected = [
            (1, "gateway", None, false),
            (2, "rest", Some(1), true),
            (3, "message_create", Some(2), false),
            (4, "dispatch", Some(2), false),
        ];
        assert_eq!(
            told,
            expected.map(|(seq, kind, cause, likely)| (seq, kind.to_owned(), cause, likely))
        );
    }

    #[test]
    fn a_deed_that_came_to_nothing_leaves_no_gap() {
        let (mut timeline, at) = (Timeline::default(), Timestamp::UNIX_EPOCH);
        timeline.open();
        timeline.abandon();
        timeline.open();
        timeline.push(at, "member_leave", NOWHERE, json!({}), None);
        timeline.push(at, "ban_add", NOWHERE, json!({}), None);
        timeline.abandon();
        let told: Vec<_> = timeline
            .after(0, 9)
            .into_iter()
            .map(|entry| (entry.seq, entry.cause))
            .collect();
        assert_eq!((told, timeline.last()), (vec![(1, None), (2, None)], 2));
    }

    #[test]
    fn the_ring_keeps_the_newest_and_pages_from_any_point() {
        let mut timeline = Timeline::default();
        for n in 1..=limits::TIMELINE_ENTRIES + 10 {
            timeline.push(Timestamp::UNIX_EPOCH, "rest", NOWHERE, json!({"n": n}), None);
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
