//! What the attacks are played on: a plugin's tree, a file of the host, and a host that listens.

use std::fs::{self, Permissions};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The entry file of the tree.
pub(super) const ENTRY: &str = "__main__.py";
const ENVIRONMENT: &str = include_str!("../probes/environment.py");
const SECRET: &str = "a file of the host";

/// Removed when it is dropped.
#[derive(Debug)]
pub(super) struct Stage {
    dir: TempDir,
    port: u16,
    /// A name in the host's abstract socket namespace that somebody listens on.
    name: String,
    visitors: Arc<AtomicUsize>,
    _abstract: UnixListener,
    _listening: DropGuard,
}

impl Stage {
    pub(super) async fn set(run: &Path) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("proof-").tempdir_in(run)?;
        let tree = dir.path().join("tree");
        fs::create_dir(&tree)?;
        fs::write(tree.join(ENTRY), ENVIRONMENT)?;
        fs::set_permissions(&tree, Permissions::from_mode(0o755))?;
        fs::set_permissions(tree.join(ENTRY), Permissions::from_mode(0o644))?;
        // Readable for everyone, so that only the sandbox stands before it.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        fs::write(dir.path().join("secret"), SECRET)?;
        fs::set_permissions(dir.path().join("secret"), Permissions::from_mode(0o644))?;

        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let name = format!("homemaid-proof-{}-{port}", std::process::id());
        let listening_abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        let visitors = Arc::new(AtomicUsize::new(0));
        let (count, stop) = (Arc::clone(&visitors), CancellationToken::new());
        let listening = stop.clone().drop_guard();
        tokio::spawn(async move {
            while let Some(Ok(_)) = stop.run_until_cancelled(listener.accept()).await {
                count.fetch_add(1, Ordering::AcqRel);
            }
        });
        Ok(Self {
            dir,
            port,
            name,
            visitors,
            _abstract: listening_abstract,
            _listening: listening,
        })
    }

    pub(super) fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }

    pub(super) fn visitors(&self) -> usize {
        self.visitors.load(Ordering::Acquire)
    }

    /// What the attack of this name is told.
    pub(super) fn arguments(&self, attack: &str) -> Vec<String> {
        match attack {
            "network" => vec![self.port.to_string(), self.name.clone()],
            "isolation" => vec![self.dir.path().join("secret").display().to_string()],
            _ => Vec::new(),
        }
    }
}
