//! One record of the audit.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

use homemaid_protocol::{InstallationId, Snowflake};
use jiff::Timestamp;
use rusqlite::Row;

use crate::limits::{AUDIT_DETAIL_CHARS, AUDIT_TEXT_CHARS, AUDIT_TOUCHED};
use crate::table::{clip, parse, time};

/// Who did what is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// A plugin called.
    Call,
    /// Something happened in Discord, and a plugin's handler for it made calls.
    Event,
    /// The owner acted.
    Owner,
    /// The host did something to the audit itself.
    Host,
}

impl AuditKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Call, Self::Event, Self::Owner, Self::Host];

    /// Returns the name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Event => "event",
            Self::Owner => "owner",
            Self::Host => "host",
        }
    }

    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Call => 0,
            Self::Event => 1,
            Self::Owner => 2,
            Self::Host => 3,
        }
    }

    pub(super) fn from_number(number: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
            .unwrap_or(Self::Host)
    }
}

/// Whether a call was let through to the service that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It was; `outcome` tells how it went.
    Allowed,
    /// It was not, and has had no effect.
    Refused,
}

/// What a record was about in Discord.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Touched {
    /// The channel or thread.
    pub channel: Option<Snowflake>,
    /// Messages made, changed, deleted, pinned or reacted to; of an event the message it is about.
    pub messages: Vec<Snowflake>,
    /// Members or users acted upon; of an event the one who caused it.
    pub members: Vec<Snowflake>,
    /// The role that was given or taken.
    pub role: Option<Snowflake>,
}

impl Touched {
    /// Returns whether it was nothing.
    pub fn is_empty(&self) -> bool {
        self.channel.is_none() && self.role.is_none() && self.messages.is_empty() && self.members.is_empty()
    }

    /// Returns each with its kind.
    pub(super) fn targets(&self) -> impl Iterator<Item = (Target, Snowflake)> {
        let one = |kind, id: &Snowflake| (kind, *id);
        self.channel
            .iter()
            .map(move |id| one(Target::Channel, id))
            .chain(self.messages.iter().map(move |id| one(Target::Message, id)))
            .chain(self.members.iter().map(move |id| one(Target::Member, id)))
            .chain(self.role.iter().map(move |id| one(Target::Role, id)))
    }

    /// Returns it as it is stored: `channel:1 message:2`.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (kind, id) in self.targets() {
            if !text.is_empty() {
                text.push(' ');
            }
            let _ = write!(text, "{}:{id}", kind.name());
        }
        text
    }

    /// Reads what is stored; what this version does not know is left out.
    pub(super) fn from_text(text: &str) -> Self {
        let mut touched = Self::default();
        for (name, id) in text.split(' ').filter_map(|part| part.split_once(':')) {
            let (Some(kind), Ok(id)) = (Target::from_name(name), Snowflake::from_str(id)) else {
                continue;
            };
            match kind {
                Target::Channel => touched.channel = Some(id),
                Target::Message => touched.messages.push(id),
                Target::Member => touched.members.push(id),
                Target::Role => touched.role = Some(id),
            }
        }
        touched
    }
}

/// The kinds of things that are touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Channel,
    Message,
    Member,
    Role,
}

