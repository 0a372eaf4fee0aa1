//! Uploaded files, kept in memory until newer ones push them out.

use std::collections::VecDeque;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::form::message::AttachmentForm;
use crate::id::Snowflake;
use crate::limits;

/// The flag of an attachment that is hidden until it is asked for (Discord's).
const IS_SPOILER: u64 = 1 << 3;

/// A file of a request.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Upload {
    /// The number in `files[n]`.
    pub(crate) index: u64,
    pub(crate) filename: String,
    pub(crate) content_type: Option<String>,
    #[serde(with = "in_base64")]
    pub(crate) bytes: Bytes,
}

/// What is kept.
#[derive(Debug, Default)]
pub(crate) struct Files {
    stored: VecDeque<(Snowflake, Upload)>,
    bytes: usize,
}

impl Files {
    /// Keeps a file under its attachment id.
    pub(crate) fn store(&mut self, id: Snowflake, upload: Upload) {
        self.bytes += upload.bytes.len();
        self.stored.push_back((id, upload));
        while self.bytes > limits::STORED_FILE_BYTES {
            let Some((_, oldest)) = self.stored.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes.len();
        }
    }

    /// Returns every file that is still kept.
    pub(crate) fn all(&self) -> impl Iterator<Item = &(Snowflake, Upload)> {
        self.stored.iter()
    }

    /// Returns a file that is still kept.
    pub(crate) fn get(&self, id: Snowflake) -> Option<&Upload> {
        self.stored
            .iter()
            .find(|(stored, _)| *stored == id)
            .map(|(_, upload)| upload)
    }
}

impl Upload {
    /// Returns the name as Discord writes it into addresses.
    pub(crate) fn safe_name(&self, form: Option<&AttachmentForm>) -> String {
        let wanted = form
            .and_then(|form| form.filename.as_deref())
            .unwrap_or(&self.filename);
        let name: String = wanted
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                    c
                } else {
                    '_'
                }
            })
            .take(200)
            .collect();
        if name.trim_matches('.').is_empty() {
            "unknown".to_owned()
        } else {
            name
        }
    }

    /// Returns Discord's attachment object.
    pub(crate) fn json(
        &self,
        base: &str,
        channel: Snowflake,
        id: Snowflake,
        form: Option<&AttachmentForm>,
    ) -> Value {
        let name = self.safe_name(form);
        let url = format!("{base}/attachments/{channel}/{id}/{name}");
        let mut attachment = json!({
            "id": id,
            "filename": name,
            "size": self.bytes.len(),
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type.as_deref().unwrap_or("application/octet-stream"),
            "content_scan_version": 0,
        });
        // Clients mark a spoiler by its name; Discord tells it by a flag.
        if name.starts_with("SPOILER_") {
            attachment["flags"] = IS_SPOILER.into();
        }
        if let Some(description) = form.and_then(|form| form.description.as_deref()) {
            attachment["description"] = description.into();
        }
        attachment
    }
}

/// Bytes as text, in files that people keep.
mod in_base64 {
    use axum::body::Bytes;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}
