//! The HTTP API, a file per kind of thing.
//!
//! To add one: a file with its `routes()`, merged in [`owners`]; `UPDATE=1 cargo test -p homemaid-web` writes
//! `ui/openapi.json` anew, and `npm run generate` in `ui/` the client's types.

mod backups;
mod data;
mod events;
mod house;
mod installations;
mod metrics;
mod outbound;
mod people;
mod plugins;
mod records;
mod secrets;
pub(crate) mod session;
mod tables;

use std::fmt::Display;
use std::str::FromStr;

use homemaid_protocol::InstallationId;
use utoipa_axum::router::OpenApiRouter;

use crate::error::{ApiError, capitalised};
use crate::state::ApiState;

/// Who acts through this API: there is one owner until there are more people to tell apart.
const OWNER: &str = "owner";

/// Every route for the owner alone.
pub(crate) fn owners() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(house::routes())
        .merge(plugins::routes())
        .merge(installations::routes())
        .merge(outbound::routes())
        .merge(records::routes())
        .merge(data::routes())
        .merge(tables::routes())
        .merge(backups::routes())
        .merge(people::routes())
        .merge(secrets::routes())
        .merge(metrics::routes())
        .merge(events::routes())
}

/// Parses an id of the address or the body.
fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: T::Err| ApiError::bad_request("bad_id", capitalised(&error.to_string())))
}

/// Returns the id of an installation that is there.
fn installed(state: &ApiState, id: &str) -> Result<InstallationId, ApiError> {
    let id: InstallationId = parse(id)?;
    match state.core.installation(&id) {
        Some(_) => Ok(id),
        None => Err(ApiError::not_found(format!("{id} is not installed."))),
    }
}
