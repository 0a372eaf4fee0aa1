//! Key-value data of installations (wire §6.2).
//!
//! A space is the data of one installation. Removing the installation only takes the space's name away, which is
//! instant however much is in it; the rows go in the sweeps that follow ([`sweep`]).
//!
//! `spaces.keys` counts stored rows, kept by triggers. Rows that have expired are stored until they are swept, and
//! so a write that would pass the quota first sweeps its own space: the quota is exact, and costs one comparison.

mod browse;
mod dump;
mod error;
mod increment;
mod key;
mod read;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use browse::{Expiry, KvEntry, KvPage, KvQuery};
pub use dump::KvRow;
pub(crate) use dump::drop_unfinished;
pub use error::KvError;
pub use increment::KvAmount;
pub use key::KvKey;
pub use read::Kv;
pub use store::KvStore;
pub(crate) use sweep::sweep;
pub use value::{KvText, KvTtl};
pub use write::KvMut;

use crate::migration::Migration;
use crate::schema::migration;

/// The default BINARY collation compares UTF-8 bytes, which is the order of code points the contract asks for.
pub(crate) const CREATE: Migration = migration(
    "key-value data",
    "CREATE TABLE kv_spaces (
        id           INTEGER PRIMARY KEY AUTOINCREMENT,
        installation TEXT UNIQUE,
        keys         INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE kv (
        id         INTEGER PRIMARY KEY,
        space      INTEGER NOT NULL REFERENCES kv_spaces (id),
        key        TEXT NOT NULL,
        expires_at INTEGER,
        value      TEXT NOT NULL,
        UNIQUE (space, key)
    ) STRICT;
    CREATE INDEX kv_by_expiry ON kv (space, expires_at) WHERE expires_at IS NOT NULL;
    CREATE TRIGGER kv_added AFTER INSERT ON kv BEGIN
        UPDATE kv_spaces SET keys = keys + 1 WHERE id = new.space;
    END;
    CREATE TRIGGER kv_removed AFTER DELETE ON kv BEGIN
        UPDATE kv_spaces SET keys = keys - 1 WHERE id = old.space;
    END;",
);
