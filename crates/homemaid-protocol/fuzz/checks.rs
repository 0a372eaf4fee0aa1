//! What must hold for any bytes; run by the fuzz targets, and over the seeds by the crate's ordinary tests.
#![allow(dead_code, reason = "each fuzz target uses one of them")]

use homemaid_protocol::limits::{LOG_MESSAGE_CHARS, MANIFEST_PROBLEMS};
use homemaid_protocol::{
    Ack, LineSplitter, Manifest, PluginLine, PluginLog, PluginReady, RawLine, classify, message,
};
use serde_json::{Value, json};

/// A plugin's output. The first two bytes choose the line limit and how the rest is cut into reads.
pub(crate) fn lines(data: &[u8]) {
    let [limit, chunk, output @ ..] = data else { return };
    let limit = match limit {
        0..=99 => usize::from(*limit) + 1,
        _ => 1 << 20,
    };
    let chunk = usize::from(*chunk) + 1;
    let mut whole = LineSplitter::with_limit(limit);
    whole.push(output);
    whole.finish();
    let whole: Vec<_> = whole.collect();

    let mut splitter = LineSplitter::with_limit(limit);
    let mut pieces = Vec::new();
    for read in output.chunks(chunk) {
        splitter.push(read);
        pieces.extend(splitter.by_ref());
    }
    splitter.finish();
    pieces.extend(splitter);
    assert_eq!(whole, pieces, "reads of {chunk} bytes give other lines");

    for line in whole {
        match line {
            RawLine::Complete(line) => {
                assert!(line.len() <= limit && !line.contains(&b'\n'));
                one_line(&line);
            }
            RawLine::TooLong { bytes, .. } => assert!(bytes > limit),
        }
    }
}

fn one_line(line: &[u8]) {
    match classify(line) {
        PluginLine::Request { id, method, params } => {
            let again = json!({"id": id, "method": method, "params": params}).to_string();
            assert_eq!(
                classify(again.as_bytes()),
                PluginLine::Request {
                    id: id.clone(),
                    method,
                    params: params.clone()
                }
            );
            let reply = message::reply_ok(&id, &Value::Object(params));
            assert!(
                reply.is_ascii() && reply.iter().position(|byte| *byte == b'\n') == Some(reply.len() - 1)
            );
            let reply: Value = serde_json::from_slice(&reply).expect("what the host writes is JSON");
            assert_eq!(reply["id"], serde_json::to_value(id).expect("an id is JSON"));
        }
        PluginLine::Notification { method, params } => {
            let log = PluginLog::parse(&params);
            assert!(
                log.message.chars().count() <= LOG_MESSAGE_CHARS
                    && log.tags.len() <= 10
                    && log.extra.len() <= 20
            );
            Ack::parse(&method, &params);
            Ack::parse("event.ack", &params);
            Ack::parse("event.fail", &params);
            PluginReady::parse(&params);
        }
        PluginLine::Print(text) => {
            assert!(text.chars().count() <= LOG_MESSAGE_CHARS);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
        PluginLine::Response { .. } => {}
        PluginLine::Invalid { reason, .. } => assert!(!reason.is_empty() && reason.len() < 500),
    }
}

/// A `manifest.json`.
pub(crate) fn manifest(data: &[u8]) {
    let problems = match Manifest::parse(data) {
        Err(error) => error.problems,
        Ok(manifest) => {
            for command in &manifest.slash_commands {
                assert_eq!(command.json["name"], command.name.as_str());
                assert!(
                    command.json["description"]
                        .as_str()
                        .is_some_and(|text| !text.trim().is_empty())
                );
            }
            // What was normalised once stays as it is.
            let mut again = manifest.raw.clone();
            again.remove("commands");
            let commands = manifest
                .slash_commands
                .iter()
                .map(|command| Value::Object(command.json.clone()))
                .collect();
            again.insert("slash_commands".to_owned(), Value::Array(commands));
            let again = serde_json::to_vec(&again).expect("it was JSON");
            if let Ok(again) = Manifest::parse(&again) {
                assert_eq!(again.slash_commands, manifest.slash_commands);
            }
            manifest.warnings
        }
    };
    assert!(problems.len() <= MANIFEST_PROBLEMS + 1);
    for problem in problems {
        assert!(
            problem.to_string().len() < 2000,
            "short whatever the manifest holds"
        );
        assert!(!problem.to_string().chars().any(char::is_control));
        assert!(!problem.hint().is_empty());
    }
}
