//! A backup is read back as it was written, or refused with the reason.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::{BackupError, Key, Lock, Manifest, Passphrase, RecoverySheet, Source, pack, unpack};

struct Place {
    temp: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            temp: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    fn sources(&self) -> Vec<Source> {
        let big: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        fs::write(self.path("platform"), big).unwrap();
        fs::write(self.path("sql"), "rows").unwrap();
        fs::write(self.path("none"), "").unwrap();
        let facts = Some(serde_json::json!({"rows": 3}));
        vec![
            Source::of("platform.db".into(), self.path("platform"), facts).unwrap(),
            Source::of("sql/hello_maid/80.db".into(), self.path("sql"), None).unwrap(),
            Source::of("logs.db".into(), self.path("none"), None).unwrap(),
        ]
    }

    fn packed(&self, name: &str, lock: &Lock) -> PathBuf {
        let to = self.path(name);
        let bytes = pack(manifest(), &self.sources(), lock, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().len(), bytes);
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        to
    }

    fn unpacked(&self, file: &Path, key: Option<&Key>) -> Result<Manifest, BackupError> {
        let into = tempfile::tempdir_in(self.temp.path()).unwrap();
        let manifest = unpack(file, key, into.path())?;
        for source in self.sources() {
            assert_eq!(
                fs::read(into.path().join(&source.entry.path)).unwrap(),
                fs::read(&source.file).unwrap()
            );
        }
        Ok(manifest)
    }
}

fn manifest() -> Manifest {
    Manifest::new(Timestamp::UNIX_EPOCH, "1.2.3", "0badc0de".to_owned())
}

#[test]
fn what_is_packed_is_unpacked_open_sealed_and_with_a_passphrase() {
    let place = Place::new();
    let sheet = RecoverySheet::make(&place.path("sheet"), Timestamp::UNIX_EPOCH).unwrap();
    let passphrase = Passphrase::new("a dozen letters".to_owned()).unwrap();
    let cases = [
        (Lock::Open, None),
        (Lock::Recipient(sheet.recipient()), Some(sheet.key())),
        (
            Lock::Passphrase(passphrase.clone()),
            Some(Key::Passphrase(passphrase)),
        ),
    ];
    for (at, (lock, key)) in cases.iter().enumerate() {
        let file = place.packed(&at.to_string(), lock);
        let found = place.unpacked(&file, key.as_ref()).unwrap();
        assert_eq!(found.files.len(), 3);
        assert_eq!(found.bytes(), 800_004);
        assert_eq!(found.files[0].facts, Some(serde_json::json!({"rows": 3})));
        if key.is_some() {
            assert!(matches!(place.unpacked(&file, None), Err(BackupError::NeedsKey)));
            let text = fs::read(&file).unwrap();
            assert!(
                !text.windows(8).any(|part| part == b"platform"),
                "the names are sealed, too"
            );
        }
    }
    let other = RecoverySheet::make(&place.path("other"), Timestamp::UNIX_EPOCH).unwrap();
    for file in ["1", "2"] {
        let refused = place.unpacked(&place.path(file), Some(&other.key())).unwrap_err();
        assert!(matches!(refused, BackupError::WrongKey), "{refused}");
    }
}

#[test]
fn a_sheet_is_read_back_from_paper_and_a_slip_is_noticed() {
    let place = Place::new();
    let file = place.path("sheet");
    let sheet = RecoverySheet::make(&file, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        RecoverySheet::make(&file, Timestamp::UNIX_EPOCH).is_err(),
        "no sheet is overwritten"
    );
    let text = fs::read_to_string(&file).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"))
        .unwrap();
    let typed = RecoverySheet::parse(&format!("  {line}  \n")).unwrap();
    assert_eq!(typed.recipient().to_string(), sheet.recipient().to_string());
    typed.prove(&sheet.recipient()).unwrap();
    for at in [20, 40, line.len() - 1] {
        let mut slip = line.as_bytes().to_vec();
        slip[at] = if slip[at] == b'Q' { b'P' } else { b'Q' };
        let slip = String::from_utf8(slip).unwrap();
        assert!(
            matches!(RecoverySheet::parse(&slip), Err(BackupError::BadSheet(_))),
            "{at}"
        );
    }
    let stranger = RecoverySheet::make(&place.path("stranger"), Timestamp::UNIX_EPOCH).unwrap();
    assert!(
        stranger.prove(&sheet.recipient()).is_err(),
        "another's sheet is not good"
    );
    assert!(!format!("{sheet:?} {:?}", sheet.key()).contains(line));
}

