//! Voice states: who is in which voice channel. No sound is ever carried.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::channel::kind;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::Patch;
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::permissions::Permissions;

/// Where a member is, and how it set its microphone.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Discord's own shape")]
pub(crate) struct VoiceState {
    pub(crate) user: Snowflake,
    pub(crate) channel: Option<Snowflake>,
    pub(crate) session: String,
    pub(crate) mute: bool,
    pub(crate) deaf: bool,
    pub(crate) self_mute: bool,
    pub(crate) self_deaf: bool,
    pub(crate) self_stream: bool,
    pub(crate) self_video: bool,
    /// On a stage: whether it only listens.
    pub(crate) suppress: bool,
    /// On a stage: since when it asks to speak.
    pub(crate) raised: Option<Timestamp>,
}

impl VoiceState {
    pub(crate) fn new(user: Snowflake, session: String) -> Self {
        Self {
            user,
            channel: None,
            session,
            mute: false,
            deaf: false,
            self_mute: false,
            self_deaf: false,
            self_stream: false,
            self_video: false,
            suppress: false,
            raised: None,
        }
    }

    /// Returns the object as GUILD_CREATE has it: without guild.
    pub(crate) fn partial_json(&self) -> Value {
        let mut state = json!({
            "channel_id": self.channel,
            "user_id": self.user,
            "session_id": self.session,
            "deaf": self.deaf,
            "mute": self.mute,
            "self_deaf": self.self_deaf,
            "self_mute": self.self_mute,
            "self_video": self.self_video,
            "suppress": self.suppress,
            "request_to_speak_timestamp": self.raised.map(iso),
        });
        if self.self_stream {
            state["self_stream"] = true.into();
        }
        state
    }

    /// Returns the object with its guild.
    pub(crate) fn json(&self, guild: Snowflake) -> Value {
        let mut state = self.partial_json();
        state["guild_id"] = json!(guild);
        state
    }
}

impl World {
    /// Checks that a channel is one to speak in, of this guild.
    pub(crate) fn require_voice_channel(&self, guild: Snowflake, id: Snowflake) -> Outcome<()> {
        let channel = self.channel(id)?;
        if channel.guild == Some(guild) && channel.is_voice() {
            Ok(())
        } else {
            Err(ApiError::wrong_channel_type())
        }
    }

    /// Changes who speaks on a stage: the bot itself, or others for those who moderate it.
    pub(crate) fn edit_stage_voice(
        &mut self,
        actor: Snowflake,
        guild: Snowflake,
        user: Snowflake,
        channel: Option<Snowflake>,
        suppress: Option<bool>,
        raised: Patch<Timestamp>,
    ) -> Outcome<()> {
        let known = self.guild(guild)?.voice.get(&user);
        let here = known
            .and_then(|state| state.channel)
            .ok_or_else(ApiError::unknown_voice_state)?;
        let stage = self.channel(here)?;
        if stage.kind != kind::STAGE || channel.is_some_and(|id| id != here) {
            return Err(ApiError::wrong_channel_type());
        }
        let permissions = self.permissions_in(stage, actor);
        let speaks = suppress == Some(false) || actor != user;
        if (speaks && !permissions.has(Permissions::MUTE_MEMBERS))
            || (matches!(raised, Patch::Set(_)) && !permissions.has(Permissions::REQUEST_TO_SPEAK))
        {
            return Err(ApiError::missing_permissions());
        }
        self.change_voice(guild, user, |state| {
            state.suppress = suppress.unwrap_or(state.suppress);
            raised.apply(&mut state.raised);
        })
        .map(drop)
    }

    /// Moves a member into a voice channel, out of it, or changes its switches.
    pub(crate) fn change_voice(
        &mut self,
        guild_id: Snowflake,
        user: Snowflake,
        change: impl FnOnce(&mut VoiceState),
    ) -> Outcome<Value> {
        let session = format!("{:032x}", self.new_id().0);
        let guild = self.guild(guild_id)?;
        let member = guild.members.get(&user).ok_or_else(ApiError::unknown_member)?;
        let member_json = self.member_json(member);
        let mut state = guild
            .voice
            .get(&user)
            .cloned()
            .unwrap_or_else(|| VoiceState::new(user, session));
        change(&mut state);
        if let Some(id) = state.channel {
            self.require_voice_channel(guild_id, id)?;
        }
        let mut data = state.json(guild_id);
        data["member"] = member_json;
        let channel = state.channel;
        let guild = self.guild_mut(guild_id)?;
        if channel.is_some() {
            guild.voice.insert(user, state);
        } else {
            guild.voice.remove(&user);
        }
        self.emit(
            "VOICE_STATE_UPDATE",
            Intents::GUILD_VOICE_STATES,
            Scope::Guild(guild_id),
            &data,
        );
        self.note("voice_state_update", Some(guild_id), channel, data.clone());
        Ok(data)
    }
}
