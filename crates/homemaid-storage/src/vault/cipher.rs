//! Sealing: `nonce (24 bytes) ‖ ciphertext ‖ tag`, bound to the row it stands in.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::key::{Key, Ring, fill_random};
use super::{SecretError, SecretName, SecretText};

const NONCE_BYTES: usize = 24;

/// Where a sealed value stands. What was sealed in one place opens in no other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) plugin: &'p str,
    pub(crate) guild: &'p str,
    pub(crate) name: &'p str,
}

impl<'p> Place<'p> {
    pub(crate) fn new(plugin: &'p str, guild: &'p str, name: &'p SecretName) -> Self {
        Self {
            plugin,
            guild,
            name: name.as_str(),
        }
    }

    /// Each part with its length, so that no two places look alike.
    fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in ["homemaid secret 1", "secrets", self.plugin, self.guild, self.name] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// Seals a value with the ring's first key.
pub(crate) fn seal(ring: &Ring, place: Place<'_>, value: &SecretText) -> Vec<u8> {
    seal_with(ring.current(), place, value.reveal().as_bytes())
}

fn seal_with(key: &Key, place: Place<'_>, value: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    // 192 random bits: no two values ever get the same ones.
    fill_random(&mut nonce);
    let payload = Payload {
        msg: value,
        aad: &place.bytes(),
    };
    let sealed = XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a short text in memory can be sealed");
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(&sealed);
    bytes
}

/// Opens a value that was sealed with the key `id` in this place.
pub(crate) fn open(
    ring: &Ring,
    id: &str,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<SecretText, SecretError> {
    let key = ring.find(id).ok_or_else(|| SecretError::Locked {
        key: super::KeyId(id.to_owned()),
    })?;
    let (nonce, sealed) = sealed
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(SecretError::Tampered)?;
    let payload = Payload {
        msg: sealed,
        aad: &place.bytes(),
    };
    let mut opened = Zeroizing::new(
        XChaCha20Poly1305::new(key.bytes().into())
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SecretError::Tampered)?,
    );
    let text = String::from_utf8(std::mem::take(&mut *opened)).map_err(|_| SecretError::Tampered)?;
    SecretText::new(text)
}
