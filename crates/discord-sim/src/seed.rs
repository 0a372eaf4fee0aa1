//! Seeds: what a simulated Discord starts with, from a YAML or JSON file.
//!
//! Everything refers to everything else by name; ids are optional and then made in the order of the file from a
//! fixed date, so that the same file always gives the same ids.

use jiff::Timestamp;
use serde::Deserialize;

use crate::clock::Clock;
use crate::id::{IdSource, Snowflake};
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::application::{Application, PrivilegedIntents};
use crate::world::channel::{Channel, Overwrite, Target, channel_name, kind};
use crate::world::guild::Guild;
use crate::world::member::Member;
use crate::world::role::Role;
use crate::world::user::User;

/// The seed used when none is given: the guild «Maid Café».
const DEFAULT: &str = include_str!("default_seed.yaml");
/// Where ids begin that the file does not give.
const EPOCH: &str = "2024-01-01T00:00:00Z";

/// What a simulated Discord starts with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The application and its bot.
    #[serde(default)]
    pub bot: BotSeed,
    /// People, and other bots.
    #[serde(default)]
    pub users: Vec<UserSeed>,
    /// Guilds.
    #[serde(default)]
    pub guilds: Vec<GuildSeed>,
}

/// The application and its bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BotSeed {
    /// The bot user's id, and the application's: they are the same, as with every newer bot.
    pub id: Option<Snowflake>,
    /// The bot's user name.
    pub username: String,
    /// The application's name; the user name when absent.
    pub application: Option<String>,
    /// The token; a random one when absent.
    pub token: Option<String>,
    /// The switches of the developer portal.
    pub privileged_intents: PrivilegedIntents,
}

impl Default for BotSeed {
    fn default() -> Self {
        Self {
            id: None,
            username: "bot".to_owned(),
            application: None,
            token: None,
            privileged_intents: PrivilegedIntents::default(),
        }
    }
}

/// A user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The user name; unique.
    pub username: String,
    /// The name people see.
    pub global_name: Option<String>,
    /// Whether it is a bot.
    #[serde(default)]
    pub bot: bool,
}

/// A guild.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuildSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The name.
    pub name: String,
    /// The owner's user name.
    pub owner: String,
    /// The description.
    pub description: Option<String>,
    /// The channel for system messages, by name.
    pub system_channel: Option<String>,
    /// What everyone may do; Discord's defaults when absent.
    pub everyone: Option<Permissions>,
    /// Roles from the lowest to the highest.
    #[serde(default)]
    pub roles: Vec<RoleSeed>,
    /// Channels from top to bottom; a category before its channels.
    #[serde(default)]
    pub channels: Vec<ChannelSeed>,
    /// Members beside the owner.
    #[serde(default)]
    pub members: Vec<MemberSeed>,
    /// What the bot's own role may do; without it the bot is not in the guild.
    pub bot: Option<Permissions>,
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The name.
    pub name: String,
    /// What it grants.
    #[serde(default)]
    pub permissions: Permissions,
    /// The colour.
    #[serde(default)]
    pub color: i64,
    /// Whether its members are listed apart.
    #[serde(default)]
    pub hoist: bool,
    /// Whether everybody may mention it.
    #[serde(default)]
    pub mentionable: bool,
}

/// A channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The name.
    pub name: String,
    /// What kind of channel.
    #[serde(default, rename = "type")]
    pub kind: ChannelKind,
    /// The category, by name.
    pub parent: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// Permission overwrites.
    #[serde(default)]
    pub overwrites: Vec<OverwriteSeed>,
}

/// The kinds of channel a seed can have.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Text.
    #[default]
    Text,
    /// Voice.
    Voice,
    /// A category.
    Category,
    /// Announcements.
    Announcement,
    /// A stage.
    Stage,
    /// A forum.
    Forum,
}

/// A permission overwrite; exactly one of `role` and `member` is set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverwriteSeed {
    /// The role, by name; `@everyone` too.
    pub role: Option<String>,
    /// The member, by user name.
    pub member: Option<String>,
    /// What is allowed.
    #[serde(default)]
    pub allow: Permissions,
    /// What is denied.
    #[serde(default)]
    pub deny: Permissions,
}

/// A member.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberSeed {
    /// The user name.
    pub user: String,
    /// The nickname.
    pub nick: Option<String>,
    /// Roles, by name.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// Why a seed cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file is not what a seed looks like.
    #[error("the seed does not have the right shape")]
    Shape(#[from] serde_norway::Error),
    /// Something refers to a name that is not there.
    #[error("the seed refers to the {kind} `{name}`, which it does not define (before)")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Two things have one id or one name.
    #[error("the seed defines {0} twice")]
    Twice(String),
}

impl Default for Seed {
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the built-in seed is tested")
    }
}

impl Seed {
    /// Reads a seed from YAML or JSON.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        Ok(serde_norway::from_str(text)?)
    }

    /// Returns the bot's id, given or made: the first that [`Seed::build`] makes.
    pub(crate) fn bot_id(&self) -> Snowflake {
        let start: Timestamp = EPOCH.parse().expect("a constant date");
        self.bot.id.unwrap_or_else(|| IdSource::default().next(start))
    }

    /// Builds the world it describes.
    pub(crate) fn build(&self, clock: Clock, token: String, base: String) -> Result<World, SeedError> {
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
        let greatest = world
            .users
            .keys()
            .chain(world.guilds.keys())
            .chain(world.channels.keys())
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
        guild.roles.insert(
            role,
            Role {
                id: role,
                name,
                color: 0,
                hoist: false,
                position,
                permissions,
                mentionable: false,
                bot: Some(bot),
            },
        );
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
        if world.channels.insert(channel.id, channel).is_some() {
            return Err(SeedError::Twice(format!("the id of the channel {}", seed.name)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn build(text: &str) -> Result<World, SeedError> {
        Seed::parse(text)?.build(Clock::default(), "t".to_owned(), "http://127.0.0.1:1".to_owned())
    }

    #[test]
    fn the_default_seed_is_the_maid_cafe() {
        let world = build(DEFAULT).unwrap();
        let guild = world.guilds.values().next().unwrap();
        assert_eq!(guild.name, "Maid Café");
        assert_eq!(world.users[&guild.owner].username, "alice");
        let names: Vec<_> = world
            .guild_channels(guild.id)
            .map(|channel| channel.name.as_str())
            .collect();
        assert!(
            ["general", "welcome", "bot-spam"]
                .iter()
                .all(|name| names.contains(name)),
            "{names:?}"
        );
        let general = world
            .guild_channels(guild.id)
            .find(|channel| channel.name == "general")
            .unwrap();
        assert!(
            world
                .permissions_in(general, world.app.bot)
                .has(Permissions::SEND_MESSAGES)
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let text = "{users: [{username: a}], guilds: [{name: g, owner: a, bot: '8', channels: [{name: c}]}]}";
        let (one, two) = (build(text).unwrap(), build(text).unwrap());
        assert_eq!(
            one.channels.keys().collect::<Vec<_>>(),
            two.channels.keys().collect::<Vec<_>>()
        );
    }

    #[test]
    fn mistakes_are_named() {
        let unknown = build("{guilds: [{name: g, owner: nobody}]}").unwrap_err();
        assert!(unknown.to_string().contains("user `nobody`"), "{unknown}");
        assert!(matches!(
            build("{users: [{username: a}, {username: a}]}"),
            Err(SeedError::Twice(_))
        ));
        assert!(matches!(build("{colour: red}"), Err(SeedError::Shape(_))));
    }
}
