//! Runs translated statements: one call is one transaction.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Statement, params_from_iter};
use serde_json::Map;

use super::{Database, Rows};
use crate::cast;
use crate::error::{SqlError, pg};
use crate::functions::Mode;
use crate::limits::RESULT_BYTES;
use crate::lower::{Lowered, Output};

const HOUR: i64 = 3_600_000_000;

/// What a call wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Count,
    Rows(usize),
    One,
}

impl Database {
    pub(super) fn run(
        &mut self,
        statements: &[Arc<Lowered>],
        values: &[Value],
        now: i64,
        want: Want,
    ) -> Result<(u64, Rows), SqlError> {
        self.state
            .begin(now, Instant::now() + self.options.statement_time);
        let result = match statements {
            [only] => match only.as_ref() {
                Lowered::Query { .. } => self.one(only, values, want),
                _ => self.transaction(statements, values, now, want),
            },
            _ => self.transaction(statements, values, now, want),
        };
        self.state.end();
        self.state.set_mode(Mode::Host);
        result
    }

    fn transaction(
        &mut self,
        statements: &[Arc<Lowered>],
        values: &[Value],
        now: i64,
        want: Want,
    ) -> Result<(u64, Rows), SqlError> {
        let rebuilds = statements
            .iter()
            .any(|one| matches!(one.as_ref(), Lowered::Ddl { rebuilds: true, .. }));
        if rebuilds {
            self.rebuild_allowed(statements)?;
            // Has an effect outside transactions only.
            self.conn.pragma_update(None, "foreign_keys", false)?;
        }
        let before = self.catalog.clone();
        let result = self.in_transaction(statements, values, now, want, rebuilds);
        if result.is_err() {
            self.state.set_mode(Mode::Host);
            if !self.conn.is_autocommit() {
                self.conn.execute_batch("ROLLBACK")?;
            }
            self.catalog = before.clone();
        }
        if rebuilds {
            self.conn.pragma_update(None, "foreign_keys", true)?;
        }
        if self.catalog != before {
            self.changed();
        }
        match result {
            Err(SqlError::Failed(error)) if error.state == "23503" && error.message.is_empty() => {
                Err(self.foreign_failure(statements, values, now))
            }
            other => other,
        }
    }

