use super::*;

fn refused(sql: &str) -> String {
    statements(sql, false, Some("plugin_shop_42")).expect_err(sql)
}

fn placed(sql: &str, params: usize) -> Result<String, String> {
    placeholders(&statements(sql, false, None)?[0], params)
}

#[test]
fn what_is_no_allowed_statement_is_refused_with_the_contract_s_texts() {
    assert!(refused("SELECT 1; SELECT 2").starts_with("Only one SQL statement is allowed per call"));
    for empty in ["", "  ;; ", "-- nothing", "/* nothing */", "\u{200b}"] {
        assert_eq!(refused(empty), "Empty SQL statement", "{empty:?}");
    }
    let types = "SQL statement type not allowed. Permitted: ALTER TABLE, CREATE INDEX, CREATE TABLE, DELETE, DROP INDEX, \
                 DROP TABLE, INSERT, SELECT, UPDATE";
    for sql in [
        "VALUES (1)",
        "EXPLAIN SELECT 1",
        "BEGIN",
        "COMMIT",
        "SET x = 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TYPE t AS ENUM ('a')",
        "CREATE SEQUENCE s",
        "ALTER INDEX i RENAME TO j",
        "CREATE TEMP TABLE t (a int)",
        "ATTACH 'x' AS y",
        "DETACH y",
        "PRAGMA user_version",
        "VACUUM",
        "REINDEX t",
        "(SELECT 1)",
        "ANALYZE",
        "CREATE VIRTUAL TABLE t USING fts5(a)",
        "CREATE UNIQUE TABLE t (a int)",
        "AT\u{200b}TACH 'x' AS y",
        "/**/PRAGMA/**/user_version",
        "\"SELECT\" 1",
        "REPLACE INTO t VALUES (1)",
        "SAVEPOINT s",
    ] {
        assert_eq!(refused(sql), types, "{sql}");
    }
}

#[test]
fn blocked_patterns_are_whole_words_outside_quotes() {
    for (sql, pattern) in [
        ("SELECT * FROM information_schema.tables", "information_schema"),
        ("SELECT * FROM INFORMATION_SCHEMA . tables", "information_schema"),
        ("SELECT pg_stat_activity", "pg_stat"),
        ("SELECT * FROM pg_catalog.pg_class", "pg_catalog"),
        ("SELECT set_config('a','b',true)", "set_config"),
        ("SELECT 1 WHERE TRUNCATE", "TRUNCATE"),
        ("CREATE TABLE t (a int) GRANT ALL", "GRANT"),
        ("SELECT load_extension('x')", "load_extension"),
        ("SELECT load/**/_extension('x'), LOAD_EXTENSION('x')", "LOAD"),
        ("SELECT * FROM sqlite_master", "sqlite_"),
        ("SELECT * FROM SQLite_Sequence", "sqlite_"),
        ("SELECT * FROM sqlite_\u{200b}master", "sqlite_"),
        ("SELECT * FROM main.t", "main."),
        ("SELECT * FROM temp . t", "temp."),
        ("SELECT edit('x')", "edit("),
        ("SELECT 1 DO $$ x $$", "DO $$"),
        ("SELECT CREATE  \n FUNCTION", "CREATE FUNCTION"),
    ] {
        assert_eq!(refused(sql), format!("Blocked SQL pattern: {pattern}"), "{sql}");
    }
    for sql in [
        "SELECT payload, upload, truncated, hardcopy FROM t",
        "SELECT 'please notify me', 'GRANT ALL', \"copy \" FROM t",
        "SELECT $$ TRUNCATE $$",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT edit FROM t",
        "SELECT 1 -- COPY t\n",
    ] {
        assert!(statements(sql, false, None).is_ok(), "{sql}");
    }
}

#[test]
fn the_own_schema_is_stripped_and_others_are_refused() {
    let own = statements(
        "SELECT plugin_shop_42.t.a FROM \"plugin_shop_42\".t",
        false,
        Some("plugin_shop_42"),
    )
    .unwrap();
    assert_eq!(own[0].text, "SELECT t.a FROM t");
    assert_eq!(
        refused("SELECT * FROM plugin_shop_43.t"),
        "Cross-schema reference not allowed: plugin_shop_43"
    );
    assert!(
        statements("SELECT plugin_data.a FROM plugin_data", false, None).is_ok(),
        "an ordinary table"
    );
    assert!(statements("SELECT 'plugin_x_1.t'", false, None).is_ok(), "text");
}

#[test]
fn several_statements_are_checked_each_as_if_alone() {
    assert_eq!(
        statements("CREATE TABLE a (x int); SELECT 1;", true, None)
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        statements("SELECT 1; VACUUM", true, None).unwrap_err(),
        refused("VACUUM")
    );
    assert!(check("SELECT 1; SELECT 2", false).is_err());
}

#[test]
fn placeholders_of_both_styles() {
    assert_eq!(placed("SELECT $2, $1, $2", 2).unwrap(), "SELECT $2, $1, $2");
    assert_eq!(
        placed("SELECT %s, %b, %t::int, '%%', a %% 2", 3).unwrap(),
        "SELECT $1, $2, $3::int, '%', a % 2"
    );
    assert_eq!(
        placed("SELECT '%s', %s, '%x' || 5 %d", 1).unwrap(),
        "SELECT '%s', $1, '%x' || 5 %d"
    );
    assert_eq!(
        placed("SELECT 5 %% 2, '%%', '%s'", 0).unwrap(),
        "SELECT 5 %% 2, '%%', '%s'"
    );
    assert_eq!(
        placed("SELECT '100%%' WHERE a = $1", 1).unwrap(),
        "SELECT '100%%' WHERE a = $1"
    );
    for (sql, params) in [
        ("SELECT $1, %s", 2),
        ("SELECT $2", 1),
        ("SELECT $1", 2),
        ("SELECT $0", 1),
        ("SELECT %s", 2),
        ("SELECT 1", 1),
        ("SELECT $1", 0),
        ("SELECT ?", 1),
        ("SELECT $99999999999999999999", 1),
        ("SELECT 1", 1_001),
    ] {
        assert!(placed(sql, params).is_err(), "{sql} with {params}");
    }
}

#[test]
fn what_would_nest_too_deep_is_refused() {
    let chain = format!("SELECT 1{}", " + 1".repeat(RUN + 1));
    assert!(refused(&chain).contains("too complex"));
    assert!(refused(&format!("SELECT {}1{}", "(".repeat(600), ")".repeat(600))).contains("too complex"));
    let casts = format!("SELECT 1{}", "::int".repeat(RUN));
    assert!(refused(&casts).contains("too complex"));
    let list = format!("SELECT 1{}", ", 1 + 1".repeat(5_000));
    assert!(statements(&list, false, None).is_ok(), "a long list is not deep");
    assert!(refused(&"x".repeat(TEXT_BYTES + 1)).contains("longer"));
    assert!(refused("SELECT 1a").contains("trailing junk"));
}
