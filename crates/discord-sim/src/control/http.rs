//! [`Control`] over HTTP. Guests of this API get plain sentences as errors: `{"error": ".."}` with a 4xx status.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::stage::VoiceChange;
use super::types::{
    Actor, AddMember, BotPermissions, ClockState, CreateGuild, DisturbGateway, EditMessage, GatewayAction,
    MessagesQuery, ModalsQuery, NewInteraction, PostMessage, Problem, React, RunCommand, SetClock,
    SetOverwrite, SimChannel, SimCommand, SimInteraction, SimMember, SimMessage, SimModal, SimRole, SimState,
    SubmitModal, TimelinePage, TimelineQuery, UseComponent,
};
use super::{Control, ControlError, Who};
use crate::clock::iso;
use crate::form::Object;
use crate::id::Snowflake;
use crate::timeline::TimelineEntry;
use crate::world::application::PrivilegedIntents;

/// Largest body of the control API, in bytes.
const BODY_BYTES: usize = 256 << 10;

/// Returns the API with its description; paths are relative to wherever it is nested.
pub(crate) fn router(control: Control) -> OpenApiRouter {
    routes().with_state(control)
}

/// Describes the control API without a running simulator.
pub fn control_description() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(state))
        .routes(routes!(list_messages, post_message))
        .routes(routes!(edit_message, delete_message))
        .routes(routes!(add_reaction, remove_reaction))
        .routes(routes!(start_typing))
        .routes(routes!(commands))
        .routes(routes!(run_command))
        .routes(routes!(use_component))
        .routes(routes!(modals))
        .routes(routes!(submit_modal))
        .routes(routes!(dismiss_modal))
        .routes(routes!(interaction))
        .routes(routes!(timeline))
        .routes(routes!(events))
        .routes(routes!(create_guild))
        .routes(routes!(delete_guild))
        .routes(routes!(add_member))
        .routes(routes!(edit_member, remove_member))
        .routes(routes!(ban, unban))
        .routes(routes!(set_voice))
        .routes(routes!(create_channel))
        .routes(routes!(edit_channel, delete_channel))
        .routes(routes!(set_overwrite, delete_overwrite))
        .routes(routes!(create_role))
        .routes(routes!(edit_role, delete_role))
        .routes(routes!(set_bot_permissions))
        .routes(routes!(set_intents))
        .routes(routes!(clock, set_clock))
        .routes(routes!(disturb_gateway))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

type Answer<T> = Result<axum::Json<T>, ControlError>;
type Nothing = Result<StatusCode, ControlError>;

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TimedOut(..) => StatusCode::REQUEST_TIMEOUT,
        };
        (
            status,
            axum::Json(Problem {
                error: self.to_string(),
            }),
        )
            .into_response()
    }
}

macro_rules! rejections {
    ($($rejection:ty),*) => {
        $(impl From<$rejection> for ControlError {
            fn from(rejection: $rejection) -> Self {
                Self::Refused(rejection.body_text())
            }
        })*
    };
}

rejections!(JsonRejection, PathRejection, QueryRejection);

/// `Json`, with this API's errors.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ControlError))]
struct Body<T>(T);

/// `Path`, with this API's errors.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ControlError))]
struct Path<T>(T);

/// `Query`, with this API's errors.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ControlError))]
struct Query<T>(T);

#[expect(clippy::unnecessary_wraps, reason = "ends a handler that can also fail")]
fn ok<T: Serialize>(value: T) -> Answer<T> {
    Ok(axum::Json(value))
}

fn started(interaction_id: Snowflake) -> Answer<NewInteraction> {
    ok(NewInteraction { interaction_id })
}

/// The bot and every guild with its channels, roles and members.
#[utoipa::path(get, path = "/state", tag = "lab", responses((status = 200, body = SimState)))]
async fn state(State(control): State<Control>) -> Answer<Value> {
    ok(control.state())
}

/// Messages of a channel, newest last.
#[utoipa::path(get, path = "/channels/{channel_id}/messages", tag = "lab",
    params(("channel_id" = String, Path), MessagesQuery),
    responses((status = 200, body = Vec<SimMessage>), (status = "4XX", body = Problem)))]
async fn list_messages(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Query(query): Query<MessagesQuery>,
) -> Answer<Vec<Value>> {
    ok(control.messages(
        channel,
        query.limit.unwrap_or(50),
        query.before,
        query.viewer.map(Who::from),
    )?)
}

/// Posts a message as a member.
#[utoipa::path(post, path = "/channels/{channel_id}/messages", tag = "lab", params(("channel_id" = String, Path)),
    request_body = PostMessage, responses((status = 200, body = SimMessage), (status = "4XX", body = Problem)))]
async fn post_message(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<PostMessage>,
) -> Answer<Value> {
    ok(control.post_message(channel, body.who, &body.content, body.reply_to)?)
}

