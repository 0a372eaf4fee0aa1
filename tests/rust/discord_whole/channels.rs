//! Channels, overwrites, threads and webhooks.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::ledger::Ending::{NotFound, Validation};
use crate::messages::NOWHERE;
use crate::stage::Stage;

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    let made = channels(stage).await?;
    threads(stage).await?;
    webhooks(stage).await?;
    refusals(stage).await?;
    stage
        .works("discord.delete_channel", json!({"channel_id": made}), |_| {
            ensure!(
                stage.find("channels", &made).is_none(),
                "the channel is still there"
            );
            Ok(())
        })
        .await?;
    Ok(())
}

async fn channels(stage: &Stage) -> anyhow::Result<Value> {
    let parlour = stage.channel("Parlour").to_string();
    let args = json!({"name": "tea-room", "category_id": parlour, "topic": "Tea"});
    let made = stage
        .works("discord.create_channel", args, |made| {
            let seen = stage.find("channels", &made["id"]).context("no such channel")?;
            ensure!(seen["topic"] == "Tea" && seen["parent_id"] == parlour, "{seen}");
            ensure!(
                made["name"] == "tea-room" && made["type"] == 0 && made["ok"] == true,
                "{made}"
            );
            Ok(())
        })
        .await?["id"]
        .clone();
    stage
        .works(
            "discord.edit_channel",
            json!({"channel_id": made, "name": "cake-room", "topic": "Cake"}),
            |_| {
                let seen = stage.find("channels", &made).context("no such channel")?;
                ensure!(seen["name"] == "cake-room" && seen["topic"] == "Cake", "{seen}");
                Ok(())
            },
        )
        .await?;
    let (bob, overwrite) = (stage.user("bob").to_string(), |channel: &Value| {
        let seen = stage.find("channels", channel).unwrap_or_default();
        seen["permission_overwrites"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| entry["id"] == stage.user("bob").to_string())
            .cloned()
    });
    // View the channel (1024), and administrate (8), which no plugin may hand out.
    let args =
        json!({"channel_id": made, "target_id": bob, "allow": "1032", "deny": "2048", "target_type": 1});
    stage
        .works("discord.set_channel_permissions", args, |_| {
            let entry = overwrite(&made).context("no overwrite")?;
            ensure!(
                entry["allow"] == "1024" && entry["deny"] == "2048" && entry["type"] == 1,
                "{entry}"
            );
            Ok(())
        })
        .await?;
    let args = json!({"channel_id": made, "target_id": bob});
    stage
        .works("discord.delete_channel_permission", args, |_| {
            ensure!(overwrite(&made).is_none(), "the overwrite is still there");
            Ok(())
        })
        .await?;
    Ok(made)
}

async fn threads(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general").to_string();
    let thread = stage
        .works(
            "discord.create_thread",
            json!({"channel_id": general, "name": "cakes"}),
            |thread| {
                let seen = stage.find("threads", &thread["id"]).context("no such thread")?;
                ensure!(seen["parent_id"] == general && seen["type"] == 11, "{seen}");
                ensure!(
                    thread["archived"] == false && thread["name"] == "cakes",
                    "{thread}"
                );
                Ok(())
            },
        )
        .await?["id"]
        .clone();
    let args = json!({"thread_id": thread, "name": "pies", "archived": true, "locked": true});
    stage
        .works("discord.edit_thread", args, |_| {
            let seen = stage.find("threads", &thread).context("no such thread")?;
            ensure!(
                seen["name"] == "pies" && seen["thread_metadata"]["locked"] == true,
                "{seen}"
            );
            Ok(())
        })
        .await?;
    Ok(())
}

async fn webhooks(stage: &Stage) -> anyhow::Result<()> {
    let spam = stage.channel("bot-spam");
    let hook = stage
        .works(
            "discord.create_webhook",
            json!({"channel_id": spam.to_string(), "name": "Parrot"}),
            |hook| {
                ensure!(
                    hook["channel_id"] == spam.to_string() && hook["token"].is_string(),
                    "{hook}"
                );
                Ok(())
            },
        )
        .await?;
    let args = json!({"webhook_id": hook["id"], "webhook_token": hook["token"], "content": "squawk", "username": "Polly"});
    stage
        .works("discord.execute_webhook", args, |sent| {
            let seen = stage.message(spam, &sent["message_id"], "bob")?;
            ensure!(
                seen["content"] == "squawk" && seen["author"]["username"] == "Polly",
                "{seen}"
            );
            Ok(())
        })
        .await?;
    let args = json!({"webhook_id": hook["id"]});
    stage.works("discord.delete_webhook", args, |_| Ok(())).await?;
    let again = json!({"webhook_id": hook["id"], "webhook_token": hook["token"], "content": "squawk"});
    stage
        .refused(NotFound, "discord.execute_webhook", again, "404")
        .await?;
    Ok(())
}

async fn refusals(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general").to_string();
    let bob = stage.user("bob").to_string();
    for (method, params, says) in [
        ("discord.create_channel", json!({"name": ""}), "name"),
        (
            "discord.create_channel",
            json!({"name": "x", "channel_type": 1}),
            "channel_type",
        ),
        ("discord.edit_channel", json!({"name": "x"}), "channel_id"),
        (
            "discord.delete_channel",
            json!({"channel_id": "general"}),
            "channel_id",
        ),
        (
            "discord.set_channel_permissions",
            json!({"channel_id": general, "target_id": bob, "allow": "x"}),
            "allow",
        ),
        (
            "discord.delete_channel_permission",
            json!({"channel_id": general}),
            "target_id",
        ),
        ("discord.create_thread", json!({"channel_id": general}), "name"),
        ("discord.edit_thread", json!({"thread_id": "x"}), "thread_id"),
        ("discord.create_webhook", json!({"channel_id": general}), "name"),
        (
            "discord.execute_webhook",
            json!({"webhook_id": NOWHERE, "content": "x"}),
            "webhook_token",
        ),
        ("discord.delete_webhook", json!({}), "webhook_id"),
    ] {
        stage.refused(Validation, method, params, says).await?;
    }
    for (method, params) in [
        (
            "discord.create_channel",
            json!({"name": "x", "category_id": NOWHERE}),
        ),
        (
            "discord.edit_channel",
            json!({"channel_id": NOWHERE, "name": "x"}),
        ),
        ("discord.delete_channel", json!({"channel_id": NOWHERE})),
        (
            "discord.set_channel_permissions",
            json!({"channel_id": NOWHERE, "target_id": bob, "allow": "0", "target_type": 1}),
        ),
        (
            "discord.delete_channel_permission",
            json!({"channel_id": NOWHERE, "target_id": bob}),
        ),
        (
            "discord.create_thread",
            json!({"channel_id": NOWHERE, "name": "x"}),
        ),
        ("discord.edit_thread", json!({"thread_id": NOWHERE, "name": "x"})),
        (
            "discord.create_webhook",
            json!({"channel_id": NOWHERE, "name": "x"}),
        ),
        ("discord.delete_webhook", json!({"webhook_id": NOWHERE})),
    ] {
        stage.refused(NotFound, method, params, "404").await?;
    }
    Ok(())
}
