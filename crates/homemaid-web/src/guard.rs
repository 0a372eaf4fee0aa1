//! Refuses requests that another web page made the owner's browser send.
//!
//! * **Host**: only loopback names and configured ones. A page that points its own name at this machine (DNS
//!   rebinding) arrives with its own name here.
//! * **Origin**: where a browser tells it, it must be the very address the request went to. What changes something
//!   must tell it, unless it carries the local command's token, which a browser never does by itself.
//! * **Sec-Fetch-Site**: the API is for this page alone, reading included.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::error::ApiError;

/// Under which names the appliance may be reached.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    hosts: Arc<[String]>,
}

impl Guard {
    /// Returns a guard that allows loopback names and `hosts` (names without a port).
    pub(crate) fn new(hosts: &[String]) -> Self {
        Self {
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// Says why a request is refused, if it is.
    pub(crate) fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        let host = host_of(uri, headers)?;
        if !self.is_ours(host.host()) {
            return Err(ApiError::new(
                StatusCode::MISDIRECTED_REQUEST,
                "wrong_host",
                "Homemaid does not answer under this name. Open it by the address it printed when it started, \
                 or add the name to its allowed hosts.",
            ));
        }
        match headers.get(header::ORIGIN) {
            Some(origin) => {
                let same = origin.to_str().is_ok_and(|origin| is_same_origin(origin, &host));
                if !same {
                    return Err(foreign());
                }
            }
            None if !method.is_safe() && !headers.contains_key(header::AUTHORIZATION) => {
                return Err(foreign());
            }
            None => {}
        }
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let from_elsewhere = site.is_some_and(|site| site != b"same-origin" && site != b"none");
        if from_elsewhere && is_api(uri.path()) {
            return Err(foreign());
        }
        Ok(())
    }

    fn is_ours(&self, host: &str) -> bool {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || address.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || address.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
            || self.hosts.contains(&name)
    }
}

/// Applies the guard to everything below it.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.check(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::debug!(code = refusal.code(), "refused a request before looking at it");
            refusal.into_response()
        }
    }
}

/// Says whether a path belongs to the API rather than to the page.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

fn foreign() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "wrong_origin",
        "This request did not come from Homemaid's own page, so it was not carried out.",
    )
}

/// Returns where the request went: exactly one Host header, or the address line of HTTP/2.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Result<Authority, ApiError> {
    let missing = || ApiError::bad_request("no_host", "The request does not say which host it is for.");
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next(), uri.authority()) {
        (Some(host), None, _) => host
            .to_str()
            .ok()
            .and_then(|host| host.parse().ok())
            .ok_or_else(missing),
        (None, _, Some(authority)) => Ok(authority.clone()),
        _ => Err(missing()),
    }
}

/// Compares name and port; the scheme decides only what an absent port means.
fn is_same_origin(origin: &str, host: &Authority) -> bool {
    let Ok(origin) = origin.parse::<Uri>() else {
        return false;
    };
    let usual = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    origin.authority().is_some_and(|authority| {
        authority.host().eq_ignore_ascii_case(host.host())
            && authority.port_u16().unwrap_or(usual) == host.port_u16().unwrap_or(usual)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, path: &str, headers: &[(&'static str, &str)]) -> Result<(), &'static str> {
        let map = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>();
        let guard = Guard::new(&["Maid.Example".to_owned()]);
        guard
            .check(method, &path.parse().unwrap(), &map)
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn only_loopback_and_configured_names_are_answered() {
        for good in [
            "127.0.0.1:8600",
            "127.3.2.1",
            "localhost:8600",
            "LOCALHOST",
            "[::1]:8600",
            "maid.example",
        ] {
            assert_eq!(check(&Method::GET, "/", &[("host", good)]), Ok(()), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "0.0.0.0",
            "192.168.1.5",
        ] {
            assert_eq!(
                check(&Method::GET, "/", &[("host", bad)]),
                Err("wrong_host"),
                "{bad}"
            );
        }
        assert_eq!(check(&Method::GET, "/", &[]), Err("no_host"));
        assert_eq!(check(&Method::GET, "/", &[("host", "a b")]), Err("no_host"));
    }

    #[test]
    fn changes_come_from_the_page_itself_or_carry_a_token() {
        let host = ("host", "127.0.0.1:8600");
        let same = ("origin", "http://127.0.0.1:8600");
        assert_eq!(check(&Method::POST, "/api/x", &[host, same]), Ok(()));
        assert_eq!(
            check(&Method::POST, "/api/x", &[host]),
            Err("wrong_origin"),
            "no origin told"
        );
        for foreign in [
            "http://evil.example",
            "http://127.0.0.1:3000",
            "http://localhost:8600",
            "null",
            "",
        ] {
            let told = ("origin", foreign);
            assert_eq!(
                check(&Method::POST, "/api/x", &[host, told]),
                Err("wrong_origin"),
                "{foreign}"
            );
            assert_eq!(
                check(&Method::GET, "/api/x", &[host, told]),
                Err("wrong_origin"),
                "reading, {foreign}"
            );
        }
        let token = ("authorization", "Bearer abc");
        assert_eq!(
            check(&Method::DELETE, "/api/x", &[host, token]),
            Ok(()),
            "judged by the token"
        );
        let evil = ("origin", "http://evil.example");
        assert_eq!(
            check(&Method::DELETE, "/api/x", &[host, token, evil]),
            Err("wrong_origin")
        );
    }

    #[test]
    fn an_absent_port_means_the_usual_one() {
        let host = ("host", "maid.example");
        assert_eq!(
            check(
                &Method::POST,
                "/api/x",
                &[host, ("origin", "https://maid.example")]
            ),
            Ok(())
        );
        assert_eq!(
            check(
                &Method::POST,
                "/api/x",
                &[host, ("origin", "https://maid.example:443")]
            ),
            Ok(())
        );
        assert_eq!(
            check(
                &Method::POST,
                "/api/x",
                &[host, ("origin", "https://maid.example:444")]
            ),
            Err("wrong_origin")
        );
    }

    #[test]
    fn other_sites_may_link_to_the_page_but_not_reach_the_api() {
        let host = ("host", "127.0.0.1:8600");
        for site in ["cross-site", "same-site"] {
            let fetched = ("sec-fetch-site", site);
            assert_eq!(
                check(&Method::GET, "/api/status", &[host, fetched]),
                Err("wrong_origin"),
                "{site}"
            );
            assert_eq!(
                check(&Method::GET, "/", &[host, fetched]),
                Ok(()),
                "a link from elsewhere"
            );
        }
        for site in ["same-origin", "none"] {
            assert_eq!(
                check(&Method::GET, "/api/status", &[host, ("sec-fetch-site", site)]),
                Ok(())
            );
        }
    }
}
