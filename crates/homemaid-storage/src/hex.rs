//! Bytes as people and files read them.

use std::fmt::Write as _;

/// Returns the bytes as lower-case hexadecimal digits.
pub(crate) fn of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
