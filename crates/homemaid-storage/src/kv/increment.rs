//! The arithmetic of `kv.increment` and `kv.decr`: JSON in, JSON out, no database.

use serde_json::{Map, Number, Value};

use crate::KvError;
use crate::limits::KV_PATH_LEVELS;

const AMOUNT_RULE: &str = "a whole number within 64 bits";
const SUM_RULE: &str = "such that the sum stays within 64 bits";
const PATH_RULE: &str = "names separated by dots, at most 32 of them, none empty";
const OBJECT_RULE: &str = "a way through objects: something else is stored there";

/// What to add: a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KvAmount(i128);

impl KvAmount {
    /// One.
    pub const ONE: Self = Self(1);

    /// Accepts `amount` of the wire; a float such as `2.0` is whole too.
    pub fn parse(value: &Value) -> Result<Self, KvError> {
        let number = value
            .as_number()
            .and_then(|number| whole(number).or_else(|| whole_float(number)));
        number
            .map(Self)
            .ok_or_else(|| KvError::invalid("amount", AMOUNT_RULE))
    }

    pub(crate) fn negated(self) -> Self {
        Self(-self.0)
    }
}

impl From<i64> for KvAmount {
    fn from(amount: i64) -> Self {
        Self(amount.into())
    }
}

fn whole(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

/// Floats are exact integers up to 2^53; beyond that the plugin's own number is not what arrived.
fn whole_float(number: &Number) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i128)
}

/// A dotted path; no names means the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path<'p>(Vec<&'p str>);

impl<'p> Path<'p> {
    pub(crate) fn parse(text: &'p str) -> Result<Self, KvError> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let names: Vec<&str> = text.split('.').take(KV_PATH_LEVELS + 1).collect();
        let length = homemaid_protocol::limits::KV_KEY_CHARS * 4;
        if names.len() > KV_PATH_LEVELS || names.contains(&"") || text.len() > length {
            return Err(KvError::invalid("path", PATH_RULE));
        }
        Ok(Self(names))
    }
}

/// Returns the value after the addition, and the sum at the path.
pub(crate) fn apply(
    before: Option<Value>,
    path: &Path<'_>,
    amount: KvAmount,
) -> Result<(Value, Value), KvError> {
    let Some((last, way)) = path.0.split_last() else {
        let sum = Value::Number(add(before.as_ref(), amount)?);
        return Ok((sum.clone(), sum));
    };
    let mut root = before.unwrap_or(Value::Null);
    let mut object = enter(&mut root)?;
    for name in way {
        object = enter(object.entry(*name).or_insert(Value::Null))?;
    }
    let sum = Value::Number(add(object.get(*last), amount)?);
    object.insert((*last).to_owned(), sum.clone());
    Ok((root, sum))
}

/// Returns the object at a level. `null` is a level that is missing; anything else would be lost, so it is refused.
fn enter(level: &mut Value) -> Result<&mut Map<String, Value>, KvError> {
    if level.is_null() {
        *level = Value::Object(Map::new());
    }
    level
        .as_object_mut()
        .ok_or_else(|| KvError::invalid("path", OBJECT_RULE))
}

/// Adds; what is no number counts as 0. Whole numbers stay whole, and out of range is an error, never a rounding.
fn add(before: Option<&Value>, KvAmount(amount): KvAmount) -> Result<Number, KvError> {
    let before = match before {
        Some(Value::Number(number)) => number,
        _ => &Number::from(0),
    };
    let out_of_range = || KvError::invalid("amount", SUM_RULE);
    if let Some(whole) = whole(before) {
        let sum = whole + amount;
        return i64::try_from(sum)
            .map(Number::from)
            .or_else(|_| u64::try_from(sum).map(Number::from))
            .map_err(|_| out_of_range());
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a float plus an integer is a float, in Python too"
    )]
    let sum = before.as_f64().ok_or_else(out_of_range)? + amount as f64;
    Number::from_f64(sum).ok_or_else(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inc(before: Option<Value>, path: &str, amount: i64) -> Result<(Value, Value), KvError> {
        apply(before, &Path::parse(path)?, amount.into())
    }

    #[test]
    fn what_is_no_number_counts_as_zero() {
        for before in [
            None,
            Some(json!(null)),
            Some(json!("7")),
            Some(json!(true)),
            Some(json!([1])),
        ] {
            assert_eq!(inc(before, "", 5).unwrap().1, json!(5));
        }
        assert_eq!(inc(Some(json!({"a": "x"})), "a", 2).unwrap().0, json!({"a": 2}));
    }

    #[test]
    fn whole_numbers_are_exact_to_the_last_one_that_64_bits_hold() {
        let top = Value::from(u64::MAX);
        assert_eq!(
            inc(Some(json!(i64::MAX)), "", 1).unwrap().1,
            json!(9_223_372_036_854_775_808_u64)
        );
        assert_eq!(inc(Some(json!(u64::MAX - 1)), "", 1).unwrap().1, top);
        assert!(inc(Some(top), "", 1).is_err(), "never a rounded float");
        assert_eq!(inc(Some(json!(i64::MIN + 1)), "", -1).unwrap().1, json!(i64::MIN));
        assert!(inc(Some(json!(i64::MIN)), "", -1).is_err());
        assert_eq!(
            apply(None, &Path(vec![]), KvAmount::from(i64::MIN).negated())
                .unwrap()
                .1,
            json!(9_223_372_036_854_775_808_u64),
            "negating the least amount does not overflow"
        );
    }

    #[test]
    fn floats_stay_floats_and_never_become_infinite() {
        assert_eq!(inc(Some(json!(1.5)), "", 1).unwrap().1, json!(2.5));
        assert_eq!(inc(Some(json!(3.0)), "", 1).unwrap().1.to_string(), "4.0");
        let huge = inc(Some(json!(f64::MAX)), "", i64::MAX).unwrap().1;
        assert!(huge.as_f64().unwrap().is_finite());
    }

    #[test]
    fn a_path_makes_what_is_missing_and_never_destroys_what_is_there() {
        assert_eq!(
            inc(None, "a.b.c", 1).unwrap(),
            (json!({"a": {"b": {"c": 1}}}), json!(1))
        );
        let stats = json!({"wins": {"ann": 2}, "name": "x"});
        let after = json!({"wins": {"ann": 2, "bob": 1}, "name": "x"});
        assert_eq!(inc(Some(stats.clone()), "wins.bob", 1).unwrap().0, after);
        assert!(inc(Some(stats), "name.bob", 1).is_err());
        assert!(inc(Some(json!(7)), "a", 1).is_err());
        assert!(inc(Some(json!([1])), "0", 1).is_err());
        for bad in [".", "a.", ".a", "a..b", &"a.".repeat(33), &"a".repeat(1 << 20)] {
            assert!(Path::parse(bad).is_err(), "{}", &bad[..bad.len().min(8)]);
        }
    }

    #[test]
    fn amounts_are_whole() {
        assert_eq!(KvAmount::parse(&json!(2.0)).unwrap(), KvAmount(2));
        assert_eq!(
            KvAmount::parse(&json!(u64::MAX)).unwrap(),
            KvAmount(u64::MAX.into())
        );
        for bad in [json!(1.5), json!("1"), json!(null), json!(true), json!(1e300)] {
            assert!(KvAmount::parse(&bad).is_err(), "{bad}");
        }
    }
}
