//! The owner's password: Argon2id, off the async threads, a bounded number at once.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use tokio::sync::Semaphore;

use crate::limits::{HASHES_AT_ONCE, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};

/// Why a password cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("Choose a password of at least {PASSWORD_MIN_CHARS} characters.")]
    TooShort,
    #[error("Choose a password of at most {PASSWORD_MAX_BYTES} bytes.")]
    TooLong,
    #[error("the password hash could not be computed")]
    Hashing,
}

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    params: Params,
    at_once: Arc<Semaphore>,
}

impl Passwords {
    /// Returns a hasher; existing hashes keep the parameters they were made with.
    pub(crate) fn new(params: Params) -> Self {
        Self {
            params,
            at_once: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    /// Says whether `password` may become the owner's.
    pub(crate) fn acceptable(password: &str) -> Result<(), PasswordError> {
        if password.chars().count() < PASSWORD_MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        if password.len() > PASSWORD_MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        Ok(())
    }

    /// Returns the hash to store, parameters and salt within.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        self.work(move || {
            let mut salt = [0_u8; 16];
            OsRng
                .try_fill_bytes(&mut salt)
                .map_err(|_| PasswordError::Hashing)?;
            let salt = SaltString::encode_b64(&salt).map_err(|_| PasswordError::Hashing)?;
            argon
                .hash_password(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|_| PasswordError::Hashing)
        })
        .await?
    }

    /// Says whether `password` is the one `stored` was made from.
    pub(crate) async fn check(&self, password: String, stored: String) -> Result<bool, PasswordError> {
        if password.len() > PASSWORD_MAX_BYTES {
            return Ok(false);
        }
        self.work(move || {
            let parsed = PasswordHash::new(&stored).map_err(|_| PasswordError::Hashing)?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok())
        })
        .await?
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permit = Arc::clone(&self.at_once)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Hashing)?;
        tokio::task::spawn_blocking(move || {
            // Held by the work, not by the request: an impatient client must not make room for the next one.
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| PasswordError::Hashing)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new(Params::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_opens_and_the_hash_is_argon2id() {
        let passwords = Passwords::new(Params::new(64, 1, 1, None).unwrap());
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$"), "{stored}");
        assert!(
            passwords
                .check("correct horse".to_owned(), stored.clone())
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .check("correct hors".to_owned(), stored.clone())
                .await
                .unwrap()
        );
        let again = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert_ne!(stored, again, "every hash has its own salt");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(Passwords::acceptable("1234567"), Err(PasswordError::TooShort));
        assert_eq!(
            Passwords::acceptable("ääääääää"),
            Ok(()),
            "characters count, not bytes"
        );
        assert_eq!(
            Passwords::acceptable(&"x".repeat(1025)),
            Err(PasswordError::TooLong)
        );
    }
}
