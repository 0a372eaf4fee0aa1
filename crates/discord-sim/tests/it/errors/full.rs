//! How much of everything fits, and what Discord says then.

use serde_json::{Value, json};

use crate::bot::{Bot, Reply};

/// A small picture, as far as Discord looks.
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

/// Posts until it is refused; returns how many were taken, and the refusal.
async fn fill(bot: &Bot, path: &str, body: impl Fn(usize) -> Value) -> (usize, Reply) {
    for taken in 0..2_000 {
        let reply = bot.post(path, &body(taken)).await;
        if !reply.status.is_success() {
            return (taken, reply);
        }
    }
    panic!("{path} is never full");
}

fn size(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

#[tokio::test]
async fn a_guild_has_room_for_so_many_channels_roles_and_emojis() {
    let bot = Bot::powerful().await;
    let guild = format!("/guilds/{}", bot.guild);
    let category = bot.channel(&json!({"name": "attic", "type": 4})).await;
    let category = category.rsplit('/').next().unwrap();
    let channels = format!("{guild}/channels");
    let (inside, refusal) = fill(
        &bot,
        &channels,
        |n| json!({"name": format!("a{n}"), "parent_id": category}),
    )
    .await;
    assert_eq!(inside, 50);
    let body = refusal.fails(400, 50035);
    assert_eq!(
        body["errors"]["parent_id"]["_errors"][0]["code"],
        "CHANNEL_PARENT_MAX_CHANNELS"
    );
    let before = size(&bot.get(&channels).await.ok());
    let (made, refusal) = fill(&bot, &channels, |n| json!({"name": format!("c{n}")})).await;
    refusal.fails(400, 30013);
    assert_eq!(before + made, 500, "categories count");

    let roles = format!("{guild}/roles");
    let before = size(&bot.get(&roles).await.ok());
    let (made, refusal) = fill(&bot, &roles, |n| json!({"name": format!("r{n}")})).await;
    refusal.fails(400, 30005);
    assert_eq!(before + made, 250, "everyone counts");

    let emojis = format!("{guild}/emojis");
    let (made, refusal) = fill(&bot, &emojis, |n| json!({"name": format!("e{n}"), "image": PNG})).await;
    refusal.fails(400, 30008);
    assert_eq!(made, 50);
}

#[tokio::test]
async fn a_channel_has_room_for_so_many_pins_reactions_and_invites() {
    let bot = Bot::powerful().await;
    let here = format!("/channels/{}", bot.general);
    for _ in 0..250 {
        let message = bot.say("keep").await;
        bot.put(&format!("{here}/messages/pins/{message}"), &json!({}))
            .await
            .ok();
    }
    let message = bot.say("one too many").await;
    bot.put(&format!("{here}/messages/pins/{message}"), &json!({}))
        .await
        .fails(400, 30003);

    let react = |n: u32| {
        let emoji = char::from_u32(0x1f600 + n).expect("an emoji");
        let emoji: String = url::form_urlencoded::byte_serialize(emoji.to_string().as_bytes()).collect();
        format!("{here}/messages/{message}/reactions/{emoji}/@me")
    };
    for n in 0..20 {
        bot.put(&react(n), &json!({})).await.ok();
    }
    bot.put(&react(20), &json!({})).await.fails(400, 30010);
    bot.put(&react(19), &json!({})).await.ok();

    let (made, refusal) = fill(&bot, &format!("{here}/invites"), |_| json!({"unique": true})).await;
    refusal.fails(400, 30016);
    assert_eq!(made, 1_000);
}

#[tokio::test]
async fn a_guild_has_room_for_so_many_threads_and_a_thread_for_so_many_members() {
    let bot = Bot::powerful().await;
    let threads = format!("/channels/{}/threads", bot.general);
    let thread = |n: usize| json!({"name": format!("t{n}"), "type": 11});
    let (made, refusal) = fill(&bot, &threads, thread).await;
    refusal.fails(400, 160_006);
    assert_eq!(made, 1_000);

    let active = bot
        .get(&format!("/guilds/{}/threads/active", bot.guild))
        .await
        .ok();
    let first = active["threads"][0]["id"].as_str().unwrap().to_owned();
    let archived = json!({"archived": true});
    bot.patch(&format!("/channels/{first}"), &archived).await.ok();
    bot.post(&threads, &thread(1_000)).await.ok();

    let second = active["threads"][1]["id"].as_str().unwrap();
    let mut members = size(&bot.get(&format!("/channels/{second}/thread-members")).await.ok());
    let path = |user: &Value| format!("/channels/{second}/thread-members/{}", user.as_str().unwrap());
    loop {
        let name = format!("guest{members}");
        let guest = bot.control.add_member(bot.guild, &name, None, false).unwrap();
        let reply = bot.put(&path(&guest["user"]["id"]), &json!({})).await;
        if members == 1_000 {
            reply.fails(400, 30033);
            break;
        }
        reply.ok();
        members += 1;
    }
}
