//! Cuts a plugin's output into lines in bounded memory.

use std::collections::VecDeque;

use memchr::memchr;

use crate::limits::PLUGIN_LINE_BYTES;
use crate::recover::IdScanner;

/// One line of a plugin's output, without its newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawLine {
    /// A line within the limit, as it came.
    Complete(Vec<u8>),
    /// A line over the limit; its text is gone.
    TooLong {
        /// The id of the call it was, when it can be told: answer it with an error.
        id: Option<u64>,
        /// How long it was.
        bytes: usize,
    },
}

/// Cuts bytes into lines however they arrive.
///
/// Push what was read, then take every line before pushing again: it holds one unfinished line of at most the limit
/// and the lines of the last push. Each byte is looked at once.
#[derive(Debug)]
pub struct LineSplitter {
    limit: usize,
    partial: Vec<u8>,
    /// Set while the current line is over the limit.
    skipping: Option<Skipping>,
    ready: VecDeque<RawLine>,
}

#[derive(Debug, Default)]
struct Skipping {
    scanner: IdScanner,
    bytes: usize,
}

impl Skipping {
    fn push(&mut self, bytes: &[u8]) {
        self.scanner.push(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len());
    }

    fn finish(self) -> RawLine {
        RawLine::TooLong {
            id: self.scanner.id(),
            bytes: self.bytes,
        }
    }
}

impl Default for LineSplitter {
    fn default() -> Self {
        Self::new()
    }
}

impl LineSplitter {
    /// Returns a splitter for a plugin's standard output: lines of up to [`PLUGIN_LINE_BYTES`].
    pub fn new() -> Self {
        Self::with_limit(PLUGIN_LINE_BYTES)
    }

    /// Returns a splitter for lines of up to `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            partial: Vec::new(),
            skipping: None,
            ready: VecDeque::new(),
        }
    }

    /// Takes what was read.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while let Some(at) = memchr(b'\n', bytes) {
            self.extend(&bytes[..at]);
            self.end_line();
            bytes = &bytes[at + 1..];
        }
        self.extend(bytes);
    }

    /// Ends the output: a last line without a newline comes out as a line.
    pub fn finish(&mut self) {
        if !self.partial.is_empty() || self.skipping.is_some() {
            self.end_line();
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        if let Some(skipping) = &mut self.skipping {
            skipping.push(bytes);
        } else if bytes.len() > self.limit - self.partial.len() {
            let mut skipping = Skipping::default();
            skipping.push(&std::mem::take(&mut self.partial));
            skipping.push(bytes);
            self.skipping = Some(skipping);
        } else {
            let needed = self.partial.len() + bytes.len();
            if needed > self.partial.capacity() {
                // Doubling as `Vec` does, but never past the limit.
                let capacity = (self.partial.capacity() * 2).clamp(needed, self.limit);
                self.partial.reserve_exact(capacity - self.partial.len());
            }
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        let line = match self.skipping.take() {
            Some(skipping) => skipping.finish(),
            None => RawLine::Complete(std::mem::take(&mut self.partial)),
        };
        self.ready.push_back(line);
    }
}

/// Takes the finished lines; `None` means "push more", not the end.
impl Iterator for LineSplitter {
    type Item = RawLine;

    fn next(&mut self) -> Option<RawLine> {
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn complete(text: &str) -> RawLine {
        RawLine::Complete(text.as_bytes().to_vec())
    }

    #[test]
    fn a_line_of_exactly_the_limit_passes_and_one_more_byte_does_not() {
        let mut splitter = LineSplitter::with_limit(12);
        splitter.push(b"{\"id\":77,  }\n{\"id\":77,   }\nnext\n");
        let lines: Vec<_> = splitter.by_ref().collect();
        assert_eq!(
            lines,
            [
                complete("{\"id\":77,  }"),
                RawLine::TooLong {
                    id: Some(77),
                    bytes: 13
                },
                complete("next")
            ]
        );
    }

    #[test]
    fn an_over_long_line_is_never_held() {
        let mut splitter = LineSplitter::with_limit(1000);
        splitter.push(br#"{"params":""#);
        for _ in 0..10_000 {
            splitter.push(&[b'x'; 512]);
            assert!(
                splitter.partial.capacity() <= 1000,
                "memory stays below the limit"
            );
            assert_eq!(splitter.next(), None);
        }
        splitter.push(b"\",\"id\":41}\n");
        assert_eq!(
            splitter.next(),
            Some(RawLine::TooLong {
                id: Some(41),
                bytes: 11 + 512 * 10_000 + 10
            })
        );
    }

    #[test]
    fn the_last_line_needs_no_newline() {
        let mut splitter = LineSplitter::new();
        splitter.push(b"one\n\ntwo");
        splitter.finish();
        splitter.finish();
        assert_eq!(
            splitter.by_ref().collect::<Vec<_>>(),
            [complete("one"), complete(""), complete("two")]
        );
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_lines(
            text in proptest::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..600),
            cuts in proptest::collection::vec(1_usize..50, 1..40),
            limit in 1_usize..40,
        ) {
            let mut expected: Vec<_> = text.split(|byte| *byte == b'\n').collect();
            if expected.last().is_some_and(|last| last.is_empty()) {
                expected.pop();
            }
            let mut splitter = LineSplitter::with_limit(limit);
            let (mut lines, mut rest, mut cuts) = (Vec::new(), &text[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (chunk, tail) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                splitter.push(chunk);
                prop_assert!(splitter.partial.capacity() <= limit);
                lines.extend(splitter.by_ref());
                rest = tail;
            }
            splitter.finish();
            lines.extend(splitter.by_ref());
            prop_assert_eq!(lines.len(), expected.len());
            for (line, expected) in lines.iter().zip(expected) {
                match line {
                    RawLine::Complete(line) => prop_assert_eq!(line, expected),
                    RawLine::TooLong { bytes, .. } => {
                        prop_assert!(*bytes > limit);
                        prop_assert_eq!(*bytes, expected.len());
                    }
                }
            }
        }
    }
}
