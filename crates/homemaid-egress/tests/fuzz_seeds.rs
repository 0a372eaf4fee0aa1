//! The fuzz target's checks over its seeds, the tables, and texts made by chance: the bounded run of ordinary tests.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[path = "../fuzz/checks.rs"]
mod checks;

#[test]
fn any_url_is_judged_soundly() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<Vec<u8>> = fs::read_dir(root.join("fuzz/seeds/url"))
        .expect("the seeds are part of the crate")
        .map(|seed| fs::read(seed.expect("a readable folder").path()).expect("a readable seed"))
        .collect();
    assert!(texts.len() >= 5);
    for table in ["urls.txt", "hosts.txt"] {
        let table = fs::read_to_string(root.join("tests/vectors").join(table)).expect("a readable table");
        texts.extend(
            table
                .lines()
                .filter_map(|line| Some(line.rsplit_once(" |")?.0.as_bytes().to_vec())),
        );
    }
    let mut runs = 0;
    for text in &texts {
        checks::url(text);
        // Cut and bent texts reach what the whole ones do not.
        for at in 0..text.len().min(80) {
            checks::url(&text[..at]);
            for bit in [0x01, 0x20, 0x80] {
                let mut bent = text.clone();
                bent[at] ^= bit;
                checks::url(&bent);
                runs += 1;
            }
        }
    }
    println!("egress: {runs} bent URLs, each judged soundly");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn pieces_of_urls_are_judged_soundly(pieces in prop::collection::vec(prop::sample::select(vec![
        "http", "https", ":", "//", "/", "\\", "@", "?", "#", ".", "..", "127", "0x7f", "017", "1", "256", "example", "com",
        "localhost", "local", "[", "]", "::1", "::ffff:", "2606:4700::1", "%2e", "%31", "%", "%25eth0", ":80", ":443", ":22",
        ":99999", "ü", "。", "①", "xn--", "-", "_", "*", " ", "\t", "\n", "\u{ad}", "a",
    ]), 0..14)) {
        checks::url(pieces.concat().as_bytes());
        checks::url(format!("http://{}", pieces.concat()).as_bytes());
    }

    #[test]
    fn any_text_is_judged_soundly(text: String, location: String) {
        checks::url(format!("http://{text}\n{location}").as_bytes());
        checks::url(format!("https://example.com/\n{location}").as_bytes());
    }
}
