//! The owner's data browser: what an installation has stored.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use homemaid_core::{KvEdit, KvPageView, KvQuery};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::parse;
use crate::error::{ApiError, ErrorBody};
use crate::json::Json;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(kv_page))
        .routes(routes!(kv_edit, kv_delete))
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct KvWanted {
    /// Keys that begin like this.
    #[serde(default)]
    #[param(required = false)]
    prefix: String,
    /// Rows whose key or value holds this text, whatever its capitals.
    #[serde(default)]
    #[param(required = false)]
    search: String,
    /// Keys after this one: the `next` of the page before.
    #[serde(default)]
    #[param(required = false)]
    after: String,
    /// How many at most.
    #[serde(default = "all")]
    #[param(required = false)]
    limit: u32,
}

fn all() -> u32 {
    u32::MAX
}

/// The row as it was seen.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Seen {
    /// Its tag.
    tag: String,
}

/// What a row becomes.
#[derive(Deserialize, ToSchema)]
pub(crate) struct KvChange {
    /// The new value: any JSON.
    value: Value,
    /// Seconds it lives from now, 0 for ever; absent leaves its expiry as it is.
    #[serde(default)]
    ttl_seconds: Option<i64>,
    /// The row's tag as it was seen; absent for a row that is not to be there yet.
    #[serde(default)]
    tag: Option<String>,
}

/// A row after its change.
#[derive(Serialize, ToSchema)]
pub(crate) struct KvChanged {
    /// Its new tag.
    tag: String,
}

/// An installation's key-value data, a page at a time.
#[utoipa::path(get, path = "/api/installations/{id}/kv", tag = "data", operation_id = "kvPage",
    params(("id" = String, Path, description = "plugin@guild"), KvWanted),
    responses((status = 200, body = KvPageView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
async fn kv_page(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(wanted): Query<KvWanted>,
) -> Result<axum::Json<KvPageView>, ApiError> {
    let query = KvQuery {
        prefix: wanted.prefix,
        search: wanted.search,
        after: wanted.after,
        limit: wanted.limit,
    };
    Ok(axum::Json(state.core.kv_page(&parse(&id)?, query).await?))
}

/// Changes a row, if it is as it was seen.
#[utoipa::path(put, path = "/api/installations/{id}/kv/{key}", tag = "data", operation_id = "kvEdit",
    params(("id" = String, Path, description = "plugin@guild"), ("key" = String, Path)), request_body = KvChange,
    responses((status = 200, body = KvChanged), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "it was changed meanwhile"),
        (status = 422, body = ErrorBody, description = "not a legal key or value, or a quota is full")))]
async fn kv_edit(
    State(state): State<ApiState>,
    Path((id, key)): Path<(String, String)>,
    Json(change): Json<KvChange>,
) -> Result<axum::Json<KvChanged>, ApiError> {
    let edit = KvEdit {
        value: change.value,
        ttl_seconds: change.ttl_seconds,
        tag: change.tag,
    };
    let tag = state.core.kv_edit(&parse(&id)?, &key, edit).await?;
    Ok(axum::Json(KvChanged { tag }))
}

/// Deletes a row, if it is as it was seen.
#[utoipa::path(delete, path = "/api/installations/{id}/kv/{key}", tag = "data", operation_id = "kvDelete",
    params(("id" = String, Path, description = "plugin@guild"), ("key" = String, Path), Seen),
    responses((status = 204, description = "gone"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "it was changed meanwhile")))]
async fn kv_delete(
    State(state): State<ApiState>,
    Path((id, key)): Path<(String, String)>,
    Query(seen): Query<Seen>,
) -> Result<StatusCode, ApiError> {
    state.core.kv_delete(&parse(&id)?, &key, &seen.tag).await?;
    Ok(StatusCode::NO_CONTENT)
}
