//! Ephemeral state of installations (wire §6.4): counters, cooldowns, dedup marks and flags, in memory only.
//!
//! One [`Ephemeral`] is one installation's; isolation is by owning a different one. The four kinds have key spaces of
//! their own and share one bound: [`EPHEMERAL_ENTRIES`](crate::EPHEMERAL_ENTRIES) entries, the least recently used one
//! goes first, and what has expired goes before all others.
//!
//! moka holds the entries and runs what happens to one key one after the other, which makes a dedup grant exactly one
//! and a counter equal its hits. Expiry is judged here, by the house's [`Clock`], and not by moka's own timers: they run
//! on the machine's time, and the lab's clock jumps.

mod hits;
mod key;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use homemaid_protocol::Clock;
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

pub use key::{EphemeralKey, EphemeralSeconds};

use crate::limits::{EPHEMERAL_ENTRIES, EPHEMERAL_RUNS, EPHEMERAL_TIDY_EVERY};
use crate::time::Millis;
use hits::Hits;

/// The ephemeral state of one installation. Lost when it is dropped, and with the host.
#[derive(Debug)]
pub struct Ephemeral {
    clock: Clock,
    slots: Cache<Name, Slot>,
    /// Runs all counters hold together; see [`Hits`].
    runs: Arc<AtomicUsize>,
    /// New entries and runs since the last look for what has expired.
    since_tidy: AtomicUsize,
    tidying: Mutex<()>,
}

/// The four kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Counter,
    Cooldown,
    Dedup,
    Flag,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    kind: Kind,
    key: EphemeralKey,
}

#[derive(Debug, Clone)]
enum Slot {
    /// In force until then, exclusively.
    Until(Millis),
    /// Only ever changed while moka holds the key, so the lock is never waited for.
    Counter(Arc<Mutex<Hits>>),
}

impl Slot {
    fn is_over(&self, now: Millis) -> bool {
        match self {
            Self::Until(end) => *end <= now,
            Self::Counter(hits) => lock(hits).is_over(now),
        }
    }
}

