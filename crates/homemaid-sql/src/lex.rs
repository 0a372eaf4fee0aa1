//! Cuts SQL into statements and tokens: quotes, comments and dollar quotes as PostgreSQL reads them.
//!
//! Comments become one space and zero-width characters outside quotes vanish (sql §2), so that everything behind
//! this module sees the same text.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An unquoted identifier or keyword.
    Word,
    /// `"..."`.
    Quoted,
    /// `'...'`, `E'...'` and relatives.
    Text,
    /// `$tag$...$tag$`.
    Dollar,
    Number,
    /// `$1`.
    Param,
    /// One character of anything else.
    Symbol,
}

/// A token and its place in its statement's text.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

/// One statement: its cleaned text without the closing semicolon, and its tokens.
#[derive(Debug, Default, Clone)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

impl Statement {
    pub(crate) fn at(&self, token: &Token) -> &str {
        &self.text[token.range.clone()]
    }

    fn push(&mut self, kind: Kind, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.tokens.push(Token {
            kind,
            range: start..self.text.len(),
        });
    }

    /// The word of a token in upper case; empty for other kinds.
    pub(crate) fn word(&self, at: usize) -> String {
        match self.tokens.get(at) {
            Some(token) if token.kind == Kind::Word => self.at(token).to_uppercase(),
            _ => String::new(),
        }
    }

    pub(crate) fn is_symbol(&self, at: usize, symbol: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Symbol && self.at(token) == symbol)
    }
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}')
}

fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && !is_zero_width(c) && !c.is_whitespace())
}

fn continues_word(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit() || c == '$'
}

/// Where `'...'` or `"..."` that starts at 0 ends.
fn quoted_end(text: &str, quote: u8, backslash: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && backslash {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return Some(at + 1);
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// The tag `$...$` that starts at 0.
fn dollar_tag(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let end = rest.find('$')?;
    let name = &rest[..end];
    let mut chars = name.chars();
    let fits = match chars.next() {
        None => true,
        Some(first) => starts_word(first) && chars.all(|c| starts_word(c) || c.is_ascii_digit()),
    };
    fits.then(|| &text[..end + 2])
}

/// The error of a text whose quote never ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unterminated(pub(crate) String);

/// Cuts a text at its top-level semicolons. Empty statements between them are left out.
pub(crate) fn split(sql: &str) -> Result<Vec<Statement>, Unterminated> {
    let mut statements = Vec::new();
    let mut current = Statement::default();
    let mut at = 0;
    let unterminated = |rest: &str| Unterminated(rest.chars().take(40).collect());
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        if is_zero_width(c) {
            at += c.len_utf8();
            continue;
        }
        let (kind, length) = if rest.starts_with("--") {
            current.text.push(' ');
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if let Some(inside) = rest.strip_prefix("/*") {
            current.text.push(' ');
            at += inside.find("*/").map_or(rest.len(), |end| end + 4);
            continue;
        } else if c == ';' {
            at += 1;
            if !current.tokens.is_empty() {
                statements.push(std::mem::take(&mut current));
            }
            current.text.clear();
            continue;
        } else if c.is_whitespace() || c == '\0' {
            current.text.push(if c == '\n' { '\n' } else { ' ' });
            at += c.len_utf8();
            continue;
        } else if c == '\'' {
            (
                Kind::Text,
                quoted_end(rest, b'\'', false).ok_or_else(|| unterminated(rest))?,
            )
        } else if matches!(c, 'e' | 'E') && rest[1..].starts_with('\'') {
            (
                Kind::Text,
                1 + quoted_end(&rest[1..], b'\'', true).ok_or_else(|| unterminated(rest))?,
            )
        } else if c == '"' {
            (
                Kind::Quoted,
                quoted_end(rest, b'"', false).ok_or_else(|| unterminated(rest))?,
            )
        } else if let Some(tag) = dollar_tag(rest) {
            let end = rest[tag.len()..].find(tag).ok_or_else(|| unterminated(rest))?;
            (Kind::Dollar, tag.len() * 2 + end)
        } else if c == '$' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            (
                Kind::Param,
                1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count(),
            )
        } else if starts_word(c) {
            // Zero-width characters inside a word vanish too: `SE\u{200b}LECT` is a word.
            let length = rest
                .find(|c| !continues_word(c) && !is_zero_width(c))
                .unwrap_or(rest.len());
            let word: String = rest[..length].chars().filter(|c| !is_zero_width(*c)).collect();
            current.push(Kind::Word, &word);
            at += length;
            continue;
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            (Kind::Number, number_length(rest))
        } else {
            (Kind::Symbol, c.len_utf8())
        };
        // A quote cut in the middle of a character cannot be: all marks are ASCII.
        let Some(text) = rest.get(..length) else {
            return Err(unterminated(rest));
        };
        current.push(kind, text);
        at += length;
    }
    if !current.tokens.is_empty() {
        statements.push(current);
    }
    Ok(statements)
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    if bytes.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits((at + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        split(sql)
            .unwrap()
            .into_iter()
            .map(|statement| statement.text.trim().to_owned())
            .collect()
    }

    #[test]
    fn semicolons_and_comment_marks_in_quotes_are_data() {
        assert_eq!(
            texts("SELECT ';--' ; ; SELECT \"a;b\" /* ; */;"),
            ["SELECT ';--'", "SELECT \"a;b\""]
        );
        assert_eq!(texts("SELECT $x$ ; -- $x$, $1;"), ["SELECT $x$ ; -- $x$, $1"]);
        assert_eq!(
            texts("SELECT E'\\';' ; SELECT 'it''s;'"),
            ["SELECT E'\\';'", "SELECT 'it''s;'"]
        );
        assert_eq!(texts("SELECT 1 /* never ends ; SELECT 2"), ["SELECT 1"]);
        assert_eq!(texts("SE\u{200b}LECT\u{feff} 1 -- x\n+ 1"), ["SELECT 1  \n+ 1"]);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        for sql in [
            "SELECT 'a",
            "SELECT \"a",
            "SELECT $$a",
            "SELECT $x$a$y$",
            "SELECT E'a\\'",
        ] {
            assert!(split(sql).is_err(), "{sql}");
        }
    }
}
