//! The reference SDK's `events.yaml`: a list of maps, `type` (or `event_type`) and overrides of the default payload
//! (sdk §11), and beside them entries that move the lab's clock:
//!
//! ```yaml
//! - type: message_create
//!   content: "!remind 30d"
//! - clock: freeze          # time stands still from here on; `run` lets it run again
//! - advance: 30 days       # seconds as a number, or `90s`, `1h 30m`, `30 days`
//! ```

use std::path::Path;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use serde_json::{Map, Value};

/// Most entries a script may have; more is a mistake, not a test.
const MAX_STEPS: usize = 10_000;
/// Largest script, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// One entry of the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The event type, for example `message_create`.
    pub kind: String,
    /// Every other key, as written.
    pub fields: Map<String, Value>,
}

impl Step {
    /// Returns a field as text: strings as they are, numbers as written (ids often come unquoted).
    pub fn text(&self, key: &str) -> Option<String> {
        match self.fields.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }
}

/// What an entry does to the lab's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// Moves it forward.
    Advance(Duration),
    /// Stops it.
    Freeze,
    /// Lets it run on.
    Run,
}

/// The key of an entry that moves the clock forward.
const ADVANCE: &str = "advance";
/// The key of an entry that stops or starts the clock.
const CLOCK: &str = "clock";

impl Step {
    /// Returns what the entry does to the clock; `None` for events.
    pub(super) fn tick(&self) -> Option<Tick> {
        tick(&self.kind, self.fields.get(&self.kind)?)?.ok()
    }
}

/// Reads an entry that moves the clock; `None` when `key` is none of its keys.
fn tick(key: &str, value: &Value) -> Option<Result<Tick, String>> {
    Some(match (key, value) {
        (ADVANCE, Value::Number(seconds)) => seconds
            .as_f64()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map(Tick::Advance)
            .ok_or_else(|| format!("cannot advance the clock by {seconds} seconds")),
        (ADVANCE, Value::String(text)) => span(text).map(Tick::Advance).ok_or_else(|| {
            format!("cannot advance the clock by `{text}`: give seconds, or for example `90s`, `1h 30m`, `30 days`")
        }),
        (ADVANCE, _) => Err("`advance` takes seconds, or for example `30 days`".to_owned()),
        (CLOCK, Value::String(word)) if word == "freeze" => Ok(Tick::Freeze),
        (CLOCK, Value::String(word)) if word == "run" => Ok(Tick::Run),
        (CLOCK, _) => Err("`clock` takes `freeze` or `run`".to_owned()),
        _ => return None,
    })
}

fn span(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(exact).ok()
}

/// Why a script cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Too long.
    #[error("{0} is larger than {MAX_BYTES} bytes")]
    TooLarge(String),
    /// Not YAML, or not a list.
    #[error(
        "{path} is not a list of events: {reason}. It looks like this:\n- type: message_create\n  content: \"!ping\""
    )]
    Shape {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// Reads and checks a script.
pub(super) fn read(path: &Path) -> Result<Vec<Step>, ScriptError> {
    let name = path.display().to_string();
    let read = |source| ScriptError::Read {
        path: name.clone(),
        source,
    };
    if std::fs::metadata(path).map_err(read)?.len() > MAX_BYTES {
        return Err(ScriptError::TooLarge(name));
    }
    let text = std::fs::read_to_string(path).map_err(read)?;
    parse(&text).map_err(|reason| ScriptError::Shape { path: name, reason })
}

/// Parses a script; the error says which entry is wrong and how.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let document: Value = serde_norway::from_str(text).map_err(|error| error.to_string())?;
    let entries = match document {
        Value::Null => Vec::new(),
        Value::Array(entries) => entries,
        _ => return Err("the top level is not a list".into()),
    };
    if entries.len() > MAX_STEPS {
        return Err(format!(
            "{} entries, at most {MAX_STEPS} are allowed",
            entries.len()
        ));
    }
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| {
            let Value::Object(mut fields) = entry else {
                return Err(format!("entry {} is not a map", index + 1));
            };
            for key in [ADVANCE, CLOCK] {
                if let Some(tick) = fields.get(key).and_then(|value| tick(key, value))
                    && fields.len() == 1
                {
                    tick.map_err(|wrong| format!("entry {}: {wrong}", index + 1))?;
                    let kind = key.to_owned();
                    return Ok(Step { kind, fields });
                }
            }
            // `event_type` first: an interaction may carry its own numeric `type` beside it.
            for key in ["event_type", "type"] {
                if let Some(Value::String(kind)) = fields.get(key) {
                    let kind = kind.clone();
                    fields.shift_remove(key);
                    return Ok(Step { kind, fields });
                }
            }
            Err(format!("entry {} has no `type`", index + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_reference_format() {
        let steps = parse(
            "- type: message_create\n  content: \"!ping\"\n  channel_id: 42\n- event_type: member_join\n",
        )
        .unwrap();
        assert_eq!(steps[0].kind, "message_create");
        assert_eq!(steps[0].text("channel_id").as_deref(), Some("42"));
        assert_eq!(steps[1].kind, "member_join");
    }

    #[test]
    fn reads_entries_that_move_the_clock() {
        let text = "- clock: freeze\n- advance: 1.5\n- advance: 30 days\n- {advance: 1h 30m}\n- clock: run\n\
            - {type: message_create, clock: freeze}\n";
        let ticks: Vec<_> = parse(text).unwrap().iter().map(Step::tick).collect();
        let advance = |seconds| Some(Tick::Advance(Duration::from_secs_f64(seconds)));
        assert_eq!(
            ticks,
            [
                Some(Tick::Freeze),
                advance(1.5),
                advance(30. * 86_400.),
                advance(5_400.),
                Some(Tick::Run),
                None
            ]
        );
        for wrong in [
            "advance: -1",
            "advance: 1e300",
            "advance: soon",
            "advance: 1 month",
            "advance: [1]",
            "clock: x",
        ] {
            let error = parse(&format!("- type: member_join\n- {wrong}\n")).unwrap_err();
            assert!(error.starts_with("entry 2: "), "{error}");
        }
    }

    #[test]
    fn says_which_entry_is_wrong() {
        assert!(parse("- content: x").unwrap_err().contains("entry 1"));
        assert!(parse("a: 1").unwrap_err().contains("not a list"));
        assert!(parse("- - 1").unwrap_err().contains("not a map"));
        assert_eq!(parse("").unwrap(), []);
    }
}
