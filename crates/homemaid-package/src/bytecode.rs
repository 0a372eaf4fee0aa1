//! Compiled bytecode, added to a version's tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use homemaid_protocol::limits::BYTECODE_BYTES;
use serde::{Deserialize, Serialize};

use crate::refusal::show;
use crate::{StoreError, path, tree};

const RECORD: &str = "bytecode.json";
const FOLDER: &str = "__pycache__";
const SUFFIX: &str = ".cpython-311.pyc";
/// What Linux allows a file's name.
const FILE_NAME_BYTES: usize = 255;

/// Why bytecode was not added.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// The version is not stored.
    #[error("the version is not stored")]
    NotStored,
    /// A path that is not the bytecode of a file of the tree, or is there twice.
    #[error("{0} is not the bytecode of a file of the plugin")]
    Path(String),
    /// More than a plugin can compile to.
    #[error("the bytecode is larger than {BYTECODE_BYTES} bytes")]
    TooLarge,
    /// The disk refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    image: String,
}

/// Returns the image the bytecode of the version at `version` was compiled with.
pub(crate) fn image(version: &Path) -> Option<String> {
    let record: Record = serde_json::from_slice(&fs::read(version.join(RECORD)).ok()?).ok()?;
    Some(record.image)
}

pub(crate) fn write(version: &Path, image: &str, files: Vec<(String, Vec<u8>)>) -> Result<(), BytecodeError> {
    let tree = version.join("tree");
    if !tree.is_dir() {
        return Err(BytecodeError::NotStored);
    }
    let mut left = BYTECODE_BYTES;
    let mut checked = BTreeMap::new();
    for (path, data) in files {
        left = left.checked_sub(data.len()).ok_or(BytecodeError::TooLarge)?;
        if source_folder(&tree, &path).is_none() || checked.contains_key(&path) {
            return Err(BytecodeError::Path(show(path.as_bytes())));
        }
        checked.insert(path, data);
    }
    // Without its record bytecode does not count, so a crash in between only costs compiling again.
    let record = version.join(RECORD);
    match fs::remove_file(&record) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::on("remove", &record)(error).into());
        }
        _ => {}
    }
    let folders: BTreeSet<&str> = checked
        .keys()
        .filter_map(|path| source_folder(&tree, path))
        .collect();
    for folder in folders {
        let place = tree.join(folder);
        write_folder(&place, folder, &checked).map_err(StoreError::on("write bytecode in", &place))?;
    }
    let text = serde_json::to_vec(&Record {
        image: image.to_owned(),
    })
    .expect("text is JSON");
    tree::replace_file(&record, &version.join("bytecode.json.new"), &text)
        .and_then(|()| tree::sync_folder(version))
        .map_err(StoreError::on("write", &record))?;
    Ok(())
}

/// Writes the files whose sources lie in `folder`, which is `place` on disk.
fn write_folder(place: &Path, folder: &str, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    let cache = place.join(FOLDER);
    if !cache.is_dir() {
        tree::open_folder(place)?;
        fs::create_dir(&cache)?;
        tree::close_folder(place)?;
    }
    tree::open_folder(&cache)?;
    for (path, data) in files {
        // A name that became too long for a file system is compiled at every start instead.
        if let Some((parent, name)) = split(path)
            && parent == folder
            && name.len() <= FILE_NAME_BYTES
        {
            tree::replace_file(&cache.join(name), &cache.join("new"), data)?;
        }
    }
    tree::close_folder(&cache)
}

/// Returns the folder (`""` for the root) of the source `path` is the bytecode of, when that is a file of the tree.
fn source_folder<'a>(root: &Path, path: &'a str) -> Option<&'a str> {
    let (folder, name) = split(path)?;
    let source = format!("{}.py", name.strip_suffix(SUFFIX)?);
    let source = if folder.is_empty() {
        source
    } else {
        format!("{folder}/{source}")
    };
    path::check(source.as_bytes()).ok()?;
    let source = root.join(source);
    fs::symlink_metadata(source)
        .is_ok_and(|metadata| metadata.is_file())
        .then_some(folder)
}

