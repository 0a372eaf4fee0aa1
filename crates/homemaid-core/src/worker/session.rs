//! The conversation with one worker, in one task: it reads the worker's output, answers cheap calls on the spot,
//! and writes what waits. Nothing the plugin does makes it wait for anything but the plugin.
//!
//! ```text
//!  Held ── OpenEvents ──► Open ── CloseEvents ──► Closing: tells `Drained` once nothing is unacknowledged
//! ```
//!
//! Bounds: the outbox (bytes), running calls (number), lines taken in one turn. At a bound the worker's output is
//! left in its pipe, so a plugin that asks faster than it listens blocks itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use homemaid_protocol::message::{self, Boot, Lifecycle};
use homemaid_protocol::{
    Ack, LineSplitter, LogLevel, PluginLine, PluginLog, PluginReady, RawLine, RequestId, RpcError, classify,
    printable,
};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::outbox::{INPUT_STALL, Outbox};
use super::queue::{SLOW_AFTER, STUCK_AFTER};
use crate::calls::{self, Begun};
use crate::change::CoreEvent;
use crate::installation::Installation;
use crate::services::{LogSource, Services};

/// Calls of one worker that run at the same time; a 32-thread worker cannot wait for more.
pub(crate) const CALLS_AT_ONCE: usize = 32;
/// Orders and news that may wait between a session and its supervisor.
pub(crate) const NOTES_QUEUED: usize = 64;
/// Lines taken before everybody else gets a turn.
const LINES_PER_TURN: usize = 64;
const READ_BYTES: usize = 64 << 10;
/// How often slowness is looked for.
const TICK: Duration = Duration::from_secs(1);
/// After the worker's exit, how long its last words are read.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A worker that closed its output but lives on can say nothing any more.
const CLOSED_OUTPUT: Duration = Duration::from_secs(5);

/// What the supervisor asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Send `host.boot`.
    Boot,
    /// Send a lifecycle request.
    Hook(Lifecycle),
    /// Let events through.
    OpenEvents,
    /// Hold events back, and say when none is unacknowledged.
    CloseEvents,
    /// Send `host.shutdown`.
    Shutdown,
    /// Close the worker's input.
    CloseInput,
}

/// What the supervisor is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// `host.boot` was answered.
    Booted,
    /// `host.boot` was answered by an error.
    BootRefused(String),
    /// A lifecycle handler returned.
    HookDone(Lifecycle),
    /// No event is unacknowledged.
    Drained,
    /// The worker has to go.
    Stuck(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Held,
    Open,
    Closing,
}

/// What a request of the host is about.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Boot,
    Hook(Lifecycle),
}

/// A finished call.
struct Answer {
    line: Vec<u8>,
    promised: usize,
}

/// The conversation with one worker.
pub(crate) struct Session {
    services: Arc<Services>,
    installation: Arc<Installation>,
    orders: mpsc::Receiver<Order>,
    news: mpsc::Sender<News>,
    flow: Flow,
    splitter: LineSplitter,
    /// The splitter may hold lines that were not taken.
    lines_left: bool,
    outbox: Outbox,
    answers: (mpsc::Sender<Answer>, mpsc::Receiver<Answer>),
    running: usize,
    asked: HashMap<String, Asked>,
    asked_ever: u64,
    input_open: bool,
    output_closed: Option<Instant>,
    gone: CancellationToken,
    exited: Option<Instant>,
    stuck: bool,
}

impl Session {
    /// Starts the conversation over the worker's pipes. It ends after `gone` says that the worker is, when the last
    /// of its output is read.
    pub(crate) fn spawn(
        services: &Arc<Services>,
        installation: &Arc<Installation>,
        stdout: impl AsyncRead + Unpin + Send + 'static,
        stdin: impl AsyncWrite + Unpin + Send + 'static,
        gone: CancellationToken,
    ) -> (mpsc::Sender<Order>, mpsc::Receiver<News>, JoinHandle<()>) {
        let (session, orders, news) = Self::new(services, installation, gone);
        (orders, news, tokio::spawn(session.run(stdout, stdin)))
    }

