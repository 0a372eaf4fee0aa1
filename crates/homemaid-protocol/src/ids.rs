//! Ids, each parsed once at the edge: inside the house a value that exists is valid.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A plugin id that does not match `^[a-z][a-z0-9_]{2,31}$` (zip §2).
    #[error(
        "`{0}` is not a plugin id: 3 to 32 of a-z, 0-9 and _, starting with a letter, for example `hello_maid`"
    )]
    Plugin(String),
    /// A Discord id that is not 1 to 20 digits within 64 bits (wire §6.1).
    #[error("`{0}` is not a Discord id: 1 to 20 digits")]
    Snowflake(String),
    /// An installation id that is not `plugin@guild`.
    #[error("`{0}` is not an installation: plugin@guild, for example `hello_maid@1042`")]
    Installation(String),
    /// A content hash that is not 64 hexadecimal digits in lower case.
    #[error("`{0}` is not a content hash: 64 of 0-9 and a-f")]
    Hash(String),
}

/// A plugin's id: `^[a-z][a-z0-9_]{2,31}$` (zip §2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginId(String);

impl PluginId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes = text.as_bytes();
        let fits = (3..=32).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Plugin(shorten(text)))
        }
    }
}

impl TryFrom<String> for PluginId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<PluginId> for String {
    fn from(id: PluginId) -> Self {
        id.0
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Discord id: an unsigned 64-bit number, always a string in JSON (events, general rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(u64);

impl Snowflake {
    /// Returns the id for a number that is already known to be one.
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// Returns the id as a number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Snowflake {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Ok(Self(id)),
            _ => Err(IdError::Snowflake(shorten(text))),
        }
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Snowflake {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    /// Accepts a string of digits or an integer (wire §6.1).
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(id) => Ok(Self(id)),
            Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// The id of a guild (a Discord server).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GuildId(pub Snowflake);

impl GuildId {
    /// Returns the id for a number that is already known to be a guild's.
    pub const fn new(id: u64) -> Self {
        Self(Snowflake::new(id))
    }

    /// Returns the id as a number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl FromStr for GuildId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for GuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A plugin in a guild: the unit of grants, data, limits and workers. Shown as `plugin@guild`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstallationId {
    /// The plugin.
    pub plugin: PluginId,
    /// The guild it is installed in.
    pub guild: GuildId,
}

impl InstallationId {
    /// Returns the id of `plugin` in `guild`.
    pub fn new(plugin: PluginId, guild: GuildId) -> Self {
        Self { plugin, guild }
    }
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.plugin, self.guild)
    }
}

impl FromStr for InstallationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (plugin, guild) = text
            .split_once('@')
            .ok_or_else(|| IdError::Installation(shorten(text)))?;
        Ok(Self {
            plugin: plugin.parse()?,
            guild: guild.parse()?,
        })
    }
}

impl TryFrom<String> for InstallationId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<InstallationId> for String {
    fn from(id: InstallationId) -> Self {
        id.to_string()
    }
}

/// What a version is stored under: the SHA-256 of its zip, 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(String);

impl ContentHash {
    /// Returns the hash of a digest.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(
            digest
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .map(hex_digit)
                .collect(),
        )
    }

    /// Returns the hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).expect("a nibble is below 16")
}

impl FromStr for ContentHash {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Hash(shorten(text)))
        }
    }
}

impl TryFrom<String> for ContentHash {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Cuts hostile text before it reaches an error message.
fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_ids_follow_the_contract() {
        for good in ["abc", "hello_maid", "a23", "a_________bcdefghijklmnopqrstuvw"] {
            assert!(good.parse::<PluginId>().is_ok(), "{good} is legal");
        }
        for bad in [
            "",
            "ab",
            "Abc",
            "1abc",
            "_abc",
            "a-bc",
            "a bc",
            "äbc",
            "../etc",
            &"a".repeat(33),
        ] {
            assert!(bad.parse::<PluginId>().is_err(), "{bad} is refused");
        }
    }

    #[test]
    fn snowflakes_come_as_text_or_number_and_leave_as_text() {
        let id: Snowflake = serde_json::from_str("42").unwrap();
        assert_eq!(id, serde_json::from_str("\"42\"").unwrap());
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"42\"");
        for bad in [
            "",
            "-1",
            "+1",
            "1e3",
            "99999999999999999999",
            "123456789012345678901",
        ] {
            assert!(bad.parse::<Snowflake>().is_err(), "{bad} is refused");
        }
    }

    #[test]
    fn installation_ids_round_trip() {
        let id: InstallationId = "hello_maid@1042".parse().unwrap();
        assert_eq!(id.to_string(), "hello_maid@1042");
        assert!("hello_maid".parse::<InstallationId>().is_err());
    }

    #[test]
    fn content_hashes_are_lower_case_hex_and_nothing_else() {
        let mut digest = [0; 32];
        (digest[0], digest[31]) = (0xab, 0x0f);
        let hash = ContentHash::from_digest(digest);
        assert!(hash.as_str().starts_with("ab00") && hash.as_str().ends_with("000f"));
        assert_eq!(hash.as_str().parse(), Ok(hash.clone()));
        for bad in [
            "",
            "..",
            &"a".repeat(63),
            &"A".repeat(64),
            &"/".repeat(64),
            &"ä".repeat(32),
        ] {
            assert!(bad.parse::<ContentHash>().is_err(), "{bad} is refused");
        }
    }
}
