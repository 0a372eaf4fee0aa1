//! A whole appliance without its web side.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use discord_sim::{Seed, SimConfig, Simulator};
use homemaid_core::{Core, CoreOptions, CoreParts};
use homemaid_discord::{Discord, DiscordConfig, Token};
use homemaid_egress::{Egress, LabError, LabHttp};
use homemaid_package::PluginStore;
use homemaid_protocol::{Clock, GuildId};
use homemaid_sandbox::{Sandbox, SandboxConfig};
use homemaid_storage::{KeySource, Storage};

use crate::delegation::DelegationError;
use crate::lab;
use crate::paths::Share;

/// How long closing waits for the simulator's open connections.
const SIM_CLOSE: Duration = Duration::from_secs(3);

/// Which Discord.
#[derive(Debug)]
pub enum Seam {
    /// The real one.
    Live(Token),
    /// The real one with the token that is stored; without one a simulated one with the default guild.
    Remembered,
    /// A simulated one on loopback, seeded or with the default guild.
    Lab(Option<Box<Seed>>),
}

/// What a house is built from.
#[derive(Debug)]
pub struct HouseConfig {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// What ships beside the binary.
    pub share: Share,
    /// Which Discord.
    pub seam: Seam,
    /// Where the key of the secrets comes from.
    pub key: KeySource,
    /// Who answers plugins' HTTP requests in the lab; nothing may be chosen with the real Discord.
    pub http: LabHttp,
    /// Choices of the core.
    pub options: CoreOptions,
}

/// This machine cannot run plugins safely; the text says why and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A limit of the sandbox would not bite.
    #[error(transparent)]
    Sandbox(#[from] homemaid_sandbox::OpenError),
    /// The kernel does not let this session limit its workers.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
}

impl Refusal {
    /// Returns what to do about it, when that is not in the text already.
    pub fn fix(&self) -> Option<String> {
        match self {
            Self::Sandbox(error) => Some(error.fix()),
            Self::Delegation(_) => None,
        }
    }
}

