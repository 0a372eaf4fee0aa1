//! The data directory: private to its owner, and open in one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::OpenError;

const LOCK_FILE: &str = "lock";
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// An open data directory. The lock goes with it, also when the process is killed.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is missing, makes it private, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        DirBuilder::new()
            .recursive(true)
            .mode(DIR_MODE)
            .create(path)
            .map_err(failed("create the data directory", path))?;
        close_to_others(path)?;
        let lock = lock(path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Returns the path of a database in it; the file exists then, empty at first, and is private.
    ///
    /// SQLite gives its `-wal` and `-shm` files the permissions of the database.
    pub(crate) fn database(&self, name: &str) -> Result<PathBuf, OpenError> {
        let path = self.path.join(name);
        private_file(&path).map_err(failed("open", &path))?;
        make_private(&path, FILE_MODE)?;
        Ok(path)
    }

    /// Returns the path of a file in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the names of newly made files survive a power cut, as their contents do.
    pub(crate) fn sync(&self) -> Result<(), OpenError> {
        sync_dir(&self.path).map_err(failed("sync", &self.path))?;
        let parent = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        match sync_dir(parent) {
            // One may be allowed to go through the parent and not to read it; then someone else made this directory.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            synced => synced.map_err(failed("sync", parent)),
        }
    }
}

/// Keeps every other process from opening a data directory.
#[derive(Debug)]
pub struct DataLock {
    _lock: File,
}

/// Locks a data directory that is there, without opening what is in it.
pub fn lock_data_dir(dir: &Path) -> Result<DataLock, OpenError> {
    Ok(DataLock { _lock: lock(dir)? })
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the directory private if it is ours: new, empty, or a data directory already.
fn close_to_others(dir: &Path) -> Result<(), OpenError> {
    const OTHERS: u32 = 0o077;
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(dir)
        .map_err(failed("look at", dir))?
        .permissions()
        .mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let is_empty = fs::read_dir(dir).map_err(failed("read", dir))?.next().is_none();
    let is_ours = dir.join(LOCK_FILE).is_file() || is_empty;
    // A sticky directory is one that many share, such as /tmp, even while it is empty.
    if !is_ours || mode & STICKY != 0 {
        return Err(OpenError::Exposed { dir: dir.to_owned() });
    }
    make_private(dir, DIR_MODE)
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK_FILE);
    let mut file = private_file(&path).map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // The pid is for the message only; the lock itself is the kernel's.
            let mut text = String::new();
            let read = file.take(32).read_to_string(&mut text);
            return Err(OpenError::InUse {
                dir: dir.to_owned(),
                pid: read.ok().and_then(|_| text.trim().parse().ok()),
            });
        }
        Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
    }
    let write_pid = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write_pid(&mut file).map_err(failed("write", &path))?;
    Ok(file)
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

fn make_private(path: &Path, mode: u32) -> Result<(), OpenError> {
    let found = fs::metadata(path)
        .map_err(failed("look at", path))?
        .permissions()
        .mode()
        & 0o777;
    if found & !mode == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed("make private", path))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    move |source| OpenError::Files {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn with_mode(dir: PathBuf, mode: u32) -> PathBuf {
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(mode)).unwrap();
        dir
    }

    #[test]
    fn directory_and_files_are_private_even_when_they_were_not() {
        let temp = tempfile::tempdir().unwrap();
        let dir = with_mode(temp.path().join("deep/er/data"), 0o755);
        drop(DataDir::open(&dir).unwrap());
        with_mode(dir.clone(), 0o777);
        fs::write(dir.join("platform.db"), "").unwrap();
        fs::set_permissions(dir.join("platform.db"), Permissions::from_mode(0o644)).unwrap();

        let data = DataDir::open(&dir).unwrap();
        let database = data.database("platform.db").unwrap();
        data.sync().unwrap();

        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&database), 0o600);
        assert_eq!(mode(&dir.join(LOCK_FILE)), 0o600);
    }

    #[test]
    fn a_directory_that_others_use_is_refused_and_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let shared = with_mode(temp.path().join("shared"), 0o755);
        fs::write(shared.join("someone's file"), "").unwrap();
        let like_tmp = with_mode(temp.path().join("tmp"), 0o1777);
        for (dir, before) in [(shared, 0o755), (like_tmp, 0o777)] {
            let refused = DataDir::open(&dir).unwrap_err();
            assert!(matches!(refused, OpenError::Exposed { .. }), "{refused}");
            assert_eq!(mode(&dir), before);
        }
    }

    #[test]
    fn a_second_opener_is_told_the_pid_of_the_first() {
        let temp = tempfile::tempdir().unwrap();
        let first = DataDir::open(temp.path()).unwrap();
        let refused = DataDir::open(temp.path()).unwrap_err();
        assert!(
            matches!(refused, OpenError::InUse { pid: Some(pid), .. } if pid == std::process::id()),
            "{refused}"
        );
        assert!(refused.to_string().contains(&std::process::id().to_string()));
        drop(first);
        DataDir::open(temp.path()).expect("the lock went with its owner");
    }

    #[test]
    fn a_file_in_the_place_of_the_directory_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(matches!(DataDir::open(&path), Err(OpenError::Files { .. })));
    }
}
