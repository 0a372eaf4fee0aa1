//! Numbers over time (wire §6.8), in a file of their own.
//!
//! ```text
//! record ──> pending (memory): one cell for each series and minute ──> metric writer:  BEGIN
//!                                                                       new series
//!                                                                       minute, hour and day of each cell
//! query  ──> waits for what is pending, then reads ─────────────────── COMMIT
//! ```
//!
//! Values are rolled up as they are written, on all three levels at once, so there is never a job that has to catch up:
//! a series costs 60 minutes, 24 hours and 90 days of rows however often it is recorded. A batch is written a second
//! after its first value or when somebody asks; like the log it survives `kill -9`, while a power cut may lose the last
//! moments. The file is apart from `platform.db` so that these many small writes never share a durable commit, and
//! apart from `logs.db` so that a flood of log lines does not make a query wait.

mod cell;
mod error;
mod index;
mod name;
mod period;
mod query;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod thread;

pub use error::MetricError;
pub use name::{MetricName, MetricTags};
pub use period::MetricPeriod;
pub use query::{MetricAggregate, MetricAnswer, MetricInfo, MetricQuery, MetricSeries};
pub use store::MetricStore;
pub(crate) use thread::Metrics;

use crate::migration::Migration;
use crate::schema::migration;

/// A series that is gone keeps its row until its points are swept. `at` counts minutes, hours or days since 1970.
pub(crate) const CREATE: Migration = migration(
    "metrics",
    "CREATE TABLE metric_series (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        installation TEXT NOT NULL,
        metric       TEXT NOT NULL,
        tags         TEXT NOT NULL,
        gone         INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1))
    ) STRICT;
    CREATE UNIQUE INDEX metric_series_by_name ON metric_series (installation, metric, tags) WHERE gone = 0;
    CREATE TABLE metric_points (
        series INTEGER NOT NULL,
        level  INTEGER NOT NULL CHECK (level IN (0, 1, 2)),
        at     INTEGER NOT NULL,
        count  INTEGER NOT NULL,
        sum    REAL NOT NULL,
        min    REAL NOT NULL,
        max    REAL NOT NULL,
        PRIMARY KEY (series, level, at)
    ) STRICT, WITHOUT ROWID;",
);
