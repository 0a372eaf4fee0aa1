//! Start of a worker: from the owner's word to the first handled event, against `podman run` printing one line.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use homemaid_core::{CoreEvent, WorkerState};
use homemaid_protocol::InstallationId;
use homemaid_sandbox::SandboxFacts;
use homemaid_testkit::{TestHost, share};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use crate::Effort;
use crate::bare::BareHost;
use crate::sample::{Comparison, Sample};

/// A start that takes longer is not coming.
const PATIENCE: Duration = Duration::from_secs(60);
const AIM: f64 = 1.5;

/// What a person types who wants the same locks: the sandbox's limits, without its cgroup, gate and checks.
const LOCKS: [&str; 20] = [
    "--network=none",
    "--ipc=none",
    "--no-hosts",
    "--hostname=plugin",
    "--memory=64m",
    "--memory-swap=64m",
    "--pids-limit=32",
    "--cpu-period=100000",
    "--cpu-quota=25000",
    "--ulimit=nofile=1024:1024",
    // Podman's own default is above what some machines may hand out.
    "--ulimit=nproc=1024:1024",
    "--ulimit=core=0:0",
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp:rw,size=16777216,mode=1777,nosuid,nodev,noexec",
    "--image-volume=ignore",
    "--user=65534:65534",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--unsetenv-all",
];
const ENTRYPOINT: &str = r#"--entrypoint=["/usr/bin/python3.11","-I","-B","-u","-X","utf8"]"#;

pub(crate) async fn measure(effort: Effort) -> anyhow::Result<[Comparison; 2]> {
    let host = TestHost::start().await?;
    let id = host.install("bench_maid", &["storage:kv"]).await?;
    let bare = BareHost::open().await?;
    let (mut appliance, mut sandbox) = (Sample::default(), Sample::default());
    let (mut podman, mut podman_again) = (Sample::default(), Sample::default());
    // The first turn of each warms the page cache.
    for turn in 0..=effort.starts {
        let through_appliance = start_in_appliance(&host, &id).await?;
        let first = podman_run(bare.facts(), turn * 2).await?;
        let through_sandbox = start_bare(&bare).await?;
        let second = podman_run(bare.facts(), turn * 2 + 1).await?;
        if turn > 0 {
            appliance.add(through_appliance);
            podman.add(first);
            sandbox.add(through_sandbox);
            podman_again.add(second);
        }
    }
    bare.close().await;
    host.stop().await?;
    Ok([
        Comparison {
            what: "start to first event",
            ours: ("appliance", appliance),
            peer: ("podman run", podman),
            aim: Some(AIM),
        },
        Comparison {
            what: "  of that, the sandbox",
            ours: ("bare loop", sandbox),
            peer: ("podman run", podman_again),
            aim: None,
        },
    ])
}

/// Enables the stopped plugin and posts a message; returns the time until its handler is through.
async fn start_in_appliance(host: &TestHost, id: &InstallationId) -> anyhow::Result<Duration> {
    host.core().disable(id).await?;
    host.look(id, |view| view.state == WorkerState::Stopped).await?;
    let mut news = host.core().subscribe();
    let begun = Instant::now();
    host.core().enable(id).await?;
    // A message that comes before the plugin is on its way up is for nobody.
    host.look(id, |view| {
        matches!(view.state, WorkerState::Starting | WorkerState::Running)
    })
    .await?;
    host.post("bob", "first light")?;
    let finished = async {
        loop {
            match news.recv().await {
                Ok(CoreEvent::EventFinished {
                    installation, failed, ..
                }) if installation == id.to_string() => return failed.map_or(Ok(()), |why| bail!("{why}")),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => bail!("the core is gone"),
            }
        }
    };
    timeout(PATIENCE, finished)
        .await
        .context("the first event was not handled")??;
    Ok(begun.elapsed())
}

/// Starts a worker under the bare loop; returns the time until its first event is acknowledged.
async fn start_bare(bare: &BareHost) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut worker = bare.start().await?;
    tokio::task::block_in_place(|| worker.post("first light"))?;
    let time = begun.elapsed();
    worker.stop().await;
    Ok(time)
}

/// Runs the image once; returns the time until its line is there.
async fn podman_run(facts: &SandboxFacts, number: usize) -> anyhow::Result<Duration> {
    let seccomp = format!("--security-opt=seccomp={}", share().seccomp().display());
    let name = format!("--name=homemaid-bench-{}-{number}", std::process::id());
    let begun = Instant::now();
    let mut child = Command::new("podman")
        .env("STORAGE_DRIVER", &facts.storage_driver)
        .args(["--runtime", &facts.runtime, "--cgroup-manager", "cgroupfs"])
        .args(["run", "--rm", "--pull=never", "--log-driver=none"])
        .args(LOCKS)
        .args([&seccomp, &name, ENTRYPOINT, &facts.image])
        .args(["-c", "print('up')"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .context("podman run printed nothing")??;
    let time = begun.elapsed();
    ensure!(line.as_deref() == Some("up"), "podman run printed {line:?}");
    let status = timeout(PATIENCE, child.wait())
        .await
        .context("podman run did not end")??;
    ensure!(status.success(), "podman run ended with {status}");
    Ok(time)
}
