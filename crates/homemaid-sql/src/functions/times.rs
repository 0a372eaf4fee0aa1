//! Dates, times and intervals.

use std::sync::Arc;

use rusqlite::types::Value;

use super::{Call, Functions, State, int, text};
use crate::error::{Pg, pg, unsupported};
use crate::limits::SERIES;
use crate::types::Base;
use crate::value::interval::Interval;
use crate::value::numeric::Numeric;
use crate::value::time::{self, DAY, Fields, SECOND, days_from_civil, days_in_month};

fn moment(call: &Call<'_>, at: usize) -> Pg<i64> {
    time::from_stored(call.text(at)?)
}

fn interval(call: &Call<'_>, at: usize) -> Pg<Interval> {
    Interval::parse(call.text(at)?)
}

fn signed(interval: Interval, sign: i64) -> Pg<Interval> {
    if sign < 0 { interval.neg() } else { Ok(interval) }
}

pub(super) fn register(functions: &Functions<'_>, _state: &Arc<State>) -> rusqlite::Result<()> {
    functions.strict("hm_date_add", 2, |call| {
        let days = call
            .int(1)?
            .checked_mul(DAY)
            .and_then(|days| moment(call, 0).ok()?.checked_add(days));
        let moved = days.ok_or_else(|| pg("22008", "date out of range"))?;
        text(time::date_text(time::checked(moved)?))
    })?;
    functions.strict("hm_date_sub", 2, |call| {
        int((moment(call, 0)? - moment(call, 1)?) / DAY)
    })?;
    functions.strict("hm_ts_add", 3, |call| {
        let by = signed(interval(call, 1)?, call.int(2)?)?;
        text(time::stored(by.after(moment(call, 0)?)?))
    })?;
    functions.strict("hm_ts_sub", 2, |call| {
        text(Interval::between(moment(call, 0)?, moment(call, 1)?)?.to_string())
    })?;
    functions.strict("hm_time_add", 3, |call| {
        let by = signed(interval(call, 1)?, call.int(2)?)?;
        let sum = time::time_from_stored(call.text(0)?)?.saturating_add(by.micros);
        text(time::stored_time(sum.rem_euclid(DAY)))
    })?;
    functions.strict("hm_time_sub", 2, |call| {
        let micros = time::time_from_stored(call.text(0)?)? - time::time_from_stored(call.text(1)?)?;
        text(
            Interval {
                micros,
                ..Interval::default()
            }
            .to_string(),
        )
    })?;
    functions.strict("hm_interval_add", 3, |call| {
        let by = signed(interval(call, 1)?, call.int(2)?)?;
        text(interval(call, 0)?.add(by)?.to_string())
    })?;
    functions.strict("hm_interval_mul", 2, |call| {
        text(interval(call, 0)?.mul(call.real(1)?)?.to_string())
    })?;
    functions.strict("hm_interval_div", 2, |call| {
        text(interval(call, 0)?.div(call.real(1)?)?.to_string())
    })?;
    functions.strict("hm_age", 2, |call| {
        text(Interval::age(moment(call, 0)?, moment(call, 1)?)?.to_string())
    })?;
    functions.strict("hm_justify", 2, |call| {
        let value = interval(call, 0)?;
        let justified = if call.int(1)? == 1 {
            let days = i64::from(value.days);
            Interval::new(i64::from(value.months) + days / 30, days % 30, value.micros)?
        } else {
            Interval::new(
                value.months.into(),
                i64::from(value.days) + value.micros / DAY,
                value.micros % DAY,
            )?
        };
        let mixed = justified.months.signum() * justified.days.signum() < 0
            || i64::from(justified.days.signum()) * justified.micros.signum() < 0;
        if mixed {
            return Err(unsupported("justifying an interval of mixed signs"));
        }
        text(justified.to_string())
    })?;
    functions.strict("hm_date_trunc", 2, |call| {
        text(time::stored(truncated(
            &call.text(0)?.to_lowercase(),
            moment(call, 1)?,
        )?))
    })?;
    functions.strict("hm_interval_trunc", 2, |call| {
        interval_truncated(&call.text(0)?.to_lowercase(), interval(call, 1)?)
    })?;
    functions.strict("hm_extract", 3, |call| text(extracted(call)?.to_string()))?;
    functions.strict("hm_date_part", 3, |call| {
        Ok(Value::Real(extracted(call)?.to_f64()))
    })?;
    functions.strict("hm_zone", 3, |call| {
        match call.text(0)?.to_ascii_uppercase().as_str() {
            "UTC" | "GMT" | "Z" | "ETC/UTC" | "ZULU" => Ok(call.value(1)),
            other => Err(unsupported(format_args!("the time zone {other} (only UTC is)"))),
        }
    })?;
    functions.strict("hm_to_timestamp", 1, |call| {
        let micros = (call.real(0)? * 1e6).round_ties_even();
        if micros.abs() > 9e17 {
            return Err(pg("22008", "timestamp out of range"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "in range")]
        text(time::stored(time::checked(micros as i64)?))
    })?;
    functions.strict("hm_make_date", 3, |call| text(time::date_text(civil(call)?)))?;
    functions.strict("hm_make_timestamp", 6, |call| {
        let (hour, minute, second) = (call.int(3)?, call.int(4)?, call.real(5)?);
        if !(0..=23).contains(&hour) || !(0..=59).contains(&minute) || !(0.0..60.0).contains(&second) {
            return Err(pg(
                "22008",
                format!("time field value out of range: {hour}:{minute:02}:{second:02}"),
            ));
        }
        #[expect(clippy::cast_possible_truncation, reason = "below sixty million")]
        let micros = (second * 1e6).round_ties_even() as i64;
        text(time::stored(
            civil(call)? + (hour * 60 + minute) * 60 * SECOND + micros,
        ))
    })?;
    functions.strict("hm_make_interval", 7, |call| {
        let seconds = (call.real(6)? * 1e6).round_ties_even();
        if seconds.abs() > 9e18 {
            return Err(pg("22008", "interval out of range"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "in range")]
        let micros = (call.int(4)? * 60 + call.int(5)?) * 60 * SECOND + seconds as i64;
        let made = Interval::new(
            call.int(0)? * 12 + call.int(1)?,
            call.int(2)? * 7 + call.int(3)?,
            micros,
        )?;
        text(made.to_string())
    })?;
    functions.strict("hm_to_char", 2, |call| {
        text(super::to_char::moment(moment(call, 0)?, call.text(1)?)?)
    })?;
    functions.strict("hm_to_char_number", 2, |call| {
        text(super::to_char::number(
            &Numeric::parse(call.text(0)?)?,
            call.text(1)?,
        )?)
    })?;
    functions.strict("hm_series", 3, |call| {
        let (mut at, last, step) = (call.int(0)?, call.int(1)?, call.int(2)?);
        if step == 0 {
            return Err(pg("22023", "step size cannot equal zero"));
        }
        let mut items = Vec::new();
        while (step > 0 && at <= last) || (step < 0 && at >= last) {
            items.push(at.to_string());
            full(items.len())?;
            let Some(next) = at.checked_add(step) else { break };
            at = next;
        }
        text(format!("[{}]", items.join(",")))
    })?;
    functions.strict("hm_series_time", 3, |call| {
        let (mut at, last, step) = (moment(call, 0)?, moment(call, 1)?, interval(call, 2)?);
        let direction = step.compare(Interval::default());
        if direction.is_eq() {
            return Err(pg("22023", "step size cannot equal zero"));
        }
        let mut items = Vec::new();
        while (direction.is_gt() && at <= last) || (direction.is_lt() && at >= last) {
            items.push(format!("\"{}\"", time::stored(at)));
            full(items.len())?;
            at = step.after(at)?;
        }
        text(format!("[{}]", items.join(",")))
    })
}

fn full(length: usize) -> Pg<()> {
    if length > SERIES {
        return Err(unsupported(format_args!("a series of more than {SERIES} values")));
    }
    Ok(())
}

fn civil(call: &Call<'_>) -> Pg<i64> {
    let (year, month, day) = (call.int(0)?, call.int(1)?, call.int(2)?);
    if year == 0 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(pg(
            "22008",
            format!("date field value out of range: {year}-{month:02}-{day:02}"),
        ));
    }
    time::checked(days_from_civil(year, month, day) * DAY)
}

/// The ISO week's year and number.
pub(super) fn iso_week(moment: i64) -> (i64, i64) {
    let day = moment.div_euclid(DAY);
    // The week belongs to the year of its Thursday.
    let thursday = day - (day + 3).rem_euclid(7) + 3;
    let (year, _, _) = time::civil_from_days(thursday);
    (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
}

fn no_unit(unit: &str, ty: Base) -> crate::PgError {
    pg(
        "22023",
        format!("unit \"{unit}\" not recognized for type {}", ty.name()),
    )
}

fn truncated(unit: &str, moment: i64) -> Pg<i64> {
    let to = |micros: i64| moment.div_euclid(micros) * micros;
    let fields = Fields::of(moment);
    let date = |year: i64, month: i64| time::checked(days_from_civil(year, month, 1) * DAY);
    match unit {
        "microsecond" | "microseconds" => Ok(moment),
        "millisecond" | "milliseconds" => Ok(to(1_000)),
        "second" | "seconds" => Ok(to(SECOND)),
        "minute" | "minutes" => Ok(to(60 * SECOND)),
        "hour" | "hours" => Ok(to(3_600 * SECOND)),
        "day" | "days" => Ok(to(DAY)),
        "week" | "weeks" => {
            let day = moment.div_euclid(DAY);
            time::checked((day - (day + 3).rem_euclid(7)) * DAY)
        }
        "month" | "months" => date(fields.year, fields.month),
        "quarter" => date(fields.year, (fields.month - 1) / 3 * 3 + 1),
        "year" | "years" => date(fields.year, 1),
        "decade" | "decades" => date(fields.year / 10 * 10, 1),
        "century" | "centuries" => date((fields.year + 99) / 100 * 100 - 99, 1),
        "millennium" | "millennia" => date((fields.year + 999) / 1_000 * 1_000 - 999, 1),
        other => Err(no_unit(other, Base::Timestamp)),
    }
}

fn interval_truncated(unit: &str, value: Interval) -> Pg<Value> {
    let time = |micros: i64| Interval {
        micros: value.micros / micros * micros,
        ..value
    };
    let months = |months: i32| Interval {
        months: value.months / months * months,
        days: 0,
        micros: 0,
    };
    let cut = match unit {
        "microseconds" | "microsecond" => value,
        "milliseconds" | "millisecond" => time(1_000),
        "second" | "seconds" => time(SECOND),
        "minute" | "minutes" => time(60 * SECOND),
        "hour" | "hours" => time(3_600 * SECOND),
        "day" | "days" => Interval { micros: 0, ..value },
        "month" | "months" => months(1),
        "quarter" => months(3),
        "year" | "years" => months(12),
        "decade" | "decades" => months(120),
        "week" | "weeks" => return Err(unsupported("the unit week of an interval")),
        other => return Err(no_unit(other, Base::Interval)),
    };
    text(cut.to_string())
}

/// A number of `micros` with so many digits behind the point.
fn decimal(micros: i128, digits: u32) -> Pg<Numeric> {
    Numeric::parse(&format!("{micros}e-{digits}"))
}

/// EXTRACT: the field, from a value of the type whose code is the third argument.
fn extracted(call: &Call<'_>) -> Pg<Numeric> {
    let (unit, base) = (call.text(0)?.to_lowercase(), call.base(2)?);
    match base {
        Base::Interval => of_interval(&unit, interval(call, 1)?),
        Base::Time => of_time(&unit, time::time_from_stored(call.text(1)?)?, base),
        _ => of_moment(&unit, moment(call, 1)?, base),
    }
}

fn of_time(unit: &str, micros: i64, base: Base) -> Pg<Numeric> {
    let second = micros % (60 * SECOND);
    match unit {
        "hour" | "hours" => Ok(Numeric::from(micros / (3_600 * SECOND))),
        "minute" | "minutes" => Ok(Numeric::from(micros / (60 * SECOND) % 60)),
        "second" | "seconds" => decimal(second.into(), 6),
        "millisecond" | "milliseconds" => decimal(second.into(), 3),
        "microsecond" | "microseconds" => Ok(Numeric::from(second)),
        "epoch" => decimal(micros.into(), 6),
        "year" | "month" | "day" | "dow" | "doy" | "week" | "quarter" | "timezone" | "century" | "decade"
        | "isodow" | "isoyear" | "julian" | "millennium" => Err(pg(
            "0A000",
            format!("unit \"{unit}\" not supported for type {}", base.name()),
        )),
        other => Err(no_unit(other, base)),
    }
}

fn of_moment(unit: &str, moment: i64, base: Base) -> Pg<Numeric> {
    let fields = Fields::of(moment);
    let day = moment.div_euclid(DAY);
    let weekday = (day + 4).rem_euclid(7);
    let value = match unit {
        "year" | "years" => fields.year,
        "month" | "months" => fields.month,
        "day" | "days" => fields.day,
        "quarter" => (fields.month - 1) / 3 + 1,
        "decade" | "decades" => fields.year / 10,
        "century" | "centuries" => (fields.year + 99) / 100,
        "millennium" | "millennia" => (fields.year + 999) / 1_000,
        "dow" => weekday,
        "isodow" => (weekday + 6) % 7 + 1,
        "doy" => day - days_from_civil(fields.year, 1, 1) + 1,
        "week" | "weeks" => iso_week(moment).1,
        "isoyear" => iso_week(moment).0,
        "epoch" if base == Base::Date => moment / SECOND,
        "epoch" => return decimal(moment.into(), 6),
        "timezone" | "timezone_hour" | "timezone_minute" if base == Base::Timestamptz => 0,
        "julian" => return Err(unsupported("the unit julian")),
        _ if base == Base::Date => {
            return match of_time(unit, 0, base) {
                Err(error) if error.state == "22023" => Err(error),
                _ => Err(pg(
                    "0A000",
                    format!("unit \"{unit}\" not supported for type date"),
                )),
            };
        }
        "timezone" | "timezone_hour" | "timezone_minute" => {
            return Err(pg(
                "0A000",
                format!("unit \"{unit}\" not supported for type {}", base.name()),
            ));
        }
        _ => return of_time(unit, moment.rem_euclid(DAY), base),
    };
    Ok(Numeric::from(value))
}

fn of_interval(unit: &str, value: Interval) -> Pg<Numeric> {
    let months = i64::from(value.months);
    let number = match unit {
        "year" | "years" => months / 12,
        "month" | "months" => months % 12,
        "quarter" => months % 12 / 3 + 1,
        "decade" | "decades" => months / 120,
        "century" | "centuries" => months / 1_200,
        "millennium" | "millennia" => months / 12_000,
        "day" | "days" => value.days.into(),
        "hour" | "hours" => value.micros / (3_600 * SECOND),
        "minute" | "minutes" => value.micros / (60 * SECOND) % 60,
        "second" | "seconds" => return decimal((value.micros % (60 * SECOND)).into(), 6),
        "millisecond" | "milliseconds" => return decimal((value.micros % (60 * SECOND)).into(), 3),
        "microsecond" | "microseconds" => value.micros % (60 * SECOND),
        "epoch" => return decimal(value.epoch_micros(), 6),
        "dow" | "doy" | "week" | "isodow" | "isoyear" | "timezone" | "julian" => {
            return Err(pg(
                "0A000",
                format!("unit \"{unit}\" not supported for type interval"),
            ));
        }
        other => return Err(no_unit(other, Base::Interval)),
    };
    Ok(Numeric::from(number))
}
