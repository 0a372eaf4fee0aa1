//! Reading a plugin's `proxy.request` (wire §6.6).

use bytes::Bytes;
use homemaid_protocol::RpcError;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::limits::{METHOD_CHARS, REQUEST_BODY_BYTES, REQUEST_HEADER_BYTES, REQUEST_HEADERS};
use crate::secret::{Scheme, SecretUse};
use crate::target::Target;

/// A request that may be sent as far as its text tells; whether its host is approved is asked next.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) secret: Option<SecretUse>,
}

/// Headers that belong to one connection, or to who makes it; never passed on in either direction (RFC 9110 §7.6.1).
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers the host writes itself.
const OWN: [HeaderName; 4] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::ACCEPT_ENCODING,
];

impl Request {
    /// Checks the parameters of the call.
    pub fn parse(params: &Map<String, Value>) -> Result<Self, RpcError> {
        let method = method(given(params, "method"))?;
        let url = given(params, "url").and_then(Value::as_str).unwrap_or_default();
        let target = Target::parse(url).map_err(|unfit| RpcError::validation("url", &unfit.to_string()))?;
        let headers = headers(given(params, "headers"))?;
        let body = match given(params, "body") {
            None => None,
            Some(Value::String(body)) if body.len() <= REQUEST_BODY_BYTES => {
                Some(Bytes::from(body.clone().into_bytes()))
            }
            Some(_) => {
                let rule = format!("text of at most {REQUEST_BODY_BYTES} bytes, or null");
                return Err(RpcError::validation("body", &rule));
            }
        };
        Ok(Self {
            method,
            target,
            headers,
            body,
            secret: secret(params)?,
        })
    }

    /// Returns the host that is asked first.
    pub fn host(&self) -> &str {
        self.target.host()
    }

    /// Returns the secret the host is to add.
    pub fn secret(&self) -> Option<&SecretUse> {
        self.secret.as_ref()
    }
}

/// Returns the refusal of a host nobody approved (wire §7.2).
pub fn not_approved(host: &str) -> RpcError {
    RpcError::validation(
        "url",
        &format!("on an approved domain: {host} is not approved for this server"),
    )
}

/// Returns whether a header belongs to one connection and is not passed on.
pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(&name.as_str()) || name.as_str().starts_with("proxy-")
}

fn given<'a>(params: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    params.get(key).filter(|value| !value.is_null())
}

fn method(value: Option<&Value>) -> Result<Method, RpcError> {
    let rule = || RpcError::validation("method", "an HTTP method such as GET or POST");
    let text = match value {
        None => "GET",
        Some(value) => value.as_str().ok_or_else(rule)?,
    };
    if text.len() > METHOD_CHARS {
        return Err(rule());
    }
    let method = Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|_| rule())?;
    // They ask for a tunnel, or for our own headers back.
    if ["CONNECT", "TRACE", "TRACK"].contains(&method.as_str()) {
        return Err(RpcError::validation(
            "method",
            "another one than CONNECT, TRACE and TRACK",
        ));
    }
    Ok(method)
}

fn headers(value: Option<&Value>) -> Result<HeaderMap, RpcError> {
    let bad = |rule: &str| RpcError::validation("headers", rule);
    let given = match value {
        None => return Ok(HeaderMap::new()),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(bad("an object of header names and texts")),
    };
    let bytes: usize = given
        .iter()
        .map(|(name, value)| name.len() + value.as_str().map_or(0, str::len))
        .sum();
    if given.len() > REQUEST_HEADERS || bytes > REQUEST_HEADER_BYTES {
        return Err(bad(&format!(
            "at most {REQUEST_HEADERS} headers with {REQUEST_HEADER_BYTES} bytes together"
        )));
    }
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let name = HeaderName::try_from(name.trim()).map_err(|_| bad("made of valid header names"))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(bad("an object of header names and texts")),
        };
        // `from_str` would refuse what is not ASCII, which servers do accept.
        let value = HeaderValue::from_bytes(text.trim().as_bytes())
            .map_err(|_| bad("made of values without line breaks and control characters"))?;
        headers.insert(name, value);
    }
    let named: Vec<HeaderName> = headers
        .get(header::CONNECTION)
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|list| list.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .filter(|name| *name != header::AUTHORIZATION)
        .collect();
    for name in named.iter().chain(&OWN) {
        headers.remove(name);
    }
    let kept = headers
        .into_iter()
        .filter_map(|(name, value)| Some((name?, value)))
        .filter(|(name, _)| !is_hop_by_hop(name))
        .collect();
    Ok(kept)
}

fn secret(params: &Map<String, Value>) -> Result<Option<SecretUse>, RpcError> {
    match (given(params, "secret_auth"), given(params, "auth")) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(RpcError::validation("auth", "given alone, without secret_auth")),
        (Some(Value::String(name)), None) => Ok(Some(SecretUse {
            scheme: Scheme::Bearer,
            name: name.clone(),
        })),
        (Some(_), None) => Err(RpcError::validation("secret_auth", "the name of a secret")),
        (None, Some(auth)) => {
            let text = |key| auth.get(key).and_then(Value::as_str);
            let scheme = text("scheme").and_then(Scheme::parse);
            match (scheme, text("secret")) {
                (Some(scheme), Some(name)) => Ok(Some(SecretUse {
                    scheme,
                    name: name.to_owned(),
                })),
                _ => Err(RpcError::validation(
                    "auth",
                    r#"{"scheme": "bearer", "basic" or "token", "secret": name}"#,
                )),
            }
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
