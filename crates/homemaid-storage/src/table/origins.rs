//! Whose the buttons are: messages with components and the installation that posted them, so that a click still
//! finds its plugin after a restart (events §5).
//!
//! An installation keeps its newest [`ORIGINS_KEPT`]; ids grow with time, so the smallest is the oldest.

use homemaid_protocol::{InstallationId, PluginId, Snowflake};
use rusqlite::params;

use super::{parse, write_handle};
use crate::error::{Constraint, constraint};
use crate::limits::{ORIGINS_KEPT, ORIGINS_LOADED};
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "message origins",
    "CREATE TABLE message_origins (
        plugin  TEXT NOT NULL,
        guild   TEXT NOT NULL,
        message INTEGER NOT NULL,
        PRIMARY KEY (plugin, guild, message),
        FOREIGN KEY (plugin, guild) REFERENCES installations (plugin, guild) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;",
);

/// Reads the origins of messages.
#[derive(Debug, Clone, Copy)]
pub struct Origins<'c>(pub(crate) ReadTx<'c>);

impl Origins<'_> {
    /// Returns the newest messages with their plugins, at most [`ORIGINS_LOADED`], the oldest first.
    pub fn list(&self) -> Result<Vec<(Snowflake, PluginId)>, StorageError> {
        self.0
            .conn
            .prepare_cached(
                "SELECT plugin, message FROM (
                    SELECT plugin, message FROM message_origins ORDER BY message DESC LIMIT ?1
                 ) ORDER BY message",
            )
            .and_then(|mut query| {
                query
                    .query_map([ORIGINS_LOADED], |row| {
                        let message = row.get::<_, i64>("message")?.cast_unsigned();
                        Ok((Snowflake::new(message), parse(row, "plugin")?))
                    })?
                    .collect()
            })
            .map_err(StorageError::on("origins.list"))
    }
}

write_handle!(
    /// Changes the origins of messages.
    OriginsMut over Origins
);

impl OriginsMut<'_> {
    /// Keeps whose a message is, and forgets the installation's oldest beyond [`ORIGINS_KEPT`].
    pub fn keep(&mut self, id: &InstallationId, message: Snowflake) -> Result<(), StorageError> {
        let conn = self.0.0.conn;
        let guild = id.guild.to_string();
        conn.prepare_cached(
            "INSERT OR IGNORE INTO message_origins (plugin, guild, message) VALUES (?1, ?2, ?3)",
        )
        .and_then(|mut insert| {
            insert.execute(params![id.plugin.as_str(), guild, message.get().cast_signed()])
        })
        .map_err(|error| match constraint(&error) {
            Some(Constraint::ForeignKey) => StorageError::not_installed(id),
            _ => StorageError::on("origins.keep")(error),
        })?;
        conn.prepare_cached(
            "DELETE FROM message_origins WHERE plugin = ?1 AND guild = ?2 AND message <= (
                SELECT message FROM message_origins WHERE plugin = ?1 AND guild = ?2
                ORDER BY message DESC LIMIT 1 OFFSET ?3)",
        )
        .and_then(|mut delete| delete.execute(params![id.plugin.as_str(), guild, ORIGINS_KEPT]))
        .map(|_| ())
        .map_err(StorageError::on("origins.keep"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{installed, tx};
    use super::*;

    #[test]
    fn the_newest_are_kept_and_go_with_their_installation() {
        let conn = installed();
        let id: InstallationId = "hello_maid@1".parse().unwrap();
        let mut tx = tx(&conn);
        for message in [9, 7, 7, 8] {
            tx.origins().keep(&id, Snowflake::new(message)).unwrap();
        }
        let kept: Vec<_> = tx.origins().list().unwrap();
        assert_eq!(
            kept.iter().map(|(message, _)| message.get()).collect::<Vec<_>>(),
            [7, 8, 9]
        );
        assert!(kept.iter().all(|(_, plugin)| *plugin == id.plugin));
        for message in 10..10 + u64::from(ORIGINS_KEPT) {
            tx.origins().keep(&id, Snowflake::new(message)).unwrap();
        }
        let kept = tx.origins().list().unwrap();
        assert_eq!(kept.len(), ORIGINS_KEPT as usize);
        assert_eq!(kept[0].0, Snowflake::new(10), "the oldest went");
        let other = "other_maid@1".parse().unwrap();
        assert!(
            tx.origins().keep(&other, Snowflake::new(1)).is_err(),
            "nothing is kept for nobody"
        );
        tx.installations().remove(&id).unwrap();
        assert_eq!(tx.origins().list().unwrap(), []);
    }

    #[test]
    fn ids_above_the_middle_are_kept_as_they_are() {
        let conn = installed();
        let id: InstallationId = "hello_maid@1".parse().unwrap();
        let mut tx = tx(&conn);
        tx.origins().keep(&id, Snowflake::new(u64::MAX)).unwrap();
        assert_eq!(tx.origins().list().unwrap()[0].0, Snowflake::new(u64::MAX));
    }
}
