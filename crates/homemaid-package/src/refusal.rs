//! Why a zip is refused as a whole (zip §1).

use homemaid_protocol::limits::{
    ZIP_BYTES, ZIP_ENTRIES, ZIP_FILES, ZIP_FOLDERS, ZIP_INFLATED_BYTES, ZIP_PATH_BYTES,
};

use crate::Finding;

const MEGABYTE: usize = 1 << 20;

/// Why a zip is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("not a valid zip: {0}")]
    Unreadable(String),
    #[error("the zip is {bytes} bytes; at most {} MB ({ZIP_BYTES} bytes) are allowed", ZIP_BYTES / MEGABYTE)]
    TooLarge { bytes: usize },
    #[error("the zip expands to more than {} MB: the limit is passed in {path}", ZIP_INFLATED_BYTES / MEGABYTE)]
    ExpandsTooLarge { path: String },
    #[error("the zip holds {files} files; at most {ZIP_FILES} are allowed")]
    TooManyFiles { files: usize },
    #[error("the zip holds more than {ZIP_FOLDERS} folders")]
    TooManyFolders,
    #[error("the zip holds more than {ZIP_ENTRIES} entries")]
    TooManyEntries,
    #[error("entry {path} {reason}")]
    Unsafe { path: String, reason: Reason },
}

/// Why one entry makes the whole zip unsafe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("has an absolute path")]
    Absolute,
    #[error("has a drive letter")]
    DriveLetter,
    #[error("leads out of its folder with `..`")]
    ParentFolder,
    #[error("has an empty or `.` part in its path")]
    EmptyPart,
    #[error("has a backslash in its path")]
    Backslash,
    #[error("has a NUL byte in its path")]
    Nul,
    #[error("has a control character in its path")]
    Control,
    #[error("has a path of {0} bytes; at most {ZIP_PATH_BYTES} are allowed")]
    TooLong(usize),
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    #[error("is there twice (the other is {0})")]
    Duplicate(String),
    #[error("is both a file and a folder (see {0})")]
    FileAndFolder(String),
    #[error("is a {0}")]
    Special(&'static str),
    #[error("is encrypted")]
    Encrypted,
    #[error("is compressed with method {0}; only stored (0) and deflate (8) are read")]
    Method(u16),
    #[error("overlaps {0}")]
    Overlap(String),
    #[error("has two headers that disagree about its {0}")]
    HeadersDisagree(&'static str),
    #[error("is a folder with data")]
    FolderWithData,
    #[error("is not as large as its header says")]
    SizeLies,
    #[error("is damaged: {0}")]
    Damaged(String),
}

impl Refusal {
    pub(crate) fn entry(path: &str, reason: Reason) -> Self {
        Self::Unsafe {
            path: show(path.as_bytes()),
            reason,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "artifact_unreadable",
            Self::TooLarge { .. } => "zip_too_large",
            Self::ExpandsTooLarge { .. } => "zip_expands_too_large",
            Self::TooManyFiles { .. } | Self::TooManyFolders | Self::TooManyEntries => "zip_too_many_files",
            Self::Unsafe { .. } => "zip_unsafe_entry",
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "pack the plugin's folder again as an ordinary .zip",
            Self::TooLarge { .. } | Self::ExpandsTooLarge { .. } => {
                "leave out what the plugin does not need at run time"
            }
            Self::TooManyFiles { .. } | Self::TooManyFolders | Self::TooManyEntries => {
                "leave out tests, caches and virtual environments"
            }
            Self::Unsafe { reason, .. } => reason.hint(),
        }
    }
}

impl Reason {
    fn hint(&self) -> &'static str {
        match self {
            Self::Absolute | Self::DriveLetter | Self::ParentFolder | Self::EmptyPart => {
                "pack from inside the plugin's folder, so that paths start there"
            }
            Self::Backslash => "pack with a tool that writes / between folders",
            Self::Nul | Self::Control | Self::NotUtf8 | Self::TooLong(_) => "rename the file",
            Self::Duplicate(_) | Self::FileAndFolder(_) => {
                "keep only one of them; upper and lower case count as the same"
            }
            Self::Special(_) => "pack a copy of the file itself",
            Self::Encrypted => "pack without a password",
            Self::Method(_) => "pack with the ordinary compression (deflate)",
            Self::Overlap(_)
            | Self::HeadersDisagree(_)
            | Self::FolderWithData
            | Self::SizeLies
            | Self::Damaged(_) => "pack the plugin's folder again as an ordinary .zip",
        }
    }
}

impl From<&Refusal> for Finding {
    fn from(refusal: &Refusal) -> Self {
        let finding = Self::error(refusal.code(), refusal.to_string()).hint(refusal.hint());
        match refusal {
            Refusal::Unsafe { path, .. } | Refusal::ExpandsTooLarge { path } => finding.at(path),
            _ => finding,
        }
    }
}

/// Returns a hostile path as short printable text.
pub(crate) fn show(path: &[u8]) -> String {
    const SHOWN_CHARS: usize = 100;
    let text = String::from_utf8_lossy(&path[..path.len().min(4 * SHOWN_CHARS)]);
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}
