//! The platform's tables over a real SQLite database in memory.

use homemaid_protocol::{Capability, CapabilitySet, ContentHash, InstallationId, PluginId};
use rusqlite::Connection;
use serde_json::json;

use crate::limits::DOCUMENT_BYTES;
use crate::{NewInstallation, NewVersion, StorageError, WriteTx, schema};

fn db() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    crate::connection::settings(&conn).unwrap();
    schema::PLATFORM.migrate(&mut conn, "memory".as_ref()).unwrap();
    conn
}

pub(super) fn tx(conn: &Connection) -> WriteTx<'_> {
    WriteTx::new(conn, 1_000)
}

fn hash(byte: u8) -> ContentHash {
    ContentHash::from_digest([byte; 32])
}

fn hello() -> PluginId {
    "hello_maid".parse().unwrap()
}

fn here() -> InstallationId {
    "hello_maid@1".parse().unwrap()
}

fn version(plugin: &str, byte: u8) -> NewVersion {
    NewVersion {
        hash: hash(byte),
        plugin: plugin.parse().unwrap(),
        name: format!("Name {byte}"),
        version: format!("1.0.{byte}"),
        manifest: json!({"id": plugin, "n": byte}),
        findings: json!([]),
        zip_bytes: 1_234,
        added_by: "owner".to_owned(),
    }
}

fn installation(id: &str, byte: u8) -> NewInstallation {
    NewInstallation {
        id: id.parse().unwrap(),
        version: hash(byte),
        enabled: true,
        by: "owner".to_owned(),
    }
}

/// A database with `hello_maid` in guild 1.
pub(super) fn installed() -> Connection {
    let conn = db();
    assert!(tx(&conn).versions().add(&version("hello_maid", 1)).unwrap());
    tx(&conn)
        .installations()
        .add(&installation("hello_maid@1", 1))
        .unwrap();
    conn
}

fn set(capabilities: &[Capability]) -> CapabilitySet {
    capabilities.iter().copied().collect()
}

#[test]
fn the_first_version_makes_the_plugin_and_each_later_one_renames_it() {
    let conn = db();
    let mut tx = tx(&conn);
    assert!(tx.versions().add(&version("hello_maid", 1)).unwrap());
    assert!(tx.versions().add(&version("hello_maid", 2)).unwrap());
    let plugin = tx.plugins().get(&hello()).unwrap().unwrap();
    assert_eq!(plugin.name, "Name 2");
    let versions = tx.versions().of_plugin(&hello()).unwrap();
    assert_eq!(
        versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(),
        ["1.0.2", "1.0.1"]
    );
    let stored = tx.versions().get(&hash(1)).unwrap().unwrap();
    assert_eq!(
        (stored.manifest, stored.zip_bytes),
        (json!({"id": "hello_maid", "n": 1}), 1_234)
    );
}

#[test]
fn a_zip_that_comes_again_is_stored_once_and_is_the_newest() {
    let conn = db();
    let mut tx = tx(&conn);
    tx.versions().add(&version("hello_maid", 1)).unwrap();
    tx.versions().add(&version("hello_maid", 2)).unwrap();
    assert!(!tx.versions().add(&version("hello_maid", 1)).unwrap());
    assert_eq!(tx.versions().of_plugin(&hello()).unwrap().len(), 2);
    assert_eq!(tx.versions().newest(&hello()).unwrap().unwrap().hash, hash(1));
    assert_eq!(tx.plugins().get(&hello()).unwrap().unwrap().name, "Name 1");
}

#[test]
fn one_hash_is_one_plugins_version() {
    let conn = db();
    tx(&conn).versions().add(&version("hello_maid", 1)).unwrap();
    let error = tx(&conn).versions().add(&version("welcome_mat", 1)).unwrap_err();
    assert!(matches!(error, StorageError::Exists { .. }), "{error}");
}

#[test]
fn a_document_without_end_is_refused() {
    let conn = db();
    let mut huge = version("hello_maid", 1);
    huge.findings = json!(["x".repeat(DOCUMENT_BYTES)]);
    let error = tx(&conn).versions().add(&huge).unwrap_err();
    assert!(
        matches!(error, StorageError::TooLarge { what: "findings", .. }),
        "{error}"
    );
}

