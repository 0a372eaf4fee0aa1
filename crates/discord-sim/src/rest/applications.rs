//! The application and its commands, global and of a guild.

use serde_json::Value;

use super::{Answer, Call, Reply, done};
use crate::error::ApiError;
use crate::id::Snowflake;
use crate::world::{Outcome, World};

/// `GET /applications/@me` and `GET /oauth2/applications/@me`
pub(super) fn me_get(world: &mut World, _: &mut Call) -> Reply {
    Ok(Answer::Ok(world.application_json()))
}

/// `GET .../commands`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    Ok(Answer::Ok(
        world
            .commands_json(scope, call.query_flag("with_localizations"))
            .into(),
    ))
}

/// `POST .../commands`
pub(super) fn create(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    let (view, new) = world.create_command(scope, call.object()?)?;
    Ok(if new {
        Answer::Created(view)
    } else {
        Answer::Ok(view)
    })
}

/// `PUT .../commands`
pub(super) fn overwrite(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    let Value::Array(commands) = &call.body else {
        let issue = serde_json::json!({"_errors": [{"code": "LIST_TYPE_CONVERT", "message": "Only iterables may be used in a ListType"}]});
        return Err(ApiError::invalid_form(issue));
    };
    world
        .overwrite_commands(scope, commands)
        .map(|list| Answer::Ok(list.into()))
}

/// `GET .../commands/{command_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    world.command_json(scope, call.id("command_id")?).map(Answer::Ok)
}

/// `PATCH .../commands/{command_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    world
        .edit_command(scope, call.id("command_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `DELETE .../commands/{command_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    done(world.delete_command(scope, call.id("command_id")?))
}

/// Returns the guild of the path, or `None` for global commands, after checking whose application it is.
fn scope(world: &World, call: &Call) -> Outcome<Option<Snowflake>> {
    if call.id("application_id")? != world.app.id {
        return Err(ApiError::not_your_application());
    }
    if call.param("guild_id").is_empty() {
        return Ok(None);
    }
    let guild = call.id("guild_id")?;
    // Discord does not tell an unknown guild from one the app is not in.
    world.bots_guild(guild).map_err(|_| ApiError::missing_access())?;
    Ok(Some(guild))
}

/// `GET .../guilds/{guild_id}/commands/permissions`
///
/// Nobody sets any here: Discord takes them from people only, never from bots.
pub(super) fn all_permissions(world: &mut World, call: &mut Call) -> Reply {
    scope(world, call)?;
    Ok(Answer::Ok(Value::Array(Vec::new())))
}

/// `GET .../guilds/{guild_id}/commands/{command_id}/permissions`
pub(super) fn permissions(world: &mut World, call: &mut Call) -> Reply {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    world
        .command_json(scope, id)
        .or_else(|_| world.command_json(None, id))?;
    Err(ApiError::no_command_permissions())
}

/// `PUT .../guilds/{guild_id}/commands/{command_id}/permissions`
pub(super) fn set_permissions(world: &mut World, call: &mut Call) -> Reply {
    scope(world, call)?;
    Err(ApiError::bots_cannot())
}
