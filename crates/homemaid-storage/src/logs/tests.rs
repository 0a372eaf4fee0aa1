//! The log through its handle, over real files.

use std::time::Duration;

use homemaid_protocol::{Clock, InstallationId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::limits::{LOG_MESSAGE_CHARS, LOGS_QUEUED_BYTES, ROWS_PER_QUERY};
use crate::{LogFilter, LogLevel, LogRecord, LogSource, Storage};

fn id(text: &str) -> InstallationId {
    text.parse().unwrap()
}

fn record(installation: &str, level: LogLevel, message: &str) -> LogRecord {
    LogRecord::text(
        Timestamp::now(),
        id(installation),
        level,
        LogSource::Plugin,
        message,
    )
}

fn open() -> (tempfile::TempDir, Storage) {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), Clock::system()).unwrap();
    (dir, storage)
}

async fn messages(storage: &Storage, filter: LogFilter) -> Vec<String> {
    let lines = storage.logs(filter).await.unwrap();
    lines.into_iter().map(|line| line.record.message).collect()
}

#[tokio::test]
async fn lines_are_found_by_installation_level_and_id() {
    let (_dir, storage) = open();
    let all = LogFilter::default;
    let ids: Vec<_> = [
        ("hello_maid@1", LogLevel::Debug, "one"),
        ("welcome_mat@1", LogLevel::Error, "two"),
        ("hello_maid@1", LogLevel::Warning, "three"),
        ("hello_maid@1", LogLevel::Error, "four"),
    ]
    .map(|(installation, level, message)| storage.log(record(installation, level, message)))
    .into();
    storage.flush().await.unwrap();
    assert_eq!(messages(&storage, all()).await, ["one", "two", "three", "four"]);
    assert_eq!(
        messages(&storage, LogFilter { limit: 2, ..all() }).await,
        ["three", "four"],
        "the newest"
    );
    let next = LogFilter {
        limit: 1,
        after: Some(ids[1]),
        ..all()
    };
    assert_eq!(messages(&storage, next).await, ["three"], "the next after an id");
    let mine = || LogFilter {
        installation: Some(id("hello_maid@1")),
        ..all()
    };
    assert_eq!(messages(&storage, mine()).await, ["one", "three", "four"]);
    let loud = LogFilter {
        level: Some(LogLevel::Warning),
        ..mine()
    };
    assert_eq!(messages(&storage, loud).await, ["three", "four"]);
}

#[tokio::test]
async fn a_line_comes_back_whole_and_a_hostile_one_cut() {
    let (_dir, storage) = open();
    let mut full = record("hello_maid@1", LogLevel::Warning, "ä🧹");
    full.source = LogSource::Stderr;
    full.at = "2026-11-20T19:00:00.123Z".parse().unwrap();
    full.tags = vec!["stdout".to_owned()];
    full.extra.insert("user".to_owned(), json!("7"));
    storage.log(full.clone());

    let mut hostile = record("hello_maid@1", LogLevel::Info, &"🧹".repeat(100_000));
    hostile.tags = vec!["t".repeat(1_000); 1_000];
    hostile.extra = (0..1_000)
        .map(|n| (format!("{n}{}", "k".repeat(1_000)), json!(["v".repeat(1_000)])))
        .collect();
    storage.log(hostile);
    storage.flush().await.unwrap();

    let lines = storage.logs(LogFilter::default()).await.unwrap();
    assert_eq!(lines[0].record, full);
    let cut = &lines[1].record;
    assert_eq!(cut.message.chars().count(), LOG_MESSAGE_CHARS);
    assert_eq!((cut.tags.len(), cut.tags[0].len()), (10, 100));
    assert_eq!(cut.extra.len(), 20);
    assert!(
        cut.extra
            .iter()
            .all(|(k, v)| k.len() == 100 && v.as_str().unwrap().len() == 500)
    );
}

#[tokio::test]
async fn a_query_returns_a_bounded_number_of_lines() {
    let (_dir, storage) = open();
    for n in 0..ROWS_PER_QUERY + 5 {
        storage.log(record("hello_maid@1", LogLevel::Info, &n.to_string()));
    }
    storage.flush().await.unwrap();
    for limit in [0, u32::MAX] {
        let lines = messages(
            &storage,
            LogFilter {
                limit,
                ..LogFilter::default()
            },
        )
        .await;
        assert_eq!((lines.len(), lines[0].as_str()), (ROWS_PER_QUERY as usize, "5"));
    }
}

