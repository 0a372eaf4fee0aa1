//! Rate-limit buckets and their headers.
//!
//! Always counted, so that the headers tell the truth; only enforced when switched on, since most tests of a bot
//! would rather be fast than limited. They run on the machine's clock: a client that is told to wait sleeps on it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::limits;

/// How many requests a bucket takes in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) name: &'static str,
    pub(crate) requests: u32,
    pub(crate) window: Duration,
}

impl Bucket {
    pub(crate) const fn new(name: &'static str, requests: u32, seconds: u64) -> Self {
        Self {
            name,
            requests,
            window: Duration::from_secs(seconds),
        }
    }
}

/// What becomes of rate limits.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitMode {
    /// No headers, no refusals.
    Off,
    /// Headers that never ask anybody to wait.
    #[default]
    Announced,
    /// Headers and refusals as Discord's.
    Enforced,
}

/// Whose limit a refused request ran into, as `X-RateLimit-Scope` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The bot's own, of one bucket.
    User,
    /// The bot's own, over everything.
    Global,
    /// That of a resource others use too; not held against the bot.
    Shared,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

/// All buckets that were used lately.
#[derive(Debug)]
pub(crate) struct RateLimits {
    pub(crate) mode: RateLimitMode,
    used: HashMap<(&'static str, String), (Instant, u32)>,
    /// The second of the global limit, and what it saw.
    global: (Instant, u32),
    /// The ten minutes in which invalid requests are counted, and how many there were.
    invalid: (Instant, u32),
}

/// What one request is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// Seconds to wait, and why, when the request was refused.
    pub(crate) refused: Option<(f64, Scope)>,
    announced: bool,
    limit: u32,
    remaining: u32,
    reset_after: f64,
    hash: u64,
}

impl RateLimits {
    pub(crate) fn new(mode: RateLimitMode) -> Self {
        let now = Instant::now();
        Self {
            mode,
            used: HashMap::new(),
            global: (now, 0),
            invalid: (now, 0),
        }
    }

