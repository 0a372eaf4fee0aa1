//! Invites: made, found, listed, ended.

use std::time::Duration;

use discord_sim::Permissions;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

#[tokio::test]
async fn invites_live_as_long_as_they_say() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/channels/{}/invites", bot.general);
    bot.post(&path, &json!({"max_age": 604_801}))
        .await
        .fails(400, 50035);
    let invite = bot.post(&path, &json!({"max_age": 60, "max_uses": 2})).await.ok();
    let code = invite["code"].as_str().unwrap();
    let event = gateway.event("INVITE_CREATE").await;
    assert_eq!(
        (event["code"].as_str(), event["max_age"].as_i64()),
        (Some(code), Some(60))
    );
    let same = bot.post(&path, &json!({"max_age": 60, "max_uses": 2})).await.ok();
    assert_eq!(same["code"], invite["code"], "one of the same kind is still good");
    let other = bot
        .post(&path, &json!({"max_age": 60, "max_uses": 2, "unique": true}))
        .await
        .ok();
    assert_ne!(other["code"], invite["code"]);
    let shown = bot.get(&format!("/invites/{code}?with_counts=true")).await.ok();
    assert_eq!(
        (
            shown["guild"]["name"].as_str(),
            shown["approximate_member_count"].as_u64(),
            &shown["uses"]
        ),
        (Some("Maid Café"), Some(4), &Value::Null)
    );
    for list in [path.clone(), format!("/guilds/{}/invites", bot.guild)] {
        assert_eq!(bot.get(&list).await.ok().as_array().unwrap().len(), 2);
    }
    bot.delete(&format!("/invites/{code}")).await.ok();
    assert_eq!(gateway.event("INVITE_DELETE").await["code"].as_str(), Some(code));
    bot.get(&format!("/invites/{code}")).await.fails(404, 10006);
    bot.control.clock().advance(Duration::from_secs(61));
    assert_eq!(bot.get(&path).await.ok(), json!([]));
}

#[tokio::test]
async fn invites_need_their_permissions() {
    let bot = Bot::powerful().await;
    let path = format!("/channels/{}/invites", bot.general);
    let code = bot.post(&path, &json!({})).await.ok()["code"]
        .as_str()
        .unwrap()
        .to_owned();
    bot.may_not(
        Permissions::CREATE_INSTANT_INVITE | Permissions::MANAGE_CHANNELS | Permissions::MANAGE_GUILD,
    );
    bot.post(&path, &json!({})).await.fails(403, 50013);
    bot.get(&path).await.fails(403, 50013);
    bot.get(&format!("/guilds/{}/invites", bot.guild))
        .await
        .fails(403, 50013);
    bot.delete(&format!("/invites/{code}")).await.fails(403, 50013);
    bot.get(&format!("/invites/{code}")).await.ok();
    bot.may(Permissions::ALL & !Permissions::ADMINISTRATOR);
    let parlour = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    bot.post(&format!("/channels/{parlour}/invites"), &json!({}))
        .await
        .fails(400, 50024);
}
