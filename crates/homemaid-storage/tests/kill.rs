//! An acknowledged write survives `kill -9` of the process, and no write is half there: killed while it writes, while
//! it brings an old database up to date, while it makes a copy, and while it changes the key of the secrets.
//!
//! This binary is both sides: started with [`VICTIM`] in its environment it is the process that is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{
    AuditFilter, AuditRecord, KvAmount, KvError, KvKey, KvText, LogLevel, LogRecord, LogSource, SecretName,
    SecretOwner, SecretText, Storage,
};
use libtest_mimic::{Arguments, Failed, Trial};
use rand::Rng;
use serde_json::{Value, json};

/// Names what the victim does, its round and its data directory.
const VICTIM: &str = "HOMEMAID_STORAGE_VICTIM";
/// Kills while it writes; [`LONG_ROUNDS`] of them late in a long life.
const ROUNDS: u64 = 80;
const LONG_ROUNDS: u64 = 8;
const WRITERS: u64 = 6;
/// Acknowledged writes after which a victim dies, at most: in the long rounds far enough for several checkpoints.
const WRITES: usize = 900;
const FEW_WRITES: usize = 40;
/// Kills in the middle of bringing an old database up to date.
const MIGRATION_KILLS: u64 = 60;
/// Kills while copies are made and writes go on.
const COPY_KILLS: u64 = 40;
/// Kills while the key of the secrets is changed over and over.
const KEY_KILLS: u64 = 40;
/// A victim nobody kills ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    if let Ok(task) = std::env::var(VICTIM) {
        return victim(&task);
    }
    let arguments = Arguments::from_args();
    let trials = vec![
        Trial::test("acknowledged_writes_survive_kill_9_and_none_is_torn", killer),
        Trial::test(
            "a_migration_killed_anywhere_loses_nothing_and_goes_on",
            migrations_killed,
        ),
        Trial::test("a_copy_killed_anywhere_harms_nothing", copies_killed),
        Trial::test(
            "a_change_of_the_key_killed_anywhere_loses_no_secret",
            key_changes_killed,
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
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
    let (kind, rest) = task.split_once(' ').expect("kind, round and directory");
    let (round, dir) = rest.split_once(' ').expect("round and directory");
    let round: u64 = round.parse().expect("a number");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        // Whoever kills begins to count here: what follows is what is to be hit.
        say("begun");
        let storage = Storage::open(Path::new(dir), Clock::system()).expect("opens");
        match kind {
            "open" => return say("open"),
            "keys" => return change_keys(&storage).await,
            "copies" => drop(tokio::spawn(copy_for_ever(
                storage.clone(),
                Path::new(dir).join("copies"),
            ))),
            _ => {}
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_for_ever(storage.clone(), round, writer)))
            .collect();
        for writer in writers {
            writer.await.expect("no panic").expect("no write fails");
        }
    });
    ExitCode::FAILURE
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())
        .and_then(|()| out.flush())
        .expect("the parent reads");
}

async fn copy_for_ever(storage: Storage, into: PathBuf) {
    for n in 0_u64.. {
        let to = into.join(n.to_string());
        std::fs::create_dir_all(&to).expect("made");
        storage.snapshot(&to).await.expect("copied");
        // The mark of a finished copy; the one that is killed has none.
        std::fs::write(to.join("done"), "").expect("marked");
        if n > 0 {
            std::fs::remove_dir_all(into.join((n - 1).to_string())).expect("removed");
        }
    }
}

async fn change_keys(storage: &Storage) {
    let owner = SecretOwner::Installation(installation(0, 0));
    for n in 0_u64.. {
        let name = SecretName::parse(&format!("s{}", n % 20)).expect("legal");
        let value = SecretText::new(n.to_string()).expect("legal");
        storage
            .secrets()
            .set(&owner, name, value, "test")
            .await
            .expect("kept");
        say(&format!("0 {n}"));
        storage.secrets().rotate_key().await.expect("changed");
    }
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
        let line = format!("{writer} {n}");
        say(&line);
        // Nobody waits for these, but they must not harm what is waited for.
        storage.audit(audit(&id));
        let _ = storage
            .metrics(&id)
            .record("writes", 1.0, &serde_json::Map::new());
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
    AuditRecord::call(jiff::Timestamp::now(), id.clone(), "kv.mput")
}

