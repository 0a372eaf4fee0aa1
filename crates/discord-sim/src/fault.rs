//! Faults on request: what goes wrong with requests and events, how often, and how often it did.
//!
//! A fault is in force until it has struck `times` times, or until it is cleared. Faults are asked in the order in
//! which they were added; a delay lets the next one strike too, any other ends the search.

use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::limits;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FaultKind {
    /// A request waits before it is answered.
    Latency {
        /// At least so many milliseconds.
        ms: u64,
        /// And at random up to so many more.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// A request is answered with 429 and does nothing.
    RateLimit {
        /// Whose limit it is.
        #[serde(default)]
        scope: RateScope,
        /// How long the client is told to wait, in milliseconds.
        #[serde(default = "one_second")]
        retry_after_ms: u64,
    },
    /// A request is answered with an error of Discord's servers.
    Status {
        /// 500 to 599.
        #[schema(minimum = 500, maximum = 599)]
        status: u16,
        /// Whether it is carried out all the same: the client cannot know.
        #[serde(default)]
        after: bool,
    },
    /// A request is taken and never answered.
    Hang {
        /// Whether it is carried out all the same.
        #[serde(default)]
        after: bool,
    },
    /// A request is carried out, and its answer breaks off in the middle.
    Truncate,
    /// An event is sent twice, with the same sequence number.
    DuplicateEvent {
        /// Only this one, for example `MESSAGE_CREATE`.
        #[serde(default)]
        event: Option<String>,
    },
    /// An event comes late; those after it wait, so that the order stays.
    SlowEvents {
        /// So many milliseconds.
        ms: u64,
        /// Only this one, for example `MESSAGE_CREATE`.
        #[serde(default)]
        event: Option<String>,
    },
    /// A client that identifies is closed with one of Discord's codes.
    RefuseIdentify {
        /// 4000 to 4014.
        #[schema(minimum = 4000, maximum = 4014)]
        code: u16,
    },
    /// A client that resumes is told that its session is invalid.
    RefuseResume,
}

/// Whose rate limit a 429 speaks of, in Discord's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateScope {
    /// The bucket of this route.
    #[default]
    User,
    /// The bot's limit over all routes.
    Global,
    /// A limit of the resource, which others used up; it does not count as the bot's own mistake.
    Shared,
}

impl RateScope {
    /// Returns Discord's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

fn one_second() -> u64 {
    1_000
}

/// A fault to put in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FaultSpec {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only requests with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "POST")]
    pub method: Option<String>,
    /// Only requests to this path below the version; `*` is one part, a last `**` is all the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "/channels/*/messages")]
    pub path: Option<String>,
    /// How often it strikes; until it is cleared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

impl From<FaultKind> for FaultSpec {
    fn from(kind: FaultKind) -> Self {
        Self {
            kind,
            method: None,
            path: None,
            times: None,
        }
    }
}

impl FaultSpec {
    /// Strikes only requests to this path.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        (self.method, self.path) = (Some(method.to_owned()), Some(path.to_owned()));
        self
    }

    /// Strikes only so often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn check(&self) -> Result<(), String> {
        let longest = u64::try_from(limits::FAULT_DELAY.as_millis()).unwrap_or(u64::MAX);
        let delay = match &self.kind {
            FaultKind::Latency { ms, jitter_ms } => ms.saturating_add(*jitter_ms),
            FaultKind::RateLimit { retry_after_ms, .. } => *retry_after_ms,
            FaultKind::SlowEvents { ms, .. } => *ms,
            _ => 0,
        };
        if delay > longest {
            return Err(format!("a fault delays by at most {longest} ms"));
        }
        match &self.kind {
            FaultKind::Status { status, .. } if !(500..=599).contains(status) => {
                return Err("`status` is 500 to 599; rate limits are the fault `rate_limit`".to_owned());
            }
            FaultKind::RefuseIdentify { code } if crate::gateway::protocol::Close::of(*code).is_none() => {
                return Err("`code` is one of the gateway's close codes, 4000 to 4014".to_owned());
            }
            _ => {}
        }
        if !self.kind.is_about_requests() && (self.method.is_some() || self.path.is_some()) {
            return Err("`method` and `path` are for faults of requests".to_owned());
        }
        let texts = [self.method.as_deref(), self.path.as_deref(), self.kind.event()];
        if texts.into_iter().flatten().any(|text| text.len() > 200) {
            return Err("a text of a fault has at most 200 characters".to_owned());
        }
        if self.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
            return Err(
                "`path` starts with a slash and leaves out the version: /channels/*/messages".to_owned(),
            );
        }
        if self.times == Some(0) {
            return Err("`times` is at least 1".to_owned());
        }
        Ok(())
    }

    fn hits_request(&self, method: &str, path: &str) -> bool {
        self.kind.is_about_requests()
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self
                .path
                .as_deref()
                .is_none_or(|pattern| path_fits(pattern, path))
    }
}

