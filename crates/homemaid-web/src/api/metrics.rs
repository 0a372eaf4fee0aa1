//! What installations measured.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::Json;
use axum::extract::{Path, Query, State};
use homemaid_core::{MetricAnswerView, MetricView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::installed;
use crate::error::{ApiError, ErrorBody};
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(metrics))
        .routes(routes!(metric))
}

/// How to look at a metric.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MetricLook {
    /// `1h`, `24h`, `7d` (when absent), `30d` or `90d`.
    period: Option<String>,
    /// `sum` (when absent), `count`, `avg`, `min` or `max`.
    aggregate: Option<String>,
    /// The tag whose values become lines of their own.
    group_by: Option<String>,
}

/// The metrics an installation has recorded.
#[utoipa::path(get, path = "/api/installations/{id}/metrics", tag = "records", operation_id = "metrics",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = [MetricView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn metrics(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<Vec<MetricView>>, ApiError> {
    let id = installed(&state, &id)?;
    Ok(Json(state.core.metrics(&id).await?))
}

/// A metric of an installation over a period.
#[utoipa::path(get, path = "/api/installations/{id}/metrics/{metric}", tag = "records", operation_id = "metric",
    params(("id" = String, Path, description = "plugin@guild"),
        ("metric" = String, Path, description = "the metric's name"), MetricLook),
    responses((status = 200, body = MetricAnswerView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
async fn metric(
    State(state): State<ApiState>,
    Path((id, metric)): Path<(String, String)>,
    Query(look): Query<MetricLook>,
) -> Result<Json<MetricAnswerView>, ApiError> {
    let id = installed(&state, &id)?;
    let (period, aggregate) = (
        look.period.as_deref().unwrap_or("7d"),
        look.aggregate.as_deref().unwrap_or("sum"),
    );
    let group_by = look.group_by.as_deref().unwrap_or_default();
    let answer = state.core.metric(&id, &metric, period, aggregate, group_by);
    Ok(Json(answer.await?))
}
