//! One action for many members: what fails for one is told, and the others go on.

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::moderation::{change_role, duration, kick, reason, time_out};
use super::params::Params;
use super::site::Site;
use crate::rest::REQUEST_TIME;

/// Users one call may name (caps §5.2).
const USERS: usize = 25;
/// Requests on their way at a time.
const AT_ONCE: usize = 4;

/// What is done to one member; boxed, because the compiler cannot see through an async closure that it may move
/// between threads.
type Act<'a> = BoxFuture<'a, Result<(), RpcError>>;

/// Whom, and why.
pub(crate) struct Many {
    users: Vec<u64>,
    reason: String,
}

impl Many {
    fn parse(params: Params<'_>) -> Result<Self, RpcError> {
        let mut users = params.ids("user_ids")?;
        let mut seen = std::collections::HashSet::new();
        users.retain(|user| seen.insert(*user));
        if users.len() > USERS {
            return Err(RpcError::validation(
                "user_ids",
                "a list of at most 25 Discord snowflake strings",
            ));
        }
        Ok(Self {
            users,
            reason: reason(params)?,
        })
    }

    /// Acts on each user; whoever is not reached in time counts as failed.
    async fn each<'a>(&'a self, act: impl Fn(u64, &'a str) -> Act<'a>) -> Value {
        let until = Instant::now() + REQUEST_TIME;
        let one = |user: u64| {
            let late = || Err(RpcError::timeout("Discord", REQUEST_TIME.as_secs()));
            let acting = timeout_at(until, act(user, &self.reason));
            acting.map(move |done| (user, done.unwrap_or_else(|_| late())))
        };
        let results: Vec<_> = stream::iter(self.users.iter().copied().map(one))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let errors: Vec<_> = results
            .iter()
            .filter_map(|(user, result)| {
                let error = result.as_ref().err()?;
                Some(json!({"user_id": user.to_string(), "error": error.message()}))
            })
            .collect();
        json!({"success": results.len() - errors.len(), "failed": errors.len(), "errors": errors})
    }
}

/// Many members and a role.
pub(crate) struct ManyRoles {
    many: Many,
    role: u64,
}

impl ManyRoles {
    fn parse(params: Params<'_>) -> Result<Self, RpcError> {
        Ok(Self {
            many: Many::parse(params)?,
            role: params.id("role_id")?,
        })
    }

    /// Returns how many users are named.
    pub(super) fn users(&self) -> usize {
        self.many.users.len()
    }

    async fn run(&self, site: &Site<'_>, add: bool) -> Result<Value, RpcError> {
        // A role of another guild fails the call, not each user.
        site.role(self.role).await?;
        site.require_over_role(self.role)?;
        Ok(self
            .many
            .each(|user, reason| change_role(site, user, self.role, add, reason).boxed())
            .await)
    }
}

/// `discord.add_role_bulk`.
pub(crate) struct AddRoles(pub(super) ManyRoles);

impl AddRoles {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        ManyRoles::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        self.0.run(site, true).await
    }
}

/// `discord.remove_role_bulk`.
pub(crate) struct RemoveRoles(pub(super) ManyRoles);

impl RemoveRoles {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        ManyRoles::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        self.0.run(site, false).await
    }
}

/// `discord.timeout_bulk`.
pub(crate) struct Timeouts {
    many: Many,
    seconds: i64,
}

impl Timeouts {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            many: Many::parse(params)?,
            seconds: duration(params)?,
        })
    }

    /// Returns how many users are named.
    pub(super) fn users(&self) -> usize {
        self.many.users.len()
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        Ok(self
            .many
            .each(|user, reason| time_out(site, user, self.seconds, reason).boxed())
            .await)
    }
}

/// `discord.kick_bulk`.
pub(crate) struct Kicks(Many);

impl Kicks {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Many::parse(params).map(Self)
    }

    /// Returns how many users are named.
    pub(super) fn users(&self) -> usize {
        self.0.users.len()
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        Ok(self.0.each(|user, reason| kick(site, user, reason).boxed()).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: u64) -> Result<Many, RpcError> {
        let ids: Vec<_> = (1..=count).map(|id| id.to_string()).collect();
        Many::parse(Params(&crate::json::into_map(json!({"user_ids": ids}))))
    }

    #[tokio::test]
    async fn one_failure_is_told_and_the_others_go_on() {
        let result = many(3)
            .unwrap()
            .each(|user, _| {
                let done = if user == 2 {
                    Err(RpcError::discord(404, 10007, "Unknown Member"))
                } else {
                    Ok(())
                };
                std::future::ready(done).boxed()
            })
            .await;
        let error = "Discord API error 404 (code 10007): Unknown Member";
        assert_eq!(
            result,
            json!({"success": 2, "failed": 1, "errors": [{"user_id": "2", "error": error}]})
        );
    }

    #[test]
    fn more_than_twenty_five_are_refused() {
        assert_eq!(many(25).unwrap().users.len(), 25);
        assert!(many(26).is_err());
        assert!(many(0).is_err());
    }
}
