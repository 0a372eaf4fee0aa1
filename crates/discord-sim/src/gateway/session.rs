//! Gateway sessions: what each client subscribed to, and the events it may still ask for again.
//!
//! ```text
//! identify -> attached --socket gone--> detached --resume--> attached
//!                |  queue full: cut off      | window over, too many: forgotten (op 9 on resume)
//! ```
//! attached: has a bounded queue to its socket. detached: collects events for a resume.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc;

use super::intents::Intents;
use super::protocol::Close;
use crate::fault::EventBlow;
use crate::limits;

/// What goes out on a socket.
#[derive(Debug, Clone)]
pub(crate) enum Outgoing {
    /// A whole payload as JSON text.
    Payload(Arc<str>),
    /// A payload that a fault holds up; those behind it wait too.
    Late(Duration, Arc<str>),
    /// From here on the socket says nothing more, not even to heartbeats.
    Silence,
    /// The end of the connection.
    Close(Close),
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) intents: Intents,
    sequence: u64,
    events: VecDeque<(u64, Arc<str>)>,
    link: Option<(u64, mpsc::Sender<Outgoing>)>,
    detached: Option<Instant>,
}

impl Session {
    fn deliver(&mut self, name: &str, data: &str, blow: EventBlow) {
        self.sequence += 1;
        let mut text = String::with_capacity(data.len() + name.len() + 48);
        let _ = write!(
            text,
            "{{\"t\":\"{name}\",\"s\":{},\"op\":0,\"d\":{data}}}",
            self.sequence
        );
        let text: Arc<str> = text.into();
        if self.events.len() == limits::RESUME_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back((self.sequence, Arc::clone(&text)));
        if blow.twice {
            self.send(Outgoing::Payload(Arc::clone(&text)));
        }
        if blow.delay.is_zero() {
            self.send(Outgoing::Payload(text));
        } else {
            self.send(Outgoing::Late(blow.delay, text));
        }
    }

    fn send(&mut self, outgoing: Outgoing) {
        if let Some((_, link)) = &self.link
            && link.try_send(outgoing).is_err()
        {
            // Too slow or gone: dropping the sender ends the socket's task, and the client may resume.
            self.link = None;
            self.detached = Some(Instant::now());
        }
    }
}

/// Why a resume was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No such session, or events are missing.
    Unknown,
    /// A sequence number from the future.
    Sequence,
}

/// All sessions of the bot.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: HashMap<String, Session>,
    identified: VecDeque<Instant>,
    sockets: u64,
}

impl Sessions {
    /// Returns a number for a new socket.
    pub(crate) fn next_socket(&mut self) -> u64 {
        self.sockets += 1;
        self.sockets
    }

    /// Counts an identify; `false` when it comes too early or too often.
    pub(crate) fn may_identify(&mut self, limited: bool) -> bool {
        let now = Instant::now();
        while self
            .identified
            .front()
            .is_some_and(|at| now.duration_since(*at).as_secs() >= 24 * 3_600)
        {
            self.identified.pop_front();
        }
        let early = self
            .identified
            .back()
            .is_some_and(|at| now.duration_since(*at) < limits::IDENTIFY_SPACING);
        if self.identified.len() >= limits::IDENTIFIES_PER_DAY as usize || (limited && early) {
            return false;
        }
        self.identified.push_back(now);
        true
    }

    /// Returns how many identifies are left today.
    pub(crate) fn identifies_left(&self) -> u32 {
        limits::IDENTIFIES_PER_DAY.saturating_sub(u32::try_from(self.identified.len()).unwrap_or(u32::MAX))
    }

    /// Opens a session on a socket.
    pub(crate) fn open(&mut self, id: String, intents: Intents, socket: u64, link: mpsc::Sender<Outgoing>) {
        let session = Session {
            intents,
            sequence: 0,
            events: VecDeque::new(),
            link: Some((socket, link)),
            detached: None,
        };
        self.known.insert(id, session);
        self.forget_stale();
    }

