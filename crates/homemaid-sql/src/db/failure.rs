//! SQLite's errors in PostgreSQL's words.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{ErrorCode, ffi, params_from_iter};

use super::Database;
use crate::catalog::Table;
use crate::error::{CANCELED, PgError, SqlError, pg, unsupported};
use crate::functions::Mode;
use crate::lower::Lowered;

impl Database {
    /// Says what an error of SQLite means.
    pub(super) fn failure(&self, error: rusqlite::Error) -> SqlError {
        if self.state.was_canceled() {
            return pg(CANCELED, "canceling statement due to statement timeout").into();
        }
        let text = error.to_string();
        if let Some(own) = PgError::unmarked(&text) {
            return match own.message.strip_prefix("NOT NULL constraint failed: ") {
                Some(place) => self.not_null(place).into(),
                None => own.into(),
            };
        }
        let rusqlite::Error::SqliteFailure(code, _) = &error else {
            return match &error {
                rusqlite::Error::SqlInputError { msg, .. } => {
                    unsupported(format_args!("this statement ({msg})")).into()
                }
                _ => error.into(),
            };
        };
        match (code.code, code.extended_code) {
            (ErrorCode::ConstraintViolation, extended) => self.constraint(extended, &text).into(),
            (ErrorCode::OperationInterrupted, _) => {
                pg(CANCELED, "canceling statement due to statement timeout").into()
            }
            (ErrorCode::DiskFull, _) if self.is_full() => SqlError::Quota(format!(
                "sql storage {} MB",
                self.options.storage_bytes / 1_000_000
            )),
            (ErrorCode::TooBig, _) => pg("54000", "a value or statement is too large").into(),
            (ErrorCode::OutOfMemory, _) => pg("53200", "out of memory").into(),
            (ErrorCode::AuthorizationForStatementDenied, _) => pg("42501", "permission denied").into(),
            (ErrorCode::Unknown, ffi::SQLITE_ERROR) => {
                unsupported(format_args!("this statement ({text})")).into()
            }
            _ => error.into(),
        }
    }

    /// Whether the file is as large as it may be; else the disk is full.
    fn is_full(&self) -> bool {
        self.state.set_mode(Mode::Host);
        let pragma = |name: &str| {
            self.conn
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
                .unwrap_or(0)
        };
        pragma("page_count") + 16 >= pragma("max_page_count")
    }

    fn not_null(&self, place: &str) -> PgError {
        let (table, column) = place.split_once('.').unwrap_or(("", place));
        if table == "homemaid_new" {
            return pg("23502", format!("column \"{column}\" contains null values"));
        }
        pg(
            "23502",
            format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"),
        )
    }

    fn constraint(&self, extended: i32, text: &str) -> PgError {
        let detail = text
            .split_once("constraint failed: ")
            .map_or(text, |(_, detail)| detail);
        match extended {
            ffi::SQLITE_CONSTRAINT_NOTNULL => self.not_null(detail),
            ffi::SQLITE_CONSTRAINT_CHECK => {
                let table = self
                    .catalog
                    .tables
                    .values()
                    .find(|table| table.checks.iter().any(|check| check.name == detail));
                let table = table.map_or("", |table| table.name.as_str());
                pg(
                    "23514",
                    format!("new row for relation \"{table}\" violates check constraint \"{detail}\""),
                )
            }
            // The name is looked for when the transaction is over.
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER => pg("23503", ""),
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => {
                let name = self.unique_name(detail);
                pg(
                    "23505",
                    format!("duplicate key value violates unique constraint \"{name}\""),
                )
            }
            _ => unsupported(format_args!("this value ({text})")),
        }
    }

    /// The constraint behind `t.a, t.b` or `index 'name'`.
    fn unique_name(&self, detail: &str) -> String {
        if let Some(name) = detail
            .strip_prefix("index '")
            .and_then(|rest| rest.strip_suffix('\''))
        {
            return name.to_owned();
        }
        let mut columns = Vec::new();
        let mut table_name = "";
        for place in detail.split(", ") {
            let (table, column) = place.split_once('.').unwrap_or(("", place));
            table_name = table;
            columns.push(column.to_owned());
        }
        let same = |other: &[String]| {
            other.len() == columns.len() && other.iter().all(|name| columns.contains(name))
        };
        let table: Option<&Table> = self.catalog.tables.get(table_name);
        let key = table.and_then(|table| table.keys.iter().find(|key| same(&key.columns)));
        let index = || {
            let unique = |index: &&crate::catalog::Index| {
                index.unique && index.columns.as_ref().is_some_and(|columns| same(columns))
            };
            table
                .and_then(|table| table.indexes.iter().find(unique))
                .map(|index| index.name.clone())
        };
        key.map(|key| key.name.clone())
            .or_else(index)
            .unwrap_or_else(|| detail.to_owned())
    }

    /// The name of a table's foreign key by SQLite's number, which counts from the last one.
    pub(super) fn foreign_name(&self, table: &str, number: usize) -> String {
        let Some(table) = self.catalog.tables.get(table) else {
            return String::new();
        };
        let at = table.foreign.len().checked_sub(number + 1);
        at.and_then(|at| table.foreign.get(at))
            .map(|foreign| foreign.name.clone())
            .unwrap_or_default()
    }

    /// Finds which foreign key a failed call violates: the call is repeated with the check put off, and undone.
    pub(super) fn foreign_failure(
        &mut self,
        statements: &[Arc<Lowered>],
        values: &[Value],
        now: i64,
    ) -> SqlError {
        let target = statements.iter().rev().find_map(|one| match one.as_ref() {
            Lowered::Write { table, .. } => Some(table.clone()),
            _ => None,
        });
        let target = target.unwrap_or_default();
        self.state
            .begin(now, std::time::Instant::now() + self.options.statement_time);
        let found = self.first_violation(statements, values);
        self.state.set_mode(Mode::Host);
        if !self.conn.is_autocommit() {
            // What fails to roll back is rolled back when the connection closes.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        self.state.end();
        let message = match found {
            Some((table, name)) if table == target => {
                format!("insert or update on table \"{table}\" violates foreign key constraint \"{name}\"")
            }
            Some((table, name)) => format!(
                "update or delete on table \"{target}\" violates foreign key constraint \"{name}\" on table \"{table}\""
            ),
            None => format!("update or delete on table \"{target}\" violates a foreign key constraint"),
        };
        pg("23503", message).into()
    }

    fn first_violation(&self, statements: &[Arc<Lowered>], values: &[Value]) -> Option<(String, String)> {
        self.state.set_mode(Mode::Host);
        self.conn
            .execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")
            .ok()?;
        for statement in statements {
            if let Lowered::Write { sql, .. } = statement.as_ref() {
                let mut prepared = self.conn.prepare(sql).ok()?;
                let used = prepared.parameter_count().min(values.len());
                let mut rows = prepared.query(params_from_iter(&values[..used])).ok()?;
                while let Ok(Some(_)) = rows.next() {}
            }
        }
        let mut check = self.conn.prepare("PRAGMA foreign_key_check").ok()?;
        let mut rows = check.query([]).ok()?;
        let row = rows.next().ok()??;
        let (table, number): (String, usize) = (row.get(0).ok()?, row.get(3).ok()?);
        let name = self.foreign_name(&table, number);
        Some((table, name))
    }
}
