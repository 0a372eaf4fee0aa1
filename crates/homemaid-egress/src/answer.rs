//! What a plugin gets back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use serde_json::{Map, Value, json};

use crate::body::Body;
use crate::limits::ANSWER_HEADER_BYTES;
use crate::request::is_hop_by_hop;
use crate::secret::Credential;

/// An HTTP answer, of whatever status.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    host: String,
    headers: Map<String, Value>,
    body: Vec<u8>,
    truncated: bool,
}

impl Answer {
    /// Returns nothing when the headers are larger than the host hands on.
    pub(crate) fn new(
        host: &str,
        status: u16,
        headers: &HeaderMap,
        body: Body,
        credential: Option<&Credential>,
    ) -> Option<Self> {
        let bytes: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if bytes > ANSWER_HEADER_BYTES {
            return None;
        }
        let mut shown = Map::new();
        for name in headers.keys() {
            let stale = body.decoded && (*name == CONTENT_ENCODING || *name == CONTENT_LENGTH);
            if stale || is_hop_by_hop(name) {
                continue;
            }
            let values: Vec<&[u8]> = headers
                .get_all(name)
                .iter()
                .map(http::HeaderValue::as_bytes)
                .collect();
            let mut value = values.join(&b", "[..]);
            if let Some(credential) = credential {
                value = credential.scrub(value, false);
            }
            // HTTP's text is Latin-1 when it is not UTF-8.
            let value = String::from_utf8(value)
                .unwrap_or_else(|raw| raw.as_bytes().iter().copied().map(char::from).collect());
            shown.insert(name.as_str().to_owned(), value.into());
        }
        let bytes = match credential {
            Some(credential) => credential.scrub(body.bytes, body.truncated),
            None => body.bytes,
        };
        Some(Self {
            status,
            host: host.to_owned(),
            headers: shown,
            body: bytes,
            truncated: body.truncated,
        })
    }

    /// Returns the status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the host that answered, after redirects.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the result of the call (wire §6.6).
    pub fn into_json(mut self) -> Value {
        if self.truncated
            && let Err(error) = std::str::from_utf8(&self.body)
            && error.error_len().is_none()
        {
            // Only the last character was cut in two.
            self.body.truncate(error.valid_up_to());
        }
        let mut result = json!({
            "status": self.status,
            "ok": self.status < 400,
            "headers": self.headers,
            "truncated": self.truncated,
        });
        match String::from_utf8(self.body) {
            Ok(text) => result["body_bytes"] = text.into(),
            Err(raw) => {
                result["body_bytes"] = String::from_utf8_lossy(raw.as_bytes()).into();
                result["body_b64"] = STANDARD.encode(raw.as_bytes()).into();
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::limits::HOST_LINE_BYTES;

    fn answer(headers: &[(&str, &str)], bytes: &[u8], truncated: bool) -> Value {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let body = Body {
            bytes: bytes.to_vec(),
            truncated,
            decoded: false,
        };
        Answer::new("a.example", 200, &headers, body, None)
            .unwrap()
            .into_json()
    }

    #[test]
    fn text_is_text_and_bytes_come_twice() {
        let text = answer(
            &[
                ("Set-Cookie", "a=1"),
                ("set-cookie", "b=2"),
                ("Connection", "close"),
            ],
            "é".as_bytes(),
            false,
        );
        assert_eq!(
            text,
            json!({"status": 200, "ok": true, "headers": {"set-cookie": "a=1, b=2"}, "truncated": false,
                "body_bytes": "é"})
        );
        let bytes = answer(&[], b"a\xffb", false);
        assert_eq!(
            (&bytes["body_bytes"], &bytes["body_b64"]),
            (&json!("a\u{fffd}b"), &json!("Yf9i"))
        );
    }

    #[test]
    fn a_character_cut_in_two_is_left_out() {
        let cut = answer(&[], &"aé".as_bytes()[..2], true);
        assert_eq!(cut["body_bytes"], "a");
        assert!(cut.get("body_b64").is_none());
        assert!(
            answer(&[], &"aé".as_bytes()[..2], false)
                .get("body_b64")
                .is_some()
        );
    }

    /// The longest answers still fit a line to the plugin, where everything beyond ASCII takes six bytes.
    #[test]
    fn the_largest_answer_fits_the_line() {
        let header = "x".repeat(ANSWER_HEADER_BYTES - 1);
        let call = br#"{"jsonrpc": "2.0", "id": 1, "method": "proxy.request", "params": {}}"#;
        let homemaid_protocol::PluginLine::Request { id, .. } = homemaid_protocol::classify(call) else {
            panic!("it is a call");
        };
        for byte in [0x00, 0xff] {
            let answer = answer(&[("a", &header)], &vec![byte; crate::limits::BODY_BYTES], true);
            let line = homemaid_protocol::message::reply_ok(&id, &answer);
            assert!(line.len() < HOST_LINE_BYTES, "{}", line.len());
        }
    }
}
