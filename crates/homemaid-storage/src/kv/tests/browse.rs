//! The owner's look into the data, changes that name what was seen, and replacing all of it.

use serde_json::json;

use super::*;
use crate::{BROWSE_PAGE_BYTES, BROWSE_ROWS, Expiry, KvPage, KvQuery, KvRow};

fn page(db: &Db, query: &KvQuery) -> KvPage {
    db.view().kv(&here()).browse(query).unwrap()
}

fn put_if(db: &Db, name: &str, value: i64, expires: Expiry, tag: Option<&str>) -> Result<String, KvError> {
    let text = KvText::new(&json!(value)).unwrap();
    db.tx().kv(&here()).put_if(&key(name), &text, expires, tag)
}

#[test]
fn pages_follow_each_other_and_hold_every_live_row_once() {
    let mut db = db();
    for n in 0..450 {
        db.put(&format!("k{n:03}"), &json!(n), 0).unwrap();
    }
    db.put("gone", &json!(0), 1).unwrap();
    db.now = 1_000;
    let (mut after, mut keys, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let found = page(
            &db,
            &KvQuery {
                after,
                limit: u32::MAX,
                ..KvQuery::default()
            },
        );
        assert_eq!(found.keys, 450);
        assert!(found.entries.len() <= BROWSE_ROWS as usize);
        keys.extend(found.entries.into_iter().map(|entry| entry.key));
        pages += 1;
        match found.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(keys, (0..450).map(|n| format!("k{n:03}")).collect::<Vec<_>>());
    let found = page(
        &db,
        &KvQuery {
            prefix: "k44".to_owned(),
            after: "k447".to_owned(),
            limit: 10,
            ..KvQuery::default()
        },
    );
    assert_eq!(
        found
            .entries
            .iter()
            .map(|entry| entry.key.as_str())
            .collect::<Vec<_>>(),
        ["k448", "k449"]
    );
    assert_eq!(found.next, None);
}

#[test]
fn a_search_looks_into_keys_and_values_and_large_rows_make_short_pages() {
    let db = db();
    for n in 0..40 {
        db.put(&format!("big{n:02}"), &json!("x".repeat(60_000)), 0)
            .unwrap();
    }
    db.put("name", &json!({"who": "Àgnes"}), 0).unwrap();
    db.put("NAMED", &json!(1), 0).unwrap();
    let keys = |search: &str| {
        let found = page(
            &db,
            &KvQuery {
                search: search.to_owned(),
                limit: 100,
                ..KvQuery::default()
            },
        );
        assert_eq!(found.next, None);
        found
            .entries
            .into_iter()
            .map(|entry| entry.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("àGNES"), ["name"]);
    assert_eq!(keys("name"), ["NAMED", "name"]);
    assert_eq!(keys("nothing like that"), Vec::<String>::new());
    let found = page(
        &db,
        &KvQuery {
            limit: 100,
            ..KvQuery::default()
        },
    );
    let bytes: usize = found.entries.iter().map(|entry| entry.value.len()).sum();
    assert!(
        bytes < BROWSE_PAGE_BYTES + 70_000 && found.next.is_some(),
        "{bytes}"
    );
}

#[test]
fn a_change_happens_only_to_what_was_seen() {
    let mut db = db();
    let tag = put_if(&db, "a", 1, Expiry::Keep, None).unwrap();
    assert!(
        matches!(put_if(&db, "a", 2, Expiry::Keep, None), Err(KvError::Changed)),
        "it is there by now"
    );
    assert!(
        matches!(
            put_if(&db, "b", 2, Expiry::Keep, Some(&tag)),
            Err(KvError::Changed)
        ),
        "it is not there"
    );
    let tag = put_if(&db, "a", 2, Expiry::Keep, Some(&tag)).unwrap();
    // The plugin changes it.
    db.put("a", &json!(3), 0).unwrap();
    assert!(matches!(
        put_if(&db, "a", 4, Expiry::Keep, Some(&tag)),
        Err(KvError::Changed)
    ));
    assert_eq!(db.get("a"), Some(json!(3)));
    // The expiry counts as well, and stays when it is not named.
    let tag = page(&db, &KvQuery::default()).entries[0].tag.clone();
    let until = put_if(&db, "a", 3, Expiry::Set(KvTtl::seconds(5).unwrap()), Some(&tag)).unwrap();
    assert_ne!(until, tag);
    let kept = put_if(&db, "a", 5, Expiry::Keep, Some(&until)).unwrap();
    let seen = page(&db, &KvQuery::default());
    assert_eq!(
        (seen.entries[0].expires_at, seen.entries[0].tag.as_str()),
        (Some(5_000), kept.as_str())
    );
    assert!(matches!(
        db.tx().kv(&here()).del_if(&key("a"), &until),
        Err(KvError::Changed)
    ));
    db.now = 5_000;
    assert!(
        matches!(
            db.tx().kv(&here()).del_if(&key("a"), &kept),
            Err(KvError::Changed)
        ),
        "it has expired"
    );
    let tag = put_if(&db, "a", 6, Expiry::Keep, None).unwrap();
    db.tx().kv(&here()).del_if(&key("a"), &tag).unwrap();
    assert_eq!(db.count(""), 0);
}

#[test]
fn quotas_hold_for_the_owner_too() {
    let db = db();
    for n in 0..KV_KEYS {
        db.put(&n.to_string(), &json!(0), 0).unwrap();
    }
    assert!(matches!(
        put_if(&db, "more", 1, Expiry::Keep, None),
        Err(KvError::TooManyKeys)
    ));
    let first = page(&db, &KvQuery::default()).entries.remove(0);
    put_if(&db, &first.key, 1, Expiry::Keep, Some(&first.tag)).unwrap();
}

#[test]
fn a_restore_takes_the_place_of_everything_at_once() {
    let db = db();
    for n in 0..300 {
        db.put(&format!("{n:03}"), &json!("y".repeat(30_000)), 0).unwrap();
    }
    let other: InstallationId = "other_maid@1".parse().unwrap();
    let mut after = String::new();
    let mut steps = 0;
    db.tx().kv(&other).restore_begin().unwrap();
    loop {
        let rows = db.view().kv(&here()).dump(&after).unwrap();
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.key);
        db.tx().kv(&other).restore_add(&rows).unwrap();
        steps += 1;
        assert_eq!(
            db.view().kv(&other).count("").unwrap(),
            0,
            "not seen before it is whole"
        );
    }
    assert!(steps > 1, "it is more than one step takes");
    db.tx()
        .kv(&other)
        .put(&key("old"), &KvText::new(&json!(1)).unwrap(), KvTtl::NONE)
        .unwrap();
    assert_eq!(db.tx().kv(&other).restore_finish().unwrap(), 300);
    assert_eq!(db.view().kv(&other).count("").unwrap(), 300);
    assert_eq!(db.view().kv(&other).get(&key("old")).unwrap(), None);
    assert!(
        db.tx().kv(&other).restore_finish().is_err(),
        "nothing is beside it any more"
    );

    // What the contract does not allow is not let in by this way either.
    let bad = |key: &str, value: &str| KvRow {
        key: key.to_owned(),
        value: value.to_owned(),
        expires_at: None,
    };
    db.tx().kv(&other).restore_begin().unwrap();
    for row in [
        bad("", "1"),
        bad("a\0", "1"),
        bad("k", "no json"),
        bad("k", &json!("z".repeat(65_535)).to_string()),
    ] {
        assert!(db.tx().kv(&other).restore_add(&[row]).is_err());
    }
}
