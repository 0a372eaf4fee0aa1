//! LIKE and regular expressions.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use rusqlite::types::Value;

use super::{Call, Functions, bool, in_time, room, text};
use crate::error::{Pg, PgError, pg, unsupported};
use crate::limits::{REGEX_BYTES, REGEX_MEMORY};
use crate::value::array;

pub(super) fn register(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_like", 4, |call| {
        let (value, pattern, escape) = (call.text(0)?, call.text(1)?, call.text(2)?);
        let (escape, None) = (escape.chars().next(), escape.chars().nth(1)) else {
            return Err(pg("22025", "invalid escape string"));
        };
        if call.int(3)? == 0 {
            return bool(like(value, pattern, escape)?);
        }
        // The escape character loses its case with the pattern.
        let escape = escape.and_then(|c| super::texts::lower(&c.to_string()).chars().next());
        bool(like(
            &super::texts::lower(value),
            &super::texts::lower(pattern),
            escape,
        )?)
    })?;
    functions.strict("hm_regexp", 3, |call| {
        let regex = compiled(call, call.int(2)? != 0)?;
        bool(regex.is_match(call.text(0)?))
    })?;
    functions.strict("hm_regexp_replace", 4, replace)?;
    functions.strict("hm_regexp_match", 2, |call| {
        let pattern = call.text(1)?;
        extractable(pattern)?;
        let regex = compiled(call, false)?;
        let Some(found) = regex.captures(call.text(0)?) else {
            return Ok(Value::Null);
        };
        let groups = if found.len() > 1 { 1..found.len() } else { 0..1 };
        let items: Vec<_> = groups
            .map(|at| {
                found
                    .get(at)
                    .map_or(serde_json::Value::Null, |group| group.as_str().into())
            })
            .collect();
        text(array::stored(&items))
    })?;
    functions.strict("hm_regexp_split", 2, |call| {
        let pattern = call.text(1)?;
        extractable(pattern)?;
        let regex = compiled(call, false)?;
        if regex.is_match("") {
            return Err(unsupported("splitting at a pattern that matches nothing"));
        }
        let items: Vec<serde_json::Value> = regex.split(call.text(0)?).map(Into::into).collect();
        text(array::stored(&items))
    })?;
    functions.strict("hm_substring_match", 2, |call| {
        let pattern = call.text(1)?;
        extractable(pattern)?;
        let regex = compiled(call, false)?;
        let found = regex.captures(call.text(0)?);
        let group = found.as_ref().and_then(|found| {
            if found.len() > 1 {
                found.get(1)
            } else {
                found.get(0)
            }
        });
        Ok(group.map_or(Value::Null, |group| Value::Text(group.as_str().to_owned())))
    })
}

/// `value LIKE pattern`, in time linear in both but for `%`, where it is their product at worst.
fn like(value: &str, pattern: &str, escape: Option<char>) -> Pg<bool> {
    enum Part {
        One,
        Many,
        Char(char),
        /// An escape character with nothing behind it: an error where something must match it.
        Dangling,
    }
    let dangling = || pg("22025", "LIKE pattern must not end with escape character");
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            c if Some(c) == escape => chars.next().map_or(Part::Dangling, Part::Char),
            '%' => Part::Many,
            '_' => Part::One,
            c => Part::Char(c),
        });
    }
    let value: Vec<char> = value.chars().collect();
    let (mut at, mut part, mut retry) = (0, 0, None);
    let mut steps = 0_usize;
    while at < value.len() {
        steps += 1;
        if steps.is_multiple_of(65_536) {
            in_time()?;
        }
        match parts.get(part) {
            Some(Part::Dangling) => return Err(dangling()),
            Some(Part::Many) => {
                let next = parts[part..].iter().find(|next| !matches!(next, Part::Many));
                if matches!(next, Some(Part::Dangling)) {
                    return Err(dangling());
                }
                retry = Some((part, at));
                part += 1;
            }
            Some(Part::One) => {
                at += 1;
                part += 1;
            }
            Some(Part::Char(c)) if *c == value[at] => {
                at += 1;
                part += 1;
            }
            _ => match retry {
                Some((many, from)) => {
                    retry = Some((many, from + 1));
                    at = from + 1;
                    part = many + 1;
                }
                None => return Ok(false),
            },
        }
    }
    Ok(parts[part..].iter().all(|part| matches!(part, Part::Many)))
}

