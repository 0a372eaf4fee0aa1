//! A guild's own emojis.

use super::{Answer, Call, Reply, done, me};
use crate::world::World;

/// `GET /guilds/{guild_id}/emojis`
pub(super) fn list(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let emojis = guild.emojis.values();
    Ok(Answer::Ok(
        emojis
            .map(|emoji| world.emoji_json(guild, emoji, me(world)))
            .collect(),
    ))
}

/// `GET /guilds/{guild_id}/emojis/{emoji_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let emoji = guild.emoji(call.id("emoji_id")?)?;
    Ok(Answer::Ok(world.emoji_json(guild, emoji, me(world))))
}

/// `POST /guilds/{guild_id}/emojis`
pub(super) fn create(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .create_emoji(me(world), guild, call.object()?)
        .map(Answer::Created)
}

/// `PATCH /guilds/{guild_id}/emojis/{emoji_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world
        .edit_emoji(me(world), guild, call.id("emoji_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `DELETE /guilds/{guild_id}/emojis/{emoji_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    done(world.delete_emoji(me(world), guild, call.id("emoji_id")?))
}
