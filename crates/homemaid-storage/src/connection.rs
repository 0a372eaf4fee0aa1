//! Opening SQLite connections, each with the settings its task needs.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::limits::{BUSY_TIMEOUT, CACHE_KIB, STATEMENTS_CACHED, WAL_KEPT_BYTES};

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Until the write-ahead log is on the disk: survives `kill -9` and a power cut.
    PowerCut,
    /// Until the kernel has it: survives `kill -9`; a power cut may lose the newest rows, never older ones.
    Crash,
}

/// Opens the only connection that writes to the file. Changes nothing in it.
pub(crate) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    settings(&conn)?;
    Ok(conn)
}

/// Switches a writer's file to write-ahead logging and sets what its commits wait for.
pub(crate) fn set_durability(conn: &Connection, durability: Durability) -> rusqlite::Result<()> {
    conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // In WAL mode, NORMAL syncs at checkpoints only; FULL adds a sync of the log to every commit, which is what makes
    // an acknowledged write survive a power cut. Group commit shares that one sync among all waiting writes.
    let synchronous = match durability {
        Durability::PowerCut => "full",
        Durability::Crash => "normal",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    // What is deleted or blanked is overwritten, so that it is not still there in a free page or a copy of the file.
    conn.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT_BYTES, |_| Ok(()))
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    settings(&conn)?;
    Ok(conn)
}

/// Settings every connection has, in files and in memory alike.
pub(crate) fn settings(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)
}
