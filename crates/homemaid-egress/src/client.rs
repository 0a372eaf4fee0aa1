//! Sending a request: hop by hop, each judged like the first.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tokio::sync::Semaphore;

use crate::answer::Answer;
use crate::body::{self, Body};
use crate::error::EgressError;
use crate::exit::Exit;
use crate::limits::{DEADLINE, DECODERS, IN_FLIGHT, IN_FLIGHT_PER_LANE, REDIRECTS};
use crate::reach::Reach;
use crate::request::Request;
use crate::secret::Credential;
use crate::target::{Target, Unfit};

/// What an installation's requests run in: so many at a time that no plugin takes the others' places.
#[derive(Debug)]
pub struct Lane(Semaphore);

impl Default for Lane {
    fn default() -> Self {
        Self(Semaphore::new(IN_FLIGHT_PER_LANE))
    }
}

/// The way out of the house.
#[derive(Debug)]
pub struct Egress {
    pub(crate) exit: Exit,
    pub(crate) deadline: Duration,
    places: Semaphore,
    pub(crate) decoders: Arc<Semaphore>,
}

/// One hop of a request: what is asked now.
#[derive(Debug)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<bytes::Bytes>,
}

/// What a hop was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// What a hop comes to.
pub(crate) enum Hopped {
    /// An answer to hand on.
    Answered(Reply),
    /// On to there; the body was not read.
    Redirected {
        status: StatusCode,
        location: HeaderValue,
    },
}

/// Headers that tell who asks; a redirect to another origin loses them, as in fetch.
const CREDENTIALS: [header::HeaderName; 2] = [header::AUTHORIZATION, header::COOKIE];
/// Headers that describe a body; they go with it.
const OF_A_BODY: [header::HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
];

impl Egress {
    /// Returns the way to the public internet.
    pub fn internet() -> Result<Self, reqwest::Error> {
        Ok(Self::through(Exit::internet(Reach::Public)?))
    }

    pub(crate) fn through(exit: Exit) -> Self {
        Self {
            exit,
            deadline: DEADLINE,
            places: Semaphore::new(IN_FLIGHT),
            decoders: Arc::new(Semaphore::new(DECODERS)),
        }
    }

    /// Sends `request` and follows where it leads, as long as `approved` says yes to the host.
    ///
    /// `credential` is put into the first request and goes along only within its origin. Dropping the future closes the
    /// connection. The caller has asked `approved` for the first host.
    pub async fn send(
        &self,
        lane: &Lane,
        request: Request,
        credential: Option<Credential>,
        approved: impl Fn(&str) -> bool + Send,
    ) -> Result<Answer, EgressError> {
        let credential = credential.as_ref();
        let work = async {
            // Closed is what these never are.
            let _lane = lane.0.acquire().await;
            let _place = self.places.acquire().await;
            self.follow(request, credential, approved).await
        };
        let answer = tokio::time::timeout(self.deadline, work)
            .await
            .unwrap_or(Err(EgressError::TimedOut));
        match credential {
            Some(_) => answer.map_err(without_names),
            None => answer,
        }
    }

    async fn follow(
        &self,
        request: Request,
        credential: Option<&Credential>,
        approved: impl Fn(&str) -> bool,
    ) -> Result<Answer, EgressError> {
        let mut hop = Hop {
            method: request.method,
            target: request.target,
            headers: request.headers,
            body: request.body,
        };
        if let Some(credential) = credential {
            hop.headers
                .insert(header::AUTHORIZATION, credential.header().clone());
        }
        hop.headers
            .insert(header::ACCEPT_ENCODING, HeaderValue::from_static(body::ACCEPTED));
        for _ in 0..=REDIRECTS {
            match self.exit.ask(&hop, &self.decoders).await? {
                Hopped::Answered(reply) => {
                    let Reply {
                        status,
                        headers,
                        body,
                    } = reply;
                    let host = hop.target.host();
                    return Answer::new(host, status.as_u16(), &headers, body, credential).ok_or_else(|| {
                        EgressError::BadAnswer {
                            host: host.to_owned(),
                            why: "its headers are too large",
                        }
                    });
                }
                Hopped::Redirected { status, location } => hop.redirect(status, &location, &approved)?,
            }
        }
        Err(EgressError::TooManyRedirects(REDIRECTS))
    }
}

/// Takes out of a failure what a server could have written the secret into.
fn without_names(error: EgressError) -> EgressError {
    let host = || "the server".to_owned();
    match error {
        EgressError::Failed { why, .. } => EgressError::Failed { host: host(), why },
        EgressError::NotPublic { kind, .. } => EgressError::NotPublic { host: host(), kind },
        EgressError::BadAnswer { why, .. } => EgressError::BadAnswer { host: host(), why },
        EgressError::RedirectNotApproved(_) => EgressError::RedirectNotApproved("another host".to_owned()),
        EgressError::BadRedirect(_) => EgressError::BadRedirect(Unfit::Host),
        other @ (EgressError::TooManyRedirects(_) | EgressError::TimedOut | EgressError::Lab(_)) => other,
    }
}

/// Returns whether an answer sends its reader on.
pub(crate) fn redirection(status: StatusCode, headers: &HeaderMap) -> Option<HeaderValue> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| headers.get(header::LOCATION).cloned())
        .flatten()
}

impl Hop {
    /// Turns this hop into the next one.
    fn redirect(
        &mut self,
        status: StatusCode,
        location: &HeaderValue,
        approved: &impl Fn(&str) -> bool,
    ) -> Result<(), EgressError> {
        let location = std::str::from_utf8(location.as_bytes())
            .map_err(|_| EgressError::BadRedirect(Unfit::Characters))?;
        let target = self.target.join(location).map_err(EgressError::BadRedirect)?;
        if !approved(target.host()) {
            return Err(EgressError::RedirectNotApproved(target.host().to_owned()));
        }
        let becomes_get = match status.as_u16() {
            301 | 302 => self.method == Method::POST,
            303 => self.method != Method::GET && self.method != Method::HEAD,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            for name in &OF_A_BODY {
                self.headers.remove(name);
            }
        }
        if !self.target.same_origin(&target) {
            for name in &CREDENTIALS {
                self.headers.remove(name);
            }
        }
        self.target = target;
        Ok(())
    }
}
