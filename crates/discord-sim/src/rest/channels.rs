//! Channels and their overwrites.

use super::{Answer, Call, Reply, done, me};
use crate::form::{Form, Issues};
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::channel::{Overwrite, Target};

/// `GET /channels/{channel_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let channel = world.visible_channel(call.id("channel_id")?, me(world))?;
    Ok(Answer::Ok(world.channel_json(channel)))
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
    let kind = form.integer("type", 0, 1);
    if form.raw("type").is_none() {
        form.missing("type");
    }
    let bits = |key: &str| Permissions(form.snowflake(key).map_or(0, |bits| bits.0)) & Permissions::ALL;
    let overwrite = Overwrite {
        id: call.id("overwrite_id")?,
        target: if kind == Some(1) {
            Target::Member
        } else {
            Target::Role
        },
        allow: bits("allow"),
        deny: bits("deny"),
    };
    issues.finish()?;
    done(world.set_overwrite(Some(me(world)), call.id("channel_id")?, overwrite))
}

/// `DELETE /channels/{channel_id}/permissions/{overwrite_id}`
pub(super) fn delete_overwrite(world: &mut World, call: &mut Call) -> Reply {
    done(world.delete_overwrite(Some(me(world)), call.id("channel_id")?, call.id("overwrite_id")?))
}
