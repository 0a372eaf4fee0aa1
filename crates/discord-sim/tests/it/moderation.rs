//! Guilds, members, roles, channels: what the bot may change, and who stands above whom.

use discord_sim::{Permissions, Snowflake};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

fn id(value: &Value) -> Snowflake {
    value["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn guild_members_and_roles_are_read() {
    let bot = Bot::start().await;
    let guild = bot
        .get(&format!("/guilds/{}?with_counts=true", bot.guild))
        .await
        .ok();
    assert_eq!(
        (guild["name"].as_str(), guild["approximate_member_count"].as_u64()),
        (Some("Maid Café"), Some(4))
    );
    bot.get("/guilds/42").await.fails(404, 10004);
    let elsewhere = bot.control.create_guild("Elsewhere", "alice", None).unwrap();
    bot.get(&format!("/guilds/{elsewhere}")).await.fails(403, 50001);
    let alice = bot.control.user("alice").unwrap();
    assert_eq!(
        bot.get(&format!("/guilds/{}/members/{alice}", bot.guild))
            .await
            .ok()["user"]["username"],
        "alice"
    );
    bot.get(&format!("/guilds/{}/members/42", bot.guild))
        .await
        .fails(404, 10013);
    bot.control.remove_member(bot.guild, "carol").unwrap();
    let carol = bot.control.user("carol").unwrap();
    bot.get(&format!("/guilds/{}/members/{carol}", bot.guild))
        .await
        .fails(404, 10007);
    let default = bot.get(&format!("/guilds/{}/members", bot.guild)).await.ok();
    assert_eq!(
        default.as_array().unwrap().len(),
        1,
        "Discord's default limit is one"
    );
    assert_eq!(
        bot.get(&format!("/guilds/{}/members?limit=100", bot.guild))
            .await
            .ok()
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let found = bot
        .get(&format!("/guilds/{}/members/search?query=AL&limit=5", bot.guild))
        .await
        .ok();
    assert_eq!(found[0]["user"]["username"], "alice");
    bot.get(&format!("/guilds/{}/members/search", bot.guild))
        .await
        .fails(400, 50035);
    let roles = bot.get(&format!("/guilds/{}/roles", bot.guild)).await.ok();
    let everyone = roles
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["name"] == "@everyone")
        .unwrap();
    assert_eq!(id(everyone), bot.guild);
    assert!(everyone["permissions"].is_string());
    let own = roles
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["tags"]["bot_id"].is_string())
        .unwrap();
    assert_eq!(own["managed"], true);
}

#[tokio::test]
async fn hierarchy_decides_whom_the_bot_may_touch() {
    let bot = Bot::start().await;
    let member = |who: &str| format!("/guilds/{}/members/{}", bot.guild, bot.control.user(who).unwrap());
    bot.patch(&member("bob"), &json!({"nick": "Bobby"})).await.ok();
    bot.patch(&member("alice"), &json!({"nick": "x"}))
        .await
        .fails(403, 50013);
    let admin: Snowflake = "1042000000000000202".parse().unwrap();
    bot.put(&format!("{}/roles/{admin}", member("bob")), &json!({}))
        .await
        .fails(403, 50013);
    bot.control
        .edit_member(bot.guild, "carol", json!({"roles": [admin]}).as_object().unwrap())
        .unwrap();
    for path in [member("carol"), member("alice")] {
        bot.delete(&path).await.fails(403, 50013);
        let until = json!({"communication_disabled_until": "2030-01-01T00:00:00Z"});
        bot.patch(&path, &until).await.fails(400, 50035);
    }
    let soon = (bot.control.clock().now() + jiff::SignedDuration::from_mins(5)).to_string();
    bot.patch(&member("carol"), &json!({"communication_disabled_until": soon}))
        .await
        .fails(403, 50013);
    bot.patch(&member("bob"), &json!({"communication_disabled_until": soon}))
        .await
        .ok();
    assert!(
        bot.control
            .post_message(bot.general, "bob", "quiet", None)
            .is_err(),
        "timed out"
    );
    bot.patch(&member("bob"), &json!({"communication_disabled_until": null}))
        .await
        .ok();
    bot.control
        .post_message(bot.general, "bob", "loud", None)
        .unwrap();
    bot.control
        .set_bot_permissions(bot.guild, Permissions::VIEW_CHANNEL)
        .unwrap();
    bot.patch(&member("bob"), &json!({"nick": "x"}))
        .await
        .fails(403, 50013);
    bot.delete(&member("bob")).await.fails(403, 50013);
}

