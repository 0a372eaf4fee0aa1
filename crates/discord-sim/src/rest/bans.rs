//! Bans and prunes.

use serde_json::json;

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::{Form, Issues};
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;
use crate::world::{Outcome, World};

/// Most seconds of messages a ban deletes: a week (Discord's).
const DELETE_SECONDS: i64 = 604_800;

/// `GET /guilds/{guild_id}/bans`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 1_000, 1_000)?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let guild = world.bots_guild(call.id("guild_id")?)?;
    world.require_in_guild(guild.id, me(world), Permissions::BAN_MEMBERS)?;
    let wanted = |user: &Snowflake| {
        before.is_none_or(|id| *user < id) && after.is_none_or(|id| before.is_some() || *user > id)
    };
    let found: Vec<_> = guild.bans.iter().filter(|(user, _)| wanted(user)).collect();
    // Before an id, the page ends there; otherwise it begins after one.
    let skip = if before.is_some() {
        found.len().saturating_sub(limit)
    } else {
        0
    };
    let page = found.into_iter().skip(skip).take(limit);
    Ok(Answer::Ok(
        page.map(|(user, reason)| world.ban_json(*user, reason.as_deref()))
            .collect(),
    ))
}

/// `GET /guilds/{guild_id}/bans/{user_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    world.require_in_guild(guild.id, me(world), Permissions::BAN_MEMBERS)?;
    let user = call.id("user_id")?;
    let reason = guild.bans.get(&user).ok_or_else(ApiError::unknown_ban)?;
    Ok(Answer::Ok(world.ban_json(user, reason.as_deref())))
}

/// `PUT /guilds/{guild_id}/bans/{user_id}`
pub(super) fn ban(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let user = call.id("user_id")?;
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    let seconds = form.integer("delete_message_seconds", 0, DELETE_SECONDS);
    // The older way of saying it.
    let days = form.integer("delete_message_days", 0, 7);
    issues.finish()?;
    // Discord also takes it from the query, where discord.py puts it.
    let asked = match call.query("delete_message_seconds") {
        Some(_) => i64::try_from(call.query_number("delete_message_seconds", 0, 604_800, 0)?).ok(),
        None => None,
    };
    let seconds = seconds.or(asked);
    let new = !world.guild(guild)?.bans.contains_key(&user);
    world.ban(Some(me(world)), guild, user)?;
    let seconds = seconds.or(days.map(|days| days * 86_400)).unwrap_or(0);
    if new && seconds > 0 {
        world.delete_messages_of(guild, user, seconds)?;
    }
    Ok(Answer::NoContent)
}

/// `POST /guilds/{guild_id}/bulk-ban`
pub(super) fn bulk_ban(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    if form.raw("user_ids").is_none() {
        form.missing("user_ids");
    }
    let users = form
        .list("user_ids", 1, limits::BULK_BAN)
        .and_then(|_| form.snowflakes("user_ids", limits::BULK_BAN));
    let seconds = form.integer("delete_message_seconds", 0, DELETE_SECONDS);
    issues.finish()?;
    let mut users = users.unwrap_or_default();
    users.sort_unstable();
    users.dedup();
    world
        .bulk_ban(me(world), guild, &users, seconds.unwrap_or(0))
        .map(Answer::Ok)
}

/// `DELETE /guilds/{guild_id}/bans/{user_id}`
pub(super) fn unban(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.unban(Some(me(world)), guild, call.id("user_id")?))
}

/// `GET /guilds/{guild_id}/prune`
pub(super) fn prune_count(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let days = call.query_number("days", 1, 30, 7)?;
    let include = call.query("include_roles").map_or(Ok(Vec::new()), role_list)?;
    let gone = world.prunable(me(world), guild, i64::try_from(days).unwrap_or(7), &include)?;
    Ok(Answer::Ok(json!({"pruned": gone.len()})))
}

/// `POST /guilds/{guild_id}/prune`
pub(super) fn prune(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    let days = form.integer("days", 1, 30).unwrap_or(7);
    let count = form.boolean("compute_prune_count").unwrap_or(true);
    let include = match form.raw("include_roles").and_then(|value| value.as_str()) {
        Some(text) => role_list(text)?,
        None => form
            .snowflakes("include_roles", limits::GUILD_ROLES)
            .unwrap_or_default(),
    };
    issues.finish()?;
    let pruned = world.prune(me(world), guild, days, &include)?;
    Ok(Answer::Ok(json!({"pruned": count.then_some(pruned)})))
}

/// Reads ids separated by commas.
fn role_list(text: &str) -> Outcome<Vec<Snowflake>> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .take(limits::GUILD_ROLES)
        .map(|part| {
            let wrong =
                |_| ApiError::invalid_field("include_roles", "NUMBER_TYPE_COERCE", "Value is not snowflake.");
            part.trim().parse().map_err(wrong)
        })
        .collect()
}
