//! Who may use the appliance: the owner by password and session, the local command by its token.
//!
//! ```text
//! no password yet --setup(token, password)--> password set --sign_in(password)--> session --sign_out/expiry--> gone
//! ```
//!
//! The setup token is good for one thing once: setting the first password. After that no token sets a password.

mod password;
pub(crate) mod secret;
mod session;
mod settings;
mod throttle;

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use homemaid_protocol::Clock;
use serde_json::Value;

pub(crate) use self::password::Passwords;
use self::secret::SecretHash;
pub(crate) use self::session::Session;
use self::session::Sessions;
pub(crate) use self::settings::{Settings, SettingsError};
use self::throttle::Throttle;
use crate::error::ApiError;
use crate::limits::COOKIES_TRIED;

/// The setting that holds the hash of the owner password.
pub(crate) const PASSWORD_KEY: &str = "web.owner_password";

/// Who makes a request.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// The owner, signed in with the password.
    Owner(Session),
    /// The command on this machine, which can read the token file.
    Local,
}

/// What sets the first password and recognises the owner afterwards.
pub(crate) struct Auth {
    settings: Arc<dyn Settings>,
    sessions: Sessions,
    passwords: Passwords,
    clock: Clock,
    setup_token: Option<SecretHash>,
    cli_token: SecretHash,
    secure_cookie: bool,
    throttle: Mutex<Throttle>,
    /// Held while the first password is being set, so that two cannot both be the first.
    setting_up: tokio::sync::Mutex<()>,
}

/// What [`Auth`] is made of.
pub(crate) struct AuthParts {
    pub(crate) settings: Arc<dyn Settings>,
    pub(crate) passwords: Passwords,
    pub(crate) clock: Clock,
    pub(crate) setup_token: Option<String>,
    pub(crate) cli_token: String,
    pub(crate) secure_cookie: bool,
}

impl Auth {
    pub(crate) fn new(parts: AuthParts) -> Self {
        Self {
            sessions: Sessions::new(Arc::clone(&parts.settings), parts.clock.clone()),
            settings: parts.settings,
            passwords: parts.passwords,
            clock: parts.clock,
            setup_token: parts.setup_token.as_deref().map(secret::hash),
            cli_token: secret::hash(&parts.cli_token),
            secure_cookie: parts.secure_cookie,
            throttle: Mutex::new(Throttle::default()),
            setting_up: tokio::sync::Mutex::new(()),
        }
    }

    /// Says whether the owner has a password yet.
    pub(crate) async fn is_set_up(&self) -> Result<bool, ApiError> {
        Ok(self.stored_password().await?.is_some())
    }

    /// Sets the first password and signs its owner in; returns the cookie.
    pub(crate) async fn set_up(&self, token: &str, password: String) -> Result<String, ApiError> {
        let _setting_up = self.setting_up.lock().await;
        if self.is_set_up().await? {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "already_set_up",
                "The owner password is already set. Sign in with it.",
            ));
        }
        let Some(expected) = &self.setup_token else {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "no_setup_token",
                "Start Homemaid again: it prints a new setup link while no password is set.",
            ));
        };
        self.admit()?;
        if !secret::same(token, expected) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "wrong_setup_token",
                "This setup link is not the current one. Use the link Homemaid printed when it last started.",
            ));
        }
        self.right();
        Passwords::acceptable(&password)
            .map_err(|error| ApiError::bad_request("unfit_password", error.to_string()))?;
        let hash = self
            .passwords
            .hash(password)
            .await
            .map_err(|error| ApiError::internal(&error))?;
        self.settings
            .put(PASSWORD_KEY, Value::String(hash))
            .await
            .map_err(|error| ApiError::internal(&error))?;
        tracing::info!("the owner password was set");
        self.start_session().await
    }

    /// Signs the owner in; returns the cookie.
    pub(crate) async fn sign_in(&self, password: String) -> Result<String, ApiError> {
        let Some(stored) = self.stored_password().await? else {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "not_set_up",
                "No owner password is set yet. Open the setup link Homemaid printed when it started.",
            ));
        };
        self.admit()?;
        let right = self
            .passwords
            .check(password, stored)
            .await
            .map_err(|error| ApiError::internal(&error))?;
        if !right {
            tracing::warn!("somebody tried to sign in with a wrong password");
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "wrong_password",
                "That is not the owner password. Check it and try again.",
            ));
        }
        self.right();
        self.start_session().await
    }

    /// Ends the session and returns the cookie that removes it from the browser.
    pub(crate) async fn sign_out(&self, identity: &Identity) -> Result<String, ApiError> {
        if let Identity::Owner(session) = identity {
            self.sessions
                .end(session)
                .await
                .map_err(|error| ApiError::internal(&error))?;
        }
        Ok(self.cookie("", 0))
    }

    /// Says who makes a request, by its headers alone.
    ///
    /// A request that carries an Authorization header is judged by that header only: a wrong token is not rescued by
    /// a cookie, since the token is what excused it from the Origin check.
    pub(crate) async fn identify(&self, headers: &HeaderMap) -> Result<Option<Identity>, ApiError> {
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            let token = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            let known = token.is_some_and(|token| secret::same(token, &self.cli_token));
            return Ok(known.then_some(Identity::Local));
        }
        for token in self.session_cookies(headers).take(COOKIES_TRIED) {
            let found = self
                .sessions
                .find(token)
                .await
                .map_err(|error| ApiError::internal(&error))?;
            if let Some(session) = found {
                return Ok(Some(Identity::Owner(session)));
            }
        }
        Ok(None)
    }

    /// Returns the clock sessions are measured with.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn start_session(&self) -> Result<String, ApiError> {
        let token = self
            .sessions
            .start()
            .await
            .map_err(|error| ApiError::internal(&error))?;
        Ok(self.cookie(&token, crate::limits::SESSION_LIFETIME.as_secs()))
    }

    async fn stored_password(&self) -> Result<Option<String>, ApiError> {
        let value = self
            .settings
            .get(PASSWORD_KEY)
            .await
            .map_err(|error| ApiError::internal(&error))?;
        Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
    }

    fn admit(&self) -> Result<(), ApiError> {
        let admitted = self
            .throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admit(self.clock.now());
        admitted.map_err(|wait| {
            let seconds = wait.as_secs().max(1);
            let unit = if seconds == 1 { "second" } else { "seconds" };
            ApiError::too_many(
                "too_many_attempts",
                format!("Too many wrong attempts. Wait {seconds} {unit} and try again."),
                wait,
            )
        })
    }

    fn right(&self) {
        self.throttle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .right();
    }

    /// `__Host-` makes browsers refuse the cookie from anything but this very host over https.
    fn cookie_name(&self) -> &'static str {
        if self.secure_cookie {
            "__Host-homemaid"
        } else {
            "homemaid"
        }
    }

    fn cookie(&self, token: &str, seconds: u64) -> String {
        let secure = if self.secure_cookie { "; Secure" } else { "" };
        format!(
            "{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}",
            self.cookie_name()
        )
    }

    fn session_cookies<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = self.cookie_name();
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(move |pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name && !value.is_empty()).then_some(value)
            })
    }
}
