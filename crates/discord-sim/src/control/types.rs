//! What the control API takes and gives, as its OpenAPI description names it.
//!
//! Answers are Discord's own objects. The types here describe the parts a client shows; the answers may have more.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::act::MemberFile;
use crate::form::Object;
use crate::id::Snowflake;
use crate::rest::limit::RateLimitMode;
use crate::world::application::PrivilegedIntents;
use crate::world::presence::Status;

/// An error of the control API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Problem {
    /// One plain sentence.
    pub(crate) error: String,
}

/// A user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimUser {
    #[schema(value_type = String)]
    id: Snowflake,
    username: String,
    global_name: Option<String>,
    avatar: Option<String>,
    #[serde(default)]
    bot: bool,
}

/// A member of a guild.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimMember {
    user: SimUser,
    nick: Option<String>,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Snowflake>,
    joined_at: String,
    communication_disabled_until: Option<String>,
}

/// A role.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimRole {
    #[schema(value_type = String)]
    id: Snowflake,
    name: String,
    color: i64,
    position: i64,
    /// Decimal.
    permissions: String,
    hoist: bool,
    managed: bool,
    mentionable: bool,
}

/// A channel; `type` is Discord's number: 0 text, 2 voice, 4 category.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimChannel {
    #[schema(value_type = String)]
    id: Snowflake,
    #[serde(rename = "type")]
    kind: i64,
    name: String,
    topic: Option<String>,
    position: i64,
    #[schema(value_type = Option<String>)]
    parent_id: Option<Snowflake>,
    permission_overwrites: Vec<SimOverwrite>,
}

/// A permission overwrite; `type` is 0 for a role and 1 for a member.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimOverwrite {
    #[schema(value_type = String)]
    id: Snowflake,
    #[serde(rename = "type")]
    kind: i64,
    allow: String,
    deny: String,
}

/// A guild with what is in it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimGuild {
    #[schema(value_type = String)]
    id: Snowflake,
    name: String,
    icon: Option<String>,
    #[schema(value_type = String)]
    owner_id: Snowflake,
    channels: Vec<SimChannel>,
    roles: Vec<SimRole>,
    members: Vec<SimMember>,
    threads: Vec<SimChannel>,
    bans: Vec<SimUser>,
    /// Discord's voice state objects.
    #[schema(value_type = Vec<Object>)]
    voice_states: Vec<Value>,
    /// Discord's presence objects.
    #[schema(value_type = Vec<Object>)]
    presences: Vec<Value>,
    /// Whether the gateway serves it; not so in an outage.
    available: bool,
}

/// The whole simulated Discord.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimState {
    bot: SimUser,
    /// Whether the bot has a gateway connection.
    connected: bool,
    /// The simulator's time.
    now: String,
    /// Whether that time stands still.
    frozen: bool,
    /// The switches of the developer portal.
    intents: PrivilegedIntents,
    /// Whether what is done is recorded.
    recording: bool,
    guilds: Vec<SimGuild>,
}

/// A message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimMessage {
    #[schema(value_type = String)]
    id: Snowflake,
    #[schema(value_type = String)]
    channel_id: Snowflake,
    /// Discord's number: 0 ordinary, 19 reply, 20 answer to a command.
    #[serde(rename = "type")]
    kind: i64,
    author: SimUser,
    content: String,
    timestamp: String,
    edited_timestamp: Option<String>,
    flags: u64,
    pinned: bool,
    mention_everyone: bool,
    mentions: Vec<SimUser>,
    #[schema(value_type = Vec<String>)]
    mention_roles: Vec<Snowflake>,
    /// Discord's embed objects.
    #[schema(value_type = Vec<Object>)]
    embeds: Vec<Value>,
    /// Discord's component objects.
    #[schema(value_type = Vec<Object>)]
    components: Vec<Value>,
    attachments: Vec<SimAttachment>,
    #[serde(default)]
    reactions: Vec<SimReaction>,
    /// The message it replies to.
    #[schema(value_type = Option<Object>)]
    referenced_message: Option<Value>,
    /// The interaction it answers.
    #[schema(value_type = Option<Object>)]
    interaction_metadata: Option<Value>,
    /// The only user who sees it.
    #[schema(value_type = Option<String>)]
    ephemeral_for: Option<Snowflake>,
}

