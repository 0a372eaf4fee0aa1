//! What a call names: a key and a time (wire §6.4).

use std::sync::Arc;

use homemaid_protocol::RpcError;

use crate::limits::{EPHEMERAL_KEY_CHARS, EPHEMERAL_SECONDS_MAX};
use crate::time::Millis;

/// A key: 1 to [`EPHEMERAL_KEY_CHARS`] characters, none of them NUL. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EphemeralKey(Arc<str>);

impl EphemeralKey {
    /// Checks a key.
    pub fn parse(text: &str) -> Result<Self, RpcError> {
        let chars = text.chars().take(EPHEMERAL_KEY_CHARS + 1).count();
        if chars == 0 || chars > EPHEMERAL_KEY_CHARS || text.contains('\0') {
            return Err(RpcError::validation(
                "key",
                &format!("text of 1 to {EPHEMERAL_KEY_CHARS} characters without NUL"),
            ));
        }
        Ok(Self(text.into()))
    }
}

/// A window or time to live, brought into 1 to [`EPHEMERAL_SECONDS_MAX`] seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EphemeralSeconds(i64);

impl EphemeralSeconds {
    /// Returns the nearest time that is allowed.
    pub fn clamped(seconds: i64) -> Self {
        Self(seconds.clamp(1, EPHEMERAL_SECONDS_MAX))
    }

    pub(super) fn millis(self) -> Millis {
        self.0 * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_1_to_256_characters() {
        for good in ["k", &"é".repeat(256), "a b\n"] {
            assert!(EphemeralKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", &"é".repeat(257), "a\0b"] {
            assert!(EphemeralKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn times_are_brought_into_a_second_and_a_day() {
        for (asked, given) in [
            (i64::MIN, 1),
            (0, 1),
            (60, 60),
            (86_400, 86_400),
            (i64::MAX, 86_400),
        ] {
            assert_eq!(EphemeralSeconds::clamped(asked).millis(), given * 1_000);
        }
    }
}
