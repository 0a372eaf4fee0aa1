//! `proxy.request`, `http.allow_host` and `http.revoke_host` (wire §6.6).

use homemaid_egress::{Credential, Request, Target, host_of, not_approved};
use homemaid_protocol::RpcError;
use homemaid_storage::{OutboundKind, SecretName};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::params::text;
use crate::installation::Installation;
use crate::outbound::change_rules;
use crate::services::{Services, chain};

/// Who let a host in, where a plugin's command did.
const BY_COMMAND: &str = "command";

/// One call, with its arguments checked.
pub(super) enum HttpRequest {
    Send(Box<Request>, Option<Credential>),
    Allow(String),
    Revoke(String),
}

impl HttpRequest {
    /// Checks the arguments of `method`, and what only the installation's own state can say of them.
    pub(super) fn parse(
        services: &Services,
        installation: &Installation,
        method: &'static str,
        params: &Map<String, Value>,
        event_id: Option<&str>,
    ) -> Result<Self, RpcError> {
        if method == "proxy.request" {
            let request = Request::parse(params)?;
            if !installation.approved().allows(request.host()) {
                return Err(not_approved(request.host()));
            }
            let credential = credential(services, installation, &request)?;
            return Ok(Self::Send(Box::new(request), credential));
        }
        let host = host_of(text(params, "host")?)
            .map_err(|unfit| RpcError::validation("host", &unfit.to_string()))?;
        if !event_id.is_some_and(|id| installation.events().is_from_manager(id)) {
            return Err(RpcError::validation(
                "_event_id",
                "a slash command of a member with Manage Server",
            ));
        }
        match method {
            "http.allow_host" => Ok(Self::Allow(host)),
            "http.revoke_host" => Ok(Self::Revoke(host)),
            _ => Err(RpcError::method_not_found(method)),
        }
    }

    /// Returns whether the answer may be as long as a line can be.
    pub(super) fn returns_much(&self) -> bool {
        matches!(self, Self::Send(..))
    }
}

/// Returns the secret to add; refusals name it, and never hold it.
fn credential(
    services: &Services,
    installation: &Installation,
    request: &Request,
) -> Result<Option<Credential>, RpcError> {
    let Some(wanted) = request.secret() else {
        return Ok(None);
    };
    let name = SecretName::parse(&wanted.name).map_err(|error| RpcError::from(&error))?;
    let refuse = |rule: String| RpcError::validation("auth", &rule);
    if !installation.is_bound(name.as_str(), request.host()) {
        let (name, host) = (name.as_str(), request.host());
        return Err(refuse(format!(
            "a secret that is bound to the URL's domain: {name} is not bound to {host}"
        )));
    }
    let secret = services
        .storage
        .secrets()
        .for_installation(&installation.id, &name);
    let secret = secret.map_err(|error| {
        tracing::error!(installation = %installation.id, error = chain(&error), "a secret cannot be read");
        RpcError::from(&error)
    })?;
    let secret = secret.ok_or_else(|| {
        refuse(format!(
            "the name of a secret that is set: {} is not",
            name.as_str()
        ))
    })?;
    match Credential::new(wanted.scheme, secret.reveal()) {
        Some(credential) => Ok(Some(credential)),
        None => Err(refuse(format!(
            "a secret that fits a header: {} does not",
            name.as_str()
        ))),
    }
}

/// Does it.
pub(super) async fn run(services: &Services, installation: &Installation, request: HttpRequest) -> Outcome {
    match request {
        HttpRequest::Send(request, credential) => {
            let approved = |host: &str| installation.approved().allows(host);
            let lane = &installation.outbound.lane;
            let answer = services.egress.send(lane, *request, credential, approved).await?;
            Ok(answer.into_json())
        }
        HttpRequest::Allow(host) => change(services, installation, host, true).await,
        HttpRequest::Revoke(host) => change(services, installation, host, false).await,
    }
}

async fn change(services: &Services, installation: &Installation, host: String, allow: bool) -> Outcome {
    let kind = OutboundKind::Host;
    let (forget, set) = if allow {
        (None, Some(&kind))
    } else {
        (Some(kind.clone()), None)
    };
    let forget: Vec<_> = forget.into_iter().collect();
    match change_rules(&services.storage, installation, &forget, set, &host, BY_COMMAND).await {
        Ok(true) => Ok(json!({"ok": true, "host": host})),
        Ok(false) => Err(RpcError::validation(
            "host",
            "one of few: there are too many, remove some first",
        )),
        Err(error) => {
            tracing::error!(installation = %installation.id, error = chain(&error), "a host is not stored");
            Err(RpcError::internal())
        }
    }
}

/// Returns what the audit tells of a request: method and host, and nothing that may hold a secret.
pub(super) fn target(method: &str, params: &Map<String, Value>) -> Option<String> {
    let given = |key: &str| params.get(key).and_then(Value::as_str);
    match method {
        "proxy.request" => {
            let target = Target::parse(given("url")?).ok()?;
            let verb: String = given("method").unwrap_or("GET").chars().take(20).collect();
            Some(format!("{} {}", verb.to_ascii_uppercase(), target.host()))
        }
        "http.allow_host" | "http.revoke_host" => host_of(given("host")?).ok(),
        _ => None,
    }
}

/// Adds the status of the answer.
pub(super) fn with_status(target: Option<String>, outcome: &Outcome) -> Option<String> {
    let status = outcome
        .as_ref()
        .ok()
        .and_then(|result| result.get("status"))
        .and_then(Value::as_u64);
    match (target, status) {
        (Some(target), Some(status)) => Some(format!("{target} {status}")),
        (target, _) => target,
    }
}
