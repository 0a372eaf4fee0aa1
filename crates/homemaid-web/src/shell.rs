//! What stands around every route: guard, headers, limits, sessions, the page. Knows nothing of the appliance.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio_util::sync::CancellationToken;

use crate::api::session::{self, SessionState};
use crate::assets;
use crate::auth::Auth;
use crate::config::Mode;
use crate::error::ApiError;
use crate::gate::{Gate, gate};
use crate::guard::{Guard, guard};
use crate::headers::secure;
use crate::limits::JSON_BODY_BYTES;

/// Puts `owners` (routes for the owner alone) behind the gate and everything behind the guard.
pub(crate) fn shell(
    auth: Arc<Auth>,
    mode: Mode,
    guarding: Guard,
    stopping: CancellationToken,
    owners: Router,
) -> Router {
    let open = Router::from(session::routes().with_state(SessionState {
        auth: Arc::clone(&auth),
        mode,
    }));
    let owners = owners.layer(from_fn_with_state(Gate::new(auth, stopping), gate));
    Router::new()
        .merge(open)
        .merge(owners)
        .fallback(assets::serve)
        .method_not_allowed_fallback(async || {
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This address does not do that.",
            )
        })
        .layer(DefaultBodyLimit::max(JSON_BODY_BYTES))
        .layer(from_fn_with_state(guarding, guard))
        .layer(from_fn(secure))
}
