//! The proof that every limit bites on this machine: for each of them a program that tries to break it, in a worker of its own.

mod judge;
mod stage;

use futures_util::StreamExt;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::time::Instant;

use crate::error::StartError;
use crate::limits::{PROOF_CPU_WINDOW, PROOF_OUTPUT_BYTES, PROOF_TIMEOUT, PROOFS_AT_ONCE};
use crate::sandbox::Sandbox;
use crate::spec::{Program, WorkerSpec};
use crate::worker::{Exit, Worker};
use stage::Stage;

/// One limit, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Short name of the limit.
    pub name: String,
    /// What must happen.
    pub expectation: String,
    /// Whether it did.
    pub held: bool,
    /// What happened.
    pub observed: String,
    /// What to do when it did not hold.
    pub fix: Option<String>,
}

/// A program that tries to break limits, and how its outcome is judged.
struct Attack {
    /// Name of what it attacks, for when it cannot even be tried.
    name: &'static str,
    source: &'static str,
    judge: fn(&Outcome) -> Vec<Proof>,
}

/// What an attack came to.
struct Outcome {
    stdout: String,
    stderr: String,
    exit: Exit,
    /// Connections that reached the host.
    visitors: usize,
}

const ATTACKS: [Attack; 10] = [
    Attack {
        name: "memory",
        source: include_str!("../probes/memory.py"),
        judge: judge::memory,
    },
    Attack {
        name: "processes",
        source: include_str!("../probes/processes.py"),
        judge: judge::processes,
    },
    Attack {
        name: "threads",
        source: include_str!("../probes/threads.py"),
        judge: judge::threads,
    },
    Attack {
        name: "network",
        source: include_str!("../probes/network.py"),
        judge: judge::network,
    },
    Attack {
        name: "file system",
        source: include_str!("../probes/writing.py"),
        judge: judge::writing,
    },
    Attack {
        name: "/tmp",
        source: include_str!("../probes/tmp.py"),
        judge: judge::tmp,
    },
    Attack {
        name: "user",
        source: include_str!("../probes/identity.py"),
        judge: judge::identity,
    },
    Attack {
        name: "system calls",
        source: include_str!("../probes/syscalls.py"),
        judge: judge::syscalls,
    },
    Attack {
        name: "isolation",
        source: include_str!("../probes/isolation.py"),
        judge: judge::isolation,
    },
    Attack {
        name: "environment",
        source: "",
        judge: judge::environment,
    },
];
const CPU: &str = include_str!("../probes/cpu.py");

/// Attacks every limit of a worker and reports what held. Takes a few seconds.
pub async fn prove(sandbox: &Sandbox) -> Vec<Proof> {
    let stage = match Stage::set(&sandbox.shared.run).await {
        Ok(stage) => stage,
        Err(error) => {
            return vec![judge::failed(
                "stage",
                &format!("could not prepare the proofs: {error}"),
                None,
            )];
        }
    };
    let attacks = futures_util::stream::iter(ATTACKS.iter().map(|attack| run(sandbox, &stage, attack)));
    let proofs: Vec<Vec<Proof>> = attacks.buffered(PROOFS_AT_ONCE).collect().await;
    let mut proofs: Vec<Proof> = proofs.into_iter().flatten().collect();
    // Alone: it is a measurement.
    proofs.insert(1, cpu(sandbox, &stage).await);
    proofs
}

async fn run(sandbox: &Sandbox, stage: &Stage, attack: &Attack) -> Vec<Proof> {
    let program = if attack.source.is_empty() {
        Program::Plugin {
            entry: stage::ENTRY.to_owned(),
        }
    } else {
        Program::Code {
            source: attack.source.to_owned(),
            arguments: stage.arguments(attack.name),
        }
    };
    match outcome(sandbox, stage, program).await {
        Ok(outcome) => (attack.judge)(&outcome),
        Err(error) => vec![judge::failed(attack.name, &chain(&error), Some(error.fix()))],
    }
}

async fn start(sandbox: &Sandbox, stage: &Stage, program: Program) -> Result<Worker, StartError> {
    let spec = WorkerSpec {
        program,
        ..WorkerSpec::plugin("proof", stage.tree(), stage::ENTRY)
    };
    sandbox.start(spec).await
}

async fn outcome(sandbox: &Sandbox, stage: &Stage, program: Program) -> Result<Outcome, StartError> {
    let Worker {
        stdin: _stdin,
        stdout,
        stderr,
        control,
    } = start(sandbox, stage, program).await?;
    let work = async { tokio::join!(text(stdout), text(stderr), control.wait()) };
    let (stdout, stderr, exit) = match tokio::time::timeout(PROOF_TIMEOUT, work).await {
        Ok(ended) => ended,
        Err(_) => (
            String::new(),
            "it did not end in time".to_owned(),
            control.kill().await,
        ),
    };
    control.cleaned().await;
    Ok(Outcome {
        stdout,
        stderr,
        exit,
        visitors: stage.visitors(),
    })
}

async fn text(stream: impl AsyncRead + Unpin) -> String {
    let mut output = Vec::new();
    let _ = stream.take(PROOF_OUTPUT_BYTES).read_to_end(&mut output).await;
    String::from_utf8_lossy(&output).into_owned()
}

/// Measures how much CPU two busy processes get.
async fn cpu(sandbox: &Sandbox, stage: &Stage) -> Proof {
    let program = Program::Code {
        source: CPU.to_owned(),
        arguments: Vec::new(),
    };
    let worker = match start(sandbox, stage, program).await {
        Ok(worker) => worker,
        Err(error) => return judge::failed("CPU", &chain(&error), Some(error.fix())),
    };
    let mut lines = BufReader::new(worker.stdout.take(PROOF_OUTPUT_BYTES)).lines();
    let both = async {
        for _ in 0..2 {
            lines.next_line().await.ok().flatten()?;
        }
        Some(())
    };
    if tokio::time::timeout(PROOF_TIMEOUT, both)
        .await
        .ok()
        .flatten()
        .is_none()
    {
        return judge::failed("CPU", "the busy processes did not start", None);
    }
    let control = worker.control;
    if let Err(error) = control.booted() {
        return judge::failed("CPU", &chain(&error), None);
    }
    let (start, before, held_back) = (Instant::now(), control.usage(), control.throttled());
    tokio::time::sleep(PROOF_CPU_WINDOW).await;
    let used = control.usage().cpu_usec.saturating_sub(before.cpu_usec);
    let held_back = control.throttled().saturating_sub(held_back);
    let elapsed = start.elapsed();
    control.kill().await;
    control.cleaned().await;
    judge::cpu(used, elapsed, held_back)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
