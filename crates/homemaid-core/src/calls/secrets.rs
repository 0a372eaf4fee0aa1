//! `secrets.*` (wire §6.5): a guild's own value, else the owner's default for the plugin. Values are never logged.

use homemaid_protocol::RpcError;
use homemaid_storage::{SecretError, SecretName, SecretOwner, SecretText};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::params::text;
use crate::installation::Installation;
use crate::services::{Services, chain};

/// Who set it, where a plugin did.
const BY_PLUGIN: &str = "plugin";

/// One call, with its arguments checked.
#[derive(Debug, PartialEq)]
pub(super) enum SecretRequest {
    Get(SecretName),
    Set(SecretName, SecretText),
    Del(SecretName),
}

impl SecretRequest {
    /// Checks the arguments of `method`.
    pub(super) fn parse(method: &'static str, mut params: Map<String, Value>) -> Result<Self, RpcError> {
        let name = SecretName::parse(text(&params, "key")?).map_err(|error| RpcError::from(&error))?;
        match method {
            "secrets.get" => Ok(Self::Get(name)),
            "secrets.set" => {
                // Taken out, not copied: what is wiped later is the only copy.
                let Some(Value::String(value)) = params.remove("value") else {
                    return Err(RpcError::validation("value", "text of 1 to 4096 characters"));
                };
                let value = SecretText::new(value).map_err(|error| RpcError::from(&error))?;
                Ok(Self::Set(name, value))
            }
            "secrets.del" => Ok(Self::Del(name)),
            _ => Err(RpcError::method_not_found(method)),
        }
    }
}

/// Does it.
pub(super) async fn run(services: &Services, installation: &Installation, request: SecretRequest) -> Outcome {
    let secrets = services.storage.secrets();
    let own = SecretOwner::Installation(installation.id.clone());
    let done = match request {
        SecretRequest::Get(name) => secrets.for_installation(&installation.id, &name).map(|value| {
            if let Some(secret) = &value {
                installation.told.remember(secret);
            }
            json!({ "value": value.as_ref().map(SecretText::reveal) })
        }),
        SecretRequest::Set(name, value) => {
            installation.told.remember(&value);
            secrets
                .set(&own, name, value, BY_PLUGIN)
                .await
                .map(|()| json!({ "ok": true }))
        }
        SecretRequest::Del(name) => secrets.del(&own, name).await.map(|_| json!({ "ok": true })),
    };
    done.map_err(|error| told(&error, installation))
}

/// Returns what the plugin is told; what the owner has to mend goes into the host's log.
fn told(error: &SecretError, installation: &Installation) -> RpcError {
    if !matches!(error, SecretError::Invalid { .. } | SecretError::TooMany) {
        tracing::error!(installation = %installation.id, error = chain(error), "secrets call failed");
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::ErrorCode;

    fn parse(method: &'static str, params: Value) -> Result<SecretRequest, RpcError> {
        SecretRequest::parse(method, serde_json::from_value(params).unwrap())
    }

    #[test]
    fn names_and_values_have_the_contract_s_bounds() {
        assert!(
            parse(
                "secrets.set",
                json!({"key": "K".repeat(64), "value": "é".repeat(4_096)})
            )
            .is_ok()
        );
        assert!(parse("secrets.get", json!({"key": "a.B-c_9"})).is_ok());
        for (method, params) in [
            ("secrets.get", json!({})),
            ("secrets.get", json!({"key": ""})),
            ("secrets.get", json!({"key": "K".repeat(65)})),
            ("secrets.get", json!({"key": "é"})),
            ("secrets.get", json!({"key": "a b"})),
            ("secrets.get", json!({"key": "a\n"})),
            ("secrets.del", json!({"key": "../x"})),
            ("secrets.set", json!({"key": "k"})),
            ("secrets.set", json!({"key": "k", "value": ""})),
            ("secrets.set", json!({"key": "k", "value": null})),
            ("secrets.set", json!({"key": "k", "value": 5})),
            ("secrets.set", json!({"key": "k", "value": "é".repeat(4_097)})),
        ] {
            let error = parse(method, params.clone()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValidationError, "{method} {params}");
        }
    }

    #[test]
    fn neither_a_refusal_nor_a_debug_print_holds_the_value() {
        let value = "c4nary".repeat(1_000);
        let error = parse("secrets.set", json!({"key": "k", "value": value})).unwrap_err();
        assert!(!format!("{error:?} {}", error.message()).contains("c4nary"));
        let request = parse("secrets.set", json!({"key": "k", "value": "c4nary"})).unwrap();
        assert!(!format!("{request:?}").contains("c4nary"));
    }
}
