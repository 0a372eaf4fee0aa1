//! Snowflakes: Discord's ids, a millisecond timestamp above a counter.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Discord's epoch, 2015-01-01T00:00:00Z, in milliseconds.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// Bits below the timestamp: five of a worker, five of a process and twelve of a counter.
const TIMESTAMP_SHIFT: u32 = 22;

/// A Discord id. In JSON it is a string of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(pub u64);

impl Snowflake {
    /// Returns the first id of the millisecond of `at`.
    pub fn at(at: Timestamp) -> Self {
        let since_epoch = at.as_millisecond().saturating_sub(EPOCH_MS).max(0);
        Self(since_epoch.unsigned_abs() << TIMESTAMP_SHIFT)
    }

    /// Returns when the id was made.
    pub fn created_at(self) -> Timestamp {
        let since_epoch = i64::try_from(self.0 >> TIMESTAMP_SHIFT).expect("42 bits fit");
        Timestamp::from_millisecond(since_epoch + EPOCH_MS).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Discord id: 1 to 20 digits")]
pub struct NotASnowflake(String);

impl FromStr for Snowflake {
    type Err = NotASnowflake;

    fn from_str(text: &str) -> Result<Self, NotASnowflake> {
        let digits = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Ok(Self(id)),
            _ => Err(NotASnowflake(text.chars().take(40).collect())),
        }
    }
}

impl Serialize for Snowflake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    /// Accepts a string of digits or a number, as Discord does.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(id) => Ok(Self(id)),
            Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl From<Snowflake> for serde_json::Value {
    fn from(id: Snowflake) -> Self {
        id.to_string().into()
    }
}

/// Makes ids that only grow, whatever the clock does.
#[derive(Debug, Default)]
pub(crate) struct IdSource {
    last: u64,
}

impl IdSource {
    /// Returns a new id that carries the time `now`, or the last one's time when the clock went back.
    pub(crate) fn next(&mut self, now: Timestamp) -> Snowflake {
        self.last = (self.last + 1).max(Snowflake::at(now).0);
        Snowflake(self.last)
    }

    /// Returns the last id that was made.
    pub(crate) fn last(&self) -> Snowflake {
        Snowflake(self.last)
    }

    /// Makes later ids greater than `id`, which a seed brought along.
    pub(crate) fn after(&mut self, id: Snowflake) {
        self.last = self.last.max(id.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_time() {
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert_eq!(Snowflake::at(at).created_at(), at);
        // Discord's own documented example.
        let example = Snowflake(175_928_847_299_117_063);
        assert_eq!(example.created_at().to_string(), "2016-04-30T11:18:25.796Z");
    }

    #[test]
    fn ids_grow_even_when_the_clock_stands_or_goes_back() {
        let (mut ids, now) = (IdSource::default(), Timestamp::now());
        let first = ids.next(now);
        let second = ids.next(now);
        let third = ids.next(now - jiff::SignedDuration::from_secs(60));
        assert!(first < second && second < third);
    }
}
