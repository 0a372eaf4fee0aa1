//! The handle everyone else holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use homemaid_protocol::{Clock, EventType, GuildId, InstallationId, PluginId, RpcError, Snowflake};
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Bounded;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::cache::Cache;
use crate::calls::{Call, Named, Params, Site};
use crate::commands::{Commands, PluginCommands, SyncReport};
use crate::event::{DiscordEvent, GuildSummary};
use crate::gateway::{Gateway, Needs, Wiring};
use crate::intake::Intake;
use crate::interaction::{Desk, Interactions, Origins};
use crate::reach::{Reach, Refused};
use crate::rest::{self, HeldBack, RequestBudget, Rest};
use crate::status::{BotUser, DiscordStatus};
use crate::token::Token;
use crate::touched::{Done, Notes};

/// Events between the gateway and their translation.
const GATEWAY_QUEUE: usize = 1_024;
/// Events that wait for the host.
const EVENT_QUEUE: usize = 1_024;
/// Webhooks remembered with their guild.
const WEBHOOKS: u64 = 10_000;
/// Requests a second that Discord takes from a bot.
pub const REQUESTS_PER_SECOND: u32 = 50;
/// Longest wait for tasks when we leave.
const LEAVE_TIME: Duration = Duration::from_secs(3);

/// How to reach Discord.
#[derive(Debug, Clone)]
pub struct DiscordConfig {
    /// The bot's token.
    pub token: Token,
    /// Where the REST API is: `/api/v10` is added to it. `None` is discord.com.
    pub rest_base: Option<Url>,
    /// Whether nothing but this machine may be contacted: the lab.
    pub loopback_only: bool,
    /// The event types that are needed at first; `None` is all of the contract's. See [`Discord::need`].
    pub needs: Option<BTreeSet<EventType>>,
    /// Requests a second that Discord takes from this bot, all together: [`REQUESTS_PER_SECOND`] unless Discord has
    /// granted more.
    pub requests_per_second: u32,
}

impl DiscordConfig {
    /// Returns the settings for discord.com.
    pub fn live(token: Token) -> Self {
        Self {
            token,
            rest_base: None,
            loopback_only: false,
            needs: None,
            requests_per_second: REQUESTS_PER_SECOND,
        }
    }

    /// Returns the settings for a simulator on this machine; nothing else is ever contacted.
    pub fn lab(token: Token, rest_base: Url) -> Self {
        Self {
            rest_base: Some(rest_base),
            loopback_only: true,
            ..Self::live(token)
        }
    }
}

