//! Dates and times: microseconds since 1970 in UTC, and text of one fixed width, so that text order is time order.
//!
//! Years 1 to 9999 only; what PostgreSQL knows beyond them is refused.

use crate::error::{Pg, invalid_input, pg, unsupported};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;
const FIRST: i64 = -719_162; // 0001-01-01
const LAST: i64 = 2_932_896; // 9999-12-31

/// Days since 1970 of a date of the proleptic Gregorian calendar.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date `days` after 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A moment taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    /// Seconds and their fraction, in microseconds.
    pub(crate) micros: i64,
}

impl Fields {
    pub(crate) fn of(moment: i64) -> Self {
        let (year, month, day) = civil_from_days(moment.div_euclid(DAY));
        let rest = moment.rem_euclid(DAY);
        Self {
            year,
            month,
            day,
            hour: rest / (3_600 * SECOND),
            minute: rest / (60 * SECOND) % 60,
            micros: rest % (60 * SECOND),
        }
    }

    pub(crate) fn moment(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY
            + (self.hour * 60 + self.minute) * 60 * SECOND
            + self.micros
    }
}

fn out_of_range(text: &str) -> crate::PgError {
    let text: String = text.chars().take(60).collect();
    pg("22008", format!("date/time field value out of range: \"{text}\""))
}

/// Refuses moments outside the years 1 to 9999.
pub(crate) fn checked(moment: i64) -> Pg<i64> {
    if (FIRST..=LAST).contains(&moment.div_euclid(DAY)) {
        Ok(moment)
    } else {
        Err(unsupported("a date outside the years 1 to 9999"))
    }
}

/// What kind of text is read; names the type in errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Date,
    Timestamp,
    Timestamptz,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Timestamptz => "timestamp with time zone",
        }
    }
}

/// Takes a run of digits off the front.
fn number<'a>(rest: &mut &'a str, most: usize) -> Option<&'a str> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || length > most {
        return None;
    }
    let (digits, tail) = rest.split_at(length);
    *rest = tail;
    Some(digits)
}

fn eat(rest: &mut &str, c: char) -> bool {
    if let Some(tail) = rest.strip_prefix(c) {
        *rest = tail;
        return true;
    }
    false
}

/// Reads a date or a moment in ISO 8601 form; naive times are UTC.
pub(crate) fn parse(kind: Kind, text: &str) -> Pg<i64> {
    let bad = || {
        // Other forms that PostgreSQL may know are refused as such; what cannot be a date is an error as there.
        if text.bytes().any(|b| b.is_ascii_digit()) && text.len() < 64 && !text.contains("::") {
            unsupported(format_args!(
                "the {} format \"{text}\" (use ISO 8601)",
                kind.name()
            ))
        } else {
            invalid_input(kind.name(), text)
        }
    };
    let body = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if matches!(
        body.to_ascii_lowercase().as_str(),
        "now"
            | "today"
            | "tomorrow"
            | "yesterday"
            | "epoch"
            | "infinity"
            | "-infinity"
            | "+infinity"
            | "allballs"
    ) {
        return Err(unsupported(format_args!("the {} value \"{body}\"", kind.name())));
    }
    let mut rest = body;
    let rest = &mut rest;
    let year = number(rest, 4)
        .filter(|digits| digits.len() == 4)
        .ok_or_else(bad)?;
    if !eat(rest, '-') {
        return Err(bad());
    }
    let month = number(rest, 2).ok_or_else(bad)?;
    if !eat(rest, '-') {
        return Err(bad());
    }
    let day = number(rest, 2).ok_or_else(bad)?;
    let parsed = |digits: &str| digits.parse::<i64>().unwrap_or(0);
    let (year, month, day) = (parsed(year), parsed(month), parsed(day));
    if year < 1 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(out_of_range(text));
    }
    let mut moment = days_from_civil(year, month, day) * DAY;
    if rest.is_empty() {
        return Ok(moment);
    }
    if eat(rest, 'T') || eat(rest, 't') {
    } else if rest.starts_with(' ') {
        *rest = rest.trim_start_matches(' ');
    } else {
        return Err(bad());
    }
    let time = clock(rest, text)?.ok_or_else(bad)?;
    moment += time;
    let offset = zone(rest).ok_or_else(bad)?;
    match kind {
        // A date ignores the time, a timestamp the zone, as PostgreSQL does.
        Kind::Date => Ok(moment.div_euclid(DAY) * DAY),
        Kind::Timestamp => checked(moment),
        Kind::Timestamptz => checked(moment - offset),
    }
}