#[tokio::test]
async fn a_flood_is_dropped_and_counted_instead_of_kept_in_memory() {
    let (dir, storage) = open();
    // A foreign tool holds the file, so that nothing leaves the queue but the one batch the writer tries to write.
    let foreign = rusqlite::Connection::open(dir.path().join("logs.db")).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let line = record("hello_maid@1", LogLevel::Info, &"🧹".repeat(LOG_MESSAGE_CHARS));
    let count = 4 * LOGS_QUEUED_BYTES / line.message.len();
    for _ in 0..count {
        storage.log(line.clone());
    }
    let dropped = usize::try_from(storage.stats().logs_dropped).unwrap();
    assert!(
        dropped > count / 4,
        "at most two of the four queues full are kept, and {dropped} of {count} dropped"
    );
    foreign.execute_batch("COMMIT").unwrap();
    storage.flush().await.unwrap();

    let mut stored = 0;
    let mut last = 0;
    loop {
        let filter = LogFilter {
            after: Some(last),
            limit: 100,
            ..LogFilter::default()
        };
        let lines = storage.logs(filter).await.unwrap();
        let Some(line) = lines.last() else { break };
        last = line.id;
        stored += lines.len();
    }
    let dropped = usize::try_from(storage.stats().logs_dropped).unwrap();
    assert_eq!(stored + dropped, count, "each line is stored or counted");
}

#[tokio::test]
async fn ids_go_on_after_a_restart_even_when_the_newest_rows_are_gone() {
    let (dir, storage) = open();
    storage.log(record("hello_maid@1", LogLevel::Info, "one"));
    let two = storage.log(record("hello_maid@1", LogLevel::Info, "two"));
    storage.close().await;
    assert!(storage.log(record("hello_maid@1", LogLevel::Info, "late")) > two);
    assert_eq!(storage.stats().logs_dropped, 1);
    let conn = rusqlite::Connection::open(dir.path().join("logs.db")).unwrap();
    conn.execute("DELETE FROM logs", []).unwrap();
    drop(conn);
    let again = Storage::open(dir.path(), Clock::system()).unwrap();
    assert_eq!(
        again.log(record("hello_maid@1", LogLevel::Info, "three")),
        two + 1
    );
}

#[test]
fn an_unknown_level_is_info() {
    assert_eq!(LogLevel::parse("warning"), LogLevel::Warning);
    for other in ["WARNING", "", "critical"] {
        assert_eq!(LogLevel::parse(other), LogLevel::Info);
    }
}

#[test]
fn extras_become_text() {
    let mut line = record("hello_maid@1", LogLevel::Info, "m");
    line.extra = Map::from_iter([("n".to_owned(), json!(1)), ("o".to_owned(), json!({"a": null}))]);
    let extra = Value::from(line.clipped().extra);
    assert_eq!(extra, json!({"n": "1", "o": "{\"a\":null}"}));
}

#[tokio::test]
async fn the_log_is_searched_by_words_phrases_and_exclusions_and_no_text_is_an_error() {
    let (_dir, storage) = open();
    let mut tagged = record("hello_maid@1", LogLevel::Info, "Banned user Ünal for spam");
    tagged.tags = vec!["moderation".to_owned(), "a b".to_owned()];
    tagged.extra = Map::from_iter([("reason".to_owned(), json!("too many links"))]);
    storage.log(tagged);
    for message in [
        "user joined",
        "time-out: user not found",
        "!!! 🎉",
        "the spam filter is on",
    ] {
        storage.log(record("hello_maid@1", LogLevel::Info, message));
    }
    storage.log(record("welcome_mat@1", LogLevel::Info, "another user"));
    storage.flush().await.unwrap();
    for (search, found) in [
        (
            "user",
            vec![
                "Banned user Ünal for spam",
                "user joined",
                "time-out: user not found",
                "another user",
            ],
        ),
        ("USER spam", vec!["Banned user Ünal for spam"]),
        ("unal", vec!["Banned user Ünal for spam"]),
        ("ban*", vec!["Banned user Ünal for spam"]),
        ("moderation", vec!["Banned user Ünal for spam"]),
        ("\"many links\"", vec!["Banned user Ünal for spam"]),
        ("spam -user", vec!["the spam filter is on"]),
        ("\"user not\"", vec!["time-out: user not found"]),
        ("time-out:", vec!["time-out: user not found"]),
        ("🎉", vec!["!!! 🎉"]),
        ("nowhere", vec![]),
    ] {
        let filter = LogFilter {
            search: Some(search.to_owned()),
            ..LogFilter::default()
        };
        assert_eq!(messages(&storage, filter).await, found, "{search}");
    }
    for hostile in [
        "\"",
        "(",
        "a AND",
        "NEAR(a, 1)",
        "*",
        "^a",
        "{message} : a",
        "-",
        "a\0b",
        "' OR 1=1 --",
        "\u{202e}*\"*",
    ] {
        let filter = LogFilter {
            search: Some(hostile.to_owned()),
            ..LogFilter::default()
        };
        storage
            .logs(filter)
            .await
            .unwrap_or_else(|error| panic!("{hostile}: {error}"));
    }
}

