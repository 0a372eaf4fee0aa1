use homemaid_protocol::Clock;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{LogFilter, LogLevel, LogRecord, LogSource, Storage};

const USER: &str = "123456789012345678";

#[test]
fn a_longer_number_is_somebody_else() {
    for text in [
        USER,
        &format!("<@{USER}>"),
        &format!("user:{USER}:xp"),
        &format!("{USER}a"),
    ] {
        assert!(is_mentioned(text, USER), "{text}");
    }
    for text in [
        "",
        "12345678901234567",
        &format!("{USER}0"),
        &format!("1{USER}"),
        &format!("7{USER}7"),
    ] {
        assert!(!is_mentioned(text, USER), "{text}");
    }
    assert!(
        is_mentioned(&format!("{USER}0 {USER}"), USER),
        "the second one is"
    );
}

#[test]
fn what_belongs_to_others_stays() {
    let number: u64 = USER.parse().unwrap();
    for (before, after) in [
        (json!({USER: {"xp": 5}, "2": {"xp": 7}}), json!({"2": {"xp": 7}})),
        (json!([USER, "2"]), json!(["2"])),
        (json!([number, 2]), json!([2])),
        (
            json!([{"user": USER, "xp": 5}, {"user": "2"}]),
            json!([{"user": "erased", "xp": 5}, {"user": "2"}]),
        ),
        (json!({"last": number}), json!({"last": "erased"})),
        (
            json!({"minus": -i64::try_from(number).unwrap()}),
            json!({"minus": "erased"}),
        ),
        (json!(format!("thanks <@{USER}>!")), json!("thanks <@erased>!")),
        (json!(USER), json!(null)),
        (
            json!({"other": format!("{USER}1")}),
            json!({"other": format!("{USER}1")}),
        ),
    ] {
        let redacted: Value = redact(&before.to_string(), USER).parse().unwrap();
        assert_eq!(redacted, after, "{before}");
    }
}

#[tokio::test]
async fn a_person_is_found_and_gone_everywhere_and_nobody_else_is() {
    let temp = tempfile::tempdir().unwrap();
    let storage = Storage::open(temp.path(), Clock::system()).unwrap();
    let (one, two) = ("hello_maid@1".parse().unwrap(), "other_maid@2".parse().unwrap());
    for n in 0..PERSON_STEP_ROWS + 5 {
        storage
            .kv(&one)
            .put(&format!("xp:{USER}:{n}"), &json!(n), 0)
            .await
            .unwrap();
    }
    storage
        .kv(&one)
        .put(&format!("xp:{USER}9"), &json!(1), 0)
        .await
        .unwrap();
    storage.kv(&two).put("top", &json!([USER, "9"]), 0).await.unwrap();
    storage.kv(&two).put("free", &json!("nobody"), 0).await.unwrap();
    for message in [format!("hello {USER}"), format!("hello {USER}9")] {
        let at = Timestamp::now();
        let id = "hello_maid@1".parse().unwrap();
        storage.log(LogRecord::text(
            at,
            id,
            LogLevel::Info,
            LogSource::Plugin,
            message,
        ));
    }
    storage.flush().await.unwrap();

    let found = storage.read(|tx| tx.person_rows(USER)).await.unwrap();
    assert_eq!(found.len(), PERSON_STEP_ROWS + 6);
    assert_eq!(
        found.iter().filter(|row| row.by_key).count(),
        PERSON_STEP_ROWS + 5
    );
    assert_eq!(storage.person_logs(USER).await.unwrap().len(), 1);

    let mut erased = 0;
    loop {
        match storage.write(|tx| tx.person_erase(USER)).await.unwrap() {
            0 => break,
            some => erased += some,
        }
    }
    assert_eq!(erased, found.len());
    assert_eq!(storage.person_erase_logs(USER).await.unwrap(), 1);
    assert!(storage.read(|tx| tx.person_rows(USER)).await.unwrap().is_empty());
    assert_eq!(storage.kv(&one).count("").await.unwrap(), 1, "another person's");
    assert_eq!(storage.kv(&two).get("top").unwrap(), Some(json!(["9"])));
    assert_eq!(storage.logs(LogFilter::default()).await.unwrap().len(), 1);
    storage.close().await;
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i64>().prop_map(|n| json!(n)),
        "[a-z0-9 ]{0,6}".prop_map(|text| json!(text)),
        Just(json!(USER)),
        Just(json!(format!("a {USER} b"))),
        Just(json!(USER.parse::<u64>().unwrap())),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((prop_oneof![Just(USER.to_owned()), "[a-z]{1,3}"], inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_is_left_and_what_does_not_mention_the_person_is_as_it_was(value in anything()) {
        let before = value.to_string();
        let after = redact(&before, USER);
        prop_assert!(!is_mentioned(&after, USER), "{after}");
        prop_assert!(after.parse::<Value>().is_ok());
        if !is_mentioned(&before, USER) {
            prop_assert_eq!(after, before);
        }
    }
}
