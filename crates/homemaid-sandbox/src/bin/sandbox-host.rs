//! The smallest host, for tests and for trying a machine: proves the limits, or holds one stubborn worker until somebody kills it.
//!
//! ```text
//! sandbox-host doctor DATA_DIR IMAGE_TAR SECCOMP INSTANCE    prints one line for each limit; exit code 1 when one did not hold
//! sandbox-host hold DATA_DIR IMAGE_TAR SECCOMP INSTANCE      starts a worker that ignores everything and prints its process id
//! ```
//!
//! Exit code 3 when the sandbox refuses this machine.
#![expect(clippy::print_stdout, reason = "a command for people and tests")]

use std::process::ExitCode;

use homemaid_sandbox::{Program, Sandbox, SandboxConfig, WorkerSpec, prove};

const STUBBORN: &str = "import os, signal, time\n\
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE): signal.signal(name, signal.SIG_IGN)\n\
    os.write(1, b'up\\n')\nwhile True: time.sleep(0.05)\n";
const REFUSED: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, data, image, seccomp, instance] = &arguments[..] else {
        println!("usage: sandbox-host doctor|hold DATA_DIR IMAGE_TAR SECCOMP INSTANCE");
        return ExitCode::from(2);
    };
    let sandbox = match Sandbox::open(SandboxConfig::new(data, image, seccomp, instance)).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            println!("REFUSED {}: {error:#}; fix: {}", error.code(), error.fix());
            return ExitCode::from(REFUSED);
        }
    };
    println!("{:?}", sandbox.facts());
    if what == "hold" {
        hold(&sandbox).await
    } else {
        doctor(&sandbox).await
    }
}

async fn doctor(sandbox: &Sandbox) -> ExitCode {
    let proofs = prove(sandbox).await;
    for proof in &proofs {
        let held = if proof.held { "held" } else { "BROKEN" };
        println!(
            "{held} {}: {} ({})",
            proof.name, proof.observed, proof.expectation
        );
    }
    sandbox.close().await;
    ExitCode::from(u8::from(proofs.iter().any(|proof| !proof.held)))
}

async fn hold(sandbox: &Sandbox) -> ExitCode {
    let tree = tempfile::tempdir().expect("a temporary directory");
    let spec = WorkerSpec {
        program: Program::Code {
            source: STUBBORN.to_owned(),
            arguments: Vec::new(),
        },
        ..WorkerSpec::plugin("stubborn", open_to_all(tree.path()), "__main__.py")
    };
    match sandbox.start(spec).await {
        Ok(worker) => {
            println!("HOLDING {}", worker.control.pid());
            std::future::pending::<()>().await;
            drop(worker);
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("FAILED {error}");
            ExitCode::FAILURE
        }
    }
}

fn open_to_all(dir: &std::path::Path) -> &std::path::Path {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).expect("its mode can be set");
    dir
}
