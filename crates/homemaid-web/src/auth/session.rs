//! Sessions: random 256-bit tokens, of which only the hash is kept.
//!
//! A session ends when it expires, is signed out, or is pushed out by newer ones; whoever watches its
//! [`SessionEnd`] (every live stream does) learns of it at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use homemaid_protocol::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;

use super::secret::{self, SecretHash};
use super::settings::{Settings, SettingsError};
use crate::limits::{SESSION_LIFETIME, SESSIONS, STREAMS_PER_SESSION};

const KEY: &str = "web.sessions";

/// A session as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    hash: String,
    created: Timestamp,
    expires: Timestamp,
}

/// A session in memory.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    hash: SecretHash,
    created: Timestamp,
    expires: Timestamp,
    ended: CancellationToken,
    streams: Arc<Semaphore>,
}

/// Tells when a session is over.
#[derive(Debug, Clone)]
pub(crate) struct SessionEnd {
    ended: CancellationToken,
    left: Duration,
}

impl SessionEnd {
    /// Returns when the session was signed out or expired.
    pub(crate) async fn reached(self) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = tokio::time::sleep(self.left) => {}
        }
    }
}

impl Session {
    /// Returns what tells the end of this session, counted from `now`.
    pub(crate) fn end(&self, now: Timestamp) -> SessionEnd {
        SessionEnd {
            ended: self.ended.clone(),
            left: Duration::try_from(self.expires.duration_since(now)).unwrap_or_default(),
        }
    }

    /// Returns the room for live streams of this session.
    pub(crate) fn streams(&self) -> Arc<Semaphore> {
        Arc::clone(&self.streams)
    }

    fn new(hash: SecretHash, created: Timestamp, expires: Timestamp) -> Self {
        Self {
            hash,
            created,
            expires,
            ended: CancellationToken::new(),
            streams: Arc::new(Semaphore::new(STREAMS_PER_SESSION)),
        }
    }

    fn stored(&self) -> Stored {
        Stored {
            hash: URL_SAFE_NO_PAD.encode(self.hash),
            created: self.created,
            expires: self.expires,
        }
    }

    fn from_stored(stored: &Stored) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(&stored.hash).ok()?;
        Some(Self::new(bytes.try_into().ok()?, stored.created, stored.expires))
    }
}

/// Every session, in memory and in the settings.
pub(crate) struct Sessions {
    settings: Arc<dyn Settings>,
    clock: Clock,
    loaded: OnceCell<()>,
    live: Mutex<Vec<Session>>,
    writing: tokio::sync::Mutex<()>,
}

impl Sessions {
    pub(crate) fn new(settings: Arc<dyn Settings>, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            loaded: OnceCell::new(),
            live: Mutex::new(Vec::new()),
            writing: tokio::sync::Mutex::new(()),
        }
    }

    /// Starts a session and returns its token, which nobody else ever sees.
    pub(crate) async fn start(&self) -> Result<String, SettingsError> {
        self.load().await?;
        let token = secret::random_token();
        let now = self.clock.now();
        let lifetime = SignedDuration::try_from(SESSION_LIFETIME).unwrap_or(SignedDuration::MAX);
        let expires = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        {
            let mut live = self.lock();
            drop_expired(&mut live, now);
            while live.len() >= SESSIONS {
                // Sessions stand in the order they were started.
                live.remove(0).ended.cancel();
            }
            live.push(Session::new(secret::hash(&token), now, expires));
        }
        self.write().await?;
        Ok(token)
    }

    /// Returns the session of `token` while it lasts.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Session>, SettingsError> {
        self.load().await?;
        let now = self.clock.now();
        // Comparing hashes: what an attacker could learn from the time it takes is of no use to make a token.
        let found = self
            .lock()
            .iter()
            .find(|session| secret::same(token, &session.hash))
            .cloned();
        Ok(found.filter(|session| session.expires > now))
    }

    /// Ends a session: the token is worthless and its streams end before this returns.
    pub(crate) async fn end(&self, session: &Session) -> Result<(), SettingsError> {
        self.lock().retain(|live| live.hash != session.hash);
        session.ended.cancel();
        self.write().await
    }

    async fn load(&self) -> Result<(), SettingsError> {
        self.loaded
            .get_or_try_init(async || {
                let value = self.settings.get(KEY).await?;
                let stored: Vec<Stored> = value
                    .and_then(|value| serde_json::from_value(value).ok())
                    .unwrap_or_default();
                let mut live = self.lock();
                live.extend(stored.iter().take(SESSIONS).filter_map(Session::from_stored));
                drop_expired(&mut live, self.clock.now());
                Ok(())
            })
            .await
            .copied()
    }

    async fn write(&self) -> Result<(), SettingsError> {
        // One write at a time, each of the newest state, so that the last one written is the last one true.
        let _writing = self.writing.lock().await;
        let stored: Vec<Stored> = self.lock().iter().map(Session::stored).collect();
        let value = serde_json::to_value(stored).map_err(|error| SettingsError(error.into()))?;
        self.settings.put(KEY, value).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn drop_expired(live: &mut Vec<Session>, now: Timestamp) {
    live.retain(|session| {
        let lasts = session.expires > now;
        if !lasts {
            session.ended.cancel();
        }
        lasts
    });
}
