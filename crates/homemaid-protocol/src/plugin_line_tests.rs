//! Lines as plugins, prints and attackers write them (wire §1, §10).

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::limits::LOG_MESSAGE_CHARS;

fn params(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn request(id: u64, method: &str, with: Value) -> PluginLine {
    PluginLine::Request {
        id: RequestId::Number(id),
        method: method.to_owned(),
        params: params(with),
    }
}

fn is_print(line: &str) {
    assert_eq!(
        classify(line.as_bytes()),
        PluginLine::Print(line.to_owned()),
        "{line}"
    );
}

/// Asserts an invalid line with this id and returns its reason.
#[track_caller]
fn invalid_with(id: Option<u64>, line: &str) -> String {
    match classify(line.as_bytes()) {
        PluginLine::Invalid { id: found, reason } => {
            assert_eq!(found, id.map(RequestId::Number), "{line}");
            reason
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_lines_of_the_transcript_are_what_they_are() {
    assert_eq!(
        classify(br#"{"jsonrpc":"2.0","id":1,"method":"kv.increment","params":{"key":"hits","path":"","amount":1}}"#),
        request(1, "kv.increment", json!({"key": "hits", "path": "", "amount": 1}))
    );
    assert_eq!(
        classify(br#"{"jsonrpc":"2.0","id":"h:1","result":null}"#),
        PluginLine::Response {
            id: "h:1".to_owned(),
            result: Ok(Value::Null)
        }
    );
    assert_eq!(
        classify(br#"{"jsonrpc":"2.0","id":"h:2","error":{"message":"unknown method: dashboard.x"}}"#),
        PluginLine::Response {
            id: "h:2".to_owned(),
            result: Err(json!({"message": "unknown method: dashboard.x"}))
        }
    );
    assert_eq!(
        classify(br#"{"jsonrpc":"2.0","method":"event.ack","params":{"event_ids":["e1"]}}"#),
        PluginLine::Notification {
            method: "event.ack".to_owned(),
            params: params(json!({"event_ids": ["e1"]}))
        }
    );
}

#[test]
fn absent_and_null_are_the_same() {
    for line in [
        r#"{"id":1,"method":"x"}"#,
        r#"{"id":1,"method":"x","params":null}"#,
        r#"{"id":1,"method":"x","params":{},"jsonrpc":"1.0"}"#,
        " {\"id\":1,\"method\":\"x\"}\r",
    ] {
        assert_eq!(classify(line.as_bytes()), request(1, "x", json!({})), "{line}");
    }
    for line in [r#"{"method":"x"}"#, r#"{"id":null,"method":"x"}"#] {
        let expected = PluginLine::Notification {
            method: "x".to_owned(),
            params: Map::new(),
        };
        assert_eq!(classify(line.as_bytes()), expected, "{line}");
    }
    let expected = PluginLine::Response {
        id: "h:1".to_owned(),
        result: Ok(json!(5)),
    };
    assert_eq!(
        classify(br#"{"id":"h:1","result":5,"error":null,"method":null}"#),
        expected
    );
}

#[test]
fn prints_are_prints() {
    for line in [
        "",
        " ",
        "hello",
        "42",
        "null",
        "true",
        "\"text\"",
        "[1, 2]",
        "{'a': 1}",
        "{",
        "}{",
        "[{\"id\":1}]",
    ] {
        is_print(line);
    }
    is_print(r#"{"score": 3, "name": "alice"}"#);
    is_print(r#"member {"id": 5, "name": "alice"}"#);
    assert_eq!(
        classify(b"caf\xe9\r"),
        PluginLine::Print("caf\u{fffd}".to_owned()),
        "a wrong encoding is readable"
    );
    assert_eq!(
        classify(b"\x1b[31mred"),
        PluginLine::Print("\u{fffd}[31mred".to_owned())
    );
    let long = "x".repeat(100_000);
    assert_eq!(
        classify(long.as_bytes()),
        PluginLine::Print(long[..LOG_MESSAGE_CHARS].to_owned())
    );
}

#[test]
fn bare_not_a_number_tokens_become_null() {
    assert_eq!(
        classify(br#"{"id":3,"method":"kv.put","params":{"key":"NaN \" Infinity","value":[NaN,Infinity,-Infinity,-1]}}"#),
        request(3, "kv.put", json!({"key": "NaN \" Infinity", "value": [null, null, null, -1]}))
    );
    assert_eq!(
        classify(br#"{"id":"h:1","result":NaN}"#),
        PluginLine::Response {
            id: "h:1".to_owned(),
            result: Ok(Value::Null)
        }
    );
    invalid_with(Some(4), r#"{"id":4,"method":"x","params":{"a":NaNNaN}}"#);
    invalid_with(Some(4), r#"{"id":4,"method":"x","params":{"a":nan}}"#);
}

#[test]
fn a_broken_call_is_answered_when_its_id_can_be_told() {
    for line in [
        r#"{"id":7,"method":"x","params":{"a":"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":01}}"#,
        r#"{"id":7,"method":"x"}garbage"#,
        r#"{"id":7,"method":"x"}{"id":7,"method":"y"}"#,
        r#"print without newline{"jsonrpc":"2.0","id":7,"method":"x","params":{}}"#,
        r#"{"id":7,"method":"x","params":{"text":"\ud800"}}"#,
        r#"{"id":7,"method":"x","params":{"n":1e999}}"#,
    ] {
        assert!(
            invalid_with(Some(7), line).starts_with("the line is not JSON"),
            "{line}"
        );
    }
    let not_utf8 = classify(b"{\"id\":7,\"method\":\"x\",\"params\":{\"a\":\"\xff\"}}");
    assert!(
        matches!(
            not_utf8,
            PluginLine::Invalid {
                id: Some(RequestId::Number(7)),
                ..
            }
        ),
        "{not_utf8:?}"
    );
}

#[test]
fn an_id_keeps_its_type() {
    let text = classify(br#"{"id":"7","method":"x"}"#);
    assert!(
        matches!(&text, PluginLine::Request { id: RequestId::Text(id), .. } if id == "7"),
        "{text:?}"
    );
    let largest = classify(br#"{"id":18446744073709551615,"method":"x"}"#);
    assert_eq!(largest, request(u64::MAX, "x", json!({})));
    for id in [RequestId::Number(7), RequestId::Text("7".to_owned())] {
        let echoed = serde_json::to_string(&id).unwrap();
        let line = format!(r#"{{"id":{echoed},"method":"x"}}"#);
        assert!(matches!(classify(line.as_bytes()), PluginLine::Request { id: found, .. } if found == id));
    }
}

#[test]
fn hostile_ids_are_invalid_and_not_echoed() {
    let long = format!("\"{}\"", "x".repeat(REQUEST_ID_CHARS + 1));
    for id in [
        "true",
        "false",
        "1.0",
        "1.5",
        "-1",
        "-0.0",
        "1e3",
        "[]",
        "{}",
        "[1]",
        "18446744073709551616",
        &long,
    ] {
        invalid_with(None, &format!(r#"{{"id":{id},"method":"x"}}"#));
        invalid_with(None, &format!(r#"{{"id":{id},"result":1}}"#));
    }
}

#[test]
fn wrong_shapes_are_answered_with_the_reason() {
    assert!(invalid_with(Some(1), r#"{"id":1,"method":5}"#).contains("method"));
    assert!(invalid_with(Some(1), r#"{"id":1,"method":"x","params":[1]}"#).contains("params of x"));
    assert!(invalid_with(Some(1), r#"{"id":1,"method":"x","params":"text"}"#).contains("params of x"));
    assert!(invalid_with(Some(1), &format!(r#"{{"id":1,"method":"{}"}}"#, "m".repeat(65))).contains("64"));
    assert!(invalid_with(Some(1), r#"{"id":1,"params":{}}"#).contains("without method"));
    invalid_with(None, r#"{"method":"x","params":3}"#);
    assert!(
        invalid_with(None, r#"{"id":1,"result":2}"#).contains("no id of the host"),
        "an answer needs no answer"
    );
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let reason = invalid_with(
            Some(9),
            &format!(r#"{{"id":9,"method":"x","params":{{"v":{deep}}}}}"#),
        );
        assert!(reason.contains("recursion"), "{reason}");
    }
    let deep = "[".repeat(1_000_000);
    assert!(matches!(classify(deep.as_bytes()), PluginLine::Print(_)));
}

#[test]
fn a_line_of_very_many_values_is_refused_before_it_is_parsed() {
    let line = format!(
        r#"{{"id":9,"method":"x","params":{{"v":[{}0]}}}}"#,
        "[0],".repeat(LINE_VALUES / 2)
    );
    assert!(invalid_with(Some(9), &line).contains("values"));
    let fits = format!(
        r#"{{"id":9,"method":"x","params":{{"v":[{}0]}}}}"#,
        "0,".repeat(LINE_VALUES - 10)
    );
    assert!(matches!(classify(fits.as_bytes()), PluginLine::Request { .. }));
    let files = format!(
        r#"{{"id":9,"method":"x","params":{{"v":"{}"}}}}"#,
        "A,[{".repeat(3_000_000)
    );
    assert!(
        matches!(classify(files.as_bytes()), PluginLine::Request { .. }),
        "text is one value however long"
    );
}

#[test]
fn of_duplicate_keys_the_last_counts_as_in_python() {
    assert_eq!(
        classify(br#"{"id":1,"id":2,"method":"x","method":"y"}"#),
        request(2, "y", json!({}))
    );
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("\\PC{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
        classify(&line);
    }

    #[test]
    fn no_almost_json_makes_it_panic(
        parts in proptest::collection::vec(prop_oneof![
            Just("{"), Just("}"), Just("["), Just("]"), Just(":"), Just(","), Just("\""), Just("\\"), Just("\"id\""),
            Just("\"method\""), Just("\"params\""), Just("\"result\""), Just("\"error\""), Just("NaN"),
            Just("-Infinity"), Just("1"), Just("-1"), Just("null"), Just("\"x\""), Just(" "), Just("é"),
        ], 0..40),
    ) {
        classify(parts.concat().as_bytes());
    }

    #[test]
    fn any_call_is_read_as_it_was_written(id in any::<u64>(), method in "[a-z.]{1,20}", value in json_value()) {
        let with = json!({"value": value});
        let line = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": with}).to_string();
        prop_assert_eq!(classify(line.as_bytes()), request(id, &method, with));
    }

    #[test]
    fn any_answer_is_read_as_it_was_written(id in "h:[0-9]{1,20}", value in json_value()) {
        let line = json!({"jsonrpc": "2.0", "id": id, "result": value}).to_string();
        prop_assert_eq!(classify(line.as_bytes()), PluginLine::Response { id, result: Ok(value) });
    }
}
