//! The way of an ordinary plugin: tables, rows, questions, mistakes.

#![expect(clippy::unwrap_used, reason = "a test")]

use homemaid_sql::{Database, Options, SqlError};
use serde_json::{Value, json};

const NOW: i64 = 1_767_225_600_000_000;

fn open() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("1.db"), "plugin_shop_1", Options::default()).unwrap();
    (folder, database)
}

fn rows(database: &mut Database, sql: &str, params: &[Value]) -> Value {
    let rows = database
        .query(sql, params, 100, NOW)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.rows.into_iter().map(Value::Object).collect()
}

#[test]
fn a_plugin_s_ordinary_day() {
    let (_folder, mut db) = open();
    let count = db
        .execute(
            "CREATE TABLE IF NOT EXISTS scores (
                id SERIAL PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, points INT NOT NULL DEFAULT 0 CHECK (points >= 0),
                tags TEXT[], data JSONB DEFAULT '{}', created TIMESTAMPTZ DEFAULT NOW());
             CREATE INDEX IF NOT EXISTS scores_points ON scores USING btree (points DESC);",
            &[],
            NOW,
        )
        .unwrap();
    assert_eq!(count, 0);
    let upsert = "INSERT INTO scores (user_id, points) VALUES ($1, $2)
                  ON CONFLICT (user_id) DO UPDATE SET points = scores.points + EXCLUDED.points
                  RETURNING id, points, (xmax = 0) AS inserted";
    assert_eq!(
        rows(&mut db, upsert, &[json!("a"), json!(5)]),
        json!([{"id": 1, "points": 5, "inserted": true}])
    );
    assert_eq!(
        rows(&mut db, upsert, &[json!("a"), json!(7)]),
        json!([{"id": 1, "points": 12, "inserted": false}])
    );
    assert_eq!(
        db.execute("INSERT INTO scores (user_id) VALUES (%s)", &[json!("b")], NOW)
            .unwrap(),
        1
    );
    assert_eq!(
        rows(
            &mut db,
            "SELECT *, created::date FROM scores WHERE user_id = ANY($1) ORDER BY id",
            &[json!(["b", "z"])]
        ),
        json!([{"id": 3, "user_id": "b", "points": 0, "tags": null, "data": {},
                "created": "2026-01-01"}]),
        "the second created wins in the first's place"
    );
    assert_eq!(
        rows(
            &mut db,
            "SELECT count(*), sum(points), avg(points), now() - interval '1 day' FROM scores",
            &[]
        ),
        json!([{"count": 2, "sum": 12, "avg": 6, "?column?": "2025-12-31T00:00:00+00:00"}])
    );
    // A snowflake given as a number finds the text column, which PostgreSQL refuses (sql §9).
    db.execute(
        "INSERT INTO scores (user_id) VALUES ('1234567890123456789')",
        &[],
        NOW,
    )
    .unwrap();
    let found = rows(
        &mut db,
        "DELETE FROM scores WHERE user_id = $1 RETURNING user_id",
        &[json!(1_234_567_890_123_456_789_i64)],
    );
    assert_eq!(found, json!([{"user_id": "1234567890123456789"}]));
    let error = |result: Result<u64, SqlError>| result.unwrap_err().to_string();
    assert_eq!(
        error(db.execute("INSERT INTO scores (user_id) VALUES ('a')", &[], NOW)),
        "SQL execution failed: duplicate key value violates unique constraint \"scores_user_id_key\""
    );
    assert_eq!(
        error(db.execute("UPDATE scores SET points = -1", &[], NOW)),
        "SQL execution failed: new row for relation \"scores\" violates check constraint \"scores_points_check\""
    );
    assert_eq!(
        error(db.execute("SELECT nope FROM scores", &[], NOW)),
        "SQL execution failed: column \"nope\" does not exist"
    );
    assert_eq!(db.tables().unwrap()[0].rows, 2);
}
