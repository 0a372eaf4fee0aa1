//! Threads: beginnings, members, archives, and posts of forums.

use std::time::Duration;

use discord_sim::{Permissions, Snowflake};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

fn id(value: &Value) -> Snowflake {
    value["id"].as_str().unwrap().parse().unwrap()
}

fn here(bot: &Bot) -> String {
    format!("/channels/{}", bot.general)
}

#[tokio::test]
async fn a_thread_grows_from_a_message() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let message = bot.say("the seed").await;
    let start = format!("{}/messages/{message}/threads", here(&bot));
    bot.post(&start, &json!({})).await.fails(400, 50035);
    bot.post(&start, &json!({"name": "x", "auto_archive_duration": 61}))
        .await
        .fails(400, 50035);
    let body = json!({"name": "Sprout", "auto_archive_duration": 60, "rate_limit_per_user": 5});
    let reply = bot.post(&start, &body).await;
    assert_eq!(reply.status, 201);
    let thread = reply.ok();
    assert_eq!(
        (
            thread["id"].as_str(),
            thread["type"].as_i64(),
            thread["parent_id"].as_str()
        ),
        (
            Some(message.as_str()),
            Some(11),
            Some(bot.general.to_string().as_str())
        ),
        "a thread of a message has its id"
    );
    assert_eq!(thread["thread_metadata"]["auto_archive_duration"], 60);
    let created = gateway.event("THREAD_CREATE").await;
    assert_eq!(
        (created["newly_created"].as_bool(), id(&created)),
        (Some(true), id(&thread))
    );
    assert_eq!(created["member"]["user_id"], json!(bot.bot_id()));
    let joined = gateway.event("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(joined["added_members"][0]["user_id"], json!(bot.bot_id()));
    let update = gateway.event("MESSAGE_UPDATE").await;
    assert_eq!(
        (update["flags"].as_i64(), id(&update["thread"])),
        (Some(32), id(&thread))
    );
    let starter = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (
            starter["type"].as_i64(),
            starter["referenced_message"]["content"].as_str()
        ),
        (Some(21), Some("the seed"))
    );
    bot.post(&start, &json!({"name": "again"}))
        .await
        .fails(400, 160_004);
    bot.may_not(Permissions::CREATE_PUBLIC_THREADS);
    let other = bot.say("no seed").await;
    bot.post(
        &format!("{}/messages/{other}/threads", here(&bot)),
        &json!({"name": "x"}),
    )
    .await
    .fails(403, 50013);
}

#[tokio::test]
async fn a_thread_without_a_message_is_private_unless_it_says_otherwise() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let start = format!("{}/threads", here(&bot));
    let private = bot.post(&start, &json!({"name": "hush"})).await.ok();
    assert_eq!(
        (
            private["type"].as_i64(),
            private["thread_metadata"]["invitable"].as_bool()
        ),
        (Some(12), Some(true))
    );
    let open = bot.post(&start, &json!({"name": "open", "type": 11})).await.ok();
    let news = loop {
        let message = gateway.event("MESSAGE_CREATE").await;
        if message["type"] == 18 {
            break message;
        }
    };
    assert_eq!(
        (
            news["content"].as_str(),
            news["message_reference"]["channel_id"].as_str()
        ),
        (Some("open"), open["id"].as_str())
    );
    bot.post(&start, &json!({"name": "x", "type": 10}))
        .await
        .fails(400, 50035);
    let lounge = bot.control.channel_named(bot.guild, "Lounge").unwrap();
    bot.post(
        &format!("/channels/{lounge}/threads"),
        &json!({"name": "x", "type": 11}),
    )
    .await
    .fails(400, 50024);
    let id = id(&private);
    assert!(
        bot.control.post_message(id, "bob", "let me in", None).is_err(),
        "a private thread is for its members"
    );
    let bob = bot.control.user("bob").unwrap();
    bot.put(&format!("/channels/{id}/thread-members/{bob}"), &json!({}))
        .await
        .ok();
    bot.control.post_message(id, "bob", "thanks", None).unwrap();
}

