//! Building the world that a seed describes in short.

use jiff::Timestamp;

use super::{ChannelKind, GuildSeed, Seed, SeedError, UserSeed};
use crate::clock::Clock;
use crate::form::Object;
use crate::id::{IdSource, Snowflake};
use crate::snapshot::Exact;
use crate::world::World;
use crate::world::application::Application;
use crate::world::channel::{Channel, Overwrite, Target, channel_name, kind};
use crate::world::guild::Guild;
use crate::world::member::Member;
use crate::world::message::Message;
use crate::world::role::Role;
use crate::world::user::User;
use crate::world::voice::VoiceState;
use crate::world::webhook::{self, Webhook};

/// Where ids begin that the file does not give.
const EPOCH: &str = "2024-01-01T00:00:00Z";

impl Seed {
    /// Returns the bot's id: given, exported, or the first that [`Seed::build`] makes.
    pub(crate) fn bot_id(&self) -> Snowflake {
        if let Some(exact) = self.exact.as_ref().and_then(Exact::bot_id) {
            return exact;
        }
        let start: Timestamp = EPOCH.parse().expect("a constant date");
        self.bot.id.unwrap_or_else(|| IdSource::default().next(start))
    }

    /// Builds the world it describes.
    pub(crate) fn build(&self, clock: Clock, token: String, base: String) -> Result<World, SeedError> {
        if let Some(exact) = &self.exact {
            if !(self.users.is_empty() && self.guilds.is_empty() && self.commands.is_empty()) {
                return Err(SeedError::Beside);
            }
            return exact.build(clock, token, base);
        }
        let start: Timestamp = EPOCH.parse().expect("a constant date");
        let mut ids = IdSource::default();
        let mut id = |given: Option<Snowflake>| given.unwrap_or_else(|| ids.next(start));
        let bot = id(self.bot.id);
        let app = Application {
            id: bot,
            name: self
                .bot
                .application
                .clone()
                .unwrap_or_else(|| self.bot.username.clone()),
            bot,
            owner: bot,
            token,
            intents: self.bot.privileged_intents,
        };
        let mut world = World::new(clock, app, base);
        let me = UserSeed {
            id: Some(bot),
            username: self.bot.username.clone(),
            global_name: None,
            bot: true,
        };
        for seed in std::iter::once(&me).chain(&self.users) {
            let user = User {
                id: id(seed.id),
                username: seed.username.clone(),
                global_name: seed.global_name.clone(),
                bot: seed.bot,
                avatar: None,
            };
            if world.user_named(&user.username).is_some() || world.users.contains_key(&user.id) {
                return Err(SeedError::Twice(format!("the user {}", user.username)));
            }
            world.users.insert(user.id, user);
        }
        world.app.owner = world
            .users
            .values()
            .find(|user| !user.bot)
            .map_or(bot, |user| user.id);
        for guild in &self.guilds {
            build_guild(&mut world, guild, &mut id, start)?;
        }
        register(&mut world, None, &self.commands)?;
        for guild in &self.guilds {
            let id = world
                .guilds
                .values()
                .find(|built| built.name == guild.name)
                .map(|built| built.id);
            register(&mut world, id, &guild.commands)?;
        }
        let messages = world
            .channels
            .values()
            .flat_map(|channel| channel.messages.keys());
        let greatest = world
            .users
            .keys()
            .chain(world.guilds.keys())
            .chain(world.channels.keys())
            .chain(world.webhooks.keys())
            .chain(messages)
            .max()
            .copied();
        if let Some(greatest) = greatest {
            // An id of the seed may claim to be from the future; ids made later must not collide with it.
            let now = Snowflake::at(world.now());
            if greatest < now {
                world.ids.after(greatest);
            }
        }
        Ok(world)
    }
}

fn register(world: &mut World, scope: Option<Snowflake>, commands: &[Object]) -> Result<(), SeedError> {
    for command in commands {
        world
            .create_command(scope, command)
            .map_err(|error| SeedError::Command(error.explain()))?;
    }
    Ok(())
}

fn user_id(world: &World, name: &str) -> Result<Snowflake, SeedError> {
    let user = world.user_named(name).ok_or_else(|| SeedError::Unknown {
        kind: "user",
        name: name.to_owned(),
    })?;
    Ok(user.id)
}

