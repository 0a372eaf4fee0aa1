//! The peer of the appliance: a real worker at the other end of the least host that makes the SDK work, one thread
//! with blocking reads and writes that answers every call with the same constant.

use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use homemaid_protocol::message::{self, Boot};
use homemaid_protocol::{CapabilitySet, Event, EventType, GuildId, InstallationId};
use homemaid_sandbox::{Sandbox, SandboxConfig, SandboxFacts, StopTimes, WorkerControl, WorkerSpec};
use homemaid_testkit::{fixture, share};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

const PLUGIN: &str = "bench_maid";
const ENTRY: &str = "__main__.py";
const VERSION: &str = "1.0.0";
const GUILD: u64 = 1;
const BOOT_ID: &str = "h:1";
/// What every call is answered.
const RESULT: &str = r#"{"value":{"value_json":1}}"#;

/// A sandbox of its own, with the plugin compiled as the appliance does it.
pub(crate) struct BareHost {
    sandbox: Sandbox,
    tree: PathBuf,
    _data: TempDir,
}

/// A worker and the loop's ends of its pipes.
pub(crate) struct BareWorker {
    control: WorkerControl,
    stdin: File,
    stdout: BufReader<File>,
    // The plugin does not complain; its pipe only has to stay open.
    _stderr: tokio::net::unix::pipe::Receiver,
    installation: InstallationId,
    grants: CapabilitySet,
    events: u64,
}

/// As much of a line as the loop looks at.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

impl BareHost {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let data = tempfile::Builder::new().prefix("homemaid-bench-").tempdir()?;
        let share = share();
        let instance = format!("bench-{}", std::process::id());
        let config = SandboxConfig::new(data.path().join("data"), share.image(), share.seccomp(), instance);
        let sandbox = Sandbox::open(config).await?;
        let tree = data.path().join("tree");
        fs::create_dir(&tree)?;
        fs::copy(fixture(PLUGIN).join(ENTRY), tree.join(ENTRY))?;
        for (path, bytes) in sandbox.compile(&tree).await? {
            let file = tree.join(path);
            fs::create_dir_all(file.parent().context("a file is in a folder")?)?;
            fs::write(file, bytes)?;
        }
        for folder in [tree.clone(), tree.join("__pycache__")] {
            fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        }
        Ok(Self {
            sandbox,
            tree,
            _data: data,
        })
    }

    pub(crate) fn facts(&self) -> &SandboxFacts {
        self.sandbox.facts()
    }

    /// Starts the plugin and returns when it has answered `host.boot`.
    pub(crate) async fn start(&self) -> anyhow::Result<BareWorker> {
        let spec = WorkerSpec::plugin(PLUGIN, &self.tree, ENTRY);
        let worker = self.sandbox.start(spec).await?;
        let mut worker = BareWorker {
            control: worker.control,
            stdin: File::from(worker.stdin.into_blocking_fd()?),
            stdout: BufReader::new(File::from(worker.stdout.into_blocking_fd()?)),
            _stderr: worker.stderr,
            installation: InstallationId::new(PLUGIN.parse()?, GuildId::new(GUILD)),
            grants: ["storage:kv".parse()?].into_iter().collect(),
            events: 0,
        };
        tokio::task::block_in_place(|| worker.boot())?;
        worker.control.booted()?;
        Ok(worker)
    }

    pub(crate) async fn close(self) {
        self.sandbox.close().await;
    }
}

impl BareWorker {
    fn boot(&mut self) -> anyhow::Result<()> {
        let line = message::boot(
            BOOT_ID,
            &Boot {
                installation: &self.installation,
                version: VERSION,
                capabilities: &self.grants,
                host_cron: &[],
            },
        );
        self.stdin.write_all(&line)?;
        let id = format!("\"{BOOT_ID}\"");
        self.until(|line| (line.id?.get() == id && line.method.is_none()).then_some(()))
    }

    /// Sends a message event, answers calls until it is acknowledged, and returns the last line the plugin logged.
    pub(crate) fn post(&mut self, content: &str) -> anyhow::Result<Option<String>> {
        self.events += 1;
        let payload = json!({
            "channel_id": "2", "message_id": "3", "author_id": "4", "author_username": "bob",
            "author_bot": false, "content": content,
        });
        let event = Event::new(
            format!("e{}", self.events),
            EventType::MessageCreate,
            GuildId::new(GUILD),
            &payload,
        )?;
        let line = message::event(&event, &self.installation, VERSION, &self.grants);
        self.stdin.write_all(&line)?;
        let mut logged = None;
        self.until(|line| {
            match line.method?.get() {
                r#""plugin.log""# => logged = line.params.and_then(log_message),
                r#""event.ack""# => return Some(()),
                _ => {}
            }
            None
        })?;
        Ok(logged)
    }

    /// Answers every request with the constant until another line is the wanted one.
    fn until<T>(&mut self, mut wanted: impl FnMut(&Line<'_>) -> Option<T>) -> anyhow::Result<T> {
        let (mut read, mut answer) = (Vec::new(), Vec::new());
        loop {
            read.clear();
            ensure!(
                self.stdout.read_until(b'\n', &mut read)? > 0,
                "the worker closed its output"
            );
            let line: Line<'_> = serde_json::from_slice(&read)?;
            if let (Some(id), Some(_)) = (line.id, line.method) {
                answer.clear();
                writeln!(
                    answer,
                    r#"{{"jsonrpc":"2.0","id":{},"result":{RESULT}}}"#,
                    id.get()
                )?;
                self.stdin.write_all(&answer)?;
            } else if let Some(found) = wanted(&line) {
                return Ok(found);
            }
        }
    }

    /// Closes the worker's input and waits until nothing of it is left.
    pub(crate) async fn stop(self) {
        drop(self.stdin);
        self.control.terminate(StopTimes::default()).await;
        self.control.cleaned().await;
    }
}

fn log_message(params: &RawValue) -> Option<String> {
    let params: Map<String, Value> = serde_json::from_str(params.get()).ok()?;
    Some(params.get("message")?.as_str()?.to_owned())
}
