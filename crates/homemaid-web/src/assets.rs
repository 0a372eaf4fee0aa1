//! The page, embedded when it was built.
//!
//! `build.rs` puts the built page (or a sentence saying that it was not built) in place; file names under
//! `assets/` carry a hash of their content and are cached for good, everything else is asked for again.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::auth::secret;
use crate::error::ApiError;
use crate::guard::is_api;
use crate::headers::policy_with_nonce;

/// Where the page wants the nonce of its style elements.
const NONCE_MARK: &str = "__HOMEMAID_NONCE__";
/// How the packed twin of a file is named; it is sent in the place of the file, never by itself.
const PACKED: &str = ".gz";
const INDEX: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// Answers everything that is not the API: a file of the page, or the page itself for the addresses within it.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    if is_api(path) {
        return ApiError::not_found(format!("There is nothing at {}.", shorten(path))).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This address can only be read.",
        )
        .into_response();
    }
    let name = path.trim_start_matches('/');
    if name.is_empty() || name == INDEX {
        return index();
    }
    if let Some(file) = Files::get(name).filter(|_| !name.ends_with(PACKED)) {
        return asset(name, &file, request.headers());
    }
    // An address within the page has no dot in its last part; a file that is missing is missing.
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains('.') || last.contains('%') || name.starts_with("assets/") {
        return ApiError::not_found(format!("There is nothing at {}.", shorten(path))).into_response();
    }
    index()
}

fn index() -> Response {
    let Some(file) = Files::get(INDEX) else {
        return ApiError::not_found("The page is not part of this build.").into_response();
    };
    let nonce = secret::random_token();
    let html = String::from_utf8_lossy(&file.data).replace(NONCE_MARK, &nonce);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, policy_with_nonce(&nonce)),
    ];
    (headers, html).into_response()
}

fn asset(name: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = etag(file);
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = asked.get_all(header::IF_NONE_MATCH).iter().any(|tags| {
        tags.to_str()
            .is_ok_and(|tags| tags.split(',').any(|given| given.trim() == tag))
    });
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if let Ok(kind) = HeaderValue::try_from(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let packed = accepts_gzip(asked)
        .then(|| Files::get(&format!("{name}{PACKED}")))
        .flatten();
    let data = if let Some(packed) = packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        packed.data
    } else {
        file.data.clone()
    };
    *response.body_mut() = match data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    response
}

/// The same whichever encoding is sent: a weak tag, of the content's hash.
fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("W/\"");
    for byte in &hash[..16] {
        tag.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        tag.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    tag.push('"');
    tag
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|coding| {
                let mut parts = coding.split(';').map(str::trim);
                parts.next() == Some("gzip") && !parts.any(|part| part == "q=0")
            })
        })
}

fn shorten(path: &str) -> String {
    path.chars().take(100).collect()
}
