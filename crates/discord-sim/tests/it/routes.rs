//! What is around every route: tokens, unknown routes, headers, addresses.

use std::net::SocketAddr;

use discord_sim::{RateLimitMode, SimConfig, Simulator, StartError};
use reqwest::{Client, Method};
use serde_json::json;

use crate::bot::Bot;

#[tokio::test]
async fn only_the_bots_own_token_opens() {
    let bot = Bot::start().await;
    let url = bot.url("/users/@me");
    let token = bot.sim.bot_token();
    for wrong in [
        "Bot wrong".to_owned(),
        token.clone(),
        format!("Bearer {token}"),
        "Bot ".to_owned(),
    ] {
        let request = Client::new().get(&url).header("Authorization", wrong);
        bot.send(request).await.fails(401, 0);
    }
    let reply = bot.send(Client::new().get(&url)).await;
    assert_eq!(reply.body, json!({"message": "401: Unauthorized", "code": 0}));
    assert_eq!(bot.get("/users/@me").await.ok()["bot"], true);
    bot.send(Client::new().get(bot.url("/gateway"))).await.ok();
}

#[tokio::test]
async fn versions_ten_nine_and_none_are_the_same() {
    let bot = Bot::start().await;
    for prefix in ["api/v10", "api/v9", "api"] {
        let url = format!("{}{prefix}/gateway", bot.sim.rest_base());
        let body = bot.send(Client::new().get(url)).await.ok();
        assert_eq!(body["url"].as_str(), Some(bot.sim.gateway_url().as_str()));
    }
}

#[tokio::test]
async fn an_unimplemented_route_says_so_and_is_on_the_timeline() {
    let bot = Bot::start().await;
    let path = format!("/guilds/{}/auto-moderation/rules", bot.guild);
    for (method, path) in [
        (Method::GET, path.as_str()),
        (Method::DELETE, "/gateway"),
        (Method::GET, "/nonsense"),
    ] {
        let reply = bot.send(bot.request(method, path)).await;
        assert_eq!(reply.status, 501);
        assert!(
            reply.body["message"]
                .as_str()
                .unwrap()
                .contains("does not implement"),
            "{}",
            reply.body
        );
    }
    let missing = bot
        .control
        .timeline(0, 500)
        .into_iter()
        .filter(|entry| entry.kind == "unimplemented")
        .count();
    assert_eq!(missing, 3);
}

#[tokio::test]
async fn rate_limits_are_announced_and_enforced_on_request() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    for _ in 0..10 {
        let reply = bot.post(&path, &json!({"content": "x"})).await;
        assert!(reply.headers.contains_key("x-ratelimit-bucket"));
        assert_ne!(reply.headers["x-ratelimit-remaining"], "0");
        reply.ok();
    }
    bot.control.enforce_rate_limits(true);
    let mut refused = None;
    for _ in 0..10 {
        let reply = bot.post(&path, &json!({"content": "x"})).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("Discord takes five in five seconds");
    assert!(refused.body["retry_after"].as_f64().unwrap() > 0.0 && refused.body["global"] == false);
    assert!(refused.headers.contains_key("retry-after"));
    bot.post(
        &format!(
            "/channels/{}/messages",
            bot.control.channel_named(bot.guild, "welcome").unwrap()
        ),
        &json!({"content": "x"}),
    )
    .await
    .ok();
}

#[tokio::test]
async fn rate_limits_can_be_switched_off_and_the_global_one_says_so() {
    let bot = Bot::start().await;
    bot.control.set_rate_limits(RateLimitMode::Off);
    let reply = bot.get("/users/@me").await;
    assert!(!reply.headers.contains_key("x-ratelimit-limit"));
    bot.control.set_rate_limits(RateLimitMode::Enforced);
    let channels = format!("/guilds/{}/channels", bot.guild);
    let roles = format!("/guilds/{}/roles", bot.guild);
    // Three buckets of fifty a second each: together they are more than a bot has.
    let paths = ["/users/@me", channels.as_str(), roles.as_str()];
    let mut refused = None;
    // A busy machine may need more than one go to fit that many into a second.
    for _ in 0..40 {
        let requests = (0..150).map(|n| bot.get(paths[n % 3]));
        let replies = futures_util::future::join_all(requests).await;
        refused = replies.into_iter().find(|reply| reply.body["global"] == true);
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("more requests than a bot has are refused");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["x-ratelimit-scope"], "global");
    assert_eq!(refused.headers["x-ratelimit-global"], "true");
    assert!(!refused.headers.contains_key("x-ratelimit-bucket"));
    assert!(
        bot.control.invalid_requests() > 0,
        "Discord holds that against a bot"
    );
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let addr: SocketAddr = addr.parse().unwrap();
        let refused = Simulator::start(SimConfig {
            addr,
            ..SimConfig::default()
        })
        .await;
        assert!(matches!(refused, Err(StartError::NotLoopback(_))), "{addr}");
    }
}

#[tokio::test]
async fn a_token_no_header_can_carry_is_refused() {
    let config = SimConfig {
        token: Some("line\nbreak".to_owned()),
        ..SimConfig::default()
    };
    assert!(matches!(Simulator::start(config).await, Err(StartError::Token)));
}
