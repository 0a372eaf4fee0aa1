//! Webhooks.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;

use super::body::{Body, Pings};
use super::ok;
use super::params::Params;
use super::site::Site;
use crate::json::{self, pick, set};
use crate::permission::MANAGE_WEBHOOKS;
use crate::rest::Request;

const NAME_CHARS: usize = 80;
const URL_CHARS: usize = 2_048;
const TOKEN_CHARS: usize = 200;

/// `discord.create_webhook`.
pub(crate) struct CreateWebhook {
    channel: u64,
    name: String,
}

impl CreateWebhook {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            channel: params.id("channel_id")?,
            name: params.text("name", NAME_CHARS)?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        site.require_in(self.channel, &[MANAGE_WEBHOOKS])?;
        let request = Request::post(Route::ChannelWebhooks { channel_id }, json!({"name": self.name}));
        let webhook = site
            .send(request.reason(site.reason("")), MANAGE_WEBHOOKS)
            .await?;
        if let Some(id) = json::id(&webhook, "id") {
            site.house.webhooks.insert(id, site.guild());
        }
        Ok(json!({"webhook": pick(&webhook, &["id", "token", "channel_id", "name"])}))
    }
}

/// `discord.execute_webhook`.
pub(crate) struct ExecuteWebhook {
    webhook: u64,
    token: String,
    body: Body,
    username: Option<String>,
    avatar_url: Option<String>,
}

impl ExecuteWebhook {
    pub(super) fn parse(params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
        let webhook = params.id("webhook_id")?;
        let token = params.text("webhook_token", TOKEN_CHARS + 1)?;
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        // It becomes part of an address, so nothing else may be in it.
        if token.len() > TOKEN_CHARS || !token.bytes().all(legal) || token.starts_with('.') {
            return Err(RpcError::validation("webhook_token", "the token of a webhook"));
        }
        let body = Body::parse(params, guild, Pings::Nobody)?;
        if body.is_empty() {
            return Err(Body::nothing_to_show());
        }
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            webhook,
            token,
            body,
            username: given(params.text_or_none("username", NAME_CHARS)?),
            avatar_url: given(params.text_or_none("avatar_url", URL_CHARS)?),
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let route = Route::WebhookWithToken {
            webhook_id: self.webhook.into(),
            token: &self.token,
        };
        verify(site, self.webhook, Request::get(route)).await?;
        let mut body = self.body.new_message();
        for (name, value) in [("username", self.username), ("avatar_url", self.avatar_url)] {
            if let Some(value) = value {
                set(&mut body, name, value);
            }
        }
        let message = site.ask(Request::post(route, body).query("wait", true)).await?;
        site.posted(&message);
        Ok(json!({"message_id": json::id_or_null(json::id(&message, "id")), "ok": true}))
    }
}

/// `discord.delete_webhook`.
pub(crate) struct DeleteWebhook(u64);

impl DeleteWebhook {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        params.id("webhook_id").map(Self)
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let route = Route::Webhook {
            webhook_id: self.0.into(),
        };
        verify(site, self.0, Request::get(route)).await?;
        site.send(Request::delete(route).reason(site.reason("")), MANAGE_WEBHOOKS)
            .await?;
        site.house.webhooks.invalidate(&self.0);
        Ok(ok())
    }
}

/// Checks that a webhook is the guild's; `look` asks Discord when we do not know.
async fn verify(site: &Site<'_>, webhook: u64, look: Request<'_>) -> Result<(), RpcError> {
    let guild = match site.house.webhooks.get(&webhook) {
        Some(guild) => Some(guild),
        None => json::id(&site.send(look, MANAGE_WEBHOOKS).await?, "guild_id"),
    };
    if guild != Some(site.guild()) {
        return Err(RpcError::discord(404, 10015, "Unknown Webhook"));
    }
    site.house.webhooks.insert(webhook, site.guild());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_lead_to_another_address() {
        let parse = |token: &str| {
            let map = json::into_map(json!({"webhook_id": "5", "webhook_token": token, "content": "x"}));
            ExecuteWebhook::parse(Params(&map), 1).map(|_| ())
        };
        assert_eq!(parse("aB3-_x"), Ok(()));
        for bad in [
            "",
            "../../users/@me",
            "a/b",
            "a?b",
            "a#b",
            "a%2fb",
            "..",
            "a b",
            &"x".repeat(201),
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
