//! The rhythm of a connection: its heartbeats, and the pauses between attempts.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// When the next heartbeat is due, and whether the last one was heard.
pub(super) struct Heart {
    interval: Duration,
    /// When the next one is due.
    pub(super) next: Instant,
    acknowledged: bool,
}

impl Heart {
    /// Returns a heart that beats at this interval.
    pub(super) fn new(interval: Duration) -> Self {
        // The first beat comes at a random point, so that many bots do not beat together.
        let first = interval.mul_f64(rand::rng().random_range(0.1..1.0));
        Self {
            interval,
            next: Instant::now() + first,
            acknowledged: true,
        }
    }

    /// Counts one beat; false when the last one was never acknowledged and we were listening.
    pub(super) fn beat(&mut self, deaf: bool) -> bool {
        let alive = self.acknowledged || deaf;
        self.acknowledged = false;
        self.next = Instant::now() + self.interval;
        alive
    }
}

/// The last beat was heard.
pub(super) fn acknowledge(heart: &mut Option<Heart>) {
    if let Some(heart) = heart {
        heart.acknowledged = true;
    }
}

/// Returns how long to wait before attempt `attempt`: at once, then 1, 2, 4 ... seconds, with jitter.
pub(super) fn pause(attempt: u32) -> Duration {
    if attempt <= 1 {
        return Duration::from_millis(rand::rng().random_range(0..250));
    }
    let longest = Duration::from_secs(1 << (attempt - 2).min(6)).min(LONGEST_PAUSE);
    longest.mul_f64(rand::rng().random_range(0.5..1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert!(pause(1) < Duration::from_millis(250));
        for attempt in 2..100 {
            let longest = Duration::from_secs(1 << (attempt - 2).min(6)).min(LONGEST_PAUSE);
            let pause = pause(attempt);
            assert!(
                pause >= longest / 2 && pause <= longest,
                "attempt {attempt}: {pause:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_heart_that_is_not_heard_stops_unless_we_were_not_listening() {
        let mut heart = Heart::new(Duration::from_secs(40));
        assert!(heart.beat(false), "the first beat has nothing to wait for");
        assert!(
            heart.beat(true),
            "while we do not read, no acknowledgement can be seen"
        );
        assert!(!heart.beat(false));
    }
}
