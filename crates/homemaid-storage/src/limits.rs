//! Every bound of this crate, each with its unit. The plugin contract's own numbers are in `homemaid_protocol::limits`.

use std::time::Duration;

/// Writes that may wait for the writer; the next caller waits for room.
pub const WRITES_QUEUED: usize = 1_024;
/// Writes that share one commit at most.
pub const WRITES_PER_COMMIT: usize = 256;
/// Audit records that may wait for a commit; further ones are dropped and counted.
pub const AUDIT_QUEUED: usize = 8_192;
/// How long an audit record waits for a write to share its commit with.
pub const AUDIT_DELAY: Duration = Duration::from_millis(250);
/// Age at which a day of the audit is forgotten when the owner does not say, in days.
pub const AUDIT_KEPT_DAYS: u32 = 90;
/// Audit records kept at most, as far as whole stretches of [`AUDIT_DAY_ROWS`] allow, the newest ones.
pub const AUDIT_KEPT_ROWS: i64 = 1_000_000;
/// Records one stretch of the audit's chain has at most; a day with more has several.
pub const AUDIT_DAY_ROWS: i64 = 100_000;
/// Longest detail of an owner's act in the audit, in characters.
pub const AUDIT_DETAIL_CHARS: usize = 1_000;
/// Messages, and members, one audit record names at most: as many as the largest bulk call has.
pub const AUDIT_TOUCHED: usize = 100;
/// Longest method name or event id in an audit record, in characters.
pub const AUDIT_TEXT_CHARS: usize = 128;

/// Age at which a log line is forgotten when the owner does not say, in days (caps §5.3).
pub const LOGS_KEPT_DAYS: u32 = 14;
/// Log text kept of one installation when the owner does not say, in bytes, the newest lines (caps §5.3).
pub const LOGS_KEPT_BYTES: u64 = 50 << 20;
/// Longest age the owner can choose for logs and audit, in days.
pub const KEPT_DAYS_MAX: u32 = 3_650;
/// Least and most log text of an installation the owner can choose, in bytes.
pub const LOGS_KEPT_BYTES_RANGE: std::ops::RangeInclusive<u64> = 1 << 20..=1 << 30;
/// Log text that may wait for the log writer, in bytes; further lines are dropped and counted.
pub const LOGS_QUEUED_BYTES: usize = 8 << 20;
/// Log lines that share one commit at most.
pub const LOGS_PER_COMMIT: usize = 1_024;
/// How long a log line waits for others.
pub const LOGS_DELAY: Duration = Duration::from_millis(100);
/// Longest log message, in characters (caps §5.2).
pub const LOG_MESSAGE_CHARS: usize = 4_000;
/// Most tags of a log line (caps §5.2).
pub const LOG_TAGS: usize = 10;
/// Longest tag, or name of an extra, in characters.
pub const LOG_NAME_CHARS: usize = 100;
/// Most extras of a log line (caps §5.2).
pub const LOG_EXTRAS: usize = 20;
/// Longest value of an extra, in characters (caps §5.2).
pub const LOG_EXTRA_CHARS: usize = 500;

/// Longest ephemeral key, in characters (wire §6.4).
pub const EPHEMERAL_KEY_CHARS: usize = 256;
/// Longest ephemeral window or time to live, in seconds (wire §6.4).
pub const EPHEMERAL_SECONDS_MAX: i64 = 86_400;
/// Ephemeral entries of an installation, all four kinds together (wire §6.4).
pub const EPHEMERAL_ENTRIES: u64 = 10_000;
/// Moments with hits one counter tells apart, 16 bytes each: more than 200 calls a second make in a minute.
pub const EPHEMERAL_COUNTER_RUNS: usize = 16_384;
/// Such moments of all counters of an installation together (4 MB); beyond it each counter is cut shorter.
pub const EPHEMERAL_RUNS: usize = 262_144;
/// Such moments one counter may still tell apart then, so that an installation never holds more than about 15 MB.
pub const EPHEMERAL_COUNTER_RUNS_MIN: usize = 64;
/// Ephemeral changes between two looks for expired entries of a full installation.
pub const EPHEMERAL_TIDY_EVERY: usize = 1_000;

