//! Webhooks: made, listed, changed, executed, and their messages.

use discord_sim::Permissions;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap().to_owned()
}

async fn hook(bot: &Bot) -> (Value, String) {
    let path = format!("/channels/{}/webhooks", bot.general);
    let hook = bot.post(&path, &json!({"name": "Butler"})).await.ok();
    let by_token = format!("/webhooks/{}/{}", text(&hook, "id"), text(&hook, "token"));
    (hook, by_token)
}

#[tokio::test]
async fn webhooks_are_made_listed_changed_and_deleted() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/channels/{}/webhooks", bot.general);
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "Clyde"}),
        json!({"name": "my discord"}),
        json!({"name": "x".repeat(81)}),
        json!({"name": "x", "avatar": "nonsense"}),
    ] {
        bot.post(&path, &bad).await.fails(400, 50035);
    }
    let (hook, by_token) = hook(&bot).await;
    assert_eq!(
        (
            hook["application_id"].as_str(),
            hook["user"]["id"].clone(),
            hook["type"].as_i64()
        ),
        (Some(bot.application().as_str()), json!(bot.bot_id()), Some(1))
    );
    assert_eq!(
        gateway.event("WEBHOOKS_UPDATE").await,
        json!({"guild_id": bot.guild, "channel_id": bot.general})
    );
    let by_id = format!("/webhooks/{}", text(&hook, "id"));
    for list in [path.clone(), format!("/guilds/{}/webhooks", bot.guild)] {
        assert_eq!(bot.get(&list).await.ok()[0]["id"], hook["id"]);
    }
    assert_eq!(bot.get(&by_id).await.ok()["name"], "Butler");
    let anonymous = bot.send(Client::new().get(bot.url(&by_token))).await.ok();
    assert_eq!(
        (anonymous["name"].as_str(), &anonymous["user"]),
        (Some("Butler"), &Value::Null)
    );
    let welcome = bot.control.channel_named(bot.guild, "welcome").unwrap();
    let moved = bot
        .patch(&by_id, &json!({"name": "Valet", "channel_id": welcome}))
        .await
        .ok();
    assert_eq!(
        (moved["name"].as_str(), moved["channel_id"].clone()),
        (Some("Valet"), json!(welcome))
    );
    let stays = bot
        .patch(&by_token, &json!({"channel_id": bot.general}))
        .await
        .ok();
    assert_eq!(stays["channel_id"], json!(welcome), "a token moves nothing");
    bot.get(&format!("/webhooks/{}/wrong", text(&hook, "id")))
        .await
        .fails(401, 50027);
    bot.get("/webhooks/42").await.fails(404, 10015);
    bot.may_not(Permissions::MANAGE_WEBHOOKS);
    bot.get(&by_id).await.fails(403, 50013);
    bot.post(&path, &json!({"name": "x"})).await.fails(403, 50013);
    bot.delete(&by_token).await.ok();
    bot.get(&by_token).await.fails(404, 10015);
}

#[tokio::test]
async fn a_channel_takes_fifteen() {
    let bot = Bot::powerful().await;
    for _ in 0..15 {
        hook(&bot).await;
    }
    bot.post(
        &format!("/channels/{}/webhooks", bot.general),
        &json!({"name": "one more"}),
    )
    .await
    .fails(400, 30007);
}

