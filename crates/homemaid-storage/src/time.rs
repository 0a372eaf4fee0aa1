//! Times are stored as whole milliseconds since 1970, so that they compare as numbers.

use jiff::Timestamp;

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Milliseconds of one day.
pub(crate) const DAY: Millis = 24 * 60 * 60 * 1_000;

/// Returns a stored time; one no calendar can hold becomes the nearest that it can.
pub(crate) fn timestamp(millis: Millis) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
