//! Attacks on everything that stands around the routes, without an appliance behind it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use homemaid_protocol::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::auth::{Auth, AuthParts, Passwords, Settings, SettingsError};
use crate::config::Mode;
use crate::guard::Guard;
use crate::limits::{FREE_ATTEMPTS, JSON_BODY_BYTES, SESSION_LIFETIME, SESSIONS, STREAMS_PER_SESSION};
use crate::shell::shell;

const HOST: &str = "127.0.0.1:8600";
const ORIGIN: &str = "http://127.0.0.1:8600";
const PASSWORD: &str = "correct horse battery";

/// Settings in memory, shared by the appliances of one test as a data folder would be.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<HashMap<String, Value>>>);

impl Settings for Memory {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Value>, SettingsError>> {
        let value = self.0.lock().unwrap().get(key).cloned();
        async move { Ok(value) }.boxed()
    }

    fn put<'a>(&'a self, key: &'a str, value: Value) -> BoxFuture<'a, Result<(), SettingsError>> {
        self.0.lock().unwrap().insert(key.to_owned(), value);
        async { Ok(()) }.boxed()
    }
}

/// The shell around a few routes that stand for the API.
struct House {
    router: Router,
    settings: Memory,
    time: Arc<Mutex<Timestamp>>,
    stopping: CancellationToken,
}

impl House {
    fn new() -> Self {
        Self::on(Memory::default(), false)
    }

    fn on(settings: Memory, https: bool) -> Self {
        let time = Arc::new(Mutex::new(Timestamp::from_second(1_800_000_000).unwrap()));
        let told = Arc::clone(&time);
        let auth = Arc::new(Auth::new(AuthParts {
            settings: Arc::new(settings.clone()),
            passwords: Passwords::new(argon2::Params::new(64, 1, 1, None).unwrap()),
            clock: Clock::from_fn(move || *told.lock().unwrap()),
            setup_token: Some("setup-token".to_owned()),
            cli_token: "cli-token".to_owned(),
            secure_cookie: https,
        }));
        let stopping = CancellationToken::new();
        let owners = Router::new()
            .route("/api/probe", get(async || "read").post(async || "changed"))
            .route("/api/echo", post(async |body: axum::Json<Value>| body))
            .route("/api/stream", get(endless));
        let guard = Guard::new(&[]);
        let router = shell(auth, Mode::Lab, guard, stopping.clone(), owners);
        Self {
            router,
            settings,
            time,
            stopping,
        }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn set_up(&self) -> String {
        let body = json!({"token": "setup-token", "password": PASSWORD});
        let response = self.send(ask(Method::POST, "/api/setup").json(body)).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        cookie(&response)
    }

    async fn sign_in(&self, password: &str) -> Response {
        self.send(ask(Method::POST, "/api/session").json(json!({"password": password})))
            .await
    }

    async fn probe(&self, cookie: &str) -> StatusCode {
        self.send(ask(Method::GET, "/api/probe").with("cookie", cookie).empty())
            .await
            .status()
    }

    fn pass(&self, duration: SignedDuration) {
        let mut time = self.time.lock().unwrap();
        *time += duration;
    }
}

async fn endless() -> Response {
    let events =
        stream::once(async { Ok::<_, Infallible>(Event::default().data("first")) }).chain(stream::pending());
    Sse::new(events).into_response()
}

/// A request as the page itself would make it, to be spoilt by the test.
struct Ask(Builder);

fn ask(method: Method, path: &str) -> Ask {
    let builder = Request::builder().uri(path).header(header::HOST, HOST);
    let builder = if method.is_safe() {
        builder
    } else {
        builder.header(header::ORIGIN, ORIGIN)
    };
    Ask(builder.method(method))
}

impl Ask {
    fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    fn empty(self) -> Request<Body> {
        self.0.body(Body::empty()).unwrap()
    }