    fn in_transaction(
        &mut self,
        statements: &[Arc<Lowered>],
        values: &[Value],
        now: i64,
        want: Want,
        rebuilds: bool,
    ) -> Result<(u64, Rows), SqlError> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let before = self.catalog.clone();
        let mut last = (0, Rows::default());
        for statement in statements {
            last = match statement.as_ref() {
                Lowered::Ddl { steps, catalog, .. } => {
                    self.steps(steps, now)?;
                    self.catalog = catalog.as_ref().clone();
                    (0, Rows::default())
                }
                _ => self.one(statement, values, want)?,
            };
        }
        self.state.set_mode(Mode::Host);
        if rebuilds {
            self.foreign_keys_hold()?;
        }
        if self.catalog != before {
            self.catalog
                .save(&self.conn, &before)
                .map_err(|error| self.failure(error))?;
        }
        self.save_sequences()?;
        self.conn
            .prepare_cached("COMMIT")?
            .execute([])
            .map_err(|error| self.failure(error))?;
        Ok(last)
    }

    /// With foreign keys off, changes of rows beside them would go unchecked.
    fn rebuild_allowed(&self, statements: &[Arc<Lowered>]) -> Result<(), SqlError> {
        let rows = statements
            .iter()
            .any(|one| matches!(one.as_ref(), Lowered::Write { .. }));
        let foreign = |catalog: &crate::catalog::Catalog| {
            catalog.tables.values().any(|table| !table.foreign.is_empty())
        };
        let any = foreign(&self.catalog)
            || statements
                .iter()
                .any(|one| matches!(one.as_ref(), Lowered::Ddl { catalog, .. } if foreign(catalog)));
        if rows && any {
            return Err(crate::error::unsupported(
                "ALTER TABLE or DROP TABLE in one call with INSERT, UPDATE or DELETE while foreign keys exist",
            )
            .into());
        }
        Ok(())
    }

    /// Changes tables, within the hour's number of changes.
    fn steps(&mut self, steps: &[String], now: i64) -> Result<(), SqlError> {
        if steps.is_empty() {
            return Ok(());
        }
        self.state.set_mode(Mode::Host);
        self.conn.execute(
            "DELETE FROM homemaid_ddl WHERE at <= ?1 OR at > ?2",
            [now - HOUR, now],
        )?;
        let (count, oldest): (usize, Option<i64>) =
            self.conn
                .query_row("SELECT count(*), min(at) FROM homemaid_ddl", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
        if count >= self.options.ddl_per_hour {
            let wait = oldest.map_or(HOUR, |oldest| oldest + HOUR - now);
            let retry_after = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000).max(1);
            return Err(SqlError::DdlLimit { retry_after });
        }
        self.conn.execute("INSERT INTO homemaid_ddl VALUES (?1)", [now])?;
        self.state.set_mode(Mode::Ddl);
        for step in steps {
            self.conn
                .execute_batch(step)
                .map_err(|error| self.failure(error))?;
        }
        Ok(())
    }

    fn foreign_keys_hold(&self) -> Result<(), SqlError> {
        let mut statement = self.conn.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([]).map_err(|error| self.failure(error))?;
        match rows.next().map_err(|error| self.failure(error))? {
            None => Ok(()),
            Some(row) => {
                let table: String = row.get(0)?;
                let name = self.foreign_name(&table, row.get(3)?);
                Err(pg(
                    "23503",
                    format!(
                        "insert or update on table \"{table}\" violates foreign key constraint \"{name}\""
                    ),
                )
                .into())
            }
        }
    }

    fn save_sequences(&self) -> Result<(), SqlError> {
        let mut sequences = self.state.sequences();
        if sequences.dirty.is_empty() {
            return Ok(());
        }
        let mut statement = self
            .conn
            .prepare_cached("INSERT OR REPLACE INTO homemaid_sequence VALUES (?1, ?2)")?;
        let dirty: Vec<i64> = sequences.dirty.drain().collect();
        for id in dirty {
            let last = sequences.last.get(&id).copied().unwrap_or(0);
            statement
                .execute([id, last])
                .map_err(|error| self.failure(error))?;
        }
        Ok(())
    }

    /// Runs one statement that reads or changes rows.
    fn one(&self, statement: &Lowered, values: &[Value], want: Want) -> Result<(u64, Rows), SqlError> {
        let (sql, outputs, write) = match statement {
            Lowered::Query { sql, outputs } => (sql, outputs, None),
            Lowered::Write {
                sql,
                outputs,
                table,
                upsert,
                ..
            } => (sql, outputs, Some((table, *upsert))),
            Lowered::Ddl { .. } => return Ok((0, Rows::default())),
        };
        if let Some((table, _)) = write {
            self.state.watch(table);
        }
        self.state.set_mode(Mode::Plugin);
        let mut prepared = self
            .conn
            .prepare_cached(sql)
            .map_err(|error| self.failure(error))?;
        let used = prepared.parameter_count().min(values.len());
        let result = self.step(&mut prepared, &values[..used], outputs, want, write.is_some());
        let upsert = write.is_some_and(|(_, upsert)| upsert);
        if upsert && self.state.wrote_twice() {
            return Err(pg(
                "21000",
                "ON CONFLICT DO UPDATE command cannot affect row a second time",
            )
            .into());
        }
        let (count, rows) = result?;
        let count = if write.is_some() {
            self.conn.changes()
        } else {
            count
        };
        Ok((count, rows))
    }

    fn step(
        &self,
        prepared: &mut Statement<'_>,
        values: &[Value],
        outputs: &[Output],
        want: Want,
        write: bool,
    ) -> Result<(u64, Rows), SqlError> {
        // The last of equal labels wins, in the place of the first.
        let mut places: Vec<(usize, &Output)> = Vec::new();
        if want != Want::Count {
            for (at, output) in outputs.iter().enumerate() {
                match places.iter_mut().find(|(_, known)| known.label == output.label) {
                    Some(place) => *place = (at, output),
                    None => places.push((at, output)),
                }
            }
        }
        let limit = match want {
            Want::Rows(limit) => limit,
            Want::One => 1,
            Want::Count => 0,
        };
        let mut rows = prepared
            .query(params_from_iter(values))
            .map_err(|error| self.failure(error))?;
        let (mut found, mut bytes) = (Rows::default(), 0);
        let mut count = 0;
        while let Some(row) = rows.next().map_err(|error| self.failure(error))? {
            count += 1;
            if want == Want::Count {
                continue;
            }
            if found.truncated || found.rows.len() == limit {
                found.truncated |= want != Want::One;
                // A change of rows is carried through; a query has been answered.
                if write {
                    continue;
                }
                break;
            }
            let mut object = Map::new();
            for (at, output) in &places {
                let value: Value = row.get(*at)?;
                object.insert(output.label.clone(), cast::encode(&value, output.ty)?);
            }
            bytes += length(&object) + 1;
            if bytes > RESULT_BYTES {
                found.truncated = true;
                continue;
            }
            found.rows.push(object);
        }
        Ok((count, found))
    }
}

/// How long an object is as JSON.
fn length(object: &Map<String, serde_json::Value>) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting cannot fail.
    let _ = serde_json::to_writer(&mut counter, object);
    counter.0
}

/// The owner's single changes.
impl Database {
    /// Runs a change of one row by its id, in a transaction of its own.
    pub(crate) fn change(&mut self, sql: &str, table: &str, id: i64) -> Result<u64, SqlError> {
        let lowered = Lowered::Write {
            sql: sql.to_owned(),
            outputs: Vec::new(),
            table: table.to_owned(),
            upsert: false,
        };
        let now = self.state.now();
        Ok(self
            .run(&[Arc::new(lowered)], &[Value::Integer(id)], now, Want::Count)?
            .0)
    }

    /// `UPDATE table SET sets` of one row, with every check a plugin's would pass.
    pub(crate) fn update_row(
        &mut self,
        table: &str,
        row_id: &str,
        id: i64,
        sets: &[String],
        params: &[serde_json::Value],
        now: i64,
    ) -> Result<bool, SqlError> {
        let (classes, mut values) = super::params::bind(params)?;
        let sql = format!("UPDATE {} SET {}", crate::lower::ident(table), sets.join(", "));
        let statement = crate::parse::statement(&sql)?;
        let lowered = crate::lower::Lower::new(&self.catalog, &classes).statement(&statement)?;
        let Lowered::Write {
            sql,
            outputs,
            table,
            upsert,
        } = lowered
        else {
            return Ok(false);
        };
        values.push(Value::Integer(id));
        let sql = format!("{sql} WHERE {row_id} = ?{}", values.len());
        let lowered = Lowered::Write {
            sql,
            outputs,
            table,
            upsert,
        };
        Ok(self.run(&[Arc::new(lowered)], &values, now, Want::Count)?.0 > 0)
    }
}
