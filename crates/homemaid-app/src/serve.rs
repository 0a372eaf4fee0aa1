//! `homemaid serve`: the appliance with its web side, until a signal.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use homemaid_core::CoreOptions;
use homemaid_discord::Token;
use homemaid_web::{WebConfig, random_token};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::demos;
use crate::house::{House, HouseConfig, HouseError, Seam};
use crate::paths::{PathError, Share, data_dir, key_source};
use crate::runtime::Runtime;
use crate::signals::Signals;

/// How long requests may still take once the appliance stops.
const REQUESTS_END: Duration = Duration::from_secs(5);

/// How long the start waits for the simulated guild, so that what is typed next finds it.
const LAB_READY: Duration = Duration::from_secs(10);

/// What `homemaid serve` was told.
#[derive(Debug)]
pub struct ServeConfig {
    /// Where data lives; a default by the XDG rules when absent.
    pub data_dir: Option<PathBuf>,
    /// Address of the page.
    pub listen: SocketAddr,
    /// The bot's token for this run; the stored one without it, and the lab without either.
    pub token: Option<Token>,
    /// The lab, whatever tokens there are.
    pub lab: bool,
    /// Install the demo plugins in a new lab.
    pub demos: bool,
    /// Who answers plugins' HTTP requests in the lab.
    pub http: homemaid_egress::LabHttp,
}

/// Why the appliance could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Reachable from other machines.
    #[error(
        "{0} is reachable from other machines. The page listens on this machine only: use 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The port is taken.
    #[error(
        "could not listen on {listen}: {source}. Is Homemaid running already? Choose another port with --listen"
    )]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No data or share directory.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A part could not be opened.
    #[error(transparent)]
    House(#[from] HouseError),
    /// The demo plugins could not be installed.
    #[error("could not install the demo plugins")]
    Demos(#[source] homemaid_core::CoreError),
    /// The first start's state could not be read.
    #[error("could not read the settings")]
    Settings(#[source] homemaid_core::CoreError),
    /// Something of the system failed.
    #[error("could not start")]
    Io(#[from] std::io::Error),
    /// A task of the appliance died with a bug.
    #[error(
        "a part of the appliance died; its log has the cause. Everything was stopped; please start it again"
    )]
    Broken,
}

/// Runs the appliance until a signal; `say` gets the lines for the terminal.
pub async fn serve(config: ServeConfig, say: impl Fn(&str)) -> Result<(), ServeError> {
    if !config.listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(config.listen));
    }
    let mut signals = Signals::listen()?;
    let (data_dir, share) = (data_dir(config.data_dir)?, Share::find()?);
    // Before anything is started: a taken port is the most common mistake.
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| ServeError::Listen {
            listen: config.listen,
            source,
        })?;
    let url = format!("http://{}", listener.local_addr()?);
    let seam = match config.token {
        _ if config.lab => Seam::Lab(None),
        Some(token) => Seam::Live(token),
        None => Seam::Remembered,
    };
    let house = House::open(HouseConfig {
        data_dir: data_dir.clone(),
        share: share.clone(),
        seam,
        key: key_source(),
        http: config.http,
        options: CoreOptions::default(),
    })
    .await?;
    let core = house.core().clone();
    if house.simulator().is_some() && timeout(LAB_READY, house.first_guild()).await.is_err() {
        tracing::warn!("the simulated guild is not there yet; the page will show it when it comes");
    }

    let stopping = CancellationToken::new();
    let cli_token = random_token();
    let setup_token = random_token();
    let first_start = !homemaid_web::has_owner(&core)
        .await
        .map_err(ServeError::Settings)?;
    let router = homemaid_web::router(
        core.clone(),
        WebConfig {
            lab: house.simulator().map(discord_sim::Simulator::control_router),
            setup_token: Some(setup_token.clone()),
            cli_token: cli_token.clone(),
            allowed_hosts: Vec::new(),
            https: false,
            stopping: stopping.clone(),
        },
    );
    let web = tokio::spawn({
        let stopping = stopping.clone();
        async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(stopping.cancelled_owned())
                .await
        }
    });
    let runtime = Runtime {
        url: url.clone(),
        token: cli_token,
        pid: std::process::id(),
    };
    let published = runtime.publish(&data_dir)?;
    announce(&say, &house, &url, first_start.then_some(setup_token.as_str()));

    let broken = tokio::select! {
        // Demo plugins are compiled and started while the page is up already.
        broken = run(&house, &share, config.demos) => broken?,
        () = signals.next() => false,
    };
    say("Stopping; plugins get a moment to finish. Once more to stop at once.");
    drop(published);
    stopping.cancel();
    let cut = core.clone();
    let hurry = tokio::spawn(async move {
        signals.next().await;
        cut.cut();
    });
    if timeout(REQUESTS_END, web).await.is_err() {
        tracing::debug!("requests were still open when the appliance stopped");
    }
    house.close().await;
    hurry.abort();
    say("Stopped.");
    if broken { Err(ServeError::Broken) } else { Ok(()) }
}

/// Installs the demo plugins, then returns only when a task of the house died.
async fn run(house: &House, share: &Share, demos: bool) -> Result<bool, ServeError> {
    if demos && house.simulator().is_some() {
        let work = async {
            let installed = demos::install(house, share).await.map_err(ServeError::Demos)?;
            tracing::info!(installed, "demo plugins");
            Ok::<(), ServeError>(())
        };
        tokio::select! {
            done = work => done?,
            () = house.core().broken() => return Ok(true),
        }
    }
    house.core().broken().await;
    Ok(true)
}

fn announce(say: &impl Fn(&str), house: &House, url: &str, setup_token: Option<&str>) {
    match (house.simulator(), setup_token) {
        (Some(_), _) => {
            say("Homemaid is running as a lab: Discord is simulated, nothing leaves this machine.");
        }
        (None, _) => say("Homemaid is running with your bot."),
    }
    match setup_token {
        Some(token) => {
            say("");
            say("  Open this page once to choose your password:");
            say(&format!("  {url}/#setup={token}"));
        }
        None => say(&format!("  {url}")),
    }
    say("");
}

/// Returns the description of the HTTP API, with the lab's.
pub fn openapi_json() -> String {
    homemaid_web::openapi(Some(discord_sim::control_description()))
        .to_pretty_json()
        .unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}
