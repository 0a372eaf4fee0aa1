//! The call router: what a worker asks for, in the order capability, validation, rate limit, work (wire §6.1).
//!
//! A call that is refused on the way has had no effect and cost no token of its bucket. The safety valve of 200
//! calls a second stands before everything else, refused calls included: it protects the host, not a quota.
//! Every call leaves one audit record, also the refused and the unreadable ones.
//!
//! To add a family of methods: a module with a typed request that `parse`s and `run`s, and its line in [`Work`].

mod detail;
mod ephemeral;
mod http;
mod kv;
mod metrics;
mod params;
mod secrets;
mod sql;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use homemaid_discord::{DiscordCall, Done, Touched};
use homemaid_protocol::limits::HOST_LINE_BYTES;
use homemaid_protocol::{ErrorCode, MethodSpec, RpcError};
use homemaid_storage::{AuditRecord, Decision};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::cause;
use crate::installation::Installation;
use crate::services::{ANSWER_DEADLINE, Services};
use ephemeral::EphemeralRequest;
use http::HttpRequest;
use kv::KvRequest;
use metrics::MetricsRequest;
use secrets::SecretRequest;
use sql::SqlRequest;

/// Room set aside for the answer of a call that returns little.
const SMALL_ANSWER: usize = 64 << 10;
/// What the audit calls a line that was meant as a call and could not be read.
pub(crate) const UNREADABLE: &str = "(unreadable)";

/// What a call comes to.
pub(crate) type Outcome = Result<Value, RpcError>;

/// A call that has been looked at.
pub(crate) enum Begun {
    /// It is answered, and audited.
    Answered(Outcome),
    /// It passed; run this and send what it returns. It audits itself.
    Running {
        /// The work.
        work: BoxFuture<'static, Outcome>,
        /// The most bytes its answer can need.
        promised: usize,
    },
}

/// What a call does, with its arguments checked.
enum Work {
    Ephemeral(EphemeralRequest),
    Kv(KvRequest),
    Metrics(MetricsRequest),
    Secrets(SecretRequest),
    Sql(SqlRequest),
    Http(Box<HttpRequest>),
    Discord {
        params: Map<String, Value>,
        event_id: Option<String>,
    },
}

/// Looks at a call; cheap ones are done at once, here in the worker's own task.
pub(crate) fn begin(
    services: &Arc<Services>,
    installation: &Arc<Installation>,
    method: String,
    params: Map<String, Value>,
) -> Begun {
    let receipt = Receipt::new(services, installation, method, &params);
    let (spec, work) = match admit(services, installation, &receipt, params) {
        Ok(admitted) => admitted,
        Err(error) => return Begun::Answered(receipt.refuse(error)),
    };
    if let Some(outcome) = work.at_once(services, installation) {
        return Begun::Answered(receipt.finish(outcome));
    }
    let promised = work.largest_answer(spec);
    let (services, installation) = (Arc::clone(services), Arc::clone(installation));
    let running: BoxFuture<'static, Done> = Box::pin(work.run(services, installation, spec.name));
    let work = async move {
        let running = AssertUnwindSafe(running).catch_unwind();
        let done = match tokio::time::timeout(ANSWER_DEADLINE, running).await {
            Ok(Ok(done)) => done,
            // The panic hook has logged where and why.
            Ok(Err(_)) => untouched(Err(RpcError::internal())),
            Err(_) => untouched(Err(RpcError::timeout(spec.name, ANSWER_DEADLINE.as_secs()))),
        };
        receipt.touched(done.touched).finish(done.result)
    };
    Begun::Running {
        work: work.boxed(),
        promised,
    }
}

/// Audits a line that was meant as a call, and returns its refusal.
pub(crate) fn unreadable(
    services: &Arc<Services>,
    installation: &Arc<Installation>,
    reason: &str,
) -> RpcError {
    let receipt = Receipt::new(services, installation, UNREADABLE.to_owned(), &Map::new());
    let error = RpcError::validation("line", &format!("a JSON-RPC object: {reason}"));
    let _ = receipt.refuse(error.clone());
    error
}