impl Ephemeral {
    /// Returns an empty state that judges time by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            slots: Cache::builder()
                .max_capacity(EPHEMERAL_ENTRIES)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            runs: Arc::default(),
            since_tidy: AtomicUsize::new(0),
            tidying: Mutex::new(()),
        }
    }

    /// `ephemeral.counter`: counts a hit and returns how many there were in the trailing window, this one included.
    ///
    /// Exact for any window as long as the counter's hits lie in at most [`EPHEMERAL_COUNTER_RUNS`] different
    /// milliseconds of the last day; beyond that see [`Hits`]: no hit is ever forgotten early.
    ///
    /// [`EPHEMERAL_COUNTER_RUNS`]: crate::EPHEMERAL_COUNTER_RUNS
    pub fn counter(&self, key: &EphemeralKey, window: EphemeralSeconds) -> u64 {
        let now = self.now();
        if self.runs.load(Ordering::Relaxed) >= EPHEMERAL_RUNS {
            self.tidy(now);
        }
        let (mut count, mut is_new) = (0, false);
        self.slots.entry(name(Kind::Counter, key)).and_upsert_with(|old| {
            let counter = if let Some(Slot::Counter(counter)) = old.map(moka::Entry::into_value) {
                counter
            } else {
                is_new = true;
                Arc::new(Mutex::new(Hits::new(Arc::clone(&self.runs))))
            };
            count = lock(&counter).hit(now, window.millis());
            Slot::Counter(counter)
        });
        if is_new {
            self.settle(now);
        } else {
            self.since_tidy.fetch_add(1, Ordering::Relaxed);
        }
        count
    }

    /// `ephemeral.cooldown_set`: starts a cooldown, or starts it again.
    pub fn cooldown_set(&self, key: &EphemeralKey, ttl: EphemeralSeconds) {
        self.set(Kind::Cooldown, key, ttl);
    }

    /// `ephemeral.cooldown_check`: returns the milliseconds a running cooldown still has.
    pub fn cooldown_check(&self, key: &EphemeralKey) -> Option<u64> {
        self.remaining(Kind::Cooldown, key)
    }

    /// `ephemeral.dedup`: returns whether this is the first time within the ttl of the first time. Of any number of
    /// callers at the same time exactly one is the first; a repeat does not prolong it.
    pub fn dedup(&self, key: &EphemeralKey, ttl: EphemeralSeconds) -> bool {
        let now = self.now();
        let mut is_new = false;
        self.slots.entry(name(Kind::Dedup, key)).and_compute_with(|old| {
            is_new = old.is_none_or(|entry| entry.value().is_over(now));
            if is_new {
                Op::Put(Slot::Until(now + ttl.millis()))
            } else {
                Op::Nop
            }
        });
        if is_new {
            self.settle(now);
        } else {
            // A mark that is asked for is in use, as one that is made.
            let _ = self.slots.get(&name(Kind::Dedup, key));
        }
        is_new
    }

    /// `ephemeral.flag_set`: sets a flag that goes out by itself.
    pub fn flag_set(&self, key: &EphemeralKey, ttl: EphemeralSeconds) {
        self.set(Kind::Flag, key, ttl);
    }

    /// `ephemeral.flag_check`: returns whether a flag is set.
    pub fn flag_check(&self, key: &EphemeralKey) -> bool {
        self.remaining(Kind::Flag, key).is_some()
    }

    /// Returns how many entries there are, expired ones that still take a place included.
    pub fn entries(&self) -> u64 {
        self.slots.run_pending_tasks();
        self.slots.entry_count()
    }

    fn set(&self, kind: Kind, key: &EphemeralKey, ttl: EphemeralSeconds) {
        let now = self.now();
        self.slots
            .insert(name(kind, key), Slot::Until(now + ttl.millis()));
        self.settle(now);
    }

    fn remaining(&self, kind: Kind, key: &EphemeralKey) -> Option<u64> {
        match self.slots.get(&name(kind, key))? {
            Slot::Until(end) => u64::try_from(end - self.now()).ok().filter(|left| *left > 0),
            Slot::Counter(_) => None,
        }
    }

    fn now(&self) -> Millis {
        self.clock.now().as_millisecond()
    }

    /// After a new entry: the bound holds at once and not only when moka next finds the time.
    fn settle(&self, now: Millis) {
        self.since_tidy.fetch_add(1, Ordering::Relaxed);
        if self.slots.entry_count() + 1 >= EPHEMERAL_ENTRIES {
            self.tidy(now);
        }
        self.slots.run_pending_tasks();
    }

    /// Removes what has expired, so that it does not push out what has not. Looks through everything, so not often.
    fn tidy(&self, now: Millis) {
        if self.since_tidy.load(Ordering::Relaxed) < EPHEMERAL_TIDY_EVERY {
            return;
        }
        let Ok(_one) = self.tidying.try_lock() else { return };
        self.since_tidy.store(0, Ordering::Relaxed);
        for (name, slot) in &self.slots {
            if let Slot::Counter(hits) = &slot {
                lock(hits).forget_unasked(now);
            }
            if slot.is_over(now) {
                // It may have begun anew since the look at it.
                self.slots
                    .entry_by_ref(&*name)
                    .and_compute_with(|entry| match entry {
                        Some(entry) if entry.value().is_over(now) => Op::Remove,
                        _ => Op::Nop,
                    });
            }
        }
    }
}

fn name(kind: Kind, key: &EphemeralKey) -> Name {
    Name {
        kind,
        key: key.clone(),
    }
}

fn lock(hits: &Mutex<Hits>) -> std::sync::MutexGuard<'_, Hits> {
    hits.lock().unwrap_or_else(PoisonError::into_inner)
}
