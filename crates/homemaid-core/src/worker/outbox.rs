//! What waits to be written to a worker's input: bounded, and watched for a worker that does not read.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::time::Instant;

/// Bytes that may wait, with what is promised to running calls. Above it the worker's output is not read and events
/// wait: a worker that asks and does not listen only holds up itself.
pub(crate) const OUTBOX_BYTES: usize = 16 << 20;
/// A worker that reads nothing for this long while something waits is stuck.
pub(crate) const INPUT_STALL: Duration = Duration::from_secs(30);
/// An empty buffer larger than this is given back.
const KEPT_BYTES: usize = 256 << 10;

/// Lines for one worker.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    buffer: BytesMut,
    promised: usize,
    waiting_since: Option<Instant>,
}

impl Outbox {
    /// Adds a line that ends in its newline.
    pub(crate) fn push(&mut self, line: &[u8], now: Instant) {
        self.buffer.extend_from_slice(line);
        self.waiting_since.get_or_insert(now);
    }

    /// Sets room aside for the answer of a running call.
    pub(crate) fn promise(&mut self, bytes: usize) {
        self.promised += bytes;
    }

    /// Gives that room back: the answer is here.
    pub(crate) fn keep_promise(&mut self, bytes: usize) {
        self.promised = self.promised.saturating_sub(bytes);
    }

    /// Returns whether more may be asked for.
    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() + self.promised < OUTBOX_BYTES
    }

    /// Returns whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Returns what to write next.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.buffer
    }

    /// Forgets `count` written bytes.
    pub(crate) fn written(&mut self, count: usize, now: Instant) {
        self.buffer.advance(count);
        if self.buffer.is_empty() {
            self.waiting_since = None;
            if self.buffer.capacity() > KEPT_BYTES {
                self.buffer = BytesMut::new();
            }
        } else {
            self.waiting_since = Some(now);
        }
    }

    /// Returns whether the worker has read nothing for too long.
    pub(crate) fn is_stalled(&self, now: Instant) -> bool {
        self.waiting_since
            .is_some_and(|since| now.saturating_duration_since(since) >= INPUT_STALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_counts_what_is_promised() {
        let mut outbox = Outbox::default();
        outbox.promise(OUTBOX_BYTES - 1);
        assert!(outbox.has_room());
        outbox.push(b"x", Instant::now());
        assert!(!outbox.has_room());
        outbox.keep_promise(OUTBOX_BYTES - 1);
        assert!(outbox.has_room());
    }

    #[test]
    fn only_a_reader_that_takes_nothing_stalls() {
        let start = Instant::now();
        let mut outbox = Outbox::default();
        assert!(!outbox.is_stalled(start + INPUT_STALL));
        outbox.push(b"abc\n", start);
        assert!(outbox.is_stalled(start + INPUT_STALL));
        outbox.written(1, start + INPUT_STALL);
        assert!(
            !outbox.is_stalled(start + INPUT_STALL),
            "a slow reader is no dead one"
        );
        assert_eq!(outbox.as_slice(), b"bc\n");
        outbox.written(3, start + INPUT_STALL);
        assert!(!outbox.is_stalled(start + 10 * INPUT_STALL), "nothing waits");
    }

    #[test]
    fn a_large_answer_leaves_no_large_buffer_behind() {
        let mut outbox = Outbox::default();
        outbox.push(&vec![b'x'; 8 << 20], Instant::now());
        outbox.written(8 << 20, Instant::now());
        assert!(outbox.buffer.capacity() <= KEPT_BYTES);
    }
}
