//! Reading the audit.

use homemaid_protocol::{InstallationId, Snowflake};
use jiff::Timestamp;

use super::Audit;
use super::record::{AuditKind, AuditLine, Decision, Target, as_number};
use crate::StorageError;
use crate::table::Conditions;

/// Which records are wanted; each condition narrows them.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// Of this kind, or of any.
    pub kind: Option<AuditKind>,
    /// With this decision, or with any.
    pub decision: Option<Decision>,
    /// That touched this message.
    pub message: Option<Snowflake>,
    /// That touched this member or user.
    pub member: Option<Snowflake>,
    /// Of this event: itself and the calls its handlers made.
    pub event: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// The oldest ones after this id; without a cursor the newest ones.
    pub after: Option<i64>,
    /// The newest ones before this id.
    pub before: Option<i64>,
    /// How many: 1 to [`ROWS_PER_QUERY`](crate::ROWS_PER_QUERY), which is also what 0 means.
    pub limit: u32,
}

/// A call and what caused it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditCause {
    /// The record that touched the message.
    pub record: AuditLine,
    /// The event whose handler made the call; `None` when the plugin called by itself or did not say.
    pub event: Option<AuditLine>,
}

impl Audit<'_> {
    /// Returns what the filter asks for, the oldest first.
    pub fn list(&self, filter: &AuditFilter) -> Result<Vec<AuditLine>, StorageError> {
        self.select(filter).map_err(StorageError::on("audit.list"))
    }

    /// Returns every record that touched a message, the oldest first, each with the event that caused it.
    pub fn causes(&self, message: Snowflake) -> Result<Vec<AuditCause>, StorageError> {
        let filter = AuditFilter {
            message: Some(message),
            after: Some(0),
            ..AuditFilter::default()
        };
        let find = || {
            self.select(&filter)?
                .into_iter()
                .map(|record| {
                    let event = self.event_of(&record)?;
                    Ok(AuditCause { record, event })
                })
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        find().map_err(StorageError::on("audit.causes"))
    }

    /// Returns the event that caused a call, by the id the plugin gave.
    fn event_of(&self, call: &AuditLine) -> rusqlite::Result<Option<AuditLine>> {
        let record = &call.record;
        let (Some(event), AuditKind::Call) = (&record.event_id, record.kind) else {
            return Ok(None);
        };
        let filter = AuditFilter {
            installation: record.installation.clone(),
            kind: Some(AuditKind::Event),
            event: Some(event.clone()),
            limit: 1,
            ..AuditFilter::default()
        };
        Ok(self.select(&filter)?.pop())
    }

    fn select(&self, filter: &AuditFilter) -> rusqlite::Result<Vec<AuditLine>> {
        let mut conditions = Conditions::default();
        if let Some(installation) = &filter.installation {
            conditions.add("installation = ?", installation.to_string());
        }
        if let Some(kind) = filter.kind {
            conditions.add("kind = ?", kind.number());
        }
        if let Some(decision) = filter.decision {
            conditions.add("allowed = ?", decision == Decision::Allowed);
        }
        if let Some(message) = filter.message {
            conditions.add(touched(Target::Message), as_number(message));
        }
        if let Some(member) = filter.member {
            conditions.add(touched(Target::Member), as_number(member));
        }
        if let Some(event) = &filter.event {
            conditions.add("event_id = ?", event.clone());
        }
        if let Some(since) = filter.since {
            conditions.add("at >= ?", since.as_millisecond());
        }
        if let Some(until) = filter.until {
            conditions.add("at < ?", until.as_millisecond());
        }
        let cursors = (filter.after, filter.before);
        conditions.page(self.0.conn, "audit", cursors, filter.limit, AuditLine::from_row)
    }
}

/// Returns the condition that a record touched one thing of that kind.
fn touched(kind: Target) -> &'static str {
    match kind {
        Target::Message => "id IN (SELECT record FROM audit_targets WHERE kind = 1 AND target = ?)",
        Target::Member => "id IN (SELECT record FROM audit_targets WHERE kind = 2 AND target = ?)",
        // Not indexed, so never asked for.
        Target::Channel | Target::Role => "id <> id AND id = ?",
    }
}
