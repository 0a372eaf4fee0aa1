//! The plugin's three calls (sql §1): check, translate, run, answer.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::run::Want;
use super::{Database, Rows, params};
use crate::error::{SqlError, pg};
use crate::limits::{MOST_ROWS, STACK, TRANSLATION_BYTES};
use crate::lower::{Lower, Lowered, ParamClass};
use crate::{parse, validate};

impl Database {
    /// `sql.execute`: returns how many rows were changed or, of a SELECT, found; 0 for a change of tables.
    ///
    /// Without parameters `sql` may be several statements, which succeed or fail together. `now` is in microseconds
    /// since 1970.
    pub fn execute(&mut self, sql: &str, params: &[Value], now: i64) -> Result<u64, SqlError> {
        Ok(self.call(sql, params, now, Want::Count)?.0)
    }

    /// `sql.query`: returns at most `limit` rows (1 to 10 000).
    pub fn query(&mut self, sql: &str, params: &[Value], limit: usize, now: i64) -> Result<Rows, SqlError> {
        Ok(self
            .call(sql, params, now, Want::Rows(limit.clamp(1, MOST_ROWS)))?
            .1)
    }

    /// `sql.query_one`: returns the first row.
    pub fn query_one(
        &mut self,
        sql: &str,
        params: &[Value],
        now: i64,
    ) -> Result<Option<Map<String, Value>>, SqlError> {
        Ok(self.call(sql, params, now, Want::One)?.1.rows.into_iter().next())
    }

    fn call(&mut self, sql: &str, params: &[Value], now: i64, want: Want) -> Result<(u64, Rows), SqlError> {
        let (classes, values) = params::bind(params)?;
        let several = want == Want::Count && params.is_empty();
        let cacheable = sql.len() <= TRANSLATION_BYTES;
        if cacheable {
            // A text that is one statement is checked and translated alike whatever is asked of it.
            let key = (sql.to_owned(), classes.clone());
            if let Some(known) = self.translations.get(&key) {
                return self.run(std::slice::from_ref(&known), &values, now, want);
            }
        }
        let mut statements = validate::statements(sql, several, Some(&self.schema)).map_err(rejected)?;
        let mut catalog = None;
        let mut lowered = Vec::with_capacity(statements.len());
        for statement in &mut statements {
            let text = validate::placeholders(statement, params.len()).map_err(rejected)?;
            let translated = self.translate(&text, &classes, catalog.as_ref().unwrap_or(&self.catalog))?;
            if let Lowered::Ddl { catalog: after, .. } = &translated {
                catalog = Some(after.as_ref().clone());
            }
            lowered.push(Arc::new(translated));
        }
        if let [only] = lowered.as_slice()
            && cacheable
            && !matches!(**only, Lowered::Ddl { .. })
        {
            self.translations
                .insert((sql.to_owned(), classes), Arc::clone(only));
        }
        self.run(&lowered, &values, now, want)
    }

    fn translate(
        &self,
        text: &str,
        classes: &[ParamClass],
        catalog: &crate::catalog::Catalog,
    ) -> Result<Lowered, SqlError> {
        // The parser's own code copies and drops trees by recursion, which only a large stack bounds for it.
        stacker::maybe_grow(STACK / 2, STACK, || {
            let statement = parse::statement(text)?;
            Lower::new(catalog, classes).statement(&statement)
        })
        .map_err(|error| match error.state {
            crate::lower::QUOTA => SqlError::Quota(error.message),
            _ => SqlError::Failed(error),
        })
    }
}

/// The contract's rejection texts stand alone; those that begin as an engine's failure are one.
fn rejected(text: String) -> SqlError {
    match text.strip_prefix("SQL execution failed: ") {
        Some(detail) if detail.contains("too complex") => SqlError::Failed(pg("54001", detail)),
        Some(detail) => SqlError::Failed(pg("42601", detail)),
        None => SqlError::Rejected(text),
    }
}
