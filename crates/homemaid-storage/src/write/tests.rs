//! The writer through its handle, over real files.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::mpsc;

use homemaid_protocol::{Clock, InstallationId};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::limits::{AUDIT_QUEUED, WRITES_QUEUED};
use crate::{AuditFilter, AuditRecord, KvAmount, KvError, OpenError, Storage, StorageError, WriteTx};

fn open() -> (TempDir, Storage) {
    let dir = tempfile::tempdir().unwrap();
    let storage = Storage::open(dir.path(), Clock::system()).unwrap();
    (dir, storage)
}

fn here() -> InstallationId {
    "hello_maid@1".parse().unwrap()
}

fn put(tx: &mut WriteTx<'_>, key: &str) -> Result<(), StorageError> {
    tx.settings().put(key, &json!(key))
}

fn keys(storage: &Storage) -> Vec<String> {
    storage.read_now(|tx| tx.settings().keys("")).unwrap()
}

fn record(method: &str) -> AuditRecord {
    AuditRecord::call(Timestamp::now(), here(), method.to_owned())
}

async fn methods(storage: &Storage) -> Vec<String> {
    let lines = storage
        .read(|tx| tx.audit().list(&AuditFilter::default()))
        .await
        .unwrap();
    lines
        .into_iter()
        .map(|line| line.record.method.into_owned())
        .collect()
}

/// Holds the writer inside of a closure until the returned sender is used or dropped.
async fn hold(storage: &Storage) -> (mpsc::Sender<()>, JoinHandle<Result<(), StorageError>>) {
    let (release, released) = mpsc::channel::<()>();
    let (entered, inside) = tokio::sync::oneshot::channel();
    let writer = storage.clone();
    let held = tokio::spawn(async move {
        writer
            .write(move |tx| {
                let _ = entered.send(());
                let _ = released.recv();
                put(tx, "held")
            })
            .await
    });
    inside.await.unwrap();
    (release, held)
}

