//! Owns everything the appliance remembers: SQLite files in one data directory, which nobody else opens, and what plugins
//! keep in memory only.
//!
//! ```text
//! <data dir>/            0700, locked by one process
//!   lock                 pid of the process that holds it
//!   secret.key           opens the secrets in platform.db; elsewhere when systemd keeps it
//!   platform.db          plugins, versions, installations, grants, requests, settings, key-value data, secrets, audit
//!   logs.db              what plugins logged: many rows of little worth, so it never slows the other file down
//!   metrics.db           what plugins measured, rolled up by minute, hour and day
//! ```
//!
//! * [`Storage`] is the handle: [`Storage::write`] for changes, [`Storage::read`] and [`Storage::read_now`] for
//!   questions, [`Storage::kv`] for a plugin's key-value calls, [`Storage::secrets`] for secrets, [`Storage::audit`]
//!   and [`Storage::log`] for records that never make the caller wait.
//! * [`Ephemeral`] is the ephemeral state of one installation; whoever holds the installation holds it.
//! * [`WriteTx`] and [`ReadTx`] give a handle per table, for example `tx.installations()`.
//! * A reply to a write means that it is on the disk: it survives `kill -9` and the power cord (see `write`).
//!
//! To add a table: a module in `table` with its `CREATE` text, row type, read handle and write handle; a line at the
//! end of `schema::PLATFORM` (never in the middle: the number of lines applied is the schema's version); an accessor
//! in `tx`.

mod audit;
mod batch;
mod connection;
mod data_dir;
mod ephemeral;
mod error;
mod handle;
#[cfg(test)]
mod handle_tests;
mod hex;
mod kv;
mod limits;
mod logs;
mod metrics;
mod migration;
mod person;
mod read;
mod retention;
mod schema;
mod scope;
mod snapshot;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod trouble;
mod tx;
mod vault;
mod write;

pub use audit::{
    Audit, AuditBreak, AuditCause, AuditDay, AuditFilter, AuditKind, AuditLine, AuditMut, AuditRecord,
    AuditVerdict, Decision, Touched,
};
pub use data_dir::{DataLock, lock_data_dir};
pub use ephemeral::{Ephemeral, EphemeralKey, EphemeralSeconds};
pub use error::{OpenError, StorageError};
pub(crate) use handle::{LOGS_FILE, PLATFORM_FILE};
pub use handle::{Storage, StorageStats};
pub use kv::{
    Expiry, Kv, KvAmount, KvEntry, KvError, KvKey, KvMut, KvPage, KvQuery, KvRow, KvStore, KvText, KvTtl,
};
pub use limits::*;
pub use logs::{LogFilter, LogLevel, LogLine, LogRecord, LogSource};
pub use metrics::{
    MetricAggregate, MetricAnswer, MetricError, MetricInfo, MetricName, MetricPeriod, MetricQuery,
    MetricSeries, MetricStore, MetricTags,
};
pub use person::PersonRow;
pub use retention::Retention;
pub use snapshot::{DATABASES, DatabaseFacts, SnapshotError, TableFacts, check_schema, copy_database};
pub use table::grants::{Grant, GrantChange, Grants, GrantsMut};
pub use table::installations::{Installation, Installations, InstallationsMut, NewInstallation};
pub use table::origins::{Origins, OriginsMut};
pub use table::outbound::{Outbound, OutboundKind, OutboundMut, OutboundRule};
pub use table::plugins::{Plugin, Plugins, PluginsMut};
pub use table::requests::{PermissionRequest, Requests, RequestsMut};
pub use table::secrets::SecretRow;
pub use table::settings::{Settings, SettingsMut};
pub use table::versions::{NewVersion, Version, Versions, VersionsMut};
pub use trouble::{StoragePart, StorageTrouble};
pub use tx::{ReadTx, WriteTx};
pub use vault::{
    KEY_FILE, KeyFileError, KeyId, KeySource, SecretError, SecretName, SecretOwner, SecretStore, SecretText,
    key_ids, new_key_file,
};
