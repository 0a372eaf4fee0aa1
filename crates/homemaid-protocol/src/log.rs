//! What a plugin writes into its log (wire §5), cut to the limits again by the host.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::{
    LOG_EXTRA_KEY_CHARS, LOG_EXTRA_KEYS, LOG_EXTRA_VALUE_CHARS, LOG_MESSAGE_CHARS, LOG_TAG_CHARS, LOG_TAGS,
};

/// How loud a line is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// Ordinary; whatever is none of the others.
    #[default]
    Info,
    /// Something is off.
    Warning,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// Every level, the quietest first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// Returns the name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the level of that name; any other name is info (wire §5).
    pub fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == name)
            .unwrap_or_default()
    }
}

/// One line of a plugin's log, within the limits of (wire §5) and free of control characters but newline and tab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PluginLog {
    /// The level.
    pub level: LogLevel,
    /// At most [`LOG_MESSAGE_CHARS`] characters.
    pub message: String,
    /// At most [`LOG_TAGS`].
    pub tags: Vec<String>,
    /// At most [`LOG_EXTRA_KEYS`].
    pub extra: BTreeMap<String, String>,
}

impl PluginLog {
    /// Reads the params of `plugin.log`. Whatever they are, there is a line: other types become their JSON text.
    pub fn parse(params: &Map<String, Value>) -> Self {
        let level = params
            .get("level")
            .and_then(Value::as_str)
            .map_or(LogLevel::Info, LogLevel::from_name);
        let message = params
            .get("message")
            .map_or_else(String::new, |message| text(message, LOG_MESSAGE_CHARS));
        let tags = match params.get("tags") {
            Some(Value::Array(tags)) => tags
                .iter()
                .filter(|tag| !tag.is_null())
                .take(LOG_TAGS)
                .map(|tag| text(tag, LOG_TAG_CHARS))
                .collect(),
            _ => Vec::new(),
        };
        let extra = match params.get("extra") {
            Some(Value::Object(extra)) => extra
                .iter()
                .take(LOG_EXTRA_KEYS)
                .map(|(key, value)| {
                    (
                        clean(key, LOG_EXTRA_KEY_CHARS),
                        text(value, LOG_EXTRA_VALUE_CHARS),
                    )
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        Self {
            level,
            message,
            tags,
            extra,
        }
    }

    /// Returns the line for something the plugin printed (wire §1).
    pub fn print(message: String) -> Self {
        Self {
            message,
            tags: vec!["stdout".to_owned()],
            ..Self::default()
        }
    }
}

/// Returns raw output as log text: decoded, without its line ending, cut to [`LOG_MESSAGE_CHARS`], and with control
/// characters replaced, so that a plugin cannot speak to the owner's terminal.
pub fn printable(line: &[u8]) -> String {
    let line = &line[..line.len().min(4 * LOG_MESSAGE_CHARS)];
    clean(
        String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']),
        LOG_MESSAGE_CHARS,
    )
}

fn text(value: &Value, chars: usize) -> String {
    match value {
        Value::String(text) => clean(text, chars),
        Value::Null => String::new(),
        other => clean(&other.to_string(), chars),
    }
}

fn clean(text: &str, chars: usize) -> String {
    text.chars()
        .take(chars)
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(params: &Value) -> PluginLog {
        PluginLog::parse(params.as_object().unwrap())
    }

    #[test]
    fn levels_are_the_four_and_anything_else_is_info() {
        for (name, level) in [
            (json!("debug"), LogLevel::Debug),
            (json!("warning"), LogLevel::Warning),
            (json!("error"), LogLevel::Error),
            (json!("warn"), LogLevel::Info),
            (json!("ERROR"), LogLevel::Info),
            (json!(3), LogLevel::Info),
            (Value::Null, LogLevel::Info),
        ] {
            assert_eq!(parse(&json!({"level": name})).level, level, "{name}");
        }
    }

    #[test]
    fn every_limit_is_enforced_again_by_the_host() {
        let extra: Map<_, _> = (0..50)
            .map(|n| (format!("k{n}"), json!("é".repeat(600))))
            .collect();
        let log =
            parse(&json!({"message": "é".repeat(5000), "tags": vec!["t".repeat(500); 30], "extra": extra}));
        assert_eq!(log.message.chars().count(), 4000);
        assert_eq!(log.tags.len(), 10);
        assert!(log.tags.iter().all(|tag| tag.len() == LOG_TAG_CHARS));
        assert_eq!(log.extra.len(), 20);
        assert!(log.extra.values().all(|value| value.chars().count() == 500));
    }

    #[test]
    fn other_types_become_their_text() {
        let log = parse(
            &json!({"message": {"a": 1}, "tags": [1, null, "x"], "extra": {"n": 1, "b": true, "z": null}}),
        );
        assert_eq!(log.message, "{\"a\":1}");
        assert_eq!(log.tags, ["1", "x"]);
        assert_eq!(
            log.extra.into_iter().collect::<Vec<_>>(),
            [
                ("b".to_owned(), "true".to_owned()),
                ("n".to_owned(), "1".to_owned()),
                ("z".to_owned(), String::new()),
            ]
        );
        assert_eq!(parse(&json!({"tags": "x", "extra": []})), PluginLog::default());
    }

    #[test]
    fn terminal_escapes_do_not_survive() {
        let log = parse(&json!({"message": "a\u{1b}[2Jb\nc\td\u{9b}"}));
        assert_eq!(log.message, "a\u{fffd}[2Jb\nc\td\u{fffd}");
        assert_eq!(printable(b"\x1b[31mred\xff\r\n"), "\u{fffd}[31mred\u{fffd}");
    }
}
