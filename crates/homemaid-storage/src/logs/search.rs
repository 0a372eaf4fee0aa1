//! What somebody types to search the log, as a full-text query.
//!
//! Words and "phrases in quotes" must all be there, `-word` must not, and a `*` at the end finds beginnings. Nothing
//! else has a meaning: every term is handed to SQLite in quotes, so no text whatsoever is a wrong query.

use crate::limits::{LOG_SEARCH_CHARS, LOG_SEARCH_TERMS};

/// A search, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// The full-text query for what must be there.
    pub(super) wanted: Option<String>,
    /// The full-text query for what must not.
    pub(super) unwanted: Option<String>,
    /// What has neither letters nor digits, and so is in no full-text index: must be in the message as it stands.
    pub(super) literal: Vec<String>,
}

impl Search {
    /// Reads any text; an empty one asks for nothing.
    pub(super) fn parse(text: &str) -> Self {
        let text: String = text
            .chars()
            .filter(|c| *c != '\0')
            .take(LOG_SEARCH_CHARS)
            .collect();
        let (mut wanted, mut unwanted, mut literal) = (Vec::new(), Vec::new(), Vec::new());
        for (not, term) in terms(&text).into_iter().take(LOG_SEARCH_TERMS) {
            let (body, begins) = match term.strip_suffix('*') {
                Some(body) => (body, "*"),
                None => (term.as_str(), ""),
            };
            if !body.chars().any(char::is_alphanumeric) {
                if !not {
                    literal.push(term);
                }
                continue;
            }
            let quoted = format!("\"{}\"{begins}", body.replace('"', "\"\""));
            if not {
                unwanted.push(quoted);
            } else {
                wanted.push(quoted);
            }
        }
        Self {
            wanted: joined(&wanted, " AND "),
            unwanted: joined(&unwanted, " OR "),
            literal,
        }
    }
}

fn joined(terms: &[String], by: &str) -> Option<String> {
    (!terms.is_empty()).then(|| terms.join(by))
}

/// Splits a text into words and quoted phrases, each with whether a `-` stands before it.
fn terms(text: &str) -> Vec<(bool, String)> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (not, from) = match rest.strip_prefix('-') {
            Some(from) if !from.is_empty() && !from.starts_with(char::is_whitespace) => (true, from),
            _ => (false, rest),
        };
        let (term, after) = match from.strip_prefix('"') {
            // A quote that is never closed closes at the end.
            Some(phrase) => phrase.split_once('"').unwrap_or((phrase, "")),
            None => from.split_at(from.find(char::is_whitespace).unwrap_or(from.len())),
        };
        if !term.trim().is_empty() {
            terms.push((not, term.to_owned()));
        }
        rest = after.trim_start();
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Option<String> {
        Search::parse(text).wanted
    }

    #[test]
    fn words_phrases_beginnings_and_exclusions() {
        assert_eq!(wanted("ban  user"), Some(r#""ban" AND "user""#.into()));
        assert_eq!(wanted(r#""two words" x"#), Some(r#""two words" AND "x""#.into()));
        assert_eq!(wanted("time*"), Some(r#""time"*"#.into()));
        let search = Search::parse("error -timeout -\"not found\"");
        assert_eq!(search.wanted, Some(r#""error""#.into()));
        assert_eq!(search.unwanted, Some(r#""timeout" OR "not found""#.into()));
    }

    #[test]
    fn nothing_typed_is_syntax() {
        assert_eq!(
            wanted("a AND (b OR NEAR"),
            Some(r#""a" AND "AND" AND "(b" AND "OR" AND "NEAR""#.into())
        );
        assert_eq!(wanted("say\"it"), Some(r#""say""it""#.into()));
        assert_eq!(wanted("message:x^2"), Some(r#""message:x^2""#.into()));
        assert_eq!(
            Search::parse("  -  \0 "),
            Search {
                literal: vec!["-".into()],
                ..Search::default()
            }
        );
        assert_eq!(Search::parse("!! 🎉").literal, ["!!", "🎉"]);
        assert_eq!(Search::parse(""), Search::default());
    }

    #[test]
    fn a_search_is_bounded() {
        let long = "word ".repeat(1_000);
        assert_eq!(wanted(&long).unwrap().matches("word").count(), LOG_SEARCH_TERMS);
    }
}
