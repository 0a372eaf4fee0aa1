//! Interactions: commands, components and modals, answered in every way and refused where they must be.

use anyhow::{Context as _, bail, ensure};
use discord_sim::Snowflake;
use homemaid_protocol::EventType;
use serde_json::{Value, json};

use crate::ledger::Ending::{Validation, Works};
use crate::stage::{Stage, form};

const KEYS: &[&str] = &[
    "interaction_id",
    "interaction_type",
    "type",
    "guild_id",
    "channel_id",
    "user_id",
    "user_name",
    "user_username",
    "username",
    "user_display_name",
    "display_name",
    "user_avatar",
    "permissions",
    "app_permissions",
    "member",
    "locale",
    "guild_locale",
    "command_name",
    "options",
    "command_options",
    "resolved",
    "custom_id",
    "component_type",
    "values",
    "modal_values",
    "message_id",
    "message",
];

pub(crate) async fn run(stage: &Stage) -> anyhow::Result<()> {
    responding(stage).await?;
    deferring(stage).await?;
    button_and_modal(stage).await?;
    select(stage).await?;
    shapes(stage).await
}

/// Lets Bob run `/probe` with a plan, and returns the interaction and what each step gave.
async fn probe(
    stage: &Stage,
    steps: &[(&str, Value)],
) -> anyhow::Result<(Snowflake, Vec<Result<Value, crate::stage::Refusal>>)> {
    let (numbers, plan) = plan(stage, steps);
    let option = json!({"name": "plan", "value": plan.to_string()});
    let interaction = stage.host.slash("bob", "probe", &[option])?;
    Ok((interaction, results(stage, &numbers).await?))
}

fn plan(stage: &Stage, steps: &[(&str, Value)]) -> (Vec<u64>, Value) {
    let numbers: Vec<u64> = steps.iter().map(|_| stage.number()).collect();
    let steps = steps
        .iter()
        .zip(&numbers)
        .map(|((method, args), number)| json!({"n": number, "call": method, "args": args}));
    let plan = Value::Array(steps.collect());
    (numbers, plan)
}

async fn results(
    stage: &Stage,
    numbers: &[u64],
) -> anyhow::Result<Vec<Result<Value, crate::stage::Refusal>>> {
    let mut found = Vec::new();
    for number in numbers {
        found.push(stage.result(*number).await?);
    }
    Ok(found)
}

/// Tells the plugin what to do with the next component or modal of this id.
async fn prepare(stage: &Stage, custom_id: &str, steps: &[(&str, Value)]) -> anyhow::Result<Vec<u64>> {
    let (numbers, plan) = plan(stage, steps);
    let told = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    stage
        .host
        .post("alice", &format!("!plan {}", json!({custom_id: plan})))?;
    stage
        .host
        .logged(&stage.id, |line| line == format!("planned {told}"))
        .await?;
    Ok(numbers)
}

fn worked(
    stage: &Stage,
    method: &str,
    result: &Result<Value, crate::stage::Refusal>,
) -> anyhow::Result<Value> {
    match result {
        Ok(value) => {
            stage.ledger.call(method, Works);
            Ok(value.clone())
        }
        Err(refusal) => bail!("{method} was refused: {refusal:?}"),
    }
}

fn refused(
    stage: &Stage,
    method: &str,
    result: &Result<Value, crate::stage::Refusal>,
    says: &str,
) -> anyhow::Result<()> {
    match result {
        Err(refusal) => stage.judge(Validation, method, refusal, says),
        Ok(value) => bail!("{method} was not refused: {value}"),
    }
}

