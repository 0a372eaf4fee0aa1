//! Snapshots: the whole state as it is, id by id. What a seed says in short, a snapshot says exactly.
//!
//! Live things are not in it: sessions, interactions and their tokens, typing, rate limits, faults, the timeline.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Clock;
use crate::form::snowflake;
use crate::id::Snowflake;
use crate::limits;
use crate::seed::SeedError;
use crate::world::World;
use crate::world::application::{Application, PrivilegedIntents};
use crate::world::channel::Channel;
use crate::world::command::Command;
use crate::world::files::Upload;
use crate::world::guild::Guild;
use crate::world::invite::Invite;
use crate::world::presence::Status;
use crate::world::user::User;
use crate::world::webhook::Webhook;

/// Stands in files for the address at which the simulator is reached.
const ADDRESS: &str = "http://discord-sim.invalid";

/// An exact state, to be kept in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exact(Value);

/// What is in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    app: App,
    last_id: Snowflake,
    users: Vec<User>,
    guilds: Vec<Guild>,
    unavailable: Vec<Snowflake>,
    channels: Vec<Channel>,
    webhooks: Vec<Webhook>,
    invites: Vec<Invite>,
    commands: Vec<Scope>,
    presences: Vec<(Snowflake, Status)>,
    files: Vec<(Snowflake, Upload)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    id: Snowflake,
    name: String,
    bot: Snowflake,
    owner: Snowflake,
    privileged_intents: PrivilegedIntents,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scope {
    guild: Option<Snowflake>,
    commands: Vec<Command>,
}

impl Exact {
    /// Returns the bot's id.
    pub(crate) fn bot_id(&self) -> Option<Snowflake> {
        snowflake(&self.0["app"]["bot"])
    }

    /// Takes the state of a world.
    pub(crate) fn of(world: &World) -> Self {
        let app = &world.app;
        let snapshot = Snapshot {
            app: App {
                id: app.id,
                name: app.name.clone(),
                bot: app.bot,
                owner: app.owner,
                privileged_intents: app.intents,
            },
            last_id: world.ids.last(),
            users: world.users.values().cloned().collect(),
            guilds: world.guilds.values().cloned().collect(),
            unavailable: world.unavailable.iter().copied().collect(),
            channels: world.channels.values().cloned().collect(),
            webhooks: world.webhooks.values().cloned().collect(),
            invites: world.invites.values().cloned().collect(),
            commands: world
                .commands
                .scopes()
                .map(|(guild, commands)| Scope {
                    guild: *guild,
                    commands: commands.clone(),
                })
                .collect(),
            presences: world
                .presences
                .iter()
                .map(|(user, status)| (*user, *status))
                .collect(),
            files: world.files.all().cloned().collect(),
        };
        let text = serde_json::to_string(&snapshot).expect("plain data becomes JSON");
        // Addresses of attachments hold wherever the state is loaded.
        let text = text.replace(&world.base, ADDRESS);
        Self(serde_json::from_str(&text).expect("it was JSON a moment ago"))
    }

    /// Builds the world it was taken from.
    pub(crate) fn build(&self, clock: Clock, token: String, base: String) -> Result<World, SeedError> {
        let text = self.0.to_string().replace(ADDRESS, &base);
        let snapshot: Snapshot = serde_json::from_str(&text).map_err(SeedError::Exact)?;
        let sizes = [
            (snapshot.users.len(), limits::USERS, "users"),
            (snapshot.guilds.len(), limits::GUILDS, "guilds"),
            (
                snapshot.channels.len(),
                limits::GUILDS * limits::GUILD_CHANNELS,
                "channels",
            ),
        ];
        if let Some((_, most, what)) = sizes.into_iter().find(|(size, most, _)| size > most) {
            return Err(SeedError::TooMany { what, most });
        }
        let App {
            id,
            name,
            bot,
            owner,
            privileged_intents,
        } = snapshot.app;
        let app = Application {
            id,
            name,
            bot,
            owner,
            token,
            intents: privileged_intents,
        };
        let mut world = World::new(clock, app, base);
        world.users = snapshot.users.into_iter().map(|user| (user.id, user)).collect();
        world.guilds = snapshot
            .guilds
            .into_iter()
            .map(|guild| (guild.id, guild))
            .collect();
        world.unavailable = snapshot.unavailable.into_iter().collect();
        world.channels = snapshot
            .channels
            .into_iter()
            .map(|channel| (channel.id, channel))
            .collect();
        world.webhooks = snapshot
            .webhooks
            .into_iter()
            .map(|hook| (hook.id, hook))
            .collect();
        world.invites = snapshot
            .invites
            .into_iter()
            .map(|invite| (invite.code.clone(), invite))
            .collect();
        for Scope { guild, commands } in snapshot.commands {
            world.commands.restore(guild, commands);
        }
        world.presences = snapshot.presences.into_iter().collect();
        for (id, upload) in snapshot.files {
            world.files.store(id, upload);
        }
        world.ids.after(snapshot.last_id);
        check(&world)?;
        Ok(world)
    }
}

/// Checks what the rest of the simulator takes for granted.
fn check(world: &World) -> Result<(), SeedError> {
    let unknown = |kind, id: Snowflake| SeedError::Unknown {
        kind,
        name: id.to_string(),
    };
    for user in [world.app.bot, world.app.owner] {
        if !world.users.contains_key(&user) {
            return Err(unknown("user", user));
        }
    }
    for guild in world.guilds.values() {
        if !guild.roles.contains_key(&guild.id) {
            return Err(unknown("role", guild.id));
        }
        let people = guild
            .members
            .keys()
            .chain([&guild.owner])
            .chain(guild.bans.keys());
        for user in people {
            if !world.users.contains_key(user) {
                return Err(unknown("user", *user));
            }
        }
    }
    for channel in world.channels.values() {
        if let Some(guild) = channel.guild.filter(|guild| !world.guilds.contains_key(guild)) {
            return Err(unknown("guild", guild));
        }
        if channel.is_thread() != channel.thread.is_some() {
            return Err(unknown("thread", channel.id));
        }
    }
    Ok(())
}
