//! Owns the backup file: what it is made of, how it is sealed, and that nothing in it is believed unread.
//!
//! ```text
//! age (when it is sealed)  >  zstd with checksum  >  tar: manifest.json first, then its files in its order
//! ```
//!
//! * [`pack`] writes one: to a temporary file beside the target, synced, and renamed when it is whole.
//! * [`unpack`] reads one into an empty folder, and refuses whatever is not exactly as the manifest says.
//! * [`Lock`] and [`Key`] close and open it; [`RecoverySheet`] is the paper the key is kept on.
//!
//! Common tools open it as well: `age -d -i SHEET FILE | zstd -d | tar x`. It knows nothing of databases or plugins;
//! everything blocks.

mod error;
mod limits;
mod lock;
mod manifest;
mod pack;
mod sheet;
#[cfg(test)]
mod tests;
mod unpack;

pub use error::BackupError;
pub use lock::{Key, Lock, Passphrase, Recipient};
pub use manifest::{Entry, MANIFEST, Manifest, Source};
pub use pack::pack;
pub use sheet::RecoverySheet;
pub use unpack::{is_sealed, unpack};
