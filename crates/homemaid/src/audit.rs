//! `homemaid audit ...`: what was done and by whom, through the HTTP API.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use crate::arguments::AuditCommand;
use crate::client::Client;
use crate::plugin::text;

pub(crate) async fn run(command: AuditCommand, data_dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let client = Client::find(data_dir)?;
    match command {
        AuditCommand::Verify { json } => verify(&client, json).await,
        AuditCommand::Message { id, json } => message(&client, &id, json).await,
    }
}

/// Exit code 1 when the chain is broken, so that a script need not read.
async fn verify(client: &Client, json: bool) -> anyhow::Result<ExitCode> {
    let verdict = client.get("/api/audit/verify").await?;
    let broken = &verdict["broken"];
    if json {
        println!("{verdict}");
    } else {
        for day in list(&verdict["days"]) {
            println!(
                "{} {:>8} records {} {}",
                text(day, "day"),
                text(day, "records"),
                if day["forgotten"] == true {
                    "forgotten"
                } else {
                    "kept     "
                },
                text(day, "end")
            );
        }
        if verdict["unchained"] != 0 {
            println!(
                "{} records are from before the chain",
                text(&verdict, "unchained")
            );
        }
        if broken.is_null() {
            println!(
                "All {} records are as they were written.",
                text(&verdict, "verified")
            );
        } else {
            println!(
                "BROKEN on {} at record {}: {}.",
                text(broken, "day"),
                text(broken, "record"),
                text(broken, "reason")
            );
        }
    }
    Ok(if broken.is_null() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn message(client: &Client, id: &str, json: bool) -> anyhow::Result<ExitCode> {
    let causes = client.get_with("/api/audit/causes", &[("message", id)]).await?;
    if json {
        println!("{causes}");
        return Ok(ExitCode::SUCCESS);
    }
    let causes = list(&causes);
    if causes.is_empty() {
        println!("No record touched message {id}.");
    }
    for cause in causes {
        let (record, event) = (&cause["record"], &cause["event"]);
        println!(
            "{} {} {} {} ({})",
            text(record, "at"),
            text(record, "installation"),
            text(record, "method"),
            text(record, "decision"),
            text(record, "outcome")
        );
        if !event.is_null() {
            println!(
                "    because of {} {} in channel {} by {}",
                text(event, "method"),
                text(event, "event_id"),
                text(event, "channel"),
                list(&event["members"])
                    .first()
                    .and_then(Value::as_str)
                    .unwrap_or("nobody")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
