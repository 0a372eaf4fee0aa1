//! Plugins: list, upload, delete.

use axum::Json;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use homemaid_core::{PluginView, UploadReport};
use homemaid_protocol::PluginId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::parse;
use crate::error::{ApiError, ErrorBody};
use crate::limits::{UPLOAD_BODY_BYTES, UPLOAD_MANIFEST_BYTES, UPLOAD_ZIP_BYTES};
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    let upload = OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(UPLOAD_BODY_BYTES));
    OpenApiRouter::new()
        .routes(routes!(plugins))
        .routes(routes!(delete))
        .merge(upload)
}

/// Every plugin with its versions, newest first.
#[utoipa::path(get, path = "/api/plugins", tag = "plugins", operation_id = "plugins",
    responses((status = 200, body = [PluginView]), (status = 401, body = ErrorBody)))]
async fn plugins(State(state): State<ApiState>) -> Json<Vec<PluginView>> {
    Json(state.core.plugins())
}

/// What an upload consists of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
struct Upload {
    /// The plugin's zip.
    #[schema(value_type = String, format = Binary)]
    zip: Vec<u8>,
    /// A manifest for an early plugin that has none of its own.
    #[schema(value_type = Option<String>, format = Binary)]
    manifest: Option<Vec<u8>>,
}

/// Takes in a plugin zip: it is checked and stored, and nothing of it runs.
#[utoipa::path(post, path = "/api/plugins", tag = "plugins", operation_id = "uploadPlugin",
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = UploadReport),
        (status = 400, body = ErrorBody, description = "not a form with a zip in it"),
        (status = 401, body = ErrorBody),
        (status = 413, body = ErrorBody, description = "larger than a plugin may be"),
        (status = 422, body = ErrorBody, description = "the zip was refused; the findings say why"),
    ))]
async fn upload(
    State(state): State<ApiState>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<UploadReport>, ApiError> {
    // Bounds the memory all uploads take together: they wait here before anything of them is read.
    let _permit = state.uploads.acquire().await;
    let mut form =
        form.map_err(|rejection| ApiError::bad_request("bad_request", sentence(&rejection.body_text())))?;
    let (mut zip, mut manifest) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name() {
            Some("zip") => zip = Some(read(field, UPLOAD_ZIP_BYTES, "zip").await?),
            Some("manifest") => manifest = Some(read(field, UPLOAD_MANIFEST_BYTES, "manifest").await?),
            _ => {
                return Err(ApiError::bad_request(
                    "bad_request",
                    "The form holds more than a zip and a manifest.",
                ));
            }
        }
    }
    let zip =
        zip.ok_or_else(|| ApiError::bad_request("bad_request", "The form holds no file called zip."))?;
    Ok(Json(state.core.upload(zip, manifest).await?))
}

async fn read(mut field: Field<'_>, most: usize, what: &str) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(too_large(&format!(
                "The {what} is larger than {} MB, the most it may be.",
                most >> 20
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large("The upload is larger than a plugin may be.");
    }
    ApiError::bad_request(
        "bad_request",
        "The upload broke off or is not a form; try it again.",
    )
}

fn too_large(message: &str) -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
}

fn sentence(text: &str) -> String {
    crate::error::capitalised(text)
}

/// Deletes a plugin with all its versions; it must not be installed anywhere.
#[utoipa::path(delete, path = "/api/plugins/{plugin}", tag = "plugins", operation_id = "deletePlugin",
    params(("plugin" = String, Path, description = "the plugin's id")),
    responses(
        (status = 204, description = "deleted"),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "still installed somewhere"),
    ))]
async fn delete(State(state): State<ApiState>, Path(plugin): Path<String>) -> Result<StatusCode, ApiError> {
    let plugin: PluginId = parse(&plugin)?;
    state.core.remove_plugin(&plugin).await?;
    Ok(StatusCode::NO_CONTENT)
}
