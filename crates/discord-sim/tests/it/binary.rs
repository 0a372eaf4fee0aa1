//! The command itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::bot::PATIENCE;

/// Ends the command however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_discord-sim"));
    command
        .env_remove("DISCORD_SIM_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_says_where_everything_is_and_serves_the_seed() {
    let mut seed = tempfile::NamedTempFile::new().unwrap();
    seed.write_all(
        b"{bot: {username: tester}, users: [{username: zoe}], guilds: [{name: Lab, owner: zoe, bot: '8'}]}",
    )
    .unwrap();
    let mut running = Running(
        command()
            .arg("--seed")
            .arg(seed.path())
            .args(["--token", "a-token"])
            .spawn()
            .unwrap(),
    );
    let output = BufReader::new(running.0.stdout.take().unwrap());
    let lines = tokio::task::spawn_blocking(move || {
        let lines: Vec<String> = output.lines().take(5).map(Result::unwrap).collect();
        lines
    });
    let lines = tokio::time::timeout(PATIENCE, lines).await.unwrap().unwrap();
    let value = |label: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("{label} in {lines:?}"))
            .trim()
            .to_owned()
    };
    assert_eq!(value("bot token:"), "a-token");
    assert!(value("gateway URL:").starts_with("ws://127.0.0.1:"));
    let state: serde_json::Value = reqwest::get(format!("{}/state", value("control URL:")))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state["guilds"][0]["name"], "Lab");
    let me = reqwest::Client::new()
        .get(format!("{}/users/@me", value("REST:")))
        .header("Authorization", "Bot a-token");
    assert_eq!(me.send().await.unwrap().status(), 200);
}

#[test]
fn it_refuses_what_it_should_not_do() {
    for (arguments, complaint) in [
        (["--addr", "0.0.0.0:0"], "loopback"),
        (["--seed", "/does/not/exist"], "could not read /does/not/exist"),
    ] {
        let output = command().args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(complaint), "{text}");
    }
}

#[test]
fn it_answers_permission_cases() {
    let cases = r#"[{"guild_id": "1", "owner_id": "9", "roles": [{"id": "1", "permissions": "3072"}], "member": {"id": "5"},
        "channel": {"type": 0, "permission_overwrites": [{"id": "1", "type": 0, "allow": "0", "deny": "2048"}]}}]"#;
    let mut running = command()
        .arg("permissions")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    running.stdin.take().unwrap().write_all(cases.as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        r#"[{"guild":"3072","channel":"1024"}]"#
    );
}
