//! Forward-only migrations. The number of those applied is the file's schema version (`PRAGMA user_version`).
//!
//! Each runs in its own transaction together with the new number, so a crash in the middle leaves the file at the
//! last whole migration and the next start goes on from there.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::OpenError;

/// One step of a schema. Never changed once released: later steps build upon it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Names it in errors.
    pub(crate) name: &'static str,
    /// Its statements.
    pub(crate) sql: &'static str,
}

/// A database's own migrations, in order, and the id that tells its files from other programs'.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schema {
    /// `PRAGMA application_id`.
    pub(crate) application_id: i32,
    /// Only ever appended to.
    pub(crate) migrations: &'static [Migration],
}

impl Schema {
    /// Returns the version this binary knows.
    pub(crate) fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    /// Refuses a file of another program or of a newer Homemaid. Changes nothing.
    pub(crate) fn check(&self, conn: &Connection, path: &Path) -> Result<(), OpenError> {
        let read = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let facts = (|| {
            let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            Ok((read("application_id")?, read("user_version")?, tables))
        })();
        let (application_id, found, tables) = match facts {
            Ok(facts) => facts,
            Err(error) if error_code(&error) == Some(ErrorCode::NotADatabase) => {
                return Err(OpenError::Foreign {
                    path: path.to_owned(),
                });
            }
            Err(source) => {
                return Err(OpenError::Database {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let fresh = application_id == 0 && found == 0 && tables == 0;
        if !fresh && application_id != i64::from(self.application_id) {
            return Err(OpenError::Foreign {
                path: path.to_owned(),
            });
        }
        if !(0..=self.version()).contains(&found) {
            return Err(OpenError::NewerSchema {
                path: path.to_owned(),
                found,
                known: self.version(),
            });
        }
        Ok(())
    }

    /// Applies what is missing.
    pub(crate) fn migrate(&self, conn: &mut Connection, path: &Path) -> Result<(), OpenError> {
        self.check(conn, path)?;
        let applied: i64 = conn
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|source| OpenError::Database {
                path: path.to_owned(),
                source,
            })?;
        let done = usize::try_from(applied).unwrap_or(0);
        for (at, migration) in self.migrations.iter().enumerate().skip(done) {
            self.apply(conn, at, migration)
                .map_err(|source| OpenError::Migration {
                    path: path.to_owned(),
                    migration: migration.name,
                    source,
                })?;
            tracing::debug!(migration = migration.name, "schema migration applied");
        }
        Ok(())
    }

    fn apply(&self, conn: &mut Connection, at: usize, migration: &Migration) -> rusqlite::Result<()> {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(migration.sql)?;
        tx.pragma_update(None, "application_id", self.application_id)?;
        tx.pragma_update(None, "user_version", i64::try_from(at + 1).unwrap_or(i64::MAX))?;
        tx.commit()
    }
}

fn error_code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}
