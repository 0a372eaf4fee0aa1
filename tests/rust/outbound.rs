//! Outbound HTTP of a real worker, answered by a stub on loopback as in any lab.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use homemaid_core::{AuditQuery, DomainAccess};
use homemaid_protocol::InstallationId;
use homemaid_testkit::{LabHttp, TestHost, TestOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const GRANTS: [&str; 3] = ["proxy:http", "storage:secrets", "interaction:respond"];
const SECRET: &str = "secret-canary-1a2b3c4d";

/// A server that keeps each request's head and body, and answers by the URL the plugin asked for.
struct Stub {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Ok(Self { url, seen })
    }

    fn last(&self) -> String {
        self.seen
            .lock()
            .expect("nobody panicked")
            .last()
            .cloned()
            .unwrap_or_default()
    }

    fn count(&self) -> usize {
        self.seen.lock().expect("nobody panicked").len()
    }
}

async fn serve(stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let lower = request.to_ascii_lowercase();
    let header = |name: &str| {
        let line = lower.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let mut body = vec![0; header("content-length:").parse().unwrap_or(0)];
    let _ = stream.read_exact(&mut body).await;
    request.push_str(&String::from_utf8_lossy(&body));
    seen.lock().expect("nobody panicked").push(request);
    let url = header("x-homemaid-url:");
    let (head, body): (&str, Vec<u8>) = match url.split('?').next().unwrap_or_default() {
        url if url.ends_with("/tea") => ("200 OK\r\nX-Kind: green", b"a cup of tea".to_vec()),
        url if url.ends_with("/brew") => ("201 Created", body),
        url if url.ends_with("/big") => ("200 OK", vec![b'x'; 3 << 20]),
        url if url.ends_with("/bytes") => ("200 OK", b"\xff\x00".to_vec()),
        // "tea", as zlib writes it.
        url if url.ends_with("/packed") => (
            "200 OK\r\nContent-Encoding: deflate",
            b"\x78\x9c\x2b\x49\x4d\x04\x00\x02\x8a\x01\x3b".to_vec(),
        ),
        url if url.ends_with("/away") => ("302 Found\r\nLocation: http://127.0.0.1:1/", Vec::new()),
        url if url.ends_with("/secret") => ("200 OK", header("authorization:").into_bytes()),
        _ => ("404 Not Found", b"nothing here".to_vec()),
    };
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
    // The client leaves when it has enough.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}

/// Has the plugin do a step, and returns what came of it.
async fn step(host: &TestHost, id: &InstallationId, name: &str, turn: usize) -> anyhow::Result<Value> {
    if let Some(command) = ["allow", "revoke"]
        .iter()
        .find(|command| name == format!("/{command}"))
    {
        host.slash("alice", command, &[])?;
        let step = if *command == "allow" { "allowed" } else { "revoked" };
        return found(host, id, step, turn).await;
    }
    host.post("alice", &format!("!http {name}"))?;
    found(host, id, name, turn).await
}

async fn found(host: &TestHost, id: &InstallationId, step: &str, turn: usize) -> anyhow::Result<Value> {
    let seen = std::cell::Cell::new(0);
    let is_it = |line: &str| {
        let read = serde_json::from_str::<Value>(line).unwrap_or_default();
        read["step"] == step
    };
    // The newest one comes first; earlier turns of the same step are counted from the stored log.
    loop {
        let line = host.logged(id, is_it).await?;
        let query = homemaid_core::LogQuery {
            installation: Some(id.clone()),
            ..Default::default()
        };
        let lines = host.core().logs(query).await?;
        seen.set(lines.iter().filter(|line| is_it(&line.message)).count());
        if seen.get() >= turn {
            let newest = lines.into_iter().rev().find(|line| is_it(&line.message));
            let text = newest.map_or(line, |line| line.message);
            return Ok(serde_json::from_str::<Value>(&text)?["came"].take());
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_asks_what_it_may_and_nothing_else() -> anyhow::Result<()> {
    let stub = Stub::start().await?;
    let host = TestHost::start_with(TestOptions {
        http: LabHttp::Stub(stub.url.clone()),
        ..TestOptions::default()
    })
    .await?;
    let id = host.install("http_maid", &GRANTS).await?;
    let id = &id;

    let got = step(&host, id, "get", 1).await?;
    assert_eq!(
        (&got["status"], &got["ok"], &got["body_bytes"]),
        (&json!(200), &json!(true), &json!("a cup of tea"))
    );
    assert_eq!(
        (&got["headers"]["x-kind"], &got["truncated"]),
        (&json!("green"), &json!(false))
    );
    let asked = stub.last().to_ascii_lowercase();
    assert!(
        asked.starts_with("get /tea?q=a+b&key=query-canary http/1.1"),
        "{asked}"
    );
    assert!(
        asked.contains("x-homemaid-url: https://api.example.com/tea?q=a+b&key=query-canary"),
        "{asked}"
    );
    assert!(
        asked.contains("authorization: bearer mine") && !asked.contains("evil"),
        "{asked}"
    );

    let made = step(&host, id, "post", 1).await?;
    assert_eq!(
        (&made["status"], &made["body_bytes"]),
        (&json!(201), &json!(r#"{"tea": "grün"}"#))
    );
    assert_eq!(
        step(&host, id, "missing", 1).await?["status"],
        404,
        "any status is an answer"
    );
    let big = step(&host, id, "big", 1).await?;
    assert_eq!((&big["truncated"], &big["status"]), (&json!(true), &json!(200)));
    assert_eq!(step(&host, id, "bytes", 1).await?["body_b64"], "/wA=");
    assert_eq!(step(&host, id, "packed", 1).await?["body_bytes"], "tea");

    let before = stub.count();
    for (name, class) in [
        ("other", "ValidationError"),
        ("inside", "ValidationError"),
        ("file", "ValidationError"),
        ("allow", "ValidationError"),
    ] {
        let refused = step(&host, id, name, 1).await?;
        assert_eq!(refused["error"], class, "{name}: {refused}");
    }
    assert_eq!(stub.count(), before, "what is refused is not sent");
    let away = step(&host, id, "away", 1).await?;
    assert!(
        away["text"].as_str().unwrap_or_default().contains("redirect"),
        "{away}"
    );

    // The owner withholds, approves and forgets; each is in force for the next request.
    host.core()
        .set_domain(id, "api.example.com", DomainAccess::Withheld, "owner")
        .await?;
    assert_eq!(step(&host, id, "get", 2).await?["error"], "ValidationError");
    host.core()
        .set_domain(id, "api.example.com", DomainAccess::Approved, "owner")
        .await?;
    assert_eq!(step(&host, id, "get", 3).await?["status"], 200);
    host.core()
        .set_domain(id, "example.org", DomainAccess::Approved, "owner")
        .await?;
    assert_eq!(
        step(&host, id, "other", 2).await?["status"],
        200,
        "an entry covers what is beneath it"
    );
    host.core().forget_domain(id, "example.org").await?;
    assert_eq!(step(&host, id, "other", 3).await?["error"], "ValidationError");

    // A member who manages the server lets a host in by a command, and takes it back; others do not.
    host.slash("bob", "allow", &[])?;
    assert_eq!(found(&host, id, "allowed", 1).await?["error"], "ValidationError");
    let allowed = step(&host, id, "/allow", 2).await?;
    assert_eq!(allowed, json!({"ok": true, "host": "other.example.org"}));
    assert_eq!(step(&host, id, "other", 4).await?["status"], 200);
    step(&host, id, "/revoke", 1).await?;
    assert_eq!(step(&host, id, "other", 5).await?["error"], "ValidationError");

    // The audit has host and status, and no part of a query.
    let audit = host.core().audit(AuditQuery::default()).await?;
    let targets: Vec<_> = audit
        .iter()
        .filter_map(|record| record.detail.as_deref())
        .collect();
    for wanted in [
        "GET api.example.com 200",
        "POST eu.api.example.com 201",
        "GET other.example.org",
    ] {
        assert!(targets.contains(&wanted), "{wanted}: {targets:?}");
    }
    assert!(!format!("{audit:?}").contains("canary"));
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_requests_a_minute_and_not_one_more() -> anyhow::Result<()> {
    let stub = Stub::start().await?;
    let host = TestHost::start_with(TestOptions {
        http: LabHttp::Stub(stub.url.clone()),
        ..TestOptions::default()
    })
    .await?;
    let id = host.install("http_maid", &GRANTS).await?;
    let clock = host.discord().clock();
    clock.freeze();
    let came = step(&host, &id, "flood", 1).await?;
    assert_eq!(
        came,
        json!({"fine": 30, "first_refused": 30, "error": "RateLimitError", "retry_after": 2.0})
    );
    assert_eq!(stub.count(), 30);
    clock.advance(Duration::from_secs(2));
    assert_eq!(
        step(&host, &id, "get", 1).await?["status"],
        200,
        "after the wait it was told, one passes"
    );
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_where_it_is_bound_and_comes_back_nowhere() -> anyhow::Result<()> {
    let stub = Stub::start().await?;
    let host = TestHost::start_with(TestOptions {
        http: LabHttp::Stub(stub.url.clone()),
        ..TestOptions::default()
    })
    .await?;
    let id = host.install("http_maid", &GRANTS).await?;
    assert_eq!(
        step(&host, &id, "secret", 1).await?["error"],
        "ValidationError",
        "there is none yet"
    );
    host.core()
        .set_secret(&id, "key", SECRET.to_owned(), "owner")
        .await?;
    let sent = step(&host, &id, "secret", 2).await?;
    assert_eq!(
        (&sent["status"], &sent["body_bytes"]),
        (&json!(200), &json!("bearer [secret]"))
    );
    assert!(
        stub.last().contains(&format!("Bearer {SECRET}")),
        "{}",
        stub.last()
    );
    assert_eq!(step(&host, &id, "basic", 1).await?["status"], 200);
    assert!(
        !stub.last().contains(SECRET) && stub.last().contains("Basic "),
        "{}",
        stub.last()
    );

    host.core()
        .bind_secret(&id, "key", "elsewhere.example", true, "owner")
        .await?;
    assert_eq!(
        step(&host, &id, "secret", 3).await?["error"],
        "ValidationError",
        "bound elsewhere"
    );
    host.core()
        .bind_secret(&id, "key", "example.com", true, "owner")
        .await?;
    assert_eq!(step(&host, &id, "secret", 4).await?["status"], 200);
    let told = format!(
        "{:?}{:?}",
        host.core().audit(AuditQuery::default()).await?,
        host.core().logs(homemaid_core::LogQuery::default()).await?
    );
    assert!(!told.contains(SECRET));
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_without_answers_says_so() -> anyhow::Result<()> {
    let host = TestHost::start().await?;
    let id = host.install("http_maid", &GRANTS).await?;
    let came = step(&host, &id, "get", 1).await?;
    assert!(
        came["text"].as_str().unwrap_or_default().contains("--http-stub"),
        "{came}"
    );
    host.stop().await
}