    /// Counts one request in a bucket of one resource (a channel, a guild, a webhook).
    ///
    /// What carries a token of its own is outside the bot's global limit, as with Discord: `global` says so.
    pub(crate) fn count(&mut self, bucket: Bucket, resource: &str, global: bool) -> Verdict {
        let now = Instant::now();
        let enforced = self.mode == RateLimitMode::Enforced;
        self.make_room(now);
        let over = if enforced && global {
            self.count_globally(now)
        } else {
            None
        };
        // Not enforced, the buckets are announced so wide that no client slows down on its own account.
        let (limit, window) = if enforced {
            (bucket.requests, bucket.window)
        } else {
            (1_000, Duration::from_secs(1))
        };
        let (start, count) = self
            .used
            .entry((bucket.name, resource.to_owned()))
            .or_insert((now, 0));
        if now.duration_since(*start) >= window {
            (*start, *count) = (now, 0);
        }
        let reset_after = window.saturating_sub(now.duration_since(*start)).as_secs_f64();
        let full = (enforced && *count >= limit).then_some((reset_after, Scope::User));
        let refused = over.map(|wait| (wait, Scope::Global)).or(full);
        if refused.is_none() {
            *count = count.saturating_add(1);
        }
        let mut hasher = DefaultHasher::new();
        bucket.name.hash(&mut hasher);
        let remaining = limit.saturating_sub(*count).max(u32::from(!enforced));
        Verdict {
            refused,
            announced: self.mode != RateLimitMode::Off,
            limit,
            remaining,
            reset_after,
            hash: hasher.finish(),
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.used.len() < limits::RATE_BUCKETS {
            return;
        }
        // Whatever is older than most windows says little any more.
        self.used
            .retain(|_, (start, _)| now.duration_since(*start) < Duration::from_secs(60));
        if self.used.len() >= limits::RATE_BUCKETS {
            self.used.clear();
        }
    }

    /// Counts in the global limit; returns the seconds to wait when it is used up.
    fn count_globally(&mut self, now: Instant) -> Option<f64> {
        let (start, count) = &mut self.global;
        if now.duration_since(*start) >= limits::GLOBAL_WINDOW {
            (*start, *count) = (now, 0);
        }
        if *count >= limits::GLOBAL_REQUESTS {
            let left = limits::GLOBAL_WINDOW.saturating_sub(now.duration_since(*start));
            return Some(left.as_secs_f64().max(0.001));
        }
        *count += 1;
        None
    }

    /// Counts an answer that Discord holds against a bot: 401, 403, and 429 but for a shared limit.
    pub(crate) fn count_answer(&mut self, status: u16, scope: Option<Scope>) {
        if matches!(status, 401 | 403) || (status == 429 && scope != Some(Scope::Shared)) {
            let now = Instant::now();
            let (start, count) = &mut self.invalid;
            if now.duration_since(*start) >= limits::INVALID_WINDOW {
                (*start, *count) = (now, 0);
            }
            *count = count.saturating_add(1);
        }
    }

    /// Returns how many invalid requests the last ten minutes saw.
    pub(crate) fn invalid_requests(&self) -> u32 {
        let (start, count) = self.invalid;
        if start.elapsed() >= limits::INVALID_WINDOW {
            0
        } else {
            count
        }
    }

    /// Tells whether Discord's edge would not let the bot in any more.
    pub(crate) fn banned(&self) -> bool {
        self.mode == RateLimitMode::Enforced && self.invalid_requests() >= limits::INVALID_REQUESTS
    }
}

impl Verdict {
    /// Writes Discord's headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        if !self.announced {
            return;
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs_f64();
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        if self.refused.is_some_and(|(_, scope)| scope == Scope::Global) {
            // The bucket has nothing to do with it.
            return;
        }
        put("x-ratelimit-bucket", format!("{:016x}", self.hash));
        put("x-ratelimit-limit", self.limit.to_string());
        put("x-ratelimit-remaining", self.remaining.to_string());
        put("x-ratelimit-reset", format!("{:.3}", now + self.reset_after));
        put("x-ratelimit-reset-after", format!("{:.3}", self.reset_after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Bucket = Bucket::new("test", 2, 60);
    const WIDE: Bucket = Bucket::new("wide", 1_000, 60);

    #[test]
    fn an_enforced_bucket_refuses_the_third_request_of_one_resource() {
        let mut rates = RateLimits::new(RateLimitMode::Enforced);
        assert_eq!(
            (
                rates.count(TWO, "a", true).remaining,
                rates.count(TWO, "a", true).remaining
            ),
            (1, 0)
        );
        let third = rates.count(TWO, "a", true);
        assert!(
            third
                .refused
                .is_some_and(|(wait, scope)| wait > 50.0 && scope == Scope::User),
            "{third:?}"
        );
        assert_eq!(
            rates.count(TWO, "b", true).refused,
            None,
            "another resource has its own bucket"
        );
    }

    #[test]
    fn a_bucket_that_is_not_enforced_never_tells_a_client_to_wait() {
        let mut rates = RateLimits::new(RateLimitMode::Announced);
        for _ in 0..2_000 {
            let verdict = rates.count(TWO, "a", true);
            assert!(verdict.refused.is_none() && verdict.remaining > 0);
        }
    }

    #[test]
    fn switched_off_there_are_no_headers() {
        let mut rates = RateLimits::new(RateLimitMode::Off);
        let mut headers = HeaderMap::new();
        rates.count(TWO, "a", true).write(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn the_global_limit_holds_over_all_buckets_but_not_for_own_tokens() {
        let mut rates = RateLimits::new(RateLimitMode::Enforced);
        // As if all of it fell into one second, however slow the machine is.
        rates.global = (
            Instant::now() + Duration::from_secs(60),
            limits::GLOBAL_REQUESTS - 1,
        );
        assert_eq!(rates.count(WIDE, "a", true).refused, None);
        let refused = rates.count(WIDE, "b", true).refused;
        assert!(
            refused.is_some_and(|(_, scope)| scope == Scope::Global),
            "{refused:?}"
        );
        assert_eq!(
            rates.count(WIDE, "c", false).refused,
            None,
            "an interaction's token"
        );
    }

    #[test]
    fn invalid_requests_are_counted_until_the_edge_closes() {
        let mut rates = RateLimits::new(RateLimitMode::Enforced);
        for (status, scope) in [(200, None), (404, None), (429, Some(Scope::Shared))] {
            rates.count_answer(status, scope);
        }
        assert_eq!(rates.invalid_requests(), 0);
        for (status, scope) in [(401, None), (403, None), (429, Some(Scope::User))] {
            rates.count_answer(status, scope);
        }
        assert_eq!(rates.invalid_requests(), 3);
        for _ in 0..limits::INVALID_REQUESTS {
            rates.count_answer(403, None);
        }
        assert!(rates.banned());
        rates.mode = RateLimitMode::Announced;
        assert!(!rates.banned(), "announced limits refuse nobody");
    }
}
