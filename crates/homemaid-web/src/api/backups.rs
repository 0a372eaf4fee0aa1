//! Backups: made, examined, scheduled. Restoring is done by the command line, while nothing runs.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use homemaid_core::backup::{Key, Lock, Passphrase, RecoverySheet};
use homemaid_core::{BackupSchedule, BackupView, BackupsView, DrillView};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{ApiError, ErrorBody};
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(backups, make_backup))
        .routes(routes!(set_backup_schedule))
        .routes(routes!(set_backup_recipient))
        .routes(routes!(drill_backup))
}

/// How a backup is to be sealed: for the recovery sheet, with a passphrase, or not at all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBackup {
    /// Seal it for the recovery sheet.
    #[serde(default)]
    sealed: bool,
    /// Seal it with this passphrase of at least 12 characters instead.
    passphrase: Option<String>,
}

/// What opens a sealed backup.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupKey {
    /// The text of the recovery sheet, or its secret line alone.
    sheet: Option<String>,
    /// The passphrase.
    passphrase: Option<String>,
}

/// Whom backups are sealed for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupRecipient {
    /// As the recovery sheet says: `age1...`.
    recipient: String,
}

/// Reads a body that may hold a secret and is therefore not quoted in a refusal; none is as good as an empty object.
fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, ApiError> {
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(text).map_err(|_| {
        ApiError::bad_request(
            "bad_request",
            "The request is not a JSON object with the fields this address takes.",
        )
    })
}

/// Everything about backups.
#[utoipa::path(get, path = "/api/backups", tag = "backups", operation_id = "backups",
    responses((status = 200, body = BackupsView), (status = 401, body = ErrorBody)))]
async fn backups(State(state): State<ApiState>) -> Result<Json<BackupsView>, ApiError> {
    Ok(Json(state.core.backups().await?))
}

/// Makes a backup now; plugins go on meanwhile.
#[utoipa::path(post, path = "/api/backups", tag = "backups", operation_id = "makeBackup", request_body = NewBackup,
    responses((status = 200, body = BackupView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "there is no recovery sheet to seal for"),
        (status = 422, body = ErrorBody, description = "the passphrase is too short")))]
async fn make_backup(State(state): State<ApiState>, bytes: Bytes) -> Result<Json<BackupView>, ApiError> {
    let NewBackup { sealed, passphrase } = body(&bytes)?;
    let lock = match passphrase {
        Some(text) => Lock::Passphrase(Passphrase::new(text).map_err(homemaid_core::CoreError::from)?),
        None if sealed => state.core.backup_lock().await?,
        None => Lock::Open,
    };
    Ok(Json(state.core.make_backup(lock).await?))
}

/// Changes when backups are made.
#[utoipa::path(put, path = "/api/backups/schedule", tag = "backups", operation_id = "setBackupSchedule",
    request_body = BackupSchedule,
    responses((status = 204, description = "kept"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "there is no recovery sheet to seal for"),
        (status = 422, body = ErrorBody)))]
async fn set_backup_schedule(State(state): State<ApiState>, bytes: Bytes) -> Result<StatusCode, ApiError> {
    state.core.set_backup_schedule(body(&bytes)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Seals backups for a recovery sheet from now on.
#[utoipa::path(put, path = "/api/backups/recipient", tag = "backups", operation_id = "setBackupRecipient",
    request_body = BackupRecipient,
    responses((status = 204, description = "kept"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 422, body = ErrorBody)))]
async fn set_backup_recipient(State(state): State<ApiState>, bytes: Bytes) -> Result<StatusCode, ApiError> {
    let BackupRecipient { recipient } = body(&bytes)?;
    state.core.set_backup_recipient(&recipient).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a backup into a scratch directory and tells whether that worked; the house is not touched.
#[utoipa::path(post, path = "/api/backups/{name}/drill", tag = "backups", operation_id = "drillBackup",
    params(("name" = String, Path, description = "its file name")), request_body = BackupKey,
    responses((status = 200, body = DrillView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 422, body = ErrorBody, description = "not a recovery sheet")))]
async fn drill_backup(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<Json<DrillView>, ApiError> {
    let BackupKey { sheet, passphrase } = body(&bytes)?;
    let key = || match (sheet, passphrase) {
        (Some(text), _) => RecoverySheet::parse(&text).map(|sheet| Some(sheet.key())),
        (None, Some(text)) => Passphrase::new(text).map(|text| Some(Key::Passphrase(text))),
        (None, None) => Ok(None),
    };
    let key = key().map_err(homemaid_core::CoreError::from)?;
    Ok(Json(state.core.drill_backup(&name, key).await?))
}