#[tokio::test]
async fn members_come_and_go() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let thread = bot
        .post(
            &format!("{}/threads", here(&bot)),
            &json!({"name": "t", "type": 11}),
        )
        .await
        .ok();
    let members = format!("/channels/{}/thread-members", id(&thread));
    let bob = bot.control.user("bob").unwrap();
    bot.get(&format!("{members}/{bob}")).await.fails(404, 10007);
    bot.put(&format!("{members}/{bob}"), &json!({})).await.ok();
    let one = bot.get(&format!("{members}/{bob}?with_member=true")).await.ok();
    assert_eq!(one["member"]["user"]["username"], "bob");
    assert_eq!(bot.get(&members).await.ok().as_array().unwrap().len(), 2);
    let page = bot.get(&format!("{members}?with_member=true&limit=1")).await.ok();
    assert_eq!(page.as_array().unwrap().len(), 1);
    bot.get(&format!("{members}?limit=101")).await.fails(400, 50035);
    bot.delete(&format!("{members}/{bob}")).await.ok();
    loop {
        let update = gateway.event("THREAD_MEMBERS_UPDATE").await;
        if update["removed_member_ids"] == json!([bob]) {
            break;
        }
    }
    bot.delete(&format!("{members}/@me")).await.ok();
    bot.delete(&format!("{members}/@me")).await.ok();
    bot.put(&format!("{members}/@me"), &json!({})).await.ok();
    bot.put(&format!("{}/thread-members/@me", here(&bot)), &json!({}))
        .await
        .fails(400, 50024);
    bot.may_not(Permissions::MANAGE_THREADS | Permissions::SEND_MESSAGES_IN_THREADS);
    bot.put(&format!("{members}/{bob}"), &json!({}))
        .await
        .fails(403, 50013);
    bot.delete(&format!("{members}/{bob}")).await.fails(403, 50013);
}

#[tokio::test]
async fn an_archived_thread_wakes_for_a_message_and_a_locked_one_does_not() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let thread = bot
        .post(
            &format!("{}/threads", here(&bot)),
            &json!({"name": "t", "type": 11}),
        )
        .await
        .ok();
    let (id, path) = (id(&thread), format!("/channels/{}", id(&thread)));
    let first = bot
        .post(&format!("{path}/messages"), &json!({"content": "one"}))
        .await
        .ok();
    let first = first["id"].as_str().unwrap();
    bot.patch(&path, &json!({"archived": true, "name": "old"}))
        .await
        .ok();
    assert_eq!(
        gateway.event("THREAD_UPDATE").await["thread_metadata"]["archived"],
        true
    );
    bot.patch(&path, &json!({"name": "x"})).await.fails(400, 50083);
    bot.put(&format!("{path}/thread-members/@me"), &json!({}))
        .await
        .fails(400, 50083);
    bot.patch(&format!("{path}/messages/{first}"), &json!({"content": "x"}))
        .await
        .fails(400, 50083);
    bot.put(
        &format!("{path}/messages/{first}/reactions/%F0%9F%8E%89/@me"),
        &json!({}),
    )
    .await
    .fails(400, 50083);
    bot.control.post_message(id, "bob", "wake up", None).unwrap();
    assert_eq!(
        gateway.event("THREAD_UPDATE").await["thread_metadata"]["archived"],
        false
    );
    bot.patch(&path, &json!({"locked": true})).await.ok();
    assert!(bot.control.post_message(id, "bob", "hm", None).is_err());
    bot.post(&format!("{path}/messages"), &json!({"content": "managers may"}))
        .await
        .ok();
    bot.may_not(Permissions::MANAGE_THREADS);
    bot.post(&format!("{path}/messages"), &json!({"content": "x"}))
        .await
        .fails(403, 160_005);
    bot.patch(&path, &json!({"locked": false}))
        .await
        .fails(403, 50013);
    bot.delete(&path).await.fails(403, 50013);
    bot.may(Permissions::ALL & !Permissions::ADMINISTRATOR);
    bot.delete(&path).await.ok();
    let gone = gateway.event("THREAD_DELETE").await;
    assert_eq!(
        (
            gone["id"].as_str(),
            gone["parent_id"].as_str(),
            gone["type"].as_i64()
        ),
        (
            thread["id"].as_str(),
            Some(bot.general.to_string().as_str()),
            Some(11)
        )
    );
    bot.get(&path).await.fails(404, 10003);
}

#[tokio::test]
async fn a_quiet_thread_archives_itself_on_the_simulators_clock() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let body = json!({"name": "t", "type": 11, "auto_archive_duration": 1_440});
    let thread = bot.post(&format!("{}/threads", here(&bot)), &body).await.ok();
    let active = format!("/guilds/{}/threads/active", bot.guild);
    assert_eq!(
        bot.get(&active).await.ok()["threads"].as_array().unwrap().len(),
        1
    );
    bot.control.clock().advance(Duration::from_secs(24 * 3_600 + 5));
    assert_eq!(
        gateway.event("THREAD_UPDATE").await["thread_metadata"]["archived"],
        true
    );
    assert_eq!(bot.get(&active).await.ok()["threads"], json!([]));
    assert_eq!(
        bot.get(&format!("/channels/{}", id(&thread))).await.ok()["thread_metadata"]["archived"],
        true
    );
}

