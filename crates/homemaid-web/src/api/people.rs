//! What is stored about one person, and an installation's data as plain files.

#![expect(
    unused_qualifications,
    reason = "the description macro spells out what Query holds"
)]

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use homemaid_core::{ExportFormat, PersonErased, PersonView};
use homemaid_protocol::InstallationId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::parse;
use crate::error::{ApiError, ErrorBody};
use crate::json::Json;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(person))
        .routes(routes!(erase_person))
        .routes(routes!(export_kv))
        .routes(routes!(export_table))
}

/// What the owner agreed to.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Erase {
    /// How many places were found when it was looked.
    found: usize,
}

/// How to write it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Format {
    /// `json` or `csv`.
    #[serde(default)]
    #[param(required = false)]
    format: String,
}

/// Everything stored that mentions a Discord user id. Changes nothing; this is also the person's own export.
#[utoipa::path(get, path = "/api/people/{user}", tag = "data", operation_id = "person",
    params(("user" = String, Path, description = "the Discord user id")),
    responses((status = 200, body = PersonView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
async fn person(
    State(state): State<ApiState>,
    Path(user): Path<String>,
) -> Result<axum::Json<PersonView>, ApiError> {
    Ok(axum::Json(state.core.person(parse(&user)?).await?))
}

/// Takes a person out of everything stored, if it is still as many places as were found.
#[utoipa::path(post, path = "/api/people/{user}/erase", tag = "data", operation_id = "erasePerson",
    params(("user" = String, Path, description = "the Discord user id")), request_body = Erase,
    responses((status = 200, body = PersonErased), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "there are other places by now: look again")))]
async fn erase_person(
    State(state): State<ApiState>,
    Path(user): Path<String>,
    Json(agreed): Json<Erase>,
) -> Result<axum::Json<PersonErased>, ApiError> {
    Ok(axum::Json(
        state.core.erase_person(parse(&user)?, agreed.found).await?,
    ))
}

/// An installation's key-value data as a file.
#[utoipa::path(get, path = "/api/installations/{id}/export/kv", tag = "data", operation_id = "exportKv",
    params(("id" = String, Path, description = "plugin@guild"), Format),
    responses((status = 200, content_type = "application/json", body = String, description = "or text/csv"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn export_kv(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(wanted): Query<Format>,
) -> Result<Response, ApiError> {
    let id: InstallationId = parse(&id)?;
    let format = format(&wanted)?;
    let pieces = state.core.export_kv(&id, format)?;
    Ok((headers(format, &format!("{id}-kv")), Body::from_stream(pieces)).into_response())
}

/// One of an installation's tables as a file.
#[utoipa::path(get, path = "/api/installations/{id}/export/sql/{table}", tag = "data", operation_id = "exportTable",
    params(("id" = String, Path, description = "plugin@guild"), ("table" = String, Path), Format),
    responses((status = 200, content_type = "application/json", body = String, description = "or text/csv"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn export_table(
    State(state): State<ApiState>,
    Path((id, table)): Path<(String, String)>,
    Query(wanted): Query<Format>,
) -> Result<Response, ApiError> {
    let id: InstallationId = parse(&id)?;
    let format = format(&wanted)?;
    let pieces = state.core.export_table(&id, &table, format).await?;
    // A table may be called anything; a file's name may not.
    let name: String = table
        .chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() || one == '_' {
                one
            } else {
                '-'
            }
        })
        .collect();
    Ok((
        headers(format, &format!("{id}-{name}")),
        Body::from_stream(pieces),
    )
        .into_response())
}

fn format(wanted: &Format) -> Result<ExportFormat, ApiError> {
    match wanted.format.as_str() {
        "" | "json" => Ok(ExportFormat::Json),
        "csv" => Ok(ExportFormat::Csv),
        _ => Err(ApiError::bad_request("bad_request", "The format is json or csv.")),
    }
}

/// Returns what makes the answer a file; `name` is plain.
fn headers(format: ExportFormat, name: &str) -> [(header::HeaderName, String); 2] {
    let (kind, end) = match format {
        ExportFormat::Json => ("application/json", "json"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{end}\""),
        ),
    ]
}
