//! The walk through threads, webhooks, invites, emojis, and what a guild has beside them.

use discord_sim::VoiceChange;
use reqwest::Method;
use serde_json::{Value, json};

use super::description::Walk;
use super::id_of;

const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

pub(super) async fn walk(walk: &mut Walk) {
    threads(walk).await;
    webhooks(walk).await;
    invites_and_emojis(walk).await;
    guild(walk).await;
    members(walk).await;
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
        .to_owned()
}

async fn threads(walk: &mut Walk) {
    let (get, post, put, patch, delete) = (
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    );
    let (guild, channel) = (walk.bot.guild.to_string(), walk.bot.general.to_string());
    let bob = walk.bot.control.user("bob").unwrap().to_string();
    let message = walk.bot.say("a thread begins here").await;
    let body = json!({"name": "t", "auto_archive_duration": 60});
    let from = "/channels/{c}/messages/{m}/threads";
    let thread = id_of(
        &walk
            .hit(post.clone(), from, &[&channel, &message], Some(body.clone()))
            .await,
    );
    walk.hit(post.clone(), from, &[&channel, &message], Some(body))
        .await;
    walk.hit(
        get.clone(),
        "/channels/{c}/messages/{m}",
        &[&channel, &message],
        None,
    )
    .await;
    walk.hit(get.clone(), "/channels/{c}/messages", &[&thread], None)
        .await;
    walk.hit(get.clone(), "/channels/{c}", &[&thread], None).await;
    let members = "/channels/{c}/thread-members";
    let member = "/channels/{c}/thread-members/{u}";
    let own = "/channels/{c}/thread-members/@me";
    walk.hit(put.clone(), member, &[&thread, &bob], None).await;
    walk.hit(get.clone(), member, &[&thread, &bob, "?with_member=true"], None)
        .await;
    walk.hit(get.clone(), members, &[&thread, "?with_member=true"], None)
        .await;
    walk.hit(delete.clone(), member, &[&thread, &bob], None).await;
    walk.hit(delete.clone(), own, &[&thread], None).await;
    walk.hit(put.clone(), own, &[&thread], None).await;
    walk.hit(get.clone(), "/guilds/{g}/threads/active", &[&guild], None)
        .await;
    walk.hit(
        patch.clone(),
        "/channels/{c}",
        &[&thread],
        Some(json!({"archived": true})),
    )
    .await;
    let private = json!({"name": "p", "type": 12, "invitable": false});
    let start = "/channels/{c}/threads";
    let private = id_of(&walk.hit(post.clone(), start, &[&channel], Some(private)).await);
    walk.hit(
        patch.clone(),
        "/channels/{c}",
        &[&private],
        Some(json!({"archived": true, "locked": true})),
    )
    .await;
    for list in [
        "/channels/{c}/threads/archived/public",
        "/channels/{c}/threads/archived/private",
        "/channels/{c}/users/@me/threads/archived/private",
    ] {
        walk.hit(get.clone(), list, &[&channel], None).await;
    }
    let forum = json!({"name": "forum", "type": 15, "available_tags": [{"name": "tag", "emoji_name": "🎉"}],
        "default_reaction_emoji": {"emoji_name": "🎉"}, "default_sort_order": 1});
    let forum = id_of(
        &walk
            .hit(post.clone(), "/guilds/{g}/channels", &[&guild], Some(forum))
            .await,
    );
    let tags = walk.hit(get.clone(), "/channels/{c}", &[&forum], None).await["available_tags"].clone();
    let post_body = json!({"name": "post", "message": {"content": "hi"}, "applied_tags": [tags[0]["id"]]});
    let made = id_of(&walk.hit(post.clone(), start, &[&forum], Some(post_body)).await);
    walk.hit(delete.clone(), "/channels/{c}", &[&made], None).await;
    walk.hit(delete.clone(), "/channels/{c}", &[&forum], None).await;
}

