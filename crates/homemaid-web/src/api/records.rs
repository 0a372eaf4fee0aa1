//! What installations wrote and did: logs and audit records.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::Json;
use axum::extract::{Path, Query, State};
use homemaid_core::{AuditQuery, AuditView, LogQuery, LogView};
use homemaid_protocol::{InstallationId, LogLevel};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::parse;
use crate::error::{ApiError, ErrorBody};
use crate::limits::PAGE;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(logs)).routes(routes!(audit))
}

/// Which lines of a log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogPage {
    /// The oldest lines after this id; without it the newest ones.
    after: Option<i64>,
    /// How many at most.
    limit: Option<u32>,
    /// Of this level and above: `debug`, `info`, `warning` or `error`.
    level: Option<String>,
}

/// Which audit records.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditPage {
    /// The oldest records after this id; without it the newest ones.
    after: Option<i64>,
    /// How many at most.
    limit: Option<u32>,
    /// Only calls that were refused.
    #[serde(default)]
    #[param(required = false)]
    refused: bool,
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
    let id = installed(&state, &id)?;
    let level = page.level.as_deref().map(level).transpose()?;
    let query = LogQuery {
        installation: Some(id),
        level,
        after: page.after,
        limit: limit(page.limit),
    };
    Ok(Json(state.core.logs(query).await?))
}

/// The calls an installation made, the oldest first.
#[utoipa::path(get, path = "/api/installations/{id}/audit", tag = "records", operation_id = "audit",
    params(("id" = String, Path, description = "plugin@guild"), AuditPage),
    responses((status = 200, body = [AuditView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn audit(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(page): Query<AuditPage>,
) -> Result<Json<Vec<AuditView>>, ApiError> {
    let id = installed(&state, &id)?;
    let query = AuditQuery {
        installation: Some(id),
        refused_only: page.refused,
        after: page.after,
        limit: limit(page.limit),
    };
    Ok(Json(state.core.audit(query).await?))
}

fn installed(state: &ApiState, id: &str) -> Result<InstallationId, ApiError> {
    let id: InstallationId = parse(id)?;
    match state.core.installation(&id) {
        Some(_) => Ok(id),
        None => Err(ApiError::not_found(format!("{id} is not installed."))),
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
        _ => Err(ApiError::bad_request(
            "bad_request",
            "The level is one of debug, info, warning and error.",
        )),
    }
}
