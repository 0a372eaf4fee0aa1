//! Scheduled wake-ups (zip §2.2) and the five-field grammar they are written in.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{first_of, kind, show, show_text};
use crate::limits::{CRON_ENTRIES, CRON_GAP_MINUTES, CRON_SPEC_CHARS};

/// One scheduled wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronEntry {
    /// The Python function under `@plugin.cron`.
    pub name: String,
    /// The spec as written; the SDK compares it (wire §4.4).
    pub spec: String,
    /// The spec as understood.
    pub schedule: CronSpec,
}

pub(super) fn read(raw: &Map<String, Value>, problems: &mut Problems) -> Vec<CronEntry> {
    let Some((_, value)) = first_of(raw, &["cron"]) else {
        return Vec::new();
    };
    let Value::Array(list) = value else {
        problems.add(Problem::CronNotList { found: kind(value) });
        return Vec::new();
    };
    if list.len() > CRON_ENTRIES {
        problems.add(Problem::CronTooMany { count: list.len() });
    }
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for (index, entry) in list.iter().enumerate() {
        let text = |key| {
            entry
                .get(key)
                .and_then(Value::as_str)
                .map(str::trim)
                .filter(|text: &&str| !text.is_empty())
        };
        let (Some(spec), Some(name)) = (text("spec"), text("name")) else {
            problems.add(Problem::CronMalformed {
                index,
                entry: show(entry),
            });
            continue;
        };
        let shown = show_text(name);
        if !is_identifier(name) {
            problems.add(Problem::CronNameInvalid { name: shown.clone() });
        } else if !seen.insert(name) {
            problems.add(Problem::CronDuplicate { name: shown.clone() });
        }
        match CronSpec::parse(spec) {
            Err(error) => problems.add(Problem::CronSpecInvalid {
                name: shown,
                reason: error.to_string(),
            }),
            Ok(schedule) => {
                let gap = schedule.minimum_gap_minutes();
                if gap < CRON_GAP_MINUTES {
                    problems.add(Problem::CronTooFrequent {
                        name: shown,
                        spec: show_text(spec),
                        gap,
                    });
                }
                entries.push(CronEntry {
                    name: name.to_owned(),
                    spec: spec.to_owned(),
                    schedule,
                });
            }
        }
    }
    entries
}

/// Python's `str.isidentifier`, but for the two dozen characters it normalises.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let start = chars
        .next()
        .is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first));
    start && chars.all(unicode_ident::is_xid_continue)
}

/// A parsed spec: for each field, bit `n` is set when it fires at `n`. Always UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CronSpec {
    /// 0 to 59.
    pub minutes: u64,
    /// 0 to 23.
    pub hours: u64,
    /// 1 to 31.
    pub days_of_month: u64,
    /// 1 to 12.
    pub months: u64,
    /// 0 to 6, Sunday first.
    pub days_of_week: u64,
}

/// Why a spec is not one, naming the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronSpecError {
    /// Not five fields.
    #[error("expected 5 fields, found {0}")]
    Fields(usize),
    /// Longer than anything sensible.
    #[error("longer than {CRON_SPEC_CHARS} characters")]
    TooLong,
    /// A field that does not parse.
    #[error("field {field}: {part} is not *, */S, N, N-M or N-M/S with {low} to {high}")]
    Field {
        /// Its name.
        field: &'static str,
        /// The part of it that is wrong.
        part: String,
        /// The smallest value.
        low: u8,
        /// The largest value.
        high: u8,
    },
}

const FIELDS: [(&str, u8, u8); 5] = [
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day-of-month", 1, 31),
    ("month", 1, 12),
    ("day-of-week", 0, 6),
];