    /// Returns a session's intents.
    pub(crate) fn intents(&self, id: &str) -> Option<Intents> {
        self.known.get(id).map(|session| session.intents)
    }

    /// Returns every session with its intents.
    pub(crate) fn list(&self) -> Vec<(String, Intents)> {
        self.known
            .iter()
            .map(|(id, session)| (id.clone(), session.intents))
            .collect()
    }

    /// Moves a session to a new socket and sends again what came after `sequence`.
    pub(crate) fn resume(
        &mut self,
        id: &str,
        sequence: u64,
        socket: u64,
        link: mpsc::Sender<Outgoing>,
    ) -> Result<(), Refused> {
        self.forget_stale();
        let session = self.known.get_mut(id).ok_or(Refused::Unknown)?;
        if sequence > session.sequence {
            return Err(Refused::Sequence);
        }
        let first = session
            .events
            .front()
            .map_or(session.sequence + 1, |(number, _)| *number);
        if sequence + 1 < first {
            self.known.remove(id);
            return Err(Refused::Unknown);
        }
        session.link = Some((socket, link));
        session.detached = None;
        let again: Vec<_> = session
            .events
            .iter()
            .filter(|(number, _)| *number > sequence)
            .cloned()
            .collect();
        for (_, text) in again {
            session.send(Outgoing::Payload(text));
        }
        session.deliver("RESUMED", "{\"_trace\":[\"discord-sim\"]}", EventBlow::default());
        Ok(())
    }

    /// Notes that a socket is gone; `forget` ends its session for good.
    pub(crate) fn detach(&mut self, id: &str, socket: u64, forget: bool) {
        let Some(session) = self.known.get_mut(id) else {
            return;
        };
        if session.link.as_ref().is_some_and(|(number, _)| *number != socket) {
            return;
        }
        if forget {
            self.known.remove(id);
            return;
        }
        session.link = None;
        session.detached.get_or_insert_with(Instant::now);
        self.forget_stale();
    }

    /// Sends one event to one session.
    pub(crate) fn deliver(&mut self, id: &str, name: &str, data: &Value) {
        if let Some(session) = self.known.get_mut(id) {
            session.deliver(name, &data.to_string(), EventBlow::default());
        }
    }

    /// Sends an event to every session that asked for it, and returns how many did. `stripped` goes to those without
    /// the message content intent.
    pub(crate) fn dispatch(
        &mut self,
        name: &str,
        needs: Intents,
        data: &Value,
        stripped: Option<&Value>,
        blow: EventBlow,
    ) -> usize {
        let (mut full, mut bare, mut count) = (None, None, 0);
        for session in self
            .known
            .values_mut()
            .filter(|session| session.intents.meets(needs))
        {
            let text = match stripped {
                Some(stripped) if !session.intents.has(Intents::MESSAGE_CONTENT) => {
                    bare.get_or_insert_with(|| stripped.to_string())
                }
                _ => full.get_or_insert_with(|| data.to_string()),
            };
            session.deliver(name, text, blow);
            count += 1;
        }
        count
    }

    /// Sends something that is not an event to every socket.
    pub(crate) fn broadcast(&mut self, outgoing: &Outgoing) {
        for session in self.known.values_mut() {
            session.send(outgoing.clone());
        }
    }

