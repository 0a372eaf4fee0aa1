//! `homemaid plugin ...`: the owner's acts, through the HTTP API.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::{Value, json};

use crate::arguments::PluginCommand;
use crate::client::Client;

/// How often `logs --follow` asks for new lines.
const FOLLOW: Duration = Duration::from_millis(500);

pub(crate) async fn run(command: PluginCommand, data_dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let client = Client::find(data_dir)?;
    match command {
        PluginCommand::Install {
            zip,
            guild,
            grant,
            disabled,
        } => {
            install(&client, &zip, guild, grant.as_deref(), !disabled).await?;
        }
        PluginCommand::List { json } => list(&client, json).await?,
        PluginCommand::Enable { plugin } => switch(&client, &plugin, "enable").await?,
        PluginCommand::Disable { plugin } => switch(&client, &plugin, "disable").await?,
        PluginCommand::Grant {
            plugin,
            capabilities,
            revoke,
        } => {
            grant(&client, &plugin, &capabilities, revoke).await?;
        }
        PluginCommand::Logs {
            plugin,
            follow,
            lines,
            search,
            level,
            source,
            tag,
        } => {
            let filters = [
                ("search", search),
                ("level", level),
                ("source", source),
                ("tag", tag),
            ];
            logs(&client, &plugin, follow, lines, &filters).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn install(
    client: &Client,
    zip: &Path,
    guild: Option<String>,
    grant: Option<&str>,
    enable: bool,
) -> anyhow::Result<()> {
    let bytes = tokio::fs::read(zip)
        .await
        .with_context(|| format!("could not read {}", zip.display()))?;
    let name = zip
        .file_name()
        .map_or_else(|| "plugin.zip".into(), |name| name.to_string_lossy().into_owned());
    let guild = match guild {
        Some(guild) => guild,
        None => only_guild(client).await?,
    };
    let report = client.upload(name, bytes).await?;
    for finding in report["findings"].as_array().into_iter().flatten() {
        println!("{}: {}", text(finding, "severity"), text(finding, "message"));
    }
    let capabilities = match grant {
        None => Vec::new(),
        Some("all") => names(&report["capabilities"]),
        Some(list) => list.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    let body = json!({
        "plugin": report["plugin"], "hash": report["hash"], "guild": guild,
        "capabilities": capabilities, "enable": enable,
    });
    let installed = client.post("/api/installations", Some(body)).await?;
    println!(
        "{} {} is installed, {}",
        text(&installed, "id"),
        text(&installed, "version"),
        state(&installed)
    );
    Ok(())
}

async fn list(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let all = client.get("/api/installations").await?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let rows = all.as_array().context("the appliance sent no list")?;
    if rows.is_empty() {
        println!("No plugins are installed. Install one with: homemaid plugin install PLUGIN.zip");
    }
    for row in rows {
        println!(
            "{:<40} {:<12} {}",
            text(row, "id"),
            text(row, "version"),
            state(row)
        );
        if let Some(problem) = row["problem"].as_str() {
            println!("    {problem}");
        }
        for capability in row["capabilities"].as_array().into_iter().flatten() {
            if capability["needed"] == true && capability["granted"] != true {
                println!("    needs permission: {}", text(capability, "name"));
            }
        }
    }
    Ok(())
}

async fn switch(client: &Client, plugin: &str, act: &str) -> anyhow::Result<()> {
    let id = installation(client, plugin).await?;
    let view = client
        .post(&format!("/api/installations/{id}/{act}"), None)
        .await?;
    println!("{id} is {}", state(&view));
    Ok(())
}

async fn grant(client: &Client, plugin: &str, capabilities: &str, revoke: bool) -> anyhow::Result<()> {
    let id = installation(client, plugin).await?;
    let view = client.get(&format!("/api/installations/{id}")).await?;
    let all = view["capabilities"]
        .as_array()
        .context("the appliance sent no capabilities")?;
    let mut granted: Vec<String> = all
        .iter()
        .filter(|capability| capability["granted"] == true)
        .map(|c| text(c, "name"))
        .collect();
    let named = match capabilities {
        "all" => all
            .iter()
            .filter(|c| c["requested"] == true)
            .map(|c| text(c, "name"))
            .collect(),
        list => list
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect::<Vec<_>>(),
    };
    granted.retain(|name| !named.contains(name));
    if !revoke {
        granted.extend(named);
    }
    let body = json!({ "capabilities": granted });
    let view = client
        .send(
            Method::PUT,
            &format!("/api/installations/{id}/grants"),
            Some(body),
        )
        .await?;
    let now: Vec<_> = view["capabilities"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|capability| capability["granted"] == true)
        .map(|capability| text(capability, "name"))
        .collect();
    println!(
        "{id} may now: {}",
        if now.is_empty() {
            "nothing".to_owned()
        } else {
            now.join(", ")
        }
    );
    Ok(())
}

async fn logs(
    client: &Client,
    plugin: &str,
    follow: bool,
    lines: u32,
    filters: &[(&str, Option<String>)],
) -> anyhow::Result<()> {
    let id = installation(client, plugin).await?;
    let path = format!("/api/installations/{id}/logs");
    let asked: Vec<_> = filters
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
        .collect();
    let lines = lines.to_string();
    let mut page = client
        .get_with(&path, &[&asked[..], &[("limit", lines.as_str())]].concat())
        .await?;
    let mut last = 0;
    loop {
        for line in page["lines"]
            .as_array()
            .or_else(|| page.as_array())
            .into_iter()
            .flatten()
        {
            last = line["id"].as_i64().unwrap_or(last);
            println!(
                "{} {:<7} {:<6} {}",
                text(line, "at"),
                text(line, "level"),
                text(line, "source"),
                text(line, "message")
            );
        }
        if !follow {
            return Ok(());
        }
        tokio::time::sleep(FOLLOW).await;
        let after = last.to_string();
        let rest = [("after", after.as_str()), ("limit", "1000")];
        page = client.get_with(&path, &[&asked[..], &rest].concat()).await?;
    }
}

/// Returns the installation's id for `plugin` or `plugin@guild`.
async fn installation(client: &Client, plugin: &str) -> anyhow::Result<String> {
    if plugin.contains('@') {
        return Ok(plugin.to_owned());
    }
    let all = client.get("/api/installations").await?;
    let ids: Vec<_> = all
        .as_array()
        .into_iter()
        .flatten()
        .filter(|row| row["plugin"] == plugin)
        .map(|row| text(row, "id"))
        .collect();
    match &ids[..] {
        [id] => Ok(id.clone()),
        [] => bail!("{plugin} is not installed. `homemaid plugin list` shows what is"),
        many => bail!(
            "{plugin} is installed in several guilds; name one: {}",
            many.join(", ")
        ),
    }
}

/// Returns the guild's id when there is exactly one.
async fn only_guild(client: &Client) -> anyhow::Result<String> {
    let guilds = client.get("/api/guilds").await?;
    match guilds.as_array().map(Vec::as_slice) {
        Some([guild]) => Ok(text(guild, "id")),
        Some([]) | None => bail!("the bot is in no guild yet; invite it first"),
        Some(many) => {
            let names: Vec<_> = many
                .iter()
                .map(|guild| format!("{} ({})", text(guild, "id"), text(guild, "name")))
                .collect();
            bail!(
                "the bot is in several guilds; choose one with --guild: {}",
                names.join(", ")
            )
        }
    }
}

/// Returns a worker's state in words.
fn state(view: &Value) -> String {
    view["state"]["name"]
        .as_str()
        .unwrap_or("unknown")
        .replace('_', " ")
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Returns the names in a list of strings or of objects with a `name`.
fn names(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|item| item.as_str().map_or_else(|| text(item, "name"), str::to_owned))
        .collect()
}