impl Target {
    const ALL: [Self; 4] = [Self::Channel, Self::Message, Self::Member, Self::Role];

    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Channel => 0,
            Self::Message => 1,
            Self::Member => 2,
            Self::Role => 3,
        }
    }

    /// Returns whether it is found by its id: a channel and a role are in far too many records for an index.
    pub(super) fn is_indexed(self) -> bool {
        matches!(self, Self::Message | Self::Member)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Message => "message",
            Self::Member => "member",
            Self::Role => "role",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One record as it is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditRecord {
    /// When it came.
    pub at: Timestamp,
    /// Who acted.
    pub kind: AuditKind,
    /// Whose call or event it is, and what an owner's act was about; an act may be about none.
    pub installation: Option<InstallationId>,
    /// What was called, for example `kv.get`, `event.message_create` or `owner.install`; cut at [`AUDIT_TEXT_CHARS`].
    pub method: Cow<'static, str>,
    /// Whether it was let through.
    pub decision: Decision,
    /// `ok`, or the error's code.
    pub outcome: Cow<'static, str>,
    /// From arrival to answer, in microseconds.
    pub duration_us: u64,
    /// The event whose handler called, when the plugin said so; its own text, cut at [`AUDIT_TEXT_CHARS`].
    pub event_id: Option<String>,
    /// What it was about in Discord, at most [`AUDIT_TOUCHED`] of each; can be blanked.
    pub touched: Touched,
    /// More about an owner's act, and what an outbound request asked (method, host, status); cut at [`AUDIT_DETAIL_CHARS`]; can be blanked.
    pub detail: Option<String>,
}

impl AuditRecord {
    /// Returns the record of a call that went well and touched nothing, to be completed.
    pub fn call(at: Timestamp, installation: InstallationId, method: impl Into<Cow<'static, str>>) -> Self {
        Self {
            at,
            kind: AuditKind::Call,
            installation: Some(installation),
            method: method.into(),
            decision: Decision::Allowed,
            outcome: "ok".into(),
            duration_us: 0,
            event_id: None,
            touched: Touched::default(),
            detail: None,
        }
    }

    /// Returns the record of an act of the owner that went well.
    pub fn owner(
        at: Timestamp,
        installation: Option<InstallationId>,
        act: &'static str,
        detail: Option<String>,
    ) -> Self {
        Self {
            at,
            kind: AuditKind::Owner,
            installation,
            method: act.into(),
            decision: Decision::Allowed,
            outcome: "ok".into(),
            duration_us: 0,
            event_id: None,
            touched: Touched::default(),
            detail,
        }
    }

    /// Cuts what the plugin wrote, and what is too much.
    pub(crate) fn clipped(mut self) -> Self {
        if let Cow::Owned(method) = &mut self.method {
            clip(method, AUDIT_TEXT_CHARS);
        }
        if let Some(event_id) = &mut self.event_id {
            clip(event_id, AUDIT_TEXT_CHARS);
        }
        if let Some(detail) = &mut self.detail {
            clip(detail, AUDIT_DETAIL_CHARS);
        }
        self.touched.messages.truncate(AUDIT_TOUCHED);
        self.touched.members.truncate(AUDIT_TOUCHED);
        self
    }
}

/// One record as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditLine {
    /// Counts up in the order of the calls; a gap is a record that was dropped.
    pub id: i64,
    /// The record.
    #[serde(flatten)]
    pub record: AuditRecord,
}

impl AuditLine {
    /// Reads a row of all columns.
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let installation = match row.get_ref("installation")?.as_str()? {
            "" => None,
            _ => Some(parse(row, "installation")?),
        };
        let touched: Option<String> = row.get("touched")?;
        Ok(Self {
            id: row.get("id")?,
            record: AuditRecord {
                at: time(row, "at")?,
                kind: AuditKind::from_number(row.get("kind")?),
                installation,
                method: Cow::Owned(row.get("method")?),
                decision: if row.get("allowed")? {
                    Decision::Allowed
                } else {
                    Decision::Refused
                },
                outcome: Cow::Owned(row.get("outcome")?),
                duration_us: row.get::<_, i64>("duration_us")?.unsigned_abs(),
                event_id: row.get("event_id")?,
                touched: touched.as_deref().map(Touched::from_text).unwrap_or_default(),
                detail: row.get("detail")?,
            },
        })
    }
}

/// An id as SQLite's signed number; the same one comes back.
pub(super) fn as_number(id: Snowflake) -> i64 {
    id.get().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_reads_back_as_written() {
        let touched = Touched {
            channel: Some(Snowflake::new(42)),
            messages: vec![Snowflake::new(7), Snowflake::new(u64::MAX)],
            members: vec![Snowflake::new(9)],
            role: None,
        };
        assert_eq!(
            touched.text(),
            "channel:42 message:7 message:18446744073709551615 member:9"
        );
        assert_eq!(Touched::from_text(&touched.text()), touched);
        assert!(Touched::from_text("").is_empty());
        assert_eq!(
            Touched::from_text("planet:1 message:x message:5").messages,
            [Snowflake::new(5)]
        );
    }
}