/// Why we do not even try to connect.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address of the REST API may not be contacted.
    #[error("the address of Discord's API is refused: {0}")]
    Refused(#[from] Refused),
    /// The address cannot have `/api/v10` added to it.
    #[error("the address of Discord's API has more than a host and a port: {0}")]
    Base(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// One method call of one installation.
#[derive(Debug, Clone, Copy)]
pub struct DiscordCall<'a> {
    /// On whose behalf; taken from the pipe, never from the message.
    pub installation: &'a InstallationId,
    /// `discord.*` or `interaction.*`.
    pub method: &'a str,
    /// Its parameters as the plugin sent them.
    pub params: &'a Map<String, Value>,
    /// The event it was made for (`_event_id`).
    pub event_id: Option<&'a str>,
}

/// The connection to Discord. Clones share it; with the last one it ends.
#[derive(Clone)]
pub struct Discord {
    house: Arc<House>,
    /// Ends every task when the last handle is gone.
    _guard: Arc<DropGuard>,
}

/// What every part of this crate shares.
pub(crate) struct House {
    pub(crate) rest: Arc<Rest>,
    pub(crate) cache: Cache,
    pub(crate) origins: Origins,
    pub(crate) interactions: Interactions,
    pub(crate) commands: Commands,
    pub(crate) webhooks: Bounded<u64, u64>,
    /// Discord tells when members change; the gateway sets it.
    pub(crate) hears_of_members: Arc<AtomicBool>,
    pub(crate) clock: Clock,
    pub(crate) status: watch::Receiver<DiscordStatus>,
    needs: watch::Sender<Needs>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl House {
    /// Returns who the bot is, once Discord has said so.
    pub(crate) fn bot(&self) -> Option<BotUser> {
        match &*self.status.borrow() {
            DiscordStatus::Connected { user, .. } => Some(user.clone()),
            _ => self.commands.bot(),
        }
    }

    /// Returns whether Discord tells us when members change.
    pub(crate) fn hears_of_members(&self) -> bool {
        self.hears_of_members.load(Ordering::Relaxed)
    }

    /// Returns where interactions are answered.
    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk {
            rest: &self.rest,
            origins: &self.origins,
            interactions: &self.interactions,
        }
    }

    /// Runs something beside the stream of events, until we leave.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }
}

impl Discord {
    /// Starts to connect, and returns at once: [`Self::status`] tells how it goes. The receiver yields what
    /// happens, in order; when it is not read, Discord is made to wait and nothing is lost.
    ///
    /// Must be called inside a tokio runtime.
    pub fn connect(
        config: DiscordConfig,
        clock: Clock,
    ) -> Result<(Self, mpsc::Receiver<DiscordEvent>), ConnectError> {
        let reach = if config.loopback_only {
            Reach::LoopbackOnly
        } else {
            Reach::Anywhere
        };
        let base = match config.rest_base {
            Some(base) => base,
            None => rest::DISCORD.parse().expect("a constant that is a URL"),
        };
        reach.check(&base)?;
        if base.path() != "/" || base.query().is_some() || !matches!(base.scheme(), "http" | "https") {
            return Err(ConnectError::Base(base.host_str().unwrap_or_default().to_owned()));
        }
        let rest = Rest::new(config.token.clone(), base, reach, config.requests_per_second)
            .map_err(ConnectError::Client)?;
        let (status_in, status) = watch::channel(DiscordStatus::Connecting);
        let (needs, needs_out) = watch::channel(config.needs);
        let (gateway_in, gateway_out) = mpsc::channel(GATEWAY_QUEUE);
        let (events_in, events) = mpsc::channel(EVENT_QUEUE);
        let stop = CancellationToken::new();
        let house = Arc::new(House {
            rest: Arc::new(rest),
            cache: Cache::default(),
            origins: Origins::default(),
            interactions: Interactions::new(clock.clone()),
            commands: Commands::default(),
            hears_of_members: Arc::default(),
            webhooks: Bounded::builder()
                .max_capacity(WEBHOOKS)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            clock,
            status,
            needs,
            tasks: TaskTracker::new(),
            stop: stop.clone(),
        });
        let gateway = Gateway::new(Wiring {
            rest: Arc::clone(&house.rest),
            reach,
            token: config.token,
            status: status_in,
            queue: gateway_in,
            needs: needs_out,
            hears_of_members: Arc::clone(&house.hears_of_members),
            stop: stop.clone(),
        });
        // The gateway listens to the token itself, so that it can say good-bye.
        house.tasks.spawn(gateway.run());
        house.spawn(Intake::new(Arc::clone(&house), events_in).run(gateway_out));
        Ok((
            Self {
                house,
                _guard: Arc::new(stop.drop_guard()),
            },
            events,
        ))
    }

    /// Returns whether we are connected, now and from now on.
    pub fn status(&self) -> watch::Receiver<DiscordStatus> {
        self.house.status.clone()
    }

    /// Says which event types are needed from now on; `None` is all of the contract's. When the session hears of too
    /// little, a new one begins; what happens in that moment is not told.
    pub fn need(&self, kinds: Option<BTreeSet<EventType>>) {
        self.house.needs.send_if_modified(|needs| {
            let changed = *needs != kinds;
            *needs = kinds;
            changed
        });
    }

    /// Returns where the budget of refused requests stands.
    pub fn request_budget(&self) -> RequestBudget {
        self.house.rest.budget()
    }

    /// Returns what is held back because of that budget, now and as it changes.
    pub fn held_back(&self) -> watch::Receiver<HeldBack> {
        self.house.rest.held_back()
    }

    /// Returns the guilds the bot is in, by name.
    pub fn guilds(&self) -> Vec<GuildSummary> {
        self.house.cache.guilds()
    }

    /// Returns who the bot is, once Discord has said so.
    pub fn bot_user(&self) -> Option<BotUser> {
        self.house.bot()
    }

    /// Validates a call without any effect, and returns how many Discord actions it counts as (caps §6): none for
    /// interactions, one for each user of a bulk call, else one.
    pub fn check(&self, call: &DiscordCall<'_>) -> Result<u32, RpcError> {
        let parsed = Self::parse(call)?;
        if let Some(Named(named)) = parsed.answers() {
            self.house
                .interactions
                .find(call.installation, call.event_id, named)?;
        }
        Ok(parsed.cost())
    }

    /// Does a call; returns its result (wire §6.9, §6.10) and what it touched.
    #[tracing::instrument(name = "discord.call", skip_all, fields(method = call.method, installation = %call.installation))]
    pub async fn call(&self, call: DiscordCall<'_>) -> Done {
        let site = Site {
            house: &self.house,
            installation: call.installation,
            event: call.event_id,
            notes: Notes::default(),
        };
        let result = match Self::parse(&call) {
            Ok(parsed) => parsed.run(&site).await,
            Err(error) => Err(error),
        };
        Done {
            result,
            touched: site.notes.into_touched(),
        }
    }

    /// Takes over whose the components of earlier messages are: what [`Touched::components`](crate::Touched) named
    /// before the host was restarted.
    pub fn remember_origins(&self, messages: impl IntoIterator<Item = (Snowflake, PluginId)>) {
        for (message, plugin) in messages {
            self.house.origins.remember(message.get(), plugin);
        }
    }

    fn parse(call: &DiscordCall<'_>) -> Result<Call, RpcError> {
        Call::parse(call.method, Params(call.params), call.installation.guild.get())
    }

    /// Makes the guild's slash commands those of `plugins`, first come first served when names collide, and
    /// reports what is registered and what was left out and why. Discord is only called when something changed.
    pub async fn sync_commands(
        &self,
        guild: GuildId,
        plugins: Vec<PluginCommands>,
    ) -> Result<SyncReport, RpcError> {
        self.house.commands.sync(&self.house, guild, &plugins).await
    }

    /// Tells that every handler of an interaction's event is done. When nobody ever answered, the user is told so
    /// (wire §6.10); a late answer still replaces that.
    pub fn interaction_finished(&self, event_id: &str, plugin: &PluginId) {
        if let Some(interaction) = self.house.interactions.of_event(event_id) {
            tracing::debug!(event_id, %plugin, "the handlers of an interaction are done");
            let house = Arc::clone(&self.house);
            self.house
                .spawn(async move { house.desk().finished(&interaction).await });
        }
    }

    /// Answers an interaction on the host's behalf, privately: the plugin is paused, or gone (wire §4.3). Does
    /// nothing for other events.
    pub async fn tell_user(&self, event_id: &str, text: &str) {
        if let Some(interaction) = self.house.interactions.of_event(event_id) {
            self.house.desk().tell_user(&interaction, text).await;
        }
    }

    /// Leaves Discord: says good-bye to the gateway and waits, for a few seconds at most, until all is done.
    pub async fn shutdown(&self) {
        self.house.stop.cancel();
        self.house.tasks.close();
        // Whoever is not done by then is cut off with the runtime.
        let _ = tokio::time::timeout(LEAVE_TIME, self.house.tasks.wait()).await;
    }
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discord")
            .field("status", &*self.house.status.borrow())
            .finish_non_exhaustive()
    }
}
