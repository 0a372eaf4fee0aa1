//! Random secrets and comparing them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What is kept of a secret: enough to recognise it, not enough to use it.
pub(crate) type SecretHash = [u8; 32];

/// Returns 256 random bits as text that fits a cookie or an address.
pub fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the kernel's random source answers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the hash of a secret. A fast hash is enough for 256 random bits.
pub(crate) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares without telling by its duration where the difference is.
pub(crate) fn same(given: &str, expected: &SecretHash) -> bool {
    hash(given).ct_eq(expected).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_unlike_and_recognised() {
        let (one, two) = (random_token(), random_token());
        assert_eq!(one.len(), 43, "256 bits in base64");
        assert_ne!(one, two);
        assert!(same(&one, &hash(&one)));
        assert!(!same(&two, &hash(&one)));
        assert!(!same("", &hash(&one)));
    }
}
