//! What must hold for any bytes; run by the fuzz target, and over the seeds by the crate's ordinary tests.

use std::time::Duration;

use homemaid_sql::{Database, Options, SqlError, check};
use serde_json::{Value, json};

const NOW: i64 = 1_767_225_600_000_000;
/// What the plugin whose statements these are must not reach: another one's row, and the host's own tables.
const SECRET: &str = "canary-3f9c1d";

/// Calls of a plugin: the bytes up to the first zero are a statement, those after it JSON parameters, and so on.
pub(crate) fn statements(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let options = Options {
        statement_time: Duration::from_millis(200),
        storage_bytes: 1_000_000,
        ddl_per_hour: 20,
    };
    let other = folder.path().join("other.db");
    let mut theirs = Database::open(&other, "plugin_other_1", options.clone()).expect("a new file");
    theirs
        .execute(&format!("CREATE TABLE t AS SELECT '{SECRET}' AS own"), &[], NOW)
        .expect("an ordinary statement");
    let path = folder.path().join("own.db");
    let mut db = Database::open(&path, "plugin_own_1", options).expect("a new file");
    db.execute(
        "CREATE TABLE t (id SERIAL PRIMARY KEY, a INT, b TEXT, c JSONB, d TEXT[])",
        &[],
        NOW,
    )
    .expect("an ordinary statement");
    let mut parts = data.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    while let Some(sql) = parts.next() {
        let params = parts.next().and_then(|text| serde_json::from_str(&text).ok());
        let params: Vec<Value> = params.unwrap_or_default();
        one(&mut db, &sql, &params);
    }
    // Whatever ran, the file is whole and the next call is served.
    assert_eq!(db.integrity().expect("the file can be read"), None);
    let found = db.query_one("SELECT 1 AS one", &[], NOW).expect("served");
    assert_eq!(found.map(Value::Object), Some(json!({"one": 1})));
    let tables = db.tables().expect("the catalog fits the file");
    drop(db);
    let again = Database::open(&path, "plugin_own_1", Options::default()).expect("it opens again");
    assert_eq!(
        again.tables().expect("readable"),
        tables,
        "what was kept is what was known"
    );
}

fn one(db: &mut Database, sql: &str, params: &[Value]) {
    let checked = check(sql, params.is_empty());
    let mut results = vec![db.execute(sql, params, NOW).map(|_| Value::Null)];
    let rows = db.query(sql, params, 5, NOW);
    results.push(rows.map(|found| {
        assert!(found.rows.len() <= 5);
        found.rows.into_iter().map(Value::Object).collect()
    }));
    for result in results {
        match result {
            Ok(rows) => {
                assert!(checked.is_ok(), "{sql:?} ran although it is refused");
                let text = rows.to_string();
                assert!(
                    !text.contains(SECRET) && !text.contains("homemaid_catalog"),
                    "{sql:?}: {text}"
                );
            }
            Err(SqlError::Host(error)) => panic!("{sql:?}: {error:?}"),
            Err(SqlError::Failed(error)) => {
                assert!(
                    error.state.len() == 5 && error.state != "XX000",
                    "{sql:?}: {error:?}"
                );
                assert!(
                    error.message.len() < 2_000 && !error.message.contains('\u{1}'),
                    "{sql:?}: {error:?}"
                );
            }
            Err(error) => assert!(error.to_string().len() < 500, "{sql:?}: {error}"),
        }
    }
}
