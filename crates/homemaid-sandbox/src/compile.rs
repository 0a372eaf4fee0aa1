//! Compiling a plugin's tree in a throw-away worker: hostile source never reaches a parser in the host.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};

use std::path::{Component, Path};

use crate::error::{CompileError, complaint};
use crate::limits::{
    COMPILE_FILES, COMPILE_LIMITS, COMPILE_LINE_BYTES, COMPILE_OUTPUT_BYTES, COMPILE_TIMEOUT, COMPLAINT_BYTES,
};
use crate::sandbox::Sandbox;
use crate::spec::{Program, WorkerSpec};
use crate::worker::ExitReason;

/// The compiler in the image.
const COMPILER: &str = "/usr/lib/homemaid/compile.py";

/// One line of the compiler.
#[derive(Debug, Deserialize)]
struct Answer {
    path: String,
    data: Option<String>,
    error: Option<String>,
    line: Option<u64>,
}

impl Sandbox {
    /// Compiles every Python file of a tree and returns the byte code files by their path in the tree, such as
    /// `pkg/__pycache__/x.cpython-311.pyc`. A file that does not compile is left out: Python will say why when it is run.
    pub async fn compile(&self, tree: &Path) -> Result<Vec<(String, Vec<u8>)>, CompileError> {
        let spec = WorkerSpec {
            name: "compile".to_owned(),
            tree: tree.to_owned(),
            sdk: None,
            program: Program::File {
                path: COMPILER.to_owned(),
            },
            limits: COMPILE_LIMITS,
        };
        let worker = self.start(spec).await?;
        let control = worker.control.clone();
        let work = async {
            let (output, said) = tokio::join!(
                read_to_end(worker.stdout, COMPILE_OUTPUT_BYTES),
                read_tail(worker.stderr, COMPLAINT_BYTES)
            );
            (output, said, control.wait().await)
        };
        let done = tokio::time::timeout(COMPILE_TIMEOUT, work).await;
        let Ok((output, said, exit)) = done else {
            control.kill().await;
            return Err(CompileError::Timeout {
                seconds: COMPILE_TIMEOUT.as_secs(),
            });
        };
        let output = output.ok_or(CompileError::TooMuchOutput {
            bytes: COMPILE_OUTPUT_BYTES,
        })?;
        if exit.reason != ExitReason::Exited(0) {
            let detail = format!("{:?}: {}", exit.reason, complaint(&said));
            return Err(CompileError::Ended { detail });
        }
        parse(&output)
    }
}

/// Reads everything, or `None` when it is more than `most` bytes.
async fn read_to_end(stream: impl AsyncRead + Unpin, most: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let _ = stream.take(limit).read_to_end(&mut output).await;
    (output.len() <= most).then_some(output)
}

/// Reads everything and keeps the last `most` bytes.
async fn read_tail(mut stream: impl AsyncRead + Unpin, most: usize) -> Vec<u8> {
    let (mut tail, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut buffer).await
        && read > 0
    {
        tail.extend_from_slice(&buffer[..read]);
        let excess = tail.len().saturating_sub(most);
        tail.drain(..excess);
    }
    tail
}

fn parse(output: &[u8]) -> Result<Vec<(String, Vec<u8>)>, CompileError> {
    let bad = |detail: String| CompileError::Answer { detail };
    let mut files = BTreeMap::new();
    for line in output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        if line.len() > COMPILE_LINE_BYTES {
            return Err(bad("a line is too long".into()));
        }
        let Answer {
            path,
            data,
            error,
            line,
        } = serde_json::from_slice(line).map_err(|e| bad(e.to_string()))?;
        let Some(data) = data else {
            tracing::debug!(path, ?error, ?line, "a file of the plugin does not compile");
            continue;
        };
        if !is_byte_code_path(&path) {
            return Err(bad(format!("{path:?} is no place for byte code")));
        }
        if files.len() >= COMPILE_FILES {
            return Err(bad(format!("more than {COMPILE_FILES} files")));
        }
        let data = base64(&data).ok_or_else(|| bad(format!("the byte code of {path:?} is no base64")))?;
        if files.insert(path.clone(), data).is_some() {
            return Err(bad(format!("{path:?} comes twice")));
        }
    }
    Ok(files.into_iter().collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Whether a path stays in the tree and names a file in a `__pycache__` folder.
fn is_byte_code_path(path: &str) -> bool {
    let parts: Vec<Component<'_>> = Path::new(path).components().collect();
    let plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    let folder = parts.len().checked_sub(2).and_then(|index| parts.get(index));
    plain
        && path.len() <= 1024
        && !path.chars().any(char::is_control)
        && Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "pyc")
        && folder.is_some_and(|folder| folder.as_os_str() == "__pycache__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_code_and_errors_are_told_apart() {
        let output = b"{\"path\": \"__pycache__/a.cpython-311.pyc\", \"data\": \"AAE=\"}\n\
            {\"path\": \"b.py\", \"error\": \"invalid syntax\", \"line\": 3}\n";
        let files = parse(output).expect("it is well formed");
        assert_eq!(files, [("__pycache__/a.cpython-311.pyc".to_owned(), vec![0, 1])]);
        assert!(parse(b"").expect("an empty tree is no error").is_empty());
    }

    #[test]
    fn hostile_output_is_refused() {
        for line in [
            "not json",
            "[]",
            r#"{"path": "../__pycache__/x.pyc", "data": ""}"#,
            r#"{"path": "/__pycache__/x.pyc", "data": ""}"#,
            r#"{"path": "a/../__pycache__/x.pyc", "data": ""}"#,
            r#"{"path": "main.py", "data": ""}"#,
            r#"{"path": "x.pyc", "data": ""}"#,
            r#"{"path": "__pycache__/x.pyc", "data": "%%"}"#,
            "{\"path\": \"__pycache__/x.pyc\", \"data\": \"\"}\n{\"path\": \"__pycache__/x.pyc\", \"data\": \"\"}",
            r#"{"path": "__pycache__/\u0000.pyc", "data": ""}"#,
        ] {
            assert!(
                matches!(parse(line.as_bytes()), Err(CompileError::Answer { .. })),
                "{line}"
            );
        }
        let many: Vec<String> = (0..=COMPILE_FILES)
            .map(|n| format!("{{\"path\": \"__pycache__/{n}.pyc\", \"data\": \"\"}}"))
            .collect();
        assert!(
            parse(many.join("\n").as_bytes()).is_err(),
            "the number of files is bounded"
        );
    }

    #[tokio::test]
    async fn output_is_bounded() {
        assert_eq!(read_to_end(&b"abc"[..], 3).await, Some(b"abc".to_vec()));
        assert_eq!(read_to_end(&b"abcd"[..], 3).await, None);
        assert_eq!(read_tail(&b"abcdef"[..], 2).await, b"ef");
    }
}
