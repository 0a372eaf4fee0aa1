//! Why something the owner asked for was not done.

use homemaid_backup::BackupError;
use homemaid_package::{IntakeError, StoreError};
use homemaid_protocol::{GuildId, InstallationId, PluginId};
use homemaid_storage::{KvError, SecretError, StorageError};

use crate::tables::TablesError;
use crate::view::FindingView;

/// What kind of trouble it is, for whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such thing.
    NotFound,
    /// It does not fit what is there.
    Conflict,
    /// What was handed in cannot be used.
    Invalid,
    /// Not now.
    Unavailable,
    /// The host failed; the causes are in its log.
    Internal,
}

/// Why something the owner asked for was not done. The texts say what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// No such installation.
    #[error("{0} is not installed: see the list of installations")]
    NoSuchInstallation(InstallationId),
    /// No such plugin.
    #[error("there is no plugin {0}: upload its zip first")]
    NoSuchPlugin(PluginId),
    /// No such version of the plugin.
    #[error("plugin {plugin} has no version with the hash {hash}: upload that zip first")]
    NoSuchVersion {
        /// The plugin.
        plugin: PluginId,
        /// The content hash that was asked for.
        hash: String,
    },
    /// The bot is not in that guild.
    #[error("the bot is not in guild {0}: invite it there first")]
    NoSuchGuild(GuildId),
    /// It is installed with this very version.
    #[error("{0} is installed with this version already: change its grants, or uninstall it first")]
    AlreadyInstalled(InstallationId),
    /// It is switched off.
    #[error("{0} is switched off: enable it")]
    SwitchedOff(InstallationId),
    /// The plugin is still installed somewhere.
    #[error("plugin {plugin} is still installed in {guilds}: uninstall it there first")]
    PluginInUse {
        /// The plugin.
        plugin: PluginId,
        /// The guilds, separated by commas.
        guilds: String,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The zip was refused.
    #[error("{summary}")]
    Refused {
        /// What and why.
        summary: String,
        /// All of them.
        findings: Vec<FindingView>,
    },
    /// Not a host that could be asked.
    #[error("the domain must be {0}")]
    BadDomain(homemaid_egress::Unfit),
    /// Too many decisions about one installation.
    #[error("{0} has too many domains of its own: remove some first")]
    TooManyDomains(InstallationId),
    /// The host is stopping.
    #[error("Homemaid is stopping: try again when it has started")]
    Stopping,
    /// That is no bot token.
    #[error(transparent)]
    BadToken(homemaid_discord::TokenError),
    /// A secret could not be kept or given.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is more or less about a person than the owner agreed to erase.
    #[error("{expected} places were found before and {found} are there now: look again before you erase")]
    PersonChanged {
        /// How many there were.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A change of key-value data was refused.
    #[error(transparent)]
    Kv(#[from] KvError),
    /// A plugin's tables cannot be used.
    #[error("the tables of this plugin cannot be used")]
    Tables(#[source] TablesError),
    /// No such table.
    #[error("there is no table {0}: look at the list again")]
    NoSuchTable(String),
    /// No such row.
    #[error("that row of {0} is gone: look again")]
    NoSuchRow(String),
    /// The plugin changed the row meanwhile.
    #[error("the row was changed meanwhile: look again before you change it")]
    RowChanged,
    /// A backup could not be written or read.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A database could not be copied, or its copy is not whole.
    #[error(transparent)]
    Snapshot(#[from] homemaid_storage::SnapshotError),
    /// A data directory could not be opened.
    #[error(transparent)]
    Open(homemaid_storage::OpenError),
    /// No such file in the folder of backups.
    #[error("there is no backup called {0}")]
    NoSuchBackup(String),
    /// Nobody to seal for.
    #[error("there is no recovery sheet yet: make one with `homemaid recovery-sheet FILE`")]
    NoRecipient,
    /// A schedule that cannot be kept.
    #[error("a schedule is 0 to 8784 hours, and 1 to 1000 files are kept")]
    BadSchedule,
    /// The plugin store failed.
    #[error("the plugin store failed")]
    Packages(#[source] StoreError),
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
    /// A task of the host died; its panic is in the log.
    #[error("an internal task failed")]
    Internal,
}

impl CoreError {
    /// Returns a stable name; nobody matches on wording.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchInstallation(_) => "no_such_installation",
            Self::NoSuchPlugin(_) => "no_such_plugin",
            Self::NoSuchVersion { .. } => "no_such_version",
            Self::NoSuchGuild(_) => "no_such_guild",
            Self::AlreadyInstalled(_) => "already_installed",
            Self::SwitchedOff(_) => "switched_off",
            Self::PluginInUse { .. } => "plugin_in_use",
            Self::Invalid(_) => "invalid",
            Self::Refused { .. } => "zip_refused",
            Self::BadDomain(_) => "bad_domain",
            Self::TooManyDomains(_) => "too_many_domains",
            Self::Stopping => "stopping",
            Self::BadToken(_) => "bad_token",
            Self::Secret(SecretError::Invalid { .. }) => "bad_secret",
            Self::Secret(SecretError::TooMany) => "too_many_secrets",
            Self::Secret(SecretError::ForeignKey) => "key_is_a_credential",
            Self::Secret(SecretError::Locked { .. } | SecretError::Tampered) => "secret_unreadable",
            Self::Secret(SecretError::KeyFile(_)) => "key_file_failed",
            Self::Kv(KvError::Invalid { .. }) => "bad_data",
            Self::Kv(KvError::TooManyKeys | KvError::ValueTooLarge { .. }) => "quota_full",
            Self::Tables(_) => "tables_failed",
            Self::NoSuchTable(_) => "no_such_table",
            Self::NoSuchRow(_) => "no_such_row",
            Self::PersonChanged { .. } | Self::Kv(KvError::Changed) | Self::RowChanged => "changed_meanwhile",
            Self::Backup(BackupError::Io { .. } | BackupError::Changed(_)) | Self::Snapshot(_) => {
                "backup_failed"
            }
            Self::Backup(BackupError::NeedsKey) => "needs_key",
            Self::Backup(BackupError::WrongKey) => "wrong_key",
            Self::Backup(_) => "bad_backup",
            Self::Open(_) => "data_directory_failed",
            Self::NoSuchBackup(_) => "no_such_backup",
            Self::NoRecipient => "no_recovery_sheet",
            Self::BadSchedule => "bad_schedule",
            Self::Packages(_) => "store_failed",
            Self::Storage(_) | Self::Kv(KvError::Storage(_)) | Self::Secret(SecretError::Storage(_)) => {
                "database_failed"
            }
            Self::Internal => "internal",
        }
    }

    /// Returns what kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSuchInstallation(_)
            | Self::NoSuchPlugin(_)
            | Self::NoSuchVersion { .. }
            | Self::NoSuchTable(_)
            | Self::NoSuchRow(_)
            | Self::NoSuchBackup(_) => ErrorKind::NotFound,
            Self::NoSuchGuild(_)
            | Self::AlreadyInstalled(_)
            | Self::SwitchedOff(_)
            | Self::PluginInUse { .. }
            | Self::TooManyDomains(_)
            | Self::PersonChanged { .. }
            | Self::NoRecipient
            | Self::Kv(KvError::Changed)
            | Self::RowChanged
            | Self::Secret(
                SecretError::TooMany
                | SecretError::ForeignKey
                | SecretError::Locked { .. }
                | SecretError::Tampered,
            ) => ErrorKind::Conflict,
            Self::Invalid(_)
            | Self::Refused { .. }
            | Self::BadSchedule
            | Self::BadDomain(_)
            | Self::BadToken(_)
            | Self::Kv(KvError::Invalid { .. } | KvError::TooManyKeys | KvError::ValueTooLarge { .. })
            | Self::Secret(SecretError::Invalid { .. }) => ErrorKind::Invalid,
            Self::Backup(error) if !matches!(error, BackupError::Io { .. } | BackupError::Changed(_)) => {
                ErrorKind::Invalid
            }
            Self::Stopping => ErrorKind::Unavailable,
            Self::Secret(SecretError::KeyFile(_) | SecretError::Storage(_))
            | Self::Kv(KvError::Storage(_))
            | Self::Packages(_)
            | Self::Storage(_)
            | Self::Tables(_)
            | Self::Backup(_)
            | Self::Snapshot(_)
            | Self::Open(_)
            | Self::Internal => ErrorKind::Internal,
        }
    }

    /// Returns what the check of a refused zip found.
    pub fn findings(&self) -> &[FindingView] {
        match self {
            Self::Refused { findings, .. } => findings,
            _ => &[],
        }
    }
}

impl From<IntakeError> for CoreError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Store(error) => Self::Packages(error),
            refused => Self::Refused {
                summary: crate::services::chain(&refused),
                findings: refused.findings().iter().map(FindingView::from).collect(),
            },
        }
    }
}
