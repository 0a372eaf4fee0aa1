//! What a closure passed to `read` or `write` works with: a moment's view of the database, one handle per table.

use std::ops::Deref;

use homemaid_protocol::InstallationId;
use jiff::Timestamp;
use rusqlite::Connection;

use crate::audit::{Audit, AuditMut};
use crate::kv::{Kv, KvMut};
use crate::table::grants::{Grants, GrantsMut};
use crate::table::installations::{Installations, InstallationsMut};
use crate::table::origins::{Origins, OriginsMut};
use crate::table::outbound::{Outbound, OutboundMut};
use crate::table::plugins::{Plugins, PluginsMut};
use crate::table::requests::{Requests, RequestsMut};
use crate::table::secrets::{Secrets, SecretsMut};
use crate::table::settings::{Settings, SettingsMut};
use crate::table::versions::{Versions, VersionsMut};
use crate::time::{Millis, timestamp};

/// One unchanging view of the database.
#[derive(Debug, Clone, Copy)]
pub struct ReadTx<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) now: Millis,
}

impl<'c> ReadTx<'c> {
    /// Returns the time at which this transaction sees the world: what has expired by then is not there.
    pub fn now(&self) -> Timestamp {
        timestamp(self.now)
    }

    /// The plugins.
    pub fn plugins(&self) -> Plugins<'c> {
        Plugins(*self)
    }

    /// The plugins' versions.
    pub fn versions(&self) -> Versions<'c> {
        Versions(*self)
    }

    /// The installations.
    pub fn installations(&self) -> Installations<'c> {
        Installations(*self)
    }

    /// What the owner granted, and the history of it.
    pub fn grants(&self) -> Grants<'c> {
        Grants(*self)
    }

    /// Whose the components of messages are.
    pub fn origins(&self) -> Origins<'c> {
        Origins(*self)
    }

    /// What the owner decided about outbound HTTP.
    pub fn outbound(&self) -> Outbound<'c> {
        Outbound(*self)
    }

    /// Calls that were refused and wait for the owner ("needs permission").
    pub fn requests(&self) -> Requests<'c> {
        Requests(*self)
    }

    /// The key-value data of one installation.
    pub fn kv(&self, installation: &InstallationId) -> Kv<'c> {
        Kv::new(self.conn, self.now, installation)
    }

    /// The record of calls.
    pub fn audit(&self) -> Audit<'c> {
        Audit(*self)
    }

    /// Sealed secrets.
    pub(crate) fn secrets(&self) -> Secrets<'c> {
        Secrets(*self)
    }

    /// The appliance's own settings.
    pub fn settings(&self) -> Settings<'c> {
        Settings(*self)
    }
}

/// One change of the database: all of it happens, or nothing.
#[derive(Debug)]
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
}

impl<'c> WriteTx<'c> {
    pub(crate) fn new(conn: &'c Connection, now: Millis) -> Self {
        Self {
            read: ReadTx { conn, now },
        }
    }

    /// The plugins.
    pub fn plugins(&mut self) -> PluginsMut<'_> {
        PluginsMut(self.read.plugins())
    }

    /// The plugins' versions.
    pub fn versions(&mut self) -> VersionsMut<'_> {
        VersionsMut(self.read.versions())
    }

    /// The installations.
    pub fn installations(&mut self) -> InstallationsMut<'_> {
        InstallationsMut(self.read.installations())
    }

    /// What the owner granted, and the history of it.
    pub fn grants(&mut self) -> GrantsMut<'_> {
        GrantsMut(self.read.grants())
    }

    /// Whose the components of messages are.
    pub fn origins(&mut self) -> OriginsMut<'_> {
        OriginsMut(self.read.origins())
    }

    /// What the owner decided about outbound HTTP.
    pub fn outbound(&mut self) -> OutboundMut<'_> {
        OutboundMut(self.read.outbound())
    }

    /// Calls that were refused and wait for the owner ("needs permission").
    pub fn requests(&mut self) -> RequestsMut<'_> {
        RequestsMut(self.read.requests())
    }

    /// The key-value data of one installation.
    pub fn kv<'t>(&'t mut self, installation: &InstallationId) -> KvMut<'t> {
        KvMut::new(self.read.kv(installation))
    }

    /// Sealed secrets.
    pub(crate) fn secrets(&mut self) -> SecretsMut<'_> {
        SecretsMut(self.read.secrets())
    }

    /// The record of calls, to blank what it says about people.
    pub fn audit_mut(&mut self) -> AuditMut<'_> {
        AuditMut(self.read.audit())
    }

    /// The appliance's own settings.
    pub fn settings(&mut self) -> SettingsMut<'_> {
        SettingsMut(self.read.settings())
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}
