//! Messages and reactions over REST.

use std::time::Duration;

use discord_sim::Permissions;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

#[tokio::test]
async fn a_message_is_sent_edited_listed_and_deleted() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/channels/{}/messages", bot.general);
    let embed =
        json!({"title": "T", "description": "D", "fields": [{"name": "n", "value": "v", "inline": true}]});
    let button =
        json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]});
    let body =
        json!({"content": "hello", "embeds": [embed], "components": [button], "nonce": "n-1", "tts": false});
    let sent = bot.post(&path, &body).await.ok();
    assert_eq!(
        (sent["embeds"][0]["type"].as_str(), sent["nonce"].as_str()),
        (Some("rich"), Some("n-1"))
    );
    let event = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (event["guild_id"].as_str(), event["nonce"].as_str()),
        (Some(bot.guild.to_string().as_str()), Some("n-1"))
    );
    assert!(event["member"]["roles"].is_array());
    let id = sent["id"].as_str().unwrap();

    let edited = bot
        .patch(
            &format!("{path}/{id}"),
            &json!({"content": "bye", "components": []}),
        )
        .await
        .ok();
    assert_eq!(
        (
            edited["content"].as_str(),
            edited["components"].as_array().unwrap().len()
        ),
        (Some("bye"), 0)
    );
    assert_eq!(
        edited["embeds"].as_array().unwrap().len(),
        1,
        "what is not said stays"
    );
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(gateway.event("MESSAGE_UPDATE").await["content"], "bye");

    let listed = bot.get(&format!("{path}?limit=10")).await.ok();
    assert_eq!(listed[0]["id"], id);
    assert_eq!(bot.get(&format!("{path}/{id}")).await.ok()["content"], "bye");
    bot.delete(&format!("{path}/{id}")).await.ok();
    let gone = gateway.event("MESSAGE_DELETE").await;
    assert_eq!(
        (gone["id"].as_str(), gone["channel_id"].as_str()),
        (Some(id), Some(bot.general.to_string().as_str()))
    );
    bot.get(&format!("{path}/{id}")).await.fails(404, 10008);
}

#[tokio::test]
async fn pages_run_both_ways() {
    let bot = Bot::start().await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(bot.say(&format!("{n}")).await);
    }
    let page = async |query: &str| -> Vec<String> {
        let list = bot
            .get(&format!("/channels/{}/messages?{query}", bot.general))
            .await
            .ok();
        list.as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(page("limit=2").await, ["5", "4"]);
    assert_eq!(page(&format!("limit=2&before={}", ids[3])).await, ["2", "1"]);
    assert_eq!(
        page(&format!("limit=2&after={}", ids[1])).await,
        ["3", "2"],
        "the oldest ones after it, newest first"
    );
    assert_eq!(page(&format!("limit=3&around={}", ids[2])).await, ["3", "2", "1"]);
    bot.get(&format!("/channels/{}/messages?limit=101", bot.general))
        .await
        .fails(400, 50035);
}

#[tokio::test]
async fn files_come_with_the_message_and_can_be_fetched() {
    let bot = Bot::start().await;
    let payload = json!({"content": "look", "embeds": [{"title": "x", "image": {"url": "attachment://a_b.png"}}],
        "attachments": [{"id": 0, "description": "a picture", "filename": "a_b.png"}]});
    let form = Form::new().text("payload_json", payload.to_string()).part(
        "files[0]",
        Part::bytes(vec![7; 1_000])
            .file_name("a b.png")
            .mime_str("image/png")
            .unwrap(),
    );
    let path = format!("/channels/{}/messages", bot.general);
    let sent = bot
        .send(bot.request(Method::POST, &path).multipart(form))
        .await
        .ok();
    let file = &sent["attachments"][0];
    assert_eq!(
        (file["filename"].as_str(), file["size"].as_u64()),
        (Some("a_b.png"), Some(1_000))
    );
    assert_eq!(
        (file["description"].as_str(), file["content_type"].as_str()),
        (Some("a picture"), Some("image/png"))
    );
    let bytes = reqwest::get(file["url"].as_str().unwrap())
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(bytes.len(), 1_000);
    assert_eq!(file.get("flags"), None);
    let hidden = Form::new().part("files[0]", Part::bytes(vec![7]).file_name("SPOILER_a.png"));
    let hidden = bot
        .send(bot.request(Method::POST, &path).multipart(hidden))
        .await
        .ok();
    assert_eq!(
        hidden["attachments"][0]["flags"], 8,
        "a spoiler is told by its flag"
    );
    // An edit that names no attachment removes it.
    let id = sent["id"].as_str().unwrap();
    let edited = bot
        .patch(&format!("{path}/{id}"), &json!({"attachments": []}))
        .await
        .ok();
    assert_eq!(edited["attachments"], json!([]));
}

