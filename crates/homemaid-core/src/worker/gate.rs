//! How many log lines a worker may leave: 200 a second (wire §5), the rest counted.

use std::time::Duration;

use tokio::time::Instant;

/// Log lines a second, of all sources together (wire §5).
pub(crate) const LOG_LINES_PER_SECOND: u32 = 200;
const WINDOW: Duration = Duration::from_secs(1);

/// Lets lines through and counts those it does not.
#[derive(Debug)]
pub(crate) struct LogGate {
    window: Instant,
    passed: u32,
    dropped: u64,
    dropped_ever: u64,
}

/// Whether a line passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Store it; before it, tell how many were dropped since the last one that passed.
    Yes {
        /// Lines that were not stored.
        dropped_before: u64,
    },
    /// Drop it.
    No,
}

impl LogGate {
    /// Returns an open gate.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            window: now,
            passed: 0,
            dropped: 0,
            dropped_ever: 0,
        }
    }

    /// Asks for one line.
    pub(crate) fn ask(&mut self, now: Instant) -> Pass {
        if now.saturating_duration_since(self.window) >= WINDOW {
            self.window = now;
            self.passed = 0;
        }
        if self.passed >= LOG_LINES_PER_SECOND {
            self.dropped += 1;
            self.dropped_ever += 1;
            return Pass::No;
        }
        self.passed += 1;
        Pass::Yes {
            dropped_before: std::mem::take(&mut self.dropped),
        }
    }

    /// Returns the lines dropped since the last that passed, and forgets them, once the flood is over.
    pub(crate) fn settle(&mut self, now: Instant) -> u64 {
        if now.saturating_duration_since(self.window) < WINDOW {
            return 0;
        }
        self.take_dropped()
    }

    /// Returns the lines dropped since the host started.
    pub(crate) fn dropped_ever(&self) -> u64 {
        self.dropped_ever
    }

    /// Returns the lines dropped since the last that passed, and forgets them: the worker ended.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_at_two_hundred_a_second_and_the_rest_is_told() {
        let now = Instant::now();
        let mut gate = LogGate::new(now);
        let passed = (0..1_000).filter(|_| gate.ask(now) != Pass::No).count();
        assert_eq!(passed, 200);
        assert_eq!(gate.ask(now + WINDOW), Pass::Yes { dropped_before: 800 });
        assert_eq!(gate.ask(now + WINDOW), Pass::Yes { dropped_before: 0 });
    }

    #[test]
    fn the_end_of_a_flood_is_told_without_another_line() {
        let now = Instant::now();
        let mut gate = LogGate::new(now);
        for _ in 0..300 {
            gate.ask(now);
        }
        assert_eq!(gate.settle(now), 0, "it may go on");
        assert_eq!(gate.settle(now + WINDOW), 100);
        assert_eq!(gate.settle(now + WINDOW), 0);
    }

    #[test]
    fn drops_at_the_end_are_not_forgotten() {
        let now = Instant::now();
        let mut gate = LogGate::new(now);
        for _ in 0..201 {
            gate.ask(now);
        }
        assert_eq!(gate.take_dropped(), 1);
        assert_eq!(gate.take_dropped(), 0);
        assert_eq!(gate.dropped_ever(), 1);
    }
}
