//! The owner's data browser, the tables: what a plugin keeps by SQL.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use homemaid_core::{TablePageView, TableRowView, TablesView};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::parse;
use crate::error::{ApiError, ErrorBody};
use crate::json::Json;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(tables))
        .routes(routes!(rows))
        .routes(routes!(edit, delete))
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RowsWanted {
    /// Rows after this one: the `next` of the page before.
    #[serde(default)]
    #[param(required = false)]
    after: Option<String>,
    /// How many at most, 1 to 1000.
    #[serde(default = "hundred")]
    #[param(required = false)]
    limit: usize,
}

fn hundred() -> usize {
    100
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
pub(crate) struct RowChange {
    /// The new values by column; the others stay.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
    /// The row's tag as it was seen.
    tag: String,
}

/// An installation's tables.
#[utoipa::path(get, path = "/api/installations/{id}/sql", tag = "data", operation_id = "tables",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = TablesView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
async fn tables(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<TablesView>, ApiError> {
    Ok(axum::Json(state.core.tables(&parse(&id)?).await?))
}

/// A table's rows, a page at a time.
#[utoipa::path(get, path = "/api/installations/{id}/sql/{table}", tag = "data", operation_id = "tableRows",
    params(("id" = String, Path, description = "plugin@guild"), ("table" = String, Path), RowsWanted),
    responses((status = 200, body = TablePageView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)))]
async fn rows(
    State(state): State<ApiState>,
    Path((id, table)): Path<(String, String)>,
    Query(wanted): Query<RowsWanted>,
) -> Result<axum::Json<TablePageView>, ApiError> {
    let page = state
        .core
        .table_rows(&parse(&id)?, &table, wanted.after.as_deref(), wanted.limit)
        .await?;
    Ok(axum::Json(page))
}

/// Changes a row, if it is as it was seen.
#[utoipa::path(patch, path = "/api/installations/{id}/sql/{table}/{row}", tag = "data", operation_id = "rowEdit",
    params(("id" = String, Path, description = "plugin@guild"), ("table" = String, Path), ("row" = String, Path)),
    request_body = RowChange,
    responses((status = 200, body = TableRowView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "it was changed meanwhile"),
        (status = 422, body = ErrorBody, description = "not what the table takes, or the quota is full")))]
async fn edit(
    State(state): State<ApiState>,
    Path((id, table, row)): Path<(String, String, String)>,
    Json(change): Json<RowChange>,
) -> Result<axum::Json<TableRowView>, ApiError> {
    let RowChange { values, tag } = change;
    let row = state
        .core
        .table_edit(&parse(&id)?, &table, &row, values, &tag)
        .await?;
    Ok(axum::Json(row))
}

/// Deletes a row, if it is as it was seen.
#[utoipa::path(delete, path = "/api/installations/{id}/sql/{table}/{row}", tag = "data", operation_id = "rowDelete",
    params(("id" = String, Path, description = "plugin@guild"), ("table" = String, Path), ("row" = String, Path), Seen),
    responses((status = 204, description = "gone"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "it was changed meanwhile"),
        (status = 422, body = ErrorBody)))]
async fn delete(
    State(state): State<ApiState>,
    Path((id, table, row)): Path<(String, String, String)>,
    Query(seen): Query<Seen>,
) -> Result<StatusCode, ApiError> {
    state
        .core
        .table_delete(&parse(&id)?, &table, &row, &seen.tag)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
