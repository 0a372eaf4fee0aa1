//! What the storage costs over plain SQLite, as ratios within one run.
//!
//! ```text
//! cargo bench -p homemaid-storage
//! ```
//!
//! Plain SQLite here is what one would write without this crate: one connection, write-ahead log, `synchronous=FULL`,
//! cached statements, the same table, one transaction a write.

use std::path::Path;
use std::time::{Duration, Instant};

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::Storage;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

const WRITES: u32 = 300;
const CALLERS: u32 = 64;
const READS: u32 = 50_000;

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let plain = plain_sqlite(&dir.path().join("plain.db")).expect("plain SQLite");
    let storage = Storage::open(&dir.path().join("data"), Clock::system()).expect("storage");
    let id: InstallationId = "hello_maid@1".parse().expect("legal");
    let value = json!({"name": "hello", "count": 42, "tags": ["a", "b"]});

    let (our_writes, plain_writes) = in_turn(
        WRITES,
        |n| {
            let kv = storage.kv(&id);
            runtime.block_on(async { kv.put(&format!("k{n}"), &value, 0).await.expect("put") });
        },
        |n| plain_put(&plain, n, &value),
    );
    let shared = runtime.block_on(many_callers(&storage, &id, &value));
    let (our_reads, plain_reads) = in_turn(
        READS,
        |n| {
            let found = storage.kv(&id).get(&format!("k{}", n % WRITES)).expect("get");
            assert!(found.is_some());
        },
        |n| plain_get(&plain, n % WRITES),
    );

    report(
        "one put at a time, median",
        median(&our_writes),
        median(&plain_writes),
    );
    let each = shared / (CALLERS * WRITES);
    report(
        &format!("a put among {CALLERS} callers, share of time"),
        each,
        mean(&plain_writes),
    );
    report(
        "kv.get (read_now), median",
        median(&our_reads),
        median(&plain_reads),
    );
    report(
        "kv.get (read_now), 99th percentile",
        percentile(&our_reads, 99),
        percentile(&plain_reads, 99),
    );
}

async fn many_callers(storage: &Storage, id: &InstallationId, value: &Value) -> Duration {
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (kv, value) = (storage.kv(id), value.clone());
            tokio::spawn(async move {
                for n in 0..WRITES {
                    // Few enough keys for the quota, all of them different within one commit.
                    kv.put(&format!("c{caller}:{}", n % 100), &value, 0)
                        .await
                        .expect("put");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
    start.elapsed()
}

fn plain_sqlite(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.execute_batch(
        "CREATE TABLE kv (id INTEGER PRIMARY KEY, space INTEGER NOT NULL, key TEXT NOT NULL, expires_at INTEGER,
            value TEXT NOT NULL, UNIQUE (space, key)) STRICT",
    )?;
    Ok(conn)
}

fn plain_put(conn: &Connection, n: u32, value: &Value) {
    conn.prepare_cached(
        "INSERT INTO kv (space, key, value) VALUES (1, ?1, ?2)
         ON CONFLICT (space, key) DO UPDATE SET value = excluded.value",
    )
    .and_then(|mut insert| insert.execute(params![format!("k{n}"), value.to_string()]))
    .expect("put");
}

fn plain_get(conn: &Connection, n: u32) {
    let text: String = conn
        .prepare_cached("SELECT value FROM kv WHERE space = 1 AND key = ?1")
        .and_then(|mut query| query.query_row([format!("k{n}")], |row| row.get(0)))
        .expect("get");
    let value: Value = text.parse().expect("JSON");
    assert!(value.is_object());
}

/// Returns how long each call took, sorted. The two take turns, so that whatever else the disk does hits both.
fn in_turn(
    count: u32,
    mut ours: impl FnMut(u32),
    mut plain: impl FnMut(u32),
) -> (Vec<Duration>, Vec<Duration>) {
    let time = |call: &mut dyn FnMut(u32), n| {
        let start = Instant::now();
        call(n);
        start.elapsed()
    };
    let mut times: (Vec<_>, Vec<_>) = (0..count)
        .map(|n| (time(&mut ours, n), time(&mut plain, n)))
        .unzip();
    times.0.sort_unstable();
    times.1.sort_unstable();
    times
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn median(sorted: &[Duration]) -> Duration {
    percentile(sorted, 50)
}

fn mean(times: &[Duration]) -> Duration {
    times.iter().sum::<Duration>() / u32::try_from(times.len()).expect("few")
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn report(what: &str, ours: Duration, plain: Duration) {
    let ratio = ours.as_secs_f64() / plain.as_secs_f64();
    println!("{what:<44} {ours:>10.1?}   plain SQLite {plain:>10.1?}   ratio {ratio:.2}");
}
