//! Messages of a channel.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Call, Reply, done, me};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::message::MessageForm;
use crate::form::{Form, Issues};
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::message::Message;

/// Most pins the older list shows (Discord's).
const OLD_PINS: usize = 50;

/// `GET /channels/{channel_id}/messages`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let id = call.id("channel_id")?;
    let limit = call.query_number("limit", 1, limits::MESSAGE_PAGE, 50)?;
    let (before, after, around) = (
        call.query_id("before")?,
        call.query_id("after")?,
        call.query_id("around")?,
    );
    if [before, after, around].iter().flatten().count() > 1 {
        let text = "Only one of before, after and around may be given";
        let issue = json!({"_errors": [{"code": "MESSAGE_PAGINATION_EXCLUSIVE", "message": text}]});
        return Err(ApiError::invalid_form(issue));
    }
    let channel = world.visible_channel(id, me(world))?;
    if !channel.holds_messages() {
        return Err(ApiError::not_a_text_channel());
    }
    // Without the permission Discord answers as if there were nothing.
    if !world
        .permissions_in(channel, me(world))
        .has(Permissions::READ_MESSAGE_HISTORY)
    {
        return Ok(Answer::Ok(json!([])));
    }
    let visible = || {
        channel
            .messages
            .values()
            .filter(|message| message.ephemeral_for.is_none())
    };
    let mut found: Vec<&Message> = if let Some(around) = around {
        let half = limit / 2;
        let mut near: Vec<_> = visible()
            .rev()
            .filter(|message| message.id < around)
            .take(half)
            .collect();
        near.reverse();
        near.extend(
            visible()
                .filter(|message| message.id >= around)
                .take(limit - half),
        );
        near
    } else if let Some(after) = after {
        visible()
            .filter(|message| message.id > after)
            .take(limit)
            .collect()
    } else {
        let mut newest: Vec<_> = visible()
            .rev()
            .filter(|message| before.is_none_or(|id| message.id < id))
            .take(limit)
            .collect();
        newest.reverse();
        newest
    };
    found.reverse();
    Ok(Answer::Ok(
        found
            .into_iter()
            .map(|message| world.message_for_bot(channel, message))
            .collect(),
    ))
}

/// `GET /channels/{channel_id}/messages/{message_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    let channel = world.require_in(channel, me(world), Permissions::READ_MESSAGE_HISTORY)?;
    Ok(Answer::Ok(
        world.message_for_bot(channel, channel.public_message(id)?),
    ))
}

/// `POST /channels/{channel_id}/messages`
pub(super) fn send(world: &mut World, call: &mut Call) -> Reply {
    let channel = call.id("channel_id")?;
    // Whether the bot may write at all comes before what it writes.
    world.visible_channel(channel, me(world))?;
    let form = MessageForm::read(call.object()?, &[])?;
    let id = world.send_message(me(world), channel, form, std::mem::take(&mut call.uploads))?;
    show(world, channel, id)
}

/// `PATCH /channels/{channel_id}/messages/{message_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    let known = world.visible_channel(channel, me(world))?.public_message(id)?;
    let form = MessageForm::read_edit(call.object()?, &[], known.flags)?;
    world.edit_message(me(world), channel, id, form, std::mem::take(&mut call.uploads))?;
    show(world, channel, id)
}

/// `DELETE /channels/{channel_id}/messages/{message_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    done(world.delete_message(me(world), call.id("channel_id")?, call.id("message_id")?))
}

/// `POST /channels/{channel_id}/messages/bulk-delete`
pub(super) fn bulk_delete(world: &mut World, call: &mut Call) -> Reply {
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    if form.raw("messages").is_none() {
        form.missing("messages");
    }
    let ids = form
        .list("messages", 2, 100)
        .and_then(|_| form.snowflakes("messages", 100));
    let unique: BTreeSet<_> = ids.iter().flatten().collect();
    if unique.len() < ids.as_ref().map_or(0, Vec::len) {
        let text = "Set contains duplicate values";
        form.wrong("messages", "BASE_TYPE_DUPLICATE", text);
    }
    issues.finish()?;
    done(world.delete_messages(me(world), call.id("channel_id")?, &ids.unwrap_or_default()))
}

/// `GET /channels/{channel_id}/messages/pins`
pub(super) fn pins(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 50, 50)?;
    let before = call.query_time("before")?.map(iso);
    let mut pins = world.pins_json(me(world), call.id("channel_id")?)?;
    pins.retain(|(at, _)| before.as_ref().is_none_or(|before| at < before));
    let more = pins.len() > limit;
    let items: Vec<Value> = pins
        .into_iter()
        .take(limit)
        .map(|(at, message)| json!({"pinned_at": at, "message": message}))
        .collect();
    Ok(Answer::Ok(json!({"items": items, "has_more": more})))
}

/// `GET /channels/{channel_id}/pins`, the older form
pub(super) fn old_pins(world: &mut World, call: &mut Call) -> Reply {
    let pins = world.pins_json(me(world), call.id("channel_id")?)?;
    let newest = pins.into_iter().take(OLD_PINS);
    Ok(Answer::Ok(newest.map(|(_, message)| message).collect()))
}

/// `PUT /channels/{channel_id}/messages/pins/{message_id}`
pub(super) fn pin(world: &mut World, call: &mut Call) -> Reply {
    done(world.set_pinned(me(world), call.id("channel_id")?, call.id("message_id")?, true))
}

/// `DELETE /channels/{channel_id}/messages/pins/{message_id}`
pub(super) fn unpin(world: &mut World, call: &mut Call) -> Reply {
    done(world.set_pinned(me(world), call.id("channel_id")?, call.id("message_id")?, false))
}

/// `POST /channels/{channel_id}/messages/{message_id}/crosspost`
pub(super) fn crosspost(world: &mut World, call: &mut Call) -> Reply {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    world.crosspost(me(world), channel, id)?;
    show(world, channel, id)
}

fn show(world: &World, channel: Snowflake, id: Snowflake) -> Reply {
    let channel = world.channel(channel)?;
    Ok(Answer::Ok(world.message_json(
        channel,
        channel.public_message(id)?,
        me(world),
    )))
}
