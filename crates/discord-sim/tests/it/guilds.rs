//! Guilds themselves: settings, order of channels and roles, prunes, bulk bans, voice states.

use std::time::Duration;

use discord_sim::{Permissions, VoiceChange};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

#[tokio::test]
async fn a_guild_is_changed_and_previewed() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/guilds/{}", bot.guild);
    let lounge = bot.control.channel_named(bot.guild, "Lounge").unwrap();
    let form = json!({"name": "Tea House", "description": "tea", "afk_channel_id": lounge, "afk_timeout": 900,
        "verification_level": 2, "default_message_notifications": 1, "explicit_content_filter": 2,
        "preferred_locale": "de", "rules_channel_id": bot.general});
    let changed = bot.patch(&path, &form).await.ok();
    for (key, value) in form.as_object().unwrap() {
        assert_eq!(&changed[key], value, "{key}");
    }
    assert_eq!(gateway.event("GUILD_UPDATE").await["name"], "Tea House");
    let preview = bot.get(&format!("{path}/preview")).await.ok();
    assert_eq!(
        (
            preview["name"].as_str(),
            preview["approximate_member_count"].as_u64()
        ),
        (Some("Tea House"), Some(4))
    );
    for bad in [
        json!({"name": "x"}),
        json!({"afk_timeout": 1}),
        json!({"verification_level": 5}),
        json!({"afk_channel_id": bot.general}),
        json!({"preferred_locale": "xx"}),
        json!({"icon": "no picture"}),
    ] {
        bot.patch(&path, &bad).await.fails(400, 50035);
    }
    let bob = bot.control.user("bob").unwrap();
    bot.patch(&path, &json!({"owner_id": bob}))
        .await
        .fails(403, 50013);
    bot.may_not(Permissions::MANAGE_GUILD);
    bot.patch(&path, &json!({"name": "No"})).await.fails(403, 50013);
    assert_eq!(bot.get(&path).await.ok()["name"], "Tea House");
}

#[tokio::test]
async fn channels_are_put_in_order() {
    let bot = Bot::powerful().await;
    let path = format!("/guilds/{}/channels", bot.guild);
    let parlour = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    let closed = bot
        .channel(&json!({"name": "closed", "type": 4, "permission_overwrites":
        [{"id": bot.guild, "type": 0, "deny": "2048"}]}))
        .await;
    let closed = closed.trim_start_matches("/channels/");
    bot.patch(
        &path,
        &json!([{"id": bot.general, "position": 7, "parent_id": closed, "lock_permissions": true}]),
    )
    .await
    .ok();
    let general = bot.get(&format!("/channels/{}", bot.general)).await.ok();
    assert_eq!(
        (
            general["position"].as_i64(),
            general["parent_id"].as_str(),
            general["permission_overwrites"][0]["deny"].as_str()
        ),
        (Some(7), Some(closed), Some("2048"))
    );
    bot.patch(&path, &json!([{"position": 1}]))
        .await
        .fails(400, 50035);
    bot.patch(&path, &json!({})).await.fails(400, 50035);
    bot.patch(&path, &json!([{"id": "42", "position": 1}]))
        .await
        .fails(404, 10003);
    bot.patch(&path, &json!([{"id": parlour, "parent_id": closed}]))
        .await
        .fails(400, 50035);
    bot.may_not(Permissions::MANAGE_CHANNELS);
    bot.patch(&path, &json!([{"id": parlour, "position": 1}]))
        .await
        .fails(403, 50013);
}

#[tokio::test]
async fn channels_of_every_kind_keep_what_they_are_told() {
    let bot = Bot::powerful().await;
    for (form, keys) in [
        (
            json!({"name": "t", "type": 0, "topic": "x", "nsfw": true, "rate_limit_per_user": 9,
            "default_auto_archive_duration": 60, "default_thread_rate_limit_per_user": 3}),
            6,
        ),
        (
            json!({"name": "V", "type": 2, "bitrate": 32_000, "user_limit": 9, "rtc_region": "rotterdam",
            "video_quality_mode": 2}),
            5,
        ),
        (
            json!({"name": "S", "type": 13, "bitrate": 32_000, "user_limit": 500}),
            3,
        ),
        (json!({"name": "a", "type": 5, "topic": "x"}), 2),
        (
            json!({"name": "f", "type": 15, "default_sort_order": 1, "default_forum_layout": 2,
            "default_reaction_emoji": {"emoji_id": null, "emoji_name": "🎉"}}),
            4,
        ),
        (json!({"name": "m", "type": 16, "topic": "x"}), 2),
        (json!({"name": "C", "type": 4}), 2),
    ] {
        let path = bot.channel(&form).await;
        let made = bot.get(&path).await.ok();
        let kept = form
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, value)| made[key.as_str()] == **value);
        assert!(kept.count() >= keys, "{form} became {made}");
        bot.delete(&path).await.ok();
    }
    let general = format!("/channels/{}", bot.general);
    assert_eq!(
        bot.patch(&general, &json!({"type": 5})).await.ok()["type"],
        5,
        "text becomes news"
    );
    bot.patch(&general, &json!({"type": 2})).await.fails(400, 50035);
    bot.patch(&general, &json!({"rate_limit_per_user": 21_601}))
        .await
        .fails(400, 50035);
}

