//! What members do in channels, over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, Body, Nothing, Path, Query, ok};
use crate::control::types::{
    Actor, EditMessage, FollowThread, MessagesQuery, ModalsQuery, NewInteraction, PinMessage, PostMessage,
    Problem, React, RunCommand, SimChannel, SimCommand, SimInteraction, SimMessage, SimModal, StartThread,
    SubmitModal, UseComponent,
};
use crate::control::{Control, Who};
use crate::id::Snowflake;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(list_messages, post_message))
        .routes(routes!(edit_message, delete_message))
        .routes(routes!(pin_message))
        .routes(routes!(add_reaction, remove_reaction))
        .routes(routes!(start_typing))
        .routes(routes!(start_thread))
        .routes(routes!(follow_thread))
        .routes(routes!(commands))
        .routes(routes!(run_command))
        .routes(routes!(use_component))
        .routes(routes!(modals))
        .routes(routes!(submit_modal))
        .routes(routes!(dismiss_modal))
        .routes(routes!(interaction))
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
    ok(control.post_files(channel, body.who, &body.content, body.reply_to, body.files)?)
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

fn started(interaction_id: Snowflake) -> Answer<NewInteraction> {
    ok(NewInteraction { interaction_id })
}

/// Pins a message, or unpins it, as a member who may.
#[utoipa::path(put, path = "/channels/{channel_id}/messages/{message_id}/pin", tag = "lab",
    params(("channel_id" = String, Path), ("message_id" = String, Path)),
    request_body = PinMessage, responses((status = 204), (status = "4XX", body = Problem)))]
async fn pin_message(
    State(control): State<Control>,
    Path((channel, message)): Path<(Snowflake, Snowflake)>,
    Body(body): Body<PinMessage>,
) -> Nothing {
    control.pin_message(channel, message, body.who, body.pinned)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a thread as a member, with Discord's own form: at a message, or else in the channel or forum.
#[utoipa::path(post, path = "/channels/{channel_id}/threads", tag = "lab", params(("channel_id" = String, Path)),
    request_body = StartThread, responses((status = 200, body = SimChannel), (status = "4XX", body = Problem)))]
async fn start_thread(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<StartThread>,
) -> Answer<Value> {
    ok(control.start_thread(channel, body.message_id, body.who, &body.form)?)
}

/// Lets a member join a thread, or leave it.
#[utoipa::path(put, path = "/channels/{channel_id}/thread-members", tag = "lab",
    params(("channel_id" = String, Path)),
    request_body = FollowThread, responses((status = 204), (status = "4XX", body = Problem)))]
async fn follow_thread(
    State(control): State<Control>,
    Path(channel): Path<Snowflake>,
    Body(body): Body<FollowThread>,
) -> Nothing {
    control.follow_thread(channel, body.who, body.joined)?;
    Ok(StatusCode::NO_CONTENT)
}
