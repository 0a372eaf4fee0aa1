//! Events from Discord to the installations they are for. Never waits for a worker: queues take or drop.

use std::sync::Arc;

use homemaid_discord::{DiscordEvent, DiscordStatus, Route};
use homemaid_protocol::{Event, EventType, GuildId};
use tokio::sync::{mpsc, watch};

use crate::change::CoreEvent;
use crate::house::House;
use crate::installation::Installation;
use crate::supervisor::plan::{Signal, StopWhy};
use crate::worker::queue::Offer;

/// What a member is told whose interaction no worker takes.
const NOBODY_HOME: &str = "The plugin behind this is not running right now.";

/// Takes events until the host drains or Discord's end is gone.
pub(crate) async fn run(house: Arc<House>, mut events: mpsc::Receiver<DiscordEvent>) {
    loop {
        let event = tokio::select! {
            biased;
            () = house.draining.cancelled() => return,
            event = events.recv() => event,
        };
        match event {
            Some(DiscordEvent::Event { event, route }) => dispatch(&house, &event, &route),
            Some(DiscordEvent::GuildAvailable(guild)) => {
                let id = guild.id;
                let new = house.directory.guild_came(guild);
                if new {
                    guild_came(&house, id).await;
                }
                house.publish_status();
            }
            Some(DiscordEvent::GuildGone(guild)) => {
                house.directory.guild_went(guild);
                guild_went(&house, guild).await;
                house.publish_status();
            }
            None => {
                tracing::error!("the connection to Discord ended for good; no more events will come");
                return;
            }
        }
    }
}

fn dispatch(house: &House, event: &Event, route: &Route) {
    let installations = house.directory.of_guild(event.guild);
    let targets: Vec<_> = installations
        .iter()
        .filter(|installation| is_for(installation, event, route))
        .collect();
    let interaction = event.kind == EventType::InteractionCreate;
    if interaction {
        // Before the first offer: a fast worker could be done before the last one has it.
        house.services.tally.expect(&event.id, targets.len());
    }
    let mut taken = 0;
    for installation in targets {
        match refusal(installation.offer(event.clone()).as_ref()) {
            None => taken += 1,
            Some(why) => house.services.event_refused(&installation.id, event, why),
        }
    }
    if interaction && taken == 0 {
        // The member should not wait for nothing.
        let (discord, id) = (house.services.discord.clone(), event.id.clone());
        house
            .services
            .tasks
            .spawn(async move { discord.tell_user(&id, NOBODY_HOME).await });
    }
}

/// Returns why an offered event will not reach a worker.
fn refusal(offer: Option<&Offer>) -> Option<&'static str> {
    match offer {
        Some(Offer::Queued { .. }) => None,
        Some(Offer::OverRate) => Some("dropped: more than 50 events a second"),
        Some(Offer::Full) => Some("dropped: too many events wait"),
        Some(Offer::Unwanted) => Some("the plugin has no handler for this type"),
        None => Some("the plugin is not running"),
    }
}

/// Whether an event goes to an installation: interactions only where the owner lets it respond (caps §3).
fn is_for(installation: &Installation, event: &Event, route: &Route) -> bool {
    let facts = installation.facts();
    let routed = match route {
        Route::Everyone => true,
        Route::Plugin(plugin) => installation.id.plugin == *plugin,
        Route::Responders => facts.responds(),
    };
    routed && facts.enabled && (event.kind != EventType::InteractionCreate || facts.responds())
}

/// Starts what is enabled there; the gate in the house keeps it from being too much at once.
async fn guild_came(house: &Arc<House>, guild: GuildId) {
    for installation in house.directory.of_guild(guild).iter() {
        house.start_if_wanted(installation).await;
        installation.changed();
    }
    house.syncer.mark(guild);
}

async fn guild_went(house: &House, guild: GuildId) {
    for installation in house.directory.of_guild(guild).iter() {
        installation.signal(Signal::Stop(StopWhy::Leave)).await;
        installation.changed();
    }
}

/// Tells everyone who watches when the connection to Discord changes.
pub(crate) async fn watch_status(house: Arc<House>, mut status: watch::Receiver<DiscordStatus>) {
    let mut connected = false;
    let mut held_back = house.services.discord.held_back();
    loop {
        tokio::select! {
            changed = status.changed() => if changed.is_err() { return },
            Ok(()) = held_back.changed() => {}
        }
        let was = std::mem::replace(&mut connected, status.borrow_and_update().is_connected());
        if connected && !was {
            // A new session: whatever happened to the commands meanwhile is compared, and put right.
            for guild in house.directory.guilds() {
                house.syncer.mark(guild.id);
            }
        }
        house.publish_status();
    }
}

/// Tells everyone who watches how installations look now, each once however often it changed meanwhile.
pub(crate) async fn announce(house: Arc<House>) {
    loop {
        house.looks.notified().await;
        house.tell_needs();
        if !house.services.is_watched() {
            continue;
        }
        for installation in house.directory.all() {
            if installation.take_changed() {
                let view = house.installation_view(&installation);
                house
                    .services
                    .publish(|| CoreEvent::InstallationChanged(Box::new(view)));
            }
        }
    }
}
