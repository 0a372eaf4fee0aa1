//! `sql.*` (wire §6.3, sql §1): the arguments here, the dialect and the data in `homemaid-sql`.

use homemaid_protocol::RpcError;
use homemaid_sql::{DDL_PER_HOUR, DEFAULT_ROWS, MOST_ROWS, SqlError};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::params::{given, text, whole_or};
use crate::installation::Installation;
use crate::services::{Services, chain};
use crate::tables::TablesError;

/// When a plugin whose tables are full may look again, in seconds: nothing but deleting helps.
const FULL_RETRY: u64 = 60;

/// One call, with its arguments checked; the statement is judged where it runs.
#[derive(Debug, PartialEq)]
pub(super) struct SqlRequest {
    sql: String,
    params: Vec<Value>,
    want: Want,
}

#[derive(Debug, PartialEq, Eq)]
enum Want {
    Count,
    Rows { limit: usize },
    One,
}

impl SqlRequest {
    /// Checks the arguments of `method`.
    pub(super) fn parse(method: &'static str, mut params: Map<String, Value>) -> Result<Self, RpcError> {
        let want = match method {
            "sql.execute" => Want::Count,
            "sql.query" => {
                let most = i64::try_from(MOST_ROWS).unwrap_or(i64::MAX);
                let default = i64::try_from(DEFAULT_ROWS).unwrap_or(i64::MAX);
                let limit = whole_or(&params, "limit", default)?.clamp(1, most);
                Want::Rows {
                    limit: usize::try_from(limit).unwrap_or(MOST_ROWS),
                }
            }
            "sql.query_one" => Want::One,
            _ => return Err(RpcError::method_not_found(method)),
        };
        let sql = text(&params, "sql")?.to_owned();
        let bound = match given(&params, "params") {
            None => Vec::new(),
            Some(Value::Array(_)) => match params.remove("params") {
                Some(Value::Array(bound)) => bound,
                _ => Vec::new(),
            },
            Some(_) => return Err(RpcError::validation("params", "a list")),
        };
        Ok(Self {
            sql,
            params: bound,
            want,
        })
    }

    /// Returns whether the answer may be long.
    pub(super) fn returns_much(&self) -> bool {
        self.want != Want::Count
    }
}

/// Does it.
pub(super) async fn run(services: &Services, installation: &Installation, request: SqlRequest) -> Outcome {
    // Statements see the moment at which the call came (sql §8: NOW() is constant within a statement).
    let now = services.clock.now().as_microsecond();
    let SqlRequest { sql, params, want } = request;
    services
        .tables
        .with(&installation.id, &installation.sql_turn, move |tables| {
            Ok(match want {
                Want::Count => json!({ "rowcount": tables.execute(&sql, &params, now)? }),
                Want::Rows { limit } => {
                    let found = tables.query(&sql, &params, limit, now)?;
                    json!({ "rows": found.rows, "truncated": found.truncated })
                }
                Want::One => json!({ "row": tables.query_one(&sql, &params, now)? }),
            })
        })
        .await
        .map_err(|error| told(&error, installation))
}

/// Returns what the plugin is told; what the owner has to mend goes into the host's log.
fn told(error: &TablesError, installation: &Installation) -> RpcError {
    match error {
        TablesError::Sql(error @ (SqlError::Rejected(_) | SqlError::Failed(_))) => {
            RpcError::sql(&error.to_string())
        }
        TablesError::Sql(SqlError::Quota(what)) => RpcError::quota_exceeded(what, FULL_RETRY),
        TablesError::Sql(SqlError::DdlLimit { retry_after }) => {
            RpcError::window_exceeded("DDL", &format!("{DDL_PER_HOUR}/hour"), *retry_after)
        }
        TablesError::Sql(SqlError::Host(_)) | TablesError::Lost => {
            tracing::error!(installation = %installation.id, error = chain(error), "sql call failed");
            RpcError::internal()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::ErrorCode;

    fn parse(method: &'static str, params: Value) -> Result<SqlRequest, RpcError> {
        SqlRequest::parse(method, serde_json::from_value(params).unwrap())
    }

    #[test]
    fn absent_arguments_have_the_contract_s_defaults_and_limits_are_clamped() {
        let request = parse("sql.query", json!({"sql": "SELECT 1"})).unwrap();
        assert_eq!(request.params, Vec::<Value>::new());
        assert_eq!(request.want, Want::Rows { limit: 1_000 });
        for (given, used) in [(0, 1), (-5, 1), (10_000, 10_000), (1_000_000, 10_000)] {
            let request = parse("sql.query", json!({"sql": "", "limit": given, "params": null})).unwrap();
            assert_eq!(request.want, Want::Rows { limit: used }, "{given}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (params, field) in [
            (json!({}), "sql"),
            (json!({"sql": 5}), "sql"),
            (json!({"sql": "SELECT 1", "params": {"a": 1}}), "params"),
            (json!({"sql": "SELECT 1", "params": "x"}), "params"),
            (json!({"sql": "SELECT 1", "limit": "many"}), "limit"),
        ] {
            let error = parse("sql.query", params.clone()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValidationError, "{params}");
            assert!(
                error.message().starts_with(field),
                "{params}: {}",
                error.message()
            );
        }
    }
}
