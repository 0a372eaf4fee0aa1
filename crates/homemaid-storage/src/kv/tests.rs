//! Key-value behaviour over a real SQLite database in memory; random sequences against a simple model are in `model`.

use homemaid_protocol::limits::{KV_KEYS, KV_VALUE_BYTES};
use homemaid_protocol::{ErrorCode, InstallationId, RpcError};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::sweep;
use crate::tx::{ReadTx, WriteTx};
use crate::{KvAmount, KvError, KvKey, KvText, KvTtl, SWEEP_ROWS, schema};

mod browse;
mod model;

/// A database whose clock is moved by hand.
struct Db {
    conn: Connection,
    now: i64,
}

fn db() -> Db {
    let mut conn = Connection::open_in_memory().unwrap();
    crate::connection::settings(&conn).unwrap();
    schema::PLATFORM.migrate(&mut conn, "memory".as_ref()).unwrap();
    Db { conn, now: 0 }
}

fn here() -> InstallationId {
    "hello_maid@1".parse().unwrap()
}

fn key(text: &str) -> KvKey {
    KvKey::parse(text).unwrap()
}

impl Db {
    fn tx(&self) -> WriteTx<'_> {
        WriteTx::new(&self.conn, self.now)
    }

    fn view(&self) -> ReadTx<'_> {
        *self.tx()
    }

    fn put(&self, name: &str, value: &Value, ttl: i64) -> Result<(), KvError> {
        let (value, ttl) = (KvText::new(value)?, KvTtl::seconds(ttl)?);
        self.tx().kv(&here()).put(&KvKey::parse(name)?, &value, ttl)
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.view().kv(&here()).get(&key(name)).unwrap()
    }

    fn increment(&self, name: &str, path: &str, amount: i64) -> Result<Value, KvError> {
        self.tx().kv(&here()).increment(&key(name), path, amount.into())
    }

    fn list(&self, prefix: &str, limit: i64, after: &str) -> Vec<String> {
        self.view().kv(&here()).list(prefix, limit, after).unwrap()
    }

    fn count(&self, prefix: &str) -> u64 {
        self.view().kv(&here()).count(prefix).unwrap()
    }

    /// Rows on the disk, seen or not.
    fn stored(&self) -> i64 {
        self.conn
            .query_row("SELECT count(*) FROM kv", [], |row| row.get(0))
            .unwrap()
    }

    /// What the triggers counted.
    fn counted(&self) -> i64 {
        self.conn
            .query_row("SELECT coalesce(sum(keys), 0) FROM kv_spaces", [], |row| {
                row.get(0)
            })
            .unwrap()
    }
}

#[test]
fn a_stored_null_is_not_a_missing_key() {
    let db = db();
    assert_eq!(db.get("a"), None);
    db.put("a", &json!(null), 0).unwrap();
    assert_eq!(db.get("a"), Some(Value::Null));
    assert_eq!(db.count(""), 1);
}

#[test]
fn values_come_back_as_they_went_in() {
    let db = db();
    for value in [
        json!({"z": 1, "a": [true, null, "ä🧹\u{0}\n"]}),
        json!({"value_json": {"value_json": 1}}),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(-0.0),
        json!(1e-7),
        json!(""),
    ] {
        db.put("a", &value, 0).unwrap();
        let back = db.get("a").unwrap();
        assert_eq!(
            back.to_string(),
            value.to_string(),
            "the order of names and the kind of number too"
        );
    }
}

#[test]
fn installations_see_their_own_data_only() {
    let db = db();
    db.put("a", &json!(1), 0).unwrap();
    for other in ["hello_maid@2", "welcome_mat@1"] {
        let other: InstallationId = other.parse().unwrap();
        assert_eq!(db.view().kv(&other).get(&key("a")).unwrap(), None);
        assert_eq!(db.view().kv(&other).count("").unwrap(), 0);
        db.tx().kv(&other).del(&key("a")).unwrap();
    }
    assert_eq!(db.get("a"), Some(json!(1)));
}

