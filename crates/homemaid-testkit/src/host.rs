//! An appliance in the test's own process.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use discord_sim::{Control, Snowflake, TimelineEntry};
use homemaid_app::{House, HouseConfig, KeySource, LabHttp, Seam};
use homemaid_core::{Core, CoreEvent, CoreOptions, InstallRequest, InstallationView, WorkerState};
use homemaid_protocol::{CapabilitySet, GuildId, InstallationId};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::places::{fixture, share};

/// How long anything may take on a busy machine; a test that runs into it has failed anyway.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often the stored log is asked for a line that the live news did not bring.
const ASK_AGAIN: Duration = Duration::from_millis(250);
/// Appliances at once in one test process: each has a sandbox, a database and workers.
const AT_ONCE: usize = 2;

/// How an appliance is started.
#[derive(Debug, Default)]
pub struct TestOptions {
    /// A Python SDK in place of the image's own.
    pub sdk: Option<PathBuf>,
    /// Calls a second of one worker, when not the contract's.
    pub calls_per_second: Option<u32>,
    /// Who answers plugins' HTTP requests.
    pub http: LabHttp,
}

/// A whole appliance on temporary storage and its own simulated Discord.
pub struct TestHost {
    house: House,
    control: Control,
    guild: Snowflake,
    data: TempDir,
    _place: SemaphorePermit<'static>,
}

