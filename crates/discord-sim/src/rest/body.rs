//! Reading queries and bodies: JSON, or a multipart form with files.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::limits;
use crate::world::files::Upload;

/// Reads a query string.
pub(super) fn query(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .take(50)
        .collect()
}

/// Reads a body; an absent one is an empty object.
pub(super) async fn read(request: Request) -> Result<(Value, Vec<Upload>), ApiError> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if content_type.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
        return multipart(request).await;
    }
    let bytes = to_bytes(request.into_body(), limits::BODY_BYTES)
        .await
        .map_err(|_| ApiError::too_large())?;
    Ok((json(&bytes)?, Vec::new()))
}

fn json(bytes: &Bytes) -> Result<Value, ApiError> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    // The parser itself refuses nesting deeper than 128.
    serde_json::from_slice(bytes).map_err(|_| ApiError::invalid_json())
}

async fn multipart(request: Request) -> Result<(Value, Vec<Upload>), ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, limits::BODY_BYTES)
        .await
        .map_err(|_| ApiError::too_large())?;
    let request = Request::from_parts(parts, bytes.into());
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::invalid_json())?;
    let (mut body, mut loose, mut uploads) = (None, Map::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(|_| ApiError::invalid_json())? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| ApiError::invalid_json())?;
        if name == "payload_json" {
            body = Some(json(&bytes)?);
        } else if let Some(filename) = filename {
            if uploads.len() >= limits::MESSAGE_FILES {
                let text = format!("Must be {} or fewer in length.", limits::MESSAGE_FILES);
                return Err(ApiError::invalid_field(
                    "attachments",
                    "BASE_TYPE_MAX_LENGTH",
                    text,
                ));
            }
            if bytes.len() > limits::FILE_BYTES {
                return Err(ApiError::too_large());
            }
            let index = name
                .strip_prefix("files[")
                .and_then(|rest| rest.strip_suffix(']'));
            let index = index
                .and_then(|index| index.parse().ok())
                .unwrap_or(uploads.len() as u64);
            uploads.push(Upload {
                index,
                filename,
                content_type,
                bytes,
            });
        } else if loose.len() < 50 {
            loose.insert(name, String::from_utf8_lossy(&bytes).into_owned().into());
        }
    }
    Ok((body.unwrap_or(Value::Object(loose)), uploads))
}
