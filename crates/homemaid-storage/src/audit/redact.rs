//! Blanking what the audit says about one person, so that the chain still holds.

use homemaid_protocol::Snowflake;
use rusqlite::params;

use super::chain::personal;
use super::record::{Target, Touched, as_number};
use super::{Audit, AuditMut};
use crate::StorageError;
use crate::limits::ROWS_PER_QUERY;

impl Audit<'_> {
    /// Returns how many records say that this member or user was acted upon, or caused an event.
    pub fn count_about(&self, member: Snowflake) -> Result<u64, StorageError> {
        self.0
            .conn
            .prepare_cached("SELECT count(*) FROM audit_targets WHERE kind = ?1 AND target = ?2")
            .and_then(|mut query| {
                query.query_row(params![Target::Member.number(), as_number(member)], |row| {
                    row.get::<_, i64>(0)
                })
            })
            .map(i64::unsigned_abs)
            .map_err(StorageError::on("audit.count_about"))
    }
}

impl AuditMut<'_> {
    /// Blanks, in at most [`ROWS_PER_QUERY`] records about this member or user, everything that can be blanked; returns
    /// in how many, and so 0 when nothing is left. The records themselves stay, and the chain stays whole.
    pub fn redact(&mut self, member: Snowflake) -> Result<u64, StorageError> {
        self.redact_some(member).map_err(StorageError::on("audit.redact"))
    }

    fn redact_some(&mut self, member: Snowflake) -> rusqlite::Result<u64> {
        let conn = self.0.0.conn;
        let records: Vec<i64> = conn
            .prepare_cached(
                "SELECT record FROM audit_targets WHERE kind = ?1 AND target = ?2 ORDER BY record LIMIT ?3",
            )?
            .query_map(
                params![Target::Member.number(), as_number(member), ROWS_PER_QUERY],
                |row| row.get(0),
            )?
            .collect::<rusqlite::Result<_>>()?;
        for record in &records {
            let (touched, detail, seal): (Option<String>, Option<String>, Vec<u8>) = conn
                .prepare_cached("SELECT touched, detail, seal FROM audit WHERE id = ?1")?
                .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            // A seal of another length is a digest already: a redaction that was cut short.
            if let Ok(salt) = seal.try_into() {
                let digest = personal(&salt, touched.as_deref(), detail.as_deref());
                conn.prepare_cached(
                    "UPDATE audit SET touched = NULL, detail = NULL, seal = ?2 WHERE id = ?1",
                )?
                .execute(params![record, digest])?;
            }
            let touched = touched.as_deref().map(Touched::from_text).unwrap_or_default();
            let mut delete = conn.prepare_cached(
                "DELETE FROM audit_targets WHERE kind = ?1 AND target = ?2 AND record = ?3",
            )?;
            for (kind, target) in touched.targets() {
                delete.execute(params![kind.number(), as_number(target), record])?;
            }
        }
        Ok(records.len() as u64)
    }
}
