//! A secret the host adds to a plugin's request, and keeps out of the answer.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

/// What stands in an answer where the server sent the secret back.
const MASK: &[u8] = b"[secret]";
/// A secret shorter than this is not looked for in the answer: it would be found in ordinary text.
const SHORTEST_SOUGHT: usize = 8;

/// How a secret is written into `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer <secret>`
    Bearer,
    /// `Basic <base64 of the secret>`; the secret is `user:password`.
    Basic,
    /// `token <secret>`
    Token,
}

impl Scheme {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "bearer" => Some(Self::Bearer),
            "basic" => Some(Self::Basic),
            "token" => Some(Self::Token),
            _ => None,
        }
    }
}

/// A plugin's wish to have a secret added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretUse {
    /// How.
    pub scheme: Scheme,
    /// Its name, as the plugin wrote it.
    pub name: String,
}

/// The `Authorization` made of a secret. Is never printed.
#[derive(Clone)]
pub struct Credential {
    header: HeaderValue,
    /// What must not come back: the secret, and what was sent of it.
    sought: Vec<Vec<u8>>,
}

impl Credential {
    /// Returns nothing when the secret holds what no header can.
    pub fn new(scheme: Scheme, secret: &str) -> Option<Self> {
        let (word, sent) = match scheme {
            Scheme::Bearer => ("Bearer", secret.to_owned()),
            Scheme::Basic => ("Basic", STANDARD.encode(secret)),
            Scheme::Token => ("token", secret.to_owned()),
        };
        let mut header = HeaderValue::from_bytes(format!("{word} {sent}").as_bytes()).ok()?;
        header.set_sensitive(true);
        let mut sought = vec![secret.as_bytes().to_vec(), sent.into_bytes()];
        if let (Scheme::Basic, Some((_, password))) = (scheme, secret.split_once(':')) {
            sought.push(password.as_bytes().to_vec());
        }
        sought.retain(|text| text.len() >= SHORTEST_SOUGHT);
        sought.sort_by_key(|text| std::cmp::Reverse(text.len()));
        sought.dedup();
        Some(Self { header, sought })
    }

    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// Takes the secret out of what a server sent back. `cut` says that the text ends early, perhaps within the secret.
    pub(crate) fn scrub(&self, mut text: Vec<u8>, cut: bool) -> Vec<u8> {
        for secret in &self.sought {
            text = replace(text, secret);
            if cut {
                let ends = (SHORTEST_SOUGHT / 2..secret.len())
                    .rev()
                    .find(|n| text.ends_with(&secret[..*n]));
                text.truncate(text.len() - ends.unwrap_or(0));
            }
        }
        text
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

fn replace(text: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    if memchr::memmem::find(&text, secret).is_none() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(&text, secret) {
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(MASK);
        from = at + secret.len();
    }
    out.extend_from_slice(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(scheme: Scheme, secret: &str) -> Credential {
        Credential::new(scheme, secret).unwrap()
    }

    #[test]
    fn each_scheme_writes_its_header() {
        assert_eq!(credential(Scheme::Bearer, "abc").header, "Bearer abc");
        assert_eq!(credential(Scheme::Token, "abc").header, "token abc");
        assert_eq!(
            credential(Scheme::Basic, "user:pass").header,
            "Basic dXNlcjpwYXNz"
        );
        assert!(Credential::new(Scheme::Bearer, "a\r\nHost: b").is_none());
    }

    #[test]
    fn a_server_s_echo_is_masked() {
        let bearer = credential(Scheme::Bearer, "s3cret-value");
        let echo = b"{\"a\": \"Bearer s3cret-value\", \"b\": \"s3cret-value\"}".to_vec();
        assert_eq!(
            bearer.scrub(echo, false),
            b"{\"a\": \"Bearer [secret]\", \"b\": \"[secret]\"}"
        );
        assert_eq!(
            bearer.scrub(b"x s3cret-va".to_vec(), true),
            b"x ",
            "cut within it"
        );
        assert_eq!(bearer.scrub(b"x s3cret-va".to_vec(), false), b"x s3cret-va");
        let basic = credential(Scheme::Basic, "user:long-password");
        let echo = b"dXNlcjpsb25nLXBhc3N3b3Jk user:long-password long-password".to_vec();
        assert_eq!(basic.scrub(echo, false), b"[secret] [secret] [secret]");
        let short = credential(Scheme::Bearer, "a");
        assert_eq!(short.scrub(b"banana".to_vec(), true), b"banana");
    }

    #[test]
    fn it_is_not_printed() {
        let debug = format!("{:?}", credential(Scheme::Bearer, "s3cret-value"));
        assert!(!debug.contains("s3cret"));
    }
}
