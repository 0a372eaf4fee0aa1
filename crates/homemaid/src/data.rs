//! `homemaid export` and `homemaid person ...`.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::arguments::{ExportArguments, PersonCommand};
use crate::client::Client;

pub(crate) async fn export(options: ExportArguments, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let client = Client::find(dir)?;
    std::fs::create_dir_all(&options.to)
        .with_context(|| format!("could not create {}", options.to.display()))?;
    let home = format!("/api/installations/{}", options.plugin);
    let mut parts = vec![("kv".to_owned(), "kv".to_owned())];
    let tables = client.get(&format!("{home}/sql")).await?;
    for table in tables["tables"].as_array().into_iter().flatten() {
        let name = table["name"].as_str().unwrap_or_default();
        parts.push((format!("sql/{}", encoded(name)), format!("sql-{}", plain(name))));
    }
    for (part, file) in parts {
        for format in ["json", "csv"] {
            let to = options.to.join(format!("{file}.{format}"));
            client
                .download(&format!("{home}/export/{part}?format={format}"), &to)
                .await?;
            println!("{}", to.display());
        }
    }
    let to = options.to.join("metrics.json");
    let metrics = metrics(&client, &home).await?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&to)
        .with_context(|| format!("could not create {}", to.display()))?;
    file.write_all(format!("{metrics:#}\n").as_bytes())?;
    println!("{}", to.display());
    Ok(ExitCode::SUCCESS)
}

/// Returns every metric by its name with the sums of each of the last 90 days.
async fn metrics(client: &Client, home: &str) -> anyhow::Result<Value> {
    let mut all = Map::new();
    let known = client.get(&format!("{home}/metrics")).await?;
    for metric in known.as_array().into_iter().flatten() {
        let name = metric["name"].as_str().unwrap_or_default();
        let days = client
            .get(&format!("{home}/metrics/{}?period=90d", encoded(name)))
            .await?;
        all.insert(name.to_owned(), days);
    }
    Ok(Value::Object(all))
}

/// Returns a name as one part of an address.
fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Returns a name as part of a file's name; a table may be called anything.
fn plain(name: &str) -> String {
    name.chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() || one == '_' {
                one
            } else {
                '-'
            }
        })
        .collect()
}

pub(crate) async fn person(command: PersonCommand, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let client = Client::find(dir)?;
    match command {
        PersonCommand::Show { user, json } => {
            let view = client.get(&format!("/api/people/{user}")).await?;
            if json {
                println!("{}", serde_json::to_string_pretty(&view)?);
                return Ok(ExitCode::SUCCESS);
            }
            for mention in view["mentions"].as_array().into_iter().flatten() {
                let text = |field: &str| mention[field].as_str().unwrap_or_default().to_owned();
                println!(
                    "{:<7} {:<5} {}  {}  {}",
                    text("erase"),
                    text("place"),
                    text("installation"),
                    text("name"),
                    mention["content"]
                );
            }
            println!(
                "{} places mention {user}. To take the person out of them: homemaid person erase {user} --found {}",
                view["found"], view["found"]
            );
            for limit in view["limits"].as_array().into_iter().flatten() {
                println!("Note: {}", limit.as_str().unwrap_or_default());
            }
        }
        PersonCommand::Erase { user, found } => {
            let erased = client
                .post(
                    &format!("/api/people/{user}/erase"),
                    Some(json!({ "found": found })),
                )
                .await?;
            println!(
                "Erased: {} rows of stored data, {} log lines; blanked in {} records of the audit.",
                erased["kv"], erased["logs"], erased["audit"]
            );
            for limit in erased["limits"].as_array().into_iter().flatten() {
                println!("Note: {}", limit.as_str().unwrap_or_default());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