#[tokio::test]
async fn overwrites_stay_within_ones_own_permissions() {
    let bot = Bot::powerful().await;
    bot.may_not(Permissions::MANAGE_EVENTS);
    let bob = bot.control.user("bob").unwrap();
    let path = format!("/channels/{}/permissions/{bob}", bot.general);
    let set = |allow: Permissions| json!({"type": 1, "allow": allow, "deny": "0"});
    bot.put(&path, &set(Permissions::SEND_MESSAGES)).await.ok();
    bot.put(&path, &set(Permissions::MANAGE_EVENTS))
        .await
        .fails(403, 50013);
    bot.put(&path, &set(Permissions::MANAGE_ROLES))
        .await
        .fails(403, 50013);
    bot.put(&path, &json!({"allow": "0"})).await.fails(400, 50035);
    bot.put(
        &format!("/channels/{}/permissions/42", bot.general),
        &set(Permissions::NONE),
    )
    .await
    .fails(404, 10009);
    let form = json!({"name": "x", "permission_overwrites": [{"id": bob, "type": 1, "allow": Permissions::MANAGE_EVENTS}]});
    bot.post(&format!("/guilds/{}/channels", bot.guild), &form)
        .await
        .fails(403, 50013);
}

#[tokio::test]
async fn roles_are_put_in_order_below_ones_own() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let path = format!("/guilds/{}/roles", bot.guild);
    let low = bot.post(&path, &json!({"name": "low"})).await.ok();
    let high = bot.post(&path, &json!({"name": "high"})).await.ok();
    let before = bot.get(&path).await.ok();
    let position = |list: &Value, role: &Value| {
        let found = list
            .as_array()
            .unwrap()
            .iter()
            .find(|other| other["id"] == role["id"]);
        found.unwrap()["position"].as_i64().unwrap()
    };
    assert_eq!(
        (position(&before, &low), position(&before, &high)),
        (2, 1),
        "new roles come in at the bottom"
    );
    let moved = bot
        .patch(&path, &json!([{"id": low["id"], "position": 1}]))
        .await
        .ok();
    assert_eq!((position(&moved, &low), position(&moved, &high)), (1, 2));
    gateway.event("GUILD_ROLE_UPDATE").await;
    let admin = "1042000000000000202";
    bot.patch(&path, &json!([{"id": admin, "position": 1}]))
        .await
        .fails(403, 50013);
    bot.patch(&path, &json!([{"id": low["id"], "position": 50}]))
        .await
        .fails(403, 50013);
    bot.patch(&path, &json!([{"id": bot.guild, "position": 1}]))
        .await
        .fails(400, 50028);
    bot.patch(&path, &json!([{"id": "42", "position": 1}]))
        .await
        .fails(404, 10011);
    let counts = bot.get(&format!("{path}/member-counts")).await.ok();
    assert_eq!(counts["1042000000000000201"], 1);
    let own = bot.get(&path).await.ok();
    let own = own
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["managed"] == true)
        .unwrap()
        .clone();
    let own = own["id"].as_str().unwrap();
    bot.delete(&format!("{path}/{own}")).await.fails(400, 50028);
    bot.put(&format!("{}/roles/{own}", bot.member("bob")), &json!({}))
        .await
        .fails(403, 50013);
    bot.patch(&bot.member("bob"), &json!({"roles": [own]}))
        .await
        .fails(403, 50013);
    bot.patch(&bot.member("bob"), &json!({"roles": ["42"]}))
        .await
        .fails(400, 50035);
}

#[tokio::test]
async fn a_bulk_ban_says_who_was_banned() {
    let bot = Bot::powerful().await;
    let (alice, bob, carol) = (
        bot.control.user("alice").unwrap(),
        bot.control.user("bob").unwrap(),
        bot.control.user("carol").unwrap(),
    );
    let path = format!("/guilds/{}/bulk-ban", bot.guild);
    let done = bot
        .post(&path, &json!({"user_ids": [alice, bob, carol, "42"]}))
        .await
        .ok();
    assert_eq!(
        (
            done["banned_users"].clone(),
            done["failed_users"].as_array().unwrap().len()
        ),
        (json!([bob, carol]), 2)
    );
    bot.post(&path, &json!({"user_ids": [bob]}))
        .await
        .fails(400, 500_000);
    bot.post(&path, &json!({"user_ids": []})).await.fails(400, 50035);
    bot.post(&path, &json!({})).await.fails(400, 50035);
    let bans = format!("/guilds/{}/bans", bot.guild);
    assert_eq!(
        bot.get(&format!("{bans}?limit=1&after={bob}")).await.ok()[0]["user"]["username"],
        "carol"
    );
    assert_eq!(
        bot.get(&format!("{bans}?limit=1&before={carol}")).await.ok()[0]["user"]["username"],
        "bob"
    );
    bot.may_not(Permissions::MANAGE_GUILD);
    bot.post(&path, &json!({"user_ids": [carol]}))
        .await
        .fails(403, 50013);
}