#[tokio::test]
async fn replies_know_what_they_answer() {
    let bot = Bot::start().await;
    let asked = bot
        .control
        .post_message(bot.general, "alice", "question", None)
        .unwrap();
    let path = format!("/channels/{}/messages", bot.general);
    let reply = json!({"content": "answer", "message_reference": {"message_id": asked["id"]}});
    let sent = bot.post(&path, &reply).await.ok();
    assert_eq!(
        (
            sent["type"].as_i64(),
            sent["referenced_message"]["content"].as_str()
        ),
        (Some(19), Some("question"))
    );
    assert_eq!(sent["mentions"][0]["username"], "alice");
    let quiet = json!({"content": "answer", "message_reference": {"message_id": asked["id"]},
        "allowed_mentions": {"parse": [], "replied_user": false}});
    assert_eq!(bot.post(&path, &quiet).await.ok()["mentions"], json!([]));
    let unknown = json!({"content": "x", "message_reference": {"message_id": "42"}});
    let error = bot.post(&path, &unknown).await.fails(400, 50035);
    assert_eq!(
        error["errors"]["message_reference"]["_errors"][0]["code"],
        "REPLIES_UNKNOWN_MESSAGE"
    );
    let lenient =
        json!({"content": "x", "message_reference": {"message_id": "42", "fail_if_not_exists": false}});
    assert_eq!(bot.post(&path, &lenient).await.ok()["type"], 0);
}

#[tokio::test]
async fn mentions_ping_whom_they_may() {
    let bot = Bot::start().await;
    let (alice, path) = (
        bot.control.user("alice").unwrap(),
        format!("/channels/{}/messages", bot.general),
    );
    let text = format!("<@{alice}> <@!{alice}> @everyone <@&{}> <@999>", bot.guild);
    let open = bot.post(&path, &json!({"content": text})).await.ok();
    assert_eq!(
        (
            open["mentions"].as_array().unwrap().len(),
            open["mention_everyone"].as_bool()
        ),
        (1, Some(true))
    );
    let closed = bot
        .post(
            &path,
            &json!({"content": text, "allowed_mentions": {"parse": []}}),
        )
        .await
        .ok();
    assert_eq!(
        (
            closed["mentions"].as_array().unwrap().len(),
            closed["mention_everyone"].as_bool()
        ),
        (0, Some(false))
    );
    bot.control
        .set_bot_permissions(bot.guild, Permissions::NONE)
        .unwrap();
    bot.control
        .set_overwrite(
            bot.general,
            bot.bot_id(),
            Permissions::NONE,
            Permissions::MENTION_EVERYONE,
        )
        .unwrap();
    assert_eq!(
        bot.post(&path, &json!({"content": "@everyone"})).await.ok()["mention_everyone"],
        false
    );
}

#[tokio::test]
async fn discords_errors_come_with_their_codes() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    bot.post(&path, &json!({"content": "  "})).await.fails(400, 50006);
    bot.post("/channels/42/messages", &json!({"content": "x"}))
        .await
        .fails(404, 10003);
    bot.post("/channels/x/messages", &json!({"content": "x"}))
        .await
        .fails(400, 50035);
    let error = bot
        .post(&path, &json!({"content": "x".repeat(2_001)}))
        .await
        .fails(400, 50035);
    assert_eq!(
        error["errors"]["content"]["_errors"][0]["message"],
        "Must be 2000 or fewer in length."
    );
    let category = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    bot.post(
        &format!("/channels/{category}/messages"),
        &json!({"content": "x"}),
    )
    .await
    .fails(400, 50008);
    let alices = bot
        .control
        .post_message(bot.general, "alice", "mine", None)
        .unwrap();
    let alices = alices["id"].as_str().unwrap();
    bot.patch(&format!("{path}/{alices}"), &json!({"content": "x"}))
        .await
        .fails(403, 50005);
    let raw = bot
        .request(Method::POST, &path)
        .header("Content-Type", "application/json")
        .body("{");
    bot.send(raw).await.fails(400, 50109);
    let mine = bot.say("x").await;
    bot.patch(&format!("{path}/{mine}"), &json!({"content": ""}))
        .await
        .fails(400, 50006);
}

