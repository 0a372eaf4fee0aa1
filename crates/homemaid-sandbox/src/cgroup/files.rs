//! Reading and writing cgroup files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{LimitError, Violation};

/// How deep cgroups are followed downwards; a container has one level.
const DEPTH: usize = 8;

/// A cgroup file and what must stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Knob {
    pub(super) file: PathBuf,
    pub(super) value: String,
}

impl Knob {
    pub(super) fn new(dir: &Path, file: &str, value: &(impl ToString + ?Sized)) -> Self {
        Self {
            file: dir.join(file),
            value: value.to_string(),
        }
    }

    /// Says what is wrong when the file does not hold the value.
    pub(super) fn violation(&self) -> Option<Violation> {
        let observed = match fs::read_to_string(&self.file) {
            Ok(text) if text.trim() == self.value => return None,
            Ok(text) => text.trim().to_owned(),
            Err(error) => error.to_string(),
        };
        let what = self.file.file_name().unwrap_or_default().to_string_lossy();
        Some(Violation {
            what: format!("{what} of the container"),
            expected: self.value.clone(),
            observed,
        })
    }
}

/// Writes each value and reads it back.
pub(super) fn apply(knobs: &[Knob]) -> Result<(), LimitError> {
    for Knob { file, value } in knobs {
        let failed = |source| LimitError::Io {
            file: file.clone(),
            source,
        };
        write(file, value).map_err(failed)?;
        let found = fs::read_to_string(file).map_err(failed)?.trim().to_owned();
        if found != *value {
            return Err(LimitError::NotTaken {
                file: file.clone(),
                wanted: value.clone(),
                found,
            });
        }
    }
    Ok(())
}

/// Writes into an existing file; a cgroup file that does not exist must not be made.
pub(super) fn write(file: &Path, value: &str) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(file)?
        .write_all(value.as_bytes())
}

/// Returns the number in a file, or 0.
pub(super) fn read_number(file: &Path) -> u64 {
    fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

/// Returns the number after `key` in a file of `key number` lines, or 0.
pub(super) fn read_field(file: &Path, key: &str) -> u64 {
    fs::read_to_string(file).map_or(0, |text| field(&text, key))
}

fn field(text: &str, key: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
        .unwrap_or(0)
}

/// Returns the processes of a cgroup and of everything below it; none when it does not exist.
pub(super) fn procs(dir: &Path) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    collect(dir, DEPTH, &mut found)?;
    Ok(found)
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<u32>) -> io::Result<()> {
    match fs::read_to_string(dir.join("cgroup.procs")) {
        // A cgroup that is just being removed gives ENODEV.
        Err(error) if gone(&error) => return Ok(()),
        text => found.extend(text?.lines().filter_map(|line| line.trim().parse::<u32>().ok())),
    }
    if depth > 0 {
        for child in children(dir)? {
            collect(&child, depth - 1, found)?;
        }
    }
    Ok(())
}

fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::NODEV.raw_os_error())
}

fn children(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if gone(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Removes the cgroups below `dir`.
pub(super) fn remove_children(dir: &Path) -> io::Result<()> {
    children(dir)?.iter().try_for_each(|child| remove_tree(child))
}

/// Removes a cgroup and everything below it; it is no error when it is gone already.
pub(super) fn remove_tree(dir: &Path) -> io::Result<()> {
    remove_children(dir)?;
    match fs::remove_dir(dir) {
        Err(error) if gone(&error) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "low 0\noom 3\noom_kill 2\noom_group_kill 1\n";
        assert_eq!(field(text, "oom_kill"), 2);
        assert_eq!(field(text, "oom"), 3);
        assert_eq!(field(text, "high"), 0);
    }

    #[test]
    fn processes_are_collected_from_below() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("libpod-1");
        fs::create_dir(&inner).unwrap();
        fs::write(dir.path().join("cgroup.procs"), "").unwrap();
        fs::write(inner.join("cgroup.procs"), "12\n13\n").unwrap();
        assert_eq!(procs(dir.path()).unwrap(), [12, 13]);
        assert_eq!(
            procs(&dir.path().join("missing")).unwrap(),
            [] as [u32; 0],
            "a removed cgroup has none"
        );
    }

    #[test]
    fn a_missing_file_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pids.max");
        assert!(write(&file, "32").is_err());
        assert!(!file.exists());
    }
}
