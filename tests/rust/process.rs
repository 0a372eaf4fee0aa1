//! The real binary as its own process: trials, the command line, signals, and `kill -9`.

use std::process::Stdio;

use homemaid_testkit::{ServeProcess, binary, fixture, repository, zipped};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

/// Runs `homemaid try` and returns its exit code and JSON lines.
async fn try_plugin(arguments: &[&str]) -> anyhow::Result<(Option<i32>, Vec<Value>)> {
    let output = Command::new(binary("homemaid"))
        .args(["try", "--json"])
        .args(arguments)
        .env("HOMEMAID_SHARE", repository().join("build/share"))
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    let lines = lines.map_err(|error| {
        anyhow::anyhow!(
            "not JSON lines ({error}): {text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    Ok((output.status.code(), lines))
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_prints_everything_the_plugin_did() -> anyhow::Result<()> {
    let zip = repository().join("build/share/plugins/hello_maid.zip");
    let events = fixture("hello_maid").join("events.yaml");
    let (zip, events) = (zip.to_string_lossy(), events.to_string_lossy());
    let (code, lines) = try_plugin(&[&zip, "--events", &events, "--grant", "all"]).await?;
    let result = lines.last().expect("a result");
    assert_eq!((code, &result["ok"]), (Some(0), &json!(true)), "{lines:#?}");
    assert_eq!(of_kind(&lines, "event").len(), 4);
    let calls: Vec<_> = of_kind(&lines, "call")
        .iter()
        .map(|line| line["method"].as_str().unwrap_or_default())
        .collect();
    assert!(
        calls.contains(&"interaction.respond") && calls.contains(&"kv.increment"),
        "{calls:?}"
    );
    let effects: Vec<_> = of_kind(&lines, "discord")
        .iter()
        .map(|line| line["effect"].as_str().unwrap_or_default())
        .collect();
    assert!(
        effects.contains(&"reply") && effects.contains(&"modal"),
        "{effects:?}"
    );
    assert!(
        of_kind(&lines, "log")
            .iter()
            .any(|line| line["source"] == "plugin")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_grants_nothing_unless_told_to() -> anyhow::Result<()> {
    let folder = fixture("welcome_mat");
    let (code, lines) = try_plugin(&[&folder.to_string_lossy()]).await?;
    assert_eq!(code, Some(1), "handlers failed for want of grants");
    let calls = of_kind(&lines, "call");
    assert!(
        !calls.is_empty() && calls.iter().all(|call| call["decision"] == "refused"),
        "{calls:#?}"
    );
    assert!(
        of_kind(&lines, "discord").is_empty(),
        "refused calls have no effect"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_says_what_is_wrong_with_a_file_that_is_no_plugin() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("not.zip");
    std::fs::write(&path, "hello")?;
    let (code, lines) = try_plugin(&[&path.to_string_lossy()]).await?;
    assert_eq!(code, Some(1));
    assert_eq!(
        of_kind(&lines, "finding")[0]["code"],
        "artifact_unreadable",
        "{lines:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_manages_a_running_appliance() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let host = ServeProcess::start(&dir.path().join("data"), &[]).await?;
    let zip = repository().join("build/share/plugins/hello_maid.zip");
    let (status, out, err) = host
        .command(&["plugin", "install", &zip.to_string_lossy()])
        .await?;
    assert!(status.success(), "{out}{err}");
    let (status, out, err) = host.command(&["plugin", "grant", "hello_maid", "all"]).await?;
    assert!(
        status.success() && out.contains("interaction:respond"),
        "{out}{err}"
    );
    let (_, out, _) = host.command(&["plugin", "list"]).await?;
    assert!(out.contains("hello_maid@"), "{out}");
    let (status, out, err) = host.command(&["plugin", "disable", "hello_maid"]).await?;
    assert!(status.success(), "{out}{err}");
    let (status, out, err) = host.command(&["plugin", "enable", "hello_maid"]).await?;
    assert!(status.success(), "{out}{err}");
    wait_running(&host).await?;
    // Lines are stored in batches: asking again is how one waits for a batch.
    let mut printed = String::new();
    for _ in 0..100 {
        printed = host.command(&["plugin", "logs", "hello_maid"]).await?.1;
        if printed.contains("SDK plugin process started") {
            break;
        }
    }
    assert!(printed.contains("SDK plugin process started"), "{printed}");
    assert!(host.command(&["plugin", "list"]).await?.1.contains("running"));
    let (status, _, err) = host.command(&["plugin", "enable", "nobody"]).await?;
    assert!(!status.success() && err.contains("not installed"), "{err}");
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_cuts() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let mut host = ServeProcess::start(&dir.path().join("data"), &["--demos"]).await?;
    host.signal("TERM").await?;
    host.signal("INT").await?;
    let status = host.ended().await?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// Names every container, cgroup and process that belongs to an instance.
async fn leftovers(instance: &str) -> anyhow::Result<Vec<String>> {
    let mut left = containers(instance).await?;
    let name = format!("homemaid-{instance}");
    let find = Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d", "-path", &format!("*{name}*")])
        .output()
        .await?;
    left.extend(
        String::from_utf8_lossy(&find.stdout)
            .lines()
            .map(|path| format!("cgroup {path}")),
    );
    for process in std::fs::read_dir("/proc")?.flatten() {
        let cgroup = std::fs::read_to_string(process.path().join("cgroup")).unwrap_or_default();
        if cgroup.contains(&name) {
            left.push(format!("process {}", process.file_name().to_string_lossy()));
        }
    }
    Ok(left)
}

/// Names an instance's containers, running or not.
async fn containers(instance: &str) -> anyhow::Result<Vec<String>> {
    let ps = Command::new("podman")
        .args(["ps", "-a", "--format", "{{.Names}}"])
        .output()
        .await?;
    let all = String::from_utf8_lossy(&ps.stdout).into_owned();
    Ok(all
        .lines()
        .filter(|name| name.contains(instance))
        .map(|name| format!("container {name}"))
        .collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_no_acknowledged_write_and_leaves_nothing_behind() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    let host = ServeProcess::start(&data, &[]).await?;
    let instance = std::fs::read_to_string(data.join("instance"))?;
    let zip = zipped("kv_writer", dir.path()).await?;
    let (status, out, err) = host
        .command(&["plugin", "install", &zip.to_string_lossy(), "--grant", "all"])
        .await?;
    assert!(status.success(), "{out}{err}");
    let state = host.send(Method::GET, "/api/lab/state", None).await?;
    let channel = state["guilds"][0]["channels"]
        .as_array()
        .and_then(|channels| channels.iter().find(|channel| channel["name"] == "general"))
        .and_then(|channel| channel["id"].as_str())
        .expect("a channel")
        .to_owned();
    let messages = format!("/api/lab/channels/{channel}/messages");

    let mut live = host.live("/api/events").await?;
    wait_running(&host).await?;
    host.send(
        Method::POST,
        &messages,
        Some(json!({"as": "alice", "content": "!write"})),
    )
    .await?;
    // What the plugin logged was acknowledged before; kill in the middle of it.
    let mut seen = String::new();
    while acknowledged(&seen).is_none_or(|last| last < 150) {
        let chunk = live.chunk().await?.expect("the stream goes on");
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    host.kill().await?;
    let last = acknowledged(&seen).expect("writes were acknowledged");
    let before = containers(instance.trim()).await?;
    assert_eq!(
        before.len(),
        1,
        "a killed host leaves its worker's container: {before:?}"
    );

    let host = ServeProcess::start(&data, &[]).await?;
    wait_running(&host).await?;
    assert_eq!(
        containers(instance.trim()).await?.len(),
        1,
        "the next start removed it and started a new one"
    );
    host.send(
        Method::POST,
        &messages,
        Some(json!({"as": "alice", "content": "!check"})),
    )
    .await?;
    let answered = async {
        loop {
            let all = host
                .send(Method::GET, &format!("{messages}?limit=20"), None)
                .await?;
            let found = all.as_array().into_iter().flatten().find_map(|message| {
                message["content"]
                    .as_str()
                    .filter(|text| text.starts_with("have "))
                    .map(str::to_owned)
            });
            if let Some(found) = found {
                return anyhow::Ok(found);
            }
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(120), answered).await??;
    let have: u64 = answer
        .split(' ')
        .nth(1)
        .and_then(|count| count.parse().ok())
        .expect("a count");
    assert!(
        have > last,
        "{last} was acknowledged, and afterwards there are {have}: {answer}"
    );
    assert!(answer.ends_with("missing []"), "no gap: {answer}");
    host.stop().await?;
    assert_eq!(
        leftovers(instance.trim()).await?,
        Vec::<String>::new(),
        "nothing of either run is left"
    );
    Ok(())
}

/// Waits until the only installation's worker runs.
async fn wait_running(host: &ServeProcess) -> anyhow::Result<()> {
    for _ in 0..600 {
        let all = host.send(Method::GET, "/api/installations", None).await?;
        if all[0]["state"]["name"] == "running" {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("the worker never ran")
}

/// Returns the greatest number in `acknowledged N` lines of the stream.
fn acknowledged(stream: &str) -> Option<u64> {
    stream
        .rsplit("acknowledged ")
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .max()
}
