//! Discord's rate limits as a plain struct: when a request may go, learnt from the headers of earlier answers.
//!
//! Requests of the same route, major parameter and method share a bucket, and so do routes for which Discord names the same
//! one: pinning and unpinning, giving a role and taking it. Of a bucket nobody has an answer for yet one request goes
//! first, and the others wait for what its headers say; so does a crowd that waited for a refusal to pass. A window that is over is followed by one of the same size. A global limit holds everything back but answers
//! to interactions. [`refusals`](super::refusals) and [`pace`](super::pace) have their say first.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serenity::http::{LightMethod, RatelimitingBucket, Route};
use tokio::time::Instant;

use super::pace::Pace;
use super::refusals::{Priority, Refusals, RequestBudget};

/// Buckets remembered; those go first that will be full again first.
const BUCKETS: usize = 4096;
/// Wait assumed for a 429 that does not say how long.
const UNKNOWN_WAIT: Duration = Duration::from_secs(5);
/// The same for a 429 of Discord's edge.
const EDGE_WAIT: Duration = Duration::from_secs(60);
/// How long a crowd waits for the first answer before another request goes.
const FIRST_ANSWER: Duration = Duration::from_secs(2);
/// How long it is believed that a bucket has no limit.
const NO_LIMIT: Duration = Duration::from_secs(60);
/// Longest wait that is believed.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// What certainly shares a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    route: RatelimitingBucket,
    method: u8,
    whose: Whose,
    /// Used once and never again, so that a name is not worth keeping.
    once: bool,
}

/// Whose limit it is, within a bucket's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Whose {
    /// The first id of the path: a channel, guild, webhook or application.
    major: u64,
    /// The hash of an interaction's token: each interaction has limits of its own, which serenity does not know.
    interaction: u64,
}

/// One bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum BucketId {
    /// As long as Discord has not named it.
    Unnamed(Key),
    /// By the hash of Discord's name.
    Named(u64, Whose),
}

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
        let interaction = match route {
            Route::WebhookOriginalInteractionResponse { token, .. }
            | Route::WebhookFollowupMessage { token, .. }
            | Route::WebhookFollowupMessages { token, .. } => hash(token),
            _ => 0,
        };
        let path = route.path();
        let major = path.split('/').find_map(|part| part.parse().ok());
        Self {
            route: route.ratelimiting_bucket(),
            method,
            whose: Whose {
                major: major.unwrap_or(0),
                interaction,
            },
            once: matches!(route, Route::InteractionResponse { .. }),
        }
    }
}

/// Returns the number that stands for a text.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What one answer's headers say. No wait is longer than [`LONGEST_WAIT`].
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// The hash of the bucket's name.
    pub(super) bucket: Option<u64>,
    /// Requests a full bucket has.
    pub(super) limit: Option<u32>,
    /// Requests left in the bucket.
    pub(super) remaining: Option<u32>,
    /// Until the bucket is full again.
    pub(super) reset_after: Option<Duration>,
    /// Until a refused request may be repeated.
    pub(super) retry_after: Option<Duration>,
    /// The refusal is about all requests of this bot.
    pub(super) global: bool,
    /// The refusal comes from Discord's edge, which has shut this machine out.
    pub(super) edge: bool,
    /// The refusal is about all bots in that channel or guild; Discord does not count it against us.
    pub(super) shared: bool,
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Now; it has been counted.
    Go,
    /// Ask again after this time, or when an answer has come.
    Wait(Duration),
    /// Discord is close to banning us for refused requests: nothing goes until some are forgotten.
    TooManyRefusals(Duration),
}

struct Bucket {
    /// Requests that may still go before `reset`.
    remaining: u32,
    /// When the next window begins.
    reset: Instant,
    /// The window's requests and its length, once an answer has told.
    window: Option<(u32, Duration)>,
}

impl Bucket {
    /// Returns a bucket of which nothing is known but that one request is on its way, or may go at `reset`.
    const fn unknown(reset: Instant) -> Self {
        Self {
            remaining: 0,
            reset,
            window: None,
        }
    }

