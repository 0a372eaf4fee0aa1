//! The hash chain: what a record's hash covers, and where each day begins and ends.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::limits::AUDIT_DAY_ROWS;
use crate::time::{DAY, Millis};

/// A SHA-256.
pub(super) type Hash = [u8; 32];
/// What makes a digest of few possible texts unguessable.
pub(super) type Salt = [u8; 16];

/// A row as its hash sees it. `personal` is the digest of what can be blanked, all zero when there is nothing.
#[derive(Debug)]
pub(super) struct Link<'r> {
    pub(super) id: i64,
    pub(super) at: Millis,
    pub(super) kind: i64,
    pub(super) installation: &'r str,
    pub(super) method: &'r str,
    pub(super) allowed: bool,
    pub(super) outcome: &'r str,
    pub(super) duration_us: i64,
    pub(super) event_id: Option<&'r str>,
    pub(super) personal: Hash,
}

impl Link<'_> {
    /// Returns the record's hash after the one before it. Every field is preceded by its length or has a fixed one, so
    /// two different records never give the same bytes.
    pub(super) fn hash(&self, before: &Hash) -> Hash {
        let mut hasher = Sha256::new_with_prefix(b"homemaid audit record 1\0");
        hasher.update(before);
        for number in [
            self.id,
            self.at,
            self.kind,
            i64::from(self.allowed),
            self.duration_us,
        ] {
            hasher.update(number.to_be_bytes());
        }
        text(&mut hasher, self.installation);
        text(&mut hasher, self.method);
        text(&mut hasher, self.outcome);
        optional(&mut hasher, self.event_id);
        hasher.update(self.personal);
        hasher.finalize().into()
    }
}

/// Returns the digest of the part that can be blanked.
pub(super) fn personal(salt: &Salt, touched: Option<&str>, detail: Option<&str>) -> Hash {
    let mut hasher = Sha256::new_with_prefix(b"homemaid audit personal 1\0");
    hasher.update(salt);
    optional(&mut hasher, touched);
    optional(&mut hasher, detail);
    hasher.finalize().into()
}

fn text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text);
}

fn optional(hasher: &mut Sha256, value: Option<&str>) {
    hasher.update([u8::from(value.is_some())]);
    text(hasher, value.unwrap_or_default());
}

/// A stretch of the chain: a day, or a part of a day with very many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    /// Counts up; 0 before it is stored.
    pub(super) id: i64,
    /// Days since 1970.
    #[expect(clippy::struct_field_names, reason = "it is one, or a part of one")]
    pub(super) day: i64,
    /// What its first record follows.
    pub(super) start: Hash,
    /// The hash of its last record.
    pub(super) head: Hash,
    pub(super) first_id: i64,
    pub(super) last_id: i64,
    pub(super) records: i64,
    /// Its records are forgotten, or are being.
    pub(super) dropped: bool,
}

impl Day {
    /// Begins a stretch for a record at `at` after `before`.
    pub(super) fn after(before: Option<&Self>, at: Millis, first_id: i64) -> Self {
        let day = at.div_euclid(DAY);
        let mut hasher = Sha256::new_with_prefix(b"homemaid audit day 1\0");
        hasher.update(day.to_be_bytes());
        hasher.update(before.map_or([0; 32], |before| before.head));
        let start = hasher.finalize().into();
        Self {
            id: 0,
            day,
            start,
            head: start,
            first_id,
            last_id: first_id - 1,
            records: 0,
            dropped: false,
        }
    }

    /// Returns whether a record at `at` begins another stretch. A clock that was set back does not.
    pub(super) fn is_over(&self, at: Millis) -> bool {
        self.dropped || at.div_euclid(DAY) > self.day || self.records >= AUDIT_DAY_ROWS
    }

    /// Returns what the stretch after `before` must start with to be this one's place.
    pub(super) fn follows(&self, before: &Self) -> bool {
        let expected = Self::after(Some(before), self.day * DAY, self.first_id);
        expected.start == self.start
    }

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            day: row.get("day")?,
            start: row.get("start")?,
            head: row.get("head")?,
            first_id: row.get("first_id")?,
            last_id: row.get("last_id")?,
            records: row.get("records")?,
            dropped: row.get("dropped")?,
        })
    }

    /// Returns the newest stretch.
    pub(super) fn newest(conn: &Connection) -> rusqlite::Result<Option<Self>> {
        conn.prepare_cached("SELECT * FROM audit_days ORDER BY id DESC LIMIT 1")?
            .query_row([], Self::from_row)
            .optional()
    }

    /// Stores it, new or changed.
    pub(super) fn store(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        if self.id == 0 {
            conn.prepare_cached(
                "INSERT INTO audit_days (day, start, head, first_id, last_id, records, dropped)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            )?
            .execute(params![
                self.day,
                self.start,
                self.head,
                self.first_id,
                self.last_id,
                self.records
            ])?;
            self.id = conn.last_insert_rowid();
            return Ok(());
        }
        conn.prepare_cached("UPDATE audit_days SET head = ?2, last_id = ?3, records = ?4 WHERE id = ?1")?
            .execute(params![self.id, self.head, self.last_id, self.records])
            .map(drop)
    }
}

/// Returns a hash as hexadecimal digits.
pub(super) fn hex(hash: &Hash) -> String {
    homemaid_protocol::ContentHash::from_digest(*hash)
        .as_str()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link<'static> {
        Link {
            id: 1,
            at: 2,
            kind: 0,
            installation: "hello_maid@1",
            method: "kv.get",
            allowed: true,
            outcome: "ok",
            duration_us: 3,
            event_id: None,
            personal: [0; 32],
        }
    }

    #[test]
    fn every_field_and_the_hash_before_count() {
        let hash = link().hash(&[0; 32]);
        let others = [
            Link { id: 2, ..link() },
            Link { at: 3, ..link() },
            Link { kind: 1, ..link() },
            Link {
                installation: "hello_maid@2",
                ..link()
            },
            Link {
                method: "kv.ge",
                outcome: "tok",
                ..link()
            },
            Link {
                allowed: false,
                ..link()
            },
            Link {
                duration_us: 4,
                ..link()
            },
            Link {
                event_id: Some(""),
                ..link()
            },
            Link {
                personal: [1; 32],
                ..link()
            },
        ];
        for other in &others {
            assert_ne!(other.hash(&[0; 32]), hash, "{other:?}");
        }
        assert_ne!(link().hash(&[1; 32]), hash);
        assert_eq!(link().hash(&[0; 32]), hash);
    }

    #[test]
    fn the_blankable_part_s_digest_tells_its_halves_apart() {
        let digest = |touched, detail| personal(&[7; 16], touched, detail);
        assert_ne!(digest(Some("a"), None), digest(None, Some("a")));
        assert_ne!(digest(Some("ab"), Some("c")), digest(Some("a"), Some("bc")));
        assert_ne!(personal(&[8; 16], Some("a"), None), digest(Some("a"), None));
    }
}
