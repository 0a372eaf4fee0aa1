//! What closes a backup and what opens it: age's own recipients, identities and passphrases.

use std::fmt;
use std::str::FromStr;

use age::secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::BackupError;
use crate::limits::SCRYPT_LOG_N;

/// Shortest passphrase, in characters.
const PASSPHRASE_CHARS: usize = 12;

/// What a backup is closed with.
#[derive(Debug, Clone)]
pub enum Lock {
    /// Nothing: everybody with the file reads it. Secrets in it are sealed all the same.
    Open,
    /// Whoever has the recovery sheet opens it.
    Recipient(Recipient),
    /// Whoever knows the passphrase opens it.
    Passphrase(Passphrase),
}

/// What opens a sealed backup.
#[derive(Debug, Clone)]
pub enum Key {
    /// From a recovery sheet.
    Identity(Identity),
    /// As typed.
    Passphrase(Passphrase),
}

/// Whom backups are sealed for: public, `age1...`.
#[derive(Clone)]
pub struct Recipient(age::x25519::Recipient);

/// What opens a recipient's backups. Never shown.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

/// A passphrase. Never shown.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Lock {
    /// Returns the encryptor, or `None` for a backup that stays open.
    pub(crate) fn encryptor(&self) -> Option<age::Encryptor> {
        let recipient: Box<dyn age::Recipient> = match self {
            Self::Open => return None,
            Self::Recipient(recipient) => Box::new(recipient.0.clone()),
            Self::Passphrase(passphrase) => Box::new(age::scrypt::Recipient::new(passphrase.0.clone())),
        };
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&*recipient));
        Some(encryptor.expect("one recipient is enough"))
    }
}

impl Key {
    pub(crate) fn identity(&self) -> Box<dyn age::Identity> {
        match self {
            Self::Identity(identity) => Box::new(identity.0.clone()),
            Self::Passphrase(passphrase) => {
                let mut identity = age::scrypt::Identity::new(passphrase.0.clone());
                identity.set_max_work_factor(SCRYPT_LOG_N);
                Box::new(identity)
            }
        }
    }
}

impl Passphrase {
    /// Takes a new passphrase; refuses short ones.
    pub fn new(text: String) -> Result<Self, BackupError> {
        if text.chars().count() < PASSPHRASE_CHARS {
            return Err(BackupError::WeakPassphrase(PASSPHRASE_CHARS));
        }
        Ok(Self(SecretString::from(text)))
    }
}

impl Identity {
    pub(crate) fn random() -> Self {
        Self(age::x25519::Identity::generate())
    }

    pub(crate) fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    pub(crate) fn age(&self) -> age::x25519::Identity {
        self.0.clone()
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl FromStr for Recipient {
    type Err = BackupError;

    fn from_str(text: &str) -> Result<Self, BackupError> {
        match text.trim().parse() {
            Ok(recipient) => Ok(Self(recipient)),
            Err(_) => Err(BackupError::BadRecipient(text.trim().chars().take(80).collect())),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity of {}", self.recipient())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}
