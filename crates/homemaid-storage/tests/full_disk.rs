//! A full disk and a read-only one, for real: a small tmpfs in a mount namespace of its own.
//!
//! This binary is both sides: started with [`VICTIM`] in its environment it is inside of the namespace.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{
    DATABASES, DatabaseFacts, KvError, SecretError, SecretName, SecretOwner, SecretText, Storage,
    StorageError,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;

/// Names the mount point.
const VICTIM: &str = "HOMEMAID_STORAGE_FULL_DISK";

type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    if let Ok(place) = std::env::var(VICTIM) {
        return match inside(Path::new(&place)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes());
                ExitCode::FAILURE
            }
        };
    }
    let trial = Trial::test("a_full_and_a_read_only_disk_are_told_and_nothing_breaks", outside);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

/// Starts the other side as root of a user and mount namespace of its own.
fn outside() -> Result<(), Failed> {
    let place = tempfile::tempdir()?;
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user"])
        // A write beyond the limit of `no_writes` shall fail, not kill.
        .args(["sh", "-c", "trap '' XFSZ; exec \"$0\""])
        .arg(std::env::current_exe()?)
        .env(VICTIM, place.path())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(())
}

fn mount(place: &Path, options: &str) -> Fallible {
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "none"])
        .arg(place)
        .status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("mount -o {options} failed").into())
}

/// Lets every write of this process fail from now on, or no longer: a file system with open files cannot be made
/// read-only from outside.
fn no_writes(fail: bool) -> Fallible {
    let limit = if fail { "0:" } else { "unlimited:" };
    let status = Command::new("prlimit")
        .args([
            "--pid",
            &std::process::id().to_string(),
            &format!("--fsize={limit}"),
        ])
        .status()?;
    assert_or(status.success(), "prlimit failed")
}

fn inside(place: &Path) -> Fallible {
    mount(place, "size=6m")?;
    let dir = place.join("data");
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let storage = Storage::open(&dir, Clock::system())?;
        let id: InstallationId = "hello_maid@1".parse()?;
        let mut kept = Kept::default();
        for round in 0..3 {
            kept.fill(&storage, &id, round).await?;
            full(&storage, &id, &dir).await?;
            mount(place, &format!("remount,size={}m", 24 + 8 * round))?;
            kept.goes_on(&storage, &id).await?;
            kept.check(&storage, &id)?;
        }
        no_writes(true)?;
        read_only(&storage, &id).await?;
        kept.check(&storage, &id)?;
        no_writes(false)?;
        kept.goes_on(&storage, &id).await?;
        kept.check(&storage, &id)?;
        storage.close().await;
        drop(storage);

        mount(place, "remount,ro").map_err(|error| {
            let open = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
            let open: Vec<_> = open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).collect();
            format!("{error}: {open:?}")
        })?;
        let refused =
            Storage::open(&dir, Clock::system()).expect_err("a read-only directory cannot be opened");
        let told = format!(
            "{refused}: {:?}",
            std::error::Error::source(&refused).map(ToString::to_string)
        );
        assert_or(
            told.to_lowercase().contains("read-only") || told.contains("readonly"),
            &told,
        )?;
        mount(place, "remount,rw")?;
        let storage = Storage::open(&dir, Clock::system())?;
        kept.check(&storage, &id)?;
        storage.close().await;
        for name in DATABASES {
            DatabaseFacts::of(&dir.join(name))?;
        }
        Fallible::Ok(())
    })
}

/// What was acknowledged.
#[derive(Default)]
struct Kept {
    keys: Vec<String>,
}

impl Kept {
    /// Writes until the disk is full.
    async fn fill(&mut self, storage: &Storage, id: &InstallationId, round: usize) -> Fallible {
        let value = json!("x".repeat(60_000));
        for n in 0..5_000 {
            let key = format!("{round}:{n}");
            match storage.kv(id).put(&key, &value, 0).await {
                Ok(()) => self.keys.push(key),
                Err(KvError::Storage(error)) => return is_told(&error, "full"),
                Err(other) => return Err(other.into()),
            }
        }
        Err("the disk never got full".into())
    }

    /// There is space again: writes succeed, and the state is good.
    async fn goes_on(&mut self, storage: &Storage, id: &InstallationId) -> Fallible {
        let key = format!("after:{}", self.keys.len());
        storage.kv(id).put(&key, &json!(1), 0).await?;
        self.keys.push(key);
        Ok(())
    }

    /// Nothing that was acknowledged is lost.
    fn check(&self, storage: &Storage, id: &InstallationId) -> Fallible {
        for key in &self.keys {
            assert_or(storage.kv(id).get(key)?.is_some(), &format!("{key} is lost"))?;
        }
        Ok(())
    }
}

/// Every write path says that the disk is full, and leaves things as they were.
async fn full(storage: &Storage, id: &InstallationId, dir: &Path) -> Fallible {
    // Fill the last blocks too, so that not even a small file fits.
    let ballast = dir.join("ballast");
    let filled = Command::new("dd")
        .args(["if=/dev/zero", "bs=4k", &format!("of={}", ballast.display())])
        .output()?;
    assert_or(!filled.status.success(), "the disk is full")?;

    let owner = SecretOwner::Installation(id.clone());
    let (name, value) = (SecretName::parse("s")?, SecretText::new("v".repeat(4_000))?);
    for _ in 0..10 {
        // Small writes may find room in pages that are free already; a full disk refuses them sooner or later.
        if storage
            .secrets()
            .set(&owner, name.clone(), value.clone(), "test")
            .await
            .is_err()
        {
            break;
        }
    }
    let key = storage.secrets().key_id();
    match storage.secrets().rotate_key().await {
        Err(SecretError::KeyFile(_)) => {}
        other => return Err(format!("the key cannot be changed without space: {other:?}").into()),
    }
    assert_or(storage.secrets().key_id() == key, "the key is as it was")?;
    let copy: PathBuf = dir.join("copy");
    std::fs::create_dir(&copy).or_else(|error| if copy.is_dir() { Ok(()) } else { Err(error) })?;
    assert_or(storage.snapshot(&copy).await.is_err(), "a copy needs space")?;
    std::fs::remove_dir_all(&copy)?;
    std::fs::remove_file(&ballast)?;
    Ok(())
}

async fn read_only(storage: &Storage, id: &InstallationId) -> Fallible {
    match storage.kv(id).put("ro", &json!("x".repeat(60_000)), 0).await {
        Err(KvError::Storage(error)) => is_told(&error, "read")?,
        other => return Err(format!("a read-only disk takes no writes: {other:?}").into()),
    }
    match storage.secrets().rotate_key().await {
        Err(SecretError::KeyFile(_)) => Ok(()),
        other => Err(format!("the key cannot be changed: {other:?}").into()),
    }
}

fn is_told(error: &StorageError, word: &str) -> Fallible {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        told = format!("{told}: {next}");
        cause = next.source();
    }
    let told = told.to_lowercase();
    assert_or(told.contains(word) || told.contains("i/o"), &told)
}

fn assert_or(holds: bool, what: &str) -> Fallible {
    if holds { Ok(()) } else { Err(what.into()) }
}
