//! Reading a call's parameters: what is missing or wrong is an error that names it, what is too long is cut to
//! what the SDK would have cut it to (wire §6.1, §6.9).

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use homemaid_protocol::{RpcError, Snowflake};
use serde_json::{Map, Value};

use crate::rest::File;

/// Files of one message.
const FILES: usize = 3;
/// Bytes of all files of one message, decoded.
const FILE_BYTES: usize = 8 << 20;
/// Characters of a file's name.
const FILE_NAME_CHARS: usize = 100;
/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parameters of one call. Null is the same as absent.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Params<'a> {
    /// Returns the value, `None` when absent or null.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Returns a Discord id that must be there.
    pub(crate) fn id(self, name: &str) -> Result<u64, RpcError> {
        self.id_or_none(name)?.ok_or_else(|| bad_id(name))
    }

    /// Returns a Discord id, `None` when absent or empty.
    pub(crate) fn id_or_none(self, name: &str) -> Result<Option<u64>, RpcError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(value) => parse_id(value).map(Some).ok_or_else(|| bad_id(name)),
        }
    }

    /// Returns a list of ids that must be there, each of them an id.
    pub(crate) fn ids(self, name: &str) -> Result<Vec<u64>, RpcError> {
        let bad = || RpcError::validation(name, "a non-empty list of Discord snowflake strings");
        let list = self.get(name).and_then(Value::as_array).ok_or_else(bad)?;
        let ids: Option<Vec<_>> = list.iter().map(parse_id).collect();
        ids.filter(|ids| !ids.is_empty()).ok_or_else(bad)
    }

    /// Returns text that must be there and not blank, cut to `longest` characters.
    pub(crate) fn text(self, name: &str, longest: usize) -> Result<String, RpcError> {
        let text = self
            .text_or_none(name, longest)?
            .filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| RpcError::validation(name, "a non-empty string"))
    }

    /// Returns text, cut to `longest` characters; `None` when absent.
    pub(crate) fn text_or_none(self, name: &str, longest: usize) -> Result<Option<String>, RpcError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(cut(text, longest).to_owned())),
            Some(_) => Err(RpcError::validation(name, "a string")),
        }
    }

    /// Returns a whole number within `least..=most`; numbers outside are moved to the nearer end.
    pub(crate) fn number(self, name: &str, default: i64, least: i64, most: i64) -> Result<i64, RpcError> {
        Ok(self.number_or_none(name, least, most)?.unwrap_or(default))
    }

    /// Returns a whole number within `least..=most`, `None` when absent.
    pub(crate) fn number_or_none(self, name: &str, least: i64, most: i64) -> Result<Option<i64>, RpcError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value.as_i64().or_else(|| match value.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "moved into the range right after")]
            Some(number) if number.fract() == 0.0 => Some(number as i64),
            _ => None,
        });
        let number = number.ok_or_else(|| RpcError::validation(name, "a whole number"))?;
        Ok(Some(number.clamp(least, most)))
    }

    /// Returns a switch, false when absent.
    pub(crate) fn flag(self, name: &str) -> Result<bool, RpcError> {
        Ok(self.flag_or_none(name)?.unwrap_or(false))
    }

    /// Returns a switch, `None` when absent.
    pub(crate) fn flag_or_none(self, name: &str) -> Result<Option<bool>, RpcError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_bool()
                .map(Some)
                .ok_or_else(|| RpcError::validation(name, "true or false")),
        }
    }

    /// Returns a list of objects, cut to `most`; `None` when absent.
    pub(crate) fn objects(self, name: &str, most: usize) -> Result<Option<Vec<Value>>, RpcError> {
        let bad = || RpcError::validation(name, "a list of objects");
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let list = value.as_array().ok_or_else(bad)?;
        if !list.iter().all(Value::is_object) {
            return Err(bad());
        }
        Ok(Some(list.iter().take(most).cloned().collect()))
    }

    /// Returns permission bits, a decimal string; `0` when absent.
    pub(crate) fn bits(self, name: &str) -> Result<u64, RpcError> {
        let bits = match self.get(name) {
            None => Some(0),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(other) => other.as_u64(),
        };
        bits.ok_or_else(|| RpcError::validation(name, "permission bits as a decimal string"))
    }

    /// Returns the files to upload.
    pub(crate) fn files(self) -> Result<Vec<File>, RpcError> {
        let bad = || RpcError::validation("files", "a list of {filename, data_b64}, data_b64 in base64");
        let list = self.objects("files", FILES)?.unwrap_or_default();
        let mut total = 0;
        let mut files = Vec::with_capacity(list.len());
        for file in &list {
            let name = file["filename"].as_str().ok_or_else(bad)?;
            let data = file["data_b64"].as_str().ok_or_else(bad)?;
            total += data.len() / 4 * 3;
            if total > FILE_BYTES + FILES * 3 {
                return Err(too_large());
            }
            let data = BASE64.decode(data.trim()).map_err(|_| bad())?;
            let name: String = cut(name, FILE_NAME_CHARS)
                .chars()
                .filter(|char| !char.is_control())
                .collect();
            let name = if name.trim().is_empty() {
                "file".to_owned()
            } else {
                name
            };
            files.push(File { name, data });
        }
        if files.iter().map(|file| file.data.len()).sum::<usize>() > FILE_BYTES {
            return Err(too_large());
        }
        Ok(files)
    }
}

