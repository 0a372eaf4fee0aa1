//! Where a call runs: on whose behalf, in which guild, and the check that every id belongs there.

use homemaid_protocol::{InstallationId, RpcError};
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::params::cut;
use crate::discord::House;
use crate::json;
use crate::rest::{Request, RestError};

/// Characters of an audit log reason.
const REASON_CHARS: usize = 512;

/// The place of one call.
pub(crate) struct Site<'a> {
    pub(crate) house: &'a House,
    pub(crate) installation: &'a InstallationId,
    pub(crate) event: Option<&'a str>,
}

impl Site<'_> {
    /// Returns the installation's guild.
    pub(super) fn guild(&self) -> u64 {
        self.installation.guild.get()
    }

    /// Returns the installation's guild as serenity wants it.
    pub(super) fn guild_id(&self) -> GuildId {
        self.guild().into()
    }

    /// Sends a request; `permission` is what the bot needs for it.
    pub(super) async fn send(&self, request: Request<'_>, permission: &str) -> Result<Value, RpcError> {
        self.try_send(request)
            .await
            .map_err(|error| error.into_rpc(Some(permission)))
    }

    /// Sends a request.
    pub(super) async fn try_send(&self, request: Request<'_>) -> Result<Value, RestError> {
        self.house.rest.send(request).await
    }

    /// Returns the channel or thread when it is the guild's; to the plugin any other does not exist.
    pub(super) async fn channel(&self, id: u64) -> Result<ChannelId, RpcError> {
        let cache = &self.house.cache;
        let known = cache.guild(self.guild(), |guild| guild.channels.contains_key(&id));
        if known == Some(true) {
            return Ok(id.into());
        }
        let unknown = || RpcError::discord(404, 10003, "Unknown Channel");
        if cache.guild_of_channel(id).is_some() {
            return Err(unknown());
        }
        let route = Route::Channel {
            channel_id: id.into(),
        };
        let channel =
            self.try_send(Request::get(route))
                .await
                .map_err(|error| match error.discord_code() {
                    // Of another guild, of nobody, or hidden from the bot: all the same to the plugin.
                    Some((403 | 404, _)) => unknown(),
                    _ => error.into_rpc(Some("view_channel")),
                })?;
        if json::id(&channel, "guild_id") != Some(self.guild()) {
            return Err(unknown());
        }
        cache.change(self.guild(), |guild| guild.put_channel(&channel));
        Ok(id.into())
    }

    /// Returns the role when it is the guild's.
    pub(super) async fn role(&self, id: u64) -> Result<RoleId, RpcError> {
        let cache = &self.house.cache;
        if cache.guild(self.guild(), |guild| guild.roles.contains_key(&id)) == Some(true) {
            return Ok(id.into());
        }
        let route = Route::GuildRoles {
            guild_id: self.guild_id(),
        };
        let roles = self.send(Request::get(route), "manage_roles").await?;
        let roles = roles.as_array().map_or(&[][..], Vec::as_slice);
        cache.change(self.guild(), |guild| {
            for role in roles {
                guild.put_role(role);
            }
        });
        let found = roles.iter().any(|role| json::id(role, "id") == Some(id));
        found
            .then(|| id.into())
            .ok_or_else(|| RpcError::discord(404, 10011, "Unknown Role"))
    }

    /// Returns the member when it is one of the guild.
    pub(super) async fn member(&self, id: u64) -> Result<UserId, RpcError> {
        if self.house.cache.member(self.guild(), id).is_none() {
            let route = Route::GuildMember {
                guild_id: self.guild_id(),
                user_id: id.into(),
            };
            let member = self.send(Request::get(route), "view_channel").await?;
            self.house
                .cache
                .put_member(self.guild(), &member, &member["user"]);
        }
        Ok(id.into())
    }

    /// Returns the reason for the audit log: which plugin, and what it said (wire §6.9).
    pub(super) fn reason(&self, said: &str) -> String {
        let reason = format!("[{}] {}", self.installation.plugin, said);
        cut(reason.trim_end(), REASON_CHARS).to_owned()
    }
}
