//! `kv.*` (wire §6.2): the arguments here, the rules and the data in storage.

use homemaid_protocol::RpcError;
use homemaid_storage::{KvAmount, KvError, KvKey, KvTtl};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::params::{flag, given, text, text_or_empty, whole_or};
use crate::installation::Installation;
use crate::services::{Services, chain};

/// How many keys or values a list returns when the plugin does not say.
const LIST_DEFAULT: i64 = 100;

/// One call, with its arguments checked.
#[derive(Debug, PartialEq)]
pub(super) enum KvRequest {
    Get {
        key: String,
    },
    Put {
        key: String,
        value: Value,
        ttl_seconds: i64,
    },
    Del {
        key: String,
    },
    List {
        prefix: String,
        limit: i64,
        start_after: String,
    },
    Count {
        prefix: String,
    },
    ListValues {
        prefix: String,
        limit: i64,
    },
    MGet {
        keys: Vec<String>,
    },
    MPut {
        entries: Map<String, Value>,
    },
    Increment {
        key: String,
        path: String,
        amount: KvAmount,
    },
    Decr {
        key: String,
        amount: KvAmount,
    },
}

impl KvRequest {
    /// Checks the arguments of `method`; no other check can refuse the call later but a quota.
    pub(super) fn parse(method: &'static str, mut params: Map<String, Value>) -> Result<Self, RpcError> {
        let key = |params: &Map<String, Value>| -> Result<String, RpcError> {
            let key = text(params, "key")?;
            KvKey::parse(key)?;
            Ok(key.to_owned())
        };
        let amount = |params: &Map<String, Value>| -> Result<KvAmount, RpcError> {
            Ok(given(params, "amount").map_or(Ok(KvAmount::ONE), KvAmount::parse)?)
        };
        match method {
            "kv.get" => Ok(Self::Get { key: key(&params)? }),
            "kv.put" => {
                let (key, ttl_seconds) = (key(&params)?, whole_or(&params, "ttl_seconds", 0)?);
                KvTtl::seconds(ttl_seconds)?;
                let value = params
                    .remove("value")
                    .ok_or_else(|| RpcError::validation("value", "any JSON value"))?;
                Ok(Self::Put {
                    key,
                    value,
                    ttl_seconds,
                })
            }
            "kv.del" => Ok(Self::Del { key: key(&params)? }),
            "kv.list" => {
                let prefix = text_or_empty(&params, "prefix")?.to_owned();
                if flag(&params, "count_only")? {
                    return Ok(Self::Count { prefix });
                }
                Ok(Self::List {
                    prefix,
                    limit: whole_or(&params, "limit", LIST_DEFAULT)?,
                    start_after: text_or_empty(&params, "start_after")?.to_owned(),
                })
            }
            "kv.list_values" => Ok(Self::ListValues {
                prefix: text_or_empty(&params, "prefix")?.to_owned(),
                limit: whole_or(&params, "limit", LIST_DEFAULT)?,
            }),
            "kv.mget" => {
                let rule = || RpcError::validation("keys", "a list of texts");
                let Some(Value::Array(keys)) = params.remove("keys") else {
                    return Err(rule());
                };
                let keys = keys.into_iter().map(|key| match key {
                    Value::String(key) => Ok(key),
                    _ => Err(rule()),
                });
                Ok(Self::MGet {
                    keys: keys.collect::<Result<_, _>>()?,
                })
            }
            "kv.mput" => match params.remove("entries") {
                Some(Value::Object(entries)) => Ok(Self::MPut { entries }),
                _ => Err(RpcError::validation("entries", "an object of keys and values")),
            },
            "kv.increment" => Ok(Self::Increment {
                key: key(&params)?,
                path: text_or_empty(&params, "path")?.to_owned(),
                amount: amount(&params)?,
            }),
            "kv.decr" => Ok(Self::Decr {
                key: key(&params)?,
                amount: amount(&params)?,
            }),
            _ => Err(RpcError::method_not_found(method)),
        }
    }

    /// Returns whether the answer may be long.
    pub(super) fn returns_much(&self) -> bool {
        matches!(
            self,
            Self::List { .. } | Self::ListValues { .. } | Self::MGet { .. }
        )
    }
}

