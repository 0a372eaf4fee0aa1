//! The notifications a plugin sends beside `plugin.log` (wire §4.2, §5).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::EventType;
use crate::limits::{ACK_EVENTS, EVENT_ID_CHARS, FAIL_REASON_CHARS, READY_NAMES};

/// A plugin's word on events it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ack {
    /// The handlers of these finished, well or not, or there are none.
    Done(Vec<String>),
    /// At least one handler raised; the ordinary ack follows.
    Failed {
        /// The event.
        event_id: String,
        /// Free text.
        reason: String,
    },
}

impl Ack {
    /// Reads `event.ack` in both shapes and `event.fail`; `None` for anything else or when no id is in it.
    ///
    /// Ids the host never gave out are the caller's to ignore.
    pub fn parse(method: &str, params: &Map<String, Value>) -> Option<Self> {
        match method {
            "event.ack" => {
                let many = params
                    .get("event_ids")
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                let ids: Vec<_> = many
                    .iter()
                    .take(ACK_EVENTS)
                    .chain(params.get("event_id"))
                    .filter_map(event_id)
                    .collect();
                (!ids.is_empty()).then_some(Self::Done(ids))
            }
            "event.fail" => Some(Self::Failed {
                event_id: event_id(params.get("event_id")?)?,
                reason: params
                    .get("reason")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .chars()
                    .take(FAIL_REASON_CHARS)
                    .collect(),
            }),
            _ => None,
        }
    }
}

fn event_id(id: &Value) -> Option<String> {
    id.as_str()
        .filter(|id| !id.is_empty() && id.len() <= EVENT_ID_CHARS)
        .map(str::to_owned)
}

/// What a plugin says it handles, in `plugin.ready` (wire §4.2). Optional: without it every event is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginReady {
    /// The SDK's name and version.
    pub sdk: String,
    /// The event types it has handlers for, or `None` when it did not say.
    pub events: Option<BTreeSet<EventType>>,
    /// Its dashboard handlers, bare names.
    pub dashboard: Vec<String>,
    /// Its cron tasks, by function name.
    pub cron: Vec<String>,
}

impl PluginReady {
    /// Reads the params of `plugin.ready`; what is not as described is left out.
    pub fn parse(params: &Map<String, Value>) -> Self {
        let list = |key: &str| params.get(key).and_then(Value::as_array);
        let name = |value: &Value| value.as_str().map(short);
        Self {
            sdk: params.get("sdk").and_then(name).unwrap_or_default(),
            events: list("events").map(|names| {
                names
                    .iter()
                    .filter_map(Value::as_str)
                    .filter_map(EventType::from_name)
                    .collect()
            }),
            dashboard: list("dashboard")
                .into_iter()
                .flatten()
                .filter_map(name)
                .take(READY_NAMES)
                .collect(),
            cron: list("cron")
                .into_iter()
                .flatten()
                .filter_map(|entry| entry.get("name").and_then(name))
                .take(READY_NAMES)
                .collect(),
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(method: &str, params: &Value) -> Option<Ack> {
        Ack::parse(method, params.as_object().unwrap())
    }

    #[test]
    fn both_ack_shapes_and_fail_are_read() {
        let done = |ids: &[&str]| Some(Ack::Done(ids.iter().map(|id| (*id).to_owned()).collect()));
        assert_eq!(
            parse("event.ack", &json!({"event_ids": ["a", "b"]})),
            done(&["a", "b"])
        );
        assert_eq!(parse("event.ack", &json!({"event_id": "a"})), done(&["a"]));
        assert_eq!(
            parse(
                "event.ack",
                &json!({"event_ids": [1, null, "", "a", "x".repeat(1000)]})
            ),
            done(&["a"])
        );
        assert_eq!(parse("event.ack", &json!({"event_ids": "a"})), None);
        assert_eq!(parse("event.ack", &json!({})), None);
        assert_eq!(parse("event.other", &json!({"event_id": "a"})), None);
        assert_eq!(
            parse(
                "event.fail",
                &json!({"event_id": "a", "reason": "handler_exception"})
            ),
            Some(Ack::Failed {
                event_id: "a".into(),
                reason: "handler_exception".into()
            })
        );
        assert_eq!(
            parse("event.fail", &json!({"event_id": "a", "reason": 7})),
            Some(Ack::Failed {
                event_id: "a".into(),
                reason: String::new()
            })
        );
    }

    #[test]
    fn an_ack_of_very_many_ids_is_cut() {
        let ids = vec!["a"; 2 * ACK_EVENTS];
        let Some(Ack::Done(ids)) = parse("event.ack", &json!({"event_ids": ids})) else {
            panic!("an ack")
        };
        assert_eq!(ids.len(), ACK_EVENTS);
    }

    #[test]
    fn ready_names_the_types_it_handles() {
        let params = json!({"sdk": "1.0", "events": ["message_create", "nonsense", 3], "dashboard": ["a"],
            "cron": [{"name": "daily", "spec": "0 9 * * *"}, 4]});
        let ready = PluginReady::parse(params.as_object().unwrap());
        assert_eq!(ready.events, Some(BTreeSet::from([EventType::MessageCreate])));
        assert_eq!(
            (ready.dashboard, ready.cron),
            (vec!["a".to_owned()], vec!["daily".to_owned()])
        );
        assert_eq!(
            PluginReady::parse(&Map::new()).events,
            None,
            "nothing said means everything is sent"
        );
    }
}
