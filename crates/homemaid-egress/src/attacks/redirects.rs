//! Ways to where a plugin may not go: names, rebinding, redirects. And where a secret may not go.

use super::*;
use crate::Scheme;

fn redirect(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

#[tokio::test]
async fn names_that_lead_inside_reach_nothing() {
    let (outside, inside, fine) = (Outside::new(), Server::fine().await, Server::fine().await);
    let unreachable: Vec<SocketAddr> = [
        "10.0.0.1:80",
        "169.254.169.254:80",
        "100.64.0.1:80",
        "192.168.1.1:80",
        "[::1]:80",
        "[fe80::1]:80",
        "[fc00::1]:80",
        "[::ffff:127.0.0.1]:80",
        "[64:ff9b::7f00:1]:80",
        "224.0.0.1:80",
    ]
    .iter()
    .map(|address| address.parse().unwrap())
    .collect();
    outside.public("fine.example", &fine);
    outside.name("inside.example", &[&[inside.address]]);
    let mut tried = 0;
    for (index, address) in unreachable.iter().enumerate() {
        let name = format!("inside{index}.example");
        outside.name(&name, &[&[*address]]);
        let error = outside.get(&format!("http://{name}/")).await.unwrap_err();
        assert!(
            matches!(error, EgressError::NotPublic { .. }),
            "{address}: {error:?}"
        );
        tried += 1;
    }
    let error = outside.get("http://inside.example/").await.unwrap_err();
    assert!(
        matches!(error, EgressError::NotPublic { kind: "loopback", .. }),
        "{error:?}"
    );
    // A public address beside a private one: only the public one is asked, in either order.
    for answer in [[inside.address, fine.address], [fine.address, inside.address]] {
        outside.name("mixed.example", &[&answer]);
        assert_eq!(outside.get("http://mixed.example/").await.unwrap().status(), 200);
        tried += 1;
    }
    assert_eq!(inside.seen().len(), 0);
    println!("egress: {} names that lead inside, 0 reached", tried + 1);
}

/// A name that is public when it is checked and private when it is used: there is one lookup, so there is no "when".
#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_up_once() {
    let (outside, inside, fine) = (Outside::new(), Server::fine().await, Server::fine().await);
    outside.public("rebind.example", &fine);
    outside.name("rebind.example", &[&[fine.address], &[inside.address]]);
    assert_eq!(outside.get("http://rebind.example/").await.unwrap().status(), 200);
    assert_eq!(outside.net.lookups.load(Ordering::SeqCst), 1);
    let error = outside.get("http://rebind.example/").await.unwrap_err();
    assert!(matches!(error, EgressError::NotPublic { .. }), "{error:?}");
    assert_eq!(
        outside.net.lookups.load(Ordering::SeqCst),
        2,
        "no connection and no lookup was kept"
    );

    // The same between a request and its own redirect.
    let back = Server::says(redirect(302, "http://turn.example/again")).await;
    outside.public("turn.example", &back);
    outside.name("turn.example", &[&[back.address], &[inside.address]]);
    let error = outside.get("http://turn.example/").await.unwrap_err();
    assert!(matches!(error, EgressError::NotPublic { .. }), "{error:?}");
    assert_eq!(inside.seen().len(), 0);
    println!("egress: 2 rebindings, 0 reached");
}

