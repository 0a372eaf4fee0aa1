//! An acknowledged write survives `kill -9` of the process, and no write is half there.
//!
//! This binary is both sides: started with [`VICTIM`] in its environment it is the process that is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{
    AuditFilter, AuditRecord, Decision, KvAmount, KvError, KvKey, KvText, LogLevel, LogRecord, LogSource,
    Storage,
};
use libtest_mimic::{Arguments, Failed, Trial};
use rand::Rng;
use serde_json::{Value, json};

/// Names the data directory the victim writes to, and its round.
const VICTIM: &str = "HOMEMAID_STORAGE_VICTIM";
const ROUNDS: u64 = 12;
const WRITERS: u64 = 6;
/// Acknowledged writes after which a victim dies, at most: far enough for several checkpoints of the log.
const WRITES: usize = 900;
/// A victim nobody kills ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    if let Ok(task) = std::env::var(VICTIM) {
        return victim(&task);
    }
    let arguments = Arguments::from_args();
    let trial = Trial::test("acknowledged_writes_survive_kill_9_and_none_is_torn", killer);
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn installation(round: u64, writer: u64) -> InstallationId {
    format!("hello_maid@{}", round * WRITERS + writer + 1)
        .parse()
        .expect("legal")
}

fn payload(round: u64, writer: u64, n: u64) -> Value {
    json!({"of": [round, writer, n], "padding": "x".repeat(usize::try_from(n % 2_000).expect("small"))})
}

/// Writes as fast as it can, and prints `writer n` for each write that was acknowledged.
fn victim(task: &str) -> ExitCode {
    std::thread::spawn(|| {
        std::thread::sleep(PATIENCE);
        std::process::exit(3);
    });
    let (round, dir) = task.split_once(' ').expect("round and directory");
    let round: u64 = round.parse().expect("a number");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let storage = Storage::open(Path::new(dir), Clock::system()).expect("opens");
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_for_ever(storage.clone(), round, writer)))
            .collect();
        for writer in writers {
            writer.await.expect("no panic").expect("no write fails");
        }
    });
    ExitCode::FAILURE
}

async fn write_for_ever(storage: Storage, round: u64, writer: u64) -> Result<(), KvError> {
    let id = installation(round, writer);
    // Two keys a write, so that the quota is not reached.
    for n in 0..4_000 {
        let (here, value) = (id.clone(), KvText::new(&payload(round, writer, n))?);
        let entries = [
            (KvKey::parse(&format!("left:{n}"))?, value.clone()),
            (KvKey::parse(&format!("right:{n}"))?, value),
        ];
        storage
            .try_write(move |tx| {
                tx.kv(&here).mput(&entries)?;
                tx.kv(&here).increment(&KvKey::parse("count")?, "", KvAmount::ONE)
            })
            .await?;
        let line = format!("{writer} {n}\n");
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes())
            .and_then(|()| out.flush())
            .expect("the parent reads");
        drop(out);
        // Nobody waits for these, but they must not harm what is waited for.
        storage.audit(audit(&id));
        let now = jiff::Timestamp::now();
        storage.log(LogRecord::text(
            now,
            id.clone(),
            LogLevel::Info,
            LogSource::Plugin,
            line,
        ));
    }
    Ok(())
}

fn audit(id: &InstallationId) -> AuditRecord {
    AuditRecord {
        at: jiff::Timestamp::now(),
        installation: id.clone(),
        method: "kv.mput".to_owned(),
        decision: Decision::Allowed,
        outcome: "ok".into(),
        duration_us: 1,
        event_id: None,
    }
}