/// Why a house could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The data directory cannot be made or used.
    #[error("could not use the data directory {}", .path.display())]
    DataDir {
        /// The directory or a file in it.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error("could not open the database")]
    Storage(#[from] homemaid_storage::OpenError),
    /// The plugin store cannot be opened.
    #[error("could not open the plugin store")]
    Packages(#[from] homemaid_package::StoreError),
    /// This machine cannot run plugins safely.
    #[error("this machine cannot run plugins safely")]
    Sandbox(#[source] Refusal),
    /// The simulator could not start.
    #[error("could not start the simulated Discord")]
    Simulator(#[source] discord_sim::StartError),
    /// Discord's address was refused.
    #[error("could not connect to Discord")]
    Discord(#[from] homemaid_discord::ConnectError),
    /// The simulator's own token is not one.
    #[error("the simulated Discord's bot token cannot be used")]
    Token(#[from] homemaid_discord::TokenError),
    /// The lab's outbound HTTP cannot be set up.
    #[error("could not set up the lab's outbound HTTP")]
    Http(#[from] LabError),
    /// Answers that are not the internet's, beside the real Discord.
    #[error("--http and --http-stub are for the lab; with a bot token plugins ask the internet")]
    HttpOutsideLab,
    /// The HTTP client could not be made.
    #[error("could not make the HTTP client")]
    Egress(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The core could not start.
    #[error("could not start")]
    Core(#[from] homemaid_core::CoreError),
}

/// A whole appliance without its web side.
#[derive(Debug)]
pub struct House {
    core: Core,
    storage: Storage,
    sandbox: Sandbox,
    discord: Discord,
    simulator: Option<Simulator>,
}

impl House {
    /// Opens everything in order: the data directory, the database (which locks it), the sandbox (which reaps what a
    /// crash left behind), Discord, and the core, which starts the enabled plugins.
    pub async fn open(config: HouseConfig) -> Result<Self, HouseError> {
        let HouseConfig {
            data_dir,
            share,
            seam,
            key,
            http,
            options,
        } = config;
        make_private(&data_dir)?;
        let (token, seed) = match seam {
            Seam::Live(token) => (Some(token), None),
            Seam::Remembered => (remembered_token(&data_dir, &key).await?, None),
            Seam::Lab(seed) => (None, seed.map(|seed| *seed)),
        };
        // The lab's time is the simulator's, for both and from the start.
        let lab_time = discord_sim::Clock::default();
        let clock = match &token {
            Some(_) => Clock::system(),
            None => lab::clock(&lab_time),
        };
        let egress = match (&token, &http) {
            (None, http) => Egress::lab(http)?,
            (Some(_), LabHttp::Closed) => {
                Egress::internet().map_err(|error| HouseError::Egress(Box::new(error)))?
            }
            (Some(_), _) => return Err(HouseError::HttpOutsideLab),
        };
        let storage = Storage::open_with(&data_dir, clock.clone(), &key)?;
        let packages = PluginStore::open(&data_dir.join("plugins"))?;
        let instance = instance(&data_dir)?;
        let sandbox = Sandbox::open(SandboxConfig::new(
            &data_dir,
            share.image(),
            share.seccomp(),
            instance,
        ))
        .await
        .map_err(|error| HouseError::Sandbox(error.into()))?;
        let (discord_config, simulator) = if let Some(token) = token {
            (DiscordConfig::live(token), None)
        } else {
            let config = SimConfig {
                seed,
                clock: lab_time,
                ..SimConfig::default()
            };
            let simulator = Simulator::start(config).await.map_err(HouseError::Simulator)?;
            let config = DiscordConfig::lab(simulator.bot_token().parse()?, simulator.rest_base());
            (config, Some(simulator))
        };
        let discord_config = DiscordConfig {
            needs: homemaid_core::event_needs(&storage).await?,
            ..discord_config
        };
        let (discord, events) = Discord::connect(discord_config, clock.clone())?;
        let parts = CoreParts {
            storage: storage.clone(),
            packages,
            sandbox: sandbox.clone(),
            discord: discord.clone(),
            events,
            egress,
            clock,
        };
        let core = Core::start_with(parts, options).await?;
        Ok(Self {
            core,
            storage,
            sandbox,
            discord,
            simulator,
        })
    }

    /// Returns the core.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Returns the simulated Discord, in the lab.
    pub fn simulator(&self) -> Option<&Simulator> {
        self.simulator.as_ref()
    }

    /// Returns what the sandbox found on this machine.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Waits until the bot is in a guild, and returns the first: the gateway tells of them some moments after the start.
    pub async fn first_guild(&self) -> GuildId {
        let mut news = self.core.subscribe();
        loop {
            if let Some(guild) = self.core.guilds().first().and_then(|guild| guild.id.parse().ok()) {
                return guild;
            }
            // Any news may have brought it; falling behind is news too.
            let _ = news.recv().await;
        }
    }

    /// Stops everything in reverse order. Plugins get their shutdown sequence unless [`Core::cut`] was or is called.
    pub async fn close(self) {
        self.core.drain().await;
        self.sandbox.close().await;
        self.discord.shutdown().await;
        if let Some(simulator) = self.simulator
            && tokio::time::timeout(SIM_CLOSE, simulator.shutdown())
                .await
                .is_err()
        {
            tracing::debug!("the simulator still had connections when it was left");
        }
        self.storage.close().await;
    }
}

/// Returns the stored token. The storage is opened for this alone: whose time it is to go by depends on the answer.
async fn remembered_token(data_dir: &Path, key: &KeySource) -> Result<Option<Token>, HouseError> {
    let storage = Storage::open_with(data_dir, Clock::system(), key)?;
    let token = homemaid_core::stored_bot_token(&storage);
    storage.close().await;
    Ok(token?)
}

fn make_private(dir: &Path) -> Result<(), HouseError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| HouseError::DataDir {
            path: dir.to_owned(),
            source,
        })
}

/// Returns the name that this data directory's containers and cgroups carry; made once.
fn instance(data_dir: &Path) -> Result<String, HouseError> {
    let path = data_dir.join("instance");
    let failed = |source| HouseError::DataDir {
        path: path.clone(),
        source,
    };
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        Ok(_) => make_instance(&path).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_instance(&path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

fn make_instance(path: &Path) -> io::Result<String> {
    let name = format!("{:012x}", rand::random::<u64>() >> 16);
    let fresh = path.with_extension("new");
    fs::write(&fresh, &name)?;
    fs::File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_keeps_its_instance_name() {
        let dir = tempfile::tempdir().unwrap();
        let first = instance(dir.path()).unwrap();
        assert_eq!(instance(dir.path()).unwrap(), first);
        fs::write(dir.path().join("instance"), "").unwrap();
        assert_ne!(
            instance(dir.path()).unwrap(),
            "",
            "a file that a crash left empty is made anew"
        );
    }
}
