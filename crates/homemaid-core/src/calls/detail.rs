//! A call's arguments for somebody who watches: short, and without secrets.

use std::io::{self, Write};

use serde_json::{Map, Value};

/// Most characters of them that are shown.
const DETAIL_CHARS: usize = 500;
/// Arguments nobody is shown.
const HIDDEN: [&str; 1] = ["webhook_token"];

/// Returns the arguments as compact JSON, cut. Costs no more than what is shown, however large they are.
pub(super) fn of(method: &str, params: &Map<String, Value>) -> String {
    // Nor what comes with a method that is not known: it may be a misspelt one of those.
    if method.starts_with("secrets.") || homemaid_protocol::method(method).is_none() {
        return String::new();
    }
    if method.starts_with("proxy.") {
        // Its query, headers and body may hold what only the plugin and the server should know.
        return super::http::target(method, params).unwrap_or_default();
    }
    let mut out = Cut {
        bytes: Vec::new(),
        full: false,
    };
    let shown = params.iter().filter(|(key, _)| !HIDDEN.contains(&key.as_str()));
    // An error says that it is cut.
    let _ = serde::Serializer::collect_map(&mut serde_json::Serializer::new(&mut out), shown);
    let mut text = String::from_utf8_lossy(&out.bytes).into_owned();
    if let Some((at, _)) = text.char_indices().nth(DETAIL_CHARS) {
        text.truncate(at);
        out.full = true;
    }
    if out.full {
        text.push('…');
    }
    text
}

/// Takes the first bytes and refuses the rest.
struct Cut {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Cut {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = DETAIL_CHARS * 4 - self.bytes.len();
        let taken = data.len().min(room);
        self.bytes.extend_from_slice(&data[..taken]);
        if taken < data.len() {
            self.full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn detail(method: &str, params: Value) -> String {
        of(method, &serde_json::from_value(params).unwrap())
    }

    #[test]
    fn short_arguments_are_shown_whole() {
        assert_eq!(detail("kv.get", json!({"key": "é"})), r#"{"key":"é"}"#);
    }

    #[test]
    fn long_ones_are_cut_at_a_character() {
        for text in ["x".repeat(8 << 20), "é".repeat(3_000), "🦀".repeat(1_000)] {
            let shown = detail("discord.send_message", json!({ "content": text }));
            assert!(shown.ends_with('…'));
            assert!(shown.chars().count() <= DETAIL_CHARS + 1);
        }
    }

    #[test]
    fn of_an_outbound_request_only_method_and_host_are_shown() {
        let params = json!({"method": "post", "url": "https://API.example.com/p?key=s3cret", "body": "s3cret",
            "headers": {"Authorization": "s3cret"}});
        assert_eq!(detail("proxy.request", params), "POST api.example.com");
        assert_eq!(detail("proxy.request", json!({"url": "s3cret"})), "");
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(detail("secrets.set", json!({"key": "k", "value": "s3cret"})), "");
        assert_eq!(detail("secret.set", json!({"key": "k", "value": "s3cret"})), "");
        let shown = detail(
            "discord.execute_webhook",
            json!({"webhook_token": "s3cret", "content": "hi"}),
        );
        assert_eq!(shown, r#"{"content":"hi"}"#);
    }
}