    /// Counts a request that goes now.
    fn go(&mut self, now: Instant) {
        if self.reset <= now {
            let (limit, length) = self.window.unwrap_or((1, FIRST_ANSWER));
            (self.remaining, self.reset) = (limit, now + length);
        }
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Learns from an answer that was no refusal.
    fn hear(&mut self, limits: &Limits, now: Instant) {
        let (Some(remaining), Some(reset_after)) = (limits.remaining, limits.reset_after) else {
            if self.window.is_none() {
                (self.remaining, self.reset) = (u32::MAX, now + NO_LIMIT);
            }
            return;
        };
        let reset = now + reset_after;
        let limit = limits.limit.unwrap_or(remaining.saturating_add(1)).max(1);
        // A window is at least as long as what is left of it.
        let length = self
            .window
            .map_or(reset_after, |(_, length)| length.max(reset_after));
        // Answers may arrive out of order; within one window the smaller count is the truer one.
        let same_window =
            self.window.is_some() && self.reset > now && self.reset + Duration::from_millis(500) >= reset;
        self.remaining = if same_window {
            self.remaining.min(remaining)
        } else {
            remaining
        };
        (self.reset, self.window) = (reset, Some((limit, length)));
    }
}

/// Every bucket, the global limits and the budget of refusals.
pub(super) struct Buckets {
    known: HashMap<BucketId, Bucket>,
    /// Discord's names of buckets, hashed, by route and method. All interactions have the same.
    names: HashMap<(RatelimitingBucket, u8), u64>,
    global_until: Option<Instant>,
    /// Until when Discord's edge lets nothing in, answers to interactions included.
    shut_out_until: Option<Instant>,
    pace: Pace,
    refusals: Refusals,
}

impl Buckets {
    /// Returns the limits of a bot that may make so many requests a second.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            known: HashMap::new(),
            names: HashMap::new(),
            global_until: None,
            shut_out_until: None,
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
        self.bucket(key, now).go(now);
        Admission::Go
    }

    /// Returns how long a request would have to wait now, `None` when it need not.
    pub(super) fn wait(&self, key: Key, priority: Priority, now: Instant) -> Option<Duration> {
        let urgent = priority == Priority::Interaction;
        let global = self.global_until.filter(|until| *until > now && !urgent);
        let bucket = self
            .known
            .get(&self.id(key))
            .filter(|bucket| bucket.remaining == 0 && bucket.reset > now)
            .map(|bucket| bucket.reset);
        let shut_out = self.shut_out_until.filter(|until| *until > now);
        global.max(bucket).max(shut_out).map(|until| until - now)
    }

    /// Learns from an answer.
    pub(super) fn observe(&mut self, key: Key, status: u16, limits: &Limits, now: Instant) {
        if matches!(status, 401 | 403) || (status == 429 && !limits.shared) {
            self.refusals.note(now);
        }
        if let Some(name) = limits.bucket {
            self.name(key, name);
        }
        if status >= 500 && limits.remaining.is_none() {
            // It never came as far as the buckets.
            self.unanswered(key);
            return;
        }
        if status != 429 {
            self.bucket(key, now).hear(limits, now);
            return;
        }
        let unknown = if limits.edge { EDGE_WAIT } else { UNKNOWN_WAIT };
        let until = now + limits.retry_after.or(limits.reset_after).unwrap_or(unknown);
        if limits.edge {
            self.shut_out_until = Some(until);
            self.unanswered(key);
        } else if limits.global {
            self.global_until = Some(until);
            self.unanswered(key);
        } else {
            let bucket = self.bucket(key, now);
            (bucket.remaining, bucket.reset) = (0, until);
        }
    }

    /// A request brought no answer: when nothing else is known of its bucket, another may go at once.
    pub(super) fn unanswered(&mut self, key: Key) {
        let id = self.id(key);
        if self.known.get(&id).is_some_and(|bucket| bucket.window.is_none()) {
            self.known.remove(&id);
        }
    }

    /// Returns where the budget of refused requests stands.
    pub(super) fn budget(&mut self, now: Instant) -> RequestBudget {
        self.refusals.budget(now)
    }

    /// Takes in Discord's name for a bucket. What was known of it without a name was a guess.
    fn name(&mut self, key: Key, name: u64) {
        let route = (key.route, key.method);
        if key.once || self.names.get(&route) == Some(&name) {
            return;
        }
        self.known.remove(&self.id(key));
        if self.names.len() >= BUCKETS {
            // The next answers tell them again.
            self.names.clear();
        }
        self.names.insert(route, name);
    }

    fn id(&self, key: Key) -> BucketId {
        match self.names.get(&(key.route, key.method)) {
            Some(name) => BucketId::Named(*name, key.whose),
            None => BucketId::Unnamed(key),
        }
    }

    fn bucket(&mut self, key: Key, now: Instant) -> &mut Bucket {
        let id = self.id(key);
        if !self.known.contains_key(&id) {
            self.make_room(now);
        }
        self.known.entry(id).or_insert_with(|| Bucket::unknown(now))
    }

    fn make_room(&mut self, now: Instant) {
        if self.known.len() < BUCKETS {
            return;
        }
        self.known.retain(|_, bucket| bucket.reset > now);
        if self.known.len() >= BUCKETS {
            // Half of them, so that the next ones need not look.
            let mut resets: Vec<_> = self.known.values().map(|bucket| bucket.reset).collect();
            let (_, middle, _) = resets.select_nth_unstable(BUCKETS / 2);
            let middle = *middle;
            self.known.retain(|_, bucket| bucket.reset > middle);
        }
    }
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