async fn webhooks(walk: &mut Walk) {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let (guild, channel) = (walk.bot.guild.to_string(), walk.bot.general.to_string());
    let of_channel = "/channels/{c}/webhooks";
    let hook = walk
        .hit(
            post.clone(),
            of_channel,
            &[&channel],
            Some(json!({"name": "Hook", "avatar": PNG})),
        )
        .await;
    let (id, token) = (text(&hook, "id"), text(&hook, "token"));
    let news = json!({"name": "news", "type": 5});
    let news = id_of(
        &walk
            .hit(post.clone(), "/guilds/{g}/channels", &[&guild], Some(news))
            .await,
    );
    walk.hit(
        post.clone(),
        "/channels/{c}/followers",
        &[&news],
        Some(json!({"webhook_channel_id": channel})),
    )
    .await;
    let extra = json!({"content": "extra"});
    let extra = id_of(
        &walk
            .hit(post.clone(), "/channels/{c}/messages", &[&news], Some(extra))
            .await,
    );
    walk.hit(
        post.clone(),
        "/channels/{c}/messages/{m}/crosspost",
        &[&news, &extra],
        None,
    )
    .await;
    walk.hit(get.clone(), of_channel, &[&channel], None).await;
    walk.hit(get.clone(), "/guilds/{g}/webhooks", &[&guild], None)
        .await;
    let (by_id, by_token) = ("/webhooks/{w}", "/webhooks/{w}/{t}");
    walk.hit(get.clone(), by_id, &[&id], None).await;
    walk.hit(get.clone(), by_token, &[&id, &token], None).await;
    walk.hit(get.clone(), by_token, &[&id, "wrong"], None).await;
    walk.hit(patch.clone(), by_id, &[&id], Some(json!({"name": "Crook"})))
        .await;
    walk.hit(
        patch.clone(),
        by_token,
        &[&id, &token],
        Some(json!({"name": "Look"})),
    )
    .await;
    let body = json!({"content": "hi", "username": "Guest", "embeds": [{"title": "T"}]});
    walk.hit(post.clone(), by_token, &[&id, &token], Some(body.clone()))
        .await;
    let sent = walk
        .hit(post.clone(), by_token, &[&id, &token, "?wait=true"], Some(body))
        .await;
    let sent = id_of(&sent);
    let one = "/webhooks/{w}/{t}/messages/{m}";
    walk.hit(get.clone(), one, &[&id, &token, &sent], None).await;
    walk.hit(
        patch.clone(),
        one,
        &[&id, &token, &sent],
        Some(json!({"content": "bye"})),
    )
    .await;
    walk.hit(delete.clone(), one, &[&id, &token, &sent], None).await;
    walk.hit(delete.clone(), by_token, &[&id, &token], None).await;
    let again = walk
        .hit(
            post.clone(),
            of_channel,
            &[&channel],
            Some(json!({"name": "Hook"})),
        )
        .await;
    walk.hit(delete.clone(), by_id, &[&id_of(&again)], None).await;
}

async fn invites_and_emojis(walk: &mut Walk) {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let (guild, channel) = (walk.bot.guild.to_string(), walk.bot.general.to_string());
    let of_channel = "/channels/{c}/invites";
    let invite = walk
        .hit(
            post.clone(),
            of_channel,
            &[&channel],
            Some(json!({"max_age": 60})),
        )
        .await;
    let code = text(&invite, "code");
    walk.hit(get.clone(), of_channel, &[&channel], None).await;
    walk.hit(get.clone(), "/guilds/{g}/invites", &[&guild], None)
        .await;
    walk.hit(get.clone(), "/invites/{i}", &[&code, "?with_counts=true"], None)
        .await;
    walk.hit(delete.clone(), "/invites/{i}", &[&code], None).await;
    walk.hit(get.clone(), "/invites/{i}", &[&code], None).await;

    let (list, one) = ("/guilds/{g}/emojis", "/guilds/{g}/emojis/{e}");
    let body = json!({"name": "maid", "image": PNG});
    let emoji = id_of(&walk.hit(post.clone(), list, &[&guild], Some(body)).await);
    walk.hit(get.clone(), list, &[&guild], None).await;
    walk.hit(get.clone(), one, &[&guild, &emoji], None).await;
    walk.hit(
        patch.clone(),
        one,
        &[&guild, &emoji],
        Some(json!({"name": "butler"})),
    )
    .await;
    walk.hit(get.clone(), "/guilds/{g}", &[&guild], None).await;
    walk.hit(delete.clone(), one, &[&guild, &emoji], None).await;
}

