//! What the owner reads of what happened: logs, metrics, audit, and how long they are kept.

use std::sync::Arc;
use std::time::Duration;

use homemaid_protocol::{InstallationId, LogLevel, Snowflake};
use homemaid_storage::{
    AuditFilter, AuditKind, Decision, LogFilter, LogSource, MetricAggregate, MetricError, MetricName,
    MetricPeriod, MetricQuery,
};
use jiff::Timestamp;

use crate::core::Core;
use crate::error::CoreError;
use crate::house::House;
use crate::view::{
    AuditCauseView, AuditVerdictView, AuditView, LogView, MetricAnswerView, MetricView, RetentionView,
};

/// How often the host looks whether something can no longer be written.
const STORAGE_WATCH: Duration = Duration::from_secs(2);

/// Which log lines are wanted; each condition narrows them.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// Of this level and above, or of any.
    pub level: Option<LogLevel>,
    /// From this source.
    pub source: Option<LogSource>,
    /// With this tag.
    pub tag: Option<String>,
    /// With these words: `word`, `"a phrase"`, `-without`, `begin*`.
    pub search: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
    /// Older than this.
    pub until: Option<Timestamp>,
    /// The oldest ones after this id; without a cursor the newest ones.
    pub after: Option<i64>,
    /// The newest ones before this id.
    pub before: Option<i64>,
    /// How many at most; 0 means as many as one query gives.
    pub limit: u32,
}

/// Which audit records are wanted; each condition narrows them.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Of this installation, or of all.
    pub installation: Option<InstallationId>,
    /// Of this kind.
    pub kind: Option<AuditKind>,
    /// Only refused calls.
    pub refused_only: bool,
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
    /// How many at most; 0 means as many as one query gives.
    pub limit: u32,
}

impl Core {
    /// Returns log lines, the oldest first.
    pub async fn logs(&self, query: LogQuery) -> Result<Vec<LogView>, CoreError> {
        let filter = LogFilter {
            installation: query.installation,
            level: query
                .level
                .map(|level| homemaid_storage::LogLevel::parse(level.name())),
            source: query.source,
            tag: query.tag,
            search: query.search,
            since: query.since,
            until: query.until,
            after: query.after,
            before: query.before,
            limit: query.limit,
        };
        let lines = self.0.services.storage.logs(filter).await?;
        Ok(lines.into_iter().map(Into::into).collect())
    }

    /// Returns audit records, the oldest first.
    pub async fn audit(&self, query: AuditQuery) -> Result<Vec<AuditView>, CoreError> {
        let filter = AuditFilter {
            installation: query.installation,
            kind: query.kind,
            decision: query.refused_only.then_some(Decision::Refused),
            message: query.message,
            member: query.member,
            event: query.event,
            since: query.since,
            until: query.until,
            after: query.after,
            before: query.before,
            limit: query.limit,
        };
        let storage = &self.0.services.storage;
        storage.settle().await?;
        let lines = storage.read(move |tx| tx.audit().list(&filter)).await?;
        Ok(lines.into_iter().map(Into::into).collect())
    }

    /// Returns every record that touched a message, the oldest first, each with the event that caused it.
    pub async fn causes(&self, message: Snowflake) -> Result<Vec<AuditCauseView>, CoreError> {
        let storage = &self.0.services.storage;
        storage.settle().await?;
        let causes = storage.read(move |tx| tx.audit().causes(message)).await?;
        Ok(causes.into_iter().map(Into::into).collect())
    }

    /// Computes the whole chain of the audit again.
    pub async fn verify_audit(&self) -> Result<AuditVerdictView, CoreError> {
        let storage = &self.0.services.storage;
        storage.settle().await?;
        Ok(storage.read(|tx| tx.audit().verify()).await?.into())
    }

    /// Returns the metrics an installation has recorded, by name.
    pub async fn metrics(&self, id: &InstallationId) -> Result<Vec<MetricView>, CoreError> {
        let metrics = self.0.services.storage.metrics(id).list().await;
        Ok(metrics.map_err(wrong)?.into_iter().map(Into::into).collect())
    }

    /// Returns a metric over a period, with the words of the wire (wire §6.8).
    pub async fn metric(
        &self,
        id: &InstallationId,
        metric: &str,
        period: &str,
        aggregate: &str,
        group_by: &str,
    ) -> Result<MetricAnswerView, CoreError> {
        let query = || -> Result<MetricQuery, MetricError> {
            Ok(MetricQuery {
                metric: MetricName::parse(metric)?,
                period: MetricPeriod::parse(period)?,
                aggregate: MetricAggregate::parse(aggregate)?,
                group_by: MetricQuery::group_by(group_by)?,
            })
        };
        let query = query().map_err(wrong)?;
        let answer = self.0.services.storage.metrics(id).query(query).await;
        Ok(answer.map_err(wrong)?.into())
    }

    /// Returns how long logs and audit are kept.
    pub fn retention(&self) -> RetentionView {
        self.0.services.storage.retention().into()
    }

    /// Changes how long logs and audit are kept; returns what is in force, which is brought into bounds.
    pub async fn set_retention(&self, wanted: RetentionView) -> Result<RetentionView, CoreError> {
        let services = &self.0.services;
        let kept = services.storage.set_retention(wanted.into()).await?;
        let what = format!(
            "logs {} days and {} bytes, audit {} days",
            kept.log_days, kept.log_bytes, kept.audit_days
        );
        services.owner_did(None, "owner.retention", Some(what));
        Ok(kept.into())
    }
}

fn wrong(error: MetricError) -> CoreError {
    match error {
        MetricError::Storage(error) => error.into(),
        other => CoreError::Invalid(other.to_string()),
    }
}

/// Tells everyone who watches when something can no longer be written, and when it can again.
pub(crate) async fn watch_storage(house: Arc<House>) {
    let mut told = Vec::new();
    let mut tick = tokio::time::interval(STORAGE_WATCH);
    loop {
        tokio::select! {
            biased;
            () = house.draining.cancelled() => return,
            _ = tick.tick() => {}
        }
        let troubles = house.services.storage.troubles();
        if troubles != told {
            told = troubles;
            house.publish_status();
        }
    }
}
