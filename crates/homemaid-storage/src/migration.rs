//! Forward-only migrations. The number of those applied is the file's schema version (`PRAGMA user_version`).
//!
//! Each runs in its own transaction together with the new number, so a crash in the middle leaves the file at the
//! last whole migration and the next start goes on from there.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

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
        let (application_id, found, tables) = facts.map_err(OpenError::database(path))?;
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
            .map_err(OpenError::database(path))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{LOGS, METRICS, PLATFORM, migration};

    fn tables(conn: &Connection) -> Vec<String> {
        conn.prepare("SELECT name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn version(conn: &Connection) -> i64 {
        conn.pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    fn memory() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        crate::connection::settings(&conn).unwrap();
        conn
    }

    /// The schema as it was when only so many migrations existed.
    fn older(schema: &Schema, migrations: usize) -> Schema {
        Schema {
            migrations: &schema.migrations[..migrations],
            ..*schema
        }
    }

    #[test]
    fn a_database_of_any_age_comes_to_the_same_schema() {
        for schema in [PLATFORM, LOGS, METRICS] {
            let mut fresh = memory();
            schema.migrate(&mut fresh, "fresh".as_ref()).unwrap();
            for age in 0..=schema.migrations.len() {
                let mut old = memory();
                older(&schema, age).migrate(&mut old, "old".as_ref()).unwrap();
                assert_eq!(version(&old), i64::try_from(age).unwrap());
                schema.migrate(&mut old, "old".as_ref()).unwrap();
                assert_eq!(tables(&old), tables(&fresh), "from version {age}");
                assert_eq!(version(&old), schema.version());
            }
        }
    }

    #[test]
    fn what_an_older_database_holds_is_there_afterwards() {
        let mut conn = memory();
        older(&PLATFORM, 4).migrate(&mut conn, "old".as_ref()).unwrap();
        conn.execute_batch(&format!(
            "INSERT INTO settings VALUES ('owner', '\"x\"', 1);
             INSERT INTO plugins VALUES ('hello_maid', 'Hello', 1);
             INSERT INTO versions VALUES ('{hash}', 'hello_maid', 'Hello', '1.0.0', '{{}}', '[]', 1, 1, 'owner', 1);
             INSERT INTO installations VALUES ('hello_maid', '1', '{hash}', 1, 1, 1, NULL, 1, 'owner');",
            hash = "a".repeat(64),
        ))
        .unwrap();
        PLATFORM.migrate(&mut conn, "old".as_ref()).unwrap();
        let mut tx = crate::WriteTx::new(&conn, 1);
        assert_eq!(tx.settings().get("owner").unwrap(), Some("x".into()));
        let here = tx.installations().list().unwrap().remove(0).id;
        let kv = [homemaid_protocol::Capability::StorageKv].into();
        assert!(
            tx.grants().set(&here, &kv, "owner").unwrap(),
            "the newer tables know the older rows"
        );
    }

    #[test]
    fn a_migration_that_fails_leaves_the_version_before_it_and_can_be_tried_again() {
        static BROKEN: &[Migration] = &[
            migration("one", "CREATE TABLE one (id INTEGER)"),
            migration(
                "two",
                "CREATE TABLE two (id INTEGER); INSERT INTO two VALUES (1); INSERT INTO none VALUES (1)",
            ),
        ];
        static MENDED: &[Migration] = &[BROKEN[0], migration("two", "CREATE TABLE two (id INTEGER)")];
        let schema = |migrations| Schema {
            application_id: 7,
            migrations,
        };
        let mut conn = memory();
        let error = schema(BROKEN).migrate(&mut conn, "x".as_ref()).unwrap_err();
        assert!(
            matches!(error, OpenError::Migration { migration: "two", .. }),
            "{error}"
        );
        assert_eq!(
            (version(&conn), tables(&conn).len()),
            (1, 1),
            "nothing of the second one remains"
        );
        schema(MENDED).migrate(&mut conn, "x".as_ref()).unwrap();
        assert_eq!((version(&conn), tables(&conn).len()), (2, 2));
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let mut conn = memory();
        PLATFORM.migrate(&mut conn, "x".as_ref()).unwrap();
        conn.pragma_update(None, "user_version", PLATFORM.version() + 1)
            .unwrap();
        let before = tables(&conn);
        let error = PLATFORM
            .migrate(&mut conn, "/data/platform.db".as_ref())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "/data/platform.db has schema {}, and this program knows {}: install the newer Homemaid again",
                PLATFORM.version() + 1,
                PLATFORM.version()
            )
        );
        assert_eq!(tables(&conn), before);
    }

    #[test]
    fn another_programs_database_is_refused() {
        let mut conn = memory();
        conn.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
        let error = PLATFORM.migrate(&mut conn, "x".as_ref()).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
        let mut logs = memory();
        LOGS.migrate(&mut logs, "x".as_ref()).unwrap();
        assert!(matches!(
            PLATFORM.migrate(&mut logs, "x".as_ref()),
            Err(OpenError::Foreign { .. })
        ));
    }
}