    fn json(self, body: impl Into<Value>) -> Request<Body> {
        let body: Value = body.into();
        self.0
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }
}

fn cookie(response: &Response) -> String {
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

async fn code(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).expect("every refusal is JSON");
    assert!(
        body["error"].as_str().is_some_and(|text| text.ends_with('.')),
        "a sentence: {body}"
    );
    body["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_a_session_nothing_behind_the_gate_answers() {
    let house = House::new();
    house.set_up().await;
    for (method, path) in [
        (Method::GET, "/api/probe"),
        (Method::POST, "/api/probe"),
        (Method::GET, "/api/stream"),
    ] {
        let response = house.send(ask(method.clone(), path).empty()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(code(response).await, "signed_out");
    }
    for bad in [
        "homemaid=",
        "homemaid=guess",
        "other=x",
        "homemaid",
        ";;;=",
        "homemaid=a; homemaid=b; homemaid=c",
    ] {
        assert_eq!(house.probe(bad).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

#[tokio::test]
async fn the_setup_token_works_once_and_only_the_right_one() {
    let house = House::new();
    let attempt = |token: &str, password: &str| {
        let request = ask(Method::POST, "/api/setup").json(json!({"token": token, "password": password}));
        house.send(request)
    };
    assert_eq!(code(attempt("guess", PASSWORD).await).await, "wrong_setup_token");
    assert_eq!(
        code(attempt("setup-token", "short").await).await,
        "unfit_password"
    );
    let first = attempt("setup-token", PASSWORD).await;
    assert_eq!(first.status(), StatusCode::NO_CONTENT);
    let replayed = attempt("setup-token", "another password").await;
    assert_eq!(replayed.status(), StatusCode::CONFLICT);
    assert_eq!(code(replayed).await, "already_set_up");
    assert_eq!(
        house.sign_in("another password").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(house.sign_in(PASSWORD).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn two_setups_at_once_set_one_password() {
    let house = House::new();
    let body = |password: &str| {
        ask(Method::POST, "/api/setup").json(json!({"token": "setup-token", "password": password}))
    };
    let (one, two) = tokio::join!(house.send(body("password one")), house.send(body("password two")));
    let mut statuses = [one.status().as_u16(), two.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test]
async fn guessing_the_password_soon_waits_even_side_by_side() {
    let house = House::new();
    house.set_up().await;
    let guesses = (0..40).map(|n| house.sign_in(if n == 39 { PASSWORD } else { "a wrong password" }));
    let answers = futures_util::future::join_all(guesses).await;
    let tried = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::FORBIDDEN)
        .count();
    assert!(
        tried <= FREE_ATTEMPTS as usize + 1,
        "{tried} guesses were checked"
    );
    let refused = answers.into_iter().last().unwrap();
    assert_eq!(
        refused.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "the right password must not be told apart"
    );
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    house.pass(SignedDuration::from_secs(61));
    assert_eq!(
        house.sign_in(PASSWORD).await.status(),
        StatusCode::NO_CONTENT,
        "the owner waits a minute at most"
    );
}

#[tokio::test]
async fn a_session_ends_when_it_expires_and_when_it_is_signed_out() {
    let house = House::new();
    let one = house.set_up().await;
    let two = cookie(&house.sign_in(PASSWORD).await);
    assert_eq!(house.probe(&one).await, StatusCode::OK);
    let out = house
        .send(ask(Method::DELETE, "/api/session").with("cookie", &one).empty())
        .await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(house.probe(&one).await, StatusCode::UNAUTHORIZED, "signed out");
    assert_eq!(house.probe(&two).await, StatusCode::OK, "the other session stays");
    house.pass(SignedDuration::try_from(SESSION_LIFETIME).unwrap());
    assert_eq!(house.probe(&two).await, StatusCode::UNAUTHORIZED, "expired");
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_the_store_holds_no_usable_token() {
    let house = House::new();
    let one = house.set_up().await;
    let two = cookie(&house.sign_in(PASSWORD).await);
    house
        .send(ask(Method::DELETE, "/api/session").with("cookie", &two).empty())
        .await;
    let stored = format!("{:?}", house.settings.0.lock().unwrap());
    let token = one.split_once('=').unwrap().1;
    assert!(!stored.contains(token), "only the hash is stored");
    assert!(!stored.contains(PASSWORD));
    let restarted = House::on(house.settings.clone(), false);
    assert_eq!(restarted.probe(&one).await, StatusCode::OK);
    assert_eq!(
        restarted.probe(&two).await,
        StatusCode::UNAUTHORIZED,
        "signed out stays signed out"
    );
}

#[tokio::test]
async fn the_oldest_session_makes_room() {
    let house = House::new();
    let first = house.set_up().await;
    for _ in 0..SESSIONS {
        assert_eq!(house.sign_in(PASSWORD).await.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(house.probe(&first).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let plain = House::new();
    let response = plain
        .send(ask(Method::POST, "/api/setup").json(json!({"token": "setup-token", "password": PASSWORD})))
        .await;
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age="] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "plain http on loopback");
    let secure = House::on(Memory::default(), true);
    let response = secure
        .send(ask(Method::POST, "/api/setup").json(json!({"token": "setup-token", "password": PASSWORD})))
        .await;
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(set.starts_with("__Host-") && set.contains("; Secure"), "{set}");
}

#[tokio::test]
async fn other_pages_and_other_names_get_nothing_even_with_the_cookie() {
    let house = House::new();
    let owner = house.set_up().await;
    let rebound = Request::builder()
        .uri("/api/probe")
        .header("host", "evil.example")
        .header("cookie", &owner);
    let response = house.send(rebound.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
    let forged = Request::builder()
        .method("POST")
        .uri("/api/probe")
        .header("host", HOST)
        .header("cookie", &owner);
    for origin in [
        None,
        Some("http://evil.example"),
        Some("null"),
        Some("http://127.0.0.1:1"),
    ] {
        let request = Request::builder()
            .method("POST")
            .uri("/api/probe")
            .header("host", HOST)
            .header("cookie", &owner);
        let request = origin
            .iter()
            .fold(request, |request, origin| request.header("origin", *origin));
        let response = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(code(response).await, "wrong_origin", "{origin:?}");
    }
    // Signing somebody in from elsewhere is refused as well.
    let login = forged
        .uri("/api/session")
        .body(Body::from(json!({"password": PASSWORD}).to_string()))
        .unwrap();
    assert_eq!(house.send(login).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_local_token_needs_no_cookie_and_a_wrong_one_is_not_rescued_by_it() {
    let house = House::new();
    let owner = house.set_up().await;
    let change = |bearer: &str| {
        let request = Request::builder()
            .method("POST")
            .uri("/api/probe")
            .header("host", HOST);
        house.send(
            request
                .header("authorization", bearer)
                .header("cookie", &owner)
                .body(Body::empty())
                .unwrap(),
        )
    };
    assert_eq!(change("Bearer cli-token").await.status(), StatusCode::OK);
    for wrong in [
        "Bearer cli-toke",
        "Bearer cli-tokenn",
        "Bearer ",
        "Basic cli-token",
        "cli-token",
        "bearer cli-token",
    ] {
        assert_eq!(change(wrong).await.status(), StatusCode::UNAUTHORIZED, "{wrong}");
    }
}

#[tokio::test]
async fn oversized_and_malformed_bodies_are_refused_in_json() {
    let house = House::new();
    let owner = house.set_up().await;
    let huge = json!({"password": "x".repeat(JSON_BODY_BYTES)});
    let response = house
        .send(ask(Method::POST, "/api/session").json(huge.clone()))
        .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(code(response).await, "too_large");
    let response = house
        .send(ask(Method::POST, "/api/echo").with("cookie", &owner).json(huge))
        .await;
    assert_eq!(
        response.status(),
        StatusCode::PAYLOAD_TOO_LARGE,
        "behind the gate as well"
    );
    let response = house
        .send(ask(Method::POST, "/api/session").json(json!([1, 2])))
        .await;
    assert_eq!(code(response).await, "bad_request");
    let response = house.send(ask(Method::POST, "/api/session").empty()).await;
    assert_eq!(code(response).await, "bad_request");
}

#[tokio::test]
async fn live_streams_end_with_the_session() {
    let house = House::new();
    let owner = house.set_up().await;
    let response = house
        .send(ask(Method::GET, "/api/stream").with("cookie", &owner).empty())
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut events = response.into_body().into_data_stream();
    assert!(events.next().await.is_some(), "it is live");
    house
        .send(ask(Method::DELETE, "/api/session").with("cookie", &owner).empty())
        .await;
    assert!(events.next().await.is_none(), "and over once signed out");
}

#[tokio::test(start_paused = true)]
async fn live_streams_end_when_the_session_expires_and_when_the_appliance_stops() {
    let house = House::new();
    let owner = house.set_up().await;
    house.pass(SignedDuration::try_from(SESSION_LIFETIME.saturating_sub(Duration::from_secs(5))).unwrap());
    let response = house
        .send(ask(Method::GET, "/api/stream").with("cookie", &owner).empty())
        .await;
    let mut events = response.into_body().into_data_stream();
    assert!(events.next().await.is_some());
    // The paused clock runs ahead to the next timer: the end of the session.
    assert!(events.next().await.is_none());

    let response = house
        .send(
            ask(Method::GET, "/api/stream")
                .with("authorization", "Bearer cli-token")
                .empty(),
        )
        .await;
    let mut events = response.into_body().into_data_stream();
    assert!(events.next().await.is_some());
    house.stopping.cancel();
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn live_streams_of_one_session_are_counted_while_they_last() {
    let house = House::new();
    let owner = house.set_up().await;
    let open = || house.send(ask(Method::GET, "/api/stream").with("cookie", &owner).empty());
    let mut held = Vec::new();
    for _ in 0..STREAMS_PER_SESSION {
        let response = open().await;
        assert_eq!(response.status(), StatusCode::OK);
        held.push(response);
    }
    assert_eq!(code(open().await).await, "too_many_streams");
    held.pop();
    assert_eq!(open().await.status(), StatusCode::OK, "a closed page makes room");
}

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let house = House::new();
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2f..%2fetc%2fpasswd",
        "/assets/..%5c..%5cCargo.toml",
        "//etc/passwd.txt",
        "/index.html.gz",
        "/assets/",
    ] {
        let response = house.send(ask(Method::GET, path).empty()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let response = house.send(ask(Method::GET, "/api/nothing").empty()).await;
    assert_eq!(code(response).await, "not_found");
    assert_eq!(
        house.send(ask(Method::POST, "/lab").empty()).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new();
    for path in ["/", "/lab", "/api/session", "/api/probe", "/missing.js"] {
        let response = house.send(ask(Method::GET, path).empty()).await;
        let headers = response.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        if path.starts_with("/api") {
            assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        }
    }
    let one =
        house.send(ask(Method::GET, "/").empty()).await.headers()[header::CONTENT_SECURITY_POLICY].clone();
    let two =
        house.send(ask(Method::GET, "/lab").empty()).await.headers()[header::CONTENT_SECURITY_POLICY].clone();
    assert_ne!(one, two, "every page view has its own nonce");
}
