//! `homemaid try`: one plugin in the real sandbox against a private simulated Discord, and a report of all it did.
//!
//! ```text
//! zip or folder -> intake -> install with the wanted grants -> worker running, commands registered
//!               -> for each step of events.yaml: do it in the simulator, wait until its event is handled
//!               -> wait until the plugin is idle -> close -> result
//! ```
//! Nothing is made up on the way: a step is a member acting in the simulator, and the event reaches the plugin over
//! the gateway, serenity and the dispatcher as it would from Discord. The script can also move the clock of that
//! Discord, which the host follows.

mod observer;
mod report;
mod script;
mod stage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use homemaid_core::{Core, CoreError, CoreOptions, InstallRequest, UploadReport, WorkerState};
use homemaid_protocol::{Capability, CapabilitySet, InstallationId};
use homemaid_storage::KeySource;

pub use report::Line;
pub use script::{ScriptError, Step};

use crate::house::{House, HouseConfig, HouseError, Seam};
use crate::paths::Share;
use observer::{Delivery, Observer, Waited};
use stage::{Expected, Stage};

/// How long the guild and then the worker may take to be there.
const START: Duration = Duration::from_secs(60);
/// How long a step's event may take to reach the plugin.
const DELIVERY: Duration = Duration::from_secs(10);
/// How long handlers of one event may take: the contract's slow handler (wire §4.2).
const HANDLING: Duration = Duration::from_secs(60);
/// How long the end may take: plugins may act after their acknowledgement.
const SETTLE: Duration = Duration::from_secs(10);

/// What to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Nothing: what the plugin tries is refused and reported.
    Nothing,
    /// Everything it asks for.
    All,
    /// These, whether it asks for them or not.
    Only(CapabilitySet),
}

/// What to try, and how.
#[derive(Debug)]
pub struct TrialConfig {
    /// A zip, or the folder it is made from.
    pub plugin: PathBuf,
    /// The script; for a folder its own `events.yaml` when absent.
    pub events: Option<PathBuf>,
    /// A manifest for a zip without one.
    pub manifest: Option<PathBuf>,
    /// A Python SDK to run it with in place of the image's own.
    pub sdk: Option<PathBuf>,
    /// Who answers its HTTP requests.
    pub http: homemaid_egress::LabHttp,
    /// What ships beside the binary.
    pub share: Share,
}

