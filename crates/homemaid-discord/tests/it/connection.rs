//! Staying connected, and saying why not.

use discord_sim::{SimConfig, Simulator};
use homemaid_discord::{Discord, DiscordConfig, DiscordStatus};
use homemaid_protocol::{Clock, EventType};

use crate::scene::{Scene, status_is};

fn config(sim: &Simulator, token: &str) -> DiscordConfig {
    DiscordConfig::lab(token.parse().unwrap(), sim.rest_base())
}

#[tokio::test]
async fn a_dropped_socket_is_resumed_and_nothing_is_lost_or_doubled() {
    let mut scene = Scene::open().await;
    for round in 0..3 {
        scene
            .control
            .post_message(scene.general, "alice", &format!("before {round}"), None)
            .unwrap();
        match round {
            0 => scene.control.gateway_drop(),
            1 => scene.control.gateway_reconnect(),
            _ => scene.control.gateway_invalidate(true),
        }
        // Posted while nobody listens: Discord keeps it for the resume.
        scene
            .control
            .post_message(scene.general, "alice", &format!("while away {round}"), None)
            .unwrap();
        for text in [format!("before {round}"), format!("while away {round}")] {
            assert_eq!(
                scene.next(EventType::MessageCreate).await.payload["content"],
                text
            );
        }
        scene.status_is(DiscordStatus::is_connected).await;
    }
    scene
        .control
        .post_message(scene.general, "alice", "last", None)
        .unwrap();
    assert_eq!(
        scene.next(EventType::MessageCreate).await.payload["content"],
        "last",
        "nothing came twice"
    );
}

#[tokio::test]
async fn a_forgotten_session_is_begun_anew() {
    let mut scene = Scene::open().await;
    scene.control.gateway_invalidate(false);
    scene.status_is(|status| !status.is_connected()).await;
    scene.status_is(DiscordStatus::is_connected).await;
    scene
        .control
        .post_message(scene.general, "alice", "again", None)
        .unwrap();
    assert_eq!(
        scene.next(EventType::MessageCreate).await.payload["content"],
        "again"
    );
}

#[tokio::test]
async fn a_wrong_token_is_told_with_its_fix_and_not_tried_again() {
    let sim = Simulator::start(SimConfig::default()).await.unwrap();
    let (discord, _events) = Discord::connect(config(&sim, "wrong.token"), Clock::system()).unwrap();
    let status = status_is(&discord, |status| matches!(status, DiscordStatus::Failed { .. })).await;
    let DiscordStatus::Failed {
        reason,
        fix,
        retrying,
    } = status
    else {
        unreachable!()
    };
    assert!(
        reason.contains("token") && fix.contains("developer portal") && !retrying,
        "{reason} {fix}"
    );
    assert!(!format!("{reason}{fix}").contains("wrong.token"));
}

#[tokio::test]
async fn a_privileged_intent_that_is_off_is_done_without_and_told() {
    let mut scene = Scene::open().await;
    let intents = discord_sim::PrivilegedIntents {
        message_content: false,
        ..Default::default()
    };
    scene.control.set_privileged_intents(intents);
    scene.control.gateway_invalidate(false);
    let status = scene
        .status_is(|status| matches!(status, DiscordStatus::Connected { notices, .. } if !notices.is_empty()))
        .await;
    let DiscordStatus::Connected { notices, .. } = status else {
        unreachable!()
    };
    assert!(notices[0].contains("Message Content Intent"), "{notices:?}");
    scene
        .control
        .post_message(scene.general, "alice", "unseen", None)
        .unwrap();
    assert_eq!(scene.next(EventType::MessageCreate).await.payload["content"], "");
}

#[tokio::test]
async fn an_unreachable_discord_is_told_and_tried_again() {
    let sim = Simulator::start(SimConfig::default()).await.unwrap();
    let config = config(&sim, &sim.bot_token());
    sim.shutdown().await;
    let (discord, _events) = Discord::connect(config, Clock::system()).unwrap();
    let status = status_is(&discord, |status| matches!(status, DiscordStatus::Failed { .. })).await;
    assert!(
        matches!(status, DiscordStatus::Failed { retrying: true, .. }),
        "{status:?}"
    );
}

#[tokio::test]
async fn the_last_handle_takes_the_connection_with_it() {
    let scene = Scene::open().await;
    assert_eq!(scene.control.connected(), 1);
    let (control, discord) = (scene.control.clone(), scene.discord);
    let mut follow = control.follow(control.last_seq());
    drop(discord);
    let gone = async {
        while control.connected() > 0 {
            follow.next().await;
        }
    };
    tokio::time::timeout(crate::scene::PATIENCE, gone)
        .await
        .expect("the socket is closed");
}
