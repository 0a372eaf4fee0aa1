//! The connection to Discord's gateway: kept up, resumed, and given up only when the owner must help.
//!
//! [`session`] decides what frames and close codes mean, [`intents`] what we ask for, [`heart`] when to beat and when to try
//! again, [`end`] what the owner is told; [`socket`] does the bytes.
//! Events go into a bounded queue. When it is full we stop reading and keep the heartbeat going: Discord then
//! holds the events back, and nothing is lost.

mod end;
mod heart;
mod intents;
mod session;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng;
use serde_json::Value;
use serenity::http::Route;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::reach::Reach;
use crate::rest::{Request, Rest};
use crate::status::{BotUser, DiscordStatus};
use crate::token::Token;

use end::{End, bad_token, nobody_listens, refused_end, rest_end, socket_end};
use heart::{Heart, acknowledge, pause};
use intents::Intents;
pub(crate) use intents::Needs;
use session::{Closed, Session, Step};
use socket::{Received, Socket};

/// Longest wait for the gateway's first word.
const HELLO_TIME: Duration = Duration::from_secs(20);
/// Failed attempts at a resume address before the session is given up.
const RESUME_ATTEMPTS: u32 = 5;
/// Failed attempts in a row after which the owner is told that something is wrong.
const PATIENCE: u32 = 3;
/// Discord takes one new session in this time.
const IDENTIFY_EVERY: Duration = Duration::from_secs(5);
/// Longest wait for Discord's daily limit of new sessions, in milliseconds.
const SESSION_LIMIT_WAIT_MS: u64 = 24 * 3_600_000;

/// One event as it came from the gateway.
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// Discord's name for it, for example `MESSAGE_CREATE`.
    pub(crate) name: String,
    /// Its JSON, untouched.
    pub(crate) data: Value,
    /// When it arrived; interactions must be answered within three seconds of it.
    pub(crate) received: Instant,
}

/// What a connection to the gateway works with.
pub(crate) struct Wiring {
    pub(crate) rest: Arc<Rest>,
    pub(crate) reach: Reach,
    pub(crate) token: Token,
    /// Where it is told how the connection goes.
    pub(crate) status: watch::Sender<DiscordStatus>,
    /// Where events go.
    pub(crate) queue: mpsc::Sender<Dispatch>,
    /// Which events are needed.
    pub(crate) needs: watch::Receiver<Needs>,
    /// Set to whether Discord tells us when members change.
    pub(crate) hears_of_members: Arc<AtomicBool>,
    pub(crate) stop: CancellationToken,
}

/// Keeps one connection to the gateway.
pub(crate) struct Gateway {
    rest: Arc<Rest>,
    reach: Reach,
    token: Token,
    status: watch::Sender<DiscordStatus>,
    queue: mpsc::Sender<Dispatch>,
    needs: watch::Receiver<Needs>,
    hears_of_members: Arc<AtomicBool>,
    stop: CancellationToken,
    session: Session,
    intents: Intents,
    /// Read from the socket, not yet in the queue; survives a lost connection.
    waiting: Option<Dispatch>,
    /// Attempts to connect since events last flowed.
    attempt: u32,
    /// When we last asked for a new session.
    identified: Option<Instant>,
    /// Who we are, once Discord has said so.
    user: Option<BotUser>,
}

impl Gateway {
    /// Returns a connection that has yet to be made.
    pub(crate) fn new(wiring: Wiring) -> Self {
        let Wiring {
            rest,
            reach,
            token,
            status,
            queue,
            needs,
            hears_of_members,
            stop,
        } = wiring;
        let intents = Intents::new(&needs.borrow());
        Self {
            rest,
            reach,
            token,
            status,
            queue,
            needs,
            hears_of_members,
            stop,
            session: Session::new(reach),
            intents,
            waiting: None,
            attempt: 0,
            identified: None,
            user: None,
        }
    }

