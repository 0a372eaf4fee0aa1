//! Where a call runs: on whose behalf, in which guild, and the check that every id belongs there.

use homemaid_protocol::{InstallationId, RpcError};
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::params::cut;
use crate::cache::Channel;
use crate::discord::House;
use crate::json;
use crate::permission::{MANAGE_CHANNELS, MANAGE_THREADS, Need};
use crate::rest::{Request, RestError};
use crate::touched::Notes;

/// Characters of an audit log reason.
const REASON_CHARS: usize = 512;

/// The place of one call.
pub(crate) struct Site<'a> {
    pub(crate) house: &'a House,
    pub(crate) installation: &'a InstallationId,
    pub(crate) event: Option<&'a str>,
    /// What the call touches.
    pub(crate) notes: Notes,
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

    /// Sends a request; `need` is what the bot needs for it, named when Discord says that it lacks.
    pub(super) async fn send(&self, request: Request<'_>, need: Need) -> Result<Value, RpcError> {
        self.try_send(request)
            .await
            .map_err(|error| error.into_rpc(Some(need.name)))
    }

    /// Sends a request that needs no permission of the bot.
    pub(super) async fn ask(&self, request: Request<'_>) -> Result<Value, RpcError> {
        self.try_send(request).await.map_err(|error| error.into_rpc(None))
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
            self.notes.channel(id);
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
                    _ => error.into_rpc(None),
                })?;
        if json::id(&channel, "guild_id") != Some(self.guild()) {
            return Err(unknown());
        }
        cache.change(self.guild(), |guild| guild.put_channel(&channel));
        self.notes.channel(id);
        Ok(id.into())
    }

    /// Returns what `read` makes of a channel of the guild that is remembered.
    pub(super) fn known_channel<T>(&self, id: u64, read: impl FnOnce(&Channel) -> T) -> Option<T> {
        let found = self
            .house
            .cache
            .guild(self.guild(), |guild| guild.channels.get(&id).map(read));
        found.flatten()
    }

    /// Returns what changing or removing a channel or thread needs of the bot.
    pub(super) fn manages(&self, id: u64) -> Need {
        match self.known_channel(id, Channel::is_thread) {
            Some(true) => MANAGE_THREADS,
            _ => MANAGE_CHANNELS,
        }
    }

    /// Returns the role when it is the guild's.
    pub(super) async fn role(&self, id: u64) -> Result<RoleId, RpcError> {
        let cache = &self.house.cache;
        if cache.guild(self.guild(), |guild| guild.roles.contains_key(&id)) == Some(true) {
            self.notes.role(id);
            return Ok(id.into());
        }
        let route = Route::GuildRoles {
            guild_id: self.guild_id(),
        };
        let roles = self.ask(Request::get(route)).await?;
        let roles = roles.as_array().map_or(&[][..], Vec::as_slice);
        cache.change(self.guild(), |guild| {
            for role in roles {
                guild.put_role(role);
            }
        });
        let found = roles.iter().any(|role| json::id(role, "id") == Some(id));
        if !found {
            return Err(RpcError::discord(404, 10011, "Unknown Role"));
        }
        self.notes.role(id);
        Ok(id.into())
    }

    /// Returns the member when it is one of the guild.
    pub(super) async fn member(&self, id: u64) -> Result<UserId, RpcError> {
        self.roles_of(id).await.map(|_| id.into())
    }

    /// Returns the roles of a member of the guild, as of now.
    pub(super) async fn roles_of(&self, id: u64) -> Result<Vec<u64>, RpcError> {
        let cache = &self.house.cache;
        // Without news of members what is remembered of one grows old, so it is asked for.
        let known = cache
            .member(self.guild(), id)
            .filter(|_| self.house.hears_of_members());
        let roles = if let Some(member) = known {
            member.roles.clone()
        } else {
            let route = Route::GuildMember {
                guild_id: self.guild_id(),
                user_id: id.into(),
            };
            let member = self.ask(Request::get(route)).await?;
            cache.put_member(self.guild(), &member, &member["user"]);
            json::ids(&member, "roles")
        };
        self.notes.member(id);
        Ok(roles)
    }

    /// Notes a message that was made or changed, and whose its components are.
    pub(super) fn posted(&self, message: &Value) {
        if let Some(id) = json::id(message, "id") {
            self.notes.message(id);
        }
        if let Some(channel) = json::id(message, "channel_id") {
            self.notes.channel(channel);
        }
        if let Some(id) = self.house.origins.posted(message, &self.installation.plugin) {
            self.notes.components(id);
        }
    }

    /// Returns the reason for the audit log: which plugin, and what it said (wire §6.9).
    pub(super) fn reason(&self, said: &str) -> String {
        let reason = format!("[{}] {}", self.installation.plugin, said);
        cut(reason.trim_end(), REASON_CHARS).to_owned()
    }
}
