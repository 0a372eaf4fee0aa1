//! Token buckets (caps §5.1): exact, in whole numbers, without a timer.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of `capacity` tokens that refills by `capacity` every `period`; a full burst is legal.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    capacity: u32,
    period: Duration,
    /// What is left, in tokens times nanoseconds of the period: one nanosecond adds `capacity` of these.
    level: u128,
    at: Instant,
}

/// The bucket is empty; a token exists after this wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Empty {
    wait: Duration,
}

impl Empty {
    /// Returns the wait in whole seconds, rounded up, at least 1 (caps §5.1).
    pub(crate) fn retry_after(self) -> u64 {
        (self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)).max(1)
    }
}

impl TokenBucket {
    /// Returns a full bucket.
    pub(crate) fn new(capacity: u32, period: Duration, now: Instant) -> Self {
        Self {
            capacity,
            period,
            level: u128::from(capacity) * period.as_nanos(),
            at: now,
        }
    }

    /// Takes `cost` tokens, or none; a cost above the capacity waits for a full bucket.
    pub(crate) fn take(&mut self, cost: u32, now: Instant) -> Result<(), Empty> {
        self.refill(now);
        let need = u128::from(cost.min(self.capacity)) * self.period.as_nanos();
        if let Some(left) = self.level.checked_sub(need) {
            self.level = left;
            return Ok(());
        }
        let nanos = (need - self.level).div_ceil(u128::from(self.capacity.max(1)));
        Err(Empty {
            wait: Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)),
        })
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at);
        self.at = self.at.max(now);
        let full = u128::from(self.capacity) * self.period.as_nanos();
        let gained = elapsed.as_nanos().saturating_mul(u128::from(self.capacity));
        self.level = full.min(self.level.saturating_add(gained));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_burst_of_the_whole_capacity_is_legal_and_the_next_waits_its_share() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(60, MINUTE, now);
        for _ in 0..60 {
            bucket.take(1, now).unwrap();
        }
        let empty = bucket.take(1, now).unwrap_err();
        assert_eq!(empty.retry_after(), 1);
        bucket.take(1, now + Duration::from_secs(1)).unwrap();
        assert!(bucket.take(1, now + Duration::from_secs(1)).is_err());
    }

    #[test]
    fn a_refused_cost_takes_nothing_and_names_its_own_wait() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(60, MINUTE, now);
        bucket.take(50, now).unwrap();
        assert_eq!(bucket.take(25, now).unwrap_err().retry_after(), 15, "10 are left");
        bucket.take(10, now).unwrap();
    }

    #[test]
    fn thirty_a_minute_is_one_every_two_seconds() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(30, MINUTE, now);
        bucket.take(30, now).unwrap();
        assert_eq!(bucket.take(1, now).unwrap_err().retry_after(), 2);
        assert_eq!(
            bucket
                .take(1, now + Duration::from_millis(1500))
                .unwrap_err()
                .retry_after(),
            1
        );
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing() {
        let now = Instant::now() + MINUTE;
        let mut bucket = TokenBucket::new(1, MINUTE, now);
        bucket.take(1, now).unwrap();
        assert!(bucket.take(1, now - Duration::from_secs(30)).is_err());
        assert!(bucket.take(1, now + Duration::from_secs(59)).is_err());
        bucket.take(1, now + MINUTE).unwrap();
    }

    proptest! {
        /// The promise to the plugin: after `retry_after` seconds the same call passes.
        #[test]
        fn the_named_wait_is_enough(costs in prop::collection::vec((1u32..30, 0u64..5_000), 1..200)) {
            let mut now = Instant::now();
            let mut bucket = TokenBucket::new(60, MINUTE, now);
            for (cost, wait) in costs {
                now += Duration::from_millis(wait);
                if let Err(empty) = bucket.take(cost, now) {
                    now += Duration::from_secs(empty.retry_after());
                    prop_assert!(bucket.take(cost, now).is_ok());
                }
            }
        }

        /// And never more than capacity plus what time brought.
        #[test]
        fn no_more_than_capacity_and_refill_passes(waits in prop::collection::vec(0u64..3_000, 1..400)) {
            let start = Instant::now();
            let (mut now, mut passed) = (start, 0u128);
            let mut bucket = TokenBucket::new(50, Duration::from_secs(1), now);
            for wait in waits {
                now += Duration::from_millis(wait / 100);
                passed += u128::from(bucket.take(1, now).is_ok());
            }
            prop_assert!(passed <= 50 + (now - start).as_millis() * 50 / 1_000 + 1);
        }
    }
}