async fn responding(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general");
    let since = stage.host.now();
    let hidden = json!({"content": "only you", "ephemeral": true});
    let open = json!({"content": "all of you", "embeds": [{"title": "E"}]});
    let (_, results) = probe(
        stage,
        &[
            ("interaction.respond", hidden),
            ("interaction.respond", json!({"content": "again"})),
            ("interaction.defer", json!({})),
            (
                "interaction.send_modal",
                json!({"title": "T", "custom_id": "m", "fields": []}),
            ),
            ("interaction.followup", open),
        ],
    )
    .await?;
    worked(stage, "interaction.respond", &results[0])?;
    refused(stage, "interaction.respond", &results[1], "")?;
    refused(stage, "interaction.defer", &results[2], "")?;
    refused(stage, "interaction.send_modal", &results[3], "")?;
    let follow = worked(stage, "interaction.followup", &results[4])?;
    ensure!(
        stage.message(general, &follow["message_id"], "carol")?["embeds"][0]["title"] == "E",
        "a follow-up is for all"
    );
    let said = stage
        .host
        .said(since, |message| message["content"] == "only you")
        .await?;
    ensure!(
        stage.message(general, &said["id"], "carol").is_err()
            && stage.message(general, &said["id"], "bob").is_ok(),
        "an ephemeral answer is for Bob alone"
    );
    let lost = stage
        .rpc(
            "interaction.followup",
            json!({"_interaction_id": "1042000000000009999", "content": "x"}),
        )
        .await?;
    refused(stage, "interaction.followup", &lost, "")?;
    Ok(())
}

async fn deferring(stage: &Stage) -> anyhow::Result<()> {
    let since = stage.host.now();
    let (_, results) = probe(
        stage,
        &[
            ("interaction.defer", json!({})),
            ("interaction.respond", json!({"content": "after a while"})),
        ],
    )
    .await?;
    worked(stage, "interaction.defer", &results[0])?;
    worked(stage, "interaction.respond", &results[1])?;
    let filled = stage
        .host
        .said(since, |message| message["content"] == "after a while")
        .await?;
    ensure!(
        filled["flags"].as_u64().unwrap_or(0) & 128 == 0,
        "it is not loading any more: {filled}"
    );
    Ok(())
}

async fn button_and_modal(stage: &Stage) -> anyhow::Result<()> {
    let general = stage.channel("general");
    let row =
        json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "Sign", "custom_id": "sign"}]});
    let since = stage.host.now();
    let (_, results) = probe(
        stage,
        &[(
            "interaction.respond",
            json!({"content": "press", "components": [row]}),
        )],
    )
    .await?;
    worked(stage, "interaction.respond", &results[0])?;
    let shown = stage
        .host
        .said(since, |message| message["content"] == "press")
        .await?;

    let field = json!({"type": 4, "custom_id": "note", "label": "Note", "style": 1, "required": true});
    let opened = prepare(
        stage,
        "sign",
        &[("interaction.send_modal", json!({"title": "Guest book", "custom_id": "book", "fields": [{"type": 1, "components": [field]}]}))],
    )
    .await?;
    let pressed = stage.host.press("bob", &shown, "sign")?;
    worked(stage, "interaction.send_modal", &stage.result(opened[0]).await?)?;
    let event = stage
        .event(
            EventType::InteractionCreate,
            |event| event["custom_id"] == "sign",
            KEYS,
        )
        .await?;
    ensure!(
        event["interaction_type"] == 3
            && event["component_type"] == 2
            && event["message_id"] == shown["id"]
            && event["message"]["content"] == "press",
        "{event}"
    );

    let filled = prepare(
        stage,
        "book",
        &[
            (
                "interaction.respond",
                json!({"content": "signed", "update_message": true}),
            ),
            ("interaction.respond", json!({"content": "signed"})),
        ],
    )
    .await?;
    stage
        .host
        .fill("bob", pressed, &form(json!({"note": "Lovely tea"})))
        .await?;
    refused(stage, "interaction.respond", &stage.result(filled[0]).await?, "")?;
    worked(stage, "interaction.respond", &stage.result(filled[1]).await?)?;
    let event = stage
        .event(
            EventType::InteractionCreate,
            |event| event["custom_id"] == "book",
            KEYS,
        )
        .await?;
    ensure!(
        event["interaction_type"] == 5
            && event["modal_values"] == json!({"note": "Lovely tea"})
            && event["message_id"] == shown["id"],
        "{event}"
    );

    let updated = prepare(
        stage,
        "sign",
        &[(
            "interaction.respond",
            json!({"content": "closed", "components": [], "update_message": true}),
        )],
    )
    .await?;
    stage.host.press("bob", &shown, "sign")?;
    worked(stage, "interaction.respond", &stage.result(updated[0]).await?)?;
    let now = stage.message(general, &shown["id"], "bob")?;
    ensure!(
        now["content"] == "closed" && now["components"] == json!([]),
        "the message itself changed: {now}"
    );
    Ok(())
}

