//! One running simulator: listens on loopback, serves until it is shut down.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use rand::distr::Alphanumeric;
use tokio::net::TcpListener;
use url::Url;
use utoipa_axum::router::OpenApiRouter;

use crate::clock::Clock;
use crate::control::{Control, http};
use crate::id::Snowflake;
use crate::rest::limit::RateLimitMode;
use crate::seed::{Seed, SeedError};
use crate::shared::{Shared, watch_deadlines};
use crate::{gateway, limits, rest};

/// How a simulator starts.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Where to listen; loopback only. Port 0 takes any free one.
    pub addr: SocketAddr,
    /// What to start with; the guild «Maid Café» when absent.
    pub seed: Option<Seed>,
    /// The bot's token; the seed's or a random one when absent.
    pub token: Option<String>,
    /// What the control API asks for as `Authorization: Bearer`; it asks for nothing when absent.
    pub control_token: Option<String>,
    /// The clock everything reads.
    pub clock: Clock,
    /// Whether rate limits are enforced, announced, or neither.
    pub rate_limits: RateLimitMode,
    /// Whether a second identify within five seconds is refused, as Discord does.
    pub identify_limit: bool,
    /// What HELLO asks for. A client that is half as long late again is disconnected.
    pub heartbeat_interval: Duration,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: None,
            token: None,
            control_token: None,
            clock: Clock::default(),
            rate_limits: RateLimitMode::default(),
            identify_limit: true,
            heartbeat_interval: limits::HEARTBEAT_INTERVAL,
        }
    }
}

/// Why a simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable from elsewhere.
    #[error("{0} is not a loopback address, and a simulated Discord has no business outside; use 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The address cannot be used.
    #[error("could not listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The seed does not fit together.
    #[error("could not build the seeded world")]
    Seed(#[from] SeedError),
    /// The token has characters that no header can carry.
    #[error("a bot token is 1 to 200 printable characters without spaces")]
    Token,
}

/// A running simulator. Dropping it stops it at once; [`Simulator::shutdown`] says goodbye first.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    token: String,
    shared: Arc<Shared>,
}

impl Simulator {
    /// Starts to listen and serve.
    pub async fn start(config: SimConfig) -> Result<Self, StartError> {
        if !config.addr.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.addr));
        }
        let seed = config.seed.unwrap_or_default();
        let token = config
            .token
            .or_else(|| seed.bot.token.clone())
            .unwrap_or_else(|| random_token(seed.bot_id()));
        if token.is_empty() || token.len() > 200 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StartError::Token);
        }
        let listen = |source| StartError::Listen {
            addr: config.addr,
            source,
        };
        let listener = TcpListener::bind(config.addr).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let world = seed.build(config.clock, token.clone(), format!("http://{addr}"))?;
        let shared = Arc::new(Shared::new(
            world,
            config.heartbeat_interval,
            config.identify_limit,
            config.rate_limits,
        ));
        let control = Control {
            shared: Arc::clone(&shared),
        };
        let (control, _) = http::router(control).split_for_parts();
        let control = match config.control_token {
            Some(token) => control.layer(from_fn_with_state(Arc::<str>::from(token), http::check_token)),
            None => control,
        };
        let app = rest::router(Arc::clone(&shared))
            .merge(
                Router::new()
                    .route("/gateway", get(gateway::upgrade))
                    .route("/gateway/", get(gateway::upgrade))
                    .with_state(Arc::clone(&shared)),
            )
            .nest("/sim", control);
        shared.tasks.spawn(watch_deadlines(Arc::clone(&shared)));
        let stopping = shared.stopping.clone();
        shared.tasks.spawn(async move {
            let served = axum::serve(listener, app)
                .with_graceful_shutdown(stopping.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the simulator stopped serving"
                );
            }
        });
        Ok(Self { addr, token, shared })
    }

    /// Returns the address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns where REST is: put `/api/v10/..` behind it.
    pub fn rest_base(&self) -> Url {
        Url::parse(&format!("http://{}", self.addr)).expect("an address makes a URL")
    }

    /// Returns where the gateway is.
    pub fn gateway_url(&self) -> Url {
        Url::parse(&format!("ws://{}/gateway", self.addr)).expect("an address makes a URL")
    }

    /// Returns the bot's token.
    pub fn bot_token(&self) -> String {
        self.token.clone()
    }

    /// Returns the handle that acts as members and reads what happened.
    pub fn control(&self) -> Control {
        Control {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Returns the control API for nesting elsewhere; here it is under `/sim`.
    pub fn control_router(&self) -> OpenApiRouter {
        http::router(self.control())
    }

    /// Closes every connection and waits until all is quiet.
    pub async fn shutdown(self) {
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        // Clients that never read cannot hold the host up.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.shared.tasks.wait()).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
    }
}

/// Makes a token of Discord's shape: the bot's id in Base64, from which some clients learn who they are, and two
/// opaque parts.
fn random_token(bot: Snowflake) -> String {
    let part = |length: usize| -> String {
        rand::rng()
            .sample_iter(Alphanumeric)
            .take(length)
            .map(char::from)
            .collect()
    };
    let id = URL_SAFE_NO_PAD.encode(bot.to_string());
    format!("{id}.{}.{}", part(6), part(38))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_nobody_gave_begins_with_the_bots_id() {
        let seed = Seed::parse("{users: [{username: zoe}]}").unwrap();
        let config = SimConfig {
            seed: Some(seed),
            ..SimConfig::default()
        };
        let sim = Simulator::start(config).await.unwrap();
        let token = sim.bot_token();
        let id = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let bot = sim.control().state()["bot"]["id"].clone();
        assert_eq!(bot, String::from_utf8(id).unwrap());
        assert_eq!(token.split('.').count(), 3);
    }
}
