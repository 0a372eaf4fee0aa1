//! The `discord.*` and `interaction.*` methods (wire §6.9, §6.10), a file for each family.
//!
//! A request is parsed without any effect, so that the host can refuse before it takes a token (wire §6.1), and
//! then run. To add a method: a type with `parse` and `run` in its family, and a line in the list below.

mod authority;
mod body;
mod bulk;
mod channels;
mod guild;
mod interactions;
mod members;
mod messages;
mod moderation;
mod params;
mod reactions;
mod shape;
mod site;
mod threads;
mod webhooks;

use homemaid_protocol::RpcError;
use serde_json::{Value, json};

pub(crate) use params::Params;
pub(crate) use site::Site;

macro_rules! methods {
    ($($name:literal => $family:ident::$request:ident,)*) => {
        /// One call, parsed.
        pub(crate) enum Call { $($request($family::$request),)* }

        impl Call {
            /// Reads a call without any effect.
            pub(crate) fn parse(method: &str, params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
                match method {
                    $($name => $family::$request::parse(params, guild).map(Self::$request),)*
                    _ => Err(RpcError::method_not_found(method)),
                }
            }

            /// Does it.
            pub(crate) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
                match self { $(Self::$request(request) => request.run(site).await,)* }
            }
        }

        /// Every method's name.
        #[cfg(test)]
        pub(crate) const METHODS: &[&str] = &[$($name,)*];
    };
}

methods! {
    "discord.send_message" => messages::SendMessage,
    "discord.edit_message" => messages::EditMessage,
    "discord.delete_message" => messages::DeleteMessage,
    "discord.bulk_delete_messages" => messages::BulkDelete,
    "discord.get_messages" => messages::GetMessages,
    "discord.pin_message" => messages::PinMessage,
    "discord.unpin_message" => messages::UnpinMessage,
    "discord.add_reaction" => reactions::AddReaction,
    "discord.get_guild" => guild::GetGuild,
    "discord.list_roles" => guild::ListRoles,
    "discord.get_channel" => channels::GetChannel,
    "discord.list_channels" => channels::ListChannels,
    "discord.create_channel" => channels::CreateChannel,
    "discord.edit_channel" => channels::EditChannel,
    "discord.delete_channel" => channels::DeleteChannel,
    "discord.set_channel_permissions" => channels::SetPermissions,
    "discord.delete_channel_permission" => channels::DeletePermission,
    "discord.create_thread" => threads::CreateThread,
    "discord.edit_thread" => threads::EditThread,
    "discord.get_member" => members::GetMember,
    "discord.list_members" => members::ListMembers,
    "discord.search_members" => members::SearchMembers,
    "discord.timeout_member" => moderation::Timeout,
    "discord.set_nickname" => moderation::SetNickname,
    "discord.kick_member" => moderation::Kick,
    "discord.ban_member" => moderation::Ban,
    "discord.unban_member" => moderation::Unban,
    "discord.add_role" => moderation::AddRole,
    "discord.remove_role" => moderation::RemoveRole,
    "discord.add_role_bulk" => bulk::AddRoles,
    "discord.remove_role_bulk" => bulk::RemoveRoles,
    "discord.timeout_bulk" => bulk::Timeouts,
    "discord.kick_bulk" => bulk::Kicks,
    "discord.create_webhook" => webhooks::CreateWebhook,
    "discord.execute_webhook" => webhooks::ExecuteWebhook,
    "discord.delete_webhook" => webhooks::DeleteWebhook,
    "interaction.respond" => interactions::Respond,
    "interaction.defer" => interactions::Defer,
    "interaction.followup" => interactions::Followup,
    "interaction.send_modal" => interactions::SendModal,
}

impl Call {
    /// Returns how many Discord actions it counts as (caps §6).
    pub(crate) fn cost(&self) -> u32 {
        let users = match self {
            Self::AddRoles(bulk::AddRoles(many)) | Self::RemoveRoles(bulk::RemoveRoles(many)) => many.users(),
            Self::Timeouts(many) => many.users(),
            Self::Kicks(many) => many.users(),
            Self::Respond(_) | Self::Defer(_) | Self::Followup(_) | Self::SendModal(_) => 0,
            _ => 1,
        };
        u32::try_from(users).unwrap_or(u32::MAX)
    }

    /// Returns what it answers, `None` for a call that is not about interactions.
    pub(crate) fn answers(&self) -> Option<Named> {
        match self {
            Self::Respond(request) => Some(Named(request.named)),
            Self::Defer(request) => Some(Named(request.named)),
            Self::Followup(request) => Some(Named(request.named)),
            Self::SendModal(request) => Some(Named(request.named)),
            _ => None,
        }
    }
}

/// The interaction a call names, if it names one.
pub(crate) struct Named(pub(crate) Option<u64>);

/// Returns what a method without a result of its own returns.
fn ok() -> Value {
    json!({"ok": true})
}

#[cfg(test)]
mod tests {
    use super::*;
    use homemaid_protocol::ErrorCode;
    use serde_json::Map;

    #[test]
    fn every_discord_method_of_the_protocol_is_here_and_no_other() {
        for name in METHODS {
            assert!(
                homemaid_protocol::method(name).is_some(),
                "{name} is in the contract"
            );
        }
        assert_eq!(METHODS.len(), 40);
        let unknown = Call::parse("discord.explode", Params(&Map::new()), 1);
        assert_eq!(
            unknown.err().map(|error| error.code()),
            Some(ErrorCode::MethodNotFound)
        );
    }

    #[test]
    fn hostile_parameters_are_errors_and_never_panics() {
        let odd = [
            json!(null),
            json!(0),
            json!(-1),
            json!(1e308),
            json!("0"),
            json!("\u{0}"),
            json!("x".repeat(5000)),
            json!([]),
            json!([null]),
            json!([[[]]]),
            json!({}),
            json!({"parse": 5}),
            json!(u64::MAX),
            json!(true),
        ];
        let names = [
            "channel_id",
            "message_id",
            "message_ids",
            "user_id",
            "user_ids",
            "role_id",
            "content",
            "embeds",
            "components",
            "files",
            "allowed_mentions",
            "emoji",
            "limit",
            "before",
            "after",
            "name",
            "reason",
            "duration_seconds",
            "target_id",
            "allow",
            "title",
            "custom_id",
            "_interaction_id",
            "webhook_token",
            "webhook_id",
            "query",
            "thread_id",
            "topic",
            "nickname",
            "target_type",
            "ephemeral",
        ];
        for method in METHODS {
            for value in &odd {
                let params: Map<String, Value> = names
                    .iter()
                    .map(|name| ((*name).to_owned(), value.clone()))
                    .collect();
                if let Err(error) = Call::parse(method, Params(&params), 1) {
                    assert_eq!(error.code(), ErrorCode::ValidationError, "{method} {value}");
                }
            }
        }
    }
}
