//! Outbound HTTP in the lab: a file of canned answers, or a stub on loopback. Never the internet.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use url::{Host, Url};

use crate::body::Body;
use crate::client::{Egress, Hop, Hopped, Reply, redirection};
use crate::error::EgressError;
use crate::exit::Exit;
use crate::limits::{ANSWERS, ANSWERS_FILE_BYTES, BODY_BYTES};
use crate::reach::is_loopback;

/// Who answers plugins' requests in a lab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LabHttp {
    /// Nobody: each request fails, and says how to change that.
    #[default]
    Closed,
    /// A YAML file of canned answers.
    Answers(PathBuf),
    /// A server on loopback; it finds the URL the plugin asked for in the header `X-Homemaid-Url`.
    Stub(String),
}

/// Why a lab's outbound HTTP cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The stub is not on this machine.
    #[error("{0} is not http on this machine: a stub's address is like http://127.0.0.1:8000")]
    NotLoopback(String),
    /// The file cannot be read.
    #[error("the answers {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not as it must be.
    #[error("the answers {} are not valid: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        why: String,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[from] reqwest::Error),
}

impl Egress {
    /// Returns the way out of a lab.
    pub fn lab(http: &LabHttp) -> Result<Self, LabError> {
        let exit = match http {
            LabHttp::Closed => Exit::Closed,
            LabHttp::Answers(path) => Exit::Canned(Answers::load(path)?),
            LabHttp::Stub(address) => Exit::stub(loopback(address)?)?,
        };
        Ok(Self::through(exit))
    }
}

fn loopback(address: &str) -> Result<Url, LabError> {
    let elsewhere = || LabError::NotLoopback(address.chars().take(100).collect());
    let mut url = Url::parse(address).map_err(|_| elsewhere())?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => is_loopback(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_loopback(IpAddr::V6(ip)),
        Some(Host::Domain("localhost")) => {
            // A name could be looked up to anything.
            url.set_ip_host(IpAddr::from([127, 0, 0, 1]))
                .map_err(|()| elsewhere())?;
            true
        }
        _ => false,
    };
    (here && url.scheme() == "http" && url.username().is_empty())
        .then_some(url)
        .ok_or_else(elsewhere)
}

/// The canned answers, in the file's order; the first that fits answers.
#[derive(Debug)]
pub(crate) struct Answers(Vec<Canned>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: String,
    method: Option<String>,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    body: Option<String>,
    json: Option<serde_json::Value>,
}

const fn ok() -> u16 {
    200
}

#[derive(Debug)]
struct Canned {
    /// The URL, and whether it stands for everything that begins so.
    url: String,
    open: bool,
    method: Option<String>,
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answers {
    fn load(path: &Path) -> Result<Self, LabError> {
        let unreadable = |source| LabError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(ANSWERS_FILE_BYTES + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        Self::read(&text).map_err(|why| LabError::Invalid {
            path: path.to_owned(),
            why,
        })
    }

    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.len() as u64 > ANSWERS_FILE_BYTES {
            return Err(format!("larger than {ANSWERS_FILE_BYTES} bytes"));
        }
        let written: Vec<Written> = serde_norway::from_str(text).map_err(|error| error.to_string())?;
        if written.len() > ANSWERS {
            return Err(format!("more than {ANSWERS} answers"));
        }
        let canned = written
            .into_iter()
            .enumerate()
            .map(|(index, written)| canned(written).map_err(|why| format!("answer {}: {why}", index + 1)));
        canned.collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn answer(&self, hop: &Hop) -> Result<Hopped, EgressError> {
        let (method, asked) = (hop.method.as_str(), hop.target.url().as_str());
        let fits = |canned: &&Canned| {
            canned.method.as_deref().is_none_or(|wanted| wanted == method)
                && (canned.url == asked || (canned.open && asked.starts_with(&canned.url)))
        };
        let found = self.0.iter().find(fits).ok_or_else(|| {
            let url = hop.target.url();
            let place = format!("{}://{}{}", url.scheme(), url.authority(), url.path());
            EgressError::Lab(format!("the lab's file of answers has none for {method} {place}"))
        })?;
        if let Some(location) = redirection(found.status, &found.headers) {
            return Ok(Hopped::Redirected {
                status: found.status,
                location,
            });
        }
        let mut bytes = found.body.clone();
        let truncated = bytes.len() > BODY_BYTES;
        bytes.truncate(BODY_BYTES);
        Ok(Hopped::Answered(Reply {
            status: found.status,
            headers: found.headers.clone(),
            body: Body {
                bytes,
                truncated,
                decoded: false,
            },
        }))
    }
}

fn canned(written: Written) -> Result<Canned, String> {
    let (text, open) = match written.url.strip_suffix('*') {
        Some(text) => (text, true),
        None => (written.url.as_str(), false),
    };
    let target = crate::Target::parse(text).map_err(|unfit| format!("url must be {unfit}"))?;
    // With a star after the host alone, the path's own slash is the end of what must fit.
    let url = target.url().as_str().to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in &written.headers {
        let name = HeaderName::try_from(name).map_err(|_| format!("{name:?} is no header name"))?;
        headers.insert(
            name,
            HeaderValue::try_from(value).map_err(|_| format!("{value:?} is no header"))?,
        );
    }
    let body = match (written.body, written.json) {
        (Some(_), Some(_)) => return Err("it has a body and json: one of them".to_owned()),
        (Some(body), None) => body.into_bytes(),
        (None, Some(json)) => {
            let json_type = HeaderValue::from_static("application/json");
            headers.entry(http::header::CONTENT_TYPE).or_insert(json_type);
            serde_json::to_vec(&json).map_err(|error| error.to_string())?
        }
        (None, None) => Vec::new(),
    };
    let status = StatusCode::from_u16(written.status).map_err(|_| "status must be 200 to 999".to_owned())?;
    if status.is_informational() {
        return Err("status must be 200 to 999".to_owned());
    }
    Ok(Canned {
        url,
        open,
        method: written.method.map(|method| method.to_ascii_uppercase()),
        status,
        headers,
        body,
    })
}

#[cfg(test)]
#[path = "lab_tests.rs"]
mod tests;
