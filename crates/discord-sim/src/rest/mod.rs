//! Discord's HTTP API: which routes exist, and what happens around every request.
//!
//! A route is one line of [`routes::ROUTES`]: method, path, who may call it, its rate-limit bucket and a plain
//! function over the world. Everything else (token, body, bucket headers, timeline, unknown routes) is here, so
//! that one more route is one more line and one function in its family's file.

#[expect(clippy::unnecessary_wraps, reason = "every route has the same signature")]
mod applications;
mod bans;
mod body;
mod channels;
mod emojis;
mod fault;
mod guilds;
mod interactions;
mod invites;
pub(crate) mod limit;
mod members;
mod messages;
mod reactions;
mod roles;
pub(crate) mod routes;
mod threads;
#[expect(clippy::unnecessary_wraps, reason = "every route has the same signature")]
mod users;
mod voice;
mod webhooks;

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::id::Snowflake;
use crate::limits;
use crate::shared::Shared;
use crate::timeline::Cause;
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

    /// Returns a time of the query.
    pub(crate) fn query_time(&self, name: &str) -> Outcome<Option<Timestamp>> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            let shown: String = text.chars().take(64).collect();
            let text = format!("Could not parse {shown}. Should be ISO8601.");
            ApiError::invalid_field(name, "DATE_TIME_TYPE_PARSE", text)
        })
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

    /// Returns the body as a list of objects, each as its own form.
    pub(crate) fn list<'a>(&'a self, issues: &'a Issues) -> Outcome<Vec<Form<'a>>> {
        let Value::Array(list) = &self.body else {
            let issue = json!({"_errors": [{"code": "LIST_TYPE_CONVERT", "message": "Only iterables may be used in a ListType"}]});
            return Err(ApiError::invalid_form(issue));
        };
        if list.len() > limits::GUILD_CHANNELS {
            return Err(ApiError::too_large());
        }
        let read = |(index, value): (usize, &'a Value)| {
            let path = index.to_string();
            value
                .as_object()
                .map(|object| Form::at(object, issues, &[&path]))
                .ok_or_else(|| {
                    let text = "Only dictionaries may be used in a ModelType";
                    ApiError::invalid_field(&path, "MODEL_TYPE_CONVERT", text)
                })
        };
        list.iter().enumerate().map(read).collect()
    }

    /// Returns what the bot heard that it most likely answers with this request; of interactions it is certain.
    fn cause(&self, world: &World) -> Option<Cause> {
        let interaction = self.param("interaction_id").parse().ok().or_else(|| {
            let token = self.param("webhook_token");
            world
                .interactions
                .by_token(token)
                .map(|interaction| interaction.id)
        });
        if let Some(entry) = interaction.and_then(|id| world.timeline.last_heard(id)) {
            return Some(Cause { entry, likely: false });
        }
        let place = |name: &str| world.timeline.last_heard(self.param(name).parse().ok()?);
        let entry = place("channel_id").or_else(|| place("guild_id"))?;
        Some(Cause { entry, likely: true })
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
        if route.path.contains("@me") {
            // Some clients encode the sign.
            api = api.route(&route.path.replace("@me", "%40me"), on(filter, handler));
        }
    }
    let api = api
        .fallback(unimplemented)
        .method_not_allowed_fallback(unimplemented)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&shared),
            fault::strike,
        ))
        .layer(axum::middleware::map_response(through_a_proxy))
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

/// Discord answers through a proxy that says so; clients take a 429 without it for one of Cloudflare's.
async fn through_a_proxy(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::VIA, HeaderValue::from_static("1.1 discord-sim"));
    response
}

