//! Members of a guild.

use serde_json::json;

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::Object;
use crate::world::World;

/// `GET /guilds/{guild_id}/members`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 1_000, 1)?;
    let after = call.query_id("after")?;
    let guild = world.bots_guild(call.id("guild_id")?)?;
    if !world.app.intents.members {
        return Err(ApiError::missing_access());
    }
    let page = guild
        .members
        .values()
        .filter(|member| after.is_none_or(|after| member.user > after))
        .take(limit);
    Ok(Answer::Ok(page.map(|member| world.member_json(member)).collect()))
}

/// `GET /guilds/{guild_id}/members/search`
pub(super) fn search(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 1_000, 1)?;
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let query = call.query("query").filter(|query| !query.is_empty());
    let query = query
        .ok_or_else(|| ApiError::invalid_field("query", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let query = query.to_lowercase();
    let found = guild
        .members
        .values()
        .filter(|member| world.name_matches(member, &query))
        .take(limit);
    Ok(Answer::Ok(
        found.map(|member| world.member_json(member)).collect(),
    ))
}

/// `GET /guilds/{guild_id}/members/{user_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let member = world.member(guild, call.id("user_id")?)?;
    Ok(Answer::Ok(world.member_json(member)))
}

/// `PATCH /guilds/{guild_id}/members/{user_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .edit_member(Some(me(world)), guild, call.id("user_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `PATCH /guilds/{guild_id}/members/@me`
pub(super) fn edit_own(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    // Of oneself, only the nickname can be changed here.
    let mut change = Object::new();
    if let Some(nick) = call.object()?.get("nick") {
        change.insert("nick".to_owned(), nick.clone());
    }
    world
        .edit_member(Some(me(world)), guild, me(world), &change)
        .map(Answer::Ok)
}

/// `PATCH /guilds/{guild_id}/members/@me/nick`, an older form that discord.py still uses
pub(super) fn edit_own_nick(world: &mut World, call: &mut Call) -> Reply {
    let nick = call.object()?.get("nick").cloned().unwrap_or_default();
    edit_own(world, call)?;
    Ok(Answer::Ok(json!({"nick": nick})))
}

/// `DELETE /guilds/{guild_id}/members/{user_id}`
pub(super) fn kick(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.kick(me(world), guild, call.id("user_id")?))
}

/// `PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}`
pub(super) fn give_role(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.change_role(
        Some(me(world)),
        guild,
        call.id("user_id")?,
        call.id("role_id")?,
        true,
    ))
}

/// `DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}`
pub(super) fn take_role(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.change_role(
        Some(me(world)),
        guild,
        call.id("user_id")?,
        call.id("role_id")?,
        false,
    ))
}
