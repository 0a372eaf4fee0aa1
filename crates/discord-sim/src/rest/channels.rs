//! Channels and their overwrites.

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::{Form, Issues};
use crate::world::World;
use crate::world::overwrite::Overwrite;

/// `GET /channels/{channel_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let channel = world.visible_channel(call.id("channel_id")?, me(world))?;
    Ok(Answer::Ok(world.thread_json_for(channel, me(world))))
}

/// `PATCH /channels/{channel_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    world
        .edit_channel(Some(me(world)), call.id("channel_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `DELETE /channels/{channel_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    world
        .delete_channel(Some(me(world)), call.id("channel_id")?)
        .map(Answer::Ok)
}

/// `POST /channels/{channel_id}/typing`
pub(super) fn typing(world: &mut World, call: &mut Call) -> Reply {
    done(world.start_typing(call.id("channel_id")?, me(world)))
}

/// `PUT /channels/{channel_id}/permissions/{overwrite_id}`
pub(super) fn put_overwrite(world: &mut World, call: &mut Call) -> Reply {
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    let overwrite = Overwrite::read(&form, Some(call.id("overwrite_id")?));
    issues.finish()?;
    let overwrite = overwrite.ok_or_else(ApiError::unknown_overwrite)?;
    done(world.set_overwrite(Some(me(world)), call.id("channel_id")?, overwrite))
}

/// `DELETE /channels/{channel_id}/permissions/{overwrite_id}`
pub(super) fn delete_overwrite(world: &mut World, call: &mut Call) -> Reply {
    done(world.delete_overwrite(Some(me(world)), call.id("channel_id")?, call.id("overwrite_id")?))
}
