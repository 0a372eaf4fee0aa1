//! `metrics.*` (wire §6.8): the arguments here, the rules and the data in storage.

use homemaid_protocol::RpcError;
use homemaid_storage::{MetricAggregate, MetricError, MetricName, MetricPeriod, MetricQuery};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::params::{given, text, text_or_empty};
use crate::installation::Installation;
use crate::services::{Services, chain};

/// What a value is when the plugin does not say: one of something.
const ONE: f64 = 1.0;

/// One call, with its arguments checked.
#[derive(Debug, PartialEq)]
pub(super) enum MetricsRequest {
    Record {
        metric: String,
        value: f64,
        tags: Map<String, Value>,
    },
    Query(MetricQuery),
    Total {
        metric: MetricName,
        period: MetricPeriod,
    },
}

impl MetricsRequest {
    /// Checks the arguments of `method`; a record's name and tags are judged beside the limit of series.
    pub(super) fn parse(method: &'static str, mut params: Map<String, Value>) -> Result<Self, RpcError> {
        let metric = text(&params, "metric")?.to_owned();
        let period = |default| -> Result<MetricPeriod, RpcError> {
            let text = match text_or_empty(&params, "period")? {
                "" => default,
                text => text,
            };
            Ok(MetricPeriod::parse(text)?)
        };
        match method {
            "metrics.record" => {
                let value = match given(&params, "value") {
                    None => ONE,
                    Some(value) => value
                        .as_f64()
                        .filter(|value| value.is_finite())
                        .ok_or_else(|| RpcError::validation("value", "a finite number"))?,
                };
                let tags = match params.remove("tags") {
                    None | Some(Value::Null) => Map::new(),
                    Some(Value::Object(tags)) => tags,
                    Some(_) => return Err(RpcError::validation("tags", "an object of names and texts")),
                };
                Ok(Self::Record { metric, value, tags })
            }
            "metrics.query" => {
                let aggregate = match text_or_empty(&params, "aggregate")? {
                    "" => "sum",
                    text => text,
                };
                Ok(Self::Query(MetricQuery {
                    metric: MetricName::parse(&metric)?,
                    period: period("7d")?,
                    aggregate: MetricAggregate::parse(aggregate)?,
                    group_by: MetricQuery::group_by(text_or_empty(&params, "group_by")?)?,
                }))
            }
            "metrics.total" => Ok(Self::Total {
                metric: MetricName::parse(&metric)?,
                period: period("30d")?,
            }),
            _ => Err(RpcError::method_not_found(method)),
        }
    }
}

/// `metrics.record`: only memory, done at once.
pub(super) fn record(
    services: &Services,
    installation: &Installation,
    metric: &str,
    value: f64,
    tags: &Map<String, Value>,
) -> Outcome {
    services
        .storage
        .metrics(&installation.id)
        .record(metric, value, tags)
        .map_err(told)?;
    Ok(json!({ "ok": true }))
}

/// Every other one.
pub(super) async fn run(
    services: &Services,
    installation: &Installation,
    request: MetricsRequest,
) -> Outcome {
    let metrics = services.storage.metrics(&installation.id);
    match request {
        MetricsRequest::Record { metric, value, tags } => {
            record(services, installation, &metric, value, &tags)
        }
        MetricsRequest::Query(query) => {
            let answer = metrics.query(query).await.map_err(told)?;
            Ok(json!(answer))
        }
        MetricsRequest::Total { metric, period } => {
            let total = metrics.total(metric, period).await.map_err(told)?;
            Ok(json!({ "total": total }))
        }
    }
}

/// Returns what the plugin is told; the host's own trouble goes into the host's log only.
fn told(error: MetricError) -> RpcError {
    if let MetricError::Storage(cause) = &error {
        tracing::error!(error = chain(cause), "metrics call failed");
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Stage;
    use homemaid_protocol::ErrorCode;

    fn parse(method: &'static str, params: Value) -> Result<MetricsRequest, RpcError> {
        MetricsRequest::parse(method, serde_json::from_value(params).unwrap())
    }

    #[tokio::test]
    async fn answers_are_the_contract_s() {
        let stage = Stage::new(&[]).await;
        let call = async |method: &'static str, params: Value| {
            let request = parse(method, params).unwrap();
            run(&stage.services, &stage.installation, request).await
        };
        for (value, tags) in [(json!(2), json!({"command": "ban"})), (json!(null), json!(null))] {
            let params = json!({"metric": "used", "value": value, "tags": tags, "_event_id": "e"});
            assert_eq!(call("metrics.record", params).await, Ok(json!({"ok": true})));
        }
        assert_eq!(
            call("metrics.total", json!({"metric": "used"})).await,
            Ok(json!({"total": 3.0}))
        );
        let answer = call("metrics.query", json!({"metric": "used", "group_by": "command"}))
            .await
            .unwrap();
        assert_eq!(answer["labels"].as_array().unwrap().len(), 7);
        assert_eq!(answer["series"][0]["name"], "ban");
        assert_eq!(answer["series"][1]["name"], "(none)");
        assert_eq!(answer["total"], json!(3.0));
        let keys: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["labels", "series", "total"]);
        let bad = call("metrics.record", json!({"metric": "not a name"}))
            .await
            .unwrap_err();
        assert_eq!(bad.code(), ErrorCode::ValidationError);
    }

    #[test]
    fn wrong_arguments_are_validation_errors() {
        for (method, params) in [
            ("metrics.record", json!({})),
            ("metrics.record", json!({"metric": 5})),
            ("metrics.record", json!({"metric": "m", "value": "1"})),
            ("metrics.record", json!({"metric": "m", "value": true})),
            ("metrics.record", json!({"metric": "m", "tags": ["a"]})),
            ("metrics.query", json!({"metric": "a b"})),
            ("metrics.query", json!({"metric": "m", "period": "1d"})),
            ("metrics.query", json!({"metric": "m", "aggregate": "median"})),
            ("metrics.query", json!({"metric": "m", "group_by": 1})),
            ("metrics.total", json!({"metric": "m", "period": 7})),
        ] {
            let error = parse(method, params.clone()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValidationError, "{method} {params}");
        }
    }
}
