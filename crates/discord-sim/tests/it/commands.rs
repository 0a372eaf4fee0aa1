//! Application commands: registering them.

use serde_json::{Value, json};

use crate::bot::Bot;

fn slash(name: &str) -> Value {
    json!({"name": name, "description": "d"})
}

#[tokio::test]
async fn guild_commands_are_created_replaced_edited_and_deleted() {
    let bot = Bot::start().await;
    let path = format!(
        "/applications/{}/guilds/{}/commands",
        bot.application(),
        bot.guild
    );
    let created = bot.post(&path, &slash("one")).await;
    assert_eq!(created.status, 201);
    let id = created.ok()["id"].as_str().unwrap().to_owned();
    let again = bot
        .post(&path, &json!({"name": "one", "description": "other"}))
        .await;
    assert_eq!(again.status, 200, "the same name replaces");
    assert_eq!(again.ok()["id"].as_str(), Some(id.as_str()));
    let edited = bot
        .patch(&format!("{path}/{id}"), &json!({"description": "third"}))
        .await
        .ok();
    assert_eq!(
        (edited["name"].as_str(), edited["description"].as_str()),
        (Some("one"), Some("third"))
    );
    assert_eq!(
        bot.get(&format!("{path}/{id}")).await.ok()["description"],
        "third"
    );
    bot.delete(&format!("{path}/{id}")).await.ok();
    bot.get(&format!("{path}/{id}")).await.fails(404, 10063);
    assert_eq!(bot.get(&path).await.ok(), json!([]));
}

#[tokio::test]
async fn a_bulk_overwrite_keeps_the_ids_of_what_stays() {
    let bot = Bot::start().await;
    let first = bot.register(&json!([slash("a"), slash("b")])).await;
    let second = bot.register(&json!([slash("b"), slash("c")])).await;
    assert_eq!(first[1], second[0], "an unchanged command keeps id and version");
    let third = bot.register(&json!([{"name": "b", "description": "new"}])).await;
    assert_eq!(third[0]["id"], first[1]["id"]);
    assert_ne!(third[0]["version"], first[1]["version"]);
}

#[tokio::test]
async fn one_illegal_command_changes_nothing() {
    let bot = Bot::start().await;
    bot.register(&json!([slash("good")])).await;
    let path = format!(
        "/applications/{}/guilds/{}/commands",
        bot.application(),
        bot.guild
    );
    let error = bot
        .put(
            &path,
            &json!([slash("fine"), {"name": "Bad Name", "description": ""}]),
        )
        .await
        .fails(400, 50035);
    assert!(error["errors"]["1"]["name"]["_errors"].is_array(), "{error}");
    assert_eq!(
        error["errors"]["1"]["description"]["_errors"][0]["code"],
        "BASE_TYPE_REQUIRED"
    );
    let error = bot
        .put(&path, &json!([slash("twice"), slash("twice")]))
        .await
        .fails(400, 50035);
    assert_eq!(
        error["errors"]["1"]["name"]["_errors"][0]["code"],
        "APPLICATION_COMMANDS_DUPLICATE_NAME"
    );
    let many: Vec<Value> = (0..101).map(|n| slash(&format!("c{n}"))).collect();
    bot.put(&path, &many.into()).await.fails(400, 30032);
    let kept = bot.get(&path).await.ok();
    assert_eq!(
        (kept.as_array().unwrap().len(), kept[0]["name"].as_str()),
        (1, Some("good"))
    );
}

#[tokio::test]
async fn other_applications_and_guilds_are_off_limits() {
    let bot = Bot::start().await;
    bot.get(&format!("/applications/42/guilds/{}/commands", bot.guild))
        .await
        .fails(403, 20012);
    bot.get(&format!("/applications/{}/guilds/42/commands", bot.application()))
        .await
        .fails(403, 50001);
    let elsewhere = bot.control.create_guild("Elsewhere", "alice", None).unwrap();
    bot.get(&format!(
        "/applications/{}/guilds/{elsewhere}/commands",
        bot.application()
    ))
    .await
    .fails(403, 50001);
}

#[tokio::test]
async fn global_commands_are_everywhere_but_a_guilds_own_come_first() {
    let bot = Bot::start().await;
    let global = format!("/applications/{}/commands", bot.application());
    bot.put(&global, &json!([slash("shared"), slash("both")]))
        .await
        .ok();
    let own = bot.register(&json!([slash("both")])).await;
    let listed = bot.control.commands(bot.guild).unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0]["id"], own[0]["id"]);
    assert_eq!(listed[1]["contexts"], Value::Null);
    assert!(listed[0].get("contexts").is_none(), "a guild's command has none");
}
