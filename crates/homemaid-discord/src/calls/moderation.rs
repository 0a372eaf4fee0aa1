//! Time-outs, nicknames, kicks, bans and roles of one member.

use homemaid_protocol::RpcError;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use serenity::http::Route;

use super::ok;
use super::params::Params;
use super::site::Site;
use crate::permission::{
    BAN_MEMBERS, CHANGE_NICKNAME, KICK_MEMBERS, MANAGE_NICKNAMES, MANAGE_ROLES, MODERATE_MEMBERS,
};
use crate::rest::Request;

/// Longest time-out, in seconds: 28 days.
const TIMEOUT_SECONDS: i64 = 2_419_200;
/// Longest history a ban deletes, in seconds: 7 days.
const BAN_HISTORY_SECONDS: i64 = 604_800;
const REASON_CHARS: usize = 512;
const NICKNAME_CHARS: usize = 32;

/// Reads the reason, empty when absent.
pub(super) fn reason(params: Params<'_>) -> Result<String, RpcError> {
    Ok(params.text_or_none("reason", REASON_CHARS)?.unwrap_or_default())
}

/// Reads the length of a time-out.
pub(super) fn duration(params: Params<'_>) -> Result<i64, RpcError> {
    let seconds = params.number_or_none("duration_seconds", 0, TIMEOUT_SECONDS)?;
    seconds.ok_or_else(|| RpcError::validation("duration_seconds", "a whole number from 0 to 2419200"))
}

/// Times a member out, or ends its time-out.
pub(super) async fn time_out(site: &Site<'_>, user: u64, seconds: i64, reason: &str) -> Result<(), RpcError> {
    site.require_above(user, MODERATE_MEMBERS).await?;
    let until = (seconds > 0).then(|| until(site.house.clock.now(), seconds));
    let route = Route::GuildMember {
        guild_id: site.guild_id(),
        user_id: user.into(),
    };
    let request = Request::patch(route, json!({"communication_disabled_until": until}));
    site.send(request.reason(site.reason(reason)), MODERATE_MEMBERS)
        .await
        .map(|_| ())
}

fn until(now: Timestamp, seconds: i64) -> String {
    let until = now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX);
    format!("{until:.3}")
}

/// Kicks a member.
pub(super) async fn kick(site: &Site<'_>, user: u64, reason: &str) -> Result<(), RpcError> {
    site.require_above(user, KICK_MEMBERS).await?;
    let route = Route::GuildMember {
        guild_id: site.guild_id(),
        user_id: user.into(),
    };
    site.send(Request::delete(route).reason(site.reason(reason)), KICK_MEMBERS)
        .await
        .map(|_| ())
}

/// Gives a member a role of the guild, or takes it.
pub(super) async fn change_role(
    site: &Site<'_>,
    user: u64,
    role: u64,
    add: bool,
    reason: &str,
) -> Result<(), RpcError> {
    let role_id = site.role(role).await?;
    site.require_over_role(role)?;
    site.member(user).await?;
    let route = Route::GuildMemberRole {
        guild_id: site.guild_id(),
        user_id: user.into(),
        role_id,
    };
    let request = if add {
        Request::put_nothing(route)
    } else {
        Request::delete(route)
    };
    site.send(request.reason(site.reason(reason)), MANAGE_ROLES)
        .await
        .map(|_| ())
}

/// `discord.timeout_member`.
pub(crate) struct Timeout {
    user: u64,
    seconds: i64,
    reason: String,
}

impl Timeout {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            user: params.id("user_id")?,
            seconds: duration(params)?,
            reason: reason(params)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        time_out(site, self.user, self.seconds, &self.reason)
            .await
            .map(|()| ok())
    }
}

/// `discord.set_nickname`.
pub(crate) struct SetNickname {
    user: u64,
    nickname: Option<String>,
}

impl SetNickname {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            user: params.id("user_id")?,
            nickname: params.text_or_none("nickname", NICKNAME_CHARS)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let guild_id = site.guild_id();
        let own = site.house.cache.me() == Some(self.user);
        // Discord lets a bot rename itself only at an address of its own.
        let (route, needed) = if own {
            site.require(CHANGE_NICKNAME)?;
            site.notes.member(self.user);
            (Route::GuildMemberMe { guild_id }, CHANGE_NICKNAME)
        } else {
            site.require_above(self.user, MANAGE_NICKNAMES).await?;
            let user_id = self.user.into();
            (Route::GuildMember { guild_id, user_id }, MANAGE_NICKNAMES)
        };
        let request = Request::patch(route, json!({"nick": self.nickname}));
        site.send(request.reason(site.reason("")), needed)
            .await
            .map(|_| ok())
    }
}

/// `discord.kick_member`.
pub(crate) struct Kick {
    user: u64,
    reason: String,
}

impl Kick {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            user: params.id("user_id")?,
            reason: reason(params)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        kick(site, self.user, &self.reason).await.map(|()| ok())
    }
}

/// `discord.ban_member`.
pub(crate) struct Ban {
    user: u64,
    reason: String,
    history_seconds: i64,
}

impl Ban {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            user: params.id("user_id")?,
            reason: reason(params)?,
            history_seconds: params.number("delete_message_seconds", 0, 0, BAN_HISTORY_SECONDS)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        site.require_above(self.user, BAN_MEMBERS).await?;
        let route = Route::GuildBan {
            guild_id: site.guild_id(),
            user_id: self.user.into(),
        };
        let request = Request::put(route, json!({"delete_message_seconds": self.history_seconds}));
        site.send(request.reason(site.reason(&self.reason)), BAN_MEMBERS)
            .await
            .map(|_| ok())
    }
}

/// `discord.unban_member`.
pub(crate) struct Unban(u64);

impl Unban {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        params.id("user_id").map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        site.require(BAN_MEMBERS)?;
        site.notes.member(self.0);
        let route = Route::GuildBan {
            guild_id: site.guild_id(),
            user_id: self.0.into(),
        };
        site.send(Request::delete(route).reason(site.reason("")), BAN_MEMBERS)
            .await
            .map(|_| ok())
    }
}

/// A member, a role and a reason.
pub(crate) struct RoleChange {
    user: u64,
    role: u64,
    reason: String,
}

impl RoleChange {
    fn parse(params: Params<'_>) -> Result<Self, RpcError> {
        Ok(Self {
            user: params.id("user_id")?,
            role: params.id("role_id")?,
            reason: reason(params)?,
        })
    }

    async fn run(&self, site: &Site<'_>, add: bool) -> Result<Value, RpcError> {
        change_role(site, self.user, self.role, add, &self.reason)
            .await
            .map(|()| ok())
    }
}

/// `discord.add_role`.
pub(crate) struct AddRole(RoleChange);

impl AddRole {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        RoleChange::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        self.0.run(site, true).await
    }
}

/// `discord.remove_role`.
pub(crate) struct RemoveRole(RoleChange);

impl RemoveRole {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        RoleChange::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        self.0.run(site, false).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_ends_at_a_moment_discord_can_read() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(until(now, 60), "2026-01-01T00:01:00.000Z");
        assert_eq!(until(now, TIMEOUT_SECONDS), "2026-01-29T00:00:00.000Z");
    }

    #[test]
    fn lengths_are_moved_into_discords_range_and_must_be_given() {
        let read =
            |value: Value| duration(Params(&crate::json::into_map(json!({"duration_seconds": value}))));
        assert_eq!(read(json!(99_999_999)), Ok(TIMEOUT_SECONDS));
        assert_eq!(read(json!(-5)), Ok(0));
        assert!(read(Value::Null).is_err());
    }
}
