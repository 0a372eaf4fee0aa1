//! Every class of error, in tables: what is asked, and exactly what Discord says.

mod commands;
mod forms;
mod full;

use discord_sim::Permissions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bot::Bot;

/// A table of refusals, one a row.
macro_rules! table {
    ($($row:expr;)*) => { vec![$($row),*] };
}
use table;

/// One refusal: the request, and the answer's status, code, and nested mistake (`path: CODE`), if it is a form's.
struct Refusal {
    what: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    status: u16,
    code: u64,
    nested: &'static str,
}

fn refusal(
    what: &'static str,
    (method, path): (Method, impl Into<String>),
    body: impl Into<Option<Value>>,
    (status, code): (u16, u64),
    nested: &'static str,
) -> Refusal {
    Refusal {
        what,
        method,
        path: path.into(),
        body: body.into(),
        status,
        code,
        nested,
    }
}

/// Returns `path: CODE` of every nested mistake.
fn nested(path: &str, errors: &Value, found: &mut Vec<String>) {
    for (key, inner) in errors.as_object().into_iter().flatten() {
        if key == "_errors" {
            for issue in inner.as_array().into_iter().flatten() {
                assert!(
                    issue["message"].as_str().is_some_and(|text| !text.is_empty()),
                    "a mistake has a text: {errors}"
                );
                found.push(format!("{path}: {}", issue["code"].as_str().unwrap_or("none")));
            }
        } else {
            let deeper = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            nested(&deeper, inner, found);
        }
    }
}