/// Queues a write that is surely queued when this returns, in order.
async fn queued<T: Send + 'static>(
    storage: &Storage,
    change: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StorageError> + Send + 'static,
) -> JoinHandle<Result<T, StorageError>> {
    let waiting = storage.stats().writes_waiting;
    let writer = storage.clone();
    let task = tokio::spawn(async move { writer.write(change).await });
    while storage.stats().writes_waiting == waiting {
        tokio::task::yield_now().await;
    }
    task
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_returned_is_seen_by_every_later_read() {
    let (_dir, storage) = open();
    for n in 0..20 {
        let key = format!("k{n}");
        storage
            .write({
                let key = key.clone();
                move |tx| put(tx, &key)
            })
            .await
            .unwrap();
        assert!(keys(&storage).contains(&key));
        let seen = storage.read(move |tx| tx.settings().get(&key)).await.unwrap();
        assert!(seen.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_wait_together_share_one_commit_and_a_failing_one_is_undone_alone() {
    let (_dir, storage) = open();
    let commits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&commits);
    storage
        .write(move |tx| {
            let hook = move || {
                count.fetch_add(1, Ordering::SeqCst);
                false
            };
            tx.conn.commit_hook(Some(hook));
            Ok(())
        })
        .await
        .unwrap();
    commits.store(0, Ordering::SeqCst);

    let (release, held) = hold(&storage).await;
    let good = queued(&storage, |tx| put(tx, "good")).await;
    let bad = queued(&storage, |tx| {
        put(tx, "half of a bad one")?;
        Err::<(), _>(StorageError::Closed)
    })
    .await;
    let panics = queued(&storage, |tx| {
        put(tx, "half of a panicking one")?;
        if keys_of(tx).is_empty() {
            return Ok(());
        }
        panic!("a bug")
    })
    .await;
    let sees = queued(&storage, |tx| Ok(keys_of(tx))).await;
    let last = queued(&storage, |tx| put(tx, "last")).await;
    release.send(()).unwrap();

    held.await.unwrap().unwrap();
    good.await.unwrap().unwrap();
    assert!(
        matches!(bad.await.unwrap(), Err(StorageError::Closed)),
        "its own error"
    );
    assert!(matches!(panics.await.unwrap(), Err(StorageError::Panicked(text)) if text == "a bug"));
    assert_eq!(
        sees.await.unwrap().unwrap(),
        ["good", "held"],
        "in order, over what came before"
    );
    last.await.unwrap().unwrap();
    assert_eq!(keys(&storage), ["good", "held", "last"]);
    assert_eq!(
        commits.load(Ordering::SeqCst),
        2,
        "one for the held write, one for the five behind it"
    );
}

fn keys_of(tx: &mut WriteTx<'_>) -> Vec<String> {
    tx.settings().keys("").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_is_told_to_all_who_shared_it_and_leaves_nothing() {
    let (_dir, storage) = open();
    let (release, held) = hold(&storage).await;
    storage.audit(record("kept for later"));
    storage.audit(record("and in order"));
    let breaks = queued(&storage, |tx| {
        tx.conn.commit_hook(Some(|| true));
        put(tx, "breaks")
    })
    .await;
    let shares = queued(&storage, |tx| put(tx, "shares")).await;
    let own = queued(&storage, |_| {
        Err::<(), _>(StorageError::TooLarge { what: "x", bytes: 1 })
    })
    .await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert!(matches!(breaks.await.unwrap(), Err(StorageError::Commit(_))));
    assert!(matches!(shares.await.unwrap(), Err(StorageError::Commit(_))));
    assert!(
        matches!(own.await.unwrap(), Err(StorageError::TooLarge { .. })),
        "its own error says more"
    );
    assert_eq!(keys(&storage), ["held"]);

    let mend = |tx: &mut WriteTx<'_>| {
        tx.conn.commit_hook(None::<fn() -> bool>);
        put(tx, "mended")
    };
    storage.write(mend).await.unwrap();
    storage.flush().await.unwrap();
    assert_eq!(keys(&storage), ["held", "mended"]);
    assert_eq!(
        methods(&storage).await,
        ["kept for later", "and in order"],
        "audit records are tried again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_an_error_and_not_the_end() {
    let (_dir, storage) = open();
    let pages: i64 = storage
        .write(|tx| {
            let pages: i64 = tx
                .conn
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .map_err(StorageError::on("pages"))?;
            tx.conn
                .pragma_update_and_check(None, "max_page_count", pages + 4, |_| Ok(()))
                .map_err(StorageError::on("pages"))?;
            Ok(pages)
        })
        .await
        .unwrap();
    let (release, held) = hold(&storage).await;
    let before = queued(&storage, |tx| put(tx, "before")).await;
    let big = queued(&storage, |tx| {
        tx.settings().put("big", &json!("x".repeat(100_000)))
    })
    .await;
    let after = queued(&storage, |tx| put(tx, "after")).await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert!(big.await.unwrap().is_err());
    // Whether SQLite gives up the statement or the whole transaction: who was told "ok" is stored, and nobody else.
    let mut expected = vec!["held".to_owned()];
    for (write, key) in [(before, "before"), (after, "after")] {
        if write.await.unwrap().is_ok() {
            expected.push(key.to_owned());
        }
    }
    expected.sort();
    assert_eq!(keys(&storage), expected);

    storage
        .write(move |tx| {
            tx.conn
                .pragma_update_and_check(None, "max_page_count", pages + 1_000, |_| Ok(()))
                .map_err(StorageError::on("pages"))
        })
        .await
        .unwrap();
    storage.write(|tx| put(tx, "room again")).await.unwrap();
    assert!(keys(&storage).contains(&"room again".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_the_database_gives_up_takes_those_before_it_and_spares_those_behind() {
    let (_dir, storage) = open();
    let (release, held) = hold(&storage).await;
    let before = queued(&storage, |tx| put(tx, "before")).await;
    let gives_up = queued(&storage, |tx| {
        put(tx, "gives up")?;
        // What SQLite does by itself when the disk fails.
        tx.conn
            .execute_batch("ROLLBACK")
            .map_err(StorageError::on("rollback"))
    })
    .await;
    let behind = queued(&storage, |tx| put(tx, "behind")).await;
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert!(matches!(before.await.unwrap(), Err(StorageError::Commit(_))));
    assert!(matches!(gives_up.await.unwrap(), Err(StorageError::Commit(_))));
    behind.await.unwrap().unwrap();
    assert_eq!(keys(&storage), ["behind", "held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_nobody_waits_for_any_more_still_happens() {
    let (_dir, storage) = open();
    let (release, held) = hold(&storage).await;
    let forgotten = queued(&storage, |tx| put(tx, "forgotten")).await;
    forgotten.abort();
    assert!(forgotten.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    storage.flush().await.unwrap();
    assert_eq!(keys(&storage), ["forgotten", "held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_writes_is_bounded_and_callers_wait_for_room() {
    let (_dir, storage) = open();
    let (release, held) = hold(&storage).await;
    let writes: Vec<_> = (0..WRITES_QUEUED + 50)
        .map(|n| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.write(move |tx| put(tx, &format!("{n:05}"))).await })
        })
        .collect();
    // The held write keeps its own place until it has its reply.
    while storage.stats().writes_waiting < WRITES_QUEUED - 1 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
        assert!(storage.stats().writes_waiting < WRITES_QUEUED);
    }
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(keys(&storage).len(), WRITES_QUEUED + 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_records_keep_their_order_and_are_counted_when_they_are_dropped() {
    let (_dir, storage) = open();
    let (release, held) = hold(&storage).await;
    let ids: Vec<_> = (0..AUDIT_QUEUED + 3)
        .map(|n| storage.audit(record(&n.to_string())))
        .collect();
    assert_eq!(storage.stats().audit_dropped, 3);
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    storage.flush().await.unwrap();
    let after = storage.audit(record(&"long".repeat(1_000)));
    storage.flush().await.unwrap();

    let lines = storage
        .read(move |tx| {
            let after = i64::try_from(AUDIT_QUEUED).unwrap_or(0) - 2;
            tx.audit().list(&AuditFilter {
                after: Some(after),
                ..AuditFilter::default()
            })
        })
        .await
        .unwrap();
    let methods: Vec<_> = lines.iter().map(|line| line.record.method.as_ref()).collect();
    assert_eq!(methods[..2], ["8190", "8191"]);
    assert_eq!(methods[2].len(), 128, "a hostile method name is cut");
    assert_eq!(lines[2].id, after, "the id given is the id stored");
    assert_eq!(after, ids[ids.len() - 1] + 1, "the dropped ones are a gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_record_is_written_without_any_write_to_share_with() {
    let (_dir, storage) = open();
    storage.audit(record("alone"));
    while methods(&storage).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn increments_at_the_same_time_lose_nothing() {
    let (_dir, storage) = open();
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let kv = storage.kv(&here());
            tokio::spawn(async move {
                for _ in 0..50 {
                    kv.increment("hits", "", KvAmount::ONE).await?;
                    kv.increment("by", &format!("task.{task}"), KvAmount::from(2))
                        .await?;
                }
                Ok::<_, KvError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let kv = storage.kv(&here());
    assert_eq!(kv.get("hits").unwrap(), Some(json!(400)));
    let by = kv.get("by").unwrap().unwrap();
    assert_eq!(
        by["task"].as_object().unwrap().values().collect::<Vec<_>>(),
        vec![&json!(100); 8]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn key_value_calls_answer_as_the_wire_says() {
    let dir = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(1_000));
    let hand = Arc::clone(&now);
    let clock = Clock::from_fn(move || Timestamp::from_second(hand.load(Ordering::SeqCst)).unwrap());
    let storage = Storage::open(dir.path(), clock).unwrap();
    let kv = storage.kv(&here());
    kv.put("a", &json!({"n": 1}), 5).await.unwrap();
    let Value::Object(entries) = json!({"b": 2, "c": null}) else {
        unreachable!()
    };
    kv.mput(&entries).await.unwrap();
    assert_eq!(kv.list("", 100, "a").await.unwrap(), ["b", "c"]);
    assert_eq!(kv.count("").await.unwrap(), 3);
    let values = json!({"a": {"n": 1}, "b": 2, "c": null});
    assert_eq!(Value::from(kv.list_values("", 100).await.unwrap()), values);
    assert_eq!(
        Value::from(kv.mget(&["c", "x", "b"]).await.unwrap()).to_string(),
        r#"{"c":null,"b":2}"#
    );
    assert_eq!(kv.decr("b", KvAmount::ONE).await.unwrap(), json!(1));
    kv.del("b").await.unwrap();
    kv.del("b").await.unwrap();
    now.store(1_005, Ordering::SeqCst);
    assert_eq!(kv.list("", 100, "").await.unwrap(), ["c"]);
    for error in [
        kv.get("").unwrap_err(),
        kv.put("a\0", &json!(1), 0).await.unwrap_err(),
        kv.mget(&["a"; 51]).await.unwrap_err(),
        kv.mget(&["a", ""]).await.unwrap_err(),
        kv.list("a\0", 1, "").await.unwrap_err(),
    ] {
        let error = homemaid_protocol::RpcError::from(error);
        assert_eq!(
            error.code(),
            homemaid_protocol::ErrorCode::ValidationError,
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_writes_what_is_queued_refuses_the_rest_and_frees_the_directory() {
    let (dir, storage) = open();
    let second = Storage::open(dir.path(), Clock::system()).unwrap_err();
    assert!(matches!(second, OpenError::InUse { pid: Some(pid), .. } if pid == std::process::id()));

    let (release, held) = hold(&storage).await;
    let queued = queued(&storage, |tx| put(tx, "queued")).await;
    storage.audit(record("queued"));
    let closing = tokio::spawn({
        let storage = storage.clone();
        async move { storage.close().await }
    });
    release.send(()).unwrap();
    closing.await.unwrap();
    held.await.unwrap().unwrap();
    queued.await.unwrap().unwrap();
    assert!(matches!(
        storage.write(|tx| put(tx, "late")).await,
        Err(StorageError::Closed)
    ));
    assert!(matches!(
        storage.read(|_| Ok(())).await,
        Err(StorageError::Closed)
    ));
    assert!(matches!(storage.read_now(|_| Ok(())), Err(StorageError::Closed)));
    assert!(matches!(storage.flush().await, Err(StorageError::Closed)));

    let again = Storage::open(dir.path(), Clock::system()).unwrap();
    assert_eq!(keys(&again), ["held", "queued"]);
    assert_eq!(methods(&again).await, ["queued"]);
    assert_eq!(again.audit(record("next")), 2, "ids go on where they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_closes() {
    let (dir, storage) = open();
    let clone = storage.clone();
    storage.write(|tx| put(tx, "a")).await.unwrap();
    drop(storage);
    clone.write(|tx| put(tx, "b")).await.unwrap();
    drop(clone);
    let again = Storage::open(dir.path(), Clock::system()).unwrap();
    assert_eq!(keys(&again), ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_handle_may_be_dropped_by_the_writer_itself() {
    let (dir, storage) = open();
    let (release, held) = hold(&storage).await;
    let own = storage.clone();
    let last = queued(&storage, move |tx| {
        let _own = own;
        put(tx, "last")
    })
    .await;
    last.abort();
    held.abort();
    let _ = last.await;
    let _ = held.await;
    drop(storage);
    release.send(()).unwrap();
    // The writer finishes by itself and frees the directory.
    let again = loop {
        match Storage::open(dir.path(), Clock::system()) {
            Ok(storage) => break storage,
            Err(OpenError::InUse { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(keys(&again), ["held", "last"], "after everything was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_waits_for_the_disk_and_readers_cannot_write() {
    let (_dir, storage) = open();
    let settings: (String, i64, i64) = storage
        .write(|tx| {
            let read = || {
                Ok((
                    tx.conn
                        .pragma_query_value(None, "journal_mode", |row| row.get(0))?,
                    tx.conn
                        .pragma_query_value(None, "synchronous", |row| row.get(0))?,
                    tx.conn
                        .pragma_query_value(None, "foreign_keys", |row| row.get(0))?,
                ))
            };
            read().map_err(StorageError::on("pragma"))
        })
        .await
        .unwrap();
    let (full, on) = (2, 1);
    assert_eq!(settings, ("wal".to_owned(), full, on));
    let error = storage
        .read_now(|tx| {
            tx.conn
                .execute_batch("DELETE FROM settings")
                .map_err(StorageError::on("delete"))
        })
        .unwrap_err();
    assert!(format!("{error:?}").contains("ReadOnly"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_sees_one_moment_however_many_statements_it_takes() {
    let (_dir, storage) = open();
    storage.write(|tx| put(tx, "first")).await.unwrap();
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let question = tokio::spawn({
        let storage = storage.clone();
        async move {
            storage
                .read(move |tx| {
                    let before = tx.settings().keys("")?;
                    let _ = looked.send(());
                    let _ = may_go_on.recv();
                    Ok((before, tx.settings().keys("")?))
                })
                .await
        }
    });
    has_looked.await.unwrap();
    storage.write(|tx| put(tx, "second")).await.unwrap();
    go_on.send(()).unwrap();
    let (before, after) = question.await.unwrap().unwrap();
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_panics_harms_no_later_one() {
    let (_dir, storage) = open();
    for _ in 0..2 * crate::READERS {
        let result = storage.read::<()>(|_| panic!("a bug")).await;
        assert!(matches!(result, Err(StorageError::Panicked(text)) if text == "a bug"));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            storage.read_now::<()>(|_| panic!("a bug"))
        }));
        assert!(result.is_err());
    }
    storage.write(|tx| put(tx, "a")).await.unwrap();
    for _ in 0..2 * crate::INLINE_READERS {
        assert_eq!(keys(&storage), ["a"], "no connection is stuck in an old view");
        assert_eq!(storage.read(|tx| tx.settings().keys("")).await.unwrap(), ["a"]);
    }
}
