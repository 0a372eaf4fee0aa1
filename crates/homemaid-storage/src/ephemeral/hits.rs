//! The hits of one counter: when each was, in bounded memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::{
    EPHEMERAL_COUNTER_RUNS, EPHEMERAL_COUNTER_RUNS_MIN, EPHEMERAL_RUNS, EPHEMERAL_SECONDS_MAX,
};
use crate::time::Millis;

/// The longest window there is.
const LONGEST: Millis = EPHEMERAL_SECONDS_MAX * 1_000;

/// Hits within the same moment.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: Millis,
    /// Hits ever, up to and with these: how many lie between two runs is one subtraction.
    total: u64,
}

/// When a counter was hit during the last day, the oldest first, one run for each millisecond with hits.
///
/// At the bound (of this counter, or of all of the installation's together) it first forgets what is older than any
/// window it was ever asked for. Only when that is not enough, neighbouring runs are put together and take the later
/// one's time: every hit still counts, and leaves the window late by less than 1/4096 of the hits' time span (1/16
/// when the installation as a whole holds too many). A rate limit built on it errs to the strict side.
#[derive(Debug)]
pub(super) struct Hits {
    runs: VecDeque<Run>,
    /// Hits before the oldest run.
    forgotten: u64,
    /// The longest window anyone asked for.
    longest: Millis,
    /// Runs of all counters of the installation.
    all: Arc<AtomicUsize>,
}

impl Hits {
    pub(super) fn new(all: Arc<AtomicUsize>) -> Self {
        Self {
            runs: VecDeque::new(),
            forgotten: 0,
            longest: 0,
            all,
        }
    }

    /// Counts a hit; returns the hits within `window` milliseconds up to now.
    pub(super) fn hit(&mut self, now: Millis, window: Millis) -> u64 {
        // Hits that arrive out of order by a moment, or after the clock was set back, count as the newest.
        let now = self.runs.back().map_or(now, |last| last.at.max(now));
        self.longest = self.longest.max(window);
        self.forget(now - LONGEST);
        let total = self.before(self.runs.len()) + 1;
        match self.runs.back_mut() {
            Some(last) if last.at == now => last.total = total,
            _ => {
                self.runs.push_back(Run { at: now, total });
                self.all.fetch_add(1, Ordering::Relaxed);
                self.shrink(now);
            }
        }
        let since = self.runs.partition_point(|run| run.at <= now - window);
        total - self.before(since)
    }

    /// Returns whether no window reaches any hit.
    pub(super) fn is_over(&self, now: Millis) -> bool {
        self.runs.back().is_none_or(|last| last.at <= now - LONGEST)
    }

    /// Forgets what is older than any window anyone asked for.
    pub(super) fn forget_unasked(&mut self, now: Millis) {
        self.forget(now - self.longest);
    }

    /// Returns how many hits there ever were before the run at `index`.
    fn before(&self, index: usize) -> u64 {
        match index.checked_sub(1) {
            Some(earlier) => self.runs[earlier].total,
            None => self.forgotten,
        }
    }

    fn forget(&mut self, up_to: Millis) {
        let gone = self.runs.partition_point(|run| run.at <= up_to);
        self.forgotten = self.before(gone);
        self.runs.drain(..gone);
        self.all.fetch_sub(gone, Ordering::Relaxed);
    }

    /// Comes back below the bound when it was passed.
    fn shrink(&mut self, now: Millis) {
        let crowded = self.all.load(Ordering::Relaxed) > EPHEMERAL_RUNS;
        let most = if crowded {
            EPHEMERAL_COUNTER_RUNS_MIN
        } else {
            EPHEMERAL_COUNTER_RUNS
        };
        if self.runs.len() > most {
            self.forget_unasked(now);
        }
        if self.runs.len() > most {
            self.merge(most / 2);
        }
    }

