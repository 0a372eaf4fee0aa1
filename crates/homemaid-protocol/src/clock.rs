//! The clock everyone is handed, so that the lab can run on the simulator's time.
//!
//! What a plugin can feel runs on it: interaction clocks, times to live, cooldowns, call rates, schedules. What
//! belongs to the machine does not: containers, sockets, heartbeats, retries and the owner's sessions, so that a
//! jump of a month kills nobody. Telling the time and waiting for it is all; there is no I/O here.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a sleeper on the machine's clock trusts it before it looks again: the owner may set it.
const TRUST: Duration = Duration::from_secs(60);
/// How often a sleeper looks at a clock that cannot say when it jumps.
const LOOK: Duration = Duration::from_millis(10);

/// A future that tells that the time has come.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A clock other than the machine's.
pub trait TimeSource: Send + Sync {
    /// Returns its time.
    fn now(&self) -> Timestamp;

    /// Waits until it shows `deadline`, however it gets there: by running, or by a jump.
    fn sleep_until(&self, deadline: Timestamp) -> Wait<'_>;
}

/// Tells the time, and waits for it; a clone tells the same one.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    Machine,
    Other {
        time: Arc<dyn TimeSource>,
        /// One moment on both scales.
        anchor: (Timestamp, Instant),
    },
}

impl Clock {
    /// Returns the machine's own clock.
    pub fn system() -> Self {
        Self(Source::Machine)
    }

    /// Returns a clock that follows `time`.
    pub fn following(time: impl TimeSource + 'static) -> Self {
        let anchor = (time.now(), Instant::now());
        Self(Source::Other {
            time: Arc::new(time),
            anchor,
        })
    }

    /// Returns a clock that tells what `now` returns. Whoever sleeps on it looks every 10 ms.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::following(Told(now))
    }

    /// Returns a clock that stands at `start` until its hand is moved.
    pub fn manual(start: Timestamp) -> (Self, Hand) {
        let hand = Hand(watch::Sender::new(start));
        (Self::following(hand.clone()), hand)
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Machine => Timestamp::now(),
            Source::Other { time, .. } => time.now(),
        }
    }

    /// Returns the current moment on a scale without steps of the machine's calendar. Compare it only with moments
    /// of the same clock: this one jumps when the clock does.
    pub fn instant(&self) -> Instant {
        match &self.0 {
            Source::Machine => Instant::now(),
            Source::Other { time, anchor } => {
                let passed = Duration::try_from(time.now().duration_since(anchor.0)).unwrap_or_default();
                anchor.1.checked_add(passed).unwrap_or(anchor.1)
            }
        }
    }

    /// Waits until the clock shows `deadline`.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.0 {
            Source::Machine => loop {
                let left = deadline.duration_since(Timestamp::now());
                match Duration::try_from(left) {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(TRUST)).await,
                    _ => return,
                }
            },
            Source::Other { time, .. } => time.sleep_until(deadline).await,
        }
    }

    /// Waits until [`Clock::instant`] reaches `deadline`.
    pub async fn sleep_until_instant(&self, deadline: Instant) {
        match &self.0 {
            Source::Machine => tokio::time::sleep_until(deadline).await,
            Source::Other { time, anchor } => {
                let after = deadline.saturating_duration_since(anchor.1);
                time.sleep_until(later(anchor.0, after)).await;
            }
        }
    }

    /// Waits for as long on this clock.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::Machine => tokio::time::sleep(duration).await,
            Source::Other { time, .. } => time.sleep_until(later(time.now(), duration)).await,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The hand of a [`Clock::manual`]; a clone moves the same one.
#[derive(Debug, Clone)]
pub struct Hand(watch::Sender<Timestamp>);

impl Hand {
    /// Moves the clock forward, and wakes whoever waited for a moment up to there.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|at| *at = later(*at, by));
    }

    /// Sets the clock.
    pub fn set(&self, at: Timestamp) {
        self.0.send_replace(at);
    }
}

impl TimeSource for Hand {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Wait<'_> {
        let mut moved = self.0.subscribe();
        Box::pin(async move {
            // The sender lives in `self`, so this only ends when the time has come.
            let _ = moved.wait_for(|at| *at >= deadline).await;
        })
    }
}

struct Told<F>(F);

impl<F: Fn() -> Timestamp + Send + Sync> TimeSource for Told<F> {
    fn now(&self) -> Timestamp {
        (self.0)()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Wait<'_> {
        Box::pin(async move {
            while self.now() < deadline {
                tokio::time::sleep(LOOK).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);

    #[tokio::test]
    async fn a_month_passes_as_soon_as_the_hand_is_moved() {
        let (clock, hand) = Clock::manual(Timestamp::UNIX_EPOCH);
        let (before, sleeper) = (clock.instant(), clock.clone());
        let sleeper = tokio::spawn(async move { sleeper.sleep(MONTH).await });
        tokio::task::yield_now().await;
        hand.advance(MONTH.checked_sub(Duration::from_secs(1)).unwrap());
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished(), "a second is missing");
        hand.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.instant().duration_since(before), MONTH);
    }

    #[tokio::test]
    async fn instants_and_times_of_one_clock_agree() {
        let (clock, hand) = Clock::manual(Timestamp::UNIX_EPOCH);
        let deadline = clock.instant() + MONTH;
        hand.set(later(Timestamp::UNIX_EPOCH, MONTH));
        clock.sleep_until_instant(deadline).await;
        clock.sleep_until(Timestamp::UNIX_EPOCH).await;
        assert_eq!(clock.instant(), deadline);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_does_not_take_moments_back_before_its_start() {
        let (clock, hand) = Clock::manual(Timestamp::UNIX_EPOCH);
        let start = clock.instant();
        hand.set(Timestamp::MIN);
        assert_eq!(clock.instant(), start);
    }

    #[tokio::test]
    async fn a_told_clock_and_the_machines_own_wake_their_sleepers_too() {
        let told = Arc::new(AtomicI64::new(0));
        let read = Arc::clone(&told);
        let clock = Clock::from_fn(move || Timestamp::from_second(read.load(Ordering::Relaxed)).unwrap());
        let sleeper = tokio::spawn(async move { clock.sleep(MONTH).await });
        tokio::task::yield_now().await;
        told.store(i64::try_from(MONTH.as_secs()).unwrap(), Ordering::Relaxed);
        sleeper.await.unwrap();

        let (system, before) = (Clock::system(), Instant::now());
        let moment = Duration::from_millis(5);
        system.sleep(moment).await;
        system.sleep_until_instant(before + 2 * moment).await;
        assert!(before.elapsed() >= 2 * moment);
        let deadline = later(Timestamp::now(), moment);
        system.sleep_until(deadline).await;
        assert!(Timestamp::now() >= deadline);
    }
}
