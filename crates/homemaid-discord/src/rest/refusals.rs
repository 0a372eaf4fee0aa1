//! Our own budget of refused requests. Discord bans an address for a while that makes [`LIMIT`] of them (401, 403,
//! 429) within ten minutes, and a ban hits every plugin of every guild. So we stop by ourselves: what can wait first,
//! then what plugins ask for, and what a user waits for last.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// Refused requests within [`WINDOW`] for which Discord bans.
pub(crate) const LIMIT: u32 = 10_000;
/// Parts the window is counted in, so that memory stays small.
const SLOT: Duration = Duration::from_secs(20);
/// How long a part counts: Discord's ten minutes, and one part more, because it is dated by its first refusal.
const WINDOW: Duration = Duration::from_secs(600 + SLOT.as_secs());

/// How much a request matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Nobody waits for it: the registration of commands.
    Background,
    /// A plugin waits for it.
    Call,
    /// A user waits for it, three seconds at most.
    Interaction,
}

impl Priority {
    /// Returns the count from which such requests are held back.
    const fn threshold(self) -> u32 {
        match self {
            Self::Background => LIMIT / 2,
            Self::Call => LIMIT / 10 * 8,
            Self::Interaction => LIMIT / 100 * 95,
        }
    }
}

/// What is held back for the sake of the budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBack {
    /// Nothing.
    #[default]
    Nothing,
    /// What nobody waits for, from half of the budget on.
    Background,
    /// Everything but answers to interactions, from four fifths on.
    Calls,
    /// Everything.
    Everything,
}

/// How close Discord is to banning this machine for refused requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RequestBudget {
    /// Refused requests (401, 403, 429) within the last ten minutes.
    pub refused: u32,
    /// How many Discord takes.
    pub limit: u32,
    /// What we hold back because of it.
    pub held_back: HeldBack,
}

/// Counts refused requests.
#[derive(Debug, Default)]
pub(super) struct Refusals(VecDeque<(Instant, u32)>);

impl Refusals {
    /// Counts one.
    pub(super) fn note(&mut self, now: Instant) {
        self.forget(now);
        match self.0.back_mut() {
            Some((at, count)) if now.saturating_duration_since(*at) < SLOT => *count += 1,
            _ => self.0.push_back((now, 1)),
        }
    }

    /// Returns how long such a request is held back now, `None` when it may go.
    pub(super) fn wait(&mut self, priority: Priority, now: Instant) -> Option<Duration> {
        self.forget(now);
        let mut left = self.sum();
        if left < priority.threshold() {
            return None;
        }
        let enough = self.0.iter().find(|(_, count)| {
            left -= count;
            left < priority.threshold()
        });
        let gone = enough.map_or(now, |(at, _)| *at) + WINDOW;
        Some(gone.saturating_duration_since(now))
    }

    /// Returns where the budget stands.
    pub(super) fn budget(&mut self, now: Instant) -> RequestBudget {
        self.forget(now);
        let refused = self.sum();
        let over = |priority: Priority| refused >= priority.threshold();
        let held_back = if over(Priority::Interaction) {
            HeldBack::Everything
        } else if over(Priority::Call) {
            HeldBack::Calls
        } else if over(Priority::Background) {
            HeldBack::Background
        } else {
            HeldBack::Nothing
        };
        RequestBudget {
            refused,
            limit: LIMIT,
            held_back,
        }
    }

    fn sum(&self) -> u32 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    fn forget(&mut self, now: Instant) {
        while self
            .0
            .front()
            .is_some_and(|(at, _)| now.saturating_duration_since(*at) >= WINDOW)
        {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::{Background, Call, Interaction};

    fn after(count: u32, now: Instant) -> Refusals {
        let mut refusals = Refusals::default();
        for _ in 0..count {
            refusals.note(now);
        }
        refusals
    }

    #[test]
    fn what_matters_least_is_held_back_first() {
        let now = Instant::now();
        for (count, held, may) in [
            (0, HeldBack::Nothing, [true, true, true]),
            (4_999, HeldBack::Nothing, [true, true, true]),
            (5_000, HeldBack::Background, [false, true, true]),
            (7_999, HeldBack::Background, [false, true, true]),
            (8_000, HeldBack::Calls, [false, false, true]),
            (9_500, HeldBack::Everything, [false, false, false]),
        ] {
            let mut refusals = after(count, now);
            assert_eq!(refusals.budget(now).held_back, held, "after {count}");
            assert_eq!(refusals.budget(now).refused, count);
            let goes = [Background, Call, Interaction].map(|priority| refusals.wait(priority, now).is_none());
            assert_eq!(goes, may, "after {count}");
        }
    }

    #[test]
    fn refusals_are_forgotten_after_ten_minutes_and_the_wait_says_when() {
        let start = Instant::now();
        let mut refusals = after(4_000, start);
        let later = start + WINDOW / 2;
        for _ in 0..4_000 {
            refusals.note(later);
        }
        assert_eq!(
            refusals.wait(Call, later),
            Some(WINDOW / 2),
            "the first 4000 go then"
        );
        assert_eq!(refusals.wait(Background, later), Some(WINDOW / 2));
        assert_eq!(refusals.wait(Call, start + WINDOW), None);
        assert_eq!(refusals.budget(start + WINDOW).refused, 4_000);
        assert_eq!(
            refusals.budget(later + WINDOW),
            RequestBudget {
                limit: LIMIT,
                ..RequestBudget::default()
            }
        );
    }

    #[test]
    fn memory_stays_small_however_many_are_refused() {
        let mut now = Instant::now();
        let mut refusals = Refusals::default();
        for _ in 0..100_000 {
            now += Duration::from_millis(100);
            refusals.note(now);
        }
        assert!(refusals.0.len() <= 32);
    }
}
