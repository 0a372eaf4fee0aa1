//! What installations wrote and did: logs, audit records, and how long both are kept.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::Json;
use axum::extract::{Path, Query, State};
use homemaid_core::{
    AuditCauseView, AuditKind, AuditQuery, AuditVerdictView, AuditView, LogQuery, LogSource, LogView,
    RetentionView,
};
use homemaid_protocol::LogLevel;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{installed, parse};
use crate::error::{ApiError, ErrorBody};
use crate::limits::PAGE;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(logs))
        .routes(routes!(audit))
        .routes(routes!(whole_audit))
        .routes(routes!(causes))
        .routes(routes!(verify_audit))
        .routes(routes!(retention, set_retention))
}

/// Which lines of a log; each condition narrows them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogPage {
    /// The oldest lines after this id; without a cursor the newest ones.
    after: Option<i64>,
    /// The newest lines before this id: the page before.
    before: Option<i64>,
    /// How many at most.
    limit: Option<u32>,
    /// Of this level and above: `debug`, `info`, `warning` or `error`.
    level: Option<String>,
    /// From `plugin`, `stdout`, `stderr` or `host`.
    source: Option<String>,
    /// With this tag.
    tag: Option<String>,
    /// With these words in message, tags or extras: `word`, `"a phrase"`, `-without`, `begin*`. Any text is allowed.
    search: Option<String>,
    /// Not older than this moment, in RFC 3339.
    since: Option<String>,
    /// Older than this moment, in RFC 3339.
    until: Option<String>,
}

/// Which audit records; each condition narrows them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditPage {
    /// The oldest records after this id; without a cursor the newest ones.
    after: Option<i64>,
    /// The newest records before this id: the page before.
    before: Option<i64>,
    /// How many at most.
    limit: Option<u32>,
    /// `call`, `event`, `owner` or `host`; `all` for any.
    kind: Option<String>,
    /// Only calls that were refused.
    #[serde(default)]
    #[param(required = false)]
    refused: bool,
    /// That touched this Discord message.
    message: Option<String>,
    /// That touched this Discord user.
    member: Option<String>,
    /// Of this event: itself and the calls its handlers made.
    event: Option<String>,
    /// Not older than this moment, in RFC 3339.
    since: Option<String>,
    /// Older than this moment, in RFC 3339.
    until: Option<String>,
}

/// Which message.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfMessage {
    /// The id of a Discord message.
    message: String,
}

