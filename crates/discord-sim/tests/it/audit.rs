//! The audit log: every moderated act, with the reason given for it.

use discord_sim::Permissions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

#[tokio::test]
async fn every_moderated_act_is_logged_with_its_reason() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let (bob, carol) = (
        bot.control.user("bob").unwrap(),
        bot.control.user("carol").unwrap(),
    );
    let guild = format!("/guilds/{}", bot.guild);
    let general = format!("/channels/{}", bot.general);
    let roles = bot
        .post(&format!("{guild}/roles"), &json!({"name": "Guests"}))
        .await
        .ok();
    let role = roles["id"].as_str().unwrap();
    let words = bot
        .control
        .post_message(bot.general, "bob", "rude", None)
        .unwrap();
    let words = words["id"].as_str().unwrap();
    let pin = bot.say("pin me").await;
    let (one, two) = (bot.say("1").await, bot.say("2").await);
    let soon = (bot.control.clock().now() + jiff::SignedDuration::from_mins(5)).to_string();
    let acts = [
        (1, Method::PATCH, guild.clone(), json!({"name": "Renamed"})),
        (11, Method::PATCH, general.clone(), json!({"topic": "new"})),
        (
            13,
            Method::PUT,
            format!("{general}/permissions/{role}"),
            json!({"type": 0, "deny": "2048"}),
        ),
        (
            14,
            Method::PUT,
            format!("{general}/permissions/{role}"),
            json!({"type": 0, "allow": "2048"}),
        ),
        (
            15,
            Method::DELETE,
            format!("{general}/permissions/{role}"),
            Value::Null,
        ),
        (
            10,
            Method::POST,
            format!("{guild}/channels"),
            json!({"name": "new"}),
        ),
        (
            24,
            Method::PATCH,
            format!("{guild}/members/{bob}"),
            json!({"nick": "B"}),
        ),
        (
            24,
            Method::PATCH,
            format!("{guild}/members/{bob}"),
            json!({"communication_disabled_until": soon}),
        ),
        (
            25,
            Method::PUT,
            format!("{guild}/members/{bob}/roles/{role}"),
            json!({}),
        ),
        (
            31,
            Method::PATCH,
            format!("{guild}/roles/{role}"),
            json!({"color": 5}),
        ),
        (32, Method::DELETE, format!("{guild}/roles/{role}"), Value::Null),
        (40, Method::POST, format!("{general}/invites"), json!({})),
        (
            50,
            Method::POST,
            format!("{general}/webhooks"),
            json!({"name": "Hook"}),
        ),
        (
            60,
            Method::POST,
            format!("{guild}/emojis"),
            json!({"name": "maid", "image": "data:image/png;base64,AAAA"}),
        ),
        (
            72,
            Method::DELETE,
            format!("{general}/messages/{words}"),
            Value::Null,
        ),
        (
            73,
            Method::POST,
            format!("{general}/messages/bulk-delete"),
            json!({"messages": [one, two]}),
        ),
        (74, Method::PUT, format!("{general}/pins/{pin}"), json!({})),
        (75, Method::DELETE, format!("{general}/pins/{pin}"), Value::Null),
        (
            110,
            Method::POST,
            format!("{general}/threads"),
            json!({"name": "t", "type": 11}),
        ),
        (20, Method::DELETE, format!("{guild}/members/{bob}"), Value::Null),
        (22, Method::PUT, format!("{guild}/bans/{carol}"), json!({})),
        (23, Method::DELETE, format!("{guild}/bans/{carol}"), Value::Null),
    ];
    for (action, method, path, body) in acts {
        let mut request = bot
            .request(method.clone(), &path)
            .header("X-Audit-Log-Reason", format!("because%20{action}%20%F0%9F%8E%89"));
        if !body.is_null() {
            request = request.json(&body);
        }
        bot.send(request).await.ok();
        let heard = gateway.event("GUILD_AUDIT_LOG_ENTRY_CREATE").await;
        let heard = if action == 1 && heard["action_type"] != 1 {
            // The role that was made before.
            gateway.event("GUILD_AUDIT_LOG_ENTRY_CREATE").await
        } else {
            heard
        };
        assert_eq!(
            (heard["action_type"].as_i64(), heard["reason"].as_str()),
            (Some(action), Some(format!("because {action} 🎉").as_str())),
            "{method} {path}"
        );
        let log = bot.get(&format!("{guild}/audit-logs?limit=1")).await.ok();
        assert_eq!(log["audit_log_entries"][0]["id"], heard["id"], "{method} {path}");
        assert!(log["users"][0]["id"].is_string(), "{log}");
    }
}

#[tokio::test]
async fn the_log_is_filtered_paged_and_guarded() {
    let bot = Bot::powerful().await;
    let log = format!("/guilds/{}/audit-logs", bot.guild);
    for n in 0..5 {
        bot.patch(&bot.member("bob"), &json!({"nick": format!("b{n}")}))
            .await
            .ok();
    }
    bot.control.ban(bot.guild, "carol").unwrap();
    let all = bot.get(&log).await.ok();
    let entries = all["audit_log_entries"].as_array().unwrap();
    assert_eq!(
        (entries.len(), entries[0]["action_type"].as_i64()),
        (7, Some(22)),
        "newest first, and what the owner gave the bot last"
    );
    let change = &entries[1]["changes"][0];
    assert_eq!(
        change,
        &json!({"key": "nick", "old_value": "b3", "new_value": "b4"})
    );
    let owner = bot.control.user("alice").unwrap();
    let by_owner = bot.get(&format!("{log}?user_id={owner}")).await.ok();
    assert_eq!(by_owner["audit_log_entries"].as_array().unwrap().len(), 2);
    let nicks = bot.get(&format!("{log}?action_type=24&limit=2")).await.ok();
    let page = nicks["audit_log_entries"].as_array().unwrap().clone();
    assert_eq!(page.len(), 2);
    let before = page[1]["id"].as_str().unwrap();
    let rest = bot.get(&format!("{log}?before={before}")).await.ok();
    assert_eq!(rest["audit_log_entries"].as_array().unwrap().len(), 4);
    let forward = bot.get(&format!("{log}?after={before}&limit=1")).await.ok();
    assert_eq!(
        forward["audit_log_entries"][0]["id"], page[0]["id"],
        "after an id, oldest first"
    );
    bot.get(&format!("{log}?limit=101")).await.fails(400, 50035);
    bot.may_not(Permissions::VIEW_AUDIT_LOG);
    bot.get(&log).await.fails(403, 50013);
}