/// Edits a member's own message.
#[utoipa::path(patch, path = "/channels/{channel_id}/messages/{message_id}", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = EditMessage, responses((status = 200, body = SimMessage), (status = "4XX", body = Problem)))]
async fn edit_message(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<EditMessage>,
) -> Answer<Value> {
    ok(control.edit_message(channel, message, body.who, &body.content)?)
}

/// Deletes a message as a member who may.
#[utoipa::path(delete, path = "/channels/{channel_id}/messages/{message_id}", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = Actor, responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_message(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<Actor>,
) -> Nothing {
    control.delete_message(channel, message, body.who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a member's reaction.
#[utoipa::path(post, path = "/channels/{channel_id}/messages/{message_id}/reactions", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = React, responses((status = 204), (status = "4XX", body = Problem)))]
async fn add_reaction(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<React>,
) -> Nothing {
    control.add_reaction(channel, message, body.who, &body.emoji)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member's own reaction.
#[utoipa::path(delete, path = "/channels/{channel_id}/messages/{message_id}/reactions", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = React, responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove_reaction(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<React>,
) -> Nothing {
    control.remove_reaction(channel, message, body.who, &body.emoji)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows that a member is typing.
#[utoipa::path(post, path = "/channels/{channel_id}/typing", tag = "lab", params(("channel_id" = String, Path)),
    request_body = Actor, responses((status = 204), (status = "4XX", body = Problem)))]
async fn start_typing(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<Actor>,
) -> Nothing {
    control.start_typing(channel, body.who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The commands members of a guild can use.
#[utoipa::path(get, path = "/guilds/{guild_id}/commands", tag = "lab", params(("guild_id" = String, Path)),
    responses((status = 200, body = Vec<SimCommand>), (status = "4XX", body = Problem)))]
async fn commands(State(control): State<Control>, Path(guild): Path<Snowflake>) -> Answer<Vec<Value>> {
    ok(control.commands(guild)?)
}

/// Runs a command as a member, or asks for choices while it is typed.
#[utoipa::path(post, path = "/channels/{channel_id}/commands", tag = "lab", params(("channel_id" = String, Path)),
    request_body = RunCommand, responses((status = 200, body = NewInteraction), (status = "4XX", body = Problem)))]
async fn run_command(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<RunCommand>,
) -> Answer<NewInteraction> {
    started(match (body.target, body.focused) {
        (Some(target), _) => control.use_menu(channel, body.who, &body.name, target)?,
        (None, Some(focused)) => {
            control.autocomplete(channel, body.who, &body.name, &body.options, &focused)?
        }
        (None, None) => control.run_command(channel, body.who, &body.name, &body.options)?,
    })
}

/// Presses a button or chooses from a menu as a member.
#[utoipa::path(post, path = "/channels/{channel_id}/messages/{message_id}/components", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = UseComponent, responses((status = 200, body = NewInteraction), (status = "4XX", body = Problem)))]
async fn use_component(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<UseComponent>,
) -> Answer<NewInteraction> {
    started(control.use_component(channel, message, body.who, &body.custom_id, &body.values)?)
}

/// The modals that are open.
#[utoipa::path(get, path = "/modals", tag = "lab", params(ModalsQuery),
    responses((status = 200, body = Vec<SimModal>), (status = "4XX", body = Problem)))]
async fn modals(State(control): State<Control>, Query(query): Query<ModalsQuery>) -> Answer<Vec<Value>> {
    ok(control.modals(query.who.map(Who::from))?)
}

/// Submits an open modal.
#[utoipa::path(post, path = "/modals/{interaction_id}/submit", tag = "lab", params(("interaction_id" = String, Path)),
    request_body = SubmitModal, responses((status = 200, body = NewInteraction), (status = "4XX", body = Problem)))]
async fn submit_modal(
    State(control): State<Control>,
    Path(interaction): Path<Snowflake>,
    Body(body): Body<SubmitModal>,
) -> Answer<NewInteraction> {
    started(control.submit_modal(interaction, body.who, &body.values)?)
}

/// Closes a modal without submitting it.
#[utoipa::path(delete, path = "/modals/{interaction_id}", tag = "lab", params(("interaction_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn dismiss_modal(State(control): State<Control>, Path(interaction): Path<Snowflake>) -> Nothing {
    control.dismiss_modal(interaction)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of an interaction.
#[utoipa::path(get, path = "/interactions/{interaction_id}", tag = "lab", params(("interaction_id" = String, Path)),
    responses((status = 200, body = SimInteraction), (status = "4XX", body = Problem)))]
async fn interaction(State(control): State<Control>, Path(id): Path<Snowflake>) -> Answer<Value> {
    ok(control.interaction(id)?)
}

