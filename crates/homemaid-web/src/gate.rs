//! Lets only the owner and the local command through, and ends their live streams in time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::auth::{Auth, Identity};
use crate::error::ApiError;
use crate::limits::STREAMS_OF_TOKEN;

/// Who is let through, and how long their streams last.
#[derive(Clone)]
pub(crate) struct Gate {
    auth: Arc<Auth>,
    token_streams: Arc<Semaphore>,
    stopping: CancellationToken,
}

impl Gate {
    /// Returns a gate whose streams also end when `stopping` is cancelled.
    pub(crate) fn new(auth: Arc<Auth>, stopping: CancellationToken) -> Self {
        Self {
            auth,
            token_streams: Arc::new(Semaphore::new(STREAMS_OF_TOKEN)),
            stopping,
        }
    }

    fn stream_permit(&self, identity: &Identity) -> Result<OwnedSemaphorePermit, ApiError> {
        let streams = match identity {
            Identity::Owner(session) => session.streams(),
            Identity::Local => Arc::clone(&self.token_streams),
        };
        streams.try_acquire_owned().map_err(|_| {
            ApiError::too_many(
                "too_many_streams",
                "Too many pages show Homemaid live. Close some of them.",
                std::time::Duration::from_secs(5),
            )
        })
    }

    fn over(&self, identity: &Identity) -> BoxFuture<'static, ()> {
        let stopping = self.stopping.clone();
        match identity {
            Identity::Local => Box::pin(stopping.cancelled_owned()),
            Identity::Owner(session) => {
                let end = session.end(self.auth.clock().now());
                Box::pin(async move {
                    tokio::select! {
                        () = stopping.cancelled_owned() => {}
                        () = end.reached() => {}
                    }
                })
            }
        }
    }
}

/// Refuses whoever is neither; gives the [`Identity`] to the handlers below.
pub(crate) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let identity = match gate.auth.identify(request.headers()).await {
        Ok(Some(identity)) => identity,
        Ok(None) => return ApiError::signed_out().into_response(),
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(identity.clone());
    let response = next.run(request).await;
    if is_stream(&response) {
        bound(&gate, &identity, response)
    } else {
        response
    }
}

fn is_stream(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Ends the stream with the session or the appliance, and counts it while it lasts.
fn bound(gate: &Gate, identity: &Identity, response: Response) -> Response {
    let permit = match gate.stream_permit(identity) {
        Ok(permit) => permit,
        Err(refusal) => return refusal.into_response(),
    };
    let over = gate.over(identity);
    let (mut parts, body) = response.into_parts();
    let events = body.into_data_stream().take_until(over).map(move |event| {
        let _counted = &permit;
        event
    });
    // Proxies that collect responses would hold events back.
    parts
        .headers
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Response::from_parts(parts, Body::from_stream(events))
}