#[test]
fn what_is_installed_cannot_be_removed() {
    let conn = installed();
    tx(&conn).versions().add(&version("hello_maid", 2)).unwrap();
    for error in [
        tx(&conn).plugins().remove(&hello()).unwrap_err(),
        tx(&conn).versions().remove(&hash(1)).unwrap_err(),
    ] {
        assert!(matches!(error, StorageError::InUse { .. }), "{error}");
    }
    assert!(
        tx(&conn).versions().remove(&hash(2)).unwrap(),
        "a version nobody runs can"
    );
    assert!(tx(&conn).installations().remove(&here()).unwrap());
    assert!(tx(&conn).plugins().remove(&hello()).unwrap());
    assert!(
        tx(&conn).versions().list().unwrap().is_empty(),
        "the versions went with their plugin"
    );
    assert!(!tx(&conn).plugins().remove(&hello()).unwrap());
}

#[test]
fn only_a_stored_version_of_the_same_plugin_can_be_installed() {
    let conn = installed();
    tx(&conn).versions().add(&version("welcome_mat", 2)).unwrap();
    for wrong in [2, 9] {
        let error = tx(&conn)
            .installations()
            .add(&installation("hello_maid@2", wrong))
            .unwrap_err();
        assert!(matches!(error, StorageError::Missing { .. }), "{error}");
        let error = tx(&conn)
            .installations()
            .set_version(&here(), &hash(wrong))
            .unwrap_err();
        assert!(matches!(error, StorageError::Missing { .. }), "{error}");
    }
    let error = tx(&conn)
        .installations()
        .add(&installation("hello_maid@1", 1))
        .unwrap_err();
    assert!(matches!(error, StorageError::Exists { .. }), "{error}");
    tx(&conn).versions().add(&version("hello_maid", 3)).unwrap();
    tx(&conn).installations().set_version(&here(), &hash(3)).unwrap();
    assert_eq!(
        tx(&conn).installations().get(&here()).unwrap().unwrap().version,
        hash(3)
    );
}

#[test]
fn installations_are_found_by_guild_and_by_plugin() {
    let conn = installed();
    tx(&conn).versions().add(&version("welcome_mat", 2)).unwrap();
    for (id, byte) in [("hello_maid@18446744073709551615", 1), ("welcome_mat@1", 2)] {
        tx(&conn).installations().add(&installation(id, byte)).unwrap();
    }
    let ids = |list: Vec<crate::Installation>| list.iter().map(|i| i.id.to_string()).collect::<Vec<_>>();
    let guild = here().guild;
    assert_eq!(
        ids(tx(&conn).installations().of_guild(guild).unwrap()),
        ["hello_maid@1", "welcome_mat@1"]
    );
    assert_eq!(
        ids(tx(&conn).installations().of_plugin(&hello()).unwrap()),
        ["hello_maid@1", "hello_maid@18446744073709551615"]
    );
    assert_eq!(tx(&conn).installations().list().unwrap().len(), 3);
}

#[test]
fn a_plugin_is_told_that_it_is_enabled_after_each_switching_on() {
    let conn = installed();
    let get = || tx(&conn).installations().get(&here()).unwrap().unwrap();
    assert!(get().enabled && !get().announced && !get().installed);
    tx(&conn).installations().set_announced(&here(), true).unwrap();
    tx(&conn).installations().set_installed(&here()).unwrap();
    tx(&conn).installations().set_enabled(&here(), true).unwrap();
    assert!(get().announced, "it was on all the time");
    tx(&conn)
        .installations()
        .set_suspended(&here(), Some("crashed five times"))
        .unwrap();
    tx(&conn).installations().set_enabled(&here(), false).unwrap();
    assert_eq!(
        (get().announced, get().suspended.as_deref()),
        (false, Some("crashed five times"))
    );
    tx(&conn).installations().set_enabled(&here(), true).unwrap();
    assert_eq!(
        (get().announced, get().suspended, get().installed),
        (false, None, true)
    );
    let stranger = "hello_maid@2".parse().unwrap();
    let error = tx(&conn)
        .installations()
        .set_enabled(&stranger, true)
        .unwrap_err();
    assert_eq!(error.to_string(), "there is no installation `hello_maid@2`");
}

