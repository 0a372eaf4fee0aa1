//! A full disk under the log, the metrics and the audit: told in plain words, nothing corrupt, and nothing of what waited
//! is lost when there is space again. A small tmpfs in a mount namespace of its own, so the disk is really full.
//!
//! This binary is both sides: started with [`VICTIM`] in its environment it is inside of the namespace.

use std::path::Path;
use std::process::{Command, ExitCode};

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{
    AuditFilter, AuditRecord, LogFilter, LogLevel, LogRecord, LogSource, MetricName, MetricPeriod, Storage,
    StoragePart,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Map;

/// Names the mount point.
const VICTIM: &str = "HOMEMAID_STORAGE_FULL_RECORDS";
const LINES: usize = 200;

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
    let trial = Trial::test("logs_metrics_and_audit_outlast_a_full_disk", outside);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

/// Starts the other side as root of a user and mount namespace of its own.
fn outside() -> Result<(), Failed> {
    let place = tempfile::tempdir()?;
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user"])
        .arg(std::env::current_exe()?)
        .env(VICTIM, place.path())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(())
}

fn inside(place: &Path) -> Fallible {
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8m", "none"])
        .arg(place)
        .status()?;
    ensure(mounted.success(), "a tmpfs is mounted")?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let storage = Storage::open(&place.join("data"), Clock::system())?;
        let id: InstallationId = "hello_maid@1".parse()?;
        for round in 1..=3 {
            fill(place)?;
            record(&storage, &id);
            ensure(
                storage.flush().await.is_err(),
                "a flush says that nothing can be written",
            )?;
            // Each part is tried by itself, so each says so when its turn comes.
            for part in [StoragePart::Audit, StoragePart::Logs, StoragePart::Metrics] {
                told(&storage, part).await?;
            }
            std::fs::remove_file(place.join("ballast"))?;
            recovered(&storage, &id, round).await?;
        }
        storage.close().await;
        for name in ["platform.db", "logs.db", "metrics.db"] {
            let conn = rusqlite::Connection::open(place.join("data").join(name))?;
            let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
            ensure(verdict == "ok", &format!("{name}: {verdict}"))?;
        }
        Fallible::Ok(())
    })
}

/// Takes the last block of the disk.
fn fill(place: &Path) -> Fallible {
    let ballast = place.join("ballast");
    let filled = Command::new("dd")
        .args(["if=/dev/zero", "bs=4k", &format!("of={}", ballast.display())])
        .output()?;
    ensure(!filled.status.success(), "the disk is full")
}

/// Records more than fits into what the databases hold already.
fn record(storage: &Storage, id: &InstallationId) {
    let now = jiff::Timestamp::now();
    for n in 0..LINES {
        let text = format!("{n} {}", "x".repeat(2_000));
        storage.log(LogRecord::text(
            now,
            id.clone(),
            LogLevel::Info,
            LogSource::Plugin,
            text,
        ));
        let _ = storage.metrics(id).record(&format!("m{n}"), 1.0, &Map::new());
        storage.audit(AuditRecord::call(now, id.clone(), "x".repeat(120)));
    }
}

/// Waits until a part says that the disk is full.
async fn told(storage: &Storage, part: StoragePart) -> Fallible {
    loop {
        // Whoever waits for a part makes it try.
        let _ = storage.logs(LogFilter::default()).await;
        let _ = storage.metrics(&"hello_maid@1".parse()?).list().await;
        let _ = storage.flush().await;
        let troubles = storage.troubles();
        if let Some(trouble) = troubles.iter().find(|trouble| trouble.part == part) {
            return ensure(trouble.reason.contains("full"), &trouble.sentence());
        }
        tokio::task::yield_now().await;
    }
}

/// There is space again: everything that waited is written, and the troubles are over.
async fn recovered(storage: &Storage, id: &InstallationId, round: usize) -> Fallible {
    storage.flush().await?;
    ensure(storage.troubles().is_empty(), "the troubles are over")?;
    let stats = storage.stats();
    ensure(
        stats.logs_dropped == 0 && stats.audit_dropped == 0 && stats.metrics_dropped == 0,
        &format!("nothing was dropped: {stats:?}"),
    )?;
    let lines = storage.logs(LogFilter::default()).await?.len();
    ensure(
        lines == LINES * round,
        &format!("{lines} log lines in round {round}"),
    )?;
    let total = storage
        .metrics(id)
        .total(MetricName::parse("m0")?, MetricPeriod::Month)
        .await?;
    ensure(
        total.to_string() == round.to_string(),
        &format!("{total} recorded in round {round}"),
    )?;
    let records = storage
        .read(|tx| tx.audit().list(&AuditFilter::default()))
        .await?;
    ensure(
        records.len() == LINES * round,
        &format!("{} audit records", records.len()),
    )?;
    let verdict = storage.read(|tx| tx.audit().verify()).await?;
    ensure(verdict.broken.is_none(), &format!("{:?}", verdict.broken))
}

fn ensure(holds: bool, what: &str) -> Fallible {
    if holds { Ok(()) } else { Err(what.into()) }
}
