//! What a client's payloads do.

use std::fmt::Write as _;

use rand::Rng;
use serde_json::{Value, json};

use super::intents::Intents;
use super::protocol::{Close, op, plain};
use super::session::Refused;
use super::socket::Connection;
use crate::form::snowflake;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;
use crate::world::member::Member;
use crate::world::presence::Status;
use crate::world::{Scope, World};

/// What goes back at once; events come through the session.
pub(super) enum Reaction {
    None,
    Reply(String),
}

/// Handles one payload.
pub(super) fn handle(connection: &mut Connection, payload: &Value) -> Result<Reaction, Close> {
    let opcode = payload["op"].as_i64().ok_or(Close::DECODE_ERROR)?;
    let data = &payload["d"];
    match opcode {
        op::HEARTBEAT => {
            if !data.is_null() && data.as_u64().is_none() {
                return Err(Close::DECODE_ERROR);
            }
            return Ok(Reaction::Reply(plain(op::HEARTBEAT_ACK, &Value::Null)));
        }
        op::IDENTIFY | op::RESUME if connection.session.is_some() => {
            return Err(Close::ALREADY_AUTHENTICATED);
        }
        op::IDENTIFY => return identify(connection, data),
        op::RESUME => return resume(connection, data),
        op::PRESENCE_UPDATE
        | op::VOICE_STATE_UPDATE
        | op::REQUEST_GUILD_MEMBERS
        | op::REQUEST_SOUNDBOARD_SOUNDS => {}
        _ => return Err(Close::UNKNOWN_OPCODE),
    }
    let Some(session) = connection.session.clone() else {
        return Err(Close::NOT_AUTHENTICATED);
    };
    let mut world = connection.shared.lock();
    match opcode {
        op::PRESENCE_UPDATE => {
            let status = data["status"].as_str().unwrap_or_default();
            let appears = Status::of_client(status).ok_or(Close::DECODE_ERROR)?;
            let bot = world.app.bot;
            world.set_presence(bot, appears);
            let noted = json!({"action": "presence", "status": status, "activities": data["activities"]});
            world.note("gateway", None, None, noted);
        }
        op::VOICE_STATE_UPDATE => voice_state(&mut world, data)?,
        op::REQUEST_SOUNDBOARD_SOUNDS => {
            for guild in data["guild_ids"]
                .as_array()
                .into_iter()
                .flatten()
                .take(limits::GUILDS)
            {
                let sounds = json!({"guild_id": guild, "soundboard_sounds": []});
                world.sessions.deliver(&session, "SOUNDBOARD_SOUNDS", &sounds);
            }
        }
        _ => request_members(&mut world, &session, data)?,
    }
    Ok(Reaction::None)
}

fn identify(connection: &mut Connection, data: &Value) -> Result<Reaction, Close> {
    let mut world = connection.shared.lock();
    let token = data["token"].as_str().ok_or(Close::DECODE_ERROR)?;
    if token != world.app.token {
        return Err(Close::AUTHENTICATION_FAILED);
    }
    if !data["properties"].is_object() {
        return Err(Close::DECODE_ERROR);
    }
    if let Some(shard) = data.get("shard").filter(|shard| !shard.is_null())
        && *shard != json!([0, 1])
    {
        return Err(Close::INVALID_SHARD);
    }
    let intents = data["intents"]
        .as_u64()
        .and_then(Intents::from_bits)
        .ok_or(Close::INVALID_INTENTS)?;
    let switches = world.app.intents;
    let refused = (intents.has(Intents::GUILD_MEMBERS) && !switches.members)
        || (intents.has(Intents::GUILD_PRESENCES) && !switches.presences)
        || (intents.has(Intents::MESSAGE_CONTENT) && !switches.message_content);
    if refused {
        return Err(Close::DISALLOWED_INTENTS);
    }
    if let Some(close) = world.faults.on_identify().and_then(Close::of) {
        return Err(close);
    }
    if !world.sessions.may_identify(connection.shared.limit_identify) {
        world.note("gateway", None, None, json!({"action": "identify_too_soon"}));
        return Ok(Reaction::Reply(plain(op::INVALID_SESSION, &false.into())));
    }
    connection.compress = data["compress"] == true;
    let session = new_session_id();
    let link = connection
        .link
        .take()
        .expect("a connection without session has its link");
    world
        .sessions
        .open(session.clone(), intents, connection.number, link);
    let ready = ready(&world, &session, data);
    world.sessions.deliver(&session, "READY", &ready);
    if intents.has(Intents::GUILDS) {
        let guilds: Vec<Value> = world
            .guilds
            .values()
            .filter(|guild| world.serves(guild.id) && guild.members.contains_key(&world.app.bot))
            .map(|guild| world.guild_create_json(guild, intents))
            .collect();
        for guild in guilds {
            world.sessions.deliver(&session, "GUILD_CREATE", &guild);
        }
    }
    let noted =
        json!({"action": "ready", "session_id": session, "intents": intents.0, "client": client_name(data)});
    world.note("gateway", None, None, noted);
    drop(world);
    connection.session = Some(session);
    Ok(Reaction::None)
}

