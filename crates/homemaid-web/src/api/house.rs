//! How the appliance is and where its bot is.

use axum::Json;
use axum::extract::State;
use homemaid_core::{GuildView, StatusView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ErrorBody;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(guilds))
}

/// How the appliance is.
#[utoipa::path(get, path = "/api/status", tag = "house", operation_id = "status",
    responses((status = 200, body = StatusView), (status = 401, body = ErrorBody)))]
async fn status(State(state): State<ApiState>) -> Json<StatusView> {
    Json(state.core.status())
}

/// The guilds the bot is in.
#[utoipa::path(get, path = "/api/guilds", tag = "house", operation_id = "guilds",
    responses((status = 200, body = [GuildView]), (status = 401, body = ErrorBody)))]
async fn guilds(State(state): State<ApiState>) -> Json<Vec<GuildView>> {
    Json(state.core.guilds())
}
