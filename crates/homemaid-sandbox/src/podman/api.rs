//! Podman's API service, started when it is needed; it ends by itself when nobody asks any more.
//!
//! Images, inventory and the removal of containers go through it. Containers are never created here: only the podman
//! command hands pipes through, and the crate `podman-api` 0.11 loses `no-new-privileges`.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use podman_api::opts::{
    ContainerDeleteOpts, ContainerListFilter, ContainerListOpts, ImageListFilter, ImageListOpts,
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Podman;
use super::arguments::INSTANCE_LABEL;
use crate::error::{ApiError, complaint};
use crate::limits::{API_IDLE_SECONDS, API_START_TIMEOUT, API_TIMEOUT, POLL, REMOVE_ATTEMPTS, RETRY_PAUSE};

/// Longest path of a Unix socket, without the final zero.
const SOCKET_PATH_BYTES: usize = 107;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;

/// What is known of a container of this instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) id: String,
    /// The exit code, once Podman has noticed that it ended.
    pub(crate) exit: Option<i32>,
}

/// The API service of this host's Podman.
#[derive(Debug)]
pub(crate) struct Api {
    podman: Podman,
    socket: PathBuf,
    log: PathBuf,
    service: Mutex<Option<Child>>,
    /// Holds the socket when the path of the data directory is too long for one.
    _short: Option<TempDir>,
}

impl Api {
    /// Prepares the service with its socket in the private directory `run`.
    pub(crate) fn new(podman: Podman, run: &Path) -> std::io::Result<Self> {
        let socket = run.join("podman.sock");
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        let usable = |path: &Path| {
            let bytes = path.as_os_str().as_bytes();
            bytes.len() <= SOCKET_PATH_BYTES && bytes.iter().all(plain)
        };
        let (socket, short) = if usable(&socket) {
            (socket, None)
        } else {
            let parent = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
            let dir = tempfile::Builder::new().prefix("homemaid-").tempdir_in(parent)?;
            (dir.path().join("podman.sock"), Some(dir))
        };
        Ok(Self {
            podman,
            socket,
            log: run.join("podman-api.log"),
            service: Mutex::new(None),
            _short: short,
        })
    }

    /// Returns whether an image of this name is there.
    pub(crate) async fn image_exists(&self, name: &str) -> Result<bool, ApiError> {
        self.ask(|podman| async move { podman.images().get(name).exists().await })
            .await
    }

    /// Returns the names of all images whose repository is `repository`.
    pub(crate) async fn image_names(&self, repository: &str) -> Result<Vec<String>, ApiError> {
        let images = self
            .ask(|podman| async move {
                let filter = ImageListFilter::Reference(repository.into(), None);
                podman
                    .images()
                    .list(&ImageListOpts::builder().filter([filter]).build())
                    .await
            })
            .await?;
        let prefix = format!("{repository}:");
        let names = images
            .into_iter()
            .flat_map(|image| image.repo_tags.unwrap_or_default());
        Ok(names.filter(|name| name.starts_with(&prefix)).collect())
    }

