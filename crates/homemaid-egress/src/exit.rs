//! The ways a hop can go: to the internet, or in the lab to a stub, to canned answers, or nowhere.

use std::sync::Arc;

use http::header::HeaderName;
use reqwest::redirect::Policy;
use tokio::sync::Semaphore;
use url::Url;

use crate::body::{self, Coding};
use crate::client::{Hop, Hopped, Reply, redirection};
use crate::error::EgressError;
use crate::lab::Answers;
use crate::limits::CONNECT;
use crate::reach::{Forbidden, Lookup, Reach};

/// Where a stub finds the URL the plugin asked for.
pub(crate) const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-homemaid-url");

/// One way out.
#[derive(Debug)]
pub(crate) enum Exit {
    Internet { client: reqwest::Client, reach: Reach },
    Stub { client: reqwest::Client, base: Url },
    Canned(Answers),
    Closed,
}

impl Exit {
    pub(crate) fn internet(reach: Reach) -> Result<Self, reqwest::Error> {
        let client = client()
            .dns_resolver(Arc::new(Lookup::new(reach.clone())))
            .build()?;
        Ok(Self::Internet { client, reach })
    }

    /// `base` is an address of loopback.
    pub(crate) fn stub(base: Url) -> Result<Self, reqwest::Error> {
        Ok(Self::Stub {
            client: client().build()?,
            base,
        })
    }

    pub(crate) async fn ask(&self, hop: &Hop, decoders: &Arc<Semaphore>) -> Result<Hopped, EgressError> {
        match self {
            Self::Internet { client, reach } => {
                let request = outgoing(client, hop, hop.target.url().clone());
                let response = request.send().await.map_err(|error| failed(hop, &error))?;
                // The resolver saw to it; this is the second wall.
                match response.remote_addr().map(|address| reach.check(address)) {
                    Some(Ok(())) => take(hop, response, decoders).await,
                    Some(Err(Forbidden { kind })) => Err(not_public(hop, kind)),
                    None => Err(not_public(hop, "unknown")),
                }
            }
            Self::Stub { client, base } => {
                let mut url = base.clone();
                url.set_path(hop.target.url().path());
                url.set_query(hop.target.url().query());
                let request = outgoing(client, hop, url).header(ORIGINAL_URL, hop.target.url().as_str());
                let response = request.send().await.map_err(|error| failed(hop, &error))?;
                take(hop, response, decoders).await
            }
            Self::Canned(answers) => answers.answer(hop),
            Self::Closed => Err(EgressError::Lab(
                "the lab has no internet: start it with --http FILE or --http-stub URL".to_owned(),
            )),
        }
    }
}

/// Nothing of the machine's or of an earlier request's: no proxy, no cookies, no kept connections.
///
/// Kept connections would let one installation see by timing what another asks, and would send a request to an address
/// that was looked up long ago; a plugin may make one request in two seconds, so that they would also gain little.
fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .user_agent(concat!("Homemaid/", env!("CARGO_PKG_VERSION")))
}

fn outgoing(client: &reqwest::Client, hop: &Hop, url: Url) -> reqwest::RequestBuilder {
    let request = client
        .request(hop.method.clone(), url)
        .headers(hop.headers.clone());
    match &hop.body {
        Some(body) => request.body(body.clone()),
        None => request,
    }
}

async fn take(
    hop: &Hop,
    response: reqwest::Response,
    decoders: &Arc<Semaphore>,
) -> Result<Hopped, EgressError> {
    let (status, headers) = (response.status(), response.headers().clone());
    if status.is_informational() {
        return Err(bad(hop, "it switches to another protocol"));
    }
    if let Some(location) = redirection(status, &headers) {
        return Ok(Hopped::Redirected { status, location });
    }
    let body = body::read(Coding::of(&headers), response.bytes_stream(), decoders)
        .await
        .map_err(|error| match error {
            Some(error) => failed(hop, &error),
            None => bad(hop, "its body is not compressed as it says"),
        })?;
    Ok(Hopped::Answered(Reply {
        status,
        headers,
        body,
    }))
}

fn bad(hop: &Hop, why: &'static str) -> EgressError {
    EgressError::BadAnswer {
        host: hop.target.host().to_owned(),
        why,
    }
}

fn not_public(hop: &Hop, kind: &'static str) -> EgressError {
    EgressError::NotPublic {
        host: hop.target.host().to_owned(),
        kind,
    }
}

/// Says in our own words what failed: the library's may hold the whole URL.
fn failed(hop: &Hop, error: &reqwest::Error) -> EgressError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut deepest = None;
    while let Some(error) = cause {
        if let Some(Forbidden { kind }) = error.downcast_ref() {
            return not_public(hop, kind);
        }
        deepest = Some(error);
        cause = error.source();
    }
    if error.is_timeout() {
        return EgressError::TimedOut;
    }
    let stage = match error {
        error if error.is_connect() => "no connection",
        error if error.is_body() || error.is_decode() => "the answer broke off",
        _ => "no valid answer",
    };
    let detail = deepest.filter(|error| error.downcast_ref::<reqwest::Error>().is_none());
    EgressError::Failed {
        host: hop.target.host().to_owned(),
        why: match detail {
            Some(detail) => format!("{stage} ({detail})"),
            None => stage.to_owned(),
        },
    }
}
