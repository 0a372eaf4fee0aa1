//! Secrets at rest: what is on the disk, who can open it, and changing the key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use homemaid_protocol::limits::SECRETS_PER_OWNER;
use homemaid_protocol::{Clock, InstallationId};

use super::*;
use crate::Storage;

const CANARY: &str = "c4nary-of-the-vault";

fn open(dir: &Path) -> Storage {
    Storage::open(dir, Clock::system()).unwrap()
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn value(text: &str) -> SecretText {
    SecretText::new(text.to_owned()).unwrap()
}

fn here() -> InstallationId {
    "hello_maid@1".parse().unwrap()
}

fn own() -> SecretOwner {
    SecretOwner::Installation(here())
}

fn default() -> SecretOwner {
    SecretOwner::Plugin(here().plugin)
}

fn seen(storage: &Storage, id: &InstallationId, key: &str) -> Option<String> {
    let value = storage.secrets().for_installation(id, &name(key)).unwrap();
    value.map(|value| value.reveal().to_owned())
}

/// Reads every file of a directory.
fn everything(dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        all.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_guild_s_own_value_goes_before_the_plugin_s_default_and_stays_in_its_guild() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path());
    let secrets = storage.secrets();
    let there: InstallationId = "hello_maid@2".parse().unwrap();
    let other: InstallationId = "other_maid@1".parse().unwrap();
    secrets
        .set(&default(), name("api"), value("default"), "owner")
        .await
        .unwrap();
    assert_eq!(seen(&storage, &here(), "api").as_deref(), Some("default"));
    secrets
        .set(&own(), name("api"), value("own"), "plugin")
        .await
        .unwrap();
    assert_eq!(seen(&storage, &here(), "api").as_deref(), Some("own"));
    assert_eq!(seen(&storage, &there, "api").as_deref(), Some("default"));
    assert_eq!(seen(&storage, &other, "api"), None);
    assert!(secrets.del(&own(), name("api")).await.unwrap());
    assert!(!secrets.del(&own(), name("api")).await.unwrap());
    assert_eq!(seen(&storage, &here(), "api").as_deref(), Some("default"));
}

#[tokio::test]
async fn no_file_holds_a_value_and_a_moved_row_does_not_open() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path());
    storage
        .secrets()
        .set(&own(), name("api"), value(CANARY), "owner")
        .await
        .unwrap();
    storage.close().await;
    assert!(!holds(&everything(temp.path()), CANARY));

    for change in [
        "guild = '2'",
        "plugin = 'other_maid'",
        "name = 'apj'",
        "guild = ''",
        "sealed = substr(sealed, 1, length(sealed) - 1)",
        "sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)",
        "sealed = x''",
    ] {
        let file = temp.path().join("platform.db");
        let before = fs::read(&file).unwrap();
        let conn = Connection::open(&file).unwrap();
        conn.execute(&format!("UPDATE secrets SET {change}"), []).unwrap();
        let (plugin, guild, key): (String, String, String) = conn
            .query_row("SELECT plugin, guild, name FROM secrets", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        drop(conn);
        let owner = match guild.as_str() {
            "" => SecretOwner::Plugin(plugin.parse().unwrap()),
            guild => SecretOwner::Installation(format!("{plugin}@{guild}").parse().unwrap()),
        };
        let storage = open(temp.path());
        let opened = storage.secrets().get(&owner, &name(&key));
        assert!(
            matches!(opened, Err(SecretError::Tampered)),
            "{change}: {opened:?}"
        );
        storage.close().await;
        fs::write(&file, before).unwrap();
    }
}

#[tokio::test]
async fn without_its_key_a_secret_is_shown_as_locked_and_can_be_set_again() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path());
    storage
        .secrets()
        .set(&own(), name("api"), value("v"), "owner")
        .await
        .unwrap();
    storage.close().await;
    fs::remove_file(temp.path().join(KEY_FILE)).unwrap();

    let storage = open(temp.path());
    let secrets = storage.secrets();
    assert!(matches!(
        secrets.get(&own(), &name("api")),
        Err(SecretError::Locked { .. })
    ));
    assert!(!secrets.of_plugin(&here().plugin).await.unwrap()[0].readable);
    secrets.rotate_key().await.expect("a locked secret stops nothing");
    assert!(matches!(
        secrets.get(&own(), &name("api")),
        Err(SecretError::Locked { .. })
    ));
    secrets
        .set(&own(), name("api"), value("again"), "owner")
        .await
        .unwrap();
    assert_eq!(seen(&storage, &here(), "api").as_deref(), Some("again"));
    assert!(secrets.of_plugin(&here().plugin).await.unwrap()[0].readable);
}