    fn new(
        services: &Arc<Services>,
        installation: &Arc<Installation>,
        gone: CancellationToken,
    ) -> (Self, mpsc::Sender<Order>, mpsc::Receiver<News>) {
        let (orders_in, orders) = mpsc::channel(NOTES_QUEUED);
        let (news, news_out) = mpsc::channel(NOTES_QUEUED);
        let session = Self {
            services: Arc::clone(services),
            installation: Arc::clone(installation),
            orders,
            news,
            flow: Flow::Held,
            splitter: LineSplitter::new(),
            lines_left: false,
            outbox: Outbox::default(),
            answers: mpsc::channel(CALLS_AT_ONCE),
            running: 0,
            asked: HashMap::new(),
            asked_ever: 0,
            input_open: true,
            output_closed: None,
            gone,
            exited: None,
            stuck: false,
        };
        (session, orders_in, news_out)
    }

    async fn run(mut self, mut stdout: impl AsyncRead + Unpin, stdin: impl AsyncWrite + Unpin) {
        let installation = Arc::clone(&self.installation);
        let gone = self.gone.clone();
        let mut stdin = Some(stdin);
        let mut buffer = vec![0; READ_BYTES];
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.take_lines();
            self.send_events();
            if !self.input_open {
                stdin = None;
            }
            if self.is_over() {
                break;
            }
            let (may_read, go_on) = (self.may_read(), self.lines_left && self.may_take());
            tokio::select! {
                biased;
                () = gone.cancelled(), if self.exited.is_none() => self.exited = Some(Instant::now()),
                Some(order) = self.orders.recv() => self.obey(order),
                Some(answer) = self.answers.1.recv(), if self.running > 0 => self.answered(&answer),
                written = write(stdin.as_mut(), self.outbox.as_slice()),
                    if stdin.is_some() && !self.outbox.is_empty() => match written {
                    Ok(count) => self.outbox.written(count, Instant::now()),
                    // The worker closed its input; what waits for it is of no use to anyone.
                    Err(_) => self.input_open = false,
                },
                _ = tick.tick() => self.tick(Instant::now()),
                () = installation.arrived(), if self.flow == Flow::Open => {}
                read = stdout.read(&mut buffer), if may_read => self.heard(&buffer[..read.unwrap_or(0)]),
                () = std::future::ready(()), if go_on => {}
            }
        }
        let dropped = self.installation.gate().take_dropped();
        self.services.dropped_lines(&self.installation.id, dropped);
    }

    /// Returns whether everything was said.
    fn is_over(&self) -> bool {
        let Some(exited) = self.exited else { return false };
        (self.output_closed.is_some() && !self.lines_left) || exited.elapsed() >= LAST_WORDS
    }

    fn may_take(&self) -> bool {
        self.running < CALLS_AT_ONCE && self.outbox.has_room()
    }

    fn may_read(&self) -> bool {
        self.output_closed.is_none() && !self.lines_left && self.may_take()
    }

    /// Takes in what the worker wrote; nothing means that it closed its output.
    fn heard(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.output_closed = Some(Instant::now());
            self.splitter.finish();
        } else {
            self.splitter.push(bytes);
        }
        self.lines_left = true;
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Boot => {
                let id = self.ask(Asked::Boot);
                let facts = self.installation.facts();
                let line = message::boot(
                    &id,
                    &Boot {
                        installation: &self.installation.id,
                        version: &facts.version.manifest.version,
                        capabilities: &facts.grants,
                        // The host fires no cron entries yet, so the SDK keeps its own threads for all of them.
                        host_cron: &[],
                    },
                );
                self.say(&line);
            }
            Order::Hook(hook) => {
                let id = self.ask(Asked::Hook(hook));
                let event_id = ulid::Ulid::new().to_string();
                let line = message::lifecycle(&id, hook, &self.installation.id, &event_id);
                self.say(&line);
            }
            Order::OpenEvents => self.flow = Flow::Open,
            Order::CloseEvents => {
                self.flow = Flow::Closing;
                self.tell_if_drained();
            }
            Order::Shutdown => self.say(&message::shutdown()),
            Order::CloseInput => self.input_open = false,
        }
    }

    fn ask(&mut self, about: Asked) -> String {
        self.asked_ever += 1;
        let id = message::host_id(self.asked_ever);
        self.asked.insert(id.clone(), about);
        id
    }

    fn say(&mut self, line: &[u8]) {
        if self.input_open {
            self.outbox.push(line, Instant::now());
        }
    }

    fn tell(&self, news: News) {
        // The supervisor takes news as they come, and its deadlines stand in for one that is lost.
        if self.news.try_send(news).is_err() {
            tracing::warn!(installation = %self.installation.id, "news of a worker were not taken");
        }
    }

    fn send_events(&mut self) {
        while self.flow == Flow::Open && self.input_open && self.outbox.has_room() {
            let Some(event) = self.installation.events().send_next(Instant::now()) else {
                return;
            };
            let facts = self.installation.facts();
            let version = &facts.version.manifest.version;
            let line = message::event(&event, &self.installation.id, version, &facts.grants);
            self.say(&line);
            let installation = &self.installation.id;
            self.services.publish(|| CoreEvent::EventDelivered {
                installation: installation.to_string(),
                event,
            });
        }
    }

    fn take_lines(&mut self) {
        for _ in 0..LINES_PER_TURN {
            if !self.lines_left || !self.may_take() {
                return;
            }
            match self.splitter.next() {
                Some(RawLine::Complete(line)) => self.take(&line),
                Some(RawLine::TooLong { id, bytes }) => self.too_long(id, bytes),
                None => self.lines_left = false,
            }
        }
    }

    fn take(&mut self, line: &[u8]) {
        match classify(line) {
            PluginLine::Request { id, method, params } => self.call(id, method, params),
            PluginLine::Response { id, result } => self.response(&id, result),
            PluginLine::Notification { method, params } => self.notification(&method, &params),
            PluginLine::Print(text) if text.trim().is_empty() => {}
            PluginLine::Print(text) => {
                self.services
                    .plugin_log(&self.installation, LogSource::Stdout, PluginLog::print(text));
            }
            PluginLine::Invalid { id, reason } => self.invalid(id.as_ref(), &reason),
        }
    }

    fn call(&mut self, id: RequestId, method: String, params: Map<String, Value>) {
        match calls::begin(&self.services, &self.installation, method, params) {
            Begun::Answered(outcome) => self.say(&reply(&id, &outcome)),
            Begun::Running { work, promised } => {
                self.running += 1;
                let counted = self.installation.call_running();
                self.outbox.promise(promised);
                let answers = self.answers.0.clone();
                self.services.tasks.spawn(async move {
                    let line = reply(&id, &work.await);
                    drop(counted);
                    // The worker may be gone; the call is done and audited all the same.
                    let _ = answers.send(Answer { line, promised }).await;
                });
            }
        }
    }

    fn answered(&mut self, answer: &Answer) {
        self.running -= 1;
        self.outbox.keep_promise(answer.promised);
        self.say(&answer.line);
    }

    fn response(&mut self, id: &str, result: Result<Value, Value>) {
        match (self.asked.remove(id), result) {
            (Some(Asked::Boot), Ok(_)) => self.tell(News::Booted),
            (Some(Asked::Boot), Err(error)) => self.tell(News::BootRefused(error_text(&error))),
            (Some(Asked::Hook(hook)), result) => {
                if let Err(error) = result {
                    let message = format!(
                        "host.{} was answered by an error: {}",
                        hook.name(),
                        error_text(&error)
                    );
                    self.services
                        .host_log(&self.installation.id, LogLevel::Warning, message);
                }
                self.tell(News::HookDone(hook));
            }
            (None, _) => tracing::debug!(installation = %self.installation.id, "answer to nothing"),
        }
    }

    fn notification(&mut self, method: &str, params: &Map<String, Value>) {
        match method {
            "plugin.log" => {
                let log = PluginLog::parse(params);
                self.services
                    .plugin_log(&self.installation, LogSource::Plugin, log);
            }
            "event.ack" | "event.fail" => match Ack::parse(method, params) {
                Some(Ack::Done(ids)) => ids.iter().for_each(|id| self.acknowledged(id)),
                Some(Ack::Failed { event_id, reason }) => {
                    self.installation.events().fail(&event_id, reason);
                }
                None => {}
            },
            "plugin.ready" => {
                if let Some(events) = PluginReady::parse(params).events {
                    self.services.announce(&self.installation, &events);
                    self.installation.events().only(events);
                }
            }
            _ => {
                tracing::debug!(installation = %self.installation.id, method, "unknown notification ignored");
            }
        }
    }

    fn acknowledged(&mut self, id: &str) {
        let acked = self.installation.events().ack(id);
        let Some(acked) = acked else { return };
        self.services
            .event_finished(&self.installation.id, id, acked.kind, acked.failed);
        self.tell_if_drained();
    }

    fn tell_if_drained(&self) {
        if self.flow == Flow::Closing && self.installation.events().in_flight() == 0 {
            self.tell(News::Drained);
        }
    }

    fn invalid(&mut self, id: Option<&RequestId>, reason: &str) {
        let log = PluginLog {
            level: LogLevel::Warning,
            message: format!("a line from the plugin could not be used: {reason}"),
            ..PluginLog::default()
        };
        self.services.plugin_log(&self.installation, LogSource::Host, log);
        if let Some(id) = id {
            let error = calls::unreadable(&self.services, &self.installation, reason);
            self.say(&message::reply_error(id, &error));
        }
    }

    fn too_long(&mut self, id: Option<u64>, bytes: usize) {
        let limit = homemaid_protocol::limits::PLUGIN_LINE_BYTES;
        self.invalid(
            id.map(RequestId::Number).as_ref(),
            &format!("{bytes} bytes, at most {limit} are allowed"),
        );
    }

    fn tick(&mut self, now: Instant) {
        let dropped = self.installation.gate().settle(now);
        self.services.dropped_lines(&self.installation.id, dropped);
        let slow = self.installation.events().newly_slow(now);
        for (id, kind) in slow {
            let message = format!(
                "slow handler: {} {id} is not acknowledged after {} s",
                kind.name(),
                SLOW_AFTER.as_secs()
            );
            self.services
                .host_log(&self.installation.id, LogLevel::Warning, message);
        }
        let stuck = if self.installation.events().is_stuck(now) {
            Some(format!(
                "an event was not acknowledged within {} s",
                STUCK_AFTER.as_secs()
            ))
        } else if self.outbox.is_stalled(now) {
            Some(format!(
                "it has not read its input for {} s",
                INPUT_STALL.as_secs()
            ))
        } else if self.output_closed.is_some_and(|at| now - at >= CLOSED_OUTPUT) {
            Some("it closed its output".to_owned())
        } else {
            None
        };
        if let Some(why) = stuck.filter(|_| !self.stuck && self.exited.is_none()) {
            self.stuck = true;
            self.tell(News::Stuck(why));
        }
    }
}

async fn write(stdin: Option<&mut (impl AsyncWrite + Unpin)>, bytes: &[u8]) -> std::io::Result<usize> {
    match stdin {
        Some(stdin) => match stdin.write(bytes).await? {
            0 => Err(std::io::ErrorKind::WriteZero.into()),
            count => Ok(count),
        },
        None => std::future::pending().await,
    }
}

fn reply(id: &RequestId, outcome: &Result<Value, RpcError>) -> Vec<u8> {
    match outcome {
        Ok(result) => message::reply_ok(id, result),
        Err(error) => message::reply_error(id, error),
    }
}

/// Returns what an error object of a plugin says, cut for a log.
fn error_text(error: &Value) -> String {
    let text = error
        .get("message")
        .and_then(Value::as_str)
        .map_or_else(|| error.to_string(), str::to_owned);
    printable(text.as_bytes())
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
