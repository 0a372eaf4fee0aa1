//! Setting the stage: guilds, channels, roles, members and what the bot may do.

use serde_json::{Value, json};

use super::{Control, ControlError, Done, Who, find_user};
use crate::form::Object;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;
use crate::world::application::PrivilegedIntents;
use crate::world::channel::{Channel, Overwrite, Target, kind};
use crate::world::guild::Guild;
use crate::world::member::Member;
use crate::world::role::Role;
use crate::world::user::User;

impl Control {
    /// Creates a guild with a text channel `general`; the bot joins with `bot` as its role's permissions.
    pub fn create_guild(
        &self,
        name: &str,
        owner: impl Into<Who>,
        bot: Option<Permissions>,
    ) -> Done<Snowflake> {
        let mut world = self.shared.lock();
        let owner = find_user(&world, &owner.into())?;
        if world.guilds.len() >= limits::GUILDS {
            return Err(ControlError::Refused("there are too many guilds".to_owned()));
        }
        let (id, now, me) = (world.new_id(), world.now(), world.app.bot);
        let mut guild = Guild::new(id, name.chars().take(100).collect(), owner);
        guild.members.insert(owner, Member::new(owner, now));
        let channel = Channel::new(world.new_id(), Some(id), kind::TEXT, "general".to_owned());
        guild.system_channel = Some(channel.id);
        if let Some(permissions) = bot {
            let role = world.new_id();
            let name = world.app.name.clone();
            guild.roles.insert(
                role,
                Role {
                    id: role,
                    name,
                    color: 0,
                    hoist: false,
                    position: 1,
                    permissions,
                    mentionable: false,
                    bot: Some(me),
                },
            );
            let mut member = Member::new(me, now);
            member.roles.push(role);
            guild.members.insert(me, member);
        }
        world.channels.insert(channel.id, channel);
        world.guilds.insert(id, guild);
        world.announce_guild(id);
        Ok(id)
    }

    /// Deletes a guild with everything in it.
    pub fn delete_guild(&self, guild: Snowflake) -> Done<()> {
        let mut world = self.shared.lock();
        world.guild(guild)?;
        world.guild_gone(guild);
        world.guilds.remove(&guild);
        world.channels.retain(|_, channel| channel.guild != Some(guild));
        Ok(())
    }

    /// Creates a channel from Discord's own form: `{"name": "x", "type": 0, "parent_id": ..}`.
    pub fn create_channel(&self, guild: Snowflake, form: &Object) -> Done<Value> {
        Ok(self.shared.lock().create_channel(None, guild, form)?)
    }

    /// Changes a channel with Discord's own form.
    pub fn edit_channel(&self, channel: Snowflake, form: &Object) -> Done<Value> {
        Ok(self.shared.lock().edit_channel(None, channel, form)?)
    }

    /// Deletes a channel.
    pub fn delete_channel(&self, channel: Snowflake) -> Done<()> {
        self.shared.lock().delete_channel(None, channel)?;
        Ok(())
    }

    /// Sets what a role or a member may do in a channel.
    pub fn set_overwrite(
        &self,
        channel: Snowflake,
        target: Snowflake,
        allow: Permissions,
        deny: Permissions,
    ) -> Done<()> {
        let mut world = self.shared.lock();
        let guild = world.channel(channel)?.guild;
        let role = guild
            .and_then(|id| world.guilds.get(&id))
            .is_some_and(|guild| guild.roles.contains_key(&target));
        let target_kind = if role { Target::Role } else { Target::Member };
        Ok(world.set_overwrite(
            None,
            channel,
            Overwrite {
                id: target,
                target: target_kind,
                allow,
                deny,
            },
        )?)
    }

    /// Removes what [`Control::set_overwrite`] set.
    pub fn delete_overwrite(&self, channel: Snowflake, target: Snowflake) -> Done<()> {
        Ok(self.shared.lock().delete_overwrite(None, channel, target)?)
    }

    /// Creates a role from Discord's own form: `{"name": "x", "permissions": "8"}`.
    pub fn create_role(&self, guild: Snowflake, form: &Object) -> Done<Value> {
        Ok(self.shared.lock().create_role(None, guild, form)?)
    }

    /// Changes a role with Discord's own form.
    pub fn edit_role(&self, guild: Snowflake, role: Snowflake, form: &Object) -> Done<Value> {
        Ok(self.shared.lock().edit_role(None, guild, role, form)?)
    }

