//! The bot token, which no log, error or debug print ever shows.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest text taken for a token; Discord's have about 72 characters.
const TOKEN_CHARS: usize = 200;

/// A bot token. `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

/// Why a text is not a bot token. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but blanks.
    #[error("the bot token is empty: copy it from the Bot page of the Discord developer portal")]
    Empty,
    /// Blanks, line breaks or other characters that no token has, or far too long.
    #[error(
        "this is not a bot token: it has characters no token has, or is too long; copy it again from the Bot \
         page of the Discord developer portal"
    )]
    Malformed,
}

impl Token {
    /// Returns the token itself, for the two places that must send it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> String {
        format!("Bot {}", self.0)
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// Accepts the bare token, with or without blanks around it or `Bot ` before it.
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim_start();
        let text = text.strip_prefix("Bot ").unwrap_or(text).trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        let legal = text.len() <= TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic());
        legal.then(|| Self(text.into())).ok_or(TokenError::Malformed)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token() {
        let token: Token = "Bot MTk4.secret.part".parse().unwrap();
        assert_eq!(token.expose(), "MTk4.secret.part");
        assert_eq!(format!("{token:?} {token:#?}"), "Token(hidden) Token(hidden)");
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_repeating_it() {
        assert_eq!("  ".parse::<Token>(), Err(TokenError::Empty));
        assert_eq!("Bot ".parse::<Token>(), Err(TokenError::Empty));
        for bad in ["qz zq", "qz\nzq", "tökqz", &"x".repeat(201)] {
            let error = bad.parse::<Token>().unwrap_err();
            assert_eq!(error, TokenError::Malformed);
            assert!(!error.to_string().contains(bad));
        }
    }
}