impl FaultKind {
    fn is_about_requests(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. }
                | Self::RateLimit { .. }
                | Self::Status { .. }
                | Self::Hang { .. }
                | Self::Truncate
        )
    }

    fn event(&self) -> Option<&str> {
        match self {
            Self::DuplicateEvent { event } | Self::SlowEvents { event, .. } => event.as_deref(),
            _ => None,
        }
    }
}

/// A fault in force.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fault {
    /// Its number.
    pub id: u64,
    /// How often it struck.
    pub struck: u64,
    /// What it is.
    #[serde(flatten)]
    pub spec: FaultSpec,
}

/// What happens to one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Blow {
    /// How long it waits first.
    pub(crate) delay: Duration,
    /// What then goes wrong.
    pub(crate) kind: Option<FaultKind>,
}

/// What happens to one event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EventBlow {
    pub(crate) twice: bool,
    pub(crate) delay: Duration,
}

/// All faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    last: u64,
}

impl Faults {
    /// Puts one in force, and returns its number.
    pub(crate) fn add(&mut self, spec: FaultSpec) -> Result<u64, String> {
        spec.check()?;
        if self.list.len() >= limits::FAULTS {
            return Err(format!("at most {} faults can be in force", limits::FAULTS));
        }
        self.last += 1;
        self.list.push(Fault {
            id: self.last,
            struck: 0,
            spec,
        });
        Ok(self.last)
    }

    /// Returns those in force, and those that have struck as often as they should.
    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    /// Clears one; `false` when there is none.
    pub(crate) fn clear(&mut self, id: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|fault| fault.id != id);
        self.list.len() < before
    }

    /// Clears all.
    pub(crate) fn clear_all(&mut self) {
        self.list.clear();
    }

    /// Decides what happens to a request; `path` is without the version.
    pub(crate) fn on_request(&mut self, method: &str, path: &str) -> Blow {
        let mut blow = Blow::default();
        for fault in &mut self.list {
            if !fault.spec.hits_request(method, path) || !strike(fault) {
                continue;
            }
            match fault.spec.kind {
                FaultKind::Latency { ms, jitter_ms } => {
                    let jitter = rand::rng().random_range(0..=jitter_ms);
                    blow.delay += Duration::from_millis(ms + jitter);
                }
                ref other => {
                    blow.kind = Some(other.clone());
                    break;
                }
            }
        }
        blow.delay = blow.delay.min(limits::FAULT_DELAY);
        blow
    }

    /// Decides what happens to an event.
    pub(crate) fn on_event(&mut self, name: &str) -> EventBlow {
        let mut blow = EventBlow::default();
        for fault in &mut self.list {
            let (FaultKind::DuplicateEvent { event: about } | FaultKind::SlowEvents { event: about, .. }) =
                &fault.spec.kind
            else {
                continue;
            };
            if about.as_deref().is_some_and(|wanted| wanted != name) || !strike(fault) {
                continue;
            }
            match fault.spec.kind {
                FaultKind::SlowEvents { ms, .. } => blow.delay += Duration::from_millis(ms),
                _ => blow.twice = true,
            }
        }
        blow.delay = blow.delay.min(limits::FAULT_DELAY);
        blow
    }

    /// Returns with which code a client that identifies is refused.
    pub(crate) fn on_identify(&mut self) -> Option<u16> {
        self.list.iter_mut().find_map(|fault| match fault.spec.kind {
            FaultKind::RefuseIdentify { code } => strike(fault).then_some(code),
            _ => None,
        })
    }

    /// Tells whether a client that resumes is refused.
    pub(crate) fn on_resume(&mut self) -> bool {
        self.list
            .iter_mut()
            .any(|fault| fault.spec.kind == FaultKind::RefuseResume && strike(fault))
    }
}

