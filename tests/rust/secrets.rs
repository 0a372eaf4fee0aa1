//! Secrets in a whole house: what is planted is found nowhere but where it belongs.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;

use homemaid_testkit::{ServeProcess, binary, zipped};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// What the owner plants; the plugin's own one is put together in the plugin.
const TOKEN: &str = "MTk4-token-canary-1a2b3c4d.Gh5.7_zxy";
const DEFAULT: &str = "default-canary-5e6f7a8b";
const OWNERS: &str = "guild-canary-9c0d1e2f";
const OWN: &str = "plugin-canary-9f8e7d6c5b4a";

/// Runs the command on a data directory with something on stdin.
async fn command(data: &Path, arguments: &[&str], input: &str) -> anyhow::Result<(bool, String)> {
    let mut child = Command::new(binary("homemaid"))
        .args(arguments)
        .arg("--data-dir")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let text = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

/// Everything a canary could look like.
fn shapes(secret: &str) -> Vec<Vec<u8>> {
    let hex = hex(secret);
    let mut shapes = vec![
        secret.as_bytes().to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    // In base64 a text looks different at each of the three places it can begin; the ends depend on its neighbours.
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let whole = base64(&bytes);
        let from = [0, 2, 3][before];
        shapes.push(whole[from..whole.len() - 4].to_vec());
    }
    shapes
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for part in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |sum, at| {
            sum << 8 | usize::from(part.get(at).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            text.push(DIGITS[number >> (18 - 6 * digit) & 63]);
        }
    }
    text
}

/// Names every place in `bytes` where a canary is.
fn hits(what: &str, bytes: &[u8], found: &mut Vec<String>) {
    // Base64 in its two alphabets.
    let plain: Vec<u8> = bytes
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    for secret in [TOKEN, DEFAULT, OWNERS, OWN] {
        for shape in shapes(secret) {
            let is_in = |bytes: &[u8]| bytes.windows(shape.len()).any(|window| window == shape);
            if is_in(bytes) || is_in(&plain) {
                let at = bytes
                    .windows(shape.len())
                    .position(|window| window == shape)
                    .unwrap_or(0);
                let around = &bytes[at.saturating_sub(80)..at];
                found.push(format!(
                    "{secret} as {} in {what}, after {}",
                    String::from_utf8_lossy(&shape),
                    String::from_utf8_lossy(around)
                ));
            }
        }
    }
}

fn search(dir: &Path, found: &mut Vec<String>) -> anyhow::Result<usize> {
    let mut files = 0;
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            files += search(&path, found)?;
        } else if path.is_file() {
            hits(&path.display().to_string(), &std::fs::read(&path)?, found);
            files += 1;
        }
    }
    Ok(files)
}

