//! `homemaid token ...` and `homemaid secrets ...`. Values come from stdin, never from the command line, where other
//! users of the machine could read them.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use homemaid_app::Offline;
use reqwest::Method;
use serde_json::{Value, json};

use crate::arguments::{SecretsCommand, TokenCommand};
use crate::client::Client;

/// Longest value read from stdin, in bytes; longer ones are no secrets of the contract.
const INPUT_BYTES: u64 = 64 << 10;

pub(crate) async fn token(command: TokenCommand, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let running = Client::find(dir.clone()).ok();
    match command {
        TokenCommand::Set => {
            let token = from_stdin("Paste the bot token, then Enter and Ctrl-D:")?;
            if let Some(client) = running {
                client
                    .send(Method::PUT, "/api/bot-token", Some(json!({ "value": token })))
                    .await?;
                println!("The bot token is stored. Restart Homemaid to use it.");
            } else {
                let offline = Offline::open(dir)?;
                offline.set_bot_token(token).await?;
                offline.close().await;
                println!("The bot token is stored. `homemaid serve` uses it.");
            }
        }
        TokenCommand::Clear => {
            if let Some(client) = running {
                drop(client.send(Method::DELETE, "/api/bot-token", None).await?);
            } else {
                let offline = Offline::open(dir)?;
                let was_there = offline.delete_bot_token().await?;
                offline.close().await;
                anyhow::ensure!(was_there, "no bot token is stored");
            }
            println!("The bot token is forgotten.");
        }
        TokenCommand::Status { json } => {
            let view = if let Some(client) = running {
                client.get("/api/bot-token").await?
            } else {
                let offline = Offline::open(dir)?;
                let view = serde_json::to_value(offline.bot_token().await?)?;
                offline.close().await;
                view
            };
            if json {
                println!("{view}");
            } else if view["stored"] != true {
                println!("No bot token is stored. Store one with: homemaid token set");
            } else if view["readable"] != true {
                println!(
                    "A bot token is stored, but the key it is sealed with is not here. Set it again: homemaid token set"
                );
            } else {
                println!(
                    "A bot token is stored, set at {}.",
                    view["set_at"].as_str().unwrap_or("an unknown time")
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn secrets(command: SecretsCommand, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    match command {
        SecretsCommand::RotateKey => {
            let change = if let Ok(client) = Client::find(dir.clone()) {
                client.post("/api/secrets/rotate-key", None).await?
            } else {
                let offline = Offline::open(dir)?;
                let change = serde_json::to_value(offline.rotate_secret_key().await?)?;
                offline.close().await;
                change
            };
            println!(
                "{} secrets are sealed with the new key {}. Backups made before need the old key.",
                change["secrets"],
                change["key"].as_str().unwrap_or_default()
            );
        }
        SecretsCommand::NewKey => print!("{}", homemaid_app::new_key_file().as_str()),
        SecretsCommand::List { plugin, json } => {
            let list = Client::find(dir)?
                .get(&format!("/api/plugins/{plugin}/secrets"))
                .await?;
            if json {
                println!("{list}");
            } else {
                print_list(&list);
            }
        }
        SecretsCommand::Set { plugin, name } => {
            let value = from_stdin("Type the value, then Enter and Ctrl-D:")?;
            Client::find(dir)?
                .send(
                    Method::PUT,
                    &path(&plugin, &name),
                    Some(json!({ "value": value })),
                )
                .await?;
            println!("{name} is set for {plugin}.");
        }
        SecretsCommand::Delete { plugin, name } => {
            Client::find(dir)?
                .send(Method::DELETE, &path(&plugin, &name), None)
                .await?;
            println!("{name} is gone from {plugin}.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `plugin@guild` has a value of its own; a plugin alone has the default for all guilds.
fn path(plugin: &str, name: &str) -> String {
    let kind = if plugin.contains('@') {
        "installations"
    } else {
        "plugins"
    };
    format!("/api/{kind}/{plugin}/secrets/{name}")
}

fn print_list(list: &Value) {
    let rows = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        println!("No secrets are set.");
    }
    for row in rows {
        println!(
            "{:<32} {:<22} {}{}",
            row["name"].as_str().unwrap_or_default(),
            row["guild"].as_str().unwrap_or("every other guild"),
            row["set_at"].as_str().unwrap_or_default(),
            if row["readable"] == true {
                ""
            } else {
                "  cannot be read: set it again"
            }
        );
    }
}

/// Reads a value; the line break at its end is not part of it.
pub(crate) fn from_stdin(prompt: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("{prompt}");
    }
    let mut text = String::new();
    std::io::stdin()
        .take(INPUT_BYTES)
        .read_to_string(&mut text)
        .context("could not read the value from stdin")?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    anyhow::ensure!(!text.is_empty(), "nothing came on stdin");
    Ok(text)
}
