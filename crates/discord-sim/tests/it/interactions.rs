//! Interactions from both ends.

use std::time::Duration;

use discord_sim::{Permissions, Snowflake};
use serde_json::{Value, json};

use crate::bot::{ALL_INTENTS, Bot, Gateway, PATIENCE};

/// A bot with a command `/greet who:string`, connected.
async fn greeter() -> (Bot, Gateway) {
    let bot = Bot::start().await;
    let option = json!({"type": 3, "name": "who", "description": "d", "required": true, "max_length": 10});
    bot.register(&json!([{"name": "greet", "description": "d", "options": [option]}]))
        .await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    gateway.event("GUILD_CREATE").await;
    (bot, gateway)
}

async fn greet(bot: &Bot, gateway: &mut Gateway) -> Value {
    let options = [json!({"name": "who", "value": "you"})];
    bot.control
        .run_command(bot.general, "alice", "greet", &options)
        .unwrap();
    gateway.event("INTERACTION_CREATE").await
}

fn callback(interaction: &Value) -> String {
    format!(
        "/interactions/{}/{}/callback",
        interaction["id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    )
}

fn webhook(bot: &Bot, interaction: &Value) -> String {
    format!(
        "/webhooks/{}/{}",
        bot.application(),
        interaction["token"].as_str().unwrap()
    )
}

fn id(value: &Value) -> Snowflake {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_command_arrives_whole_and_is_answered() {
    let (bot, mut gateway) = greeter().await;
    let interaction = greet(&bot, &mut gateway).await;
    assert_eq!(interaction["type"], 2);
    assert_eq!(
        interaction["data"]["options"],
        json!([{"name": "who", "type": 3, "value": "you"}])
    );
    assert_eq!(interaction["member"]["user"]["username"], "alice");
    assert_eq!(
        interaction["member"]["permissions"].as_str(),
        Some(Permissions::ALL.to_string().as_str()),
        "the owner"
    );
    assert!(
        interaction["app_permissions"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            & 2_048
            != 0
    );
    let answer = json!({"type": 4, "data": {"content": "hi you"}});
    let reply = bot
        .post(&format!("{}?with_response=true", callback(&interaction)), &answer)
        .await
        .ok();
    assert_eq!(reply["resource"]["message"]["content"], "hi you");
    let message = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(
        (
            message["type"].as_i64(),
            message["interaction_metadata"]["name"].as_str()
        ),
        (Some(20), Some("greet"))
    );
    bot.post(&callback(&interaction), &answer).await.fails(400, 40060);
    let state = bot
        .control
        .wait_answered(id(&interaction["id"]), PATIENCE)
        .await
        .unwrap();
    assert_eq!(
        (state["state"].as_str(), state["message_id"] == message["id"]),
        (Some("answered"), true)
    );

    let hook = webhook(&bot, &interaction);
    let edited = bot
        .patch(
            &format!("{hook}/messages/@original"),
            &json!({"content": "hello you"}),
        )
        .await
        .ok();
    assert_eq!(edited["content"], "hello you");
    let follow = bot
        .post(&hook, &json!({"content": "more", "flags": 64}))
        .await
        .ok();
    assert_eq!(follow["flags"], 64);
    let seen = bot
        .control
        .messages(bot.general, 10, None, Some("alice".into()))
        .unwrap();
    assert_eq!(
        seen.last().unwrap()["ephemeral_for"].as_str(),
        Some(bot.control.user("alice").unwrap().to_string().as_str())
    );
    let others = bot
        .control
        .messages(bot.general, 10, None, Some("bob".into()))
        .unwrap();
    assert_eq!(others.last().unwrap()["content"], "hello you");
    let path = format!(
        "/channels/{}/messages/{}",
        bot.general,
        follow["id"].as_str().unwrap()
    );
    bot.get(&path).await.fails(404, 10008);
    bot.delete(&format!("{hook}/messages/{}", follow["id"].as_str().unwrap()))
        .await
        .ok();
    bot.delete(&format!("{hook}/messages/@original")).await.ok();
    bot.get(&format!("{hook}/messages/@original"))
        .await
        .fails(404, 10008);
}

#[tokio::test]
async fn a_deferred_answer_is_filled_by_the_first_edit_or_follow_up() {
    let (bot, mut gateway) = greeter().await;
    for first_follow_up in [false, true] {
        let interaction = greet(&bot, &mut gateway).await;
        let hook = webhook(&bot, &interaction);
        bot.post(&hook, &json!({"content": "too early"}))
            .await
            .fails(404, 10015);
        bot.post(
            &callback(&interaction),
            &json!({"type": 5, "data": {"flags": 64}}),
        )
        .await
        .ok();
        let loading = bot.get(&format!("{hook}/messages/@original")).await.ok();
        assert_eq!(loading["flags"], 128 | 64);
        assert_eq!(
            bot.control.interaction(id(&interaction["id"])).unwrap()["state"],
            "deferred"
        );
        let filled = if first_follow_up {
            bot.post(&hook, &json!({"content": "done"})).await.ok()
        } else {
            bot.patch(&format!("{hook}/messages/@original"), &json!({"content": "done"}))
                .await
                .ok()
        };
        assert_eq!(
            (filled["id"] == loading["id"], filled["flags"].as_u64()),
            (true, Some(64)),
            "the deferral decides who sees it"
        );
        let next = bot.post(&hook, &json!({"content": "public"})).await.ok();
        assert_ne!(next["id"], loading["id"]);
        assert_eq!(
            next["interaction_metadata"]["original_response_message_id"],
            loading["id"]
        );
    }
}

#[tokio::test]
async fn three_seconds_and_fifteen_minutes_are_kept() {
    let (bot, mut gateway) = greeter().await;
    let clock = bot.control.clock();
    clock.freeze();
    let late = greet(&bot, &mut gateway).await;
    clock.advance(Duration::from_millis(3_001));
    bot.post(&callback(&late), &json!({"type": 4, "data": {"content": "x"}}))
        .await
        .fails(404, 10062);
    let state = bot
        .control
        .wait_answered(id(&late["id"]), PATIENCE)
        .await
        .unwrap();
    assert_eq!(state["state"], "failed");
    assert!(
        bot.control
            .timeline(0, 500)
            .iter()
            .any(|entry| entry.kind == "interaction_failed")
    );

    let interaction = greet(&bot, &mut gateway).await;
    bot.post(
        &callback(&interaction),
        &json!({"type": 4, "data": {"content": "x"}}),
    )
    .await
    .ok();
    let hook = webhook(&bot, &interaction);
    clock.advance(Duration::from_secs(14 * 60));
    bot.post(&hook, &json!({"content": "in time"})).await.ok();
    clock.advance(Duration::from_secs(61));
    bot.post(&hook, &json!({"content": "late"}))
        .await
        .fails(401, 50027);
    bot.post(
        &format!("/webhooks/{}/nonsense", bot.application()),
        &json!({"content": "x"}),
    )
    .await
    .fails(401, 50027);
    bot.post("/webhooks/42/nonsense", &json!({"content": "x"}))
        .await
        .fails(404, 10015);
}

#[tokio::test]
async fn nobody_waits_for_an_unanswered_interaction_to_be_asked_about() {
    let (bot, mut gateway) = greeter().await;
    bot.control.clock().freeze();
    greet(&bot, &mut gateway).await;
    bot.control.clock().advance(Duration::from_secs(4));
    // The watcher itself notices, without any request.
    bot.control
        .wait_for(0, PATIENCE, |entry| entry.kind == "interaction_failed")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_button_updates_its_message() {
    let (bot, mut gateway) = greeter().await;
    let interaction = greet(&bot, &mut gateway).await;
    let row = json!({"type": 1, "components": [
        {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
        {"type": 2, "style": 2, "label": "No", "custom_id": "no", "disabled": true}]});
    let answer = json!({"type": 4, "data": {"content": "press", "components": [row]}});
    bot.post(&callback(&interaction), &answer).await.ok();
    let message = gateway.event("MESSAGE_CREATE").await;
    let message_id = id(&message["id"]);
    let refused = bot
        .control
        .use_component(bot.general, message_id, "bob", "no", &[])
        .unwrap_err();
    assert!(refused.to_string().contains("disabled"), "{refused}");
    bot.control
        .use_component(bot.general, message_id, "bob", "go", &[])
        .unwrap();
    let pressed = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (pressed["type"].as_i64(), pressed["data"]["custom_id"].as_str()),
        (Some(3), Some("go"))
    );
    assert_eq!(pressed["message"]["id"], message["id"]);
    bot.post(
        &callback(&pressed),
        &json!({"type": 7, "data": {"content": "pressed", "components": []}}),
    )
    .await
    .ok();
    let update = gateway.event("MESSAGE_UPDATE").await;
    assert_eq!(
        (update["id"] == message["id"], update["content"].as_str()),
        (true, Some("pressed"))
    );
}

#[tokio::test]
async fn menus_check_and_resolve_what_is_chosen() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let rows = json!([
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "max_values": 2, "options": [
            {"label": "A", "value": "a"}, {"label": "B", "value": "b"}, {"label": "C", "value": "c"}]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "u"}]},
    ]);
    let path = format!("/channels/{}/messages", bot.general);
    let message = bot
        .post(&path, &json!({"content": "choose", "components": rows}))
        .await
        .ok();
    let (message, choose) = (id(&message["id"]), |values: &[&str]| {
        values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>()
    });
    for bad in [vec![], choose(&["a", "b", "c"]), choose(&["z"])] {
        assert!(
            bot.control
                .use_component(bot.general, message, "alice", "s", &bad)
                .is_err(),
            "{bad:?}"
        );
    }
    bot.control
        .use_component(bot.general, message, "alice", "s", &choose(&["a", "c"]))
        .unwrap();
    assert_eq!(
        gateway.event("INTERACTION_CREATE").await["data"]["values"],
        json!(["a", "c"])
    );
    let bob = bot.control.user("bob").unwrap().to_string();
    bot.control
        .use_component(bot.general, message, "alice", "u", &choose(&[&bob]))
        .unwrap();
    let chosen = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(chosen["data"]["resolved"]["users"][&bob]["username"], "bob");
    assert!(chosen["data"]["resolved"]["members"][&bob]["permissions"].is_string());
    assert!(chosen["data"]["resolved"]["members"][&bob].get("user").is_none());
}

#[tokio::test]
async fn a_modal_opens_for_one_member_and_comes_back_filled() {
    let (bot, mut gateway) = greeter().await;
    let interaction = greet(&bot, &mut gateway).await;
    let input = |custom_id: &str, required: bool| json!({"type": 1, "components": [{"type": 4, "custom_id": custom_id, "label": "L", "style": 1, "required": required, "max_length": 5}]});
    let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "T", "components": [input("a", true), input("b", false)]}});
    bot.post(&callback(&interaction), &modal).await.ok();
    let open = bot.control.modals(Some("alice".into())).unwrap();
    assert_eq!((open.len(), open[0]["title"].as_str()), (1, Some("T")));
    assert!(bot.control.modals(Some("bob".into())).unwrap().is_empty());
    let opened = id(&interaction["id"]);
    let values = |value: Value| value.as_object().unwrap().clone();
    for bad in [json!({}), json!({"a": "toolong"}), json!({"a": "ok", "z": "?"})] {
        assert!(bot.control.submit_modal(opened, "alice", &values(bad)).is_err());
    }
    assert!(
        bot.control
            .submit_modal(opened, "bob", &values(json!({"a": "x"})))
            .is_err()
    );
    bot.control
        .submit_modal(opened, "alice", &values(json!({"a": "x"})))
        .unwrap();
    let submitted = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (
            submitted["type"].as_i64(),
            submitted["data"]["custom_id"].as_str()
        ),
        (Some(5), Some("m"))
    );
    assert_eq!(submitted["data"]["components"][0]["components"][0]["value"], "x");
    assert_eq!(submitted["data"]["components"][1]["components"][0]["value"], "");
    // A modal does not open another, and this one came from a command: nothing to update.
    for kind in [6, 7, 9] {
        bot.post(&callback(&submitted), &json!({"type": kind}))
            .await
            .fails(400, 50035);
    }
    bot.post(
        &callback(&submitted),
        &json!({"type": 4, "data": {"content": "thanks"}}),
    )
    .await
    .ok();
    assert!(
        bot.control
            .submit_modal(opened, "alice", &values(json!({"a": "x"})))
            .is_err(),
        "it is closed"
    );
}

