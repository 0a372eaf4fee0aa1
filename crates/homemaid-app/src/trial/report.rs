//! What a trial prints: one line each, for people or as JSON.

use serde::Serialize;
use serde_json::Value;

/// Longest text shown in one line for people; JSON lines carry everything.
const TEXT_CHARS: usize = 160;

/// One line of the report. As JSON: `{"kind": "...", ...}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// What is tried, and what its check found.
    Plugin {
        /// The plugin's id.
        plugin: String,
        /// The version's own number.
        version: String,
        /// The content hash.
        hash: String,
        /// What it asks for.
        requested: Vec<String>,
        /// What it got.
        granted: Vec<String>,
    },
    /// Something the check of the zip found.
    Finding {
        /// `error` or `warning`.
        severity: String,
        /// Stable code.
        code: String,
        /// What is wrong.
        message: String,
    },
    /// The worker's state changed.
    Worker {
        /// For example `running`.
        state: String,
        /// What the owner should know.
        problem: Option<String>,
    },
    /// A step of the script was done in the simulated Discord.
    Step {
        /// Position in the script, from 1.
        number: usize,
        /// Its event type.
        event_type: String,
    },
    /// An event went to the plugin.
    Event {
        /// Its type.
        event_type: String,
        /// Its id.
        event_id: String,
        /// Its payload (events.md).
        payload: Value,
    },
    /// The plugin's handlers are done with an event.
    Done {
        /// The event's id.
        event_id: String,
        /// Why a handler failed.
        failed: Option<String>,
    },
    /// A step's event was not for the plugin.
    Skipped {
        /// Its type.
        event_type: String,
        /// Why.
        reason: String,
    },
    /// The plugin called the host.
    Call {
        /// The method.
        method: String,
        /// `allowed` or `refused`.
        decision: String,
        /// `ok` or the error's code.
        outcome: String,
        /// The arguments, cut.
        params: Option<String>,
        /// The event whose handler called.
        event_id: Option<String>,
        /// How long it took, in microseconds.
        duration_us: u64,
    },
    /// Something the plugin did in the simulated Discord: message, edit, delete, reaction, reply or modal.
    Discord {
        /// `message`, `message_update`, `message_delete`, `reaction`, `reply`, `modal`.
        effect: String,
        /// Where.
        channel: Option<String>,
        /// Only the member who asked sees it.
        ephemeral: bool,
        /// The object as Discord shows it.
        data: Value,
    },
    /// A line of the plugin's log, its prints, its stderr, or the host's about it.
    Log {
        /// `debug`, `info`, `warning` or `error`.
        level: String,
        /// `plugin`, `stdout`, `stderr` or `host`.
        source: String,
        /// The text.
        message: String,
    },
    /// The trial itself could not do something.
    Problem {
        /// What, and what to do.
        message: String,
    },
    /// The last line.
    Result {
        /// Everything went well.
        ok: bool,
        /// Events sent.
        events: usize,
        /// Events whose handler failed.
        failed: usize,
        /// Calls made.
        calls: usize,
        /// Calls refused for want of a grant.
        refused: usize,
    },
}

impl Line {
    /// Renders the line for people, without control characters: a plugin must not paint the terminal.
    pub fn text(&self) -> String {
        let line = match self {
            Self::Plugin {
                plugin,
                version,
                requested,
                granted,
                ..
            } => format!(
                "plugin   {plugin} {version}, asks for {}; granted: {}",
                list(requested),
                list(granted)
            ),
            Self::Finding {
                severity,
                code,
                message,
            } => format!("check    {severity}: {message} ({code})"),
            Self::Worker { state, problem } => match problem {
                Some(problem) => format!("worker   {state}: {problem}"),
                None => format!("worker   {state}"),
            },
            Self::Step { number, event_type } => format!("step {number:<3} {event_type}"),
            Self::Event {
                event_type, payload, ..
            } => format!("event    -> {event_type} {payload}"),
            Self::Done {
                failed: Some(reason), ..
            } => format!("event    handler failed: {reason}"),
            Self::Skipped { event_type, reason } => format!("event    {event_type} was not sent: {reason}"),
            Self::Done { failed: None, .. } => "event    handled".to_owned(),
            Self::Call {
                method,
                decision,
                outcome,
                params,
                ..
            } => {
                let verdict = if decision == "refused" || outcome != "ok" {
                    outcome.as_str()
                } else {
                    "ok"
                };
                format!(
                    "call     <- {method} {decision}, {verdict} {}",
                    params.as_deref().unwrap_or_default()
                )
            }
            Self::Discord {
                effect,
                channel,
                ephemeral,
                data,
            } => {
                let whom = if *ephemeral {
                    " (only the member sees it)"
                } else {
                    ""
                };
                let place = channel
                    .as_deref()
                    .map(|name| format!(" #{name}"))
                    .unwrap_or_default();
                format!("discord  {effect}{place}{whom}: {}", summary(data))
            }
            Self::Log {
                level,
                source,
                message,
            } => format!("log      {level} {source}: {message}"),
            Self::Problem { message } => format!("problem  {message}"),
            Self::Result {
                ok,
                events,
                failed,
                calls,
                refused,
            } => format!(
                "result   {}: {events} events ({failed} failed), {calls} calls ({refused} refused)",
                if *ok { "ok" } else { "not ok" }
            ),
        };
        let clean = line.chars().map(|c| if c.is_control() { ' ' } else { c });
        let keep_whole = matches!(
            self,
            Self::Problem { .. } | Self::Finding { .. } | Self::Log { .. }
        );
        if keep_whole {
            clean.collect()
        } else {
            cut(clean.collect())
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Says what a message or modal shows, in one line.
fn summary(data: &Value) -> String {
    let mut parts = Vec::new();
    for key in ["title", "content", "emoji", "custom_id"] {
        match &data[key] {
            Value::String(text) if !text.is_empty() => parts.push(text.clone()),
            Value::Object(emoji) => {
                parts.extend(emoji.get("name").and_then(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    for embed in data["embeds"].as_array().into_iter().flatten() {
        let words = [&embed["title"], &embed["description"]].map(|word| word.as_str().unwrap_or_default());
        parts.push(format!("[embed {}]", words.join(" ").trim()));
    }
    let mut labels = Vec::new();
    collect_labels(&data["components"], &mut labels, 0);
    parts.extend(labels);
    if parts.is_empty() {
        data.to_string()
    } else {
        parts.join(" ")
    }
}

fn collect_labels(components: &Value, labels: &mut Vec<String>, depth: u8) {
    if depth > 4 {
        return;
    }
    for component in components.as_array().into_iter().flatten() {
        if let Some(label) = component["label"].as_str() {
            labels.push(format!("[{label}]"));
        }
        collect_labels(&component["components"], labels, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_summed_up_with_its_embeds_and_buttons() {
        let data = json!({"content": "hi", "embeds": [{"title": "T"}],
            "components": [{"type": 1, "components": [{"type": 2, "label": "Go"}]}]});
        assert_eq!(summary(&data), "hi [embed T] [Go]");
    }

    #[test]
    fn a_plugin_cannot_paint_the_terminal() {
        let line = Line::Log {
            level: "info".into(),
            source: "stdout".into(),
            message: "\u{1b}[2Jgone\r".into(),
        };
        assert!(!line.text().contains('\u{1b}') && !line.text().contains('\r'));
    }
}
