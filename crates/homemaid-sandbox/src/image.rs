//! The worker image: imported once from its tar, named by the tar's checksum.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{OpenError, complaint};
use crate::limits::IMPORT_TIMEOUT;
use crate::podman::{Api, ENTRYPOINT, Podman};

/// The repository of all versions of the image.
const REPOSITORY: &str = "localhost/homemaid-sandbox";
/// Characters of the checksum in the tag.
const TAG_CHARS: usize = 32;
const SHA256_CHARS: usize = 64;

/// The image that workers run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    tar: PathBuf,
    sha256: String,
    name: String,
}

impl Image {
    /// Names the image by its tar's checksum, taken from the file beside it; the import compares the two.
    pub(crate) fn of_tar(tar: &Path) -> Result<Self, OpenError> {
        let bad = |detail: String| OpenError::ImageTar {
            path: tar.to_owned(),
            detail,
        };
        if !tar.is_file() {
            return Err(bad("there is no such file".into()));
        }
        let mut beside = tar.as_os_str().to_owned();
        beside.push(".sha256");
        let sha256 = match fs::read_to_string(&beside) {
            Ok(text) => checksum(&text).ok_or_else(|| bad("its .sha256 file is not a checksum".into()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                sha256_of(tar).map_err(|error| bad(error.to_string()))?
            }
            Err(error) => return Err(bad(format!("its .sha256 file cannot be read: {error}"))),
        };
        let name = format!("{REPOSITORY}:{}", &sha256[..TAG_CHARS]);
        Ok(Self {
            tar: tar.to_owned(),
            sha256,
            name,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The tar's checksum: byte code compiled by this image is valid in images with the same one.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Imports the image if Podman does not have it.
    ///
    /// A lock beside Podman's own run files keeps two hosts from importing it twice.
    pub(crate) async fn ensure(&self, podman: &Podman, api: &Api, run_root: &Path) -> Result<(), OpenError> {
        if api.image_exists(&self.name).await.map_err(OpenError::Api)? {
            return Ok(());
        }
        let lock = run_root.join("homemaid-import.lock");
        let failed = |detail: String| OpenError::ImageImport { detail };
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::options()
                .create(true)
                .write(true)
                .truncate(false)
                .open(&lock)?;
            file.lock().map(|()| file)
        });
        let locked = locked
            .await
            .map_err(|error| failed(error.to_string()))?
            .map_err(|e| failed(e.to_string()))?;
        if !api.image_exists(&self.name).await.map_err(OpenError::Api)? {
            self.import(podman).await?;
        }
        drop(locked);
        Ok(())
    }

    async fn import(&self, podman: &Podman) -> Result<(), OpenError> {
        let tar = self.tar.clone();
        let bad = |detail: String| OpenError::ImageTar {
            path: self.tar.clone(),
            detail,
        };
        let found = tokio::task::spawn_blocking(move || sha256_of(&tar)).await;
        let found = found
            .map_err(|error| bad(error.to_string()))?
            .map_err(|error| bad(error.to_string()))?;
        if found != self.sha256 {
            return Err(bad("its checksum is not the one in its .sha256 file".into()));
        }
        tracing::info!(image = self.name, "importing the worker image");
        let entrypoint = format!("ENTRYPOINT {ENTRYPOINT}");
        let tar = self.tar.as_os_str();
        let arguments = [
            "import".as_ref(),
            "--quiet".as_ref(),
            "--change".as_ref(),
            entrypoint.as_ref(),
            tar,
            self.name.as_ref(),
        ];
        let output = podman
            .output::<_, &std::ffi::OsStr>(arguments, IMPORT_TIMEOUT)
            .await;
        let output = output.map_err(|error| OpenError::ImageImport {
            detail: error.to_string(),
        })?;
        if output.status.success() {
            Ok(())
        } else {
            Err(OpenError::ImageImport {
                detail: complaint(&output.stderr),
            })
        }
    }

    /// Removes older images that no container uses; failing to is no reason not to start.
    pub(crate) async fn remove_outdated(&self, api: &Api) {
        let names = match api.image_names(REPOSITORY).await {
            Ok(names) => names,
            Err(error) => return tracing::warn!(?error, "could not list old worker images"),
        };
        for name in names.iter().filter(|name| **name != self.name) {
            match api.remove_unused_image(name).await {
                Ok(true) => tracing::info!(image = name, "removed an outdated worker image"),
                Ok(false) => tracing::debug!(image = name, "an outdated worker image is still in use"),
                Err(error) => {
                    tracing::warn!(image = name, ?error, "could not remove an outdated worker image");
                }
            }
        }
    }
}

/// Returns the checksum of a line as `sha256sum` writes it.
fn checksum(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let hex = word
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (word.len() == SHA256_CHARS && hex).then(|| word.to_owned())
}

fn sha256_of(file: &Path) -> std::io::Result<String> {
    let mut file = File::open(file)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("{:x}", digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_from_the_checksum_with_and_without_the_file_beside() {
        let dir = tempfile::tempdir().unwrap();
        let tar = dir.path().join("sandbox.tar");
        fs::write(&tar, "abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let counted = Image::of_tar(&tar).expect("it is there");
        assert_eq!(counted.sha256(), expected);
        fs::write(
            dir.path().join("sandbox.tar.sha256"),
            format!("{expected}  sandbox.tar\n"),
        )
        .unwrap();
        assert_eq!(Image::of_tar(&tar).expect("it is there"), counted);
        assert_eq!(
            counted.name(),
            format!("localhost/homemaid-sandbox:{}", &expected[..32])
        );
    }

    #[test]
    fn a_missing_tar_and_a_broken_checksum_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let tar = dir.path().join("sandbox.tar");
        assert_eq!(Image::of_tar(&tar).expect_err("missing").code(), "image_tar");
        fs::write(&tar, "abc").unwrap();
        fs::write(dir.path().join("sandbox.tar.sha256"), "../../etc/passwd\n").unwrap();
        assert_eq!(
            Image::of_tar(&tar).expect_err("not a checksum").code(),
            "image_tar"
        );
    }
}
