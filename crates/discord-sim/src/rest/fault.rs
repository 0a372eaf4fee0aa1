//! Faults around the routes: what happens to a request before and after it is carried out.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;

use super::shown_path;
use crate::fault::{Blow, FaultKind, RateScope};
use crate::limits;
use crate::shared::Shared;

/// Lets faults strike a request.
pub(crate) async fn strike(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = shown_path(request.uri().path());
    let blow = {
        let mut world = shared.lock();
        let blow = world
            .faults
            .on_request(method.as_str(), below_version(request.uri().path()));
        if blow != Blow::default() {
            let millis = u64::try_from(blow.delay.as_millis()).unwrap_or(u64::MAX);
            let noted =
                json!({"method": method.as_str(), "path": path, "delay_ms": millis, "fault": blow.kind});
            world.note("fault", None, None, noted);
        }
        blow
    };
    if !blow.delay.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(blow.delay) => {}
            () = shared.stopping.cancelled() => {}
        }
    }
    match blow.kind {
        None
        | Some(
            FaultKind::Latency { .. }
            | FaultKind::DuplicateEvent { .. }
            | FaultKind::SlowEvents { .. }
            | FaultKind::RefuseIdentify { .. }
            | FaultKind::RefuseResume,
        ) => next.run(request).await,
        Some(FaultKind::RateLimit {
            scope,
            retry_after_ms,
        }) => too_many(scope, retry_after_ms),
        Some(FaultKind::Status { status, after }) => {
            if after {
                next.run(request).await;
            }
            server_error(status)
        }
        Some(FaultKind::Hang { after }) => {
            if after {
                next.run(request).await;
            }
            never(&shared).await
        }
        Some(FaultKind::Truncate) => cut(next.run(request).await).await,
    }
}

/// Returns the path that patterns speak of.
fn below_version(path: &str) -> &str {
    let path = path.strip_prefix("/api").unwrap_or(path);
    ["/v10", "/v9"]
        .iter()
        .find_map(|version| path.strip_prefix(version).filter(|rest| rest.starts_with('/')))
        .unwrap_or(path)
}

fn too_many(scope: RateScope, retry_after_ms: u64) -> Response {
    #[expect(
        clippy::cast_precision_loss,
        reason = "bounded by the longest delay of a fault"
    )]
    let seconds = retry_after_ms as f64 / 1_000.0;
    let body = json!({
        "message": "You are being rate limited.",
        "retry_after": seconds,
        "global": scope == RateScope::Global,
    });
    let mut headers = HeaderMap::new();
    let whole = HeaderValue::from(retry_after_ms.div_ceil(1_000));
    headers.insert(header::RETRY_AFTER, whole);
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(scope.name()));
    if scope == RateScope::Global {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    } else if let Ok(after) = HeaderValue::from_str(&format!("{seconds:.3}")) {
        headers.insert("x-ratelimit-bucket", HeaderValue::from_static("fault"));
        headers.insert("x-ratelimit-limit", HeaderValue::from_static("1"));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
        headers.insert("x-ratelimit-reset-after", after);
    }
    (StatusCode::TOO_MANY_REQUESTS, headers, axum::Json(body)).into_response()
}

/// Answers as the servers before Discord's own do: not in JSON.
fn server_error(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!("<html><head><title>{status}</title></head><body>{reason}</body></html>\n");
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

/// Waits until the client gives up, until the faults are cleared, or until the end.
async fn never(shared: &Shared) -> Response {
    // One too many is answered, so that forgotten faults cannot hold connections without bound.
    let Ok(_place) = shared.hanging.try_acquire() else {
        return server_error(503);
    };
    tokio::select! {
        () = shared.stopping.cancelled() => {}
        () = shared.faults_cleared.notified() => {}
        () = tokio::time::sleep(limits::HANG) => {}
    }
    server_error(504)
}

/// Sends the first half of an answer, and then breaks the connection.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, limits::BODY_BYTES)
        .await
        .unwrap_or_default();
    let half: Bytes = whole.slice(..whole.len() / 2);
    // The announced length stays, so that a client notices whatever its version of HTTP.
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len().max(1)));
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "a fault that was asked for");
    let stream = futures_util::stream::iter([Ok(half), Err(broken)]);
    // A pause between the two lets the half leave before the connection breaks.
    let stream = stream.then(|part| async {
        if part.is_err() {
            tokio::time::sleep(limits::CUT_PAUSE).await;
        }
        part
    });
    Response::from_parts(parts, Body::from_stream(stream))
}

#[cfg(test)]
mod tests {
    use super::below_version;

    #[test]
    fn patterns_do_not_speak_of_the_version() {
        for path in [
            "/api/v10/users/@me",
            "/api/v9/users/@me",
            "/api/users/@me",
            "/users/@me",
        ] {
            assert_eq!(below_version(path), "/users/@me");
        }
    }
}
