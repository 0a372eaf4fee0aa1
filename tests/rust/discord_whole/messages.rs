//! Messages, reactions and pins.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::ledger::Ending::{NotFound, Validation};
use crate::stage::Stage;

/// An id of nothing.
pub(crate) const NOWHERE: &str = "1042000000000009999";

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    sending(stage).await?;
    marking(stage).await?;
    deleting(stage).await?;
    refusals(stage).await
}

async fn sending(stage: &Stage) -> anyhow::Result<()> {
    let spam = stage.channel("bot-spam");
    let button =
        json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "Tea", "custom_id": "tea"}]});
    let args = json!({
        "channel_id": spam.to_string(), "content": format!("hello <@{}> @everyone", stage.user("bob")),
        "embeds": [{"title": "T", "fields": [{"name": "a", "value": "b"}]}], "components": [button],
        "files": [{"filename": "a.txt", "data_b64": "aGVsbG8="}],
    });
    let sent = stage
        .works("discord.send_message", args, |sent| {
            let seen = stage.message(spam, &sent["message_id"], "bob")?;
            ensure!(seen["embeds"][0]["fields"][0]["value"] == "b", "no embed: {seen}");
            ensure!(seen["components"][0]["components"][0]["custom_id"] == "tea");
            ensure!(seen["attachments"][0]["size"] == 5, "no file: {seen}");
            ensure!(
                seen["mentions"] == json!([]) && seen["mention_everyone"] == false,
                "nothing pings unless asked: {seen}"
            );
            Ok(())
        })
        .await?;
    let args = json!({"channel_id": spam.to_string(), "content": format!("ping <@{}> @everyone", stage.user("bob")),
        "allowed_mentions": {"parse": ["users", "everyone"]}});
    stage
        .works("discord.send_message", args, |sent| {
            let seen = stage.message(spam, &sent["message_id"], "bob")?;
            ensure!(
                seen["mentions"][0]["username"] == "bob" && seen["mention_everyone"] == false,
                "{seen}"
            );
            Ok(())
        })
        .await?;
    let long = json!({"channel_id": spam.to_string(), "content": "@repeat:x:2001"});
    stage
        .works("discord.send_message", long, |sent| {
            let seen = stage.message(spam, &sent["message_id"], "bob")?;
            ensure!(
                seen["content"].as_str().map(str::len) == Some(2000),
                "cut, not refused: {seen}"
            );
            Ok(())
        })
        .await?;
    let edit = json!({"channel_id": spam.to_string(), "message_id": sent["message_id"], "content": "changed", "components": []});
    stage
        .works("discord.edit_message", edit, |_| {
            let seen = stage.message(spam, &sent["message_id"], "bob")?;
            ensure!(
                seen["content"] == "changed" && seen["components"] == json!([]),
                "{seen}"
            );
            ensure!(
                seen["embeds"][0]["title"] == "T",
                "what is not given stays: {seen}"
            );
            Ok(())
        })
        .await?;
    Ok(())
}

async fn marking(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general");
    let posted = stage.host.post("bob", "look at me")?;
    let at = |more: Value| {
        let mut args = json!({"channel_id": general.to_string(), "message_id": posted["id"]});
        for (key, value) in more.as_object().into_iter().flatten() {
            args[key] = value.clone();
        }
        args
    };
    stage
        .works("discord.add_reaction", at(json!({"emoji": "🎉"})), |_| {
            let seen = stage.message(general, &posted["id"], "bob")?;
            ensure!(seen["reactions"][0]["emoji"]["name"] == "🎉", "{seen}");
            Ok(())
        })
        .await?;
    stage
        .works("discord.pin_message", at(json!({})), |_| {
            ensure!(stage.message(general, &posted["id"], "bob")?["pinned"] == true);
            Ok(())
        })
        .await?;
    stage
        .works(
            "discord.get_messages",
            json!({"channel_id": general.to_string(), "limit": 20}),
            |messages| {
                let own = messages
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|message| message["id"] == posted["id"]);
                let Some(own) = own else {
                    anyhow::bail!("the message is not in the history")
                };
                ensure!(
                    own["pinned"] == true
                        && own["author_username"] == "bob"
                        && own["attachments"] == 0
                        && own["embeds"] == 0,
                    "{own}"
                );
                Ok(())
            },
        )
        .await?;
    stage
        .works("discord.unpin_message", at(json!({})), |_| {
            ensure!(stage.message(general, &posted["id"], "bob")?["pinned"] == false);
            Ok(())
        })
        .await?;
    Ok(())
}

async fn deleting(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general");
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(stage.host.post("bob", text)?["id"].clone());
    }
    let gone = |id: &Value| {
        ensure!(
            stage.message(general, id, "bob").is_err(),
            "message {id} is still there"
        );
        Ok(())
    };
    let one = json!({"channel_id": general.to_string(), "message_id": ids[0]});
    stage
        .works("discord.delete_message", one, |_| gone(&ids[0]))
        .await?;
    let two = json!({"channel_id": general.to_string(), "message_ids": [ids[1], ids[2]]});
    stage
        .works("discord.bulk_delete_messages", two, |_| {
            gone(&ids[1])?;
            gone(&ids[2])
        })
        .await?;
    Ok(())
}

async fn refusals(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general").to_string();
    let posted = stage.host.post("bob", "a message")?["id"].clone();
    for (method, params, says) in [
        ("discord.send_message", json!({"channel_id": general}), "content"),
        (
            "discord.send_message",
            json!({"channel_id": "", "content": "x"}),
            "channel_id",
        ),
        (
            "discord.send_message",
            json!({"channel_id": general, "files": [{"filename": "a", "data_b64": "?"}]}),
            "files",
        ),
        (
            "discord.edit_message",
            json!({"channel_id": general, "content": "x"}),
            "message_id",
        ),
        (
            "discord.delete_message",
            json!({"channel_id": general, "message_id": "x"}),
            "message_id",
        ),
        (
            "discord.bulk_delete_messages",
            json!({"channel_id": general, "message_ids": []}),
            "message_ids",
        ),
        (
            "discord.add_reaction",
            json!({"channel_id": general, "message_id": posted, "emoji": "smile"}),
            "emoji",
        ),
        ("discord.pin_message", json!({"message_id": posted}), "channel_id"),
        (
            "discord.unpin_message",
            json!({"channel_id": general}),
            "message_id",
        ),
        ("discord.get_messages", json!({}), "channel_id"),
    ] {
        stage.refused(Validation, method, params, says).await?;
    }
    for (method, params) in [
        (
            "discord.send_message",
            json!({"channel_id": NOWHERE, "content": "x"}),
        ),
        (
            "discord.edit_message",
            json!({"channel_id": general, "message_id": NOWHERE, "content": "x"}),
        ),
        (
            "discord.delete_message",
            json!({"channel_id": general, "message_id": NOWHERE}),
        ),
        (
            "discord.bulk_delete_messages",
            json!({"channel_id": NOWHERE, "message_ids": [posted, NOWHERE]}),
        ),
        (
            "discord.add_reaction",
            json!({"channel_id": general, "message_id": NOWHERE, "emoji": "🎉"}),
        ),
        (
            "discord.pin_message",
            json!({"channel_id": general, "message_id": NOWHERE}),
        ),
        (
            "discord.unpin_message",
            json!({"channel_id": general, "message_id": NOWHERE}),
        ),
        ("discord.get_messages", json!({"channel_id": NOWHERE})),
    ] {
        stage.refused(NotFound, method, params, "404").await?;
    }
    Ok(())
}