    /// Removes an image unless a container uses it; returns whether it is gone.
    pub(crate) async fn remove_unused_image(&self, name: &str) -> Result<bool, ApiError> {
        match self
            .ask(|podman| async move { podman.images().get(name).delete().await })
            .await
        {
            Ok(()) => Ok(true),
            Err(error) if fault(&error) == Some(NOT_FOUND) => Ok(true),
            Err(error) if fault(&error) == Some(CONFLICT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns every container of this instance, ended ones included.
    pub(crate) async fn containers(&self, instance: &str) -> Result<Vec<Container>, ApiError> {
        let label = ContainerListFilter::LabelKeyVal(INSTANCE_LABEL.to_owned(), instance.to_owned());
        self.list(label).await
    }

    /// Returns one container, or `None` when there is none of this id.
    pub(crate) async fn container(&self, id: &str) -> Result<Option<Container>, ApiError> {
        let found = self.list(ContainerListFilter::Id(id.into())).await?;
        Ok(found.into_iter().find(|container| container.id == id))
    }

    async fn list(&self, filter: ContainerListFilter) -> Result<Vec<Container>, ApiError> {
        let options = ContainerListOpts::builder().all(true).filter([filter]).build();
        let options = &options;
        let found = self
            .ask(|podman| async move { podman.containers().list(options).await })
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|container| {
                let ended = container.exited.unwrap_or(false);
                Some(Container {
                    id: container.id?,
                    exit: container.exit_code.filter(|_| ended),
                })
            })
            .collect())
    }

    /// Removes a container by id or name, running or not. Podman refuses for a moment while one is just ending.
    pub(crate) async fn remove_container(&self, id: &str) -> Result<(), ApiError> {
        let options = ContainerDeleteOpts::builder()
            .force(true)
            .timeout(0)
            .volumes(true)
            .build();
        let options = &options;
        let mut attempt = 0;
        loop {
            match self
                .ask(|podman| async move { podman.containers().get(id).delete(options).await })
                .await
            {
                Ok(()) => return Ok(()),
                Err(error) if fault(&error) == Some(NOT_FOUND) => return Ok(()),
                Err(error) if attempt >= REMOVE_ATTEMPTS => return Err(error),
                Err(error) => tracing::debug!(
                    container = id,
                    ?error,
                    "podman refused to remove it, trying again"
                ),
            }
            attempt += 1;
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Asks the service, starting it first when it is not there; asks once more when it just went away.
    async fn ask<T, F>(&self, question: impl Fn(podman_api::Podman) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = podman_api::Result<T>>,
    {
        let mut again = true;
        loop {
            self.start().await?;
            let client = podman_api::Podman::unix(&self.socket);
            match tokio::time::timeout(API_TIMEOUT, question(client)).await {
                Err(_) => return Err(ApiError::Timeout),
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(podman_api::Error::Error(_) | podman_api::Error::IO(_))) if again => again = false,
                Ok(Err(error)) => return Err(ApiError::Answer(error)),
            }
        }
    }

    async fn start(&self) -> Result<(), ApiError> {
        let mut service = self.service.lock().await;
        let running = matches!(service.as_mut().map(Child::try_wait), Some(Ok(None)));
        if running && UnixStream::connect(&self.socket).await.is_ok() {
            return Ok(());
        }
        let failed = |error: std::io::Error| ApiError::Start {
            detail: error.to_string(),
        };
        match std::fs::remove_file(&self.socket) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let log = File::create(&self.log).map_err(failed)?;
        let mut child = self
            .podman
            .command()
            .args(["system", "service", &format!("--time={API_IDLE_SECONDS}")])
            .arg(format!("unix://{}", self.socket.display()))
            .stderr(Stdio::from(log))
            .spawn()
            .map_err(failed)?;
        let deadline = Instant::now() + API_START_TIMEOUT;
        while UnixStream::connect(&self.socket).await.is_err() {
            let ended = child.try_wait().map_err(failed)?.is_some();
            if ended || Instant::now() > deadline {
                let said = std::fs::read(&self.log).unwrap_or_default();
                return Err(ApiError::Start {
                    detail: complaint(&said),
                });
            }
            tokio::time::sleep(POLL).await;
        }
        *service = Some(child);
        Ok(())
    }
}

impl Drop for Api {
    /// Tells the service politely: as an ordinary user it is two processes, and only this reaches both.
    fn drop(&mut self) {
        let service = self.service.get_mut().as_mut();
        if let Some(pid) = service
            .and_then(|child| child.id())
            .and_then(|id| Pid::from_raw(id.try_into().ok()?))
        {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn fault(error: &ApiError) -> Option<u16> {
    match error {
        ApiError::Answer(podman_api::Error::Fault { code, .. }) => Some(code.as_u16()),
        _ => None,
    }
}