    /// Forgets every session, so that nothing can be resumed.
    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
    }

    /// Returns how many sessions have a socket.
    pub(crate) fn attached(&self) -> usize {
        self.known
            .values()
            .filter(|session| session.link.is_some())
            .count()
    }

    fn forget_stale(&mut self) {
        let now = Instant::now();
        self.known.retain(|_, session| {
            session
                .detached
                .is_none_or(|since| now.duration_since(since) < limits::RESUME_WINDOW)
        });
        let detached = self
            .known
            .values()
            .filter(|session| session.detached.is_some())
            .count();
        for _ in limits::DETACHED_SESSIONS..detached {
            let oldest = self
                .known
                .iter()
                .filter(|(_, session)| session.detached.is_some());
            let Some(id) = oldest
                .min_by_key(|(_, session)| session.detached)
                .map(|(id, _)| id.clone())
            else {
                return;
            };
            self.known.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CALM: EventBlow = EventBlow {
        twice: false,
        delay: Duration::ZERO,
    };

    fn open(sessions: &mut Sessions, intents: Intents) -> mpsc::Receiver<Outgoing> {
        let (link, queue) = mpsc::channel(8);
        sessions.open("s".to_owned(), intents, 1, link);
        queue
    }

    fn text(outgoing: Outgoing) -> Value {
        match outgoing {
            Outgoing::Payload(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a payload: {other:?}"),
        }
    }

    #[test]
    fn events_go_only_to_sessions_that_asked() {
        let mut sessions = Sessions::default();
        let mut queue = open(&mut sessions, Intents::GUILDS);
        sessions.dispatch("MESSAGE_CREATE", Intents::GUILD_MESSAGES, &json!({}), None, CALM);
        sessions.dispatch("GUILD_CREATE", Intents::GUILDS, &json!({"id": "1"}), None, CALM);
        assert_eq!(
            text(queue.try_recv().unwrap()),
            json!({"t": "GUILD_CREATE", "s": 1, "op": 0, "d": {"id": "1"}})
        );
        assert!(queue.try_recv().is_err());
    }

    #[test]
    fn a_resume_replays_exactly_what_was_missed() {
        let mut sessions = Sessions::default();
        let queue = open(&mut sessions, Intents::GUILDS);
        for n in 0..3 {
            sessions.dispatch("E", Intents::GUILDS, &json!(n), None, CALM);
        }
        drop(queue);
        sessions.detach("s", 1, false);
        sessions.dispatch("E", Intents::GUILDS, &json!(3), None, CALM);
        let (link, mut queue) = mpsc::channel(8);
        sessions.resume("s", 2, 2, link).unwrap();
        let replayed: Vec<_> = std::iter::from_fn(|| queue.try_recv().ok()).map(text).collect();
        let names: Vec<_> = replayed
            .iter()
            .map(|event| (event["s"].as_u64().unwrap(), event["t"].as_str().unwrap()))
            .collect();
        assert_eq!(names, [(3, "E"), (4, "E"), (5, "RESUMED")]);
    }

    #[test]
    fn a_resume_from_the_future_or_from_before_the_buffer_is_refused() {
        let mut sessions = Sessions::default();
        let _queue = open(&mut sessions, Intents::GUILDS);
        let (link, _keep) = mpsc::channel(8);
        assert_eq!(sessions.resume("s", 9, 2, link.clone()), Err(Refused::Sequence));
        for n in 0..=limits::RESUME_EVENTS {
            sessions.dispatch("E", Intents::GUILDS, &json!(n), None, CALM);
        }
        assert_eq!(sessions.resume("s", 0, 2, link.clone()), Err(Refused::Unknown));
        assert_eq!(
            sessions.resume("s", 0, 2, link),
            Err(Refused::Unknown),
            "and it is forgotten"
        );
    }

    #[test]
    fn a_client_that_does_not_read_is_cut_off_and_keeps_its_events() {
        let mut sessions = Sessions::default();
        let mut queue = open(&mut sessions, Intents::GUILDS);
        for n in 0..20 {
            sessions.dispatch("E", Intents::GUILDS, &json!(n), None, CALM);
        }
        assert_eq!(sessions.attached(), 0);
        let got = std::iter::from_fn(|| queue.try_recv().ok()).count();
        assert_eq!(got, 8, "the queue's own bound");
        assert!(matches!(
            queue.try_recv(),
            Err(mpsc::error::TryRecvError::Disconnected)
        ));
    }
}
