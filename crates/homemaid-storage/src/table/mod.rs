//! The platform's tables. Each module holds its migration, row type, read handle and write handle.

pub(crate) mod audit;
pub(crate) mod grants;
pub(crate) mod installations;
pub(crate) mod origins;
pub(crate) mod plugins;
pub(crate) mod requests;
pub(crate) mod secrets;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
pub(crate) mod versions;

use serde_json::Value;

use crate::StorageError;
use crate::limits::DOCUMENT_BYTES;

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
