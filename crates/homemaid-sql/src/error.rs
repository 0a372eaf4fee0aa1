//! What can go wrong with a statement, in PostgreSQL's terms.

/// A failure as PostgreSQL would report it: the five-character SQLSTATE and the primary message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PgError {
    /// PostgreSQL's SQLSTATE, for example `42P01`.
    pub state: &'static str,
    /// PostgreSQL's primary message, in its wording where that is cheap.
    pub message: String,
}

/// The result of anything that can fail as a statement can.
pub(crate) type Pg<T> = Result<T, PgError>;

/// `feature_not_supported`: a construct of PostgreSQL's that is refused rather than answered differently.
pub const NOT_SUPPORTED: &str = "0A000";
/// `query_canceled`: the statement ran out of time.
pub(crate) const CANCELED: &str = "57014";

/// Makes an error of `state`.
pub(crate) fn pg(state: &'static str, message: impl Into<String>) -> PgError {
    PgError {
        state,
        message: message.into(),
    }
}

/// Refuses a construct by its name.
pub(crate) fn unsupported(construct: impl std::fmt::Display) -> PgError {
    let mut name = construct.to_string();
    if let Some((end, _)) = name.char_indices().nth(120) {
        name.truncate(end);
    }
    pg(NOT_SUPPORTED, format!("{name} is not supported"))
}

/// A value that is not of its type.
pub(crate) fn invalid_input(type_name: &str, text: &str) -> PgError {
    let state = if type_name.starts_with("date") || type_name.starts_with("time") || type_name == "interval" {
        "22007"
    } else {
        "22P02"
    };
    let text: String = text.chars().take(100).collect();
    pg(
        state,
        format!("invalid input syntax for type {type_name}: \"{text}\""),
    )
}

/// The states a SQL function can fail with, so that they survive SQLite's error text.
const STATES: &[&str] = &[
    "0A000", "21000", "22000", "22001", "2200H", "22011", "22003", "22004", "22007", "22008", "22012",
    "2201B", "2201E", "2201F", "2201W", "2201X", "22021", "22023", "22026", "2202E", "22030", "22032",
    "22P02", "22P05", "23502", "42704", "42804", "54000", "54001", "57014", "2200N", "22025", "22019",
    "22016", "2203B", "22037", "22035", "2202H",
];
const MARK: &str = "\u{1}pg";

impl PgError {
    /// Returns the text under which this error passes through SQLite.
    pub(crate) fn marked(&self) -> String {
        format!("{MARK}{}{}", self.state, self.message)
    }

    /// Reads [`PgError::marked`] back.
    pub(crate) fn unmarked(text: &str) -> Option<Self> {
        let rest = text.split_once(MARK)?.1;
        let state = rest.get(..5)?;
        let state = STATES.iter().find(|known| **known == state).unwrap_or(&"XX000");
        Some(pg(state, rest.get(5..)?))
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// Refused before anything ran; the text is the contract's (sql §2, §3).
    #[error("{0}")]
    Rejected(String),
    /// PostgreSQL's dialect or the data says no.
    #[error("SQL execution failed: {0}")]
    Failed(#[from] PgError),
    /// The installation's file may not grow further, or it has too many tables or indexes (sql §6); the text names it.
    #[error("quota exceeded: {0}")]
    Quota(String),
    /// Too many changes of the schema within an hour (sql §6).
    #[error("too many schema changes; the next is possible in {retry_after} s")]
    DdlLimit {
        /// Seconds until one is possible again, at least 1.
        retry_after: u64,
    },
    /// The host's own trouble: the disk, the file, the lock.
    #[error("the database of this plugin cannot be used")]
    Host(#[source] HostError),
}

/// The cause of [`SqlError::Host`]; for the host's log only.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// SQLite's.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file system's.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file holds what this version cannot read.
    #[error("the catalog cannot be read: {0}")]
    Catalog(String),
}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Host(error.into())
    }
}

impl From<std::io::Error> for SqlError {
    fn from(error: std::io::Error) -> Self {
        Self::Host(error.into())
    }
}

impl SqlError {
    /// Returns PostgreSQL's SQLSTATE when the statement itself failed.
    pub fn state(&self) -> Option<&'static str> {
        match self {
            Self::Failed(error) => Some(error.state),
            _ => None,
        }
    }
}
