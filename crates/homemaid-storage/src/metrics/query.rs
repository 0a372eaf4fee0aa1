//! Reading metrics: a value for each bucket of a period, for all series together or one for each value of a tag.

use std::collections::BTreeMap;

use homemaid_protocol::InstallationId;
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use super::cell::Cell;
use super::name::is_name;
use super::{MetricError, MetricName, MetricPeriod};
use crate::limits::METRIC_GROUPS;
use crate::time::Millis;

/// What series without the tag are called.
const NONE: &str = "(none)";

/// How the values of a bucket become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricAggregate {
    /// Their sum.
    Sum,
    /// How many there are.
    Count,
    /// Their mean.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl MetricAggregate {
    /// Reads `sum`, `count`, `avg`, `min` or `max`.
    pub fn parse(text: &str) -> Result<Self, MetricError> {
        match text {
            "sum" => Ok(Self::Sum),
            "count" => Ok(Self::Count),
            "avg" => Ok(Self::Avg),
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            _ => Err(MetricError::Invalid {
                field: "aggregate",
                rule: "one of sum, count, avg, min and max",
            }),
        }
    }

    /// Returns the number for what there may be in a bucket; nothing is 0.
    fn of(self, cell: Option<&Cell>) -> f64 {
        let Some(cell) = cell else { return 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
        let count = cell.count as f64;
        match self {
            Self::Sum => cell.sum,
            Self::Count => count,
            Self::Avg => cell.sum / count,
            Self::Min => cell.min,
            Self::Max => cell.max,
        }
    }
}

/// What is wanted of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricQuery {
    /// Which metric.
    pub metric: MetricName,
    /// How far back.
    pub period: MetricPeriod,
    /// Which number of each bucket.
    pub aggregate: MetricAggregate,
    /// The tag whose values become series of their own.
    pub group_by: Option<String>,
}

impl MetricQuery {
    /// Checks the tag's name; an empty one is none.
    pub fn group_by(name: &str) -> Result<Option<String>, MetricError> {
        match name {
            "" => Ok(None),
            name if is_name(name) => Ok(Some(name.to_owned())),
            _ => Err(MetricError::Invalid {
                field: "group_by",
                rule: "the name of a tag",
            }),
        }
    }
}

/// The answer, in the form of the wire (wire §6.8).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct MetricAnswer {
    /// The buckets, the oldest first.
    pub labels: Vec<String>,
    /// One, named after the metric, or one for each value of the tag, the largest total first.
    pub series: Vec<MetricSeries>,
    /// The aggregate over all values of the period.
    pub total: f64,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct MetricSeries {
    /// The metric, or the tag's value.
    pub name: String,
    /// A number for each label.
    pub data: Vec<f64>,
}

/// A metric an installation has recorded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MetricInfo {
    /// Its name.
    pub name: String,
    /// Its series: different sets of tags.
    pub series: u64,
    /// The names of its tags.
    pub tags: Vec<String>,
}

/// The values of one line, bucket by bucket.
struct Line {
    cells: Vec<Option<Cell>>,
    total: Option<Cell>,
}

impl Line {
    fn new(buckets: usize) -> Self {
        Self {
            cells: vec![None; buckets],
            total: None,
        }
    }

    fn add(&mut self, bucket: usize, cell: &Cell) {
        if let Some(place) = self.cells.get_mut(bucket) {
            Cell::add_to(place, cell);
            Cell::add_to(&mut self.total, cell);
        }
    }

    fn named(&self, name: String, aggregate: MetricAggregate) -> MetricSeries {
        MetricSeries {
            name,
            data: self
                .cells
                .iter()
                .map(|cell| aggregate.of(cell.as_ref()))
                .collect(),
        }
    }
}

