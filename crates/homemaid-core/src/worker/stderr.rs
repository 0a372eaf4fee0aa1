//! A worker's stderr: free text, line by line into its log (wire §1).

use std::sync::Arc;

use homemaid_protocol::{PluginLog, printable};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::installation::Installation;
use crate::services::{LogSource, Services};

/// Longest part of a line that is kept, in bytes; the rest of it is skipped.
const LINE_BYTES: usize = 16 << 10;
const READ_BYTES: usize = 8 << 10;

/// Reads until the worker closes it.
pub(crate) async fn run(
    services: Arc<Services>,
    installation: Arc<Installation>,
    mut stderr: impl AsyncRead + Unpin,
) {
    let mut lines = TextLines::default();
    let mut buffer = vec![0; READ_BYTES];
    let mut store = |line: &[u8]| {
        let message = printable(line);
        if !message.trim().is_empty() {
            let log = PluginLog {
                message,
                ..PluginLog::default()
            };
            services.plugin_log(&installation, LogSource::Stderr, log);
        }
    };
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        lines.push(&buffer[..count], &mut store);
    }
    lines.finish(&mut store);
}

/// Cuts text into lines, each at most [`LINE_BYTES`].
#[derive(Debug, Default)]
struct TextLines {
    line: Vec<u8>,
}

impl TextLines {
    fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_BYTES - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                each(&self.line);
                self.line.clear();
            }
        }
    }

    fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        each(&self.line);
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut all) = (TextLines::default(), Vec::new());
        for chunk in chunks {
            lines.push(chunk, |line| all.push(line.to_vec()));
        }
        lines.finish(|line| all.push(line.to_vec()));
        all
    }

    #[test]
    fn lines_come_whole_however_they_arrive() {
        assert_eq!(
            lines(&[b"Trace", b"back\n  Fi", b"le\n\nlast"]),
            [&b"Traceback\n"[..], b"  File\n", b"\n", b"last"]
        );
    }

    #[test]
    fn an_endless_line_costs_no_more_than_its_kept_part() {
        let mut lines = TextLines::default();
        for _ in 0..1_000 {
            lines.push(&[b'x'; 4_096], |_| panic!("no line ended"));
            assert!(lines.line.len() <= LINE_BYTES);
        }
        let mut ended = 0;
        lines.push(b"\nnext\n", |_| ended += 1);
        assert_eq!(ended, 2);
    }
}
