//! The owner's view of a file: pages, single changes, everything for an export, and copies.

#![expect(clippy::unwrap_used, reason = "a test")]

use homemaid_sql::{Database, Options, Page, SqlError};
use serde_json::{Map, Value, json};

const NOW: i64 = 1_767_225_600_000_000;

struct Place {
    folder: tempfile::TempDir,
    db: Database,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let mut db = Database::open(&folder.path().join("1.db"), "plugin_shop_1", Options::default()).unwrap();
    db.execute(
        "CREATE TABLE items (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE, price NUMERIC(6,2) CHECK (price >= 0),
                             tags TEXT[], data JSONB, made TIMESTAMPTZ DEFAULT now());
         CREATE TABLE sales (item INT REFERENCES items (id) ON DELETE CASCADE, n INT, PRIMARY KEY (item, n));
         INSERT INTO items (name, price, tags, data)
             SELECT 'item ' || g, g * 1.25, ARRAY['t' || g], jsonb_build_object('g', g) FROM generate_series(1, 25) g;
         INSERT INTO sales SELECT g, g * 10 FROM generate_series(1, 5) g",
        &[],
        NOW,
    )
    .unwrap();
    Place { folder, db }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

#[test]
fn tables_are_shown_as_they_were_declared() {
    let tables = place().db.tables().unwrap();
    let shown: Vec<_> = tables
        .iter()
        .map(|table| (table.name.as_str(), table.rows))
        .collect();
    assert_eq!(shown, [("items", 25), ("sales", 5)], "and none of the host's own");
    let columns: Vec<_> = tables[0]
        .columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                column.type_name.as_str(),
                column.nullable,
                column.primary,
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "integer", false, true),
            ("name", "text", false, false),
            ("price", "numeric", true, false),
            ("tags", "text[]", true, false),
            ("data", "jsonb", true, false),
            ("made", "timestamp with time zone", true, false),
        ]
    );
}

#[test]
fn pages_follow_one_another_and_values_are_the_plugin_s() {
    let place = place();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = place.db.rows("items", &Page { after, limit: 10 }).unwrap();
        assert!(page.rows.len() <= 10);
        seen.extend(page.rows.into_iter().map(|row| row.values));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(
        Value::Object(seen[1].clone()),
        json!({"id": 2, "name": "item 2", "price": 2.5, "tags": ["t2"], "data": {"g": 2}, "made": "2026-01-01T00:00:00+00:00"})
    );
    for name in [
        "nope",
        "homemaid_catalog",
        "sqlite_master",
        "items; DROP TABLE items",
    ] {
        let error = place.db.rows(name, &Page::default()).unwrap_err();
        assert_eq!(error.state(), Some("42P01"), "{name}");
    }
}

#[test]
fn a_row_is_changed_under_the_plugin_s_own_rules() {
    let mut place = place();
    let change =
        object(json!({"price": "3.999", "tags": ["x", "y z"], "data": {"new": [1, null]}, "made": null}));
    assert!(place.db.edit("items", 3, &change, NOW).unwrap());
    let row = place
        .db
        .query_one("SELECT * FROM items WHERE id = 3", &[], NOW)
        .unwrap()
        .unwrap();
    assert_eq!(
        Value::Object(row),
        json!({"id": 3, "name": "item 3", "price": 4, "tags": ["x", "y z"], "data": {"new": [1, null]}, "made": null})
    );
    for (change, state) in [
        (json!({"price": -1}), "23514"),
        (json!({"name": "item 4"}), "23505"),
        (json!({"name": null}), "23502"),
        (json!({"price": "dear"}), "22P02"),
        (json!({"nope": 1}), "42703"),
        (json!({"name\" = 'x', price = '9": 1}), "42703"),
    ] {
        let error = place
            .db
            .edit("items", 3, &object(change.clone()), NOW)
            .unwrap_err();
        assert_eq!(error.state(), Some(state), "{change}: {error}");
    }
    assert!(
        !place
            .db
            .edit("items", 999, &object(json!({"price": 1})), NOW)
            .unwrap()
    );
    assert_eq!(place.db.integrity().unwrap(), None);
}

#[test]
fn a_row_that_is_deleted_takes_along_what_refers_to_it() {
    let mut place = place();
    assert!(place.db.delete_row("items", 2).unwrap());
    assert!(!place.db.delete_row("items", 2).unwrap());
    let left = place
        .db
        .query_one("SELECT count(*), min(item) FROM sales WHERE item > 1", &[], NOW)
        .unwrap();
    assert_eq!(left.map(Value::Object), Some(json!({"count": 3, "min": 3})));
}

#[test]
fn an_export_has_every_row_and_ends_when_it_cannot_be_taken() {
    let place = place();
    let mut names = Vec::new();
    place
        .db
        .export(&mut |table, row| {
            names.push((table.to_owned(), row.values.len()));
            Ok(())
        })
        .unwrap();
    assert_eq!(names.len(), 30);
    assert_eq!(
        (&names[0], &names[29]),
        (&("items".to_owned(), 6), &("sales".to_owned(), 2))
    );
    let mut taken = 0;
    let stopped = place.db.export(&mut |_, _| {
        taken += 1;
        Err(SqlError::Quota("enough".to_owned()))
    });
    assert!(stopped.is_err() && taken == 1);
}

#[test]
fn a_copy_stands_alone_and_is_whole() {
    let mut place = place();
    let path = place.folder.path().join("copy.db");
    place.db.backup_to(&path).unwrap();
    place.db.execute("DROP TABLE items CASCADE", &[], NOW).unwrap();
    assert!(!place.folder.path().join("copy.db-wal").exists());
    let mut copy = Database::open(&path, "plugin_shop_1", Options::default()).unwrap();
    assert_eq!(copy.integrity().unwrap(), None);
    assert_eq!(copy.tables().unwrap()[0].rows, 25);
    // Its numbers go on where they were.
    let next = copy
        .query_one("INSERT INTO items (name) VALUES ('new') RETURNING id", &[], NOW)
        .unwrap();
    assert_eq!(next.map(Value::Object), Some(json!({"id": 26})));
}
