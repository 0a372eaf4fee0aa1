//! The events of one worker: what waits, what is unacknowledged, what was dropped (wire §4.2, §4.3).
//!
//! Interactions and cron are never dropped for a limit's sake. They are bounded all the same: by Discord, which
//! lets a guild make only so many, and here by [`EXEMPT_QUEUED`], above which even they are refused.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use homemaid_protocol::limits::{EVENTS_IN_FLIGHT, EVENTS_PER_SECOND, EVENTS_QUEUED};
use homemaid_protocol::{Event, EventType};
use tokio::time::Instant;

use crate::bucket::TokenBucket;

/// Unacknowledged for this long: logged as a slow handler (wire §4.2).
pub(crate) const SLOW_AFTER: Duration = Duration::from_secs(60);
/// Unacknowledged for this long: the worker is stuck (wire §4.2).
pub(crate) const STUCK_AFTER: Duration = Duration::from_secs(300);
/// Most exempt events that wait beyond [`EVENTS_QUEUED`]: memory stays bounded whatever Discord sends.
pub(crate) const EXEMPT_QUEUED: usize = 1_000;

/// Counts since the host started, for the owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EventCounts {
    /// Sent to a worker.
    pub(crate) delivered: u64,
    /// Acknowledged.
    pub(crate) acknowledged: u64,
    /// Of those, with a handler that raised.
    pub(crate) failed: u64,
    /// Dropped for the rate.
    pub(crate) over_rate: u64,
    /// Dropped because too many waited.
    pub(crate) over_queue: u64,
    /// Sent and never acknowledged, because the worker ended.
    pub(crate) lost: u64,
}

/// What became of an offered event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It waits; `displaced` is the event dropped for it.
    Queued {
        /// Which event gave way.
        displaced: Option<String>,
    },
    /// Dropped: more than the rate allows.
    OverRate,
    /// Dropped: too many wait, and all of them matter as much.
    Full,
    /// The plugin said it has no handler for this type.
    Unwanted,
}

/// An event a worker has not acknowledged.
#[derive(Debug)]
struct Sent {
    kind: EventType,
    /// The event itself, until the audit has it.
    event: Option<Event>,
    /// A slash command of a member who may manage the guild.
    by_manager: bool,
    at: Instant,
    slow: bool,
    failed: Option<String>,
}

/// An acknowledgement of an event that was in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acked {
    /// The type of the event.
    pub(crate) kind: EventType,
    /// Why, when a handler raised.
    pub(crate) failed: Option<String>,
}

/// The queue of one installation. It outlives a worker: what waits while one restarts goes to the next.
#[derive(Debug)]
pub(crate) struct EventQueue {
    waiting: VecDeque<Event>,
    in_flight: HashMap<String, Sent>,
    rate: TokenBucket,
    wanted: Option<BTreeSet<EventType>>,
    counts: EventCounts,
}

/// Whether a type is above rate and queue limits (wire §4.3).
fn is_exempt(kind: EventType) -> bool {
    matches!(kind, EventType::InteractionCreate | EventType::Cron)
}

/// Discord's bits for Administrator and Manage Server.
const MANAGERS: u64 = 0x8 | 0x20;

fn is_managers_command(event: &Event) -> bool {
    #[derive(serde::Deserialize)]
    struct Interaction {
        interaction_type: u8,
        permissions: String,
    }
    event.kind == EventType::InteractionCreate
        && serde_json::from_str::<Interaction>(event.payload().get()).is_ok_and(|interaction| {
            let bits: u64 = interaction.permissions.parse().unwrap_or(0);
            interaction.interaction_type == 2 && bits & MANAGERS != 0
        })
}