#[tokio::test]
async fn an_executed_webhook_speaks_under_its_own_name() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let (hook, path) = hook(&bot).await;
    let quiet = bot.post(&path, &json!({"content": "no answer wanted"})).await;
    assert_eq!(quiet.status, 204);
    let heard = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (
            heard["webhook_id"].clone(),
            heard["author"]["username"].as_str(),
            heard.get("member")
        ),
        (hook["id"].clone(), Some("Butler"), None)
    );
    let waiting = format!("{path}?wait=true");
    let body = json!({"content": "hi @everyone", "username": "Guest", "avatar_url": "https://example.org/a.png",
        "embeds": [{"title": "T"}], "allowed_mentions": {"parse": []},
        "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]});
    let message = bot.post(&waiting, &body).await.ok();
    assert_eq!(
        (
            message["author"]["username"].as_str(),
            message["author"]["bot"].as_bool(),
            message["mention_everyone"].as_bool()
        ),
        (Some("Guest"), Some(true), Some(false))
    );
    assert_eq!(message["components"][0]["components"][0]["custom_id"], "go");
    let one = format!("{path}/messages/{}", text(&message, "id"));
    assert_eq!(bot.get(&one).await.ok()["content"], "hi @everyone");
    assert_eq!(
        bot.patch(&one, &json!({"content": "bye"})).await.ok()["content"],
        "bye"
    );
    bot.delete(&one).await.ok();
    bot.get(&one).await.fails(404, 10008);
    let own = bot.say("not the webhook's").await;
    bot.patch(&format!("{path}/messages/{own}"), &json!({"content": "x"}))
        .await
        .fails(404, 10008);
    bot.get(&format!("{path}/messages/@original"))
        .await
        .fails(404, 10008);
    bot.post(&waiting, &json!({})).await.fails(400, 50006);
    bot.post(&waiting, &json!({"content": "x", "username": "Discord"}))
        .await
        .fails(400, 50035);
    let form = Form::new()
        .text("payload_json", json!({"content": "with a file"}).to_string())
        .part("files[0]", Part::bytes(b"hi".to_vec()).file_name("a.txt"));
    let sent = bot
        .send(bot.request(Method::POST, &waiting).multipart(form))
        .await
        .ok();
    assert_eq!(sent["attachments"][0]["filename"], "a.txt");
}

#[tokio::test]
async fn webhooks_reach_threads_and_forums() {
    let bot = Bot::powerful().await;
    let (_, path) = hook(&bot).await;
    let thread = bot
        .post(
            &format!("/channels/{}/threads", bot.general),
            &json!({"name": "t", "type": 11}),
        )
        .await
        .ok();
    let thread = text(&thread, "id");
    let in_thread = format!("{path}?wait=true&thread_id={thread}");
    let message = bot.post(&in_thread, &json!({"content": "in there"})).await.ok();
    assert_eq!(message["channel_id"].as_str(), Some(thread.as_str()));
    let one = format!("{path}/messages/{}", text(&message, "id"));
    bot.get(&one).await.fails(404, 10008);
    bot.get(&format!("{one}?thread_id={thread}")).await.ok();
    bot.post(&format!("{path}?thread_id=42"), &json!({"content": "x"}))
        .await
        .fails(404, 10003);
    bot.post(&path, &json!({"content": "x", "thread_name": "n"}))
        .await
        .fails(400, 220_003);

    let forum = bot.channel(&json!({"name": "forum", "type": 15})).await;
    let made = bot
        .post(&format!("{forum}/webhooks"), &json!({"name": "Poster"}))
        .await
        .ok();
    let path = format!("/webhooks/{}/{}", text(&made, "id"), text(&made, "token"));
    bot.post(&path, &json!({"content": "x"}))
        .await
        .fails(400, 220_001);
    let post = json!({"content": "first", "thread_name": "A post"});
    let first = bot.post(&format!("{path}?wait=true"), &post).await.ok();
    assert_eq!(first["channel_id"], first["id"]);
    bot.post(&format!("{path}?thread_id={}", text(&first, "id")), &post)
        .await
        .fails(400, 220_002);
}

#[tokio::test]
async fn news_reach_those_who_follow() {
    let bot = Bot::powerful().await;
    let news = bot.channel(&json!({"name": "news", "type": 5})).await;
    let follow = json!({"webhook_channel_id": bot.general});
    bot.post(&format!("/channels/{}/followers", bot.general), &follow)
        .await
        .fails(400, 50024);
    bot.post(&format!("{news}/followers"), &json!({}))
        .await
        .fails(400, 50035);
    let followed = bot.post(&format!("{news}/followers"), &follow).await.ok();
    let hooks = bot.get(&format!("/channels/{}/webhooks", bot.general)).await.ok();
    assert_eq!(
        (hooks[0]["id"].clone(), hooks[0]["type"].as_i64()),
        (followed["webhook_id"].clone(), Some(2))
    );
    let message = bot
        .post(&format!("{news}/messages"), &json!({"content": "extra!"}))
        .await
        .ok();
    let cross = format!("{news}/messages/{}/crosspost", text(&message, "id"));
    assert_eq!(bot.post(&cross, &json!({})).await.ok()["flags"], 1);
    bot.post(&cross, &json!({})).await.fails(400, 40033);
    let arrived = bot.get(&format!("/channels/{}/messages", bot.general)).await.ok();
    assert_eq!(
        (
            arrived[0]["content"].as_str(),
            arrived[0]["flags"].as_i64(),
            arrived[0]["message_reference"]["message_id"].clone()
        ),
        (Some("extra!"), Some(2), message["id"].clone())
    );
    let plain = bot.say("no news").await;
    bot.post(
        &format!("/channels/{}/messages/{plain}/crosspost", bot.general),
        &json!({}),
    )
    .await
    .fails(400, 50024);
}
