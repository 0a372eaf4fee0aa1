//! Plugin SQL in a whole house: what a plugin writes is kept, what it may not do is refused, and its tables go with it.

use homemaid_protocol::InstallationId;
use homemaid_testkit::TestHost;
use serde_json::{Value, json};

/// Lets a member write a command, and returns what the plugin logged about it.
async fn answer(host: &TestHost, id: &InstallationId, who: &str, command: &str) -> anyhow::Result<Value> {
    host.post(who, command)?;
    let prefix = format!("{command} ");
    let line = host.logged(id, |line| line.starts_with(&prefix)).await?;
    Ok(line[prefix.len()..].parse()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_keeps_tables_and_they_go_with_it() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let id = host.install("table_maid", &["storage:sql"]).await?;
    host.logged(&id, |line| line == "kept 0").await?;

    let first = answer(&host, &id, "bob", "!score").await?;
    assert_eq!(
        first,
        json!({"member": "bob", "points": 5, "tags": ["new", "café"], "extra": {"by": {"event": true}}, "inserted": true})
    );
    let keys: Vec<_> = first.as_object().expect("a row").keys().collect();
    assert_eq!(
        keys,
        ["member", "points", "tags", "extra", "inserted"],
        "in the columns' order"
    );
    let again = answer(&host, &id, "bob", "!score again").await?;
    assert_eq!(
        (&again["points"], &again["inserted"]),
        (&json!(10), &json!(false))
    );
    assert_eq!(
        answer(&host, &id, "bob", "!board").await?,
        json!([{"member": "bob", "points": 10, "rank": 1, "recent": true}])
    );
    assert_eq!(
        answer(&host, &id, "bob", "!many").await?,
        1_000,
        "cut at the limit"
    );

    let mistakes = answer(&host, &id, "bob", "!mistakes").await?;
    let mistakes: Vec<_> = mistakes
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for (at, says) in [
        "relation \"nowhere\" does not exist",
        "column \"nothing\" does not exist",
        "duplicate key value violates unique constraint \"scores_member_key\"",
        "new row for relation \"scores\" violates check constraint \"scores_points_check\"",
        "SQL statement type not allowed",
        "$2",
        "Only one SQL statement is allowed per call",
        "Blocked SQL pattern: DROP SCHEMA",
        "SQL statement type not allowed",
        "Blocked SQL pattern: sqlite_",
        "Cross-schema reference not allowed",
        "load_extension",
        "canceling statement due to statement timeout",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(
            mistakes[at].contains(says),
            "{at}: {} should say {says}",
            mistakes[at]
        );
    }

    host.core().restart(&id).await?;
    host.logged(&id, |line| line == "kept 1").await?;
    host.core().uninstall(&id).await?;
    let id = host.install("table_maid", &["storage:sql"]).await?;
    assert_eq!(
        answer(&host, &id, "bob", "!board anew").await?,
        json!([]),
        "an uninstalled plugin's tables are gone"
    );
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_owner_s_tick_there_are_no_tables() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let id = host.install("table_maid", &[]).await?;
    host.logged(&id, |line| line.contains("storage:sql")).await?;
    let view = host.core().installation(&id).expect("installed");
    assert!(
        view.capabilities
            .iter()
            .any(|one| one.name == "storage:sql" && one.needed),
        "the owner is asked: {:?}",
        view.capabilities
    );
    host.stop().await
}
