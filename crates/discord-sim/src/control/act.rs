//! Acts: all that members do and that is done to the stage, as data, so that it can be recorded and done again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Who;
use super::stage::VoiceChange;
use crate::form::Object;
use crate::id::Snowflake;
use crate::permissions::Permissions;
use crate::world::application::PrivilegedIntents;
use crate::world::files::Upload;
use crate::world::presence::Status;

/// One thing that somebody does. `as` is a member, by id or user name; acts without it are the simulator's own hand,
/// which may do everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are Discord's")]
pub enum Act {
    /// Posts a message.
    PostMessage {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        #[serde(default)]
        content: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        reply_to: Option<Snowflake>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<MemberFile>,
    },
    /// Edits the member's own message.
    EditMessage {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        message_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        content: String,
    },
    /// Deletes a message.
    DeleteMessage {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        message_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
    },
    /// Pins a message, or unpins it.
    PinMessage {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        message_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        pinned: bool,
    },
    /// Adds the member's reaction, or removes it.
    React {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        message_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        emoji: String,
        added: bool,
    },
    /// Types.
    StartTyping {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
    },
    /// Runs a slash command, or with `focused` asks for choices while typing that option.
    RunCommand {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        name: String,
        #[serde(default)]
        #[schema(value_type = Vec<Object>)]
        options: Vec<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        focused: Option<String>,
    },
    /// Uses a user or message command; `target` is the user or the message.
    UseMenu {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        name: String,
        #[schema(value_type = String)]
        target: Snowflake,
    },
    /// Presses a button or chooses from a menu.
    UseComponent {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        message_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        custom_id: String,
        #[serde(default)]
        values: Vec<String>,
    },
    /// Submits an open modal.
    SubmitModal {
        #[schema(value_type = String)]
        interaction_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        #[schema(value_type = Object)]
        values: Object,
    },
    /// Closes a modal.
    DismissModal {
        #[schema(value_type = String)]
        interaction_id: Snowflake,
    },
    /// Starts a thread with Discord's own form; at a message when one is named, else in the channel or forum.
    StartThread {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        message_id: Option<Snowflake>,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Joins a thread, or leaves it.
    FollowThread {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
        joined: bool,
    },
    /// Creates a guild.
    CreateGuild {
        name: String,
        #[schema(value_type = String)]
        owner: Who,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        bot: Option<Permissions>,
    },
    /// Changes a guild with Discord's own form.
    EditGuild {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Deletes a guild.
    DeleteGuild {
        #[schema(value_type = String)]
        guild_id: Snowflake,
    },
    /// Makes a guild unavailable to the bot, as an outage of Discord does, or available again.
    SetAvailable {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        available: bool,
    },
    /// Joins a guild.
    AddMember {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        username: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        global_name: Option<String>,
        #[serde(default)]
        bot: bool,
    },
    /// Changes a member with Discord's own form.
    EditMember {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        user: Who,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Leaves a guild.
    RemoveMember {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        user: Who,
    },
    /// Throws a member out, as a member who may.
    KickMember {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        user: Who,
        #[serde(rename = "as")]
        #[schema(value_type = String)]
        who: Who,
    },
    /// Bans a user, or lifts the ban.
    Ban {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        user: Who,
        banned: bool,
    },
    /// Moves a member in or out of a voice channel.
    SetVoice {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        user: Who,
        voice: VoiceChange,
    },
    /// Goes online, idle and so on.
    SetPresence {
        #[schema(value_type = String)]
        user: Who,
        status: Status,
    },
    /// Creates a channel with Discord's own form.
    CreateChannel {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Changes a channel or a thread with Discord's own form.
    EditChannel {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Deletes a channel.
    DeleteChannel {
        #[schema(value_type = String)]
        channel_id: Snowflake,
    },
    /// Sets what a role or a member may do in a channel.
    SetOverwrite {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        target_id: Snowflake,
        #[schema(value_type = String)]
        allow: Permissions,
        #[schema(value_type = String)]
        deny: Permissions,
    },
    /// Removes an overwrite.
    DeleteOverwrite {
        #[schema(value_type = String)]
        channel_id: Snowflake,
        #[schema(value_type = String)]
        target_id: Snowflake,
    },
    /// Creates a role with Discord's own form.
    CreateRole {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Changes a role with Discord's own form.
    EditRole {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        role_id: Snowflake,
        #[schema(value_type = Object)]
        form: Object,
    },
    /// Deletes a role.
    DeleteRole {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        role_id: Snowflake,
    },
    /// Sets what the bot's own role may do.
    SetBotPermissions {
        #[schema(value_type = String)]
        guild_id: Snowflake,
        #[schema(value_type = String)]
        permissions: Permissions,
    },
    /// Turns the developer portal's switches.
    SetIntents { intents: PrivilegedIntents },
    /// Stops the clock or lets it run on, and moves it forward.
    SetClock {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frozen: Option<bool>,
        #[serde(default)]
        advance_ms: u64,
    },
}

/// A file a member attaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberFile {
    /// Its name.
    pub filename: String,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What is in it, in Base64.
    pub data: String,
}

impl MemberFile {
    /// Decodes it as the `index`th file of a message.
    pub(crate) fn upload(&self, index: u64) -> Result<Upload, String> {
        let wrong = |error| format!("the file `{}` is not in Base64: {error}", self.filename);
        let bytes = STANDARD.decode(&self.data).map_err(wrong)?;
        Ok(Upload {
            index,
            filename: self.filename.chars().take(260).collect(),
            content_type: self.content_type.clone(),
            bytes: bytes.into(),
        })
    }
}

impl Act {
    /// Returns how the timeline tells of it: as it is, without the contents of files.
    pub(crate) fn told(&self) -> Value {
        let mut told = serde_json::to_value(self).unwrap_or_default();
        if let Some(files) = told.get_mut("files").and_then(Value::as_array_mut) {
            for file in files.iter_mut().filter_map(Value::as_object_mut) {
                file.remove("data");
            }
        }
        told
    }
}