    /// Deletes a role.
    pub fn delete_role(&self, guild: Snowflake, role: Snowflake) -> Done<()> {
        Ok(self.shared.lock().delete_role(None, guild, role)?)
    }

    /// Sets what the bot's own role may do in a guild.
    pub fn set_bot_permissions(&self, guild: Snowflake, permissions: Permissions) -> Done<()> {
        let role = {
            let world = self.shared.lock();
            let bot = world.app.bot;
            world
                .guild(guild)?
                .roles
                .values()
                .find(|role| role.bot == Some(bot))
                .map(|role| role.id)
        };
        let role =
            role.ok_or_else(|| ControlError::NotFound("the bot has no role in this guild".to_owned()))?;
        let mut form = Object::new();
        form.insert("permissions".to_owned(), json!(permissions));
        self.edit_role(guild, role, &form).map(drop)
    }

    /// Lets a user join a guild, a new one when the name is not known yet; returns the member.
    pub fn add_member(
        &self,
        guild: Snowflake,
        username: &str,
        global_name: Option<&str>,
        bot: bool,
    ) -> Done<Value> {
        let mut world = self.shared.lock();
        let length = username.chars().count();
        if !(2..=32).contains(&length) || username.chars().any(char::is_whitespace) {
            return Err(ControlError::Refused(
                "a user name has 2 to 32 characters and no spaces".to_owned(),
            ));
        }
        world.guild(guild)?;
        let known = world.user_named(username).map(|user| user.id);
        let id = if let Some(id) = known {
            id
        } else {
            if world.users.len() >= limits::USERS {
                return Err(ControlError::Refused("there are too many users".to_owned()));
            }
            let user = User {
                id: world.new_id(),
                username: username.to_owned(),
                global_name: global_name.map(|name| name.chars().take(32).collect()),
                bot,
                avatar: None,
            };
            let id = user.id;
            world.users.insert(id, user);
            id
        };
        Ok(world.join(guild, id)?)
    }

    /// Lets a member leave a guild; the bot too.
    pub fn remove_member(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        let mut world = self.shared.lock();
        let user = find_user(&world, &who.into())?;
        Ok(world.leave(guild, user)?)
    }

    /// Changes a member with Discord's own form: nick, roles, communication_disabled_until, mute, deaf.
    pub fn edit_member(&self, guild: Snowflake, who: impl Into<Who>, form: &Object) -> Done<Value> {
        let mut world = self.shared.lock();
        let user = find_user(&world, &who.into())?;
        Ok(world.edit_member(None, guild, user, form)?)
    }

    /// Bans a user.
    pub fn ban(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        let mut world = self.shared.lock();
        let user = find_user(&world, &who.into())?;
        Ok(world.ban(None, guild, user)?)
    }

    /// Lifts a ban.
    pub fn unban(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        let mut world = self.shared.lock();
        let user = find_user(&world, &who.into())?;
        Ok(world.unban(None, guild, user)?)
    }

    /// Puts a member into a voice channel, or out of it, with its switches.
    pub fn set_voice(&self, guild: Snowflake, who: impl Into<Who>, voice: VoiceChange) -> Done<Value> {
        let mut world = self.shared.lock();
        let user = find_user(&world, &who.into())?;
        Ok(world.change_voice(guild, user, |state| {
            state.channel = voice.channel_id;
            state.self_mute = voice.self_mute;
            state.self_deaf = voice.self_deaf;
            state.self_stream = voice.self_stream;
            state.self_video = voice.self_video;
        })?)
    }

    /// Turns the developer portal's switches. Sessions that are open keep what they have, as with Discord.
    pub fn set_privileged_intents(&self, intents: PrivilegedIntents) {
        self.shared.lock().app.intents = intents;
    }
}

/// Where a member is to be, and how its microphone and camera are set.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "Discord's own shape")]
pub struct VoiceChange {
    /// The voice channel; none to leave.
    #[schema(value_type = Option<String>)]
    pub channel_id: Option<Snowflake>,
    /// Muted by itself.
    pub self_mute: bool,
    /// Deafened by itself.
    pub self_deaf: bool,
    /// Streams its screen.
    pub self_stream: bool,
    /// Shows its camera.
    pub self_video: bool,
}