/// A file of a message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimAttachment {
    #[schema(value_type = String)]
    id: Snowflake,
    filename: String,
    size: u64,
    url: String,
    content_type: Option<String>,
    description: Option<String>,
}

/// A reaction under a message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimReaction {
    emoji: SimEmoji,
    count: u64,
    /// Whether the viewer is one of them.
    me: bool,
}

/// An emoji; without id it is a character.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimEmoji {
    #[schema(value_type = Option<String>)]
    id: Option<Snowflake>,
    name: Option<String>,
}

/// A registered command.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimCommand {
    #[schema(value_type = String)]
    id: Snowflake,
    #[serde(rename = "type")]
    kind: i64,
    name: String,
    description: String,
    #[serde(default)]
    options: Vec<SimOption>,
    default_member_permissions: Option<String>,
}

/// An option of a command; `type` is Discord's number: 1 subcommand, 2 group, 3 string, 4 integer, 5 boolean,
/// 6 user, 7 channel, 8 role, 9 mentionable, 10 number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimOption {
    #[serde(rename = "type")]
    kind: i64,
    name: String,
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    choices: Vec<SimChoice>,
    #[serde(default)]
    #[schema(no_recursion)]
    options: Vec<SimOption>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    #[serde(default)]
    channel_types: Vec<i64>,
    #[serde(default)]
    autocomplete: bool,
}

/// A choice of an option.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimChoice {
    name: String,
    /// Text or number.
    #[schema(value_type = Object)]
    value: Value,
}

/// An open modal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimModal {
    #[schema(value_type = String)]
    interaction_id: Snowflake,
    #[schema(value_type = String)]
    user_id: Snowflake,
    #[schema(value_type = String)]
    channel_id: Snowflake,
    title: String,
    custom_id: String,
    /// Discord's component objects.
    #[schema(value_type = Vec<Object>)]
    components: Vec<Value>,
}

/// What became of an interaction.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SimInteraction {
    #[schema(value_type = String)]
    id: Snowflake,
    #[serde(rename = "type")]
    kind: i64,
    /// `pending`, `deferred`, `answered`, `modal` or `failed`.
    state: String,
    #[schema(value_type = String)]
    user_id: Snowflake,
    #[schema(value_type = String)]
    channel_id: Snowflake,
    command_name: Option<String>,
    /// The answer's message.
    #[schema(value_type = Option<String>)]
    message_id: Option<Snowflake>,
    /// The choices the app offered while the member typed.
    #[schema(value_type = Option<Object>)]
    choices: Option<Value>,
    /// Why it failed.
    error: Option<String>,
}

/// A new interaction.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewInteraction {
    /// Ask `/interactions/{id}` what became of it.
    #[schema(value_type = String)]
    pub(crate) interaction_id: Snowflake,
}

/// A page of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelinePage {
    pub(crate) entries: Vec<crate::timeline::TimelineEntry>,
}

/// A message to post as a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostMessage {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    #[serde(default)]
    pub(crate) content: String,
    #[schema(value_type = Option<String>)]
    pub(crate) reply_to: Option<Snowflake>,
    #[serde(default)]
    pub(crate) files: Vec<MemberFile>,
}

/// A message to pin or unpin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinMessage {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    pub(crate) pinned: bool,
}

/// A thread to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartThread {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    /// The message it starts at.
    #[schema(value_type = Option<String>)]
    pub(crate) message_id: Option<Snowflake>,
    /// Discord's own form: `{"name": "x", "type": 11}`, in a forum with a `message`.
    #[schema(value_type = Object)]
    pub(crate) form: Object,
}

/// A thread to join or leave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowThread {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    pub(crate) joined: bool,
}

/// Who throws a member out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kick {
    /// The member who does it, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
}

/// Whether a guild is available.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Available {
    pub(crate) available: bool,
}

/// How somebody appears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Presence {
    pub(crate) status: Status,
}

/// What becomes of rate limits.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetRateLimits {
    pub(crate) mode: RateLimitMode,
}

