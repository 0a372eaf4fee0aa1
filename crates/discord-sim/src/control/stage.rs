//! Setting the stage: guilds, channels, roles, members and what the bot may do.

use std::time::Duration;

use serde_json::Value;

use super::act::Act;
use super::chat::as_id;
use super::{Control, Done, Who};
use crate::form::Object;
use crate::id::Snowflake;
use crate::permissions::Permissions;
use crate::world::application::PrivilegedIntents;
use crate::world::presence::Status;

impl Control {
    /// Creates a guild with a text channel `general`; the bot joins with `bot` as its role's permissions.
    pub fn create_guild(
        &self,
        name: &str,
        owner: impl Into<Who>,
        bot: Option<Permissions>,
    ) -> Done<Snowflake> {
        as_id(self.act(Act::CreateGuild {
            name: name.to_owned(),
            owner: owner.into(),
            bot,
        })?)
    }

    /// Changes a guild with Discord's own form, as its owner.
    pub fn edit_guild(&self, guild: Snowflake, form: &Object) -> Done<Value> {
        self.act(Act::EditGuild {
            guild_id: guild,
            form: form.clone(),
        })
    }

    /// Deletes a guild with everything in it.
    pub fn delete_guild(&self, guild: Snowflake) -> Done<()> {
        self.act(Act::DeleteGuild { guild_id: guild }).map(drop)
    }

    /// Makes a guild unavailable to the gateway, as an outage of Discord does, or available again.
    pub fn set_available(&self, guild: Snowflake, available: bool) -> Done<()> {
        self.act(Act::SetAvailable {
            guild_id: guild,
            available,
        })
        .map(drop)
    }

    /// Creates a channel from Discord's own form: `{"name": "x", "type": 0, "parent_id": ..}`.
    pub fn create_channel(&self, guild: Snowflake, form: &Object) -> Done<Value> {
        self.act(Act::CreateChannel {
            guild_id: guild,
            form: form.clone(),
        })
    }

    /// Changes a channel or a thread with Discord's own form.
    pub fn edit_channel(&self, channel: Snowflake, form: &Object) -> Done<Value> {
        self.act(Act::EditChannel {
            channel_id: channel,
            form: form.clone(),
        })
    }

    /// Deletes a channel.
    pub fn delete_channel(&self, channel: Snowflake) -> Done<()> {
        self.act(Act::DeleteChannel { channel_id: channel }).map(drop)
    }

    /// Sets what a role or a member may do in a channel.
    pub fn set_overwrite(
        &self,
        channel: Snowflake,
        target: Snowflake,
        allow: Permissions,
        deny: Permissions,
    ) -> Done<()> {
        self.act(Act::SetOverwrite {
            channel_id: channel,
            target_id: target,
            allow,
            deny,
        })
        .map(drop)
    }

    /// Removes what [`Control::set_overwrite`] set.
    pub fn delete_overwrite(&self, channel: Snowflake, target: Snowflake) -> Done<()> {
        self.act(Act::DeleteOverwrite {
            channel_id: channel,
            target_id: target,
        })
        .map(drop)
    }

    /// Creates a role from Discord's own form: `{"name": "x", "permissions": "8"}`.
    pub fn create_role(&self, guild: Snowflake, form: &Object) -> Done<Value> {
        self.act(Act::CreateRole {
            guild_id: guild,
            form: form.clone(),
        })
    }

    /// Changes a role with Discord's own form.
    pub fn edit_role(&self, guild: Snowflake, role: Snowflake, form: &Object) -> Done<Value> {
        self.act(Act::EditRole {
            guild_id: guild,
            role_id: role,
            form: form.clone(),
        })
    }

    /// Deletes a role.
    pub fn delete_role(&self, guild: Snowflake, role: Snowflake) -> Done<()> {
        self.act(Act::DeleteRole {
            guild_id: guild,
            role_id: role,
        })
        .map(drop)
    }

    /// Sets what the bot's own role may do in a guild.
    pub fn set_bot_permissions(&self, guild: Snowflake, permissions: Permissions) -> Done<()> {
        self.act(Act::SetBotPermissions {
            guild_id: guild,
            permissions,
        })
        .map(drop)
    }

    /// Lets a user join a guild, a new one when the name is not known yet; returns the member.
    pub fn add_member(
        &self,
        guild: Snowflake,
        username: &str,
        global_name: Option<&str>,
        bot: bool,
    ) -> Done<Value> {
        self.act(Act::AddMember {
            guild_id: guild,
            username: username.to_owned(),
            global_name: global_name.map(str::to_owned),
            bot,
        })
    }

    /// Lets a member leave a guild; the bot too.
    pub fn remove_member(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        self.act(Act::RemoveMember {
            guild_id: guild,
            user: who.into(),
        })
        .map(drop)
    }

    /// Throws a member out, as a member who may.
    pub fn kick(&self, guild: Snowflake, user: impl Into<Who>, who: impl Into<Who>) -> Done<()> {
        self.act(Act::KickMember {
            guild_id: guild,
            user: user.into(),
            who: who.into(),
        })
        .map(drop)
    }

    /// Changes a member with Discord's own form: nick, roles, communication_disabled_until, mute, deaf.
    pub fn edit_member(&self, guild: Snowflake, who: impl Into<Who>, form: &Object) -> Done<Value> {
        self.act(Act::EditMember {
            guild_id: guild,
            user: who.into(),
            form: form.clone(),
        })
    }

    /// Bans a user.
    pub fn ban(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        self.set_banned(guild, who.into(), true)
    }

    /// Lifts a ban.
    pub fn unban(&self, guild: Snowflake, who: impl Into<Who>) -> Done<()> {
        self.set_banned(guild, who.into(), false)
    }

    fn set_banned(&self, guild: Snowflake, user: Who, banned: bool) -> Done<()> {
        self.act(Act::Ban {
            guild_id: guild,
            user,
            banned,
        })
        .map(drop)
    }

    /// Puts a member into a voice channel, or out of it, with its switches.
    pub fn set_voice(&self, guild: Snowflake, who: impl Into<Who>, voice: VoiceChange) -> Done<Value> {
        self.act(Act::SetVoice {
            guild_id: guild,
            user: who.into(),
            voice,
        })
    }

    /// Lets a user appear online, idle and so on.
    pub fn set_presence(&self, who: impl Into<Who>, status: Status) -> Done<()> {
        self.act(Act::SetPresence {
            user: who.into(),
            status,
        })
        .map(drop)
    }

    /// Turns the developer portal's switches. Sessions that are open keep what they have, as with Discord.
    pub fn set_privileged_intents(&self, intents: PrivilegedIntents) {
        // Switches can always be turned.
        let _ = self.act(Act::SetIntents { intents });
    }

    /// Stops the clock or lets it run on, and moves it forward; what falls due on the way happens at its own time.
    ///
    /// Unlike the [`Clock`](crate::Clock) itself this is recorded.
    pub fn set_clock(&self, frozen: Option<bool>, advance: Duration) {
        let advance_ms = u64::try_from(advance.as_millis()).unwrap_or(u64::MAX);
        // Clocks can always be set.
        let _ = self.act(Act::SetClock { frozen, advance_ms });
    }
}

/// Where a member is to be, and how its microphone and camera are set.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
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
