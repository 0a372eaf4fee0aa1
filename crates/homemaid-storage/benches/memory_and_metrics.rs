//! What an ephemeral counter costs against `INCR` of a Redis beside us, and what a query of metrics costs when a plugin
//! has recorded as much as it may for 90 days.
//!
//! The Redis is Debian's, started here on a Unix socket of its own, without persistence. Both sides are timed in the same
//! run; the last lines print the ratio.

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use homemaid_protocol::Clock;
use homemaid_storage::{
    Ephemeral, EphemeralKey, EphemeralSeconds, MetricAggregate, MetricName, MetricPeriod, MetricQuery,
    Storage,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

const SERIES: usize = 1_000;
const DAYS: u64 = 90;
/// How long Redis may take to answer its first ping.
const PATIENCE: Duration = Duration::from_secs(10);
const CALLS: u32 = 20_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    counter(&mut criterion);
    metrics(&mut criterion);
    criterion.final_summary();
}

fn counter(criterion: &mut Criterion) {
    let state = Ephemeral::new(Clock::system());
    let (key, window) = (
        EphemeralKey::parse("commands:42").expect("legal"),
        EphemeralSeconds::clamped(60),
    );
    let mut redis = Redis::start();
    criterion.bench_function("ephemeral.counter", |bencher| {
        bencher.iter(|| black_box(state.counter(&key, window)));
    });
    criterion.bench_function("redis INCR over a Unix socket", |bencher| {
        bencher.iter(|| black_box(redis.increment()));
    });
    // The two take turns for the ratio, so that whatever else the machine does hits both.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let start = Instant::now();
        black_box(state.counter(&key, window));
        ours.push(start.elapsed());
        let start = Instant::now();
        black_box(redis.increment());
        theirs.push(start.elapsed());
    }
    report("ephemeral counter", median(ours), "redis INCR", median(theirs));
}

/// A Redis of our own and one connection to it.
struct Redis {
    process: Child,
    socket: UnixStream,
    _dir: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("redis.sock");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&path)
            .arg("--dir")
            .arg(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed (installer/packages/bench)");
        let socket = connect(&path);
        let mut redis = Self {
            process,
            socket,
            _dir: dir,
        };
        assert_eq!(redis.increment(), 1, "it answers");
        redis
    }

    fn increment(&mut self) -> u64 {
        self.socket
            .write_all(b"*2\r\n$4\r\nINCR\r\n$11\r\ncommands:42\r\n")
            .expect("redis takes it");
        let mut answer = [0; 64];
        let length = self.socket.read(&mut answer).expect("redis answers");
        let text = std::str::from_utf8(&answer[..length]).expect("ASCII");
        text.trim_start_matches(':').trim_end().parse().expect("a number")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn connect(path: &Path) -> UnixStream {
    let end = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(path) {
            Ok(socket) => return socket,
            Err(error) => assert!(Instant::now() < end, "redis-server does not listen: {error}"),
        }
        std::thread::yield_now();
    }
}

fn metrics(criterion: &mut Criterion) {
    let temp = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let start: Timestamp = "2026-01-01T12:00:00Z".parse().expect("a time");
    let (clock, hand) = Clock::manual(start);
    let storage = Storage::open(temp.path(), clock).expect("opens");
    let store = storage.metrics(&"hello_maid@1".parse().expect("legal"));
    for day in 0..DAYS {
        for i in 0..SERIES {
            let tags = tags(i);
            store
                .record(metric(i), 1.5, &tags)
                .unwrap_or_else(|error| panic!("day {day}: {error}"));
        }
        runtime.block_on(storage.flush()).expect("written");
        hand.advance(Duration::from_secs(86_400));
    }
    let bytes = std::fs::metadata(temp.path().join("metrics.db")).map_or(0, |file| file.len());
    print(&format!(
        "metrics.db with {DAYS} days of {SERIES} series: {bytes} bytes"
    ));
    for (what, name, group_by) in [
        ("90d of a metric with 10 series", "m7", None),
        (
            "90d of a metric with all other series, by a tag",
            "all",
            Some("command"),
        ),
    ] {
        let query = MetricQuery {
            metric: MetricName::parse(name).expect("legal"),
            period: MetricPeriod::Quarter,
            aggregate: MetricAggregate::Sum,
            group_by: group_by.map(str::to_owned),
        };
        criterion.bench_function(what, |bencher| {
            bencher.iter(|| {
                let answer = runtime.block_on(store.query(query.clone()));
                assert!(answer.expect("an answer").total > 0.0);
            });
        });
    }
    criterion.bench_function("metrics.record", |bencher| {
        let tags = tags(7);
        bencher.iter(|| store.record("m7", 1.0, &tags).expect("taken"));
    });
}

/// Ten metrics with ten series each, and one with the 900 others.
fn metric(series: usize) -> &'static str {
    const NAMES: [&str; 10] = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"];
    if series < 100 { NAMES[series % 10] } else { "all" }
}

fn tags(series: usize) -> Map<String, Value> {
    let command = json!(format!("command_{}", series % 40));
    Map::from_iter([
        ("command".to_owned(), command),
        ("channel".to_owned(), json!(series.to_string())),
    ])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn report(what: &str, ours: Duration, peer: &str, theirs: Duration) {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    print(&format!(
        "{what:<24} {ours:>10.1?}   {peer} {theirs:>10.1?}   ratio {ratio:.3}"
    ));
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn print(line: &str) {
    println!("{line}");
}
