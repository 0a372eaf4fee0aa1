//! The `homemaid` command: arguments, terminal output and exit codes. What it does is in `homemaid-app`;
//! `homemaid plugin` and `homemaid audit` are clients of the HTTP API of the appliance that runs.
//!
//! Exit codes: 0 done; 1 it did not work, with the reason on stderr; 2 wrong arguments; 3 this machine cannot run
//! plugins safely, with the fix on stderr.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the front end that prints"
)]

mod arguments;
mod audit;
mod backup;
mod client;
mod data;
mod doctor;
mod plugin;
mod secrets;
mod trial;

use std::process::ExitCode;

use clap::Parser as _;
use homemaid_app::{Refusal, enter_delegated_scope};

use crate::arguments::{Arguments, Command};

/// Exit code of a machine that cannot run plugins safely; the service unit does not restart on it.
const UNSAFE_MACHINE: u8 = 3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("homemaid: {error:#}");
            let refusal = error.chain().find_map(|cause| cause.downcast_ref::<Refusal>());
            if let Some(fix) = refusal.and_then(Refusal::fix) {
                eprintln!("What to do: {fix}");
            }
            ExitCode::from(if refusal.is_some() { UNSAFE_MACHINE } else { 1 })
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Before any thread exists: this may replace the process.
    if arguments.command.runs_workers() {
        enter_delegated_scope().map_err(Refusal::from)?;
    }
    homemaid_app::start_tracing(arguments.verbose, arguments.log_json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(options) => {
                homemaid_app::serve(options.into_config(arguments.data_dir)?, |line| {
                    println!("{line}");
                })
                .await?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Try(options) => trial::run(options).await,
            Command::Doctor(options) => doctor::run(options).await,
            Command::Plugin(command) => plugin::run(command, arguments.data_dir).await,
            Command::Token(command) => secrets::token(command, arguments.data_dir).await,
            Command::Secrets(command) => secrets::secrets(command, arguments.data_dir).await,
            Command::Export(options) => data::export(options, arguments.data_dir).await,
            Command::Person(command) => data::person(command, arguments.data_dir).await,
            Command::Audit(command) => audit::run(command, arguments.data_dir).await,
            Command::Backup(options) => backup::backup(options, arguments.data_dir).await,
            Command::RecoverySheet { file } => backup::sheet(&file, arguments.data_dir).await,
            Command::Restore(options) => backup::restore(options, arguments.data_dir).await,
            Command::Openapi => {
                println!("{}", homemaid_app::openapi_json());
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
