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
