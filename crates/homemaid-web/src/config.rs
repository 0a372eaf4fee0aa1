//! What the appliance decides about its web side.

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Whether Discord is simulated or real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Discord is simulated; the chat page acts in it.
    Lab,
    /// The bot is connected to discord.com.
    Live,
}

/// What [`router`](crate::router) needs to know beside the core.
pub struct WebConfig {
    /// The simulator's control API, in lab mode.
    pub lab: Option<OpenApiRouter>,
    /// Sets the first owner password, once. Make it with [`random_token`](crate::random_token), print it, and give it
    /// at every start: it is worthless as soon as a password is set.
    pub setup_token: Option<String>,
    /// What the local command proves itself with.
    pub cli_token: String,
    /// Names (without port) the page may be opened under, beside loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Whether the owner reaches the page by https.
    pub https: bool,
    /// Cancelled when the appliance stops: live streams end, so that draining does not wait for them.
    pub stopping: CancellationToken,
}
