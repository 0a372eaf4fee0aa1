//! Every implemented route answers what Discord's own OpenAPI description says.
//!
//! The description is not part of this repository: set `DISCORD_OPENAPI` to its file, or put it beside the checkout
//! as `../shared/reference/discord-openapi.json`. Without it, the walk is still made: every route must be visited,
//! and answer with success or with an error of Discord's shape.

mod description;
mod more;

use std::collections::BTreeSet;

use discord_sim::Snowflake;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};
use description::{Description, Walk, bare};

/// Returns an object's id.
pub(crate) fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn every_route_answers_as_discord_describes() {
    let description = Description::load();
    if !description.is_there() {
        eprintln!("NOT CHECKED against Discord's OpenAPI description: set DISCORD_OPENAPI to its file");
    }
    let bot = Bot::powerful().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let (app, guild, channel) = (bot.application(), bot.guild.to_string(), bot.general.to_string());
    let user = |name: &str| bot.control.user(name).expect("a user of the seed").to_string();
    let (alice, bob, carol, me) = (
        user("alice"),
        user("bob"),
        user("carol"),
        bot.bot_id().to_string(),
    );
    let control = bot.control.clone();
    let mut walk = Walk { bot, description };
    let (get, post, put, patch, delete) = (
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    );

    for path in [
        "/gateway",
        "/gateway/bot",
        "/users/@me",
        "/users/@me/guilds",
        "/applications/@me",
        "/oauth2/applications/@me",
    ] {
        walk.hit(get.clone(), path, &[], None).await;
    }
    walk.hit(get.clone(), "/users/{user_id}", &[&alice], None).await;
    walk.hit(
        post.clone(),
        "/users/@me/channels",
        &[],
        Some(json!({"recipient_id": alice})),
    )
    .await;

    let leaves: Vec<Value> = (3..=11)
        .map(|kind| json!({"type": kind, "name": format!("o{kind}"), "description": "d"}))
        .collect();
    let whole = json!({"name": "whole", "description": "d", "options": leaves, "default_member_permissions": "8",
        "name_localizations": {"de": "ganz"}});
    for (prefix, ids) in [
        ("/applications/{a}", vec![app.as_str()]),
        ("/applications/{a}/guilds/{g}", vec![app.as_str(), &guild]),
    ] {
        let (list, one) = (format!("{prefix}/commands"), format!("{prefix}/commands/{{c}}"));
        let created = id_of(&walk.hit(post.clone(), &list, &ids, Some(whole.clone())).await);
        walk.hit(get.clone(), &list, &ids, None).await;
        let with = |command: &'static str| [ids.clone(), vec![command]].concat();
        let created: &'static str = created.leak();
        walk.hit(get.clone(), &one, &with(created), None).await;
        walk.hit(
            patch.clone(),
            &one,
            &with(created),
            Some(json!({"description": "e"})),
        )
        .await;
        walk.hit(get.clone(), &one, &with("42"), None).await;
        walk.hit(delete.clone(), &one, &with(created), None).await;
        walk.hit(
            put.clone(),
            &list,
            &ids,
            Some(json!([whole, {"name": "who", "type": 2}])),
        )
        .await;
        walk.hit(post.clone(), &list, &ids, Some(json!({"name": "Bad Name"})))
            .await;
    }

    walk.hit(get.clone(), "/channels/{c}", &[&channel], None).await;
    walk.hit(get.clone(), "/channels/{c}", &["42"], None).await;
    walk.hit(
        patch.clone(),
        "/channels/{c}",
        &[&channel],
        Some(json!({"topic": "t"})),
    )
    .await;
    walk.hit(post.clone(), "/channels/{c}/typing", &[&channel], Some(json!({})))
        .await;
    let overwrite = "/channels/{c}/permissions/{o}";
    walk.hit(
        put.clone(),
        overwrite,
        &[&channel, &bob],
        Some(json!({"type": 1, "allow": "0", "deny": "2048"})),
    )
    .await;
    walk.hit(delete.clone(), overwrite, &[&channel, &bob], None).await;

    let rows = json!([
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go", "emoji": {"name": "🎉"}},
            {"type": 2, "style": 5, "label": "Out", "url": "https://example.org"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "u"}]},
        {"type": 1, "components": [{"type": 6, "custom_id": "r"}]},
        {"type": 1, "components": [{"type": 8, "custom_id": "c", "channel_types": [0]}]},
    ]);
    let embed = json!({"title": "T", "description": "D", "url": "https://example.org", "color": 255,
        "timestamp": "2026-01-01T00:00:00Z", "footer": {"text": "f"}, "author": {"name": "a"},
        "image": {"url": "https://example.org/a.png"}, "fields": [{"name": "n", "value": "v"}]});
    let messages = "/channels/{c}/messages";
    let rich =
        json!({"content": format!("hi <@{alice}>"), "embeds": [embed], "components": rows, "nonce": "n"});
    let first = id_of(
        &walk
            .hit(post.clone(), messages, &[&channel], Some(rich.clone()))
            .await,
    );
    let reply = json!({"content": "re", "message_reference": {"message_id": first}});
    let second = id_of(&walk.hit(post.clone(), messages, &[&channel], Some(reply)).await);
    let v2 = json!({"flags": 32_768, "components": [
        {"type": 17, "components": [{"type": 10, "content": "text"}, {"type": 14},
            {"type": 9, "components": [{"type": 10, "content": "t"}], "accessory": {"type": 2, "style": 1, "label": "x", "custom_id": "x"}},
            {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]}]}]});
    walk.hit(post.clone(), messages, &[&channel], Some(v2)).await;
    walk.hit(
        post.clone(),
        messages,
        &[&channel],
        Some(json!({"content": "x".repeat(2_001)})),
    )
    .await;
    let one = "/channels/{c}/messages/{m}";
    walk.hit(
        patch.clone(),
        one,
        &[&channel, &first],
        Some(json!({"content": "edited"})),
    )
    .await;
    for (pins, pin) in [
        ("/channels/{c}/messages/pins", "/channels/{c}/messages/pins/{m}"),
        ("/channels/{c}/pins", "/channels/{c}/pins/{m}"),
    ] {
        walk.hit(put.clone(), pin, &[&channel, &first], None).await;
        walk.hit(get.clone(), pins, &[&channel], None).await;
        walk.hit(delete.clone(), pin, &[&channel, &first], None).await;
    }
    let party = "%F0%9F%8E%89";
    let reactions = "/channels/{c}/messages/{m}/reactions/{e}";
    walk.hit(
        put.clone(),
        &format!("{reactions}/@me"),
        &[&channel, &first, party],
        None,
    )
    .await;
    control
        .add_reaction(channel.parse().unwrap(), first.parse().unwrap(), "alice", "🎉")
        .unwrap();
    walk.hit(get.clone(), reactions, &[&channel, &first, party], None)
        .await;
    walk.hit(get.clone(), messages, &[&channel, "?limit=100"], None)
        .await;
    walk.hit(get.clone(), one, &[&channel, &first], None).await;
    walk.hit(
        delete.clone(),
        &format!("{reactions}/{{u}}"),
        &[&channel, &first, party, &alice],
        None,
    )
    .await;
    walk.hit(
        delete.clone(),
        &format!("{reactions}/@me"),
        &[&channel, &first, party],
        None,
    )
    .await;
    walk.hit(
        put.clone(),
        &format!("{reactions}/@me"),
        &[&channel, &first, party],
        None,
    )
    .await;
    walk.hit(delete.clone(), reactions, &[&channel, &first, party], None)
        .await;
    walk.hit(
        delete.clone(),
        "/channels/{c}/messages/{m}/reactions",
        &[&channel, &first],
        None,
    )
    .await;
    walk.hit(delete.clone(), one, &[&channel, &second], None).await;
    let (third, fourth) = (walk.bot.say("3").await, walk.bot.say("4").await);
    let both = json!({"messages": [third, fourth]});
    walk.hit(
        post.clone(),
        "/channels/{c}/messages/bulk-delete",
        &[&channel],
        Some(both),
    )
    .await;

    walk.hit(get.clone(), "/guilds/{g}", &[&guild, "?with_counts=true"], None)
        .await;
    walk.hit(get.clone(), "/guilds/{g}/channels", &[&guild], None)
        .await;
    walk.hit(get.clone(), "/guilds/{g}/threads/active", &[&guild], None)
        .await;
    more::walk(&mut walk).await;
    for kind in [0, 2, 4, 5, 13, 15] {
        let made = id_of(
            &walk
                .hit(
                    post.clone(),
                    "/guilds/{g}/channels",
                    &[&guild],
                    Some(json!({"name": "new", "type": kind})),
                )
                .await,
        );
        walk.hit(get.clone(), "/channels/{c}", &[&made], None).await;
        walk.hit(delete.clone(), "/channels/{c}", &[&made], None).await;
    }
    let members = "/guilds/{g}/members";
    walk.hit(get.clone(), members, &[&guild, "?limit=100"], None)
        .await;
    walk.hit(
        get.clone(),
        &format!("{members}/search"),
        &[&guild, "?query=a&limit=5"],
        None,
    )
    .await;
    walk.hit(get.clone(), &format!("{members}/{{u}}"), &[&guild, &me], None)
        .await;
    walk.hit(
        patch.clone(),
        &format!("{members}/{{u}}"),
        &[&guild, &bob],
        Some(json!({"nick": "B"})),
    )
    .await;
    walk.hit(
        patch.clone(),
        &format!("{members}/@me"),
        &[&guild],
        Some(json!({"nick": "Maid"})),
    )
    .await;
    let roles = "/guilds/{g}/roles";
    let role = id_of(
        &walk
            .hit(
                post.clone(),
                roles,
                &[&guild],
                Some(json!({"name": "Guests", "permissions": "0"})),
            )
            .await,
    );
    walk.hit(get.clone(), roles, &[&guild], None).await;
    walk.hit(get.clone(), &format!("{roles}/{{r}}"), &[&guild, &role], None)
        .await;
    walk.hit(
        patch.clone(),
        &format!("{roles}/{{r}}"),
        &[&guild, &role],
        Some(json!({"color": 1})),
    )
    .await;
    walk.hit(
        put.clone(),
        &format!("{members}/{{u}}/roles/{{r}}"),
        &[&guild, &bob, &role],
        None,
    )
    .await;
    walk.hit(
        delete.clone(),
        &format!("{members}/{{u}}/roles/{{r}}"),
        &[&guild, &bob, &role],
        None,
    )
    .await;
    walk.hit(delete.clone(), &format!("{roles}/{{r}}"), &[&guild, &role], None)
        .await;
    walk.hit(
        put.clone(),
        "/guilds/{g}/bans/{u}",
        &[&guild, &carol],
        Some(json!({})),
    )
    .await;
    walk.hit(get.clone(), "/guilds/{g}/bans", &[&guild], None).await;
    walk.hit(get.clone(), "/guilds/{g}/bans/{u}", &[&guild, &carol], None)
        .await;
    walk.hit(delete.clone(), "/guilds/{g}/bans/{u}", &[&guild, &carol], None)
        .await;
    walk.hit(delete.clone(), &format!("{members}/{{u}}"), &[&guild, &bob], None)
        .await;

    let callback = "/interactions/{i}/{t}/callback";
    let hook = "/webhooks/{a}/{t}";
    let general: Snowflake = channel.parse().expect("an id");
    for (kind, query) in [(4, "?with_response=true"), (5, "?with_response=true"), (4, "")] {
        control
            .run_command(general, "alice", "whole", &[json!({"name": "o3", "value": "x"})])
            .expect("a command");
        let interaction = gateway.event("INTERACTION_CREATE").await;
        let (id, token) = (
            id_of(&interaction),
            interaction["token"].as_str().expect("a token").to_owned(),
        );
        let answer = json!({"type": kind, "data": {"content": "answer", "components": rows}});
        walk.hit(
            post.clone(),
            callback,
            &[&id, &token, query],
            Some(answer.clone()),
        )
        .await;
        walk.hit(post.clone(), callback, &[&id, &token], Some(answer))
            .await;
        walk.hit(
            get.clone(),
            &format!("{hook}/messages/{{m}}"),
            &[&app, &token, "@original"],
            None,
        )
        .await;
        walk.hit(
            patch.clone(),
            &format!("{hook}/messages/{{m}}"),
            &[&app, &token, "@original"],
            Some(rich.clone()),
        )
        .await;
        let more = id_of(
            &walk
                .hit(
                    post.clone(),
                    hook,
                    &[&app, &token, "?wait=true"],
                    Some(json!({"content": "more"})),
                )
                .await,
        );
        walk.hit(
            delete.clone(),
            &format!("{hook}/messages/{{m}}"),
            &[&app, &token, &more],
            None,
        )
        .await;
    }

    let seen: BTreeSet<_> = walk
        .description
        .seen
        .iter()
        .map(|(method, path)| (method.to_uppercase(), bare(path)))
        .collect();
    let all: BTreeSet<_> = discord_sim::routes()
        .map(|(method, path)| (method.to_owned(), bare(path)))
        .collect();
    let missed: Vec<_> = all.difference(&seen).collect();
    assert!(missed.is_empty(), "routes this test does not visit: {missed:?}");
    let problems = &walk.description.problems;
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
