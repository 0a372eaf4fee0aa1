//! Reading a URL a plugin wants to reach, by its text alone.
//!
//! What is judged here is what is sent: the parsed URL is the only thing that goes on, so there is no second reader who
//! could see another host in the same text. Forms that only serve to confuse a reader are refused outright.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::address;
use crate::limits::URL_BYTES;

/// A URL that may be asked for as far as its text tells: `http` or `https`, no user, a host that can be public, a port
/// that is no other protocol's.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
}

/// Why a URL or a host is not asked for; the texts complete "must be".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Too long, or not a URL at all.
    #[error("a complete http or https URL of at most {URL_BYTES} bytes")]
    NotAUrl,
    /// Another scheme.
    #[error("a URL whose scheme is http or https")]
    Scheme,
    /// `user@`, with or without a password.
    #[error("a URL without user name or password; send an Authorization header")]
    UserInfo,
    /// Control characters, or a backslash before the query.
    #[error("a URL without control characters and backslashes")]
    Characters,
    /// The host is no host name.
    #[error("a URL with the name of a public host")]
    Host,
    /// A name that only means something inside a machine or a network.
    #[error("on the public internet: {0} is a local name")]
    LocalName(String),
    /// An address that is not public.
    #[error("on the public internet: {ip} is not public ({kind})")]
    Address {
        /// The address.
        ip: IpAddr,
        /// What it is.
        kind: &'static str,
    },
    /// A port below 1024 that is not 80 or 443, or another protocol's.
    #[error("a URL with the port 80, 443 or one from 1024 that browsers allow, not {0}")]
    Port(u16),
}

/// Ends of names that are never public (RFC 6761, 6762, 7686, 8375, 9476, and what routers and companies made up).
const LOCAL_NAMES: &[&str] = &[
    "alt",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

/// Ports from 1024 on that fetch refuses (WHATWG "bad port"): what listens there can be made to act by an HTTP request.
const BAD_PORTS: &[u16] = &[
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697, 10080,
];

impl Target {
    /// Reads a URL as a plugin wrote it.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        if text.len() > URL_BYTES {
            return Err(Unfit::NotAUrl);
        }
        let head = text.split(['?', '#']).next().unwrap_or_default();
        if text.chars().any(char::is_control) || head.contains('\\') {
            return Err(Unfit::Characters);
        }
        let (scheme, rest) = head.split_once(':').ok_or(Unfit::NotAUrl)?;
        if !["http", "https"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
        {
            return Err(Unfit::Scheme);
        }
        let authority = rest
            .strip_prefix("//")
            .and_then(|rest| rest.split('/').next())
            .filter(|authority| !authority.is_empty())
            .ok_or(Unfit::NotAUrl)?;
        if authority.contains('@') {
            return Err(Unfit::UserInfo);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => Unfit::NotAUrl,
            _ => Unfit::Host,
        })?;
        Self::vet(url)
    }

    /// Reads the `Location` of a redirect, which may be relative to this.
    pub fn join(&self, location: &str) -> Result<Self, Unfit> {
        let absolute = location
            .split(['/', '?', '#'])
            .next()
            .is_some_and(|head| head.contains(':'));
        if absolute {
            return Self::parse(location);
        }
        if location.len() > URL_BYTES || location.chars().any(char::is_control) || location.contains('\\') {
            return Err(Unfit::Characters);
        }
        Self::vet(self.url.join(location).map_err(|_| Unfit::Host)?)
    }

    fn vet(mut url: Url) -> Result<Self, Unfit> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Unfit::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unfit::UserInfo);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let fine = matches!(port, 80 | 443) || (port >= 1024 && !BAD_PORTS.contains(&port));
        let host = public_host(&url.host().ok_or(Unfit::Host)?)?;
        if !fine {
            return Err(Unfit::Port(port));
        }
        if url.as_str().len() > URL_BYTES {
            return Err(Unfit::NotAUrl);
        }
        if url.host_str() != Some(host.as_str()) && !host.contains(':') {
            // Only a dot at the end differs: the server is asked for the name that was judged.
            url.set_host(Some(&host)).map_err(|_| Unfit::Host)?;
        }
        url.set_fragment(None);
        Ok(Self { url, host })
    }

    /// Returns the URL that is sent.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the host in lower case and ASCII, without a dot at the end; an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns whether both have the same scheme, host and port: a secret may go from one to the other.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }
}

impl fmt::Debug for Target {
    /// Without path and query, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.url.scheme(), self.host)
    }
}

/// Returns the host an owner or a plugin means by a name, an address, either with a port, or a URL.
pub fn host_of(text: &str) -> Result<String, Unfit> {
    let text = text.trim();
    if text.contains("://") {
        return Target::parse(text).map(|target| target.host);
    }
    if text.is_empty() || text.contains(['/', '?', '#', '@', '\\']) || text.chars().any(char::is_control) {
        return Err(Unfit::Host);
    }
    let bare_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
    let text = if bare_v6 {
        format!("[{text}]")
    } else {
        text.to_owned()
    };
    Target::parse(&format!("https://{text}/")).map(|target| target.host)
}

fn public_host(host: &Host<&str>) -> Result<String, Unfit> {
    let address = |ip: IpAddr| match address::refused(ip) {
        Some(kind) => Err(Unfit::Address { ip, kind }),
        None => Ok(ip.to_string()),
    };
    match host {
        Host::Ipv4(ip) => address((*ip).into()),
        Host::Ipv6(ip) => address((*ip).into()),
        Host::Domain(name) => public_name(name.strip_suffix('.').unwrap_or(name)),
    }
}

fn public_name(name: &str) -> Result<String, Unfit> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(Unfit::Host);
    }
    let local = LOCAL_NAMES.iter().any(|end| crate::approval::covers(end, name));
    if local || !name.contains('.') {
        return Err(Unfit::LocalName(name.chars().take(80).collect()));
    }
    Ok(name.to_owned())
}