/// Lets a call through, or says why not. Has no effect but the token it takes as its last act.
fn admit(
    services: &Arc<Services>,
    installation: &Arc<Installation>,
    receipt: &Receipt,
    params: Map<String, Value>,
) -> Result<(&'static MethodSpec, Work), RpcError> {
    let method = receipt.method.as_str();
    installation
        .buckets()
        .pass_valve(receipt.started)
        .map_err(|empty| {
            RpcError::rate_limited(
                "calls",
                services.options.calls_per_second * 60,
                empty.retry_after(),
            )
        })?;
    let spec = homemaid_protocol::method(method).ok_or_else(|| RpcError::method_not_found(method))?;
    Work::exists(spec)?;
    let facts = installation.facts();
    if let Some(capability) = spec.missing(&facts.grants, &params) {
        let declared = facts.version.manifest.capabilities.contains(&capability);
        services.needs(installation, capability, spec.name, declared);
        return Err(RpcError::capability_denied(capability, declared));
    }
    let (work, cost) = Work::parse(services, installation, spec, params, receipt.event_id.as_deref())?;
    let limit = spec.bucket.per_minute().unwrap_or(0);
    installation
        .buckets()
        .take(spec.bucket, cost)
        .map_err(|empty| RpcError::rate_limited(spec.bucket.name(), limit, empty.retry_after()))?;
    Ok((spec, work))
}

impl Work {
    /// Refuses methods of the contract whose service this version does not have yet.
    fn exists(spec: &MethodSpec) -> Result<(), RpcError> {
        let family = spec.name.split_once('.').map_or(spec.name, |(family, _)| family);
        let lacks = match family {
            "kv" | "discord" | "interaction" | "ephemeral" | "metrics" | "secrets" | "sql" | "proxy"
            | "http" => return Ok(()),
            "ws" => "WebSocket connections",
            _ => "this method",
        };
        Err(RpcError::method_not_found(&format!(
            "{} (this version of Homemaid does not have {lacks} yet)",
            spec.name
        )))
    }

    /// Checks the arguments; returns the work and what it costs in its bucket.
    fn parse(
        services: &Services,
        installation: &Installation,
        spec: &'static MethodSpec,
        params: Map<String, Value>,
        event_id: Option<&str>,
    ) -> Result<(Self, u32), RpcError> {
        if spec.name.starts_with("kv.") {
            return Ok((Self::Kv(KvRequest::parse(spec.name, params)?), 0));
        }
        if spec.name.starts_with("ephemeral.") {
            return Ok((Self::Ephemeral(EphemeralRequest::parse(spec.name, &params)?), 0));
        }
        if spec.name.starts_with("secrets.") {
            return Ok((Self::Secrets(SecretRequest::parse(spec.name, params)?), 0));
        }
        if spec.name.starts_with("metrics.") {
            return Ok((Self::Metrics(MetricsRequest::parse(spec.name, params)?), 0));
        }
        if spec.name.starts_with("sql.") {
            return Ok((Self::Sql(SqlRequest::parse(spec.name, params)?), 0));
        }
        if spec.name.starts_with("proxy.") || spec.name.starts_with("http.") {
            let request = HttpRequest::parse(services, installation, spec.name, &params, event_id)?;
            return Ok((Self::Http(Box::new(request)), 1));
        }
        let cost = services.discord.check(&DiscordCall {
            installation: &installation.id,
            method: spec.name,
            params: &params,
            event_id,
        })?;
        let work = Self::Discord {
            params,
            event_id: event_id.map(str::to_owned),
        };
        Ok((work, cost))
    }

    /// Does what takes only microseconds, so that no task is made for it.
    fn at_once(&self, services: &Services, installation: &Installation) -> Option<Outcome> {
        match self {
            Self::Ephemeral(request) => Some(Ok(request.run(&installation.ephemeral))),
            Self::Kv(KvRequest::Get { key }) => Some(kv::get(services, installation, key)),
            Self::Metrics(MetricsRequest::Record { metric, value, tags }) => {
                Some(metrics::record(services, installation, metric, *value, tags))
            }
            Self::Kv(_)
            | Self::Metrics(_)
            | Self::Secrets(_)
            | Self::Sql(_)
            | Self::Http(_)
            | Self::Discord { .. } => None,
        }
    }

    async fn run(
        self,
        services: Arc<Services>,
        installation: Arc<Installation>,
        method: &'static str,
    ) -> Done {
        match self {
            Self::Ephemeral(request) => untouched(Ok(request.run(&installation.ephemeral))),
            Self::Kv(request) => untouched(kv::run(&services, &installation, request).await),
            Self::Secrets(request) => untouched(secrets::run(&services, &installation, request).await),
            Self::Sql(request) => untouched(sql::run(&services, &installation, request).await),
            Self::Metrics(request) => untouched(metrics::run(&services, &installation, request).await),
            Self::Http(request) => untouched(http::run(&services, &installation, *request).await),
            Self::Discord { params, event_id } => {
                let call = DiscordCall {
                    installation: &installation.id,
                    method,
                    params: &params,
                    event_id: event_id.as_deref(),
                };
                services.discord.call(call).await
            }
        }
    }

