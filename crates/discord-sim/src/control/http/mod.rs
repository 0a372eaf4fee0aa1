//! [`Control`] over HTTP. Guests of this API get plain sentences as errors: `{"error": ".."}` with a 4xx status.

mod chat;
mod lab;
mod stage;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::Act;
use super::types::{Problem, SimState, TimelinePage, TimelineQuery};
use super::{Control, ControlError};
use crate::timeline::TimelineEntry;

/// Largest body of the control API, in bytes: a message's files in Base64. Seeds and recordings have their own.
const BODY_BYTES: usize = 16 << 20;

/// Returns the API with its description; paths are relative to wherever it is nested.
pub(crate) fn router(control: Control) -> OpenApiRouter {
    routes().with_state(control)
}

/// Describes the control API without a running simulator.
pub fn control_description() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(state))
        .routes(routes!(timeline))
        .routes(routes!(events))
        .routes(routes!(act))
        .merge(chat::routes())
        .merge(stage::routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .merge(lab::routes())
}

pub(super) type Answer<T> = Result<axum::Json<T>, ControlError>;
pub(super) type Nothing = Result<StatusCode, ControlError>;

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TimedOut(..) => StatusCode::REQUEST_TIMEOUT,
        };
        (
            status,
            axum::Json(Problem {
                error: self.to_string(),
            }),
        )
            .into_response()
    }
}

macro_rules! rejections {
    ($($rejection:ty),*) => {
        $(impl From<$rejection> for ControlError {
            fn from(rejection: $rejection) -> Self {
                Self::Refused(rejection.body_text())
            }
        })*
    };
}

rejections!(JsonRejection, PathRejection, QueryRejection);

/// `Json`, with this API's errors.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ControlError))]
pub(super) struct Body<T>(pub(super) T);

/// `Path`, with this API's errors.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ControlError))]
pub(super) struct Path<T>(pub(super) T);

/// `Query`, with this API's errors.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ControlError))]
pub(super) struct Query<T>(pub(super) T);

#[expect(clippy::unnecessary_wraps, reason = "ends a handler that can also fail")]
pub(super) fn ok<T: Serialize>(value: T) -> Answer<T> {
    Ok(axum::Json(value))
}

/// Lets through whoever shows the control token.
pub(crate) async fn check_token(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if shown == Some(&*token) {
        return next.run(request).await;
    }
    let error = "the control API asks for its token as `Authorization: Bearer`".to_owned();
    (StatusCode::UNAUTHORIZED, axum::Json(Problem { error })).into_response()
}

/// The bot and every guild with its channels, roles and members.
#[utoipa::path(get, path = "/state", tag = "lab", responses((status = 200, body = SimState)))]
async fn state(State(control): State<Control>) -> Answer<Value> {
    ok(control.state())
}

/// What happened, oldest first.
#[utoipa::path(get, path = "/timeline", tag = "lab", params(TimelineQuery),
    responses((status = 200, body = TimelinePage), (status = "4XX", body = Problem)))]
async fn timeline(
    State(control): State<Control>,
    Query(query): Query<TimelineQuery>,
) -> Answer<TimelinePage> {
    ok(TimelinePage {
        entries: control.timeline(query.after.unwrap_or(0), query.limit.unwrap_or(100)),
    })
}

/// What happens, live: server-sent events with a timeline entry each, resumable by `Last-Event-ID`.
///
/// A new stream without that header starts with what happens next.
#[utoipa::path(get, path = "/events", tag = "lab",
    responses((status = 200, content_type = "text/event-stream", body = TimelineEntry), (status = "4XX", body = Problem)))]
async fn events(State(control): State<Control>, headers: HeaderMap) -> Response {
    let Some(place) = control.stream_place() else {
        return ControlError::Refused("too many event streams are open".to_owned()).into_response();
    };
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let after = last.unwrap_or_else(|| control.last_seq());
    let stopping = control.shared.stopping.clone();
    let stream = futures_util::stream::unfold((control.follow(after), place), move |(mut follow, place)| {
        let stopping = stopping.clone();
        async move {
            let entry = tokio::select! {
                () = stopping.cancelled() => return None,
                entry = follow.next() => entry,
            };
            Some((Ok(sse(&entry)), (follow, place)))
        }
    });
    stream_response(stream)
}

fn stream_response(stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}

fn sse(entry: &TimelineEntry) -> Event {
    let data = serde_json::to_string(entry).unwrap_or_default();
    Event::default()
        .id(entry.seq.to_string())
        .event(&entry.kind)
        .data(data)
}

/// Does anything that members do or that is done to the stage: every act of the recordings. Answers with what it made:
/// Discord's object, an id, or nothing.
#[utoipa::path(post, path = "/acts", tag = "lab", request_body = Act,
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
async fn act(State(control): State<Control>, Body(body): Body<Act>) -> Answer<Value> {
    ok(control.act(body)?)
}
