//! `interval`: months, days and microseconds; stored as the text PostgreSQL shows.

use std::cmp::Ordering;
use std::fmt;

use super::time::{DAY, Fields, SECOND, checked, days_in_month};
use crate::error::{Pg, invalid_input, pg, unsupported};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) months: i32,
    pub(crate) days: i32,
    pub(crate) micros: i64,
}

fn range() -> crate::PgError {
    pg("22008", "interval out of range")
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be in range just before"
)]
fn to_i32(value: f64) -> Pg<i32> {
    if value.abs() < 2_147_483_647.0 {
        Ok(value as i32)
    } else {
        Err(range())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be in range just before"
)]
fn to_i64(value: f64) -> Pg<i64> {
    if value.abs() < 9.2e18 {
        Ok(value as i64)
    } else {
        Err(range())
    }
}

/// PostgreSQL's TSROUND: to microseconds.
fn micro_round(value: f64) -> f64 {
    (value * 1e6).round_ties_even() / 1e6
}

#[expect(
    clippy::cast_precision_loss,
    reason = "PostgreSQL computes these in double precision too"
)]
fn double(value: i64) -> f64 {
    value as f64
}

impl Interval {
    pub(crate) fn new(months: i64, days: i64, micros: i64) -> Pg<Self> {
        Ok(Self {
            months: i32::try_from(months).map_err(|_| range())?,
            days: i32::try_from(days).map_err(|_| range())?,
            micros,
        })
    }

    /// Months as 30 days, days as 24 hours: what PostgreSQL compares.
    fn weight(self) -> i128 {
        i128::from(self.micros) + (i128::from(self.days) + i128::from(self.months) * 30) * i128::from(DAY)
    }

    pub(crate) fn add(self, other: Self) -> Pg<Self> {
        Ok(Self {
            months: self.months.checked_add(other.months).ok_or_else(range)?,
            days: self.days.checked_add(other.days).ok_or_else(range)?,
            micros: self.micros.checked_add(other.micros).ok_or_else(range)?,
        })
    }

    pub(crate) fn neg(self) -> Pg<Self> {
        Ok(Self {
            months: self.months.checked_neg().ok_or_else(range)?,
            days: self.days.checked_neg().ok_or_else(range)?,
            micros: self.micros.checked_neg().ok_or_else(range)?,
        })
    }

    pub(crate) fn mul(self, factor: f64) -> Pg<Self> {
        self.scaled(|value| value * factor)
    }

    pub(crate) fn div(self, factor: f64) -> Pg<Self> {
        if factor == 0.0 {
            return Err(pg("22012", "division by zero"));
        }
        self.scaled(|value| value / factor)
    }

    /// Fractions of months go to days, fractions of days to the time, as PostgreSQL carries them.
    fn scaled(self, scale: impl Fn(f64) -> f64) -> Pg<Self> {
        let (month, day) = (scale(f64::from(self.months)), scale(f64::from(self.days)));
        let months = to_i32(month)?;
        let mut days = to_i32(day)?;
        let carried_days = micro_round((month - f64::from(months)) * 30.0);
        let mut seconds =
            micro_round((day - f64::from(days) + carried_days - carried_days.trunc()) * 86_400.0);
        if seconds.abs() >= 86_400.0 {
            let whole = (seconds / 86_400.0).trunc();
            days = days.checked_add(to_i32(whole)?).ok_or_else(range)?;
            seconds -= whole * 86_400.0;
        }
        days = days
            .checked_add(to_i32(carried_days.trunc())?)
            .ok_or_else(range)?;
        let micros = to_i64((scale(double(self.micros)) + seconds * 1e6).round_ties_even())?;
        Ok(Self { months, days, micros })
    }

    /// A moment this much later.
    pub(crate) fn after(self, moment: i64) -> Pg<i64> {
        let mut moment = moment;
        if self.months != 0 {
            let mut fields = Fields::of(moment);
            let month = fields.year * 12 + fields.month - 1 + i64::from(self.months);
            fields.year = month.div_euclid(12);
            fields.month = month.rem_euclid(12) + 1;
            fields.day = fields.day.min(days_in_month(fields.year, fields.month));
            moment = fields.moment();
        }
        let moment = moment
            .checked_add(i64::from(self.days) * DAY)
            .and_then(|moment| moment.checked_add(self.micros))
            .ok_or_else(|| pg("22008", "timestamp out of range"))?;
        checked(moment)
    }

