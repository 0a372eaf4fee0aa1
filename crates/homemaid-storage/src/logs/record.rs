//! One log line, and what is left of it when it is too long.

use homemaid_protocol::InstallationId;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::limits::{LOG_EXTRA_CHARS, LOG_EXTRAS, LOG_MESSAGE_CHARS, LOG_NAME_CHARS, LOG_TAGS};
use crate::table::clip;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the plugin's author.
    Debug,
    /// The ordinary.
    Info,
    /// Something the owner should look at.
    Warning,
    /// Something failed.
    Error,
}

impl LogLevel {
    /// Every level, the least first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// Returns the level of `plugin.log`; what is none is info (wire §5).
    pub fn parse(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == name)
            .unwrap_or(Self::Info)
    }

    /// Returns the name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns a number that compares as the levels do.
    pub(crate) const fn rank(self) -> i64 {
        match self {
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
        }
    }

    pub(crate) fn from_rank(rank: i64) -> Self {
        Self::ALL
            .into_iter()
            .rfind(|level| level.rank() <= rank)
            .unwrap_or(Self::Debug)
    }
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// `plugin.log`.
    Plugin,
    /// The plugin's standard output, beside the protocol.
    Stdout,
    /// The plugin's standard error.
    Stderr,
    /// The host, about the plugin.
    Host,
}

impl LogSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Plugin, Self::Stdout, Self::Stderr, Self::Host];

    /// Returns the name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Host => "host",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|source| source.name() == name)
            .unwrap_or(Self::Host)
    }
}

/// One line as it is to be remembered. Whatever is over the limits is cut when it is queued.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LogRecord {
    /// When it came.
    pub at: Timestamp,
    /// Whose it is.
    pub installation: InstallationId,
    /// How much it matters.
    pub level: LogLevel,
    /// Where it came from.
    pub source: LogSource,
    /// The text, at most [`LOG_MESSAGE_CHARS`].
    pub message: String,
    /// At most [`LOG_TAGS`].
    pub tags: Vec<String>,
    /// At most [`LOG_EXTRAS`], with text values; others are turned into text.
    pub extra: Map<String, Value>,
}

impl LogRecord {
    /// Returns a line with only a text.
    pub fn text(
        at: Timestamp,
        installation: InstallationId,
        level: LogLevel,
        source: LogSource,
        message: impl Into<String>,
    ) -> Self {
        Self {
            at,
            installation,
            level,
            source,
            message: message.into(),
            tags: Vec::new(),
            extra: Map::new(),
        }
    }

    /// Cuts what is over the limits (wire §5). The queue does this too; doing it first shows what will be stored.
    #[must_use]
    pub fn clipped(mut self) -> Self {
        clip(&mut self.message, LOG_MESSAGE_CHARS);
        self.tags.truncate(LOG_TAGS);
        for tag in &mut self.tags {
            clip(tag, LOG_NAME_CHARS);
        }
        self.extra = self.extra.into_iter().take(LOG_EXTRAS).map(clip_extra).collect();
        self
    }

    /// Returns about what it takes to store it, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        const ROW: usize = 64;
        let extra = self
            .extra
            .iter()
            .map(|(name, value)| name.len() + value.as_str().map_or(0, str::len));
        ROW + self.message.len() + self.tags.iter().map(String::len).sum::<usize>() + extra.sum::<usize>()
    }
}

fn clip_extra((mut name, value): (String, Value)) -> (String, Value) {
    clip(&mut name, LOG_NAME_CHARS);
    let mut text = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    clip(&mut text, LOG_EXTRA_CHARS);
    (name, Value::String(text))
}