#[test]
fn the_search_finds_a_canary_in_every_shape() {
    for text in [
        format!("say {OWN}!"),
        format!("{:?}", hex(OWN)),
        String::from_utf8(base64(format!("a{OWN}bc").as_bytes())).expect("base64"),
        String::from_utf8(base64(format!("ab{TOKEN}").as_bytes())).expect("base64"),
        String::from_utf8(base64(format!("{DEFAULT}c").as_bytes())).expect("base64"),
    ] {
        let mut found = Vec::new();
        hits("here", text.as_bytes(), &mut found);
        assert!(!found.is_empty(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (data, log) = (dir.path().join("data"), dir.path().join("log"));
    let mut answers = Vec::new();

    // The token before anything runs, and refused ones that hold it.
    let (ok, said) = command(&data, &["token", "set"], &format!("{TOKEN}\n")).await?;
    assert!(ok, "{said}");
    answers.push(said);
    let (ok, said) = command(&data, &["token", "set"], &format!("{TOKEN} {TOKEN}\n")).await?;
    assert!(!ok && said.contains("not a bot token"), "{said}");
    answers.push(said);

    let host = ServeProcess::start_logged(&data, &["-vvv"], &log).await?;
    let mut live = host.live("/api/events").await?;
    let zip = zipped("secret_keeper", dir.path()).await?;
    let zip = zip.to_string_lossy();
    let (ok, said) = command(
        &data,
        &["plugin", "install", &zip, "--grant", "all", "--disabled"],
        "",
    )
    .await?;
    assert!(ok, "{said}");
    let all = host.send(Method::GET, "/api/installations", None).await?;
    let id = all[0]["id"].as_str().expect("an id").to_owned();

    // The owner's secrets, right and wrong.
    let (ok, said) = command(&data, &["secrets", "set", "secret_keeper", "owner_key"], DEFAULT).await?;
    assert!(ok, "{said}");
    answers.push(said);
    let (ok, said) = command(&data, &["secrets", "set", &id, "owner_key"], OWNERS).await?;
    assert!(ok, "{said}");
    answers.push(said);
    for (method, path, body) in [
        (
            Method::PUT,
            "/api/plugins/secret_keeper/secrets/a%20b".to_owned(),
            json!({"value": DEFAULT}),
        ),
        (
            Method::PUT,
            "/api/plugins/secret_keeper/secrets/x".to_owned(),
            json!({"value": [DEFAULT]}),
        ),
        (
            Method::PUT,
            "/api/plugins/secret_keeper/secrets/x".to_owned(),
            json!(DEFAULT),
        ),
        (
            Method::PUT,
            "/api/plugins/nobody/secrets/x".to_owned(),
            json!({"value": DEFAULT}),
        ),
        (
            Method::PUT,
            format!("/api/installations/{id}/secrets/x"),
            json!({"value": OWNERS.repeat(400)}),
        ),
        (
            Method::PUT,
            "/api/bot-token".to_owned(),
            json!({"value": format!("{TOKEN}\u{7}")}),
        ),
        (Method::PUT, "/api/bot-token".to_owned(), json!({"token": TOKEN})),
    ] {
        let (status, answer) = host.ask(method, &path, Some(body)).await?;
        assert!((400..500).contains(&status), "{path}: {status} {answer}");
        answers.push(answer);
    }

    // The worker uses them.
    let (ok, said) = command(&data, &["plugin", "enable", &id], "").await?;
    assert!(ok, "{said}");
    let mut lines = String::new();
    while !lines.contains("checked, ") {
        let chunk = live.chunk().await?.expect("the stream goes on");
        lines.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(lines.contains("checked, 10 refused"), "{lines}");
    let owners = sha256(OWNERS).await?;
    assert!(
        lines.contains(&format!("owner_key {owners}")),
        "the guild's own value goes before the default"
    );
    answers.push(lines);

    let (ok, said) = command(&data, &["secrets", "rotate-key"], "").await?;
    assert!(ok && said.contains("4 secrets"), "{said}");
    let listed = host
        .send(Method::GET, "/api/plugins/secret_keeper/secrets", None)
        .await?;
    let names: Vec<_> = listed
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            (
                row["name"].as_str(),
                row["guild"].is_null(),
                row["readable"] == true,
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            (Some("owner_key"), true, true),
            (Some("own"), false, true),
            (Some("owner_key"), false, true)
        ]
    );

    answers.extend(everything_the_api_says(&host, &id).await?);
    // A backup that everybody can read, unpacked, and an export: both are searched with the rest.
    let (backup, export) = (dir.path().join("house.backup"), dir.path().join("export"));
    for arguments in [
        ["backup", "--to", &backup.to_string_lossy(), "--json"],
        ["export", &id, "--to", &export.to_string_lossy()],
    ] {
        let (ok, said) = command(&data, &arguments, "").await?;
        assert!(ok, "{said}");
        answers.push(said);
    }
    let unpacked = Command::new("zstd")
        .args(["-q", "-d", "-o"])
        .args([&dir.path().join("backup.tar"), &backup])
        .status()
        .await?;
    assert!(unpacked.success(), "the backup is zstd inside");
    host.stop().await?;

    let mut found = Vec::new();
    let files = search(dir.path(), &mut found)?;
    assert!(files > 10, "the data directory and the log were searched");
    assert!(
        std::fs::metadata(&log)?.len() > 10_000,
        "the log is at trace level"
    );
    for answer in &answers {
        hits("an answer", answer.as_bytes(), &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// Asks for everything the API's own description says can be read.
async fn everything_the_api_says(host: &ServeProcess, id: &str) -> anyhow::Result<Vec<String>> {
    let description = host.send(Method::GET, "/api/openapi.json", None).await?;
    let paths = description["paths"].as_object().expect("paths");
    let mut answers = Vec::new();
    for (path, operations) in paths {
        let streams = path.ends_with("/events") || path.ends_with("/timeline/live");
        if operations.get("get").is_none() || streams {
            continue;
        }
        let path = path.replace("{id}", id).replace("{plugin}", "secret_keeper");
        let asked = host.ask(Method::GET, &path, None);
        // A stream the description does not give away never ends; its beginning was read live.
        if let Ok(answer) = tokio::time::timeout(std::time::Duration::from_secs(20), asked).await {
            answers.push(answer?.1);
        }
    }
    anyhow::ensure!(answers.len() > 10, "the API says more than that");
    Ok(answers)
}

/// Hashes as the plugin does.
async fn sha256(text: &str) -> anyhow::Result<String> {
    let output = Command::new("python3")
        .args([
            "-c",
            "import hashlib, sys; print(hashlib.sha256(sys.argv[1].encode()).hexdigest())",
            text,
        ])
        .output()
        .await?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_stored_told_of_and_forgotten() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    let status = async |stored: bool| -> anyhow::Result<()> {
        let (ok, said) = command(&data, &["token", "status", "--json"], "").await?;
        let view: Value = serde_json::from_str(&said)?;
        assert!(
            ok && view["stored"] == stored && view["readable"] == stored,
            "{said}"
        );
        Ok(())
    };
    status(false).await?;
    let (ok, said) = command(&data, &["token", "clear"], "").await?;
    assert!(!ok && said.contains("no bot token is stored"), "{said}");
    let (ok, said) = command(&data, &["token", "set"], "").await?;
    assert!(!ok && said.contains("nothing came on stdin"), "{said}");
    command(&data, &["token", "set"], TOKEN).await?;
    status(true).await?;
    let (ok, said) = command(&data, &["secrets", "rotate-key"], "").await?;
    assert!(ok && said.starts_with("1 secrets"), "{said}");
    status(true).await?;

    // The same through the API of a house that runs.
    let host = ServeProcess::start(&data, &[]).await?;
    status(true).await?;
    let (ok, said) = command(&data, &["token", "clear"], "").await?;
    assert!(ok, "{said}");
    status(false).await?;
    let (ok, said) = command(&data, &["token", "set"], TOKEN).await?;
    assert!(ok && said.contains("Restart"), "{said}");
    host.stop().await?;
    status(true).await
}