    /// Connects, and connects again, until told to stop or until only the owner can help.
    pub(crate) async fn run(mut self) {
        loop {
            let pause = match self.connection().await {
                End::Stopped => return,
                End::Fatal { reason, fix } => {
                    tracing::error!(reason, fix, "gave up connecting to Discord");
                    self.status.send_replace(DiscordStatus::Failed {
                        reason,
                        fix,
                        retrying: false,
                    });
                    return;
                }
                End::OtherIntents => Duration::ZERO,
                End::Invalid => {
                    let reason = "Discord ended our session".to_owned();
                    self.status.send_replace(DiscordStatus::Reconnecting { reason });
                    self.attempt += 1;
                    // Discord asks for a random pause of one to five seconds; it counts every new session, so one
                    // that it ends again and again is begun ever more slowly.
                    Duration::from_millis(rand::rng().random_range(1_000..5_000)).max(pause(self.attempt))
                }
                End::Lost(reason) => self.lost(reason),
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tells the owner that the connection is lost, and returns how long to wait before the next attempt.
    fn lost(&mut self, reason: String) -> Duration {
        tracing::warn!(reason, attempt = self.attempt, "lost the connection to Discord");
        let status = if self.user.is_some() && self.attempt < PATIENCE {
            DiscordStatus::Reconnecting { reason }
        } else {
            let fix = "check that this machine is on the network and that discordstatus.com reports no outage; \
                       we keep trying";
            DiscordStatus::Failed {
                reason,
                fix: fix.to_owned(),
                retrying: true,
            }
        };
        self.status.send_replace(status);
        self.attempt += 1;
        if self.attempt > RESUME_ATTEMPTS {
            self.session.forget();
        }
        pause(self.attempt)
    }

    async fn connection(&mut self) -> End {
        if !self.session.is_live() {
            self.intents.begin();
        }
        self.intents.need(&self.needs.borrow_and_update());
        let stop = self.stop.clone();
        let socket = tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            socket = self.connect() => socket,
        };
        match socket {
            Ok(socket) => self.pump(socket).await,
            Err(end) => end,
        }
    }

    async fn connect(&mut self) -> Result<Socket, End> {
        let url = match self.session.resume_url() {
            Some(url) => url.clone(),
            None => self.address().await?,
        };
        Socket::connect(self.reach, &url).await.map_err(socket_end)
    }

    /// Asks where the gateway is, and waits when Discord allows no new session today.
    async fn address(&mut self) -> Result<Url, End> {
        let answer = self
            .rest
            .send(Request::get(Route::GatewayBot))
            .await
            .map_err(rest_end)?;
        let url = answer["url"].as_str().and_then(|url| url.parse::<Url>().ok());
        let Some(url) = url else {
            return Err(End::Lost("Discord did not say where its gateway is".to_owned()));
        };
        self.reach.check(&url).map_err(|refused| refused_end(&refused))?;
        let limit = &answer["session_start_limit"];
        if limit["remaining"].as_u64() == Some(0) {
            let wait = limit["reset_after"]
                .as_u64()
                .unwrap_or(60_000)
                .min(SESSION_LIMIT_WAIT_MS);
            self.status.send_replace(DiscordStatus::Failed {
                reason: "this bot has connected too often today".to_owned(),
                fix: format!(
                    "wait: Discord allows the next connection in {} minutes",
                    wait.div_ceil(60_000)
                ),
                retrying: true,
            });
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        self.look_up_switches().await;
        sleep_until(self.may_identify_at()).await;
        Ok(url)
    }

    /// Returns when a new session may be asked for: Discord refuses the second one within five seconds.
    fn may_identify_at(&self) -> Instant {
        self.identified
            .map_or_else(Instant::now, |identified| identified + IDENTIFY_EVERY)
    }

    /// Asks which privileged intents are switched on, so that no session is begun in vain: Discord counts them.
    async fn look_up_switches(&mut self) {
        match self.rest.send(Request::own_application()).await {
            Ok(application) => {
                if let Some(flags) = application["flags"].as_u64() {
                    self.intents.switches(flags);
                }
            }
            // Then Discord's refusal tells.
            Err(error) => tracing::debug!(%error, "the privileged intents cannot be looked up"),
        }
    }

    async fn pump(&mut self, mut socket: Socket) -> End {
        let mut heart: Option<Heart> = None;
        // When a new session begins because the need has grown.
        let mut grow_at: Option<Instant> = None;
        let mut hello_until = Instant::now() + HELLO_TIME;
        let (queue, leaving, mut needs) = (self.queue.clone(), self.stop.clone(), self.needs.clone());
        loop {
            let beat = heart.as_ref().map_or(hello_until, |heart| heart.next);
            tokio::select! {
                biased;
                () = leaving.cancelled() => {
                    socket.close(true).await;
                    return End::Stopped;
                }
                () = sleep_until(beat) => {
                    let deaf = self.waiting.is_some();
                    if heart.is_none() && deaf {
                        // Hello may have come: we do not read until there is room for an event of the connection
                        // before.
                        hello_until = Instant::now() + HELLO_TIME;
                        continue;
                    }
                    let alive = heart.as_mut().is_some_and(|heart| heart.beat(deaf));
                    if !alive {
                        socket.close(false).await;
                        return End::Lost("Discord stopped answering".to_owned());
                    }
                    if let Err(error) = socket.send(&self.session.heartbeat()).await {
                        return socket_end(error);
                    }
                }
                Ok(()) = needs.changed() => {
                    let grown = self.intents.need(&needs.borrow_and_update());
                    grow_at = grown.then(|| self.may_identify_at());
                    self.retell_notices();
                }
                () = sleep_until(grow_at.unwrap_or(beat)), if grow_at.is_some() => {
                    // What happens until the new session runs is not told again. Nothing else gives a session other
                    // intents, and it is over within a second.
                    self.session.forget();
                    socket.close(true).await;
                    let reason = "asking Discord for more kinds of events".to_owned();
                    self.status.send_replace(DiscordStatus::Reconnecting { reason });
                    return End::OtherIntents;
                }
                permit = queue.reserve(), if self.waiting.is_some() => {
                    let Ok(permit) = permit else {
                        socket.close(true).await;
                        return nobody_listens();
                    };
                    if let Some(dispatch) = self.waiting.take() {
                        permit.send(dispatch);
                    }
                    // While we did not read, the acknowledgement could not be seen.
                    acknowledge(&mut heart);
                }
                received = socket.next(), if self.waiting.is_none() => {
                    let step = match received {
                        Ok(Received::Frame(frame)) => {
                            self.session.on(frame, &self.token, || {
                                self.identified = Some(Instant::now());
                                self.intents.ask()
                            })
                        }
                        Ok(Received::Noise) => continue,
                        Ok(Received::Closed(code)) => return self.closed(code),
                        Err(error) => {
                            socket.close(false).await;
                            return socket_end(error);
                        }
                    };
                    match self.follow(step, &mut socket, &mut heart).await {
                        None => {}
                        Some(end) => {
                            socket.close(matches!(end, End::Fatal { .. })).await;
                            return end;
                        }
                    }
                }
            }
        }
    }

    /// Does what the session decided; `Some` ends the connection.
    async fn follow(&mut self, step: Step, socket: &mut Socket, heart: &mut Option<Heart>) -> Option<End> {
        match step {
            Step::Nothing => None,
            Step::Greeted { interval, reply } => {
                *heart = Some(Heart::new(interval));
                socket.send(&reply).await.err().map(socket_end)
            }
            Step::Send(message) => socket.send(&message).await.err().map(socket_end),
            Step::Acknowledged => {
                acknowledge(heart);
                None
            }
            Step::Ready { user, data } => {
                self.user = Some(user.clone());
                self.hears_of_members
                    .store(self.intents.hears_of_members(), Ordering::Relaxed);
                self.connected(DiscordStatus::Connected {
                    user,
                    notices: self.intents.notices(),
                });
                self.queue_event("READY".to_owned(), data);
                None
            }
            Step::Resumed => {
                if let Some(user) = self.user.clone() {
                    self.connected(DiscordStatus::Connected {
                        user,
                        notices: self.intents.notices(),
                    });
                }
                None
            }
            Step::Deliver { name, data } => {
                self.queue_event(name, data);
                None
            }
            Step::Reconnect(reason) => Some(End::Lost(reason.to_owned())),
            Step::Invalid => Some(End::Invalid),
            Step::Refuse(refused) => Some(refused_end(&refused)),
        }
    }

    /// Tells the owner what lacks for what is needed now.
    fn retell_notices(&self) {
        let now = self.intents.notices();
        self.status.send_if_modified(|status| match status {
            DiscordStatus::Connected { notices, .. } if *notices != now => {
                *notices = now;
                true
            }
            _ => false,
        });
    }

    fn queue_event(&mut self, name: String, data: Value) {
        self.waiting = Some(Dispatch {
            name,
            data,
            received: Instant::now(),
        });
    }

    fn connected(&mut self, status: DiscordStatus) {
        self.attempt = 0;
        tracing::info!("connected to Discord");
        self.status.send_replace(status);
    }

    fn closed(&mut self, code: Option<u16>) -> End {
        let told = code.map_or_else(
            || "without a reason".to_owned(),
            |code| format!("with code {code}"),
        );
        match self.session.on_close(code) {
            Closed::Retry => End::Lost(format!("Discord closed the connection {told}")),
            Closed::BadToken => bad_token(),
            Closed::DisallowedIntents if self.intents.refused() => {
                self.session.forget();
                End::OtherIntents
            }
            Closed::DisallowedIntents => End::Fatal {
                reason: "Discord does not let this bot receive any events".to_owned(),
                fix: "switch on the privileged intents on the Bot page of the Discord developer portal"
                    .to_owned(),
            },
            Closed::TooManyGuilds => End::Fatal {
                reason: "this bot is in more servers than one connection may serve".to_owned(),
                fix: "remove the bot from servers, or use another bot for this machine".to_owned(),
            },
            Closed::Outdated => End::Fatal {
                reason: format!("Discord refused the way we connect ({told})"),
                fix: "update Homemaid: Discord no longer accepts what this version sends".to_owned(),
            },
        }
    }
}
