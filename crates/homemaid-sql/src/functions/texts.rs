//! Text functions.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use md5::{Digest, Md5};
use rusqlite::types::Value;

use super::{Call, Functions, bool, count, int, room, text};
use crate::error::{Pg, pg, unsupported};

/// One character in another case, when that is one character too: what `towlower` and `towupper` do.
fn recased(c: char, upper: bool) -> char {
    // The one letter whose lower case Unicode spells with two characters, and the C library with one.
    if c == '\u{130}' && !upper {
        return 'i';
    }
    let single = |mut cased: Box<dyn Iterator<Item = char>>| match (cased.next(), cased.next()) {
        (Some(one), None) => one,
        _ => c,
    };
    if upper {
        single(Box::new(c.to_uppercase()))
    } else {
        single(Box::new(c.to_lowercase()))
    }
}

pub(super) fn lower(value: &str) -> String {
    value.chars().map(|c| recased(c, false)).collect()
}

fn size(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn length(value: &str) -> i64 {
    i64::try_from(value.chars().count()).unwrap_or(i64::MAX)
}

/// Characters `from` (from 1) on, `count` of them.
fn substring(value: &str, from: i64, count: Option<i64>) -> Pg<String> {
    let end = match count {
        None => i64::MAX,
        Some(count) if count < 0 => return Err(pg("22011", "negative substring length not allowed")),
        Some(count) => from.saturating_add(count),
    };
    let start = from.max(1);
    Ok(value
        .chars()
        .skip(size(start - 1))
        .take(size(end.saturating_sub(start).max(0)))
        .collect())
}

fn pad(call: &Call<'_>, left: bool) -> Pg<Value> {
    let (value, wanted, fill) = (call.text(0)?, size(call.int(1)?.max(0)), call.text(2)?);
    room(wanted.saturating_mul(4).max(1) - 1)?;
    let have = value.chars().count();
    if have >= wanted || fill.is_empty() {
        return text(value.chars().take(wanted).collect::<String>());
    }
    let padding: String = fill.chars().cycle().take(wanted - have).collect();
    text(if left {
        format!("{padding}{value}")
    } else {
        format!("{value}{padding}")
    })
}

fn trimmed(call: &Call<'_>, left: bool, right: bool) -> Pg<Value> {
    let set: HashSet<char> = call.text(1)?.chars().collect();
    let inside = |c: char| set.contains(&c);
    let mut value = call.text(0)?;
    if left {
        value = value.trim_start_matches(inside);
    }
    if right {
        value = value.trim_end_matches(inside);
    }
    text(value)
}

pub(super) fn register(functions: &Functions<'_>) -> rusqlite::Result<()> {
    functions.strict("hm_lower", 1, |call| text(lower(call.text(0)?)))?;
    functions.strict("hm_upper", 1, |call| {
        text(
            call.text(0)?
                .chars()
                .map(|c| recased(c, true))
                .collect::<String>(),
        )
    })?;
    functions.strict("hm_initcap", 1, |call| {
        let mut inside = false;
        let cased = call.text(0)?.chars().map(|c| {
            let cased = recased(c, !inside);
            inside = c.is_alphanumeric();
            cased
        });
        text(cased.collect::<String>())
    })?;
    functions.strict("hm_ltrim", 2, |call| trimmed(call, true, false))?;
    functions.strict("hm_rtrim", 2, |call| trimmed(call, false, true))?;
    functions.strict("hm_btrim", 2, |call| trimmed(call, true, true))?;
    functions.strict("hm_substring", 2, |call| {
        text(substring(call.text(0)?, call.int(1)?, None)?)
    })?;
    functions.strict("hm_substring", 3, |call| {
        text(substring(call.text(0)?, call.int(1)?, Some(call.int(2)?))?)
    })?;
    functions.strict("hm_left", 2, |call| {
        let (value, count) = (call.text(0)?, call.int(1)?);
        let count = if count < 0 { length(value) + count } else { count };
        text(value.chars().take(size(count.max(0))).collect::<String>())
    })?;
    functions.strict("hm_right", 2, |call| {
        let (value, count) = (call.text(0)?, call.int(1)?);
        let skip = if count < 0 { -count } else { length(value) - count };
        text(value.chars().skip(size(skip.max(0))).collect::<String>())
    })?;
    functions.strict("hm_lpad", 3, |call| pad(call, true))?;
    functions.strict("hm_rpad", 3, |call| pad(call, false))?;
    functions.strict("hm_repeat", 2, |call| {
        let (value, times) = (call.text(0)?, size(call.int(1)?.max(0)));
        room(value.len().saturating_mul(times))?;
        text(value.repeat(times))
    })?;
    functions.strict("hm_reverse", 1, |call| {
        text(call.text(0)?.chars().rev().collect::<String>())
    })?;
    functions.strict("hm_starts_with", 2, |call| {
        bool(call.text(0)?.starts_with(call.text(1)?))
    })?;
    functions.strict("hm_ascii", 1, |call| {
        int(call
            .text(0)?
            .chars()
            .next()
            .map_or(0, |c| i64::from(u32::from(c))))
    })?;
    functions.strict("hm_chr", 1, |call| {
        match u32::try_from(call.int(0)?).ok().and_then(char::from_u32) {
            Some('\0') => Err(pg("54000", "null character not permitted")),
            Some(c) => text(c),
            None => Err(pg("54000", "requested character not valid for encoding")),
        }
    })?;
    functions.strict("hm_md5", 1, |call| {
        let digest = Md5::digest(call.bytes(0)?);
        text(crate::cast::hex(&digest))
    })?;
    functions.strict("hm_split_part", 3, |call| {
        let (value, delimiter, nth) = (call.text(0)?, call.text(1)?, call.int(2)?);
        if nth == 0 {
            return Err(pg("22023", "field position must not be zero"));
        }
        let parts: Vec<&str> = if delimiter.is_empty() {
            vec![value]
        } else {
            value.split(delimiter).collect()
        };
        let at = if nth > 0 {
            nth - 1
        } else {
            i64::try_from(parts.len()).unwrap_or(0) + nth
        };
        text(
            usize::try_from(at)
                .ok()
                .and_then(|at| parts.get(at))
                .copied()
                .unwrap_or(""),
        )
    })?;
    functions.strict("hm_translate", 3, |call| {
        let mut map: HashMap<char, Option<char>> = HashMap::new();
        let mut to = call.text(2)?.chars();
        for from in call.text(1)?.chars() {
            let new = to.next();
            // The first of several counts.
            map.entry(from).or_insert(new);
        }
        let mapped = call
            .text(0)?
            .chars()
            .filter_map(|c| map.get(&c).copied().unwrap_or(Some(c)));
        text(mapped.collect::<String>())
    })?;
    functions.strict("hm_overlay", -1, |call| {
        let (value, new, from) = (call.text(0)?, call.text(1)?, call.int(2)?);
        let count = if call.len() > 3 { call.int(3)? } else { length(new) };
        if from <= 0 {
            return Err(pg("22011", "negative substring length not allowed"));
        }
        let head = substring(value, 1, Some(from - 1))?;
        let tail = substring(value, from.saturating_add(count), None)?;
        text(format!("{head}{new}{tail}"))
    })?;
    functions.strict("hm_quote_literal", 1, |call| {
        let value = call.text(0)?;
        let quoted = value.replace('\'', "''");
        text(if value.contains('\\') {
            format!(" E'{}'", quoted.replace('\\', "\\\\"))
        } else {
            format!("'{quoted}'")
        })
    })?;
    functions.strict("hm_quote_ident", 1, |_| {
        Err(unsupported("the function quote_ident"))
    })?;
    functions.strict("hm_encode", 2, |call| {
        let bytes = call.bytes(0)?;
        match call.text(1)?.to_ascii_lowercase().as_str() {
            "hex" => text(crate::cast::hex(bytes)),
            "base64" => {
                let all = base64::engine::general_purpose::STANDARD.encode(bytes);
                let lines: Vec<&str> = all
                    .as_bytes()
                    .chunks(76)
                    .map(|line| std::str::from_utf8(line).unwrap_or(""))
                    .collect();
                text(lines.join("\n"))
            }
            "escape" => Err(unsupported("the encoding escape")),
            other => Err(pg("22023", format!("unrecognized encoding: \"{other}\""))),
        }
    })?;
    functions.strict("hm_decode", 2, |call| {
        match call.text(1)?.to_ascii_lowercase().as_str() {
            "hex" => crate::cast::input(
                &format!("\\x{}", call.text(0)?),
                crate::types::Ty::of(crate::types::Base::Bytea),
            ),
            "base64" => {
                let text: String = call
                    .text(0)?
                    .chars()
                    .filter(|c| !c.is_ascii_whitespace())
                    .collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                bytes
                    .map(Value::Blob)
                    .map_err(|_| pg("22023", "invalid base64 end sequence"))
            }
            "escape" => Err(unsupported("the encoding escape")),
            other => Err(pg("22023", format!("unrecognized encoding: \"{other}\""))),
        }
    })?;
    functions.lenient("hm_concat", -1, |call| {
        let mut out = String::new();
        for at in (0..call.len()).filter(|at| !call.is_null(*at)) {
            out.push_str(call.text(at)?);
            room(out.len())?;
        }
        text(out)
    })?;
    functions.lenient("hm_concat_ws", -1, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        let parts = (1..call.len())
            .filter(|at| !call.is_null(*at))
            .map(|at| call.text(at))
            .collect::<Pg<Vec<_>>>()?;
        let separator = call.text(0)?;
        room(parts.iter().map(|part| part.len() + separator.len()).sum())?;
        text(parts.join(separator))
    })?;
    functions.strict("hm_position", 2, |call| {
        let (whole, part) = (call.text(0)?, call.text(1)?);
        count(whole.find(part).map_or(0, |at| whole[..at].chars().count() + 1))
    })?;
    functions.strict("hm_replace", 3, |call| {
        let (whole, part, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
        if part.is_empty() {
            return text(whole);
        }
        let times = whole.matches(part).count();
        room((whole.len() - times * part.len()).saturating_add(times.saturating_mul(new.len())))?;
        text(whole.replace(part, new))
    })?;
    functions.lenient("hm_format", -1, |call| {
        if call.is_null(0) {
            return Ok(Value::Null);
        }
        format(call)
    })
}

/// `format`: `%s`, `%I`, `%L`, positions, and no widths.
fn format(call: &Call<'_>) -> Pg<Value> {
    let mut out = String::new();
    let mut next = 1;
    let mut rest = call.text(0)?;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        room(out.len())?;
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('%') {
            out.push('%');
            rest = tail;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && rest[digits..].starts_with('$') {
            next = rest[..digits].parse().unwrap_or(usize::MAX);
            if next == 0 {
                return Err(pg(
                    "22023",
                    "format specifies argument 0, but arguments are numbered from 1",
                ));
            }
            rest = &rest[digits + 1..];
        }
        let Some(kind) = rest.chars().next() else {
            return Err(pg("22023", "unterminated format() type specifier"));
        };
        rest = &rest[kind.len_utf8()..];
        if matches!(kind, '-' | '*' | '0'..='9') {
            return Err(unsupported("a width in format"));
        }
        if !matches!(kind, 's' | 'I' | 'L') {
            return Err(pg(
                "22023",
                format!("unrecognized format() type specifier \"{kind}\""),
            ));
        }
        if next >= call.len() {
            return Err(pg("22023", "too few arguments for format()"));
        }
        let value = if call.is_null(next) {
            None
        } else {
            Some(call.text(next)?)
        };
        match (kind, value) {
            ('s', value) => out.push_str(value.unwrap_or("")),
            ('L', None) => out.push_str("NULL"),
            ('L', Some(value)) if !value.contains('\\') => {
                out.push_str(&format!("'{}'", value.replace('\'', "''")));
            }
            ('I', None) => {
                return Err(pg(
                    "22004",
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            _ => return Err(unsupported(format_args!("%{kind} of such a value in format"))),
        }
        next += 1;
    }
    out.push_str(rest);
    text(out)
}
