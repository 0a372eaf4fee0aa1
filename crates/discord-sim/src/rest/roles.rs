//! Roles of a guild.

use serde_json::{Value, json};

use super::{Answer, Call, Reply, done, me};
use crate::form::{Issues, Object};
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

/// `PATCH /guilds/{guild_id}/roles`
pub(super) fn order(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let issues = Issues::default();
    let forms = call.list(&issues)?;
    let mut moves = Vec::with_capacity(forms.len());
    for form in &forms {
        if form.raw("id").is_none() {
            form.missing("id");
        }
        if let Some(id) = form.snowflake("id") {
            moves.push((id, form.integer("position", 1, 1_000)));
        }
    }
    issues.finish()?;
    world.order_roles(me(world), guild, &moves)?;
    let guild = world.guild(guild)?;
    Ok(Answer::Ok(guild.roles.values().map(Role::json).collect()))
}

/// `GET /guilds/{guild_id}/roles/member-counts`
pub(super) fn member_counts(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let count = |id| {
        let with = guild.members.values().filter(|member| member.roles.contains(id));
        json!(with.count())
    };
    // As with Discord, everyone is not counted.
    let counts: Object = guild
        .roles
        .keys()
        .filter(|id| **id != guild.id)
        .map(|id| (id.to_string(), count(id)))
        .collect();
    Ok(Answer::Ok(Value::Object(counts)))
}
