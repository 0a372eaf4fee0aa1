//! Interactions of unknown origin go to several workers; they are finished when the last one is.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::installation::lock;

/// How many workers have not finished an interaction yet.
///
/// Only those with more than one are held, and each goes with its last worker's word, its end, or its empty queue: the
/// number is bounded by the workers' queues.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<HashMap<String, usize>>);

impl Tally {
    /// So many workers will have the interaction.
    pub(crate) fn expect(&self, event_id: &str, workers: usize) {
        if workers > 1 {
            lock(&self.0).insert(event_id.to_owned(), workers);
        }
    }

    /// One of them is done; returns whether it was the last.
    pub(crate) fn one_done(&self, event_id: &str) -> bool {
        let mut left = lock(&self.0);
        match left.get_mut(event_id) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => {
                left.remove(event_id);
                true
            }
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_finishes_it_and_one_alone_at_once() {
        let tally = Tally::default();
        tally.expect("alone", 1);
        assert!(tally.one_done("alone"));
        tally.expect("shared", 3);
        assert_eq!([(); 3].map(|()| tally.one_done("shared")), [false, false, true]);
        assert!(lock(&tally.0).is_empty());
    }
}
