//! The stored versions.
//!
//! ```text
//! <root>/staging/<random>/        being written or removed; emptied when the store opens
//! <root>/versions/<hash>/
//!     artifact.zip                what was taken in
//!     version.json                what was found out
//!     bytecode.json               which image the bytecode is of, once there is some
//!     tree/                       the plugin's files, read-only; bytecode is added in __pycache__ folders
//! ```
//!
//! A version appears whole or not at all: it is written and synced in `staging` and renamed. It never changes but for
//! its bytecode. One process opens a store at a time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use homemaid_protocol::ContentHash;
use homemaid_protocol::manifest::Manifest;
use serde::{Deserialize, Serialize};

use crate::intake::{self, Verified};
use crate::{BytecodeError, Finding, IntakeError, IntakeOptions, bytecode, folder, tree};

/// The stored versions. A clone is the same store.
#[derive(Debug, Clone)]
pub struct PluginStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    versions: PathBuf,
    staging: PathBuf,
    /// Held while a version is published or removed or its bytecode changes.
    changing: Mutex<()>,
}

/// One stored version.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVersion {
    /// What it is stored under.
    pub hash: ContentHash,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its files: a real folder, readable by everyone and writable by nobody.
    pub tree: PathBuf,
    /// The file to run, at the root of the tree.
    pub entry: String,
    /// What was noticed at intake; no errors.
    pub findings: Vec<Finding>,
    /// How large its zip is.
    pub zip_bytes: u64,
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk said no.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A stored version is not as it was written.
    #[error("the stored version {hash} is damaged: {reason}")]
    Damaged {
        /// Which.
        hash: ContentHash,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

/// `version.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    entry: String,
    findings: Vec<Finding>,
}