async fn check(bot: &Bot, table: Vec<Refusal>) {
    let mut wrong = Vec::new();
    for row in table {
        let mut request = bot.request(row.method.clone(), &row.path);
        if let Some(body) = &row.body {
            request = request.json(body);
        }
        let reply = bot.send(request).await;
        let mut found = Vec::new();
        nested("", &reply.body["errors"], &mut found);
        let fits = if row.nested.is_empty() {
            found.is_empty()
        } else {
            found.iter().any(|one| one == row.nested)
        };
        let answer = (reply.status.as_u16(), reply.body["code"].as_u64());
        if answer != (row.status, Some(row.code)) || !fits {
            wrong.push(format!(
                "{}: {answer:?} {found:?} {}",
                row.what, reply.body["message"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong answers:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Status and code of a form that does not validate.
const FORM: (u16, u64) = (400, 50035);
/// Status and code of a lacking permission.
const FORBIDDEN: (u16, u64) = (403, 50013);

#[tokio::test]
async fn what_is_not_there_or_not_allowed_has_its_own_code() {
    let bot = Bot::powerful().await;
    let (guild, here) = (
        format!("/guilds/{}", bot.guild),
        format!("/channels/{}", bot.general),
    );
    let hidden = bot.control.channel_named(bot.guild, "bot-spam").unwrap();
    bot.control
        .set_overwrite(hidden, bot.bot_id(), Permissions::NONE, Permissions::VIEW_CHANNEL)
        .unwrap();
    let hidden = format!("/channels/{hidden}");
    let parlour = bot.control.channel_named(bot.guild, "Parlour").unwrap();
    let elsewhere = bot.control.create_guild("Elsewhere", "alice", None).unwrap();
    let stranger = bot
        .control
        .add_member(elsewhere, "stranger", None, false)
        .unwrap();
    let dm = bot
        .post(
            "/users/@me/channels",
            &json!({"recipient_id": stranger["user"]["id"]}),
        )
        .await
        .ok();
    let dm = dm["id"].as_str().unwrap();
    let posted = bot
        .control
        .post_message(bot.general, "bob", "mine", None)
        .unwrap();
    let bobs = posted["id"].as_str().unwrap();
    let own = bot.say("own").await;
    let post = |path: &str| (Method::POST, path.to_owned());
    let get = |path: &str| (Method::GET, path.to_owned());
    let alice = bot.member("alice");
    let old = discord_sim::Snowflake::at("2016-01-01T00:00:00Z".parse().unwrap());
    let table = table![
        // One row a line, which the semicolons keep rustfmt from spreading out.
        refusal("no such channel", get("/channels/42"), None, (404, 10003), "");
        refusal("no such guild", get("/guilds/42"), None, (404, 10004), "");
        refusal("no such member", get(&format!("{guild}/members/{}", stranger["user"]["id"].as_str().unwrap())), None, (404, 10007), "");
        refusal("no such message", get(&format!("{here}/messages/42")), None, (404, 10008), "");
        refusal("no such overwrite", (Method::DELETE, format!("{here}/permissions/42")), None, (404, 10009), "");
        refusal("no such role", get(&format!("{guild}/roles/42")), None, (404, 10011), "");
        refusal("no such user", get("/users/42"), None, (404, 10013), "");
        refusal("no such emoji", (Method::PUT, format!("{here}/messages/{own}/reactions/nothing/@me")), None, (400, 10014), "");
        refusal("no such webhook", get("/webhooks/42"), None, (404, 10015), "");
        refusal("no such ban", get(&format!("{guild}/bans/42")), None, (404, 10026), "");
        refusal("no such invite", get("/invites/nothing"), None, (404, 10006), "");
        refusal("no such interaction", post("/interactions/42/token/callback"), json!({"type": 4}), (404, 10062), "");
        refusal("no such token", post(&format!("/webhooks/{}/token", bot.application())), json!({"content": "x"}), (401, 50027), "");
        refusal("id of letters", get("/channels/general"), None, FORM, "channel_id: NUMBER_TYPE_COERCE");
        refusal("query of letters", get(&format!("{here}/messages?limit=all")), None, FORM, "limit: NUMBER_TYPE_COERCE");
        refusal("query too large", get(&format!("{here}/messages?limit=101")), None, FORM, "limit: NUMBER_TYPE_MAX");
        refusal("query too small", get(&format!("{here}/messages?limit=0")), None, FORM, "limit: NUMBER_TYPE_MIN");
        refusal("query of no id", get(&format!("{here}/messages?before=x")), None, FORM, "before: NUMBER_TYPE_COERCE");
        refusal("two ways at once", get(&format!("{here}/messages?before=1&after=2")), None, FORM, ": MESSAGE_PAGINATION_EXCLUSIVE");
        refusal("hidden channel", get(&hidden), None, (403, 50001), "");
        refusal("writing into a hidden channel", post(&format!("{hidden}/messages")), json!({"content": "x"}), (403, 50001), "");
        refusal("a guild it is not in", get(&format!("/guilds/{elsewhere}")), None, (403, 50001), "");
        refusal("another's message", (Method::PATCH, format!("{here}/messages/{bobs}")), json!({"content": "x"}), (403, 50005), "");
        refusal("messages of a category", post(&format!("/channels/{parlour}/messages")), json!({"content": "x"}), (400, 50008), "");
        refusal("a stranger's direct messages", post(&format!("/channels/{dm}/messages")), json!({"content": "x"}), (403, 50278), "");
        refusal("a direct message to itself", post("/users/@me/channels"), json!({"recipient_id": bot.bot_id()}), (403, 50007), "");
        refusal("one message in bulk", post(&format!("{here}/messages/bulk-delete")), json!({"messages": [own]}), FORM, "messages: BASE_TYPE_BAD_LENGTH");
        refusal("one message twice in bulk", post(&format!("{here}/messages/bulk-delete")), json!({"messages": [own, own]}), FORM, "messages: BASE_TYPE_DUPLICATE");
        refusal("old messages in bulk", post(&format!("{here}/messages/bulk-delete")), json!({"messages": [own, old]}), (400, 50034), "");
        refusal("the owner kicked", (Method::DELETE, alice.clone()), None, FORBIDDEN, "");
        refusal("the owner renamed", (Method::PATCH, alice.clone()), json!({"nick": "x"}), FORBIDDEN, "");
        refusal("a time-out of a year", (Method::PATCH, bot.member("bob")), json!({"communication_disabled_until": "2090-01-01T00:00:00Z"}), FORM, "communication_disabled_until: COMMUNICATION_DISABLED_TOO_LONG");
        refusal("a time-out of words", (Method::PATCH, bot.member("bob")), json!({"communication_disabled_until": "later"}), FORM, "communication_disabled_until: DATE_TIME_TYPE_PARSE");
        refusal("a long nickname", (Method::PATCH, bot.member("bob")), json!({"nick": "x".repeat(33)}), FORM, "nick: BASE_TYPE_MAX_LENGTH");
        refusal("administrator for a role", post(&format!("{guild}/roles")), json!({"permissions": "8"}), FORBIDDEN, "");
        refusal("everyone deleted", (Method::DELETE, format!("{guild}/roles/{}", bot.guild)), None, (400, 50028), "");
        refusal("a channel without a name", post(&format!("{guild}/channels")), json!({}), FORM, "name: BASE_TYPE_REQUIRED");
        refusal("a channel of no kind", post(&format!("{guild}/channels")), json!({"name": "x", "type": 3}), FORM, "type: BASE_TYPE_CHOICES");
        refusal("a channel in a channel", post(&format!("{guild}/channels")), json!({"name": "x", "parent_id": bot.general}), FORM, "parent_id: CHANNEL_PARENT_INVALID_TYPE");
        refusal("a ban of ages", (Method::PUT, format!("{guild}/bans/42")), json!({"delete_message_seconds": 604_801}), FORM, "delete_message_seconds: NUMBER_TYPE_MAX");
    ];
    check(&bot, table).await;
}

#[tokio::test]
async fn each_permission_is_asked_for() {
    let bot = Bot::powerful().await;
    let (guild, here) = (
        format!("/guilds/{}", bot.guild),
        format!("/channels/{}", bot.general),
    );
    let posted = bot
        .control
        .post_message(bot.general, "bob", "mine", None)
        .unwrap();
    let bobs = posted["id"].as_str().unwrap();
    let bob = bot.member("bob");
    let party = "%F0%9F%8E%89";
    let one = format!("{here}/messages/{bobs}");
    let rows: Vec<(Permissions, Method, String, Value)> = vec![
        (
            Permissions::SEND_MESSAGES,
            Method::POST,
            format!("{here}/messages"),
            json!({"content": "x"}),
        ),
        (
            Permissions::EMBED_LINKS,
            Method::POST,
            format!("{here}/messages"),
            json!({"embeds": [{"title": "x"}]}),
        ),
        (
            Permissions::SEND_TTS_MESSAGES,
            Method::POST,
            format!("{here}/messages"),
            json!({"content": "x", "tts": true}),
        ),
        (
            Permissions::SEND_MESSAGES,
            Method::POST,
            format!("{here}/typing"),
            json!({}),
        ),
        (
            Permissions::READ_MESSAGE_HISTORY,
            Method::GET,
            one.clone(),
            Value::Null,
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::DELETE,
            one.clone(),
            Value::Null,
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::POST,
            format!("{here}/messages/bulk-delete"),
            json!({"messages": [bobs, "42"]}),
        ),
        (
            Permissions::PIN_MESSAGES,
            Method::PUT,
            format!("{here}/pins/{bobs}"),
            json!({}),
        ),
        (
            Permissions::ADD_REACTIONS,
            Method::PUT,
            format!("{one}/reactions/{party}/@me"),
            json!({}),
        ),
        (
            Permissions::MANAGE_MESSAGES,
            Method::DELETE,
            format!("{one}/reactions"),
            Value::Null,
        ),
        (
            Permissions::MANAGE_CHANNELS,
            Method::PATCH,
            here.clone(),
            json!({"topic": "x"}),
        ),
        (
            Permissions::MANAGE_CHANNELS,
            Method::POST,
            format!("{guild}/channels"),
            json!({"name": "x"}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::PUT,
            format!("{here}/permissions/{}", bot.guild),
            json!({"type": 0}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::POST,
            format!("{guild}/roles"),
            json!({}),
        ),
        (
            Permissions::MANAGE_NICKNAMES,
            Method::PATCH,
            bob.clone(),
            json!({"nick": "x"}),
        ),
        (
            Permissions::MODERATE_MEMBERS,
            Method::PATCH,
            bob.clone(),
            json!({"communication_disabled_until": null}),
        ),
        (
            Permissions::MANAGE_ROLES,
            Method::PATCH,
            bob.clone(),
            json!({"roles": []}),
        ),
        (
            Permissions::CHANGE_NICKNAME,
            Method::PATCH,
            format!("{guild}/members/@me"),
            json!({"nick": "x"}),
        ),
        (
            Permissions::KICK_MEMBERS,
            Method::DELETE,
            bob.clone(),
            Value::Null,
        ),
        (
            Permissions::BAN_MEMBERS,
            Method::PUT,
            bob.replace("members", "bans"),
            json!({}),
        ),
        (
            Permissions::BAN_MEMBERS,
            Method::GET,
            format!("{guild}/bans"),
            Value::Null,
        ),
        (
            Permissions::CREATE_PUBLIC_THREADS,
            Method::POST,
            format!("{here}/threads"),
            json!({"name": "x", "type": 11}),
        ),
        (
            Permissions::CREATE_PRIVATE_THREADS,
            Method::POST,
            format!("{here}/threads"),
            json!({"name": "x", "type": 12}),
        ),
    ];
    let mut wrong = Vec::new();
    for (permission, method, path, body) in rows {
        bot.may_not(permission);
        let mut request = bot.request(method.clone(), &path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = bot.send(request).await;
        if (reply.status.as_u16(), reply.body["code"].as_u64()) != (403, Some(50013)) {
            wrong.push(format!(
                "{method} {path} without {:?}: {} {}",
                permission.names(),
                reply.status,
                reply.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
