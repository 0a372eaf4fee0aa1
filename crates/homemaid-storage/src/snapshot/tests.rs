use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use homemaid_protocol::Clock;
use rusqlite::Connection;
use serde_json::json;

use super::*;
use crate::Storage;

fn database(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_of_one_moment_though_writes_go_on() {
    let temp = tempfile::tempdir().unwrap();
    let storage = Storage::open(&temp.path().join("data"), Clock::system()).unwrap();
    let id = "hello_maid@1".parse().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (storage, stop) = (storage.clone(), Arc::clone(&stop));
        async move {
            let mut n = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                // Both in one commit: a copy that has one without the other is torn.
                let entries = serde_json::from_value(
                    json!({"left": n, "right": n, format!("pad{}", n % 50): "x".repeat(20_000)}),
                );
                storage.kv(&id).mput(&entries.unwrap()).await.unwrap();
            }
            n
        }
    });
    for round in 0..8 {
        let to = temp.path().join(format!("copy{round}"));
        DirBuilder::new().mode(0o700).create(&to).unwrap();
        storage.snapshot(&to).await.unwrap();
        for name in DATABASES {
            DatabaseFacts::of(&to.join(name)).unwrap();
        }
        assert_eq!(
            std::fs::read_dir(&to).unwrap().count(),
            DATABASES.len(),
            "one file each"
        );
        let copy = Storage::open(&to, Clock::system()).unwrap();
        let kv = copy.kv(&"hello_maid@1".parse().unwrap());
        assert_eq!(kv.get("left").unwrap(), kv.get("right").unwrap());
        copy.close().await;
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writing.await.unwrap() > 8);
}

#[test]
fn facts_are_the_same_for_a_copy_and_differ_for_every_change() {
    let temp = tempfile::tempdir().unwrap();
    let (one, two) = (temp.path().join("one"), temp.path().join("two"));
    database(
        &one,
        "PRAGMA journal_mode = wal; PRAGMA user_version = 3;
         CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT, b BLOB, r REAL, \"odd \"\"name\" TEXT);
         CREATE INDEX all_of_a ON a (t, b, r);
         INSERT INTO a VALUES (1, 'x', x'00', 1.5, NULL), (2, 'y', NULL, 2.0, 'z');
         CREATE TABLE empty (id INTEGER);",
    );
    copy_database(&one, &two).unwrap();
    let facts = DatabaseFacts::of(&one).unwrap();
    assert_eq!(facts, DatabaseFacts::of(&two).unwrap());
    assert_eq!(
        (facts.schema, facts.tables.len(), facts.tables[0].rows),
        (3, 2, 2)
    );
    for change in [
        "UPDATE a SET t = 'X' WHERE id = 1",
        "UPDATE a SET b = x'' WHERE id = 2",
        "UPDATE a SET r = 2.5 WHERE id = 2",
        "UPDATE a SET id = 3 WHERE id = 2",
        "UPDATE a SET t = CAST(t AS BLOB) WHERE id = 1",
        "DELETE FROM a WHERE id = 1",
        "INSERT INTO empty VALUES (NULL)",
        "DROP TABLE empty",
        "PRAGMA user_version = 4",
    ] {
        let changed = temp.path().join("changed");
        std::fs::copy(&two, &changed).unwrap();
        database(&changed, change);
        assert_ne!(DatabaseFacts::of(&changed).unwrap(), facts, "{change}");
    }
    assert!(
        matches!(copy_database(&one, &two), Err(SnapshotError::Create { .. })),
        "never over another file"
    );
}

#[test]
fn damage_and_broken_references_are_found() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("db");
    database(
        &file,
        "PRAGMA foreign_keys = off;
         CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p (id));
         INSERT INTO c VALUES (7);",
    );
    let found = DatabaseFacts::of(&file).unwrap_err();
    assert!(found.to_string().contains("c refers to p"), "{found}");

    let file = temp.path().join("large");
    database(
        &file,
        "CREATE TABLE t (x TEXT); CREATE INDEX i ON t (x);
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000) INSERT INTO t SELECT hex(n) || 'padding' FROM n;",
    );
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2_000].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    assert!(DatabaseFacts::of(&file).is_err());
    std::fs::write(&file, "no database at all, but long enough to look at").unwrap();
    assert!(DatabaseFacts::of(&file).is_err());
}

#[tokio::test]
async fn a_newer_schema_is_named() {
    let temp = tempfile::tempdir().unwrap();
    Storage::open(temp.path(), Clock::system()).unwrap().close().await;
    let file = temp.path().join("platform.db");
    check_schema("platform.db", &file).unwrap();
    database(&file, "PRAGMA user_version = 999");
    let refused = check_schema("platform.db", &file).unwrap_err();
    assert!(refused.to_string().contains("schema 999"), "{refused}");
}
