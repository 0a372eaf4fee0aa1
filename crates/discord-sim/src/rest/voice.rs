//! Voice states and regions.

use serde_json::json;

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::{Form, Issues, Patch};
use crate::id::Snowflake;
use crate::world::{Outcome, World};

/// The regions there are, by id and name.
const REGIONS: [(&str, &str); 4] = [
    ("rotterdam", "Rotterdam"),
    ("singapore", "Singapore"),
    ("us-east", "US East"),
    ("us-west", "US West"),
];

/// `GET /voice/regions` and `GET /guilds/{guild_id}/regions`
pub(super) fn regions(world: &mut World, call: &mut Call) -> Reply {
    if !call.param("guild_id").is_empty() {
        world.bots_guild(call.id("guild_id")?)?;
    }
    let regions = REGIONS.iter().map(|(id, name)| {
        json!({"id": id, "name": name, "custom": false, "deprecated": false, "optimal": *id == "us-west"})
    });
    Ok(Answer::Ok(regions.collect()))
}

/// `GET /guilds/{guild_id}/voice-states/{user_id}`, which may be `@me`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?;
    let user = user(world, call)?;
    let state = guild.voice.get(&user).ok_or_else(ApiError::unknown_voice_state)?;
    let mut view = state.json(guild.id);
    view["self_stream"] = state.self_stream.into();
    if let Some(member) = guild.members.get(&user) {
        view["member"] = world.member_json(member);
    }
    Ok(Answer::Ok(view))
}

/// `PATCH /guilds/{guild_id}/voice-states/{user_id}`, which may be `@me`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    let user = user(world, call)?;
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    let channel = form.snowflake("channel_id");
    let suppress = form.boolean("suppress");
    let key = "request_to_speak_timestamp";
    let raised = Patch::of(form.has(key), form.time(key));
    issues.finish()?;
    done(world.edit_stage_voice(me(world), guild, user, channel, suppress, raised))
}

fn user(world: &World, call: &Call) -> Outcome<Snowflake> {
    match call.param("user_id") {
        "" | "@me" => Ok(me(world)),
        _ => call.id("user_id"),
    }
}
