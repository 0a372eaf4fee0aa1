//! What the owner decided about an installation's outbound HTTP: hosts beside the manifest's, and where secrets may go.

use homemaid_protocol::InstallationId;
use homemaid_protocol::limits::OUTBOUND_RULES;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::{time, write_handle};
use crate::error::{Constraint, constraint};
use crate::migration::Migration;
use crate::schema::migration;
use crate::{ReadTx, StorageError};

pub(crate) const CREATE: Migration = migration(
    "outbound HTTP",
    "CREATE TABLE outbound_rules (
        plugin TEXT NOT NULL,
        guild  TEXT NOT NULL,
        kind   TEXT NOT NULL CHECK (kind IN ('domain', 'host', 'withheld', 'secret')),
        host   TEXT NOT NULL,
        secret TEXT NOT NULL,
        set_at INTEGER NOT NULL,
        set_by TEXT NOT NULL,
        PRIMARY KEY (plugin, guild, kind, host, secret),
        FOREIGN KEY (plugin, guild) REFERENCES installations (plugin, guild) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;",
);

/// What a rule says of its host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutboundKind {
    /// It and everything beneath it may be asked.
    Domain,
    /// It alone may be asked.
    Host,
    /// It and everything beneath it may not be asked, whatever else says so.
    Withheld,
    /// The secret of this name may be sent to it and everything beneath it.
    Secret(String),
}

impl OutboundKind {
    fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Domain => ("domain", ""),
            Self::Host => ("host", ""),
            Self::Withheld => ("withheld", ""),
            Self::Secret(name) => ("secret", name),
        }
    }
}

/// One rule of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundRule {
    /// What it says.
    pub kind: OutboundKind,
    /// Of which host: lower case, ASCII.
    pub host: String,
    /// Since when.
    pub set_at: Timestamp,
    /// By whom.
    pub set_by: String,
}

/// Reads the rules.
#[derive(Debug, Clone, Copy)]
pub struct Outbound<'c>(pub(crate) ReadTx<'c>);

impl Outbound<'_> {
    /// Returns an installation's rules, by kind and host.
    pub fn of(&self, id: &InstallationId) -> Result<Vec<OutboundRule>, StorageError> {
        let read = |row: &Row<'_>| {
            let kind = match row.get_ref("kind")?.as_str()? {
                "domain" => OutboundKind::Domain,
                "host" => OutboundKind::Host,
                "withheld" => OutboundKind::Withheld,
                _ => OutboundKind::Secret(row.get("secret")?),
            };
            Ok(OutboundRule {
                kind,
                host: row.get("host")?,
                set_at: time(row, "set_at")?,
                set_by: row.get("set_by")?,
            })
        };
        self.0
            .conn
            .prepare_cached(
                "SELECT * FROM outbound_rules WHERE plugin = ?1 AND guild = ?2 ORDER BY kind, host, secret",
            )
            .and_then(|mut query| {
                query
                    .query_map([id.plugin.as_str(), &id.guild.to_string()], read)?
                    .collect()
            })
            .map_err(StorageError::on("outbound.of"))
    }
}

write_handle!(
    /// Changes the rules.
    OutboundMut over Outbound
);

impl OutboundMut<'_> {
    /// Sets a rule; returns whether there is room for it. One that is there stays as it is.
    pub fn set(
        &mut self,
        id: &InstallationId,
        kind: &OutboundKind,
        host: &str,
        by: &str,
    ) -> Result<bool, StorageError> {
        let rules = self.of(id)?;
        if rules.iter().any(|rule| rule.kind == *kind && rule.host == host) {
            return Ok(true);
        }
        if rules.len() >= OUTBOUND_RULES {
            return Ok(false);
        }
        let (tx, (name, secret)) = (self.0.0, kind.columns());
        tx.conn
            .prepare_cached(
                "INSERT INTO outbound_rules (plugin, guild, kind, host, secret, set_at, set_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    id.plugin.as_str(),
                    id.guild.to_string(),
                    name,
                    host,
                    secret,
                    tx.now,
                    by
                ])
            })
            .map(|_| true)
            .map_err(|error| match constraint(&error) {
                Some(Constraint::ForeignKey) => StorageError::not_installed(id),
                _ => StorageError::on("outbound.set")(error),
            })
    }

    /// Forgets a rule; returns whether there was one.
    pub fn forget(
        &mut self,
        id: &InstallationId,
        kind: &OutboundKind,
        host: &str,
    ) -> Result<bool, StorageError> {
        let (name, secret) = kind.columns();
        self.0
            .0
            .conn
            .prepare_cached(
                "DELETE FROM outbound_rules
                 WHERE plugin = ?1 AND guild = ?2 AND kind = ?3 AND host = ?4 AND secret = ?5",
            )
            .and_then(|mut delete| {
                delete.execute([id.plugin.as_str(), &id.guild.to_string(), name, host, secret])
            })
            .map(|rows| rows > 0)
            .map_err(StorageError::on("outbound.forget"))
    }
}