#[tokio::test]
async fn roles_are_made_given_and_taken() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let roles = format!("/guilds/{}/roles", bot.guild);
    bot.post(&roles, &json!({"name": "Mods", "permissions": "8"}))
        .await
        .fails(403, 50013);
    let role = bot
        .post(
            &roles,
            &json!({"name": "Guests", "color": 255, "permissions": "0"}),
        )
        .await
        .ok();
    assert_eq!(gateway.event("GUILD_ROLE_CREATE").await["role"]["id"], role["id"]);
    let bob = bot.control.user("bob").unwrap();
    let given = format!("/guilds/{}/members/{bob}/roles/{}", bot.guild, id(&role));
    bot.put(&given, &json!({})).await.ok();
    let update = gateway.event("GUILD_MEMBER_UPDATE").await;
    assert!(update["roles"].as_array().unwrap().contains(&role["id"]));
    bot.delete(&given).await.ok();
    let path = format!("{roles}/{}", id(&role));
    assert_eq!(
        bot.patch(&path, &json!({"name": "Visitors"})).await.ok()["name"],
        "Visitors"
    );
    assert_eq!(
        gateway.event("GUILD_ROLE_UPDATE").await["role"]["name"],
        "Visitors"
    );
    bot.delete(&path).await.ok();
    assert_eq!(gateway.event("GUILD_ROLE_DELETE").await["role_id"], role["id"]);
    bot.delete(&path).await.fails(404, 10011);
}

#[tokio::test]
async fn channels_are_made_changed_closed_and_deleted() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let channels = format!("/guilds/{}/channels", bot.guild);
    let parlour = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    let body = json!({"name": "Quiet Room", "topic": "hush", "parent_id": parlour});
    let made = bot.post(&channels, &body).await.ok();
    assert_eq!(
        (made["name"].as_str(), made["type"].as_i64()),
        (Some("quiet-room"), Some(0))
    );
    assert_eq!(gateway.event("CHANNEL_CREATE").await["id"], made["id"]);
    let path = format!("/channels/{}", id(&made));
    assert_eq!(
        bot.patch(&path, &json!({"topic": null, "name": "louder"}))
            .await
            .ok()["topic"],
        Value::Null
    );
    assert_eq!(gateway.event("CHANNEL_UPDATE").await["name"], "louder");
    let overwrite = format!("{path}/permissions/{}", bot.guild);
    bot.put(&overwrite, &json!({"type": 0, "allow": "0", "deny": "2048"}))
        .await
        .ok();
    assert!(bot.control.post_message(id(&made), "bob", "x", None).is_err());
    bot.delete(&overwrite).await.ok();
    bot.delete(&overwrite).await.fails(404, 10009);
    bot.control.post_message(id(&made), "bob", "x", None).unwrap();
    bot.delete(&path).await.ok();
    assert_eq!(gateway.event("CHANNEL_DELETE").await["id"], made["id"]);
    bot.get(&path).await.fails(404, 10003);
    bot.post(&channels, &json!({})).await.fails(400, 50035);
    bot.post(&channels, &json!({"name": "x", "parent_id": bot.general}))
        .await
        .fails(400, 50035);
}

#[tokio::test]
async fn bans_keep_people_out() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    bot.control
        .post_message(bot.general, "carol", "spam", None)
        .unwrap();
    let carol = bot.control.user("carol").unwrap();
    let path = format!("/guilds/{}/bans/{carol}", bot.guild);
    bot.put(&path, &json!({"delete_message_seconds": 3_600}))
        .await
        .ok();
    assert_eq!(
        gateway
            .names_until("MESSAGE_DELETE_BULK")
            .await
            .last()
            .map(String::as_str),
        Some("MESSAGE_DELETE_BULK")
    );
    assert_eq!(bot.get(&path).await.ok()["user"]["username"], "carol");
    assert!(bot.control.add_member(bot.guild, "carol", None, false).is_err());
    bot.delete(&path).await.ok();
    bot.delete(&path).await.fails(404, 10026);
    bot.control.add_member(bot.guild, "carol", None, false).unwrap();
    assert_eq!(
        gateway.event("GUILD_MEMBER_ADD").await["user"]["username"],
        "carol"
    );
}

#[tokio::test]
async fn a_kick_and_a_leave_look_alike() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    bot.delete(&format!(
        "/guilds/{}/members/{}",
        bot.guild,
        bot.control.user("bob").unwrap()
    ))
    .await
    .ok();
    assert_eq!(
        gateway.event("GUILD_MEMBER_REMOVE").await["user"]["username"],
        "bob"
    );
    bot.control.remove_member(bot.guild, "carol").unwrap();
    assert_eq!(
        gateway.event("GUILD_MEMBER_REMOVE").await["user"]["username"],
        "carol"
    );
    bot.control.remove_member(bot.guild, "homebot").unwrap();
    assert_eq!(
        gateway.event("GUILD_DELETE").await["id"].as_str(),
        Some(bot.guild.to_string().as_str())
    );
    bot.get(&format!("/guilds/{}", bot.guild)).await.fails(403, 50001);
}

#[tokio::test]
async fn a_new_guild_announces_itself() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    let guild = bot
        .control
        .create_guild("Second", "bob", Some(Permissions::VIEW_CHANNEL))
        .unwrap();
    let created = gateway.event("GUILD_CREATE").await;
    assert_eq!(
        (id(&created), created["owner_id"].as_str()),
        (guild, Some(bot.control.user("bob").unwrap().to_string().as_str()))
    );
    assert_eq!(
        bot.get("/users/@me/guilds").await.ok().as_array().unwrap().len(),
        2
    );
    bot.control.delete_guild(guild).unwrap();
    assert_eq!(id(&gateway.event("GUILD_DELETE").await), guild);
}