/// Answers a query as of `now`.
pub(super) fn query(
    conn: &Connection,
    installation: &InstallationId,
    query: &MetricQuery,
    now: Millis,
) -> rusqlite::Result<MetricAnswer> {
    let labels = query.period.labels(now);
    let mut groups: BTreeMap<String, Line> = BTreeMap::new();
    let mut total: Option<Cell> = None;
    if query.group_by.is_none() {
        // The one line is there even when nothing was recorded.
        groups.insert(query.metric.to_string(), Line::new(labels.len()));
    }
    for (id, tags) in series(conn, installation, &query.metric)? {
        let group = match &query.group_by {
            Some(tag) => value_of(&tags, tag),
            None => query.metric.to_string(),
        };
        let points = points(conn, id, query.period, now)?;
        if points.is_empty() {
            continue;
        }
        let line = groups.entry(group).or_insert_with(|| Line::new(labels.len()));
        for (bucket, cell) in &points {
            line.add(*bucket, cell);
            Cell::add_to(&mut total, cell);
        }
    }
    let mut lines: Vec<_> = groups.into_iter().collect();
    let size = |line: &Line| query.aggregate.of(line.total.as_ref());
    // A stable sort: the names' order decides between equals.
    lines.sort_by(|(_, a), (_, b)| size(b).total_cmp(&size(a)));
    lines.truncate(METRIC_GROUPS);
    Ok(MetricAnswer {
        labels,
        series: lines
            .into_iter()
            .map(|(name, line)| line.named(name, query.aggregate))
            .collect(),
        total: query.aggregate.of(total.as_ref()),
    })
}

/// Returns what an installation has recorded, by name.
pub(super) fn list(conn: &Connection, installation: &InstallationId) -> rusqlite::Result<Vec<MetricInfo>> {
    let mut metrics: BTreeMap<String, (u64, std::collections::BTreeSet<String>)> = BTreeMap::new();
    let mut rows =
        conn.prepare_cached("SELECT metric, tags FROM metric_series WHERE installation = ?1 AND gone = 0")?;
    let rows = rows.query_map([installation.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    for row in rows {
        let (metric, tags) = row?;
        let (series, names) = metrics.entry(metric).or_default();
        *series += 1;
        names.extend(tags_of(&tags).into_iter().map(|(name, _)| name));
    }
    Ok(metrics
        .into_iter()
        .map(|(name, (series, tags))| MetricInfo {
            name,
            series,
            tags: tags.into_iter().collect(),
        })
        .collect())
}

fn series(
    conn: &Connection,
    installation: &InstallationId,
    metric: &MetricName,
) -> rusqlite::Result<Vec<(i64, String)>> {
    conn.prepare_cached(
        "SELECT id, tags FROM metric_series WHERE installation = ?1 AND metric = ?2 AND gone = 0",
    )?
    .query_map(params![installation.to_string(), metric.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?
    .collect()
}

/// Returns a series' points within a period, each with the number of its bucket.
fn points(
    conn: &Connection,
    series: i64,
    period: MetricPeriod,
    now: Millis,
) -> rusqlite::Result<Vec<(usize, Cell)>> {
    let range = period.range(now);
    let point = |row: &Row<'_>| {
        let at: i64 = row.get(0)?;
        let cell = Cell {
            count: row.get::<_, i64>(1)?.max(1).unsigned_abs(),
            sum: row.get(2)?,
            min: row.get(3)?,
            max: row.get(4)?,
        };
        Ok((usize::try_from(at - range.start()).unwrap_or(usize::MAX), cell))
    };
    conn.prepare_cached(
        "SELECT at, count, sum, min, max FROM metric_points
         WHERE series = ?1 AND level = ?2 AND at BETWEEN ?3 AND ?4",
    )?
    .query_map(
        params![series, period.level().number(), range.start(), range.end()],
        point,
    )?
    .collect()
}

fn value_of(tags: &str, tag: &str) -> String {
    tags_of(tags)
        .into_iter()
        .find(|(name, value)| name == tag && !value.is_empty())
        .map_or_else(|| NONE.to_owned(), |(_, value)| value)
}

fn tags_of(tags: &str) -> Vec<(String, String)> {
    let tags: Map<String, Value> = serde_json::from_str(tags).unwrap_or_default();
    tags.into_iter()
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
