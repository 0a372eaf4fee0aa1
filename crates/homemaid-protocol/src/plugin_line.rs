//! What a line from a plugin is (wire §1).

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::json::has_more_values_than;
use crate::limits::{LINE_VALUES, METHOD_CHARS, REQUEST_ID_CHARS};
use crate::log::printable;
use crate::recover::IdScanner;

/// The id of a plugin's call. Echoed with its own JSON type: a number as text is never matched (wire §1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum RequestId {
    /// What the reference SDKs send.
    Number(u64),
    /// What another SDK may send.
    Text(String),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => id.fmt(f),
            Self::Text(id) => id.fmt(f),
        }
    }
}

/// One line from a plugin.
#[derive(Debug, Clone, PartialEq)]
pub enum PluginLine {
    /// A call: answer it exactly once.
    Request {
        /// Echo it.
        id: RequestId,
        /// For example `kv.get`.
        method: String,
        /// Empty when absent.
        params: Map<String, Value>,
    },
    /// The answer to a request of the host.
    Response {
        /// The host's id, for example `h:1`.
        id: String,
        /// What the handler returned, or the error object.
        result: Result<Value, Value>,
    },
    /// Needs no answer: `plugin.log`, `event.ack`, `event.fail`, `plugin.ready`; ignore others.
    Notification {
        /// The name.
        method: String,
        /// Empty when absent.
        params: Map<String, Value>,
    },
    /// Something the plugin printed: for its log at info with the tag `stdout`. Already cut and cleaned for a log.
    Print(String),
    /// Meant as a message but not one.
    Invalid {
        /// Set when a call waits for an answer: give it a validation error.
        id: Option<RequestId>,
        /// What is wrong, for the plugin's author.
        reason: String,
    },
}

/// Tells what `line` (without its newline) is. Never fails and never panics, whatever the bytes.
pub fn classify(line: &[u8]) -> PluginLine {
    if line.trim_ascii_start().first() != Some(&b'{') {
        return not_json(
            line,
            false,
            "text before the JSON object, perhaps a print without a newline",
        );
    }
    if has_more_values_than(line, LINE_VALUES) {
        return not_json(
            line,
            true,
            &format!("more than {LINE_VALUES} JSON values in one line"),
        );
    }
    let error = match serde_json::from_slice(line) {
        Ok(object) => return message(object, line),
        Err(error) => error,
    };
    match without_bare_tokens(line).map(|line| serde_json::from_slice(&line)) {
        Some(Ok(object)) => message(object, line),
        Some(Err(error)) => not_json(line, true, &error.to_string()),
        None => not_json(line, true, &error.to_string()),
    }
}

/// A line that is not JSON is a print, unless it holds the id of a call that would hang.
fn not_json(line: &[u8], opens_object: bool, reason: &str) -> PluginLine {
    let mut scanner = IdScanner::default();
    scanner.push(line);
    // `print("member", json)` may hold an id too; only what opens as an object or has a method was meant as a call.
    let call = opens_object || scanner.has_method();
    match scanner.id().filter(|_| call) {
        Some(id) => invalid(
            Some(RequestId::Number(id)),
            format!("the line is not JSON: {reason}"),
        ),
        None => PluginLine::Print(printable(line)),
    }
}

fn message(mut object: Map<String, Value>, line: &[u8]) -> PluginLine {
    let mut take = |key| object.remove(key).filter(|value| !value.is_null());
    let (id, method, params) = (take("id"), take("method"), take("params"));
    let Some(method) = method else {
        return match id {
            None => PluginLine::Print(printable(line)),
            Some(id) => response(id, object),
        };
    };
    let id = match id.map(request_id).transpose() {
        Ok(id) => id,
        Err(reason) => return invalid(None, reason),
    };
    let method = match method {
        Value::String(method) if method.chars().count() <= METHOD_CHARS => method,
        Value::String(_) => return invalid(id, format!("method is longer than {METHOD_CHARS} characters")),
        _ => return invalid(id, "method is not a string".to_owned()),
    };
    let params = match params {
        None => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return invalid(id, format!("params of {method} is not an object")),
    };
    match id {
        Some(id) => PluginLine::Request { id, method, params },
        None => PluginLine::Notification { method, params },
    }
}

/// The host's own ids are strings, so an answer to a number answers nothing.
fn response(id: Value, mut object: Map<String, Value>) -> PluginLine {
    let answers = object.contains_key("result") || object.contains_key("error");
    match request_id(id) {
        Err(reason) => invalid(None, reason),
        Ok(RequestId::Text(id)) if answers => {
            let error = object.remove("error").filter(|error| !error.is_null());
            let result = error.map_or_else(|| Ok(object.remove("result").unwrap_or_default()), Err);
            PluginLine::Response { id, result }
        }
        Ok(id) if answers => invalid(None, format!("answers {id}, which is no id of the host")),
        Ok(id) => invalid(Some(id), "a message without method, result and error".to_owned()),
    }
}

fn request_id(id: Value) -> Result<RequestId, String> {
    match id {
        Value::Number(number) if number.is_u64() => {
            Ok(RequestId::Number(number.as_u64().unwrap_or_default()))
        }
        Value::String(text) if text.chars().count() <= REQUEST_ID_CHARS => Ok(RequestId::Text(text)),
        Value::String(_) => Err(format!("id is longer than {REQUEST_ID_CHARS} characters")),
        _ => Err("id is neither a whole number from 0 on nor a string".to_owned()),
    }
}

fn invalid(id: Option<RequestId>, reason: String) -> PluginLine {
    PluginLine::Invalid { id, reason }
}

/// Returns the line with `NaN`, `Infinity` and `-Infinity` outside strings replaced by `null`, or `None` when it
/// has none of them.
fn without_bare_tokens(line: &[u8]) -> Option<Vec<u8>> {
    const TOKENS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut out = Vec::new();
    let (mut at, mut kept, mut in_string) = (0, 0, false);
    while let Some(&byte) = line.get(at) {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => at += 1,
            b'N' | b'I' | b'-' if !in_string => {
                if let Some(token) = TOKENS.iter().find(|token| line[at..].starts_with(token)) {
                    out.extend_from_slice(&line[kept..at]);
                    out.extend_from_slice(b"null");
                    at += token.len();
                    kept = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if kept == 0 {
        return None;
    }
    out.extend_from_slice(&line[kept..]);
    Some(out)
}

#[cfg(test)]
#[path = "plugin_line_tests.rs"]
mod tests;
