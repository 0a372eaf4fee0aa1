//! The files of all installations: `<root>/<plugin>/<guild>.db`, a bounded number of them open.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::db::{Database, Options};
use crate::error::SqlError;
use crate::limits::OPEN_FILES;

/// One installation's place: a lock for whoever uses the file, which is opened on first use.
type Slot = Arc<Mutex<Option<Database>>>;

struct Open {
    slots: HashMap<(String, String), (Slot, u64)>,
    /// Counts uses; the slot with the lowest is the one used longest ago.
    clock: u64,
}

/// All installations' databases. Calls of one installation run one after the other, others side by side.
#[derive(Clone)]
pub struct Databases {
    root: PathBuf,
    options: Options,
    open: Arc<Mutex<Open>>,
}

impl std::fmt::Debug for Databases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Databases")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Databases {
    /// Keeps the files below `root`, which is made when the first one is.
    pub fn new(root: impl Into<PathBuf>, options: Options) -> Self {
        let open = Open {
            slots: HashMap::new(),
            clock: 0,
        };
        Self {
            root: root.into(),
            options,
            open: Arc::new(Mutex::new(open)),
        }
    }

    /// Returns where an installation's file is, or would be. Plugin ids and guild ids are safe file names.
    pub fn path(&self, plugin: &str, guild: &str) -> PathBuf {
        self.root.join(plugin).join(format!("{guild}.db"))
    }

    /// Returns the folder all files are below.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Runs `work` on an installation's database, alone on it. Makes the file when there is none.
    pub fn with<T>(
        &self,
        plugin: &str,
        guild: &str,
        work: impl FnOnce(&mut Database) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let slot = self.slot(plugin, guild);
        let mut open = lock(&slot);
        let mut database = match open.take() {
            Some(database) => database,
            None => self.open(plugin, guild)?,
        };
        // Should `work` panic, the database is dropped, which rolls back, and opened anew next time.
        let result = work(&mut database);
        // A database that could not be used may have lost its file; the next call opens it anew.
        if !matches!(result, Err(SqlError::Host(_))) {
            *open = Some(database);
        }
        result
    }

    /// As [`Databases::with`], but `None` when the installation has no file.
    pub fn with_existing<T>(
        &self,
        plugin: &str,
        guild: &str,
        work: impl FnOnce(&mut Database) -> Result<T, SqlError>,
    ) -> Result<Option<T>, SqlError> {
        if !self.path(plugin, guild).exists() {
            return Ok(None);
        }
        self.with(plugin, guild, work).map(Some)
    }

    fn open(&self, plugin: &str, guild: &str) -> Result<Database, SqlError> {
        let path = self.path(plugin, guild);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Database::open(&path, &format!("plugin_{plugin}_{guild}"), self.options.clone())
    }

    fn slot(&self, plugin: &str, guild: &str) -> Slot {
        let mut open = lock(&self.open);
        open.clock += 1;
        let now = open.clock;
        let key = (plugin.to_owned(), guild.to_owned());
        if let Some((slot, used)) = open.slots.get_mut(&key) {
            *used = now;
            return Arc::clone(slot);
        }
        while open.slots.len() >= OPEN_FILES {
            // A slot somebody holds stays: two connections to one file would not see each other's catalog.
            let idle = open
                .slots
                .iter()
                .filter(|(_, (slot, _))| Arc::strong_count(slot) == 1);
            let Some(oldest) = idle
                .min_by_key(|(_, (_, used))| *used)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            open.slots.remove(&oldest);
        }
        let slot = Slot::default();
        open.slots.insert(key, (Arc::clone(&slot), now));
        slot
    }

    /// Closes an installation's file, runs `work` while nobody can open it, for example to put another in its place.
    pub fn closed<T>(
        &self,
        plugin: &str,
        guild: &str,
        work: impl FnOnce(&Path) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let slot = self.slot(plugin, guild);
        let mut open = lock(&slot);
        drop(open.take());
        work(&self.path(plugin, guild))
    }

    /// Deletes an installation's data.
    pub fn delete(&self, plugin: &str, guild: &str) -> Result<(), SqlError> {
        self.closed(plugin, guild, |path| {
            for end in ["", "-wal", "-shm", "-journal"] {
                let mut file = path.as_os_str().to_owned();
                file.push(end);
                match std::fs::remove_file(&file) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
            // The plugin's folder goes with its last file.
            if let Some(folder) = path.parent() {
                let _ = std::fs::remove_dir(folder);
            }
            Ok(())
        })
    }

    /// Returns the installations that have a file, as plugin and guild.
    pub fn list(&self) -> Result<Vec<(String, String)>, SqlError> {
        let mut found = Vec::new();
        let folders = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        for folder in folders {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(folder.path())? {
                let name = file?.file_name();
                let guild = name.to_str().and_then(|name| name.strip_suffix(".db"));
                if let (Some(plugin), Some(guild)) = (folder.file_name().to_str(), guild) {
                    found.push((plugin.to_owned(), guild.to_owned()));
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
