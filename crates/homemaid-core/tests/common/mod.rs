//! A whole house on temporary storage: real workers in Podman, the real connection to Discord, a simulated Discord.

use std::path::{Path, PathBuf};
use std::time::Duration;

use discord_sim::{Control, SimConfig, Simulator, Snowflake, TimelineEntry};
use homemaid_core::{
    AuditKind, AuditQuery, AuditView, Core, CoreOptions, CoreParts, InstallRequest, InstallationView,
    LogQuery, LogView, WorkerState,
};
use homemaid_discord::{Discord, DiscordConfig};
use homemaid_package::PluginStore;
use homemaid_protocol::{CapabilitySet, Clock, GuildId, InstallationId};
use homemaid_sandbox::{Sandbox, SandboxConfig};
use homemaid_storage::Storage;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Whatever takes longer is not coming. Generous: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The house and the street before it.
pub(crate) struct TestHouse {
    pub(crate) core: Core,
    pub(crate) control: Control,
    pub(crate) guild: GuildId,
    pub(crate) general: Snowflake,
    sim: Simulator,
    discord: Discord,
    sandbox: Sandbox,
    storage: Storage,
    dir: TempDir,
}

impl TestHouse {
    pub(crate) async fn start() -> Self {
        Self::with(CoreOptions::default()).await
    }

    pub(crate) async fn with(options: CoreOptions) -> Self {
        // Hosts start again faster here than Discord would allow.
        let config = SimConfig {
            identify_limit: false,
            ..SimConfig::default()
        };
        let sim = Simulator::start(config).await.unwrap();
        Self::open(tempfile::tempdir().unwrap(), sim, options).await
    }

    async fn open(dir: TempDir, sim: Simulator, options: CoreOptions) -> Self {
        let control = sim.control();
        let guild = control.first_guild().unwrap();
        let general = control.channel_named(guild, "general").unwrap();
        let clock = Clock::system();
        let storage = Storage::open(&dir.path().join("data"), clock.clone()).unwrap();
        let packages = PluginStore::open(&dir.path().join("plugins")).unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = SandboxConfig::new(
            dir.path().join("data"),
            image_tar(&repository),
            repository.join("sandbox-image/seccomp.json"),
            instance(dir.path()),
        );
        let sandbox = Sandbox::open(config)
            .await
            .unwrap_or_else(|error| panic!("{error}: {}", error.fix()));
        let config = DiscordConfig::lab(
            sim.bot_token().parse().unwrap(),
            sim.rest_base().as_str().parse().unwrap(),
        );
        let (discord, events) = Discord::connect(config, clock.clone()).unwrap();
        let parts = CoreParts {
            storage: storage.clone(),
            packages,
            sandbox: sandbox.clone(),
            discord: discord.clone(),
            events,
            egress: homemaid_egress::Egress::lab(&homemaid_egress::LabHttp::Closed).unwrap(),
            clock,
        };
        let core = Core::start_with(parts, options).await.unwrap();
        let guild = guild.to_string().parse().unwrap();
        let house = Self {
            core,
            control,
            guild,
            general,
            sim,
            discord,
            sandbox,
            storage,
            dir,
        };
        house
            .until("the guild is there", || !house.core.guilds().is_empty())
            .await;
        house
    }

