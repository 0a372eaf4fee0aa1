//! What the owner is told of backups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Where it is.
    pub path: String,
    /// How large the file is.
    pub bytes: u64,
    /// Files in it.
    pub files: usize,
    /// Rows in its databases.
    pub rows: u64,
    /// Whether a key is needed to read it.
    pub sealed: bool,
    /// Whether the key of the secrets is in it; else it has to be kept beside.
    pub holds_secret_key: bool,
}

/// What examining a backup found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrillView {
    /// When it was examined.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The backup.
    pub file: String,
    /// Whether it could be restored.
    pub ok: bool,
    /// Why not.
    pub problem: Option<String>,
    /// When the backup was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Timestamp>,
    /// Which Homemaid made it.
    pub homemaid: Option<String>,
    /// Databases whose integrity, references and row sums were compared.
    pub databases: usize,
    /// Rows in them.
    pub rows: u64,
    /// Plugin versions that were taken in again.
    pub plugins: usize,
    /// Secrets in it.
    pub secrets: usize,
    /// Of those, how many cannot be read with the key that is at hand.
    pub secrets_unreadable: usize,
}

/// When the appliance makes backups by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupSchedule {
    /// Hours between two; 0 for none.
    pub every_hours: u32,
    /// How many are kept; older ones are deleted.
    pub keep: u32,
    /// Seal them for the recovery sheet.
    pub sealed: bool,
}

/// A file in the folder of backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BackupFileView {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Whether a key is needed to read it; `null` when the file is no backup.
    pub sealed: Option<bool>,
}

/// Everything about backups.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BackupsView {
    /// When they are made.
    pub schedule: BackupSchedule,
    /// Whom they are sealed for: the recovery sheet names the same.
    pub recipient: Option<String>,
    /// The folder.
    pub folder: String,
    /// The files, the newest first.
    pub files: Vec<BackupFileView>,
    /// The newest backup that was made.
    pub last: Option<BackupView>,
    /// The newest examination.
    pub drill: Option<DrillView>,
    /// Why the newest attempt failed; `null` when it did not.
    pub problem: Option<String>,
}

/// What restoring did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestoreView {
    /// What was found in the backup.
    pub found: DrillView,
    /// The data directory.
    pub into: String,
    /// Where what was there before is kept; `null` when nothing was.
    pub before: Option<String>,
}

/// What restoring one plugin in one guild did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestoredOneView {
    /// `plugin@guild`.
    pub installation: String,
    /// When the backup was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Keys it has now.
    pub keys: u64,
    /// Whether it has a database of SQL now.
    pub sql: bool,
    /// What it may do now.
    pub grants: Vec<String>,
}