#[tokio::test]
async fn what_the_bot_may_not_it_cannot() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let alices = bot
        .control
        .post_message(bot.general, "alice", "mine", None)
        .unwrap();
    let alices = alices["id"].as_str().unwrap().to_owned();
    let deny = |permissions| {
        bot.control
            .set_overwrite(bot.general, bot.bot_id(), Permissions::NONE, permissions)
            .unwrap();
    };
    deny(Permissions::MANAGE_MESSAGES);
    bot.delete(&format!("{path}/{alices}")).await.fails(403, 50013);
    deny(Permissions::EMBED_LINKS);
    bot.post(&path, &json!({"embeds": [{"title": "x"}]}))
        .await
        .fails(403, 50013);
    deny(Permissions::ATTACH_FILES);
    let form = Form::new().part("files[0]", Part::bytes(vec![1]).file_name("a.txt"));
    bot.send(bot.request(Method::POST, &path).multipart(form))
        .await
        .fails(403, 50013);
    deny(Permissions::READ_MESSAGE_HISTORY);
    assert_eq!(bot.get(&path).await.ok(), json!([]));
    bot.get(&format!("{path}/{alices}")).await.fails(403, 50013);
    let reply = json!({"content": "x", "message_reference": {"message_id": alices}});
    bot.post(&path, &reply).await.fails(400, 160_002);
    deny(Permissions::SEND_MESSAGES);
    bot.post(&path, &json!({"content": "x"})).await.fails(403, 50013);
    bot.post(&format!("/channels/{}/typing", bot.general), &json!({}))
        .await
        .fails(403, 50013);
    deny(Permissions::VIEW_CHANNEL);
    for reply in [
        bot.post(&path, &json!({"content": "x"})).await,
        bot.get(&path).await,
    ] {
        reply.fails(403, 50001);
    }
    bot.get(&format!("/channels/{}", bot.general))
        .await
        .fails(403, 50001);
}

#[tokio::test]
async fn reactions_count_and_tell() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let id = bot.say("react").await;
    let path = format!("/channels/{}/messages/{id}", bot.general);
    bot.put(&format!("{path}/reactions/%F0%9F%8E%89/@me"), &json!({}))
        .await
        .ok();
    let event = gateway.event("MESSAGE_REACTION_ADD").await;
    assert_eq!(
        (event["emoji"]["name"].as_str(), event["emoji"]["id"].is_null()),
        (Some("🎉"), true)
    );
    assert_eq!(
        event["member"]["user"]["id"].as_str(),
        Some(bot.bot_id().to_string().as_str())
    );
    bot.control
        .add_reaction(bot.general, id.parse().unwrap(), "alice", "🎉")
        .unwrap();
    let message = bot.get(&path).await.ok();
    assert_eq!(
        (
            message["reactions"][0]["count"].as_u64(),
            message["reactions"][0]["me"].as_bool()
        ),
        (Some(2), Some(true))
    );
    let users = bot
        .get(&format!("{path}/reactions/%F0%9F%8E%89?limit=1"))
        .await
        .ok();
    assert_eq!(users.as_array().unwrap().len(), 1);
    bot.put(&format!("{path}/reactions/thumbsup/@me"), &json!({}))
        .await
        .fails(400, 10014);
    bot.put(&format!("{path}/reactions/maid:42/@me"), &json!({}))
        .await
        .fails(400, 10014);
    let alice = bot.control.user("alice").unwrap();
    bot.delete(&format!("{path}/reactions/%F0%9F%8E%89/{alice}"))
        .await
        .ok();
    assert_eq!(
        gateway.event("MESSAGE_REACTION_REMOVE").await["user_id"].as_str(),
        Some(alice.to_string().as_str())
    );
    bot.delete(&format!("{path}/reactions/%F0%9F%8E%89/@me"))
        .await
        .ok();
    assert!(bot.get(&path).await.ok().get("reactions").is_none());
    bot.put(&format!("{path}/reactions/%E2%9D%A4/@me"), &json!({}))
        .await
        .ok();
    bot.delete(&format!("{path}/reactions")).await.ok();
    gateway.event("MESSAGE_REACTION_REMOVE_ALL").await;
    bot.control
        .set_overwrite(
            bot.general,
            bot.bot_id(),
            Permissions::NONE,
            Permissions::ADD_REACTIONS,
        )
        .unwrap();
    bot.put(&format!("{path}/reactions/%E2%9D%A4/@me"), &json!({}))
        .await
        .fails(403, 50013);
    bot.control
        .add_reaction(bot.general, id.parse().unwrap(), "alice", "👍")
        .unwrap();
    bot.put(&format!("{path}/reactions/%F0%9F%91%8D/@me"), &json!({}))
        .await
        .ok();
}