    /// Waits for something that shows in the house's news.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let mut news = self.core.subscribe();
        let waiting = async {
            while !holds() {
                let _ = news.recv().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"));
    }

    /// Installs a plugin of this source with these capabilities declared, and grants them.
    pub(crate) async fn install(&self, id: &str, source: &str, manifest: Value) -> InstallationId {
        self.install_granting(id, source, manifest, None).await
    }

    /// Installs a plugin; `grants` where they are not all it declares.
    pub(crate) async fn install_granting(
        &self,
        id: &str,
        source: &str,
        mut manifest: Value,
        grants: Option<CapabilitySet>,
    ) -> InstallationId {
        let folder = self.dir.path().join("sources").join(id);
        std::fs::create_dir_all(&folder).unwrap();
        manifest["id"] = json!(id);
        manifest["name"] = json!(id);
        manifest["version"] = json!("1.0.0");
        std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        std::fs::write(folder.join("__main__.py"), source).unwrap();
        let report = self.core.upload_folder(&folder, None).await.unwrap();
        assert!(
            !report
                .findings
                .iter()
                .any(|finding| finding.code == "not_compiled"),
            "{:?}",
            report.findings
        );
        let declared = report
            .capabilities
            .iter()
            .map(|capability| capability.name.parse().unwrap())
            .collect();
        let request = InstallRequest {
            plugin: id.parse().unwrap(),
            version: None,
            guild: self.guild,
            grants: grants.unwrap_or(declared),
            enable: true,
            by: "owner".to_owned(),
        };
        let view = self.core.install(request).await.unwrap();
        view.id.parse().unwrap()
    }

    /// Waits until an installation looks as wanted.
    pub(crate) async fn wait(
        &self,
        id: &InstallationId,
        wanted: impl Fn(&InstallationView) -> bool,
    ) -> InstallationView {
        match tokio::time::timeout(PATIENCE, self.core.wait_for(id, wanted)).await {
            Ok(view) => view.expect("it is not uninstalled"),
            Err(late) => panic!(
                "never came ({late}): {:#?}\n{:#?}",
                self.core.installation(id),
                self.logs(id).await
            ),
        }
    }

    /// Waits until events flow to it.
    pub(crate) async fn running(&self, id: &InstallationId) {
        self.wait(id, |view| view.state == WorkerState::Running).await;
    }

    /// Waits until the bot says something that starts with `text`, after `seq`.
    pub(crate) async fn says(&self, after: u64, text: &str) -> TimelineEntry {
        let wanted = |entry: &TimelineEntry| {
            let message = entry.data.get("message").unwrap_or(&Value::Null);
            entry.kind == "message_create"
                && message["author"]["bot"] == true
                && message["content"]
                    .as_str()
                    .is_some_and(|content| content.starts_with(text))
        };
        self.control
            .wait_for(after, PATIENCE, wanted)
            .await
            .unwrap_or_else(|error| {
                panic!(
                    "the bot never says {text:?}: {error}; {:#?}",
                    self.control.timeline(after, 50)
                )
            })
    }

    /// Posts a message as alice; returns where the timeline was before.
    pub(crate) fn post(&self, text: &str) -> u64 {
        let before = self.control.last_seq();
        self.control
            .post_message(self.general, "alice", text, None)
            .unwrap();
        before
    }

    /// Returns an installation's log.
    pub(crate) async fn logs(&self, id: &InstallationId) -> Vec<LogView> {
        self.storage.flush().await.unwrap();
        self.core
            .logs(LogQuery {
                installation: Some(id.clone()),
                ..LogQuery::default()
            })
            .await
            .unwrap()
    }

    /// Waits until a line with this text is in an installation's log.
    pub(crate) async fn logged(&self, id: &InstallationId, text: &str) -> LogView {
        let mut news = self.core.subscribe();
        let waiting = async {
            loop {
                if let Some(line) = self
                    .logs(id)
                    .await
                    .into_iter()
                    .find(|line| line.message.contains(text))
                {
                    return line;
                }
                let _ = news.recv().await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(line) => line,
            Err(late) => panic!("{text:?} is never logged ({late}): {:#?}", self.logs(id).await),
        }
    }

    /// Returns an installation's calls, when nothing is under way any more.
    pub(crate) async fn audit(&self, id: &InstallationId) -> Vec<AuditView> {
        self.until("every event is finished", || self.core.idle(id)).await;
        self.storage.flush().await.unwrap();
        self.core
            .audit(AuditQuery {
                installation: Some(id.clone()),
                kind: Some(AuditKind::Call),
                ..AuditQuery::default()
            })
            .await
            .unwrap()
    }

    /// Stops in peace.
    pub(crate) async fn close(self) {
        let (sim, _dir) = self.stop().await;
        sim.shutdown().await;
    }

    /// Stops in peace and starts again on the same data.
    pub(crate) async fn reopen(self, options: CoreOptions) -> Self {
        let (sim, dir) = self.stop().await;
        Self::open(dir, sim, options).await
    }

    async fn stop(self) -> (Simulator, TempDir) {
        self.core.drain().await;
        self.discord.shutdown().await;
        self.sandbox.close().await;
        self.storage.close().await;
        (self.sim, self.dir)
    }
}

/// Returns the worker image, or says how to make it.
fn image_tar(repository: &Path) -> PathBuf {
    let tar = std::env::var_os("HOMEMAID_IMAGE_TAR")
        .map_or_else(|| repository.join("build/sandbox/sandbox.tar"), PathBuf::from);
    assert!(
        tar.is_file(),
        "there is no worker image at {}: run sandbox-image/build build/sandbox",
        tar.display()
    );
    tar
}

/// Returns an instance name of this directory's own.
fn instance(dir: &Path) -> String {
    let name: String = dir
        .file_name()
        .unwrap()
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("core-{}", name.to_ascii_lowercase())
}