#[tokio::test]
async fn archives_are_listed_by_kind_and_paged() {
    let bot = Bot::powerful().await;
    let start = format!("{}/threads", here(&bot));
    for (name, kind) in [("a", 11), ("b", 11), ("c", 11), ("p", 12), ("q", 12)] {
        let thread = bot.post(&start, &json!({"name": name, "type": kind})).await.ok();
        bot.patch(&format!("/channels/{}", id(&thread)), &json!({"archived": true}))
            .await
            .ok();
    }
    let names = |list: &Value| -> Vec<String> {
        let threads = list["threads"].as_array().unwrap();
        threads
            .iter()
            .map(|t| t["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let public = format!("{}/threads/archived/public", here(&bot));
    let page = bot.get(&format!("{public}?limit=2")).await.ok();
    assert_eq!(
        (names(&page), page["has_more"].as_bool()),
        (vec!["c".to_owned(), "b".to_owned()], Some(true))
    );
    assert_eq!(page["members"][0]["user_id"], json!(bot.bot_id()));
    let before = page["threads"][1]["thread_metadata"]["archive_timestamp"]
        .as_str()
        .unwrap();
    let before: String = url_encode(before);
    let rest = bot.get(&format!("{public}?limit=2&before={before}")).await.ok();
    assert_eq!(
        (names(&rest), rest["has_more"].as_bool()),
        (vec!["a".to_owned()], Some(false))
    );
    let private = bot
        .get(&format!("{}/threads/archived/private", here(&bot)))
        .await
        .ok();
    assert_eq!(names(&private), ["q", "p"]);
    let joined = format!("{}/users/@me/threads/archived/private", here(&bot));
    let newest = private["threads"][0]["id"].as_str().unwrap();
    assert_eq!(
        names(&bot.get(&format!("{joined}?before={newest}")).await.ok()),
        ["p"]
    );
    bot.get(&format!("{public}?before=yesterday"))
        .await
        .fails(400, 50035);
    bot.may_not(Permissions::MANAGE_THREADS);
    bot.get(&format!("{}/threads/archived/private", here(&bot)))
        .await
        .fails(403, 50013);
    bot.get(&joined).await.ok();
}

fn url_encode(text: &str) -> String {
    text.replace('+', "%2B").replace(':', "%3A")
}

#[tokio::test]
async fn a_forum_takes_posts_with_tags_and_files() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let questions = json!({"name": "questions", "type": 15, "topic": "ask", "flags": 16,
        "available_tags": [{"name": "help", "emoji_name": "🎉"}, {"name": "done", "moderated": true}]});
    let forum = bot.channel(&questions).await;
    let tags = bot.get(&forum).await.ok()["available_tags"].clone();
    let help = tags[0]["id"].as_str().unwrap();
    bot.post(&format!("{forum}/messages"), &json!({"content": "x"}))
        .await
        .fails(400, 50008);
    let posts = format!("{forum}/threads");
    bot.post(&posts, &json!({"name": "x"})).await.fails(400, 50035);
    bot.post(&posts, &json!({"name": "x", "message": {"content": "y"}}))
        .await
        .fails(400, 40067);
    bot.post(
        &posts,
        &json!({"name": "x", "message": {"content": "y"}, "applied_tags": ["7"]}),
    )
    .await
    .fails(400, 50035);
    bot.post(
        &posts,
        &json!({"name": "x", "message": {}, "applied_tags": [help]}),
    )
    .await
    .fails(400, 50006);
    let body = json!({"name": "How?", "applied_tags": [help], "message": {"content": "like this",
        "attachments": [{"id": 0, "description": "a file"}]}});
    let upload = Form::new()
        .text("payload_json", body.to_string())
        .part("files[0]", Part::bytes(b"hi".to_vec()).file_name("a.txt"));
    let post = bot
        .send(bot.request(Method::POST, &posts).multipart(upload))
        .await
        .ok();
    assert_eq!(
        (post["message"]["id"].as_str(), post["applied_tags"][0].as_str()),
        (post["id"].as_str(), Some(help)),
        "a post's first message has its id"
    );
    assert_eq!(post["message"]["attachments"][0]["description"], "a file");
    assert_eq!(id(&gateway.event("THREAD_CREATE").await), id(&post));
    assert_eq!(gateway.event("MESSAGE_CREATE").await["content"], "like this");
    assert_eq!(
        bot.get(&format!("/guilds/{}/threads/active", bot.guild))
            .await
            .ok()["threads"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "failed posts leave nothing behind"
    );
    let pinned = bot
        .patch(&format!("/channels/{}", id(&post)), &json!({"flags": 2}))
        .await
        .ok();
    assert_eq!(pinned["flags"], 2);
}
