//! Interactions between their arrival and their end: whose they are, where they stand, and their tokens, which
//! never leave this module's requests.
//!
//! [`state`] decides what may be done, [`origin`] remembers who made what a user clicks on, [`answer`] talks to
//! Discord. Every interaction has one turn: answers to it are sent one after the other, so that an automatic defer
//! and a plugin's answer never race.

mod answer;
mod origin;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use homemaid_protocol::{Clock, InstallationId, PluginId, RpcError};
use jiff::Timestamp;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Bounded;
use serde_json::Value;
use tokio::time::Instant;

use crate::event::Route;
use crate::json;

pub(crate) use answer::{Answer, Desk};
pub(crate) use origin::Origins;
pub(crate) use state::{Ask, Kind, State};

/// How long Discord takes answers (wire §6.10).
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);
/// When we defer by ourselves, counted from the arrival (wire §6.10); Discord gives up after three seconds.
pub(crate) const AUTO_DEFER: Duration = Duration::from_millis(2_200);
/// Interactions remembered at a time.
const LIVE: u64 = 20_000;

/// An interaction's token: whoever has it can answer as the bot.
#[derive(Clone)]
pub(crate) struct InteractionToken(Arc<str>);

impl fmt::Debug for InteractionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InteractionToken(hidden)")
    }
}

/// One interaction that can still be answered.
#[derive(Debug)]
pub(crate) struct Interaction {
    pub(crate) id: u64,
    pub(crate) guild: u64,
    pub(crate) channel: Option<u64>,
    pub(crate) user: Option<u64>,
    pub(crate) kind: Kind,
    /// The message that carries the component.
    pub(crate) message: Option<u64>,
    application: u64,
    token: InteractionToken,
    born: Timestamp,
    /// On the given clock's own scale.
    received: Instant,
    route: Route,
    /// The plugin that answered an interaction of unknown origin first.
    claimed: Mutex<Option<PluginId>>,
    /// Where it stands; held while an answer is on its way, so answers take turns.
    turn: tokio::sync::Mutex<Turn>,
}

#[derive(Debug)]
struct Turn {
    state: State,
    /// The handlers are done; from then on a defer without an answer ends in a notice.
    finished: bool,
}

/// Every interaction that can still be answered.
pub(crate) struct Interactions {
    by_id: Bounded<u64, Arc<Interaction>>,
    by_event: Bounded<String, Arc<Interaction>>,
    clock: Clock,
}

impl Interactions {
    /// Returns an empty register; `clock` tells when tokens end.
    pub(crate) fn new(clock: Clock) -> Self {
        // Twice the token's life by the machine's clock: the lab's clock may run slower.
        let life = TOKEN_LIFE * 2;
        let lru = EvictionPolicy::lru;
        Self {
            by_id: Bounded::builder()
                .max_capacity(LIVE)
                .time_to_live(life)
                .eviction_policy(lru())
                .build(),
            by_event: Bounded::builder()
                .max_capacity(LIVE)
                .time_to_live(life)
                .eviction_policy(lru())
                .build(),
            clock,
        }
    }

    /// Takes an interaction in; `None` when it is none that plugins answer.
    pub(crate) fn register(
        &self,
        data: &Value,
        event: &str,
        route: Route,
        received: Instant,
    ) -> Option<Arc<Interaction>> {
        let kind = match data["type"].as_u64()? {
            2 => Kind::Command,
            3 => Kind::Component,
            5 => Kind::Modal,
            _ => return None,
        };
        let interaction = Arc::new(Interaction {
            id: json::id(data, "id")?,
            guild: json::id(data, "guild_id")?,
            channel: json::id(data, "channel_id"),
            user: json::id(&data["member"]["user"], "id"),
            kind,
            message: json::id(&data["message"], "id"),
            application: json::id(data, "application_id")?,
            token: InteractionToken(json::text(data, "token")?.into()),
            born: self.clock.now(),
            received,
            route,
            claimed: Mutex::default(),
            turn: tokio::sync::Mutex::new(Turn {
                state: State::New,
                finished: false,
            }),
        });
        self.by_id.insert(interaction.id, Arc::clone(&interaction));
        self.by_event.insert(event.to_owned(), Arc::clone(&interaction));
        Some(interaction)
    }

    /// Returns the interaction of an event.
    pub(crate) fn of_event(&self, event: &str) -> Option<Arc<Interaction>> {
        self.by_event.get(event)
    }

