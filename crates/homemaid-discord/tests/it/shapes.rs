//! Interactions in every shape Discord gives them (events §5).

use homemaid_protocol::EventType;
use serde_json::{Value, json};

use crate::scene::{Got, Scene, map};

const MEMBER: &str = "1042000000000000201";

fn row(component: Value) -> Value {
    json!({"type": 1, "components": [component]})
}

/// Posts selects of every kind, lets Alice choose in one, and returns what the plugin hears.
async fn choose(scene: &mut Scene, message: &str, custom_id: &str, values: &[&str]) -> Got {
    let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
    scene
        .control
        .use_component(
            scene.general,
            message.parse().unwrap(),
            "alice",
            custom_id,
            &values,
        )
        .unwrap();
    scene.next(EventType::InteractionCreate).await
}

#[tokio::test]
async fn options_of_sub_commands_keep_their_tree_and_what_they_name_is_described() {
    let mut scene = Scene::open().await;
    scene
        .register(&[json!({"name": "tea", "description": "d", "options": [
            {"name": "order", "description": "d", "type": 2, "options": [
                {"name": "place", "description": "d", "type": 1, "options": [
                    {"name": "who", "description": "d", "type": 6, "required": true},
                    {"name": "role", "description": "d", "type": 8},
                    {"name": "where", "description": "d", "type": 7},
                    {"name": "anyone", "description": "d", "type": 9},
                    {"name": "cups", "description": "d", "type": 4},
                    {"name": "litres", "description": "d", "type": 10},
                    {"name": "hot", "description": "d", "type": 5}]}]}]})])
        .await;
    let bob = scene.control.user("bob").unwrap().to_string();
    let general = scene.general.to_string();
    let leaves = json!([{"name": "who", "value": bob}, {"name": "role", "value": MEMBER},
        {"name": "where", "value": general}, {"name": "anyone", "value": MEMBER}, {"name": "cups", "value": 3},
        {"name": "litres", "value": 0.5}, {"name": "hot", "value": true}]);
    let options = [json!({"name": "order", "options": [{"name": "place", "options": leaves}]})];
    scene
        .control
        .run_command(scene.general, "alice", "tea", &options)
        .unwrap();
    let payload = scene.next(EventType::InteractionCreate).await.payload;
    assert_eq!(payload["command_name"], "tea");
    assert_eq!(payload["options"], payload["command_options"]);
    let group = &payload["options"][0];
    assert_eq!(
        (&group["name"], &group["type"], group.get("value")),
        (&json!("order"), &json!(2), None)
    );
    let place = &group["options"][0];
    assert_eq!(
        (&place["name"], &place["type"], place.get("value")),
        (&json!("place"), &json!(1), None)
    );
    let leaf = |name: &str| {
        let all = place["options"].as_array().unwrap().clone();
        let found = all.into_iter().find(|leaf| leaf["name"] == name).unwrap();
        (found["type"].clone(), found["value"].clone())
    };
    assert_eq!(leaf("who"), (json!(6), json!(bob)));
    assert_eq!(leaf("role"), (json!(8), json!(MEMBER)));
    assert_eq!(leaf("where"), (json!(7), json!(general)));
    assert_eq!(leaf("anyone"), (json!(9), json!(MEMBER)));
    assert_eq!(leaf("cups"), (json!(4), json!(3)));
    assert_eq!(leaf("litres"), (json!(10), json!(0.5)));
    assert_eq!(leaf("hot"), (json!(5), json!(true)));
    let resolved = &payload["resolved"];
    assert_eq!(resolved["users"][&bob]["username"], "bob");
    assert_eq!(resolved["members"][&bob]["roles"], json!([MEMBER]));
    assert_eq!(resolved["roles"][MEMBER]["name"], "Member");
    assert_eq!(resolved["channels"][&general]["name"], "general");
}

#[tokio::test]
async fn selects_of_every_kind_tell_what_was_chosen() {
    let mut scene = Scene::open().await;
    let rows = json!([
        row(
            json!({"type": 3, "custom_id": "class", "options": [{"label": "Tank", "value": "tank"},
            {"label": "Healer", "value": "healer"}], "max_values": 2})
        ),
        row(json!({"type": 5, "custom_id": "user"})),
        row(json!({"type": 6, "custom_id": "role"})),
        row(json!({"type": 7, "custom_id": "either"})),
        row(json!({"type": 8, "custom_id": "channel"})),
    ]);
    let params = json!({"channel_id": scene.general.to_string(), "content": "choose", "components": rows});
    let sent = scene.call("discord.send_message", params).await.unwrap();
    let message = sent["message_id"].as_str().unwrap().to_owned();
    let bob = scene.control.user("bob").unwrap().to_string();
    let general = scene.general.to_string();

    let payload = choose(&mut scene, &message, "class", &["tank", "healer"])
        .await
        .payload;
    assert_eq!(
        (
            &payload["interaction_type"],
            &payload["component_type"],
            &payload["custom_id"]
        ),
        (&json!(3), &json!(3), &json!("class"))
    );
    assert_eq!(
        (&payload["values"], &payload["resolved"]),
        (&json!(["tank", "healer"]), &json!({}))
    );
    assert_eq!(
        (&payload["message_id"], &payload["message"]["id"]),
        (&json!(message), &json!(message))
    );
    assert_eq!(
        (&payload["command_name"], &payload["options"]),
        (&json!(""), &json!([]))
    );

    let payload = choose(&mut scene, &message, "user", &[&bob]).await.payload;
    assert_eq!(
        (&payload["component_type"], &payload["values"]),
        (&json!(5), &json!([bob]))
    );
    assert_eq!(payload["resolved"]["users"][&bob]["username"], "bob");
    let payload = choose(&mut scene, &message, "role", &[MEMBER]).await.payload;
    assert_eq!(
        (&payload["component_type"], &payload["values"]),
        (&json!(6), &json!([MEMBER]))
    );
    assert_eq!(payload["resolved"]["roles"][MEMBER]["permissions"], "0");
    let payload = choose(&mut scene, &message, "either", &[&bob]).await.payload;
    assert_eq!(
        (&payload["component_type"], &payload["values"]),
        (&json!(7), &json!([bob]))
    );
    let payload = choose(&mut scene, &message, "channel", &[&general]).await.payload;
    assert_eq!(
        (&payload["component_type"], &payload["values"]),
        (&json!(8), &json!([general]))
    );
    assert_eq!(payload["resolved"]["channels"][&general]["type"], 0);
}