impl TestHost {
    /// Starts one.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(TestOptions::default()).await
    }

    /// Starts one with options, and waits until its bot is in the guild.
    pub async fn start_with(options: TestOptions) -> anyhow::Result<Self> {
        static PLACES: OnceLock<Semaphore> = OnceLock::new();
        homemaid_app::start_tracing(0, false);
        let place = PLACES.get_or_init(|| Semaphore::new(AT_ONCE)).acquire().await?;
        let data = tempfile::Builder::new().prefix("homemaid-test-").tempdir()?;
        let mut core_options = CoreOptions {
            sdk: options.sdk,
            ..CoreOptions::default()
        };
        if let Some(calls) = options.calls_per_second {
            core_options.calls_per_second = calls;
        }
        let house = House::open(HouseConfig {
            data_dir: data.path().join("data"),
            share: share(),
            seam: Seam::Lab(None),
            key: KeySource::DataDir,
            http: options.http,
            options: core_options,
        })
        .await?;
        let control = house.simulator().context("the lab has a simulator")?.control();
        let guild = control.first_guild().context("the default seed has a guild")?;
        let host = Self {
            house,
            control,
            guild,
            data,
            _place: place,
        };
        host.news(|core| !core.guilds().is_empty())
            .await
            .context("the bot did not get into the guild")?;
        Ok(host)
    }

    /// Returns the core.
    pub fn core(&self) -> &Core {
        self.house.core()
    }

    /// Returns the simulated Discord.
    pub fn discord(&self) -> &Control {
        &self.control
    }

    /// Returns the guild.
    pub fn guild(&self) -> GuildId {
        GuildId::new(self.guild.0)
    }

    /// Installs a fixture and waits until its worker runs and its commands are registered.
    pub async fn install(&self, plugin: &str, grants: &[&str]) -> anyhow::Result<InstallationId> {
        let report = self.core().upload_folder(fixture(plugin), None).await?;
        let grants: CapabilitySet = grants.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        let request = InstallRequest {
            plugin: report.plugin.parse()?,
            version: Some(report.hash.parse()?),
            guild: self.guild(),
            grants,
            enable: true,
            by: "test".to_owned(),
        };
        let id = InstallationId::new(request.plugin.clone(), request.guild);
        self.core().install(request).await?;
        self.ready(&id).await?;
        Ok(id)
    }

    /// Waits until an installation's worker runs and its commands are registered where it may have any.
    pub async fn ready(&self, id: &InstallationId) -> anyhow::Result<InstallationView> {
        self.look(id, |view| {
            let interactive = view
                .capabilities
                .iter()
                .any(|c| c.name == "interaction:respond" && c.granted);
            view.state == WorkerState::Running
                && (!interactive
                    || view
                        .commands
                        .iter()
                        .all(|command| command.registered_as.is_some()))
        })
        .await
    }

    /// Waits until an installation looks as wanted.
    pub async fn look(
        &self,
        id: &InstallationId,
        wanted: impl Fn(&InstallationView) -> bool,
    ) -> anyhow::Result<InstallationView> {
        match timeout(PATIENCE, self.core().wait_for(id, wanted)).await {
            Ok(Some(view)) => Ok(view),
            Ok(None) => Err(anyhow!("{id} is gone")),
            Err(_) => Err(anyhow!(
                "{id} never looked as wanted: {:#?}",
                self.core().installation(id)
            )),
        }
    }

    /// Waits until the core is as wanted.
    pub async fn news(&self, wanted: impl Fn(&Core) -> bool) -> anyhow::Result<()> {
        let mut news = self.core().subscribe();
        let wait = async {
            while !wanted(self.core()) {
                // Falling behind is news too.
                let _ = news.recv().await;
            }
        };
        timeout(PATIENCE, wait)
            .await
            .context("the core was never as wanted")
    }

    /// Returns a channel of the guild by name.
    pub fn channel(&self, name: &str) -> Snowflake {
        self.control
            .channel_named(self.guild, name)
            .unwrap_or_else(|| panic!("there is no channel {name}"))
    }

    /// Posts in #general as a member.
    pub fn post(&self, who: &str, content: &str) -> anyhow::Result<Value> {
        Ok(self
            .control
            .post_message(self.channel("general"), who, content, None)?)
    }

    /// Returns where the simulator's timeline ends now; give it to [`TestHost::seen`].
    pub fn now(&self) -> u64 {
        self.control.last_seq()
    }

    /// Waits for an entry of the simulator's timeline after `since`.
    pub async fn seen(
        &self,
        since: u64,
        wanted: impl Fn(&TimelineEntry) -> bool,
    ) -> anyhow::Result<TimelineEntry> {
        Ok(self.control.wait_for(since, PATIENCE, wanted).await?)
    }

    /// Waits for a message of the bot after `since`; it is the one that a deferred answer was filled with, too.
    pub async fn said(&self, since: u64, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let entry = self
            .seen(since, |entry| {
                matches!(entry.kind.as_str(), "message_create" | "message_update")
                    && entry.data["message"]["author"]["bot"] == true
                    && wanted(&entry.data["message"])
            })
            .await?;
        Ok(entry.data["message"].clone())
    }

    /// Runs a slash command in #general as a member.
    pub fn slash(&self, who: &str, name: &str, options: &[Value]) -> anyhow::Result<Snowflake> {
        Ok(self
            .control
            .run_command(self.channel("general"), who, name, options)?)
    }

    /// Presses a button of a message in #general.
    pub fn press(&self, who: &str, message: &Value, custom_id: &str) -> anyhow::Result<Snowflake> {
        let id = message["id"].as_str().context("a message has an id")?.parse()?;
        Ok(self
            .control
            .use_component(self.channel("general"), id, who, custom_id, &[])?)
    }

    /// Waits for the modal that `interaction` opened and submits it.
    pub async fn fill(
        &self,
        who: &str,
        interaction: Snowflake,
        values: &Map<String, Value>,
    ) -> anyhow::Result<Snowflake> {
        let text = interaction.to_string();
        self.seen(0, |entry| {
            entry.kind == "modal_open" && entry.data["interaction_id"] == text.as_str()
        })
        .await?;
        Ok(self.control.submit_modal(interaction, who, values)?)
    }

    /// Waits for a line in an installation's log.
    pub async fn logged(&self, id: &InstallationId, wanted: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        let mut news = self.core().subscribe();
        let query = homemaid_core::LogQuery {
            installation: Some(id.clone()),
            ..Default::default()
        };
        let wait = async {
            loop {
                let stored = self.core().logs(query.clone()).await?;
                if let Some(line) = stored.into_iter().rev().find(|line| wanted(&line.message)) {
                    return anyhow::Ok(line.message);
                }
                // A line is told of before it is stored. One that was told of before this began to listen, and was not
                // stored yet, is found by asking again.
                let ask_again = tokio::time::sleep(ASK_AGAIN);
                tokio::pin!(ask_again);
                loop {
                    tokio::select! {
                        () = &mut ask_again => break,
                        line = news.recv() => match line {
                            Ok(CoreEvent::Log(line))
                                if line.installation == id.to_string() && wanted(&line.message) =>
                            {
                                return Ok(line.message);
                            }
                            Ok(_) => {}
                            // What was missed is stored by now, or soon.
                            Err(RecvError::Lagged(_)) => break,
                            Err(error) => return Err(error.into()),
                        }
                    }
                }
            }
        };
        if let Ok(found) = timeout(PATIENCE, wait).await {
            found
        } else {
            let lines = self.core().logs(query).await?;
            Err(anyhow!("no such line in the log of {id}: {lines:#?}"))
        }
    }

    /// Stops it, and checks that nothing of it is left.
    pub async fn stop(self) -> anyhow::Result<()> {
        timeout(PATIENCE, self.house.close())
            .await
            .context("the appliance did not stop")?;
        homemaid_package::remove_tree(self.data.path())?;
        Ok(())
    }
}