/// What happened, oldest first.
#[utoipa::path(get, path = "/timeline", tag = "lab", params(TimelineQuery),
    responses((status = 200, body = TimelinePage), (status = "4XX", body = Problem)))]
async fn timeline(
    State(control): State<Control>,
    Query(query): Query<TimelineQuery>,
) -> Answer<TimelinePage> {
    ok(TimelinePage {
        entries: control.timeline(query.after.unwrap_or(0), query.limit.unwrap_or(100)),
    })
}

/// What happens, live: server-sent events with a timeline entry each, resumable by `Last-Event-ID`.
///
/// A new stream without that header starts with what happens next.
#[utoipa::path(get, path = "/events", tag = "lab",
    responses((status = 200, content_type = "text/event-stream", body = TimelineEntry), (status = "4XX", body = Problem)))]
async fn events(State(control): State<Control>, headers: HeaderMap) -> Response {
    let Some(place) = control.stream_place() else {
        return ControlError::Refused("too many event streams are open".to_owned()).into_response();
    };
    let last = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let after = last.unwrap_or_else(|| control.last_seq());
    let stopping = control.shared.stopping.clone();
    let stream = futures_util::stream::unfold((control.follow(after), place), move |(mut follow, place)| {
        let stopping = stopping.clone();
        async move {
            let entry = tokio::select! {
                () = stopping.cancelled() => return None,
                entry = follow.next() => entry,
            };
            Some((Ok(sse(&entry)), (follow, place)))
        }
    });
    stream_response(stream)
}

fn stream_response(stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response()
}

fn sse(entry: &TimelineEntry) -> Event {
    let data = serde_json::to_string(entry).unwrap_or_default();
    Event::default()
        .id(entry.seq.to_string())
        .event(&entry.kind)
        .data(data)
}

/// Creates a guild.
#[utoipa::path(post, path = "/guilds", tag = "lab", request_body = CreateGuild,
    responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
async fn create_guild(State(control): State<Control>, Body(body): Body<CreateGuild>) -> Answer<Value> {
    let id = control.create_guild(&body.name, body.owner, body.bot)?;
    ok(json!({"id": id}))
}

/// Deletes a guild.
#[utoipa::path(delete, path = "/guilds/{guild_id}", tag = "lab", params(("guild_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_guild(State(control): State<Control>, Path(guild): Path<Snowflake>) -> Nothing {
    control.delete_guild(guild)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets somebody join a guild.
#[utoipa::path(post, path = "/guilds/{guild_id}/members", tag = "lab", params(("guild_id" = String, Path)),
    request_body = AddMember, responses((status = 200, body = SimMember), (status = "4XX", body = Problem)))]
async fn add_member(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<AddMember>,
) -> Answer<Value> {
    ok(control.add_member(guild, &body.username, body.global_name.as_deref(), body.bot)?)
}

/// Changes a member with Discord's own form.
#[utoipa::path(patch, path = "/guilds/{guild_id}/members/{user}", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    request_body = Object, responses((status = 200, body = SimMember), (status = "4XX", body = Problem)))]
async fn edit_member(
    State(control): State<Control>,
    Path((guild, who)): Path<(Snowflake, String)>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.edit_member(guild, who, &body)?)
}

/// Lets a member leave.
#[utoipa::path(delete, path = "/guilds/{guild_id}/members/{user}", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove_member(
    State(control): State<Control>,
    Path((guild, who)): Path<(Snowflake, String)>,
) -> Nothing {
    control.remove_member(guild, who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bans a user.
#[utoipa::path(put, path = "/guilds/{guild_id}/bans/{user}", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn ban(State(control): State<Control>, Path((guild, who)): Path<(Snowflake, String)>) -> Nothing {
    control.ban(guild, who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts a ban.
#[utoipa::path(delete, path = "/guilds/{guild_id}/bans/{user}", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn unban(State(control): State<Control>, Path((guild, who)): Path<(Snowflake, String)>) -> Nothing {
    control.unban(guild, who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a member into a voice channel, or out of it.
#[utoipa::path(put, path = "/guilds/{guild_id}/voice/{user}", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    request_body = VoiceChange, responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
async fn set_voice(
    State(control): State<Control>,
    Path((guild, who)): Path<(Snowflake, String)>,
    Body(body): Body<VoiceChange>,
) -> Answer<Value> {
    ok(control.set_voice(guild, who, body)?)
}

/// Creates a channel with Discord's own form.
#[utoipa::path(post, path = "/guilds/{guild_id}/channels", tag = "lab", params(("guild_id" = String, Path)),
    request_body = Object, responses((status = 200, body = SimChannel), (status = "4XX", body = Problem)))]
async fn create_channel(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.create_channel(guild, &body)?)
}

/// Changes a channel with Discord's own form.
#[utoipa::path(patch, path = "/channels/{channel_id}", tag = "lab", params(("channel_id" = String, Path)),
    request_body = Object, responses((status = 200, body = SimChannel), (status = "4XX", body = Problem)))]