fn killer() -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    // One directory for all rounds: each recovers from the kill before it.
    let dir = temp.path().join("data");
    let mut acknowledged: BTreeMap<(u64, u64), BTreeSet<u64>> = BTreeMap::new();
    for round in 0..ROUNDS {
        // The first ones die young, one even before its first answer.
        let most = match round {
            0 => 0,
            1..3 => 3,
            _ if round >= ROUNDS - LONG_ROUNDS => WRITES,
            _ => FEW_WRITES,
        };
        for (writer, n) in one_kill("writes", &dir, round, rand::rng().random_range(0..=most))? {
            acknowledged.entry((round, writer)).or_default().insert(n);
        }
        // Whoever is later opens it anyway; all of it is looked at from time to time and at the end.
        if round % 8 != 7 && round >= 3 {
            continue;
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

fn spawn(kind: &str, dir: &Path, round: u64) -> Result<(Child, BufReader<ChildStdout>), Failed> {
    let dir = dir.to_str().ok_or("a path of UTF-8")?;
    let mut victim = Command::new(std::env::current_exe()?)
        .env(VICTIM, format!("{kind} {round} {dir}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(victim.stdout.take().ok_or("piped")?);
    Ok((victim, lines))
}

/// Runs a victim, kills it after so many answers, and returns what it was told is written.
fn one_kill(kind: &str, dir: &Path, round: u64, wanted: usize) -> Result<Vec<(u64, u64)>, Failed> {
    let (mut victim, mut lines) = spawn(kind, dir, round)?;
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    let mut killed = false;
    while lines.read_line(&mut line)? > 0 {
        if !killed && line.starts_with("begun") && wanted == 0 {
            victim.kill()?;
            killed = true;
        }
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

/// Old databases with data in them, of every age, killed while they are brought up to date.
fn migrations_killed() -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    let newest = homemaid_storage::testing::migrations();
    let (mut killed, mut longest) = (0, Duration::from_millis(4));
    for round in 0..MIGRATION_KILLS {
        let dir = temp.path().join(round.to_string());
        let age = usize::try_from(round).unwrap_or(0) % newest;
        homemaid_storage::testing::make_old(&dir, age).map_err(|error| error.to_string())?;
        let has_settings = age > 0;
        if has_settings {
            let conn = rusqlite::Connection::open(dir.join("platform.db"))?;
            conn.execute("INSERT INTO settings VALUES ('old', '\"kept\"', 1)", [])?;
        }
        // Killed again and again, a little later each time, until one lives long enough.
        let mut wait = Duration::ZERO;
        loop {
            let (mut victim, mut lines) = spawn("open", &dir, round)?;
            let mut line = String::new();
            lines.read_line(&mut line)?;
            std::thread::sleep(wait);
            victim.kill()?;
            line.clear();
            lines.read_line(&mut line)?;
            let status = victim.wait()?;
            if !line.starts_with("open") && status.code().is_some() {
                return Err(format!("the victim failed by itself: {status}").into());
            }
            check_file(&dir.join("platform.db"))?;
            if line.starts_with("open") {
                break;
            }
            killed += 1;
            wait += longest.mul_f64(rand::rng().random_range(0.1..0.6));
            longest = longest.max(wait / 2);
        }
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let storage = Storage::open(&dir, Clock::system())?;
            if has_settings && storage.read(|tx| tx.settings().get("old")).await? != Some(json!("kept")) {
                return Err(Failed::from(format!("what was there at age {age} is lost")));
            }
            storage
                .kv(&installation(0, 0))
                .put("alive", &json!(true), 0)
                .await?;
            storage.close().await;
            Ok(())
        })?;
        std::fs::remove_dir_all(&dir)?;
    }
    if killed < MIGRATION_KILLS {
        return Err(format!("only {killed} were killed in the middle").into());
    }
    Ok(())
}

/// Killed while copies are made: the house is whole, and so is every copy that was called done.
fn copies_killed() -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    let dir = temp.path().join("data");
    let mut acknowledged: BTreeMap<(u64, u64), BTreeSet<u64>> = BTreeMap::new();
    for round in 0..COPY_KILLS {
        for (writer, n) in one_kill("copies", &dir, round, rand::rng().random_range(0..=FEW_WRITES))? {
            acknowledged.entry((round, writer)).or_default().insert(n);
        }
        let copies = dir.join("copies");
        if let Ok(made) = std::fs::read_dir(&copies) {
            for copy in made {
                let copy = copy?.path();
                if copy.join("done").exists() {
                    for name in homemaid_storage::DATABASES {
                        check_file(&copy.join(name))?;
                    }
                }
            }
            std::fs::remove_dir_all(&copies)?;
        }
    }
    verify(&dir, &acknowledged)
}

/// Killed while the key is changed: every secret that was acknowledged opens, with the one key that is left.
fn key_changes_killed() -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    let dir = temp.path().join("data");
    let runtime = tokio::runtime::Runtime::new()?;
    for round in 0..KEY_KILLS {
        let wanted = rand::rng().random_range(1..=12);
        let acknowledged = one_kill("keys", &dir, round, wanted)?;
        let last: BTreeMap<u64, u64> = acknowledged.into_iter().map(|(_, n)| (n % 20, n)).collect();
        runtime.block_on(async {
            let storage = Storage::open(&dir, Clock::system())?;
            let owner = SecretOwner::Installation(installation(0, 0));
            for (slot, n) in last {
                let found = storage
                    .secrets()
                    .get(&owner, &SecretName::parse(&format!("s{slot}"))?)?;
                // The next value may have been kept without anybody being told.
                let kept = found.and_then(|text| text.reveal().parse::<u64>().ok());
                if kept.is_none_or(|kept| kept != n && kept != n + 20) {
                    return Err(Failed::from(format!(
                        "secret {slot} is {kept:?} after kill {round}, and was {n}"
                    )));
                }
            }
            storage.close().await;
            let keys = homemaid_storage::key_ids(&dir.join(homemaid_storage::KEY_FILE))?;
            if keys.len() != 1 {
                return Err(format!("{} keys are left", keys.len()).into());
            }
            Ok(())
        })?;
    }
    check_file(&dir.join("platform.db"))
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
        // The audit is readable and its chain whole, the metrics too, and the storage takes new writes.
        storage
            .read(|tx| tx.audit().list(&AuditFilter::default()))
            .await?;
        let verdict = storage.read(|tx| tx.audit().verify()).await?;
        if let Some(broken) = verdict.broken {
            return Err(format!("the audit's chain is broken: {broken:?}").into());
        }
        storage.metrics(&installation(0, 0)).list().await?;
        storage
            .kv(&installation(0, 0))
            .put("alive", &json!(true), 1)
            .await?;
        storage.close().await;
        Ok(())
    })?;
    for file in ["platform.db", "logs.db", "metrics.db"] {
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