/// Why nothing could be tried. A plugin that fails is not an error: that is in the report.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The script cannot be run.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A file cannot be read.
    #[error("could not read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// No place for the private appliance.
    #[error("could not make a temporary directory")]
    Temporary(#[source] std::io::Error),
    /// The private appliance could not be opened.
    #[error(transparent)]
    House(#[from] HouseError),
    /// The appliance failed.
    #[error("the private appliance failed")]
    Core(#[from] CoreError),
    /// The simulated Discord was not there in time.
    #[error("the simulated Discord did not connect within {} s", START.as_secs())]
    NoGuild,
}

/// Tries a plugin. `grant` decides with the report of its check; `report` gets every line as it happens. Returns
/// whether everything went well: the zip was taken, the worker ran, and no handler failed.
pub async fn run(
    config: TrialConfig,
    grant: impl FnOnce(&UploadReport) -> Grants,
    mut report: impl FnMut(Line),
) -> Result<bool, TrialError> {
    let steps = read_script(&config)?;
    let data = tempfile::Builder::new()
        .prefix("homemaid-try-")
        .tempdir()
        .map_err(TrialError::Temporary)?;
    let house = House::open(HouseConfig {
        data_dir: data.path().join("data"),
        share: config.share.clone(),
        seam: Seam::Lab(Some(Box::new(stage::seed(&steps)))),
        key: KeySource::DataDir,
        http: config.http.clone(),
        options: CoreOptions {
            sdk: config.sdk.clone(),
            ..CoreOptions::default()
        },
    })
    .await?;
    let tried = try_in(&house, &config, &steps, grant, &mut report).await;
    house.close().await;
    // The stored tree is read-only, which the temporary directory's own clean-up cannot remove for ordinary users.
    if let Err(error) = homemaid_package::remove_tree(data.path()) {
        tracing::warn!(%error, path = %data.path().display(), "the trial's files are left behind");
    }
    tried
}

async fn try_in(
    house: &House,
    config: &TrialConfig,
    steps: &[Step],
    grant: impl FnOnce(&UploadReport) -> Grants,
    report: &mut impl FnMut(Line),
) -> Result<bool, TrialError> {
    let core = house.core();
    let simulator = house.simulator().expect("a trial runs in the lab");
    let mut observer = Observer::new(core, simulator);
    let Some(checked) = take_in(core, config, report).await? else {
        observer.tally().refuse();
        report(observer.tally().line());
        return Ok(false);
    };
    let granted = wanted(&checked, grant(&checked));
    report(Line::Plugin {
        plugin: checked.plugin.clone(),
        version: checked.version.clone(),
        hash: checked.hash.clone(),
        requested: checked
            .capabilities
            .iter()
            .map(|capability| capability.name.clone())
            .collect(),
        granted: granted
            .iter()
            .map(|capability| capability.name().to_owned())
            .collect(),
    });
    let guild = tokio::time::timeout(START, house.first_guild())
        .await
        .map_err(|_| TrialError::NoGuild)?;
    let interactive = granted.contains(&Capability::InteractionRespond);
    let request = InstallRequest {
        plugin: checked.plugin.parse().map_err(|_| CoreError::Internal)?,
        version: checked.hash.parse().ok(),
        guild,
        grants: granted,
        enable: true,
        by: "homemaid try".to_owned(),
    };
    let id = InstallationId::new(request.plugin.clone(), guild);
    core.install(request).await?;
    let ready = |core: &Core| match core.installation(&id) {
        Some(view) => match view.state {
            WorkerState::Running => {
                !interactive
                    || view
                        .commands
                        .iter()
                        .all(|command| command.registered_as.is_some() || command.problem.is_some())
            }
            WorkerState::GaveUp => true,
            _ => false,
        },
        None => true,
    };
    if observer.until(START, report, ready).await == Waited::InVain {
        report(Line::Problem {
            message: format!("the plugin was not ready within {} s", START.as_secs()),
        });
        observer.tally().refuse();
    }
    let stage = Stage::new(simulator, guild);
    for (index, step) in steps.iter().enumerate() {
        if core
            .installation(&id)
            .is_none_or(|view| view.state == WorkerState::GaveUp)
        {
            report(Line::Problem {
                message: "the plugin no longer runs; the steps that are left were not done".to_owned(),
            });
            observer.tally().refuse();
            break;
        }
        report(Line::Step {
            number: index + 1,
            event_type: step.kind.clone(),
        });
        if let Some(tick) = step.tick() {
            stage.tick(tick);
            // Whatever came due is done before the next step.
            observer.until(SETTLE, report, |core| core.idle(&id)).await;
            continue;
        }
        match stage.perform(step) {
            Ok(expected) => follow(&mut observer, &expected, report).await,
            Err(reason) => {
                report(Line::Problem {
                    message: format!("step {} ({}): {reason}", index + 1, step.kind),
                });
                observer.tally().refuse();
            }
        }
    }
    observer.until(SETTLE, report, |core| core.idle(&id)).await;
    observer.rest(report).await;
    let tally = observer.tally();
    if core
        .installation(&id)
        .is_none_or(|view| view.state != WorkerState::Running)
    {
        tally.refuse();
    }
    report(tally.line());
    Ok(tally.ok())
}

/// Waits until the plugin was sent what a step caused, and is done with it.
async fn follow(observer: &mut Observer, expected: &Expected, report: &mut impl FnMut(Line)) {
    let event_id = match observer.delivered(DELIVERY, report, expected).await {
        Delivery::Sent(event_id) => event_id,
        Delivery::Skipped(reason) => {
            report(Line::Skipped {
                event_type: expected.kind.to_owned(),
                reason,
            });
            return;
        }
        Delivery::Missing => {
            report(Line::Problem {
                message: format!(
                    "no {} event reached the plugin: {}",
                    expected.kind, expected.why_not
                ),
            });
            observer.tally().refuse();
            return;
        }
    };
    if observer.finished(HANDLING, report, &event_id).await == Waited::InVain {
        report(Line::Problem {
            message: format!("the handlers took longer than {} s", HANDLING.as_secs()),
        });
        observer.tally().refuse();
    }
}

fn read_script(config: &TrialConfig) -> Result<Vec<Step>, TrialError> {
    let own = config.plugin.join("events.yaml");
    match &config.events {
        Some(path) => Ok(script::read(path)?),
        None if own.is_file() => Ok(script::read(&own)?),
        None => Ok(Vec::new()),
    }
}

/// Hands the plugin to the store; `None` when it was refused, which the report then says.
async fn take_in(
    core: &Core,
    config: &TrialConfig,
    report: &mut impl FnMut(Line),
) -> Result<Option<UploadReport>, TrialError> {
    let manifest = config.manifest.as_deref().map(read).transpose()?;
    let taken = if config.plugin.is_dir() {
        core.upload_folder(&config.plugin, manifest).await
    } else {
        core.upload(read(&config.plugin)?, manifest).await
    };
    let findings = match &taken {
        Ok(checked) => &checked.findings,
        Err(CoreError::Refused { findings, .. }) => findings,
        Err(_) => &Vec::new(),
    };
    for finding in findings {
        let hint = finding
            .hint
            .as_deref()
            .map(|hint| format!("; {hint}"))
            .unwrap_or_default();
        report(Line::Finding {
            severity: finding.severity.clone(),
            code: finding.code.clone(),
            message: format!("{}{hint}", finding.message),
        });
    }
    match taken {
        Ok(checked) => Ok(Some(checked)),
        Err(CoreError::Refused { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TrialError> {
    std::fs::read(path).map_err(|source| TrialError::Read {
        path: path.to_owned(),
        source,
    })
}

fn wanted(checked: &UploadReport, grants: Grants) -> CapabilitySet {
    match grants {
        Grants::Nothing => CapabilitySet::new(),
        Grants::All => checked
            .capabilities
            .iter()
            .filter_map(|capability| capability.name.parse::<Capability>().ok())
            .collect(),
        Grants::Only(these) => these,
    }
}
