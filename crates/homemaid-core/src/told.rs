//! The secrets a plugin was told or set itself, so that nobody who watches its calls is shown them.

use std::fmt;
use std::sync::Mutex;

use homemaid_storage::SecretText;

use crate::installation::lock;

/// How many are remembered, the newest ones; a plugin has 64 at most, and rarely more than a few.
const REMEMBERED: usize = 64;
/// What stands in their place.
const MASK: &str = "•••";
/// Shorter ones are in too many texts by chance.
const SHORTEST: usize = 4;

/// Secrets of one installation, wiped when they are forgotten.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<SecretText>>);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

impl Told {
    /// Remembers one.
    pub(crate) fn remember(&self, secret: &SecretText) {
        let mut known = lock(&self.0);
        if secret.reveal().len() < SHORTEST || known.contains(secret) {
            return;
        }
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        known.push(secret.clone());
    }

    /// Returns a JSON text without them.
    pub(crate) fn mask(&self, mut json: String) -> String {
        for secret in lock(&self.0).iter() {
            let text = secret.reveal();
            // As it stands in a JSON string.
            let quoted = serde_json::Value::from(text).to_string();
            let escaped = &quoted[1..quoted.len() - 1];
            if json.contains(escaped) {
                json = json.replace(escaped, MASK);
            }
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_was_told_is_masked_also_where_it_is_escaped() {
        let told = Told::default();
        for secret in ["s3cret", "with \"quotes\"\n", "abc"] {
            told.remember(&SecretText::new(secret.to_owned()).unwrap());
        }
        let shown = told
            .mask(serde_json::json!({"a": "my s3cret!", "b": "with \"quotes\"\n", "c": "abc"}).to_string());
        assert_eq!(shown, r#"{"a":"my •••!","b":"•••","c":"abc"}"#);
    }
}
