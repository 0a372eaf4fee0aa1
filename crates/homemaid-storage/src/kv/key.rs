//! Keys: 1 to 512 characters, no NUL (wire §6.2).

use std::ops::Bound;

use homemaid_protocol::limits::KV_KEY_CHARS;

use crate::KvError;

const KEY_RULE: &str = "text of 1 to 512 characters without NUL";
const TEXT_RULE: &str = "text of at most 512 characters without NUL";

/// A legal key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KvKey(String);

impl KvKey {
    /// Accepts a key of the contract.
    pub fn parse(text: &str) -> Result<Self, KvError> {
        Self::parse_field("key", text)
    }

    /// Accepts a key of the contract that came in the argument `field`.
    pub fn parse_field(field: &'static str, text: &str) -> Result<Self, KvError> {
        if text.is_empty() || !fits(text) {
            return Err(KvError::invalid(field, KEY_RULE));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for KvKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn fits(text: &str) -> bool {
    // The byte test comes first so that a text of megabytes is not counted.
    text.len() <= KV_KEY_CHARS * 4 && text.chars().count() <= KV_KEY_CHARS && !text.contains('\0')
}

/// The keys with a prefix that come after a cursor, as a range an index can be searched by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) from: Bound<String>,
    pub(crate) to: Option<String>,
}

impl KeyRange {
    /// Returns the keys that start with `prefix` and are greater than `start_after` (which may be empty: no cursor).
    pub(crate) fn new(prefix: &str, start_after: &str) -> Result<Self, KvError> {
        for (field, text) in [("prefix", prefix), ("start_after", start_after)] {
            if !fits(text) {
                return Err(KvError::invalid(field, TEXT_RULE));
            }
        }
        let from = if start_after >= prefix && !start_after.is_empty() {
            Bound::Excluded(start_after.to_owned())
        } else {
            Bound::Included(prefix.to_owned())
        };
        Ok(Self {
            from,
            to: after_prefix(prefix),
        })
    }
}

impl KeyRange {
    /// Returns where the range starts, itself included or not.
    pub(crate) fn start(&self) -> &str {
        match &self.from {
            Bound::Included(from) | Bound::Excluded(from) => from,
            Bound::Unbounded => "",
        }
    }
}

/// Returns the least text that is greater than every text with this prefix, or `None` when there is no such text.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // Ranges of `char` skip the surrogates, as the order of UTF-8 bytes does.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_counted_in_characters() {
        assert!(KvKey::parse(&"🧹".repeat(512)).is_ok());
        for bad in [
            "",
            "a\0b",
            &"a".repeat(513),
            &"🧹".repeat(513),
            &"a".repeat(1 << 20),
        ] {
            assert!(KvKey::parse(bad).is_err(), "{} characters", bad.chars().count());
        }
    }

    #[test]
    fn the_end_of_a_prefix_skips_what_is_no_character() {
        assert_eq!(after_prefix("user:").as_deref(), Some("user;"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{10ffff}\u{10ffff}"), None);
        assert_eq!(after_prefix(""), None);
    }

    proptest! {
        #[test]
        fn a_range_holds_exactly_the_keys_with_the_prefix(
            prefix in "[ab\u{d7ff}\u{e000}\u{10ffff}]{0,3}",
            key in "[abc\u{d7ff}\u{e000}\u{10ffff}]{0,5}",
        ) {
            let range = KeyRange::new(&prefix, "").unwrap();
            let inside = match &range.from {
                Bound::Included(from) => key >= *from,
                Bound::Excluded(from) => key > *from,
                Bound::Unbounded => true,
            } && range.to.is_none_or(|to| key < to);
            prop_assert_eq!(inside, key.starts_with(&prefix));
        }
    }
}