#[tokio::test]
async fn a_prune_removes_who_was_not_seen() {
    let bot = Bot::powerful().await;
    let path = format!("/guilds/{}/prune", bot.guild);
    bot.control.clock().advance(Duration::from_secs(10 * 24 * 3_600));
    bot.control.add_member(bot.guild, "dave", None, false).unwrap();
    let count = bot.get(&format!("{path}?days=7")).await.ok();
    assert_eq!(count["pruned"], 1, "carol has no role, bob has one, dave is new");
    let with_role = bot
        .get(&format!("{path}?days=7&include_roles=1042000000000000201"))
        .await
        .ok();
    assert_eq!(with_role["pruned"], 2);
    bot.control
        .post_message(bot.general, "carol", "I am here", None)
        .unwrap();
    assert_eq!(bot.get(&format!("{path}?days=7")).await.ok()["pruned"], 0);
    bot.get(&format!("{path}?days=31")).await.fails(400, 50035);
    let done = bot
        .post(
            &path,
            &json!({"days": 7, "include_roles": ["1042000000000000201"]}),
        )
        .await
        .ok();
    assert_eq!(done["pruned"], 1);
    bot.get(&bot.member("bob")).await.fails(404, 10007);
    bot.may_not(Permissions::KICK_MEMBERS);
    bot.post(&path, &json!({})).await.fails(403, 50013);
}

#[tokio::test]
async fn voice_states_are_read_moved_and_muted() {
    let bot = Bot::powerful().await;
    let guild = format!("/guilds/{}", bot.guild);
    let lounge = bot.control.channel_named(bot.guild, "Lounge").unwrap();
    let bob = bot.control.user("bob").unwrap();
    let state = format!("{guild}/voice-states/{bob}");
    bot.get(&state).await.fails(404, 10065);
    bot.patch(&bot.member("bob"), &json!({"mute": true}))
        .await
        .fails(400, 40032);
    let speak = VoiceChange {
        channel_id: Some(lounge),
        ..VoiceChange::default()
    };
    bot.control.set_voice(bot.guild, "bob", speak).unwrap();
    assert_eq!(bot.get(&state).await.ok()["channel_id"], json!(lounge));
    bot.patch(&bot.member("bob"), &json!({"mute": true, "deaf": true}))
        .await
        .ok();
    assert_eq!(bot.get(&state).await.ok()["mute"], true);
    bot.patch(&bot.member("bob"), &json!({"channel_id": bot.general}))
        .await
        .fails(400, 50024);
    bot.patch(&bot.member("bob"), &json!({"channel_id": null}))
        .await
        .ok();
    bot.get(&state).await.fails(404, 10065);
    let podium = bot.channel(&json!({"name": "Stage", "type": 13})).await;
    let podium: discord_sim::Snowflake = podium.trim_start_matches("/channels/").parse().unwrap();
    let listen = VoiceChange {
        channel_id: Some(podium),
        ..VoiceChange::default()
    };
    bot.control.set_voice(bot.guild, "bob", listen).unwrap();
    bot.patch(&state, &json!({"channel_id": podium, "suppress": true}))
        .await
        .ok();
    assert_eq!(bot.get(&state).await.ok()["suppress"], true);
    bot.may_not(Permissions::MUTE_MEMBERS);
    bot.patch(&state, &json!({"suppress": false}))
        .await
        .fails(403, 50013);
    assert!(bot.get("/voice/regions").await.ok().as_array().unwrap().len() > 1);
}

#[tokio::test]
async fn the_bot_changes_itself_and_leaves() {
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    assert_eq!(
        bot.patch("/users/@me", &json!({"username": "robin"})).await.ok()["username"],
        "robin"
    );
    assert_eq!(gateway.event("USER_UPDATE").await["username"], "robin");
    bot.patch("/users/@me", &json!({"username": "r"}))
        .await
        .fails(400, 50035);
    bot.delete(&format!("/users/@me/guilds/{}", bot.guild)).await.ok();
    gateway.event("GUILD_DELETE").await;
    assert_eq!(bot.get("/users/@me/guilds").await.ok(), json!([]));
}
