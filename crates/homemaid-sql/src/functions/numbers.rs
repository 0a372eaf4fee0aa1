//! Arithmetic with PostgreSQL's ranges and errors.

use rand::Rng;
use rusqlite::types::Value;

use super::{Call, Functions, bool, int, text};
use crate::cast::ranged;
use crate::error::{Pg, pg};
use crate::types::Base;
use crate::value::float::{finite, to_real};
use crate::value::numeric::Numeric;

fn base(call: &Call<'_>, at: usize) -> Pg<Base> {
    Ok(match call.int(at)? {
        2 => Base::Int2,
        4 => Base::Int4,
        _ => Base::Int8,
    })
}

fn whole(call: &Call<'_>, compute: fn(i64, i64) -> Option<i64>) -> Pg<Value> {
    int(ranged(compute(call.int(0)?, call.int(1)?), base(call, 2)?)?)
}

fn by_zero() -> crate::PgError {
    pg("22012", "division by zero")
}

fn double(call: &Call<'_>, compute: fn(f64, f64) -> f64) -> Pg<Value> {
    Ok(Value::Real(finite(compute(call.real(0)?, call.real(1)?))?))
}

fn number(call: &Call<'_>, at: usize) -> Pg<Numeric> {
    Numeric::parse(call.text(at)?)
}

fn exact(call: &Call<'_>, compute: fn(&Numeric, &Numeric) -> Pg<Numeric>) -> Pg<Value> {
    text(compute(&number(call, 0)?, &number(call, 1)?)?.to_string())
}

fn one(call: &Call<'_>, compute: fn(f64) -> Pg<f64>) -> Pg<Value> {
    Ok(Value::Real(finite(compute(call.real(0)?)?)?))
}

