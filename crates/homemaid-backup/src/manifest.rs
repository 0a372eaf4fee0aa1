//! `manifest.json`: the first file of a backup, which names and sums up all others.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::BackupError;
use crate::limits::{FILES, PATH_BYTES};

/// Its name in the archive.
pub const MANIFEST: &str = "manifest.json";
/// The format this version writes, and the newest it reads.
pub(crate) const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// How to read it.
    pub format: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// Which Homemaid made it.
    pub homemaid: String,
    /// Names the key that opens the secrets in it; tells nothing about the key.
    pub secrets_key: String,
    /// Its files in the order in which they stand in the archive.
    pub files: Vec<Entry>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it belongs in the data directory, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
    /// What can be told about it, for whoever restores it: a database's schema, rows and sums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<serde_json::Value>,
}

/// A file that is to be packed.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What the manifest says of it.
    pub entry: Entry,
    /// Where it is now.
    pub file: PathBuf,
}

impl Manifest {
    /// Starts a manifest without files.
    pub fn new(made_at: Timestamp, homemaid: &str, secrets_key: String) -> Self {
        Self {
            format: FORMAT,
            made_at,
            homemaid: homemaid.to_owned(),
            secrets_key,
            files: Vec::new(),
        }
    }

    /// Returns how many bytes its files have together.
    pub fn bytes(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |sum, entry| sum.saturating_add(entry.bytes))
    }

    /// Refuses what a hostile or newer file may say.
    pub(crate) fn check(&self) -> Result<(), BackupError> {
        if self.format > FORMAT {
            return Err(BackupError::Newer {
                found: self.format,
                known: FORMAT,
            });
        }
        if self.files.len() > FILES {
            return Err(BackupError::Damaged(format!("it names more than {FILES} files")));
        }
        match self.files.iter().find(|entry| !is_legal(&entry.path)) {
            Some(entry) => Err(BackupError::Damaged(format!(
                "it names a file of the illegal path {:?}",
                entry.path
            ))),
            None => Ok(()),
        }
    }
}

impl Source {
    /// Looks at a file that nobody changes, and reads all of it.
    pub fn of(path: String, file: PathBuf, facts: Option<serde_json::Value>) -> Result<Self, BackupError> {
        let read = |file: &Path| -> io::Result<(u64, String)> {
            let mut sum = Summing::new(File::open(file)?);
            let bytes = io::copy(&mut sum, &mut io::sink())?;
            Ok((bytes, sum.digest()))
        };
        let (bytes, sha256) = read(&file).map_err(BackupError::on("read", &file))?;
        Ok(Self {
            entry: Entry {
                path,
                bytes,
                sha256,
                facts,
            },
            file,
        })
    }
}

/// Letters, digits, dots, dashes and underscores between slashes; nothing that begins with a dot.
fn is_legal(path: &str) -> bool {
    path.len() <= PATH_BYTES
        && path != MANIFEST
        && path.split('/').all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        })
}

/// A reader that sums up what goes through it.
pub(crate) struct Summing<R> {
    inner: R,
    sum: Sha256,
}

impl<R> Summing<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            sum: Sha256::new(),
        }
    }

    pub(crate) fn digest(self) -> String {
        self.sum.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(&buffer[..count]);
        Ok(count)
    }
}
