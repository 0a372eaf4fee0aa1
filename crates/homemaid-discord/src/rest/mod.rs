//! Requests to Discord's REST API: serenity makes each, we choose when it goes and judge what comes back.
//!
//! A request waits for its bucket at most [`RATE_LIMIT_WAIT`]; longer, and the caller hears when to come back
//! (wire §6.9). Nothing here writes a token, a path or a body to a log.

mod bucket;
mod error;
mod pace;
mod refusals;
mod request;

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use url::Url;

use crate::reach::Reach;
use crate::token::Token;

use bucket::{Admission, Buckets, Key, LONGEST_WAIT, Limits};
pub(crate) use error::RestError;
use refusals::Priority;
pub use refusals::{HeldBack, RequestBudget};
pub(crate) use request::{File, Request, encode};

/// Longest time a request waits for Discord's rate limits (wire §6.9).
pub(crate) const RATE_LIMIT_WAIT: Duration = Duration::from_secs(10);
/// Longest time one attempt may take.
const ATTEMPT_TIME: Duration = Duration::from_secs(12);
/// The same with files, which a home's connection needs time for.
const UPLOAD_TIME: Duration = Duration::from_secs(20);
/// Longest time a request may take with all its waits; the host answers plugins within 25 s (wire §6.1).
pub(crate) const REQUEST_TIME: Duration = Duration::from_secs(22);
/// Attempts at one request that Discord answered with 429.
const ATTEMPTS: u32 = 4;
/// Attempts at one read that Discord failed to answer.
const READ_ATTEMPTS: u32 = 2;
/// Largest answer that is read, in bytes.
const ANSWER_BYTES: usize = 8 << 20;

/// Where Discord's API is when nothing else is said.
pub(crate) const DISCORD: &str = "https://discord.com";

/// Sends requests, with the bot token and within Discord's limits.
pub(crate) struct Rest {
    http: reqwest::Client,
    token: Token,
    base: Url,
    reach: Reach,
    buckets: Mutex<Buckets>,
    /// Told after every request: whoever waits for a bucket looks again.
    answered: Notify,
    held_back: watch::Sender<HeldBack>,
}

