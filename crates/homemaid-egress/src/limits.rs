//! Every bound of outbound HTTP (wire §6.6, caps §5). The contract's own numbers first, the host's own protection
//! after them.

use std::time::Duration;

/// Largest body handed to a plugin, in bytes after decompression; what is longer is cut and marked `truncated`.
pub const BODY_BYTES: usize = 1 << 20;
/// Most redirects followed in one request.
pub const REDIRECTS: usize = 5;
/// Longest request, from the call to the last byte of the answer, redirects included; real time, also in the lab.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Largest body a plugin may send, in bytes.
pub const REQUEST_BODY_BYTES: usize = 1 << 20;

/// Longest URL, in bytes; a redirect's address as well.
pub const URL_BYTES: usize = 8 << 10;
/// Most headers a plugin may send.
pub const REQUEST_HEADERS: usize = 64;
/// Most bytes of them, names and values.
pub const REQUEST_HEADER_BYTES: usize = 32 << 10;
/// Longest method, in characters.
pub const METHOD_CHARS: usize = 20;
/// Most headers of an answer: the HTTP library's own bound, named here because more end the request.
pub const ANSWER_HEADERS: usize = 100;
/// Most bytes of them, names and values; more end the request.
pub const ANSWER_HEADER_BYTES: usize = 64 << 10;
/// Most bytes read of a compressed body: twice what may come out of it.
pub(crate) const WIRE_BYTES: usize = 2 * BODY_BYTES;
/// Most pieces of a body that are read: chunks of a byte would cost a processor a million turns.
pub(crate) const PIECES: usize = 32 << 10;
/// Largest window a zstd body may ask for, as a power of two: 8 MiB, as RFC 9659 has it.
pub(crate) const ZSTD_WINDOW_LOG: u32 = 23;
/// Bodies decompressed at the same time; a decoder's window takes up to 16 MiB.
pub(crate) const DECODERS: usize = 4;
/// Longest wait for a connection.
pub(crate) const CONNECT: Duration = Duration::from_secs(8);
/// Requests under way at the same time, of all installations.
pub(crate) const IN_FLIGHT: usize = 32;
/// Requests under way at the same time, of one installation; further ones wait within their deadline.
pub(crate) const IN_FLIGHT_PER_LANE: usize = 4;
/// Names looked up at the same time: a lookup cannot be taken back, so the threads it may hold are bounded.
pub(crate) const LOOKUPS: usize = 16;
/// Most addresses of a name that are tried.
pub(crate) const ADDRESSES: usize = 8;

/// Largest file of canned answers, in bytes.
pub(crate) const ANSWERS_FILE_BYTES: u64 = 4 << 20;
/// Most answers in it.
pub(crate) const ANSWERS: usize = 1_000;
