//! Hostile statements and data: each guard of sql §2, §6 and §7 is made to fire through the plugin's own calls.
//! Those no statement reaches (authorizer, defensive mode) are tested beside their code in `src/db/guard.rs`.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::time::{Duration, Instant};

use homemaid_sql::{
    COLUMNS, Database, Databases, NOT_SUPPORTED, Options, PARAMS, RESULT_BYTES, SqlError, TABLES, TEXT_BYTES,
};
use serde_json::{Value, json};

const NOW: i64 = 1_767_225_600_000_000;
const TIMEOUT: &str = "SQL execution failed: canceling statement due to statement timeout";

struct Place {
    _folder: tempfile::TempDir,
    db: Database,
}

fn open(options: Options) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&folder.path().join("1.db"), "plugin_evil_1", options).unwrap();
    Place { _folder: folder, db }
}

fn plain() -> Place {
    open(Options::default())
}

impl Place {
    fn run(&mut self, sql: &str) -> u64 {
        self.db
            .execute(sql, &[], NOW)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn fails(&mut self, sql: &str) -> SqlError {
        match self.db.query(sql, &[], 10, NOW) {
            Err(error) => error,
            Ok(rows) => panic!("{}: {rows:?}", &sql[..sql.len().min(200)]),
        }
    }

    fn value(&mut self, sql: &str) -> Value {
        let row = self.db.query_one(sql, &[], NOW).unwrap().unwrap();
        row.into_iter().next().unwrap().1
    }
}

#[test]
fn what_takes_too_long_is_cancelled_wherever_the_time_goes() {
    let mut place = open(Options {
        statement_time: Duration::from_millis(300),
        ..Options::default()
    });
    for sql in [
        // Rows without end, and rows by rows.
        "WITH RECURSIVE c(n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c",
        "SELECT count(*) FROM generate_series(1, 90000) a, generate_series(1, 90000) b, generate_series(1, 90000) c",
        "SELECT a FROM generate_series(1, 90000) a, generate_series(1, 90000) b ORDER BY md5((a * b)::text) LIMIT 1",
        // One function call that never comes back to SQLite.
        "SELECT repeat('a', 4000000) LIKE '%' || repeat('a', 400000) || 'b%'",
        "SELECT ARRAY(SELECT g FROM generate_series(1, 90000) g) @> ARRAY(SELECT 90001 - g FROM generate_series(1, 90000) g)",
        "SELECT (SELECT jsonb_agg(g) FROM generate_series(1, 90000) g) @> (SELECT jsonb_agg(90001 - g) FROM generate_series(1, 90000) g)",
        // Many cheap calls.
        "SELECT count(*) FROM generate_series(1, 90000) g WHERE repeat('x', 1000000 + g) ~ 'y'",
    ] {
        let started = Instant::now();
        assert_eq!(place.fails(sql).to_string(), TIMEOUT, "{sql}");
        // No assertion on the clock but the one that tells a hang.
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}");
    }
    assert_eq!(place.value("SELECT 1"), 1, "the next call is well");
}