#[tokio::test]
async fn redirects_lead_to_nothing_forbidden() {
    let (outside, inside, fine) = (Outside::new(), Server::fine().await, Server::fine().await);
    outside.public("fine.example", &fine);
    outside.name("inside.example", &[&[inside.address]]);
    outside.public("unapproved.example", &fine);
    let port = inside.address.port();
    let places = [
        format!("http://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://x.localhost:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://017700000001:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        format!("http://0:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://[::127.0.0.1]:{port}/"),
        format!("http://[64:ff9b::127.0.0.1]:{port}/"),
        format!("http://%31%32%37.0.0.1:{port}/"),
        format!("http://①②⑦.0.0.1:{port}/"),
        format!("http://fine.example@127.0.0.1:{port}/"),
        format!("http:127.0.0.1:{port}/"),
        format!("http:\\\\127.0.0.1:{port}/"),
        format!("/\\127.0.0.1:{port}/"),
        "http://inside.example/".to_owned(),
        "http://inside.example./".to_owned(),
        "http://unapproved.example/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://metadata.google.internal/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "ftp://fine.example/".to_owned(),
        "gopher://fine.example:70/_x".to_owned(),
        "data:text/plain,x".to_owned(),
        "javascript:alert(1)".to_owned(),
        "unix:/run/podman.sock".to_owned(),
        "http://fine.example:22/".to_owned(),
        "http://fine.example:6667/".to_owned(),
        "http://".to_owned(),
        "http:///".to_owned(),
        format!("http://fine.example/{}", "x".repeat(9_000)),
    ];
    let before = fine.seen().len();
    let mut tried = 0;
    for place in &places {
        for status in [301, 302, 303, 307, 308] {
            let start = Server::says(redirect(status, place)).await;
            outside.public("start.example", &start);
            let error = outside.get("http://start.example/").await.unwrap_err();
            assert_eq!(start.seen().len(), 1, "{place}");
            assert!(!error.to_string().is_empty() && error.to_string().len() < 400);
            tried += 1;
        }
    }
    assert_eq!(inside.seen().len(), 0);
    assert_eq!(
        fine.seen().len(),
        before,
        "nor a host that is not approved, nor a forbidden port"
    );
    println!(
        "egress: {tried} redirects to forbidden places ({} places), 0 reached",
        places.len()
    );
}

#[tokio::test]
async fn five_redirects_are_followed_and_the_sixth_is_not() {
    let outside = Outside::new();
    let fine = Server::fine().await;
    outside.public("hop0.example", &fine);
    let mut chain = Vec::new();
    for hop in 1..=6 {
        let server = Server::says(redirect(302, &format!("http://hop{}.example/", hop - 1))).await;
        outside.public(&format!("hop{hop}.example"), &server);
        chain.push(server);
    }
    let answer = outside.get("http://hop5.example/").await.unwrap();
    assert_eq!((answer.status(), answer.host()), (200, "hop0.example"));
    assert_eq!(
        outside.get("http://hop6.example/").await.unwrap_err(),
        EgressError::TooManyRedirects(5)
    );
    let around = Server::says(redirect(301, "/again")).await;
    outside.public("around.example", &around);
    assert_eq!(
        outside.get("http://around.example/").await.unwrap_err(),
        EgressError::TooManyRedirects(5)
    );
    assert_eq!(around.seen().len(), 6);
}

#[tokio::test]
async fn a_redirect_changes_the_method_as_browsers_do() {
    let outside = Outside::new();
    for (status, method, then) in [
        (301, "POST", "get"),
        (302, "POST", "get"),
        (303, "POST", "get"),
        (307, "POST", "post"),
        (308, "POST", "post"),
        (301, "PUT", "put"),
        (302, "DELETE", "delete"),
        (303, "PUT", "get"),
        (303, "HEAD", "head"),
        (301, "GET", "get"),
    ] {
        let target = Server::fine().await;
        let start = Server::says(redirect(status, "http://target.example/to?a=1")).await;
        outside.public("start.example", &start);
        outside.public("target.example", &target);
        let params = json!({"method": method, "url": "http://start.example/", "body": "12345",
            "headers": {"Content-Type": "text/x", "X-Mine": "1"}});
        outside.send(params, None).await.unwrap();
        let seen = target.seen().pop().unwrap();
        assert!(
            seen.starts_with(&format!("{then} /to?a=1 http/1.1\r\n")),
            "{status} {method}: {seen}"
        );
        assert_eq!(
            seen.contains("content-type: text/x"),
            then != "get" || method == "GET",
            "{status} {method}: {seen}"
        );
        assert!(seen.contains("x-mine: 1") && seen.contains("host: target.example\r\n"));
    }
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let outside = Outside::new();
    let secret = || Credential::new(Scheme::Bearer, "s3cret-value");
    let other = Server::fine().await;
    outside.public("other.example", &other);

    // Within the origin it goes along, whatever the plugin wrote itself.
    let same = Server::acts(|head, mut stream| async move {
        let answer = if head.starts_with("get /one") {
            redirect(302, "/two")
        } else {
            "HTTP/1.1 200 OK\r\nX-Echo: Bearer s3cret-value\r\nContent-Length: 19\r\n\r\nBearer s3cret-value"
                .to_owned()
        };
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes())
            .await
            .unwrap();
    })
    .await;
    outside.public("same.example", &same);
    let params = json!({"url": "http://same.example/one", "headers": {"Authorization": "Bearer mine"}});
    let answer = outside.send(params, secret()).await.unwrap().into_json();
    assert!(
        same.seen()
            .iter()
            .all(|head| head.contains("authorization: bearer s3cret-value\r\n"))
    );
    assert!(!answer.to_string().contains("s3cret"), "{answer}");
    assert_eq!(answer["body_bytes"], "Bearer [secret]");

    // To another host, scheme or port it does not.
    for location in [
        "http://other.example/",
        "//other.example/",
        "http://other.example:80/",
    ] {
        let start = Server::says(redirect(307, location)).await;
        outside.public("start.example", &start);
        let params = json!({"url": "http://start.example/", "headers": {"Cookie": "mine=1"}});
        outside.send(params.clone(), secret()).await.unwrap();
        let params =
            json!({"url": "http://start.example/", "headers": {"Authorization": "mine", "Cookie": "mine=1"}});
        outside.send(params, None).await.unwrap();
        assert!(
            start.seen()[1].contains("authorization: mine") && start.seen()[1].contains("cookie: mine=1")
        );
    }
    for head in other.seen() {
        assert!(
            !head.contains("authorization") && !head.contains("cookie") && !head.contains("s3cret"),
            "{head}"
        );
    }
    assert_eq!(other.seen().len(), 6);
}

#[tokio::test]
async fn a_secret_is_in_no_error() {
    let outside = Outside::new();
    for location in [
        "http://s3cret-value.unapproved.example/",
        "http://unapproved-s3cret-value.example/",
        "http://s3cret-value.local/",
        "http://s3cret-value.gone.example/?s3cret-value",
        "s3cret-value://x",
    ] {
        let start = Server::says(redirect(302, location)).await;
        outside.public("start.example", &start);
        let params = json!({"url": "http://start.example/"});
        let error = outside
            .send(params, Credential::new(Scheme::Token, "s3cret-value"))
            .await
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

/// Proxy settings of the machine are not used: a proxy would look names up itself.
#[tokio::test]
async fn a_request_carries_only_what_it_should() {
    let (outside, fine) = (Outside::new(), Server::fine().await);
    outside.public("fine.example", &fine);
    outside.get("http://fine.example/a?b#c").await.unwrap();
    let head = fine.seen().pop().unwrap();
    let mut lines: Vec<_> = head.trim_end().split("\r\n").collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept-encoding: gzip, deflate, br, zstd",
            "accept: */*",
            "get /a?b http/1.1",
            "host: fine.example",
            concat!("user-agent: homemaid/", env!("CARGO_PKG_VERSION")),
        ]
    );
}