async fn guild(walk: &mut Walk) {
    let (get, post, put, patch) = (Method::GET, Method::POST, Method::PUT, Method::PATCH);
    let (guild, app) = (walk.bot.guild.to_string(), walk.bot.application());
    let body = json!({"name": "Tea House", "verification_level": 1, "afk_timeout": 60});
    walk.hit(patch.clone(), "/guilds/{g}", &[&guild], Some(body))
        .await;
    walk.hit(get.clone(), "/guilds/{g}/preview", &[&guild], None)
        .await;
    let order = json!([{"id": walk.bot.general, "position": 3}]);
    walk.hit(patch.clone(), "/guilds/{g}/channels", &[&guild], Some(order))
        .await;
    let role = walk
        .hit(
            post.clone(),
            "/guilds/{g}/roles",
            &[&guild],
            Some(json!({"name": "r"})),
        )
        .await;
    let order = json!([{"id": role["id"], "position": 1}]);
    walk.hit(patch.clone(), "/guilds/{g}/roles", &[&guild], Some(order))
        .await;
    walk.hit(get.clone(), "/guilds/{g}/roles/member-counts", &[&guild], None)
        .await;
    walk.hit(get.clone(), "/guilds/{g}/regions", &[&guild], None)
        .await;
    walk.hit(get.clone(), "/voice/regions", &[], None).await;
    let permissions = "/applications/{a}/guilds/{g}/commands/permissions";
    walk.hit(get.clone(), permissions, &[&app, &guild], None).await;
    let command = walk
        .bot
        .register(&json!([{"name": "c", "description": "d"}]))
        .await;
    let one = "/applications/{a}/guilds/{g}/commands/{c}/permissions";
    let command = id_of(&command[0]);
    walk.hit(get.clone(), one, &[&app, &guild, &command], None).await;
    walk.hit(
        put.clone(),
        one,
        &[&app, &guild, &command],
        Some(json!({"permissions": []})),
    )
    .await;
    walk.hit(
        patch.clone(),
        "/users/@me",
        &[],
        Some(json!({"username": "robin"})),
    )
    .await;
}

async fn members(walk: &mut Walk) {
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let guild = walk.bot.guild.to_string();
    let control = walk.bot.control.clone();
    let nick = "/guilds/{g}/members/@me/nick";
    walk.hit(patch.clone(), nick, &[&guild], Some(json!({"nick": "Maid"})))
        .await;
    let stage = json!({"name": "Stage", "type": 13});
    let stage = id_of(
        &walk
            .hit(post.clone(), "/guilds/{g}/channels", &[&guild], Some(stage))
            .await,
    );
    let bob = control.user("bob").unwrap().to_string();
    for who in ["bob", "homebot"] {
        let listen = VoiceChange {
            channel_id: Some(stage.parse().unwrap()),
            ..VoiceChange::default()
        };
        // The bot may have been renamed by now.
        let user = if who == "bob" {
            control.user(who).unwrap()
        } else {
            walk.bot.bot_id()
        };
        control.set_voice(walk.bot.guild, user, listen).unwrap();
    }
    let (own, other) = ("/guilds/{g}/voice-states/@me", "/guilds/{g}/voice-states/{u}");
    walk.hit(get.clone(), own, &[&guild], None).await;
    walk.hit(get.clone(), other, &[&guild, &bob], None).await;
    let quiet = json!({"channel_id": stage, "suppress": true});
    walk.hit(patch.clone(), own, &[&guild], Some(quiet.clone())).await;
    walk.hit(patch.clone(), other, &[&guild, &bob], Some(quiet)).await;
    walk.hit(delete.clone(), "/channels/{c}", &[&stage], None).await;
    control.add_member(walk.bot.guild, "eve", None, false).unwrap();
    let eve = control.user("eve").unwrap();
    walk.hit(
        post.clone(),
        "/guilds/{g}/bulk-ban",
        &[&guild],
        Some(json!({"user_ids": [eve]})),
    )
    .await;
    walk.hit(get.clone(), "/guilds/{g}/prune", &[&guild, "?days=7"], None)
        .await;
    walk.hit(
        post.clone(),
        "/guilds/{g}/prune",
        &[&guild],
        Some(json!({"days": 30})),
    )
    .await;
    walk.hit(
        get.clone(),
        "/guilds/{g}/audit-logs",
        &[&guild, "?limit=100"],
        None,
    )
    .await;
    let away = control
        .create_guild("Away", "bob", Some(discord_sim::Permissions::NONE))
        .unwrap();
    walk.hit(delete, "/users/@me/guilds/{g}", &[&away.to_string()], None)
        .await;
}