impl Rest {
    /// Returns a client for the API at `base`, which has been vetted.
    /// `per_second` is how many requests a second Discord takes.
    pub(crate) fn new(
        token: Token,
        base: Url,
        reach: Reach,
        per_second: u32,
    ) -> Result<Self, reqwest::Error> {
        let http = reach
            .limit(reqwest::Client::builder())
            .timeout(ATTEMPT_TIME)
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            http,
            token,
            base,
            reach,
            buckets: Mutex::new(Buckets::new(per_second)),
            answered: Notify::new(),
            held_back: watch::Sender::default(),
        })
    }

    /// Returns where the budget of refused requests stands.
    pub(crate) fn budget(&self) -> RequestBudget {
        self.lock().budget(Instant::now())
    }

    /// Returns what is held back for the sake of the budget, as it changes.
    pub(crate) fn held_back(&self) -> watch::Receiver<HeldBack> {
        self.held_back.subscribe()
    }

    /// Sends one request and returns the JSON that came back, null when there was none.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Value, RestError> {
        tokio::time::timeout(REQUEST_TIME, self.attempt(request))
            .await
            .unwrap_or(Err(RestError::Timeout))
    }

    async fn attempt(&self, request: Request<'_>) -> Result<Value, RestError> {
        let key = request.key();
        let started = Instant::now();
        let mut failures = 0;
        for _ in 0..ATTEMPTS {
            self.wait_for_bucket(key, request.priority(), started).await?;
            let mut http_request = request.build(&self.http, &self.token, &self.base)?;
            if request.has_files() {
                *http_request.timeout_mut() = Some(UPLOAD_TIME);
            }
            // The walls of `reach` stand around names and redirects; this one stands around the address itself.
            self.reach.check(http_request.url()).map_err(RestError::Refused)?;
            let answer = match self.http.execute(http_request).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.lock().unanswered(key);
                    self.answered.notify_waiters();
                    failures += 1;
                    // A read changes nothing, so it may be tried again.
                    let again = request.method() == Method::GET && !error.is_timeout();
                    if again && failures < READ_ATTEMPTS {
                        continue;
                    }
                    return Err(RestError::network(error));
                }
            };
            let status = answer.status().as_u16();
            let limits = limits(answer.headers());
            self.observe(key, status, &limits);
            if status == 429 {
                continue;
            }
            if status >= 500 && request.method() == Method::GET && failures + 1 < READ_ATTEMPTS {
                failures += 1;
                continue;
            }
            let body = read(answer).await?;
            return if (200..300).contains(&status) {
                Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
            } else {
                Err(RestError::from_answer(status, &body))
            };
        }
        let wait = self
            .lock()
            .wait(key, request.priority(), Instant::now())
            .unwrap_or(Duration::from_secs(1));
        Err(RestError::RateLimited { retry_after: wait })
    }

    fn observe(&self, key: Key, status: u16, limits: &Limits) {
        let now = Instant::now();
        let held_back = {
            let mut buckets = self.lock();
            buckets.observe(key, status, limits, now);
            buckets.budget(now).held_back
        };
        self.answered.notify_waiters();
        self.tell(held_back);
    }

    /// Tells whoever watches when something else is held back than before.
    fn tell(&self, now: HeldBack) {
        self.held_back.send_if_modified(|before| {
            let changed = *before != now;
            if changed {
                tracing::warn!(
                    ?before,
                    ?now,
                    "Discord refused many requests: what is held back changes"
                );
            }
            *before = now;
            changed
        });
    }

    async fn wait_for_bucket(&self, key: Key, priority: Priority, started: Instant) -> Result<(), RestError> {
        loop {
            let mut answered = pin!(self.answered.notified());
            // From here on no answer is missed.
            answered.as_mut().enable();
            let now = Instant::now();
            let admission = self.lock().admit(key, priority, now);
            match admission {
                Admission::Go => return Ok(()),
                Admission::Wait(wait) if (now - started) + wait > RATE_LIMIT_WAIT => {
                    return Err(RestError::RateLimited { retry_after: wait });
                }
                Admission::Wait(wait) => {
                    // When time is up either way, what comes of it is looked at again.
                    let _ = tokio::time::timeout(wait, answered).await;
                }
                Admission::TooManyRefusals(wait) => return Err(RestError::RateLimited { retry_after: wait }),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what Discord's headers say about limits.
fn limits(headers: &HeaderMap) -> Limits {
    let seconds = |name: &str| {
        let text = headers.get(name)?.to_str().ok()?;
        let seconds: f64 = text.trim().parse().ok()?;
        Some(Duration::try_from_secs_f64(seconds).ok()?.min(LONGEST_WAIT))
    };
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let bucket = headers
        .get("x-ratelimit-bucket")
        .and_then(|name| name.to_str().ok());
    Limits {
        bucket: bucket.map(bucket::hash),
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        // Rounded to milliseconds, perhaps down.
        reset_after: seconds("x-ratelimit-reset-after").map(|wait| wait + Duration::from_millis(1)),
        retry_after: seconds("retry-after"),
        global: headers.contains_key("x-ratelimit-global"),
        // Discord itself always says whose limit it is.
        edge: !headers.contains_key("x-ratelimit-scope") && !headers.contains_key("x-ratelimit-global"),
        shared: headers
            .get("x-ratelimit-scope")
            .is_some_and(|scope| scope.as_bytes() == b"shared"),
    }
}

/// Reads a body that may be of any length, up to [`ANSWER_BYTES`].
async fn read(answer: Response) -> Result<Vec<u8>, RestError> {
    let mut body = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(RestError::network)?;
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(RestError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Moves the body and its headers of `from` into `to`.
fn move_body(from: &mut reqwest::Request, to: &mut reqwest::Request) {
    for name in [CONTENT_TYPE, CONTENT_LENGTH] {
        to.headers_mut().remove(&name);
        if let Some(value) = from.headers().get(&name) {
            to.headers_mut().insert(name, value.clone());
        }
    }
    *to.body_mut() = from.body_mut().take();
}
