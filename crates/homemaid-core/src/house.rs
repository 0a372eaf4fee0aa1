//! Everything the supervisors, the dispatcher and the owner share.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use homemaid_package::{PluginStore, StoredVersion};
use homemaid_protocol::{EventType, LogLevel};
use homemaid_sandbox::{Sandbox, Worker, WorkerSpec};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::commands::CommandSync;
use crate::directory::Directory;
use crate::installation::Installation;
use crate::services::{Services, chain};
use crate::shelf::Shelf;

/// How long calls may still run after the last worker is gone.
const LAST_CALLS: Duration = Duration::from_secs(5);
/// After the cut, how long the end of a killed worker is waited for.
const KILLED_WITHIN: Duration = Duration::from_secs(5);

/// The house.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) services: Arc<Services>,
    pub(crate) packages: PluginStore,
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: Directory,
    pub(crate) shelf: Shelf,
    pub(crate) syncer: CommandSync,
    /// Supervisors run here; the drain waits for them.
    pub(crate) supervisors: TaskTracker,
    /// No more events, no more changes of the owner.
    pub(crate) draining: CancellationToken,
    /// Kill every worker, now.
    pub(crate) cut: CancellationToken,
    /// Some installation looks different.
    pub(crate) looks: Arc<Notify>,
    /// One install or removal of a plugin at a time.
    pub(crate) installing: tokio::sync::Mutex<()>,
    /// A task of the house died.
    pub(crate) broken: CancellationToken,
    ended: CancellationToken,
}

impl House {
    pub(crate) fn new(services: Arc<Services>, packages: PluginStore, sandbox: Sandbox) -> Arc<Self> {
        Arc::new(Self {
            services,
            packages,
            sandbox,
            directory: Directory::default(),
            shelf: Shelf::default(),
            syncer: CommandSync::default(),
            supervisors: TaskTracker::new(),
            draining: CancellationToken::new(),
            cut: CancellationToken::new(),
            looks: Arc::new(Notify::new()),
            installing: tokio::sync::Mutex::new(()),
            broken: CancellationToken::new(),
            ended: CancellationToken::new(),
        })
    }

    /// Runs a task the house cannot do without; when it panics, the host has to end.
    pub(crate) fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (broken, ended) = (self.broken.clone(), self.ended.clone());
        tokio::spawn(async move {
            let died = tokio::select! {
                outcome = AssertUnwindSafe(task).catch_unwind() => outcome.is_err(),
                () = ended.cancelled() => false,
            };
            if died {
                tracing::error!(task = name, "a task of the house died; the host has to end");
                broken.cancel();
            }
        });
    }

    /// Waits until a kill of everything has had its time.
    pub(crate) async fn too_late(&self) {
        self.cut.cancelled().await;
        tokio::time::sleep(KILLED_WITHIN).await;
    }

    /// Waits for what still runs after all workers stopped, and writes what is queued.
    pub(crate) async fn finish(&self) {
        self.supervisors.close();
        self.services.tasks.close();
        let rest = async {
            self.supervisors.wait().await;
            self.services.tasks.wait().await;
        };
        tokio::select! {
            () = rest => {}
            () = self.cut.cancelled() => {}
            () = tokio::time::sleep(LAST_CALLS) => tracing::warn!("some calls are still running; not waiting for them"),
        }
        self.ended.cancel();
        if let Err(error) = self.services.storage.flush().await {
            tracing::error!(error = chain(&error), "the last records could not be written");
        }
    }

    /// Starts a worker of the installation's active version; the error says why not, with the fix.
    pub(crate) async fn create_worker(
        self: &Arc<Self>,
        installation: &Installation,
    ) -> Result<Worker, String> {
        let version = Arc::clone(&installation.facts().version);
        if let Err(problem) = self.compile(&version).await {
            // It runs from its source then, only slower to start.
            self.services
                .host_log(&installation.id, LogLevel::Warning, problem);
        }
        let mut spec = WorkerSpec::plugin(installation.id.to_string(), &version.tree, &version.entry);
        spec.sdk.clone_from(&self.services.options.sdk);
        self.sandbox
            .start(spec)
            .await
            .map_err(|error| format!("{} ({})", chain(&error), error.fix()))
    }

    /// Compiles a version in a throw-away worker, unless that was done with this image.
    pub(crate) async fn compile(self: &Arc<Self>, version: &Arc<StoredVersion>) -> Result<(), String> {
        let image = self.sandbox.image().to_owned();
        if self
            .blocking({
                let (version, image) = (Arc::clone(version), image.clone());
                move |house| house.packages.has_bytecode(&version.hash, &image)
            })
            .await?
        {
            return Ok(());
        }
        let compiled = self
            .sandbox
            .compile(&version.tree)
            .await
            .map_err(|error| format!("the plugin could not be compiled: {}", chain(&error)))?;
        let version = Arc::clone(version);
        self.blocking(move |house| house.packages.write_bytecode(&version.hash, &image, compiled))
            .await?
            .map_err(|error| format!("the compiled plugin could not be stored: {}", chain(&error)))
    }

    /// Runs something that blocks.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, String> {
        let house = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&house))
            .await
            .map_err(|_| "an internal task failed".to_owned())
    }

    /// Tells that these events of an installation will never be finished.
    pub(crate) fn lose(&self, installation: &Installation, events: Vec<(String, EventType)>, why: &str) {
        for (id, kind) in events {
            self.services
                .event_finished(&installation.id, &id, kind, Some(why.to_owned()));
        }
    }
}
