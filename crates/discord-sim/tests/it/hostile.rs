//! Clients that mean harm, or are merely broken.

use std::time::Duration;

use discord_sim::limits;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bot::{ALL_INTENTS, Bot, PATIENCE};

#[tokio::test]
async fn bodies_too_large_or_too_deep_are_refused() {
    let bot = Bot::start().await;
    let path = format!("/channels/{}/messages", bot.general);
    let large = bot
        .request(Method::POST, &path)
        .header("Content-Type", "application/json")
        .body(vec![b' '; limits::BODY_BYTES + 1]);
    bot.send(large).await.fails(413, 40005);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let body = format!("{{\"content\":\"x\",\"embeds\":{deep}}}");
    let request = bot
        .request(Method::POST, &path)
        .header("Content-Type", "application/json")
        .body(body);
    bot.send(request).await.fails(400, 50109);
    let form = Form::new().part(
        "files[0]",
        Part::bytes(vec![0; limits::FILE_BYTES + 1]).file_name("big"),
    );
    bot.send(bot.request(Method::POST, &path).multipart(form))
        .await
        .fails(413, 40005);
    let many = (0..=limits::MESSAGE_FILES).fold(Form::new(), |form, n| {
        form.part(format!("files[{n}]"), Part::bytes(vec![0]).file_name("small"))
    });
    bot.send(bot.request(Method::POST, &path).multipart(many))
        .await
        .fails(400, 50035);
    let broken = bot
        .request(Method::POST, &path)
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body("--x\r\nnonsense");
    bot.send(broken).await.fails(400, 50109);
    assert_eq!(bot.get(&path).await.ok(), json!([]), "none of it left a message");
}

#[tokio::test]
async fn wrong_types_everywhere_are_form_errors_and_never_a_crash() {
    let bot = Bot::start().await;
    let messages = format!("/channels/{}/messages", bot.general);
    let commands = format!(
        "/applications/{}/guilds/{}/commands",
        bot.application(),
        bot.guild
    );
    let junk = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"type": []}),
    ];
    let keys = [
        "content",
        "embeds",
        "components",
        "flags",
        "allowed_mentions",
        "message_reference",
        "attachments",
        "nonce",
        "tts",
        "name",
        "description",
        "options",
        "type",
        "default_member_permissions",
        "contexts",
        "name_localizations",
    ];
    for key in keys {
        for value in &junk {
            for (path, extra) in [
                (&messages, json!({"content": "x"})),
                (&commands, json!({"name": "x", "description": "d"})),
            ] {
                let mut body = extra;
                body[key] = value.clone();
                let reply = bot.post(path, &body).await;
                assert!(
                    reply.status.as_u16() < 500,
                    "{key}: {value} gave {} {}",
                    reply.status,
                    reply.body
                );
            }
        }
    }
    for value in &junk {
        for path in [&messages, &commands] {
            assert!(bot.post(path, value).await.status.as_u16() < 500, "{value}");
            assert!(bot.put(path, value).await.status.as_u16() <= 501, "{value}");
        }
    }
    bot.say("still here").await;
}

#[tokio::test]
async fn a_flood_of_payloads_is_cut_off() {
    let bot = Bot::start().await;
    let (mut gateway, _) = bot.identify(1).await;
    for _ in 0..=limits::GATEWAY_PAYLOADS {
        gateway.send(&json!({"op": 1, "d": null})).await;
    }
    assert_eq!(gateway.closed().await, 4008);
}

#[tokio::test]
async fn sockets_are_counted_and_given_back() {
    let bot = Bot::start().await;
    let mut open = Vec::new();
    for _ in 0..limits::GATEWAY_SOCKETS {
        open.push(bot.connect("v=10&encoding=json").await);
    }
    let url = format!("{}?v=10&encoding=json", bot.sim.gateway_url());
    let refused = tokio_tungstenite::connect_async(&url).await;
    assert!(refused.is_err(), "one too many");
    open.clear();
    let again = async {
        while tokio_tungstenite::connect_async(&url).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("a place becomes free");
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_hold_the_others_up() {
    let bot = Bot::start().await;
    let (_silent, _) = bot.identify(ALL_INTENTS).await;
    let (mut reader, _) = bot.identify(ALL_INTENTS).await;
    reader.event("GUILD_CREATE").await;
    let text = "x".repeat(2_000);
    let reading = tokio::spawn(async move {
        for _ in 0..limits::SOCKET_QUEUE + 500 {
            reader.event("MESSAGE_CREATE").await;
        }
    });
    for n in 0..limits::SOCKET_QUEUE + 500 {
        bot.control
            .post_message(bot.general, "alice", &text, None)
            .unwrap();
        if n % 100 == 0 {
            // Lets the reader keep up; the silent one never will.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("the reader got everything")
        .unwrap();
    assert!(
        bot.control.messages(bot.general, 100, None, None).unwrap().len() == 100,
        "history stays readable"
    );
}

#[tokio::test]
async fn garbage_on_the_wire_is_answered_or_ignored() {
    let bot = Bot::start().await;
    for garbage in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET /gateway HTTP/1.1\r\n\r\n",
        b"POST /api/v10/channels/1/messages HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(bot.sim.addr()).await.unwrap();
        socket.write_all(garbage).await.unwrap();
        let _ = socket.shutdown().await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer))
            .await
            .expect("it ends");
    }
    bot.say("still here").await;
}

#[tokio::test]
async fn memory_has_bounds_wherever_clients_can_fill_it() {
    let bot = Bot::start().await;
    bot.register(&json!([{"name": "x", "description": "d"}])).await;
    for _ in 0..limits::INTERACTIONS + 10 {
        bot.control.run_command(bot.general, "alice", "x", &[]).unwrap();
    }
    for _ in 0..limits::CHANNEL_MESSAGES + 10 {
        bot.control.post_message(bot.general, "alice", "x", None).unwrap();
    }
    let mut before = None;
    let mut count = 0;
    loop {
        let page = bot.control.messages(bot.general, 100, before, None).unwrap();
        let Some(oldest) = page.first() else { break };
        count += page.len();
        before = Some(oldest["id"].as_str().unwrap().parse().unwrap());
    }
    assert_eq!(count, limits::CHANNEL_MESSAGES);
    while bot.control.last_seq() <= limits::TIMELINE_ENTRIES as u64 + 10 {
        bot.control.start_typing(bot.general, "alice").unwrap();
    }
    let first = bot.control.timeline(0, 1)[0].seq;
    assert_eq!(
        bot.control.last_seq() - first + 1,
        limits::TIMELINE_ENTRIES as u64
    );
}

#[tokio::test]
async fn a_page_of_an_uploaded_file_cannot_run_in_a_browser() {
    let bot = Bot::start().await;
    let form = Form::new().part(
        "files[0]",
        Part::bytes(b"<script>".to_vec())
            .file_name("../a.html")
            .mime_str("text/html")
            .unwrap(),
    );
    let path = format!("/channels/{}/messages", bot.general);
    let sent = bot
        .send(bot.request(Method::POST, &path).multipart(form))
        .await
        .ok();
    let url = sent["attachments"][0]["url"].as_str().unwrap().to_owned();
    let name: &Value = &sent["attachments"][0]["filename"];
    assert!(!name.as_str().unwrap().contains('/'), "{name}");
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
}
