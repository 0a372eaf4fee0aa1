//! The metrics through their handle, over real files, on a clock that the test moves.

use std::time::Duration;

use homemaid_protocol::{Clock, Hand, InstallationId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::limits::METRIC_SERIES;
use crate::{MetricAggregate, MetricError, MetricName, MetricPeriod, MetricQuery, MetricStore, Storage};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

struct Stage {
    dir: tempfile::TempDir,
    storage: Storage,
    clock: Clock,
    hand: Hand,
}

fn stage() -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let (clock, hand) = Clock::manual("2026-03-01T00:30:30Z".parse::<Timestamp>().unwrap());
    let storage = Storage::open(dir.path(), clock.clone()).unwrap();
    Stage {
        dir,
        storage,
        clock,
        hand,
    }
}

impl Stage {
    fn here(&self) -> MetricStore {
        self.storage.metrics(&"hello_maid@1".parse().unwrap())
    }
}

fn tags(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn query(metric: &str, period: &str, aggregate: &str, group_by: &str) -> MetricQuery {
    MetricQuery {
        metric: MetricName::parse(metric).unwrap(),
        period: MetricPeriod::parse(period).unwrap(),
        aggregate: MetricAggregate::parse(aggregate).unwrap(),
        group_by: MetricQuery::group_by(group_by).unwrap(),
    }
}

async fn ask(store: &MetricStore, metric: &str, period: &str, aggregate: &str, group_by: &str) -> Value {
    let answer = store
        .query(query(metric, period, aggregate, group_by))
        .await
        .unwrap();
    serde_json::to_value(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_reads_its_own_records_at_once_on_every_level() {
    let stage = stage();
    let here = stage.here();
    for value in [3.0, -1.0, 4.0] {
        here.record("xp", value, &Map::new()).unwrap();
    }
    for (period, buckets) in [("1h", 60), ("24h", 24), ("7d", 7), ("30d", 30), ("90d", 90)] {
        for (aggregate, value) in [
            ("sum", 6.0),
            ("count", 3.0),
            ("avg", 2.0),
            ("min", -1.0),
            ("max", 4.0),
        ] {
            let answer = ask(&here, "xp", period, aggregate, "").await;
            let data = answer["series"][0]["data"].as_array().unwrap();
            assert_eq!(
                (data.len(), answer["labels"].as_array().unwrap().len()),
                (buckets, buckets)
            );
            assert_eq!(data[buckets - 1], json!(value), "{period} {aggregate}");
            assert!(
                data[..buckets - 1].iter().all(|data| *data == json!(0.0)),
                "zero-filled"
            );
            assert_eq!(answer["total"], json!(value));
            assert_eq!(answer["series"][0]["name"], "xp");
        }
    }
    assert_eq!(
        here.total(MetricName::parse("xp").unwrap(), MetricPeriod::Month)
            .await
            .unwrap()
            .to_string(),
        "6"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_different_times_lie_in_their_buckets_and_leave_with_them() {
    let stage = stage();
    let here = stage.here();
    here.record("n", 1.0, &Map::new()).unwrap();
    stage.hand.advance(HOUR);
    here.record("n", 10.0, &Map::new()).unwrap();
    let hours = ask(&here, "n", "24h", "sum", "").await;
    assert_eq!(hours["labels"][23], "2026-03-01T01:00");
    assert_eq!(
        (&hours["series"][0]["data"][22], &hours["series"][0]["data"][23]),
        (&json!(1.0), &json!(10.0))
    );
    let minutes = ask(&here, "n", "1h", "sum", "").await;
    assert_eq!(minutes["total"], json!(10.0), "the first is an hour old");
    stage.hand.advance(DAY * 6);
    assert_eq!(ask(&here, "n", "7d", "sum", "").await["total"], json!(11.0));
    stage.hand.advance(DAY);
    assert_eq!(ask(&here, "n", "7d", "sum", "").await["total"], json!(0.0));
    assert_eq!(ask(&here, "n", "30d", "sum", "").await["total"], json!(11.0));
    stage.hand.advance(DAY * 90);
    assert_eq!(ask(&here, "n", "90d", "max", "").await["total"], json!(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_s_values_are_lines_by_total_and_at_most_25_of_them() {
    let stage = stage();
    let here = stage.here();
    for i in 0..30 {
        here.record(
            "used",
            f64::from(i),
            &tags(json!({"command": format!("c{i:02}"), "x": "y"})),
        )
        .unwrap();
    }
    here.record("used", 100.0, &Map::new()).unwrap();
    here.record("used", 1.0, &tags(json!({"command": ""}))).unwrap();
    let answer = ask(&here, "used", "7d", "sum", "command").await;
    let names: Vec<_> = answer["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["name"].clone())
        .collect();
    assert_eq!(names.len(), 25);
    assert_eq!(names[..3], [json!("(none)"), json!("c29"), json!("c28")]);
    assert_eq!(
        answer["series"][0]["data"][6],
        json!(101.0),
        "without the tag and with an empty one"
    );
    assert_eq!(
        answer["total"],
        json!(435.0 + 101.0),
        "also of the lines that are not shown"
    );
    let none = ask(&here, "used", "7d", "sum", "nobody").await;
    assert_eq!(none["series"].as_array().unwrap().len(), 1);
    assert_eq!(none["series"][0]["name"], "(none)");
    let nothing = ask(&here, "unknown", "7d", "sum", "command").await;
    assert_eq!(nothing["series"], json!([]));
    assert_eq!(
        ask(&here, "unknown", "7d", "sum", "").await["series"][0]["data"],
        json!(vec![0.0; 7])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_limit_is_exact_and_holds_after_a_restart() {
    let stage = stage();
    let here = stage.here();
    for i in 0..METRIC_SERIES {
        here.record("m", 1.0, &tags(json!({"i": i.to_string()}))).unwrap();
    }
    let more = tags(json!({"i": "more"}));
    assert!(matches!(
        here.record("m", 1.0, &more),
        Err(MetricError::TooManySeries)
    ));
    stage.storage.close().await;

    let storage = Storage::open(stage.dir.path(), stage.clock.clone()).unwrap();
    let here = storage.metrics(&"hello_maid@1".parse().unwrap());
    assert!(matches!(
        here.record("m", 1.0, &more),
        Err(MetricError::TooManySeries)
    ));
    here.record("m", 1.0, &tags(json!({"i": "0"}))).unwrap();
    let answer = ask(&here, "m", "1h", "count", "").await;
    assert_eq!(answer["total"], json!(1_001.0));
    let neighbour = storage.metrics(&"hello_maid@2".parse().unwrap());
    neighbour.record("m", 1.0, &more).unwrap();
    assert_eq!(ask(&neighbour, "m", "1h", "count", "").await["total"], json!(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_gone_at_once_and_makes_room() {
    let stage = stage();
    let here = stage.here();
    for i in 0..METRIC_SERIES {
        here.record("m", 1.0, &tags(json!({"i": i.to_string()}))).unwrap();
    }
    here.forget();
    assert_eq!(ask(&here, "m", "90d", "sum", "").await["total"], json!(0.0));
    here.record("m", 1.0, &tags(json!({"i": "0"}))).unwrap();
    assert_eq!(ask(&here, "m", "90d", "sum", "").await["total"], json!(1.0));
    let other: InstallationId = "hello_maid@2".parse().unwrap();
    stage.storage.keep_metrics_of(&[other]);
    assert_eq!(here.list().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_values_are_refused() {
    let stage = stage();
    let here = stage.here();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(here.record("m", value, &Map::new()).is_err());
    }
    assert!(here.record("not a name", 1.0, &Map::new()).is_err());
    assert!(MetricQuery::group_by("a\0").is_err());
    here.record("m", f64::MAX, &Map::new()).unwrap();
    stage.storage.flush().await.unwrap();
    here.record("m", f64::MAX, &Map::new()).unwrap();
    let answer = ask(&here, "m", "1h", "sum", "").await;
    assert_eq!(answer["total"], json!(f64::MAX), "a sum stays a number");
}

/// 90 days of a plugin at the limit of its series, each recorded every hour, and the last hours every minute.
#[tokio::test(flavor = "multi_thread")]
async fn ninety_days_of_a_busy_plugin_stay_small() {
    let stage = stage();
    let here = stage.here();
    let series: Vec<_> = (0..METRIC_SERIES)
        .map(|i| tags(json!({"command": format!("command_{}", i % 100), "channel": format!("{}", i / 100)})))
        .collect();
    let round = async |n: usize| {
        for tags in &series {
            here.record(
                "commands_used",
                f64::from(u8::try_from(n % 7).unwrap()) + 0.5,
                tags,
            )
            .unwrap();
        }
        stage.storage.flush().await.unwrap();
    };
    // A value a day fills every day; the last day has all its hours, and its last hour all its minutes.
    for n in 0..89 {
        round(n).await;
        stage.hand.advance(DAY);
    }
    for n in 0..23 {
        round(n).await;
        stage.hand.advance(HOUR);
    }
    for n in 0..60 {
        round(n).await;
        stage.hand.advance(Duration::from_secs(60));
    }
    round(0).await;

    let answer = ask(&here, "commands_used", "90d", "count", "").await;
    assert!(answer["total"].as_f64().unwrap() > 150_000.0);
    stage.storage.close().await;
    let bytes = std::fs::metadata(stage.dir.path().join("metrics.db"))
        .unwrap()
        .len();
    let rows = METRIC_SERIES as u64 * (90 + 24 + 60);
    eprintln!("90 days of {METRIC_SERIES} series: {bytes} bytes, at most {rows} rows");
    assert!(
        bytes < rows * 64,
        "{bytes} bytes: only what a period can reach is kept"
    );
}
