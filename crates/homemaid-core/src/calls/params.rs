//! Reading arguments: `null` is absent (wire §6.1), and a wrong type is named.

use homemaid_protocol::RpcError;
use serde_json::{Map, Value};

/// Returns an argument that is there.
pub(super) fn given<'p>(params: &'p Map<String, Value>, field: &str) -> Option<&'p Value> {
    params.get(field).filter(|value| !value.is_null())
}

/// Returns a text.
pub(super) fn text<'p>(params: &'p Map<String, Value>, field: &str) -> Result<&'p str, RpcError> {
    given(params, field)
        .and_then(Value::as_str)
        .ok_or_else(|| RpcError::validation(field, "text"))
}

/// Returns a text, or the empty one when it is absent.
pub(super) fn text_or_empty<'p>(params: &'p Map<String, Value>, field: &str) -> Result<&'p str, RpcError> {
    match given(params, field) {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(RpcError::validation(field, "text")),
    }
}

/// Returns a whole number, or `default` when it is absent. `60.0` is whole too: Python makes such numbers.
pub(super) fn whole_or(params: &Map<String, Value>, field: &str, default: i64) -> Result<i64, RpcError> {
    /// Up to here a float holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Some(value) = given(params, field) else {
        return Ok(default);
    };
    let float = || {
        let float = value
            .as_f64()
            .filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
        Some(float as i64)
    };
    value
        .as_i64()
        .or_else(float)
        .ok_or_else(|| RpcError::validation(field, "a whole number"))
}

/// Returns whether a flag is set; absent is no.
pub(super) fn flag(params: &Map<String, Value>, field: &str) -> Result<bool, RpcError> {
    match given(params, field) {
        None => Ok(false),
        Some(Value::Bool(set)) => Ok(*set),
        Some(_) => Err(RpcError::validation(field, "true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn params(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn null_is_absent() {
        let params = params(json!({"a": null}));
        assert_eq!(text_or_empty(&params, "a"), Ok(""));
        assert_eq!(whole_or(&params, "a", 7), Ok(7));
        assert_eq!(flag(&params, "a"), Ok(false));
        assert!(text(&params, "a").is_err());
    }

    #[test]
    fn whole_numbers_may_look_like_floats_but_not_be_them() {
        for (value, whole) in [
            (json!(5), Some(5)),
            (json!(5.0), Some(5)),
            (json!(-3), Some(-3)),
            (json!(5.5), None),
            (json!("5"), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!(true), None),
        ] {
            assert_eq!(
                whole_or(&params(json!({"n": value})), "n", 0).ok(),
                whole,
                "{value}"
            );
        }
    }

    #[test]
    fn a_refusal_names_the_field() {
        let error = text(&params(json!({"key": 5})), "key").unwrap_err();
        assert_eq!(error.message(), "key is required and must be text");
    }
}
