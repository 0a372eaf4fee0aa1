//! Servers that never end, lie about lengths, or send bombs.

use std::io::Write as _;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::*;
use crate::limits::BODY_BYTES;

/// What an attack must come to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Comes {
    /// An answer cut at the cap.
    Cut,
    /// An answer with this body.
    To(&'static str),
    /// A failure.
    Fails,
}

async fn come(name: &str, answer: Vec<u8>, expected: Comes) {
    let (outside, server) = (Outside::new(), Server::says(answer).await);
    outside.public("server.example", &server);
    judge(name, outside.get("http://server.example/").await, expected);
}

fn judge(name: &str, found: Result<Answer, EgressError>, expected: Comes) {
    match (found.map(Answer::into_json), expected) {
        (Ok(answer), Comes::Cut) => {
            assert_eq!(answer["truncated"], true, "{name}");
            assert!(
                answer["body_bytes"].as_str().unwrap().len() <= BODY_BYTES,
                "{name}"
            );
        }
        (Ok(answer), Comes::To(body)) => assert_eq!(
            (&answer["body_bytes"], &answer["truncated"]),
            (&json!(body), &json!(false)),
            "{name}"
        ),
        (Err(error), Comes::Fails) => {
            assert!(
                !matches!(error, EgressError::TimedOut),
                "{name} was stopped by the clock alone"
            );
            assert!(error.to_string().len() < 400, "{name}: {error}");
        }
        (found, expected) => {
            let found: String = format!("{found:?}").chars().take(300).collect();
            panic!("{name}: {found} is not {expected:?}");
        }
    }
}

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn compress(coding: &str, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "raw" => {
            let mut encoder = flate2::write::DeflateEncoder::new(&mut out, flate2::Compression::best());
            encoder.write_all(plain).unwrap();
            encoder.finish().unwrap();
        }
        "br" => {
            let params = brotli::enc::BrotliEncoderParams {
                quality: 3,
                ..Default::default()
            };
            brotli::BrotliCompress(&mut &plain[..], &mut out, &params).unwrap();
        }
        "zstd" => out = zstd::stream::encode_all(plain, 3).unwrap(),
        other => panic!("{other}"),
    }
    out
}

#[tokio::test]
async fn each_coding_is_taken_off_and_each_bomb_is_cut() {
    let bomb = vec![b'a'; 24 << 20];
    let mut tried = 0;
    for (name, coding) in [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("raw", "deflate"),
        ("br", "br"),
        ("zstd", "zstd"),
    ] {
        let small = compress(name, "grüße".as_bytes());
        let (outside, server) = (Outside::new(), Server::says(coded(coding, &small)).await);
        outside.public("server.example", &server);
        let answer = outside.get("http://server.example/").await.unwrap().into_json();
        assert_eq!(answer["body_bytes"], "grüße", "{name}");
        assert_eq!(
            answer["headers"],
            json!({}),
            "{name}: what named the coding is no longer true"
        );
        let exact = compress(name, &bomb[..BODY_BYTES]);
        let (outside, server) = (Outside::new(), Server::says(coded(coding, &exact)).await);
        outside.public("server.example", &server);
        assert_eq!(
            outside.get("http://server.example/").await.unwrap().into_json()["truncated"],
            false,
            "{name}"
        );

        let packed = compress(name, &bomb);
        assert!(packed.len() < 64 << 10, "{name} is a bomb");
        come(name, coded(coding, &packed), Comes::Cut).await;
        come(name, coded(coding, &small[..small.len() / 2]), Comes::Fails).await;
        come(name, coded(coding, b"this is no such thing"), Comes::Fails).await;
        tried += 3;
    }
    // A window of 128 MiB, which the decoder would set aside before the first byte comes out.
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.include_contentsize(false).unwrap();
    wide.write_all(b"small").unwrap();
    come(
        "zstd with a window of 128 MiB",
        coded("zstd", &wide.finish().unwrap()),
        Comes::Fails,
    )
    .await;
    // Bombs of many parts, and parts that yield nothing.
    let empty = compress("gzip", b"").repeat(200_000);
    come("gzip of 200000 empty members", coded("gzip", &empty), Comes::Cut).await;
    let blocks = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..],
        &b"\x00\x00\x00\xff\xff".repeat(1 << 20),
    ]
    .concat();
    come(
        "gzip of a million empty blocks",
        coded("gzip", &blocks),
        Comes::Cut,
    )
    .await;
    let twice = compress("gzip", &compress("gzip", &bomb));
    for coding in ["gzip, gzip", "gzip,br", "xz", "GZIP\r\nContent-Encoding: gzip"] {
        let (outside, server) = (Outside::new(), Server::says(coded(coding, &twice)).await);
        outside.public("server.example", &server);
        let answer = outside.get("http://server.example/").await.unwrap().into_json();
        assert!(
            answer["body_b64"].is_string() && answer["headers"]["content-encoding"].is_string(),
            "{coding}"
        );
        tried += 1;
    }
    println!("egress: {} compression attacks, none beyond the cap", tried + 3);
}

