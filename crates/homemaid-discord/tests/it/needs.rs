//! Discord is asked for the events somebody takes, and for more when the need grows.

use std::collections::BTreeSet;

use discord_sim::{SimConfig, Simulator};
use homemaid_discord::{Discord, DiscordConfig, DiscordEvent, DiscordStatus};
use homemaid_protocol::{Clock, EventType};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::scene::{PATIENCE, status_is};

const CONTENT: u64 = 1 << 15;
const MEMBERS: u64 = 1 << 1;
const REACTIONS: u64 = 1 << 10;

#[expect(clippy::unnecessary_wraps, reason = "what is asked for")]
fn needs(kinds: &[EventType]) -> Option<BTreeSet<EventType>> {
    Some(kinds.iter().copied().collect())
}

/// The intents of every session so far.
fn sessions(sim: &Simulator) -> Vec<u64> {
    let timeline = sim.control().timeline(0, usize::MAX);
    timeline
        .iter()
        .filter(|entry| entry.kind == "gateway" && entry.data.get("action") == Some(&Value::from("ready")))
        .filter_map(|entry| entry.data["intents"].as_u64())
        .collect()
}

/// Waits for the second session; Discord takes one in five seconds.
async fn two_sessions(sim: &Simulator) -> Vec<u64> {
    let mut follow = sim.control().follow(0);
    let grown = async {
        while sessions(sim).len() < 2 {
            follow.next().await;
        }
    };
    let grown = tokio::time::timeout(PATIENCE, grown).await;
    assert!(
        grown.is_ok(),
        "no new session: {:#?}",
        sim.control().timeline(0, usize::MAX)
    );
    sessions(sim)
}

async fn open(
    off: discord_sim::PrivilegedIntents,
    kinds: &[EventType],
) -> (Simulator, Discord, mpsc::Receiver<DiscordEvent>) {
    let config = SimConfig {
        identify_limit: false,
        ..SimConfig::default()
    };
    let sim = Simulator::start(config).await.unwrap();
    sim.control().set_privileged_intents(off);
    let config = DiscordConfig {
        needs: needs(kinds),
        ..DiscordConfig::lab(sim.bot_token().parse().unwrap(), sim.rest_base())
    };
    let (discord, events) = Discord::connect(config, Clock::system()).unwrap();
    status_is(&discord, DiscordStatus::is_connected).await;
    (sim, discord, events)
}

fn notices(status: DiscordStatus) -> Vec<String> {
    match status {
        DiscordStatus::Connected { notices, .. } => notices,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_growing_need_begins_one_new_session_and_a_shrinking_one_none() {
    let (sim, discord, _events) = open(
        discord_sim::PrivilegedIntents::default(),
        &[EventType::ReactionAdd],
    )
    .await;
    assert_eq!(
        sessions(&sim),
        [1 | REACTIONS],
        "no message, no member is told of when nobody listens"
    );
    discord.need(needs(&[]));
    discord.need(needs(&[EventType::ReactionAdd, EventType::ChannelCreate]));
    discord.need(needs(&[EventType::MemberJoin]));
    assert_eq!(two_sessions(&sim).await, [1 | REACTIONS, 1 | MEMBERS]);
    status_is(&discord, DiscordStatus::is_connected).await;
}

#[tokio::test]
async fn what_nobody_needs_is_not_missed_and_what_is_needed_is_told() {
    let off = discord_sim::PrivilegedIntents {
        message_content: false,
        ..Default::default()
    };
    let (sim, discord, _events) = open(off, &[EventType::ChannelCreate]).await;
    let status = discord.status().borrow().clone();
    assert_eq!(notices(status), Vec::<String>::new());
    discord.need(None);
    let told = status_is(
        &discord,
        |status| matches!(status, DiscordStatus::Connected { notices, .. } if !notices.is_empty()),
    );
    let told = notices(told.await);
    assert!(
        told[0].contains("Message Content Intent") && told[0].contains("developer portal"),
        "{told:?}"
    );
    let asked = two_sessions(&sim).await;
    assert!(
        asked.iter().all(|intents| intents & CONTENT == 0),
        "no session was begun in vain: {asked:?}"
    );
}