/// A fault that is in force now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewFault {
    pub(crate) id: u64,
}

/// New text for a member's own message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditMessage {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    pub(crate) content: String,
}

/// A member who acts.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Actor {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
}

/// A reaction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct React {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    /// One emoji.
    pub(crate) emoji: String,
}

/// A command to run as a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunCommand {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    /// The command's name without the slash.
    pub(crate) name: String,
    /// `[{name, value}]`, or for a subcommand `[{name, options: [..]}]`; `type` may be left out.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub(crate) options: Vec<Value>,
    /// The option being typed: asks the app for choices instead of running the command.
    pub(crate) focused: Option<String>,
    /// The user or message on which a user or message command is used.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) target: Option<Snowflake>,
}

/// A component to use as a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UseComponent {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    pub(crate) custom_id: String,
    /// What was chosen in a menu.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// A modal to submit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitModal {
    /// The member, by id or user name.
    #[serde(rename = "as")]
    pub(crate) who: String,
    /// Texts by the inputs' custom ids; lists for menus.
    #[schema(value_type = Object)]
    pub(crate) values: Object,
}

/// Somebody who joins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddMember {
    /// A known user's name, or a new one.
    pub(crate) username: String,
    pub(crate) global_name: Option<String>,
    #[serde(default)]
    pub(crate) bot: bool,
}

/// A guild to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateGuild {
    pub(crate) name: String,
    /// The owner, by id or user name.
    pub(crate) owner: String,
    /// What the bot's role may do; without it the bot does not join.
    #[schema(value_type = Option<String>)]
    pub(crate) bot: Option<crate::permissions::Permissions>,
}

/// What a role or a member may do in a channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetOverwrite {
    /// A decimal number, or a list of names.
    #[serde(default)]
    #[schema(value_type = String)]
    pub(crate) allow: crate::permissions::Permissions,
    /// A decimal number, or a list of names.
    #[serde(default)]
    #[schema(value_type = String)]
    pub(crate) deny: crate::permissions::Permissions,
}

/// What the bot may do in a guild.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BotPermissions {
    /// A decimal number, or a list of names.
    #[schema(value_type = String)]
    pub(crate) permissions: crate::permissions::Permissions,
}

/// What to do with the clock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetClock {
    /// Stops it, or lets it run on.
    pub(crate) frozen: Option<bool>,
    /// Moves it forward by as many milliseconds.
    pub(crate) advance_ms: Option<u64>,
}

/// The clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockState {
    pub(crate) now: String,
    pub(crate) frozen: bool,
}

/// What to do to the gateway's connections.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GatewayAction {
    /// Ask clients to reconnect and resume.
    Reconnect,
    /// Close the sockets.
    Drop,
    /// Tell clients that their session is invalid.
    Invalidate,
    /// Ask clients for a heartbeat at once.
    Heartbeat,
    /// Let the open sockets say nothing more, though they stay open.
    Silence,
    /// Close the sockets with `code`.
    Close,
}

/// A wish for the gateway.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisturbGateway {
    pub(crate) action: GatewayAction,
    /// Of `invalidate`: whether clients may resume all the same.
    #[serde(default)]
    pub(crate) resumable: bool,
    /// Of `close`: one of Discord's codes, 4000 to 4014.
    pub(crate) code: Option<u16>,
}

/// Which messages to read.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct MessagesQuery {
    /// At most so many, up to 100.
    pub(crate) limit: Option<usize>,
    /// Only older ones than this id.
    #[param(value_type = Option<String>)]
    pub(crate) before: Option<Snowflake>,
    /// The viewer, by id or user name; sees the messages only it can see.
    #[serde(rename = "as")]
    pub(crate) viewer: Option<String>,
}

/// Which part of the timeline to read.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct TimelineQuery {
    /// Only entries after this sequence number.
    pub(crate) after: Option<u64>,
    /// At most so many, up to 2000.
    pub(crate) limit: Option<usize>,
}

/// Whose modals to show.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ModalsQuery {
    /// The member, by id or user name; everybody when absent.
    #[serde(rename = "as")]
    pub(crate) who: Option<String>,
}
