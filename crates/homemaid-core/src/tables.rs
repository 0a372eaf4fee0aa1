//! Plugin SQL's files, reached from tasks: `<data>/sql/<plugin>/<guild>.db`.
//!
//! Statements block a thread, up to their deadline. So that no plugin holds more than one of them, each installation
//! has one turn at a time, and all of them together have [`AT_ONCE`]; whoever waits for a turn waits as a task.

use std::path::Path;
use std::sync::Arc;

use homemaid_protocol::InstallationId;
use homemaid_sql::{Database, Databases, Options, SqlError};
use tokio::sync::Semaphore;

use crate::services::chain;

/// Statements that run at one time, all installations together.
const AT_ONCE: usize = 8;
/// Below the data directory.
const FOLDER: &str = "sql";

/// Every installation's tables; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    files: Databases,
    turns: Arc<Semaphore>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The statement, the data or the file says no.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// It panicked, or the house is closing.
    #[error("the statement did not come to an end")]
    Lost,
}

impl Tables {
    /// Keeps the files in the data directory.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self {
            files: Databases::new(data_dir.join(FOLDER), Options::default()),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Runs `work` on an installation's tables when it is its turn; makes the file when there is none. It comes to its
    /// end even when nobody waits for it any more.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        id: &InstallationId,
        own_turn: &Arc<Semaphore>,
        work: impl FnOnce(&mut Database) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, TablesError> {
        let own = Arc::clone(own_turn).acquire_owned().await;
        let shared = Arc::clone(&self.turns).acquire_owned().await;
        let (files, plugin, guild) = (self.files.clone(), id.plugin.to_string(), id.guild.to_string());
        let run = move || {
            let _turns = (own, shared);
            files.with(&plugin, &guild, work)
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|_| TablesError::Lost)?
            .map_err(TablesError::Sql)
    }

    /// As [`Tables::with`], but `None` when the installation has no tables; takes no turn of the installation's own.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        id: &InstallationId,
        work: impl FnOnce(&mut Database) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<Option<T>, TablesError> {
        let shared = Arc::clone(&self.turns).acquire_owned().await;
        let (files, plugin, guild) = (self.files.clone(), id.plugin.to_string(), id.guild.to_string());
        let run = move || {
            let _turn = shared;
            files.with_existing(&plugin, &guild, work)
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|_| TablesError::Lost)?
            .map_err(TablesError::Sql)
    }

    /// Deletes an installation's tables. What cannot be deleted is logged, and tried again at the next start.
    pub(crate) async fn forget(&self, id: &InstallationId) {
        let (files, id) = (self.files.clone(), id.clone());
        let delete = move || {
            if let Err(error) = files.delete(&id.plugin.to_string(), &id.guild.to_string()) {
                tracing::error!(installation = %id, error = chain(&error), "its tables could not be deleted");
            }
        };
        let _ = tokio::task::spawn_blocking(delete).await;
    }

    /// Deletes the tables of all but these installations: one may have been uninstalled just before a crash.
    pub(crate) async fn keep_only(&self, installed: Vec<InstallationId>) {
        let files = self.files.clone();
        let sweep = move || {
            let found = match files.list() {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(
                        error = chain(&error),
                        "the folder of plugins' tables cannot be read"
                    );
                    return;
                }
            };
            for (plugin, guild) in found {
                let stays = installed
                    .iter()
                    .any(|id| id.plugin.to_string() == plugin && id.guild.to_string() == guild);
                if stays {
                    continue;
                }
                tracing::warn!(plugin, guild, "tables of no installation are deleted");
                if let Err(error) = files.delete(&plugin, &guild) {
                    tracing::error!(plugin, guild, error = chain(&error), "they could not be deleted");
                }
            }
        };
        let _ = tokio::task::spawn_blocking(sweep).await;
    }
}