fn killer() -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    // One directory for all rounds: each recovers from the kill before it.
    let dir = temp.path().join("data");
    let mut acknowledged: BTreeMap<(u64, u64), BTreeSet<u64>> = BTreeMap::new();
    for round in 0..ROUNDS {
        for (writer, n) in one_kill(&dir, round)? {
            acknowledged.entry((round, writer)).or_default().insert(n);
        }
        verify(&dir, &acknowledged)
            .map_err(|error| format!("after kill {round}: {}", error.message().unwrap_or_default()))?;
    }
    let total: usize = acknowledged.values().map(BTreeSet::len).sum();
    if total < WRITES {
        return Err(format!("only {total} writes were tried").into());
    }
    Ok(())
}

/// Runs a victim, kills it at a moment of its life, and returns what it was told is written.
fn one_kill(dir: &Path, round: u64) -> Result<Vec<(u64, u64)>, Failed> {
    let dir = dir.to_str().ok_or("a path of UTF-8")?;
    let mut victim = Command::new(std::env::current_exe()?)
        .env(VICTIM, format!("{round} {dir}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(victim.stdout.take().ok_or("piped")?);
    // The first rounds die young, one even before its first answer.
    let most = if round < 3 { 3 } else { WRITES };
    let wanted = rand::rng().random_range(0..=most) * usize::from(round != 0);
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    let mut killed = wanted == 0;
    if killed {
        victim.kill()?;
    }
    while lines.read_line(&mut line)? > 0 {
        // A line without its end was being printed at the time.
        if let Some((writer, n)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) {
            acknowledged.push((writer.parse()?, n.parse()?));
        }
        line.clear();
        if !killed && acknowledged.len() >= wanted {
            victim.kill()?;
            killed = true;
        }
    }
    let status = victim.wait()?;
    if !killed || status.code().is_some() {
        return Err(format!("the victim ended by itself: {status}").into());
    }
    Ok(acknowledged)
}

fn verify(dir: &Path, acknowledged: &BTreeMap<(u64, u64), BTreeSet<u64>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let storage = Storage::open(dir, Clock::system())?;
        for (&(round, writer), expected) in acknowledged {
            let found = pairs(&storage, round, writer).await?;
            if let Some(lost) = expected.difference(&found).next() {
                return Err(Failed::from(format!(
                    "write {lost} of writer {writer} in round {round} is lost"
                )));
            }
        }
        // The audit is readable, and the storage takes new writes.
        storage
            .read(|tx| tx.audit().list(&AuditFilter::default()))
            .await?;
        storage
            .kv(&installation(0, 0))
            .put("alive", &json!(true), 1)
            .await?;
        storage.close().await;
        Ok(())
    })?;
    for file in ["platform.db", "logs.db"] {
        check_file(&dir.join(file))?;
    }
    Ok(())
}

/// Returns the writes of one writer that are there, having seen that each is whole.
async fn pairs(storage: &Storage, round: u64, writer: u64) -> Result<BTreeSet<u64>, Failed> {
    let kv = storage.kv(&installation(round, writer));
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let keys = kv.list("left:", 1_000, &cursor).await?;
        let Some(last) = keys.last() else { break };
        cursor.clone_from(last);
        for key in &keys {
            let n: u64 = key.trim_start_matches("left:").parse()?;
            let expected = Some(payload(round, writer, n));
            if kv.get(key)? != expected || kv.get(&format!("right:{n}"))? != expected {
                return Err(format!("write {n} of writer {writer} in round {round} is torn").into());
            }
            found.insert(n);
        }
    }
    let rights = kv.count("right:").await?;
    let counted = kv
        .get("count")?
        .map_or(0, |count| count.as_u64().unwrap_or(u64::MAX));
    if rights != found.len() as u64 || counted != rights {
        return Err(format!("{} left, {rights} right, {counted} counted", found.len()).into());
    }
    Ok(found)
}

fn check_file(path: &Path) -> Result<(), Failed> {
    let conn = rusqlite::Connection::open(path)?;
    let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let broken: i64 = conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
        row.get(0)
    })?;
    if verdict != "ok" || broken != 0 {
        return Err(format!("{}: {verdict}, {broken} broken references", path.display()).into());
    }
    Ok(())
}
