//! One person's data: where a Discord user id is mentioned, and how it is taken out.
//!
//! * A key that holds the id goes with its value: it is about that person.
//! * In a value, what stands under the id as a name goes; a list loses entries that are the id; anywhere else the id
//!   alone is replaced, so that what belongs to others stays.
//! * A log line that holds the id goes.
//!
//! What holds the person under another name, a nickname for example, cannot be found by the id.

#[cfg(test)]
mod tests;
mod text;

use homemaid_protocol::InstallationId;
use rusqlite::{Connection, params};

use text::{is_mentioned, redact};

use crate::limits::{PERSON_ROWS, PERSON_STEP_ROWS};
use crate::{ReadTx, StorageError, WriteTx};

/// A row of key-value data that mentions the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Whose data it is in.
    pub installation: InstallationId,
    /// The key.
    pub key: String,
    /// The value as compact JSON.
    pub value: String,
    /// The key itself mentions the person, and so the row goes as a whole.
    pub by_key: bool,
}

impl ReadTx<'_> {
    /// Returns the rows of key-value data that mention the user id, at most [`PERSON_ROWS`]; looks through all of it.
    pub fn person_rows(&self, user: &str) -> Result<Vec<PersonRow>, StorageError> {
        let run = || -> rusqlite::Result<Vec<PersonRow>> {
            let mut query = self.conn.prepare(
                "SELECT s.installation, k.key, k.value FROM kv k JOIN kv_spaces s ON s.id = k.space
                 WHERE s.installation IS NOT NULL AND (k.expires_at IS NULL OR k.expires_at > ?2)
                   AND (instr(k.key, ?1) OR instr(k.value, ?1))
                 ORDER BY s.installation, k.key",
            )?;
            let mut rows = query.query(params![user, self.now])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (installation, key, value): (String, String, String) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                let by_key = is_mentioned(&key, user);
                let Ok(installation) = installation.parse() else {
                    continue;
                };
                if by_key || is_mentioned(&value, user) {
                    found.push(PersonRow {
                        installation,
                        key,
                        value,
                        by_key,
                    });
                }
                if found.len() >= PERSON_ROWS {
                    break;
                }
            }
            Ok(found)
        };
        run().map_err(StorageError::on("person.find"))
    }
}

impl WriteTx<'_> {
    /// Takes the user id out of so many rows of key-value data at most; returns how many, 0 when none is left.
    pub fn person_erase(&mut self, user: &str) -> Result<usize, StorageError> {
        erase(self.conn, user).map_err(StorageError::on("person.erase"))
    }
}

fn erase(conn: &Connection, user: &str) -> rusqlite::Result<usize> {
    // Expired rows too: they are still on the disk.
    let mut rows: Vec<(i64, String, String)> = Vec::new();
    {
        let mut query =
            conn.prepare("SELECT id, key, value FROM kv WHERE instr(key, ?1) OR instr(value, ?1)")?;
        let mut found = query.query([user])?;
        while let (Some(row), true) = (found.next()?, rows.len() < PERSON_STEP_ROWS) {
            let row: (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if is_mentioned(&row.1, user) || is_mentioned(&row.2, user) {
                rows.push(row);
            }
        }
    }
    for (id, key, value) in &rows {
        if is_mentioned(key, user) {
            conn.execute("DELETE FROM kv WHERE id = ?1", [id])?;
        } else {
            conn.execute(
                "UPDATE kv SET value = ?2 WHERE id = ?1",
                params![id, redact(value, user)],
            )?;
        }
    }
    Ok(rows.len())
}

/// Removes log lines that mention the user id; returns how many.
pub(crate) fn erase_logs(conn: &Connection, user: &str) -> rusqlite::Result<usize> {
    let tx = conn.unchecked_transaction()?;
    let lines: Vec<i64> = mentioned_logs(&tx, user)?
        .into_iter()
        .map(|(id, ..)| id)
        .collect();
    {
        let mut delete = tx.prepare("DELETE FROM logs WHERE id = ?1")?;
        for id in &lines {
            delete.execute([id])?;
        }
    }
    tx.commit()?;
    Ok(lines.len())
}

/// Returns id, installation and message of the log lines that mention the user id, at most [`PERSON_ROWS`].
pub(crate) fn mentioned_logs(conn: &Connection, user: &str) -> rusqlite::Result<Vec<(i64, String, String)>> {
    let mut query = conn.prepare(
        "SELECT id, installation, message, tags, extra FROM logs
         WHERE instr(message, ?1) OR instr(tags, ?1) OR instr(extra, ?1) ORDER BY id",
    )?;
    let mut rows = query.query([user])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (message, tags, extra): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
        if [&message, &tags, &extra]
            .iter()
            .any(|text| is_mentioned(text, user))
        {
            found.push((row.get(0)?, row.get(1)?, message));
        }
        if found.len() >= PERSON_ROWS {
            break;
        }
    }
    Ok(found)
}
