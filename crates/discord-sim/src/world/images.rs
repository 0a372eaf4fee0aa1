//! Pictures in requests, as `data:` addresses: checked and hashed, never shown.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::form::{Form, Patch};
use crate::limits;

/// A picture that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// What Discord would call it in addresses; animated ones begin with `a_`.
    pub(crate) hash: String,
    pub(crate) animated: bool,
    /// In bytes.
    pub(crate) size: usize,
}

/// Reads an avatar or icon.
pub(crate) fn read(form: &Form<'_>, key: &str) -> Patch<String> {
    let text = form.text(key, limits::BODY_BYTES);
    let hash = text
        .and_then(|text| image(form, key, &text))
        .map(|image| image.hash);
    Patch::of(form.has(key), hash)
}

/// Reads a picture that must be there.
pub(crate) fn required(form: &Form<'_>, key: &str) -> Option<Image> {
    let text = form.required_text(key, 1, limits::BODY_BYTES)?;
    image(form, key, &text)
}

fn image(form: &Form<'_>, key: &str, text: &str) -> Option<Image> {
    let parsed = text
        .strip_prefix("data:image/")
        .and_then(|rest| rest.split_once(";base64,"))
        .filter(|(kind, _)| matches!(*kind, "png" | "jpeg" | "jpg" | "gif" | "webp" | "avif"))
        .and_then(|(kind, data)| Some((kind, STANDARD.decode(data).ok()?)))
        .filter(|(_, bytes)| !bytes.is_empty());
    let Some((kind, bytes)) = parsed else {
        form.wrong(key, "IMAGE_INVALID", "Invalid image data");
        return None;
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let (first, animated) = (hasher.finish(), kind == "gif");
    bytes.len().hash(&mut hasher);
    let hash = format!(
        "{}{first:016x}{:016x}",
        if animated { "a_" } else { "" },
        hasher.finish()
    );
    Some(Image {
        hash,
        animated,
        size: bytes.len(),
    })
}
