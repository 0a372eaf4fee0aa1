//! How much passes through this crate: messages from the gateway's socket to protocol events, and requests to a
//! simulated Discord. `cargo bench -p homemaid-discord`; the numbers are in tests/BENCHMARKS.md.
#![expect(clippy::unwrap_used, reason = "a step that fails is a benchmark that fails")]

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use discord_sim::{Permissions, SimConfig, Simulator};
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt, StreamExt};
use homemaid_discord::{Discord, DiscordCall, DiscordConfig, DiscordEvent};
use homemaid_protocol::{Clock, InstallationId};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// Guilds the requests are spread over, so that Discord's limits for one guild are never what is measured.
const GUILDS: usize = 150;
/// Messages between two looks at the clock.
const BATCH: u64 = 2_000;

/// A gateway that says what it is told to say, as fast as it is read.
struct Gateway {
    discord: Discord,
    events: mpsc::Receiver<DiscordEvent>,
    say: mpsc::UnboundedSender<Vec<Message>>,
    sent: u64,
}

impl Gateway {
    async fn open() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answer =
            json!({"url": format!("ws://{}", socket.local_addr().unwrap()), "shards": 1}).to_string();
        let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", rest.local_addr().unwrap());
        let app = Router::new().route("/api/v10/gateway/bot", get(move || async move { answer }));
        tokio::spawn(async move { axum::serve(rest, app).await });
        let (say, mut told) = mpsc::unbounded_channel::<Vec<Message>>();
        tokio::spawn(async move {
            let (stream, _) = socket.accept().await.unwrap();
            let mut gateway = tokio_tungstenite::accept_async(stream).await.unwrap();
            let hello = json!({"op": 10, "d": {"heartbeat_interval": 300_000}});
            gateway.send(Message::text(hello.to_string())).await.unwrap();
            // The identify message.
            gateway.next().await.unwrap().unwrap();
            while let Some(messages) = told.recv().await {
                for message in messages {
                    gateway.feed(message).await.unwrap();
                }
                gateway.flush().await.unwrap();
            }
        });
        let config = DiscordConfig::lab("t.t.t".parse().unwrap(), base.parse().unwrap());
        let (discord, events) = Discord::connect(config, Clock::system()).unwrap();
        let mut gateway = Self {
            discord,
            events,
            say,
            sent: 0,
        };
        let ready = json!({"session_id": "s", "resume_gateway_url": "ws://127.0.0.1:1", "user": {"id": "9", "username": "maid"},
            "application": {"id": "8"}, "guilds": [{"id": "1", "unavailable": true}]});
        let guild = json!({"id": "1", "name": "G", "owner_id": "7", "member_count": 3,
            "channels": [{"id": "42", "name": "general", "type": 0}], "roles": [{"id": "1", "permissions": "0"}]});
        let opening = vec![
            gateway.dispatch("READY", &ready),
            gateway.dispatch("GUILD_CREATE", &guild),
        ];
        gateway.say.send(opening).unwrap();
        gateway.events.recv().await.unwrap();
        gateway
    }

    fn dispatch(&mut self, name: &str, data: &Value) -> Message {
        self.sent += 1;
        Message::text(json!({"op": 0, "t": name, "s": self.sent, "d": data}).to_string())
    }

    fn messages(&mut self, count: u64) -> Vec<Message> {
        (0..count)
            .map(|_| {
                let id = (self.sent + 1_000_000).to_string();
                let data = json!({"id": id, "channel_id": "42", "guild_id": "1", "type": 0,
                    "content": "A sentence as people write them in a chat, now and then with a word more.",
                    "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": null, "tts": false,
                    "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
                    "pinned": false, "flags": 0, "components": [], "nonce": "1",
                    "author": {"id": "7", "username": "alice", "global_name": "Alice", "avatar": null,
                        "discriminator": "0", "public_flags": 0},
                    "member": {"roles": ["55", "56"], "nick": null, "joined_at": "2025-01-01T00:00:00+00:00",
                        "deaf": false, "mute": false, "flags": 0}});
                self.dispatch("MESSAGE_CREATE", &data)
            })
            .collect()
    }
}

fn gateway(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut gateway = runtime.block_on(Gateway::open());
    let mut group = criterion.benchmark_group("gateway");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    group.bench_function("message to protocol event", |bencher| {
        bencher.iter_custom(|wanted| {
            let mut took = Duration::ZERO;
            let mut left = wanted;
            while left > 0 {
                let batch = left.min(BATCH);
                let messages = gateway.messages(batch);
                let start = Instant::now();
                gateway.say.send(messages).unwrap();
                runtime.block_on(async {
                    for _ in 0..batch {
                        let event = gateway.events.recv().await.unwrap();
                        assert!(matches!(event, DiscordEvent::Event { .. }), "{event:?}");
                    }
                });
                took += start.elapsed();
                left -= batch;
            }
            took
        });
    });
    group.finish();
    runtime.block_on(gateway.discord.shutdown());
}

async fn lab() -> (
    Simulator,
    Discord,
    mpsc::Receiver<DiscordEvent>,
    Vec<InstallationId>,
) {
    let sim = Simulator::start(SimConfig::default()).await.unwrap();
    let control = sim.control();
    let guilds = (0..GUILDS).map(|n| {
        let guild = control.create_guild(&format!("Guild {n}"), "alice", Some(Permissions::ADMINISTRATOR));
        format!("maid@{}", guild.unwrap()).parse().unwrap()
    });
    let guilds: Vec<InstallationId> = guilds.collect();
    let config = DiscordConfig {
        requests_per_second: u32::MAX,
        ..DiscordConfig::lab(sim.bot_token().parse().unwrap(), sim.rest_base())
    };
    let (discord, mut events) = Discord::connect(config, Clock::system()).unwrap();
    for _ in 0..=GUILDS {
        events.recv().await.unwrap();
    }
    (sim, discord, events, guilds)
}

async fn ask(discord: &Discord, installation: &InstallationId) {
    let params = Map::new();
    let call = DiscordCall {
        installation,
        method: "discord.get_guild",
        params: &params,
        event_id: None,
    };
    assert_eq!(discord.call(call).await.result.err(), None);
}

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (_sim, discord, _events, guilds) = runtime.block_on(lab());
    let mut group = criterion.benchmark_group("requests");
    group.sample_size(10);
    for at_once in [1, 16] {
        let mut next = guilds.iter().cycle();
        group.throughput(Throughput::Elements(at_once));
        group.bench_function(format!("{at_once} at a time"), |bencher| {
            bencher.iter_batched(
                || (0..at_once).map(|_| next.next().unwrap()).collect::<Vec<_>>(),
                |guilds| {
                    let asks: FuturesUnordered<_> =
                        guilds.into_iter().map(|guild| ask(&discord, guild)).collect();
                    runtime.block_on(asks.collect::<Vec<()>>())
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
    runtime.block_on(discord.shutdown());
}

criterion_group!(benches, gateway, requests);
criterion_main!(benches);
