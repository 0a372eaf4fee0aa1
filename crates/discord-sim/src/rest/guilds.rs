//! Guilds, their channels and bans.

use serde_json::json;

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::{Form, Issues};
use crate::permissions::Permissions;
use crate::world::World;

/// `GET /guilds/{guild_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let mut view = guild.json();
    if call.query_flag("with_counts") {
        view["approximate_member_count"] = guild.members.len().into();
        view["approximate_presence_count"] = guild.members.len().into();
    }
    Ok(Answer::Ok(view))
}

/// `GET /guilds/{guild_id}/channels`
pub(super) fn channels(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    Ok(Answer::Ok(
        world
            .guild_channels(guild)
            .map(|channel| world.channel_json(channel))
            .collect(),
    ))
}

/// `POST /guilds/{guild_id}/channels`
pub(super) fn create_channel(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .create_channel(Some(me(world)), guild, call.object()?)
        .map(Answer::Created)
}

/// `GET /guilds/{guild_id}/threads/active`
pub(super) fn active_threads(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let threads: Vec<_> = world
        .guild_threads(guild)
        .map(|thread| world.channel_json(thread))
        .collect();
    Ok(Answer::Ok(
        json!({"threads": threads, "members": [], "has_more": false}),
    ))
}

/// `GET /guilds/{guild_id}/bans`
pub(super) fn bans(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 1_000, 1_000)?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let guild = world.bots_guild(call.id("guild_id")?)?;
    world.require_in_guild(guild.id, me(world), Permissions::BAN_MEMBERS)?;
    let page = guild
        .bans
        .iter()
        .filter(|user| before.is_none_or(|id| **user < id) && after.is_none_or(|id| **user > id))
        .take(limit);
    Ok(Answer::Ok(page.map(|user| world.ban_json(*user)).collect()))
}

/// `GET /guilds/{guild_id}/bans/{user_id}`
pub(super) fn ban_get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    world.require_in_guild(guild.id, me(world), Permissions::BAN_MEMBERS)?;
    let user = call.id("user_id")?;
    if guild.bans.contains(&user) {
        Ok(Answer::Ok(world.ban_json(user)))
    } else {
        Err(ApiError::unknown_ban())
    }
}

/// `PUT /guilds/{guild_id}/bans/{user_id}`
pub(super) fn ban(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let user = call.id("user_id")?;
    let issues = Issues::default();
    let seconds = Form::new(call.object()?, &issues).integer("delete_message_seconds", 0, 604_800);
    issues.finish()?;
    world.ban(Some(me(world)), guild, user)?;
    if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
        world.delete_messages_of(guild, user, seconds)?;
    }
    Ok(Answer::NoContent)
}

/// `DELETE /guilds/{guild_id}/bans/{user_id}`
pub(super) fn unban(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.unban(Some(me(world)), guild, call.id("user_id")?))
}