#[test]
fn a_value_is_gone_exactly_at_its_time_everywhere() {
    let mut db = db();
    db.put("a", &json!(1), 10).unwrap();
    db.put("b", &json!(2), 0).unwrap();
    db.now = 9_999;
    assert_eq!((db.get("a"), db.count("")), (Some(json!(1)), 2));
    db.now = 10_000;
    let kv = db.view().kv(&here());
    assert_eq!(kv.get(&key("a")).unwrap(), None);
    assert_eq!(kv.list("", 100, "").unwrap(), ["b"]);
    assert_eq!(kv.count("").unwrap(), 1);
    assert_eq!(Value::from(kv.list_values("", 100).unwrap()), json!({"b": 2}));
    assert_eq!(
        Value::from(kv.mget(&[key("a"), key("b")]).unwrap()),
        json!({"b": 2})
    );
    assert_eq!(
        db.increment("a", "", 5).unwrap(),
        json!(5),
        "counted from nothing, not from what expired"
    );
    db.now = 100_000;
    assert_eq!(db.get("a"), Some(json!(5)), "and the new value has no expiry");
}

#[test]
fn put_and_mput_clear_an_expiry_and_increment_keeps_it() {
    let mut db = db();
    for name in ["put", "mput", "increment", "ttl"] {
        db.put(name, &json!(1), 10).unwrap();
    }
    db.put("put", &json!(2), 0).unwrap();
    db.put("ttl", &json!(2), 20).unwrap();
    db.tx()
        .kv(&here())
        .mput(&[(key("mput"), KvText::new(&json!(2)).unwrap())])
        .unwrap();
    db.increment("increment", "", 1).unwrap();
    db.now = 10_000;
    assert_eq!(db.list("", 100, ""), ["mput", "put", "ttl"]);
    db.now = 20_000;
    assert_eq!(db.list("", 100, ""), ["mput", "put"]);
}

#[test]
fn a_time_to_live_beyond_all_calendars_is_for_ever_and_a_negative_one_is_refused() {
    let mut db = db();
    db.put("a", &json!(1), i64::MAX).unwrap();
    db.now = i64::MAX - 1;
    assert_eq!(db.get("a"), Some(json!(1)));
    let error = RpcError::from(db.put("a", &json!(1), -1).unwrap_err());
    assert_eq!(error.code(), ErrorCode::ValidationError);
}

#[test]
fn keys_are_listed_by_code_point_page_by_page() {
    let db = db();
    // UTF-16 order would put the broom before U+FFFD.
    let order = ["B", "a", "a\u{1}", "aa", "b%", "b_", "ä", "\u{fffd}", "🧹"];
    for name in order.iter().rev() {
        db.put(name, &json!(0), 0).unwrap();
    }
    assert_eq!(db.list("", 1_000, ""), order);
    assert_eq!(db.list("b", 1_000, ""), ["b%", "b_"], "nothing is a pattern");
    assert_eq!(db.list("b_", 1_000, ""), ["b_"]);
    assert_eq!(db.list("a", 2, ""), ["a", "a\u{1}"]);
    assert_eq!(db.list("a", 2, "a\u{1}"), ["aa"], "the cursor itself is left out");
    assert_eq!(
        db.list("b", 10, "a"),
        ["b%", "b_"],
        "a cursor before the prefix changes nothing"
    );
    assert_eq!(db.list("a", 10, "z"), [""; 0], "and one behind it leaves nothing");
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = db.list("", 2, &cursor);
        let Some(last) = page.last() else { break };
        cursor.clone_from(last);
        pages.extend(page);
    }
    assert_eq!(pages, order);
}

