//! Opening a data directory in whatever state it is found.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use homemaid_protocol::Clock;
use serde_json::json;

use crate::{OpenError, Storage, schema};

fn open(dir: &Path) -> Result<Storage, OpenError> {
    Storage::open(dir, Clock::system())
}

#[tokio::test]
async fn every_file_is_private_also_those_that_sqlite_makes() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("data");
    let storage = open(&dir).unwrap();
    storage
        .write(|tx| tx.settings().put("a", &json!(1)))
        .await
        .unwrap();
    storage.flush().await.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(&dir).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let expected = [
        "lock",
        "logs.db",
        "logs.db-shm",
        "logs.db-wal",
        "metrics.db",
        "metrics.db-shm",
        "metrics.db-wal",
        "platform.db",
        "platform.db-shm",
        "platform.db-wal",
        "secret.key",
    ];
    assert_eq!(names, expected);
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["platform.db", "logs.db", "metrics.db"] {
        let dir = temp.path().join(name);
        drop(open(&dir).unwrap());
        let garbage = "this is a love letter, not a database".repeat(100);
        fs::write(dir.join(name), &garbage).unwrap();
        let error = open(&dir).unwrap_err();
        assert!(
            matches!(&error, OpenError::Foreign { path } if path.ends_with(name)),
            "{error}"
        );
        assert_eq!(fs::read_to_string(dir.join(name)).unwrap(), garbage);
    }
}

#[test]
fn a_directory_in_the_place_of_a_database_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(temp.path().join("platform.db")).unwrap();
    assert!(matches!(open(temp.path()), Err(OpenError::Files { .. })));
}

#[test]
fn a_newer_homemaids_directory_is_refused_and_free_again_afterwards() {
    let temp = tempfile::tempdir().unwrap();
    drop(open(temp.path()).unwrap());
    let set_version = |version: i64| {
        let conn = rusqlite::Connection::open(temp.path().join("platform.db")).unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
    };
    let known = schema::PLATFORM.version();
    set_version(known + 1);
    let error = open(temp.path()).unwrap_err();
    assert!(
        matches!(error, OpenError::NewerSchema { found, .. } if found == known + 1),
        "{error}"
    );
    set_version(known);
    drop(open(temp.path()).unwrap());
}

#[tokio::test]
async fn a_cut_off_database_is_an_error_and_never_a_panic() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path()).unwrap();
    for n in 0..200 {
        storage
            .write(move |tx| tx.settings().put(&n.to_string(), &json!("x".repeat(500))))
            .await
            .unwrap();
    }
    storage.close().await;
    drop(storage);
    let file = temp.path().join("platform.db");
    let length = fs::metadata(&file).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    // Depending on what was lost, it is refused at once or when the lost part is asked for.
    if let Ok(storage) = open(temp.path()) {
        let read = storage.read(|tx| {
            for key in tx.settings().keys("")? {
                tx.settings().get(&key)?;
            }
            Ok(())
        });
        assert!(read.await.is_err());
    }
}
