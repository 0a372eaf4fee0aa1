//! Discord's rate limits as a plain struct: when a request may go, learnt from the headers of earlier answers.
//!
//! Requests of the same route, major parameter and method share a bucket. A bucket nobody has an answer for yet
//! lets requests through; the answer's headers fill it. A global limit holds everything back but answers to
//! interactions. [`refusals`](super::refusals) and [`pace`](super::pace) have their say first.

use std::collections::HashMap;
use std::time::Duration;

use serenity::http::{LightMethod, RatelimitingBucket, Route};
use tokio::time::Instant;

use super::pace::Pace;
use super::refusals::{Priority, Refusals, RequestBudget};

/// Buckets remembered; the stalest go first.
const BUCKETS: usize = 4096;
/// Wait assumed for a 429 that does not say how long.
const UNKNOWN_WAIT: Duration = Duration::from_secs(5);

/// What shares a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(RatelimitingBucket, u8);

impl Key {
    /// Returns the key of a route and method.
    pub(super) fn new(route: &Route<'_>, method: LightMethod) -> Self {
        let method = match method {
            LightMethod::Delete => 0,
            LightMethod::Get => 1,
            LightMethod::Patch => 2,
            LightMethod::Post => 3,
            LightMethod::Put => 4,
        };
        Self(route.ratelimiting_bucket(), method)
    }
}

/// What one answer's headers say.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// Requests left in the bucket.
    pub(super) remaining: Option<u32>,
    /// Until the bucket is full again.
    pub(super) reset_after: Option<Duration>,
    /// Until a refused request may be repeated.
    pub(super) retry_after: Option<Duration>,
    /// The refusal is about all requests of this bot.
    pub(super) global: bool,
    /// The refusal is about all bots in that channel or guild; Discord does not count it against us.
    pub(super) shared: bool,
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Now; it has been counted.
    Go,
    /// Ask again after this time.
    Wait(Duration),
    /// Discord is close to banning us for refused requests: nothing goes until some are forgotten.
    TooManyRefusals(Duration),
}

struct Bucket {
    remaining: u32,
    reset: Instant,
}

/// Every bucket, the global limits and the budget of refusals.
pub(super) struct Buckets {
    known: HashMap<Key, Bucket>,
    global_until: Option<Instant>,
    pace: Pace,
    refusals: Refusals,
}