#[tokio::test]
async fn illegal_answers_are_refused_and_may_be_corrected() {
    let (bot, mut gateway) = greeter().await;
    let interaction = greet(&bot, &mut gateway).await;
    let path = callback(&interaction);
    bot.post(&path, &json!({})).await.fails(400, 50035);
    bot.post(&path, &json!({"type": 1})).await.fails(400, 50035);
    bot.post(&path, &json!({"type": 4, "data": {}}))
        .await
        .fails(400, 50006);
    let error = bot
        .post(&path, &json!({"type": 4, "data": {"content": "x".repeat(2_001)}}))
        .await
        .fails(400, 50035);
    assert!(error["errors"]["data"]["content"].is_object(), "{error}");
    let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "t".repeat(46), "components": []}});
    let error = bot.post(&path, &modal).await.fails(400, 50035);
    assert!(
        error["errors"]["data"]["title"].is_object() && error["errors"]["data"]["components"].is_object(),
        "{error}"
    );
    bot.post("/interactions/42/nonsense/callback", &json!({"type": 4}))
        .await
        .fails(404, 10062);
    bot.post(&path, &json!({"type": 4, "data": {"content": "finally"}}))
        .await
        .ok();
}

#[tokio::test]
async fn options_are_checked_against_the_command() {
    let bot = Bot::start().await;
    let leaf = |kind: i64, name: &str| json!({"type": kind, "name": name, "description": "d"});
    let mut number = leaf(4, "n");
    number["min_value"] = 1.into();
    number["max_value"] = 5.into();
    let mut choice = leaf(3, "c");
    choice["choices"] = json!([{"name": "One", "value": "1"}]);
    let mut channel = leaf(7, "ch");
    channel["channel_types"] = json!([0]);
    let flat = json!({"name": "flat", "description": "d", "options":
        [leaf(3, "s"), number, leaf(10, "f"), leaf(5, "b"), leaf(6, "u"), channel, leaf(8, "r"), leaf(9, "m"), choice]});
    let sub = json!({"type": 1, "name": "go", "description": "d", "options": [{"type": 3, "name": "x", "description": "d", "required": true}]});
    let deep = json!({"name": "deep", "description": "d", "options": [sub, {"type": 2, "name": "g", "description": "d", "options": [sub]}]});
    let locked = json!({"name": "locked", "description": "d", "default_member_permissions": "8"});
    bot.register(&json!([flat, deep, locked])).await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let run = |name: &str, options: Value| {
        bot.control
            .run_command(bot.general, "bob", name, options.as_array().unwrap())
            .map_err(|error| error.to_string())
    };
    let lounge = bot.control.channel_named(bot.guild, "Lounge").unwrap();
    for (options, complaint) in [
        (json!([{"name": "zz", "value": 1}]), "no option `zz`"),
        (json!([{"name": "n", "value": 6}]), "at most 5"),
        (json!([{"name": "n", "value": 0}]), "at least 1"),
        (json!([{"name": "n", "value": "x"}]), "whole number"),
        (json!([{"name": "n", "type": 3, "value": 2}]), "has type 4"),
        (json!([{"name": "b", "value": 1}]), "true or false"),
        (json!([{"name": "u", "value": "42"}]), "no such user"),
        (json!([{"name": "ch", "value": lounge}]), "type 2"),
        (json!([{"name": "c", "value": "2"}]), "choices"),
        (
            json!([{"name": "s", "value": "a"}, {"name": "s", "value": "b"}]),
            "twice",
        ),
    ] {
        let error = run("flat", options).unwrap_err();
        assert!(error.contains(complaint), "{error} says {complaint}");
    }
    assert!(run("nothing", json!([])).unwrap_err().contains("no command"));
    assert!(run("locked", json!([])).unwrap_err().contains("ADMINISTRATOR"));
    bot.control
        .run_command(bot.general, "alice", "locked", &[])
        .unwrap();
    gateway.event("INTERACTION_CREATE").await;
    assert!(run("deep", json!([])).unwrap_err().contains("subcommands"));
    assert!(
        run("deep", json!([{"name": "go", "options": []}]))
            .unwrap_err()
            .contains("needs `x`")
    );
    run(
        "deep",
        json!([{"name": "g", "options": [{"name": "go", "options": [{"name": "x", "value": "y"}]}]}]),
    )
    .unwrap();
    let nested = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        nested["data"]["options"],
        json!([{"name": "g", "type": 2, "options": [{"name": "go", "type": 1, "options": [{"name": "x", "type": 3, "value": "y"}]}]}])
    );
    let alice = bot.control.user("alice").unwrap();
    run(
        "flat",
        json!([{"name": "f", "value": 1.5}, {"name": "m", "value": bot.guild}, {"name": "u", "value": alice},
        {"name": "ch", "value": bot.general}, {"name": "r", "value": bot.guild}]),
    )
    .unwrap();
    let resolved = gateway.event("INTERACTION_CREATE").await["data"]["resolved"].clone();
    for map in ["users", "members", "roles", "channels"] {
        assert!(resolved[map].is_object(), "{map} in {resolved}");
    }
}