impl CronSpec {
    /// Reads `minute hour day-of-month month day-of-week` (sdk §7).
    ///
    /// # Errors
    /// When the text is not of that grammar.
    pub fn parse(spec: &str) -> Result<Self, CronSpecError> {
        if spec.chars().count() > CRON_SPEC_CHARS {
            return Err(CronSpecError::TooLong);
        }
        let parts: Vec<_> = spec.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(CronSpecError::Fields(parts.len()));
        }
        let mut sets = [0; 5];
        for ((set, text), (field, low, high)) in sets.iter_mut().zip(parts).zip(FIELDS) {
            for part in text.split(',') {
                *set |= values(part, low, high).ok_or_else(|| CronSpecError::Field {
                    field,
                    part: show_text(part),
                    low,
                    high,
                })?;
            }
        }
        let [minutes, hours, days_of_month, months, days_of_week] = sets;
        Ok(Self {
            minutes,
            hours,
            days_of_month,
            months,
            days_of_week,
        })
    }

    /// Returns the smallest gap between two firings, judged by the minute field alone (zip §2.2).
    pub fn minimum_gap_minutes(&self) -> u32 {
        let minutes: Vec<u32> = (0..60).filter(|minute| self.minutes >> minute & 1 == 1).collect();
        let next = minutes
            .iter()
            .copied()
            .skip(1)
            .chain(minutes.first().map(|first| first + 60));
        minutes
            .iter()
            .zip(next)
            .map(|(minute, next)| next - minute)
            .min()
            .unwrap_or(60)
    }
}

/// Returns the values of one part of a field. `N/S` equals `N`.
fn values(part: &str, low: u8, high: u8) -> Option<u64> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|_| digits)
    };
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, number(step).filter(|step| *step >= 1)?),
        None => (part, 1),
    };
    let (first, last) = match range.split_once('-') {
        _ if range == "*" => (low, high),
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(range)?, number(range)?),
    };
    let fits = low <= first && first <= last && last <= high;
    fits.then(|| {
        (first..=last)
            .step_by(step.into())
            .fold(0, |set, value| set | 1 << value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[u8]) -> u64 {
        values.iter().fold(0, |set, value| set | 1 << value)
    }

    #[test]
    fn the_grammar_is_the_contracts() {
        let spec = CronSpec::parse(" */20 1-3 1,15  2-8/3 0-6 ").unwrap();
        assert_eq!(spec.minutes, set(&[0, 20, 40]));
        assert_eq!(spec.hours, set(&[1, 2, 3]));
        assert_eq!(spec.days_of_month, set(&[1, 15]));
        assert_eq!(spec.months, set(&[2, 5, 8]));
        assert_eq!(spec.days_of_week, set(&[0, 1, 2, 3, 4, 5, 6]));
        assert_eq!(
            CronSpec::parse("7/9 * * * *").unwrap().minutes,
            set(&[7]),
            "N/S equals N"
        );
    }

    #[test]
    fn wrong_fields_are_named() {
        for (spec, field) in [
            ("60 * * * *", "minute"),
            ("* 24 * * *", "hour"),
            ("* * 0 * *", "day-of-month"),
            ("* * * 13 *", "month"),
            ("* * * * 7", "day-of-week"),
            ("* * * * mon", "day-of-week"),
            ("*/0 * * * *", "minute"),
            ("5-1 * * * *", "minute"),
            ("+1 * * * *", "minute"),
            ("1,,2 * * * *", "minute"),
            ("256 * * * *", "minute"),
            ("**/2 * * * *", "minute"),
            ("1-2-3 * * * *", "minute"),
        ] {
            let error = CronSpec::parse(spec).unwrap_err().to_string();
            assert!(error.contains(field), "{spec}: {error}");
        }
        assert_eq!(CronSpec::parse("* * * *"), Err(CronSpecError::Fields(4)));
        assert_eq!(CronSpec::parse(&"1,".repeat(1000)), Err(CronSpecError::TooLong));
    }

    #[test]
    fn the_gap_is_read_from_the_minutes_with_wrap_around() {
        for (spec, gap) in [
            ("0 9 * * *", 60),
            ("*/5 * * * *", 5),
            ("* * * * *", 1),
            ("0,58 * * * *", 2),
            ("1,31 3 1 1 *", 30),
            ("0-59/7 * * * *", 4),
        ] {
            assert_eq!(
                CronSpec::parse(spec).unwrap().minimum_gap_minutes(),
                gap,
                "{spec}"
            );
        }
    }
}
