//! Twenty plugins in twenty guilds use tables of the same names, all at once; nobody sees or changes a row of anybody else.
//!
//! The same harness runs once more with places mixed up: it has to find leaks at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use homemaid_sql::{Databases, Options, SqlError};
use serde_json::{Value, json};

const PLUGINS: usize = 20;
const GUILDS: usize = 20;
const STEPS: usize = 6;
const THREADS: usize = 4;
const NOW: i64 = 1_767_225_600_000_000;

/// Lets everybody work; `place` says whose file an installation gets. Returns how many answers were not its own.
fn work(files: &Databases, steps: usize, place: impl Fn(usize, usize) -> (String, String) + Sync) -> usize {
    let leaks = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (leaks, place) = (&leaks, &place);
            scope.spawn(move || {
                for step in 0..steps {
                    for one in (thread..PLUGINS * GUILDS).step_by(THREADS) {
                        let (plugin, guild) = (one / GUILDS, one % GUILDS);
                        let (folder, file) = place(plugin, guild);
                        let wrong = files
                            .with(&folder, &file, |db| turn(db, one, step))
                            .expect("an ordinary turn");
                        leaks.fetch_add(wrong, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    leaks.load(Ordering::Relaxed)
}

/// One installation's turn: it writes, looks and changes, and knows what it has to see.
fn turn(db: &mut homemaid_sql::Database, one: usize, step: usize) -> Result<usize, SqlError> {
    let me = json!(format!("installation {one}"));
    db.execute(
        "CREATE TABLE IF NOT EXISTS notes (id SERIAL PRIMARY KEY, owner TEXT NOT NULL, step INT NOT NULL UNIQUE)",
        &[],
        NOW,
    )?;
    let written = db.execute(
        "INSERT INTO notes (owner, step) VALUES ($1, $2) ON CONFLICT (step) DO UPDATE SET owner = EXCLUDED.owner",
        &[me.clone(), json!(step)],
        NOW,
    )?;
    let changed = db.execute(
        "UPDATE notes SET owner = owner WHERE owner <> $1",
        std::slice::from_ref(&me),
        NOW,
    )?;
    let seen = db
        .query("SELECT owner, step FROM notes ORDER BY step", &[], 100, NOW)?
        .rows;
    let own: Vec<Value> = (0..=step)
        .map(|step| json!({"owner": me, "step": step}))
        .collect();
    let seen: Vec<Value> = seen.into_iter().map(Value::Object).collect();
    Ok(usize::from(written != 1) + usize::from(changed != 0) + usize::from(seen != own))
}

#[test]
fn nobody_sees_a_row_of_anybody_else_and_with_places_mixed_up_everybody_does() {
    let temp = tempfile::tempdir().unwrap();
    let files = Databases::new(temp.path().join("kept"), Options::default());
    let own = |plugin: usize, guild: usize| (format!("maid_{plugin}"), (guild + 1).to_string());
    assert_eq!(work(&files, STEPS, own), 0);
    assert_eq!(files.list().unwrap().len(), PLUGINS * GUILDS, "one file each");
    files.delete("maid_3", "4").unwrap();
    assert!(!files.path("maid_3", "4").exists());
    for (plugin, guild) in [("maid_3", "5"), ("maid_4", "4")] {
        let rows = files.with(plugin, guild, |db| db.query("SELECT * FROM notes", &[], 100, NOW));
        assert_eq!(rows.unwrap().rows.len(), STEPS, "{plugin}@{guild} keeps its rows");
    }

    let mixed = Databases::new(temp.path().join("mixed"), Options::default());
    let leaks = work(&mixed, 2, |plugin, _| (format!("maid_{plugin}"), "1".to_owned()));
    assert!(leaks > 100, "two turns each are enough to see {leaks} leaks");
}
