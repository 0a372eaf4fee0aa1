//! What plugin SQL costs over SQLite alone: the same work on the same schema, in turns within one run.
//!
//! ```text
//! cargo bench -p homemaid-sql
//! ```
//!
//! The peer is what one would write by hand against rusqlite: write-ahead log, `synchronous=FULL`, cached prepared
//! statements, rows as JSON objects. Criterion prints the times of both sides; the ratios at the end are of medians
//! that took turns, so that a busy moment slows both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use homemaid_sql::{Database, Options};
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

const NOW: i64 = 1_767_225_600_000_000;
const ROWS: i64 = 1_000;
const TURNS: usize = 400;

const ONE: &str = "SELECT user_id, points, active FROM scores WHERE user_id = $1";
const TOP: &str = "SELECT user_id, points, active FROM scores ORDER BY points DESC LIMIT 10";
const UPSERT: &str = "INSERT INTO scores (user_id, points) VALUES ($1, $2) ON CONFLICT (user_id) \
                      DO UPDATE SET points = scores.points + EXCLUDED.points RETURNING points";

struct Ours(Database);
struct Bare(Connection);

fn user(n: i64) -> String {
    format!("{}", 100_000_000_000_000_000 + n % ROWS)
}

impl Ours {
    fn new(path: &std::path::Path) -> Self {
        let mut db = Database::open(path, "plugin_bench_1", Options::default()).expect("a new file");
        db.execute(
            "CREATE TABLE scores (user_id TEXT PRIMARY KEY, points BIGINT NOT NULL, active BOOLEAN DEFAULT TRUE);
             CREATE INDEX ON scores (points);
             INSERT INTO scores (user_id, points) SELECT (100000000000000000 + g)::text, g FROM generate_series(0, 999) g",
            &[],
            NOW,
        )
        .expect("the schema");
        Self(db)
    }

    fn rows(&mut self, sql: &str, params: &[Value]) -> usize {
        let found = self.0.query(sql, params, 1_000, NOW).expect("an answer");
        black_box(found).rows.len()
    }
}

impl Bare {
    fn new(path: &std::path::Path) -> Self {
        let conn = Connection::open(path).expect("a new file");
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE scores (user_id TEXT PRIMARY KEY, points INTEGER NOT NULL, active INTEGER DEFAULT 1) STRICT;
             CREATE INDEX scores_points ON scores (points);
             WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < 999)
             INSERT INTO scores (user_id, points) SELECT CAST(100000000000000000 + n AS TEXT), n FROM g;",
        )
        .expect("the schema");
        Self(conn)
    }

    fn rows(&mut self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> usize {
        let mut statement = self.0.prepare_cached(sql).expect("prepared");
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query(params).expect("an answer");
        let mut found = Vec::new();
        while let Some(row) = rows.next().expect("a row") {
            let mut object = Map::new();
            for (at, name) in names.iter().enumerate() {
                let value = match row.get_ref(at).expect("a column") {
                    rusqlite::types::ValueRef::Null => Value::Null,
                    rusqlite::types::ValueRef::Integer(n) if name == "active" => Value::from(n != 0),
                    rusqlite::types::ValueRef::Integer(n) => Value::from(n),
                    other => Value::from(other.as_str().expect("a text")),
                };
                object.insert(name.clone(), value);
            }
            found.push(object);
        }
        black_box(found).len()
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut ours = Ours::new(&folder.path().join("ours.db"));
    let mut bare = Bare::new(&folder.path().join("bare.db"));
    let mut n = 0;
    let mut next = move || {
        n += 7;
        user(n)
    };

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("plugin SQL against rusqlite");
    group.bench_function("one row, homemaid", |b| {
        b.iter(|| ours.rows(ONE, &[json!(next())]));
    });
    group.bench_function("one row, rusqlite", |b| b.iter(|| bare.rows(ONE, &[&next()])));
    group.bench_function("ten rows, homemaid", |b| b.iter(|| ours.rows(TOP, &[])));
    group.bench_function("ten rows, rusqlite", |b| b.iter(|| bare.rows(TOP, &[])));
    group.bench_function("upsert, homemaid", |b| {
        b.iter(|| ours.rows(UPSERT, &[json!(next()), json!(1)]));
    });
    group.bench_function("upsert, rusqlite", |b| {
        b.iter(|| bare.rows(UPSERT, params![next(), 1]));
    });
    group.finish();
    criterion.final_summary();

    let id = next();
    ratio(
        "one row by its key",
        || ours.rows(ONE, &[json!(id)]),
        || bare.rows(ONE, &[&id]),
    );
    ratio("the ten highest", || ours.rows(TOP, &[]), || bare.rows(TOP, &[]));
    ratio(
        "a durable upsert",
        || ours.rows(UPSERT, &[json!(id), json!(1)]),
        || bare.rows(UPSERT, params![id, 1]),
    );
    // A text never seen before is checked, parsed and translated first.
    let mut fresh = 0_u32;
    ratio(
        "a statement seen for the first time, against one known to SQLite",
        || {
            fresh += 1;
            ours.rows(&format!("{TOP} OFFSET {fresh}"), &[])
        },
        || bare.rows(TOP, &[]),
    );
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn ratio(what: &str, mut ours: impl FnMut() -> usize, mut bare: impl FnMut() -> usize) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let start = Instant::now();
        ours();
        a.push(start.elapsed());
        let start = Instant::now();
        bare();
        b.push(start.elapsed());
    }
    let median = |all: &mut Vec<Duration>| {
        all.sort();
        all[all.len() / 2]
    };
    let (a, b) = (median(&mut a), median(&mut b));
    println!(
        "{what}: {:.1} us against {:.1} us, ratio {:.2}",
        a.as_secs_f64() * 1e6,
        b.as_secs_f64() * 1e6,
        a.as_secs_f64() / b.as_secs_f64()
    );
}
