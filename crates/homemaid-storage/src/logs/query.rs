//! Reading the log.

use homemaid_protocol::InstallationId;
use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::{LogLevel, LogRecord, LogSource};
use crate::table::audit::row_limit;
use crate::table::{json, parse, time};

/// Which log lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// Of this level and above, or of any.
    pub level: Option<LogLevel>,
    /// The oldest ones after this id; without it the newest ones.
    pub after: Option<i64>,
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
    let installation = filter.installation.as_ref().map(InstallationId::to_string);
    let after = filter.after.unwrap_or(0);
    let level = filter.level.map_or(0, LogLevel::rank);
    let limit = row_limit(filter.limit);
    let mut sql = "SELECT * FROM logs WHERE id > ?1 AND level >= ?2".to_owned();
    let mut params: Vec<&dyn ToSql> = vec![&after, &level, &limit];
    if let Some(installation) = &installation {
        sql.push_str(" AND installation = ?4");
        params.push(installation);
    }
    sql.push_str(match filter.after {
        Some(_) => " ORDER BY id LIMIT ?3",
        None => " ORDER BY id DESC LIMIT ?3",
    });
    let mut lines = conn
        .prepare_cached(&sql)?
        .query_map(params.as_slice(), LogLine::from_row)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if filter.after.is_none() {
        lines.reverse();
    }
    Ok(lines)
}
