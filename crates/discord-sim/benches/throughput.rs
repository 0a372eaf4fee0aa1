//! How much the simulator carries: requests a second, and events a second to one client and to fifty.
//!
//! `cargo bench -p discord-sim`; the numbers stand in `tests/BENCHMARKS.md`.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use discord_sim::{Control, SimConfig, Simulator, Snowflake};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Events of one round: fewer than a socket's queue holds.
const EVENTS: u64 = 200;
/// Requests on their way at once, as a busy bot has them.
const AT_ONCE: usize = 8;

fn channel(control: &Control) -> Snowflake {
    let guild = control.first_guild().expect("the default seed has a guild");
    control.channel_named(guild, "general").expect("it has a channel")
}

async fn start() -> Simulator {
    let config = SimConfig {
        identify_limit: false,
        ..SimConfig::default()
    };
    Simulator::start(config).await.expect("a free port")
}

/// Connects a client that hears of messages, and waits until it is ready.
async fn client(sim: &Simulator) -> Socket {
    let url = format!("{}?v=10&encoding=json", sim.gateway_url());
    let (mut socket, _) = connect_async(url).await.expect("the gateway listens");
    let data = json!({"token": sim.bot_token(), "intents": 1 | (1 << 9) | (1 << 15), "properties": {}});
    let identify = json!({"op": 2, "d": data}).to_string();
    socket
        .send(Message::text(identify))
        .await
        .expect("the socket is open");
    hear(&mut socket, "GUILD_CREATE", 1).await;
    socket
}

/// Reads until an event came `count` times.
async fn hear(socket: &mut Socket, event: &str, count: u64) {
    let mark = format!("\"t\":\"{event}\"");
    let mut left = count;
    while left > 0 {
        let message = socket
            .next()
            .await
            .expect("the socket stays open")
            .expect("it works");
        if message.to_text().is_ok_and(|text| text.contains(&mark)) {
            left -= 1;
        }
    }
}

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let sim = runtime.block_on(start());
    let url = format!(
        "{}api/v10/channels/{}/messages",
        sim.rest_base(),
        channel(&sim.control())
    );
    let client = reqwest::Client::new();
    let send = || async {
        let body = json!({"content": "hello"});
        let authorization = format!("Bot {}", sim.bot_token());
        let request = client
            .post(&url)
            .header("authorization", authorization)
            .json(&body);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a body");
    };
    let mut group = criterion.benchmark_group("rest");
    group.throughput(Throughput::Elements(1));
    group.bench_function("send a message, one after the other", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..rounds {
                    send().await;
                }
                start.elapsed()
            })
        });
    });
    group.bench_function("send a message, eight at once", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.block_on(async {
                let start = Instant::now();
                futures_util::stream::iter(0..rounds)
                    .for_each_concurrent(AT_ONCE, |_| send())
                    .await;
                start.elapsed()
            })
        });
    });
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("gateway");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for clients in [1u64, 50] {
        let sim = runtime.block_on(start());
        let (control, general) = (sim.control(), channel(&sim.control()));
        let mut sockets = Vec::new();
        for _ in 0..clients {
            sockets.push(runtime.block_on(client(&sim)));
        }
        group.throughput(Throughput::Elements(EVENTS * clients));
        group.bench_function(format!("message events to {clients} clients"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    for _ in 0..EVENTS {
                        control
                            .post_message(general, "alice", "hello", None)
                            .expect("she may");
                    }
                    let heard = sockets
                        .iter_mut()
                        .map(|socket| hear(socket, "MESSAGE_CREATE", EVENTS));
                    futures_util::future::join_all(heard).await;
                });
            });
        });
        drop(sockets);
        runtime.block_on(sim.shutdown());
    }
    group.finish();
}

criterion_group!(benches, requests, events);
criterion_main!(benches);