#[tokio::test]
async fn lengths_that_lie_and_odd_protocols_end_well() {
    let text = |text: &str| text.as_bytes().to_vec();
    let big = "x".repeat(BODY_BYTES + 1);
    let header_flood = (0..101).fold(String::new(), |head, n| head + &format!("X-{n}: y\r\n"));
    let attacks: Vec<(&str, Vec<u8>, Comes)> = vec![
        (
            "HTTP/1.0 until it closes",
            text("HTTP/1.0 200 OK\r\n\r\nold"),
            Comes::To("old"),
        ),
        (
            "no length until it closes",
            text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nopen"),
            Comes::To("open"),
        ),
        ("HTTP/0.9", text("<html>old</html>"), Comes::Fails),
        ("no answer", vec![], Comes::Fails),
        (
            "a TLS alert",
            b"\x15\x03\x01\x00\x02\x02\x28".to_vec(),
            Comes::Fails,
        ),
        ("an SSH banner", text("SSH-2.0-OpenSSH_9\r\n"), Comes::Fails),
        ("status 99999", text("HTTP/1.1 99999 OK\r\n\r\n"), Comes::Fails),
        ("HTTP/9.9", text("HTTP/9.9 200 OK\r\n\r\n"), Comes::Fails),
        (
            "more announced than sent",
            text("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"),
            Comes::Fails,
        ),
        (
            "more sent than announced",
            text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshort and more"),
            Comes::To("short"),
        ),
        (
            "a negative length",
            text("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"),
            Comes::Fails,
        ),
        (
            "a length beyond 64 bit",
            text("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"),
            Comes::Fails,
        ),
        (
            "two lengths",
            text("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
            Comes::Fails,
        ),
        (
            "an exbibyte announced",
            text("HTTP/1.1 200 OK\r\nContent-Length: 1152921504606846976\r\n\r\nx"),
            Comes::Fails,
        ),
        (
            "a length and chunks",
            text(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            ),
            Comes::To("ab"),
        ),
        (
            "chunks",
            text(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-T: y\r\n\r\n",
            ),
            Comes::To("abc"),
        ),
        (
            "a chunk of 64 bit",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab"),
            Comes::Fails,
        ),
        (
            "a chunk beyond 64 bit",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab"),
            Comes::Fails,
        ),
        (
            "a chunk without a number",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "chunks without an end",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
            Comes::Fails,
        ),
        (
            "a megabyte of chunk extension",
            text(&format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{big}\r\na\r\n0\r\n\r\n"
            )),
            Comes::Fails,
        ),
        (
            "a megabyte of trailers",
            text(&format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: {big}\r\n\r\n"
            )),
            Comes::Fails,
        ),
        (
            "a byte above the cap",
            text(&format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{big}",
                big.len()
            )),
            Comes::Cut,
        ),
        (
            "101 headers",
            text(&format!("HTTP/1.1 200 OK\r\n{header_flood}\r\n")),
            Comes::Fails,
        ),
        (
            "a header of a megabyte",
            text(&format!("HTTP/1.1 200 OK\r\nX: {big}\r\n\r\n")),
            Comes::Fails,
        ),
        (
            "headers of 70 KB",
            text(&format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", &big[..70_000])),
            Comes::Fails,
        ),
        (
            "a header name of 70 KB",
            text(&format!("HTTP/1.1 200 OK\r\n{}: y\r\n\r\n", &big[..70_000])),
            Comes::Fails,
        ),
        (
            "a NUL in a header",
            text("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "a space in a header name",
            text("HTTP/1.1 200 OK\r\nX Y: a\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "a folded header",
            text("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "an upgrade nobody asked for",
            text(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nframes",
            ),
            Comes::Fails,
        ),
        (
            "an upgrade to HTTP/2",
            text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "an HTTP/2 preface",
            text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Comes::Fails,
        ),
        (
            "early hints first",
            text(
                "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            ),
            Comes::To("a"),
        ),
        (
            "a redirect without an address",
            text("HTTP/1.1 302 Found\r\nContent-Length: 1\r\n\r\na"),
            Comes::To("a"),
        ),
        (
            "300 with an address",
            text("HTTP/1.1 300 Choose\r\nLocation: http://127.0.0.1/\r\nContent-Length: 1\r\n\r\na"),
            Comes::To("a"),
        ),
        (
            "304 with a body",
            text("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nabcde"),
            Comes::To(""),
        ),
        (
            "204 with a coding",
            text("HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"),
            Comes::To(""),
        ),
    ];
    let count = attacks.len();
    for (name, answer, expected) in attacks {
        come(name, answer, expected).await;
    }
    println!("egress: {count} lengths that lie and odd protocols, each as expected");
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\n";

/// What never ends is cut by size where it is fast, and by the deadline where it is slow.
#[tokio::test]
async fn what_never_ends_is_ended() {
    /// Writes the piece until the client leaves; with `slow`, one each turn of a timer.
    async fn forever(mut stream: TcpStream, first: &str, piece: Vec<u8>, slow: bool) {
        let mut go = stream.write_all(first.as_bytes()).await.is_ok();
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while go {
            if slow {
                tick.tick().await;
            }
            go = stream.write_all(&piece).await.is_ok();
        }
    }
    let mut tried = 0;
    let x = || vec![b'x'; 8192];
    let tiny = || b"1\r\nx\r\n".to_vec();
    let fast = [
        ("an endless body", "HTTP/1.1 200 OK\r\n\r\n", x(), Comes::Cut),
        ("endless chunks", CHUNKED, b"1000\r\n".repeat(1_000), Comes::Cut),
        (
            "endless chunks of a byte",
            CHUNKED,
            tiny().repeat(1_000),
            Comes::Cut,
        ),
        (
            "endless headers",
            OK,
            b"X-Flood: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".to_vec(),
            Comes::Fails,
        ),
        ("an endless header", OK, x(), Comes::Fails),
        ("an endless status line", "HTTP/1.1 200 ", x(), Comes::Fails),
    ];
    let slow = [
        ("a header byte at a time", OK, b"x".to_vec()),
        (
            "a body byte at a time",
            "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
            b"x".to_vec(),
        ),
        ("a chunk byte at a time", CHUNKED, tiny()),
        (
            "early hints without end",
            "",
            b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
        ),
    ];
    let fast = fast.map(|(name, head, piece, comes)| (name, head, piece, Some(comes)));
    let slow = slow.map(|(name, head, piece)| (name, head, piece, None));
    for (name, head, piece, expected) in fast.into_iter().chain(slow) {
        let server =
            Server::acts(move |_, stream| forever(stream, head, piece.clone(), expected.is_none())).await;
        let outside = if expected.is_none() {
            Outside::hasty()
        } else {
            Outside::new()
        };
        outside.public("server.example", &server);
        let found = outside.get("http://server.example/").await;
        match expected {
            Some(expected) => judge(name, found, expected),
            None => assert_eq!(found.unwrap_err(), EgressError::TimedOut, "{name}"),
        }
        tried += 1;
    }
    let silent = Server::acts(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let outside = Outside::hasty();
    outside.public("server.example", &silent);
    assert_eq!(
        outside.get("http://server.example/").await.unwrap_err(),
        EgressError::TimedOut
    );
    println!("egress: {} answers without an end, each ended", tried + 1);
}

/// A plugin with slow servers holds its own places only.
#[tokio::test]
async fn one_lane_does_not_take_the_others_places() {
    let silent = Server::acts(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let (outside, fine) = (Outside::new(), Server::fine().await);
    outside.public("silent.example", &silent);
    outside.public("fine.example", &fine);
    let ask = |url: &str| Request::parse(&serde_json::from_value(json!({"url": url})).unwrap()).unwrap();
    let (busy, other) = (Lane::default(), Lane::default());
    let slow: Vec<_> = (0..crate::limits::IN_FLIGHT * 2)
        .map(|_| {
            Box::pin(
                outside
                    .egress
                    .send(&busy, ask("http://silent.example/"), None, |_| true),
            )
        })
        .collect();
    let slow = futures_util::future::select_all(slow);
    let quick = Box::pin(
        outside
            .egress
            .send(&other, ask("http://fine.example/"), None, |_| true),
    );
    match futures_util::future::select(slow, quick).await {
        futures_util::future::Either::Right((answer, _)) => assert_eq!(answer.unwrap().status(), 200),
        futures_util::future::Either::Left(_) => panic!("a silent server does not answer"),
    }
    assert!(silent.seen().len() <= crate::limits::IN_FLIGHT_PER_LANE);
}
