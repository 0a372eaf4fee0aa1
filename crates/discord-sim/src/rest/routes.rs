//! The route table. What is not here is answered with 501.

use axum::http::Method;

use super::limit::Bucket;
use super::{
    Call, Reply, applications, bans, channels, emojis, guilds, interactions, invites, members, messages,
    reactions, roles, threads, users, voice, webhooks,
};
use crate::world::World;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// The bot, by its token.
    Bot,
    /// Whoever knows the token in the path, or anybody.
    Open,
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) auth: Auth,
    pub(crate) bucket: Bucket,
    pub(crate) handler: fn(&mut World, &mut Call) -> Reply,
}

macro_rules! routes {
    ($($method:ident $path:literal $auth:ident $bucket:literal $requests:literal / $seconds:literal => $handler:path;)*) => {
        /// Every route that is implemented, by family.
        pub(crate) const ROUTES: &[Route] = &[$(Route {
            method: Method::$method,
            path: $path,
            auth: Auth::$auth,
            bucket: Bucket::new($bucket, $requests, $seconds),
            handler: $handler,
        },)*];
    };
}

/// Returns method and path of every implemented route, for tables and tests.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method.as_str(), route.path))
}

// The buckets are what Discord was seen to use; it publishes none, and may change them.
routes! {
    GET "/gateway" Open "gateway" 50 / 1 => users::gateway;
    GET "/gateway/bot" Bot "gateway_bot" 50 / 1 => users::gateway_bot;

    GET "/users/@me" Bot "me" 50 / 1 => users::me_get;
    PATCH "/users/@me" Bot "me_edit" 2 / 3600 => users::me_edit;
    GET "/users/@me/guilds" Bot "me_guilds" 10 / 10 => users::my_guilds;
    DELETE "/users/@me/guilds/{guild_id}" Bot "me_leave" 5 / 5 => users::leave_guild;
    POST "/users/@me/channels" Bot "dm" 10 / 10 => users::open_dm;
    GET "/users/{user_id}" Bot "user" 50 / 1 => users::get;
    GET "/voice/regions" Bot "regions" 50 / 1 => voice::regions;

    GET "/applications/@me" Bot "app" 50 / 1 => applications::me_get;
    GET "/oauth2/applications/@me" Bot "app" 50 / 1 => applications::me_get;
    GET "/applications/{application_id}/commands" Bot "commands" 50 / 20 => applications::list;
    POST "/applications/{application_id}/commands" Bot "commands" 50 / 20 => applications::create;
    PUT "/applications/{application_id}/commands" Bot "commands" 50 / 20 => applications::overwrite;
    GET "/applications/{application_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::get;
    PATCH "/applications/{application_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::edit;
    DELETE "/applications/{application_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::delete;
    GET "/applications/{application_id}/guilds/{guild_id}/commands" Bot "commands" 50 / 20 => applications::list;
    POST "/applications/{application_id}/guilds/{guild_id}/commands" Bot "commands" 50 / 20 => applications::create;
    PUT "/applications/{application_id}/guilds/{guild_id}/commands" Bot "commands" 50 / 20 => applications::overwrite;
    GET "/applications/{application_id}/guilds/{guild_id}/commands/permissions" Bot "command_permissions" 50 / 20 => applications::all_permissions;
    GET "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions" Bot "command_permissions" 50 / 20 => applications::permissions;
    PUT "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions" Bot "command_permissions" 50 / 20 => applications::set_permissions;
    GET "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::get;
    PATCH "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::edit;
    DELETE "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}" Bot "commands" 50 / 20 => applications::delete;

    GET "/channels/{channel_id}" Bot "channel" 50 / 1 => channels::get;
    PATCH "/channels/{channel_id}" Bot "channel_edit" 5 / 15 => channels::edit;
    DELETE "/channels/{channel_id}" Bot "channel_edit" 5 / 15 => channels::delete;
    POST "/channels/{channel_id}/typing" Bot "typing" 5 / 5 => channels::typing;
    PUT "/channels/{channel_id}/permissions/{overwrite_id}" Bot "overwrite" 10 / 15 => channels::put_overwrite;
    DELETE "/channels/{channel_id}/permissions/{overwrite_id}" Bot "overwrite" 10 / 15 => channels::delete_overwrite;
    POST "/channels/{channel_id}/followers" Bot "followers" 10 / 15 => webhooks::follow;
    GET "/channels/{channel_id}/invites" Bot "invites" 5 / 5 => invites::of_channel;
    POST "/channels/{channel_id}/invites" Bot "invites" 5 / 15 => invites::create;
    GET "/channels/{channel_id}/webhooks" Bot "webhooks" 5 / 5 => webhooks::of_channel;
    POST "/channels/{channel_id}/webhooks" Bot "webhooks_create" 10 / 60 => webhooks::create;

    POST "/channels/{channel_id}/threads" Bot "threads" 10 / 60 => threads::start;
    POST "/channels/{channel_id}/messages/{message_id}/threads" Bot "threads" 10 / 60 => threads::start_at_message;
    GET "/channels/{channel_id}/thread-members" Bot "thread_members" 5 / 5 => threads::members;
    PUT "/channels/{channel_id}/thread-members/@me" Bot "thread_members" 5 / 5 => threads::join;
    DELETE "/channels/{channel_id}/thread-members/@me" Bot "thread_members" 5 / 5 => threads::leave;
    GET "/channels/{channel_id}/thread-members/{user_id}" Bot "thread_members" 5 / 5 => threads::member;
    PUT "/channels/{channel_id}/thread-members/{user_id}" Bot "thread_members" 5 / 5 => threads::add;
    DELETE "/channels/{channel_id}/thread-members/{user_id}" Bot "thread_members" 5 / 5 => threads::remove;
    GET "/channels/{channel_id}/threads/archived/public" Bot "threads_archived" 5 / 5 => threads::archived_public;
    GET "/channels/{channel_id}/threads/archived/private" Bot "threads_archived" 5 / 5 => threads::archived_private;
    GET "/channels/{channel_id}/users/@me/threads/archived/private" Bot "threads_archived" 5 / 5 => threads::archived_joined;

    GET "/channels/{channel_id}/messages" Bot "messages" 5 / 5 => messages::list;
    POST "/channels/{channel_id}/messages" Bot "messages_send" 5 / 5 => messages::send;
    POST "/channels/{channel_id}/messages/bulk-delete" Bot "messages_bulk" 1 / 3 => messages::bulk_delete;
    POST "/channels/{channel_id}/messages/{message_id}/crosspost" Bot "crosspost" 10 / 3600 => messages::crosspost;
    GET "/channels/{channel_id}/messages/pins" Bot "pins" 5 / 5 => messages::pins;
    PUT "/channels/{channel_id}/messages/pins/{message_id}" Bot "pins" 5 / 5 => messages::pin;
    DELETE "/channels/{channel_id}/messages/pins/{message_id}" Bot "pins" 5 / 5 => messages::unpin;
    GET "/channels/{channel_id}/pins" Bot "pins" 5 / 5 => messages::old_pins;
    PUT "/channels/{channel_id}/pins/{message_id}" Bot "pins" 5 / 5 => messages::pin;
    DELETE "/channels/{channel_id}/pins/{message_id}" Bot "pins" 5 / 5 => messages::unpin;
    GET "/channels/{channel_id}/messages/{message_id}" Bot "message" 5 / 5 => messages::get;
    PATCH "/channels/{channel_id}/messages/{message_id}" Bot "messages_edit" 5 / 5 => messages::edit;
    DELETE "/channels/{channel_id}/messages/{message_id}" Bot "messages_delete" 5 / 1 => messages::delete;

    DELETE "/channels/{channel_id}/messages/{message_id}/reactions" Bot "reactions" 1 / 1 => reactions::clear;
    GET "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}" Bot "reactions" 1 / 1 => reactions::list;
    DELETE "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}" Bot "reactions" 1 / 1 => reactions::clear_emoji;
    PUT "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me" Bot "reactions" 1 / 1 => reactions::add;
    DELETE "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me" Bot "reactions" 1 / 1 => reactions::remove_own;
    DELETE "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}" Bot "reactions" 1 / 1 => reactions::remove;

    GET "/guilds/{guild_id}" Bot "guild" 50 / 1 => guilds::get;
    PATCH "/guilds/{guild_id}" Bot "guild_edit" 5 / 15 => guilds::edit;
    GET "/guilds/{guild_id}/preview" Bot "guild_preview" 5 / 5 => guilds::preview;
    GET "/guilds/{guild_id}/audit-logs" Bot "audit_log" 5 / 5 => guilds::audit_log;
    GET "/guilds/{guild_id}/invites" Bot "guild_invites" 5 / 5 => invites::of_guild;
    GET "/guilds/{guild_id}/webhooks" Bot "guild_webhooks" 5 / 5 => webhooks::of_guild;
    GET "/guilds/{guild_id}/regions" Bot "regions" 50 / 1 => voice::regions;
    GET "/guilds/{guild_id}/voice-states/@me" Bot "voice" 5 / 5 => voice::get;
    PATCH "/guilds/{guild_id}/voice-states/@me" Bot "voice" 5 / 5 => voice::edit;
    GET "/guilds/{guild_id}/voice-states/{user_id}" Bot "voice" 5 / 5 => voice::get;
    PATCH "/guilds/{guild_id}/voice-states/{user_id}" Bot "voice" 5 / 5 => voice::edit;
    GET "/guilds/{guild_id}/emojis" Bot "emojis" 50 / 5 => emojis::list;
    POST "/guilds/{guild_id}/emojis" Bot "emojis_edit" 50 / 3600 => emojis::create;
    GET "/guilds/{guild_id}/emojis/{emoji_id}" Bot "emojis" 50 / 5 => emojis::get;
    PATCH "/guilds/{guild_id}/emojis/{emoji_id}" Bot "emojis_edit" 50 / 3600 => emojis::edit;
    DELETE "/guilds/{guild_id}/emojis/{emoji_id}" Bot "emojis_edit" 50 / 3600 => emojis::delete;
    GET "/guilds/{guild_id}/channels" Bot "guild_channels" 50 / 1 => guilds::channels;
    POST "/guilds/{guild_id}/channels" Bot "guild_channels_create" 10 / 15 => guilds::create_channel;
    PATCH "/guilds/{guild_id}/channels" Bot "guild_channels_order" 5 / 15 => guilds::order_channels;
    GET "/guilds/{guild_id}/threads/active" Bot "guild_threads" 50 / 1 => threads::active;
    GET "/guilds/{guild_id}/bans" Bot "bans" 50 / 1 => bans::list;
    GET "/guilds/{guild_id}/bans/{user_id}" Bot "bans" 50 / 1 => bans::get;
    PUT "/guilds/{guild_id}/bans/{user_id}" Bot "ban" 5 / 1 => bans::ban;
    DELETE "/guilds/{guild_id}/bans/{user_id}" Bot "ban" 5 / 1 => bans::unban;
    POST "/guilds/{guild_id}/bulk-ban" Bot "bulk_ban" 5 / 10 => bans::bulk_ban;
    GET "/guilds/{guild_id}/prune" Bot "prune" 5 / 10 => bans::prune_count;
    POST "/guilds/{guild_id}/prune" Bot "prune" 5 / 10 => bans::prune;

    GET "/guilds/{guild_id}/members" Bot "members" 10 / 10 => members::list;
    GET "/guilds/{guild_id}/members/search" Bot "members_search" 10 / 10 => members::search;
    PATCH "/guilds/{guild_id}/members/@me" Bot "member_edit" 10 / 10 => members::edit_own;
    PATCH "/guilds/{guild_id}/members/@me/nick" Bot "member_edit" 10 / 10 => members::edit_own_nick;
    GET "/guilds/{guild_id}/members/{user_id}" Bot "member" 5 / 1 => members::get;
    PATCH "/guilds/{guild_id}/members/{user_id}" Bot "member_edit" 10 / 10 => members::edit;
    DELETE "/guilds/{guild_id}/members/{user_id}" Bot "kick" 5 / 1 => members::kick;
    PUT "/guilds/{guild_id}/members/{user_id}/roles/{role_id}" Bot "member_role" 10 / 10 => members::give_role;
    DELETE "/guilds/{guild_id}/members/{user_id}/roles/{role_id}" Bot "member_role" 10 / 10 => members::take_role;

    GET "/guilds/{guild_id}/roles" Bot "roles" 50 / 1 => roles::list;
    POST "/guilds/{guild_id}/roles" Bot "roles_edit" 10 / 10 => roles::create;
    PATCH "/guilds/{guild_id}/roles" Bot "roles_edit" 10 / 10 => roles::order;
    GET "/guilds/{guild_id}/roles/member-counts" Bot "roles" 50 / 1 => roles::member_counts;
    GET "/guilds/{guild_id}/roles/{role_id}" Bot "roles" 50 / 1 => roles::get;
    PATCH "/guilds/{guild_id}/roles/{role_id}" Bot "roles_edit" 10 / 10 => roles::edit;
    DELETE "/guilds/{guild_id}/roles/{role_id}" Bot "roles_edit" 10 / 10 => roles::delete;

    POST "/interactions/{interaction_id}/{interaction_token}/callback" Open "callback" 50 / 1 => interactions::callback;
    GET "/invites/{code}" Bot "invite" 5 / 5 => invites::get;
    DELETE "/invites/{code}" Bot "invite" 5 / 5 => invites::delete;

    GET "/webhooks/{webhook_id}" Bot "webhook_get" 5 / 5 => webhooks::get;
    PATCH "/webhooks/{webhook_id}" Bot "webhook_edit" 5 / 5 => webhooks::edit;
    DELETE "/webhooks/{webhook_id}" Bot "webhook_edit" 5 / 5 => webhooks::delete;
    GET "/webhooks/{webhook_id}/{webhook_token}" Open "webhook_get" 5 / 5 => webhooks::get_by_token;
    PATCH "/webhooks/{webhook_id}/{webhook_token}" Open "webhook_edit" 5 / 5 => webhooks::edit_by_token;
    DELETE "/webhooks/{webhook_id}/{webhook_token}" Open "webhook_edit" 5 / 5 => webhooks::delete_by_token;
    POST "/webhooks/{webhook_id}/{webhook_token}" Open "webhook" 5 / 2 => webhooks::send;
    GET "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}" Open "webhook" 5 / 2 => webhooks::get_message;
    PATCH "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}" Open "webhook" 5 / 2 => webhooks::edit_message;
    DELETE "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}" Open "webhook" 5 / 2 => webhooks::delete_message;
}
