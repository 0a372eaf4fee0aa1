//! Reading JSON forms as Discord does: every mistake is collected and answered at its path (code 50035).
//!
//! A [`Form`] is one JSON object at one path. Its readers return what is there and note what is wrong, so that a
//! validator reads straight through; [`Issues::finish`] at the end turns the notes into the answer.

pub(crate) mod command;
pub(crate) mod component;
pub(crate) mod embed;
pub(crate) mod message;
pub(crate) mod modal;

use std::cell::RefCell;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::id::Snowflake;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Issues(RefCell<Object>);

/// Most mistakes one answer names.
const ISSUES: usize = 200;

impl Issues {
    /// Notes a mistake at `path`.
    fn note(&self, path: &[String], code: &str, message: &str) {
        let mut root = self.0.borrow_mut();
        if root.len() > ISSUES {
            return;
        }
        let mut at = &mut *root;
        for key in path {
            let inner = at
                .entry(key.as_str())
                .or_insert_with(|| Value::Object(Map::new()));
            at = inner.as_object_mut().expect("only objects are inserted");
        }
        let list = at.entry("_errors").or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut()
            .expect("only arrays are inserted")
            .push(json!({"code": code, "message": message}));
    }

    /// Returns the answer when there was a mistake.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        let issues = self.0.into_inner();
        if issues.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid_form(Value::Object(issues)))
        }
    }
}

/// What a request says about something that can also be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patch<T> {
    /// Nothing is said.
    Keep,
    /// It goes: `null`.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Patch<T> {
    /// Takes a key that was read: absent, or there with a value or without one.
    pub(crate) fn of(said: bool, value: Option<T>) -> Self {
        match value {
            Some(value) => Self::Set(value),
            None if said => Self::Clear,
            None => Self::Keep,
        }
    }

    /// Does to `place` what was said.
    pub(crate) fn apply(self, place: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *place = None,
            Self::Set(value) => *place = Some(value),
        }
    }
}

/// One JSON object of a request, at its path.
#[derive(Clone)]
pub(crate) struct Form<'a> {
    object: &'a Object,
    path: Vec<String>,
    issues: &'a Issues,
}

impl<'a> Form<'a> {
    pub(crate) fn new(object: &'a Object, issues: &'a Issues) -> Self {
        Self {
            object,
            path: Vec::new(),
            issues,
        }
    }

    /// Reads an object that stands somewhere below the root.
    pub(crate) fn at(object: &'a Object, issues: &'a Issues, path: &[&str]) -> Self {
        Self {
            object,
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            issues,
        }
    }

