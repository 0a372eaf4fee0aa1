//! `json` and `jsonb`: numbers keep their digits, objects are ordered as PostgreSQL orders them.

use std::cmp::Ordering;

use super::numeric::Numeric;
use crate::error::{Pg, invalid_input, pg, unsupported};
use crate::functions::in_time;

/// Deepest nesting that is read.
const DEPTH: usize = 128;

#[derive(Debug, Clone)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The canonical digits.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    /// Keys by length, then by bytes; each once.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn parse(text: &str) -> Pg<Self> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.space();
        if reader.at < text.len() {
            Err(reader.bad())
        } else {
            Ok(value)
        }
    }

    pub(crate) fn object(mut pairs: Vec<(String, Self)>) -> Self {
        // The last of equal keys wins.
        pairs.reverse();
        pairs.sort_by(|(a, _), (b, _)| order(a, b));
        pairs.dedup_by(|(a, _), (b, _)| a == b);
        Self::Object(pairs)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(pairs) => {
                let at = pairs.binary_search_by(|(name, _)| order(name, key)).ok()?;
                Some(&pairs[at].1)
            }
            _ => None,
        }
    }

    pub(crate) fn item(&self, index: i64) -> Option<&Self> {
        match self {
            Self::Array(items) => items.get(position(items.len(), index)?),
            _ => None,
        }
    }

    /// One step of a path: a key of an object, a number in an array.
    pub(crate) fn step(&self, step: &str) -> Option<&Self> {
        match self {
            Self::Object(_) => self.get(step),
            Self::Array(_) => self.item(step.trim().parse().ok()?),
            _ => None,
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// As `->>` returns it; `None` is NULL.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => quote(text, out),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(pairs) => {
                out.push('{');
                for (at, (key, value)) in pairs.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    quote(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Text(_) => 1,
            Self::Number(_) => 2,
            Self::Bool(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => super::numeric::compare_text(a, b),
            (Self::Array(a), Self::Array(b)) => a.len().cmp(&b.len()).then_with(|| {
                a.iter()
                    .zip(b)
                    .map(|(a, b)| a.compare(b))
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            }),
            (Self::Object(a), Self::Object(b)) => a.len().cmp(&b.len()).then_with(|| {
                let pairs = a
                    .iter()
                    .zip(b)
                    .map(|((ka, va), (kb, vb))| ka.cmp(kb).then_with(|| va.compare(vb)));
                pairs
                    .into_iter()
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            }),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// `self @> other`.
    pub(crate) fn contains(&self, other: &Self) -> Pg<bool> {
        let any = |own: &[Self], value: &Self| -> Pg<bool> {
            in_time()?;
            for own in own {
                if own.holds(value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        match (self, other) {
            (Self::Object(_), Self::Object(wanted)) => {
                for (key, value) in wanted {
                    match self.get(key) {
                        Some(own) if own.holds(value)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            (Self::Array(own), Self::Array(wanted)) => {
                for value in wanted {
                    if !any(own, value)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            // An array contains a bare value.
            (Self::Array(own), value) if !matches!(value, Self::Object(_)) => any(own, value),
            _ => self.holds(other),
        }
    }

    fn holds(&self, other: &Self) -> Pg<bool> {
        match (self, other) {
            (Self::Object(_), Self::Object(_)) | (Self::Array(_), Self::Array(_)) => self.contains(other),
            _ => Ok(self.rank() == other.rank() && self.compare(other).is_eq()),
        }
    }

    /// `a || b`.
    pub(crate) fn concat(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut a), Self::Object(b)) => {
                a.extend(b);
                Self::object(a)
            }
            (Self::Array(mut a), Self::Array(b)) => {
                a.extend(b);
                Self::Array(a)
            }
            (Self::Array(mut a), b) => {
                a.push(b);
                Self::Array(a)
            }
            (a, Self::Array(mut b)) => {
                b.insert(0, a);
                Self::Array(b)
            }
            (a, b) => Self::Array(vec![a, b]),
        }
    }

    /// `jsonb_set`.
    pub(crate) fn set(self, path: &[String], new: Self, create: bool) -> Pg<Self> {
        let Some((step, rest)) = path.split_first() else {
            return Ok(self);
        };
        match self {
            Self::Object(mut pairs) => {
                match pairs.iter().position(|(key, _)| key == step) {
                    Some(at) => {
                        let old = std::mem::replace(&mut pairs[at].1, Self::Null);
                        pairs[at].1 = if rest.is_empty() {
                            new
                        } else {
                            old.set(rest, new, create)?
                        };
                    }
                    None if create && rest.is_empty() => pairs.push((step.clone(), new)),
                    None => {}
                }
                Ok(Self::object(pairs))
            }
            Self::Array(mut items) => {
                let index: i64 = step.trim().parse().map_err(|_| {
                    pg(
                        "22P02",
                        format!("path element at position 1 is not an integer: \"{step}\""),
                    )
                })?;
                match position(items.len(), index) {
                    Some(at) => {
                        let old = std::mem::replace(&mut items[at], Self::Null);
                        items[at] = if rest.is_empty() {
                            new
                        } else {
                            old.set(rest, new, create)?
                        };
                    }
                    None if create && rest.is_empty() => {
                        if index < 0 {
                            items.insert(0, new);
                        } else {
                            items.push(new);
                        }
                    }
                    None => {}
                }
                Ok(Self::Array(items))
            }
            other => Ok(other),
        }
    }

    /// `value #- path`.
    pub(crate) fn without(self, path: &[String]) -> Self {
        let Some((step, rest)) = path.split_first() else {
            return self;
        };
        match self {
            Self::Object(mut pairs) => {
                if let Some(at) = pairs.iter().position(|(key, _)| key == step) {
                    if rest.is_empty() {
                        pairs.remove(at);
                    } else {
                        let old = std::mem::replace(&mut pairs[at].1, Self::Null);
                        pairs[at].1 = old.without(rest);
                    }
                }
                Self::Object(pairs)
            }
            Self::Array(mut items) => {
                let at = step
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|index| position(items.len(), index));
                if let Some(at) = at {
                    if rest.is_empty() {
                        items.remove(at);
                    } else {
                        let old = std::mem::replace(&mut items[at], Self::Null);
                        items[at] = old.without(rest);
                    }
                }
                Self::Array(items)
            }
            other => other,
        }
    }

    pub(crate) fn strip_nulls(self) -> Self {
        match self {
            Self::Object(pairs) => Self::Object(
                pairs
                    .into_iter()
                    .filter(|(_, value)| !matches!(value, Self::Null))
                    .map(|(key, value)| (key, value.strip_nulls()))
                    .collect(),
            ),
            Self::Array(items) => Self::Array(items.into_iter().map(Self::strip_nulls).collect()),
            other => other,
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

/// Where `index` points in an array of `length`; negative ones count from the end.
pub(crate) fn position(length: usize, index: i64) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { index + length } else { index };
    (0..length)
        .contains(&at)
        .then(|| usize::try_from(at).ok())
        .flatten()
}

fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Writes a JSON string as PostgreSQL does.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Checks that a text is JSON, for the type `json`, which keeps it as it was written.
pub(crate) fn check(text: &str) -> Pg<()> {
    Json::parse(text).map(drop)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn bad(&self) -> crate::PgError {
        let mut error = invalid_input("json", "");
        "invalid input syntax for type json".clone_into(&mut error.message);
        error
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, text: &str) -> Pg<()> {
        if self.text[self.at..].starts_with(text) {
            self.at += text.len();
            return Ok(());
        }
        Err(self.bad())
    }

    fn value(&mut self, depth: usize) -> Pg<Json> {
        if depth > DEPTH {
            return Err(unsupported(format_args!("JSON nested deeper than {DEPTH}")));
        }
        self.space();
        match self.peek() {
            Some(b'n') => self.expect("null").map(|()| Json::Null),
            Some(b't') => self.expect("true").map(|()| Json::Bool(true)),
            Some(b'f') => self.expect("false").map(|()| Json::Bool(false)),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.space();
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                loop {
                    items.push(self.value(depth + 1)?);
                    self.space();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        Some(b']') => {
                            self.at += 1;
                            return Ok(Json::Array(items));
                        }
                        _ => return Err(self.bad()),
                    }
                }
            }
            Some(b'{') => {
                self.at += 1;
                let mut pairs = Vec::new();
                self.space();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return Ok(Json::Object(pairs));
                }
                loop {
                    self.space();
                    let key = self.string()?;
                    self.space();
                    self.expect(":")?;
                    pairs.push((key, self.value(depth + 1)?));
                    self.space();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Json::object(pairs));
                        }
                        _ => return Err(self.bad()),
                    }
                }
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.bad()),
        }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Pg<Json> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.bad());
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.bad());
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.bad());
            }
        }
        Ok(Json::Number(
            Numeric::parse(&self.text[from..self.at])?.to_string(),
        ))
    }

    fn string(&mut self) -> Pg<String> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ') else {
                return Err(self.bad());
            };
            out.push_str(&rest[..end]);
            self.at += end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.peek().ok_or_else(|| self.bad())?;
                    self.at += 1;
                    match c {
                        b'"' | b'\\' | b'/' => out.push(char::from(c)),
                        b'b' => out.push('\u{8}'),
                        b'f' => out.push('\u{c}'),
                        b'n' => out.push('\n'),
                        b'r' => out.push('\r'),
                        b't' => out.push('\t'),
                        b'u' => {
                            let first = self.hex()?;
                            let code = if (0xd800..0xdc00).contains(&first) {
                                self.expect("\\u")?;
                                let second = self.hex()?;
                                if !(0xdc00..0xe000).contains(&second) {
                                    return Err(self.bad());
                                }
                                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                            } else {
                                first
                            };
                            if code == 0 {
                                return Err(pg("22P05", "unsupported Unicode escape sequence"));
                            }
                            out.push(char::from_u32(code).ok_or_else(|| self.bad())?);
                        }
                        _ => return Err(self.bad()),
                    }
                }
                _ => return Err(self.bad()),
            }
        }
    }

    fn hex(&mut self) -> Pg<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or_else(|| self.bad())?;
        self.at += 4;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.bad());
        }
        u32::from_str_radix(digits, 16).map_err(|_| self.bad())
    }
}

/// Compares two stored `jsonb` values; anything else sorts as text.
pub(crate) fn compare_text(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (Json::parse(a), Json::parse(b)) {
        // An empty array comes before everything that is no array, bare values included; PostgreSQL calls it historical.
        (Ok(Json::Array(x)), Ok(_)) if x.is_empty() => Ordering::Less,
        (Ok(_), Ok(Json::Array(y))) if y.is_empty() => Ordering::Greater,
        (Ok(a), Ok(b)) => a.compare(&b),
        _ => a.cmp(b),
    }
}
