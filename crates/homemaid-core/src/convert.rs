//! From what the house holds to what the owner sees.

use homemaid_discord::{DiscordStatus, GuildSummary, HeldBack, RequestBudget};
use homemaid_package::{Finding, StoredVersion};
use homemaid_storage::{
    AuditCause, AuditLine, AuditVerdict, Decision, LogLine, MetricAnswer, MetricInfo, Retention,
};
use serde_json::Value;

use crate::view::{
    AuditBreakView, AuditCauseView, AuditDayView, AuditVerdictView, AuditView, DiscordView, FindingView,
    GuildView, LogView, MetricAnswerView, MetricLineView, MetricView, RefusedRequestsView,
    RequestedCapability, RetentionView,
};

impl From<LogLine> for LogView {
    fn from(LogLine { id, record }: LogLine) -> Self {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Self {
            id,
            at: record.at,
            installation: record.installation.to_string(),
            level: record.level.name().to_owned(),
            source: record.source.name().to_owned(),
            message: record.message,
            tags: record.tags,
            extra: record
                .extra
                .into_iter()
                .map(|(key, value)| (key, text(value)))
                .collect(),
        }
    }
}

fn texts(ids: &[homemaid_protocol::Snowflake]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

impl From<AuditLine> for AuditView {
    fn from(AuditLine { id, record }: AuditLine) -> Self {
        Self {
            id,
            at: record.at,
            kind: record.kind.name().to_owned(),
            installation: record.installation.map(|id| id.to_string()),
            method: record.method.into_owned(),
            decision: match record.decision {
                Decision::Allowed => "allowed",
                Decision::Refused => "refused",
            }
            .to_owned(),
            outcome: record.outcome.into_owned(),
            duration_us: record.duration_us,
            event_id: record.event_id,
            channel: record.touched.channel.map(|id| id.to_string()),
            messages: texts(&record.touched.messages),
            members: texts(&record.touched.members),
            role: record.touched.role.map(|id| id.to_string()),
            detail: record.detail,
        }
    }
}

impl From<GuildSummary> for GuildView {
    fn from(guild: GuildSummary) -> Self {
        Self {
            id: guild.id.to_string(),
            name: guild.name,
            icon: guild.icon,
            member_count: guild.member_count,
        }
    }
}

impl From<&DiscordStatus> for DiscordView {
    fn from(status: &DiscordStatus) -> Self {
        let mut view = Self {
            state: String::new(),
            user: None,
            user_id: None,
            application_id: None,
            reason: None,
            fix: None,
            notices: Vec::new(),
            refused_requests: RefusedRequestsView::default(),
        };
        let state = match status {
            DiscordStatus::Connecting => "connecting",
            DiscordStatus::Connected { user, notices } => {
                view.user = Some(user.username.clone());
                view.user_id = Some(user.id.clone());
                view.application_id = Some(user.application_id.clone());
                view.notices.clone_from(notices);
                "connected"
            }
            DiscordStatus::Reconnecting { reason } => {
                view.reason = Some(reason.clone());
                "reconnecting"
            }
            DiscordStatus::Failed { reason, fix, .. } => {
                view.reason = Some(reason.clone());
                view.fix = Some(fix.clone());
                "failed"
            }
        };
        view.state.push_str(state);
        view
    }
}

impl From<RequestBudget> for RefusedRequestsView {
    fn from(budget: RequestBudget) -> Self {
        let held_back = match budget.held_back {
            HeldBack::Nothing => "nothing",
            HeldBack::Background => "background",
            HeldBack::Calls => "calls",
            HeldBack::Everything => "everything",
        };
        Self {
            refused: budget.refused,
            limit: budget.limit,
            held_back: held_back.to_owned(),
        }
    }
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: format!("{:?}", finding.severity).to_lowercase(),
            code: finding.code.clone(),
            message: finding.message.clone(),
            path: finding.path.clone(),
            line: finding.line,
            hint: finding.hint.clone(),
        }
    }
}

/// Returns what a version asks for.
pub(crate) fn requested(version: &StoredVersion) -> Vec<RequestedCapability> {
    version
        .manifest
        .capabilities
        .iter()
        .map(|capability| (*capability).into())
        .collect()
}

/// Returns the names of a version's slash commands.
pub(crate) fn command_names(version: &StoredVersion) -> Vec<String> {
    version
        .manifest
        .slash_commands
        .iter()
        .map(|command| command.name.clone())
        .collect()
}

impl From<AuditCause> for AuditCauseView {
    fn from(AuditCause { record, event }: AuditCause) -> Self {
        Self {
            record: record.into(),
            event: event.map(Into::into),
        }
    }
}

impl From<AuditVerdict> for AuditVerdictView {
    fn from(verdict: AuditVerdict) -> Self {
        Self {
            verified: verdict.verified,
            unchained: verdict.unchained,
            days: verdict
                .days
                .into_iter()
                .map(|day| AuditDayView {
                    day: day.day,
                    records: day.records,
                    forgotten: day.forgotten,
                    end: day.end,
                })
                .collect(),
            broken: verdict.broken.map(|broken| AuditBreakView {
                day: broken.day,
                record: broken.record,
                reason: broken.reason,
            }),
        }
    }
}

impl From<MetricAnswer> for MetricAnswerView {
    fn from(answer: MetricAnswer) -> Self {
        Self {
            labels: answer.labels,
            series: answer
                .series
                .into_iter()
                .map(|line| MetricLineView {
                    name: line.name,
                    data: line.data,
                })
                .collect(),
            total: answer.total,
        }
    }
}

impl From<MetricInfo> for MetricView {
    fn from(MetricInfo { name, series, tags }: MetricInfo) -> Self {
        Self { name, series, tags }
    }
}

impl From<Retention> for RetentionView {
    fn from(kept: Retention) -> Self {
        Self {
            log_days: kept.log_days,
            log_bytes: kept.log_bytes,
            audit_days: kept.audit_days,
        }
    }
}

impl From<RetentionView> for Retention {
    fn from(view: RetentionView) -> Self {
        Self {
            log_days: view.log_days,
            log_bytes: view.log_bytes,
            audit_days: view.audit_days,
        }
    }
}
