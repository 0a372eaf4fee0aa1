//! Discord's HTTP API: which routes exist, and what happens around every request.
//!
//! A route is one line of [`routes::ROUTES`]: method, path, who may call it, its rate-limit bucket and a plain
//! function over the world. Everything else (token, body, bucket headers, timeline, unknown routes) is here, so
//! that one more route is one more line and one function in its family's file.

#[expect(clippy::unnecessary_wraps, reason = "every route has the same signature")]
mod applications;
mod body;
mod channels;
mod guilds;
mod interactions;
pub(crate) mod limit;
mod members;
mod messages;
mod reactions;
mod roles;
pub(crate) mod routes;
#[expect(clippy::unnecessary_wraps, reason = "every route has the same signature")]
mod users;
mod webhooks;

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::Object;
use crate::id::Snowflake;
use crate::shared::Shared;
use crate::world::files::Upload;
use crate::world::{Outcome, World};

use limit::Verdict;
use routes::{Auth, ROUTES, Route};

/// One request, read and checked.
#[derive(Debug, Default)]
pub(crate) struct Call {
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) uploads: Vec<Upload>,
}

/// What a route answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Ok(Value),
    Created(Value),
    NoContent,
}

/// The result of a route.
pub(crate) type Reply = Result<Answer, ApiError>;

impl Call {
    /// Returns a part of the path.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// Returns an id of the path.
    pub(crate) fn id(&self, name: &str) -> Outcome<Snowflake> {
        let text = self.param(name);
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(100).collect();
            ApiError::invalid_field(
                name,
                "NUMBER_TYPE_COERCE",
                format!("Value \"{shown}\" is not snowflake."),
            )
        })
    }

    /// Returns a parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns an id of the query.
    pub(crate) fn query_id(&self, name: &str) -> Outcome<Option<Snowflake>> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        let wrong = || ApiError::invalid_field(name, "NUMBER_TYPE_COERCE", "Value is not snowflake.");
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// Returns a number of the query between `min` and `max`.
    pub(crate) fn query_number(&self, name: &str, min: usize, max: usize, default: usize) -> Outcome<usize> {
        let Some(text) = self.query(name) else {
            return Ok(default);
        };
        let issue = |code: &str, text: String| Err(ApiError::invalid_field(name, code, text));
        match text.parse::<usize>() {
            Ok(number) if number > max => issue(
                "NUMBER_TYPE_MAX",
                format!("int value should be less than or equal to {max}."),
            ),
            Ok(number) if number < min => issue(
                "NUMBER_TYPE_MIN",
                format!("int value should be greater than or equal to {min}."),
            ),
            Ok(number) => Ok(number),
            Err(_) => issue("NUMBER_TYPE_COERCE", "Value is not int.".to_owned()),
        }
    }

    /// Tells whether a switch of the query is on.
    pub(crate) fn query_flag(&self, name: &str) -> bool {
        matches!(self.query(name), Some("true" | "True" | "1"))
    }

    /// Returns the body as an object.
    pub(crate) fn object(&self) -> Outcome<&Object> {
        self.body.as_object().ok_or_else(|| {
            let issue = json!({"_errors": [{"code": "MODEL_TYPE_CONVERT", "message": "Only dictionaries may be used in a ModelType"}]});
            ApiError::invalid_form(issue)
        })
    }
}

/// Returns the routes under `/api`, `/api/v9` and `/api/v10`, and the uploaded files.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let mut api = Router::new();
    for route in ROUTES {
        let filter = MethodFilter::try_from(route.method.clone()).expect("the table has ordinary methods");
        let handler = move |State(shared): State<Arc<Shared>>, params: RawPathParams, request: Request| async move {
            let params = params
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect();
            serve(&shared, route, params, request).await
        };
        api = api.route(route.path, on(filter, handler));
    }
    let api = api
        .fallback(unimplemented)
        .method_not_allowed_fallback(unimplemented)
        .with_state(Arc::clone(&shared));
    Router::new()
        .nest("/api/v10", api.clone())
        .nest("/api/v9", api.clone())
        .nest("/api", api)
        .route(
            "/attachments/{channel_id}/{attachment_id}/{filename}",
            get(attachment),
        )
        // Bodies have their own bound, which fits Discord's files.
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

/// Answers one request of a known route.
async fn serve(
    shared: &Arc<Shared>,
    route: &'static Route,
    params: Vec<(String, String)>,
    request: Request,
) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let reason = reason(request.headers());
    let resource = params.first().map_or("", |(_, value)| value.as_str());
    let verdict = shared
        .rates
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .count(route.bucket, resource);
    let reply = match verdict.refused {
        Some(wait) => Err(ApiError::rate_limited(wait)),
        None => answer(shared, route, params, request).await,
    };
    finish(shared, &method, &uri, reply, Some(&verdict), reason)
}

