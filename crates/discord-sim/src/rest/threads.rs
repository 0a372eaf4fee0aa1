//! Threads: how they begin, who is in them, and the lists.

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::world::thread::thread_member_json;
use crate::world::thread_life::Archived;
use crate::world::{Outcome, World};

/// `POST /channels/{channel_id}/messages/{message_id}/threads`
pub(super) fn start_at_message(world: &mut World, call: &mut Call) -> Reply {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    world
        .start_thread_at(me(world), channel, message, call.object()?)
        .map(Answer::Created)
}

/// `POST /channels/{channel_id}/threads`
pub(super) fn start(world: &mut World, call: &mut Call) -> Reply {
    let uploads = std::mem::take(&mut call.uploads);
    world
        .start_thread(me(world), call.id("channel_id")?, call.object()?, uploads)
        .map(Answer::Created)
}

/// `PUT /channels/{channel_id}/thread-members/@me`
pub(super) fn join(world: &mut World, call: &mut Call) -> Reply {
    done(world.join_thread(me(world), call.id("channel_id")?, me(world)))
}

/// `PUT /channels/{channel_id}/thread-members/{user_id}`
pub(super) fn add(world: &mut World, call: &mut Call) -> Reply {
    done(world.join_thread(me(world), call.id("channel_id")?, call.id("user_id")?))
}

/// `DELETE /channels/{channel_id}/thread-members/@me`
pub(super) fn leave(world: &mut World, call: &mut Call) -> Reply {
    done(world.leave_thread(me(world), call.id("channel_id")?, me(world)))
}

/// `DELETE /channels/{channel_id}/thread-members/{user_id}`
pub(super) fn remove(world: &mut World, call: &mut Call) -> Reply {
    done(world.leave_thread(me(world), call.id("channel_id")?, call.id("user_id")?))
}

/// `GET /channels/{channel_id}/thread-members/{user_id}`
pub(super) fn member(world: &mut World, call: &mut Call) -> Reply {
    let user = match call.param("user_id") {
        "@me" => me(world),
        _ => call.id("user_id")?,
    };
    let with_member = call.query_flag("with_member");
    member_json(world, call.id("channel_id")?, user, with_member)?
        .map(Answer::Ok)
        .ok_or_else(ApiError::unknown_member)
}

/// `GET /channels/{channel_id}/thread-members`
pub(super) fn members(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 100, 100)?;
    let after = call.query_id("after")?;
    let with_member = call.query_flag("with_member");
    let id = call.id("channel_id")?;
    let channel = world.visible_thread(id, me(world))?;
    if !world.app.intents.members {
        return Err(ApiError::missing_access());
    }
    let users: Vec<Snowflake> = channel
        .thread
        .iter()
        .flat_map(|thread| thread.members.keys())
        .copied()
        .filter(|user| after.is_none_or(|after| *user > after))
        .collect();
    // Without the members themselves, Discord does not page.
    let page = if with_member { limit } else { users.len() };
    let mut views = Vec::with_capacity(page.min(users.len()));
    for user in users.into_iter().take(page) {
        views.extend(member_json(world, id, user, with_member)?);
    }
    Ok(Answer::Ok(views.into()))
}

fn member_json(
    world: &World,
    id: Snowflake,
    user: Snowflake,
    with_member: bool,
) -> Outcome<Option<serde_json::Value>> {
    let channel = world.visible_thread(id, me(world))?;
    let Some(mut view) = thread_member_json(channel, user) else {
        return Ok(None);
    };
    let guild = channel.guild.and_then(|guild| world.guilds.get(&guild));
    if let Some(member) = guild.and_then(|guild| guild.members.get(&user))
        && with_member
    {
        view["member"] = world.member_json(member);
    }
    Ok(Some(view))
}

/// `GET /guilds/{guild_id}/threads/active`
pub(super) fn active(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    Ok(Answer::Ok(world.active_threads_json(guild, me(world))))
}

/// `GET /channels/{channel_id}/threads/archived/public`
pub(super) fn archived_public(world: &mut World, call: &mut Call) -> Reply {
    let which = Archived::Public(call.query_time("before")?);
    archived(world, call, which)
}

/// `GET /channels/{channel_id}/threads/archived/private`
pub(super) fn archived_private(world: &mut World, call: &mut Call) -> Reply {
    let which = Archived::Private(call.query_time("before")?);
    archived(world, call, which)
}

/// `GET /channels/{channel_id}/users/@me/threads/archived/private`
pub(super) fn archived_joined(world: &mut World, call: &mut Call) -> Reply {
    let which = Archived::JoinedPrivate(call.query_id("before")?);
    archived(world, call, which)
}

fn archived(world: &World, call: &Call, which: Archived) -> Reply {
    let limit = call.query_number("limit", 2, 100, 50)?;
    world
        .archived_threads_json(me(world), call.id("channel_id")?, which, limit)
        .map(Answer::Ok)
}
