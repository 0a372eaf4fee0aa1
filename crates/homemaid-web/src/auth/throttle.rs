//! Slows down guessing.
//!
//! Every attempt counts as wrong from the moment it is admitted until it proves right, so guesses made side by side
//! gain nothing over guesses made one after the other.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::limits::{ATTEMPTS_FORGOTTEN, FREE_ATTEMPTS, LONGEST_WAIT};

/// Decides when the next attempt may be made.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    wrong: u32,
    last: Option<Timestamp>,
    wait_until: Option<Timestamp>,
}

impl Throttle {
    /// Admits an attempt, or says how long to wait.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), Duration> {
        if let Some(until) = self.wait_until
            && until > now
        {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            // A clock that was set back must not lock the owner out for longer than the longest wait.
            return Err(left.min(LONGEST_WAIT));
        }
        if self
            .last
            .is_some_and(|last| now.duration_since(last) > signed(ATTEMPTS_FORGOTTEN))
        {
            *self = Self::default();
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last = Some(now);
        self.wait_until = self
            .wrong
            .checked_sub(FREE_ATTEMPTS)
            .map(|beyond| now.saturating_add(signed(wait(beyond))).unwrap_or(now));
        Ok(())
    }

    /// The attempt was right: everything before it is forgotten.
    pub(crate) fn right(&mut self) {
        *self = Self::default();
    }
}

/// One second, then twice as long each time.
fn wait(beyond: u32) -> Duration {
    Duration::from_secs(1_u64.checked_shl(beyond.min(16)).unwrap_or(u64::MAX)).min(LONGEST_WAIT)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_first_attempts_are_free_and_then_waits_double_up_to_a_minute() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.admit(at(0)), Ok(()));
        }
        let mut now = 0;
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            let refused = throttle.admit(at(now)).unwrap_err();
            assert_eq!(refused, Duration::from_secs(expected));
            now += i64::try_from(expected).unwrap();
            assert_eq!(
                throttle.admit(at(now)),
                Ok(()),
                "after the wait one more is admitted"
            );
        }
    }

    #[test]
    fn a_right_password_and_a_long_pause_forget_the_wrong_ones() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE_ATTEMPTS {
            throttle.admit(at(0)).unwrap();
        }
        assert!(throttle.admit(at(0)).is_err());
        throttle.right();
        assert_eq!(throttle.admit(at(0)), Ok(()));

        for second in 0..20 {
            let _ = throttle.admit(at(second));
        }
        let later = i64::try_from(ATTEMPTS_FORGOTTEN.as_secs()).unwrap() + 100;
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.admit(at(later)), Ok(()), "forgotten");
        }
    }
}