/// `kv.get`: a point read, done at once.
pub(super) fn get(services: &Services, installation: &Installation, key: &str) -> Outcome {
    let value = services.storage.kv(&installation.id).get(key).map_err(told)?;
    // Always wrapped, so that stored objects with a `value_json` key and stored nulls come back as they are.
    Ok(json!({ "value": value.map(|value| json!({ "value_json": value })) }))
}

/// Every other one.
pub(super) async fn run(services: &Services, installation: &Installation, request: KvRequest) -> Outcome {
    let kv = services.storage.kv(&installation.id);
    let done = |()| json!({ "ok": true });
    match request {
        KvRequest::Get { key } => return get(services, installation, &key),
        KvRequest::Put {
            key,
            value,
            ttl_seconds,
        } => kv.put(&key, &value, ttl_seconds).await.map(done),
        KvRequest::Del { key } => kv.del(&key).await.map(done),
        KvRequest::List {
            prefix,
            limit,
            start_after,
        } => kv
            .list(&prefix, limit, &start_after)
            .await
            .map(|keys| json!({ "keys": keys })),
        KvRequest::Count { prefix } => kv.count(&prefix).await.map(|count| json!({ "count": count })),
        KvRequest::ListValues { prefix, limit } => kv
            .list_values(&prefix, limit)
            .await
            .map(|values| json!({ "values": values })),
        KvRequest::MGet { keys } => kv.mget(&keys).await.map(|values| json!({ "values": values })),
        KvRequest::MPut { entries } => kv.mput(&entries).await.map(done),
        KvRequest::Increment { key, path, amount } => kv
            .increment(&key, &path, amount)
            .await
            .map(|value| json!({ "value": value })),
        KvRequest::Decr { key, amount } => kv.decr(&key, amount).await.map(|value| json!({ "value": value })),
    }
    .map_err(told)
}

/// Returns what the plugin is told; the host's own trouble goes into the host's log only.
fn told(error: KvError) -> RpcError {
    if let KvError::Storage(cause) = &error {
        tracing::error!(error = chain(cause), "key-value call failed");
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::ErrorCode;

    fn parse(method: &'static str, params: Value) -> Result<KvRequest, RpcError> {
        KvRequest::parse(method, serde_json::from_value(params).unwrap())
    }

    #[test]
    fn defaults_are_the_contract_s() {
        assert_eq!(
            parse("kv.list", json!({})),
            Ok(KvRequest::List {
                prefix: String::new(),
                limit: 100,
                start_after: String::new()
            })
        );
        assert_eq!(
            parse("kv.increment", json!({"key": "k", "path": null})),
            Ok(KvRequest::Increment {
                key: "k".into(),
                path: String::new(),
                amount: KvAmount::ONE
            })
        );
        assert_eq!(
            parse("kv.list", json!({"prefix": "a", "limit": 0, "count_only": true})),
            Ok(KvRequest::Count { prefix: "a".into() })
        );
        assert_eq!(
            parse("kv.put", json!({"key": "k", "value": null})),
            Ok(KvRequest::Put {
                key: "k".into(),
                value: Value::Null,
                ttl_seconds: 0
            }),
            "null is a value"
        );
    }

    #[test]
    fn wrong_arguments_are_validation_errors() {
        for (method, params) in [
            ("kv.get", json!({})),
            ("kv.get", json!({"key": 5})),
            ("kv.get", json!({"key": ""})),
            ("kv.get", json!({"key": "a\0b"})),
            ("kv.get", json!({"key": "a".repeat(513)})),
            ("kv.put", json!({"key": "k"})),
            ("kv.put", json!({"key": "k", "value": 1, "ttl_seconds": -1})),
            ("kv.put", json!({"key": "k", "value": 1, "ttl_seconds": "1"})),
            ("kv.list", json!({"prefix": 1})),
            ("kv.list", json!({"count_only": "yes"})),
            ("kv.mget", json!({"keys": "k"})),
            ("kv.mget", json!({"keys": ["k", 1]})),
            ("kv.mput", json!({"entries": []})),
            ("kv.increment", json!({"key": "k", "amount": 1.5})),
        ] {
            let error = parse(method, params.clone()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValidationError, "{method} {params}");
        }
    }
}
