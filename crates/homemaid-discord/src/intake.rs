//! From the gateway's queue to the host's: each dispatch becomes events and news, in order.

use std::sync::Arc;

use homemaid_protocol::{Event, EventType, GuildId};
use serde_json::{Value, json};
use serenity::http::Route as Endpoint;
use tokio::sync::mpsc;
use ulid::Ulid;

use crate::discord::House;
use crate::event::{DiscordEvent, Route};
use crate::events::{self, GuildNews};
use crate::gateway::Dispatch;
use crate::json;
use crate::rest::Request;
use crate::seen::Seen;

/// Interaction: an autocomplete query.
const AUTOCOMPLETE: u64 = 4;
/// Callback: autocomplete choices.
const CHOICES: u8 = 8;

/// Translates dispatches.
pub(crate) struct Intake {
    house: Arc<House>,
    out: mpsc::Sender<DiscordEvent>,
    seen: Seen,
}

impl Intake {
    /// Returns a translator that writes to `out`.
    pub(crate) fn new(house: Arc<House>, out: mpsc::Sender<DiscordEvent>) -> Self {
        Self {
            house,
            out,
            seen: Seen::default(),
        }
    }

    /// Translates until either end closes.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Dispatch>) {
        while let Some(dispatch) = queue.recv().await {
            for event in self.on(&dispatch) {
                if self.out.send(event).await.is_err() {
                    return;
                }
            }
        }
    }

    fn on(&mut self, dispatch: &Dispatch) -> Vec<DiscordEvent> {
        let Dispatch { name, data, .. } = dispatch;
        if !self.seen.is_new(name, data) {
            tracing::debug!(event = %name, "dropped an event that was delivered before");
            return Vec::new();
        }
        let cache = &self.house.cache;
        if name == "READY" {
            self.house.commands.remember_bot(self.house.bot());
        }
        events::count_members(name, data, cache);
        let mut out = Vec::new();
        if name == "INTERACTION_CREATE" {
            out.extend(self.interaction(dispatch));
        } else if let Some(guild) = json::id(data, "guild_id") {
            for (kind, payload) in events::translate(name, data, cache) {
                out.extend(event(
                    kind,
                    guild,
                    &payload,
                    &Ulid::new().to_string(),
                    Route::Everyone,
                ));
            }
        }
        // News comes first: an event of a guild nobody has heard of would be dropped.
        let news = events::apply(name, data, cache)
            .into_iter()
            .map(|news| match news {
                GuildNews::Available(summary) => DiscordEvent::GuildAvailable(summary),
                GuildNews::Gone(guild) => {
                    self.house.commands.forget(guild);
                    DiscordEvent::GuildGone(guild)
                }
            });
        news.chain(out).collect()
    }

    fn interaction(&self, dispatch: &Dispatch) -> Option<DiscordEvent> {
        let data = &dispatch.data;
        let guild = json::id(data, "guild_id")?;
        let details = &data["data"];
        let (route, command) = match data["type"].as_u64()? {
            2 => self.house.commands.route(guild, details),
            3 => (self.house.origins.of_component(data), String::new()),
            5 => (self.house.origins.of_modal(data, guild), String::new()),
            AUTOCOMPLETE => {
                self.answer_autocomplete(data);
                return None;
            }
            _ => return None,
        };
        let payload = events::interaction_payload(data, guild, &command)?;
        let id = Ulid::new().to_string();
        // What it waited in our queue counts, on the clock on which Discord counts.
        let now = self.house.clock.instant();
        let received = now.checked_sub(dispatch.received.elapsed()).unwrap_or(now);
        let interaction = self
            .house
            .interactions
            .register(data, &id, route.clone(), received)?;
        let house = Arc::clone(&self.house);
        self.house.spawn(async move {
            house.clock.sleep_until_instant(interaction.auto_defer_at()).await;
            house.desk().auto_defer(&interaction).await;
        });
        event(EventType::InteractionCreate, guild, &payload, &id, route)
    }

    /// Plugins have no autocomplete; an empty list is better than an error in the user's face (events §5).
    fn answer_autocomplete(&self, data: &Value) {
        let (Some(id), Some(token)) = (json::id(data, "id"), json::text(data, "token").map(str::to_owned))
        else {
            return;
        };
        let house = Arc::clone(&self.house);
        self.house.spawn(async move {
            let route = Endpoint::InteractionResponse {
                interaction_id: id.into(),
                token: &token,
            };
            let body = json!({"type": CHOICES, "data": {"choices": []}});
            if let Err(error) = house.rest.send(Request::post(route, body).urgent()).await {
                tracing::debug!(%error, "could not answer an autocomplete query");
            }
        });
    }
}

fn event(kind: EventType, guild: u64, payload: &Value, id: &str, route: Route) -> Option<DiscordEvent> {
    match Event::new(id, kind, GuildId::new(guild), payload) {
        Ok(event) => Some(DiscordEvent::Event { event, route }),
        Err(error) => {
            tracing::warn!(%error, kind = kind.name(), "an event cannot be delivered");
            None
        }
    }
}
