//! Appending records, in the writer's transaction.

use rand::RngCore as _;
use rusqlite::{Connection, Statement, params};

use super::chain::{Day, Hash, Link, Salt, hex, personal};
use super::record::{AuditLine, Touched, as_number};

/// Appends lines in their order and moves the chain's end with them.
pub(crate) fn append(conn: &Connection, lines: &[AuditLine]) -> rusqlite::Result<()> {
    let mut day = Day::newest(conn)?;
    let mut insert = conn.prepare_cached(
        "INSERT INTO audit (id, at, kind, installation, method, allowed, outcome, duration_us, event_id, touched,
            detail, seal, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    let mut index = conn
        .prepare_cached("INSERT OR IGNORE INTO audit_targets (kind, target, record) VALUES (?1, ?2, ?3)")?;
    for line in lines {
        let at = line.record.at.as_millisecond();
        let current = match &mut day {
            Some(current) if !current.is_over(at) => current,
            place => {
                if let Some(over) = place {
                    over.store(conn)?;
                    // Whoever keeps the host's log elsewhere holds the proof that this day was not written anew.
                    tracing::info!(day = over.day, records = over.records, end = %hex(&over.head), "audit day ended");
                }
                place.insert(Day::after(place.as_ref(), at, line.id))
            }
        };
        current.head = append_one(&mut insert, line, &current.head)?;
        current.last_id = line.id;
        current.records += 1;
        index_targets(&mut index, line.id, &line.record.touched)?;
    }
    match &mut day {
        Some(day) => day.store(conn),
        None => Ok(()),
    }
}

fn append_one(insert: &mut Statement<'_>, line: &AuditLine, before: &Hash) -> rusqlite::Result<Hash> {
    let AuditLine { id, record } = line;
    let installation = record
        .installation
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let touched = (!record.touched.is_empty()).then(|| record.touched.text());
    let detail = record.detail.as_deref();
    let salt = (touched.is_some() || detail.is_some()).then(new_salt);
    let entry = Link {
        id: *id,
        at: record.at.as_millisecond(),
        kind: record.kind.number(),
        installation: &installation,
        method: &record.method,
        allowed: record.decision == super::Decision::Allowed,
        outcome: &record.outcome,
        duration_us: i64::try_from(record.duration_us).unwrap_or(i64::MAX),
        event_id: record.event_id.as_deref(),
        personal: salt.map_or([0; 32], |salt| personal(&salt, touched.as_deref(), detail)),
    };
    let hash = entry.hash(before);
    insert.execute(params![
        entry.id,
        entry.at,
        entry.kind,
        entry.installation,
        entry.method,
        entry.allowed,
        entry.outcome,
        entry.duration_us,
        entry.event_id,
        touched,
        detail,
        salt,
        hash
    ])?;
    Ok(hash)
}

fn index_targets(index: &mut Statement<'_>, record: i64, touched: &Touched) -> rusqlite::Result<()> {
    for (kind, target) in touched.targets().filter(|(kind, _)| kind.is_indexed()) {
        index.execute(params![kind.number(), as_number(target), record])?;
    }
    Ok(())
}

fn new_salt() -> Salt {
    let mut salt = Salt::default();
    rand::rng().fill_bytes(&mut salt);
    salt
}
