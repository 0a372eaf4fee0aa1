//! `double precision` and `real` as text.

use crate::error::{Pg, invalid_input, pg, unsupported};

/// The shortest text that reads back the same, in PostgreSQL's form.
pub(crate) fn text64(value: f64) -> String {
    shape(ryu::Buffer::new().format(value), 15)
}

/// As [`text64`], of a `real`.
pub(crate) fn text32(value: f32) -> String {
    shape(ryu::Buffer::new().format(value), 6)
}

/// PostgreSQL switches to an exponent below 1e-4 and from 1e15 (`real`: 1e6) on.
fn shape(shortest: &str, plain_below: i32) -> String {
    let (sign, body) = shortest
        .strip_prefix('-')
        .map_or(("", shortest), |rest| ("-", rest));
    let (number, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    exponent += i32::try_from(whole.len()).unwrap_or(0) - 1 - i32::try_from(leading).unwrap_or(0);
    if exponent < -4 || exponent >= plain_below {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{mark}{:02}", exponent.abs());
    }
    let length = i32::try_from(digits.len()).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        format!("{sign}0.{zeros}{digits}")
    } else if exponent + 1 >= length {
        let zeros = "0".repeat(usize::try_from(exponent + 1 - length).unwrap_or(0));
        format!("{sign}{digits}{zeros}")
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
        format!("{sign}{whole}.{fraction}")
    }
}

/// Reads a `double precision`. What JSON cannot carry is refused.
pub(crate) fn parse64(text: &str) -> Pg<f64> {
    let body = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let plain = body.trim_start_matches(['+', '-']);
    if matches!(plain.to_ascii_lowercase().as_str(), "nan" | "inf" | "infinity") {
        return Err(unsupported(format_args!("the double precision value {body}")));
    }
    if plain.is_empty()
        || !plain
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return Err(invalid_input("double precision", text));
    }
    let value: f64 = body
        .parse()
        .map_err(|_| invalid_input("double precision", text))?;
    if value.is_infinite() {
        return Err(pg(
            "22003",
            format!("\"{body}\" is out of range for type double precision"),
        ));
    }
    Ok(value)
}

/// Lets only numbers through that JSON can carry, as PostgreSQL does for results that overflow.
pub(crate) fn finite(value: f64) -> Pg<f64> {
    if value.is_finite() {
        Ok(value)
    } else if value.is_nan() {
        Err(unsupported("the double precision value NaN"))
    } else {
        Err(pg("22003", "value out of range: overflow"))
    }
}

/// Narrows to `real`, kept as the exact double of it.
pub(crate) fn to_real(value: f64) -> Pg<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "this is the rounding PostgreSQL does"
    )]
    let narrow = value as f32;
    if narrow.is_infinite() {
        return Err(pg("22003", "value out of range: overflow"));
    }
    Ok(f64::from(narrow))
}
