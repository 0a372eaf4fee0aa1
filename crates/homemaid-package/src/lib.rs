//! Reading, verifying and storing plugin zips (zip §1, §2).
//!
//! A zip is hostile until [`PluginStore::intake`] has stored it: every limit and refusal is checked before anything
//! is written, in bounded memory and time. What is stored is a version: the zip under its content hash, and its files as
//! a read-only tree a worker can mount.
//!
//! * [`PluginStore`]: the stored versions. Everything here blocks; asynchronous callers use a blocking thread.
//! * [`StoredVersion`]: one of them.
//! * [`Finding`]: what was noticed, with the validator's codes (zip §4.1); errors block the intake.
//!
//! The way in: `archive` reads the zip into `contents` or gives a `refusal`; `intake` reads the manifest and collects
//! the findings; `store` publishes. A new refusal is a variant in `refusal`, raised in `archive` or `path`.

mod archive;
mod bytecode;
mod contents;
mod finding;
mod folder;
mod intake;
mod path;
mod refusal;
mod store;
mod tree;

#[cfg(test)]
mod testing;

pub use bytecode::BytecodeError;
pub use finding::Finding;
pub use homemaid_protocol::ContentHash;
pub use homemaid_protocol::manifest::{Manifest, Severity};
pub use intake::{IntakeError, IntakeOptions};
pub use store::{PluginStore, StoreError, StoredVersion};
pub use tree::remove as remove_tree;

/// Returns the files of a zip that is safe, as they would be stored but for bytecode; for the fuzz target.
#[doc(hidden)]
pub fn read_for_fuzzing(zip: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    // Whether it is a plugin matters to no limit; running that code matters to the fuzzer.
    drop(intake::verify(zip, &IntakeOptions::default()));
    let contents = archive::read(zip).ok()?;
    Some(
        contents
            .files
            .into_iter()
            .map(|file| (file.path, file.data))
            .collect(),
    )
}