/// Answers one request of a known route.
async fn serve(
    shared: &Arc<Shared>,
    route: &'static Route,
    params: Vec<(String, String)>,
    request: Request,
) -> Response {
    let line = RequestLine {
        method: request.method().clone(),
        path: shown_path(request.uri().path()),
        reason: reason(request.headers()),
    };
    let resource = resource(&params);
    let verdict = {
        let mut rates = shared.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.banned() {
            return edge_refusal();
        }
        rates.count(route.bucket, &resource, route.auth == Auth::Bot)
    };
    let reply = match verdict.refused {
        Some((wait, scope)) => {
            let refused = Err(ApiError::rate_limited(wait, scope));
            line.note(&mut shared.lock(), refused, None)
        }
        None => match read(shared, route, params, request).await {
            Ok(mut call) => {
                let mut world = shared.lock();
                let cause = call.cause(&world);
                world.timeline.open();
                world.reason.clone_from(&line.reason);
                let reply = (route.handler)(&mut world, &mut call);
                world.reason = None;
                line.note(&mut world, reply, cause)
            }
            Err(error) => line.note(&mut shared.lock(), Err(error), None),
        },
    };
    respond(shared, reply, Some(&verdict))
}

/// Returns what a bucket is counted for: the channel, guild or webhook of the path, a token included.
fn resource(params: &[(String, String)]) -> String {
    let major = params
        .iter()
        .enumerate()
        .filter(|(index, (key, _))| *index == 0 || key.ends_with("_token"));
    let values: Vec<&str> = major.map(|(_, (_, value))| value.as_str()).collect();
    values.join("/").chars().take(300).collect()
}

/// What Discord's edge answers, before Discord itself, to a bot with too many invalid requests.
fn edge_refusal() -> Response {
    let status = axum::http::StatusCode::TOO_MANY_REQUESTS;
    (status, [(header::CONTENT_TYPE, "text/plain")], "error code: 1015").into_response()
}

/// Checks who asks, and reads the rest of a request.
async fn read(
    shared: &Arc<Shared>,
    route: &'static Route,
    params: Vec<(String, String)>,
    request: Request,
) -> Outcome<Call> {
    if route.auth == Auth::Bot {
        check_token(shared, request.headers())?;
    }
    let query = body::query(request.uri().query().unwrap_or_default());
    let (body, uploads) = body::read(request).await?;
    Ok(Call {
        params,
        query,
        body,
        uploads,
    })
}

/// What the timeline says of a request.
struct RequestLine {
    method: Method,
    path: String,
    reason: Option<String>,
}

impl RequestLine {
    /// Puts the request on the timeline, before all it did when it was opened as a deed, and hands the reply on.
    fn note(self, world: &mut World, reply: Reply, cause: Option<Cause>) -> Reply {
        let status = match &reply {
            Ok(Answer::Ok(_)) => 200,
            Ok(Answer::Created(_)) => 201,
            Ok(Answer::NoContent) => 204,
            Err(error) => error.status(),
        };
        let mut noted = json!({"method": self.method.as_str(), "path": self.path, "status": status});
        if let Err(error) = &reply {
            noted["code"] = error.code().into();
            noted["error"] = error.explain().chars().take(500).collect::<String>().into();
        }
        if let Some(reason) = self.reason {
            noted["reason"] = reason.into();
        }
        let kind = if status == 501 { "unimplemented" } else { "rest" };
        world
            .timeline
            .close(world.clock.now(), kind, (None, None), noted, cause);
        reply
    }
}

/// Writes the response.
fn respond(shared: &Shared, reply: Reply, verdict: Option<&Verdict>) -> Response {
    let scope = reply.as_ref().err().and_then(ApiError::scope);
    let mut response = match reply {
        Ok(Answer::Ok(body)) => axum::Json(body).into_response(),
        Ok(Answer::Created(body)) => (axum::http::StatusCode::CREATED, axum::Json(body)).into_response(),
        Ok(Answer::NoContent) => axum::http::StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.into_response(),
    };
    if let Some(verdict) = verdict {
        verdict.write(response.headers_mut());
    }
    shared
        .rates
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .count_answer(response.status().as_u16(), scope);
    response
}

async fn unimplemented(State(shared): State<Arc<Shared>>, method: Method, uri: Uri) -> Response {
    let path = shown_path(uri.path());
    tracing::warn!(%method, path, "a route discord-sim does not implement");
    let error = ApiError::unimplemented(method.as_str(), &path);
    let line = RequestLine {
        method,
        path,
        reason: None,
    };
    let reply = line.note(&mut shared.lock(), Err(error), None);
    respond(&shared, reply, None)
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
