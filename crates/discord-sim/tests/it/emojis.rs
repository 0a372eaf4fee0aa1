//! A guild's own emojis, and reactions with them.

use discord_sim::Permissions;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

/// Discord looks at pictures no closer than this.
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

#[tokio::test]
async fn emojis_are_made_used_changed_and_deleted() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/guilds/{}/emojis", bot.guild);
    for bad in [
        json!({}),
        json!({"name": "x", "image": PNG}),
        json!({"name": "two words", "image": PNG}),
        json!({"name": "maid", "image": "no picture"}),
        json!({"name": "maid", "image": format!("data:image/png;base64,{}", "AAAA".repeat(90_000))}),
        json!({"name": "maid", "image": PNG, "roles": ["42"]}),
    ] {
        bot.post(&path, &bad).await.fails(400, 50035);
    }
    let reply = bot.post(&path, &json!({"name": "maid", "image": PNG})).await;
    assert_eq!(reply.status, 201);
    let emoji = reply.ok();
    let id = emoji["id"].as_str().unwrap();
    assert_eq!(emoji["user"]["id"], json!(bot.bot_id()));
    assert_eq!(
        gateway.event("GUILD_EMOJIS_UPDATE").await["emojis"][0]["name"],
        "maid"
    );
    let one = format!("{path}/{id}");
    assert_eq!(
        bot.patch(&one, &json!({"name": "butler"})).await.ok()["name"],
        "butler"
    );
    assert_eq!(bot.get(&path).await.ok()[0]["name"], "butler");
    assert_eq!(
        bot.get(&format!("/guilds/{}", bot.guild)).await.ok()["emojis"][0]["id"],
        emoji["id"]
    );
    let message = bot.say("react to me").await;
    let reactions = format!("/channels/{}/messages/{message}/reactions", bot.general);
    bot.put(&format!("{reactions}/butler:{id}/@me"), &json!({}))
        .await
        .ok();
    let seen = gateway.event("MESSAGE_REACTION_ADD").await;
    assert_eq!(seen["emoji"], json!({"id": id, "name": "butler"}));
    bot.put(&format!("{reactions}/ghost:42/@me"), &json!({}))
        .await
        .fails(400, 10014);
    bot.delete(&format!("{reactions}/butler:{id}")).await.ok();
    assert_eq!(
        gateway.event("MESSAGE_REACTION_REMOVE_EMOJI").await["emoji"]["id"].as_str(),
        Some(id)
    );
    bot.delete(&one).await.ok();
    assert_eq!(gateway.event("GUILD_EMOJIS_UPDATE").await["emojis"], json!([]));
    bot.get(&one).await.fails(404, 10014);
}

#[tokio::test]
async fn emojis_need_their_permissions() {
    let bot = Bot::powerful().await;
    let path = format!("/guilds/{}/emojis", bot.guild);
    let body = json!({"name": "maid", "image": PNG});
    let emoji = bot.post(&path, &body).await.ok();
    let one = format!("{path}/{}", emoji["id"].as_str().unwrap());
    bot.may_not(Permissions::MANAGE_GUILD_EXPRESSIONS);
    bot.patch(&one, &json!({"name": "mine"})).await.ok();
    bot.may_not(Permissions::MANAGE_GUILD_EXPRESSIONS | Permissions::CREATE_GUILD_EXPRESSIONS);
    bot.post(&path, &body).await.fails(403, 50013);
    bot.delete(&one).await.fails(403, 50013);
    assert_eq!(bot.get(&one).await.ok()["user"], Value::Null);
}
