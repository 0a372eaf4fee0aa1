//! The hosts a plugin wants to reach (zip §2.3).

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{first_of, kind, show};
use crate::limits::PROXY_DOMAINS;

/// The canonical key, then the aliases that count only without it.
const KEYS: [&str; 3] = ["proxy_domains_requested", "proxy_domains", "http_allowlist"];

/// Returns the domains in lower case, without duplicates, in the manifest's order.
pub(super) fn read(raw: &Map<String, Value>, problems: &mut Problems) -> Vec<String> {
    let Some((key, value)) = first_of(raw, &KEYS) else {
        return Vec::new();
    };
    let Value::Array(list) = value else {
        problems.add(Problem::DomainsNotList {
            key,
            found: kind(value),
        });
        return Vec::new();
    };
    if list.len() > PROXY_DOMAINS {
        problems.add(Problem::DomainsTooMany {
            key,
            count: list.len(),
        });
        return Vec::new();
    }
    let mut domains = Vec::new();
    for entry in list {
        let domain = entry.as_str().map(|domain| domain.trim().to_ascii_lowercase());
        match domain.as_deref().map_or(Err("not a text"), check) {
            Ok(()) => domains.extend(domain.filter(|domain| !domains.contains(domain))),
            Err(reason) => problems.add(Problem::DomainInvalid {
                key,
                entry: show(entry),
                reason,
            }),
        }
    }
    domains
}

/// Checks a lower-case host name.
fn check(domain: &str) -> Result<(), &'static str> {
    if domain.contains("://") {
        return Err("it has a scheme");
    }
    if domain.contains(['/', '?', '#', '\\']) {
        return Err("it has a path");
    }
    if domain.contains('*') {
        return Err("it has a wildcard; an entry covers its sub-domains anyway");
    }
    if domain.contains(':') {
        return Err("it has a port or is an address");
    }
    if !domain.is_ascii() {
        return Err("it is not ASCII; write the xn-- form");
    }
    if domain.is_empty() || domain.len() > 253 {
        return Err("it is not 1 to 253 characters long");
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !domain.split('.').all(label) {
        return Err("its parts must be 1 to 63 letters, digits or -");
    }
    if domain
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err("it is an address, not a name");
    }
    Ok(())
}