    /// Returns the object itself.
    pub(crate) fn object(&self) -> &'a Object {
        self.object
    }

    /// Returns the raw value when it is there and not null.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// Tells whether the key is there, even as null.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.object.contains_key(key)
    }

    /// Notes a mistake at a key of this object.
    pub(crate) fn wrong(&self, key: &str, code: &str, message: impl Into<String>) {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        self.issues.note(&path, code, &message.into());
    }

    /// Notes a mistake of this object as a whole.
    pub(crate) fn wrong_here(&self, code: &str, message: impl Into<String>) {
        self.issues.note(&self.path, code, &message.into());
    }

    /// Notes that a key is missing.
    pub(crate) fn missing(&self, key: &str) {
        self.wrong(key, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Reads an optional text of at most `max` characters; numbers and booleans become text as with Discord.
    pub(crate) fn text(&self, key: &str, max: usize) -> Option<String> {
        self.text_between(key, 0, max)
    }

    /// Reads an optional text of `min` to `max` characters.
    pub(crate) fn text_between(&self, key: &str, min: usize, max: usize) -> Option<String> {
        let text = match self.raw(key)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                self.wrong(
                    key,
                    "STRING_TYPE_CONVERT",
                    format!("Could not interpret \"{}\" as string.", brief(other)),
                );
                return None;
            }
        };
        let length = text.chars().count();
        if length > max {
            let message = if min > 0 {
                format!("Must be between {min} and {max} in length.")
            } else {
                format!("Must be {max} or fewer in length.")
            };
            self.wrong(
                key,
                if min > 0 {
                    "BASE_TYPE_BAD_LENGTH"
                } else {
                    "BASE_TYPE_MAX_LENGTH"
                },
                message,
            );
            return None;
        }
        if length < min {
            if length == 0 {
                self.missing(key);
            } else {
                self.wrong(
                    key,
                    "BASE_TYPE_BAD_LENGTH",
                    format!("Must be between {min} and {max} in length."),
                );
            }
            return None;
        }
        Some(text)
    }

    /// Reads a required text of `min` to `max` characters.
    pub(crate) fn required_text(&self, key: &str, min: usize, max: usize) -> Option<String> {
        if self.raw(key).is_none() {
            self.missing(key);
            return None;
        }
        self.text_between(key, min, max)
    }

    /// Reads an optional whole number between `min` and `max`.
    pub(crate) fn integer(&self, key: &str, min: i64, max: i64) -> Option<i64> {
        let value = self.raw(key)?;
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            self.wrong(
                key,
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not int.", brief(value)),
            );
            return None;
        };
        if number > max {
            self.wrong(
                key,
                "NUMBER_TYPE_MAX",
                format!("int value should be less than or equal to {max}."),
            );
            return None;
        }
        if number < min {
            self.wrong(
                key,
                "NUMBER_TYPE_MIN",
                format!("int value should be greater than or equal to {min}."),
            );
            return None;
        }
        Some(number)
    }

    /// Reads an optional whole number that is one of a few.
    pub(crate) fn one_of(&self, key: &str, choices: &[i64]) -> Option<i64> {
        let number = self.integer(key, i64::MIN, i64::MAX)?;
        if choices.contains(&number) {
            return Some(number);
        }
        let listed: Vec<String> = choices.iter().map(ToString::to_string).collect();
        let text = format!("Value must be one of {{{}}}.", listed.join(", "));
        self.wrong(key, "BASE_TYPE_CHOICES", text);
        None
    }

    /// Reads an optional number.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        let value = self.raw(key)?;
        let number = value.as_f64();
        if number.is_none() {
            self.wrong(
                key,
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not float.", brief(value)),
            );
        }
        number
    }

    /// Reads an optional time.
    pub(crate) fn time(&self, key: &str) -> Option<Timestamp> {
        let text = self.text(key, 64)?;
        let at = text.parse().ok();
        if at.is_none() {
            let text = format!("Could not parse {text}. Should be ISO8601.");
            self.wrong(key, "DATE_TIME_TYPE_PARSE", text);
        }
        at
    }

    /// Reads an optional boolean.
    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.raw(key)?.as_bool();
        if value.is_none() {
            self.wrong(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
        value
    }

    /// Reads an optional id.
    pub(crate) fn snowflake(&self, key: &str) -> Option<Snowflake> {
        let value = self.raw(key)?;
        let id = snowflake(value);
        if id.is_none() {
            self.wrong(
                key,
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not snowflake.", brief(value)),
            );
        }
        id
    }

    /// Reads an optional list of at most `max` ids.
    pub(crate) fn snowflakes(&self, key: &str, max: usize) -> Option<Vec<Snowflake>> {
        let list = self.list(key, 0, max)?;
        let read = |(index, value): (usize, &Value)| {
            let id = snowflake(value);
            if id.is_none() {
                self.child_path(&[key, &index.to_string()]).wrong_here(
                    "NUMBER_TYPE_COERCE",
                    format!("Value \"{}\" is not snowflake.", brief(value)),
                );
            }
            id
        };
        Some(list.iter().enumerate().filter_map(read).collect())
    }

    /// Reads an optional list of `min` to `max` elements.
    pub(crate) fn list(&self, key: &str, min: usize, max: usize) -> Option<&'a Vec<Value>> {
        let value = self.raw(key)?;
        let Some(list) = value.as_array() else {
            self.wrong(
                key,
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
            return None;
        };
        if list.len() > max || list.len() < min {
            let (code, message) = if min > 0 {
                (
                    "BASE_TYPE_BAD_LENGTH",
                    format!("Must be between {min} and {max} in length."),
                )
            } else {
                (
                    "BASE_TYPE_MAX_LENGTH",
                    format!("Must be {max} or fewer in length."),
                )
            };
            self.wrong(key, code, message);
            return None;
        }
        Some(list)
    }

    /// Reads an optional list of objects, each as its own form.
    pub(crate) fn forms(&self, key: &str, min: usize, max: usize) -> Option<Vec<Form<'a>>> {
        let list = self.list(key, min, max)?;
        let mut forms = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let mut path = self.path.clone();
            path.extend([key.to_owned(), index.to_string()]);
            match value.as_object() {
                Some(object) => forms.push(Form {
                    object,
                    path,
                    issues: self.issues,
                }),
                None => self.issues.note(
                    &path,
                    "MODEL_TYPE_CONVERT",
                    "Only dictionaries may be used in a ModelType",
                ),
            }
        }
        Some(forms)
    }

    /// Reads an optional object as its own form.
    pub(crate) fn form(&self, key: &str) -> Option<Form<'a>> {
        let value = self.raw(key)?;
        if let Some(object) = value.as_object() {
            let mut path = self.path.clone();
            path.push(key.to_owned());
            return Some(Form {
                object,
                path,
                issues: self.issues,
            });
        }
        self.wrong(
            key,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        );
        None
    }

    /// Reads an optional `http` or `https` address; `attachment://` when `attachments` is set.
    pub(crate) fn url(&self, key: &str, attachments: bool) -> Option<String> {
        let text = self.text(key, 2_048)?;
        let schemes = if attachments {
            "('http', 'https', 'attachment')"
        } else {
            "('http', 'https')"
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            self.wrong(key, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        };
        let known = matches!(scheme, "http" | "https") || (attachments && scheme == "attachment");
        if !known {
            let message = format!(
                "Scheme \"{}\" is not one of {schemes}.",
                scheme.chars().take(40).collect::<String>()
            );
            self.wrong(key, "URL_TYPE_INVALID_SCHEME", message);
            return None;
        }
        if rest.is_empty() || rest.starts_with('/') || rest.contains(char::is_whitespace) {
            self.wrong(key, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        }
        Some(text)
    }

    pub(crate) fn child_path(&self, keys: &[&str]) -> Form<'a> {
        let mut form = self.clone();
        form.path.extend(keys.iter().map(|key| (*key).to_owned()));
        form
    }
}

/// Reads an id that may be text or a number.
pub(crate) fn snowflake(value: &Value) -> Option<Snowflake> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64().map(Snowflake),
        _ => None,
    }
}

/// Returns a number that is whole, like `5.0`.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    let result = (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    result
}

/// Shortens hostile input before it is repeated in an answer.
fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(100).collect(),
        Value::Object(_) => "{...}".to_owned(),
        Value::Array(_) => "[...]".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}