#[test]
fn grants_are_a_set_with_a_history() {
    use Capability::{AddReaction, SendMessage, StorageKv};
    let conn = installed();
    let mut tx = tx(&conn);
    assert!(
        tx.grants()
            .set(&here(), &set(&[StorageKv, SendMessage]), "owner")
            .unwrap()
    );
    assert!(
        !tx.grants()
            .set(&here(), &set(&[StorageKv, SendMessage]), "owner")
            .unwrap()
    );
    assert!(
        tx.grants()
            .set(&here(), &set(&[StorageKv, AddReaction]), "cli")
            .unwrap()
    );
    assert_eq!(tx.grants().of(&here()).unwrap(), set(&[StorageKv, AddReaction]));
    let history: Vec<_> = tx
        .grants()
        .history(&here())
        .unwrap()
        .into_iter()
        .map(|change| {
            (
                change.capability,
                change.granted,
                change.by,
                change.version == hash(1),
            )
        })
        .collect();
    let line = |name: &str, granted, by: &str| (name.to_owned(), granted, by.to_owned(), true);
    assert_eq!(
        history,
        [
            line("discord:send_message", false, "cli"),
            line("discord:add_reaction", true, "cli"),
            line("storage:kv", true, "owner"),
            line("discord:send_message", true, "owner"),
        ]
    );
    let stranger = "hello_maid@2".parse().unwrap();
    assert!(matches!(
        tx.grants().set(&stranger, &set(&[]), "owner"),
        Err(StorageError::Missing { .. })
    ));
}

#[test]
fn a_grant_of_a_capability_this_binary_does_not_know_grants_nothing() {
    let conn = installed();
    conn.execute_batch(
        "INSERT INTO grants SELECT plugin, guild, 'discord:teleport', 0, 'owner', version FROM installations",
    )
    .unwrap();
    assert_eq!(tx(&conn).grants().of(&here()).unwrap(), set(&[]));
}

#[test]
fn a_refused_call_is_one_request_however_often_it_is_made() {
    use Capability::{BanMembers, StorageKv};
    let conn = installed();
    let mut tx = tx(&conn);
    assert!(
        tx.requests()
            .note(&here(), BanMembers, "discord.ban_member", false)
            .unwrap()
    );
    assert!(
        !tx.requests()
            .note(&here(), BanMembers, "discord.unban_member", true)
            .unwrap()
    );
    assert!(
        tx.requests()
            .note(&here(), StorageKv, &"x".repeat(10_000), true)
            .unwrap()
    );
    let open = tx.requests().of(&here()).unwrap();
    assert_eq!(open.len(), 2);
    assert_eq!(
        (open[0].times, open[0].method.as_str(), open[0].declared),
        (2, "discord.unban_member", true)
    );
    assert_eq!(open[1].method.len(), 128);

    tx.grants().set(&here(), &set(&[StorageKv]), "owner").unwrap();
    assert_eq!(
        tx.requests().of(&here()).unwrap().len(),
        1,
        "a grant settles its request"
    );
    assert!(tx.requests().dismiss(&here(), BanMembers).unwrap());
    assert!(tx.requests().of(&here()).unwrap().is_empty());
    assert!(
        tx.requests()
            .note(&here(), BanMembers, "discord.ban_member", true)
            .unwrap(),
        "and asks anew"
    );
}

#[test]
fn removing_an_installation_leaves_its_history_and_nothing_else() {
    let conn = installed();
    let mut tx = tx(&conn);
    tx.grants()
        .set(&here(), &set(&[Capability::StorageKv]), "owner")
        .unwrap();
    tx.requests()
        .note(&here(), Capability::BanMembers, "discord.ban_member", true)
        .unwrap();
    tx.kv(&here())
        .increment(&crate::KvKey::parse("n").unwrap(), "", crate::KvAmount::ONE)
        .unwrap();
    assert!(tx.installations().remove(&here()).unwrap());
    assert!(!tx.installations().remove(&here()).unwrap());

    tx.installations().add(&installation("hello_maid@1", 1)).unwrap();
    assert!(
        tx.grants().of(&here()).unwrap().is_empty(),
        "consent is asked for again"
    );
    assert!(tx.requests().of(&here()).unwrap().is_empty());
    assert_eq!(tx.kv(&here()).count("").unwrap(), 0);
    assert_eq!(tx.grants().history(&here()).unwrap().len(), 1);
}

#[test]
fn settings_are_json_under_a_key() {
    let conn = db();
    let mut tx = tx(&conn);
    assert_eq!(tx.settings().get("owner.password").unwrap(), None);
    tx.settings().put("owner.password", &json!("hash")).unwrap();
    tx.settings().put("owner.password", &json!({"v": 2})).unwrap();
    tx.settings().put("owner", &json!(null)).unwrap();
    tx.settings().put("ownerless%", &json!(1)).unwrap();
    assert_eq!(
        tx.settings().get("owner.password").unwrap(),
        Some(json!({"v": 2}))
    );
    assert_eq!(tx.settings().get("owner").unwrap(), Some(json!(null)));
    assert_eq!(tx.settings().keys("owner.").unwrap(), ["owner.password"]);
    assert_eq!(tx.settings().keys("").unwrap().len(), 3);
    assert!(tx.settings().del("owner.password").unwrap());
    assert!(!tx.settings().del("owner.password").unwrap());
}