    /// Puts runs together until at most about `most` are left: the last one of each grain stays.
    fn merge(&mut self, most: usize) {
        let (Some(first), Some(last)) = (self.runs.front(), self.runs.back()) else {
            return;
        };
        let span = u64::try_from(last.at - first.at).unwrap_or(0);
        // A power of two: the grains of later merges then hold whole grains of earlier ones, and a hit that is put
        // together again and again never moves by more than the largest of them.
        let grain = (span / most as u64 + 1).next_power_of_two();
        let grain = Millis::try_from(grain).unwrap_or(LONGEST);
        let before = self.runs.len();
        let mut merged: VecDeque<Run> = VecDeque::with_capacity(most + 2);
        for run in self.runs.drain(..) {
            match merged.back_mut() {
                Some(last) if last.at.div_euclid(grain) == run.at.div_euclid(grain) => *last = run,
                _ => merged.push_back(run),
            }
        }
        self.all.fetch_sub(before - merged.len(), Ordering::Relaxed);
        self.runs = merged;
    }
}

impl Drop for Hits {
    fn drop(&mut self) {
        self.all.fetch_sub(self.runs.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits() -> (Hits, Arc<AtomicUsize>) {
        let all = Arc::new(AtomicUsize::new(0));
        (Hits::new(Arc::clone(&all)), all)
    }

    #[test]
    fn a_hit_leaves_the_window_exactly_when_it_is_that_old() {
        let (mut hits, _) = hits();
        assert_eq!(hits.hit(1_000, 60_000), 1);
        assert_eq!(hits.hit(60_999, 60_000), 2);
        assert_eq!(hits.hit(61_000, 60_000), 2, "the first is a whole window old");
        assert_eq!(
            hits.hit(61_000, 86_400_000),
            4,
            "a longer window still has all of them"
        );
    }

    #[test]
    fn a_clock_set_back_loses_no_hit() {
        let (mut hits, _) = hits();
        assert_eq!(hits.hit(10_000, 1_000), 1);
        assert_eq!(hits.hit(5_000, 1_000), 2);
    }

    #[test]
    fn a_million_hits_in_the_window_all_count_in_bounded_memory_and_leave_in_time() {
        let (mut hits, all) = hits();
        let (day, n) = (LONGEST, 1_000_000);
        // One hit each 80 ms: a million of them within the longest window.
        for i in 1..=n {
            let count = hits.hit(i * 80, day);
            assert_eq!(count, i.unsigned_abs(), "each one counts");
            assert!(hits.runs.len() <= EPHEMERAL_COUNTER_RUNS);
        }
        assert!(hits.runs.capacity() <= 2 * EPHEMERAL_COUNTER_RUNS);
        assert_eq!(all.load(Ordering::Relaxed), hits.runs.len());
        let slack = (n * 80 / 4_096).unsigned_abs();
        for later in [n * 80 + day / 2, n * 80 + day - 1_000_000] {
            let exact = (1..=n).filter(|i| i * 80 > later - day).count() as u64 + 1;
            let count = hits.hit(later, day);
            assert!(count >= exact, "no hit is forgotten early: {count} {exact}");
            assert!(
                count - exact <= slack / 80 + 1,
                "and late by less than 1/4096: {count} {exact}"
            );
        }
        assert_eq!(hits.hit(n * 80 + 2 * day, day), 1);
    }

    #[test]
    fn at_the_bound_what_nobody_asked_for_goes_first() {
        let (mut hits, _) = hits();
        let most = i64::try_from(EPHEMERAL_COUNTER_RUNS).unwrap();
        for i in 0..=4 * most {
            let expected = (i + 1).min(10_000).unsigned_abs();
            assert_eq!(hits.hit(i, 10_000), expected, "exact at a hit a millisecond");
        }
    }

    #[test]
    fn what_it_holds_is_counted_and_given_back() {
        let (mut hits, all) = hits();
        for i in 0..100 {
            hits.hit(i, 60_000);
        }
        assert_eq!(all.load(Ordering::Relaxed), 100);
        hits.hit(2 * LONGEST, 60_000);
        assert_eq!(all.load(Ordering::Relaxed), 1);
        drop(hits);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }
}