/// Reads `HH:MM[:SS[.ffffff]]`.
fn clock(rest: &mut &str, text: &str) -> Pg<Option<i64>> {
    let Some(hour) = number(rest, 2) else {
        return Ok(None);
    };
    if !eat(rest, ':') {
        return Ok(None);
    }
    let Some(minute) = number(rest, 2) else {
        return Ok(None);
    };
    let (mut second, mut micros) = ("0", 0);
    if eat(rest, ':') {
        let Some(digits) = number(rest, 2) else {
            return Ok(None);
        };
        second = digits;
        if eat(rest, '.') {
            micros = number(rest, 30).map_or(0, fraction);
        }
    }
    let parsed = |digits: &str| digits.parse::<i64>().unwrap_or(0);
    let (hour, minute, second) = (parsed(hour), parsed(minute), parsed(second));
    let time = (hour * 60 + minute) * 60 * SECOND + second * SECOND + micros;
    if hour > 24 || minute > 59 || second > 60 || time > DAY {
        return Err(out_of_range(text));
    }
    Ok(Some(time))
}

/// Microseconds of a fraction's digits, rounded.
fn fraction(digits: &str) -> i64 {
    let six: String = digits.chars().chain("000000".chars()).take(6).collect();
    let up = digits.as_bytes().get(6).is_some_and(|digit| *digit >= b'5');
    six.parse::<i64>().unwrap_or(0) + i64::from(up)
}

/// Reads what is left as a time zone; microseconds east of UTC.
fn zone(rest: &str) -> Option<i64> {
    let mut rest = rest.trim_matches(' ');
    if rest.is_empty() || ["z", "utc", "gmt"].contains(&rest.to_ascii_lowercase().as_str()) {
        return Some(0);
    }
    let rest = &mut rest;
    let sign = if eat(rest, '+') {
        1
    } else if eat(rest, '-') {
        -1
    } else {
        return None;
    };
    let digits = number(rest, 4)?;
    let (hours, minutes) = match digits.len() {
        1 | 2 => {
            let minutes = if eat(rest, ':') { number(rest, 2)? } else { "0" };
            (digits, minutes)
        }
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (rest.is_empty() && hours < 16 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60 * SECOND)
}

/// Reads a time of day; microseconds since midnight.
pub(crate) fn parse_time(text: &str) -> Pg<i64> {
    let mut rest = text.trim_matches(|c: char| c.is_ascii_whitespace());
    match clock(&mut rest, text)? {
        Some(time) if rest.is_empty() => Ok(time),
        _ if text.bytes().any(|b| b.is_ascii_digit()) => Err(unsupported(format_args!(
            "the time format \"{text}\" (use HH:MM:SS)"
        ))),
        _ => Err(invalid_input("time", text)),
    }
}

/// The stored form of a moment: `YYYY-MM-DD HH:MM:SS.ffffff`.
pub(crate) fn stored(moment: i64) -> String {
    format!("{} {}", date_text(moment), stored_time(moment.rem_euclid(DAY)))
}

/// The stored form of a time of day: `HH:MM:SS.ffffff`.
pub(crate) fn stored_time(micros: i64) -> String {
    let second = micros / SECOND;
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        micros % SECOND
    )
}

pub(crate) fn date_text(moment: i64) -> String {
    let (year, month, day) = civil_from_days(moment.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// PostgreSQL's text of a stored moment or time: the fraction only as far as it says something.
pub(crate) fn shown(stored: &str) -> &str {
    match stored.rfind('.') {
        Some(_) => stored.trim_end_matches('0').trim_end_matches('.'),
        None => stored,
    }
}

/// Reads the stored form of a date or a moment.
pub(crate) fn from_stored(text: &str) -> Pg<i64> {
    let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i64>().ok());
    let date = || Some(days_from_civil(part(0, 4)?, part(5, 7)?, part(8, 10)?) * DAY);
    let time = || Some(((part(11, 13)? * 60 + part(14, 16)?) * 60 + part(17, 19)?) * SECOND + part(20, 26)?);
    let moment = match text.len() {
        10 => date(),
        26 => date().zip(time()).map(|(date, time)| date + time),
        _ => None,
    };
    moment.ok_or_else(|| invalid_input("timestamp", text))
}

/// Reads the stored form of a time of day.
pub(crate) fn time_from_stored(text: &str) -> Pg<i64> {
    parse_time(text)
}
