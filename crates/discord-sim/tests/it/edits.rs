//! What becomes of a message after it was sent: files, embeds, layout, pins.

use std::time::Duration;

use discord_sim::Permissions;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

fn files(body: &Value, names: &[&str]) -> Form {
    let form = Form::new().text("payload_json", body.to_string());
    names.iter().enumerate().fold(form, |form, (index, name)| {
        let part = Part::bytes(name.as_bytes().to_vec()).file_name((*name).to_owned());
        form.part(format!("files[{index}]"), part)
    })
}

fn names(message: &Value) -> Vec<&str> {
    let files = message["attachments"].as_array().unwrap();
    files
        .iter()
        .map(|file| file["filename"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_edit_keeps_the_files_it_lists_and_brings_new_ones() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let form = files(&json!({"content": "x"}), &["a.txt", "b.txt"]);
    let sent = bot
        .send(bot.request(Method::POST, &path).multipart(form))
        .await
        .ok();
    assert_eq!(names(&sent), ["a.txt", "b.txt"]);
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    assert_eq!(
        names(&bot.patch(&one, &json!({"content": "y"})).await.ok()),
        ["a.txt", "b.txt"]
    );
    let kept = sent["attachments"][1]["id"].clone();
    let body = json!({"attachments": [{"id": kept}, {"id": 0, "description": "new"}]});
    let form = files(&body, &["c.txt"]);
    let edited = bot
        .send(bot.request(Method::PATCH, &one).multipart(form))
        .await
        .ok();
    assert_eq!(
        (names(&edited), edited["attachments"][1]["description"].as_str()),
        (vec!["b.txt", "c.txt"], Some("new"))
    );
    let form = files(&json!({}), &["d.txt"]);
    let replaced = bot
        .send(bot.request(Method::PATCH, &one).multipart(form))
        .await
        .ok();
    assert_eq!(
        names(&replaced),
        ["d.txt"],
        "what a list does not name does not stay"
    );
    assert_eq!(
        names(&bot.patch(&one, &json!({"attachments": []})).await.ok()),
        Vec::<&str>::new()
    );
    bot.patch(&one, &json!({"content": ""})).await.fails(400, 50006);
}

#[tokio::test]
async fn embeds_are_hidden_by_their_author_or_a_moderator() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let sent = bot.post(&path, &json!({"embeds": [{"title": "T"}]})).await.ok();
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    let hidden = bot.patch(&one, &json!({"flags": 4})).await.ok();
    assert_eq!(
        (hidden["flags"].as_i64(), hidden["embeds"].clone()),
        (Some(4), json!([]))
    );
    let shown = bot.patch(&one, &json!({"flags": 0})).await.ok();
    assert_eq!(
        (shown["flags"].as_i64(), shown["embeds"][0]["title"].as_str()),
        (Some(0), Some("T"))
    );
    let theirs = bot
        .control
        .post_message(bot.general, "bob", "https://example.org", None)
        .unwrap();
    let theirs = format!("{path}/{}", theirs["id"].as_str().unwrap());
    assert_eq!(bot.patch(&theirs, &json!({"flags": 4})).await.ok()["flags"], 4);
    bot.patch(&theirs, &json!({"flags": 4, "content": "mine now"}))
        .await
        .fails(403, 50005);
    bot.may_not(Permissions::MANAGE_MESSAGES);
    bot.patch(&theirs, &json!({"flags": 0})).await.fails(403, 50005);
}

#[tokio::test]
async fn a_message_of_the_newer_layout_stays_one() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let text = |content: &str| json!([{"type": 10, "content": content}]);
    let sent = bot
        .post(&path, &json!({"flags": 32_768, "components": text("one")}))
        .await
        .ok();
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    let edited = bot.patch(&one, &json!({"components": text("two")})).await.ok();
    assert_eq!(
        (
            edited["components"][0]["content"].as_str(),
            edited["flags"].as_i64()
        ),
        (Some("two"), Some(32_768))
    );
    bot.patch(&one, &json!({"content": "old ways"}))
        .await
        .fails(400, 50035);
}

#[tokio::test]
async fn pins_know_when_and_tell_the_channel() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let channel = format!("/channels/{}", bot.general);
    let (first, second) = (bot.say("first").await, bot.say("second").await);
    bot.put(&format!("{channel}/messages/pins/{second}"), &json!({}))
        .await
        .ok();
    assert!(gateway.event("CHANNEL_PINS_UPDATE").await["last_pin_timestamp"].is_string());
    let news = loop {
        let message = gateway.event("MESSAGE_CREATE").await;
        if message["type"] == 6 {
            break message;
        }
    };
    assert_eq!(
        news["message_reference"]["message_id"].as_str(),
        Some(second.as_str())
    );
    bot.put(
        &format!("{channel}/messages/pins/{}", news["id"].as_str().unwrap()),
        &json!({}),
    )
    .await
    .fails(403, 50021);
    bot.control.clock().advance(Duration::from_secs(60));
    bot.put(&format!("{channel}/messages/pins/{first}"), &json!({}))
        .await
        .ok();
    let pins = bot.get(&format!("{channel}/messages/pins?limit=1")).await.ok();
    assert_eq!(
        (
            pins["items"][0]["message"]["id"].as_str(),
            pins["has_more"].as_bool()
        ),
        (Some(first.as_str()), Some(true)),
        "the newest pin first, whatever the message's age"
    );
    let before = pins["items"][0]["pinned_at"]
        .as_str()
        .unwrap()
        .replace('+', "%2B");
    let rest = bot
        .get(&format!("{channel}/messages/pins?before={before}"))
        .await
        .ok();
    assert_eq!(rest["items"][0]["message"]["id"].as_str(), Some(second.as_str()));
    let shown = bot.get(&channel).await.ok();
    assert_eq!(shown["last_pin_timestamp"], pins["items"][0]["pinned_at"]);
    bot.delete(&format!("{channel}/messages/pins/{first}")).await.ok();
    assert_eq!(
        bot.get(&channel).await.ok()["last_pin_timestamp"],
        rest["items"][0]["pinned_at"]
    );
}

#[tokio::test]
async fn a_private_threads_events_reach_only_those_who_see_it() {
    let bot = Bot::powerful().await;
    let start = format!("/channels/{}/threads", bot.general);
    let thread = bot.post(&start, &json!({"name": "secret"})).await.ok();
    let id = thread["id"].as_str().unwrap();
    bot.control
        .post_message(id.parse().unwrap(), "alice", "the owner sees it", None)
        .unwrap();
    bot.may_not(Permissions::MANAGE_THREADS);
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let guild = gateway.event("GUILD_CREATE").await;
    assert_eq!(guild["threads"][0]["id"].as_str(), Some(id), "a member of it");
    bot.delete(&format!("/channels/{id}/thread-members/@me"))
        .await
        .ok();
    bot.get(&format!("/channels/{id}")).await.fails(403, 50001);
    bot.get(&format!("/channels/{id}/messages"))
        .await
        .fails(403, 50001);
    bot.control
        .post_message(id.parse().unwrap(), "alice", "unheard", None)
        .unwrap();
    bot.control
        .post_message(bot.general, "alice", "heard", None)
        .unwrap();
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "heard");
}