pub(super) fn register(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_add", 3, |call| whole(call, i64::checked_add))?;
    functions.strict("hm_sub", 3, |call| whole(call, i64::checked_sub))?;
    functions.strict("hm_mul", 3, |call| whole(call, i64::checked_mul))?;
    functions.strict("hm_div", 3, |call| {
        if call.int(1)? == 0 {
            return Err(by_zero());
        }
        whole(call, i64::checked_div)
    })?;
    functions.strict("hm_mod", 2, |call| match call.int(1)? {
        0 => Err(by_zero()),
        divisor => int(call.int(0)?.wrapping_rem(divisor)),
    })?;
    functions.strict("hm_abs_int", 2, |call| {
        int(ranged(call.int(0)?.checked_abs(), base(call, 1)?)?)
    })?;
    functions.strict("hm_xor", 2, |call| int(call.int(0)? ^ call.int(1)?))?;
    functions.strict("hm_shift", 3, |call| {
        let (value, by, wide) = (call.int(0)?, call.int(1)?, call.int(2)? == 8);
        // PostgreSQL shifts as the machine does: the distance modulo the width.
        let bits = if wide { 64 } else { 32 };
        let distance = u32::try_from(by.unsigned_abs() % bits).unwrap_or(0);
        let left = by >= 0;
        let result = match (left, wide) {
            (true, true) => value.wrapping_shl(distance),
            (false, true) => value.wrapping_shr(distance),
            #[expect(clippy::cast_possible_truncation, reason = "the value is of 32 bits")]
            (true, false) => i64::from((value as i32).wrapping_shl(distance)),
            #[expect(clippy::cast_possible_truncation, reason = "the value is of 32 bits")]
            (false, false) => i64::from((value as i32).wrapping_shr(distance)),
        };
        int(result)
    })?;
    functions.strict("hm_gcd", 3, |call| {
        let (mut a, mut b) = (call.int(0)?.unsigned_abs(), call.int(1)?.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        int(ranged(i64::try_from(a).ok(), base(call, 2)?)?)
    })?;
    functions.strict("hm_to_hex", 2, |call| {
        let value = call.int(0)?;
        #[expect(clippy::cast_possible_truncation, reason = "the value is of 32 bits")]
        text(if call.int(1)? == 4 {
            format!("{:x}", value as i32)
        } else {
            format!("{value:x}")
        })
    })?;
    doubles(functions)?;
    exacts(functions)
}

fn doubles(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_fadd", 2, |call| double(call, |a, b| a + b))?;
    functions.strict("hm_fsub", 2, |call| double(call, |a, b| a - b))?;
    functions.strict("hm_fmul", 2, |call| {
        let (a, b) = (call.real(0)?, call.real(1)?);
        if a * b == 0.0 && a != 0.0 && b != 0.0 {
            return Err(pg("22003", "value out of range: underflow"));
        }
        double(call, |a, b| a * b)
    })?;
    functions.strict("hm_fdiv", 2, |call| {
        let (a, b) = (call.real(0)?, call.real(1)?);
        if b == 0.0 {
            return Err(by_zero());
        }
        if a / b == 0.0 && a != 0.0 {
            return Err(pg("22003", "value out of range: underflow"));
        }
        double(call, |a, b| a / b)
    })?;
    functions.strict("hm_real", 1, |call| Ok(Value::Real(to_real(call.real(0)?)?)))?;
    functions.strict("hm_power", 2, |call| {
        let (a, b) = (call.real(0)?, call.real(1)?);
        if a == 0.0 && b < 0.0 {
            return Err(pg("2201F", "zero raised to a negative power is undefined"));
        }
        if a < 0.0 && b.fract() != 0.0 {
            return Err(pg(
                "2201F",
                "a negative number raised to a non-integer power yields a complex result",
            ));
        }
        double(call, f64::powf)
    })?;
    functions.strict("hm_ceil", 1, |call| one(call, |value| Ok(value.ceil())))?;
    functions.strict("hm_floor", 1, |call| one(call, |value| Ok(value.floor())))?;
    functions.strict("hm_round", 1, |call| {
        one(call, |value| Ok(value.round_ties_even()))
    })?;
    functions.strict("hm_trunc", 1, |call| one(call, |value| Ok(value.trunc())))?;
    functions.strict("hm_sign", 1, |call| {
        one(call, |value| {
            Ok(if value > 0.0 {
                1.0
            } else if value < 0.0 {
                -1.0
            } else {
                0.0
            })
        })
    })?;
    functions.strict("hm_sqrt", 1, |call| {
        one(call, |value| {
            if value < 0.0 {
                return Err(pg("2201F", "cannot take square root of a negative number"));
            }
            Ok(value.sqrt())
        })
    })?;
    functions.strict("hm_cbrt", 1, |call| one(call, |value| Ok(value.cbrt())))?;
    functions.strict("hm_exp", 1, |call| one(call, |value| Ok(value.exp())))?;
    functions.strict("hm_ln", 1, |call| one(call, |value| logarithm(value, f64::ln)))?;
    functions.strict("hm_log", 1, |call| {
        one(call, |value| logarithm(value, f64::log10))
    })?;
    functions.strict("hm_pi", 0, |_| Ok(Value::Real(std::f64::consts::PI)))?;
    functions.strict("hm_degrees", 1, |call| {
        one(call, |value| Ok(value / (std::f64::consts::PI / 180.0)))
    })?;
    functions.strict("hm_radians", 1, |call| {
        one(call, |value| Ok(value * (std::f64::consts::PI / 180.0)))
    })?;
    functions.add("hm_random", 0, true, false, |_| {
        Ok(Value::Real(rand::rng().random::<f64>()))
    })?;
    functions.add("hm_uuid", 0, true, false, |_| {
        text(uuid::Uuid::new_v4().hyphenated().to_string())
    })
}

fn logarithm(value: f64, compute: fn(f64) -> f64) -> Pg<f64> {
    if value == 0.0 {
        return Err(pg("2201E", "cannot take logarithm of zero"));
    }
    if value < 0.0 {
        return Err(pg("2201E", "cannot take logarithm of a negative number"));
    }
    Ok(compute(value))
}

fn exacts(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_num_add", 2, |call| exact(call, Numeric::add))?;
    functions.strict("hm_num_sub", 2, |call| exact(call, Numeric::sub))?;
    functions.strict("hm_num_mul", 2, |call| exact(call, Numeric::mul))?;
    functions.strict("hm_num_div", 2, |call| exact(call, Numeric::div))?;
    functions.strict("hm_num_mod", 2, |call| exact(call, Numeric::rem))?;
    functions.strict("hm_num_neg", 1, |call| text(number(call, 0)?.neg().to_string()))?;
    functions.strict("hm_num_abs", 1, |call| text(number(call, 0)?.abs().to_string()))?;
    functions.strict("hm_num_ceil", 1, |call| text(number(call, 0)?.ceil().to_string()))?;
    functions.strict("hm_num_floor", 1, |call| {
        text(number(call, 0)?.floor().to_string())
    })?;
    functions.strict("hm_num_round", 2, |call| {
        text(number(call, 0)?.round(call.int(1)?)?.to_string())
    })?;
    functions.strict("hm_num_trunc", 2, |call| {
        text(number(call, 0)?.trunc(call.int(1)?)?.to_string())
    })?;
    functions.strict("hm_num_sign", 1, |call| {
        text(number(call, 0)?.signum().to_string())
    })?;
    functions.strict("hm_precision", 3, |call| {
        let precision = i32::try_from(call.int(1)?).unwrap_or(1_000);
        let scale = i32::try_from(call.int(2)?).unwrap_or(0);
        text(number(call, 0)?.with_precision(precision, scale)?.to_string())
    })?;
    functions.strict("hm_is_whole", 1, |call| bool(number(call, 0)?.is_whole()))
}
