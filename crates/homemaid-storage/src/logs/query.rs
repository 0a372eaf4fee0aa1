//! Reading the log.

use homemaid_protocol::InstallationId;
use jiff::Timestamp;
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::search::Search;
use super::{LogLevel, LogRecord, LogSource};
use crate::table::{Conditions, json, parse, time};

/// Which log lines are wanted; each condition narrows them.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// Of this level and above, or of any.
    pub level: Option<LogLevel>,
    /// From this source, or from any.
    pub source: Option<LogSource>,
    /// With this tag.
    pub tag: Option<String>,
    /// With these words in message, tags or extras: words and "phrases" that must be there, `-word` that must not, and a
    /// `*` at the end for beginnings. No text is a wrong search.
    pub search: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// The oldest ones after this id; without a cursor the newest ones.
    pub after: Option<i64>,
    /// The newest ones before this id.
    pub before: Option<i64>,
    /// How many: 1 to [`ROWS_PER_QUERY`](crate::ROWS_PER_QUERY), which is also what 0 means.
    pub limit: u32,
}

/// One line as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LogLine {
    /// Counts up; a gap is a line that was dropped.
    pub id: i64,
    /// The line.
    #[serde(flatten)]
    pub record: LogRecord,
}

impl LogLine {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            record: LogRecord {
                at: time(row, "at")?,
                installation: parse(row, "installation")?,
                level: LogLevel::from_rank(row.get("level")?),
                source: LogSource::from_name(row.get_ref("source")?.as_str()?),
                message: row.get("message")?,
                tags: match json(row, "tags")? {
                    Value::Array(tags) => tags
                        .into_iter()
                        .filter_map(|tag| tag.as_str().map(str::to_owned))
                        .collect(),
                    _ => Vec::new(),
                },
                extra: match json(row, "extra")? {
                    Value::Object(extra) => extra,
                    _ => serde_json::Map::new(),
                },
            },
        })
    }
}

/// Returns what the filter asks for, the oldest first.
pub(super) fn read(conn: &Connection, filter: &LogFilter) -> rusqlite::Result<Vec<LogLine>> {
    let mut conditions = Conditions::default();
    if let Some(installation) = &filter.installation {
        conditions.add("installation = ?", installation.to_string());
    }
    if let Some(level) = filter.level {
        conditions.add("level >= ?", level.rank());
    }
    if let Some(source) = filter.source {
        conditions.add("source = ?", source.name());
    }
    if let Some(tag) = &filter.tag {
        conditions.add(
            "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)",
            tag.clone(),
        );
    }
    if let Some(since) = filter.since {
        conditions.add("at >= ?", since.as_millisecond());
    }
    if let Some(until) = filter.until {
        conditions.add("at < ?", until.as_millisecond());
    }
    let search = filter.search.as_deref().map(Search::parse).unwrap_or_default();
    if let Some(wanted) = search.wanted {
        conditions.add(
            "id IN (SELECT rowid FROM logs_text WHERE logs_text MATCH ?)",
            wanted,
        );
    }
    if let Some(unwanted) = search.unwanted {
        conditions.add(
            "id NOT IN (SELECT rowid FROM logs_text WHERE logs_text MATCH ?)",
            unwanted,
        );
    }
    for literal in search.literal {
        conditions.add("instr(message, ?) > 0", literal);
    }
    let cursors = (filter.after, filter.before);
    conditions.page(conn, "logs", cursors, filter.limit, LogLine::from_row)
}
