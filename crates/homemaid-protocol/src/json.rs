//! The JSON this crate writes and the two checks it makes before it reads any.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Writes compact JSON on one line with every non-ASCII character escaped (wire §1).
struct OneLineAscii;

impl Formatter for OneLineAscii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        write_ascii(writer, fragment)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // In valid JSON a control byte is white space between tokens, and non-ASCII is inside a string.
        for part in fragment.split(|c: char| c.is_ascii_control()) {
            write_ascii(writer, part)?;
        }
        Ok(())
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_array_value(writer, first)
    }
}

fn write_ascii<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        writer.write_all(&rest.as_bytes()[..at])?;
        let mut tail = rest[at..].chars();
        if let Some(character) = tail.next() {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        rest = tail.as_str();
    }
    writer.write_all(rest.as_bytes())
}

/// A buffer that refuses to grow past its limit.
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Limited {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if data.len() > self.limit - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a value could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// It needs more bytes than the line may have.
    #[error("needs more than {0} bytes of JSON")]
    TooLarge(usize),
    /// It is not JSON, for example a map whose keys are not text.
    #[error("is not JSON")]
    NotJson(#[source] serde_json::Error),
}

/// Returns `value` as compact ASCII JSON of at most `limit` bytes, without newline.
pub(crate) fn encode(value: &impl Serialize, limit: usize) -> Result<Vec<u8>, EncodeError> {
    let mut out = Limited {
        bytes: Vec::with_capacity(256.min(limit)),
        limit,
    };
    match value.serialize(&mut Serializer::with_formatter(&mut out, OneLineAscii)) {
        Ok(()) => Ok(out.bytes),
        Err(error) if error.io_error_kind() == Some(io::ErrorKind::FileTooLarge) => {
            Err(EncodeError::TooLarge(limit))
        }
        Err(error) => Err(EncodeError::NotJson(error)),
    }
}

/// Tells whether `text` could hold more than `limit` JSON values.
///
/// A parsed value takes up to a hundred times its text, so sixteen megabytes of `[0],[0],` would cost the host more
/// than a gigabyte: counted before parsing. Counts separators and openings outside strings, which is never
/// less than the number of values minus one.
pub(crate) fn has_more_values_than(text: &[u8], limit: usize) -> bool {
    // Two bytes a value at least, so short texts need no look.
    if text.len() / 2 < limit {
        return false;
    }
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count > limit
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn everything_beyond_ascii_is_escaped_and_reads_back_equal() {
        let value = json!({"é": "naïve 🦀 \u{2028} \" \\ \n", "n": [1, 2.5, null, true, {"a": []}]});
        let line = encode(&value, 1000).unwrap();
        assert!(line.is_ascii());
        assert!(!line.contains(&b'\n'));
        assert_eq!(serde_json::from_slice::<Value>(&line).unwrap(), value);
        assert!(String::from_utf8(line).unwrap().contains("\\ud83e\\udd80"));
    }

    #[test]
    fn raw_json_cannot_break_the_line() {
        let raw = RawValue::from_string("{\n \"a\":\t\"ü\"\r\n}".to_owned()).unwrap();
        let line = encode(&raw, 1000).unwrap();
        assert_eq!(line, b"{ \"a\":\"\\u00fc\"}");
    }

    #[test]
    fn the_limit_is_exact() {
        assert_eq!(encode(&"abc", 5).unwrap(), b"\"abc\"");
        assert!(matches!(encode(&"abc", 4), Err(EncodeError::TooLarge(4))));
    }

    #[test]
    fn values_are_counted_outside_strings_only() {
        assert!(has_more_values_than(b"[0,0,0,0]", 4));
        assert!(!has_more_values_than(b"[0,0,0,0]", 5));
        assert!(!has_more_values_than(br#"[",,,,,,,\",,,,,,,,,"]"#, 3));
    }
}
