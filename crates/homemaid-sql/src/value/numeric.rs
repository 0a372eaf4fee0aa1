//! `numeric`: exact decimals with PostgreSQL's scales.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::error::{Pg, invalid_input, pg, unsupported};

/// Most digits of a number, both sides of the point together; PostgreSQL has room for more, plugins have no use for it.
const DIGITS: usize = 1_000;

/// `mantissa / 10^scale`; the scale is what is shown.
#[derive(Debug, Clone)]
pub(crate) struct Numeric {
    mantissa: BigInt,
    scale: u32,
}

fn ten(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

/// Divides with rounding half away from zero.
fn div_round(value: &BigInt, by: &BigInt) -> BigInt {
    let (quotient, rest) = value.div_rem(by);
    if (rest.abs() * 2) >= by.abs() {
        let up = if (value.sign() == Sign::Minus) == (by.sign() == Sign::Minus) {
            1
        } else {
            -1
        };
        quotient + up
    } else {
        quotient
    }
}

fn overflow() -> crate::PgError {
    pg("22003", "value overflows numeric format")
}

impl Numeric {
    pub(crate) fn parse(text: &str) -> Pg<Self> {
        let bad = || invalid_input("numeric", text);
        let body = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let lower = body.trim_start_matches(['+', '-']).to_ascii_lowercase();
        if matches!(lower.as_str(), "nan" | "inf" | "infinity") {
            return Err(unsupported(format_args!("the numeric value {body}")));
        }
        let (number, exponent) = match body.find(['e', 'E']) {
            Some(at) => {
                let exponent = &body[at + 1..];
                let digits = exponent.trim_start_matches(['+', '-']);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(bad());
                }
                (&body[..at], i64::from_str(exponent).map_err(|_| overflow())?)
            }
            None => (body, 0),
        };
        let (negative, number) = match number.as_bytes().first() {
            Some(b'-') => (true, &number[1..]),
            Some(b'+') => (false, &number[1..]),
            _ => (false, number),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty()
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return Err(bad());
        }
        let digits = format!("{whole}{fraction}");
        if digits.len() > DIGITS || exponent.unsigned_abs() > DIGITS as u64 {
            return Err(overflow());
        }
        let mut mantissa = BigInt::parse_bytes(digits.as_bytes(), 10).ok_or_else(bad)?;
        if negative {
            mantissa = -mantissa;
        }
        let scale = i64::try_from(fraction.len()).unwrap_or(0) - exponent;
        if scale < 0 {
            let up = u32::try_from(-scale).map_err(|_| overflow())?;
            return Self {
                mantissa: mantissa * ten(up),
                scale: 0,
            }
            .checked();
        }
        Self {
            mantissa,
            scale: u32::try_from(scale).map_err(|_| overflow())?,
        }
        .checked()
    }

    pub(crate) fn from_f64(value: f64) -> Pg<Self> {
        // PostgreSQL goes through fifteen significant digits.
        Self::parse(&format!("{value:.14e}")).map(Numeric::trimmed)
    }

    pub(crate) fn from_f32(value: f32) -> Pg<Self> {
        Self::parse(&format!("{value:.5e}")).map(Numeric::trimmed)
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    fn checked(self) -> Pg<Self> {
        if self.mantissa.bits() > (DIGITS as u64) * 4 || self.scale > 1_000 {
            return Err(overflow());
        }
        Ok(self)
    }

    /// Without zeros at the end of the fraction.
    pub(crate) fn trimmed(mut self) -> Self {
        let ten = BigInt::from(10);
        while self.scale > 0 {
            let (quotient, rest) = self.mantissa.div_rem(&ten);
            if !rest.is_zero() {
                break;
            }
            self.mantissa = quotient;
            self.scale -= 1;
        }
        self
    }

    fn aligned(&self, other: &Self) -> (BigInt, BigInt, u32) {
        let scale = self.scale.max(other.scale);
        let up = |number: &Self| {
            if number.scale == scale {
                number.mantissa.clone()
            } else {
                &number.mantissa * ten(scale - number.scale)
            }
        };
        (up(self), up(other), scale)
    }

    pub(crate) fn add(&self, other: &Self) -> Pg<Self> {
        let (a, b, scale) = self.aligned(other);
        Self {
            mantissa: a + b,
            scale,
        }
        .checked()
    }

    pub(crate) fn sub(&self, other: &Self) -> Pg<Self> {
        let (a, b, scale) = self.aligned(other);
        Self {
            mantissa: a - b,
            scale,
        }
        .checked()
    }

    pub(crate) fn mul(&self, other: &Self) -> Pg<Self> {
        Self {
            mantissa: &self.mantissa * &other.mantissa,
            scale: self.scale + other.scale,
        }
        .checked()
    }

    /// The weight (in groups of four digits) and the first such group, as PostgreSQL's division looks at them.
    fn weight(&self) -> (i64, i64) {
        if self.mantissa.is_zero() {
            return (0, 0);
        }
        let digits = self.mantissa.abs().to_string();
        let exponent = i64::try_from(digits.len()).unwrap_or(0) - 1 - i64::from(self.scale);
        let weight = exponent.div_euclid(4);
        let wanted = usize::try_from(exponent.rem_euclid(4)).unwrap_or(0) + 1;
        let first: String = digits.chars().chain("000".chars()).take(wanted).collect();
        (weight, first.parse().unwrap_or(0))
    }

    pub(crate) fn div(&self, other: &Self) -> Pg<Self> {
        if other.mantissa.is_zero() {
            return Err(pg("22012", "division by zero"));
        }
        let ((weight_a, first_a), (weight_b, first_b)) = (self.weight(), other.weight());
        let mut weight = weight_a - weight_b;
        if first_a <= first_b {
            weight -= 1;
        }
        let scale = (16 - weight * 4)
            .max(i64::from(self.scale))
            .max(i64::from(other.scale))
            .clamp(0, 1_000);
        let scale = u32::try_from(scale).unwrap_or(0);
        // a/10^sa : b/10^sb, to `scale` digits.
        let shift = i64::from(scale) + i64::from(other.scale) - i64::from(self.scale);
        let shift_up = u32::try_from(shift.max(0)).unwrap_or(0);
        let shift_down = u32::try_from((-shift).max(0)).unwrap_or(0);
        let mantissa = div_round(
            &(&self.mantissa * ten(shift_up)),
            &(&other.mantissa * ten(shift_down)),
        );
        Self { mantissa, scale }.checked()
    }

    pub(crate) fn rem(&self, other: &Self) -> Pg<Self> {
        if other.mantissa.is_zero() {
            return Err(pg("22012", "division by zero"));
        }
        let (a, b, scale) = self.aligned(other);
        Ok(Self {
            mantissa: a % b,
            scale,
        })
    }

    /// Rounds to `places` digits behind the point; negative ones before it.
    pub(crate) fn round(&self, places: i64) -> Pg<Self> {
        self.to_places(places, div_round)
    }

    pub(crate) fn trunc(&self, places: i64) -> Pg<Self> {
        self.to_places(places, |a, b| a / b)
    }

    pub(crate) fn floor(&self) -> Self {
        Self {
            mantissa: self.mantissa.div_floor(&ten(self.scale)),
            scale: 0,
        }
    }

    pub(crate) fn ceil(&self) -> Self {
        Self {
            mantissa: self.mantissa.div_ceil(&ten(self.scale)),
            scale: 0,
        }
    }

    fn to_places(&self, places: i64, divide: impl Fn(&BigInt, &BigInt) -> BigInt) -> Pg<Self> {
        let places = places.clamp(-1_000, 1_000);
        let drop = i64::from(self.scale) - places;
        if drop <= 0 {
            let scale = u32::try_from(places).unwrap_or(0).max(self.scale);
            return Self {
                mantissa: &self.mantissa * ten(scale - self.scale),
                scale,
            }
            .checked();
        }
        let mantissa = divide(&self.mantissa, &ten(u32::try_from(drop).unwrap_or(0)));
        if places >= 0 {
            return Ok(Self {
                mantissa,
                scale: u32::try_from(places).unwrap_or(0),
            });
        }
        let up = ten(u32::try_from(-places).unwrap_or(0));
        Self {
            mantissa: mantissa * up,
            scale: 0,
        }
        .checked()
    }

    /// Fits into `numeric(precision, scale)`, or fails as PostgreSQL does.
    pub(crate) fn with_precision(&self, precision: i32, scale: i32) -> Pg<Self> {
        let rounded = self.round(i64::from(scale))?;
        let whole = u32::try_from((precision - scale).max(0)).unwrap_or(0);
        let limit = ten(whole + rounded.scale);
        if rounded.mantissa.abs() >= limit {
            return Err(pg("22003", "numeric field overflow"));
        }
        Ok(rounded)
    }

    pub(crate) fn neg(&self) -> Self {
        Self {
            mantissa: -&self.mantissa,
            scale: self.scale,
        }
    }

    pub(crate) fn abs(&self) -> Self {
        Self {
            mantissa: self.mantissa.abs(),
            scale: self.scale,
        }
    }

    pub(crate) fn signum(&self) -> i64 {
        match self.mantissa.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        }
    }

    /// To a whole number, half away from zero.
    pub(crate) fn to_i64(&self) -> Option<i64> {
        div_round(&self.mantissa, &ten(self.scale)).to_i64()
    }

    pub(crate) fn is_whole(&self) -> bool {
        (&self.mantissa % ten(self.scale)).is_zero()
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self {
            mantissa: value.into(),
            scale: 0,
        }
    }
}

impl From<i128> for Numeric {
    fn from(value: i128) -> Self {
        Self {
            mantissa: value.into(),
            scale: 0,
        }
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Numeric {}
impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.aligned(other);
        a.cmp(&b)
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let mut digits = self.mantissa.abs().to_string();
        if digits.len() <= scale {
            digits.insert_str(0, &"0".repeat(scale + 1 - digits.len()));
        }
        if self.mantissa.is_negative() {
            f.write_str("-")?;
        }
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        f.write_str(whole)?;
        if scale > 0 {
            write!(f, ".{fraction}")?;
        }
        Ok(())
    }
}

/// Compares two stored numbers; text that is none sorts as text, so that the order is total whatever the file holds.
pub(crate) fn compare_text(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>()) {
        return a.cmp(&b);
    }
    match (Numeric::parse(a), Numeric::parse(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