fn resume(connection: &mut Connection, data: &Value) -> Result<Reaction, Close> {
    let mut world = connection.shared.lock();
    let token = data["token"].as_str().ok_or(Close::DECODE_ERROR)?;
    let session = data["session_id"].as_str().ok_or(Close::DECODE_ERROR)?;
    let sequence = data["seq"].as_u64().ok_or(Close::DECODE_ERROR)?;
    if token != world.app.token {
        return Err(Close::AUTHENTICATION_FAILED);
    }
    if world.faults.on_resume() {
        world.note(
            "gateway",
            None,
            None,
            json!({"action": "resume_refused", "by": "fault"}),
        );
        return Ok(Reaction::Reply(plain(op::INVALID_SESSION, &false.into())));
    }
    let link = connection
        .link
        .clone()
        .expect("a connection without session has its link");
    match world.sessions.resume(session, sequence, connection.number, link) {
        Ok(()) => {
            connection.link = None;
            world.note(
                "gateway",
                None,
                None,
                json!({"action": "resumed", "session_id": session, "after": sequence}),
            );
            drop(world);
            connection.session = Some(session.to_owned());
            Ok(Reaction::None)
        }
        Err(Refused::Unknown) => {
            world.note("gateway", None, None, json!({"action": "resume_refused"}));
            Ok(Reaction::Reply(plain(op::INVALID_SESSION, &false.into())))
        }
        Err(Refused::Sequence) => Err(Close::INVALID_SEQUENCE),
    }
}

fn ready(world: &World, session: &str, data: &Value) -> Value {
    let guilds: Vec<Value> = world
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&world.app.bot))
        .map(|guild| json!({"id": guild.id, "unavailable": true}))
        .collect();
    let mut ready = json!({
        "v": 10,
        "user_settings": {},
        "user": world.users[&world.app.bot].own_json(),
        "session_type": "normal",
        "session_id": session,
        "resume_gateway_url": world.gateway_url(),
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": guilds,
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "auth": {},
        "application": {"id": world.app.id, "flags": world.application_flags()},
        "_trace": ["discord-sim"],
    });
    if let Some(shard) = data.get("shard").filter(|shard| !shard.is_null()) {
        ready["shard"] = shard.clone();
    }
    ready
}

fn voice_state(world: &mut World, data: &Value) -> Result<(), Close> {
    let guild = snowflake(&data["guild_id"]).ok_or(Close::DECODE_ERROR)?;
    let channel = match &data["channel_id"] {
        Value::Null => None,
        value => Some(snowflake(value).ok_or(Close::DECODE_ERROR)?),
    };
    let bot = world.app.bot;
    let moved = world
        .guilds
        .get(&guild)
        .and_then(|guild| guild.voice.get(&bot))
        .is_none_or(|state| state.channel != channel);
    // A refusal has no answer on the gateway: nothing happens, and the timeline says so.
    let outcome = channel
        .map_or(Ok(()), |channel| {
            world.require_in(channel, bot, Permissions::CONNECT).map(drop)
        })
        .and_then(|()| {
            world.change_voice(guild, bot, |state| {
                state.channel = channel;
                state.self_mute = data["self_mute"] == true;
                state.self_deaf = data["self_deaf"] == true;
            })
        });
    if outcome.is_ok() && moved && channel.is_some() {
        // No sound is ever carried: Discord says so with an address that is not there yet.
        let token = format!("{:016x}", rand::rng().random::<u64>());
        let server = json!({"token": token, "guild_id": guild, "endpoint": null});
        world.emit(
            "VOICE_SERVER_UPDATE",
            Intents::GUILD_VOICE_STATES,
            Scope::Guild(guild),
            &server,
        );
    }
    if let Err(error) = outcome {
        world.note(
            "gateway",
            Some(guild),
            channel,
            json!({"action": "voice_refused", "error": error.explain()}),
        );
    }
    Ok(())
}

