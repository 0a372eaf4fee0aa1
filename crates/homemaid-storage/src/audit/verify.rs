//! Going through the whole chain.

use rusqlite::{Connection, Row};

use super::Audit;
use super::chain::{Day, Hash, Link, hex, personal};
use crate::StorageError;
use crate::time::{DAY, timestamp};

/// What came of going through the chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditVerdict {
    /// Records whose hash was computed again and is right.
    pub verified: u64,
    /// Records from before there was a chain; nothing is known about them.
    pub unchained: u64,
    /// The days, the oldest first; a day with very many records appears several times.
    pub days: Vec<AuditDay>,
    /// Where the chain breaks first, or `None`.
    pub broken: Option<AuditBreak>,
}

/// A day of the chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditDay {
    /// For example `2026-03-01`, in UTC.
    pub day: String,
    /// How many records it has, or had.
    pub records: u64,
    /// Its records were forgotten by age or number; only its end is left.
    pub forgotten: bool,
    /// The hash of its last record: the same as the host's log said when the day was over.
    pub end: String,
}

/// Where the chain breaks first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditBreak {
    /// On which day.
    pub day: String,
    /// The first record that does not fit, by id.
    pub record: i64,
    /// What is wrong.
    pub reason: String,
}

/// Why a stretch of the chain does not hold.
enum Fault {
    Broken { record: i64, reason: &'static str },
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

const CHANGED: &str = "it was changed, or a record before it was removed, added or moved";
const MISSING: &str = "it and perhaps records before it are missing at the end of the day";
const STRANGE: &str = "no day of the chain knows it";
const CUT: &str = "the days before this one were removed or changed";

impl Audit<'_> {
    /// Computes every hash again. Takes some seconds for a million records.
    pub fn verify(&self) -> Result<AuditVerdict, StorageError> {
        go(self.0.conn).map_err(StorageError::on("audit.verify"))
    }
}

fn go(conn: &Connection) -> rusqlite::Result<AuditVerdict> {
    let days = conn
        .prepare("SELECT * FROM audit_days ORDER BY id")?
        .query_map([], Day::from_row)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let first_chained = days.first().map_or(i64::MAX, |day| day.first_id);
    let unchained: i64 = conn.query_row(
        "SELECT count(*) FROM audit WHERE hash IS NULL AND id < ?1",
        [first_chained],
        |row| row.get(0),
    )?;
    let mut verdict = AuditVerdict {
        verified: 0,
        unchained: unchained.unsigned_abs(),
        days: Vec::with_capacity(days.len()),
        broken: None,
    };
    let mut before: Option<&Day> = None;
    for (at, day) in days.iter().enumerate() {
        verdict.days.push(AuditDay {
            day: date(day),
            records: day.records.unsigned_abs(),
            forgotten: day.dropped,
            end: hex(&day.head),
        });
        let until = days.get(at + 1).map_or(i64::MAX, |next| next.first_id);
        let outcome = follows(before, day).and_then(|()| {
            if day.dropped {
                Ok(0)
            } else {
                stretch(conn, day, until)
            }
        });
        match outcome {
            Ok(verified) => verdict.verified += verified,
            Err(Fault::Database(error)) => return Err(error),
            Err(Fault::Broken { record, reason }) if verdict.broken.is_none() => {
                verdict.broken = Some(AuditBreak {
                    day: date(day),
                    record,
                    reason: reason.to_owned(),
                });
            }
            Err(Fault::Broken { .. }) => {}
        }
        before = Some(day);
    }
    if days.is_empty() {
        verdict.broken = chained_without_days(conn)?;
    }
    Ok(verdict)
}

/// Checks that a stretch begins where the one before it ended.
fn follows(before: Option<&Day>, day: &Day) -> Result<(), Fault> {
    let fits = match before {
        Some(before) => day.follows(before),
        // What came before a forgotten stretch is forgotten too.
        None => day.dropped || Day::after(None, day.day * DAY, day.first_id).start == day.start,
    };
    if fits {
        Ok(())
    } else {
        Err(Fault::Broken {
            record: day.first_id,
            reason: CUT,
        })
    }
}

/// Goes through the records of one stretch and those that pretend to follow it; returns how many are right.
fn stretch(conn: &Connection, day: &Day, until: i64) -> Result<u64, Fault> {
    let mut head = day.start;
    let mut verified: i64 = 0;
    let mut query = conn.prepare_cached("SELECT * FROM audit WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
    let mut rows = query.query([day.first_id, until])?;
    let mut last = day.first_id - 1;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        let broken = |reason| Fault::Broken { record: id, reason };
        if id > day.last_id {
            // The stretch is short of records when it did not end where it should.
            return Err(if last < day.last_id {
                Fault::Broken {
                    record: day.last_id,
                    reason: MISSING,
                }
            } else {
                broken(STRANGE)
            });
        }
        let stored: Option<Hash> = row.get("hash").map_err(|_| broken(CHANGED))?;
        head = recomputed(row, &head).map_err(|_| broken(CHANGED))?;
        if stored != Some(head) {
            return Err(broken(CHANGED));
        }
        last = id;
        verified += 1;
    }
    if last != day.last_id || head != day.head || verified != day.records {
        return Err(Fault::Broken {
            record: day.last_id,
            reason: MISSING,
        });
    }
    Ok(verified.unsigned_abs())
}

fn recomputed(row: &Row<'_>, before: &Hash) -> rusqlite::Result<Hash> {
    let (touched, detail, seal): (Option<String>, Option<String>, Option<Vec<u8>>) =
        (row.get("touched")?, row.get("detail")?, row.get("seal")?);
    let personal = match seal.as_deref() {
        None if touched.is_none() && detail.is_none() => [0; 32],
        Some(seal) => match (<[u8; 32]>::try_from(seal), <[u8; 16]>::try_from(seal)) {
            // Blanked: the digest took the salt's place.
            (Ok(digest), _) if touched.is_none() && detail.is_none() => digest,
            (_, Ok(salt)) => personal(&salt, touched.as_deref(), detail.as_deref()),
            _ => return Err(rusqlite::Error::InvalidQuery),
        },
        None => return Err(rusqlite::Error::InvalidQuery),
    };
    let link = Link {
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        installation: row.get_ref("installation")?.as_str()?,
        method: row.get_ref("method")?.as_str()?,
        allowed: row.get("allowed")?,
        outcome: row.get_ref("outcome")?.as_str()?,
        duration_us: row.get("duration_us")?,
        event_id: row.get_ref("event_id")?.as_str_or_null()?,
        personal,
    };
    Ok(link.hash(before))
}

/// Returns the break when all days were removed and their records were not.
fn chained_without_days(conn: &Connection) -> rusqlite::Result<Option<AuditBreak>> {
    let mut query = conn.prepare("SELECT id, at FROM audit WHERE hash IS NOT NULL ORDER BY id LIMIT 1")?;
    let mut rows = query.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let at: i64 = row.get("at")?;
    Ok(Some(AuditBreak {
        day: day_text(at.div_euclid(DAY)),
        record: row.get("id")?,
        reason: STRANGE.to_owned(),
    }))
}

fn date(day: &Day) -> String {
    day_text(day.day)
}

fn day_text(day: i64) -> String {
    let midnight = timestamp(day.saturating_mul(DAY));
    midnight
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d")
        .to_string()
}
