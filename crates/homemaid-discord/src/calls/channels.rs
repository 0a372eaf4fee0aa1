//! Channels and what they allow to whom.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::Permissions;
use serenity::model::id::TargetId;

use super::ok;
use super::params::Params;
use super::site::Site;
use crate::json::{pick, set};
use crate::permission::{MANAGE_CHANNELS, MANAGE_ROLES, VIEW_CHANNEL};
use crate::rest::Request;

/// Kinds of channels plugins may create: text, voice, category, announcement, stage, forum.
const KINDS: [i64; 6] = [0, 2, 4, 5, 13, 15];
/// A category's kind.
const CATEGORY: u64 = 4;
const NAME_CHARS: usize = 100;
const TOPIC_CHARS: usize = 1_024;
const USER_LIMIT: i64 = 99;

/// Never granted through an overwrite (wire §6.9).
const STRIPPED: Permissions = Permissions::KICK_MEMBERS
    .union(Permissions::BAN_MEMBERS)
    .union(Permissions::ADMINISTRATOR)
    .union(Permissions::MANAGE_GUILD)
    .union(Permissions::MANAGE_ROLES)
    .union(Permissions::MANAGE_WEBHOOKS);

/// `discord.get_channel`.
pub(crate) struct GetChannel(u64);

impl GetChannel {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        params.id("channel_id").map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.0).await?;
        site.require_in(self.0, &[])?;
        let channel = site
            .send(Request::get(Route::Channel { channel_id }), VIEW_CHANNEL)
            .await?;
        Ok(json!({"channel": shape(&channel)}))
    }
}

/// `discord.list_channels`.
pub(crate) struct ListChannels;

impl ListChannels {
    #[expect(clippy::unnecessary_wraps, reason = "the same face as every request")]
    pub(super) fn parse(_: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let request = Request::get(Route::GuildChannels {
            guild_id: site.guild_id(),
        });
        let channels = site.ask(request).await?;
        let channels: Vec<_> = channels
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(shape)
            .collect();
        Ok(json!({"channels": channels}))
    }
}

/// `discord.create_channel`.
pub(crate) struct CreateChannel {
    name: String,
    kind: i64,
    category: Option<u64>,
    topic: Option<String>,
    user_limit: Option<i64>,
}

impl CreateChannel {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let kind = params.number("channel_type", 0, i64::MIN, i64::MAX)?;
        if !KINDS.contains(&kind) {
            return Err(RpcError::validation("channel_type", "one of 0, 2, 4, 5, 13, 15"));
        }
        Ok(Self {
            name: params.text("name", NAME_CHARS)?,
            kind,
            category: params.id_or_none("category_id")?,
            topic: params.text_or_none("topic", TOPIC_CHARS)?,
            user_limit: params.number_or_none("user_limit", 0, USER_LIMIT)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let mut body = json!({"name": self.name, "type": self.kind});
        match self.category {
            Some(category) => {
                set(&mut body, "parent_id", site.channel(category).await?.to_string());
                if site.known_channel(category, |channel| channel.kind == CATEGORY) == Some(false) {
                    return Err(RpcError::validation(
                        "category_id",
                        "a category, not another kind of channel",
                    ));
                }
                site.require_in(category, &[MANAGE_CHANNELS])?;
            }
            None => site.require(MANAGE_CHANNELS)?,
        }
        optional(&mut body, self.topic, self.user_limit);
        let request = Request::post(
            Route::GuildChannels {
                guild_id: site.guild_id(),
            },
            body,
        );
        let channel = site
            .send(request.reason(site.reason("")), MANAGE_CHANNELS)
            .await?;
        if let Some(id) = crate::json::id(&channel, "id") {
            // The plugin may use it at once, before the gateway tells of it.
            site.house
                .cache
                .change(site.guild(), |guild| guild.put_channel(&channel));
            site.notes.channel(id);
        }
        made(&channel)
    }
}

/// `discord.edit_channel`.
pub(crate) struct EditChannel {
    channel: u64,
    name: Option<String>,
    topic: Option<String>,
    user_limit: Option<i64>,
}

impl EditChannel {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let channel = params.id("channel_id")?;
        let name = params
            .text_or_none("name", NAME_CHARS)?
            .filter(|name| !name.is_empty());
        let topic = params.text_or_none("topic", TOPIC_CHARS)?;
        let user_limit = params.number_or_none("user_limit", 0, USER_LIMIT)?;
        if name.is_none() && topic.is_none() && user_limit.is_none() {
            return Err(RpcError::validation(
                "name",
                "a string unless topic or user_limit is given",
            ));
        }
        Ok(Self {
            channel,
            name,
            topic,
            user_limit,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        let need = site.manages(self.channel);
        site.require_in(self.channel, &[need])?;
        let mut body = json!({});
        if let Some(name) = self.name {
            set(&mut body, "name", name);
        }
        optional(&mut body, self.topic, self.user_limit);
        let request = Request::patch(Route::Channel { channel_id }, body);
        made(&site.send(request.reason(site.reason("")), need).await?)
    }
}

/// `discord.delete_channel`.
pub(crate) struct DeleteChannel(u64);

impl DeleteChannel {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        params.id("channel_id").map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.0).await?;
        let need = site.manages(self.0);
        site.require_in(self.0, &[need])?;
        let request = Request::delete(Route::Channel { channel_id });
        site.send(request.reason(site.reason("")), need)
            .await
            .map(|_| ok())
    }
}

