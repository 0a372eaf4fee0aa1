//! `to_char`: templates for moments and numbers. What is not known here is refused by name.

use crate::error::{Pg, unsupported};
use crate::value::numeric::Numeric;
use crate::value::time::{DAY, Fields, days_from_civil};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// How a name is written.
#[derive(Clone, Copy)]
enum Case {
    Upper,
    Title,
    Lower,
}

/// A pattern of a template.
#[derive(Clone, Copy)]
enum Field {
    Number(&'static str, usize),
    Month(Case),
    MonthShort(Case),
    Day(Case),
    DayShort(Case),
    Half(bool, bool),
}

/// The patterns, longer ones before those they begin with.
const FIELDS: &[(&str, Field)] = &[
    ("HH24", Field::Number("hour24", 2)),
    ("hh24", Field::Number("hour24", 2)),
    ("HH12", Field::Number("hour12", 2)),
    ("hh12", Field::Number("hour12", 2)),
    ("HH", Field::Number("hour12", 2)),
    ("hh", Field::Number("hour12", 2)),
    ("MI", Field::Number("minute", 2)),
    ("mi", Field::Number("minute", 2)),
    ("SS", Field::Number("second", 2)),
    ("ss", Field::Number("second", 2)),
    ("MS", Field::Number("milli", 3)),
    ("ms", Field::Number("milli", 3)),
    ("US", Field::Number("micro", 6)),
    ("us", Field::Number("micro", 6)),
    ("YYYY", Field::Number("year", 4)),
    ("yyyy", Field::Number("year", 4)),
    ("YYY", Field::Number("year3", 3)),
    ("YY", Field::Number("year2", 2)),
    ("yy", Field::Number("year2", 2)),
    ("IYYY", Field::Number("isoyear", 4)),
    ("MONTH", Field::Month(Case::Upper)),
    ("Month", Field::Month(Case::Title)),
    ("month", Field::Month(Case::Lower)),
    ("MON", Field::MonthShort(Case::Upper)),
    ("Mon", Field::MonthShort(Case::Title)),
    ("mon", Field::MonthShort(Case::Lower)),
    ("MM", Field::Number("month", 2)),
    ("mm", Field::Number("month", 2)),
    ("DAY", Field::Day(Case::Upper)),
    ("Day", Field::Day(Case::Title)),
    ("day", Field::Day(Case::Lower)),
    ("DY", Field::DayShort(Case::Upper)),
    ("Dy", Field::DayShort(Case::Title)),
    ("dy", Field::DayShort(Case::Lower)),
    ("DDD", Field::Number("doy", 3)),
    ("DD", Field::Number("day", 2)),
    ("dd", Field::Number("day", 2)),
    ("IW", Field::Number("isoweek", 2)),
    ("WW", Field::Number("week", 2)),
    ("ID", Field::Number("isodow", 1)),
    ("A.M.", Field::Half(true, true)),
    ("P.M.", Field::Half(true, true)),
    ("a.m.", Field::Half(false, true)),
    ("p.m.", Field::Half(false, true)),
    ("AM", Field::Half(true, false)),
    ("PM", Field::Half(true, false)),
    ("am", Field::Half(false, false)),
    ("pm", Field::Half(false, false)),
    ("Q", Field::Number("quarter", 1)),
    ("D", Field::Number("dow", 1)),
];

fn cased(name: &str, case: Case) -> String {
    match case {
        Case::Upper => name.to_uppercase(),
        Case::Title => name.to_owned(),
        Case::Lower => name.to_lowercase(),
    }
}

/// `to_char(timestamp, template)`.
pub(super) fn moment(moment: i64, template: &str) -> Pg<String> {
    let fields = Fields::of(moment);
    let day = moment.div_euclid(DAY);
    let weekday = usize::try_from((day + 4).rem_euclid(7)).unwrap_or(0);
    let month = MONTHS[usize::try_from(fields.month - 1).unwrap_or(0)];
    let number = |name: &str| match name {
        "hour24" => fields.hour,
        "hour12" => (fields.hour + 11) % 12 + 1,
        "minute" => fields.minute,
        "second" => fields.micros / 1_000_000,
        "milli" => fields.micros % 1_000_000 / 1_000,
        "micro" => fields.micros % 1_000_000,
        "year" => fields.year,
        "year3" => fields.year % 1_000,
        "year2" => fields.year % 100,
        "month" => fields.month,
        "day" => fields.day,
        "doy" => day - days_from_civil(fields.year, 1, 1) + 1,
        "isoweek" => super::times::iso_week(moment).1,
        "isoyear" => super::times::iso_week(moment).0,
        "week" => (day - days_from_civil(fields.year, 1, 1)) / 7 + 1,
        "isodow" => i64::try_from((weekday + 6) % 7 + 1).unwrap_or(0),
        "dow" => i64::try_from(weekday + 1).unwrap_or(0),
        _ => (fields.month - 1) / 3 + 1,
    };
    let mut out = String::new();
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let Some(end) = rest[1..].find('"') else {
                return Err(unsupported(format_args!("the template {template} in to_char")));
            };
            out.push_str(&rest[1..=end]);
            rest = &rest[end + 2..];
            continue;
        }
        let (fill, body) = match rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm")) {
            Some(body) => (false, body),
            None => (true, rest),
        };
        let found = FIELDS.iter().find(|(pattern, _)| body.starts_with(pattern));
        let Some((pattern, field)) = found else {
            if c.is_ascii_alphanumeric() || c == '\\' {
                return Err(unsupported(format_args!("the template {template} in to_char")));
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let tail = &body[pattern.len()..];
        let (suffix, tail) = ordinal(tail);
        let padded = |name: String, width: usize| if fill { format!("{name:<width$}") } else { name };
        match field {
            Field::Number(name, width) => {
                let value = number(name);
                let digits = if fill {
                    format!("{value:0width$}")
                } else {
                    value.to_string()
                };
                out.push_str(&digits);
                if let Some(upper) = suffix {
                    out.push_str(ending(value, upper));
                }
            }
            _ if suffix.is_some() => {
                return Err(unsupported(format_args!("the template {template} in to_char")));
            }
            Field::Month(case) => out.push_str(&padded(cased(month, *case), 9)),
            Field::MonthShort(case) => out.push_str(&cased(&month[..3], *case)),
            Field::Day(case) => out.push_str(&padded(cased(DAYS[weekday], *case), 9)),
            Field::DayShort(case) => out.push_str(&cased(&DAYS[weekday][..3], *case)),
            Field::Half(upper, dots) => {
                let half = match (fields.hour >= 12, dots) {
                    (false, false) => "AM",
                    (true, false) => "PM",
                    (false, true) => "A.M.",
                    (true, true) => "P.M.",
                };
                out.push_str(&if *upper {
                    half.to_owned()
                } else {
                    half.to_lowercase()
                });
            }
        }
        rest = tail;
    }
    Ok(out)
}

