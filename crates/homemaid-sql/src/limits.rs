//! Every bound of plugin SQL (sql §6, §7). The contract's own numbers first, the host's own protection after them.

use std::time::Duration;

/// Rows a query returns when the plugin does not say.
pub const DEFAULT_ROWS: usize = 1_000;
/// Most rows a query returns.
pub const MOST_ROWS: usize = 10_000;
/// Largest result, in bytes of JSON; it is cut like too many rows.
pub const RESULT_BYTES: usize = 4 << 20;
/// Largest file of one installation, in bytes.
pub const STORAGE_BYTES: u64 = 100_000_000;
/// Most tables of one installation.
pub const TABLES: usize = 64;
/// Most indexes of one installation, those of constraints included.
pub const INDEXES: usize = 128;
/// Most columns of a table.
pub const COLUMNS: usize = 200;
/// Changes of the schema an hour; what changes nothing is free.
pub const DDL_PER_HOUR: usize = 100;
/// Longest run of a call's statements.
pub const STATEMENT_TIME: Duration = Duration::from_secs(5);
/// Most parameters of a statement.
pub const PARAMS: usize = 1_000;
/// Longest text of a call, in bytes.
pub const TEXT_BYTES: usize = 1_000_000;

/// Most statements of one call.
pub(crate) const STATEMENTS: usize = 200;
/// Most operators and keywords in a row without a comma or a parenthesis: they nest in the syntax tree.
pub(crate) const RUN: usize = 600;
/// Deepest nesting the parser follows.
pub(crate) const PARSER_DEPTH: usize = 60;
/// Stack on which a statement is parsed and translated, in bytes; only what is used takes memory.
pub(crate) const STACK: usize = 32 << 20;
/// Deepest nesting of queries, where each operand of UNION, INTERSECT and EXCEPT is one level deeper than the next.
pub(crate) const QUERY_DEPTH: usize = 60;
/// Largest text or blob a statement may make, in bytes.
pub(crate) const VALUE_BYTES: usize = 8 << 20;
/// Most elements a set-returning function makes.
pub(crate) const SERIES: usize = 100_000;
/// Largest regular expression, in bytes, and what its compiled form may take.
pub(crate) const REGEX_BYTES: usize = 4_096;
/// Memory of a compiled regular expression, in bytes.
pub(crate) const REGEX_MEMORY: usize = 1 << 20;
/// Translations kept per file.
pub(crate) const TRANSLATIONS: u64 = 256;
/// Largest statement whose translation is kept, in bytes.
pub(crate) const TRANSLATION_BYTES: usize = 16 << 10;
/// Prepared statements kept per file.
pub(crate) const PREPARED: usize = 64;
/// SQLite's page cache of one file, in KiB.
pub(crate) const CACHE_KIB: i64 = 2_048;
/// Open files; the one used longest ago is closed first.
pub const OPEN_FILES: usize = 64;
/// Virtual machine steps between two looks at the clock.
pub(crate) const STEPS: i32 = 2_000;