#[test]
fn limits_are_brought_into_range() {
    let db = db();
    for n in 0..1_005 {
        db.put(&format!("{n:04}"), &json!(n), 0).unwrap();
    }
    assert_eq!(db.list("", i64::MAX, "").len(), 1_000);
    assert_eq!(db.list("", 0, "").len(), 1);
    assert_eq!(db.list("", -5, "").len(), 1);
    let kv = db.view().kv(&here());
    assert_eq!(kv.list_values("", 1_000).unwrap().len(), 100);
    let keys: Vec<_> = (0..51).map(|n| key(&format!("{n:04}"))).collect();
    assert_eq!(kv.mget(&keys[..50]).unwrap().len(), 50);
    assert!(matches!(
        kv.mget(&keys),
        Err(KvError::Invalid { field: "keys", .. })
    ));
    let entry = |n: usize| (key(&format!("new{n}")), KvText::new(&json!(n)).unwrap());
    let entries: Vec<_> = (0..26).map(entry).collect();
    assert!(matches!(
        db.tx().kv(&here()).mput(&entries),
        Err(KvError::Invalid { field: "entries", .. })
    ));
    db.tx().kv(&here()).mput(&entries[..25]).unwrap();
    assert_eq!(db.count("new"), 25);
}

#[test]
fn a_value_may_be_exactly_as_large_as_allowed() {
    let db = db();
    let fits = json!("x".repeat(KV_VALUE_BYTES - 2));
    db.put("a", &fits, 0).unwrap();
    let over = json!("ä".repeat(KV_VALUE_BYTES / 2));
    let error = RpcError::from(db.put("a", &over, 0).unwrap_err());
    assert_eq!(error.code(), ErrorCode::KvQuotaExceeded);
    assert_eq!(
        error.message(),
        "kv quota: value is 65538 bytes, limit is 65536 bytes"
    );
    assert_eq!(db.get("a"), Some(fits), "the refused write changed nothing");

    db.put("o", &json!({"pad": "x".repeat(KV_VALUE_BYTES - 20)}), 0)
        .unwrap();
    assert!(matches!(
        db.increment("o", "counter.deep", 1),
        Err(KvError::ValueTooLarge { .. })
    ));
    assert_eq!(db.increment("o", "n", 1).unwrap(), json!(1), "what fits, fits");
}

#[test]
fn the_ten_thousandth_key_fits_and_the_next_does_not() {
    let mut db = db();
    let tx = db.conn.unchecked_transaction().unwrap();
    for n in 1..KV_KEYS {
        db.put(&format!("k{n}"), &json!(n), if n <= 3 { 10 } else { 0 })
            .unwrap();
    }
    tx.commit().unwrap();
    db.put("last", &json!(0), 0).unwrap();
    let error = RpcError::from(db.put("one more", &json!(0), 0).unwrap_err());
    assert_eq!(error.code(), ErrorCode::KvQuotaExceeded);
    assert_eq!(
        error.message(),
        "kv quota reached: 10000 keys per server and plugin"
    );
    assert!(matches!(
        db.increment("one more", "", 1),
        Err(KvError::TooManyKeys)
    ));
    assert!(matches!(
        db.increment("one more", "a.b", 1),
        Err(KvError::TooManyKeys)
    ));
    db.put("last", &json!(1), 0)
        .expect("a key that is there can be written");
    db.increment("last", "", 1).unwrap();

    let entry = |name: &str| (key(name), KvText::new(&json!("m")).unwrap());
    let put_two = |db: &Db| db.tx().kv(&here()).mput(&[entry("last"), entry("one more")]);
    assert!(matches!(put_two(&db), Err(KvError::TooManyKeys)));
    assert_eq!(db.get("last"), Some(json!(2)), "all or nothing");

    // Three of the keys expire. They do not count, though nobody swept them yet.
    db.now = 10_000;
    assert_eq!(db.count(""), KV_KEYS - 3);
    let four = ["n1", "n2", "n3", "n4"].map(entry);
    assert!(
        matches!(db.tx().kv(&here()).mput(&four), Err(KvError::TooManyKeys)),
        "three places are free"
    );
    assert_eq!(db.count("n"), 0);
    put_two(&db).unwrap();
    db.put("two more", &json!(0), 0).unwrap();
    db.put("k1", &json!("one that had expired"), 0).unwrap();
    assert!(matches!(db.put("k2", &json!(0), 0), Err(KvError::TooManyKeys)));
    db.tx().kv(&here()).del(&key("k1")).unwrap();
    db.put("k2", &json!(0), 0).unwrap();
    assert_eq!(db.count(""), KV_KEYS);
    assert_eq!(db.counted(), db.stored());

    let neighbour: InstallationId = "welcome_mat@1".parse().unwrap();
    db.tx()
        .kv(&neighbour)
        .put(&key("a"), &KvText::new(&json!(1)).unwrap(), KvTtl::NONE)
        .expect("one installation's quota is its own");
}

