//! Setting the stage, over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, Body, Nothing, Path, ok};
use crate::control::types::{
    AddMember, Available, BotPermissions, CreateGuild, Kick, Presence, Problem, SetOverwrite, SimChannel,
    SimMember, SimRole,
};
use crate::control::{Control, VoiceChange};
use crate::form::Object;
use crate::id::Snowflake;
use crate::world::application::PrivilegedIntents;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(create_guild))
        .routes(routes!(edit_guild, delete_guild))
        .routes(routes!(set_available))
        .routes(routes!(add_member))
        .routes(routes!(edit_member, remove_member))
        .routes(routes!(kick))
        .routes(routes!(ban, unban))
        .routes(routes!(set_voice))
        .routes(routes!(set_presence))
        .routes(routes!(create_channel))
        .routes(routes!(edit_channel, delete_channel))
        .routes(routes!(set_overwrite, delete_overwrite))
        .routes(routes!(create_role))
        .routes(routes!(edit_role, delete_role))
        .routes(routes!(set_bot_permissions))
        .routes(routes!(set_intents))
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

/// Changes a guild with Discord's own form, as its owner.
#[utoipa::path(patch, path = "/guilds/{guild_id}", tag = "lab", params(("guild_id" = String, Path)),
    request_body = Object, responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
async fn edit_guild(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<Object>,
) -> Answer<Value> {
    ok(control.edit_guild(guild, &body)?)
}

/// Makes a guild unavailable to the bot, as an outage of Discord does, or available again.
#[utoipa::path(put, path = "/guilds/{guild_id}/available", tag = "lab", params(("guild_id" = String, Path)),
    request_body = Available, responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_available(
    State(control): State<Control>,
    Path(guild): Path<Snowflake>,
    Body(body): Body<Available>,
) -> Nothing {
    control.set_available(guild, body.available)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Throws a member out, as a member who may.
#[utoipa::path(post, path = "/guilds/{guild_id}/members/{user}/kick", tag = "lab",
    params(("guild_id" = String, Path), ("user" = String, Path)),
    request_body = Kick, responses((status = 204), (status = "4XX", body = Problem)))]
async fn kick(
    State(control): State<Control>,
    Path((guild, user)): Path<(Snowflake, String)>,
    Body(body): Body<Kick>,
) -> Nothing {
    control.kick(guild, user, body.who)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a user appear online, idle and so on.
#[utoipa::path(put, path = "/users/{user}/presence", tag = "lab", params(("user" = String, Path)),
    request_body = Presence, responses((status = 204), (status = "4XX", body = Problem)))]
async fn set_presence(
    State(control): State<Control>,
    Path(user): Path<String>,
    Body(body): Body<Presence>,
) -> Nothing {
    control.set_presence(user, body.status)?;
    Ok(StatusCode::NO_CONTENT)
}
