//! Which text is an emoji, in a reaction's path and in components.

use serde_json::{Value, json};

use crate::form::Object;
use crate::id::Snowflake;

/// A reaction's emoji.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Emoji {
    /// A character of Unicode, as Discord writes it.
    Unicode(String),
    /// A guild's own emoji.
    Custom {
        id: Snowflake,
        name: String,
        animated: bool,
    },
}

impl Emoji {
    /// Reads `🎉` or `name:id`; `None` when it is no emoji at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = text.trim_start_matches('<').trim_end_matches('>');
        let (animated, plain) = plain
            .strip_prefix("a:")
            .map_or((false, plain), |rest| (true, rest));
        if let Some((name, id)) = plain.trim_start_matches(':').split_once(':') {
            let id = id.parse().ok()?;
            return Some(Self::Custom {
                id,
                name: name.to_owned(),
                animated,
            });
        }
        unicode(text).map(|name| Self::Unicode(name.to_owned()))
    }

    /// Tells whether it is the same emoji; a custom one is known by its id alone.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unicode(mine), Self::Unicode(theirs)) => mine == theirs,
            (Self::Custom { id: mine, .. }, Self::Custom { id: theirs, .. }) => mine == theirs,
            _ => false,
        }
    }

    /// Returns Discord's partial emoji.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Unicode(name) => json!({"id": null, "name": name}),
            Self::Custom { id, name, animated } => {
                let mut emoji = Object::new();
                emoji.insert("id".to_owned(), json!(id));
                emoji.insert("name".to_owned(), name.as_str().into());
                if *animated {
                    emoji.insert("animated".to_owned(), true.into());
                }
                emoji.into()
            }
        }
    }
}

/// Returns the text when it is one emoji of Unicode, with or without its variation selector.
pub(crate) fn unicode(text: &str) -> Option<&str> {
    if text.len() > 64 {
        return None;
    }
    let known = emojis::get(text).is_some()
        || emojis::get(&format!("{text}\u{fe0f}")).is_some()
        || emojis::get(&text.replace('\u{fe0f}', "")).is_some();
    known.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_kinds_and_nothing_else() {
        assert_eq!(Emoji::parse("🎉"), Some(Emoji::Unicode("🎉".to_owned())));
        assert!(Emoji::parse("❤").is_some() && Emoji::parse("❤️").is_some() && Emoji::parse("👍🏽").is_some());
        let custom = Emoji::Custom {
            id: Snowflake(42),
            name: "maid".to_owned(),
            animated: false,
        };
        assert_eq!(Emoji::parse("maid:42"), Some(custom));
        for bad in ["x", "", "thumbsup", "maid:", "a:b:c", "🎉🎉"] {
            assert_eq!(Emoji::parse(bad), None, "{bad} is no emoji");
        }
    }
}
