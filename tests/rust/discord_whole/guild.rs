//! Reading the guild, its channels, roles and members.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::ledger::Ending::{NotFound, RateLimit, Validation};
use crate::messages::NOWHERE;
use crate::stage::Stage;

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    let (bob, general) = (
        stage.user("bob").to_string(),
        stage.channel("general").to_string(),
    );
    let has = |value: &Value, keys: &[&str]| {
        let missing: Vec<_> = keys.iter().filter(|key| value.get(**key).is_none()).collect();
        ensure!(missing.is_empty(), "lacks {missing:?}: {value}");
        Ok(())
    };
    let channel_keys = ["id", "name", "type", "topic", "parent_id", "position", "nsfw"];
    let member_keys = [
        "user_id",
        "username",
        "display_name",
        "nick",
        "avatar",
        "roles",
        "joined_at",
        "bot",
    ];
    stage
        .works("discord.get_guild", json!({}), |guild| {
            has(
                guild,
                &["icon", "premium_tier", "features", "owner_id", "description"],
            )?;
            ensure!(
                guild["name"] == "Maid Café" && guild["member_count"] == 4,
                "{guild}"
            );
            Ok(())
        })
        .await?;
    stage
        .works("discord.get_channel", json!({"channel_id": general}), |channel| {
            has(channel, &channel_keys)?;
            ensure!(
                channel["name"] == "general" && channel["topic"] == "Everything else",
                "{channel}"
            );
            Ok(())
        })
        .await?;
    stage
        .works("discord.list_channels", json!({}), |channels| {
            let channels = channels.as_array().map(Vec::as_slice).unwrap_or_default();
            ensure!(channels.len() == 5, "{channels:?}");
            channels
                .iter()
                .try_for_each(|channel| has(channel, &channel_keys))
        })
        .await?;
    stage
        .works("discord.list_roles", json!({}), |roles| {
            let admin = roles
                .as_array()
                .into_iter()
                .flatten()
                .find(|role| role["name"] == "Admin");
            let Some(admin) = admin else {
                anyhow::bail!("no role Admin")
            };
            has(admin, &["id", "color", "position", "managed", "mentionable"])?;
            ensure!(admin["permissions"] == "8", "a decimal string: {admin}");
            Ok(())
        })
        .await?;
    stage
        .works("discord.get_member", json!({"user_id": bob}), |member| {
            has(member, &member_keys)?;
            ensure!(
                member["username"] == "bob" && member["display_name"] == "Bob",
                "{member}"
            );
            Ok(())
        })
        .await?;
    let role = stage.world()["roles"][1]["id"].clone();
    stage
        .works("discord.list_members", json!({"role_id": role}), |members| {
            ensure!(
                members.as_array().map(Vec::len) == Some(1) && members[0]["user_id"] == bob,
                "{members}"
            );
            has(&members[0], &member_keys)
        })
        .await?;
    stage
        .works("discord.search_members", json!({"*": ["ca"]}), |members| {
            ensure!(members[0]["username"] == "carol", "{members}");
            Ok(())
        })
        .await?;

    for (method, params, says) in [
        ("discord.get_channel", json!({}), "channel_id"),
        ("discord.get_member", json!({"user_id": "bob"}), "user_id"),
        ("discord.list_members", json!({"role_id": "Admin"}), "role_id"),
        ("discord.search_members", json!({}), "query"),
    ] {
        stage.refused(Validation, method, params, says).await?;
    }
    for (method, params) in [
        ("discord.get_channel", json!({"channel_id": NOWHERE})),
        ("discord.get_member", json!({"user_id": NOWHERE})),
        ("discord.list_members", json!({"role_id": NOWHERE})),
    ] {
        stage.refused(NotFound, method, params, "404").await?;
    }
    rate_limit(stage).await
}

/// Spends what is left of the minute's sixty actions, and one more.
async fn rate_limit(stage: &Stage) -> anyhow::Result<()> {
    for _ in 0..200 {
        if let Err(refusal) = stage.rpc("discord.list_roles", json!({})).await? {
            return stage.judge(RateLimit, "discord.list_roles", &refusal, "discord 60/min");
        }
    }
    anyhow::bail!("200 actions within moments and no limit")
}
