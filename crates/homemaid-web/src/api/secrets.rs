//! Secrets and the bot's token: set, listed by name, deleted. No answer of this API ever holds a value.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use homemaid_core::{BotTokenView, KeyChangeView, SecretView};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{OWNER, parse};
use crate::error::{ApiError, ErrorBody};
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(secrets))
        .routes(routes!(set_default_secret, delete_default_secret))
        .routes(routes!(set_secret, delete_secret))
        .routes(routes!(rotate_secret_key))
        .routes(routes!(bot_token, set_bot_token, delete_bot_token))
}

/// A value to keep.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by `value`")]
pub(crate) struct SecretValue {
    /// 1 to 4096 characters.
    value: String,
}

/// Reads the body. Unlike other bodies it is never quoted in a refusal: it holds a secret.
fn value(body: &Bytes) -> Result<String, ApiError> {
    let value = match serde_json::from_slice(body) {
        Ok(Value::Object(mut object)) => object.remove("value"),
        _ => None,
    };
    match value {
        Some(Value::String(value)) => Ok(value),
        _ => Err(ApiError::bad_request(
            "bad_request",
            "The request is not as expected: a JSON object with the text `value`.",
        )),
    }
}

/// The names of a plugin's secrets: defaults first, then by guild.
#[utoipa::path(get, path = "/api/plugins/{plugin}/secrets", tag = "secrets", operation_id = "secrets",
    params(("plugin" = String, Path, description = "the plugin's id")),
    responses((status = 200, body = [SecretView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn secrets(
    State(state): State<ApiState>,
    Path(plugin): Path<String>,
) -> Result<axum::Json<Vec<SecretView>>, ApiError> {
    Ok(axum::Json(state.core.secrets(&parse(&plugin)?).await?))
}

/// Sets a plugin's secret for every guild that has no value of its own.
#[utoipa::path(put, path = "/api/plugins/{plugin}/secrets/{name}", tag = "secrets", operation_id = "setDefaultSecret",
    params(("plugin" = String, Path, description = "the plugin's id"), ("name" = String, Path)), request_body = SecretValue,
    responses((status = 204, description = "kept"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "too many"),
        (status = 422, body = ErrorBody, description = "not a legal name or value")))]
async fn set_default_secret(
    State(state): State<ApiState>,
    Path((plugin, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let plugin = parse(&plugin)?;
    state
        .core
        .set_default_secret(&plugin, &name, value(&body)?, OWNER)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a plugin's default secret.
#[utoipa::path(delete, path = "/api/plugins/{plugin}/secrets/{name}", tag = "secrets", operation_id = "deleteDefaultSecret",
    params(("plugin" = String, Path, description = "the plugin's id"), ("name" = String, Path)),
    responses((status = 204, description = "gone"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete_default_secret(
    State(state): State<ApiState>,
    Path((plugin, name)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    gone(state.core.delete_default_secret(&parse(&plugin)?, &name).await?)
}

/// Sets a secret of a plugin in one guild.
#[utoipa::path(put, path = "/api/installations/{id}/secrets/{name}", tag = "secrets", operation_id = "setSecret",
    params(("id" = String, Path, description = "plugin@guild"), ("name" = String, Path)), request_body = SecretValue,
    responses((status = 204, description = "kept"), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "too many"),
        (status = 422, body = ErrorBody, description = "not a legal name or value")))]
async fn set_secret(
    State(state): State<ApiState>,
    Path((id, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    state
        .core
        .set_secret(&parse(&id)?, &name, value(&body)?, OWNER)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a secret of a plugin in one guild.
#[utoipa::path(delete, path = "/api/installations/{id}/secrets/{name}", tag = "secrets", operation_id = "deleteSecret",
    params(("id" = String, Path, description = "plugin@guild"), ("name" = String, Path)),
    responses((status = 204, description = "gone"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete_secret(
    State(state): State<ApiState>,
    Path((id, name)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    gone(state.core.delete_secret(&parse(&id)?, &name).await?)
}

fn gone(was_there: bool) -> Result<StatusCode, ApiError> {
    if was_there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("There is no secret of this name."))
    }
}

/// Seals every secret anew under a new key.
#[utoipa::path(post, path = "/api/secrets/rotate-key", tag = "secrets", operation_id = "rotateSecretKey",
    responses((status = 200, body = KeyChangeView), (status = 401, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "the key is a credential of the system")))]
async fn rotate_secret_key(State(state): State<ApiState>) -> Result<axum::Json<KeyChangeView>, ApiError> {
    Ok(axum::Json(state.core.rotate_secret_key().await?))
}

/// Whether a bot token is stored.
#[utoipa::path(get, path = "/api/bot-token", tag = "secrets", operation_id = "botToken",
    responses((status = 200, body = BotTokenView), (status = 401, body = ErrorBody)))]
async fn bot_token(State(state): State<ApiState>) -> Result<axum::Json<BotTokenView>, ApiError> {
    Ok(axum::Json(state.core.bot_token().await?))
}

/// Stores the bot's token, sealed; the next start uses it.
#[utoipa::path(put, path = "/api/bot-token", tag = "secrets", operation_id = "setBotToken", request_body = SecretValue,
    responses((status = 204, description = "stored for the next start"), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 422, body = ErrorBody, description = "not a bot token")))]
async fn set_bot_token(State(state): State<ApiState>, body: Bytes) -> Result<StatusCode, ApiError> {
    state.core.set_bot_token(value(&body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the stored bot token; the next start is a lab unless it is told a token.
#[utoipa::path(delete, path = "/api/bot-token", tag = "secrets", operation_id = "deleteBotToken",
    responses((status = 204, description = "gone"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn delete_bot_token(State(state): State<ApiState>) -> Result<StatusCode, ApiError> {
    gone(state.core.delete_bot_token().await?)
}