fn build_guild(
    world: &mut World,
    seed: &GuildSeed,
    id: &mut impl FnMut(Option<Snowflake>) -> Snowflake,
    start: Timestamp,
) -> Result<(), SeedError> {
    let owner = user_id(world, &seed.owner)?;
    let guild_id = id(seed.id);
    let mut guild = Guild::new(guild_id, seed.name.clone(), owner);
    guild.description.clone_from(&seed.description);
    if let (Some(everyone), Some(role)) = (seed.everyone, guild.roles.get_mut(&guild_id)) {
        role.permissions = everyone;
    }
    guild.members.insert(owner, Member::new(owner, start));
    for (position, role) in (1..).zip(&seed.roles) {
        let role = Role {
            id: id(role.id),
            name: role.name.clone(),
            color: role.color,
            hoist: role.hoist,
            position,
            permissions: role.permissions,
            mentionable: role.mentionable,
            bot: None,
        };
        guild.roles.insert(role.id, role);
    }
    if let Some(permissions) = seed.bot {
        let bot = world.app.bot;
        let role = id(None);
        let name = world.app.name.clone();
        // Below the seed's own roles only when there are none: a bot is usually placed above ordinary members.
        let position = i64::try_from(seed.roles.len()).unwrap_or(0).max(1);
        for other in guild
            .roles
            .values_mut()
            .filter(|other| other.position >= position)
        {
            other.position += 1;
        }
        guild
            .roles
            .insert(role, Role::of_bot(role, name, position, permissions, bot));
        let mut member = Member::new(bot, start);
        member.roles.push(role);
        guild.members.insert(bot, member);
    }
    let role_id = |guild: &Guild, name: &str| {
        let role = guild.roles.values().find(|role| role.name == name);
        role.map(|role| role.id).ok_or_else(|| SeedError::Unknown {
            kind: "role",
            name: name.to_owned(),
        })
    };
    for seed in &seed.members {
        let user = user_id(world, &seed.user)?;
        let mut member = guild
            .members
            .remove(&user)
            .unwrap_or_else(|| Member::new(user, start));
        member.nick.clone_from(&seed.nick);
        for role in &seed.roles {
            member.roles.push(role_id(&guild, role)?);
        }
        guild.members.insert(user, member);
    }
    let mut positions = [0i64; 2];
    for seed in &seed.channels {
        let kind = match seed.kind {
            ChannelKind::Text => kind::TEXT,
            ChannelKind::Voice => kind::VOICE,
            ChannelKind::Category => kind::CATEGORY,
            ChannelKind::Announcement => kind::ANNOUNCEMENT,
            ChannelKind::Stage => kind::STAGE,
            ChannelKind::Forum => kind::FORUM,
        };
        let mut channel = Channel::new(id(seed.id), Some(guild_id), kind, channel_name(kind, &seed.name));
        let position = &mut positions[usize::from(kind == kind::CATEGORY)];
        channel.position = *position;
        *position += 1;
        channel.topic.clone_from(&seed.topic);
        if let Some(parent) = &seed.parent {
            let category = world
                .channels
                .values()
                .find(|c| c.guild == Some(guild_id) && c.name == *parent);
            let category = category.ok_or_else(|| SeedError::Unknown {
                kind: "category",
                name: parent.clone(),
            })?;
            channel.parent = Some(category.id);
        }
        for overwrite in &seed.overwrites {
            let (target, of) = match (&overwrite.role, &overwrite.member) {
                (Some(role), _) => (Target::Role, role_id(&guild, role)?),
                (None, Some(member)) => (Target::Member, user_id(world, member)?),
                (None, None) => {
                    return Err(SeedError::Unknown {
                        kind: "target of an overwrite in",
                        name: seed.name.clone(),
                    });
                }
            };
            channel.overwrites.push(Overwrite {
                id: of,
                target,
                allow: overwrite.allow,
                deny: overwrite.deny,
            });
        }
        for seed in &seed.messages {
            let message_id = id(seed.id);
            let mut message = Message::new(message_id, channel.id, user_id(world, &seed.author)?, start);
            message.content.clone_from(&seed.content);
            message.pinned = seed.pinned.then_some(start);
            channel.last_pin = message.pinned.or(channel.last_pin);
            channel.keep(message);
        }
        for seed in &seed.webhooks {
            let hook = Webhook {
                id: id(seed.id),
                kind: webhook::kind::INCOMING,
                guild: guild_id,
                channel: channel.id,
                name: seed.name.clone(),
                avatar: None,
                token: seed.token.clone(),
                creator: owner,
                application: None,
                source: None,
            };
            if world.webhooks.insert(hook.id, hook).is_some() {
                return Err(SeedError::Twice(format!("the id of the webhook {}", seed.name)));
            }
        }
        if world.channels.insert(channel.id, channel).is_some() {
            return Err(SeedError::Twice(format!("the id of the channel {}", seed.name)));
        }
    }
    for name in &seed.bans {
        guild.bans.insert(user_id(world, name)?, None);
    }
    for member in &seed.members {
        let Some(name) = &member.voice else { continue };
        let user = user_id(world, &member.user)?;
        let channel = world
            .channels
            .values()
            .find(|c| c.guild == Some(guild_id) && c.name == *name && c.is_voice());
        let channel = channel.ok_or_else(|| SeedError::Unknown {
            kind: "voice channel",
            name: name.clone(),
        })?;
        let mut state = VoiceState::new(user, format!("{:032x}", id(None).0));
        state.channel = Some(channel.id);
        guild.voice.insert(user, state);
    }
    if let Some(name) = &seed.system_channel {
        let channel = world
            .channels
            .values()
            .find(|c| c.guild == Some(guild_id) && c.name == *name);
        let channel = channel.ok_or_else(|| SeedError::Unknown {
            kind: "channel",
            name: name.clone(),
        })?;
        guild.system_channel = Some(channel.id);
    }
    if world.guilds.insert(guild_id, guild).is_some() {
        return Err(SeedError::Twice(format!("the id of the guild {}", seed.name)));
    }
    Ok(())
}
