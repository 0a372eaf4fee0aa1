//! What must hold for any bytes; run by the fuzz target, and over the seeds by the crate's ordinary tests.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

/// The limits of the contract, written out: a wrong constant must not pass.
const FILES: usize = 200;
const BYTES: usize = 40 * 1024 * 1024;

/// A plugin zip. What is accepted is inside the limits, safe to write, and what any other reader sees.
pub(crate) fn zip(data: &[u8]) {
    let Some(files) = homemaid_package::read_for_fuzzing(data) else {
        return;
    };
    assert!(files.len() <= FILES);
    assert!(files.iter().map(|(_, data)| data.len()).sum::<usize>() <= BYTES);
    let names: BTreeSet<_> = files.iter().map(|(path, _)| path.to_lowercase()).collect();
    assert_eq!(
        names.len(),
        files.len(),
        "no two are the same file on any machine"
    );
    for (path, _) in &files {
        assert!(
            !path.is_empty() && path.len() <= 255 && !path.contains(['\0', '\\']) && !path.starts_with('/')
        );
        assert!(
            path.split('/').all(|part| !matches!(part, "" | "." | "..")),
            "{path}"
        );
        let lower = path.to_lowercase();
        let mut folders = lower.match_indices('/').map(|(at, _)| &lower[..at]);
        assert!(
            !folders.any(|folder| names.contains(folder)),
            "{path} lies in a file"
        );
    }
    let Ok(mut other) = zip::ZipArchive::new(Cursor::new(data)) else {
        return;
    };
    for (path, data) in &files {
        let Ok(mut file) = other.by_name(path) else {
            continue;
        };
        let mut theirs = Vec::new();
        if file
            .by_ref()
            .take(BYTES as u64 + 1)
            .read_to_end(&mut theirs)
            .is_ok()
        {
            assert_eq!(&theirs, data, "{path} is something else for another reader");
        }
    }
}
