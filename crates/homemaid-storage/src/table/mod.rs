//! The platform's tables. Each module holds its migration, row type, read handle and write handle.

pub(crate) mod grants;
pub(crate) mod installations;
pub(crate) mod origins;
pub(crate) mod outbound;
pub(crate) mod plugins;
pub(crate) mod requests;
pub(crate) mod secrets;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod versions;

use serde_json::Value;

use crate::StorageError;
use crate::limits::{DOCUMENT_BYTES, ROWS_PER_QUERY};

/// Makes a write handle that can do all its read handle can.
macro_rules! write_handle {
    ($(#[$doc:meta])* $write:ident over $read:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $write<'c>(pub(crate) $read<'c>);

        impl<'c> std::ops::Deref for $write<'c> {
            type Target = $read<'c>;

            fn deref(&self) -> &$read<'c> {
                &self.0
            }
        }
    };
}
pub(crate) use write_handle;

/// Returns the text of a document to store, unless it is too large.
pub(crate) fn document(what: &'static str, value: &Value) -> Result<String, StorageError> {
    let text = value.to_string();
    if text.len() > DOCUMENT_BYTES {
        let bytes = text.len();
        return Err(StorageError::TooLarge { what, bytes });
    }
    Ok(text)
}

/// Reads one column of text as what it says.
pub(crate) fn parse<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &rusqlite::Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    let at = row.as_ref().column_index(column)?;
    row.get_ref(at)?.as_str()?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// Reads one column of JSON text.
pub(crate) fn json(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Value> {
    parse(row, column)
}

/// Reads one column of milliseconds.
pub(crate) fn time(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<jiff::Timestamp> {
    row.get(column).map(crate::time::timestamp)
}

/// Cuts a text to so many characters.
pub(crate) fn clip(text: &mut String, chars: usize) {
    if let Some((at, _)) = text.char_indices().nth(chars) {
        text.truncate(at);
        text.shrink_to_fit();
    }
}

/// Returns how many rows a caller gets that asked for `limit`.
pub(crate) fn row_limit(limit: u32) -> u32 {
    if limit == 0 {
        ROWS_PER_QUERY
    } else {
        limit.min(ROWS_PER_QUERY)
    }
}

/// The conditions of a query that is put together, and their parameters in the same order.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) texts: Vec<&'static str>,
    pub(crate) params: Vec<Box<dyn rusqlite::ToSql>>,
}

impl Conditions {
    /// Adds a condition with one parameter.
    pub(crate) fn add(&mut self, text: &'static str, param: impl rusqlite::ToSql + 'static) {
        self.texts.push(text);
        self.params.push(Box::new(param));
    }

    /// Returns the rows of `table` that meet all conditions and have an id within the cursors, the lowest ids first: the
    /// next ones after `after`, or else the last ones.
    pub(crate) fn page<T>(
        mut self,
        conn: &rusqlite::Connection,
        table: &'static str,
        (after, before): (Option<i64>, Option<i64>),
        limit: u32,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        if let Some(before) = before {
            self.add("id < ?", before);
        }
        self.add("id > ?", after.unwrap_or(0));
        let order = if after.is_some() { "ASC" } else { "DESC" };
        let conditions = self.texts.join(" AND ");
        let sql = format!("SELECT * FROM {table} WHERE {conditions} ORDER BY id {order} LIMIT ?");
        self.params.push(Box::new(row_limit(limit)));
        let mut rows = conn
            .prepare_cached(&sql)?
            .query_map(rusqlite::params_from_iter(self.params), row)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if after.is_none() {
            rows.reverse();
        }
        Ok(rows)
    }
}
