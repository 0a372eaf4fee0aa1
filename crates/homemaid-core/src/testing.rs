//! An installation with real storage and a Discord that is never reached, for tests that need no worker.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use homemaid_discord::{Discord, DiscordConfig};
use homemaid_package::{ContentHash, Manifest, StoredVersion};
use homemaid_protocol::{Capability, CapabilitySet, Clock, InstallationId};
use homemaid_storage::{AuditFilter, AuditKind, AuditLine, LogFilter, LogLine, NewVersion, Storage};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc};

use crate::installation::{Condition, Facts, Installation, NewInstallation};
use crate::services::{CoreOptions, Services};
use crate::supervisor::Command;
use crate::supervisor::plan::Status;

/// An installation `test_maid@1` that declares `storage:kv` and `discord:send_message`.
pub(crate) struct Stage {
    pub(crate) services: Arc<Services>,
    pub(crate) installation: Arc<Installation>,
    _commands: mpsc::Receiver<Command>,
    _dir: TempDir,
}

impl Stage {
    /// Sets it up with these grants.
    pub(crate) async fn new(grants: &[Capability]) -> Self {
        Self::with_options(grants, CoreOptions::default()).await
    }

    pub(crate) async fn with_options(grants: &[Capability], options: CoreOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage = Storage::open(dir.path(), Clock::system()).unwrap();
        // Nobody listens on the port for multiplexing TCP services.
        let config = DiscordConfig::lab(
            "test-token".parse().unwrap(),
            "http://127.0.0.1:1".parse().unwrap(),
        );
        let (discord, _events) = Discord::connect(config, Clock::system()).unwrap();
        let id: InstallationId = "test_maid@1".parse().unwrap();
        let manifest = json!({"id": "test_maid", "name": "Test maid", "version": "1.2.3",
            "capabilities_required": ["storage:kv", "discord:send_message"]});
        let manifest = Manifest::parse(manifest.to_string().as_bytes()).unwrap();
        let hash: ContentHash = "0".repeat(64).parse().unwrap();
        let version = NewVersion {
            hash: hash.clone(),
            plugin: id.plugin.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            manifest: manifest.raw.clone().into(),
            findings: json!([]),
            zip_bytes: 0,
            added_by: "test".to_owned(),
        };
        let row = homemaid_storage::NewInstallation {
            id: id.clone(),
            version: hash.clone(),
            enabled: true,
            by: "test".to_owned(),
        };
        let granted: CapabilitySet = grants.iter().copied().collect();
        let set = granted.clone();
        storage
            .write(move |tx| {
                tx.versions().add(&version)?;
                tx.installations().add(&row)?;
                tx.grants().set(&row.id, &set, "test")
            })
            .await
            .unwrap();
        let facts = Facts {
            version: Arc::new(StoredVersion {
                hash,
                manifest,
                tree: PathBuf::new(),
                entry: "__main__.py".to_owned(),
                findings: Vec::new(),
                zip_bytes: 0,
            }),
            grants: granted,
            enabled: true,
            owed: Vec::new(),
            suspended: false,
        };
        let (installation, commands) = Installation::new(NewInstallation {
            id,
            installed_at: Clock::system().now(),
            facts,
            needed: BTreeSet::new(),
            condition: Condition {
                status: Status::Running,
                problem: None,
            },
            calls_per_second: options.calls_per_second,
            clock: Clock::system(),
            looks: Arc::new(Notify::new()),
        });
        installation.set_accepting(true);
        let egress = homemaid_egress::Egress::lab(&homemaid_egress::LabHttp::Closed).unwrap();
        let services = Services::new(storage, discord, egress, Clock::system(), options);
        Self {
            services,
            installation,
            _commands: commands,
            _dir: dir,
        }
    }

    /// Returns every audit record of a call.
    pub(crate) async fn audit(&self) -> Vec<AuditLine> {
        self.services.storage.flush().await.unwrap();
        self.services
            .storage
            .read(|tx| {
                tx.audit().list(&AuditFilter {
                    kind: Some(AuditKind::Call),
                    ..AuditFilter::default()
                })
            })
            .await
            .unwrap()
    }

    /// Returns every log line.
    pub(crate) async fn logs(&self) -> Vec<LogLine> {
        self.services.storage.flush().await.unwrap();
        self.services.storage.logs(LogFilter::default()).await.unwrap()
    }
}