impl EventQueue {
    /// Returns an empty queue.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: HashMap::new(),
            rate: TokenBucket::new(EVENTS_PER_SECOND, Duration::from_secs(1), now),
            wanted: None,
            counts: EventCounts::default(),
        }
    }

    /// Takes in an event.
    pub(crate) fn offer(&mut self, event: Event, now: Instant) -> Offer {
        let exempt = is_exempt(event.kind);
        if let Some(wanted) = &self.wanted
            && !wanted.contains(&event.kind)
        {
            return Offer::Unwanted;
        }
        if !exempt && self.rate.take(1, now).is_err() {
            self.counts.over_rate += 1;
            return Offer::OverRate;
        }
        let mut displaced = None;
        if self.waiting.len() >= EVENTS_QUEUED {
            match self.waiting.iter().position(|old| !is_exempt(old.kind)) {
                Some(oldest) => {
                    displaced = self.waiting.remove(oldest).map(|old| old.id);
                    self.counts.over_queue += 1;
                }
                None if exempt && self.waiting.len() < EVENTS_QUEUED + EXEMPT_QUEUED => {}
                None => {
                    self.counts.over_queue += 1;
                    return Offer::Full;
                }
            }
        }
        self.waiting.push_back(event);
        Offer::Queued { displaced }
    }

    /// Returns the next event to send, which is then in flight; `None` when none waits or too many are.
    pub(crate) fn send_next(&mut self, now: Instant) -> Option<Event> {
        if self.in_flight.len() >= EVENTS_IN_FLIGHT {
            return None;
        }
        let event = self.waiting.pop_front()?;
        let sent = Sent {
            kind: event.kind,
            event: Some(event.clone()),
            by_manager: is_managers_command(&event),
            at: now,
            slow: false,
            failed: None,
        };
        self.in_flight.insert(event.id.clone(), sent);
        self.counts.delivered += 1;
        Some(event)
    }

    /// Returns an event in flight the first time somebody asks for it.
    pub(crate) fn take_cause(&mut self, id: &str) -> Option<Event> {
        self.in_flight.get_mut(id)?.event.take()
    }

    /// Returns whether a worker is handling a slash command of a member who may manage the guild.
    pub(crate) fn is_from_manager(&self, id: &str) -> bool {
        self.in_flight.get(id).is_some_and(|sent| sent.by_manager)
    }

    /// Takes in an acknowledgement; `None` for an id that is not in flight (wire §5: ignored).
    pub(crate) fn ack(&mut self, id: &str) -> Option<Acked> {
        let sent = self.in_flight.remove(id)?;
        self.counts.acknowledged += 1;
        self.counts.failed += u64::from(sent.failed.is_some());
        Some(Acked {
            kind: sent.kind,
            failed: sent.failed,
        })
    }

    /// Takes in `event.fail`; an ordinary acknowledgement follows it. Returns whether the id is in flight.
    pub(crate) fn fail(&mut self, id: &str, reason: String) -> bool {
        // A circuit breaker (wire §4.3) will count here and hold back `send_next`.
        match self.in_flight.get_mut(id) {
            Some(sent) => {
                sent.failed = Some(reason);
                true
            }
            None => false,
        }
    }

    /// Takes in `plugin.ready`'s list of event types (wire §4.2): others are skipped from now on.
    pub(crate) fn only(&mut self, wanted: BTreeSet<EventType>) {
        self.wanted = Some(wanted);
    }

    /// The worker is gone: what it had not acknowledged is lost, never sent again (wire §2.4).
    /// Returns those events' ids and types.
    pub(crate) fn worker_gone(&mut self) -> Vec<(String, EventType)> {
        self.wanted = None;
        self.counts.lost += self.in_flight.len() as u64;
        self.in_flight.drain().map(|(id, sent)| (id, sent.kind)).collect()
    }

    /// Drops everything that waits: no worker will come. Returns those events' ids and types.
    pub(crate) fn clear(&mut self) -> Vec<(String, EventType)> {
        self.counts.over_queue += self.waiting.len() as u64;
        self.waiting
            .drain(..)
            .map(|event| (event.id, event.kind))
            .collect()
    }

    /// Returns whether nothing waits and nothing is unacknowledged.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// Returns how many are unacknowledged.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Returns the events that became slow by `now`, each once.
    pub(crate) fn newly_slow(&mut self, now: Instant) -> Vec<(String, EventType)> {
        self.in_flight
            .iter_mut()
            .filter(|(_, sent)| !sent.slow && now.saturating_duration_since(sent.at) >= SLOW_AFTER)
            .map(|(id, sent)| {
                sent.slow = true;
                (id.clone(), sent.kind)
            })
            .collect()
    }

    /// Returns whether an event has been unacknowledged for too long.
    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        self.in_flight
            .values()
            .any(|sent| now.saturating_duration_since(sent.at) >= STUCK_AFTER)
    }

    /// Returns the counts since the host started.
    pub(crate) fn counts(&self) -> EventCounts {
        self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::GuildId;
    use proptest::prelude::*;

    fn event(id: &str, kind: EventType) -> Event {
        Event::new(id, kind, GuildId::new(1), &serde_json::Map::new()).unwrap()
    }

    /// Offers `count` messages slowly enough for the rate.
    fn fill(queue: &mut EventQueue, count: usize, now: &mut Instant) {
        for n in 0..count {
            *now += Duration::from_millis(20);
            let offer = queue.offer(event(&format!("m{n}"), EventType::MessageCreate), *now);
            assert_eq!(offer, Offer::Queued { displaced: None });
        }
    }

    #[test]
    fn more_than_fifty_at_once_are_dropped_and_counted_but_interactions_pass() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        let offers: Vec<_> = (0..60)
            .map(|n| queue.offer(event(&n.to_string(), EventType::MessageCreate), now))
            .collect();
        assert_eq!(offers.iter().filter(|o| **o == Offer::OverRate).count(), 10);
        for kind in [EventType::InteractionCreate, EventType::Cron] {
            assert!(matches!(queue.offer(event("x", kind), now), Offer::Queued { .. }));
        }
        assert_eq!(queue.counts().over_rate, 10);
    }

    #[test]
    fn at_most_256_are_unacknowledged_and_an_ack_lets_the_next_through() {
        let mut now = Instant::now();
        let mut queue = EventQueue::new(now);
        fill(&mut queue, 300, &mut now);
        let sent = std::iter::from_fn(|| queue.send_next(now)).count();
        assert_eq!(sent, EVENTS_IN_FLIGHT);
        assert!(queue.send_next(now).is_none());
        assert!(queue.ack("m0").is_some());
        assert_eq!(queue.send_next(now).unwrap().id, "m256");
    }

    #[test]
    fn the_oldest_message_gives_way_and_interactions_never_do() {
        let mut now = Instant::now();
        let mut queue = EventQueue::new(now);
        queue.offer(event("first", EventType::InteractionCreate), now);
        fill(&mut queue, EVENTS_QUEUED - 1, &mut now);
        now += Duration::from_secs(1);
        assert_eq!(
            queue.offer(event("late", EventType::MessageCreate), now),
            Offer::Queued {
                displaced: Some("m0".to_owned())
            }
        );
        assert_eq!(queue.send_next(now).unwrap().id, "first");
        assert_eq!(queue.counts().over_queue, 1);
    }

    #[test]
    fn a_queue_of_interactions_alone_is_bounded_too() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        let queued = (0..3_000)
            .filter(|n| {
                let offer = queue.offer(event(&n.to_string(), EventType::InteractionCreate), now);
                offer != Offer::Full
            })
            .count();
        assert_eq!(queued, EVENTS_QUEUED + EXEMPT_QUEUED);
    }

    #[test]
    fn a_failure_is_counted_with_the_ack_that_follows() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        queue.offer(event("a", EventType::MessageCreate), now);
        queue.send_next(now);
        assert!(queue.fail("a", "handler_exception".to_owned()));
        assert!(!queue.fail("unknown", String::new()));
        assert_eq!(
            queue.ack("a"),
            Some(Acked {
                kind: EventType::MessageCreate,
                failed: Some("handler_exception".to_owned())
            })
        );
        assert_eq!(queue.ack("a"), None, "the second ack is ignored");
        assert_eq!(queue.counts().failed, 1);
    }

    #[test]
    fn slow_is_told_once_and_stuck_after_five_minutes() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        queue.offer(event("a", EventType::MemberJoin), now);
        queue.send_next(now);
        assert_eq!(queue.newly_slow(now + Duration::from_secs(59)), []);
        let slow = [("a".to_owned(), EventType::MemberJoin)];
        assert_eq!(queue.newly_slow(now + SLOW_AFTER), slow);
        assert_eq!(queue.newly_slow(now + SLOW_AFTER), []);
        assert!(!queue.is_stuck(now + SLOW_AFTER));
        assert!(queue.is_stuck(now + STUCK_AFTER));
    }

    #[test]
    fn a_dead_worker_takes_its_unacknowledged_events_with_it_and_leaves_the_rest() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        queue.offer(event("a", EventType::InteractionCreate), now);
        queue.send_next(now);
        queue.offer(event("b", EventType::MessageCreate), now);
        assert_eq!(
            queue.worker_gone(),
            [("a".to_owned(), EventType::InteractionCreate)]
        );
        assert_eq!(queue.counts().lost, 1);
        assert_eq!(queue.send_next(now).unwrap().id, "b", "it was never sent");
    }

    #[test]
    fn a_plugin_that_names_its_types_receives_no_others() {
        let now = Instant::now();
        let mut queue = EventQueue::new(now);
        queue.only([EventType::MemberJoin].into());
        assert_eq!(
            queue.offer(event("a", EventType::MessageCreate), now),
            Offer::Unwanted
        );
        assert_eq!(
            queue.offer(event("b", EventType::MemberJoin), now),
            Offer::Queued { displaced: None }
        );
        queue.worker_gone();
        assert_eq!(
            queue.offer(event("c", EventType::MessageCreate), now),
            Offer::Queued { displaced: None },
            "the next worker has not said so"
        );
    }

    proptest! {
        #[test]
        fn every_bound_holds_whatever_the_order(
            script in prop::collection::vec((0u8..5, 0u64..100), 0..4_000)
        ) {
            let mut now = Instant::now();
            let mut queue = EventQueue::new(now);
            let mut sent = VecDeque::new();
            for (n, (action, wait)) in script.into_iter().enumerate() {
                now += Duration::from_millis(wait);
                match action {
                    0 => drop(queue.offer(event(&n.to_string(), EventType::MessageCreate), now)),
                    1 => drop(queue.offer(event(&n.to_string(), EventType::InteractionCreate), now)),
                    2 => sent.extend(queue.send_next(now).map(|event| event.id)),
                    3 => if let Some(id) = sent.pop_front() {
                        prop_assert!(queue.ack(&id).is_some());
                    },
                    _ => if n % 50 == 0 {
                        queue.worker_gone();
                        sent.clear();
                    },
                }
                prop_assert_eq!(queue.in_flight(), sent.len());
                prop_assert!(queue.in_flight() <= EVENTS_IN_FLIGHT);
                prop_assert!(queue.waiting.len() <= EVENTS_QUEUED + EXEMPT_QUEUED);
            }
        }
    }
}
