//! The audit through its handle and, for those who tamper with it, through its file.

use std::time::Duration;

use homemaid_protocol::{Clock, Hand, InstallationId, Snowflake};
use jiff::Timestamp;

use crate::limits::AUDIT_KEPT_ROWS;
use crate::{AuditFilter, AuditKind, AuditLine, AuditRecord, AuditVerdict, Storage, Touched};

struct Stage {
    dir: tempfile::TempDir,
    storage: Storage,
    clock: Clock,
    hand: Hand,
}

const DAY: Duration = Duration::from_secs(86_400);

fn stage() -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let (clock, hand) = Clock::manual("2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap());
    let storage = Storage::open(dir.path(), clock.clone()).unwrap();
    Stage {
        dir,
        storage,
        clock,
        hand,
    }
}

fn here() -> InstallationId {
    "hello_maid@1".parse().unwrap()
}

/// Forgets everything that is old.
async fn sweep(storage: &Storage) {
    let keep = super::Keep {
        days: storage.retention().audit_days.into(),
        rows: AUDIT_KEPT_ROWS,
    };
    loop {
        let removed = storage
            .write(move |tx| super::sweep(tx.conn, tx.now, keep).map_err(crate::StorageError::on("sweep")));
        if removed.await.unwrap() == 0 {
            return;
        }
    }
}

fn id(number: u64) -> Snowflake {
    Snowflake::new(number)
}

impl Stage {
    fn call(&self, method: &'static str) -> AuditRecord {
        AuditRecord::call(self.clock.now(), here(), method)
    }

    /// Three days with four records each: event, two calls it caused, an act of the owner.
    async fn three_days(&self) {
        for day in 0..3 {
            let (event, message) = (format!("e{day}"), 100 + day);
            self.storage.audit(AuditRecord {
                kind: AuditKind::Event,
                event_id: Some(event.clone()),
                touched: Touched {
                    channel: Some(id(42)),
                    messages: vec![id(message)],
                    members: vec![id(7)],
                    role: None,
                },
                ..self.call("event.message_create")
            });
            self.storage.audit(AuditRecord {
                event_id: Some(event.clone()),
                ..self.call("kv.get")
            });
            self.storage.audit(AuditRecord {
                event_id: Some(event),
                touched: Touched {
                    channel: Some(id(42)),
                    messages: vec![id(200 + day)],
                    ..Touched::default()
                },
                ..self.call("discord.send_message")
            });
            let act = AuditRecord::owner(self.clock.now(), None, "owner.upload", Some("hello".to_owned()));
            self.storage.audit(act);
            self.storage.flush().await.unwrap();
            self.hand.advance(DAY);
        }
    }

    async fn verdict(&self) -> AuditVerdict {
        self.storage.flush().await.unwrap();
        self.storage.read(|tx| tx.audit().verify()).await.unwrap()
    }

    async fn list(&self, filter: AuditFilter) -> Vec<AuditLine> {
        self.storage.flush().await.unwrap();
        self.storage
            .read(move |tx| tx.audit().list(&filter))
            .await
            .unwrap()
    }