fn ordinal(tail: &str) -> (Option<bool>, &str) {
    if let Some(rest) = tail.strip_prefix("TH") {
        return (Some(true), rest);
    }
    match tail.strip_prefix("th") {
        Some(rest) => (Some(false), rest),
        None => (None, tail),
    }
}

fn ending(value: i64, upper: bool) -> &'static str {
    let which = match (value % 100, value % 10) {
        (11..=13, _) => 3,
        (_, 1) => 0,
        (_, 2) => 1,
        (_, 3) => 2,
        _ => 3,
    };
    let endings = if upper {
        ["ST", "ND", "RD", "TH"]
    } else {
        ["st", "nd", "rd", "th"]
    };
    endings[which]
}

/// `to_char(number, template)`: digits, commas and one point.
pub(super) fn number(value: &Numeric, template: &str) -> Pg<String> {
    let refuse = || unsupported(format_args!("the template {template} in to_char"));
    let (fill, body) = match template
        .strip_prefix("FM")
        .or_else(|| template.strip_prefix("fm"))
    {
        Some(body) => (false, body),
        None => (true, template),
    };
    if body.is_empty() || !body.chars().all(|c| matches!(c, '9' | '0' | ',' | '.')) || body.starts_with(',') {
        return Err(refuse());
    }
    let (whole_template, fraction_template) = body.split_once('.').unwrap_or((body, ""));
    if fraction_template.contains(['.', ',']) {
        return Err(refuse());
    }
    let places = fraction_template.len();
    let rounded = value.round(i64::try_from(places).unwrap_or(0))?;
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let slots = whole_template.chars().filter(|c| *c != ',').count();
    let whole = if whole == "0" && !whole_template.contains('0') {
        ""
    } else {
        whole
    };
    if whole.len() > slots {
        // PostgreSQL shows `#` for what has no room.
        return Err(unsupported("a number that does not fit its template in to_char"));
    }
    let first_zero = whole_template
        .chars()
        .filter(|c| *c != ',')
        .position(|c| c == '0')
        .unwrap_or(slots);
    let mut digits = whole.chars();
    let (mut at, mut shown, mut out) = (0, false, String::new());
    for c in whole_template.chars() {
        if c == ',' {
            out.push(if shown { ',' } else { ' ' });
            continue;
        }
        let missing = slots - at > whole.len();
        if !missing {
            out.extend(digits.next());
            shown = true;
        } else if at >= first_zero {
            out.push('0');
            shown = true;
        } else {
            out.push(' ');
        }
        at += 1;
    }
    if !shown && places == 0 {
        // A zero in a template of nines alone.
        out.pop();
        out.push('0');
    }
    let blank = out.len() - out.trim_start().len();
    let sign = if rounded.signum() < 0 { '-' } else { ' ' };
    let mut number = format!("{}{sign}{}", " ".repeat(blank), out.trim_start());
    if body.contains('.') {
        let mut fraction = fraction.to_owned();
        if !fill {
            // Without filling, trailing zeros under nines vanish.
            let keep = fraction_template.rfind('0').map_or(0, |at| at + 1);
            while fraction.len() > keep && fraction.ends_with('0') {
                fraction.pop();
            }
        }
        number.push('.');
        number.push_str(&fraction);
    }
    Ok(if fill {
        number
    } else {
        number.trim_start().to_owned()
    })
}
