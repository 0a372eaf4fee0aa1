//! Where things are: the data directory, and the share directory with what ships beside the binary.

use std::env;
use std::path::{Path, PathBuf};

use homemaid_storage::KeySource;

/// Names one directory that must hold the shipped files; for packagers and tests.
pub const SHARE_VARIABLE: &str = "HOMEMAID_SHARE";

/// Why a directory could not be settled on.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Neither `--data-dir` nor a home directory.
    #[error("no place for data: there is no home directory. Pass --data-dir DIR")]
    NoHome,
    /// The shipped files are nowhere.
    #[error(
        "the worker image (sandbox.tar) was not found in {}. Build it with installer/quickstart, or name its directory in {SHARE_VARIABLE}",
        places(.0)
    )]
    NoShare(Vec<PathBuf>),
}

fn places(tried: &[PathBuf]) -> String {
    tried
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the data directory: as given, else `$XDG_DATA_HOME/homemaid`, else `~/.local/share/homemaid`.
pub fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, PathError> {
    if let Some(dir) = given {
        return Ok(dir);
    }
    // A relative XDG directory is invalid by the XDG specification and ignored.
    let xdg = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute());
    xdg.or_else(|| {
        env::home_dir()
            .filter(|home| home.is_absolute())
            .map(|home| home.join(".local/share"))
    })
    .map(|base| base.join("homemaid"))
    .ok_or(PathError::NoHome)
}

/// The credential that holds the key of the secrets, when systemd keeps it.
const KEY_CREDENTIAL: &str = "homemaid-key";

/// Returns where the key of the secrets comes from: the credential of this service when it has one, else the data
/// directory.
pub(crate) fn key_source() -> KeySource {
    credential_key().map_or(KeySource::DataDir, KeySource::File)
}

/// Returns the credential with the key of the secrets, when this service has one.
pub(crate) fn credential_key() -> Option<PathBuf> {
    env::var_os("CREDENTIALS_DIRECTORY")
        .map(|dir| PathBuf::from(dir).join(KEY_CREDENTIAL))
        .filter(|file| file.is_file())
}

/// What ships beside the binary.
#[derive(Debug, Clone)]
pub struct Share {
    dir: PathBuf,
}

impl Share {
    /// Finds the shipped files: `$HOMEMAID_SHARE` alone when set, else beside the binary, as installed, or as built.
    pub fn find() -> Result<Self, PathError> {
        let candidates = match env::var_os(SHARE_VARIABLE) {
            Some(dir) => vec![PathBuf::from(dir)],
            None => Self::candidates(env::current_exe().ok().as_deref()),
        };
        match candidates.iter().find(|dir| dir.join("sandbox.tar").is_file()) {
            Some(dir) => Ok(Self { dir: dir.clone() }),
            None => Err(PathError::NoShare(candidates)),
        }
    }

    /// Returns the shipped files of one directory.
    pub fn at(dir: &Path) -> Result<Self, PathError> {
        if dir.join("sandbox.tar").is_file() {
            Ok(Self { dir: dir.to_owned() })
        } else {
            Err(PathError::NoShare(vec![dir.to_owned()]))
        }
    }

    fn candidates(binary: Option<&Path>) -> Vec<PathBuf> {
        let Some(bin) = binary.and_then(Path::parent) else {
            return vec!["/usr/share/homemaid".into()];
        };
        let mut all = vec![
            bin.join("../share/homemaid"),
            PathBuf::from("/usr/share/homemaid"),
        ];
        // A binary in target/PROFILE or target/PROFILE/deps of a checkout.
        all.extend(
            bin.ancestors()
                .filter(|dir| dir.ends_with("target"))
                .map(|dir| dir.join("../build/share")),
        );
        all
    }

    /// The image that workers run in.
    pub fn image(&self) -> PathBuf {
        self.dir.join("sandbox.tar")
    }

    /// The system call filter of workers.
    pub fn seccomp(&self) -> PathBuf {
        self.dir.join("seccomp.json")
    }

    /// The demo plugins' zips, in name order.
    pub fn demo_plugins(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut zips: Vec<PathBuf> = std::fs::read_dir(self.dir.join("plugins"))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
            .collect();
        zips.sort();
        Ok(zips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_data_directory_wins() {
        assert_eq!(
            data_dir(Some("/srv/maid".into())).unwrap(),
            PathBuf::from("/srv/maid")
        );
    }

    #[test]
    fn a_checkout_finds_its_own_build() {
        let found = Share::candidates(Some(Path::new("/src/homemaid/target/debug/deps/e2e-1234")));
        assert!(found.contains(&PathBuf::from("/src/homemaid/target/../build/share")));
    }
}