#[test]
fn every_damaged_byte_is_noticed() {
    let place = Place::new();
    let sheet = RecoverySheet::make(&place.path("sheet"), Timestamp::UNIX_EPOCH).unwrap();
    for (name, lock, key) in [
        ("open", Lock::Open, None),
        ("sealed", Lock::Recipient(sheet.recipient()), Some(sheet.key())),
    ] {
        let file = place.packed(name, &lock);
        let whole = fs::read(&file).unwrap();
        let step = whole.len() / 60 + 1;
        // Everywhere in the file, and its last bytes, where checksums are.
        for at in (0..whole.len()).step_by(step).chain(whole.len() - 5..whole.len()) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            fs::write(&file, bytes).unwrap();
            assert!(place.unpacked(&file, key.as_ref()).is_err(), "{name}: byte {at}");
        }
        for length in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(
                place.unpacked(&file, key.as_ref()).is_err(),
                "{name}: cut at {length}"
            );
        }
        fs::write(&file, [whole.as_slice(), b"more"].concat()).unwrap();
        assert!(place.unpacked(&file, key.as_ref()).is_err(), "{name}: more");
        fs::write(&file, whole).unwrap();
        place.unpacked(&file, key.as_ref()).unwrap();
    }
}

/// Writes an archive as somebody else may.
fn forged(to: &Path, manifest: &serde_json::Value, entries: &[(&str, tar::EntryType, &[u8])]) {
    let mut tar = tar::Builder::new(zstd::Encoder::new(fs::File::create(to).unwrap(), 3).unwrap());
    let text = manifest.to_string();
    let all = [("manifest.json", tar::EntryType::Regular, text.as_bytes())];
    for (path, kind, bytes) in all.iter().chain(entries) {
        let mut header = tar::Header::new_gnu();
        // As the library itself refuses to: the name as it is.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o777);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

#[test]
fn a_forged_archive_writes_nothing_outside_and_nothing_unannounced() {
    let place = Place::new();
    let file = place.path("forged");
    let of = |path: &str, bytes: u64| {
        let sum = "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"; // of "aaa"
        serde_json::json!({"format": 1, "made_at": "2026-01-01T00:00:00Z", "homemaid": "1", "secrets_key": "",
            "files": [{"path": path, "bytes": bytes, "sha256": sum}]})
    };
    let regular = tar::EntryType::Regular;
    let aaa: &[u8] = b"aaa";
    let mut cases = vec![
        (
            "a link",
            of("a", 0),
            vec![("a", tar::EntryType::Symlink, b"".as_slice())],
        ),
        ("another size", of("a", 4), vec![("a", regular, aaa)]),
        ("another name", of("a", 3), vec![("b", regular, aaa)]),
        ("another sum", of("a", 3), vec![("a", regular, b"bbb")]),
        ("missing", of("a", 3), vec![]),
        (
            "too many",
            of("a", 3),
            vec![("a", regular, aaa), ("b", regular, aaa)],
        ),
        ("no manifest", serde_json::json!([]), vec![]),
    ];
    for path in [
        "../a",
        "/a",
        "a/../../b",
        "a//b",
        "",
        ".a",
        "a\u{0}",
        "a b",
        "manifest.json",
        "ä",
    ] {
        cases.push((path, of(path, 3), vec![(path, regular, aaa)]));
    }
    for (what, manifest, entries) in cases {
        forged(&file, &manifest, &entries);
        let into = place.path("into");
        fs::create_dir(&into).unwrap();
        let refused = unpack(&file, None, &into).expect_err(what);
        assert!(matches!(refused, BackupError::Damaged(_)), "{what}: {refused}");
        assert!(!place.path("a").exists() && !place.path("b").exists(), "{what}");
        fs::remove_dir_all(&into).unwrap();
    }
    forged(&file, &of("a", 3), &[("a", regular, aaa)]);
    fs::create_dir(place.path("into")).unwrap();
    unpack(&file, None, &place.path("into")).unwrap();

    let mut newer = of("a", 3);
    newer["format"] = 2.into();
    forged(&file, &newer, &[]);
    let refused = unpack(&file, None, &place.path("into")).unwrap_err();
    assert!(
        matches!(refused, BackupError::Newer { found: 2, known: 1 }),
        "{refused}"
    );
    fs::write(&file, "PK\u{3}\u{4}").unwrap();
    assert!(matches!(
        unpack(&file, None, &place.path("into")),
        Err(BackupError::NotABackup { .. })
    ));
}

#[test]
fn nothing_is_overwritten_and_a_failure_leaves_nothing() {
    let place = Place::new();
    let file = place.packed("once", &Lock::Open);
    let refused = pack(manifest(), &place.sources(), &Lock::Open, &file).unwrap_err();
    assert!(refused.to_string().starts_with("could not create"), "{refused}");

    let mut sources = place.sources();
    sources[1].entry.sha256 = sources[0].entry.sha256.clone();
    let to = place.path("changed");
    let refused = pack(manifest(), &sources, &Lock::Open, &to).unwrap_err();
    assert!(matches!(refused, BackupError::Changed(_)), "{refused}");
    assert!(!to.exists());
    let left = fs::read_dir(place.temp.path())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.')
        })
        .count();
    assert_eq!(left, 0);
}

#[test]
fn a_short_passphrase_is_refused() {
    let refused = Passphrase::new("short".to_owned()).unwrap_err();
    assert!(refused.to_string().contains("12 characters"));
}