async fn answer(
    shared: &Arc<Shared>,
    route: &'static Route,
    params: Vec<(String, String)>,
    request: Request,
) -> Reply {
    if route.auth == Auth::Bot {
        check_token(shared, request.headers())?;
    }
    let query = body::query(request.uri().query().unwrap_or_default());
    let (body, uploads) = body::read(request).await?;
    let mut call = Call {
        params,
        query,
        body,
        uploads,
    };
    (route.handler)(&mut shared.lock(), &mut call)
}

/// Writes the response and the timeline.
fn finish(
    shared: &Arc<Shared>,
    method: &Method,
    uri: &Uri,
    reply: Reply,
    verdict: Option<&Verdict>,
    reason: Option<String>,
) -> Response {
    let (mut response, error) = match reply {
        Ok(Answer::Ok(body)) => (axum::Json(body).into_response(), None),
        Ok(Answer::Created(body)) => (
            (axum::http::StatusCode::CREATED, axum::Json(body)).into_response(),
            None,
        ),
        Ok(Answer::NoContent) => (axum::http::StatusCode::NO_CONTENT.into_response(), None),
        Err(error) => (error.clone().into_response(), Some(error)),
    };
    if let Some(verdict) = verdict {
        verdict.write(response.headers_mut());
    }
    let status = response.status().as_u16();
    let mut noted = json!({"method": method.as_str(), "path": shown_path(uri.path()), "status": status});
    if let Some(error) = error {
        noted["code"] = error.code().into();
        noted["error"] = error.explain().chars().take(500).collect::<String>().into();
    }
    if let Some(reason) = reason {
        noted["reason"] = reason.into();
    }
    let kind = if status == 501 { "unimplemented" } else { "rest" };
    shared.lock().note(kind, None, None, noted);
    response
}

async fn unimplemented(State(shared): State<Arc<Shared>>, method: Method, uri: Uri) -> Response {
    let path = shown_path(uri.path());
    tracing::warn!(%method, path, "a route discord-sim does not implement");
    finish(
        &shared,
        &method,
        &uri,
        Err(ApiError::unimplemented(method.as_str(), &path)),
        None,
        None,
    )
}

fn check_token(shared: &Arc<Shared>, headers: &HeaderMap) -> Outcome<()> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = given.strip_prefix("Bot ").unwrap_or_default();
    if !token.is_empty() && token == shared.lock().app.token {
        Ok(())
    } else {
        Err(ApiError::unauthorized())
    }
}

/// Returns what the audit log would say.
fn reason(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-audit-log-reason")?.to_str().ok()?;
    let (_, decoded) = url::form_urlencoded::parse(format!("r={}", text.replace('+', "%2B")).as_bytes())
        .into_owned()
        .next()?;
    Some(decoded.chars().take(512).collect())
}

/// Returns a path without what is secret in it, cut to a sensible length.
fn shown_path(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    for index in 2..parts.len() {
        if matches!(parts[index - 2], "interactions" | "webhooks") && parts[index].len() > 20 {
            parts[index] = "TOKEN";
        }
    }
    parts.join("/").chars().take(300).collect()
}

/// Serves an uploaded file.
async fn attachment(State(shared): State<Arc<Shared>>, params: RawPathParams) -> Response {
    let id = params
        .iter()
        .find(|(key, _)| *key == "attachment_id")
        .and_then(|(_, value)| value.parse().ok());
    let file = id.and_then(|id: Snowflake| shared.lock().files.get(id).cloned());
    let Some(file) = file else {
        return axum::http::StatusCode::NOT_FOUND.into_response();
    };
    // Whatever was uploaded must stay a file in a browser, not a page of this origin.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, file.bytes).into_response()
}

/// Reads nothing and answers nothing: for routes that only acknowledge.
pub(crate) fn done(outcome: Outcome<()>) -> Reply {
    outcome.map(|()| Answer::NoContent)
}

/// The bot, who makes every request of this API.
pub(crate) fn me(world: &World) -> Snowflake {
    world.app.bot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_shown() {
        let token = "a".repeat(40);
        assert_eq!(
            shown_path(&format!("/api/v10/interactions/1/{token}/callback")),
            "/api/v10/interactions/1/TOKEN/callback"
        );
        assert_eq!(
            shown_path(&format!("/api/webhooks/1/{token}")),
            "/api/webhooks/1/TOKEN"
        );
        assert_eq!(
            shown_path("/api/v10/channels/1/messages"),
            "/api/v10/channels/1/messages"
        );
    }
}