/// Longest search text over the log, in characters; the rest is not looked at.
pub const LOG_SEARCH_CHARS: usize = 256;
/// Words and phrases of one search at most; the rest is not looked at.
pub const LOG_SEARCH_TERMS: usize = 16;

/// Longest metric name, in characters (wire §6.8).
pub const METRIC_NAME_CHARS: usize = 128;
/// Most tags of a value (wire §6.8).
pub const METRIC_TAGS: usize = 10;
/// Longest name or value of a metric's tag, in characters.
pub const METRIC_TAG_CHARS: usize = 128;
/// Different sets of metric and tags of one installation (wire §6.8).
pub const METRIC_SERIES: usize = 1_000;
/// Lines a grouped query returns at most (wire §6.8).
pub const METRIC_GROUPS: usize = 25;
/// Minutes of series that may wait for the metric writer; further values are refused and counted.
pub const METRIC_CELLS_QUEUED: usize = 100_000;
/// How long a recorded value waits for others, unless somebody asks.
pub const METRICS_DELAY: Duration = Duration::from_secs(1);
/// How often the metric writer looks through all series for old points.
pub const METRICS_SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Series it looks at in one step.
pub const METRICS_SWEEP_SERIES: u32 = 200;

/// How long after a failed write the log and the metrics try again.
pub const WRITE_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Rows one query of logs, audit or history returns at most.
pub const ROWS_PER_QUERY: u32 = 1_000;
/// Messages with components an installation is remembered for; the oldest fall back to unknown origin.
pub const ORIGINS_KEPT: u32 = 10_000;
/// Origins that are brought to life at a start, the newest of all installations.
pub const ORIGINS_LOADED: u32 = 200_000;
/// Levels a dotted path of `kv.increment` may have.
pub const KV_PATH_LEVELS: usize = 32;
/// Longest JSON text of one setting, manifest or list of findings, in bytes.
pub const DOCUMENT_BYTES: usize = 4 << 20;

/// Rows one step of housekeeping removes, so that no write waits long behind it.
pub const SWEEP_ROWS: u32 = 500;
/// How often the writers look for expired rows.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Connections that serve [`Storage::read`](crate::Storage::read), and so reads at the same time.
pub const READERS: usize = 4;
/// Connections that serve [`Storage::read_now`](crate::Storage::read_now).
pub const INLINE_READERS: usize = 4;
/// Prepared statements each connection keeps.
pub const STATEMENTS_CACHED: usize = 128;
/// How long a statement waits for a lock that a foreign tool (a backup, a shell) holds.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Page cache of one connection, in KiB.
pub const CACHE_KIB: i64 = 8 << 10;
/// Size to which the write-ahead log is cut back after a checkpoint, in bytes.
pub const WAL_KEPT_BYTES: i64 = 16 << 20;

/// Pages one step of an online copy takes.
pub const SNAPSHOT_PAGES: i32 = 1_024;
/// How long a copy waits when the source is locked.
pub const SNAPSHOT_RETRY: Duration = Duration::from_millis(20);
/// Keys and values one step of an export or a restore takes, in bytes, or a single row that is larger.
pub const DUMP_BYTES: usize = 4 << 20;

/// Rows one page of the owner's data browser shows at most.
pub const BROWSE_ROWS: u32 = 200;
/// Keys and values such a page shows, in bytes, and one row more.
pub const BROWSE_PAGE_BYTES: usize = 1 << 20;
/// Keys and values a search looks through for one page, in bytes.
pub const BROWSE_SCAN_BYTES: usize = 32 << 20;

/// Rows about one person that are listed at most.
pub const PERSON_ROWS: usize = 10_000;
/// Rows about one person that one write takes out, so that no write waits long behind it.
pub const PERSON_STEP_ROWS: usize = 200;
