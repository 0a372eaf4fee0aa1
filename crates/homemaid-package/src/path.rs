//! Which paths in a zip are safe and where they meet (zip §1).

use std::collections::BTreeMap;

use homemaid_protocol::limits::{ZIP_FILES, ZIP_FOLDERS, ZIP_PATH_BYTES};

use crate::refusal::{Reason, Refusal, show};

/// Returns an entry's path as text when it stays inside the tree. A folder's path ends in `/`.
pub(crate) fn check(raw: &[u8]) -> Result<&str, Refusal> {
    let refuse = |reason| Refusal::Unsafe {
        path: show(raw),
        reason,
    };
    if raw.len() > ZIP_PATH_BYTES {
        return Err(refuse(Reason::TooLong(raw.len())));
    }
    let path = str::from_utf8(raw).map_err(|_| refuse(Reason::NotUtf8))?;
    let starts_with_drive = matches!(raw, [letter, b':', ..] if letter.is_ascii_alphabetic());
    let parts = || path.strip_suffix('/').unwrap_or(path).split('/');
    let reason = match () {
        () if path.contains('\0') => Reason::Nul,
        () if path.contains('\\') => Reason::Backslash,
        () if path.starts_with('/') => Reason::Absolute,
        () if starts_with_drive => Reason::DriveLetter,
        () if parts().any(|part| part == "..") => Reason::ParentFolder,
        () if parts().any(|part| part.is_empty() || part == ".") => Reason::EmptyPart,
        () if path.chars().any(char::is_control) => Reason::Control,
        () => return Ok(path),
    };
    Err(refuse(reason))
}

/// What operating systems add to zips and nobody wants (zip §1).
pub(crate) fn is_junk(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next();
    path.split('/').next() == Some("__MACOSX") || matches!(name, Some(".DS_Store" | "Thumbs.db"))
}

/// Returns the folders a path lies in, the outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.trim_end_matches('/')
        .match_indices('/')
        .map(|(at, _)| &path[..at])
}

/// The paths seen so far, to find what would be one file on some machine.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By lower-cased path without the trailing slash.
    seen: BTreeMap<String, Seen>,
    files: usize,
    folders: usize,
}

#[derive(Debug)]
struct Seen {
    path: String,
    folder: bool,
    /// Has an entry of its own, unlike a folder that is only part of a path.
    entry: bool,
}

impl Names {
    /// Takes the next entry, checked by [`check`].
    pub(crate) fn add(&mut self, path: &str) -> Result<(), Refusal> {
        for folder in folders(path) {
            self.insert(folder, path, true, false)?;
        }
        self.insert(path.trim_end_matches('/'), path, path.ends_with('/'), true)
    }

    fn insert(&mut self, name: &str, entry_path: &str, folder: bool, entry: bool) -> Result<(), Refusal> {
        let key = name.to_lowercase();
        if let Some(seen) = self.seen.get_mut(&key) {
            let reason = match (seen.folder, folder) {
                (true, true) if seen.entry && entry => Reason::Duplicate(show(seen.path.as_bytes())),
                (true, true) => {
                    seen.entry |= entry;
                    return Ok(());
                }
                (false, false) => Reason::Duplicate(show(seen.path.as_bytes())),
                _ => Reason::FileAndFolder(show(seen.path.as_bytes())),
            };
            return Err(Refusal::entry(entry_path, reason));
        }
        if folder {
            self.folders += 1;
            if self.folders > ZIP_FOLDERS {
                return Err(Refusal::TooManyFolders);
            }
        } else {
            self.files += 1;
        }
        self.seen.insert(
            key,
            Seen {
                path: name.to_owned(),
                folder,
                entry,
            },
        );
        Ok(())
    }

    /// Checks the number of files, once all were added.
    pub(crate) fn finish(&self) -> Result<(), Refusal> {
        if self.files > ZIP_FILES {
            Err(Refusal::TooManyFiles { files: self.files })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_paths_are_refused_each_for_its_reason() {
        let long = "x".repeat(256);
        for (path, reason) in [
            (&b"/etc/passwd"[..], Reason::Absolute),
            (b"C:/windows", Reason::DriveLetter),
            (b"c:evil.py", Reason::DriveLetter),
            (b"..", Reason::ParentFolder),
            (b"a/../../b", Reason::ParentFolder),
            (b"a/..", Reason::ParentFolder),
            (b"../", Reason::ParentFolder),
            (b"", Reason::EmptyPart),
            (b"/", Reason::Absolute),
            (b"a//b", Reason::EmptyPart),
            (b"a//", Reason::EmptyPart),
            (b"./a", Reason::EmptyPart),
            (b"a\\b", Reason::Backslash),
            (b"a\0b", Reason::Nul),
            (b"a\nb", Reason::Control),
            (b"a\x1b[2Jb", Reason::Control),
            (b"a\xffb", Reason::NotUtf8),
            (long.as_bytes(), Reason::TooLong(256)),
        ] {
            match check(path) {
                Err(Refusal::Unsafe { reason: found, .. }) => assert_eq!(found, reason, "{}", show(path)),
                other => panic!("{}: {other:?}", show(path)),
            }
        }
    }

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "a.py",
            "a/b/c.txt",
            "a/",
            "...",
            "a..b/..c",
            "é/ü.py",
            ".hidden",
            "ab:c",
            &"x".repeat(255),
        ] {
            assert_eq!(check(path.as_bytes()), Ok(path));
        }
    }

    #[test]
    fn what_would_be_one_file_somewhere_is_refused() {
        for (first, second, duplicate) in [
            ("a.py", "a.py", true),
            ("a.py", "A.PY", true),
            ("ä.py", "Ä.py", true),
            ("a/", "a/", true),
            ("a", "a/b", false),
            ("a/b", "a", false),
            ("A", "a/b", false),
            ("a/", "a", false),
            ("a/b/c", "a/b", false),
        ] {
            let mut names = Names::default();
            names.add(first).unwrap();
            match names.add(second) {
                Err(Refusal::Unsafe {
                    reason: Reason::Duplicate(_),
                    ..
                }) => assert!(duplicate, "{first} {second}"),
                Err(Refusal::Unsafe {
                    reason: Reason::FileAndFolder(_),
                    ..
                }) => assert!(!duplicate, "{first} {second}"),
                other => panic!("{first} {second}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_folder_may_have_an_entry_and_files() {
        let mut names = Names::default();
        for path in ["a/b.py", "a/", "a/c/", "a/c/d.py", "b/", "b/e.py"] {
            names.add(path).unwrap();
        }
        assert_eq!((names.files, names.folders), (3, 3));
    }

    #[test]
    fn junk_is_what_the_operating_systems_leave() {
        for junk in [
            "__MACOSX/",
            "__MACOSX/._a.py",
            ".DS_Store",
            "a/b/.DS_Store",
            "a/Thumbs.db",
        ] {
            assert!(is_junk(junk), "{junk}");
        }
        for wanted in ["a.py", "a/__MACOSX/b", "DS_Store", "__MACOSX.py", "Thumbs.db.py"] {
            assert!(!is_junk(wanted), "{wanted}");
        }
    }
}
