//! Messages: send, edit, delete, read, pin.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId};

use super::body::{Body, Pings};
use super::ok;
use super::params::Params;
use super::site::Site;
use crate::cache::Channel;
use crate::json::{self, list, pick};
use crate::permission::{
    ATTACH_FILES, EMBED_LINKS, MANAGE_MESSAGES, PIN_MESSAGES, READ_HISTORY, SEND_IN_THREADS, SEND_MESSAGES,
    VIEW_CHANNEL,
};
use crate::rest::{File, Request};

/// Messages one bulk deletion takes.
const BULK: usize = 100;

/// `discord.send_message`.
pub(crate) struct SendMessage {
    channel: u64,
    body: Body,
    files: Vec<File>,
}

impl SendMessage {
    pub(super) fn parse(params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
        let channel = params.id("channel_id")?;
        let (body, files) = (Body::parse(params, guild, Pings::Nobody)?, params.files()?);
        if body.is_empty() && files.is_empty() {
            return Err(Body::nothing_to_show());
        }
        Ok(Self { channel, body, files })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        let in_thread = site.known_channel(self.channel, Channel::is_thread) == Some(true);
        let send = if in_thread { SEND_IN_THREADS } else { SEND_MESSAGES };
        let mut needs = vec![send];
        if !self.files.is_empty() {
            needs.push(ATTACH_FILES);
        }
        if self.body.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty()) {
            needs.push(EMBED_LINKS);
        }
        site.require_in(self.channel, &needs)?;
        let request = Request::post(Route::ChannelMessages { channel_id }, self.body.new_message());
        let message = site.send(request.files(self.files), send).await?;
        site.posted(&message);
        Ok(sent(&message, channel_id))
    }
}

/// `discord.edit_message`.
pub(crate) struct EditMessage {
    at: At,
    body: Body,
}

impl EditMessage {
    pub(super) fn parse(params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
        let (at, body) = (At::parse(params)?, Body::parse(params, guild, Pings::Nobody)?);
        if body.content.is_none() && body.embeds.is_none() && body.components.is_none() {
            return Err(RpcError::validation(
                "content",
                "a string unless embeds or components are given",
            ));
        }
        Ok(Self { at, body })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let (channel_id, message_id) = self.at.verify(site).await?;
        site.require_in(self.at.channel, &[])?;
        let route = Route::ChannelMessage {
            channel_id,
            message_id,
        };
        let message = site
            .send(Request::patch(route, self.body.edit()), VIEW_CHANNEL)
            .await?;
        // The components of another plugin's message stay that plugin's, unless they were replaced.
        if self.body.components.is_some() {
            site.posted(&message);
        }
        Ok(sent(&message, channel_id))
    }
}

/// `discord.delete_message`.
pub(crate) struct DeleteMessage(At);

impl DeleteMessage {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        At::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let (channel_id, message_id) = self.0.verify(site).await?;
        site.require_to_delete(self.0.channel, self.0.message)?;
        let request = Request::delete(Route::ChannelMessage {
            channel_id,
            message_id,
        });
        site.send(request.reason(site.reason("")), MANAGE_MESSAGES)
            .await
            .map(|_| ok())
    }
}

/// `discord.bulk_delete_messages`.
pub(crate) struct BulkDelete {
    channel: u64,
    messages: Vec<u64>,
}

impl BulkDelete {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let (channel, mut messages) = (params.id("channel_id")?, params.ids("message_ids")?);
        // Discord refuses repeated ids.
        let mut seen = std::collections::HashSet::new();
        messages.retain(|id| seen.insert(*id));
        messages.truncate(BULK);
        Ok(Self { channel, messages })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        for message in &self.messages {
            site.notes.message(*message);
        }
        let request = if let [only] = self.messages[..] {
            site.require_to_delete(self.channel, only)?;
            Request::delete(Route::ChannelMessage {
                channel_id,
                message_id: only.into(),
            })
        } else {
            site.require_in(self.channel, &[MANAGE_MESSAGES])?;
            let ids: Value = self.messages.iter().map(ToString::to_string).collect();
            Request::post(
                Route::ChannelMessagesBulkDelete { channel_id },
                json!({"messages": ids}),
            )
        };
        site.send(request.reason(site.reason("")), MANAGE_MESSAGES)
            .await
            .map(|_| ok())
    }
}

/// `discord.pin_message`.
pub(crate) struct PinMessage(At);

impl PinMessage {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        At::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let (channel_id, message_id) = self.0.verify(site).await?;
        site.require_in(self.0.channel, &[PIN_MESSAGES])?;
        let request = Request::put_nothing(Route::ChannelPin {
            channel_id,
            message_id,
        });
        site.send(request.reason(site.reason("")), PIN_MESSAGES)
            .await
            .map(|_| ok())
    }
}

/// `discord.unpin_message`.
pub(crate) struct UnpinMessage(At);

