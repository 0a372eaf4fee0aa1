//! An installation's data as plain text, a piece at a time: it may be larger than memory.

use futures_util::Stream;
use futures_util::stream::unfold;
use homemaid_protocol::InstallationId;
use homemaid_storage::KvRow;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::core::Core;
use crate::error::CoreError;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON array of objects.
    Json,
    /// Comma-separated values with a header (RFC 4180); a value of key-value data is its JSON.
    Csv,
}

/// Where an export has got to.
enum At {
    Begin,
    After(String),
    End,
}

impl Core {
    /// Returns an installation's key-value data as text, in pieces. Each piece is of one moment, the whole need not be.
    pub fn export_kv(
        &self,
        id: &InstallationId,
        format: ExportFormat,
    ) -> Result<impl Stream<Item = Result<String, CoreError>> + Send + 'static, CoreError> {
        self.installed(id)?;
        let (storage, id) = (self.0.services.storage.clone(), id.clone());
        Ok(unfold(At::Begin, move |at| {
            let (storage, id) = (storage.clone(), id.clone());
            async move {
                let (after, first) = match at {
                    At::Begin => (String::new(), true),
                    At::After(key) => (key, false),
                    At::End => return None,
                };
                let rows = storage.try_read(move |tx| tx.kv(&id).dump(&after)).await;
                let rows = match rows {
                    Ok(rows) => rows,
                    Err(error) => return Some((Err(error.into()), At::End)),
                };
                let next = rows.last().map_or(At::End, |last| At::After(last.key.clone()));
                Some((Ok(piece(format, &rows, first)), next))
            }
        }))
    }
}

/// Writes some rows; none means that this is the end.
fn piece(format: ExportFormat, rows: &[KvRow], first: bool) -> String {
    let mut text = String::new();
    match format {
        ExportFormat::Json => {
            if first {
                text.push('[');
            }
            for (at, row) in rows.iter().enumerate() {
                text.push_str(if first && at == 0 { "\n" } else { ",\n" });
                let value = row.value.parse().unwrap_or(Value::String(row.value.clone()));
                let object = json!({"key": row.key, "value": value, "expires_at": expires_at(row)});
                text.push_str(&object.to_string());
            }
            if rows.is_empty() {
                text.push_str("\n]\n");
            }
        }
        ExportFormat::Csv => {
            if first {
                text.push_str("key,value,expires_at\r\n");
            }
            for row in rows {
                let expires = expires_at(row).map(|at| at.to_string()).unwrap_or_default();
                for (at, field) in [&row.key, &row.value, &expires].into_iter().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    push_field(&mut text, field);
                }
                text.push_str("\r\n");
            }
        }
    }
    text
}

fn expires_at(row: &KvRow) -> Option<Timestamp> {
    row.expires_at.and_then(|at| Timestamp::from_millisecond(at).ok())
}

/// Appends a field of RFC 4180, in quotes where it needs them.
pub(crate) fn push_field(text: &mut String, field: &str) {
    if field.contains(['"', ',', '\r', '\n']) {
        text.push('"');
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<KvRow> {
        [("a", "1", None), ("b,\"c\"", r#"{"x":"y\nz"}"#, Some(0))]
            .into_iter()
            .map(|(key, value, expires_at)| KvRow {
                key: key.to_owned(),
                value: value.to_owned(),
                expires_at,
            })
            .collect()
    }

    #[test]
    fn pieces_make_one_document() {
        for pieces in [vec![2], vec![1, 1], vec![]] {
            let (mut rest, mut text) = (rows(), String::new());
            let mut first = true;
            for size in &pieces {
                let some: Vec<_> = rest.drain(..size).collect();
                text.push_str(&piece(ExportFormat::Json, &some, first));
                first = false;
            }
            text.push_str(&piece(ExportFormat::Json, &[], first));
            let whole: Vec<Value> = serde_json::from_str(&text).unwrap();
            assert_eq!(whole.len(), pieces.iter().sum::<usize>(), "{text}");
        }
    }

    #[test]
    fn fields_that_need_them_have_quotes() {
        let text = piece(ExportFormat::Csv, &rows(), true) + &piece(ExportFormat::Csv, &[], false);
        assert_eq!(
            text,
            "key,value,expires_at\r\na,1,\r\n\"b,\"\"c\"\"\",\"{\"\"x\"\":\"\"y\\nz\"\"}\",1970-01-01T00:00:00Z\r\n"
        );
    }
}