impl PluginStore {
    /// Opens the store at `root`, creating it, and removes what a crash left behind.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let (versions, staging) = (root.join("versions"), root.join("staging"));
        for folder in [&versions, &staging] {
            fs::create_dir_all(folder).map_err(StoreError::on("create", folder))?;
        }
        for entry in fs::read_dir(&staging).map_err(StoreError::on("read", &staging))? {
            let path = entry.map_err(StoreError::on("read", &staging))?.path();
            tracing::info!(path = %path.display(), "removing what an interrupted intake or removal left");
            tree::remove(&path).map_err(StoreError::on("remove", &path))?;
        }
        // Bind mounts and `StoredVersion::tree` need a path that means the same from everywhere.
        let versions = versions
            .canonicalize()
            .map_err(StoreError::on("find", &versions))?;
        let staging = staging.canonicalize().map_err(StoreError::on("find", &staging))?;
        Ok(Self(Arc::new(Inner {
            versions,
            staging,
            changing: Mutex::new(()),
        })))
    }

    /// Takes in a zip. Taking in the same again gives the same version.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] with the findings; then nothing was written.
    pub fn intake(&self, zip: &[u8], options: &IntakeOptions) -> Result<StoredVersion, IntakeError> {
        let verified = intake::verify(zip, options).map_err(|findings| IntakeError::Refused { findings })?;
        self.publish(zip, &verified)?;
        Ok(StoredVersion {
            tree: self.tree(&verified.hash),
            hash: verified.hash,
            manifest: verified.manifest,
            entry: verified.entry,
            findings: verified.findings,
            zip_bytes: zip.len() as u64,
        })
    }

    /// Takes in a folder as the deterministic zip of its files, without the author's caches and history.
    ///
    /// # Errors
    /// As [`PluginStore::intake`], and when the folder cannot be read.
    pub fn intake_folder(
        &self,
        folder: &Path,
        options: &IntakeOptions,
    ) -> Result<StoredVersion, IntakeError> {
        self.intake(&folder::pack(folder)?, options)
    }

    /// Returns a version, or `None` when it is not stored.
    ///
    /// # Errors
    /// When it cannot be read or is not as it was written.
    pub fn get(&self, hash: &ContentHash) -> Result<Option<StoredVersion>, StoreError> {
        let path = self.version(hash);
        let record = path.join("version.json");
        let bytes = match fs::read(&record) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(StoreError::on("read", &record))?,
        };
        let damaged = |reason: String| StoreError::Damaged {
            hash: hash.clone(),
            reason,
        };
        let record: Record =
            serde_json::from_slice(&bytes).map_err(|error| damaged(format!("version.json: {error}")))?;
        let tree = self.tree(hash);
        let manifest = tree.join("manifest.json");
        let manifest = fs::read(&manifest).map_err(StoreError::on("read", &manifest))?;
        let artifact = path.join("artifact.zip");
        let zip_bytes = fs::metadata(&artifact)
            .map_err(StoreError::on("read", &artifact))?
            .len();
        Ok(Some(StoredVersion {
            hash: hash.clone(),
            manifest: Manifest::parse(&manifest).map_err(|error| damaged(error.to_string()))?,
            tree,
            entry: record.entry,
            findings: record.findings,
            zip_bytes,
        }))
    }

    /// Returns where the zip of a version is in the store at `root`, and the manifest it is described by: for a backup.
    ///
    /// To take them in again, give [`intake`](Self::intake) the manifest only when the zip alone makes another hash.
    pub fn files_below(root: &Path, hash: &ContentHash) -> (PathBuf, PathBuf) {
        let version = root.join("versions").join(hash.to_string());
        (version.join("artifact.zip"), version.join("tree/manifest.json"))
    }

    /// Removes a version at once; one that is not stored is no error. Stop its workers first.
    ///
    /// # Errors
    /// When the disk refuses; then the version is either still whole or gone for good after the next open.
    pub fn remove(&self, hash: &ContentHash) -> Result<(), StoreError> {
        let _changing = self.changing();
        let (path, doomed) = (self.version(hash), self.0.staging.join(format!("removed-{hash}")));
        tree::remove(&doomed).map_err(StoreError::on("remove", &doomed))?;
        match fs::rename(&path, &doomed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(StoreError::on("remove", &path))?,
        }
        tree::sync_folder(&self.0.versions).map_err(StoreError::on("sync", &self.0.versions))?;
        tree::remove(&doomed).map_err(StoreError::on("remove", &doomed))
    }

    /// Adds bytecode compiled with `image`, replacing that of another image. All of it or none.
    ///
    /// The compile worker saw the plugin, so its output is hostile: a path must be
    /// `<folder>/__pycache__/<name>.cpython-311.pyc` of a `<folder>/<name>.py` in the tree.
    ///
    /// # Errors
    /// When a path or the size is refused, the version is not stored, or the disk refuses.
    pub fn write_bytecode(
        &self,
        hash: &ContentHash,
        image: &str,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<(), BytecodeError> {
        let _changing = self.changing();
        bytecode::write(&self.version(hash), image, files)
    }

    /// Tells whether the version has bytecode compiled with `image`.
    pub fn has_bytecode(&self, hash: &ContentHash, image: &str) -> bool {
        bytecode::image(&self.version(hash)).is_some_and(|of| of == image)
    }

    fn publish(&self, zip: &[u8], verified: &Verified) -> Result<(), StoreError> {
        let _changing = self.changing();
        let path = self.version(&verified.hash);
        if path.exists() {
            return Ok(());
        }
        let staged = tempfile::Builder::new()
            .prefix("intake-")
            .tempdir_in(&self.0.staging)
            .map_err(StoreError::on("create a folder in", &self.0.staging))?
            .keep();
        let written = stage(&staged, zip, verified)
            .and_then(|()| fs::rename(&staged, &path).map_err(StoreError::on("publish", &path)));
        tree::remove(&staged).map_err(StoreError::on("remove", &staged))?;
        written?;
        tree::sync_folder(&self.0.versions).map_err(StoreError::on("sync", &self.0.versions))
    }

    fn version(&self, hash: &ContentHash) -> PathBuf {
        self.0.versions.join(hash.as_str())
    }

    fn tree(&self, hash: &ContentHash) -> PathBuf {
        self.version(hash).join("tree")
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        // It guards no data of its own; a panic elsewhere leaves files as a crash would.
        self.0.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a version whole into its staging folder.
fn stage(staged: &Path, zip: &[u8], verified: &Verified) -> Result<(), StoreError> {
    let record = Record {
        entry: verified.entry.clone(),
        findings: verified.findings.clone(),
    };
    let record = serde_json::to_vec_pretty(&record).expect("texts are JSON");
    let written = tree::write(&staged.join("tree"), &verified.contents)
        .and_then(|()| tree::write_file(&staged.join("artifact.zip"), zip))
        .and_then(|()| tree::write_file(&staged.join("version.json"), &record))
        .and_then(|()| tree::open_folder(staged))
        .and_then(|()| tree::sync_folder(staged));
    written.map_err(StoreError::on("write", staged))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::testing::{Entry, Root, plugin};

    fn store() -> (Root, PluginStore) {
        let root = Root::new();
        let store = PluginStore::open(&root).unwrap();
        (root, store)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn entries(path: &Path) -> usize {
        fs::read_dir(path).unwrap().count()
    }

    #[test]
    fn a_version_is_found_again_as_it_was_taken_in() {
        let (root, store) = store();
        let zip = plugin([Entry::stored("pkg/data.txt", "data"), Entry::folder("empty/")]);
        let taken = store.intake(&zip, &IntakeOptions::default()).unwrap();
        assert_eq!(taken.zip_bytes, zip.len() as u64);
        assert_eq!(
            fs::read_to_string(taken.tree.join("pkg/data.txt")).unwrap(),
            "data"
        );
        assert!(taken.tree.join("empty").is_dir());
        let reopened = PluginStore::open(&root).unwrap();
        assert_eq!(reopened.get(&taken.hash).unwrap(), Some(taken));
    }

    #[test]
    fn the_same_zip_is_stored_once() {
        let (root, store) = store();
        let one = store.intake(&plugin([]), &IntakeOptions::default()).unwrap();
        assert_eq!(store.intake(&plugin([]), &IntakeOptions::default()).unwrap(), one);
        assert_eq!(entries(&root.join("versions")), 1);
        assert_eq!(entries(&root.join("staging")), 0);
    }

    #[test]
    fn many_at_once_store_one() {
        let (root, store) = store();
        let zip = plugin([]);
        std::thread::scope(|scope| {
            let taking: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| store.intake(&zip, &IntakeOptions::default()).unwrap().hash))
                .collect();
            let hashes: Vec<_> = taking.into_iter().map(|thread| thread.join().unwrap()).collect();
            assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]));
        });
        assert_eq!(
            (entries(&root.join("versions")), entries(&root.join("staging"))),
            (1, 0)
        );
    }

    #[test]
    fn a_refused_zip_leaves_nothing() {
        let (root, store) = store();
        let zip = plugin([Entry::stored("../../evil", "x")]);
        assert!(matches!(
            store.intake(&zip, &IntakeOptions::default()),
            Err(IntakeError::Refused { .. })
        ));
        assert_eq!(
            (entries(&root.join("versions")), entries(&root.join("staging"))),
            (0, 0)
        );
        assert!(!root.join("evil").exists());
    }

    #[test]
    fn the_tree_is_readable_by_everyone_and_writable_by_nobody() {
        let (_root, store) = store();
        let taken = store
            .intake(
                &plugin([Entry::stored("a/b/c.py", "")]),
                &IntakeOptions::default(),
            )
            .unwrap();
        for (path, expected) in [
            ("", 0o555),
            ("a", 0o555),
            ("a/b", 0o555),
            ("a/b/c.py", 0o444),
            ("__main__.py", 0o444),
        ] {
            assert_eq!(mode(&taken.tree.join(path)), expected, "{path}");
        }
    }

    #[test]
    fn bytecode_of_the_zip_is_not_unpacked() {
        let (_root, store) = store();
        let zip = plugin([
            Entry::folder("__pycache__/"),
            Entry::stored("a/__pycache__/b.cpython-311.pyc", "evil"),
        ]);
        let taken = store.intake(&zip, &IntakeOptions::default()).unwrap();
        assert!(!taken.tree.join("__pycache__").exists());
        assert!(!taken.tree.join("a/__pycache__").exists());
        assert_eq!(taken.findings[0].code, "bytecode_in_artifact");
    }

    #[test]
    fn removal_takes_the_read_only_tree_away_and_may_be_repeated() {
        let (root, store) = store();
        let taken = store
            .intake(&plugin([Entry::stored("a/b.py", "")]), &IntakeOptions::default())
            .unwrap();
        store.remove(&taken.hash).unwrap();
        assert_eq!(store.get(&taken.hash).unwrap(), None);
        store.remove(&taken.hash).unwrap();
        assert_eq!(
            (entries(&root.join("versions")), entries(&root.join("staging"))),
            (0, 0)
        );
        store
            .intake(&plugin([Entry::stored("a/b.py", "")]), &IntakeOptions::default())
            .unwrap();
    }

    #[test]
    fn what_a_crash_left_is_removed_at_the_next_open() {
        let (root, store) = store();
        let taken = store
            .intake(&plugin([Entry::stored("a/b.py", "")]), &IntakeOptions::default())
            .unwrap();
        // A crash before publishing, and one in the middle of a removal.
        fs::rename(
            root.join("versions").join(taken.hash.as_str()),
            root.join("staging/intake-x"),
        )
        .unwrap();
        fs::create_dir(root.join("staging/removed-y")).unwrap();
        let store = PluginStore::open(&root).unwrap();
        assert_eq!(entries(&root.join("staging")), 0);
        assert_eq!(store.get(&taken.hash).unwrap(), None);
    }

    #[test]
    fn a_damaged_version_is_an_error_that_names_it() {
        let (root, store) = store();
        let taken = store.intake(&plugin([]), &IntakeOptions::default()).unwrap();
        let record = root
            .join("versions")
            .join(taken.hash.as_str())
            .join("version.json");
        fs::set_permissions(&record, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&record, "{").unwrap();
        let error = store.get(&taken.hash).unwrap_err();
        assert!(error.to_string().contains(taken.hash.as_str()), "{error}");
    }

    #[test]
    fn a_folder_goes_the_same_way_as_its_zip() {
        let (_root, store) = store();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("manifest.json"), crate::testing::MANIFEST).unwrap();
        fs::write(folder.path().join("__main__.py"), "x = 1").unwrap();
        let one = store
            .intake_folder(folder.path(), &IntakeOptions::default())
            .unwrap();
        assert_eq!(
            store
                .intake_folder(folder.path(), &IntakeOptions::default())
                .unwrap(),
            one
        );
        fs::write(folder.path().join("__main__.py"), "x = 2").unwrap();
        assert_ne!(
            store
                .intake_folder(folder.path(), &IntakeOptions::default())
                .unwrap()
                .hash,
            one.hash
        );
    }
}
