use homemaid_protocol::ErrorCode;
use serde_json::json;

use super::*;

fn parse(params: Value) -> Result<Request, RpcError> {
    Request::parse(&serde_json::from_value(params).unwrap())
}

fn field(params: Value) -> Option<String> {
    let error = parse(params).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ValidationError);
    let object = serde_json::to_value(error).unwrap();
    Some(object["field"].as_str()?.to_owned())
}

#[test]
fn the_contract_s_request_is_read() {
    let request = parse(json!({
        "method": "post", "url": "https://API.Example.com/v1?q=a%20b#top", "headers": {"X-One": "1", "N": 5},
        "body": "é", "_event_id": "e",
    }))
    .unwrap();
    assert_eq!(request.method, Method::POST);
    assert_eq!(
        request.target.url().as_str(),
        "https://api.example.com/v1?q=a%20b"
    );
    assert_eq!(request.host(), "api.example.com");
    assert_eq!(request.headers["x-one"], "1");
    assert_eq!(request.headers["n"], "5");
    assert_eq!(request.body.as_deref(), Some("é".as_bytes()));
}

#[test]
fn absent_and_null_are_the_same() {
    let request =
        parse(json!({"url": "https://a.example", "headers": null, "body": null, "auth": null})).unwrap();
    assert_eq!(request.method, Method::GET);
    assert!(request.headers.is_empty() && request.body.is_none() && request.secret.is_none());
}

#[test]
fn authorization_passes_and_the_connection_s_own_headers_do_not() {
    let request = parse(json!({"url": "https://a.example", "headers": {
        "Authorization": "Bearer mine", "Cookie": "a=b", "Host": "10.0.0.1", "Connection": "X-Hop, authorization, close",
        "X-Hop": "1", "Keep-Alive": "1", "Proxy-Authorization": "x", "Proxy-Anything": "x", "TE": "trailers",
        "Trailer": "x", "Transfer-Encoding": "chunked", "Upgrade": "websocket", "HTTP2-Settings": "x",
        "Content-Length": "5", "Expect": "100-continue", "Accept-Encoding": "xz",
    }}))
    .unwrap();
    let mut kept: Vec<_> = request.headers.keys().map(HeaderName::as_str).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["authorization", "cookie"]);
}

#[test]
fn what_is_wrong_is_named() {
    let with = |key: &str, value: Value| {
        let mut params = json!({"method": "GET", "url": "https://a.example"});
        params[key] = value;
        field(params)
    };
    for (key, value) in [
        ("method", json!(5)),
        ("method", json!("")),
        ("method", json!("GET / HTTP/1.1\r\nX: y")),
        ("method", json!("X".repeat(21))),
        ("method", json!("connect")),
        ("method", json!("TRACE")),
        ("url", json!(null)),
        ("url", json!(5)),
        ("url", json!("file:///etc/passwd")),
        ("headers", json!([])),
        ("headers", json!({"a b": "c"})),
        ("headers", json!({"": "c"})),
        ("headers", json!({"a": ["c"]})),
        ("headers", json!({"a": "b\r\nHost: c"})),
        ("headers", json!({"a\r\nb": "c"})),
        ("headers", json!({"a": "x".repeat(REQUEST_HEADER_BYTES)})),
        ("body", json!({})),
        ("body", json!("x".repeat(REQUEST_BODY_BYTES + 1))),
        ("secret_auth", json!(5)),
        ("auth", json!("name")),
        ("auth", json!({"scheme": "digest", "secret": "x"})),
        ("auth", json!({"scheme": "bearer"})),
    ] {
        assert_eq!(with(key, value.clone()).as_deref(), Some(key), "{key}: {value}");
    }
    let many: Map<String, Value> = (0..=REQUEST_HEADERS)
        .map(|n| (format!("h{n}"), json!("x")))
        .collect();
    assert_eq!(with("headers", many.into()).as_deref(), Some("headers"));
    assert_eq!(
        field(json!({"url": "https://a.example", "auth": {}, "secret_auth": "x"})).as_deref(),
        Some("auth")
    );
}

#[test]
fn a_host_nobody_approved_has_the_contract_s_text() {
    assert_eq!(
        serde_json::to_value(not_approved("x.example")).unwrap(),
        json!({"code": "VALIDATION_ERROR", "field": "url",
            "message": "url is required and must be on an approved domain: x.example is not approved for this server"})
    );
}
