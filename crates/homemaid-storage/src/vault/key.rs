//! Keys and the order they stand in.

use std::fmt;

use rand::TryRngCore as _;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// Most keys one ring holds: one in use, and those of changes that were not finished.
pub(crate) const KEYS: usize = 8;
pub(crate) const KEY_BYTES: usize = 32;

/// Names a key without telling anything about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub(crate) String);

impl KeyId {
    /// Returns it as text: 16 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 256 random bits, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    pub(crate) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(&mut *bytes);
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != KEY_BYTES * 2 {
            return None;
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from(value(pair[0])? << 4 | value(pair[1])?).ok()?;
        }
        Some(Self(bytes))
    }

    /// Appends the 64 hexadecimal digits.
    pub(crate) fn write(&self, text: &mut String) {
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).expect("four bits"));
            }
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(crate) fn id(&self) -> KeyId {
        let mut hash: [u8; 32] = Sha256::new()
            .chain_update(b"homemaid key id\0")
            .chain_update(self.bytes())
            .finalize()
            .into();
        let id = crate::hex::of(&hash[..8]);
        hash.zeroize();
        KeyId(id)
    }
}

/// The keys that open what is stored; the first one seals.
pub(crate) struct Ring {
    keys: Vec<(KeyId, Key)>,
}

impl Ring {
    /// Returns a ring of at least one and at most [`KEYS`] keys.
    pub(crate) fn new(keys: Vec<Key>) -> Option<Self> {
        (1..=KEYS).contains(&keys.len()).then(|| Self {
            keys: keys.into_iter().map(|key| (key.id(), key)).collect(),
        })
    }

    pub(crate) fn current(&self) -> &Key {
        &self.keys[0].1
    }

    pub(crate) fn current_id(&self) -> &KeyId {
        &self.keys[0].0
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Key> {
        self.keys
            .iter()
            .find(|(known, _)| known.as_str() == id)
            .map(|(_, key)| key)
    }

    pub(crate) fn has_old(&self) -> bool {
        self.keys.len() > 1
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().map(|(_, key)| key)
    }

    /// Returns a ring with a new key before the ones there are; the oldest of too many goes.
    pub(crate) fn with_new(&self) -> Self {
        let new = Key::random();
        let mut keys = vec![(new.id(), new)];
        keys.extend(self.keys.iter().take(KEYS - 1).cloned());
        Self { keys }
    }

    pub(crate) fn current_only(&self) -> Self {
        Self {
            keys: self.keys[..1].to_vec(),
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Fills with bits of the kernel.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    rand::rngs::OsRng
        .try_fill_bytes(bytes)
        .expect("the kernel's random source answers");
}