#[tokio::test]
async fn bulk_deletes_have_discords_limits() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/channels/{}/messages/bulk-delete", bot.general);
    let (one, two) = (bot.say("1").await, bot.say("2").await);
    bot.post(&path, &json!({"messages": [one]}))
        .await
        .fails(400, 50035);
    bot.post(&path, &json!({"messages": [one, two, "42"]}))
        .await
        .fails(400, 50034);
    bot.post(&path, &json!({"messages": [one, two]})).await.ok();
    let event = gateway.event("MESSAGE_DELETE_BULK").await;
    assert_eq!(event["ids"], json!([one, two]));
    let (old, new) = (bot.say("old").await, bot.say("new").await);
    bot.control.clock().advance(Duration::from_secs(15 * 24 * 3_600));
    bot.post(&path, &json!({"messages": [old, new]}))
        .await
        .fails(400, 50034);
}

#[tokio::test]
async fn pins_are_listed_both_ways() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let id = bot.say("keep").await;
    bot.put(
        &format!("/channels/{}/messages/pins/{id}", bot.general),
        &json!({}),
    )
    .await
    .ok();
    gateway.event("CHANNEL_PINS_UPDATE").await;
    let pins = bot
        .get(&format!("/channels/{}/messages/pins", bot.general))
        .await
        .ok();
    assert_eq!(pins["items"][0]["message"]["id"].as_str(), Some(id.as_str()));
    assert_eq!(
        bot.get(&format!("/channels/{}/pins", bot.general))
            .await
            .ok()
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    bot.delete(&format!("/channels/{}/pins/{id}", bot.general))
        .await
        .ok();
    assert_eq!(
        bot.get(&format!("/channels/{}/pins", bot.general)).await.ok(),
        json!([])
    );
}

#[tokio::test]
async fn an_enforced_nonce_makes_a_retry_harmless() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let body = json!({"content": "once", "nonce": "retry-1", "enforce_nonce": true});
    let (first, second) = (
        bot.post(&path, &body).await.ok(),
        bot.post(&path, &body).await.ok(),
    );
    assert_eq!(first["id"], second["id"]);
}

#[tokio::test]
async fn direct_messages_reach_people_and_not_bots() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let alice = bot.control.user("alice").unwrap();
    let dm = bot
        .post("/users/@me/channels", &json!({"recipient_id": alice}))
        .await
        .ok();
    assert_eq!(
        (dm["type"].as_i64(), dm["recipients"][0]["username"].as_str()),
        (Some(1), Some("alice"))
    );
    let id = dm["id"].as_str().unwrap();
    bot.post(&format!("/channels/{id}/messages"), &json!({"content": "psst"}))
        .await
        .ok();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["guild_id"], Value::Null);
    bot.control
        .post_message(id.parse().unwrap(), "alice", "yes?", None)
        .unwrap();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "yes?");
    assert!(
        bot.control
            .post_message(id.parse().unwrap(), "bob", "me too", None)
            .is_err()
    );
    bot.post("/users/@me/channels", &json!({"recipient_id": bot.bot_id()}))
        .await
        .fails(403, 50007);
}