#[tokio::test]
async fn a_modal_that_a_button_opened_names_the_buttons_message() {
    let mut scene = Scene::open().await;
    let button = json!({"type": 2, "style": 1, "label": "Sign up", "custom_id": "open"});
    let params =
        json!({"channel_id": scene.general.to_string(), "content": "x", "components": [row(button)]});
    let sent = scene.call("discord.send_message", params).await.unwrap();
    let message = sent["message_id"].as_str().unwrap().to_owned();
    let event = choose(&mut scene, &message, "open", &[]).await;
    assert_eq!(
        (&event.payload["component_type"], &event.payload["values"]),
        (&json!(2), &json!([]))
    );
    let pressed = event.payload["interaction_id"].as_str().unwrap().parse().unwrap();
    let input = json!({"type": 4, "custom_id": "name", "label": "Name", "style": 1, "required": false});
    let modal = json!({"title": "Sign up", "custom_id": "signup", "components": [row(input)]});
    scene
        .answer(&event, "interaction.send_modal", modal)
        .await
        .unwrap();
    scene
        .control
        .submit_modal(pressed, "alice", &map(json!({})))
        .unwrap();
    let payload = scene.next(EventType::InteractionCreate).await.payload;
    assert_eq!(
        (&payload["interaction_type"], &payload["custom_id"]),
        (&json!(5), &json!("signup"))
    );
    assert_eq!(
        payload["modal_values"],
        json!({"name": ""}),
        "an empty input is there"
    );
    assert_eq!(
        (&payload["message_id"], &payload["message"]),
        (&json!(message), &Value::Null)
    );
}

#[tokio::test]
async fn autocomplete_is_answered_with_nothing_and_told_to_nobody() {
    let mut scene = Scene::open().await;
    scene
        .register(&[json!({"name": "find", "description": "d", "options": [
            {"name": "what", "description": "d", "type": 3, "required": true, "autocomplete": true}]})])
        .await;
    let typed = [json!({"name": "what", "value": "te"})];
    let asked = scene
        .control
        .autocomplete(scene.general, "alice", "find", &typed, "what")
        .unwrap();
    let mut follow = scene.control.follow(0);
    let answered = async {
        while scene.control.interaction(asked).unwrap()["state"] == "pending" {
            follow.next().await;
        }
    };
    tokio::time::timeout(crate::scene::PATIENCE, answered)
        .await
        .expect("an answer");
    scene
        .control
        .run_command(scene.general, "alice", "find", &typed)
        .unwrap();
    let first = scene.next(EventType::InteractionCreate).await.payload;
    assert_eq!(first["interaction_type"], 2, "the query was told to nobody");
}

#[tokio::test]
async fn what_discord_only_shows_differently_is_no_edit() {
    let mut scene = Scene::open().await;
    let at = |id: &Value| json!({"channel_id": scene.general.to_string(), "message_id": id});
    let posted = scene
        .control
        .post_message(scene.general, "alice", "one", None)
        .unwrap();
    let id = posted["id"].as_str().unwrap().parse().unwrap();
    let pin = at(&posted["id"]);
    scene
        .control
        .edit_message(scene.general, id, "alice", "two")
        .unwrap();
    assert_eq!(scene.next(EventType::MessageEdit).await.payload["content"], "two");
    scene.call("discord.pin_message", pin.clone()).await.unwrap();
    scene.call("discord.unpin_message", pin).await.unwrap();
    scene
        .control
        .edit_message(scene.general, id, "alice", "three")
        .unwrap();
    let next = scene.next(EventType::MessageEdit).await.payload;
    assert_eq!(
        (&next["before_content"], &next["content"]),
        (&json!("two"), &json!("three"))
    );
}

#[tokio::test]
async fn messages_deleted_at_once_are_told_one_by_one() {
    let mut scene = Scene::open().await;
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        let posted = scene
            .control
            .post_message(scene.general, "alice", text, None)
            .unwrap();
        ids.push(posted["id"].clone());
    }
    let at = json!({"channel_id": scene.general.to_string(), "message_ids": ids});
    assert_eq!(
        scene.call("discord.bulk_delete_messages", at).await,
        Ok(json!({"ok": true}))
    );
    for (id, text) in ids.iter().zip(["one", "two", "three"]) {
        let gone = scene.next(EventType::MessageDelete).await.payload;
        assert_eq!(
            (&gone["message_id"], &gone["content"], &gone["bulk"]),
            (id, &json!(text), &json!(true))
        );
    }
    let single = scene
        .control
        .post_message(scene.general, "alice", "four", None)
        .unwrap();
    let at = json!({"channel_id": scene.general.to_string(), "message_ids": [single["id"], single["id"]]});
    scene.call("discord.bulk_delete_messages", at).await.unwrap();
    let gone = scene.next(EventType::MessageDelete).await.payload;
    assert_eq!(
        (&gone["message_id"], &gone["bulk"]),
        (&single["id"], &json!(false)),
        "one is deleted by itself"
    );
}
