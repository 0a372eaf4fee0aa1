//! Plugin SQL in a whole house: what a plugin writes is kept, what it may not do is refused, and its tables go with it.

use homemaid_protocol::InstallationId;
use homemaid_testkit::{ServeProcess, TestHost, zipped};
use reqwest::Method;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_looks_into_tables_changes_them_and_takes_them_along() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let house = ServeProcess::start(&data.path().join("data"), &[]).await?;
    let zip = zipped("table_maid", data.path()).await?;
    let (status, out, err) = house
        .command(&["plugin", "install", &zip.to_string_lossy(), "--grant", "all"])
        .await?;
    anyhow::ensure!(status.success(), "{out}{err}");
    let listed = house.send(Method::GET, "/api/installations", None).await?;
    let id = listed[0]["id"].as_str().expect("one is installed").to_owned();
    let state = house.send(Method::GET, "/api/lab/state", None).await?;
    let channel = state["guilds"][0]["channels"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|channel| channel["name"] == "general")
        .and_then(|channel| channel["id"].as_str())
        .expect("the lab has #general");

    let mut live = house.live("/api/events").await?;
    let mut lines = String::new();
    for (post, says) in [(None, "kept 0"), (Some("!score"), "!score {")] {
        if let Some(content) = post {
            let body = json!({"as": "bob", "content": content});
            house
                .send(
                    Method::POST,
                    &format!("/api/lab/channels/{channel}/messages"),
                    Some(body),
                )
                .await?;
        }
        while !lines.contains(says) && !logged(&house, &id, says).await? {
            let chunk = live.chunk().await?.expect("the stream goes on");
            lines.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    let tables = house
        .send(Method::GET, &format!("/api/installations/{id}/sql"), None)
        .await?;
    assert_eq!(
        (&tables["tables"][0]["name"], &tables["tables"][0]["rows"]),
        (&json!("scores"), &json!(1))
    );
    let rows = format!("/api/installations/{id}/sql/scores");
    let page = house.send(Method::GET, &rows, None).await?;
    let (row, tag) = (
        page["rows"][0]["row"].as_str().expect("a row"),
        &page["rows"][0]["tag"],
    );
    assert_eq!(page["rows"][0]["values"]["member"], "bob");
    let change = |points: Value, tag: &Value| Some(json!({"values": {"points": points}, "tag": tag}));
    let (status, told) = house
        .ask(
            Method::PATCH,
            &format!("{rows}/{row}"),
            change(json!("many"), tag),
        )
        .await?;
    assert_eq!(status, 422, "values are checked as the plugin's are: {told}");
    let changed = house
        .send(Method::PATCH, &format!("{rows}/{row}"), change(json!(7), tag))
        .await?;
    assert_eq!(changed["values"]["points"], 7);
    let (status, told) = house
        .ask(Method::PATCH, &format!("{rows}/{row}"), change(json!(8), tag))
        .await?;
    assert_eq!(status, 409, "not over what was not seen: {told}");
    let (status, _) = house.ask(Method::GET, &format!("{rows}_2"), None).await?;
    assert_eq!(status, 404);

    let to = data.path().join("export");
    let (status, out, err) = house
        .command(&["export", &id, "--to", &to.to_string_lossy()])
        .await?;
    anyhow::ensure!(status.success(), "{out}{err}");
    let scores: Value = serde_json::from_slice(&std::fs::read(to.join("sql-scores.json"))?)?;
    assert_eq!(
        (&scores[0]["member"], &scores[0]["points"]),
        (&json!("bob"), &json!(7))
    );
    let csv = std::fs::read_to_string(to.join("sql-scores.csv"))?;
    assert!(
        csv.starts_with("id,member,points,tags,extra,since\r\n1,bob,7,"),
        "{csv}"
    );
    assert_eq!(std::fs::read_to_string(to.join("metrics.json"))?, "{}\n");

    let tag = changed["tag"].as_str().expect("a tag");
    let (status, told) = house
        .ask(Method::DELETE, &format!("{rows}/{row}?tag={tag}"), None)
        .await?;
    assert_eq!(status, 204, "{told}");
    let page = house.send(Method::GET, &rows, None).await?;
    assert_eq!(page["rows"], json!([]));
    let audit = house
        .send(Method::GET, "/api/audit?kind=owner", None)
        .await?
        .to_string();
    for act in ["owner.sql.update", "owner.sql.delete"] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
    house.stop().await
}

/// Whether an installation has logged a line that begins so.
async fn logged(house: &ServeProcess, id: &str, begins: &str) -> anyhow::Result<bool> {
    let lines = house
        .send(Method::GET, &format!("/api/installations/{id}/logs"), None)
        .await?;
    Ok(lines.as_array().into_iter().flatten().any(|line| {
        line["message"]
            .as_str()
            .is_some_and(|message| message.starts_with(begins))
    }))
}
