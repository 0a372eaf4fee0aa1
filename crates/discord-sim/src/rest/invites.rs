//! Invites.

use super::{Answer, Call, Reply, me};
use crate::error::ApiError;
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::invite::InviteView;

/// `POST /channels/{channel_id}/invites`
pub(super) fn create(world: &mut World, call: &mut Call) -> Reply {
    world
        .create_invite(me(world), call.id("channel_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `GET /channels/{channel_id}/invites`
pub(super) fn of_channel(world: &mut World, call: &mut Call) -> Reply {
    let id = call.id("channel_id")?;
    let channel = world.require_in(id, me(world), Permissions::MANAGE_CHANNELS)?;
    let guild = channel.guild.ok_or_else(ApiError::wrong_channel_type)?;
    Ok(Answer::Ok(world.invites_json(guild, Some(id))?.into()))
}

/// `GET /guilds/{guild_id}/invites`
pub(super) fn of_guild(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world.require_in_guild(guild, me(world), Permissions::MANAGE_GUILD)?;
    Ok(Answer::Ok(world.invites_json(guild, None)?.into()))
}

/// `GET /invites/{code}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let invite = world.invite(call.param("code"))?.clone();
    let view = InviteView {
        counts: call.query_flag("with_counts"),
        metadata: false,
    };
    world.invite_json(&invite, view).map(Answer::Ok)
}

/// `DELETE /invites/{code}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    world.delete_invite(me(world), call.param("code")).map(Answer::Ok)
}
