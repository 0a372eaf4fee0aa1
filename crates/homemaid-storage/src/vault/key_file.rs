//! The key file: one line `homemaid-key-1 HEX` for each key, the one in use first; `#` begins a comment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::key::{KEYS, Key, Ring};

/// Its name in the data directory.
pub const FILE: &str = "secret.key";
const TAG: &str = "homemaid-key-1";
const FILE_BYTES: u64 = 4 << 10;
const HEAD: &str = "# Opens Homemaid's stored secrets. Whoever has this file and the database has them all;\n\
                    # without it they are lost. The first key is in use.\n";

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error("it cannot be read or written")]
    Io(#[from] io::Error),
    /// It holds something else.
    #[error("it does not hold 1 to {KEYS} lines of `{TAG}` and 64 hexadecimal digits")]
    Malformed,
    /// Others can read it.
    #[error("other users can read it: close it with chmod 600")]
    Exposed,
}

/// Reads the keys of a file.
pub(crate) fn read(path: &Path) -> Result<Ring, KeyFileError> {
    let file = File::open(path)?;
    // systemd gives credentials to their service alone, by mode 0400 or by an access list that shows as 0440.
    if file.metadata()?.permissions().mode() & 0o007 != 0 {
        return Err(KeyFileError::Exposed);
    }
    let mut text = Zeroizing::new(String::new());
    file.take(FILE_BYTES).read_to_string(&mut text)?;
    parse(&text)
}

/// Reads the keys of our own file; makes it, with a random key, when it is missing.
pub(crate) fn read_or_make(path: &Path) -> Result<Ring, KeyFileError> {
    match fs::metadata(path) {
        Ok(found) => {
            if found.permissions().mode() & 0o077 != 0 {
                return Err(KeyFileError::Exposed);
            }
            read(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let ring = Ring::new(vec![Key::random()]).expect("one key is a ring");
            write(path, &ring)?;
            Ok(ring)
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces the file at once and durably: whenever the power goes, it is the old one or the new one.
pub(crate) fn write(path: &Path, ring: &Ring) -> Result<(), KeyFileError> {
    let fresh = path.with_extension("key.new");
    match fs::remove_file(&fresh) {
        // A left-over of a crash; its mode is not known.
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(text(ring).as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Returns the text of a file with one new key.
pub(crate) fn generated() -> Zeroizing<String> {
    text(&Ring::new(vec![Key::random()]).expect("one key is a ring"))
}

pub(crate) fn text(ring: &Ring) -> Zeroizing<String> {
    // So large that it never grows, which would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(FILE_BYTES).unwrap_or(4096)));
    text.push_str(HEAD);
    for key in ring.keys() {
        text.push_str(TAG);
        text.push(' ');
        key.write(&mut text);
        text.push('\n');
    }
    text
}

fn parse(text: &str) -> Result<Ring, KeyFileError> {
    let keys = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .take(KEYS + 1)
        .map(|line| {
            let (tag, digits) = line.split_once(' ')?;
            (tag == TAG).then(|| Key::parse(digits.trim())).flatten()
        })
        .collect::<Option<Vec<_>>>();
    keys.and_then(Ring::new).ok_or(KeyFileError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_private() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(FILE);
        let made = read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let two = made.with_new();
        write(&path, &two).unwrap();
        let read = read_or_make(&path).unwrap();
        assert!(read.keys().eq(two.keys()));
        assert_eq!(format!("{read:?}"), format!("{two:?}"), "ids only");
        assert!(!path.with_extension("key.new").exists());
    }

    #[test]
    fn a_file_that_is_open_to_others_or_holds_something_else_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(FILE);
        read_or_make(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(read_or_make(&path), Err(KeyFileError::Exposed)));
        assert!(matches!(read(&path), Err(KeyFileError::Exposed)));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let line = good.lines().last().unwrap();
        for bad in [
            String::new(),
            "# only a comment\n".to_owned(),
            good.replace(TAG, "other-key"),
            good.replace(line, &line[..line.len() - 1]),
            format!("{good}{}", format!("{line}\n").repeat(KEYS)),
            good.replace(&line[line.len() - 1..], "x"),
        ] {
            fs::write(&path, bad).unwrap();
            assert!(matches!(read_or_make(&path), Err(KeyFileError::Malformed)));
        }
    }
}