    /// Returns the interaction a call means (wire §6.10): the one of its event, else the one it names.
    pub(crate) fn find(
        &self,
        installation: &InstallationId,
        event: Option<&str>,
        named: Option<u64>,
    ) -> Result<Arc<Interaction>, RpcError> {
        let no = |rule| RpcError::validation("_interaction_id", rule);
        let of_event = event.and_then(|event| self.of_event(event));
        let found = of_event.or_else(|| self.by_id.get(&named?));
        let found = found.ok_or_else(|| no("an interaction this plugin received in the last 15 minutes"))?;
        if found.guild != installation.guild.get() || !found.is_for(&installation.plugin) {
            // The same words: a plugin does not learn of other plugins' interactions.
            return Err(no("an interaction this plugin received in the last 15 minutes"));
        }
        if self.is_expired(&found) {
            return Err(no("an interaction of the last 15 minutes: this one has expired"));
        }
        Ok(found)
    }

    /// Returns whether Discord no longer takes answers.
    pub(crate) fn is_expired(&self, interaction: &Interaction) -> bool {
        let age = self.clock.now().duration_since(interaction.born);
        age >= jiff::SignedDuration::from_secs(TOKEN_LIFE.as_secs().cast_signed())
    }
}

impl Interaction {
    /// Returns when it is deferred automatically.
    pub(crate) fn auto_defer_at(&self) -> Instant {
        self.received + AUTO_DEFER
    }

    /// Returns whether this plugin may answer.
    fn is_for(&self, plugin: &PluginId) -> bool {
        match &self.route {
            Route::Plugin(owner) => owner == plugin,
            Route::Responders | Route::Everyone => self.claim().as_ref().is_none_or(|first| first == plugin),
        }
    }

    /// Makes the plugin the one that answers; false when another was first.
    fn try_claim(&self, plugin: &PluginId) -> bool {
        self.is_for(plugin) && self.claim().get_or_insert_with(|| plugin.clone()) == plugin
    }

    fn claim(&self) -> std::sync::MutexGuard<'_, Option<PluginId>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn arrive(register: &Interactions, id: u64, event: &str, route: Route) -> Arc<Interaction> {
        let data = json!({"id": id.to_string(), "type": 2, "guild_id": "1", "channel_id": "2", "token": "secret",
            "application_id": "8", "member": {"user": {"id": "7"}}});
        register.register(&data, event, route, Instant::now()).unwrap()
    }

    fn installation(text: &str) -> InstallationId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn the_event_decides_before_the_named_id() {
        let register = Interactions::new(Clock::system());
        let maid = Route::Plugin("maid".parse().unwrap());
        arrive(&register, 10, "e10", maid.clone());
        arrive(&register, 11, "e11", maid);
        let me = installation("maid@1");
        assert_eq!(register.find(&me, Some("e10"), Some(11)).unwrap().id, 10);
        assert_eq!(register.find(&me, Some("a cron event"), Some(11)).unwrap().id, 11);
        assert_eq!(register.find(&me, None, Some(11)).unwrap().id, 11);
        assert!(register.find(&me, None, None).is_err());
        assert!(register.find(&me, None, Some(12)).is_err());
    }

    #[tokio::test]
    async fn nobody_answers_anothers_interaction() {
        let register = Interactions::new(Clock::system());
        arrive(&register, 10, "e10", Route::Plugin("maid".parse().unwrap()));
        for other in ["butler@1", "maid@2"] {
            assert!(
                register.find(&installation(other), Some("e10"), None).is_err(),
                "{other}"
            );
        }
    }

    #[tokio::test]
    async fn of_unknown_origin_the_first_to_answer_wins() {
        let register = Interactions::new(Clock::system());
        let interaction = arrive(&register, 10, "e10", Route::Responders);
        let (maid, butler) = (installation("maid@1"), installation("butler@1"));
        assert!(register.find(&butler, Some("e10"), None).is_ok());
        assert!(interaction.try_claim(&maid.plugin));
        assert!(interaction.try_claim(&maid.plugin), "the same plugin again");
        assert!(!interaction.try_claim(&butler.plugin));
        assert!(register.find(&butler, Some("e10"), None).is_err());
    }

    #[tokio::test]
    async fn tokens_live_fifteen_minutes_by_the_given_clock() {
        let now = Arc::new(AtomicI64::new(1_000));
        let clock = Arc::clone(&now);
        let register = Interactions::new(Clock::from_fn(move || {
            Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap()
        }));
        arrive(&register, 10, "e10", Route::Plugin("maid".parse().unwrap()));
        now.store(1_000 + 899, Ordering::Relaxed);
        assert!(register.find(&installation("maid@1"), Some("e10"), None).is_ok());
        now.store(1_000 + 900, Ordering::Relaxed);
        let error = register
            .find(&installation("maid@1"), Some("e10"), None)
            .unwrap_err();
        assert!(error.message().contains("expired"), "{error}");
    }

    #[tokio::test]
    async fn debug_hides_the_token() {
        let register = Interactions::new(Clock::system());
        let interaction = arrive(&register, 10, "e10", Route::Responders);
        assert!(!format!("{interaction:?}").contains("secret"));
    }
}