impl Buckets {
    /// Returns the limits of a bot that may make so many requests a second.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            known: HashMap::new(),
            global_until: None,
            pace: Pace::new(per_second),
            refusals: Refusals::default(),
        }
    }

    /// Decides whether a request may go now, and counts it when it may.
    pub(super) fn admit(&mut self, key: Key, priority: Priority, now: Instant) -> Admission {
        if let Some(wait) = self.refusals.wait(priority, now) {
            return Admission::TooManyRefusals(wait);
        }
        if let Some(wait) = self.wait(key, priority, now) {
            return Admission::Wait(wait);
        }
        if priority != Priority::Interaction {
            if let Some(wait) = self.pace.wait(now) {
                return Admission::Wait(wait);
            }
            self.pace.go(now);
        }
        if let Some(bucket) = self.known.get_mut(&key) {
            if bucket.reset <= now {
                self.known.remove(&key);
            } else {
                bucket.remaining -= 1;
            }
        }
        Admission::Go
    }

    /// Returns how long a request would have to wait now, `None` when it need not.
    pub(super) fn wait(&self, key: Key, priority: Priority, now: Instant) -> Option<Duration> {
        let global = self
            .global_until
            .filter(|until| *until > now && priority != Priority::Interaction);
        let bucket = self
            .known
            .get(&key)
            .filter(|bucket| bucket.remaining == 0 && bucket.reset > now)
            .map(|bucket| bucket.reset);
        global.max(bucket).map(|until| until - now)
    }

    /// Learns from an answer.
    pub(super) fn observe(&mut self, key: Key, status: u16, limits: &Limits, now: Instant) {
        if matches!(status, 401 | 403) || (status == 429 && !limits.shared) {
            self.refusals.note(now);
        }
        if status == 429 {
            let until = now + limits.retry_after.or(limits.reset_after).unwrap_or(UNKNOWN_WAIT);
            if limits.global {
                self.global_until = Some(until);
            } else {
                self.make_room(now);
                self.known.insert(
                    key,
                    Bucket {
                        remaining: 0,
                        reset: until,
                    },
                );
            }
        } else if let (Some(remaining), Some(reset_after)) = (limits.remaining, limits.reset_after) {
            let reset = now + reset_after;
            self.make_room(now);
            let bucket = self.known.entry(key).or_insert(Bucket { remaining, reset });
            // Answers may arrive out of order; within one window the smaller count is the truer one.
            let same_window = bucket.reset > now && bucket.reset + Duration::from_millis(500) >= reset;
            bucket.remaining = if same_window {
                bucket.remaining.min(remaining)
            } else {
                remaining
            };
            bucket.reset = reset;
        }
    }

    /// Returns where the budget of refused requests stands.
    pub(super) fn budget(&mut self, now: Instant) -> RequestBudget {
        self.refusals.budget(now)
    }

    fn make_room(&mut self, now: Instant) {
        if self.known.len() < BUCKETS {
            return;
        }
        self.known.retain(|_, bucket| bucket.reset > now);
        if self.known.len() >= BUCKETS {
            let stalest = self
                .known
                .iter()
                .min_by_key(|(_, bucket)| bucket.reset)
                .map(|(key, _)| *key);
            stalest.and_then(|key| self.known.remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(channel: u64) -> Key {
        Key::new(
            &Route::ChannelMessages {
                channel_id: channel.into(),
            },
            LightMethod::Post,
        )
    }

    fn admit(buckets: &mut Buckets, channel: u64, now: Instant) -> Admission {
        buckets.admit(key(channel), Priority::Call, now)
    }

    fn said(remaining: u32, reset_after: u64) -> Limits {
        let reset_after = Some(Duration::from_secs(reset_after));
        Limits {
            remaining: Some(remaining),
            reset_after,
            ..Limits::default()
        }
    }

    fn refused(retry_after: u64) -> Limits {
        Limits {
            retry_after: Some(Duration::from_secs(retry_after)),
            ..Limits::default()
        }
    }

    #[test]
    fn an_empty_bucket_waits_for_its_reset_and_other_channels_do_not() {
        let (mut buckets, now) = (Buckets::new(50), Instant::now());
        buckets.observe(key(1), 200, &said(1, 5), now);
        assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
        assert_eq!(
            admit(&mut buckets, 1, now),
            Admission::Wait(Duration::from_secs(5))
        );
        assert_eq!(admit(&mut buckets, 2, now), Admission::Go);
        assert_eq!(
            admit(&mut buckets, 1, now + Duration::from_secs(5)),
            Admission::Go
        );
    }

    #[test]
    fn a_late_answer_does_not_refill_the_bucket() {
        let (mut buckets, now) = (Buckets::new(50), Instant::now());
        buckets.observe(key(1), 200, &said(0, 5), now);
        buckets.observe(key(1), 200, &said(3, 5), now);
        assert!(matches!(admit(&mut buckets, 1, now), Admission::Wait(_)));
    }

    #[test]
    fn a_429_holds_its_own_bucket_and_a_global_one_holds_all() {
        let (mut buckets, now) = (Buckets::new(50), Instant::now());
        buckets.observe(key(1), 429, &refused(30), now);
        assert_eq!(
            admit(&mut buckets, 1, now),
            Admission::Wait(Duration::from_secs(30))
        );
        assert_eq!(admit(&mut buckets, 2, now), Admission::Go);
        buckets.observe(
            key(2),
            429,
            &Limits {
                global: true,
                ..refused(3)
            },
            now,
        );
        assert_eq!(
            admit(&mut buckets, 3, now),
            Admission::Wait(Duration::from_secs(3))
        );
    }

    #[test]
    fn refusals_stop_us_before_discord_does() {
        let (mut buckets, now) = (Buckets::new(50), Instant::now());
        for status in [401, 403, 429].iter().cycle().take(8_000) {
            buckets.observe(key(1), *status, &Limits::default(), now);
        }
        buckets.observe(
            key(1),
            429,
            &Limits {
                shared: true,
                ..Limits::default()
            },
            now,
        );
        buckets.observe(key(1), 404, &Limits::default(), now);
        assert_eq!(
            buckets.budget(now).refused,
            8_000,
            "shared limits and other errors do not count"
        );
        let mut admit = |priority| buckets.admit(key(2), priority, now);
        assert!(matches!(
            admit(Priority::Background),
            Admission::TooManyRefusals(_)
        ));
        assert!(matches!(admit(Priority::Call), Admission::TooManyRefusals(_)));
        assert_eq!(admit(Priority::Interaction), Admission::Go);
    }

    #[test]
    fn the_pace_and_the_global_limit_do_not_hold_answers_to_interactions() {
        let (mut buckets, now) = (Buckets::new(1), Instant::now());
        assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
        assert!(matches!(admit(&mut buckets, 2, now), Admission::Wait(_)));
        assert_eq!(buckets.admit(key(2), Priority::Interaction, now), Admission::Go);
        buckets.observe(
            key(3),
            429,
            &Limits {
                global: true,
                ..refused(30)
            },
            now,
        );
        assert_eq!(buckets.admit(key(2), Priority::Interaction, now), Admission::Go);
    }

    #[test]
    fn memory_stays_bounded_under_any_number_of_channels() {
        let (mut buckets, now) = (Buckets::new(50), Instant::now());
        for channel in 1..=(BUCKETS as u64 * 2) {
            buckets.observe(key(channel), 200, &said(1, 60), now);
        }
        assert!(buckets.known.len() <= BUCKETS);
    }
}