async fn edit_channel(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.edit_channel(channel, &body)?)
}

/// Deletes a channel.
#[utoipa::path(delete, path = "/channels/{channel_id}", tag = "lab", params(("channel_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_channel(State(control): State<Control>, Path(channel): Path<Snowflake>) -> Nothing {
    control.delete_channel(channel)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what a role or a member may do in a channel.
#[utoipa::path(put, path = "/channels/{channel_id}/permissions/{target_id}", tag = "lab",
    params(("channel_id" = String, Path), ("target_id" = String, Path)),
    request_body = SetOverwrite, responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_overwrite(
    State(control): State<Control>,
    Path((channel, target)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<SetOverwrite>,
) -> Nothing {
    control.set_overwrite(channel, target, body.allow, body.deny)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an overwrite.
#[utoipa::path(delete, path = "/channels/{channel_id}/permissions/{target_id}", tag = "lab",
    params(("channel_id" = String, Path), ("target_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_overwrite(
    State(control): State<Control>,
    Path((channel, target)): Path<(Snowflake, Snowflake)>,
) -> Nothing {
    control.delete_overwrite(channel, target)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creates a role with Discord's own form.
#[utoipa::path(post, path = "/guilds/{guild_id}/roles", tag = "lab", params(("guild_id" = String, Path)),
    request_body = Object, responses((status = 200, body = SimRole), (status = "4XX", body = Problem)))]
async fn create_role(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.create_role(guild, &body)?)
}

/// Changes a role with Discord's own form.
#[utoipa::path(patch, path = "/guilds/{guild_id}/roles/{role_id}", tag = "lab",
    params(("guild_id" = String, Path), ("role_id" = String, Path)),
    request_body = Object, responses((status = 200, body = SimRole), (status = "4XX", body = Problem)))]
async fn edit_role(
    State(control): State<Control>,
    Path((guild, role)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.edit_role(guild, role, &body)?)
}

/// Deletes a role.
#[utoipa::path(delete, path = "/guilds/{guild_id}/roles/{role_id}", tag = "lab",
    params(("guild_id" = String, Path), ("role_id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_role(
    State(control): State<Control>,
    Path((guild, role)): Path<(Snowflake, Snowflake)>,
) -> Nothing {
    control.delete_role(guild, role)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what the bot's own role may do in a guild.
#[utoipa::path(put, path = "/guilds/{guild_id}/bot", tag = "lab", params(("guild_id" = String, Path)),
    request_body = BotPermissions, responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_bot_permissions(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<BotPermissions>,
) -> Nothing {
    control.set_bot_permissions(guild, body.permissions)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns the developer portal's switches for privileged intents.
#[utoipa::path(put, path = "/bot/intents", tag = "lab", request_body = PrivilegedIntents,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_intents(State(control): State<Control>, Body(body): Body<PrivilegedIntents>) -> Nothing {
    control.set_privileged_intents(body);
    Ok(StatusCode::NO_CONTENT)
}

/// The simulator's clock.
#[utoipa::path(get, path = "/clock", tag = "lab", responses((status = 200, body = ClockState)))]
async fn clock(State(control): State<Control>) -> Answer<ClockState> {
    let clock = control.clock();
    ok(ClockState {
        now: iso(clock.now()),
        frozen: clock.is_frozen(),
    })
}

/// Stops the clock, lets it run on, or moves it forward.
#[utoipa::path(post, path = "/clock", tag = "lab", request_body = SetClock,
    responses((status = 200, body = ClockState), (status = "4XX", body = Problem)))]
async fn set_clock(State(control): State<Control>, Body(body): Body<SetClock>) -> Answer<ClockState> {
    let clock = control.clock();
    match body.frozen {
        Some(true) => clock.freeze(),
        Some(false) => clock.resume(),
        None => {}
    }
    if let Some(millis) = body.advance_ms {
        clock.advance(Duration::from_millis(millis));
    }
    ok(ClockState {
        now: iso(clock.now()),
        frozen: clock.is_frozen(),
    })
}

/// Disturbs the gateway's connections.
#[utoipa::path(post, path = "/gateway", tag = "lab", request_body = DisturbGateway,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn disturb_gateway(State(control): State<Control>, Body(body): Body<DisturbGateway>) -> Nothing {
    match body.action {
        GatewayAction::Reconnect => control.gateway_reconnect(),
        GatewayAction::Drop => control.gateway_drop(),
        GatewayAction::Invalidate => control.gateway_invalidate(false),
    }
    Ok(StatusCode::NO_CONTENT)
}