fn too_large() -> RpcError {
    RpcError::validation("files", "at most 8 MB in all")
}

fn bad_id(name: &str) -> RpcError {
    RpcError::validation(name, "a Discord snowflake string")
}

/// Reads an id: text of digits or a whole number, never zero.
fn parse_id(value: &Value) -> Option<u64> {
    let id = match value {
        Value::String(text) => text.trim().parse::<Snowflake>().ok()?.get(),
        other => other.as_u64()?,
    };
    (id != 0).then_some(id)
}

/// Cuts text to a number of characters.
pub(crate) fn cut(text: &str, longest: usize) -> &str {
    text.char_indices()
        .nth(longest)
        .map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn with<T>(value: Value, read: impl FnOnce(Params<'_>) -> T) -> T {
        read(Params(&crate::json::into_map(json!({"x": value}))))
    }

    #[test]
    fn ids_are_digits_or_numbers_and_never_zero() {
        for good in [json!("42"), json!(42), json!(" 42 ")] {
            assert_eq!(with(good, |params| params.id("x")), Ok(42));
        }
        for bad in [
            json!(""),
            json!(null),
            json!("0"),
            json!(0),
            json!("abc"),
            json!(1.5),
            json!([]),
            json!("1 2"),
        ] {
            let error = with(bad.clone(), |params| params.id("x")).unwrap_err();
            assert_eq!(
                error.message(),
                "x is required and must be a Discord snowflake string",
                "{bad}"
            );
        }
    }

    #[test]
    fn text_is_cut_by_characters_and_numbers_are_moved_into_range() {
        assert_eq!(
            with(json!("äöü"), |params| params.text("x", 2)),
            Ok("äö".to_owned())
        );
        assert!(with(json!("  "), |params| params.text("x", 2)).is_err());
        assert!(with(json!(5), |params| params.text("x", 2)).is_err());
        for (given, read) in [
            (json!(500), 100),
            (json!(-3), 1),
            (json!(7.0), 7),
            (json!(null), 50),
        ] {
            assert_eq!(with(given, |params| params.number("x", 50, 1, 100)), Ok(read));
        }
        assert!(with(json!("7"), |params| params.number("x", 50, 1, 100)).is_err());
        assert!(with(json!(1e300), |params| params.number("x", 50, 1, 100)).is_ok());
    }

    #[test]
    fn files_are_decoded_and_bounded() {
        let read = |files: Value| {
            let map = crate::json::into_map(json!({"files": files}));
            Params(&map).files()
        };
        let files = read(json!([{"filename": "a\r\n.txt", "data_b64": "aGVsbG8="}])).unwrap();
        assert_eq!(
            files,
            [File {
                name: "a.txt".into(),
                data: b"hello".to_vec()
            }]
        );
        assert_eq!(
            read(json!([{"filename": "", "data_b64": "aGVsbG8"}])).unwrap()[0].name,
            "file"
        );
        for bad in [
            json!("x"),
            json!([1]),
            json!([{"filename": "a"}]),
            json!([{"filename": "a", "data_b64": "%"}]),
        ] {
            assert!(read(bad).is_err());
        }
        let big = "A".repeat((FILE_BYTES / 3 + 10) * 4);
        assert_eq!(
            read(json!([{"filename": "a", "data_b64": big}])).unwrap_err(),
            too_large()
        );
        let many: Vec<_> = (0..5).map(|_| json!({"filename": "a", "data_b64": ""})).collect();
        assert_eq!(read(many.into()).unwrap().len(), FILES);
    }
}
