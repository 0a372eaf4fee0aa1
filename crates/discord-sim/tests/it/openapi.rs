//! Every implemented route answers what Discord's own OpenAPI description says.
//!
//! The description is not part of this repository: set `DISCORD_OPENAPI` to its file, or put it beside the checkout
//! as `../shared/reference/discord-openapi.json`.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use discord_sim::Snowflake;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot};

/// Where the description is known to be wrong: the place in the answer, and why.
const KNOWN: &[(&str, &str)] = &[(
    "/errors",
    "it types the codes of nested form errors as numbers; Discord's documentation and servers use texts",
)];

/// Discord's description, with what was checked against it.
struct Description {
    document: Value,
    validators: HashMap<String, Validator>,
    seen: BTreeSet<(String, String)>,
    problems: Vec<String>,
}

impl Description {
    fn load() -> Option<Self> {
        let beside =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/discord-openapi.json");
        let text = match std::env::var_os("DISCORD_OPENAPI") {
            Some(path) => std::fs::read_to_string(path).expect("DISCORD_OPENAPI names a readable file"),
            None => std::fs::read_to_string(beside).ok()?,
        };
        let document = serde_json::from_str(&text).expect("the description is JSON");
        Some(Self {
            document,
            validators: HashMap::new(),
            seen: BTreeSet::new(),
            problems: Vec::new(),
        })
    }

    /// Checks one answer.
    fn check(&mut self, method: &Method, template: &str, status: u16, body: &Value) {
        let (method, at) = (
            method.as_str().to_lowercase(),
            format!("{method} {template} {status}"),
        );
        self.seen.insert((method.clone(), template.to_owned()));
        let paths = self.document["paths"]
            .as_object()
            .expect("the description has paths");
        let Some(operation) = paths
            .iter()
            .find(|(path, _)| bare(path) == bare(template))
            .map(|(_, item)| &item[&method])
        else {
            self.problems.push(format!("{at}: Discord has no such route"));
            return;
        };
        let responses = &operation["responses"];
        let exact = &responses[status.to_string()];
        let response = if exact.is_null() {
            &responses[format!("{}XX", status / 100)]
        } else {
            exact
        };
        if response.is_null() {
            self.problems
                .push(format!("{at}: Discord never answers with this status"));
            return;
        }
        let response = match response["$ref"].as_str() {
            Some(pointer) => self
                .document
                .pointer(&pointer[1..])
                .expect("a reference leads somewhere"),
            None => response,
        };
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            if !body.is_null() {
                self.problems
                    .push(format!("{at}: Discord answers without a body"));
            }
            return;
        }
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.document["components"],
        });
        let validator = self
            .validators
            .entry(schema.to_string())
            .or_insert_with(|| jsonschema::validator_for(&whole).expect("the description is a schema"));
        for error in validator.iter_errors(body).take(5) {
            let place = error.instance_path().to_string();
            if KNOWN.iter().all(|(known, _)| place != *known) {
                self.problems
                    .push(format!("{at}: {} at {place}", brief(&error.to_string())));
            }
        }
    }
}

fn brief(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(600)
        .map_or(text.len(), |(index, _)| index);
    text[..end].to_owned()
}

/// Returns a path with its parameters' names left out.
fn bare(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Makes requests and checks each answer.
struct Walk {
    bot: Bot,
    description: Description,
}

impl Walk {
    async fn hit(&mut self, method: Method, template: &str, ids: &[&str], body: Option<Value>) -> Value {
        let mut parts = ids.iter();
        let path: Vec<&str> = template
            .split('/')
            .map(|part| {
                if part.starts_with('{') {
                    *parts.next().expect("an id for each parameter")
                } else {
                    part
                }
            })
            .collect();
        let (path, query) = (path.join("/"), parts.next().copied().unwrap_or_default());
        let mut request = self.bot.request(method.clone(), &format!("{path}{query}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let reply = self.bot.send(request).await;
        self.description
            .check(&method, template, reply.status.as_u16(), &reply.body);
        reply.body
    }
}

fn id_of(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn every_route_answers_as_discord_describes() {
    let Some(description) = Description::load() else {
        eprintln!("NOT CHECKED against Discord's OpenAPI description: set DISCORD_OPENAPI to its file");
        return;
    };
    let bot = Bot::start().await;
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
