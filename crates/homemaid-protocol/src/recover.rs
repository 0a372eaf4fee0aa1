//! Finds the request id of a line that cannot be parsed, so that the call does not hang (wire §1).

/// Longest key it tells apart, in bytes; longer ones are neither `id` nor `method`.
const KEY_BYTES: usize = 8;

/// Reads a line byte by byte in constant memory and remembers the integer after the outermost object's `"id":`.
///
/// It only knows strings and nesting, so a line that is cut off, over-long or broken somewhere still gives its id,
/// and an `"id"` inside `params` is not mistaken for it.
#[derive(Debug, Default)]
pub(crate) struct IdScanner {
    depth: u64,
    in_string: bool,
    escaped: bool,
    text: Vec<u8>,
    key: Key,
    digits: Digits,
    id: Option<u64>,
    has_method: bool,
}

/// Where the scanner stands after a string in the outermost object.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Key {
    #[default]
    None,
    Text,
    IdColon,
}

#[derive(Debug, Default, Clone, Copy)]
enum Digits {
    #[default]
    None,
    Some(u64),
    /// Not a plain integer of 64 bits.
    Spoilt,
}

impl IdScanner {
    /// Reads on.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
        }
    }

    /// Returns the id, once everything was pushed.
    pub(crate) fn id(mut self) -> Option<u64> {
        self.step(b',');
        self.id
    }

    /// Tells whether the outermost object has a `"method"`.
    pub(crate) fn has_method(&self) -> bool {
        self.has_method
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    self.key = if self.depth == 1 { Key::Text } else { Key::None };
                    return;
                }
                _ => {}
            }
            if self.depth == 1 && self.text.len() <= KEY_BYTES {
                self.text.push(byte);
            }
            return;
        }
        match byte {
            b'"' => {
                self.end_digits();
                self.in_string = true;
                self.text.clear();
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.reset();
            }
            b'}' | b']' => {
                self.end_digits();
                self.depth = self.depth.saturating_sub(1);
            }
            b',' => self.end_digits(),
            b':' if self.key == Key::Text => {
                self.has_method |= self.text == b"method";
                self.key = if self.text == b"id" {
                    Key::IdColon
                } else {
                    Key::None
                };
                self.digits = Digits::None;
            }
            b' ' | b'\t' | b'\r' => {}
            b'0'..=b'9' if self.key == Key::IdColon => {
                let digit = u64::from(byte - b'0');
                self.digits = match self.digits {
                    Digits::None => Digits::Some(digit),
                    Digits::Some(value) => value
                        .checked_mul(10)
                        .and_then(|value| value.checked_add(digit))
                        .map_or(Digits::Spoilt, Digits::Some),
                    Digits::Spoilt => Digits::Spoilt,
                };
            }
            _ => self.digits = Digits::Spoilt,
        }
    }

    fn end_digits(&mut self) {
        if let (Key::IdColon, Digits::Some(id)) = (self.key, self.digits) {
            self.id = Some(id);
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.key = Key::None;
        self.digits = Digits::None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recover(text: &str) -> Option<u64> {
        let mut scanner = IdScanner::default();
        scanner.push(text.as_bytes());
        scanner.id()
    }

    #[test]
    fn the_outermost_integer_id_is_found_wherever_it_stands() {
        for (text, id) in [
            (r#"{"jsonrpc":"2.0","id":7,"method":"kv.get","par"#, Some(7)),
            (
                r#"{"params":{"id":3,"x":[{"id":4}]},"id" : 18446744073709551615}"#,
                Some(u64::MAX),
            ),
            (r#"{"method":"x","params":"\"id\":9,","id":12"#, Some(12)),
            (r#"oops{"id":5,"method":"x"}"#, Some(5)),
            (r#"{"id":"7"}"#, None),
            (r#"{"id":-7}"#, None),
            (r#"{"id":7.5}"#, None),
            (r#"{"id":7e2}"#, None),
            (r#"{"id":true}"#, None),
            (r#"{"id":18446744073709551616}"#, None),
            (r#"{"params":{"id":3"#, None),
            (r#"["id",7]"#, None),
            (r#"{"id":[7]}"#, None),
            ("", None),
        ] {
            assert_eq!(recover(text), id, "{text}");
        }
    }
}
