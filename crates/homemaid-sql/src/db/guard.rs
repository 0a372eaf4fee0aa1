//! What stands between a translated statement and the host: settings, limits, authorizer, deadline.
//!
//! None of these is needed when the translation is right. Each would stop a statement that should not exist.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;

use super::Options;
use crate::catalog::RESERVED;
use crate::error::SqlError;
use crate::functions::{Mode, State};
use crate::limits::{CACHE_KIB, COLUMNS, PARAMS, STEPS, VALUE_BYTES};

pub(super) fn settings(conn: &Connection, options: &Options) -> Result<(), SqlError> {
    conn.busy_timeout(Duration::from_secs(5))?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
    ] {
        conn.set_db_config(config, on)?;
    }
    let page: u64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = options.storage_bytes / page;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA case_sensitive_like = ON;
         PRAGMA recursive_triggers = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA journal_size_limit = 4194304;
         PRAGMA max_page_count = {pages};"
    ))?;
    let size = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, size(VALUE_BYTES)),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, size(VALUE_BYTES)),
        (Limit::SQLITE_LIMIT_COLUMN, size(COLUMNS * 4 + 50)),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 1_000),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 60),
        (Limit::SQLITE_LIMIT_VDBE_OP, 5_000_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, size(PARAMS)),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 50),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        conn.set_limit(limit, value)?;
    }
    Ok(())
}

pub(super) fn hooks(conn: &Connection, state: &Arc<State>) {
    let own = Arc::clone(state);
    conn.progress_handler(STEPS, Some(move || own.is_late()));
    let own = Arc::clone(state);
    conn.update_hook(Some(move |action, _: &str, table: &str, row| {
        own.note(action, table, row);
    }));
    let own = Arc::clone(state);
    conn.authorizer(Some(move |context: AuthContext<'_>| {
        if allowed(own.mode(), &context.action) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }));
}

/// Whether a statement may do this; an action that is not named is denied.
fn allowed(mode: Mode, action: &AuthAction<'_>) -> bool {
    use AuthAction::{
        AlterTable, CreateIndex, CreateTable, Delete, DropIndex, DropTable, Function, Insert, Pragma, Read,
        Recursive, Reindex, Select, Update,
    };
    if mode == Mode::Host {
        return !matches!(action, AuthAction::Attach { .. } | AuthAction::Detach { .. });
    }
    let own = |name: &str| {
        let lower = name.to_ascii_lowercase();
        !lower.starts_with("sqlite_")
            && (!lower.starts_with(RESERVED) || (mode == Mode::Ddl && lower == "homemaid_new"))
    };
    // SQLite reports its own bookkeeping of a CREATE or DROP as changes of these.
    let schema = |name: &str| {
        mode == Mode::Ddl
            && matches!(
                name,
                "sqlite_master" | "sqlite_temp_master" | "sqlite_schema" | "sqlite_sequence"
            )
    };
    match action {
        Select | Recursive => true,
        Function { function_name } => !matches!(
            *function_name,
            "load_extension" | "readfile" | "writefile" | "edit"
        ),
        Read {
            table_name: "pragma_quick_check",
            ..
        } => mode == Mode::Ddl,
        Read { table_name, .. }
        | Insert { table_name }
        | Delete { table_name }
        | Update { table_name, .. } => own(table_name) || schema(table_name),
        CreateTable { table_name } | DropTable { table_name } | AlterTable { table_name, .. } => {
            mode == Mode::Ddl && own(table_name)
        }
        CreateIndex { table_name, .. } | DropIndex { table_name, .. } => mode == Mode::Ddl && own(table_name),
        Reindex { .. } => mode == Mode::Ddl,
        // SQLite looks through a strict table before it adds a column.
        Pragma { pragma_name, .. } => mode == Mode::Ddl && *pragma_name == "quick_check",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (tempfile::TempDir, super::super::Database) {
        let folder = tempfile::tempdir().unwrap();
        let mut database =
            super::super::Database::open(&folder.path().join("a.db"), "plugin_a_1", Options::default())
                .unwrap();
        database.execute("CREATE TABLE t (a int)", &[], 0).unwrap();
        (folder, database)
    }

    #[test]
    fn the_authorizer_stops_what_no_translation_makes() {
        let (_folder, database) = open();
        for mode in [Mode::Plugin, Mode::Ddl] {
            database.state.set_mode(mode);
            for sql in [
                "ATTACH 'x' AS y",
                "PRAGMA user_version",
                "PRAGMA writable_schema = ON",
                "SELECT * FROM homemaid_catalog",
                "DELETE FROM homemaid_sequence",
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
                "CREATE VIEW v AS SELECT 1",
                "CREATE TEMP TABLE u (a)",
                "CREATE VIRTUAL TABLE v USING fts5(a)",
                "SELECT load_extension('x')",
                "VACUUM INTO 'never.db'",
                "BEGIN",
            ] {
                // Some are stopped when they are prepared, VACUUM by the ATTACH inside it when it runs.
                let ran = database
                    .conn
                    .prepare(sql)
                    .and_then(|mut prepared| prepared.raw_execute());
                assert!(ran.is_err(), "{mode:?}: {sql}");
            }
        }
        database.state.set_mode(Mode::Plugin);
        for sql in [
            "SELECT * FROM sqlite_master",
            "CREATE TABLE u (a)",
            "DROP TABLE t",
            "ALTER TABLE t ADD b",
        ] {
            assert!(database.conn.prepare(sql).is_err(), "{sql}");
        }
        database.conn.prepare("SELECT a FROM t").unwrap();
    }

    #[test]
    fn defensive_mode_and_the_strict_quotes_are_on() {
        let (_folder, database) = open();
        database.state.set_mode(Mode::Host);
        database
            .conn
            .execute_batch("PRAGMA writable_schema = ON")
            .unwrap();
        let hidden = database.conn.execute("UPDATE sqlite_master SET sql = 'x'", []);
        assert!(hidden.is_err(), "the schema cannot be written even then");
        assert!(
            database.conn.prepare("SELECT \"no such column\"").is_err(),
            "no text in double quotes"
        );
        let value = |name: &str| {
            database
                .conn
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
                .unwrap()
        };
        assert_eq!(
            (
                value("foreign_keys"),
                value("trusted_schema"),
                value("synchronous")
            ),
            (1, 0, 2)
        );
        assert!(rusqlite::version_number() >= 3_044_000);
    }
}
