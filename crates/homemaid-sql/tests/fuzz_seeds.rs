//! The fuzz target's checks over its seeds, bent seeds, and statements put together at random from the seeds' words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

#[path = "../fuzz/checks.rs"]
mod checks;

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/statements");
    let files = fs::read_dir(folder).expect("the seeds are part of the crate");
    files
        .map(|file| fs::read(file.expect("a readable folder").path()).expect("a readable seed"))
        .collect()
}

#[test]
fn any_statement_is_answered_or_refused() {
    let all = seeds();
    assert!(all.len() >= 5);
    for data in all {
        checks::statements(&data);
        // Cut and bent seeds reach what the whole ones do not.
        for cut in (0..data.len()).step_by(23) {
            checks::statements(&data[..cut]);
            let mut bent = data.clone();
            bent[cut] ^= 0x20;
            checks::statements(&bent);
        }
    }
}

/// The seeds' words and marks, each once.
fn words() -> Vec<String> {
    let mut words = BTreeSet::new();
    for seed in seeds() {
        let text = String::from_utf8_lossy(&seed).into_owned();
        for part in text.split([' ', '\0']) {
            words.insert(part.to_owned());
            words.extend(
                part.split_inclusive(['(', ')', ',', ':', '-', '>'])
                    .map(str::to_owned),
            );
        }
    }
    words.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_in_any_order_are_answered_or_refused(
        picks in proptest::collection::vec(proptest::collection::vec(select(words()), 1..14), 1..5),
        begins in select(vec!["SELECT ", "INSERT INTO t ", "UPDATE t SET ", "DELETE FROM t ", "CREATE TABLE u ", "WITH x AS ", ""]),
    ) {
        let statements: Vec<String> = picks.iter().map(|words| format!("{begins}{}", words.join(" "))).collect();
        checks::statements(statements.join("\0[]\0").as_bytes());
    }
}
