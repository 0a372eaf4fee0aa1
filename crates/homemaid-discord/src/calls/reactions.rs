//! Reactions.

use homemaid_protocol::{RpcError, Snowflake};
use serde_json::Value;
use serenity::http::Route;
use unicode_properties::UnicodeEmoji;

use super::ok;
use super::params::Params;
use super::site::Site;
use crate::permission::{ADD_REACTIONS, READ_HISTORY};
use crate::rest::{Request, encode};

/// Longest unicode emoji in characters; the longest family with skin tones has ten.
const EMOJI_CHARS: usize = 20;
/// Longest name of a custom emoji.
const EMOJI_NAME_CHARS: usize = 32;

/// `discord.add_reaction`.
pub(crate) struct AddReaction {
    channel: u64,
    message: u64,
    emoji: String,
}

impl AddReaction {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let (channel, message) = (params.id("channel_id")?, params.id("message_id")?);
        let text = params.text("emoji", 100)?;
        let emoji =
            emoji(text.trim()).ok_or_else(|| RpcError::validation("emoji", "a unicode emoji or name:id"))?;
        Ok(Self {
            channel,
            message,
            emoji,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        site.notes.message(self.message);
        // Whether somebody reacted with it already, and it needs no more, only Discord knows.
        site.require_in(self.channel, &[READ_HISTORY])?;
        let reaction = encode(&self.emoji);
        let message_id = self.message.into();
        let route = Route::ChannelMessageReactionMe {
            channel_id,
            message_id,
            reaction: &reaction,
        };
        site.send(Request::put_nothing(route), ADD_REACTIONS)
            .await
            .map(|_| ok())
    }
}

/// Returns the emoji as Discord's address wants it: the character, or `name:id`.
fn emoji(text: &str) -> Option<String> {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let custom = match inner {
        Some(inner) => inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':'))?,
        None => text
            .strip_prefix("a:")
            .filter(|rest| rest.contains(':'))
            .unwrap_or(text),
    };
    if let Some((name, id)) = custom.split_once(':') {
        let legal = !name.is_empty()
            && name.len() <= EMOJI_NAME_CHARS
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return (legal && id.parse::<Snowflake>().is_ok()).then(|| custom.to_owned());
    }
    (inner.is_none() && is_unicode_emoji(text)).then(|| text.to_owned())
}

/// Returns whether the text is made of nothing but what emoji are made of. Discord itself has the last word.
fn is_unicode_emoji(text: &str) -> bool {
    let keycap = text.ends_with('\u{20e3}');
    let part = |char: char| match char {
        '0'..='9' | '#' | '*' => keycap,
        // Joiner, variation selector, keycap, and the letters of flags such as Scotland's.
        '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}' => true,
        other => other.is_emoji_char(),
    };
    let starts = text.chars().next().is_some_and(UnicodeEmoji::is_emoji_char);
    starts && text.chars().count() <= EMOJI_CHARS && text.chars().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_and_custom_emoji_in_every_spelling_are_taken() {
        for unicode in ["🎉", "❤️", "❤", "👍🏽", "🇩🇪", "👨‍👩‍👧‍👦", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "Ⓜ️", "©️"]
        {
            assert_eq!(emoji(unicode).as_deref(), Some(unicode));
        }
        for custom in ["maid:123", "<:maid:123>", "<a:maid:123>", "a:maid:123"] {
            assert_eq!(emoji(custom).as_deref(), Some("maid:123"), "{custom}");
        }
        assert_eq!(emoji("a:123").as_deref(), Some("a:123"), "an emoji called a");
    }

    #[test]
    fn what_is_no_emoji_is_refused() {
        for bad in [
            "",
            "a",
            "1",
            "12",
            "smile",
            ":smile:",
            "<maid:1>",
            "<:maid:x>",
            "maid:",
            ":5",
            "🎉x",
            "🎉 🎉",
            "../x",
            "a/b:1",
            "🎉/@me",
            "<🎉>",
        ] {
            assert_eq!(emoji(bad), None, "{bad}");
        }
        assert_eq!(emoji(&"🎉".repeat(21)), None);
    }
}