/// `discord.set_channel_permissions`.
pub(crate) struct SetPermissions {
    channel: u64,
    target: u64,
    is_member: bool,
    allow: u64,
    deny: u64,
}

impl SetPermissions {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let kind = params.number("target_type", 0, i64::MIN, i64::MAX)?;
        if !matches!(kind, 0 | 1) {
            return Err(RpcError::validation(
                "target_type",
                "0 for a role or 1 for a member",
            ));
        }
        Ok(Self {
            channel: params.id("channel_id")?,
            target: params.id("target_id")?,
            is_member: kind == 1,
            allow: params.bits("allow")? & !STRIPPED.bits(),
            deny: params.bits("deny")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        let target_id: TargetId = if self.is_member {
            site.member(self.target).await?.get().into()
        } else {
            site.role(self.target).await?.get().into()
        };
        site.require_in(self.channel, &[MANAGE_ROLES])?;
        let body = json!({
            "type": u8::from(self.is_member),
            "allow": self.allow.to_string(),
            "deny": self.deny.to_string(),
        });
        let request = Request::put(
            Route::ChannelPermission {
                channel_id,
                target_id,
            },
            body,
        );
        site.send(request.reason(site.reason("")), MANAGE_ROLES)
            .await
            .map(|_| ok())
    }
}

/// `discord.delete_channel_permission`.
pub(crate) struct DeletePermission {
    channel: u64,
    target: u64,
}

impl DeletePermission {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            channel: params.id("channel_id")?,
            target: params.id("target_id")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        self.verify(site).await?;
        site.require_in(self.channel, &[MANAGE_ROLES])?;
        let route = Route::ChannelPermission {
            channel_id,
            target_id: self.target.into(),
        };
        site.send(Request::delete(route).reason(site.reason("")), MANAGE_ROLES)
            .await
            .map(|_| ok())
    }
}

impl DeletePermission {
    /// Checks that the target is the guild's; an overwrite may outlive its member.
    async fn verify(&self, site: &Site<'_>) -> Result<(), RpcError> {
        let overwritten = site.known_channel(self.channel, |channel| {
            channel
                .overwrites
                .iter()
                .any(|overwrite| overwrite.target == self.target)
        });
        if overwritten == Some(true) || site.role(self.target).await.is_ok() {
            return Ok(());
        }
        match site.member(self.target).await {
            Err(error) if error.status() == Some(404) => {
                Err(RpcError::discord(404, 10009, "Unknown permission overwrite"))
            }
            other => other.map(|_| ()),
        }
    }
}

fn optional(body: &mut Value, topic: Option<String>, user_limit: Option<i64>) {
    if let Some(topic) = topic {
        set(body, "topic", topic);
    }
    if let Some(user_limit) = user_limit {
        set(body, "user_limit", user_limit);
    }
}

/// Returns a channel as plugins read it.
fn shape(data: &Value) -> Value {
    let mut out = pick(data, &["id", "name", "type", "topic", "parent_id", "position"]);
    set(&mut out, "nsfw", crate::json::flag(data, "nsfw"));
    out
}

#[expect(clippy::unnecessary_wraps, reason = "the end of two fallible runs")]
fn made(channel: &Value) -> Result<Value, RpcError> {
    let mut out = pick(channel, &["id", "name", "type"]);
    set(&mut out, "ok", true);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_permissions_are_never_granted_by_an_overwrite() {
        let map = crate::json::into_map(json!({"channel_id": "1", "target_id": "2",
            "allow": Permissions::all().bits().to_string(), "deny": "8"}));
        let request = SetPermissions::parse(Params(&map), 1).unwrap();
        assert_eq!(request.allow, (Permissions::all() - STRIPPED).bits());
        assert_eq!(request.deny, 8, "what is denied stays");
    }

    #[test]
    fn only_ordinary_kinds_of_channels_are_made() {
        let make = |kind: Value| {
            let map = crate::json::into_map(json!({"name": "x", "channel_type": kind, "user_limit": 1000}));
            CreateChannel::parse(Params(&map), 1).map(|request| (request.kind, request.user_limit))
        };
        assert_eq!(make(Value::Null), Ok((0, Some(99))));
        assert_eq!(make(json!(15)), Ok((15, Some(99))));
        for bad in [json!(1), json!(11), json!(-1), json!("0")] {
            assert!(make(bad).is_err());
        }
    }
}
