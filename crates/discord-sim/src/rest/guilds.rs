//! Guilds, their channels and their audit log.

use super::{Answer, Call, Reply, done, me};
use crate::form::Issues;
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::audit::AuditQuery;
use crate::world::channel_edit::{ChannelMove, read_parent};

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

/// `PATCH /guilds/{guild_id}/channels`
pub(super) fn order_channels(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let issues = Issues::default();
    let forms = call.list(&issues)?;
    let mut moves = Vec::with_capacity(forms.len());
    for form in &forms {
        if form.raw("id").is_none() {
            form.missing("id");
        }
        let Some(id) = form.snowflake("id") else { continue };
        moves.push(ChannelMove {
            id,
            position: form.integer("position", 0, 10_000),
            parent: read_parent(form),
            lock_permissions: form.boolean("lock_permissions").unwrap_or(false),
        });
    }
    issues.finish()?;
    done(world.order_channels(me(world), guild, &moves))
}

/// `PATCH /guilds/{guild_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world.edit_guild(me(world), guild, call.object()?).map(Answer::Ok)
}

/// `GET /guilds/{guild_id}/preview`
pub(super) fn preview(world: &mut World, call: &mut Call) -> Reply {
    Ok(Answer::Ok(world.bots_guild(call.id("guild_id")?)?.preview()))
}

/// `GET /guilds/{guild_id}/audit-logs`
pub(super) fn audit_log(world: &mut World, call: &mut Call) -> Reply {
    let query = AuditQuery {
        user: call.query_id("user_id")?,
        action: match call.query("action_type") {
            Some(_) => Some(i64::try_from(call.query_number("action_type", 1, 1_000, 1)?).unwrap_or(0)),
            None => None,
        },
        before: call.query_id("before")?,
        after: call.query_id("after")?,
        limit: call.query_number("limit", 1, 100, 50)?,
    };
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world.require_in_guild(guild, me(world), Permissions::VIEW_AUDIT_LOG)?;
    world.audit_log(guild, &query).map(Answer::Ok)
}
