//! Reactions.

use super::{Answer, Call, Reply, done, me};
use crate::permissions::Permissions;
use crate::world::World;

/// `PUT .../reactions/{emoji}/@me`
pub(super) fn add(world: &mut World, call: &mut Call) -> Reply {
    done(world.react(
        me(world),
        call.id("channel_id")?,
        call.id("message_id")?,
        call.param("emoji"),
    ))
}

/// `DELETE .../reactions/{emoji}/@me`
pub(super) fn remove_own(world: &mut World, call: &mut Call) -> Reply {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    done(world.unreact(me(world), channel, message, call.param("emoji"), me(world)))
}

/// `DELETE .../reactions/{emoji}/{user_id}`
pub(super) fn remove(world: &mut World, call: &mut Call) -> Reply {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    done(world.unreact(
        me(world),
        channel,
        message,
        call.param("emoji"),
        call.id("user_id")?,
    ))
}

/// `DELETE .../reactions`
pub(super) fn clear(world: &mut World, call: &mut Call) -> Reply {
    done(world.clear_reactions(me(world), call.id("channel_id")?, call.id("message_id")?, None))
}

/// `DELETE .../reactions/{emoji}`
pub(super) fn clear_emoji(world: &mut World, call: &mut Call) -> Reply {
    let emoji = Some(call.param("emoji"));
    done(world.clear_reactions(me(world), call.id("channel_id")?, call.id("message_id")?, emoji))
}

/// `GET .../reactions/{emoji}`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let limit = call.query_number("limit", 1, 100, 25)?;
    let after = call.query_id("after")?;
    let channel = world.require_in(
        call.id("channel_id")?,
        me(world),
        Permissions::READ_MESSAGE_HISTORY,
    )?;
    let message = channel.public_message(call.id("message_id")?)?;
    let emoji = world.known_emoji(call.param("emoji"), me(world))?;
    let reaction = message
        .reactions
        .iter()
        .find(|reaction| reaction.emoji.same(&emoji));
    let mut users = reaction
        .map(|reaction| reaction.users.clone())
        .unwrap_or_default();
    users.sort_unstable();
    let page = users
        .into_iter()
        .filter(|user| after.is_none_or(|after| *user > after))
        .take(limit);
    Ok(Answer::Ok(page.map(|user| world.user_json(user)).collect()))
}
