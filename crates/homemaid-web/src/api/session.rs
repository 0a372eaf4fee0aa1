//! Setting the owner password, signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::config::Mode;
use crate::error::{ApiError, ErrorBody};
use crate::json::Json;

/// What these handlers need: nothing of the appliance but who its owner is.
#[derive(Clone)]
pub(crate) struct SessionState {
    pub(crate) auth: Arc<Auth>,
    pub(crate) mode: Mode,
}

/// Where a visitor stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Visitor {
    /// Nobody has set the owner password yet.
    Setup,
    /// The password is set and this visitor has not given it.
    SignedOut,
    /// This visitor is the owner.
    SignedIn,
}

/// What the page needs to know before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    state: Visitor,
    mode: Mode,
}

/// The first password and the proof that it comes from whoever started the appliance.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SetupRequest {
    /// The one-time token Homemaid printed when it started.
    token: String,
    /// The owner password from now on.
    password: String,
}

/// The owner password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInRequest {
    password: String,
}

pub(crate) fn routes() -> OpenApiRouter<SessionState> {
    OpenApiRouter::new()
        .routes(routes!(session, sign_in, sign_out))
        .routes(routes!(set_up))
}

/// Where this visitor stands, and whether the appliance is a lab or live.
#[utoipa::path(get, path = "/api/session", tag = "session", operation_id = "session",
    responses((status = 200, body = SessionView)))]
async fn session(
    State(state): State<SessionState>,
    headers: HeaderMap,
) -> Result<axum::Json<SessionView>, ApiError> {
    let visitor = if state.auth.identify(&headers).await?.is_some() {
        Visitor::SignedIn
    } else if state.auth.is_set_up().await? {
        Visitor::SignedOut
    } else {
        Visitor::Setup
    };
    Ok(axum::Json(SessionView {
        state: visitor,
        mode: state.mode,
    }))
}

/// Sets the first owner password and signs in.
#[utoipa::path(post, path = "/api/setup", tag = "session", operation_id = "setUp", request_body = SetupRequest,
    responses(
        (status = 204, description = "the password is set; the session cookie comes with this answer"),
        (status = 400, body = ErrorBody, description = "the password does not fit"),
        (status = 403, body = ErrorBody, description = "the token is not the current one"),
        (status = 409, body = ErrorBody, description = "a password is already set"),
        (status = 429, body = ErrorBody, description = "too many attempts"),
    ))]
async fn set_up(
    State(state): State<SessionState>,
    Json(request): Json<SetupRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let cookie = state.auth.set_up(&request.token, request.password).await?;
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
    ))
}

/// Signs the owner in.
#[utoipa::path(post, path = "/api/session", tag = "session", operation_id = "signIn", request_body = SignInRequest,
    responses(
        (status = 204, description = "signed in; the session cookie comes with this answer"),
        (status = 403, body = ErrorBody, description = "the password is wrong"),
        (status = 409, body = ErrorBody, description = "no password is set yet"),
        (status = 429, body = ErrorBody, description = "too many attempts"),
    ))]
async fn sign_in(
    State(state): State<SessionState>,
    Json(request): Json<SignInRequest>,
) -> Result<impl IntoResponse, ApiError> {
    let cookie = state.auth.sign_in(request.password).await?;
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
    ))
}

/// Signs out: the session is worthless everywhere and its live streams end.
#[utoipa::path(delete, path = "/api/session", tag = "session", operation_id = "signOut",
    responses((status = 204, description = "signed out")))]
async fn sign_out(
    State(state): State<SessionState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let Some(identity) = state.auth.identify(&headers).await? else {
        return Err(ApiError::signed_out());
    };
    let cookie = state.auth.sign_out(&identity).await?;
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
    ))
}
