//! Seeds: what a simulated Discord starts with, from a YAML or JSON file.
//!
//! Everything refers to everything else by name; ids are optional and then made in the order of the file from a
//! fixed date, so that the same file always gives the same ids.

mod build;

use serde::Deserialize;

use crate::form::Object;
use crate::id::Snowflake;
use crate::permissions::Permissions;
use crate::snapshot::Exact;
use crate::world::application::PrivilegedIntents;

/// The seed used when none is given: the guild «Maid Café».
const DEFAULT: &str = include_str!("../default_seed.yaml");

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
    /// Global commands, as Discord's own forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Object>,
    /// The whole state id by id, as it was exported; nothing else is said beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<Exact>,
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
    /// Who is banned, by user name.
    #[serde(default)]
    pub bans: Vec<String>,
    /// The guild's commands, as Discord's own forms.
    #[serde(default)]
    pub commands: Vec<Object>,
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
    /// What was said, oldest first.
    #[serde(default)]
    pub messages: Vec<MessageSeed>,
    /// Its webhooks.
    #[serde(default)]
    pub webhooks: Vec<WebhookSeed>,
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The author's user name.
    pub author: String,
    /// What it says.
    pub content: String,
    /// Whether it is pinned.
    #[serde(default)]
    pub pinned: bool,
}

/// A webhook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSeed {
    /// The id.
    pub id: Option<Snowflake>,
    /// The name.
    pub name: String,
    /// What executes it.
    pub token: String,
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
    /// The voice channel it is in, by name.
    pub voice: Option<String>,
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
    /// An exact state is not what was exported.
    #[error("the exact state does not have the right shape")]
    Exact(#[source] serde_json::Error),
    /// An exact state stands beside something else.
    #[error("an exact state says everything; `bot`, `users`, `guilds` and `commands` cannot stand beside it")]
    Beside,
    /// There is too much of something.
    #[error("the seed has more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A form of the seed is one that Discord would refuse.
    #[error("the seed has a command that Discord would refuse: {0}")]
    Command(String),
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
        // What was exported is JSON and can be large; the reader of YAML takes it too, but its time.
        if text.trim_start().starts_with('{')
            && let Ok(seed) = serde_json::from_str(text)
        {
            return Ok(seed);
        }
        Ok(serde_norway::from_str(text)?)
    }

    /// Returns a seed that is nothing but an exact state.
    pub(crate) fn exactly(exact: Exact) -> Self {
        Self {
            bot: BotSeed::default(),
            users: Vec::new(),
            guilds: Vec::new(),
            commands: Vec::new(),
            exact: Some(exact),
        }
    }

    /// Returns the exact state as a file, when the seed is one.
    pub fn to_json(&self) -> Option<String> {
        let exact = self.exact.as_ref()?;
        serde_json::to_string(&serde_json::json!({"exact": exact})).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::world::World;

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
