//! Outbound HTTP of installations: which domains they may ask, and where their secrets may be sent.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use homemaid_core::{DomainAccess, DomainView, SecretDomainView};
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
        .routes(routes!(domains))
        .routes(routes!(set_domain, forget_domain))
        .routes(routes!(secret_domains))
        .routes(routes!(bind_secret, unbind_secret))
}

/// What is decided about a domain.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DomainDecision {
    /// Whether it may be asked.
    access: DomainAccess,
}

/// The domains an installation may ask and may not: the manifest's, then those that were added.
#[utoipa::path(get, path = "/api/installations/{id}/domains", tag = "outbound", operation_id = "domains",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = [DomainView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn domains(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<DomainView>>, ApiError> {
    Ok(axum::Json(state.core.domains(&parse(&id)?)?))
}

/// Approves or withholds a domain; in force for the next request.
#[utoipa::path(put, path = "/api/installations/{id}/domains/{domain}", tag = "outbound", operation_id = "setDomain",
    params(("id" = String, Path, description = "plugin@guild"), ("domain" = String, Path)), request_body = DomainDecision,
    responses((status = 200, body = [DomainView]), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "too many"),
        (status = 422, body = ErrorBody, description = "not a public host")))]
async fn set_domain(
    State(state): State<ApiState>,
    Path((id, domain)): Path<(String, String)>,
    Json(decision): Json<DomainDecision>,
) -> Result<axum::Json<Vec<DomainView>>, ApiError> {
    let id = parse(&id)?;
    let views = state
        .core
        .set_domain(&id, &domain, decision.access, OWNER)
        .await?;
    Ok(axum::Json(views))
}

/// Forgets what was decided: the manifest's domain is approved again, any other is not.
#[utoipa::path(delete, path = "/api/installations/{id}/domains/{domain}", tag = "outbound", operation_id = "forgetDomain",
    params(("id" = String, Path, description = "plugin@guild"), ("domain" = String, Path)),
    responses((status = 200, body = [DomainView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "not a public host")))]
async fn forget_domain(
    State(state): State<ApiState>,
    Path((id, domain)): Path<(String, String)>,
) -> Result<axum::Json<Vec<DomainView>>, ApiError> {
    Ok(axum::Json(state.core.forget_domain(&parse(&id)?, &domain).await?))
}

/// Where the host may send an installation's secrets; one that is not here goes to the manifest's domains alone.
#[utoipa::path(get, path = "/api/installations/{id}/secret-domains", tag = "outbound", operation_id = "secretDomains",
    params(("id" = String, Path, description = "plugin@guild")),
    responses((status = 200, body = [SecretDomainView]), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
async fn secret_domains(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<SecretDomainView>>, ApiError> {
    Ok(axum::Json(state.core.secret_domains(&parse(&id)?)?))
}

/// Binds a secret to a domain: the host sends it there, and nowhere it is not bound to.
#[utoipa::path(put, path = "/api/installations/{id}/secret-domains/{secret}/{domain}", tag = "outbound",
    operation_id = "bindSecret",
    params(("id" = String, Path, description = "plugin@guild"), ("secret" = String, Path), ("domain" = String, Path)),
    responses((status = 204, description = "bound"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "too many"),
        (status = 422, body = ErrorBody, description = "not a legal name or not a public host")))]
async fn bind_secret(
    State(state): State<ApiState>,
    Path((id, secret, domain)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    state
        .core
        .bind_secret(&parse(&id)?, &secret, &domain, true, OWNER)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes that.
#[utoipa::path(delete, path = "/api/installations/{id}/secret-domains/{secret}/{domain}", tag = "outbound",
    operation_id = "unbindSecret",
    params(("id" = String, Path, description = "plugin@guild"), ("secret" = String, Path), ("domain" = String, Path)),
    responses((status = 204, description = "no longer bound"), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 422, body = ErrorBody, description = "not a legal name or host")))]
async fn unbind_secret(
    State(state): State<ApiState>,
    Path((id, secret, domain)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    state
        .core
        .bind_secret(&parse(&id)?, &secret, &domain, false, OWNER)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
