//! Metrics calls as the call router makes them: one method per method of the wire (wire §6.8).

use homemaid_protocol::InstallationId;
use serde_json::{Map, Value};

use super::query::{self, MetricAggregate, MetricAnswer, MetricInfo, MetricQuery};
use super::{MetricError, MetricName, MetricPeriod, MetricTags};
use crate::Storage;

/// The metrics of one installation.
#[derive(Debug, Clone)]
pub struct MetricStore {
    storage: Storage,
    installation: InstallationId,
}

impl MetricStore {
    pub(crate) fn new(storage: Storage, installation: InstallationId) -> Self {
        Self {
            storage,
            installation,
        }
    }

    /// `metrics.record`: takes in a value, which must be finite. Only memory: it is written soon, and every query of
    /// this installation that begins later sees it.
    pub fn record(&self, metric: &str, value: f64, tags: &Map<String, Value>) -> Result<(), MetricError> {
        let (metric, tags) = (MetricName::parse(metric)?, MetricTags::parse(tags)?);
        if !value.is_finite() {
            return Err(MetricError::Invalid {
                field: "value",
                rule: "a finite number",
            });
        }
        self.storage
            .metric_writer()
            .record(&self.installation, metric, tags, value)
    }

    /// `metrics.query`: a number for each bucket of a period.
    pub async fn query(&self, query: MetricQuery) -> Result<MetricAnswer, MetricError> {
        let metrics = self.storage.metric_writer();
        let (installation, now) = (self.installation.clone(), metrics.now());
        let answer = metrics.ask(move |conn| query::query(conn, &installation, &query, now));
        Ok(answer.await?)
    }

    /// `metrics.total`: the sum over a period.
    pub async fn total(&self, metric: MetricName, period: MetricPeriod) -> Result<f64, MetricError> {
        let answer = self.query(MetricQuery {
            metric,
            period,
            aggregate: MetricAggregate::Sum,
            group_by: None,
        });
        Ok(answer.await?.total)
    }

    /// Returns what was recorded, by name, for the owner.
    pub async fn list(&self) -> Result<Vec<MetricInfo>, MetricError> {
        let installation = self.installation.clone();
        let list = self
            .storage
            .metric_writer()
            .ask(move |conn| query::list(conn, &installation));
        Ok(list.await?)
    }

    /// Forgets all of it; the rows go by and by.
    pub fn forget(&self) {
        self.storage.metric_writer().forget(&self.installation);
    }
}
