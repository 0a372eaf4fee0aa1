//! What a secret is called, whose it is, and what it says.

use std::fmt;

use homemaid_protocol::limits::{SECRET_NAME_CHARS, SECRET_VALUE_CHARS};
use homemaid_protocol::{InstallationId, PluginId};
use zeroize::Zeroizing;

use super::SecretError;

const NAME_RULE: &str = "1 to 64 letters, digits, dots, dashes and underscores";
const VALUE_RULE: &str = "text of 1 to 4096 characters";

/// A legal name (wire §6.5): 1 to 64 of `A-Z a-z 0-9 _ . -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// Accepts a name of the contract.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if text.is_empty() || text.len() > SECRET_NAME_CHARS || !text.bytes().all(legal) {
            return Err(SecretError::Invalid {
                field: "key",
                rule: NAME_RULE,
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose secret it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOwner {
    /// The appliance itself: the bot's token.
    House,
    /// A plugin's default, for every guild that has no value of its own.
    Plugin(PluginId),
    /// A plugin in one guild.
    Installation(InstallationId),
}

impl SecretOwner {
    /// Returns the two columns it is stored as; the house and the defaults have empty ones.
    pub(crate) fn columns(&self) -> (String, String) {
        match self {
            Self::House => (String::new(), String::new()),
            Self::Plugin(plugin) => (plugin.to_string(), String::new()),
            Self::Installation(id) => crate::scope::columns(id),
        }
    }
}

/// The value of a secret: 1 to 4096 characters. Wiped when dropped, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Accepts a value of the contract.
    pub fn new(text: String) -> Result<Self, SecretError> {
        let text = Zeroizing::new(text);
        // The byte test comes first so that a text of megabytes is not counted.
        let fits = text.len() <= SECRET_VALUE_CHARS * 4 && text.chars().count() <= SECRET_VALUE_CHARS;
        if text.is_empty() || !fits {
            return Err(SecretError::Invalid {
                field: "value",
                rule: VALUE_RULE,
            });
        }
        Ok(Self(text))
    }

    /// Shows the value to whoever may see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(hidden)")
    }
}