    /// Closes the house, lets somebody change the file, and returns what the verification says then.
    async fn after(self, tampering: &str) -> AuditVerdict {
        self.storage.close().await;
        let conn = rusqlite::Connection::open(self.dir.path().join("platform.db")).unwrap();
        conn.execute_batch(tampering).unwrap();
        drop(conn);
        let storage = Storage::open(self.dir.path(), self.clock.clone()).unwrap();
        storage.read(|tx| tx.audit().verify()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_message_one_finds_the_call_that_made_it_and_the_event_that_caused_that() {
    let stage = stage();
    stage.three_days().await;
    let causes = stage.storage.read(|tx| tx.audit().causes(id(201))).await.unwrap();
    let [cause] = &causes[..] else {
        panic!("one call made it: {causes:?}")
    };
    assert_eq!(cause.record.record.method, "discord.send_message");
    let event = &cause.event.as_ref().unwrap().record;
    assert_eq!(
        (event.method.as_ref(), event.event_id.as_deref()),
        ("event.message_create", Some("e1"))
    );
    assert_eq!(event.touched.members, [id(7)], "and who it was");
    assert_eq!(event.touched.messages, [id(101)]);
    let none = stage.storage.read(|tx| tx.audit().causes(id(999))).await.unwrap();
    assert_eq!(none, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_each_of_their_sides() {
    let stage = stage();
    stage.three_days().await;
    let start: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    let filter = AuditFilter::default;
    for (wanted, ids) in [
        (
            AuditFilter {
                member: Some(id(7)),
                ..filter()
            },
            vec![1, 5, 9],
        ),
        (
            AuditFilter {
                message: Some(id(200)),
                ..filter()
            },
            vec![3],
        ),
        (
            AuditFilter {
                event: Some("e1".into()),
                ..filter()
            },
            vec![5, 6, 7],
        ),
        (
            AuditFilter {
                kind: Some(AuditKind::Owner),
                ..filter()
            },
            vec![4, 8, 12],
        ),
        (
            AuditFilter {
                installation: Some(here()),
                limit: 2,
                ..filter()
            },
            vec![10, 11],
        ),
        (
            AuditFilter {
                after: Some(2),
                limit: 2,
                ..filter()
            },
            vec![3, 4],
        ),
        (
            AuditFilter {
                before: Some(11),
                limit: 2,
                ..filter()
            },
            vec![9, 10],
        ),
        (
            AuditFilter {
                since: Some(start),
                limit: 1,
                after: Some(0),
                ..filter()
            },
            vec![5],
        ),
        (
            AuditFilter {
                until: Some(start),
                ..filter()
            },
            vec![1, 2, 3, 4],
        ),
    ] {
        let found: Vec<_> = stage
            .list(wanted.clone())
            .await
            .iter()
            .map(|line| line.id)
            .collect();
        assert_eq!(found, ids, "{wanted:?}");
    }
    let act = &stage
        .list(AuditFilter {
            kind: Some(AuditKind::Owner),
            limit: 1,
            ..filter()
        })
        .await[0];
    assert_eq!(
        (&act.record.installation, act.record.detail.as_deref()),
        (&None, Some("hello"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_chain_holds_also_after_a_restart_and_with_gaps_in_its_ids() {
    let stage = stage();
    assert_eq!(stage.verdict().await.broken, None, "an empty one");
    stage.three_days().await;
    let before = stage.verdict().await;
    assert_eq!(
        (before.verified, before.unchained, &before.broken),
        (12, 0, &None)
    );
    let days: Vec<_> = before
        .days
        .iter()
        .map(|day| (day.day.as_str(), day.records))
        .collect();
    assert_eq!(days, [("2026-03-01", 4), ("2026-03-02", 4), ("2026-03-03", 4)]);
    let again = stage.after("").await;
    assert_eq!(again, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tampering_is_found_and_the_first_broken_record_named() {
    for (tampering, record) in [
        // Edited.
        ("UPDATE audit SET outcome = 'CAPABILITY_DENIED' WHERE id = 6", 6),
        ("UPDATE audit SET at = at + 1 WHERE id = 1", 1),
        ("UPDATE audit SET touched = 'message:1' WHERE id = 7", 7),
        ("UPDATE audit SET touched = NULL, seal = NULL WHERE id = 7", 7),
        ("UPDATE audit SET touched = 'message:1' WHERE id = 6", 6),
        ("UPDATE audit SET detail = 'other' WHERE id = 12", 12),
        ("UPDATE audit SET hash = NULL WHERE id = 5", 5),
        ("UPDATE audit SET hash = zeroblob(32) WHERE id = 5", 5),
        // Deleted: the next one no longer fits.
        ("DELETE FROM audit WHERE id = 6", 7),
        ("DELETE FROM audit WHERE id = 1", 2),
        // Put in another order.
        (
            "UPDATE audit SET id = -1 WHERE id = 6; UPDATE audit SET id = 6 WHERE id = 7;
             UPDATE audit SET id = 7 WHERE id = -1",
            6,
        ),
        // Added.
        (
            "INSERT INTO audit (at, installation, method, allowed, outcome, duration_us)
             VALUES (1, 'hello_maid@1', 'kv.get', 1, 'ok', 1)",
            13,
        ),
        // Cut off: at the end of a day, at the end, a whole day, all days.
        ("DELETE FROM audit WHERE id = 8", 8),
        ("DELETE FROM audit WHERE id > 10", 12),
        ("DELETE FROM audit WHERE id BETWEEN 5 AND 8", 8),
        ("DELETE FROM audit WHERE id BETWEEN 5 AND 8; DELETE FROM audit_days WHERE id = 2", 9),
        ("DELETE FROM audit WHERE id < 5; DELETE FROM audit_days WHERE id = 1", 5),
        ("DELETE FROM audit_days", 1),
        // The end of a day made to fit what was cut.
        (
            "DELETE FROM audit WHERE id = 8;
             UPDATE audit_days SET last_id = 7, records = 3, head = (SELECT hash FROM audit WHERE id = 7) WHERE id = 2",
            9,
        ),
    ] {
        let stage = stage();
        stage.three_days().await;
        let verdict = stage.after(tampering).await;
        let broken = verdict.broken.unwrap_or_else(|| panic!("not found: {tampering}"));
        assert_eq!(broken.record, record, "{tampering}: {}", broken.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_days_are_forgotten_whole_and_the_rest_can_still_be_verified() {
    let stage = stage();
    stage.three_days().await;
    // On the 91st day after the first two of them.
    stage.hand.advance(DAY * 88);
    stage.storage.audit(stage.call("kv.get"));
    stage.storage.flush().await.unwrap();
    sweep(&stage.storage).await;
    let verdict = stage.verdict().await;
    assert_eq!(verdict.broken, None);
    let days: Vec<_> = verdict
        .days
        .iter()
        .map(|day| (day.day.as_str(), day.forgotten))
        .collect();
    assert_eq!(
        days,
        [("2026-03-02", true), ("2026-03-03", false), ("2026-05-31", false)]
    );
    assert_eq!(
        stage
            .list(AuditFilter::default())
            .await
            .first()
            .map(|line| line.id),
        Some(9)
    );
    let about = stage
        .storage
        .read(|tx| tx.audit().count_about(id(7)))
        .await
        .unwrap();
    assert_eq!(about, 1, "their places in the index are gone too");
    let verdict = stage.after("DELETE FROM audit WHERE id = 9").await;
    assert_eq!(
        verdict.broken.unwrap().record,
        10,
        "what is left is as safe as before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_about_a_person_can_be_blanked_and_the_chain_still_holds() {
    let stage = stage();
    stage.three_days().await;
    let blanked = stage
        .storage
        .write(|tx| tx.audit_mut().redact(id(7)))
        .await
        .unwrap();
    assert_eq!(blanked, 3);
    let again = stage
        .storage
        .write(|tx| tx.audit_mut().redact(id(7)))
        .await
        .unwrap();
    assert_eq!(again, 0);
    let events = stage
        .list(AuditFilter {
            kind: Some(AuditKind::Event),
            ..AuditFilter::default()
        })
        .await;
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|line| line.record.touched.is_empty()));
    let found = stage
        .list(AuditFilter {
            message: Some(id(101)),
            ..AuditFilter::default()
        })
        .await;
    assert_eq!(found, []);
    let verdict = stage.verdict().await;
    assert_eq!((verdict.verified, verdict.broken), (12, None));
    stage.storage.close().await;
    for entry in std::fs::read_dir(stage.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(8).any(|part| part == b"member:7"),
            "not even in free pages"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_from_before_the_chain_are_counted_and_do_not_break_it() {
    let stage = stage();
    stage.storage.close().await;
    let conn = rusqlite::Connection::open(stage.dir.path().join("platform.db")).unwrap();
    conn.execute_batch(
        "INSERT INTO audit (at, installation, method, allowed, outcome, duration_us)
         VALUES (1772000000000, 'hello_maid@1', 'kv.get', 1, 'ok', 1), (1772000000000, 'hello_maid@1', 'kv.put', 0, 'x', 1)",
    )
    .unwrap();
    drop(conn);
    let storage = Storage::open(stage.dir.path(), stage.clock.clone()).unwrap();
    storage.audit(stage.call("kv.get"));
    storage.flush().await.unwrap();
    let verdict = storage.read(|tx| tx.audit().verify()).await.unwrap();
    assert_eq!(
        (verdict.unchained, verdict.verified, verdict.broken),
        (2, 1, None)
    );
    stage.hand.advance(DAY * 100);
    sweep(&storage).await;
    let verdict = storage.read(|tx| tx.audit().verify()).await.unwrap();
    assert_eq!(
        (verdict.unchained, verdict.verified, verdict.broken),
        (0, 1, None),
        "the newest day stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_go_when_there_are_too_many_in_whole_stretches_and_never_the_newest() {
    let stage = stage();
    stage.three_days().await;
    let few = super::Keep { days: 90, rows: 9 };
    let step = async || {
        let step = stage
            .storage
            .write(move |tx| super::sweep(tx.conn, tx.now, few).map_err(crate::StorageError::on("sweep")));
        step.await.unwrap()
    };
    assert_eq!(step().await, 4, "12 of 9: the oldest day goes");
    assert_eq!(step().await, 0);
    assert_eq!(
        stage.storage.audit(stage.call("kv.get")),
        13,
        "ids are never given again"
    );
    let verdict = stage.verdict().await;
    assert_eq!((verdict.verified, verdict.broken), (9, None));
}

#[test]
fn one_day_can_be_bounded_because_it_has_several_stretches() {
    const { assert!(crate::limits::AUDIT_DAY_ROWS * 2 <= AUDIT_KEPT_ROWS) };
}
