//! `homemaid doctor`: proves each limit of the sandbox with a program that tries to break it.

use homemaid_sandbox::{Proof, Sandbox, SandboxConfig, SandboxFacts, prove};

use crate::house::{HouseError, Refusal};
use crate::paths::{PathError, Share};

/// What the doctor found.
#[derive(Debug)]
pub struct Examination {
    /// The machine.
    pub facts: SandboxFacts,
    /// One proof a limit.
    pub proofs: Vec<Proof>,
}

/// Why the doctor could not examine.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// No share directory.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The machine cannot run plugins safely at all.
    #[error(transparent)]
    House(#[from] HouseError),
    /// No place for run files.
    #[error("could not make a temporary directory")]
    Temporary(#[from] std::io::Error),
}

/// Opens a sandbox of its own and proves every limit; an appliance that runs beside it is not disturbed.
pub async fn doctor() -> Result<Examination, DoctorError> {
    let share = Share::find()?;
    let data = tempfile::Builder::new().prefix("homemaid-doctor-").tempdir()?;
    let instance = format!("doctor-{}", std::process::id());
    let sandbox = Sandbox::open(SandboxConfig::new(
        data.path(),
        share.image(),
        share.seccomp(),
        instance,
    ))
    .await
    .map_err(|error| HouseError::Sandbox(Refusal::Sandbox(error)))?;
    let proofs = prove(&sandbox).await;
    let facts = sandbox.facts().clone();
    sandbox.close().await;
    Ok(Examination { facts, proofs })
}
