//! `ephemeral.*` (wire §6.4): the arguments here, the state in the installation. All of it is memory, done at once.

use homemaid_protocol::RpcError;
use homemaid_storage::{Ephemeral, EphemeralKey, EphemeralSeconds};
use serde_json::{Map, Value, json};

use super::params::{text, whole_or};

/// How long a counter looks back and a cooldown lasts when the plugin does not say, in seconds.
const SHORT: i64 = 60;
/// How long a dedup mark and a flag last when the plugin does not say, in seconds.
const LONG: i64 = 3_600;

/// One call, with its arguments checked.
#[derive(Debug, PartialEq)]
pub(super) struct EphemeralRequest {
    key: EphemeralKey,
    action: Action,
}

#[derive(Debug, PartialEq)]
enum Action {
    Counter(EphemeralSeconds),
    CooldownSet(EphemeralSeconds),
    CooldownCheck,
    Dedup(EphemeralSeconds),
    FlagSet(EphemeralSeconds),
    FlagCheck,
}

impl EphemeralRequest {
    /// Checks the arguments of `method`; nothing can refuse the call later.
    pub(super) fn parse(method: &'static str, params: &Map<String, Value>) -> Result<Self, RpcError> {
        let key = EphemeralKey::parse(text(params, "key")?)?;
        let seconds = |field, default| whole_or(params, field, default).map(EphemeralSeconds::clamped);
        let action = match method {
            "ephemeral.counter" => Action::Counter(seconds("window_seconds", SHORT)?),
            "ephemeral.cooldown_set" => Action::CooldownSet(seconds("ttl_seconds", SHORT)?),
            "ephemeral.cooldown_check" => Action::CooldownCheck,
            "ephemeral.dedup" => Action::Dedup(seconds("ttl_seconds", LONG)?),
            "ephemeral.flag_set" => Action::FlagSet(seconds("ttl_seconds", LONG)?),
            "ephemeral.flag_check" => Action::FlagCheck,
            _ => return Err(RpcError::method_not_found(method)),
        };
        Ok(Self { key, action })
    }

    /// Does it.
    pub(super) fn run(&self, state: &Ephemeral) -> Value {
        let key = &self.key;
        match self.action {
            Action::Counter(window) => json!({ "count": state.counter(key, window) }),
            Action::CooldownSet(ttl) => {
                state.cooldown_set(key, ttl);
                json!({ "ok": true })
            }
            Action::CooldownCheck => {
                let left = state.cooldown_check(key);
                json!({ "active": left.is_some(), "remaining_seconds": in_seconds(left.unwrap_or(0)) })
            }
            Action::Dedup(ttl) => json!({ "is_new": state.dedup(key, ttl) }),
            Action::FlagSet(ttl) => {
                state.flag_set(key, ttl);
                json!({ "ok": true })
            }
            Action::FlagCheck => json!({ "active": state.flag_check(key) }),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a day of milliseconds")]
fn in_seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::{Clock, ErrorCode, methods};

    fn call(state: &Ephemeral, method: &str, params: Value) -> Result<Value, RpcError> {
        let method = homemaid_protocol::method(method).unwrap().name;
        Ok(EphemeralRequest::parse(method, &serde_json::from_value(params).unwrap())?.run(state))
    }

    fn still() -> Ephemeral {
        let now = jiff::Timestamp::UNIX_EPOCH;
        Ephemeral::new(Clock::from_fn(move || now))
    }

    #[test]
    fn answers_are_the_contract_s() {
        let state = still();
        for (method, params, answer) in [
            ("ephemeral.counter", json!({"key": "k"}), json!({"count": 1})),
            (
                "ephemeral.counter",
                json!({"key": "k", "window_seconds": 5, "_event_id": "e"}),
                json!({"count": 2}),
            ),
            (
                "ephemeral.cooldown_check",
                json!({"key": "k"}),
                json!({"active": false, "remaining_seconds": 0.0}),
            ),
            ("ephemeral.cooldown_set", json!({"key": "k"}), json!({"ok": true})),
            (
                "ephemeral.cooldown_check",
                json!({"key": "k"}),
                json!({"active": true, "remaining_seconds": 60.0}),
            ),
            (
                "ephemeral.cooldown_set",
                json!({"key": "k", "ttl_seconds": 1e9}),
                json!({"ok": true}),
            ),
            (
                "ephemeral.cooldown_check",
                json!({"key": "k"}),
                json!({"active": true, "remaining_seconds": 86_400.0}),
            ),
            ("ephemeral.dedup", json!({"key": "k"}), json!({"is_new": true})),
            (
                "ephemeral.dedup",
                json!({"key": "k", "ttl_seconds": null}),
                json!({"is_new": false}),
            ),
            (
                "ephemeral.flag_check",
                json!({"key": "k"}),
                json!({"active": false}),
            ),
            (
                "ephemeral.flag_set",
                json!({"key": "k", "ttl_seconds": -5}),
                json!({"ok": true}),
            ),
            (
                "ephemeral.flag_check",
                json!({"key": "k"}),
                json!({"active": true}),
            ),
        ] {
            assert_eq!(
                call(&state, method, params.clone()),
                Ok(answer),
                "{method} {params}"
            );
        }
    }

    #[test]
    fn a_wrong_key_or_time_is_refused_by_every_method() {
        let state = still();
        let family = methods()
            .iter()
            .filter(|spec| spec.name.starts_with("ephemeral."));
        for spec in family {
            for key in [
                json!(null),
                json!(5),
                json!(""),
                json!("a\0b"),
                json!("x".repeat(257)),
            ] {
                let error = call(&state, spec.name, json!({ "key": key })).unwrap_err();
                assert_eq!(error.code(), ErrorCode::ValidationError, "{} {key}", spec.name);
            }
        }
        for (method, field) in [
            ("ephemeral.counter", "window_seconds"),
            ("ephemeral.dedup", "ttl_seconds"),
        ] {
            for time in [json!("60"), json!(1.5), json!(true)] {
                let error = call(&state, method, json!({"key": "k", field: time})).unwrap_err();
                assert_eq!(error.code(), ErrorCode::ValidationError, "{method} {time}");
            }
        }
        assert_eq!(state.entries(), 0, "a refused call has no effect");
    }
}