#[tokio::test]
async fn autocomplete_offers_choices() {
    let bot = Bot::start().await;
    let option = json!({"type": 3, "name": "q", "description": "d", "required": true, "autocomplete": true});
    bot.register(&json!([{"name": "find", "description": "d", "options": [option]}]))
        .await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let typed = [json!({"name": "q", "value": "ma"})];
    let asked = bot
        .control
        .autocomplete(bot.general, "alice", "find", &typed, "q")
        .unwrap();
    let interaction = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (
            interaction["type"].as_i64(),
            interaction["data"]["options"][0]["focused"].as_bool()
        ),
        (Some(4), Some(true))
    );
    bot.post(
        &callback(&interaction),
        &json!({"type": 4, "data": {"content": "x"}}),
    )
    .await
    .fails(400, 50035);
    bot.post(
        &callback(&interaction),
        &json!({"type": 8, "data": {"choices": [{"name": "Maid", "value": "maid"}]}}),
    )
    .await
    .ok();
    assert_eq!(
        bot.control.interaction(asked).unwrap()["choices"],
        json!([{"name": "Maid", "value": "maid"}])
    );
}

#[tokio::test]
async fn a_menu_command_carries_its_target() {
    let bot = Bot::start().await;
    bot.register(&json!([{"name": "Who?", "type": 2}, {"name": "Quote", "type": 3}]))
        .await;
    let (mut gateway, _) = bot.identify(ALL_INTENTS).await;
    let alice = bot.control.user("alice").unwrap();
    bot.control.use_menu(bot.general, "bob", "Who?", alice).unwrap();
    let asked = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(
        (asked["data"]["type"].as_i64(), &asked["data"]["target_id"]),
        (Some(2), &json!(alice))
    );
    let resolved = &asked["data"]["resolved"];
    assert_eq!(resolved["users"][alice.to_string()]["username"], "alice");
    assert!(resolved["members"][alice.to_string()].is_object());
    bot.post(
        &callback(&asked),
        &json!({"type": 4, "data": {"content": "alice"}}),
    )
    .await
    .ok();
    let answer = bot.control.messages(bot.general, 1, None, None).unwrap();
    assert_eq!(
        answer[0]["type"], 23,
        "Discord's own type for answers to menu commands"
    );

    let said = bot
        .control
        .post_message(bot.general, "alice", "hear", None)
        .unwrap();
    bot.control
        .use_menu(bot.general, "bob", "Quote", id(&said["id"]))
        .unwrap();
    let asked = gateway.event("INTERACTION_CREATE").await;
    let target = said["id"].as_str().unwrap();
    assert_eq!(asked["data"]["resolved"]["messages"][target]["content"], "hear");
    for (name, target) in [("Who?", id(&said["id"])), ("Quote", alice), ("Who?", bot.guild)] {
        bot.control
            .use_menu(bot.general, "bob", name, target)
            .unwrap_err();
    }
}