async fn select(stage: &Stage) -> anyhow::Result<()> {
    let menus = json!([
        {"type": 1, "components": [{"type": 3, "custom_id": "dish", "options": [{"label": "Tea", "value": "tea"}, {"label": "Cake", "value": "cake"}], "max_values": 2}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "guest"}]},
    ]);
    let since = stage.host.now();
    let (_, results) = probe(
        stage,
        &[(
            "interaction.respond",
            json!({"content": "choose", "components": menus}),
        )],
    )
    .await?;
    worked(stage, "interaction.respond", &results[0])?;
    let shown = stage
        .host
        .said(since, |message| message["content"] == "choose")
        .await?;
    let id: Snowflake = shown["id"].as_str().context("an id")?.parse()?;
    let carol = stage.user("carol").to_string();
    for (custom_id, values) in [
        ("dish", vec!["tea".to_owned(), "cake".to_owned()]),
        ("guest", vec![carol.clone()]),
    ] {
        let numbers = prepare(stage, custom_id, &[("interaction.defer", json!({}))]).await?;
        stage
            .control()
            .use_component(stage.channel("general"), id, "bob", custom_id, &values)?;
        worked(stage, "interaction.defer", &stage.result(numbers[0]).await?)?;
        let event = stage
            .event(
                EventType::InteractionCreate,
                |event| event["custom_id"] == custom_id,
                KEYS,
            )
            .await?;
        ensure!(event["values"] == json!(values), "{event}");
        if custom_id == "guest" {
            ensure!(
                event["component_type"] == 5 && event["resolved"]["users"][&carol]["username"] == "carol",
                "{event}"
            );
        }
    }
    Ok(())
}

/// Every kind of option arrives in the contract's shape.
async fn shapes(stage: &Stage) -> anyhow::Result<()> {
    let (bob, general) = (
        stage.user("bob").to_string(),
        stage.channel("general").to_string(),
    );
    let world = stage.world();
    let role = &world["roles"][1]["id"];
    let leaves = json!([
        {"name": "text", "type": 3, "value": "hi"}, {"name": "count", "type": 4, "value": 3},
        {"name": "sure", "type": 5, "value": true}, {"name": "who", "type": 6, "value": bob},
        {"name": "where", "type": 7, "value": general}, {"name": "rank", "type": 8, "value": role},
        {"name": "either", "type": 9, "value": role}, {"name": "ratio", "type": 10, "value": 0.5},
    ]);
    let options = [json!({"name": "of", "options": [{"name": "options", "options": leaves}]})];
    stage.host.slash("bob", "shape", &options)?;
    let event = stage
        .event(
            EventType::InteractionCreate,
            |event| event["command_name"] == "shape",
            KEYS,
        )
        .await?;
    let group = &event["options"][0];
    ensure!(
        group["name"] == "of" && group["type"] == 2 && group["options"][0]["type"] == 1,
        "{event}"
    );
    ensure!(
        group["options"][0]["options"] == leaves,
        "every leaf as it was given: {event}"
    );
    ensure!(
        event["command_options"] == "the same",
        "both keys, the same list: {event}"
    );
    let resolved = &event["resolved"];
    ensure!(
        resolved["users"][&bob]["username"] == "bob"
            && resolved["channels"][&general]["name"] == "general"
            && resolved["roles"][role.as_str().unwrap_or_default()]["name"] == "Member",
        "{resolved}"
    );
    ensure!(event.get("token").is_none(), "the host keeps the token");
    Ok(())
}
