//! `homemaid backup`, `homemaid recovery-sheet` and `homemaid restore`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use homemaid_app::{Key, Lock, Offline, Passphrase, RecoverySheet, data_dir, is_sealed};
use reqwest::Method;
use serde_json::{Value, json};

use crate::arguments::{BackupArguments, RestoreArguments};
use crate::client::Client;
use crate::secrets::from_stdin;

const PROMPT: &str = "Type the passphrase, then Enter and Ctrl-D:";

pub(crate) async fn backup(options: BackupArguments, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let passphrase = options.passphrase.then(|| from_stdin(PROMPT)).transpose()?;
    if let Some(to) = options.to.as_deref().filter(|to| to.exists()) {
        bail!("{} is there already", to.display());
    }
    let made = if let Ok(client) = Client::find(dir.clone()) {
        let body = match passphrase {
            Some(text) => json!({ "passphrase": text }),
            None => json!({ "sealed": options.encrypt }),
        };
        let mut made = client.post("/api/backups", Some(body)).await?;
        if let Some(to) = &options.to {
            bring(Path::new(made["path"].as_str().unwrap_or_default()), to)?;
            made["path"] = json!(to);
        }
        made
    } else {
        let offline = Offline::open(dir.clone())?;
        let made = offline_backup(&offline, &options, passphrase, dir).await;
        offline.close().await;
        made?
    };
    if options.json {
        println!("{made}");
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{}\n{} bytes; {} files, {} rows.",
        made["path"].as_str().unwrap_or_default(),
        made["bytes"],
        made["files"],
        made["rows"]
    );
    if made["holds_secret_key"] == true {
        println!("It is sealed. Whoever opens it can read the bot token and every secret.");
    } else {
        println!(
            "The key of the secrets is not in it. Keep secret.key of the data directory somewhere else, or use --encrypt."
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn offline_backup(
    offline: &Offline,
    options: &BackupArguments,
    passphrase: Option<String>,
    dir: Option<PathBuf>,
) -> anyhow::Result<Value> {
    let lock = match passphrase {
        Some(text) => Lock::Passphrase(Passphrase::new(text)?),
        None if options.encrypt => offline
            .backup_lock()
            .await?
            .context("there is no recovery sheet yet: make one with `homemaid recovery-sheet FILE`")?,
        None => Lock::Open,
    };
    let to = if let Some(to) = &options.to {
        to.clone()
    } else {
        let folder = data_dir(dir)?.join("backups");
        fs::create_dir_all(&folder)?;
        folder.join(homemaid_app::backup_name())
    };
    Ok(serde_json::to_value(offline.backup(lock, &to).await?)?)
}

/// Moves a file, across file systems where it has to. A copy is as private as the original.
fn bring(from: &Path, to: &Path) -> anyhow::Result<()> {
    if fs::rename(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)
        .and_then(|_| fs::File::open(to)?.sync_all())
        .and_then(|()| fs::remove_file(from))
        .with_context(|| {
            format!(
                "could not move the backup from {} to {}",
                from.display(),
                to.display()
            )
        })
}

pub(crate) async fn sheet(file: &Path, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let sheet = RecoverySheet::make(file, jiff::Timestamp::now())?;
    let recipient = sheet.recipient().to_string();
    if let Ok(client) = Client::find(dir.clone()) {
        client
            .send(
                Method::PUT,
                "/api/backups/recipient",
                Some(json!({ "recipient": recipient })),
            )
            .await?;
    } else {
        let offline = Offline::open(dir)?;
        let kept = offline.set_backup_recipient(&recipient).await;
        offline.close().await;
        kept?;
    }
    println!(
        "{} is the recovery sheet. It was proved by opening something that was sealed for it.\n\
         Print it, then delete the file. Backups made with --encrypt are sealed for\n  {recipient}",
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(options: RestoreArguments, dir: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let key = key(&options)?;
    let into = options.into.clone().or(dir);
    if options.drill {
        let found = serde_json::to_value(homemaid_app::drill(&options.file, key, into).await?)?;
        let good = found["ok"] == true;
        if options.json {
            println!("{found}");
        } else if good {
            print_found(&found);
            println!("This backup can be restored.");
        } else {
            eprintln!(
                "This backup cannot be restored: {}",
                found["problem"].as_str().unwrap_or_default()
            );
        }
        return Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    if let Some(only) = &options.only {
        let id = only.parse().context("--only takes plugin@guild")?;
        let offline = Offline::open(into)?;
        let restored = offline.restore_one(&id, &options.file, key).await;
        offline.close().await;
        let view = serde_json::to_value(restored?)?;
        if options.json {
            println!("{view}");
        } else {
            println!(
                "{only} is as it was at {}: {} keys, {}, permissions: {}.",
                view["made_at"].as_str().unwrap_or_default(),
                view["keys"],
                if view["sql"] == true {
                    "with its SQL"
                } else {
                    "no SQL"
                },
                view["grants"]
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let view = serde_json::to_value(homemaid_app::restore(&options.file, key, into).await?)?;
    if options.json {
        println!("{view}");
        return Ok(ExitCode::SUCCESS);
    }
    print_found(&view["found"]);
    println!("Restored into {}.", view["into"].as_str().unwrap_or_default());
    if let Some(before) = view["before"].as_str() {
        println!("What was there is kept in {before}. Delete it when you are sure.");
    }
    Ok(ExitCode::SUCCESS)
}

fn key(options: &RestoreArguments) -> anyhow::Result<Option<Key>> {
    if let Some(sheet) = &options.sheet {
        return Ok(Some(RecoverySheet::read(sheet)?.key()));
    }
    if options.passphrase {
        return Ok(Some(Key::Passphrase(Passphrase::new(from_stdin(PROMPT)?)?)));
    }
    if is_sealed(&options.file)? {
        bail!("the backup is sealed: name the recovery sheet with --sheet, or use --passphrase");
    }
    Ok(None)
}

fn print_found(found: &Value) {
    println!(
        "Made at {} by Homemaid {}: {} databases with {} rows are whole, {} plugin versions.",
        found["made_at"].as_str().unwrap_or_default(),
        found["homemaid"].as_str().unwrap_or_default(),
        found["databases"],
        found["rows"],
        found["plugins"]
    );
    let unreadable = found["secrets_unreadable"].as_u64().unwrap_or(0);
    if unreadable > 0 {
        println!(
            "{unreadable} of {} secrets cannot be read: the key they are sealed with is not here. Put secret.key of \
             the old data directory into the new one, or set them again.",
            found["secrets"]
        );
    }
}
