//! Everything that happens, live, as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt as _};
use homemaid_core::CoreEvent;
use serde::Serialize;
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::ErrorBody;
use crate::limits::STREAM_KEEP_ALIVE;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Events `installation`, `installation_removed`, `plugins`, `log`, `audit`, `needs_permission` and `status`, each
/// with the same JSON the API returns; `missed` says that the watcher was too slow and should ask for everything again.
#[utoipa::path(get, path = "/api/events", tag = "house", operation_id = "events",
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = ErrorBody),
        (status = 429, body = ErrorBody, description = "too many streams of one session")))]
async fn events(State(state): State<ApiState>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = BroadcastStream::new(state.core.subscribe()).filter_map(async |news| match news {
        Ok(event) => written(&event).map(Ok),
        Err(BroadcastStreamRecvError::Lagged(count)) => event("missed", &json!({"count": count})).map(Ok),
    });
    Sse::new(news).keep_alive(KeepAlive::new().interval(STREAM_KEEP_ALIVE))
}

fn written(news: &CoreEvent) -> Option<Event> {
    match news {
        CoreEvent::InstallationChanged(view) => event("installation", view),
        CoreEvent::InstallationRemoved { id } => event("installation_removed", &json!({"id": id})),
        CoreEvent::PluginsChanged => event("plugins", &json!({})),
        CoreEvent::Log(line) => event("log", line),
        CoreEvent::Audit(record) => event("audit", record),
        CoreEvent::NeedsPermission(needs) => event("needs_permission", needs),
        CoreEvent::Status(status) => event("status", status),
        // What only `homemaid try` follows.
        _ => None,
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    Event::default()
        .event(name)
        .json_data(data)
        .inspect_err(|error| tracing::error!(%error, name, "an event could not be written"))
        .ok()
}
