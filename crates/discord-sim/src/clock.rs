//! The simulator's own time: the machine's clock, until it is frozen or advanced.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Tells the time of the simulated Discord; a clone tells the same one.
///
/// Everything that is state takes its time from here: ids, timestamps, interaction clocks, time-outs. Only what
/// belongs to a socket (heartbeats, send time-outs) runs on the machine's clock, so that a jump of a month does
/// not disconnect every client.
#[derive(Debug, Clone)]
pub struct Clock {
    reading: Arc<Mutex<Reading>>,
    changed: watch::Sender<()>,
}

/// Where time ends: Discord's ids have 42 bits of milliseconds, which is 2154.
const END: Timestamp = Timestamp::constant(5_680_281_600, 0);

#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The machine's clock plus an offset.
    Running(SignedDuration),
    /// Stands still.
    Frozen(Timestamp),
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            reading: Arc::new(Mutex::new(Reading::Running(SignedDuration::ZERO))),
            changed: watch::Sender::new(()),
        }
    }
}

impl Clock {
    /// Returns the current simulated time.
    pub fn now(&self) -> Timestamp {
        let now = match self.reading() {
            Reading::Running(offset) => Timestamp::now().saturating_add(offset).unwrap_or(END),
            Reading::Frozen(at) => at,
        };
        now.min(END)
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) {
        self.turn(Reading::Frozen(self.now()));
    }

    /// Stops the clock at a moment, which may lie in the past.
    pub(crate) fn freeze_at(&self, at: Timestamp) {
        self.turn(Reading::Frozen(at.min(END)));
    }

    /// Moves the clock to a moment, from where it runs on unless it is frozen.
    pub fn set(&self, at: Timestamp) {
        let frozen = self.is_frozen();
        self.freeze_at(at);
        if !frozen {
            self.resume();
        }
    }

    /// Lets a frozen clock run on from where it stands.
    pub fn resume(&self) {
        let offset = self.now().duration_since(Timestamp::now());
        self.turn(Reading::Running(offset));
    }

    /// Moves the clock forward, frozen or not.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let next = match self.reading() {
            Reading::Running(offset) => Reading::Running(offset.saturating_add(by)),
            Reading::Frozen(at) => Reading::Frozen(at.saturating_add(by).unwrap_or(END)),
        };
        self.turn(next);
    }

    /// Tells whether the clock stands still.
    pub fn is_frozen(&self) -> bool {
        matches!(self.reading(), Reading::Frozen(_))
    }

    /// Waits until the clock shows `deadline`, however it gets there.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        let mut changed = self.changed.subscribe();
        loop {
            let left = deadline.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            if self.is_frozen() {
                // The sender lives in `self`, so this only ends when somebody moves the clock.
                let _ = changed.changed().await;
            } else {
                let left = Duration::try_from(left).unwrap_or(Duration::ZERO) + Duration::from_millis(1);
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    _ = changed.changed() => {}
                }
            }
        }
    }

    fn reading(&self) -> Reading {
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, reading: Reading) {
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = reading;
        self.changed.send_replace(());
    }
}

/// Writes a time as Discord does: microseconds and a numeric offset.
pub(crate) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_until_it_is_advanced() {
        let clock = Clock::default();
        clock.freeze();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_hours(1));
    }

    #[test]
    fn time_ends_before_ids_run_out_of_bits() {
        let clock = Clock::default();
        clock.advance(Duration::MAX);
        assert_eq!(crate::Snowflake::at(clock.now()).created_at(), clock.now());
        clock.freeze();
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), END);
    }

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_is_advanced() {
        let clock = Clock::default();
        clock.freeze();
        let deadline = clock.now() + SignedDuration::from_hours(24 * 30);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(deadline).await }
        });
        clock.advance(Duration::from_secs(30 * 24 * 3_600));
        sleeper.await.unwrap();
    }

    #[test]
    fn times_look_like_discords() {
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert_eq!(iso(at), "2026-01-02T03:04:05.678000+00:00");
    }
}
