//! Where the gateway is, who the bot is, and who others are.

use serde_json::json;

use super::{Answer, Call, Reply, done, me};
use crate::form::{Form, Issues};
use crate::limits;
use crate::world::World;

/// `GET /gateway`
pub(super) fn gateway(world: &mut World, _: &mut Call) -> Reply {
    Ok(Answer::Ok(json!({"url": world.gateway_url()})))
}

/// `GET /gateway/bot`
pub(super) fn gateway_bot(world: &mut World, _: &mut Call) -> Reply {
    Ok(Answer::Ok(json!({
        "url": world.gateway_url(),
        "shards": 1,
        "session_start_limit": {
            "total": limits::IDENTIFIES_PER_DAY,
            "remaining": world.sessions.identifies_left(),
            "reset_after": 24 * 3_600 * 1_000,
            "max_concurrency": 1,
        },
    })))
}

/// `GET /users/@me`
pub(super) fn me_get(world: &mut World, _: &mut Call) -> Reply {
    Ok(Answer::Ok(world.user(me(world))?.own_json()))
}

/// `GET /users/{user_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    Ok(Answer::Ok(world.user(call.id("user_id")?)?.json()))
}

/// `PATCH /users/@me`
pub(super) fn me_edit(world: &mut World, call: &mut Call) -> Reply {
    world.edit_own_user(call.object()?).map(Answer::Ok)
}

/// `DELETE /users/@me/guilds/{guild_id}`
pub(super) fn leave_guild(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.leave(guild, me(world)))
}

/// `GET /users/@me/guilds`
pub(super) fn my_guilds(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 200, 200)?;
    let (before, after) = (call.query_id("before")?, call.query_id("after")?);
    let bot = me(world);
    let guilds = world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&bot))
        .filter(|guild| before.is_none_or(|id| guild.id < id) && after.is_none_or(|id| guild.id > id))
        .take(limit)
        .map(|guild| {
            let mut view = json!({
                "id": guild.id,
                "name": guild.name,
                "icon": guild.icon,
                "banner": null,
                "owner": guild.owner == bot,
                "permissions": world.guild_permissions(guild.id, bot),
                "features": [],
            });
            if call.query_flag("with_counts") {
                view["approximate_member_count"] = guild.members.len().into();
                view["approximate_presence_count"] = guild.members.len().into();
            }
            view
        })
        .collect();
    Ok(Answer::Ok(guilds))
}

/// `POST /users/@me/channels`
pub(super) fn open_dm(world: &mut World, call: &mut Call) -> Reply {
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    let recipient = form.snowflake("recipient_id");
    if form.raw("recipient_id").is_none() {
        form.missing("recipient_id");
    }
    issues.finish()?;
    world
        .open_direct_message(recipient.unwrap_or(me(world)))
        .map(Answer::Ok)
}