/// PostgreSQL takes the longest of several matches, the library the first: the same as long as there is no choice.
fn extractable(pattern: &str) -> Pg<()> {
    let choice = pattern.contains('|') || ["*?", "+?", "??", "}?"].iter().any(|lazy| pattern.contains(lazy));
    if choice {
        return Err(unsupported(
            "extracting with a regular expression that has | or a lazy quantifier",
        ));
    }
    Ok(())
}

/// The compiled pattern, kept as long as the argument stays the same.
fn compiled(call: &Call<'_>, fold: bool) -> Pg<Arc<Regex>> {
    let pattern = call.text(1)?;
    call.context
        .get_or_create_aux(1, |_| compile(pattern, fold))
        .map_err(|error| match error {
            rusqlite::Error::UserFunctionError(cause) => match cause.downcast::<PgError>() {
                Ok(cause) => *cause,
                Err(cause) => pg("XX000", cause.to_string()),
            },
            other => pg("XX000", other.to_string()),
        })
}

/// A regular expression of PostgreSQL's advanced kind, as far as the library means the same by it.
fn compile(pattern: &str, fold: bool) -> Pg<Regex> {
    if pattern.len() > REGEX_BYTES {
        return Err(pg(
            "2201B",
            format!("invalid regular expression: longer than {REGEX_BYTES} bytes"),
        ));
    }
    if pattern.starts_with("***") || pattern.contains("(?") && !pattern.contains("(?:") {
        return Err(unsupported(
            "a regular expression with embedded options or look-around",
        ));
    }
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars
                    .next()
                    .ok_or_else(|| pg("2201B", "invalid regular expression: invalid escape \\ sequence"))?;
                match next {
                    'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'n' | 't' | 'r' | 'f' | 'v' => {
                        out.push('\\');
                        out.push(next);
                    }
                    'y' => out.push_str("\\b"),
                    'Y' => out.push_str("\\B"),
                    'm' => out.push_str("\\b{start}"),
                    'M' => out.push_str("\\b{end}"),
                    'A' => out.push_str("\\A"),
                    'Z' => out.push_str("\\z"),
                    c if c.is_ascii_alphanumeric() => {
                        return Err(unsupported(format_args!("\\{c} in a regular expression")));
                    }
                    c => {
                        out.push('\\');
                        out.push(c);
                    }
                }
            }
            '[' if in_class => {
                // Character classes such as [:alpha:] stay; other brackets are plain here.
                if chars.peek() == Some(&':') {
                    out.push('[');
                } else {
                    out.push_str("\\[");
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.extend(chars.next());
                }
                if chars.peek() == Some(&']') {
                    chars.next();
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                out.push(']');
                if out.ends_with(":]") {
                    continue;
                }
                in_class = false;
            }
            '&' | '~' | '-' if in_class && chars.peek() == Some(&c) => {
                return Err(unsupported("this bracket expression in a regular expression"));
            }
            c => out.push(c),
        }
    }
    RegexBuilder::new(&out)
        .case_insensitive(fold)
        .dot_matches_new_line(true)
        .size_limit(REGEX_MEMORY)
        .dfa_size_limit(REGEX_MEMORY)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => pg("2201B", "invalid regular expression: too complex"),
            _ => pg("2201B", "invalid regular expression"),
        })
}

fn replace(call: &Call<'_>) -> Pg<Value> {
    let (value, pattern, new, flags) = (call.text(0)?, call.text(1)?, call.text(2)?, call.text(3)?);
    let (mut all, mut fold) = (false, false);
    for flag in flags.chars() {
        match flag {
            'g' => all = true,
            'i' => fold = true,
            other => return Err(unsupported(format_args!("the flag {other} of regexp_replace"))),
        }
    }
    extractable(pattern)?;
    let regex = compiled(call, fold)?;
    let mut out = String::new();
    let mut copied = 0;
    for found in regex.captures_iter(value) {
        let whole = found.get(0).expect("group 0 is the match");
        out.push_str(&value[copied..whole.start()]);
        let mut chars = new.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek().copied()) {
                ('\\', Some('&')) => {
                    chars.next();
                    out.push_str(whole.as_str());
                }
                ('\\', Some(digit @ '1'..='9')) => {
                    chars.next();
                    let group = digit.to_digit(10).unwrap_or(0) as usize;
                    out.push_str(found.get(group).map_or("", |group| group.as_str()));
                }
                ('\\', Some('\\')) => {
                    chars.next();
                    out.push('\\');
                }
                (c, _) => out.push(c),
            }
            room(out.len())?;
        }
        copied = whole.end();
        if !all {
            break;
        }
    }
    out.push_str(&value[copied..]);
    text(out)
}
