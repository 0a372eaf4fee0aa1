//! The online backup.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::SnapshotError;
use crate::connection::open_reader;
use crate::limits::SNAPSHOT_PAGES;

/// Copies the database `from`, which others may be writing to, into the new file `to`, and syncs it.
///
/// Blocks; meanwhile the write-ahead log of `from` cannot shrink. On an error a part of `to` may be there.
pub fn copy_database(from: &Path, to: &Path) -> Result<(), SnapshotError> {
    let source = open_reader(from).map_err(SnapshotError::on("open", from))?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|source| SnapshotError::Create {
            path: to.to_owned(),
            source,
        })?;
    let failed = || SnapshotError::on("copy", from);
    // The view of this moment is held until the end: what is written meanwhile is not seen, and the copy never begins
    // anew because of it.
    source
        .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")
        .map_err(failed())?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(SnapshotError::on("open", to))?;
    {
        let backup = Backup::new(&source, &mut target).map_err(failed())?;
        loop {
            match backup.step(SNAPSHOT_PAGES).map_err(failed())? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(crate::limits::SNAPSHOT_RETRY),
            }
        }
    }
    // A backup is one file: no write-ahead log beside it.
    target
        .pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))
        .map_err(SnapshotError::on("write", to))?;
    target
        .close()
        .map_err(|(_, error)| SnapshotError::on("write", to)(error))?;
    sync(&file, to)
}

fn sync(file: &File, path: &Path) -> Result<(), SnapshotError> {
    file.sync_all().map_err(|source| SnapshotError::Create {
        path: path.to_owned(),
        source,
    })
}
