//! The crash policy (wire §2.4): how long to wait before the next start, and when to give up.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The first wait; each further one doubles.
pub(crate) const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait.
pub(crate) const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// This many exits within [`CRASH_WINDOW`] suspend the installation.
pub(crate) const CRASHES_TO_SUSPEND: usize = 5;
/// The window exits are counted in; a worker that runs this long is healthy again.
pub(crate) const CRASH_WINDOW: Duration = Duration::from_secs(300);

/// What follows a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Start again after this wait.
    Retry(Duration),
    /// Only the owner can start it again.
    GiveUp,
}

/// The exits that still count.
#[derive(Debug, Default)]
pub(crate) struct CrashHistory {
    recent: VecDeque<Instant>,
    attempt: u32,
}

impl CrashHistory {
    /// Records an exit at `now` and decides.
    ///
    /// The number of exits is bounded by [`CRASHES_TO_SUSPEND`], since the last of them gives up.
    pub(crate) fn crashed(&mut self, now: Instant) -> Verdict {
        self.recent
            .retain(|at| now.saturating_duration_since(*at) < CRASH_WINDOW);
        self.recent.push_back(now);
        self.attempt = self.attempt.saturating_add(1);
        if self.recent.len() >= CRASHES_TO_SUSPEND {
            return Verdict::GiveUp;
        }
        let doublings = (self.attempt - 1).min(16);
        Verdict::Retry(LONGEST_BACKOFF.min(FIRST_BACKOFF * (1 << doublings)))
    }

    /// Returns which restart in a row this is, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Forgets everything: the owner acted, or the worker ran for a whole [`CRASH_WINDOW`].
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let (mut history, start) = (CrashHistory::default(), Instant::now());
        // Two minutes apart, so that never five fall into one window.
        let waits: Vec<u64> = (0..8)
            .map(|n| match history.crashed(start + Duration::from_secs(120 * n)) {
                Verdict::Retry(wait) => wait.as_secs(),
                Verdict::GiveUp => panic!("crash {n} is alone in its window"),
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn the_fifth_exit_within_five_minutes_gives_up() {
        let (mut history, start) = (CrashHistory::default(), Instant::now());
        for n in 0..4 {
            let at = start + Duration::from_secs(n * 70);
            assert!(
                matches!(history.crashed(at), Verdict::Retry(_)),
                "exit {n} is retried"
            );
        }
        assert_eq!(history.crashed(start + Duration::from_secs(299)), Verdict::GiveUp);
    }

    #[test]
    fn exits_outside_the_window_do_not_count() {
        let (mut history, start) = (CrashHistory::default(), Instant::now());
        for n in 0..4 {
            history.crashed(start + Duration::from_secs(n));
        }
        assert!(matches!(
            history.crashed(start + CRASH_WINDOW + Duration::from_secs(3)),
            Verdict::Retry(_)
        ));
    }

    #[test]
    fn forgetting_starts_over() {
        let (mut history, now) = (CrashHistory::default(), Instant::now());
        history.crashed(now);
        history.crashed(now);
        history.forget();
        assert_eq!(history.crashed(now), Verdict::Retry(FIRST_BACKOFF));
        assert_eq!(history.attempt(), 1);
    }
}