    /// The difference of two moments: days and time.
    pub(crate) fn between(later: i64, earlier: i64) -> Pg<Self> {
        let micros = later - earlier;
        Self::new(0, micros / DAY, micros % DAY)
    }

    /// The difference of two moments in years, months and days, as `age` counts.
    pub(crate) fn age(later: i64, earlier: i64) -> Pg<Self> {
        let swapped = later < earlier;
        let (a, b) = if swapped {
            (earlier, later)
        } else {
            (later, earlier)
        };
        let (fa, fb) = (Fields::of(a), Fields::of(b));
        let time = |fields: &Fields| (fields.hour * 60 + fields.minute) * 60 * SECOND + fields.micros;
        let mut micros = time(&fa) - time(&fb);
        let mut days = fa.day - fb.day;
        let mut months = (fa.year * 12 + fa.month) - (fb.year * 12 + fb.month);
        if micros < 0 {
            micros += DAY;
            days -= 1;
        }
        if days < 0 {
            // PostgreSQL borrows the length of the earlier moment's month.
            days += days_in_month(fb.year, fb.month);
            months -= 1;
        }
        let result = Self::new(months, days, micros)?;
        if swapped { result.neg() } else { Ok(result) }
    }

    pub(crate) fn parse(text: &str) -> Pg<Self> {
        let bad = || invalid_input("interval", text);
        let body = text.trim();
        if body.is_empty() {
            return Err(bad());
        }
        let lower = body.to_ascii_lowercase();
        if let Some(iso) = body.strip_prefix('P') {
            return Self::parse_iso(iso).ok_or_else(bad);
        }
        let mut rest = lower.trim_start_matches('@').trim();
        let ago = rest.ends_with(" ago");
        if ago {
            rest = rest.trim_end_matches(" ago").trim_end();
        }
        let mut sum = Parts::default();
        let mut any = false;
        while !rest.is_empty() {
            rest = rest.trim_start();
            let sign_length = usize::from(rest.starts_with(['+', '-']));
            let negative = rest.starts_with('-');
            let body = &rest[sign_length..];
            let length = body
                .bytes()
                .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b':'))
                .count();
            if length == 0 {
                return Err(bad());
            }
            let (number, tail) = body.split_at(length);
            rest = tail;
            if number.contains(':') {
                let micros = clock(number).ok_or_else(bad)?;
                sum.micros += if negative { -micros } else { micros };
                any = true;
                continue;
            }
            if rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
                return Err(unsupported(format_args!("the interval format \"{text}\"")));
            }
            rest = rest.trim_start();
            let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, tail) = rest.split_at(length);
            // A number without a unit counts seconds, but only at the end.
            if unit.is_empty() && !tail.trim().is_empty() {
                return Err(bad());
            }
            rest = tail;
            let value: f64 = number.parse().map_err(|_| bad())?;
            let value = if negative { -value } else { value };
            sum.add(if unit.is_empty() { "second" } else { unit }, value)
                .ok_or_else(bad)?;
            any = true;
        }
        if !any {
            return Err(bad());
        }
        let result = sum.finish()?;
        if ago { result.neg() } else { Ok(result) }
    }

    fn parse_iso(text: &str) -> Option<Self> {
        let mut sum = Parts::default();
        let (mut in_time, mut rest, mut any) = (false, text, false);
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('T') {
                (in_time, rest) = (true, tail);
                continue;
            }
            let length = rest
                .bytes()
                .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'))
                .count();
            let value: f64 = rest[..length].parse().ok()?;
            let unit = rest[length..].chars().next()?;
            rest = &rest[length + unit.len_utf8()..];
            let unit = match (unit, in_time) {
                ('Y', false) => "year",
                ('M', false) => "month",
                ('W', false) => "week",
                ('D', false) => "day",
                ('H', true) => "hour",
                ('M', true) => "minute",
                ('S', true) => "second",
                _ => return None,
            };
            sum.add(unit, value)?;
            any = true;
        }
        if any { sum.finish().ok() } else { None }
    }

    /// `value` of one `unit`.
    pub(crate) fn of(unit: &str, value: f64) -> Pg<Self> {
        let mut parts = Parts::default();
        parts
            .add(unit, value)
            .ok_or_else(|| unsupported(format_args!("the interval unit {unit}")))?;
        parts.finish()
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        self.weight().cmp(&other.weight())
    }

    /// Seconds, as `EXTRACT(EPOCH ...)` counts: a year is 365.25 days, a month 30.
    pub(crate) fn epoch_micros(self) -> i128 {
        let (years, months) = (i128::from(self.months / 12), i128::from(self.months % 12));
        let day = i128::from(DAY);
        years * 31_557_600 * i128::from(SECOND)
            + (months * 30 + i128::from(self.days)) * day
            + i128::from(self.micros)
    }
}

