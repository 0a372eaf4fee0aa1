//! Discord's limit over all requests of a bot: so many within any second. Answers to interactions are not counted
//! by Discord and not by us. Keeping below it by ourselves is what keeps a busy evening from ending in refusals.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The window.
const SECOND: Duration = Duration::from_secs(1);

/// When the last requests went.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: usize,
    sent: VecDeque<Instant>,
}

impl Pace {
    /// Returns a pace of so many requests within any second.
    pub(super) fn new(per_second: u32) -> Self {
        let per_second = usize::try_from(per_second.max(1)).unwrap_or(usize::MAX);
        Self {
            per_second,
            sent: VecDeque::new(),
        }
    }

    /// Returns how long a request has to wait now, `None` when it may go.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Duration> {
        while self.sent.front().is_some_and(|sent| *sent + SECOND <= now) {
            self.sent.pop_front();
        }
        let full = self.sent.len() >= self.per_second;
        let oldest = self.sent.front().filter(|_| full)?;
        Some((*oldest + SECOND).saturating_duration_since(now))
    }

    /// Counts a request that goes now.
    pub(super) fn go(&mut self, now: Instant) {
        self.sent.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_than_allowed() {
        let (mut pace, start) = (Pace::new(3), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for ms in [0, 400, 800] {
            assert_eq!(pace.wait(at(ms)), None);
            pace.go(at(ms));
        }
        assert_eq!(pace.wait(at(900)), Some(Duration::from_millis(100)));
        assert_eq!(pace.wait(at(1_000)), None);
        pace.go(at(1_000));
        assert_eq!(pace.wait(at(1_000)), Some(Duration::from_millis(400)));
        assert!(pace.sent.len() <= 3);
    }
}