/// What an installation logged, the oldest line first.
#[utoipa::path(get, path = "/api/installations/{id}/logs", tag = "records", operation_id = "logs",
    params(("id" = String, Path, description = "plugin@guild"), LogPage),
    responses((status = 200, body = [LogView]), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
async fn logs(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(page): Query<LogPage>,
) -> Result<Json<Vec<LogView>>, ApiError> {
    let query = LogQuery {
        installation: Some(installed(&state, &id)?),
        level: page.level.as_deref().map(level).transpose()?,
        source: page.source.as_deref().map(source).transpose()?,
        tag: page.tag,
        search: page.search,
        since: moment(page.since.as_deref())?,
        until: moment(page.until.as_deref())?,
        after: page.after,
        before: page.before,
        limit: limit(page.limit),
    };
    Ok(Json(state.core.logs(query).await?))
}

/// The calls an installation made, the oldest first; other kinds of records when `kind` says so.
#[utoipa::path(get, path = "/api/installations/{id}/audit", tag = "records", operation_id = "audit",
    params(("id" = String, Path, description = "plugin@guild"), AuditPage),
    responses((status = 200, body = [AuditView]), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
async fn audit(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(page): Query<AuditPage>,
) -> Result<Json<Vec<AuditView>>, ApiError> {
    let id = installed(&state, &id)?;
    let query = AuditQuery {
        installation: Some(id),
        ..page.query(Some(AuditKind::Call))?
    };
    Ok(Json(state.core.audit(query).await?))
}

/// Everything that was done: calls, the events that caused them, and the owner's acts, the oldest first.
#[utoipa::path(get, path = "/api/audit", tag = "records", operation_id = "whole_audit", params(AuditPage),
    responses((status = 200, body = [AuditView]), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn whole_audit(
    State(state): State<ApiState>,
    Query(page): Query<AuditPage>,
) -> Result<Json<Vec<AuditView>>, ApiError> {
    let query = page.query(None)?;
    Ok(Json(state.core.audit(query).await?))
}

/// Who made or changed a Discord message, and what caused that: every record that touched it with its event.
#[utoipa::path(get, path = "/api/audit/causes", tag = "records", operation_id = "audit_causes", params(OfMessage),
    responses((status = 200, body = [AuditCauseView]), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn causes(
    State(state): State<ApiState>,
    Query(of): Query<OfMessage>,
) -> Result<Json<Vec<AuditCauseView>>, ApiError> {
    Ok(Json(state.core.causes(parse(&of.message)?).await?))
}

/// Computes the hash chain of the whole audit again, and names the first record that does not fit.
#[utoipa::path(get, path = "/api/audit/verify", tag = "records", operation_id = "verify_audit",
    responses((status = 200, body = AuditVerdictView), (status = 401, body = ErrorBody)))]
async fn verify_audit(State(state): State<ApiState>) -> Result<Json<AuditVerdictView>, ApiError> {
    Ok(Json(state.core.verify_audit().await?))
}

/// How long logs and audit are kept.
#[utoipa::path(get, path = "/api/retention", tag = "records", operation_id = "retention",
    responses((status = 200, body = RetentionView), (status = 401, body = ErrorBody)))]
async fn retention(State(state): State<ApiState>) -> Json<RetentionView> {
    Json(state.core.retention())
}

/// Changes how long logs and audit are kept; the answer is what is in force, brought into bounds.
#[utoipa::path(put, path = "/api/retention", tag = "records", operation_id = "set_retention",
    request_body = RetentionView,
    responses((status = 200, body = RetentionView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn set_retention(
    State(state): State<ApiState>,
    crate::json::Json(wanted): crate::json::Json<RetentionView>,
) -> Result<Json<RetentionView>, ApiError> {
    Ok(Json(state.core.set_retention(wanted).await?))
}

impl AuditPage {
    fn query(self, usual: Option<AuditKind>) -> Result<AuditQuery, ApiError> {
        Ok(AuditQuery {
            installation: None,
            kind: match self.kind.as_deref() {
                None => usual,
                Some("all") => None,
                Some(name) => Some(kind(name)?),
            },
            refused_only: self.refused,
            message: self.message.as_deref().map(parse).transpose()?,
            member: self.member.as_deref().map(parse).transpose()?,
            event: self.event,
            since: moment(self.since.as_deref())?,
            until: moment(self.until.as_deref())?,
            after: self.after,
            before: self.before,
            limit: limit(self.limit),
        })
    }
}

fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE).clamp(1, PAGE)
}

fn level(name: &str) -> Result<LogLevel, ApiError> {
    match name {
        "debug" => Ok(LogLevel::Debug),
        "info" => Ok(LogLevel::Info),
        "warning" => Ok(LogLevel::Warning),
        "error" => Ok(LogLevel::Error),
        _ => Err(bad("The level is one of debug, info, warning and error.")),
    }
}

fn source(name: &str) -> Result<LogSource, ApiError> {
    LogSource::ALL
        .into_iter()
        .find(|source| source.name() == name)
        .ok_or_else(|| bad("The source is one of plugin, stdout, stderr and host."))
}

fn kind(name: &str) -> Result<AuditKind, ApiError> {
    AuditKind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| bad("The kind is one of call, event, owner, host and all."))
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| bad("A moment is written like 2026-03-01T12:00:00Z."))
}

fn bad(sentence: &str) -> ApiError {
    ApiError::bad_request("bad_request", sentence)
}
