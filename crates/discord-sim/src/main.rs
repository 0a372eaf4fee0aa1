//! The command `discord-sim`: one simulated Discord, until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use discord_sim::{PermissionAnswer, PermissionCase, RateLimitMode, Seed, SimConfig, Simulator};

/// A simulated Discord on loopback for testing bots.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where to listen; loopback only, port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: SocketAddr,
    /// A YAML or JSON file with guilds, channels, roles and members.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// The bot's token; random when absent.
    #[arg(long, env = "DISCORD_SIM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Answer 429 where Discord would, instead of only announcing the limits.
    #[arg(long)]
    rate_limits: bool,
}

/// What else the command does.
#[derive(Debug, Subcommand)]
enum Command {
    /// Read a JSON list of permission cases and print what each member may do.
    Permissions,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "discord_sim=warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(Command::Permissions) = arguments.command {
        return permissions();
    }
    let seed = match &arguments.seed {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("could not read the seed {}: {error}", path.display()))?;
            Some(Seed::parse(&text)?)
        }
        None => None,
    };
    let sim = Simulator::start(SimConfig {
        addr: arguments.addr,
        seed,
        token: arguments.token,
        rate_limits: if arguments.rate_limits {
            RateLimitMode::Enforced
        } else {
            RateLimitMode::Announced
        },
        ..SimConfig::default()
    })
    .await?;
    announce(&sim);
    tokio::signal::ctrl_c().await?;
    sim.shutdown().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the command's own output")]
fn permissions() -> Result<(), Box<dyn std::error::Error>> {
    let cases: Vec<PermissionCase> = serde_json::from_reader(std::io::stdin().lock())
        .map_err(|error| format!("could not read the permission cases: {error}"))?;
    let answers: Vec<PermissionAnswer> = cases.iter().map(PermissionCase::answer).collect();
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the command's own output")]
fn announce(sim: &Simulator) {
    let base = sim.rest_base();
    println!("base URL:    {}", base.as_str().trim_end_matches('/'));
    println!("REST:        {base}api/v10");
    println!("gateway URL: {}", sim.gateway_url());
    println!("bot token:   {}", sim.bot_token());
    println!("control URL: {base}sim");
}

#[expect(clippy::print_stderr, reason = "this is the command's own output")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("discord-sim: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        eprintln!("  because {inner}");
        cause = inner.source();
    }
}