    fn largest_answer(&self, spec: &MethodSpec) -> usize {
        match self {
            Self::Kv(request) if request.returns_much() => HOST_LINE_BYTES,
            Self::Http(request) if request.returns_much() => HOST_LINE_BYTES,
            // Reads of Discord: messages, members, channels, roles.
            Self::Discord { .. }
                if ["discord.get_", "discord.list_", "discord.search_"]
                    .iter()
                    .any(|reads| spec.name.starts_with(reads)) =>
            {
                HOST_LINE_BYTES
            }
            // At most 25 lines of 90 numbers, with names of 128 characters.
            Self::Metrics(MetricsRequest::Query(_)) => SMALL_ANSWER * 2,
            Self::Sql(request) if request.returns_much() => HOST_LINE_BYTES,
            Self::Ephemeral(_)
            | Self::Kv(_)
            | Self::Metrics(_)
            | Self::Secrets(_)
            | Self::Sql(_)
            | Self::Http(_)
            | Self::Discord { .. } => SMALL_ANSWER,
        }
    }
}

/// Returns what became of a call that has nothing to do with Discord.
fn untouched(result: Outcome) -> Done {
    Done {
        result,
        touched: Touched::default(),
    }
}

/// What the audit record of a call is made of.
struct Receipt {
    services: Arc<Services>,
    installation: Arc<Installation>,
    method: String,
    event_id: Option<String>,
    at: Timestamp,
    started: Instant,
    /// The arguments, for those who watch.
    detail: Option<String>,
    /// What it touched in Discord.
    touched: Touched,
    /// What it asked of the internet.
    target: Option<String>,
}

impl Receipt {
    fn new(
        services: &Arc<Services>,
        installation: &Arc<Installation>,
        method: String,
        params: &Map<String, Value>,
    ) -> Self {
        let event_id = params.get("_event_id").and_then(Value::as_str).map(str::to_owned);
        if let Some(event) = event_id
            .as_deref()
            .and_then(|id| installation.events().take_cause(id))
        {
            // Before the first record of a call it caused.
            services.audit_cause(&installation.id, &event);
        }
        Self {
            at: services.clock.now(),
            started: Instant::now(),
            event_id,
            services: Arc::clone(services),
            installation: Arc::clone(installation),
            detail: services
                .is_watched()
                .then(|| installation.told.mask(detail::of(&method, params))),
            touched: Touched::default(),
            target: http::target(&method, params),
            method,
        }
    }

    /// Notes what the call touched in Discord.
    fn touched(self, touched: Touched) -> Self {
        Self { touched, ..self }
    }

    /// Writes the record of a call that was not let through, and hands the refusal on.
    fn refuse(self, error: RpcError) -> Outcome {
        self.close(Err(error), Decision::Refused)
    }

    /// Writes the record of a call that was let through, and hands the outcome on.
    fn finish(self, outcome: Outcome) -> Outcome {
        let decision = match &outcome {
            // Some arguments can only be judged beside the data; that, too, comes before any effect.
            Err(error) if error.code() == ErrorCode::ValidationError => Decision::Refused,
            _ => Decision::Allowed,
        };
        self.close(outcome, decision)
    }

    fn close(self, outcome: Outcome, decision: Decision) -> Outcome {
        let code = outcome.as_ref().err().map(RpcError::code);
        let counts = &self.installation.counts;
        let count = match (decision, code) {
            (Decision::Refused, _) => &counts.refused,
            (Decision::Allowed, None) => &counts.ok,
            (Decision::Allowed, Some(_)) => &counts.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(message) = self.touched.components {
            self.services.keep_origin(&self.installation.id, message);
        }
        self.services.audit(
            AuditRecord {
                decision,
                outcome: code.map_or("ok", ErrorCode::as_str).into(),
                duration_us: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
                event_id: self.event_id,
                touched: cause::of_call(self.touched),
                detail: http::with_status(self.target, &outcome),
                ..AuditRecord::call(self.at, self.installation.id.clone(), self.method)
            },
            self.detail,
        );
        outcome
    }
}
