//! Rate-limit buckets and their headers.
//!
//! Always counted, so that the headers tell the truth; only enforced when switched on, since most tests of a bot
//! would rather be fast than limited.

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

/// All buckets that were used lately.
#[derive(Debug)]
pub(crate) struct RateLimits {
    pub(crate) enforced: bool,
    used: HashMap<(&'static str, String), (Instant, u32)>,
}

/// What one request is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// Seconds to wait, when the request was refused.
    pub(crate) refused: Option<f64>,
    limit: u32,
    remaining: u32,
    reset_after: f64,
    hash: u64,
}

impl RateLimits {
    pub(crate) fn new(enforced: bool) -> Self {
        Self {
            enforced,
            used: HashMap::new(),
        }
    }

    /// Counts one request in a bucket of one resource (a channel, a guild, a webhook).
    pub(crate) fn count(&mut self, bucket: Bucket, resource: &str) -> Verdict {
        let now = Instant::now();
        if self.used.len() >= limits::RATE_BUCKETS {
            // Whatever is older than the longest window says nothing any more.
            self.used
                .retain(|_, (start, _)| now.duration_since(*start) < Duration::from_secs(60));
            if self.used.len() >= limits::RATE_BUCKETS {
                self.used.clear();
            }
        }
        // Not enforced, the buckets are announced so wide that no client slows down on its own account.
        let (limit, window) = if self.enforced {
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
        let refused = (self.enforced && *count >= limit).then_some(reset_after);
        if refused.is_none() {
            *count = count.saturating_add(1);
        }
        let mut hasher = DefaultHasher::new();
        bucket.name.hash(&mut hasher);
        let remaining = limit.saturating_sub(*count).max(u32::from(!self.enforced));
        Verdict {
            refused,
            limit,
            remaining,
            reset_after,
            hash: hasher.finish(),
        }
    }
}

impl Verdict {
    /// Writes Discord's headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs_f64();
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("x-ratelimit-bucket", format!("{:016x}", self.hash));
        put("x-ratelimit-limit", self.limit.to_string());
        put("x-ratelimit-remaining", self.remaining.to_string());
        put("x-ratelimit-reset", format!("{:.3}", now + self.reset_after));
        put("x-ratelimit-reset-after", format!("{:.3}", self.reset_after));
        if self.refused.is_some() {
            put("x-ratelimit-scope", "user".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Bucket = Bucket::new("test", 2, 60);

    #[test]
    fn an_enforced_bucket_refuses_the_third_request_of_one_resource() {
        let mut rates = RateLimits::new(true);
        assert_eq!(
            (rates.count(TWO, "a").remaining, rates.count(TWO, "a").remaining),
            (1, 0)
        );
        let third = rates.count(TWO, "a");
        assert!(third.refused.is_some_and(|wait| wait > 50.0), "{third:?}");
        assert_eq!(
            rates.count(TWO, "b").refused,
            None,
            "another resource has its own bucket"
        );
    }

    #[test]
    fn a_bucket_that_is_not_enforced_never_tells_a_client_to_wait() {
        let mut rates = RateLimits::new(false);
        for _ in 0..2_000 {
            let verdict = rates.count(TWO, "a");
            assert!(verdict.refused.is_none() && verdict.remaining > 0);
        }
    }
}
