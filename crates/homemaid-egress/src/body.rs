//! Reading an answer's body: never more than the cap, whatever the server sends.
//!
//! The compressed bytes are read first (at most [`WIRE_BYTES`]), then decompressed on a thread that may block, a few at
//! a time: a bomb costs one of those threads at most a megabyte of output.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use futures_util::StreamExt as _;
use http::header::{CONTENT_ENCODING, HeaderMap};
use tokio::sync::Semaphore;

use crate::limits::{BODY_BYTES, PIECES, WIRE_BYTES, ZSTD_WINDOW_LOG};

/// A body as the plugin gets it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) truncated: bool,
    /// The coding was taken off, so that the headers that name it are no longer true.
    pub(crate) decoded: bool,
}

/// What the host asks servers for.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Plain,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
    /// One nobody asked for, or several on top of each other; passed on as it is.
    Other,
}

impl Coding {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::Plain;
        let named = headers
            .get_all(CONTENT_ENCODING)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        for name in named {
            let coding = match name.trim_ascii().to_ascii_lowercase().as_slice() {
                b"" | b"identity" => continue,
                b"gzip" | b"x-gzip" => Self::Gzip,
                b"deflate" => Self::Deflate,
                b"br" => Self::Brotli,
                b"zstd" => Self::Zstd,
                _ => Self::Other,
            };
            found = if found == Self::Plain { coding } else { Self::Other };
        }
        found
    }

    fn is_decoded(self) -> bool {
        !matches!(self, Self::Plain | Self::Other)
    }
}

/// Reads the body; `Err` is a connection that broke (its own error) or a body that is not what its header says (`None`).
pub(crate) async fn read<E>(
    coding: Coding,
    stream: impl futures_util::Stream<Item = Result<bytes::Bytes, E>>,
    decoders: &Arc<Semaphore>,
) -> Result<Body, Option<E>> {
    let cap = if coding.is_decoded() {
        WIRE_BYTES
    } else {
        BODY_BYTES
    };
    let mut wire = Vec::new();
    let (mut cut, mut pieces) = (false, 0);
    let mut stream = std::pin::pin!(stream);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(Some)?;
        let room = cap - wire.len();
        wire.extend_from_slice(&chunk[..chunk.len().min(room)]);
        pieces += 1;
        if chunk.len() > room || pieces > PIECES {
            cut = true;
            break;
        }
    }
    if !coding.is_decoded() || wire.is_empty() {
        return Ok(Body {
            bytes: wire,
            truncated: cut,
            decoded: coding.is_decoded(),
        });
    }
    let permit = Arc::clone(decoders).acquire_owned().await.map_err(|_| None)?;
    let decoded = tokio::task::spawn_blocking(move || {
        let _held = permit;
        decode(coding, &wire, cut)
    });
    match decoded.await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

fn decode(coding: Coding, wire: &[u8], cut: bool) -> io::Result<Body> {
    let mut bytes = Vec::new();
    let cap = u64::try_from(BODY_BYTES).unwrap_or(u64::MAX) + 1;
    let end = decoder(coding, wire)?.take(cap).read_to_end(&mut bytes);
    let full = bytes.len() > BODY_BYTES;
    bytes.truncate(BODY_BYTES);
    match end {
        // The rest was not read, so that it cannot end well.
        Err(_) if full || cut => {}
        end => drop(end?),
    }
    Ok(Body {
        bytes,
        truncated: full || cut,
        decoded: true,
    })
}

fn decoder<'w>(coding: Coding, wire: &'w [u8]) -> io::Result<Box<dyn Read + 'w>> {
    let input = Cursor::new(wire);
    Ok(match coding {
        Coding::Plain | Coding::Other => Box::new(input),
        Coding::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        // The standard means zlib; some servers send the bare stream, and browsers take both.
        Coding::Deflate if is_zlib(wire) => Box::new(flate2::read::ZlibDecoder::new(input)),
        Coding::Deflate => Box::new(flate2::read::DeflateDecoder::new(input)),
        Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(input, 4096)),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    })
}

fn is_zlib(wire: &[u8]) -> bool {
    match wire {
        [cmf, flg, ..] => cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0,
        _ => false,
    }
}
