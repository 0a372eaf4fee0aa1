//! Owns plugin SQL: PostgreSQL's dialect, checked, translated and run on one SQLite file per plugin and guild.
//!
//! ```text
//! text -> lex, validate (what may be said at all) -> parse (sqlparser) -> lower (typed translation, refusals)
//!      -> db (SQLite under authorizer, limits, deadline and quota; functions has PostgreSQL's functions)
//!      -> cast (values as the plugin receives them)
//! ```
//!
//! * [`Databases`] keeps a bounded number of files open; [`Database`] is one of them: [`Database::execute`],
//!   [`Database::query`] and [`Database::query_one`] are the plugin's calls, the rest is the owner's.
//! * [`check`] judges a text without running it.
//! * What PostgreSQL would do and this does not is refused by name ([`NOT_SUPPORTED`]), never answered differently.
//!   The truth test (`tests/truth`) runs thousands of statements on a real PostgreSQL beside this.
//!
//! To add a function: a line in `lower/signatures.txt`, its body in `functions`, statements in `tests/truth`. To add a
//! kind of expression: an arm in `lower/expr.rs`.
//!
//! It knows nothing of installations, calls or tasks; everything blocks.

#![expect(
    clippy::format_push_string,
    reason = "SQL is built by appending, and is bounded"
)]
#![expect(clippy::match_same_arms, reason = "tables of types are read row by row")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a translated expression is used up by the next one"
)]
#![expect(clippy::unused_self, reason = "the translation's vocabulary reads alike")]
#![expect(clippy::unnecessary_wraps, reason = "results of SQL functions have one shape")]

mod cast;
mod catalog;
mod db;
mod error;
mod functions;
mod inspect;
mod lex;
mod limits;
mod lower;
mod parse;
mod pool;
mod types;
mod validate;
mod value;

pub use db::{Database, Options, Rows};
pub use error::{HostError, NOT_SUPPORTED, PgError, SqlError};
pub use inspect::{ColumnInfo, Page, Row, RowsPage, TableInfo};
pub use limits::{
    COLUMNS, DDL_PER_HOUR, DEFAULT_ROWS, INDEXES, MOST_ROWS, OPEN_FILES, PARAMS, RESULT_BYTES,
    STATEMENT_TIME, STORAGE_BYTES, TABLES, TEXT_BYTES,
};
pub use pool::Databases;
pub use types::{Base, ColumnType, Ty};
pub use validate::check;
