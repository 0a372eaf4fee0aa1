//! What a value is recorded under: a metric's name and tags (wire §6.8).

use std::fmt;

use serde_json::{Map, Value};

use super::MetricError;
use crate::limits::{METRIC_NAME_CHARS, METRIC_TAG_CHARS, METRIC_TAGS};

/// A metric's name: a letter or underscore, then letters, digits, underscores and dots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricName(Box<str>);

impl MetricName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, MetricError> {
        let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        let legal = text.len() <= METRIC_NAME_CHARS
            && text.starts_with(letter)
            && text.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '.');
        if legal {
            Ok(Self(text.into()))
        } else {
            Err(MetricError::Invalid {
                field: "metric",
                rule: "1 to 128 letters, digits, underscores and dots, not beginning with a digit or dot",
            })
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of tags, whatever order they were given in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MetricTags(Box<str>);

impl MetricTags {
    /// Checks at most [`METRIC_TAGS`] tags with text values.
    pub fn parse(tags: &Map<String, Value>) -> Result<Self, MetricError> {
        const WRONG: MetricError = MetricError::Invalid {
            field: "tags",
            rule: "at most 10 names with a text each, of at most 128 characters and without NUL",
        };
        if tags.is_empty() {
            return Ok(Self::default());
        }
        if tags.len() > METRIC_TAGS {
            return Err(WRONG);
        }
        let mut sorted = Vec::with_capacity(tags.len());
        for (name, value) in tags {
            let Value::String(value) = value else {
                return Err(WRONG);
            };
            if !is_name(name) || !is_short(value) {
                return Err(WRONG);
            }
            sorted.push((name, value));
        }
        sorted.sort_unstable();
        let text = serde_json::to_string(&SortedTags(&sorted)).expect("texts are always JSON");
        Ok(Self(text.into()))
    }

    /// Returns the tags as JSON in the order of their names; empty when there are none.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn from_stored(text: String) -> Self {
        Self(text.into())
    }
}

/// Returns whether it may name a tag.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && is_short(text)
}

fn is_short(text: &str) -> bool {
    text.chars().take(METRIC_TAG_CHARS + 1).count() <= METRIC_TAG_CHARS && !text.contains('\0')
}

struct SortedTags<'t>(&'t [(&'t String, &'t String)]);

impl serde::Serialize for SortedTags<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_follow_the_contract() {
        for good in ["a", "_", "commands_used", "http.requests.5xx", &"a".repeat(128)] {
            assert!(MetricName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "5xx", ".a", "a b", "a-b", "é", "a\0", &"a".repeat(129)] {
            assert!(MetricName::parse(bad).is_err(), "{bad:?}");
        }
    }

    fn tags(value: Value) -> Result<MetricTags, MetricError> {
        MetricTags::parse(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn tags_are_the_same_in_any_order() {
        assert_eq!(
            tags(json!({"b": "2", "a": "1"})).unwrap(),
            tags(json!({"a": "1", "b": "2"})).unwrap()
        );
        assert_eq!(
            tags(json!({"b": "2", "a": "\""})).unwrap().as_str(),
            r#"{"a":"\"","b":"2"}"#
        );
        assert_eq!(tags(json!({})).unwrap().as_str(), "");
    }

    #[test]
    fn tags_are_few_short_and_text() {
        let many = |n: usize| Value::Object((0..n).map(|i| (i.to_string(), json!("x"))).collect());
        assert!(tags(many(10)).is_ok());
        assert!(tags(json!({"a": "x".repeat(128), "é": ""})).is_ok());
        for bad in [
            many(11),
            json!({"a": 1}),
            json!({"a": null}),
            json!({"": "x"}),
            json!({"a": "x".repeat(129)}),
            json!({"x".repeat(129): "a"}),
            json!({"a": "\0"}),
        ] {
            assert!(tags(bad.clone()).is_err(), "{bad}");
        }
    }
}
