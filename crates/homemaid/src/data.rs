//! `homemaid export` and `homemaid person ...`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use crate::arguments::{ExportArguments, PersonCommand};
use crate::client::Client;

pub(crate) async fn export(options: ExportArguments, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let client = Client::find(dir)?;
    std::fs::create_dir_all(&options.to)
        .with_context(|| format!("could not create {}", options.to.display()))?;
    for format in ["json", "csv"] {
        let to = options.to.join(format!("kv.{format}"));
        let path = format!("/api/installations/{}/export/kv?format={format}", options.plugin);
        client.download(&path, &to).await?;
        println!("{}", to.display());
    }
    Ok(ExitCode::SUCCESS)
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