#[tokio::test]
async fn the_quota_is_exact_and_replacing_is_free() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path());
    let secrets = storage.secrets();
    for n in 0..SECRETS_PER_OWNER {
        secrets
            .set(&own(), name(&format!("s{n}")), value("v"), "plugin")
            .await
            .unwrap();
    }
    let more = secrets.set(&own(), name("more"), value("v"), "plugin").await;
    assert!(matches!(more, Err(SecretError::TooMany)));
    secrets
        .set(&own(), name("s0"), value("w"), "plugin")
        .await
        .unwrap();
    secrets
        .set(&default(), name("more"), value("v"), "owner")
        .await
        .unwrap();
    assert!(secrets.del(&own(), name("s1")).await.unwrap());
    secrets
        .set(&own(), name("more"), value("v"), "plugin")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_key_opens_everything_and_the_old_one_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path());
    let secrets = storage.secrets();
    secrets.set(&own(), name("a"), value("1"), "owner").await.unwrap();
    secrets
        .set(&SecretOwner::House, name("token"), value("2"), "owner")
        .await
        .unwrap();
    let (old, old_file) = (secrets.key_id(), fs::read(temp.path().join(KEY_FILE)).unwrap());

    // While others read and write.
    let busy = tokio::spawn({
        let storage = storage.clone();
        async move {
            for n in 0..200 {
                let text = n.to_string();
                storage
                    .secrets()
                    .set(&default(), name("busy"), value(&text), "owner")
                    .await
                    .unwrap();
                assert_eq!(seen(&storage, &here(), "busy"), Some(text));
            }
        }
    });
    for _ in 0..5 {
        secrets.rotate_key().await.unwrap();
    }
    busy.await.unwrap();
    let (new, count) = secrets.rotate_key().await.unwrap();
    assert_eq!(count, 3);
    assert_ne!(new, old);
    assert_eq!(seen(&storage, &here(), "a").as_deref(), Some("1"));
    storage.close().await;

    let storage = open(temp.path());
    assert_eq!(seen(&storage, &here(), "a").as_deref(), Some("1"));
    assert_eq!(seen(&storage, &here(), "busy").as_deref(), Some("199"));
    storage.close().await;
    fs::write(temp.path().join(KEY_FILE), old_file).unwrap();
    let storage = open(temp.path());
    assert!(matches!(
        storage.secrets().get(&own(), &name("a")),
        Err(SecretError::Locked { .. })
    ));
}

#[tokio::test]
async fn a_change_of_the_key_that_stopped_anywhere_is_finished_at_the_next_start() {
    let temp = tempfile::tempdir().unwrap();
    let key_file = temp.path().join(KEY_FILE);
    for resealed in [false, true] {
        let storage = open(temp.path());
        let secrets = storage.secrets();
        secrets.set(&own(), name("a"), value("1"), "owner").await.unwrap();
        let vault = secrets.vault();
        vault.add_key().unwrap();
        if resealed {
            let ring = vault.ring();
            storage.write(move |tx| tx.secrets().reseal(&ring)).await.unwrap();
        }
        // Here it is killed: step 3 does not happen.
        storage.close().await;
        let storage = open(temp.path());
        assert_eq!(seen(&storage, &here(), "a").as_deref(), Some("1"));
        let keys = fs::read_to_string(&key_file).unwrap();
        assert_eq!(keys.matches("homemaid-key-1 ").count(), 1, "the old key is gone");
        assert!(storage.secrets().of_plugin(&here().plugin).await.unwrap()[0].readable);
        storage.close().await;
    }
}

#[tokio::test]
async fn a_credential_is_read_and_never_written() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, credential) = (temp.path().join("data"), temp.path().join("credential"));
    fs::write(&credential, new_key_file().as_bytes()).unwrap();
    fs::set_permissions(&credential, fs::Permissions::from_mode(0o400)).unwrap();
    let source = KeySource::File(credential.clone());
    let storage = Storage::open_with(&dir, Clock::system(), &source).unwrap();
    storage
        .secrets()
        .set(&own(), name("a"), value("1"), "owner")
        .await
        .unwrap();
    assert!(matches!(
        storage.secrets().rotate_key().await,
        Err(SecretError::ForeignKey)
    ));
    storage.close().await;
    assert!(!dir.join(KEY_FILE).exists());

    // The owner puts a new key above the old one: the next start seals anew, and the old one may go.
    let old = fs::read_to_string(&credential).unwrap();
    let new = new_key_file();
    fs::remove_file(&credential).unwrap();
    fs::write(&credential, format!("{}{old}", new.as_str())).unwrap();
    fs::set_permissions(&credential, fs::Permissions::from_mode(0o400)).unwrap();
    Storage::open_with(&dir, Clock::system(), &source)
        .unwrap()
        .close()
        .await;
    fs::remove_file(&credential).unwrap();
    fs::write(&credential, new.as_bytes()).unwrap();
    fs::set_permissions(&credential, fs::Permissions::from_mode(0o400)).unwrap();
    let storage = Storage::open_with(&dir, Clock::system(), &source).unwrap();
    assert_eq!(seen(&storage, &here(), "a").as_deref(), Some("1"));
    storage.close().await;
    let missing = KeySource::File(temp.path().join("none"));
    assert!(matches!(
        Storage::open_with(&dir, Clock::system(), &missing),
        Err(OpenError::Key { .. })
    ));
}
