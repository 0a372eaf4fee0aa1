//! Roles of a guild.

use super::{Answer, Call, Reply, done, me};
use crate::world::World;
use crate::world::role::Role;

/// `GET /guilds/{guild_id}/roles`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    Ok(Answer::Ok(guild.roles.values().map(Role::json).collect()))
}

/// `GET /guilds/{guild_id}/roles/{role_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    Ok(Answer::Ok(guild.role(call.id("role_id")?)?.json()))
}

/// `POST /guilds/{guild_id}/roles`
pub(super) fn create(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .create_role(Some(me(world)), guild, call.object()?)
        .map(Answer::Ok)
}

/// `PATCH /guilds/{guild_id}/roles/{role_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .edit_role(Some(me(world)), guild, call.id("role_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `DELETE /guilds/{guild_id}/roles/{role_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.delete_role(Some(me(world)), guild, call.id("role_id")?))
}
