//! The real binary, run as its own process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use homemaid_app::{Runtime, SHARE_VARIABLE};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::places::{binary, repository};

/// How long a start may take on a busy machine; a test that runs into it has failed anyway.
const START: Duration = Duration::from_secs(120);

/// A running `homemaid serve` with its lab.
pub struct ServeProcess {
    child: Child,
    runtime: Runtime,
    data_dir: PathBuf,
    /// The page's address with the one-time token, at a first start.
    pub setup_url: Option<String>,
    http: reqwest::Client,
}

impl ServeProcess {
    /// Starts the binary on `data_dir` with more arguments, and waits until it answers.
    pub async fn start(data_dir: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        Self::spawn(data_dir, arguments, Stdio::inherit()).await
    }

    /// Starts it with what it logs in a file; see [`start`](Self::start).
    pub async fn start_logged(data_dir: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Self> {
        Self::spawn(data_dir, arguments, std::fs::File::create(log)?.into()).await
    }

    async fn spawn(data_dir: &Path, arguments: &[&str], stderr: Stdio) -> anyhow::Result<Self> {
        let mut child = Command::new(binary("homemaid"))
            .args(["serve", "--lab", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(arguments)
            .env(SHARE_VARIABLE, repository().join("build/share"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
        let read = async {
            while let Some(line) = lines.next_line().await? {
                let line = line.trim();
                if line.starts_with("http://") {
                    return Ok(line.contains("#setup=").then(|| line.to_owned()));
                }
            }
            bail!("homemaid serve ended before it printed its address")
        };
        let setup_url = tokio::time::timeout(START, read)
            .await
            .context("homemaid serve did not start")??;
        // The pipe must be drained, or the process would block on its last words.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let runtime = Runtime::find(data_dir)?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            child,
            runtime,
            data_dir: data_dir.to_owned(),
            setup_url,
            http,
        })
    }

    /// Returns the base URL of the HTTP API.
    pub fn url(&self) -> &str {
        &self.runtime.url
    }

    /// Returns the data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.runtime.pid
    }

    /// Sends a request as the owner's command line would; the answer is JSON or null.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (status, text) = self.ask(method, path, body).await?;
        ensure!((200..300).contains(&status), "{path} answered {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends a request as the owner's command line would; returns the status and the answer, whatever they are.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, String)> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.runtime.url))
            .bearer_auth(&self.runtime.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Opens the live stream of the API.
    pub async fn live(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let request = self
            .http
            .get(format!("{}{path}", self.runtime.url))
            .bearer_auth(&self.runtime.token);
        Ok(request.send().await?.error_for_status()?)
    }

    /// Runs a subcommand of the binary on the same data directory; returns its exit status, stdout and stderr.
    pub async fn command(&self, arguments: &[&str]) -> anyhow::Result<(ExitStatus, String, String)> {
        let output = Command::new(binary("homemaid"))
            .args(arguments)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .stdin(Stdio::null())
            .output()
            .await?;
        Ok((
            output.status,
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }

    /// Kills the process as a power cut would, and waits until it is gone.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.start_kill()?;
        self.child.wait().await?;
        Ok(())
    }

    /// Sends a signal by name, for example `TERM`.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status()
            .await?;
        ensure!(status.success(), "kill -{name} failed");
        Ok(())
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(tokio::time::timeout(START, self.child.wait())
            .await
            .context("homemaid serve did not stop")??)
    }

    /// Stops the process with the first signal and checks that it ended well.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        let status = self.ended().await?;
        ensure!(status.success(), "homemaid serve ended with {status}");
        Ok(())
    }
}
