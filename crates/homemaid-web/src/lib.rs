//! The HTTP API, sessions, live streams and the embedded GUI.
//!
//! * [`router`]: the whole of it, over a [`Core`].
//! * [`WebConfig`]: what the appliance decides about it. [`random_token`] makes the tokens in it.
//! * [`openapi`]: the API's description, as committed in `ui/openapi.json`.
//!
//! From the outside in, a request meets the security headers, the guard (`guard`: Host, Origin), the gate (`gate`:
//! session or token, bounded streams) and then a handler (`api`). What is not the API is the page (`assets`).

mod api;
mod assets;
mod auth;
mod config;
mod description;
mod error;
mod gate;
mod guard;
mod headers;
mod json;
mod limits;
mod shell;
#[cfg(test)]
mod shell_tests;
mod state;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{any, get};
use axum::{Json, Router};
use homemaid_core::{Core, CoreError};
use homemaid_protocol::Clock;

pub use auth::secret::random_token;
pub use config::{Mode, WebConfig};
pub use description::openapi;

use auth::{Auth, AuthParts, Passwords};
use error::ApiError;
use guard::Guard;
use state::{ApiState, CoreSettings};

/// Returns the web side of the appliance.
pub fn router(core: Core, config: WebConfig) -> Router {
    let mode = if config.lab.is_some() {
        Mode::Lab
    } else {
        Mode::Live
    };
    let described = openapi(config.lab.as_ref().map(|lab| lab.get_openapi().clone()));
    let auth = Arc::new(Auth::new(AuthParts {
        settings: Arc::new(CoreSettings(core.clone())),
        passwords: Passwords::default(),
        // The owner's sessions last by the real clock, whatever time it is in the lab.
        clock: Clock::system(),
        setup_token: config.setup_token,
        cli_token: config.cli_token,
        secure_cookie: config.https,
    }));
    let api = Router::from(api::owners().with_state(ApiState::new(core)))
        .route("/api/openapi.json", get(async move || Json(described)));
    let owners = match config.lab {
        Some(lab) => api.nest(description::LAB, Router::from(lab)),
        None => api.route(&format!("{}/{{*rest}}", description::LAB), any(no_lab)),
    };
    shell::shell(
        auth,
        mode,
        Guard::new(&config.allowed_hosts),
        config.stopping,
        owners,
    )
}

/// Says whether the owner password is set; while it is not, the setup link is worth printing.
pub async fn has_owner(core: &Core) -> Result<bool, CoreError> {
    Ok(core.setting_get(auth::PASSWORD_KEY).await?.is_some())
}

async fn no_lab() -> axum::response::Response {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_lab",
        "The bot is connected to the real Discord; there is no lab. Start Homemaid without a bot token to have one.",
    )
    .into_response()
}