impl UnpinMessage {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        At::parse(params).map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let (channel_id, message_id) = self.0.verify(site).await?;
        site.require_in(self.0.channel, &[PIN_MESSAGES])?;
        let request = Request::delete(Route::ChannelPin {
            channel_id,
            message_id,
        });
        site.send(request.reason(site.reason("")), PIN_MESSAGES)
            .await
            .map(|_| ok())
    }
}

/// `discord.get_messages`.
pub(crate) struct GetMessages {
    channel: u64,
    limit: i64,
    before: Option<u64>,
    after: Option<u64>,
}

impl GetMessages {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            channel: params.id("channel_id")?,
            limit: params.number("limit", 50, 1, 50)?,
            before: params.id_or_none("before")?,
            after: params.id_or_none("after")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        site.require_in(self.channel, &[READ_HISTORY])?;
        // Discord takes one of the two; `after` walks forward.
        let before = self.before.filter(|_| self.after.is_none());
        let request = Request::get(Route::ChannelMessages { channel_id })
            .query("limit", self.limit)
            .query_if("before", before)
            .query_if("after", self.after);
        let messages = site.send(request, READ_HISTORY).await?;
        let mut messages: Vec<_> = messages.as_array().cloned().unwrap_or_default();
        messages.sort_by_key(|message| std::cmp::Reverse(json::id(message, "id")));
        Ok(json!({"messages": messages.iter().map(|data| message(data, channel_id)).collect::<Vec<_>>()}))
    }
}

/// A message that a call names.
struct At {
    channel: u64,
    message: u64,
}

impl At {
    fn parse(params: Params<'_>) -> Result<Self, RpcError> {
        Ok(Self {
            channel: params.id("channel_id")?,
            message: params.id("message_id")?,
        })
    }

    async fn verify(&self, site: &Site<'_>) -> Result<(ChannelId, MessageId), RpcError> {
        let channel = site.channel(self.channel).await?;
        site.notes.message(self.message);
        Ok((channel, self.message.into()))
    }
}

/// Returns the result for a message that was sent or edited.
fn sent(message: &Value, channel: ChannelId) -> Value {
    json!({
        "ok": true,
        "message_id": json::id_or_null(json::id(message, "id")),
        "channel_id": json::id(message, "channel_id").unwrap_or(channel.get()).to_string(),
    })
}

/// Returns a message as plugins read it; attachments and embeds are counts.
fn message(data: &Value, channel: ChannelId) -> Value {
    let mut out = pick(data, &["id", "content", "timestamp", "edited_timestamp"]);
    let author = &data["author"];
    json::set(
        &mut out,
        "channel_id",
        json::id(data, "channel_id").unwrap_or(channel.get()).to_string(),
    );
    json::set(&mut out, "author_id", author["id"].clone());
    json::set(&mut out, "author_username", author["username"].clone());
    json::set(
        &mut out,
        "author_bot",
        crate::cache::author_is_bot(data).unwrap_or(false),
    );
    json::set(&mut out, "attachments", list(data, "attachments").len());
    json::set(&mut out, "embeds", list(data, "embeds").len());
    json::set(&mut out, "pinned", json::flag(data, "pinned"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(params: Value) -> Result<SendMessage, RpcError> {
        SendMessage::parse(Params(&json::into_map(params)), 1)
    }

    #[test]
    fn a_message_needs_something_to_show_and_is_cut_to_what_discord_takes() {
        for empty in [
            json!({"channel_id": "42"}),
            json!({"channel_id": "42", "content": " ", "embeds": []}),
        ] {
            assert_eq!(parse(empty).err(), Some(Body::nothing_to_show()));
        }
        let file = json!([{"filename": "a", "data_b64": "aGk="}]);
        assert!(parse(json!({"channel_id": "42", "content": "", "files": file})).is_ok());
        let embeds: Vec<_> = (0..12).map(|n| json!({"title": n.to_string()})).collect();
        let long = parse(json!({"channel_id": "42", "content": "ü".repeat(2500), "embeds": embeds})).unwrap();
        let body = long.body.new_message();
        assert_eq!(body["content"].as_str().unwrap().chars().count(), 2000);
        assert_eq!(list(&body, "embeds").len(), 10);
    }

    #[test]
    fn a_read_message_has_counts_and_says_who_is_a_program() {
        let data = json!({"id": "5", "content": "x", "timestamp": "t", "edited_timestamp": null, "pinned": true,
            "author": {"id": "7", "username": "hook"}, "webhook_id": "3", "attachments": [{}], "embeds": [{}, {}]});
        assert_eq!(
            message(&data, ChannelId::new(42)),
            json!({"id": "5", "channel_id": "42", "author_id": "7", "author_username": "hook", "author_bot": true,
                "content": "x", "timestamp": "t", "edited_timestamp": null, "attachments": 1, "embeds": 2,
                "pinned": true})
        );
    }
}
