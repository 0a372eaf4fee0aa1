//! The two ways a client can ask for compression: the whole transport, or single payloads.

use flate2::{Compress, Compression, FlushCompress, Status};

/// How payloads leave.
pub(crate) enum Transport {
    /// As text.
    Plain,
    /// `compress=zlib-stream`: one stream, flushed after every payload.
    Stream(Box<Compress>),
}

impl Transport {
    /// Returns the transport of a `zlib-stream` connection.
    pub(crate) fn stream() -> Self {
        Self::Stream(Box::new(Compress::new(Compression::fast(), true)))
    }

    /// Returns what the client asked for with `compress=`, or `None`.
    pub(crate) fn name(&self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Stream(_) => Some("zlib-stream"),
        }
    }
}

/// Compresses the next payload of a stream; ends in `00 00 FF FF`.
pub(crate) fn stream_payload(stream: &mut Compress, text: &str) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len() / 3 + 64);
    run(stream, text.as_bytes(), &mut output, FlushCompress::Sync);
    output
}

/// Compresses one payload on its own.
pub(crate) fn single_payload(text: &str) -> Vec<u8> {
    let mut stream = Compress::new(Compression::fast(), true);
    let mut output = Vec::with_capacity(text.len() / 3 + 64);
    run(&mut stream, text.as_bytes(), &mut output, FlushCompress::Finish);
    output
}

/// Feeds all of `input` and flushes, growing `output` as needed.
fn run(stream: &mut Compress, input: &[u8], output: &mut Vec<u8>, flush: FlushCompress) {
    let start = stream.total_in();
    loop {
        let fed = usize::try_from(stream.total_in() - start).expect("bounded by the input");
        output.reserve(256);
        let status = stream
            .compress_vec(&input[fed..], output, flush)
            .expect("compressing into memory cannot fail");
        let all_in = stream.total_in() - start == input.len() as u64;
        // Room left over means that the flush is complete.
        if status == Status::StreamEnd
            || (flush != FlushCompress::Finish && all_in && output.len() < output.capacity())
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_stream_decompresses_payload_by_payload() {
        let mut stream = Compress::new(Compression::fast(), true);
        let mut inflate = flate2::Decompress::new(true);
        for text in ["{\"op\":10}", &"{\"big\":\"payload\"}".repeat(5_000), "x"] {
            let bytes = stream_payload(&mut stream, text);
            assert!(
                bytes.ends_with(&[0, 0, 0xFF, 0xFF]),
                "every payload ends with the flush mark"
            );
            let mut output = Vec::with_capacity(text.len() + 64);
            inflate
                .decompress_vec(&bytes, &mut output, flate2::FlushDecompress::Sync)
                .unwrap();
            assert_eq!(output, text.as_bytes());
        }
    }

    #[test]
    fn a_single_payload_stands_alone() {
        let text = "{\"t\":\"READY\"}".repeat(1_000);
        let mut read = String::new();
        flate2::read::ZlibDecoder::new(&single_payload(&text)[..])
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, text);
    }
}
