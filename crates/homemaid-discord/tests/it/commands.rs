//! Slash commands of a guild.

use serde_json::{Value, json};

use crate::scene::Scene;

const LIST: &str = "/commands";

fn command(name: &str) -> Value {
    json!({"name": name, "description": "Does it", "options": [
        {"name": "what", "description": "What", "type": 3, "required": true, "choices": [{"name": "Tea", "value": "tea"}]},
        {"name": "much", "description": "How much", "type": 10, "min_value": 0.0}]})
}

#[tokio::test]
async fn commands_are_registered_once_and_again_only_when_they_change() {
    let scene = Scene::open().await;
    let report = scene.register(&[command("brew")]).await;
    assert!(report.changed && report.left_out.is_empty());
    let registered = scene.control.commands(scene.guild).unwrap();
    assert_eq!((registered.len(), &registered[0]["name"]), (1, &json!("brew")));
    assert_eq!(scene.requests("PUT", LIST), 1);
    assert!(!scene.register(&[command("brew")]).await.changed);
    assert_eq!(scene.requests("PUT", LIST), 1, "nothing changed, nothing is sent");
    let mut other = command("brew");
    other["description"] = json!("Does it better");
    assert!(scene.register(&[other]).await.changed);
    assert_eq!(scene.requests("PUT", LIST), 2);
    assert!(
        scene.sync(&[]).await.unwrap().changed,
        "they disappear when the plugin is disabled"
    );
    assert_eq!(scene.control.commands(scene.guild).unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_second_plugin_gets_its_own_name_and_events_keep_the_manifests() {
    let mut scene = Scene::open().await;
    let help = json!({"name": "help", "description": "Helps"});
    let report = scene
        .sync(&[
            ("maid", std::slice::from_ref(&help)),
            ("butler", std::slice::from_ref(&help)),
        ])
        .await
        .unwrap();
    assert_eq!(report.registered[1].registered_as, "butler-help");
    scene
        .control
        .run_command(scene.general, "alice", "butler-help", &[])
        .unwrap();
    let event = scene.next(homemaid_protocol::EventType::InteractionCreate).await;
    assert_eq!(event.payload["command_name"], "help");
    assert_eq!(
        event.route,
        homemaid_discord::Route::Plugin("butler".parse().unwrap())
    );
}

#[tokio::test]
async fn an_illegal_command_is_left_out_and_the_others_stay() {
    let scene = Scene::open().await;
    let bad = json!({"name": "bad", "description": "d", "options": [
        {"name": "a", "description": "d", "type": 3}, {"name": "b", "description": "d", "type": 3, "required": true}]});
    let report = scene
        .sync(&[("maid", &[bad]), ("butler", &[command("serve")])])
        .await
        .unwrap();
    assert_eq!(report.registered.len(), 1);
    assert_eq!(report.left_out[0].name, "bad");
    assert!(report.left_out[0].reason.contains("comes after an optional one"));
    assert_eq!(scene.control.commands(scene.guild).unwrap()[0]["name"], "serve");
}

#[tokio::test]
async fn what_only_discord_knows_to_be_illegal_is_left_out_by_its_own_word() {
    let scene = Scene::open().await;
    let odd = json!({"name": "odd", "description": "d", "options": [
        {"name": "where", "description": "d", "type": 4, "min_value": "low"}]});
    let report = scene
        .sync(&[("maid", &[command("fine"), odd, command("good")])])
        .await
        .unwrap();
    let names: Vec<_> = report
        .registered
        .iter()
        .map(|command| command.name.as_str())
        .collect();
    assert_eq!(names, ["fine", "good"]);
    assert!(
        report.left_out[0].reason.starts_with("Discord refused it"),
        "{:?}",
        report.left_out
    );
}

#[tokio::test]
async fn who_has_a_name_keeps_it_also_after_a_restart() {
    let scene = Scene::open().await;
    let help = json!({"name": "help", "description": "Helps"});
    let help = std::slice::from_ref(&help);
    scene.sync(&[("butler", help)]).await.unwrap();
    let both = [("maid", help), ("butler", help)];
    let names = |report: homemaid_discord::SyncReport| {
        let name = |command: &homemaid_discord::Registered| command.registered_as.clone();
        report.registered.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(scene.sync(&both).await.unwrap()), ["maid-help", "help"]);
    let config =
        homemaid_discord::DiscordConfig::lab(scene.sim.bot_token().parse().unwrap(), scene.sim.rest_base());
    let (discord, mut events) =
        homemaid_discord::Discord::connect(config, homemaid_protocol::Clock::system()).unwrap();
    assert!(events.recv().await.is_some());
    scene.discord.shutdown().await;
    let scene = Scene {
        discord,
        events,
        ..scene
    };
    let report = scene.sync(&both).await.unwrap();
    assert!(!report.changed, "nothing was renamed");
    assert_eq!(names(report), ["maid-help", "help"]);
    assert_eq!(scene.requests("GET", LIST), 3);
    assert!(!scene.sync(&both).await.unwrap().changed);
    assert_eq!(
        scene.requests("GET", LIST),
        3,
        "what was asked for already is not even compared"
    );
}
