//! What functions and hooks of a connection share with its owner.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::hooks::Action;
use rusqlite::types::Value;

use super::{Functions, bool, int, text};
use crate::cast;
use crate::error::{CANCELED, Pg, pg};
use crate::types::Base;
use crate::value::time;

/// Whose statement is being prepared or run; the authorizer asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// The host's own: anything but what no statement ever needs.
    Host = 0,
    /// A plugin's translated SELECT, INSERT, UPDATE or DELETE.
    Plugin = 1,
    /// The steps of a plugin's change of tables.
    Ddl = 2,
}

/// Sequences: the last value of each, in memory; written with the next commit, never taken back, as in PostgreSQL.
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    pub(crate) last: HashMap<i64, i64>,
    pub(crate) dirty: HashSet<i64>,
}

/// Rows that a statement has written, for `ON CONFLICT DO UPDATE`.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) table: String,
    pub(crate) rows: HashSet<i64>,
    pub(crate) twice: bool,
    inserted: bool,
}

thread_local! {
    /// When the call that this thread runs must end. A statement runs on one thread from its begin to its end.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Fails when the call's time is up. SQLite asks between its steps; a function that can be long within one asks here.
pub(crate) fn in_time() -> Pg<()> {
    if DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline) {
        return Err(pg(CANCELED, "canceling statement due to statement timeout"));
    }
    Ok(())
}

#[derive(Debug)]
pub(crate) struct State {
    /// Microseconds since 1970; constant within a statement.
    now: AtomicI64,
    mode: AtomicU8,
    deadline: Mutex<Option<Instant>>,
    canceled: AtomicBool,
    sequences: Mutex<Sequences>,
    written: Mutex<Option<Written>>,
    relations: Mutex<HashSet<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here is left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(0),
            mode: AtomicU8::new(Mode::Host as u8),
            deadline: Mutex::new(None),
            canceled: AtomicBool::new(false),
            sequences: Mutex::default(),
            written: Mutex::default(),
            relations: Mutex::default(),
        })
    }

    pub(crate) fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Relaxed) {
            0 => Mode::Host,
            2 => Mode::Ddl,
            _ => Mode::Plugin,
        }
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
    }

    pub(crate) fn begin(&self, now: i64, deadline: Instant) {
        self.now.store(now, Ordering::Relaxed);
        self.canceled.store(false, Ordering::Relaxed);
        *lock(&self.deadline) = Some(deadline);
        DEADLINE.set(Some(deadline));
    }

    pub(crate) fn end(&self) {
        *lock(&self.deadline) = None;
        DEADLINE.set(None);
        *lock(&self.written) = None;
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Whether the statement's time is up; asked every few thousand steps.
    pub(crate) fn is_late(&self) -> bool {
        let late = lock(&self.deadline).is_some_and(|deadline| Instant::now() >= deadline);
        if late {
            self.canceled.store(true, Ordering::Relaxed);
        }
        late
    }

    pub(crate) fn was_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }

    pub(crate) fn sequences(&self) -> MutexGuard<'_, Sequences> {
        lock(&self.sequences)
    }

    /// Watches the rows of `table` from now on.
    pub(crate) fn watch(&self, table: &str) {
        *lock(&self.written) = Some(Written {
            table: table.to_owned(),
            ..Written::default()
        });
    }

    pub(crate) fn wrote_twice(&self) -> bool {
        lock(&self.written).as_ref().is_some_and(|written| written.twice)
    }

    pub(crate) fn note(&self, action: Action, table: &str, row: i64) {
        if let Some(written) = lock(&self.written)
            .as_mut()
            .filter(|written| written.table == table)
        {
            written.inserted = action == Action::SQLITE_INSERT;
            if action == Action::SQLITE_DELETE {
                written.rows.remove(&row);
            } else if !written.rows.insert(row) {
                written.twice = true;
            }
        }
    }

    pub(crate) fn set_relations(&self, names: HashSet<String>) {
        *lock(&self.relations) = names;
    }
}

pub(super) fn register(functions: &Functions<'_>, state: &Arc<State>) -> rusqlite::Result<()> {
    let own = Arc::clone(state);
    functions.add("hm_now", 0, true, true, move |_| text(time::stored(own.now())))?;
    let own = Arc::clone(state);
    functions.add("hm_clock", 0, true, false, move |_| text(time::stored(own.now())))?;
    let own = Arc::clone(state);
    functions.add("hm_inserted", 0, true, false, move |_| {
        bool(
            lock(&own.written)
                .as_ref()
                .is_some_and(|written| written.inserted),
        )
    })?;
    let own = Arc::clone(state);
    functions.add("hm_nextval", 2, true, false, move |call| {
        let (id, base) = (call.int(0)?, call.base(1)?);
        let mut sequences = own.sequences();
        let last = sequences.last.entry(id).or_insert(0);
        let next = last.checked_add(1).filter(|next| cast::fits(*next, base));
        let next = next.ok_or_else(|| {
            let most = match base {
                Base::Int2 => i64::from(i16::MAX),
                Base::Int4 => i64::from(i32::MAX),
                _ => i64::MAX,
            };
            pg(
                "2200H",
                format!("nextval: reached maximum value of sequence ({most})"),
            )
        })?;
        *last = next;
        sequences.dirty.insert(id);
        int(next)
    })?;
    let own = Arc::clone(state);
    functions.add("hm_to_regclass", 1, true, false, move |call| {
        let name = call.text(0)?;
        let folded = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name.to_ascii_lowercase(),
        };
        let known = lock(&own.relations).contains(&folded);
        Ok(if known {
            Value::Text(name.to_owned())
        } else {
            Value::Null
        })
    })
}
