use homemaid_protocol::{ErrorCode, RpcError};
use serde_json::{Value, json};

use super::*;
use crate::{Lane, Request};

const FILE: &str = r#"
- url: https://api.example.com/v1/cat
  json: {name: Tom}
- url: https://api.example.com/v1/*
  method: post
  status: 201
  headers: {X-Kind: made}
  body: made
- url: https://old.example.com/
  status: 302
  headers: {Location: "https://api.example.com/v1/cat"}
"#;

async fn ask(egress: &Egress, params: Value) -> Result<Value, EgressError> {
    let request = Request::parse(&serde_json::from_value(params).unwrap()).unwrap();
    let answer = egress
        .send(&Lane::default(), request, None, |host| host != "evil.example")
        .await?;
    Ok(answer.into_json())
}

fn canned(text: &str) -> Egress {
    Egress::through(Exit::Canned(Answers::read(text).unwrap()))
}

#[tokio::test]
async fn the_first_that_fits_answers() {
    let egress = canned(FILE);
    let cat = ask(&egress, json!({"url": "https://API.example.com/v1/cat"}))
        .await
        .unwrap();
    assert_eq!(cat["body_bytes"], r#"{"name":"Tom"}"#);
    assert_eq!(cat["headers"], json!({"content-type": "application/json"}));
    let made = ask(
        &egress,
        json!({"method": "POST", "url": "https://api.example.com/v1/dogs?x=1"}),
    )
    .await
    .unwrap();
    assert_eq!(
        (&made["status"], &made["headers"]["x-kind"]),
        (&json!(201), &json!("made"))
    );
    let followed = ask(&egress, json!({"url": "https://old.example.com"}))
        .await
        .unwrap();
    assert_eq!(followed["status"], 200, "redirects are followed as outside");
}

#[tokio::test]
async fn what_is_not_there_fails_and_says_so() {
    let none = ask(
        &canned(FILE),
        json!({"url": "https://api.example.com/v1/dogs?key=s3cret"}),
    )
    .await
    .unwrap_err();
    let none = RpcError::from(none);
    assert_eq!(none.code(), ErrorCode::ProxyError);
    assert!(
        none.message()
            .ends_with("none for GET https://api.example.com/v1/dogs"),
        "{}",
        none.message()
    );
    let closed = ask(
        &Egress::lab(&LabHttp::Closed).unwrap(),
        json!({"url": "https://api.example.com"}),
    )
    .await;
    let closed = RpcError::from(closed.unwrap_err());
    assert_eq!(closed.code(), ErrorCode::ProxyError);
    assert!(closed.message().contains("--http"));
}

#[test]
fn a_wrong_file_is_refused_with_its_place() {
    for (text, part) in [
        ("- {status: 200}", "url"),
        ("- {url: 'ftp://x.example'}", "answer 1"),
        ("- {url: 'https://x.example', body: a, json: b}", "answer 1"),
        ("- {url: 'https://x.example', status: 99}", "status"),
        ("- {url: 'https://x.example', status: 101}", "status"),
        ("- {url: 'https://x.example', headers: {'a b': c}}", "a b"),
        ("- {url: 'https://x.example', bdoy: a}", "bdoy"),
        ("x", "invalid"),
    ] {
        let why = Answers::read(text).unwrap_err();
        assert!(why.contains(part), "{text}: {why}");
    }
}

#[test]
fn a_stub_is_on_this_machine() {
    for here in ["http://127.0.0.1:8000", "http://localhost:1/", "http://[::1]:5"] {
        assert!(is_loopback(match loopback(here).unwrap().host().unwrap() {
            Host::Ipv4(ip) => ip.into(),
            Host::Ipv6(ip) => ip.into(),
            Host::Domain(name) => panic!("{name} would be looked up"),
        }));
    }
    for away in [
        "http://10.0.0.1",
        "http://example.com",
        "https://127.0.0.1",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "http://user@127.0.0.1",
        "127.0.0.1:80",
        "",
        "http://0.0.0.0:80",
    ] {
        assert!(matches!(loopback(away), Err(LabError::NotLoopback(_))), "{away}");
    }
}