/// An interval while it is read.
#[derive(Default)]
struct Parts {
    months: f64,
    days: f64,
    micros: i64,
}

impl Parts {
    fn add(&mut self, unit: &str, value: f64) -> Option<()> {
        let unit = unit.to_ascii_lowercase();
        let months = |parts: &mut Self, per: f64| {
            let all = micro_round(value * per);
            parts.months += all.trunc();
            let days = micro_round((all - all.trunc()) * 30.0);
            parts.days += days.trunc();
            parts.time((days - days.trunc()) * 86_400e6)
        };
        let days = |parts: &mut Self, per: f64| {
            let all = value * per;
            parts.days += all.trunc();
            parts.time((all - all.trunc()) * 86_400e6)
        };
        match unit.as_str() {
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" => self.time(value),
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => self.time(value * 1e3),
            "second" | "seconds" | "sec" | "secs" | "s" => self.time(value * 1e6),
            "minute" | "minutes" | "min" | "mins" | "m" => self.time(value * 60e6),
            "hour" | "hours" | "hr" | "hrs" | "h" => self.time(value * 3_600e6),
            "day" | "days" | "d" => days(self, 1.0),
            "week" | "weeks" | "w" => days(self, 7.0),
            "month" | "months" | "mon" | "mons" => months(self, 1.0),
            "year" | "years" | "yr" | "yrs" | "y" => {
                // Fractions of a year are rounded to whole months.
                self.months += (value * 12.0).round_ties_even();
                Some(())
            }
            "decade" | "decades" => {
                self.months += (value * 120.0).round_ties_even();
                Some(())
            }
            "century" | "centuries" => {
                self.months += (value * 1_200.0).round_ties_even();
                Some(())
            }
            _ => None,
        }
    }

    fn time(&mut self, micros: f64) -> Option<()> {
        self.micros = self.micros.checked_add(to_i64(micros.round_ties_even()).ok()?)?;
        Some(())
    }

    fn finish(self) -> Pg<Interval> {
        Ok(Interval {
            months: to_i32(self.months)?,
            days: to_i32(self.days)?,
            micros: self.micros,
        })
    }
}

/// `HH:MM[:SS[.f]]` as microseconds.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|hours| *hours < 1_000_000_000)?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |text| text.parse().ok())?;
    if parts.next().is_some() || minutes > 59 || seconds > 60.0 {
        return None;
    }
    Some((hours * 60 + minutes) * 60 * SECOND + to_i64((seconds * 1e6).round_ties_even()).ok()?)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut empty, mut before) = (true, false);
        for (value, unit) in [
            (self.months / 12, "year"),
            (self.months % 12, "mon"),
            (self.days, "day"),
        ] {
            if value == 0 {
                continue;
            }
            let space = if empty { "" } else { " " };
            let plus = if before && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            write!(f, "{space}{plus}{value} {unit}{plural}")?;
            before = value < 0;
            empty = false;
        }
        if empty || self.micros != 0 {
            let sign = if self.micros < 0 {
                "-"
            } else if before {
                "+"
            } else {
                ""
            };
            let space = if empty { "" } else { " " };
            let micros = self.micros.unsigned_abs();
            let second = micros / 1_000_000;
            write!(
                f,
                "{space}{sign}{:02}:{:02}:{:02}",
                second / 3_600,
                second / 60 % 60,
                second % 60
            )?;
            let fraction = micros % 1_000_000;
            if fraction != 0 {
                write!(f, ".{}", format!("{fraction:06}").trim_end_matches('0'))?;
            }
        }
        Ok(())
    }
}

/// Compares two stored intervals; anything else sorts as text.
pub(crate) fn compare_text(a: &str, b: &str) -> Ordering {
    match (Interval::parse(a), Interval::parse(b)) {
        (Ok(a), Ok(b)) => a.compare(b),
        _ => a.cmp(b),
    }
}
