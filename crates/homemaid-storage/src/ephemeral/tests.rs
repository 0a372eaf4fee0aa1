//! The ephemeral state through its methods, on a clock that the test moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use homemaid_protocol::{Clock, Hand};
use jiff::Timestamp;

use crate::limits::{EPHEMERAL_ENTRIES, EPHEMERAL_RUNS, EPHEMERAL_TIDY_EVERY};
use crate::{Ephemeral, EphemeralKey, EphemeralSeconds};

fn state() -> (Ephemeral, Hand) {
    let (clock, hand) = Clock::manual(Timestamp::from_second(1_700_000_000).unwrap());
    (Ephemeral::new(clock), hand)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn key(text: &str) -> EphemeralKey {
    EphemeralKey::parse(text).unwrap()
}

fn seconds(count: i64) -> EphemeralSeconds {
    EphemeralSeconds::clamped(count)
}

#[test]
fn a_counter_counts_the_trailing_window_and_each_window_sees_all_hits() {
    let (state, hand) = state();
    let k = key("k");
    assert_eq!(state.counter(&k, seconds(60)), 1);
    hand.advance(millis(59_999));
    assert_eq!(state.counter(&k, seconds(60)), 2);
    hand.advance(millis(1));
    assert_eq!(
        state.counter(&k, seconds(60)),
        2,
        "the first hit is 60 seconds old"
    );
    assert_eq!(state.counter(&k, seconds(3_600)), 4);
    assert_eq!(state.counter(&key("other"), seconds(60)), 1);
    hand.advance(millis(86_400_000));
    assert_eq!(state.counter(&k, seconds(86_400)), 1);
}

#[test]
fn a_cooldown_runs_out_and_can_be_started_again() {
    let (state, hand) = state();
    let k = key("k");
    assert_eq!(state.cooldown_check(&k), None);
    state.cooldown_set(&k, seconds(10));
    hand.advance(millis(4_500));
    assert_eq!(state.cooldown_check(&k), Some(5_500));
    state.cooldown_set(&k, seconds(10));
    hand.advance(millis(9_999));
    assert_eq!(state.cooldown_check(&k), Some(1), "it began again");
    hand.advance(millis(1));
    assert_eq!(state.cooldown_check(&k), None);
}

#[test]
fn a_repeat_is_no_news_and_does_not_prolong_the_mark() {
    let (state, hand) = state();
    let k = key("k");
    assert!(state.dedup(&k, seconds(10)));
    hand.advance(millis(9_999));
    assert!(!state.dedup(&k, seconds(10)));
    hand.advance(millis(1));
    assert!(state.dedup(&k, seconds(10)), "ten seconds after the first");
}

#[test]
fn a_flag_goes_out_also_when_the_clock_jumps() {
    let (state, hand) = state();
    let k = key("k");
    assert!(!state.flag_check(&k));
    state.flag_set(&k, seconds(86_400));
    assert!(state.flag_check(&k));
    hand.advance(millis(30 * 86_400_000));
    assert!(!state.flag_check(&k));
}

#[test]
fn the_four_kinds_have_key_spaces_of_their_own() {
    let (state, _) = state();
    let k = key("k");
    state.cooldown_set(&k, seconds(60));
    assert!(!state.flag_check(&k));
    assert!(state.dedup(&k, seconds(60)));
    assert_eq!(state.counter(&k, seconds(60)), 1);
    assert!(!state.flag_check(&k));
    state.flag_set(&k, seconds(60));
    assert_eq!(state.entries(), 4);
}

#[test]
fn two_installations_share_nothing() {
    let ((one, _), (other, _)) = (state(), state());
    one.flag_set(&key("k"), seconds(60));
    assert!(!other.flag_check(&key("k")));
}

#[test]
fn the_entry_that_was_used_least_recently_goes_first_and_no_more_than_the_bound_stay() {
    let (state, _) = state();
    for i in 0..EPHEMERAL_ENTRIES {
        state.flag_set(&key(&i.to_string()), seconds(60));
    }
    assert_eq!(state.entries(), EPHEMERAL_ENTRIES);
    assert!(
        state.flag_check(&key("0")),
        "all of them are there, and this one is used"
    );
    state.flag_set(&key("one more"), seconds(60));
    assert_eq!(state.entries(), EPHEMERAL_ENTRIES);
    assert!(state.flag_check(&key("0")));
    assert!(!state.flag_check(&key("1")));
    assert!(state.flag_check(&key("2")) && state.flag_check(&key("one more")));
}

#[test]
fn what_has_expired_goes_before_what_has_not() {
    let (state, hand) = state();
    state.flag_set(&key("lasting"), seconds(86_400));
    for i in 0..2 * EPHEMERAL_ENTRIES {
        // Each is over long before the next thousand.
        assert!(state.dedup(&key(&i.to_string()), seconds(1)));
        hand.advance(millis(10));
    }
    assert!(state.flag_check(&key("lasting")));
    assert!(state.entries() <= EPHEMERAL_ENTRIES);
}

#[test]
fn of_many_threads_exactly_one_is_the_first_and_every_hit_counts() {
    const THREADS: u64 = 16;
    const ROUNDS: u64 = 500;
    let (state, _) = state();
    let firsts = AtomicI64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    if state.dedup(&key(&round.to_string()), seconds(60)) {
                        firsts.fetch_add(1, Ordering::SeqCst);
                    }
                    state.counter(&key(&(round % 5).to_string()), seconds(60));
                }
            });
        }
    });
    assert_eq!(firsts.into_inner().unsigned_abs(), ROUNDS);
    for k in 0..5 {
        assert_eq!(
            state.counter(&key(&k.to_string()), seconds(60)),
            THREADS * ROUNDS / 5 + 1
        );
    }
}

#[test]
fn many_busy_counters_stay_bounded_together_and_their_windows_exact() {
    let (state, hand) = state();
    let per_counter = 200;
    // As if many other counters had used up most of the room.
    state.runs.fetch_add(EPHEMERAL_RUNS - 10_000, Ordering::Relaxed);
    // A hit a second each for more than three minutes, with windows of a minute, until all together pass the bound.
    let counters: Vec<_> = (0..100).map(|i| key(&i.to_string())).collect();
    for round in 0..per_counter {
        for counter in &counters {
            assert_eq!(state.counter(counter, seconds(60)), (round + 1).min(60));
        }
        hand.advance(millis(1_000));
    }
    let held = state.runs.load(Ordering::Relaxed);
    assert!(
        held <= EPHEMERAL_RUNS + EPHEMERAL_TIDY_EVERY,
        "what no window reaches is forgotten: {held}"
    );
}
