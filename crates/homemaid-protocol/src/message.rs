//! The lines the host sends (wire §2, §3, §4.1). Each is one line, ends in a newline and is plain ASCII.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::json::{EncodeError, encode};
use crate::limits::{DISABLE_SECONDS, HOST_LINE_BYTES, INSTALL_SECONDS, UNINSTALL_SECONDS};
use crate::{CapabilitySet, Event, InstallationId, RequestId, RpcError};

/// The protocol's name and version, for information only (wire §2.1).
pub const PROTOCOL: &str = "homemaid/1";

/// The host's name and version, for information only (wire §2.1).
pub const HOST: &str = concat!("homemaid/", env!("CARGO_PKG_VERSION"));

/// Returns the `n`th request id of the host: text, so that it never meets a plugin's number (wire §1).
pub fn host_id(n: u64) -> String {
    format!("h:{n}")
}

/// What `host.boot` tells a worker (wire §2.1).
#[derive(Debug, Clone, Copy)]
pub struct Boot<'a> {
    /// Which installation the worker is.
    pub installation: &'a InstallationId,
    /// The installed version.
    pub version: &'a str,
    /// What the owner approved.
    pub capabilities: &'a CapabilitySet,
    /// Names of the manifest's cron entries the host fires, so that the SDK starts no thread for them.
    pub host_cron: &'a [String],
}

impl Boot<'_> {
    fn params(&self) -> impl Serialize {
        json!({
            "discord_srv_id": self.installation.guild,
            "plugin_id": self.installation.plugin,
            "version": self.version,
            "capabilities": self.capabilities,
            "mode": "dedicated",
            "host_cron": self.host_cron,
            "protocol": PROTOCOL,
            "host": HOST,
        })
    }
}

/// A lifecycle signal (wire §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifecycle {
    /// Once, on the first start.
    Install,
    /// Switched on, and after install.
    Enable,
    /// Switched off, before stopping.
    Disable,
    /// Before the data is deleted.
    Uninstall,
}

impl Lifecycle {
    /// Returns the name in params: the SDK picks the handler by it, not by the method.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Uninstall => "uninstall",
        }
    }

    /// Returns how long its handler may take; then the host continues anyway.
    pub const fn time_limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Install | Self::Enable => INSTALL_SECONDS,
            Self::Disable => DISABLE_SECONDS,
            Self::Uninstall => UNINSTALL_SECONDS,
        })
    }
}

/// Returns a request of the host, for example `dashboard.get_stat`.
///
/// # Errors
/// When the params are not JSON or the line would be longer than the wire allows.
pub fn request(id: &str, method: &str, params: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    #[derive(Serialize)]
    struct Request<'a, P> {
        jsonrpc: &'static str,
        id: &'a str,
        method: &'a str,
        params: &'a P,
    }
    line(&Request {
        jsonrpc: "2.0",
        id,
        method,
        params,
    })
}

/// Returns a notification of the host.
///
/// # Errors
/// As [`request`].
pub fn notification(method: &str, params: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    #[derive(Serialize)]
    struct Notification<'a, P> {
        jsonrpc: &'static str,
        method: &'a str,
        params: &'a P,
    }
    line(&Notification {
        jsonrpc: "2.0",
        method,
        params,
    })
}

/// Returns `host.boot`, a request: as a notification the events behind it would be lost (wire §2.1).
pub fn boot(id: &str, boot: &Boot<'_>) -> Vec<u8> {
    request(id, "host.boot", &boot.params())
        .expect("a boot message is small: manifest and grants are bounded")
}

/// Returns `host.<signal>`, a request that is answered when the handler returned (wire §2.2).
pub fn lifecycle(id: &str, signal: Lifecycle, installation: &InstallationId, event_id: &str) -> Vec<u8> {
    let params = json!({
        "lifecycle": signal.name(),
        "type": signal.name(),
        "discord_srv_id": installation.guild,
        "plugin_id": installation.plugin,
        "_event_id": event_id,
    });
    request(id, &format!("host.{}", signal.name()), &params).expect("ids are short")
}

/// Returns `host.shutdown`, a notification (wire §2.3).
pub fn shutdown() -> Vec<u8> {
    notification("host.shutdown", &Map::new()).expect("an empty object is JSON")
}

/// Returns `event.<type>` with every key of (wire §4.1). The payload is copied, not serialised again.
pub fn event(
    event: &Event,
    installation: &InstallationId,
    version: &str,
    capabilities: &CapabilitySet,
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Envelope<'a> {
        event_id: &'a str,
        event_type: &'a str,
        event: &'a serde_json::value::RawValue,
        discord_srv_id: crate::GuildId,
        plugin_id: &'a str,
        version: &'a str,
        capabilities: &'a CapabilitySet,
    }
    let envelope = Envelope {
        event_id: &event.id,
        event_type: event.kind.name(),
        event: event.payload(),
        discord_srv_id: installation.guild,
        plugin_id: installation.plugin.as_str(),
        version,
        capabilities,
    };
    notification(&format!("event.{}", event.kind.name()), &envelope)
        .expect("Event::new bounds the payload far below the line")
}

/// Returns the answer to a call. A result too large for a line becomes a validation error that says so.
pub fn reply_ok(id: &RequestId, result: &Value) -> Vec<u8> {
    #[derive(Serialize)]
    struct Reply<'a> {
        jsonrpc: &'static str,
        id: &'a RequestId,
        result: &'a Value,
    }
    line(&Reply {
        jsonrpc: "2.0",
        id,
        result,
    })
    .unwrap_or_else(|_| {
        let rule = format!("at most {HOST_LINE_BYTES} bytes of JSON: ask for less at once");
        reply_error(id, &RpcError::validation("result", &rule))
    })
}