/// Counts a strike; `false` when it has struck as often as it should.
fn strike(fault: &mut Fault) -> bool {
    let left = fault
        .spec
        .times
        .is_none_or(|times| fault.struck < u64::from(times));
    fault.struck += u64::from(left);
    left
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(word), Some(part)) if word == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_paths() {
        for (pattern, path, fits) in [
            ("/channels/*/messages", "/channels/1/messages", true),
            ("/channels/*/messages", "/channels/1/messages/", true),
            ("/channels/*/messages", "/channels/1/messages/2", false),
            ("/channels/*/messages", "/channels/1", false),
            ("/channels/**", "/channels/1/messages/2", true),
            ("/channels/**", "/channels", false),
            ("/**", "/users/@me", true),
            ("/users/@me", "/users/@me", true),
            ("/*", "/", false),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_should_and_is_counted() {
        let mut faults = Faults::default();
        let wait = FaultSpec::from(FaultKind::Latency { ms: 5, jitter_ms: 0 }).times(2);
        let id = faults.add(wait).unwrap();
        let broken = FaultKind::Status {
            status: 502,
            after: false,
        };
        faults
            .add(FaultSpec::from(broken.clone()).on("post", "/channels/*/messages"))
            .unwrap();
        let first = faults.on_request("POST", "/channels/1/messages");
        assert_eq!(
            (first.delay, first.kind),
            (Duration::from_millis(5), Some(broken))
        );
        assert_eq!(faults.on_request("GET", "/channels/1/messages").kind, None);
        assert_eq!(
            faults.on_request("GET", "/").delay,
            Duration::ZERO,
            "struck twice already"
        );
        let struck: Vec<_> = faults.list().iter().map(|fault| fault.struck).collect();
        assert_eq!(struck, [2, 1]);
        assert!(faults.clear(id) && !faults.clear(id));
        faults.clear_all();
        assert_eq!(faults.on_request("POST", "/channels/1/messages"), Blow::default());
    }

    #[test]
    fn events_can_come_twice_or_late() {
        let mut faults = Faults::default();
        let twice = FaultKind::DuplicateEvent {
            event: Some("MESSAGE_CREATE".to_owned()),
        };
        faults.add(FaultSpec::from(twice).times(1)).unwrap();
        faults
            .add(FaultKind::SlowEvents { ms: 7, event: None }.into())
            .unwrap();
        assert!(!faults.on_event("TYPING_START").twice);
        let blow = faults.on_event("MESSAGE_CREATE");
        assert_eq!((blow.twice, blow.delay), (true, Duration::from_millis(7)));
        assert!(!faults.on_event("MESSAGE_CREATE").twice);
    }

    #[test]
    fn nonsense_is_refused_and_their_number_is_bounded() {
        let mut faults = Faults::default();
        let wrong = [
            FaultKind::Status {
                status: 404,
                after: false,
            }
            .into(),
            FaultKind::Latency {
                ms: u64::MAX,
                jitter_ms: 1,
            }
            .into(),
            FaultKind::RefuseIdentify { code: 1000 }.into(),
            FaultSpec::from(FaultKind::RefuseResume).on("GET", "/x"),
            FaultSpec::from(FaultKind::Truncate).on("GET", "x"),
            FaultSpec::from(FaultKind::Truncate).times(0),
        ];
        for spec in wrong {
            assert!(faults.add(spec.clone()).is_err(), "{spec:?}");
        }
        for _ in 0..limits::FAULTS {
            faults.add(FaultKind::Truncate.into()).unwrap();
        }
        assert!(faults.add(FaultKind::Truncate.into()).is_err());
    }

    #[test]
    fn the_files_spelling_is_flat() {
        let text = r#"{"fault": "rate_limit", "scope": "global", "path": "/channels/**", "times": 2}"#;
        let spec: FaultSpec = serde_json::from_str(text).unwrap();
        let expected = FaultKind::RateLimit {
            scope: RateScope::Global,
            retry_after_ms: 1_000,
        };
        assert_eq!((spec.kind, spec.times), (expected, Some(2)));
    }
}