/// Answers opcode 8 with as many chunks as the members need.
fn request_members(world: &mut World, session: &str, data: &Value) -> Result<(), Close> {
    let guild_id = match &data["guild_id"] {
        Value::Array(one) if one.len() == 1 => snowflake(&one[0]),
        value => snowflake(value),
    };
    let guild_id = guild_id.ok_or(Close::DECODE_ERROR)?;
    let intents = world.sessions.intents(session).unwrap_or_default();
    let limit = data["limit"].as_u64().unwrap_or(0);
    let query = data["query"].as_str();
    let wanted: Option<Vec<Snowflake>> = match &data["user_ids"] {
        Value::Null => None,
        Value::Array(list) => Some(list.iter().filter_map(snowflake).take(100).collect()),
        one => Some(snowflake(one).into_iter().collect()),
    };
    if query.is_none() && wanted.is_none() {
        return Err(Close::DECODE_ERROR);
    }
    let presences = data["presences"] == true && intents.has(Intents::GUILD_PRESENCES);
    let everybody = wanted.is_none() && query == Some("") && limit == 0;
    let Ok(guild) = world.bots_guild(guild_id) else {
        let noted = json!({"action": "members_refused", "error": "the bot is not in this guild"});
        world.note("gateway", Some(guild_id), None, noted);
        return Ok(());
    };
    if everybody && !intents.has(Intents::GUILD_MEMBERS) {
        let noted =
            json!({"action": "members_refused", "error": "all members need the GUILD_MEMBERS intent"});
        world.note("gateway", Some(guild_id), None, noted);
        return Ok(());
    }
    let limit = if limit == 0 {
        usize::MAX
    } else {
        usize::try_from(limit).unwrap_or(100).min(100)
    };
    let query = query.unwrap_or_default().to_lowercase();
    let matches = |member: &&Member| match &wanted {
        Some(ids) => ids.contains(&member.user),
        None => world.name_matches(member, &query),
    };
    let found: Vec<&Member> = guild.members.values().filter(matches).take(limit).collect();
    let missing: Vec<&Snowflake> = wanted
        .iter()
        .flatten()
        .filter(|id| !guild.members.contains_key(id))
        .collect();
    let parts: Vec<&[&Member]> = if found.is_empty() {
        vec![&[]]
    } else {
        found.chunks(limits::MEMBERS_CHUNK).collect()
    };
    let count = parts.len();
    let mut chunks = Vec::with_capacity(count);
    for (index, part) in parts.into_iter().enumerate() {
        let mut chunk = json!({
            "guild_id": guild_id,
            "members": part.iter().map(|member| world.member_json(member)).collect::<Vec<_>>(),
            "chunk_index": index,
            "chunk_count": count,
            "not_found": missing,
        });
        if presences {
            chunk["presences"] = part
                .iter()
                .map(|member| world.presence_json(member.user))
                .collect();
        }
        if let Some(nonce) = data["nonce"].as_str().filter(|nonce| nonce.len() <= 32) {
            chunk["nonce"] = nonce.into();
        }
        chunks.push(chunk);
    }
    for chunk in chunks {
        world.sessions.deliver(session, "GUILD_MEMBERS_CHUNK", &chunk);
    }
    Ok(())
}

/// Returns the library's own name for itself, for the timeline.
fn client_name(data: &Value) -> String {
    let properties = &data["properties"];
    let name = ["browser", "$browser", "device", "os"]
        .iter()
        .find_map(|key| properties[*key].as_str());
    name.unwrap_or_default().chars().take(64).collect()
}

fn new_session_id() -> String {
    let mut random = rand::rng();
    (0..2).fold(String::with_capacity(32), |mut id, _| {
        let _ = write!(id, "{:016x}", random.random::<u64>());
        id
    })
}
