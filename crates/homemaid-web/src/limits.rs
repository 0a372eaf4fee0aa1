//! Every number this crate enforces, each with its unit.

use std::time::Duration;

/// Largest JSON request body, in bytes.
pub(crate) const JSON_BODY_BYTES: usize = 256 << 10;
/// Largest plugin upload as a whole, in bytes: the largest zip, its side manifest and the multipart framing.
pub(crate) const UPLOAD_BODY_BYTES: usize = UPLOAD_ZIP_BYTES + UPLOAD_MANIFEST_BYTES + (64 << 10);
/// Largest zip (zip §1), in bytes.
pub(crate) const UPLOAD_ZIP_BYTES: usize = 10 << 20;
/// Largest manifest given beside the zip, in bytes.
pub(crate) const UPLOAD_MANIFEST_BYTES: usize = 1 << 20;
/// Uploads read into memory at once.
pub(crate) const UPLOADS_AT_ONCE: usize = 2;

/// Shortest owner password, in characters.
pub(crate) const PASSWORD_MIN_CHARS: usize = 8;
/// Longest owner password, in bytes: Argon2 hashes it all.
pub(crate) const PASSWORD_MAX_BYTES: usize = 1024;
/// Passwords hashed at once: each takes about 20 MB and a core.
pub(crate) const HASHES_AT_ONCE: usize = 2;

/// How long a session lasts.
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Sessions kept; one more signs out the oldest.
pub(crate) const SESSIONS: usize = 32;
/// Session cookies looked at in one request.
pub(crate) const COOKIES_TRIED: usize = 4;
/// Live streams of one session.
pub(crate) const STREAMS_PER_SESSION: usize = 16;
/// Live streams of all holders of the local token together.
pub(crate) const STREAMS_OF_TOKEN: usize = 32;

/// Wrong passwords before waiting begins.
pub(crate) const FREE_ATTEMPTS: u32 = 5;
/// Longest wait after a wrong password.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Without an attempt for this long, wrong passwords are forgotten.
pub(crate) const ATTEMPTS_FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Interval of the comment lines that keep a quiet stream open.
pub(crate) const STREAM_KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Most entries one page of logs or audit records holds.
pub(crate) const PAGE: u32 = 500;
