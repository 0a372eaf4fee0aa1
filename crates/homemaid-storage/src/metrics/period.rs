//! The stretches of time a query is about, and how they are called (wire §6.8). Everything is UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::MetricError;
use crate::time::{DAY, Millis, timestamp};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/// How fine the rows of a roll-up are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    Minute,
    Hour,
    Day,
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Returns the number it is stored as.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Minute => 0,
            Self::Hour => 1,
            Self::Day => 2,
        }
    }

    /// Returns its length in milliseconds.
    pub(crate) fn length(self) -> Millis {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// Returns which minute, hour or day since 1970 a moment is in.
    pub(crate) fn of(self, at: Millis) -> i64 {
        at.div_euclid(self.length())
    }

    /// Returns how many of them any period reaches back: the rows that are kept.
    pub(crate) fn kept(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 24,
            Self::Day => 90,
        }
    }

    fn label(self, number: i64) -> String {
        let format = match self {
            Self::Minute => "%Y-%m-%dT%H:%M",
            Self::Hour => "%Y-%m-%dT%H:00",
            Self::Day => "%Y-%m-%d",
        };
        let start: Timestamp = timestamp(number.saturating_mul(self.length()));
        start.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }
}

/// How far back a query looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricPeriod {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
}

impl MetricPeriod {
    /// Reads `1h`, `24h`, `7d`, `30d` or `90d`.
    pub fn parse(text: &str) -> Result<Self, MetricError> {
        match text {
            "1h" => Ok(Self::Hour),
            "24h" => Ok(Self::Day),
            "7d" => Ok(Self::Week),
            "30d" => Ok(Self::Month),
            "90d" => Ok(Self::Quarter),
            _ => Err(MetricError::Invalid {
                field: "period",
                rule: "one of 1h, 24h, 7d, 30d and 90d",
            }),
        }
    }

    pub(super) fn level(self) -> Level {
        match self {
            Self::Hour => Level::Minute,
            Self::Day => Level::Hour,
            Self::Week | Self::Month | Self::Quarter => Level::Day,
        }
    }

    fn buckets(self) -> i64 {
        match self {
            Self::Hour => 60,
            Self::Day => 24,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }

    /// Returns the buckets that end with the one `now` is in, by number.
    pub(super) fn range(self, now: Millis) -> std::ops::RangeInclusive<i64> {
        let last = self.level().of(now);
        last - self.buckets() + 1..=last
    }

    /// Returns the names of those buckets, the oldest first.
    pub(super) fn labels(self, now: Millis) -> Vec<String> {
        self.range(now).map(|number| self.level().label(number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn labels_are_whole_buckets_up_to_now() {
        let now = at("2026-03-01T00:30:59.999Z");
        for (period, count, first, last) in [
            ("1h", 60, "2026-02-28T23:31", "2026-03-01T00:30"),
            ("24h", 24, "2026-02-28T01:00", "2026-03-01T00:00"),
            ("7d", 7, "2026-02-23", "2026-03-01"),
            ("30d", 30, "2026-01-31", "2026-03-01"),
            ("90d", 90, "2025-12-02", "2026-03-01"),
        ] {
            let labels = MetricPeriod::parse(period).unwrap().labels(now);
            assert_eq!(labels.len(), count);
            assert_eq!((labels[0].as_str(), labels[count - 1].as_str()), (first, last));
        }
        for bad in ["", "1d", "7D", "365d"] {
            assert!(MetricPeriod::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_kept_is_what_a_period_can_reach() {
        for period in ["1h", "24h", "7d", "30d", "90d"].map(|text| MetricPeriod::parse(text).unwrap()) {
            assert!(period.buckets() <= period.level().kept());
        }
    }
}