#[test]
fn one_call_of_a_function_is_linear_or_refused() {
    let mut place = plain();
    for sql in [
        "SELECT position(repeat('a', 300000) || 'b' IN repeat('a', 7000000))",
        "SELECT length(replace(repeat('a', 7000000), repeat('a', 300000) || 'b', 'x'))",
        "SELECT length(translate(repeat('a', 3000000), repeat('b', 1000000), 'x'))",
        "SELECT length(btrim(repeat('a', 3000000), repeat('b', 1000000) || 'a'))",
        "SELECT repeat('a', 100000) ~ '^(a+)+$'",
        "SELECT length(split_part(repeat('a', 7000000), repeat('a', 300000) || 'b', 1))",
    ] {
        place
            .db
            .query(sql, &[], 1, NOW)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[test]
fn no_value_grows_beyond_its_bound() {
    let mut place = plain();
    let arguments = vec!["repeat('x', 8000000)"; 90].join(", ");
    for sql in [
        "SELECT repeat('x', 9000000)".to_owned(),
        "SELECT repeat(repeat('x', 1000000), 1000000)".to_owned(),
        "SELECT lpad('x', 2000000000)".to_owned(),
        "SELECT rpad('x', 2000000000, 'yz')".to_owned(),
        "SELECT replace(repeat('x', 8000000), 'x', repeat('y', 8000000))".to_owned(),
        "SELECT regexp_replace(repeat('x', 1000000), '(x+)', repeat('\\1', 400000))".to_owned(),
        "SELECT repeat('x', 8000000) || repeat('y', 8000000)".to_owned(),
        format!("SELECT concat({arguments})"),
        format!("SELECT concat_ws(repeat('-', 8000000), {arguments})"),
        "SELECT format(repeat('%1$s', 100000), repeat('x', 1000000))".to_owned(),
        "SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 50)".to_owned(),
        "SELECT array_to_string(ARRAY(SELECT g FROM generate_series(1, 90000) g), repeat('x', 1000000))"
            .to_owned(),
        "SELECT array_agg(repeat('x', 1000000)) FROM generate_series(1, 50)".to_owned(),
    ] {
        let error = place.fails(&sql);
        let state = error.state().unwrap_or_default();
        assert!(
            matches!(state, "54000" | "0A000" | "22003"),
            "{}: {error}",
            &sql[..40]
        );
    }
    assert_eq!(
        place
            .fails("SELECT count(*) FROM generate_series(1, 2000000000)")
            .state(),
        Some(NOT_SUPPORTED)
    );
    let error = place.fails(&format!("SELECT 9e{}::numeric", "9".repeat(9)));
    assert!(error.state().is_some(), "{error}");
}

#[test]
fn rows_and_bytes_of_a_result_are_cut() {
    let mut place = plain();
    let many = place
        .db
        .query("SELECT * FROM generate_series(1, 20000)", &[], 7, NOW)
        .unwrap();
    assert_eq!((many.rows.len(), many.truncated), (7, true));
    let exact = place
        .db
        .query("SELECT * FROM generate_series(1, 7)", &[], 7, NOW)
        .unwrap();
    assert_eq!((exact.rows.len(), exact.truncated), (7, false));
    let most = place
        .db
        .query("SELECT * FROM generate_series(1, 20000)", &[], usize::MAX, NOW)
        .unwrap();
    assert_eq!((most.rows.len(), most.truncated), (10_000, true));
    let wide = place
        .db
        .query(
            "SELECT repeat('x', 1000000) AS x FROM generate_series(1, 9)",
            &[],
            100,
            NOW,
        )
        .unwrap();
    assert!(wide.truncated && wide.rows.len() < 5);
    assert!(serde_json::to_vec(&wide.rows).unwrap().len() <= RESULT_BYTES);
}

#[test]
fn a_full_file_takes_no_more_and_can_be_emptied() {
    let mut place = open(Options {
        storage_bytes: 1_000_000,
        ..Options::default()
    });
    place.run("CREATE TABLE t (id SERIAL PRIMARY KEY, x TEXT)");
    let grow = "INSERT INTO t (x) SELECT repeat('x', 10000) FROM generate_series(1, 10)";
    let full = (0..100)
        .find_map(|_| place.db.execute(grow, &[], NOW).err())
        .unwrap();
    assert!(matches!(full, SqlError::Quota(_)), "{full}");
    let rows = place.value("SELECT count(*) FROM t").as_u64().unwrap();
    assert!(
        rows > 0 && rows.is_multiple_of(10),
        "a refused statement leaves nothing behind: {rows}"
    );
    assert!(matches!(
        place.db.execute("CREATE TABLE u AS SELECT x FROM t", &[], NOW),
        Err(SqlError::Quota(_) | SqlError::Failed(_))
    ));
    assert_eq!(place.run("DELETE FROM t WHERE id % 2 = 0"), rows / 2);
    assert_eq!(place.run("INSERT INTO t (x) VALUES ('room again')"), 1);
    place.run("DROP TABLE t");
    assert_eq!(place.db.integrity().unwrap(), None);
}

#[test]
fn tables_columns_and_indexes_are_counted() {
    let mut place = open(Options {
        ddl_per_hour: usize::MAX,
        ..Options::default()
    });
    let columns = |count: usize| {
        (0..count)
            .map(|at| format!("c{at} int"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    place.run(&format!("CREATE TABLE t0 ({})", columns(COLUMNS)));
    for sql in [
        format!("CREATE TABLE u ({})", columns(COLUMNS + 1)),
        "ALTER TABLE t0 ADD one_more int".to_owned(),
    ] {
        let error = place.fails(&sql);
        assert!(
            matches!(error, SqlError::Quota(_)) || error.state().is_some(),
            "{error}"
        );
    }
    for at in 1..TABLES {
        place.run(&format!("CREATE TABLE t{at} (a int)"));
    }
    assert!(matches!(
        place.fails("CREATE TABLE u (a int)"),
        SqlError::Quota(_)
    ));
    place.run("DROP TABLE t1");
    place.run("CREATE TABLE u (a int)");
    let refused = (0..200)
        .find_map(|_| place.db.execute("CREATE INDEX ON u (a)", &[], NOW).err())
        .unwrap();
    assert!(matches!(refused, SqlError::Quota(_)), "{refused}");
}

#[test]
fn changes_of_tables_have_a_budget_and_what_changes_nothing_is_free() {
    let mut place = open(Options {
        ddl_per_hour: 3,
        ..Options::default()
    });
    for _ in 0..3 {
        place.run("CREATE TABLE IF NOT EXISTS a (x int)");
        place.run("DROP TABLE IF EXISTS never_was");
    }
    place.run("CREATE TABLE b (x int)");
    place.run("CREATE TABLE c (x int)");
    let error = place.fails("CREATE TABLE d (x int)");
    let SqlError::DdlLimit { retry_after } = error else {
        panic!("{error}")
    };
    assert_eq!(retry_after, 3_600);
    place.run("CREATE TABLE IF NOT EXISTS a (x int)");
    place.run("INSERT INTO a VALUES (1)");
    let later = NOW + 3_601_000_000;
    place.db.execute("CREATE TABLE d (x int)", &[], later).unwrap();
}

#[test]
fn texts_and_parameters_are_bounded() {
    let mut place = plain();
    let long = format!("SELECT 1 -- {}", "x".repeat(TEXT_BYTES));
    assert!(matches!(place.fails(&long), SqlError::Rejected(_)));
    let params = vec![json!(1); PARAMS + 1];
    let list: Vec<String> = (1..=PARAMS + 1).map(|at| format!("${at}")).collect();
    let sql = format!("SELECT {}", list.join(" + "));
    assert!(place.db.query(&sql, &params, 1, NOW).is_err());
    for bad in [json!(u64::MAX), json!("\"nul\\u0000byte\""), json!({"a": "\0"})] {
        let error = place.db.query("SELECT $1::jsonb", &[bad], 1, NOW).unwrap_err();
        assert!(
            error.state().is_some() || matches!(error, SqlError::Rejected(_)),
            "{error:?}"
        );
    }
}

#[test]
fn nesting_neither_overflows_the_stack_nor_hangs() {
    let nest = |open: &str, middle: &str, close: &str, times: usize| {
        format!("SELECT {}{middle}{}", open.repeat(times), close.repeat(times))
    };
    let worker = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        let mut place = plain();
        for times in [50, 500, 5_000, 20_000] {
            for sql in [
                nest("(", "1", ")", times),
                nest("(SELECT ", "1", ")", times),
                nest("NOT ", "TRUE", "", times),
                nest("- ", "1", "", times),
                nest("1 + ", "1", "", times),
                nest("1 = 1 AND ", "TRUE", "", times),
                nest("abs(", "1", ")", times),
                nest("CASE WHEN TRUE THEN ", "1", " END", times),
                nest("ARRAY[", "1", "]", times),
                nest("1::int", "", "::int", times),
                nest("'a' || ", "'b'", "", times),
                nest("1 UNION SELECT ", "2", "", times),
                nest("1 FROM (SELECT ", "1", ") t", times),
                nest("coalesce(1, ", "1", ")", times),
                nest("1 IN (1, ", "1", ")", times),
                nest("'{}'::jsonb -> 'a'", "", " -> 'a'", times),
                nest("EXISTS (SELECT 1 WHERE ", "TRUE", ")", times),
                nest("1 BETWEEN SYMMETRIC ", "1", " AND 2", times),
                format!("SELECT '{}1{}'::jsonb", "[".repeat(times), "]".repeat(times)),
            ] {
                match place.db.query(&sql, &[], 1, NOW) {
                    Ok(_) | Err(SqlError::Failed(_) | SqlError::Rejected(_)) => {}
                    Err(error) => panic!("{}: {error:?}", &sql[..60]),
                }
            }
        }
        assert_eq!(place.value("SELECT ((((((((((1 + 1))))))))))"), 2);
    });
    worker.unwrap().join().unwrap();
}

#[test]
fn patterns_are_bounded() {
    let mut place = plain();
    let long = format!("SELECT 'a' ~ '{}'", "a".repeat(5_000));
    assert_eq!(place.fails(&long).state(), Some("2201B"));
    for pattern in [
        "(a{1000}){1000}",
        "((((a{99}){99}){99}){99})",
        "[\\u{0}-\\u{10ffff}]{1000}{100}",
    ] {
        let error = place.fails(&format!("SELECT 'a' ~ '{pattern}'"));
        assert!(
            matches!(error.state(), Some("2201B" | "0A000")),
            "{pattern}: {error}"
        );
    }
}

#[test]
fn nothing_but_the_plugin_s_own_tables_can_be_named() {
    let mut place = plain();
    place.run("CREATE TABLE t (a int)");
    for sql in [
        "SELECT * FROM sqlite_master",
        "SELECT * FROM \"sqlite_master\"",
        "SELECT * FROM \"SQLITE_MASTER\"",
        "SELECT * FROM SQLITE_SCHEMA",
        "SELECT * FROM sqlite_temp_master",
        "SELECT * FROM sqlite_sequence",
        "SELECT * FROM homemaid_catalog",
        "SELECT * FROM \"homemaid_sequence\"",
        "SELECT * FROM HOMEMAID_ddl",
        "DELETE FROM homemaid_ddl",
        "UPDATE homemaid_catalog SET x = 1",
        "DROP TABLE homemaid_catalog",
        "CREATE TABLE homemaid_mine (a int)",
        "CREATE TABLE \"homemaid_mine\" (a int)",
        "CREATE TABLE sqlite_mine (a int)",
        "ALTER TABLE t RENAME TO sqlite_t",
        "ALTER TABLE t RENAME TO homemaid_t",
        "CREATE INDEX sqlite_i ON t (a)",
        "SELECT * FROM main.t",
        "SELECT * FROM \"main\".t",
        "SELECT * FROM main/**/.t",
        "SELECT * FROM temp.t",
        "SELECT * FROM public.t",
        "SELECT * FROM plugin_other_1.t",
        "SELECT * FROM plugin_evil_2.t",
        "SELECT * FROM \"plugin_other_1\".t",
        "SELECT * FROM pragma_table_info('t')",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM dbstat",
        "SELECT * FROM json_each('[1]') AS j, json_tree('[1]')",
        "SELECT load_extension('x')",
        "SELECT \"load_extension\"('x')",
        "SELECT LOAD_EXTENSION/**/('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('x', 'y')",
        "SELECT fts3_tokenizer('x')",
        "SELECT hm_now()",
        "SELECT hm_nextval(1, 2)",
        "SELECT sqlite_version()",
        "SELECT randomblob(10)",
        "SELECT zeroblob(10)",
        "SELECT rowid FROM t",
        "SELECT _rowid_ FROM t",
        "SELECT oid FROM t",
        "SELECT \"=0\" FROM t",
        "ATTACH 'x' AS y",
        "AT\u{200b}TACH 'x' AS y",
        "/* */ATTACH 'x' AS y",
        "PRAGMA writable_schema = ON",
        "\u{feff}PRAGMA user_version",
        "VACUUM INTO 'x'",
        "SELECT 1; ATTACH 'x' AS y",
        "SELECT 1 /* ; */ ; PRAGMA user_version",
        "INSERT INTO t VALUES (1); DROP TABLE t",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "CREATE TABLE v (a int) USING fts5",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE VIEW v AS SELECT 1",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM pg_tables",
        "SELECT * INTO u FROM t",
        "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
        "\u{ff33}ELECT 1",
    ] {
        match place.db.query(sql, &[], 10, NOW) {
            Err(SqlError::Rejected(_) | SqlError::Failed(_)) => {}
            other => panic!("{sql}: {other:?}"),
        }
    }
    // As texts and quoted names they are harmless.
    assert_eq!(
        place.value("SELECT 'ATTACH; PRAGMA x; DROP TABLE t'"),
        "ATTACH; PRAGMA x; DROP TABLE t"
    );
    place.run("CREATE TABLE \"pragma; drop table t\" (\"attach\" int, payload text)");
    place.run("INSERT INTO \"pragma; drop table t\" VALUES (1, '; DELETE FROM t --')");
    assert_eq!(place.value("SELECT count(*) FROM plugin_evil_1.t"), 0);
    assert_eq!(place.db.tables().unwrap().len(), 2);
}

#[test]
fn a_name_is_never_code() {
    let mut place = plain();
    for name in [
        "a\"\"b",
        "'; DROP TABLE t; --",
        "?1",
        "{}",
        "{0}",
        "$1x",
        "%s",
        "new\nline",
        "ünï",
        "select",
    ] {
        place.run(&format!("CREATE TABLE \"{name}\" (\"{name}\" TEXT DEFAULT '{{0}}?1', \"x{name}\" INT CHECK (\"x{name}\" > 0))"));
        place.run(&format!(
            "CREATE INDEX \"i{name}\" ON \"{name}\" (lower(\"{name}\"))"
        ));
        place.run(&format!("INSERT INTO \"{name}\" (\"x{name}\") VALUES (5)"));
        assert_eq!(
            place.value(&format!(
                "SELECT t.\"{name}\" FROM \"{name}\" t WHERE \"x{name}\" = 5"
            )),
            "{0}?1"
        );
        let error = place.fails(&format!("INSERT INTO \"{name}\" (\"x{name}\") VALUES (-5)"));
        assert_eq!(error.state(), Some("23514"), "{error}");
        place.run(&format!("DROP TABLE \"{name}\""));
    }
}

#[test]
fn one_installation_never_sees_another() {
    let folder = tempfile::tempdir().unwrap();
    let all = Databases::new(folder.path().join("sql"), Options::default());
    for (plugin, guild) in [("a", "1"), ("a", "2"), ("b", "1")] {
        all.with(plugin, guild, |db| {
            db.execute("CREATE TABLE t (own TEXT)", &[], NOW)?;
            db.execute(
                "INSERT INTO t VALUES ($1)",
                &[json!(format!("{plugin}/{guild}"))],
                NOW,
            )
        })
        .unwrap();
    }
    for (plugin, guild) in [("a", "1"), ("a", "2"), ("b", "1")] {
        let seen = all
            .with(plugin, guild, |db| db.query("SELECT own FROM t", &[], 10, NOW))
            .unwrap();
        let seen: Vec<_> = seen.rows.iter().map(|row| row["own"].clone()).collect();
        assert_eq!(seen, [json!(format!("{plugin}/{guild}"))]);
        let other = if plugin == "a" { "plugin_b_1" } else { "plugin_a_1" };
        let error = all
            .with(plugin, guild, |db| {
                db.query(&format!("SELECT * FROM {other}.t"), &[], 10, NOW)
            })
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("Cross-schema reference not allowed: "),
            "{error}"
        );
    }
    all.delete("a", "1").unwrap();
    assert_eq!(all.list().unwrap().len(), 2);
    assert!(
        all.with("a", "1", |db| db.query("SELECT own FROM t", &[], 1, NOW))
            .is_err()
    );
}

#[test]
fn a_call_happens_whole_or_not_at_all() {
    let mut place = plain();
    place.run("CREATE TABLE t (a int UNIQUE)");
    for sql in [
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)",
        "INSERT INTO t VALUES (1), (2), (NULL), (1)",
        "CREATE TABLE u (x int); INSERT INTO t VALUES (1); SELECT 1 / 0",
        "INSERT INTO t VALUES (7); DROP TABLE never_was",
        "INSERT INTO t SELECT 3 - g FROM generate_series(1, 3) g WHERE 1 / (3 - g) > -1",
    ] {
        assert!(place.db.execute(sql, &[], NOW).is_err(), "{sql}");
        assert_eq!(place.value("SELECT count(*) FROM t"), 0, "{sql}");
    }
    assert_eq!(place.db.tables().unwrap().len(), 1);
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.db");
    std::fs::write(
        &path,
        b"this is no database, but it is long enough to be read as one".repeat(100),
    )
    .unwrap();
    let opened = Database::open(&path, "plugin_a_1", Options::default());
    assert!(matches!(opened, Err(SqlError::Host(_))));
}
