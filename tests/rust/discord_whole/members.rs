//! Members: roles, nicknames, time-outs, kicks and bans.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::ledger::Ending::{NotFound, Validation};
use crate::messages::NOWHERE;
use crate::stage::{Stage, form};

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    for name in ["dora", "emil", "fred", "gina"] {
        stage.control().add_member(stage.guild(), name, None, false)?;
    }
    let role = stage
        .control()
        .create_role(stage.guild(), &form(json!({"name": "Guest"})))?["id"]
        .clone();
    roles(stage, &role).await?;
    words_and_silence(stage).await?;
    removal(stage).await?;
    refusals(stage, &role).await
}

fn member(stage: &Stage, name: &str) -> anyhow::Result<Value> {
    stage
        .find("members", &json!(stage.user(name).to_string()))
        .with_context(|| format!("{name} is no member"))
}

fn wears(stage: &Stage, name: &str, role: &Value) -> anyhow::Result<bool> {
    Ok(member(stage, name)?["roles"]
        .as_array()
        .is_some_and(|roles| roles.contains(role)))
}

async fn roles(stage: &Stage, role: &Value) -> anyhow::Result<()> {
    let dora = stage.user("dora").to_string();
    let both = json!([dora, stage.user("emil").to_string(), NOWHERE]);
    let one = json!({"user_id": dora, "role_id": role, "reason": "a guest"});
    stage
        .works("discord.add_role", one.clone(), |_| {
            ensure!(wears(stage, "dora", role)?, "dora has no role");
            Ok(())
        })
        .await?;
    stage
        .works("discord.remove_role", one, |_| {
            ensure!(!wears(stage, "dora", role)?, "dora still has the role");
            Ok(())
        })
        .await?;
    let many = json!({"user_ids": both, "role_id": role});
    let partial = |result: &Value| {
        ensure!(result["success"] == 2 && result["failed"] == 1, "{result}");
        ensure!(
            result["errors"][0]["user_id"] == NOWHERE,
            "the one that failed is named: {result}"
        );
        Ok(())
    };
    stage
        .works("discord.add_role_bulk", many.clone(), |result| {
            ensure!(
                wears(stage, "dora", role)? && wears(stage, "emil", role)?,
                "not both have it"
            );
            partial(result)
        })
        .await?;
    stage
        .works("discord.remove_role_bulk", many, |result| {
            ensure!(
                !wears(stage, "dora", role)? && !wears(stage, "emil", role)?,
                "one still has it"
            );
            partial(result)
        })
        .await?;
    Ok(())
}

async fn words_and_silence(stage: &Stage) -> anyhow::Result<()> {
    let dora = stage.user("dora").to_string();
    stage
        .works(
            "discord.set_nickname",
            json!({"user_id": dora, "nickname": "Dodo"}),
            |_| {
                ensure!(member(stage, "dora")?["nick"] == "Dodo");
                Ok(())
            },
        )
        .await?;
    stage
        .works("discord.set_nickname", json!({"user_id": dora}), |_| {
            ensure!(member(stage, "dora")?["nick"].is_null(), "null resets");
            Ok(())
        })
        .await?;
    let silent = |name: &str| anyhow::Ok(member(stage, name)?["communication_disabled_until"].is_string());
    stage
        .works(
            "discord.timeout_member",
            json!({"user_id": dora, "duration_seconds": 600, "reason": "loud"}),
            |_| {
                ensure!(silent("dora")?, "dora may still speak");
                Ok(())
            },
        )
        .await?;
    stage
        .works(
            "discord.timeout_member",
            json!({"user_id": dora, "duration_seconds": 0}),
            |_| {
                ensure!(!silent("dora")?, "0 clears");
                Ok(())
            },
        )
        .await?;
    let args = json!({"user_ids": [dora, stage.user("emil").to_string()], "duration_seconds": 60});
    stage
        .works("discord.timeout_bulk", args, |result| {
            ensure!(result["success"] == 2 && silent("emil")?, "{result}");
            Ok(())
        })
        .await?;
    Ok(())
}

async fn removal(stage: &Stage) -> anyhow::Result<()> {
    let id = |name: &str| stage.user(name).to_string();
    let gone = |name: &str| {
        ensure!(member(stage, name).is_err(), "{name} is still there");
        Ok(())
    };
    stage
        .works(
            "discord.kick_member",
            json!({"user_id": id("dora"), "reason": "asked to"}),
            |_| gone("dora"),
        )
        .await?;
    stage
        .works(
            "discord.kick_bulk",
            json!({"user_ids": [id("emil"), id("fred")]}),
            |result| {
                gone("emil")?;
                gone("fred")?;
                ensure!(result["success"] == 2, "{result}");
                Ok(())
            },
        )
        .await?;
    let gina = id("gina");
    stage
        .works(
            "discord.ban_member",
            json!({"user_id": gina, "reason": "spam", "delete_message_seconds": 60}),
            |_| gone("gina"),
        )
        .await?;
    stage
        .works("discord.unban_member", json!({"user_id": gina}), |_| {
            ensure!(
                stage.control().unban(stage.guild(), "gina").is_err(),
                "she was still banned"
            );
            Ok(())
        })
        .await?;
    Ok(())
}

async fn refusals(stage: &Stage, role: &Value) -> anyhow::Result<()> {
    let bob = stage.user("bob").to_string();
    let many: Vec<String> = (0..26)
        .map(|n| (1_042_000_000_000_001_000_u64 + n).to_string())
        .collect();
    for (method, params, says) in [
        ("discord.add_role", json!({"user_id": bob}), "role_id"),
        ("discord.remove_role", json!({"role_id": role}), "user_id"),
        (
            "discord.add_role_bulk",
            json!({"user_ids": many, "role_id": role}),
            "25",
        ),
        (
            "discord.remove_role_bulk",
            json!({"user_ids": [], "role_id": role}),
            "user_ids",
        ),
        (
            "discord.timeout_member",
            json!({"user_id": bob}),
            "duration_seconds",
        ),
        (
            "discord.timeout_bulk",
            json!({"user_ids": many, "duration_seconds": 60}),
            "25",
        ),
        ("discord.set_nickname", json!({"nickname": "x"}), "user_id"),
        ("discord.kick_member", json!({"user_id": ""}), "user_id"),
        ("discord.kick_bulk", json!({"user_ids": "bob"}), "user_ids"),
        ("discord.ban_member", json!({}), "user_id"),
        ("discord.unban_member", json!({"user_id": "x"}), "user_id"),
    ] {
        stage.refused(Validation, method, params, says).await?;
    }
    for (method, params) in [
        ("discord.add_role", json!({"user_id": bob, "role_id": NOWHERE})),
        (
            "discord.remove_role",
            json!({"user_id": NOWHERE, "role_id": role}),
        ),
        (
            "discord.add_role_bulk",
            json!({"user_ids": [bob], "role_id": NOWHERE}),
        ),
        (
            "discord.remove_role_bulk",
            json!({"user_ids": [bob], "role_id": NOWHERE}),
        ),
        (
            "discord.timeout_member",
            json!({"user_id": NOWHERE, "duration_seconds": 60}),
        ),
        (
            "discord.set_nickname",
            json!({"user_id": NOWHERE, "nickname": "x"}),
        ),
        ("discord.kick_member", json!({"user_id": NOWHERE})),
        ("discord.ban_member", json!({"user_id": NOWHERE})),
        ("discord.unban_member", json!({"user_id": bob})),
    ] {
        stage.refused(NotFound, method, params, "404").await?;
    }
    Ok(())
}
