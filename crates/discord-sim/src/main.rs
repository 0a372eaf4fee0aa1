//! The command `discord-sim`: one simulated Discord, until it is interrupted.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use discord_sim::{
    Clock, FaultSpec, PermissionAnswer, PermissionCase, PrivilegedIntents, RateLimitMode, Recording, Seed,
    SimConfig, Simulator, limits, routes,
};

type Failure = Box<dyn Error>;

/// A simulated Discord on loopback for testing bots.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where to listen; loopback only, port 0 takes any free one.
    #[arg(long, visible_alias = "listen", default_value = "127.0.0.1:0")]
    addr: SocketAddr,
    /// A YAML or JSON file with guilds, channels, roles and members, or an exported state.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Begin with a recording: its state, and all of its acts done again.
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    replay: Option<PathBuf>,
    /// The bot's token; random when absent.
    #[arg(long, env = "DISCORD_SIM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// What whoever uses the control API has to show as `Authorization: Bearer`; nothing when absent.
    #[arg(long, env = "DISCORD_SIM_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// What becomes of rate limits: off, announced in headers, or enforced with 429 as Discord does.
    #[arg(long, value_name = "MODE", default_value = "announced", num_args = 0..=1, default_missing_value = "enforced")]
    rate_limits: Limits,
    /// The privileged intents that are on in the developer portal, separated by commas; or `none`.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "members,presences,message_content"
    )]
    intents: Vec<Intent>,
    /// A fault, for example `{fault: latency, ms: 200, path: /channels/*/messages}`; may be repeated.
    #[arg(long, value_name = "YAML")]
    fault: Vec<String>,
    /// Let the clock stand from the start, until it is advanced through the control API.
    #[arg(long)]
    freeze: bool,
    /// What the clock shows at the start, for example 2026-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME")]
    time: Option<jiff::Timestamp>,
    /// How often clients have to send a heartbeat, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 41_250, value_parser = clap::value_parser!(u64).range(100..=600_000))]
    heartbeat: u64,
    /// Allow identifies without the five seconds that Discord wants between them.
    #[arg(long)]
    no_identify_limit: bool,
}

/// What becomes of rate limits.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Limits {
    Off,
    Announced,
    Enforced,
}

/// A privileged intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Intent {
    Members,
    Presences,
    MessageContent,
    None,
}

/// What else the command does.
#[derive(Debug, Subcommand)]
enum Command {
    /// Read a JSON list of permission cases and print what each member may do.
    Permissions,
    /// Print the routes that are implemented, as a table.
    Routes,
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

async fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Some(Command::Permissions) => return permissions(),
        Some(Command::Routes) => return print_routes(),
        None => {}
    }
    let replay: Option<Recording> = match &arguments.replay {
        Some(path) => Some(serde_json::from_str(&read(path)?)?),
        None => None,
    };
    let seed = match &arguments.seed {
        Some(path) => Some(Seed::parse(&read(path)?)?),
        None => None,
    };
    let clock = Clock::default();
    if let Some(time) = arguments.time {
        clock.set(time);
    }
    if arguments.freeze {
        clock.freeze();
    }
    let sim = Simulator::start(SimConfig {
        addr: arguments.addr,
        seed,
        token: arguments.token,
        control_token: arguments.control_token,
        clock,
        rate_limits: match arguments.rate_limits {
            Limits::Off => RateLimitMode::Off,
            Limits::Announced => RateLimitMode::Announced,
            Limits::Enforced => RateLimitMode::Enforced,
        },
        identify_limit: !arguments.no_identify_limit,
        heartbeat_interval: Duration::from_millis(arguments.heartbeat),
    })
    .await?;
    let control = sim.control();
    let on = |intent| arguments.intents.contains(&intent);
    let all = PrivilegedIntents::default();
    let wanted = PrivilegedIntents {
        members: on(Intent::Members),
        presences: on(Intent::Presences),
        message_content: on(Intent::MessageContent),
    };
    // What a seed says of them holds unless the command line says something else.
    if wanted != all {
        control.set_privileged_intents(wanted);
    }
    for text in &arguments.fault {
        let fault: FaultSpec = serde_norway::from_str(text)
            .map_err(|error| format!("could not read the fault `{text}`: {error}"))?;
        control.add_fault(fault)?;
    }
    announce(&sim);
    if let Some(recording) = &replay {
        let replayed = control.replay(recording)?;
        tell(&format!("replayed {} acts", replayed.done));
        for refused in replayed.refused {
            tell(&format!("act {} was refused: {}", refused.index, refused.error));
        }
    }
    tokio::signal::ctrl_c().await?;
    sim.shutdown().await;
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error| format!("could not read {}: {error}", path.display());
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > limits::SEED_BYTES as u64 {
        return Err(format!("{} is larger than {} bytes", path.display(), limits::SEED_BYTES).into());
    }
    Ok(fs::read_to_string(path).map_err(failed)?)
}

#[expect(clippy::print_stdout, reason = "this is the command's own output")]
#[expect(clippy::unnecessary_wraps, reason = "every subcommand can fail")]
fn print_routes() -> Result<(), Failure> {
    for (method, path) in routes() {
        println!("{method:<6} {path}");
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "this is the command's own output")]
fn tell(text: &str) {
    eprintln!("discord-sim: {text}");
}

#[expect(clippy::print_stdout, reason = "this is the command's own output")]
fn permissions() -> Result<(), Failure> {
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
fn complain(error: &dyn Error) {
    eprintln!("discord-sim: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        eprintln!("  because {inner}");
        cause = inner.source();
    }
}