/// Splits `pkg/__pycache__/x.cpython-311.pyc` into `pkg` and `x.cpython-311.pyc`.
fn split(path: &str) -> Option<(&str, &str)> {
    let (place, name) = path.rsplit_once('/')?;
    let folder = place.strip_suffix(FOLDER)?;
    let folder = if folder.is_empty() {
        folder
    } else {
        folder.strip_suffix('/').filter(|folder| !folder.is_empty())?
    };
    (!folder.split('/').any(|part| part == FOLDER)).then_some((folder, name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::testing::{Entry, Root, plugin};
    use crate::{IntakeOptions, PluginStore, StoredVersion};

    fn taken() -> (Root, PluginStore, StoredVersion) {
        let root = Root::new();
        let store = PluginStore::open(&root).unwrap();
        let long = format!("{}.py", "x".repeat(250));
        let zip = plugin([
            Entry::stored("pkg/sub/a.py", "x = 1"),
            Entry::stored(&long, ""),
            Entry::folder("odd.py/"),
        ]);
        let version = store.intake(&zip, &IntakeOptions::default()).unwrap();
        (root, store, version)
    }

    fn file(path: &str) -> (String, Vec<u8>) {
        (path.to_owned(), b"bytecode".to_vec())
    }

    #[test]
    fn bytecode_stands_beside_its_sources_and_belongs_to_an_image() {
        let (_root, store, version) = taken();
        let paths = [
            "__pycache__/__main__.cpython-311.pyc",
            "pkg/sub/__pycache__/a.cpython-311.pyc",
        ];
        assert!(!store.has_bytecode(&version.hash, "image:1"));
        store
            .write_bytecode(&version.hash, "image:1", paths.map(file).to_vec())
            .unwrap();
        assert!(store.has_bytecode(&version.hash, "image:1"));
        assert!(!store.has_bytecode(&version.hash, "image:2"));
        for path in paths {
            let path = version.tree.join(path);
            assert_eq!(fs::read(&path).unwrap(), b"bytecode");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o444);
            assert_eq!(
                fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777,
                0o555
            );
        }
        assert_eq!(
            fs::metadata(&version.tree).unwrap().permissions().mode() & 0o777,
            0o555
        );
        store
            .write_bytecode(
                &version.hash,
                "image:2",
                vec![(paths[0].to_owned(), b"newer".to_vec())],
            )
            .unwrap();
        assert!(store.has_bytecode(&version.hash, "image:2"));
        assert_eq!(fs::read(version.tree.join(paths[0])).unwrap(), b"newer");
        assert_eq!(
            store.get(&version.hash).unwrap(),
            Some(version.clone()),
            "the version is the same"
        );
        store.remove(&version.hash).unwrap();
        assert!(!store.has_bytecode(&version.hash, "image:2"));
    }

    #[test]
    fn hostile_paths_write_nothing_anywhere() {
        let (root, store, version) = taken();
        let listing = |path: &Path| fs::read_dir(path).unwrap().count();
        let before = (listing(&version.tree), listing(&root));
        for path in [
            "",
            "__main__.py",
            "__main__.cpython-311.pyc",
            "__pycache__/__main__.pyc",
            "__pycache__/__main__.cpython-312.pyc",
            "__pycache__/__main__.cpython-311.opt-1.pyc",
            "__pycache__/.cpython-311.pyc",
            "__pycache__/missing.cpython-311.pyc",
            "__pycache__/odd.cpython-311.pyc",
            "__pycache__/sub/__main__.cpython-311.pyc",
            "__pycache__/__pycache__/__main__.cpython-311.pyc",
            "pkg/__pycache__/a.cpython-311.pyc",
            "x__pycache__/__main__.cpython-311.pyc",
            "../__pycache__/__main__.cpython-311.pyc",
            "pkg/../__pycache__/__main__.cpython-311.pyc",
            "/__pycache__/__main__.cpython-311.pyc",
            "./__pycache__/__main__.cpython-311.pyc",
            "pkg//sub/__pycache__/a.cpython-311.pyc",
            "__pycache__/../../x.cpython-311.pyc",
            "__pycache__/__main__\0.cpython-311.pyc",
            "__pycache__\\__main__.cpython-311.pyc",
        ] {
            let files = vec![file("__pycache__/__main__.cpython-311.pyc"), file(path)];
            let result = store.write_bytecode(&version.hash, "image:1", files);
            assert!(matches!(result, Err(BytecodeError::Path(_))), "{path}");
            assert!(!store.has_bytecode(&version.hash, "image:1"));
            assert_eq!((listing(&version.tree), listing(&root)), before, "{path}");
        }
        let twice = vec![file("__pycache__/__main__.cpython-311.pyc"); 2];
        assert!(matches!(
            store.write_bytecode(&version.hash, "i", twice),
            Err(BytecodeError::Path(_))
        ));
    }

    #[test]
    fn a_name_too_long_for_the_disk_is_left_to_python() {
        let (_root, store, version) = taken();
        let long = format!("__pycache__/{}.cpython-311.pyc", "x".repeat(250));
        store
            .write_bytecode(&version.hash, "image:1", vec![file(&long)])
            .unwrap();
        assert!(store.has_bytecode(&version.hash, "image:1"));
    }

    #[test]
    fn bytecode_of_an_unknown_version_or_beyond_the_limit_is_refused() {
        let (_root, store, version) = taken();
        let unknown = homemaid_protocol::ContentHash::from_digest([7; 32]);
        assert!(matches!(
            store.write_bytecode(&unknown, "i", vec![]),
            Err(BytecodeError::NotStored)
        ));
        let huge = vec![(
            "__pycache__/__main__.cpython-311.pyc".to_owned(),
            vec![0; BYTECODE_BYTES + 1],
        )];
        assert!(matches!(
            store.write_bytecode(&version.hash, "i", huge),
            Err(BytecodeError::TooLarge)
        ));
    }
}
