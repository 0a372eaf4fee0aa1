//! Installations: install, switch on and off, permit, remove.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use homemaid_core::{InstallRequest, InstallationView};
use homemaid_protocol::{Capability, CapabilitySet, ContentHash, InstallationId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{OWNER, parse};
use crate::error::{ApiError, ErrorBody};
use crate::json::Json;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(installations, install))
        .routes(routes!(installation, uninstall))
        .routes(routes!(enable))
        .routes(routes!(disable))
        .routes(routes!(restart))
        .routes(routes!(grant))
}

/// What to install where.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Install {
    /// The plugin's id.
    plugin: String,
    /// The version's content hash; the newest when absent.
    hash: Option<String>,
    /// The guild's id.
    guild: String,
    /// What the owner approves; nothing else is granted.
    capabilities: Vec<String>,
    /// Start it right away.
    #[serde(default)]
    enable: bool,
}

/// What an installation may do from now on.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Grants {
    /// All of it; what is missing here is taken away.
    capabilities: Vec<String>,
}

fn capabilities(names: &[String]) -> Result<CapabilitySet, ApiError> {
    names
        .iter()
        .map(|name| {
            name.parse::<Capability>().map_err(|error| {
                ApiError::bad_request(
                    "unknown_capability",
                    crate::error::capitalised(&error.to_string()),
                )
            })
        })
        .collect()
}

/// Every installation.
#[utoipa::path(get, path = "/api/installations", tag = "installations", operation_id = "installations",
    responses((status = 200, body = [InstallationView]), (status = 401, body = ErrorBody)))]
async fn installations(State(state): State<ApiState>) -> axum::Json<Vec<InstallationView>> {
    axum::Json(state.core.installations())
}

/// Installs a plugin in a guild; where it is installed with another version, that is replaced.
#[utoipa::path(post, path = "/api/installations", tag = "installations", operation_id = "install", request_body = Install,
    responses(
        (status = 200, body = InstallationView),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "no such plugin or version"),
        (status = 409, body = ErrorBody, description = "the bot is not in the guild, or this version is installed"),
    ))]
async fn install(
    State(state): State<ApiState>,
    Json(request): Json<Install>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    let request = InstallRequest {
        plugin: parse(&request.plugin)?,
        version: request.hash.as_deref().map(parse::<ContentHash>).transpose()?,
        guild: parse(&request.guild)?,
        grants: capabilities(&request.capabilities)?,
        enable: request.enable,
        by: OWNER.to_owned(),
    };
    Ok(axum::Json(state.core.install(request).await?))
}

/// One installation.
#[utoipa::path(get, path = "/api/installations/{id}", tag = "installations", operation_id = "installation",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = InstallationView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn installation(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    let id: InstallationId = parse(&id)?;
    let found = state.core.installation(&id);
    found
        .map(axum::Json)
        .ok_or_else(|| ApiError::not_found(format!("{id} is not installed.")))
}

/// Removes an installation with its data, after the plugin's own uninstall handler ran.
#[utoipa::path(delete, path = "/api/installations/{id}", tag = "installations", operation_id = "uninstall",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 204, description = "gone"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn uninstall(State(state): State<ApiState>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    state.core.uninstall(&parse(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches an installation on; also starts one that was given up.
#[utoipa::path(post, path = "/api/installations/{id}/enable", tag = "installations", operation_id = "enable",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = InstallationView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn enable(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    Ok(axum::Json(state.core.enable(&parse(&id)?).await?))
}

/// Switches an installation off.
#[utoipa::path(post, path = "/api/installations/{id}/disable", tag = "installations", operation_id = "disable",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = InstallationView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn disable(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    Ok(axum::Json(state.core.disable(&parse(&id)?).await?))
}

/// Gives an installation a fresh worker.
#[utoipa::path(post, path = "/api/installations/{id}/restart", tag = "installations", operation_id = "restart",
    params(("id" = String, Path, description = "plugin@guild")),
    responses(
        (status = 200, body = InstallationView),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "it is switched off"),
    ))]
async fn restart(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    Ok(axum::Json(state.core.restart(&parse(&id)?).await?))
}

/// Sets what an installation may do.
#[utoipa::path(put, path = "/api/installations/{id}/grants", tag = "installations", operation_id = "grant",
    params(("id" = String, Path, description = "plugin@guild")), request_body = Grants,
    responses(
        (status = 200, body = InstallationView),
        (status = 400, body = ErrorBody, description = "no such capability"),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
    ))]
async fn grant(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Json(grants): Json<Grants>,
) -> Result<axum::Json<InstallationView>, ApiError> {
    let set = capabilities(&grants.capabilities)?;
    Ok(axum::Json(state.core.grant(&parse(&id)?, set, OWNER).await?))
}