#[tokio::test]
async fn lines_are_found_by_source_tag_and_time_and_paged_both_ways() {
    let (_dir, storage) = open();
    let start = Timestamp::now();
    let moment = |second| start + Duration::from_secs(second);
    for second in 0..10 {
        let mut line = record("hello_maid@1", LogLevel::Info, &second.to_string());
        line.at = moment(second);
        line.source = if second % 2 == 0 {
            LogSource::Stderr
        } else {
            LogSource::Plugin
        };
        line.tags = if second < 5 {
            vec!["early".to_owned()]
        } else {
            Vec::new()
        };
        storage.log(line);
    }
    storage.flush().await.unwrap();
    let all = LogFilter::default;
    let at = |second| Some(moment(second));
    for (filter, found) in [
        (
            LogFilter {
                source: Some(LogSource::Stderr),
                ..all()
            },
            vec!["0", "2", "4", "6", "8"],
        ),
        (
            LogFilter {
                tag: Some("early".into()),
                source: Some(LogSource::Plugin),
                ..all()
            },
            vec!["1", "3"],
        ),
        (
            LogFilter {
                since: at(7),
                ..all()
            },
            vec!["7", "8", "9"],
        ),
        (
            LogFilter {
                until: at(2),
                ..all()
            },
            vec!["0", "1"],
        ),
        (LogFilter { limit: 3, ..all() }, vec!["7", "8", "9"]),
        (
            LogFilter {
                limit: 3,
                before: Some(8),
                ..all()
            },
            vec!["4", "5", "6"],
        ),
        (
            LogFilter {
                limit: 3,
                after: Some(8),
                ..all()
            },
            vec!["8", "9"],
        ),
        (
            LogFilter {
                limit: 3,
                after: Some(0),
                ..all()
            },
            vec!["0", "1", "2"],
        ),
    ] {
        assert_eq!(messages(&storage, filter.clone()).await, found, "{filter:?}");
    }
}

#[tokio::test]
async fn the_owner_chooses_how_long_lines_are_kept_and_the_choice_stays() {
    let dir = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(100 * 86_400).unwrap();
    let (clock, _hand) = Clock::manual(now);
    let storage = Storage::open(dir.path(), clock.clone()).unwrap();
    let mut old = record("hello_maid@1", LogLevel::Info, "two days old");
    old.at = Timestamp::from_second(98 * 86_400 - 1).unwrap();
    storage.log(old);
    storage.flush().await.unwrap();
    assert_eq!(messages(&storage, LogFilter::default()).await, ["two days old"]);
    let chosen = crate::Retention {
        log_days: 2,
        ..crate::Retention::default()
    };
    assert_eq!(storage.set_retention(chosen).await.unwrap(), chosen);
    storage.close().await;
    let storage = Storage::open(dir.path(), clock).unwrap();
    assert_eq!(storage.retention(), chosen);
    // The sweep after this batch is before the next batch.
    for text in ["one", "two"] {
        storage.log(record("hello_maid@1", LogLevel::Info, text));
        storage.flush().await.unwrap();
    }
    assert_eq!(messages(&storage, LogFilter::default()).await, ["one", "two"]);
}