/// Returns the refusal of a call.
pub fn reply_error(id: &RequestId, error: &RpcError) -> Vec<u8> {
    #[derive(Serialize)]
    struct Reply<'a> {
        jsonrpc: &'static str,
        id: &'a RequestId,
        error: &'a RpcError,
    }
    line(&Reply {
        jsonrpc: "2.0",
        id,
        error,
    })
    .expect("ids and error texts are short")
}

fn line(message: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    let mut line = encode(message, HOST_LINE_BYTES - 1)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Capability, EventType, GuildId};

    fn installation() -> InstallationId {
        "hello_maid@123456789012345678".parse().unwrap()
    }

    /// Checks the framing and returns the message.
    fn parse(line: &[u8]) -> Value {
        assert_eq!(
            line.iter().position(|byte| *byte == b'\n'),
            Some(line.len() - 1),
            "one line"
        );
        assert!(line.is_ascii() && line.len() <= HOST_LINE_BYTES);
        serde_json::from_slice(line).unwrap()
    }

    #[test]
    fn boot_carries_every_key_of_the_contract() {
        let capabilities = CapabilitySet::from([Capability::StorageKv, Capability::SendMessage]);
        let params = Boot {
            installation: &installation(),
            version: "1.0.0-β",
            capabilities: &capabilities,
            host_cron: &["daily".to_owned()],
        };
        assert_eq!(
            parse(&boot("h:1", &params)),
            json!({
                "jsonrpc": "2.0", "id": "h:1", "method": "host.boot", "params": {
                    "discord_srv_id": "123456789012345678", "plugin_id": "hello_maid", "version": "1.0.0-β",
                    "capabilities": ["discord:send_message", "storage:kv"], "mode": "dedicated", "host_cron": ["daily"],
                    "protocol": PROTOCOL, "host": HOST,
                }
            })
        );
    }

    #[test]
    fn a_lifecycle_signal_names_itself_in_params() {
        for (signal, name, seconds) in [
            (Lifecycle::Install, "install", 30),
            (Lifecycle::Enable, "enable", 30),
            (Lifecycle::Disable, "disable", 10),
            (Lifecycle::Uninstall, "uninstall", 15),
        ] {
            assert_eq!(
                parse(&lifecycle("h:2", signal, &installation(), "e1")),
                json!({
                    "jsonrpc": "2.0", "id": "h:2", "method": format!("host.{name}"), "params": {
                        "lifecycle": name, "type": name, "discord_srv_id": "123456789012345678",
                        "plugin_id": "hello_maid", "_event_id": "e1",
                    }
                })
            );
            assert_eq!(signal.time_limit().as_secs(), seconds);
        }
    }

    #[test]
    fn shutdown_is_a_notification() {
        assert_eq!(
            parse(&shutdown()),
            json!({"jsonrpc": "2.0", "method": "host.shutdown", "params": {}})
        );
    }

    #[test]
    fn an_event_has_every_key_of_the_envelope() {
        let payload = json!({"content": "grüße 🦀\n", "author_bot": false});
        let happened = Event::new("e1", EventType::MessageCreate, GuildId::new(1), &payload).unwrap();
        let line = event(
            &happened,
            &installation(),
            "1.0.0",
            &CapabilitySet::from([Capability::Read]),
        );
        assert_eq!(
            parse(&line),
            json!({"jsonrpc": "2.0", "method": "event.message_create", "params": {
                "event_id": "e1", "event_type": "message_create", "event": payload,
                "discord_srv_id": "123456789012345678", "plugin_id": "hello_maid", "version": "1.0.0",
                "capabilities": ["discord:read"],
            }})
        );
    }

    #[test]
    fn the_largest_event_fits_a_line() {
        let payload = "x".repeat(crate::limits::EVENT_PAYLOAD_BYTES - 2);
        let happened = Event::new(
            "é".repeat(1000),
            EventType::MessageCreate,
            GuildId::new(1),
            &payload,
        )
        .unwrap();
        let all = Capability::ALL.iter().copied().collect();
        parse(&event(&happened, &installation(), &"\u{1f980}".repeat(128), &all));
    }

    #[test]
    fn answers_echo_the_id_with_its_type() {
        let number = reply_ok(&RequestId::Number(7), &json!({"value": null}));
        assert_eq!(
            number,
            b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"value\":null}}\n"
        );
        let text = reply_error(&RequestId::Text("7".to_owned()), &RpcError::internal());
        assert_eq!(
            parse(&text),
            json!({"jsonrpc": "2.0", "id": "7", "error": {
                "code": "INTERNAL_ERROR", "message": "internal host error"
            }})
        );
    }

    #[test]
    fn an_answer_too_large_for_a_line_says_so_instead() {
        let result = json!({"rows": vec!["é".repeat(1000); 2000]});
        assert_eq!(
            parse(&reply_ok(&RequestId::Number(7), &result))["error"]["code"],
            "VALIDATION_ERROR"
        );
        assert!(matches!(
            request("h:1", "dashboard.x", &result),
            Err(EncodeError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn any_text_stays_on_its_line(text in any::<String>()) {
            let reply = parse(&reply_ok(&RequestId::Number(1), &json!({ &text: text })));
            prop_assert_eq!(reply["result"][&text].as_str(), Some(&text[..]));
        }
    }
}