#[test]
fn an_expired_row_under_the_key_that_is_written_takes_no_second_place() {
    let mut db = db();
    let tx = db.conn.unchecked_transaction().unwrap();
    for n in 0..KV_KEYS {
        db.put(&format!("k{n}"), &json!(n), i64::from(n == 0) * 10)
            .unwrap();
    }
    tx.commit().unwrap();
    db.now = 10_000;
    db.put("k0", &json!("again"), 0).unwrap();
    assert_eq!((db.count(""), db.stored()), (KV_KEYS, 10_000));
    assert!(matches!(db.put("new", &json!(1), 0), Err(KvError::TooManyKeys)));
}

#[test]
fn decr_of_a_missing_key_is_minus_the_amount() {
    let db = db();
    assert_eq!(
        db.tx().kv(&here()).decr(&key("a"), KvAmount::from(3)).unwrap(),
        json!(-3)
    );
    assert_eq!(
        db.tx().kv(&here()).decr(&key("a"), KvAmount::from(-1)).unwrap(),
        json!(-2)
    );
}

#[test]
fn sweeps_remove_expired_rows_a_bounded_number_at_a_time() {
    let mut db = db();
    let many = i64::from(SWEEP_ROWS) + 10;
    for n in 0..many {
        db.put(&format!("gone{n}"), &json!(n), 1).unwrap();
    }
    db.put("stays", &json!(1), 0).unwrap();
    db.now = 1_000;
    assert_eq!(sweep(&db.conn, db.now).unwrap(), SWEEP_ROWS as usize);
    assert_eq!(sweep(&db.conn, db.now).unwrap(), 10);
    assert_eq!(sweep(&db.conn, db.now).unwrap(), 0);
    assert_eq!((db.stored(), db.counted()), (1, 1));
}

#[test]
fn what_an_installation_leaves_is_unseen_at_once_and_swept_later() {
    let db = db();
    for n in 0..700 {
        db.put(&format!("k{n}"), &json!(n), 0).unwrap();
    }
    db.tx().kv(&here()).clear().unwrap();
    assert_eq!((db.count(""), db.get("k1"), db.stored()), (0, None, 700));
    db.put("k1", &json!("of the next installation"), 0).unwrap();
    let mut steps = 0;
    while sweep(&db.conn, db.now).unwrap() > 0 {
        steps += 1;
        assert!(steps < 10, "sweeping comes to an end");
    }
    assert_eq!((db.stored(), db.counted(), db.count("")), (1, 1, 1));
    let spaces: i64 = db
        .conn
        .query_row("SELECT count(*) FROM kv_spaces", [], |row| row.get(0))
        .unwrap();
    assert_eq!(spaces, 1, "the abandoned space itself is gone too");
}

#[test]
fn listing_searches_the_index_instead_of_reading_everything() {
    let db = db();
    let plan: Vec<String> = db
        .conn
        .prepare(
            "EXPLAIN QUERY PLAN SELECT key FROM kv
             WHERE space = (SELECT id FROM kv_spaces WHERE installation = ?1)
               AND (expires_at IS NULL OR expires_at > ?2) AND key >= ?3 AND key < ?4 ORDER BY key LIMIT ?5",
        )
        .unwrap()
        .query_map(["a", "0", "a", "b", "1"], |row| row.get(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let plan = plan.join("; ");
    assert!(plan.contains("(space=? AND key>? AND key<?)"), "{plan}");
    assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
}
